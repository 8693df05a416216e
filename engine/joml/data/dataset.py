"""Data sets: samples with their classes, answers or values, split into a training, a validation and a test part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.data.dataset_error import DatasetError
from joml.data.image_shape import ImageShape
from joml.data.input_terms import compute_terms, describe_term, parse_terms
from joml.data.preparation_record import Preparation
from joml.data.prepared_parts import prepare_parts
from joml.data.readers.file_samples import FileSamples
from joml.data.row_names import FloatArray, name_features, name_outputs, one_hot
from joml.data.split import IndexArray, PartNames, Parts, Split, split_indices, split_sizes
from joml.task import Task, find_task

__all__ = [
    "Dataset",
    "DatasetError",
    "FloatArray",
    "IndexArray",
    "name_features",
    "name_outputs",
    "one_hot",
    "split_indices",
    "split_sizes",
]


def _no_samples() -> FloatArray:
    """Return a placeholder for a part that is left out, until its number of rows is known."""
    return np.empty((0, 0), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A classification or regression problem: samples to train on, to test on, and optionally to validate on.

    Samples are columns. The arrays are read-only float32 views: arguments are converted where needed, and never
    changed.

    Parameters
    ----------
    x_train, x_test : array_like, shape (features, samples)
        Finite inputs to train on and to test on.
    y_train, y_test : array_like, shape (outputs, samples)
        What the outputs should be, as the task says.
    name : str, optional
        Name of the data.
    class_names : sequence of str, optional
        Names of the outputs, in the order of the rows of y; by default "0", "1", ... for classes and "y1", "y2", ...
        for answers and values.
    feature_names : sequence of str, optional
        In the order of the rows of x; by default "x1", "x2", ...
    task : {"classes", "multilabel", "regression"}, default "classes"
        - "classes": each sample belongs to one of two or more classes. Columns of y are one-hot, a single 1 among 0s.
        - "multilabel": yes or no to one or more questions. Entries of y are 0 or 1, with any number of ones
          in a column.
        - "regression": entries of y are any finite numbers, in one row or more.
    x_validation, y_validation : array_like, optional
        The validation part, in the same form, for early stopping and for the curves during training. By default there
        is none, and both have no samples.
    notes : tuple of str, optional
        Sentences about the data for their users.
    preparation : Preparation, optional
        How the samples were read, split and scaled; None where that is not recorded.
    rows : Parts, optional
        The place of each part's samples among the rows of their file, from 0; None where that is not recorded.
    before_terms : Dataset, optional
        The same data before terms of their features took their place, as `with_terms` does it; None where x has the
        features themselves.
    image_shape : (int, int, int), optional
        Channels, height and width of samples that are images; the features are their pixels in this order, row after
        row. None for other data, and where terms of the features are in their place.
    sample_names : PartNames, optional
        The names of each part's samples, such as the files of images; None where they have none.

    Raises
    ------
    DatasetError
        A shape does not fit, a value is not finite, y does not fit the task, the training or the test part is empty,
        all training samples belong to one class, the number of names differs from the number of rows, or the image
        shape has another number of pixels than there are features.
    """

    x_train: FloatArray
    y_train: FloatArray
    x_test: FloatArray
    y_test: FloatArray
    name: str = ""
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    task: Task = "classes"
    x_validation: FloatArray = field(default_factory=_no_samples)
    y_validation: FloatArray = field(default_factory=_no_samples)
    notes: tuple[str, ...] = ()
    preparation: Preparation | None = None
    rows: Parts | None = None
    before_terms: Dataset | None = None
    image_shape: ImageShape | None = None
    sample_names: PartNames | None = None

    def __post_init__(self) -> None:
        task = find_task(self.task)
        if task is None:
            raise DatasetError(f"task: classes, multilabel or regression was expected, got {self.task!r}")
        object.__setattr__(self, "task", task)
        for name in ("x_train", "y_train", "x_validation", "y_validation", "x_test", "y_test"):
            object.__setattr__(self, name, _read_only(getattr(self, name), name))
        _check_part(self.x_train, self.y_train, "train", self.task)
        _check_part(self.x_test, self.y_test, "test", self.task)
        self._check_validation_part()
        _check_same_rows("x_train", self.x_train, "x_test", self.x_test)
        _check_same_rows("y_train", self.y_train, "y_test", self.y_test)
        class_names = name_outputs(self.class_names, self.output_size, self.task)
        feature_names = name_features(self.feature_names, self.input_size)
        if self.task == "classes":
            _check_several_classes(self.y_train, class_names)
        object.__setattr__(self, "class_names", class_names)
        object.__setattr__(self, "feature_names", feature_names)
        object.__setattr__(self, "notes", tuple(self.notes))
        if self.image_shape is not None:
            object.__setattr__(self, "image_shape", _checked_image_shape(self.image_shape, self.input_size))

    def _check_validation_part(self) -> None:
        if self.x_validation.size == 0 and self.y_validation.size == 0:
            object.__setattr__(self, "x_validation", _read_only(self.x_train[:, :0], "x_validation"))
            object.__setattr__(self, "y_validation", _read_only(self.y_train[:, :0], "y_validation"))
            return
        _check_part(self.x_validation, self.y_validation, "validation", self.task)
        _check_same_rows("x_train", self.x_train, "x_validation", self.x_validation)
        _check_same_rows("y_train", self.y_train, "y_validation", self.y_validation)

    @property
    def plain(self) -> Dataset:
        """The same data with their features as they are, without terms of them; often these data themselves."""
        return self if self.before_terms is None else self.before_terms

    def inputs_from(self, x: FloatArray) -> FloatArray:
        """Return a network's inputs from features as `plain` has them.

        Parameters
        ----------
        x : ndarray, shape (features, samples)

        Returns
        -------
        ndarray, shape (input_size, samples)
            Terms of the features, or x itself.
        """
        if self.before_terms is None:
            return x
        return compute_terms(parse_terms(self.feature_names, self.before_terms.feature_names), x)

    @property
    def input_titles(self) -> tuple[str, ...]:
        """Names of the network's inputs as formulas have them: "x1²" for the term "x1^2"."""
        if self.before_terms is None:
            return self.feature_names
        names = self.before_terms.feature_names
        return tuple(describe_term(term, names) for term in parse_terms(self.feature_names, names))

    def with_terms(self, terms: Sequence[str]) -> Dataset:
        """Return these data with terms of their features, such as squares and products, in place of the features.

        Parameters
        ----------
        terms : sequence of str
            Such as ``["x1", "x2", "x1^2", "x1*x2", "sin(x1)"]``, with the names of the features as
            `joml.data.input_terms.parse_terms` reads them. Without terms, the data are as they were.

        Returns
        -------
        Dataset
            x has a row for each term, named as it is written. `plain` has the features.

        Raises
        ------
        DatasetError
            A text is no term of the features, or a term is too large for single precision.
        """
        plain = self.plain
        if not terms:
            return plain
        parsed = parse_terms(terms, plain.feature_names)
        preparation = plain.preparation
        return replace(
            plain,
            x_train=compute_terms(parsed, plain.x_train),
            x_validation=compute_terms(parsed, plain.x_validation),
            x_test=compute_terms(parsed, plain.x_test),
            feature_names=tuple(terms),
            preparation=preparation and replace(preparation, terms=tuple(terms)),
            before_terms=plain,
            image_shape=None,
        )

    @property
    def input_size(self) -> int:
        """Number of features."""
        return int(self.x_train.shape[0])

    @property
    def output_size(self) -> int:
        """Number of outputs: of classes, questions or values."""
        return int(self.y_train.shape[0])

    @property
    def train_size(self) -> int:
        """Number of samples to train on."""
        return int(self.x_train.shape[1])

    @property
    def validation_size(self) -> int:
        """Number of validation samples; 0 where there is no validation part."""
        return int(self.x_validation.shape[1])

    @property
    def test_size(self) -> int:
        """Number of samples to test on."""
        return int(self.x_test.shape[1])

    @classmethod
    def split(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        *,
        test_share: float = 0.2,
        seed: int = 0,
        name: str = "",
        class_names: Sequence[str] = (),
        feature_names: Sequence[str] = (),
        task: Task = "classes",
        split: Split | None = None,
    ) -> Dataset:
        """Divide samples at random into a training and a test part, and a validation part on request.

        Parameters
        ----------
        x : array_like, shape (features, samples)
            Finite inputs.
        y : array_like, shape (outputs, samples)
            What the outputs should be, as the task says.
        test_share : float, default 0.2
            Share of the samples in the test part, between 0 and 1.
        seed : int, default 0
            The same seed gives the same parts. Classes are not balanced between the parts.
        name, class_names, feature_names, task
            As in `Dataset`.
        split : Split, optional
            Adds a validation part or stratified parts; its `test` then replaces `test_share`.

        Returns
        -------
        Dataset
            Each part is stored sample by sample: the features of one sample lie side by side in memory.

        Raises
        ------
        DatasetError
            As in `Dataset`, or there are fewer than two samples, or `test_share` is not between 0 and 1.
        """
        x, y = _as_float32(x, "x"), _as_float32(y, "y")
        _check_pair(x, y, "x", "y")
        task = find_task(task) or task
        samples = FileSamples(x.T, y.T, tuple(class_names), None, task, tuple(feature_names), name)
        return cls(**prepare_parts(samples, split or Split(test_share), seed))


def _as_float32(values: ArrayLike, what: str) -> FloatArray:
    """Return values as float32, without a copy where possible; numbers that are too large become infinite."""
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(values, np.float32)
    except (TypeError, ValueError) as error:
        raise DatasetError(f"{what}: numbers in two dimensions were expected ({error})") from error
    if array.ndim != 2:
        raise DatasetError(f"{what}: two dimensions were expected, (rows, samples), got shape {array.shape}")
    return array


def _read_only(values: ArrayLike, what: str) -> FloatArray:
    view = _as_float32(values, what).view()
    view.flags.writeable = False
    return view


def _check_part(x: FloatArray, y: FloatArray, part: str, task: Task) -> None:
    x_name, y_name = f"x_{part}", f"y_{part}"
    _check_pair(x, y, x_name, y_name)
    if x.shape[1] == 0:
        raise DatasetError(f"{x_name}: at least one sample is needed")
    if x.shape[0] == 0:
        raise DatasetError(f"{x_name}: at least one feature is needed")
    if y.shape[0] == 0:
        raise DatasetError(f"{y_name}: at least one output is needed")
    _check_finite(x, x_name, "feature")
    _check_finite(y, y_name, "output")
    if task == "classes":
        _check_one_hot(y, y_name)
    elif task == "multilabel":
        _check_answers(y, y_name)


def _check_finite(array: FloatArray, name: str, row_is: str) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        row, column = _first(~finite)
        raise DatasetError(
            f"{name}: {row_is} {row} of sample {column} is {array[row, column]}; finite float32 numbers are needed"
        )


def _check_one_hot(y: FloatArray, name: str) -> None:
    if y.shape[0] < 2:
        raise DatasetError(
            f"{name}: at least two classes are needed, got {y.shape[0]}; of a single output the task is "
            "multilabel (0 or 1) or regression"
        )
    # Entries of 0 and 1 with the sum 1 have exactly one 1.
    wrong = ((y != 0) & (y != 1)).any(axis=0) | (y.sum(axis=0) != 1)
    if wrong.any():
        raise DatasetError(f"{name}: column {int(wrong.argmax())} is not one-hot: a single 1 among 0s is needed")


def _check_answers(y: FloatArray, name: str) -> None:
    wrong = (y != 0) & (y != 1)
    if wrong.any():
        row, column = _first(wrong)
        raise DatasetError(f"{name}: output {row} of sample {column} is {y[row, column]}; answers are 0 or 1")


def _checked_image_shape(shape: ArrayLike, features: int) -> ImageShape:
    sizes = np.asarray(shape)
    if sizes.shape != (3,) or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        raise DatasetError(f"image_shape: three whole numbers were expected, channels, height and width, got {shape!r}")
    channels, height, width = map(int, sizes)
    if channels * height * width != features:
        raise DatasetError(
            f"image_shape: {channels} x {height} x {width} are {channels * height * width:,} pixels, and there are "
            f"{features:,} features"
        )
    return channels, height, width


def _check_several_classes(y: FloatArray, class_names: Sequence[str]) -> None:
    occurring = np.flatnonzero(y.any(axis=1))
    if len(occurring) == 1:
        raise DatasetError(
            f"only class {class_names[occurring[0]]!r} occurs in y_train: at least two are needed to learn from; "
            "add samples of another, or split them by another seed or test_share"
        )


def _check_pair(x: FloatArray, y: FloatArray, x_name: str, y_name: str) -> None:
    if x.shape[1] != y.shape[1]:
        raise DatasetError(
            f"{x_name} has {x.shape[1]} samples and {y_name} {y.shape[1]}: samples are columns, as many in both"
        )


def _check_same_rows(train_name: str, train: FloatArray, test_name: str, test: FloatArray) -> None:
    if train.shape[0] != test.shape[0]:
        raise DatasetError(f"{train_name} has {train.shape[0]} rows and {test_name} {test.shape[0]}: as many in both")


def _first(mask: NDArray[Any]) -> tuple[int, int]:
    row, column = np.unravel_index(int(mask.argmax()), mask.shape)
    return int(row), int(column)
