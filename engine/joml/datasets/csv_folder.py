"""Reads a folder of CSV files, one for each array of a data set: x_train.csv, y_train.csv, x_test.csv, y_test.csv."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from joml.dataset import Dataset, DatasetError
from joml.datasets import files
from joml.datasets.csv_text import (
    Header,
    Layout,
    data_rows,
    describe_label,
    find_delimiter,
    first_row,
    is_header,
    numbers_of,
    opened,
    order_classes,
    plain_numbers,
    quoted,
    reading_csv,
)
from joml.datasets.files import MAX_CLASSES, Samples, shown_path
from joml.task import Task

#: The files of the training part and of the test part: features and what is to be learnt.
TRAIN_FILES = ("x_train.csv", "y_train.csv")
TEST_FILES = ("x_test.csv", "y_test.csv")


def read_csv_folder(
    path: str | PathLike[str],
    header: Header = "auto",
    standardize: bool = True,
    test_share: float = 0.2,
    seed: int = 0,
    task: Task = "classes",
    standardize_y: bool = False,
    held: Samples | None = None,
) -> Dataset:
    """Read a data set from a folder with a CSV file for each of its arrays.

    Samples are rows, as most programs write them, and not columns as in the engine. The folder holds

    - ``x_train.csv``: numbers, a column a feature;
    - ``y_train.csv``, with as many rows: one column of labels, numbers or texts; or one-hot rows, a column a class.
      Where the task is answers or values: numbers, a column an output;
    - ``x_test.csv`` and ``y_test.csv``, both or neither: the test part, in the same form.

    Each file is text as `read_csv` takes it. Other files are left alone.

    Parameters
    ----------
    path : path
        The folder. Its files are only read.
    header : {"auto", "yes", "no"}, default "auto"
        Whether the first row of each file holds names. "auto" takes it for names when no field of it is a number; that
        of labels that are texts where the features beside them have names.
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part. A feature that
        is constant there is only shifted.
    test_share : float, default 0.2
        Share of the samples to test on, where the folder has no test part.
    seed : int, default 0
        Decides which samples are in which part, where the folder has no test part.
    task : {"classes", "answers", "values"}, default "classes"
        What y holds: labels, or 0 and 1 as the answers to yes-or-no questions, or numbers to be predicted
        (regression).
    standardize_y : bool, default False
        Shift and scale y as `standardize` does x; only where the task is values.

    held : Samples, optional
        What `read_csv_folder_samples` gave of it: it is not read again, and `held` stays as it is.

    Returns
    -------
    Dataset
        x of shape (features, samples), y of shape (outputs, samples). Classes are in the order of their values if all
        labels are numbers, else in the order of their texts; one-hot columns are named by their header, or "0",
        "1", ...

    Raises
    ------
    DatasetError
        A file is missing, cannot be read, or is not as above; the message names file and line. Or files do not go
        together; the message names both and their sizes.
    """
    samples = (
        read_csv_folder_samples(path, header, task) if held is None else replace(held, x=held.x.copy(), y=held.y.copy())
    )
    train, _ = samples.parts(test_share, seed)
    if standardize:
        files.standardize(samples.x, train)
    if standardize_y and task == "values":
        files.standardize(samples.y, train)
    return samples.dataset(Path(path).resolve().name, test_share, seed)


def read_csv_folder_samples(path: str | PathLike[str], header: Header = "auto", task: Task = "classes") -> Samples:
    """Read a folder's files whole, without splitting or scaling. Parameters and errors as in `read_csv_folder`."""
    if task not in get_args(Task):
        raise DatasetError(f"task: classes, answers or values was expected, got {task!r}")
    if header not in get_args(Header):
        raise DatasetError(f"header: auto, yes or no was expected, got {header!r}")
    folder = Path(path)
    _check_folder(folder)
    parts = [_read_part(folder, TRAIN_FILES, header, task)]
    if any((folder / name).exists() for name in TEST_FILES):
        parts.append(_read_part(folder, TEST_FILES, header, task))
        _check_alike(folder, *parts)
    elif len(parts[0].x) < 2:
        raise DatasetError(f"{shown_path(folder / TRAIN_FILES[0])}: too few samples: 1; at least 2 are needed")
    y, names = _outputs(folder, parts, task)
    x = np.concatenate([part.x for part in parts])
    return Samples(x, y, names, len(parts[1].x) if len(parts) > 1 else None, task, parts[0].feature_names)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The training part or the test part.

    Attributes
    ----------
    x : ndarray of float64, shape (samples, features)
    y : ndarray of float64, shape (samples, columns), or None
        The numbers of the second file; None where it is one column of labels.
    labels : list of str
        Those labels.
    feature_names, output_names : tuple of str
        As in the headers; empty without.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64] | None
    labels: list[str]
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]


def _check_folder(folder: Path) -> None:
    needed = f"a folder with {' and '.join(TRAIN_FILES)} is needed"
    try:
        is_there, is_folder = folder.exists(), folder.is_dir()
    except (OSError, ValueError) as error:  # such as a null character in it
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatasetError(f"{shown_path(folder)}: cannot be read: {reason}") from error
    if not is_folder:
        raise DatasetError(f"{shown_path(folder)}: {'is a file' if is_there else 'no such folder'}; {needed}")


def _read_part(folder: Path, names: tuple[str, str], header: Header, task: Task) -> _Part:
    x_path, y_path = (folder / name for name in names)
    with reading_csv(x_path):
        x_layout = _find_layout(x_path, header)
        x = _numbers(x_path, x_layout)
    with reading_csv(y_path):
        y_layout = _find_layout(y_path, header)
        y, labels = None, []
        if task == "classes" and y_layout.width == 1:
            named = bool(x_layout.names) if header == "auto" else header == "yes"
            names_of_y = (first_row(y_path, y_layout.delimiter)[1][0].strip(),) if named and y_layout.names else ()
            y_layout = y_layout._replace(names=names_of_y)
            labels = _labels(y_path, y_layout)
        else:
            y = _numbers(y_path, y_layout)
            _check_outputs(y_path, y_layout, y, task)
    rows = len(labels) if y is None else len(y)
    if len(x) != rows:
        raise DatasetError(
            f"{shown_path(folder)}: {names[0]} has {_rows(len(x))}, {names[1]} {rows:,}: samples are rows, as many in "
            "both"
        )
    if not len(x):
        raise DatasetError(f"{shown_path(x_path)}: the file has a header and no rows of data")
    return _Part(x, y, labels, x_layout.names, y_layout.names)


def _find_layout(path: Path, header: Header) -> Layout:
    delimiter = find_delimiter(path)
    line, row = first_row(path, delimiter)
    named = header == "yes" or (header == "auto" and is_header(row, -1))
    return Layout(delimiter, len(row), -1, tuple(name.strip() for name in row) if named else (), line, "values")


def _numbers(path: Path, layout: Layout) -> NDArray[np.float64]:
    """Read a file all of whose columns are numbers, shape (rows, columns)."""
    numbers = plain_numbers(path, layout)
    if numbers is not None:
        return numbers
    with opened(path) as file:
        return numbers_of(path, file, layout)


def _labels(path: Path, layout: Layout) -> list[str]:
    """Read a file of one column of labels."""
    labels = []
    with opened(path) as file:
        for line, row in data_rows(path, file, layout):
            if len(row) != 1:
                raise DatasetError(f"{shown_path(path)}:{line}: {len(row)} columns instead of 1 as in the first row")
            if fault := describe_label(row[0]):
                raise DatasetError(f"{shown_path(path)}:{line}: {fault}")
            labels.append(row[0].strip())
    return labels


def _check_outputs(path: Path, layout: Layout, y: NDArray[np.float64], task: Task) -> None:
    """See to it that answers are 0 or 1, and that rows of classes are one-hot."""
    if task == "values":
        return
    right = (y == 0) | (y == 1)
    fault = "answers are 0 or 1"
    if task == "classes":
        right = right.all(axis=1, keepdims=True) & (np.count_nonzero(y, axis=1, keepdims=True) == 1)
        fault = "the row is not one-hot: a single 1 among 0s is needed, or one column of labels in the whole file"
    if not right.all():
        wrong = int((~right.all(axis=1)).argmax())
        with opened(path) as file:
            line, row = next(data_rows(path, file, layout, wrong))
        if task == "answers":
            column = int((~right[wrong]).argmax())
            fault = f"{layout.column(column)}: {fault}, got {quoted(row[column].strip())}"
        raise DatasetError(f"{shown_path(path)}:{line}: {fault}")


def _check_alike(folder: Path, train: _Part, test: _Part) -> None:
    """See to it that both parts have the same columns."""
    widths = (
        (TRAIN_FILES[0], train.x.shape[1], TEST_FILES[0], test.x.shape[1]),
        (TRAIN_FILES[1], _width(train), TEST_FILES[1], _width(test)),
    )
    for name, width, other, other_width in widths:
        if width != other_width:
            raise DatasetError(
                f"{shown_path(folder)}: {name} has {_columns(width)}, {other} {other_width:,}: the same are needed in "
                "both"
            )


def _width(part: _Part) -> int:
    return 1 if part.y is None else int(part.y.shape[1])


def _outputs(folder: Path, parts: list[_Part], task: Task) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return y as `Samples` holds it, both parts below each other, and the names of its outputs."""
    given = parts[0].output_names
    if parts[0].y is None:
        return _classes(folder, [label for part in parts for label in part.labels])
    y = np.concatenate([part.y for part in parts if part.y is not None])
    if task == "classes":
        return y.argmax(axis=1), given or tuple(str(place) for place in range(y.shape[1]))
    return y, given or tuple(f"y{place}" for place in range(1, y.shape[1] + 1))


def _classes(folder: Path, labels: list[str]) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    numbers: dict[str, int] = {}  # of the labels' texts, in the order of their first rows
    places = np.array([numbers.setdefault(label, len(numbers)) for label in labels], np.intp)
    path = shown_path(folder / TRAIN_FILES[1])
    names, places_in_order = order_classes(tuple(numbers))
    if len(names) < 2:
        raise DatasetError(f"{path}: one class only, {quoted(names[0])}; at least two are needed")
    if len(names) > MAX_CLASSES:
        hint = "; for numbers to be predicted the task is values"
        raise DatasetError(f"{path}: {len(names):,} classes; at most {MAX_CLASSES:,} are allowed{hint}")
    return places_in_order[places], names


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count:,} columns"
