"""Reader of CSV files: numeric feature columns, and a column of labels or of values to predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, Standardize, StandardizeY, TestShare
from joml.data.labels import LabelError, check_classes, order_classes
from joml.data.preparation import Split, prepare
from joml.data.readers.columns import (
    ColumnKey,
    describe_row_numbers,
    find_ignored,
    find_position,
    ignore_advice,
    is_row_index,
)
from joml.data.readers.csv_format import FileFormat, Header, data_rows, find_format, is_number, quoted
from joml.data.readers.csv_layout import ColumnTask, Layout, describe_commas, find_column
from joml.data.readers.csv_text import Cells, read_cells
from joml.data.readers.file_samples import FileSamples
from joml.data.readers.text_file import TextFile, reading_text
from joml.data.split_columns import TextColumn, encode_texts, with_split_column
from joml.declaration import Setting, declare
from joml.task import find_task

__all__ = ["CsvTable", "LabelError", "read_csv", "read_table"]

# Rows that are read to decide whether a column without a name is empty or holds names of the rows.
_SAMPLE_ROWS = 20


def read_csv_samples(
    path: str | PathLike[str],
    label: str | int = -1,
    header: Header = "auto",
    task: ColumnTask = "classes",
    ignore: Sequence[ColumnKey] | None = None,
) -> FileSamples:
    """Read a whole CSV file, without splitting or scaling. Parameters and errors as in `read_csv`."""
    table = read_table(path, label, header, task, ignore)
    found = table.layout.task
    y = table.y if found == "classes" else table.y[:, np.newaxis]
    name = Path(str(path).removesuffix(".gz")).stem
    file_format = table.layout.to_plain(table.feature_positions)
    return FileSamples(table.x, y, table.class_names, None, found, table.feature_names, name, file_format, table.notes)


@declare(
    "dataset",
    "csv",
    "Your own CSV file: numeric feature columns and a label column",
    label="CsvFile",
    traits=DatasetTraits(read_samples=read_csv_samples, summary="CSV file"),
)
def read_csv(
    path: Annotated[str | PathLike[str], Setting("The file", unit="file")],
    label: Annotated[
        str | int,
        Setting("Name or position of the label column, from 0, or from the end when negative", title="Label column"),
    ] = -1,
    header: Annotated[Header, Setting("Whether the first row has names")] = "auto",
    standardize: Standardize = True,
    test_share: TestShare = 0.2,
    seed: int = 0,
    task: Annotated[ColumnTask, Setting("Content of the label column")] = "classes",
    standardize_y: StandardizeY = False,
    held: FileSamples | None = None,
    split: Split | None = None,
    ignore: Annotated[
        Sequence[ColumnKey] | None, Setting("Columns that are not features", title="Ignored columns", unit="columns")
    ] = None,
) -> Dataset:
    """Read a data set from a CSV file.

    The file is UTF-8 text, with or without a byte order mark. Its fields are separated by commas, semicolons or tabs
    (detected from the first lines), and quoted where needed. Blank lines are skipped. Every column except the label
    column is a feature: a number with a decimal point in every row.

    Parameters
    ----------
    path : path
        The file; it is only read.
    label : str or int, default -1
        The label column: its name in the header, or its position, counted from 0, or from the end when
        negative, as in Python. Error messages count lines and columns from 1, as editors and spreadsheets do.
    header : {"auto", "yes", "no"}, default "auto"
        Whether the first row holds names. "auto" takes it for names if `label` is a name, or if none of its feature
        fields is a number.
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part. A feature that
        is constant there is only shifted.
    test_share : float, default 0.2
        Share of the rows for the test part.
    seed : int, default 0
        Decides which rows are in which part.
    task : {"classes", "regression"}, default "classes"
        Content of the label column: labels, or numbers to predict (regression).
    standardize_y : bool, default False
        Shift and scale the numbers to predict as `standardize` does the features; labels are not affected. By default
        the numbers are not scaled: predictions and errors are in their unit, but values in the hundreds need a smaller
        learning rate, or many steps.
    held : Samples, optional
        The samples that `read_csv_samples` returned; nothing is then read again, and `held` is not changed.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.
    ignore : sequence of str or int, optional
        Columns to leave out, by name or position. By default a first column without a name that numbers the rows
        (pandas' index), and columns with neither a name nor values.

    Returns
    -------
    Dataset
        x of shape (feature columns, rows), y of shape (distinct labels, rows), or (1, rows) where the task is
        values. Classes are in the order of their values if all labels are numbers (1 and 1.0 are the same class),
        else in the order of their texts.

    Raises
    ------
    DatasetError
        The file cannot be read, or a row or field has another form; the message names file, line and column.
    LabelError
        The label column does not exist, or the task is classes and it holds fewer than two or more than 1,000.
    """
    samples = read_csv_samples(path, label, header, task, ignore) if held is None else held
    split = split or Split(test_share)
    samples = with_split_column(samples, split, lambda key: [_read_text_column(path, label, header, key)])
    return prepare(samples, split, seed, standardize, standardize_y)


def read_csv_names(path: str | PathLike[str], header: Header = "auto") -> tuple[str, ...]:
    """Return the names of a CSV file's columns, as `read_csv` finds them; empty without a header.

    Parameters
    ----------
    path : path
    header : {"auto", "yes", "no"}, default "auto"
        As in `read_csv`.

    Returns
    -------
    tuple of str

    Raises
    ------
    DatasetError
        The file cannot be read.
    """
    with reading_text(Path(path), "a CSV file") as text:
        return find_format(text, header, -1).names


@dataclass(frozen=True, slots=True, eq=False)
class CsvTable:
    """The content of a CSV file.

    Attributes
    ----------
    x : ndarray of float64, shape (rows, features)
        The features as in the file.
    y : ndarray, shape (rows,)
        The place of each row's label in `class_names`, int; or its value in the file, float64.
    class_names, feature_names : tuple of str
        Names of the classes (or the name of the values' column, "y1" without a header) and of the feature columns;
        empty without a header.
    layout : Layout
        How the file was read, so that other files can be read in the same way.
    feature_positions : tuple of int
        Positions of the feature columns in the file.
    notes : tuple of str
        Decisions and warnings about the file, one sentence each.
    """

    x: NDArray[np.float64]
    y: NDArray[Any]
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    layout: Layout
    feature_positions: tuple[int, ...]
    notes: tuple[str, ...] = ()


def read_table(
    path: str | PathLike[str],
    label: str | int = -1,
    header: Header = "auto",
    task: ColumnTask = "classes",
    ignore: Sequence[ColumnKey] | None = None,
) -> CsvTable:
    """Read a whole CSV file. Parameters and errors as in `read_csv`."""
    named = find_task(task)
    if named is None or named == "multilabel":
        raise DatasetError(f"task: classes or regression was expected, got {quoted(task)}")
    if header not in get_args(Header):
        raise DatasetError(f"header: auto, yes or no was expected, got {quoted(header)}")
    with reading_text(Path(path), "a CSV file") as text:
        layout, notes = _find_layout(text, label, header, named, ignore)
        cells = read_cells(text, layout)
    if len(cells.numbers) < 2:
        rows = "one row" if len(cells.numbers) else "no rows"
        raise DatasetError(f"{text.name}: too few samples: {rows} of data; at least 2 are needed")
    return _build_table(text, cells, notes, ignore is None)


def _read_text_column(path: str | PathLike[str], label: str | int, header: Header, key: ColumnKey) -> TextColumn:
    """Read the cells of one column as texts."""
    with reading_text(Path(path), "a CSV file") as text:
        format_ = find_format(text, header, label)
        place = find_position(text.name, key, format_.names, format_.width)
        return encode_texts(row.cells[place] for row in data_rows(text, format_))


def _find_layout(
    text: TextFile, label: str | int, header: Header, task: ColumnTask, ignore: Sequence[ColumnKey] | None
) -> tuple[Layout, tuple[str, ...]]:
    """Return the layout of the columns, and notes about those that are left out."""
    format_ = find_format(text, header, label)
    width = format_.width
    if width < 2:
        raise DatasetError(
            f"{text.name}:{format_.first_line}: one column only; a label column and at least one feature column are "
            "needed, separated by commas, semicolons or tabs"
        )
    position = _find_label(text, label, format_)
    if ignore is not None:
        left_out = find_ignored(text.name, ignore, format_.names, width, position)
        return Layout(format_, position, task, left_out, can_ignore=True), ()
    empty, row_names = _find_unused(text, format_, position)
    notes = tuple(f"column {place + 1}, without a name and without values, is left out" for place in empty)
    if row_names:
        notes = ("column 1, without a name, holds texts that name the rows: it is left out", *notes)
    left_out = (0, *empty) if row_names else empty
    return Layout(format_, position, task, left_out, empty, can_ignore=True), notes


def _find_label(text: TextFile, label: str | int, format_: FileFormat) -> int:
    width = format_.width
    if isinstance(label, int):
        if not -width <= label < width:
            raise LabelError(
                f"{text.name}: label position {label} is out of range: the file has {width} columns, "
                f"0 to {width - 1} from the first or -1 to -{width} from the last"
            )
        return label % width
    if not format_.has_header:
        raise LabelError(
            f"{text.name}: the label column is given by name, {quoted(label)}, but the file is read "
            f"without a header; give its position, from 0 to {width - 1}"
        )
    return find_column(text.name, label, format_.names)


def _find_unused(text: TextFile, format_: FileFormat, label: int) -> tuple[tuple[int, ...], bool]:
    """Return the positions of empty columns without a name, and whether such a first column holds names of the rows."""
    nameless = [place for place, name in enumerate(format_.names) if not name and place != label]
    if not nameless or len(nameless) >= format_.width - 1:
        return (), False
    sample: list[list[str]] = []
    for row in data_rows(text, format_):
        if len(row.cells) != format_.width or len(sample) == _SAMPLE_ROWS:
            break
        sample.append([cell.strip() for cell in row.cells])
    if not sample:
        return (), False
    empty = tuple(place for place in nameless if not any(row[place] for row in sample))
    first = [row[0] for row in sample] if nameless[0] == 0 and 0 not in empty else []
    return empty, len(first) > 1 and len(set(first)) == len(first) and not any(map(is_number, first))


def _build_table(text: TextFile, cells: Cells, notes: tuple[str, ...], leave_index_out: bool) -> CsvTable:
    layout, names = cells.layout, cells.layout.format.names
    numeric, numbers = list(layout.numeric), cells.numbers
    notes = (*layout.format.notes, *notes, *describe_commas(layout))
    if layout.task == "regression":
        y: NDArray[Any] = numbers[:, numeric.index(layout.label)].copy()
        class_names: tuple[str, ...] = ((names[layout.label] if names else "") or "y1",)
    else:
        class_names, places_in_order = order_classes(cells.texts)
        assert cells.labels is not None
        y = places_in_order[cells.labels]
        notes += check_classes(f"{text.name}: {layout.column(layout.label)}", class_names, len(y))
    features = list(layout.features)
    if leave_index_out and names and features[0] == 0 and len(features) > 1 and is_row_index(names[0], numbers[:, 0]):
        named = f"named {quoted(names[0])}" if names[0] else "without a name"
        notes += (f"column 1, {named}, numbers the rows as pandas does: it is left out; ignore: [] keeps it",)
        del features[0]
    dropped = [index for index, place in enumerate(numeric) if place not in features]
    x = np.delete(numbers, dropped, axis=1) if dropped else numbers
    notes += describe_row_numbers(
        x, lambda index: layout.column(features[index]), lambda index: ignore_advice(features[index], names)
    )
    feature_names = tuple(names[place] for place in features) if names else ()
    return CsvTable(x, y, class_names, feature_names, layout, tuple(features), notes)
