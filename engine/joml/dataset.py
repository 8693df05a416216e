"""Dataset: samples with their classes, answers or values, split into a training and a test part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.streams import stream
from joml.task import Task

FloatArray = NDArray[np.float32]
IndexArray = NDArray[np.intp]


class DatasetError(ValueError):
    """Data cannot be used; says what, where and what would be right."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A problem of classification or regression in two parts, one to train on and one to test on.

    Samples are columns. The arrays are read-only float32 views: whatever is passed is converted where
    needed, and never written to.

    Parameters
    ----------
    x_train, x_test : array_like, shape (features, samples)
        Finite inputs of the two parts.
    y_train, y_test : array_like, shape (outputs, samples)
        What the outputs should be, as the task says.
    name : str, optional
        What the data are called.
    class_names : sequence of str, optional
        Names of the outputs, in the order of the rows of y; when left out "0", "1", ... for classes and "y1",
        "y2", ... for answers and values.
    feature_names : sequence of str, optional
        In the order of the rows of x; "x1", "x2", ... when left out.
    task : {"classes", "answers", "values"}, default "classes"
        - "classes": each sample is of one of two classes or more. Columns of y are one-hot, a single 1 among 0s.
        - "answers": yes or no to one question or several (multi-label). Entries of y are 0 or 1, any number of
          ones in a column.
        - "values": regression. Entries of y are any finite numbers, in one row or more.

    Raises
    ------
    DatasetError
        A shape does not fit, a value is not finite, y is not as the task says, a part is empty, all samples to
        train on are of one class, or there are not as many names as rows.
    """

    x_train: FloatArray
    y_train: FloatArray
    x_test: FloatArray
    y_test: FloatArray
    name: str = ""
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    task: Task = "classes"

    def __post_init__(self) -> None:
        if self.task not in get_args(Task):
            raise DatasetError(f"task: classes, answers or values was expected, got {self.task!r}")
        for field in ("x_train", "y_train", "x_test", "y_test"):
            object.__setattr__(self, field, _read_only(getattr(self, field), field))
        _check_part(self.x_train, self.y_train, "train", self.task)
        _check_part(self.x_test, self.y_test, "test", self.task)
        _check_same_rows("x_train", self.x_train, "x_test", self.x_test)
        _check_same_rows("y_train", self.y_train, "y_test", self.y_test)
        numbered = _numbered("y", self.output_size)
        outputs = [str(index) for index in range(self.output_size)] if self.task == "classes" else numbered
        class_names = _names(self.class_names, outputs, "class_names")
        feature_names = _names(self.feature_names, _numbered("x", self.input_size), "feature_names")
        if self.task == "classes":
            _check_several_classes(self.y_train, class_names)
        object.__setattr__(self, "class_names", class_names)
        object.__setattr__(self, "feature_names", feature_names)

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
    ) -> Dataset:
        """Divide samples at random into a training and a test part.

        Parameters
        ----------
        x : array_like, shape (features, samples)
            Finite inputs.
        y : array_like, shape (outputs, samples)
            What the outputs should be, as the task says.
        test_share : float, default 0.2
            Share of the samples to test on, between 0 and 1.
        seed : int, default 0
            The same seed gives the same parts. Classes are not balanced between the parts.
        name, class_names, feature_names, task
            As in `Dataset`.

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
        train, test = split_indices(x.shape[1], test_share, seed)
        # Rows of the transposed arrays are samples: gathering them is one copy a sample.
        samples, labels = x.T, y.T
        return cls(
            x_train=samples[train].T,
            y_train=labels[train].T,
            x_test=samples[test].T,
            y_test=labels[test].T,
            name=name,
            class_names=tuple(class_names),
            feature_names=tuple(feature_names),
            task=task,
        )


def split_sizes(samples: int, test_share: float) -> tuple[int, int]:
    """Return how many of the samples are to train on and how many to test on, at least one each.

    Raises
    ------
    DatasetError
        There are fewer than two samples, or `test_share` is not between 0 and 1.
    """
    if not (isinstance(test_share, Real) and 0 < test_share < 1):
        raise DatasetError(f"test_share: a share between 0 and 1 was expected, got {test_share!r}")
    if samples < 2:
        raise DatasetError(f"too few samples: at least 2 are needed, one to train and one to test, got {samples}")
    test_size = min(max(round(samples * test_share), 1), samples - 1)
    return samples - test_size, test_size


def split_indices(samples: int, test_share: float, seed: int) -> tuple[IndexArray, IndexArray]:
    """Return the indices of the training part and those of the test part, as `Dataset.split` uses them.

    Parameters
    ----------
    samples : int
        How many there are, at least 2.
    test_share, seed
        As in `Dataset.split`.

    Returns
    -------
    train, test : ndarray of int
        In random order.

    Raises
    ------
    DatasetError
        As in `split_sizes`.
    """
    train_size, _ = split_sizes(samples, test_share)
    order = stream(seed, "split").permutation(samples)
    return order[:train_size], order[train_size:]


def one_hot(classes: ArrayLike, class_count: int) -> FloatArray:
    """Return the one-hot columns of class numbers.

    Parameters
    ----------
    classes : array_like of int, shape (samples,)
        Numbers from 0 to ``class_count - 1``.
    class_count : int
        Number of rows of the result.

    Returns
    -------
    ndarray of float32, shape (class_count, samples)

    Raises
    ------
    DatasetError
        A number is out of range or not a whole one.
    """
    numbers = np.asarray(classes)
    if numbers.ndim != 1 or not np.issubdtype(numbers.dtype, np.integer):
        raise DatasetError("classes: whole numbers in one dimension were expected")
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < class_count):
        raise DatasetError(f"classes: numbers from 0 to {class_count - 1} were expected")
    rows = np.zeros((numbers.size, class_count), np.float32)
    rows[np.arange(numbers.size), numbers] = 1
    return rows.T


def _as_float32(values: ArrayLike, what: str) -> FloatArray:
    """Convert without a copy where possible; too large a number becomes infinite and is found by the checks."""
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
    elif task == "answers":
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
            f"{name}: at least two classes are needed, got {y.shape[0]}; of a single output the task is answers "
            "(0 or 1) or values"
        )
    # Entries of 0 and 1 that add up to 1 are a single 1.
    wrong = ((y != 0) & (y != 1)).any(axis=0) | (y.sum(axis=0) != 1)
    if wrong.any():
        raise DatasetError(f"{name}: column {int(wrong.argmax())} is not one-hot: a single 1 among 0s is needed")


def _check_answers(y: FloatArray, name: str) -> None:
    wrong = (y != 0) & (y != 1)
    if wrong.any():
        row, column = _first(wrong)
        raise DatasetError(f"{name}: output {row} of sample {column} is {y[row, column]}; answers are 0 or 1")


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


def _names(given: Sequence[str], default: Sequence[str], what: str) -> tuple[str, ...]:
    if given and len(given) != len(default):
        raise DatasetError(f"{what}: {len(default)} names were expected, got {len(given)}")
    return tuple(given or default)


def _numbered(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(1, count + 1)]


def _first(mask: NDArray[Any]) -> tuple[int, int]:
    row, column = np.unravel_index(int(mask.argmax()), mask.shape)
    return int(row), int(column)
