"""Reader of NumPy archives (.npz) with samples and labels; nothing is ever unpickled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, Standardize, StandardizeY, TestShare
from joml.data.image_shape import image_shape_of
from joml.data.labels import USE_VALUES, check_classes, classes_of, describe_label
from joml.data.preparation import Split, prepare
from joml.data.readers.array_files import open_arrays
from joml.data.readers.columns import describe_row_numbers
from joml.data.readers.file_samples import FileSamples, shown_path
from joml.data.readers.rows_so_far import report_array
from joml.data.tables.copied_rows import describe_copied_samples
from joml.data.tables.leaks import describe_arrays
from joml.declaration import Setting, declare
from joml.task import TARGETS, Task, find_task
from joml.wording import quoted

_FLOAT32_MAX = float(np.finfo(np.float32).max)
# Names of arrays that probably hold samples.
_OTHER_NAMES = re.compile("[xy](_|$)", re.IGNORECASE)
# Names of the arrays that are read, in the order of preference; large and small letters are alike.
_NAMES = {
    "x": ("x", "x_train", "data", "features"),
    "y": ("y", "y_train", "target", "targets", "labels", "label"),
    "x_test": ("x_test",),
    "y_test": ("y_test",),
}


def read_npz_samples(
    path: str | PathLike[str], task: Task = "classes", test_path: str | PathLike[str] | None = None
) -> FileSamples:
    """Read a whole NumPy archive, without splitting or scaling. Parameters and errors as in `read_npz`."""
    named = find_task(task)
    if named is None:
        raise DatasetError(f"task: classes, multilabel or regression was expected, got {task!r}")
    path = Path(path)
    where = shown_path(path)
    with open_arrays(path) as arrays:
        every = arrays if test_path is None else _with_test_file(where, arrays, Path(test_path), named)
        return replace(read_arrays(where, every, named), name=path.stem)


def _with_test_file(where: str, arrays: Mapping[str, Any], test_path: Path, task: Task) -> dict[str, Any]:
    """Return the arrays of an archive, with those of a file of its own for the test part."""
    own = [name for name in arrays if name.lower() in _NAMES["x_test"] + _NAMES["y_test"]]
    if own:
        raise DatasetError(f"test_path: {where} has a test part already, {own[0]}: leave test_path out")
    try:
        with open_arrays(test_path) as others:
            x_test, y_test = _ArrayReader(shown_path(test_path), others, task).pair()
    except DatasetError as error:
        raise DatasetError(f"test_path: {error}") from error
    return {**arrays, "x_test": x_test, "y_test": y_test}


def read_arrays(where: str, arrays: Mapping[str, Any], task: Task = "classes") -> FileSamples:
    """Return the samples in arrays that are named and shaped as in `read_npz`.

    Parameters
    ----------
    where : str
        The origin of the arrays, for error messages.
    arrays : mapping of str to ndarray
    task : {"classes", "multilabel", "regression"}, default "classes"

    Returns
    -------
    FileSamples

    Raises
    ------
    DatasetError
        An array is missing or has the wrong form; the message names it.
    """
    return _ArrayReader(where, arrays, task).samples()


@declare(
    "dataset",
    "npz",
    "Your own NumPy archive with x and y, samples as rows, and optionally x_test and y_test",
    label="NpzFile",
    traits=DatasetTraits(read_samples=read_npz_samples),
)
def read_npz(
    path: Annotated[str | PathLike[str], Setting("The file", unit="file")],
    standardize: Standardize = True,
    test_share: TestShare = 0.2,
    seed: int = 0,
    task: Annotated[Task, Setting("Content of y")] = "classes",
    standardize_y: StandardizeY = False,
    held: FileSamples | None = None,
    split: Split | None = None,
    test_path: Annotated[
        str | PathLike[str] | None, Setting("A file of its own for the test part", title="Test file", unit="file")
    ] = None,
) -> Dataset:
    """Read a data set from a NumPy archive, as written by `numpy.savez` or `numpy.savez_compressed`.

    In the file samples are rows, as in most libraries, not columns as in the engine. It holds

    - ``x`` (or ``x_train``): numbers of shape (samples, features); further dimensions are flattened, and
      (samples, height, width) and (samples, channels, height, width) have the shape of images;
    - ``y`` (or ``y_train``): integer labels of shape (samples,) or (samples, 1), each distinct integer a class; or
      one-hot rows of shape (samples, classes). If the task is answers or values: numbers of shape
      (samples,) or (samples, outputs);
    - ``x_test`` and ``y_test``, both or neither: a separate test part in the same form.

    Large and small letters are alike in these names, and ``data`` and ``target`` stand for x and y. Other arrays are
    ignored. A single array (.npy) has y in its last column. A MATLAB file (.mat) and a LIBSVM text file are read too,
    with scikit-learn, an optional extra.

    Parameters
    ----------
    path : path
        The file; it is only read, and never unpickled: an array of Python objects is refused.
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part. A feature that
        is constant there is only shifted.
    test_share : float, default 0.2
        Share of the samples in the test part, where the file has no test part of its own.
    seed : int, default 0
        Decides which samples are in which part, where the file has no test part of its own.
    task : {"classes", "multilabel", "regression"}, default "classes"
        Content of y: labels, or 0 and 1 as answers to yes-or-no questions, or numbers to predict (regression).
    standardize_y : bool, default False
        Shift and scale y as `standardize` does x, if the task is values. By default y is not scaled: predictions and
        errors are in its unit, but values in the hundreds need a smaller learning rate, or many steps.
    held : Samples, optional
        The samples that `read_npz_samples` returned; nothing is then read again, and `held` is not changed.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.
    test_path : path, optional
        A file whose samples, its x and y, are the test part; `test_share` is then ignored.

    Returns
    -------
    Dataset
        x of shape (features, samples), y of shape (outputs, samples). Classes are ordered by their integers, and named
        by them; the outputs of other tasks are called "y1", "y2", ...

    Raises
    ------
    DatasetError
        The file cannot be read, or an array is missing or has another form; the message names file and array.
    """
    samples = read_npz_samples(path, task, test_path) if held is None else held
    return prepare(samples, split or Split(test_share), seed, standardize, standardize_y)


class _ArrayReader:
    """Reader of the samples in an open archive, or in arrays with the same names."""

    def __init__(self, where: str, arrays: Mapping[str, Any], task: Task) -> None:
        self._path = where
        self._archive = arrays
        self._task = task
        self._axes: dict[str, tuple[int, ...]] = {}  # of one sample, before they are flattened

    def pair(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return x and y."""
        return self._pair(self._find("x"), self._find("y"))

    def samples(self) -> FileSamples:
        x_name, y_name = self._find("x"), self._find("y")
        x, y = self._pair(x_name, y_name)
        train = len(x)
        if has_test := self._name_of("x_test") is not None or self._name_of("y_test") is not None:
            x_test, y_test = self._pair(self._find("x_test"), self._find("y_test"))
            if x.shape[1:] != x_test.shape[1:]:
                raise self._error("x_test", f"samples of shape {x_test.shape[1:]}, but of {x.shape[1:]} in {x_name}")
            if y.shape[1:] != y_test.shape[1:]:
                what = "labels" if self._task == "classes" else TARGETS[self._task]
                raise self._error("y_test", f"{what} of shape {y_test.shape[1:]}, but of {y.shape[1:]} in {y_name}")
            x, y = np.concatenate((x, x_test)), self._joined(y_name, y, y_test)
        elif train < 2:
            raise self._error(x_name, "too few samples: 1; at least 2 are needed")
        features = [f"feature {place} of {x_name}" for place in range(x.shape[1])]
        report_array(Path(self._path).name, x, features)
        notes = self._describe_others(x_name, y_name)
        if self._task == "classes":
            y, class_names, remarks = self._classes(y_name, y)
            notes += remarks
        else:
            class_names = tuple(f"y{n}" for n in range(1, y.shape[1] + 1))
        advice = f"if it only numbers them, write {x_name} without it"
        notes += describe_row_numbers(x[:train], features.__getitem__, lambda _: advice)
        notes += describe_arrays(
            x[:train],
            y[:train],
            features,
            class_names if self._task != "classes" else (y_name,),
            f"write {x_name} without it",
        )
        notes += describe_copied_samples(x, y, train, "x_test", x_name)
        test_samples = len(x) - train if has_test else None
        image_shape, remark = image_shape_of(self._axes[x_name])
        notes += (f"{x_name}: {remark}",) if remark else ()
        return FileSamples(x, y, class_names, test_samples, self._task, notes=notes, image_shape=image_shape)

    def _describe_others(self, x_name: str, y_name: str) -> tuple[str, ...]:
        """Return notes about unused arrays whose names resemble the used ones."""
        used = {x_name, y_name, self._name_of("x_test"), self._name_of("y_test")}
        others = [name for name in sorted(self._archive) if name not in used and _OTHER_NAMES.match(name)]
        if not others:
            return ()
        are = "is" if len(others) == 1 else "are"
        listed = ", ".join(quoted(name) for name in others[:10])
        return (f"{listed} {are} not read: samples are {x_name} and {y_name}, and x_test and y_test if there are any",)

    def _joined(self, name: str, y: NDArray[Any], y_test: NDArray[Any]) -> NDArray[Any]:
        """Return the targets of both parts together; integers stay integers."""
        if y.ndim == 2 or y.dtype.kind == y_test.dtype.kind:
            return np.concatenate((y, y_test))
        if "U" in (y.dtype.kind, y_test.dtype.kind):
            raise self._error("y_test", f"labels are {y_test.dtype}, but {y.dtype} in {name}")
        # NumPy would turn signed and unsigned integers together into floats.
        common = np.int64 if max(int(y.max(initial=0)), int(y_test.max(initial=0))) < 2**63 else np.uint64
        if common == np.uint64 and min(int(y.min(initial=0)), int(y_test.min(initial=0))) < 0:
            raise self._error("y_test", f"labels are {y_test.dtype}, but {y.dtype} in {name}")
        return np.concatenate((y.astype(common), y_test.astype(common)))

    def _find(self, role: str) -> str:
        name = self._name_of(role)
        if name is not None:
            return name
        names = ", ".join(repr(name) for name in sorted(self._archive)[:10]) or "none"
        raise DatasetError(f"{self._path}: no array is called {' or '.join(_NAMES[role][:2])}; the arrays are {names}")

    def _name_of(self, role: str) -> str | None:
        """Return the name of the array with a role; None if there is none."""
        names = {name.lower(): name for name in sorted(self._archive)} | {name: name for name in self._archive}
        return next((names[name] for name in _NAMES[role] if name in names), None)

    def _pair(self, x_name: str, y_name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        x = self._features(x_name)
        y = self._labels(y_name) if self._task == "classes" else self._outputs(y_name)
        if len(x) != len(y):
            raise DatasetError(
                f"{self._path}: {x_name} has {len(x):,} samples and {y_name} {len(y):,}: samples are rows in a "
                "file, as many in both"
            )
        return x, y

    def _features(self, name: str) -> NDArray[Any]:
        """Return numbers of shape (samples, features), in single precision where that is exact."""
        x = self._array(name)
        if x.dtype.kind not in "buif":
            raise self._error(name, f"numbers were expected, found {x.dtype}")
        if x.ndim < 2:
            raise self._error(name, f"shape (samples, features) was expected, got {x.shape}")
        if 0 in x.shape:
            raise self._error(name, f"at least one sample and one feature are needed, got shape {x.shape}")
        self._axes[name] = x.shape[1:]
        # Extended precision differs between machines and is reduced to double.
        precision = np.result_type(x.dtype, np.float32) if x.dtype.itemsize <= 8 else np.float64
        x = x.reshape(len(x), -1).astype(precision)
        self._check_finite(name, x, "feature")
        return x

    def _outputs(self, name: str) -> NDArray[np.float64]:
        """Return answers or values of shape (samples, outputs)."""
        y = self._array(name)
        if y.dtype.kind not in "buif":
            raise self._error(name, f"numbers were expected, found {y.dtype}")
        if y.ndim not in (1, 2):
            raise self._error(name, f"shape (samples,) or (samples, outputs) was expected, got {y.shape}")
        if 0 in y.shape[1:]:
            raise self._error(name, f"at least one output is needed, got shape {y.shape}")
        y = y.astype(np.float64)
        if y.ndim == 1:
            y = y[:, np.newaxis]
        self._check_finite(name, y, "output")
        wrong = (y != 0) & (y != 1)
        if self._task == "multilabel" and wrong.any():
            sample, output = np.unravel_index(int(wrong.argmax()), y.shape)
            raise self._error(name, f"output {output} of sample {sample} is {y[sample, output]:g}; answers are 0 or 1")
        return y

    def _check_finite(self, name: str, array: NDArray[Any], column_is: str) -> None:
        # The comparison is false for nan.
        fits = np.abs(array) <= _FLOAT32_MAX
        if not fits.all():
            sample, column = np.unravel_index(int((~fits).argmax()), array.shape)
            value = array[sample, column]
            more = int(np.count_nonzero(~fits)) - 1
            columns = int(np.count_nonzero(~fits.all(axis=0)))
            others = (
                f"; {more:,} more are none, in {columns:,} {column_is}{'' if columns == 1 else 's'}" if more else ""
            )
            raise self._error(
                name, f"{column_is} {column} of sample {sample} is {value}; finite float32 numbers are needed{others}"
            )

    def _labels(self, name: str) -> NDArray[Any]:
        """Return labels of shape (samples,), or one-hot rows of shape (samples, classes)."""
        y = self._array(name)
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        if y.ndim not in (1, 2):
            raise self._error(name, f"shape (samples,), or (samples, classes) if one-hot, was expected, got {y.shape}")
        if y.ndim == 2:
            self._check_one_hot(name, y)
            return y
        if y.dtype.kind == "f":
            return self._whole_numbers(name, y)
        if y.dtype.kind not in "buiU":
            raise self._error(name, f"labels are whole numbers or texts, found {y.dtype}")
        if y.dtype.kind == "U":
            self._check_texts(name, y)
        return y.astype(np.int64) if y.dtype.kind == "b" else y

    def _check_texts(self, name: str, y: NDArray[Any]) -> None:
        for text in np.unique(y).tolist():
            if fault := describe_label(text):
                wrong = y == text
                more = int(np.count_nonzero(wrong)) - 1
                others = f"; {more:,} more {'is' if more == 1 else 'are'} like it" if more else ""
                raise self._error(name, f"{fault}, in sample {int(wrong.argmax())}{others}")

    def _whole_numbers(self, name: str, y: NDArray[Any]) -> NDArray[np.int64]:
        """Return labels stored as floats as integers."""
        # The comparison is false for nan. Larger integers are not exact in double precision.
        wrong = ~((np.abs(y) <= 2**53) & (y == np.floor(y)))
        if wrong.any():
            sample = int(wrong.argmax())
            fault = f"labels are whole numbers or texts, and sample {sample} has {y[sample]}"
            raise self._error(name, fault if np.isnan(y[sample]) else f"{fault}: {USE_VALUES}")
        return y.astype(np.int64)

    def _check_one_hot(self, name: str, y: NDArray[Any]) -> None:
        if y.dtype.kind not in "buif":
            raise self._error(name, f"one-hot rows of 0 and 1 were expected, found {y.dtype}")
        single = ((y == 0) | (y == 1)).all(axis=1) & (np.count_nonzero(y, axis=1) == 1)
        if not single.all():
            raise self._error(name, f"row {int(single.argmin())} is not one-hot: a single 1 among 0s is needed")

    def _classes(self, name: str, y: NDArray[Any]) -> tuple[NDArray[np.intp], tuple[str, ...], tuple[str, ...]]:
        """Return the place of each sample's class, the names of the classes, and notes about them."""
        where = f"{self._path}: {name}"
        if y.ndim == 2:
            class_names = tuple(str(place) for place in range(y.shape[1]))
            check_classes(where, class_names, len(y), are_declared=True)
            return y.argmax(axis=1), class_names, ()
        if y.dtype.kind == "U":
            class_names, classes = classes_of(y.tolist())
        else:
            labels, classes = np.unique(y, return_inverse=True)
            class_names = tuple(str(label) for label in labels)
        return classes, class_names, check_classes(where, class_names, len(y))

    def _array(self, name: str) -> NDArray[Any]:
        try:
            array: Any = self._archive[name]
        except MemoryError:
            raise
        except Exception as error:  # NumPy parses the header as Python, so damage can raise many kinds of errors
            if "allow_pickle" in str(error):
                raise self._error(name, "holds Python objects, which are never unpickled; save numbers") from error
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise self._error(name, f"cannot be read, the file is damaged: {reason}") from error
        if not isinstance(array, np.ndarray):
            raise self._error(name, "is not a NumPy array")
        return array

    def _error(self, name: str, fault: str) -> DatasetError:
        return DatasetError(f"{self._path}: {name}: {fault}")
