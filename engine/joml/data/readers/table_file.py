"""Reader of tables with typed columns, such as Parquet and Arrow files, with pyarrow, an optional extra."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, Standardize, StandardizeY, TestShare
from joml.data.labels import MAX_CLASSES, LabelError, check_classes, classes_of, describe_label, describe_too_many
from joml.data.preparation import Split, prepare
from joml.data.readers.arrow_file import is_json, opened_table
from joml.data.readers.columns import (
    CodeColumn,
    ColumnKey,
    check_missing,
    describe_codes,
    describe_row_numbers,
    find_codes,
    find_ignored,
    find_settings,
    ignore_advice,
)
from joml.data.readers.compression import without_compression
from joml.data.readers.csv_layout import FLOAT32_MAX, ColumnTask, describe_column, find_column, write_key
from joml.data.readers.file_samples import FileSamples, shown_path
from joml.data.readers.own_test_file import TrainColumns, join_test_part, read_test_file, read_text_column
from joml.data.split_columns import with_split_column
from joml.data.tables.arrow_table import NestedColumnError, arrow_column
from joml.data.tables.column_kinds import ColumnSettings, MissingRule
from joml.data.tables.leaks import describe_numbers
from joml.data.tables.mixed_samples import MixedTable, mixed_samples
from joml.data.tables.raw_table import RawColumn, RawTable, join_tables, no_numbers, no_texts
from joml.data.tables.target_columns import Labels, find_labels, read_task
from joml.declaration import Setting, declare
from joml.wording import quoted

# Rows that are read to see whether texts look like codes.
_CODE_ROWS = 1_000
_ADVICE_ON_JSON = (
    "; a JSON file has an object for each row, one per line, as DataFrame.to_json(orient='records', lines=True) of "
    "pandas writes them"
)
# pandas' name of an index without a name.
_INDEX_NAME = re.compile(r"__index_level_\d+__")


def read_table_samples(
    path: str | PathLike[str],
    label: Labels = -1,
    task: ColumnTask = "classes",
    ignore: Sequence[ColumnKey] | None = None,
    columns: ColumnSettings | None = None,
    missing: MissingRule = "fill",
    test_path: str | PathLike[str] | None = None,
) -> FileSamples:
    """Read a whole table, without splitting or scaling. Parameters and errors as in `read_table_file`."""
    named = read_task(task, label)
    check_missing(missing)
    path = Path(path)
    with opened_table(path) as table:
        reader = _Reader(path, table, named, ignore)
        try:
            if test_path is not None:
                raise _ColumnsError
            samples = reader.samples(label, columns)
        except _ColumnsError:
            samples = reader.mixed_samples(label, columns, missing, None if test_path is None else Path(test_path))
        return replace(samples, name=Path(without_compression(str(path))).stem)


@declare(
    "dataset",
    "table",
    "Your own Parquet, Feather, Arrow, ORC or JSON lines file; requires pyarrow",
    label="TableFile",
    traits=DatasetTraits(read_samples=read_table_samples),
)
def read_table_file(
    path: Annotated[str | PathLike[str], Setting("The file", unit="file")],
    label: Annotated[
        Labels,
        Setting("Name or position of the label column, from 0, or from the end when negative", title="Label column"),
    ] = -1,
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
    columns: Annotated[
        ColumnSettings | None,
        Setting("Kinds of columns: number, category, boolean, date or ignore", unit="column kinds"),
    ] = None,
    missing: Annotated[
        MissingRule, Setting("Whether missing cells are filled, or refused", title="Missing cells")
    ] = "fill",
    test_path: Annotated[
        str | PathLike[str] | None, Setting("A file of its own for the test part", title="Test file", unit="file")
    ] = None,
) -> Dataset:
    """Read a data set from a table: Parquet, Feather or Arrow (file or stream), ORC, or JSON lines.

    The format is detected from the content, not from the name. Every column except the label column is a feature. If
    all of them are integers, floating-point numbers or truth values, none of them missing, they are taken as they are.
    Otherwise the kind of each column is decided by its type and its cells, as in `read_csv`.

    Parameters
    ----------
    path : path
        The file. It is only read.
    label : str, int, or a tuple of them, default -1
        The label column: its name, or its position, counted from 0, or from the end when negative; counting from the
        end skips the row index that pandas writes last. Several columns are targets together, as in `read_csv`.
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part. A feature that
        is constant there is only shifted.
    test_share : float, default 0.2
        Share of the rows in the test part.
    seed : int, default 0
        Decides which rows are in which part.
    task : {"classes", "multilabel", "regression"}, default "classes"
        Content of the label column: labels (numbers, truth values or texts), or numbers to predict (regression). Of
        several columns it is multilabel, if each holds yes or no (0 and 1, true and false), or regression.
    standardize_y : bool, default False
        Shift and scale the numbers to predict as `standardize` does the features; labels are not affected.

    held : Samples, optional
        The samples that `read_table_samples` returned; nothing is then read again, and `held` is not changed.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.
    ignore : sequence of str or int, optional
        Columns to leave out, by name or position. By default pandas' row index if it has no name.
    columns, missing, test_path
        As in `read_csv`.

    Returns
    -------
    Dataset
        x of shape (feature columns, rows), y of shape (distinct labels, rows), or (label columns, rows) where the task
        is multilabel or regression. Classes are in the order of their values if all labels are numbers, also as texts,
        else in the order of their texts.

    Raises
    ------
    DatasetError
        pyarrow is not installed, the file cannot be read, or a column or value has another form; the message names
        file, column and row, counted from 1.
    LabelError
        A label column does not exist, several do not hold the same kind of values, or the task is classes and it holds
        fewer than two or more than 1,000.
    """
    samples = held or read_table_samples(path, label, task, ignore, columns, missing, test_path)
    split = split or Split(test_share)
    paths = [path] if test_path is None else [path, test_path]
    samples = with_split_column(samples, split, lambda key: [read_text_column(Path(each), key) for each in paths])
    return prepare(samples, split, seed, standardize, standardize_y)


def read_table_names(path: str | PathLike[str]) -> tuple[str, ...]:
    """Return the names of a table's columns, without pandas' row index.

    Parameters
    ----------
    path : path
        The file. It is only read.

    Returns
    -------
    tuple of str

    Raises
    ------
    DatasetError
        pyarrow is not installed, or the file is no table or cannot be read.
    """
    with opened_table(Path(path), first_rows=0) as table:
        names = tuple(str(name) for name in table.column_names)
    return tuple(name for name in names if not _INDEX_NAME.fullmatch(name))


def read_table_codes(
    path: str | PathLike[str], label: Labels = -1, ignore: Sequence[ColumnKey] | None = None
) -> tuple[CodeColumn, ...]:
    """Return the columns of features in a table whose texts look like codes, by its first rows.

    Parameters
    ----------
    path : path
        The file. It is only read.
    label, ignore
        As in `read_table_file`.

    Returns
    -------
    tuple of CodeColumn

    Raises
    ------
    DatasetError
        The file cannot be read, or there is no such column.
    """
    with opened_table(Path(path), first_rows=_CODE_ROWS) as table:
        return _Reader(Path(path), table, "regression", ignore).codes(label)


def places_without_index(names: Sequence[str]) -> list[int]:
    """Return the positions of all columns except pandas' row index, which comes last and is not counted from the end.

    Parameters
    ----------
    names : sequence of str
        Of all columns.

    Returns
    -------
    list of int
    """
    return [place for place, name in enumerate(names) if not _INDEX_NAME.fullmatch(name)]


class _UnreadableColumnError(Exception):
    """A column cannot be read; the message says why."""


class _ColumnsError(DatasetError):
    """Some columns are not numbers in all rows, or are set by the user."""


class _Reader:
    """Reader of the features and labels in one table."""

    def __init__(self, path: Path, table: Any, task: ColumnTask, ignore: Sequence[ColumnKey] | None) -> None:
        self._path = shown_path(path)
        self._is_json = is_json(path)
        self._table = table
        self._task = task
        self._ignore = ignore
        self._names = tuple(str(name) for name in table.column_names)

    def mixed_samples(
        self, label: Labels, columns: ColumnSettings | None, missing: MissingRule, test_path: Path | None = None
    ) -> FileSamples:
        places = self._places(label)
        left_out, notes = self._left_out(places)
        settings = find_settings(self._path, columns, self._names, len(self._names), places)
        as_text = {each for each, setting in settings.items() if setting.kind == "category"}
        as_text |= set(places) if self._task == "classes" else set()
        notes += describe_codes(self._find_codes({*places, *left_out, *settings}), self._names)
        raw = self._raw_table(places, as_text, left_out)
        train_rows, test = raw.rows, None
        if test_path is not None:
            width = len(self._names)
            test = read_test_file(test_path, TrainColumns(self._path, self._names, width, places, left_out, as_text))
            raw = join_tables([raw, test.table])
        mixed = MixedTable(
            self._path,
            raw,
            places,
            self._task,
            left_out,
            settings,
            missing,
            leaves_index_out=self._ignore is None,
            unclear_commas="thousands",  # numbers themselves are typed, so that texts are written as programs do
            train_rows=None if test is None else train_rows,
            test_file="" if test is None else test.name,
        )
        samples = mixed_samples(mixed).samples
        if test is not None:
            samples = join_test_part(samples, train_rows, self._path, test)
            notes += test.notes
        return replace(samples, notes=(*notes, *samples.notes))

    def codes(self, label: Labels) -> tuple[CodeColumn, ...]:
        """Return the columns of features whose texts look like codes, from the first rows."""
        places = self._places(label)
        return self._find_codes({*places, *self._left_out(places)[0]})

    def _find_codes(self, others: Collection[int]) -> tuple[CodeColumn, ...]:
        texts = {
            place: column.slice(0, _CODE_ROWS).to_pylist()
            for place, column in enumerate(self._table.columns)
            if place not in others and _is_text(_value_type(column))
        }
        rows = (
            [str(texts[place][row] or "") if place in texts else "" for place in range(len(self._names))]
            for row in range(min(_CODE_ROWS, self._table.num_rows))
        )
        return find_codes(rows, list(texts), self._names) if texts else ()

    def _raw_table(self, labels: Sequence[int], as_text: Collection[int], left_out: Collection[int]) -> RawTable:
        rows = self._table.num_rows
        columns, nested = [], {}
        for place, name in enumerate(self._names):
            if place in left_out:
                columns.append(RawColumn(name, no_numbers(rows), no_texts(rows)))
                continue
            try:
                columns.append(arrow_column(name, self._table.column(place), place in as_text))
            except NestedColumnError as error:
                nested[place] = str(error)
        if nested:
            described = "; ".join(f"{describe_column(each, self._names)} holds {nested[each]}" for each in nested)
            keys = ", ".join(write_key(each, self._names) for each in nested if each not in labels)
            advice = f"; leave such columns out by ignore: [{keys}]" if keys else ""
            raise DatasetError(f"{self._path}: {described}: numbers, texts, truth values or dates are needed{advice}")
        return RawTable(tuple(columns), rows)

    def samples(self, label: Labels, columns: ColumnSettings | None) -> FileSamples:
        """Return the samples of a table of numbers with one label column."""
        rows, width = self._table.num_rows, len(self._names)
        if rows < 2:
            count = "1 row" if rows == 1 else f"{rows} rows"
            advice = _ADVICE_ON_JSON if self._is_json else ""
            raise DatasetError(f"{self._path}: too few samples: {count} of data; at least 2 are needed{advice}")
        if width < 2:
            raise DatasetError(
                f"{self._path}: {width} columns; a label column and at least one feature column are needed"
            )
        place, *others = places = self._places(label)
        left_out, notes = self._left_out(places)
        if columns or others:
            raise _ColumnsError
        features = [column for column in range(width) if column not in (place, *left_out)]
        x = np.empty((rows, len(features)))
        y = self._read_columns(x, features, place)
        names = tuple(self._names[column] for column in features)
        notes += describe_row_numbers(
            x,
            lambda index: describe_column(features[index], self._names),
            lambda index: ignore_advice(features[index], self._names),
        )
        if self._task == "regression":
            notes += describe_numbers(x, features, self._names, place, y)
            values = y[:, np.newaxis]
            return FileSamples(x, values, (self._names[place] or "y1",), None, "regression", names, notes=notes)
        classes, class_names, remarks = self._order(place, y)
        notes += describe_numbers(x, features, self._names, place, classes, class_names)
        return FileSamples(x, classes, class_names, None, "classes", names, notes=(*notes, *remarks))

    def _places(self, label: Labels) -> tuple[int, ...]:
        """Return the positions of the label columns."""
        places = find_labels(self._path, label, self._place, self._names)
        if len(places) == len(self._names):
            raise LabelError(f"{self._path}: label: names all {len(places)} columns: at least one feature is needed")
        return places

    def _place(self, label: str | int) -> int:
        width = len(self._names)
        if isinstance(label, int):
            if not -width <= label < width:
                raise LabelError(
                    f"{self._path}: label position {label} is out of range: the table has {width} columns, "
                    f"0 to {width - 1} from the first or -1 to -{width} from the last"
                )
            counted = places_without_index(self._names)
            from_end = label < 0 and self._ignore is None and -label <= len(counted)
            return counted[label] if from_end else label % width
        return find_column(self._path, label, self._names)

    def _left_out(self, labels: Sequence[int]) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Return the positions of the columns that are not features, and notes about them."""
        width = len(self._names)
        if self._ignore is not None:
            return find_ignored(self._path, self._ignore, self._names, width, labels), ()
        places = tuple(
            place for place, name in enumerate(self._names) if _INDEX_NAME.fullmatch(name) and place not in labels
        )
        if not places or len(places) >= width - len(labels):
            return (), ()
        index = " and ".join(quoted(self._names[place]) for place in places)
        return places, (f"{index}, the row index as pandas writes it, is left out; ignore: [] keeps it",)

    def _read_columns(self, x: NDArray[np.float64], features: list[int], label: int) -> NDArray[Any]:
        """Read the features into x and return the label column, or raise an error if a column is not all numbers."""
        faults: dict[int, str] = {}
        y: NDArray[Any] = np.empty(0)
        for place in sorted([*features, label]):
            try:
                if place != label:
                    x[:, features.index(place)] = self._numbers(place)
                else:
                    y = self._numbers(place) if self._task == "regression" else self._labels(place)
            except _UnreadableColumnError as error:
                faults[place] = str(error)
        if not faults:
            return y
        raise _ColumnsError("; ".join(faults.values()))

    def _column(self, place: int) -> Any:
        """Return a column without missing values, with dictionary-encoded values (pandas' categories) decoded."""
        import pyarrow as pa  # noqa: PLC0415

        column = self._table.column(place)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if column.null_count:
            row = int(np.asarray(column.is_null()).argmax()) + 1
            if column.null_count == 1:
                raise _UnreadableColumnError(f"row {row:,} has no value; every row needs one")
            raise _UnreadableColumnError(f"{column.null_count:,} rows have no value, the first is row {row:,}")
        return column

    def _numbers(self, place: int) -> NDArray[np.float64]:
        """Return a column of finite numbers."""
        import pyarrow as pa  # noqa: PLC0415

        type_ = _value_type(self._table.column(place))
        if not (pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_boolean(type_)):
            raise _UnreadableColumnError(f"numbers were expected, found {type_}")
        column = self._column(place)
        if pa.types.is_boolean(type_):
            column = column.cast(pa.int8())
        numbers: NDArray[np.float64] = column.to_numpy().astype(np.float64)
        # The comparison is false for nan.
        fits = np.abs(numbers) <= FLOAT32_MAX
        if not fits.all():
            row, count = int((~fits).argmax()), int(np.count_nonzero(~fits))
            more = f"; {count - 1:,} more rows are none" if count > 1 else ""
            raise _UnreadableColumnError(f"row {row + 1:,} is {numbers[row]}; finite float32 numbers are needed{more}")
        return numbers

    def _labels(self, place: int) -> NDArray[Any]:
        """Return the labels of all rows as objects of Python: numbers, truth values or texts."""
        import pyarrow as pa  # noqa: PLC0415

        column = self._column(place)
        types = pa.types
        if types.is_floating(column.type):
            values = self._numbers(place).tolist()
            labels: list[Any] = [int(value) if value == int(value) else value for value in values]
        elif types.is_integer(column.type) or types.is_boolean(column.type) or _is_text(column.type):
            labels = column.to_pylist()
        else:
            raise _UnreadableColumnError(f"labels are numbers, truth values or texts, found {column.type}")
        if _is_text(column.type):
            _check_texts(labels)
        array = np.empty(len(labels), object)
        array[:] = labels
        return array

    def _order(self, place: int, labels: NDArray[Any]) -> tuple[NDArray[np.intp], tuple[str, ...], tuple[str, ...]]:
        """Return the place of each row's class, the classes in the order of their values, and notes about them."""
        where = f"{self._path}: {describe_column(place, self._names)}"
        if isinstance(labels[0], str):
            names, classes = classes_of(labels.tolist())
            if len(names) > MAX_CLASSES:
                raise LabelError(describe_too_many(where, names))
            return classes, names, check_classes(where, names, len(labels))
        values = sorted(set(labels))
        if len(values) > MAX_CLASSES:
            raise LabelError(describe_too_many(where, map(str, values)))
        names = tuple(str(value) for value in values)
        remarks = check_classes(where, names, len(labels))
        places = {value: number for number, value in enumerate(values)}
        return np.array([places[value] for value in labels], np.intp), names, remarks


def _check_texts(labels: Sequence[str]) -> None:
    """Raise an error unless all texts can be labels."""
    faults = {text: fault for text in dict.fromkeys(labels) if (fault := describe_label(text))}
    if faults:
        rows = [row for row, text in enumerate(labels, start=1) if text in faults]
        more = f"; {len(rows) - 1:,} more rows have none" if len(rows) > 1 else ""
        raise _UnreadableColumnError(f"row {rows[0]:,}: {faults[labels[rows[0] - 1]]}{more}")


def _value_type(column: Any) -> Any:
    """Return the type of a column's values, also of dictionary-encoded ones (pandas' categories)."""
    import pyarrow as pa  # noqa: PLC0415

    return column.type.value_type if pa.types.is_dictionary(column.type) else column.type


def _is_text(type_: Any) -> bool:
    import pyarrow as pa  # noqa: PLC0415

    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))
