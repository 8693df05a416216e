"""Reads a CSV file of one's own: numeric feature columns, and a column of labels or of values to predict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Any, TextIO, get_args

import numpy as np
from numpy.typing import NDArray

from joml.dataset import Dataset, DatasetError, one_hot, split_indices
from joml.datasets import files
from joml.datasets.csv_text import (
    ColumnTask,
    Header,
    Layout,
    blocks,
    convert,
    describe_label,
    find_delimiter,
    first_row,
    is_header,
    listed,
    locate,
    numbers_of,
    opened,
    order_classes,
    plain_numbers,
    quoted,
    reading_csv,
)
from joml.datasets.files import MAX_CLASSES, shown_path


class LabelError(DatasetError):
    """The label column cannot be found, or is not one of labels."""


def read_csv(
    path: str | PathLike[str],
    label: str | int = -1,
    header: Header = "auto",
    standardize: bool = True,
    test_share: float = 0.2,
    seed: int = 0,
    task: ColumnTask = "classes",
    standardize_y: bool = False,
    held: Table | None = None,
) -> Dataset:
    """Read a data set from a CSV file.

    The file is UTF-8 text (with a byte order mark or without), its fields separated by commas, semicolons or
    tabs, whichever fits its first lines, and quoted where needed. Blank lines are skipped. Every column but
    the label's is a feature: a number with a decimal point in every row.

    Parameters
    ----------
    path : path
        The file. It is only read.
    label : str or int, default -1
        The label column: its name in the header, or its position, counted from 0, or from the end when
        negative, as in Python. Error messages count lines and columns from 1, as editors and sheets do.
    header : {"auto", "yes", "no"}, default "auto"
        Whether the first row holds names. "auto" takes it for names when `label` is a name, or when no feature
        field of it is a number.
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part. A feature that
        is constant there is only shifted.
    test_share : float, default 0.2
        Share of the rows to test on.
    seed : int, default 0
        Decides which rows are in which part.
    task : {"classes", "values"}, default "classes"
        What the label column holds: labels, or numbers to be predicted (regression).
    standardize_y : bool, default False
        Shift and scale the numbers to be predicted as `standardize` does the features; nothing happens to labels.
        By default they stay as they stand in the file: predictions and errors are in their unit, but values in the
        hundreds need a smaller learning rate, or many steps.
    held : Table, optional
        What `read_table` gave of the file: it is not read again, and `held` stays as it is.

    Returns
    -------
    Dataset
        x of shape (feature columns, rows), y of shape (distinct labels, rows), or (1, rows) where the task is
        values. Classes are in the order of their values if all labels are numbers (1 and 1.0 are the same class),
        else in the order of their texts.

    Raises
    ------
    DatasetError
        The file cannot be read, or a row or field is not as above; the message names file, line and column.
    LabelError
        The label column does not exist, or is to hold classes and holds fewer than two or more than 1,000.
    """
    table = read_table(path, label, header, task) if held is None else replace(held, x=held.x.copy(), y=held.y.copy())
    train, _ = split_indices(len(table.x), test_share, seed)
    if standardize:
        files.standardize(table.x, train)
    if standardize_y and task == "values":
        files.standardize(table.y, train)
    return Dataset.split(
        table.x.T,
        one_hot(table.y, len(table.class_names)) if task == "classes" else table.y[np.newaxis],
        test_share=test_share,
        seed=seed,
        name=Path(path).stem,
        class_names=table.class_names,
        feature_names=table.feature_names,
        task=task,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What a CSV file holds.

    Attributes
    ----------
    x : ndarray of float64, shape (rows, features)
        The features as they stand in the file.
    y : ndarray, shape (rows,)
        The place of each row's label in `class_names`, int; or its value as it stands in the file, float64.
    class_names, feature_names : tuple of str
        Names of the classes (or the one name of the values: their column's, "y1" without a header) and of the
        feature columns; no feature names without a header.
    """

    x: NDArray[np.float64]
    y: NDArray[Any]
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]


def read_table(
    path: str | PathLike[str], label: str | int = -1, header: Header = "auto", task: ColumnTask = "classes"
) -> Table:
    """Read a CSV file whole. Parameters and errors as in `read_csv`."""
    if task not in get_args(ColumnTask):
        raise DatasetError(f"task: classes or values was expected, got {quoted(task)}")
    if header not in get_args(Header):
        raise DatasetError(f"header: auto, yes or no was expected, got {quoted(header)}")
    path = Path(path)
    with reading_csv(path):
        layout = _find_layout(path, label, header)._replace(task=task)
        table = _read_plain(path, layout) or _read_any(path, layout)
    if len(table.x) < 2:
        rows = "one row" if len(table.x) else "no rows"
        raise DatasetError(f"{shown_path(path)}: too few samples: {rows} of data; at least 2 are needed")
    if task == "classes" and len(table.class_names) < 2:
        raise LabelError(
            f"{shown_path(path)}: {layout.column(layout.label)} holds one class only, {quoted(table.class_names[0])}; "
            "at least two are needed"
        )
    return table


def _find_layout(path: Path, label: str | int, header: Header) -> Layout:
    delimiter = find_delimiter(path)
    line, row = first_row(path, delimiter)
    width = len(row)
    if width < 2:
        raise DatasetError(
            f"{shown_path(path)}:{line}: one column only; a label column and at least one feature column are needed, "
            "separated by commas, semicolons or tabs"
        )
    position = label if isinstance(label, str) else _find_position(path, label, width)
    if isinstance(position, str) and header == "no":
        raise LabelError(
            f"{shown_path(path)}: the label column is given by name, {quoted(position)}, but the file is read "
            f"without a header; give its position, from 0 to {width - 1}"
        )
    named = header == "yes" or isinstance(position, str) or (header == "auto" and is_header(row, position))
    names = tuple(name.strip() for name in row) if named else ()
    if isinstance(position, str):
        position = _find_name(path, position, names)
    return Layout(delimiter, width, position, names, line)


def _find_position(path: Path, label: int, width: int) -> int:
    if not -width <= label < width:
        raise LabelError(
            f"{shown_path(path)}: label position {label} is out of range: the file has {width} columns, "
            f"0 to {width - 1} from the first or -1 to -{width} from the last"
        )
    return label % width


def _find_name(path: Path, label: str, names: tuple[str, ...]) -> int:
    count = names.count(label.strip())
    if count == 1:
        return names.index(label.strip())
    if count > 1:
        raise LabelError(f"{shown_path(path)}: {count} columns are named {quoted(label)}; give the label's position")
    nearest = get_close_matches(label, names, n=1)
    hint = f"did you mean {quoted(nearest[0])}?" if nearest else f"the columns are {listed(names)}"
    raise LabelError(f"{shown_path(path)}: no column is named {quoted(label)}; {hint}")


def _read_plain(path: Path, layout: Layout) -> Table | None:
    """Read a file of plain numbers and labels fast; None where anything in it is out of the way."""
    numbers: dict[str, int] = {}  # of the labels' texts, in the order of their first rows
    converters: dict[int | str, Callable[[str], int]] = {
        layout.label: lambda text: numbers.setdefault(text.strip(), len(numbers))
    }
    cells = plain_numbers(path, layout, converters if layout.task == "classes" else None)
    if cells is None or len(numbers) > MAX_CLASSES or any(map(describe_label, numbers)):
        return None
    if layout.task == "values":
        return _table_of_values(cells, layout)
    class_names, places_in_order = order_classes(tuple(numbers))
    y = places_in_order[cells[:, layout.label].astype(np.intp)]
    return Table(np.delete(cells, layout.label, axis=1), y, class_names, layout.feature_names)


def _read_any(path: Path, layout: Layout) -> Table:
    """Read any file that is in order, and say what is not."""
    with opened(path) as file:
        return _read_classes(path, file, layout) if layout.task == "classes" else _read_values(path, file, layout)


def _read_classes(path: Path, file: TextIO, layout: Layout) -> Table:
    """Read features and labels."""
    x, places = [np.empty((0, layout.width - 1))], [np.empty(0, np.intp)]
    numbers: dict[str, int] = {}  # of the labels' texts, in the order of their first rows
    for first, rows in blocks(path, file, layout):
        labels = [row.pop(layout.label).strip() for row in rows]
        x.append(convert(path, rows, layout, first))
        if any(map(describe_label, set(labels))):
            raise DatasetError(locate(path, layout, first))
        places.append(np.array([numbers.setdefault(text, len(numbers)) for text in labels], np.intp))
        if len(numbers) > MAX_CLASSES:
            raise LabelError(
                f"{shown_path(path)}: {layout.column(layout.label)} holds more than {MAX_CLASSES:,} classes; "
                "is it the label column?"
            )
    class_names, places_in_order = order_classes(tuple(numbers))
    return Table(np.concatenate(x), places_in_order[np.concatenate(places)], class_names, layout.feature_names)


def _read_values(path: Path, file: TextIO, layout: Layout) -> Table:
    """Read features and the numbers to be predicted."""
    return _table_of_values(numbers_of(path, file, layout), layout)


def _table_of_values(cells: NDArray[np.float64], layout: Layout) -> Table:
    name = layout.names[layout.label] if layout.names else ""
    x, y = np.delete(cells, layout.label, axis=1), cells[:, layout.label].copy()
    return Table(x, y, (name or "y1",), layout.feature_names)
