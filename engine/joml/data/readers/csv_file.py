"""Reader of CSV files: columns of features, and a column of labels or of values to predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, Standardize, StandardizeY, TestShare
from joml.data.labels import LabelError, check_classes, order_classes
from joml.data.number_marks import common_mark
from joml.data.preparation import Split, prepare
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
    is_row_index,
)
from joml.data.readers.compression import without_compression
from joml.data.readers.csv_faults import Faults
from joml.data.readers.csv_format import (
    FileFormat,
    Header,
    data_rows,
    describe_quoted_rows,
    describe_title,
    find_format,
    is_number,
)
from joml.data.readers.csv_layout import (
    ColumnTask,
    CommaStyle,
    Layout,
    describe_commas,
    describe_repeated_names,
    find_column,
    stated_commas,
    with_commas_of_rows,
    write_key,
)
from joml.data.readers.csv_text import Cells, read_cells, try_cells
from joml.data.readers.file_samples import FileSamples
from joml.data.readers.own_test_file import OwnTestFile, TrainColumns, join_test_part, read_test_file, read_text_column
from joml.data.readers.point_groups import describe_point_groups
from joml.data.readers.text_file import AUTO, DecimalMark, Dialect, TextFile, reading_text
from joml.data.split_columns import with_split_column
from joml.data.tables.cell_meanings import has_large_numbers, missing_cells, present_texts
from joml.data.tables.column_kinds import ColumnSetting, ColumnSettings, MissingRule, decide, has_commas
from joml.data.tables.leaks import describe_numbers
from joml.data.tables.marked_numbers import MarkedCommas
from joml.data.tables.mixed_samples import MixedTable, mixed_samples
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable, join_tables
from joml.data.tables.target_columns import Labels, find_labels, label_of_header, read_task
from joml.data.tables.text_reader import read_decimal_table, read_text_table
from joml.declaration import Setting, declare
from joml.wording import quoted

__all__ = ["CsvTable", "LabelError", "read_csv", "read_table"]

#: The reading of the file for the test part, for the columns of the file to train on.
_TestReader = Callable[[TrainColumns], OwnTestFile]
# Rows that are read to decide whether a column without a name is empty or holds names of the rows.
_SAMPLE_ROWS = 20
# Rows that are read to see whether numbers look like codes.
_CODE_ROWS = 1_000


def read_csv_samples(
    path: str | PathLike[str],
    label: Labels = -1,
    header: Header = "auto",
    task: ColumnTask = "classes",
    ignore: Sequence[ColumnKey] | None = None,
    columns: ColumnSettings | None = None,
    missing: MissingRule = "fill",
    test_path: str | PathLike[str] | None = None,
    delimiter: str = AUTO,
    encoding: str = AUTO,
    decimal: DecimalMark = AUTO,
) -> FileSamples:
    """Read a whole CSV file, without splitting or scaling. Parameters and errors as in `read_csv`."""
    named = _check_task(task, header, label)
    check_missing(missing)
    name = Path(without_compression(str(path))).stem
    dialect = Dialect(delimiter, encoding, decimal)
    with reading_text(Path(path), "a CSV file", dialect=dialect) as text:
        layout, notes = _find_layout(text, label, header, named, ignore, has_settings=bool(columns))
        settings = find_settings(text.name, columns, layout.format.names, layout.width, layout.targets)
        notes += _describe_codes(text, layout, settings)
        read_test: _TestReader | None = None
        if test_path is not None:
            read_test = partial(read_test_file, Path(test_path), header=header, label=label, dialect=dialect)
        is_plain = not settings and read_test is None and not layout.more_labels and stated_commas(text) != "decimal"
        cells = try_cells(text, layout) if is_plain else None
        if cells is None:
            mixed = _read_mixed(text, layout, settings, missing, ignore is None, read_test)
            if mixed is not None:
                samples, layout, positions, whole = mixed
                notes += (*describe_commas(layout), *describe_point_groups(text, layout))
                notes = (*layout.format.notes, *notes, *samples.notes)
                file_format = _to_plain(with_commas_of_rows(layout, whole), positions, dialect)
                return replace(samples, name=name, file_format=file_format, notes=notes)
            cells = read_cells(text, layout)
        notes += describe_point_groups(text, cells.layout)
    table = _build_table(text, cells, notes, ignore is None)
    y = table.y if named == "classes" else table.y[:, np.newaxis]
    by_place = zip(table.feature_positions, table.x.T, strict=True)
    whole = [place for place, numbers in by_place if table.layout.commas and (numbers == np.floor(numbers)).all()]
    file_format = _to_plain(with_commas_of_rows(table.layout, whole), table.feature_positions, dialect)
    return FileSamples(table.x, y, table.class_names, None, named, table.feature_names, name, file_format, table.notes)


def _to_plain(layout: Layout, positions: tuple[int, ...], dialect: Dialect) -> dict[str, Any]:
    """Return the facts needed to read other files in the same way, as values that JSON can write."""
    encoding = {} if dialect.encoding.lower() == AUTO else {"encoding": dialect.encoding}
    return layout.to_plain(positions) | encoding


@declare(
    "dataset",
    "csv",
    "Your own CSV file: columns of numbers, categories, dates and others, and a label column",
    label="CsvFile",
    traits=DatasetTraits(read_samples=read_csv_samples, summary="CSV file"),
)
def read_csv(
    path: Annotated[str | PathLike[str], Setting("The file", unit="file")],
    label: Annotated[
        Labels,
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
    delimiter: Annotated[str, Setting("What separates the fields: one character, tab or blanks; auto finds it")] = AUTO,
    encoding: Annotated[str, Setting("Encoding of the text, such as latin-1; auto is UTF-8 or UTF-16")] = AUTO,
    decimal: Annotated[DecimalMark, Setting("The decimal point of numbers; auto finds what commas are")] = AUTO,
) -> Dataset:
    """Read a data set from a CSV file.

    The file is text, plain or compressed by gzip, bzip2, xz or zip. Its fields are separated by commas, semicolons,
    tabs, bars or runs of blanks, and quoted where needed. Blank lines are skipped. Every column except the label column
    is a feature. If all of them are numbers with a decimal point in every row, they are taken as they are.
    Otherwise the kind of each column is decided by its cells, and notes say what was decided: numbers, some of them
    missing; categories; truth values; dates; and texts, which are left out.

    Parameters
    ----------
    path : path
        The file; it is only read.
    label : str, int, or a tuple of them, default -1
        The label column: its name in the header, or its position, counted from 0, or from the end when
        negative, as in Python. Error messages count lines and columns from 1, as editors and spreadsheets do.
        Several columns are targets together: each is an answer (multilabel) or a value (regression).
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
    task : {"classes", "multilabel", "regression"}, default "classes"
        Content of the label column: labels, or numbers to predict (regression). Of several columns it is multilabel,
        if each holds yes or no (0 and 1, true and false), or regression.
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
    columns : mapping, optional
        Kinds of columns by name or position: "number", "category", "boolean", "date" or "ignore"; or a mapping with
        `kind`, `missing` ("median", "mean", a number, or "error") and `day_first` (of dates such as 3/4/2021).
        For example ``{"age": {"kind": "number", "missing": "mean"}, "zip": "category"}``.
    missing : {"fill", "error"}, default "fill"
        Fill missing numbers with the median of the training part and add a feature that marks them, and take missing
        categories for a category of their own; or refuse them. Rows without a label are left out, or refused.
    test_path : path, optional
        A file whose rows are the test part; `test_share` is then ignored. Its columns are matched by name, in any
        order, and columns that only it has are not used. Without headers they are matched by position.

    delimiter : str, default "auto"
        What separates the fields: one character, "tab", or "blanks" for runs of blanks and tabs. "auto" finds it in the
        first lines.
    encoding : str, default "auto"
        The encoding of the text, by its name in Python, such as "latin-1" or "cp1252". "auto" is UTF-8, with or without
        a byte order mark, or UTF-16 if the text looks like it.
    decimal : {"auto", "comma", "point"}, default "auto"
        The decimal point of numbers. "comma": 1,200 is 1.2, and 1.200 is 1200 in a column without other points.
        "point": 1,200 is 1200. "auto" finds it in the column's other numbers, or in the other columns.

    Returns
    -------
    Dataset
        x of shape (feature columns, rows), y of shape (distinct labels, rows), or (label columns, rows) where the task
        is multilabel or regression. Classes are in the order of their values if all labels are numbers (1 and 1.0 are
        the same class), else in the order of their texts.

    Raises
    ------
    DatasetError
        The file cannot be read, or a row or field has another form; the message names file, line and column.
    LabelError
        A label column does not exist, several do not hold the same kind of values, or the task is classes and it holds
        fewer than two or more than 1,000.
    """
    samples = held or read_csv_samples(
        path, label, header, task, ignore, columns, missing, test_path, delimiter, encoding, decimal
    )
    split, dialect = split or Split(test_share), Dialect(delimiter, encoding, decimal)
    paths = [path] if test_path is None else [path, test_path]
    samples = with_split_column(
        samples, split, lambda key: [read_text_column(Path(each), key, header, label, dialect) for each in paths]
    )
    return prepare(samples, split, seed, standardize, standardize_y)


def read_csv_names(
    path: str | PathLike[str], header: Header = "auto", delimiter: str = AUTO, encoding: str = AUTO
) -> tuple[str, ...]:
    """Return the names of a CSV file's columns, as `read_csv` finds them; empty without a header.

    Parameters
    ----------
    path : path
    header : {"auto", "yes", "no"}, default "auto"
        As in `read_csv`.
    delimiter, encoding : str, default "auto"
        As in `read_csv`.

    Returns
    -------
    tuple of str

    Raises
    ------
    DatasetError
        The file cannot be read.
    """
    with reading_text(Path(path), "a CSV file", dialect=Dialect(delimiter, encoding)) as text:
        return find_format(text, header, -1).names


def read_csv_codes(
    path: str | PathLike[str],
    label: Labels = -1,
    header: Header = "auto",
    ignore: Sequence[ColumnKey] | None = None,
    delimiter: str = AUTO,
    encoding: str = AUTO,
) -> tuple[CodeColumn, ...]:
    """Return the columns of features in a CSV file that look like codes, by its first rows.

    Parameters
    ----------
    path : path
    label, header, ignore, delimiter, encoding
        As in `read_csv`.

    Returns
    -------
    tuple of CodeColumn

    Raises
    ------
    DatasetError
        The file cannot be read, or there is no such column.
    """
    with reading_text(Path(path), "a CSV file", dialect=Dialect(delimiter, encoding)) as text:
        layout, _ = _find_layout(text, label, header, "regression", ignore, has_settings=False)
        rows = (row.cells for row in islice(data_rows(text, layout.format), _CODE_ROWS))
        return find_codes(rows, layout.features, layout.format.names)


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
    task: Literal["classes", "regression"] = "classes",
    ignore: Sequence[ColumnKey] | None = None,
) -> CsvTable:
    """Read a whole CSV file. Parameters and errors as in `read_csv`; there is one label column."""
    named = _check_task(task, header, label)
    with reading_text(Path(path), "a CSV file") as text:
        layout, notes = _find_layout(text, label, header, named, ignore)
        cells = read_cells(text, layout)
    return _build_table(text, cells, notes, ignore is None)


def _check_task(task: str, header: str, label: Labels) -> ColumnTask:
    """Return the task under its name here, or raise an error if the task or the header is none."""
    named = read_task(task, label)
    if header not in get_args(Header):
        raise DatasetError(f"header: auto, yes or no was expected, got {quoted(header)}")
    return named


def _find_layout(
    text: TextFile,
    label: Labels,
    header: Header,
    task: ColumnTask,
    ignore: Sequence[ColumnKey] | None,
    has_settings: bool = False,
) -> tuple[Layout, tuple[str, ...]]:
    """Return the layout of the columns, and notes about those that are left out.

    Columns that the user has set, ``has_settings``, may have units below their names, which are then missing cells.
    """
    format_ = find_format(text, header, label_of_header(label))
    width = format_.width
    title = describe_title(text, format_, may_have_units=has_settings)
    if title:
        raise DatasetError(f"{text.name}:{format_.first_line}: {title}")
    if width < 2:
        quoted_rows = describe_quoted_rows(text, format_)
        if quoted_rows:
            raise DatasetError(f"{text.name}:{format_.first_line}: {quoted_rows}")
        raise DatasetError(
            f"{text.name}:{format_.first_line}: one column only; a label column and at least one feature column are "
            "needed, separated by commas, semicolons, tabs or bars; another delimiter is named, such as delimiter: '~' "
            "or delimiter: blanks"
        )
    position, *others = targets = find_labels(
        text.name, label, lambda key: _find_label(text, key, format_), format_.names
    )
    if len(targets) == width:
        raise LabelError(f"{text.name}: label: names all {width} columns: at least one feature column is needed")
    repeated = describe_repeated_names(format_.names)
    layout = Layout(format_, position, task, can_ignore=True, more_labels=tuple(others))
    if ignore is not None:
        return replace(layout, left_out=find_ignored(text.name, ignore, format_.names, width, targets)), repeated
    empty, row_names = _find_unused(text, format_, targets)
    notes = tuple(f"column {place + 1}, without a name and without values, is left out" for place in empty)
    if row_names:
        notes = ("column 1, without a name, holds texts that name the rows: it is left out", *notes)
    left_out = (0, *empty) if row_names else empty
    return replace(layout, left_out=left_out, empty=empty), (*repeated, *notes)


def _find_label(text: TextFile, label: str | int, format_: FileFormat) -> int:
    """Return the position of a label column."""
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


def _find_unused(text: TextFile, format_: FileFormat, targets: Sequence[int]) -> tuple[tuple[int, ...], bool]:
    """Return the positions of empty columns without a name, and whether such a first column holds names of the rows."""
    nameless = [place for place, name in enumerate(format_.names) if not name and place not in targets]
    if not nameless or len(nameless) >= format_.width - len(targets):
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


def _describe_codes(text: TextFile, layout: Layout, settings: Mapping[int, ColumnSetting]) -> tuple[str, ...]:
    """Return notes about columns of digits that look like codes, from the first rows."""
    places = [place for place in layout.features if place not in settings]
    rows = (row.cells for row in islice(data_rows(text, layout.format), _CODE_ROWS))
    try:
        return describe_codes(find_codes(rows, places, layout.format.names), layout.format.names)
    except DatasetError:  # reading all rows tells it better
        return ()


def _build_table(text: TextFile, cells: Cells, notes: tuple[str, ...], leave_index_out: bool) -> CsvTable:
    if len(cells.numbers) < 2:
        rows = "one row" if len(cells.numbers) else "no rows"
        raise DatasetError(f"{text.name}: too few samples: {rows} of data; at least 2 are needed")
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
    kept = set(features)
    dropped = [index for index, place in enumerate(numeric) if place not in kept]
    x = np.delete(numbers, dropped, axis=1) if dropped else numbers
    notes += describe_row_numbers(
        x, lambda index: layout.column(features[index]), lambda index: ignore_advice(features[index], names)
    )
    notes += describe_numbers(x, features, names, layout.label, y, class_names)
    feature_names = tuple(names[place] for place in features) if names else ()
    return CsvTable(x, y, class_names, feature_names, layout, tuple(features), notes)


# --- mixed columns --------------------------------------------------------------------------------------------------


def _read_mixed(
    text: TextFile,
    layout: Layout,
    settings: Mapping[int, ColumnSetting],
    missing: MissingRule,
    leaves_index_out: bool,
    read_test: _TestReader | None = None,
) -> tuple[FileSamples, Layout, tuple[int, ...], list[int]] | None:
    """Return the samples of a file of mixed columns, its layout with commas, and the positions of its features.

    The last value are the positions of columns of whole numbers.
    None means that it has numbers only, some of them with commas, or is faulty as a whole. The rows of a file for the
    test come last, and are read like the others.
    """
    as_text = _as_text(layout, settings)
    quick = None
    if missing != "error":
        quick = read_decimal_table(text, layout.format, as_text, _may_be_numbers(layout, settings))
    table = read_text_table(text, layout.format, as_text) if quick is None else quick[0]
    train_rows = table.rows
    index_notes: tuple[str, ...] = ()
    if read_test is not None and leaves_index_out:
        layout, index_notes = _without_row_index(layout, table)
    if any((column := table.columns[place]).texts and any(column.texts) for place in layout.empty):
        return None
    if read_test is None and not settings and not layout.more_labels and _has_numbers_only(layout, table):
        return None
    _refuse_lost_names(text, layout, table)
    commas = _find_commas(text, layout, table, settings, missing) if quick is None else quick[1]
    layout = replace(layout, commas=commas)
    pointed = {place for place, style in commas.items() if style == "points"}
    if pointed:  # 1.200 was read as 1.2
        table = read_text_table(text, layout.format, as_text | pointed)
    whole = [place for place in layout.numeric if place not in commas and _are_whole(table.columns[place])]
    test: OwnTestFile | None = None
    if read_test is not None:
        test = read_test(_train_columns(text, layout, settings, whole))
        table = join_tables([table, test.table])

    def locate(row: int) -> str:
        if test is not None and row >= train_rows:
            return f"row {row - train_rows + 1:,} of {test.name}"
        located = next(islice(data_rows(text, layout.format), row, None), None)
        return f"row {row + 1:,}" if located is None else f"line {located.line:,}"

    def describe_numbers(places: Sequence[int]) -> str:
        message = _faults_of(text, layout, places, missing).describe()
        if missing == "error" or not set(places).isdisjoint(layout.targets):
            return message
        texts = [place for place in places if not has_large_numbers(table.columns[place])]
        if not texts:
            return message
        if "ignore: [" not in message:  # one cell alone
            key = write_key(places[0], layout.format.names)
            ways = (
                f"columns: {{{key}: number}} takes such cells for missing, and {{{key}: category}} all for categories"
            )
            return f"{message}; correct it, or {ways}"
        kinds = ", ".join(f"{write_key(place, layout.format.names)}: number" for place in texts)
        return f"{message}, or take such cells for missing by columns: {{{kinds}}}"

    mixed = MixedTable(
        text.name,
        table,
        layout.targets,
        layout.task,
        layout.left_out,
        settings,
        missing,
        with_commas_of_rows(layout, whole).commas,
        leaves_index_out,
        locate,
        stated_commas(text) or _unclear_commas(layout),
        describe_numbers if test is None else None,
        None if test is None else train_rows,
        "" if test is None else test.name,
    )
    made = mixed_samples(mixed)
    if test is None:
        return made.samples, layout, made.positions, whole
    samples = join_test_part(made.samples, train_rows, text.name, test)
    return replace(samples, notes=(*test.notes, *index_notes, *samples.notes)), layout, made.positions, whole


def _train_columns(
    text: TextFile, layout: Layout, settings: Mapping[int, ColumnSetting], whole: list[int]
) -> TrainColumns:
    """Return the columns of the file to train on as the reader of the file for the test needs them."""
    as_text = _as_text(layout, settings)
    every = with_commas_of_rows(layout, whole).commas
    commas = {place: style for place, style in every.items() if style in ("decimal", "points")}
    return TrainColumns(
        text.name,
        layout.format.names,
        layout.width,
        layout.targets,
        layout.left_out,
        as_text,
        commas,
    )


def _are_whole(column: RawColumn) -> bool:
    """Return whether a column has numbers, and all of them are whole."""
    numbers = column.numbers[np.isfinite(column.numbers)]
    return bool(numbers.size) and bool((numbers == np.floor(numbers)).all())


def _as_text(layout: Layout, settings: Mapping[int, ColumnSetting]) -> set[int]:
    """Return the positions of columns whose exact text counts: categories and labels."""
    return {place for place, setting in settings.items() if setting.kind == "category"}.union(layout.labels)


def _without_row_index(layout: Layout, table: RawTable) -> tuple[Layout, tuple[str, ...]]:
    """Return the layout without the row index of the file to train on, which that of a test file does not continue."""
    names, first = layout.format.names, table.columns[0]
    if (
        not names
        or first.texts
        or 0 in (*layout.targets, *layout.left_out)
        or not is_row_index(names[0], first.numbers)
    ):
        return layout, ()
    named = f"named {quoted(names[0])}" if names[0] else "without a name"
    note = f"column 1, {named}, numbers the rows as pandas does: it is left out; ignore: [] keeps it"
    return replace(layout, left_out=(0, *layout.left_out)), (note,)


def _refuse_lost_names(text: TextFile, layout: Layout, table: RawTable) -> None:
    """Raise an error if the first row may hold names but would be left out as a row without a label."""
    targets = [table.columns[place] for place in layout.targets]
    if layout.format.has_header or table.rows < 2 or not any(missing_cells(column)[0] for column in targets):
        return
    for place in layout.features:
        column = table.columns[place]
        encoder = decide(column.take(slice(1, None)), layout.column(place)).encoder
        if encoder is not None and encoder.faulty_cells(column.take(slice(0, 1)))[0]:
            cell = quoted(column.texts[column.codes[0]]) if column.codes[0] != NUMBER else f"{column.numbers[0]:g}"
            raise DatasetError(
                f"{text.name}:{layout.format.first_line}: the line has no label, and {layout.column(place)} is {cell}, "
                f"unlike in the other rows: if it holds names, write header: yes; else take it out"
            )


def _has_numbers_only(layout: Layout, table: RawTable) -> bool:
    """Return whether no cell is missing, and every feature is a number, with or without commas."""
    label = table.columns[layout.label]
    features = [table.columns[place] for place in layout.features]
    if any(missing_cells(column).any() for column in (*features, label)):
        return False
    if layout.task == "regression" and common_mark(present_texts(label)):
        return False
    return all(not column.texts or has_commas(column) for column in features)


def _may_be_numbers(layout: Layout, settings: Mapping[int, ColumnSetting]) -> list[int]:
    """Return the positions of columns that the user has not set to be of another kind than numbers."""
    kinds = {place: settings[place].kind if place in settings else None for place in layout.numeric}
    return [place for place in layout.numeric if kinds[place] in (None, "number")]


def _find_commas(
    text: TextFile, layout: Layout, table: RawTable, settings: Mapping[int, ColumnSetting], missing: MissingRule
) -> dict[int, CommaStyle]:
    """Return the meaning of commas in columns of numbers; raise an error if it is not certain."""
    may_be_numbers = _may_be_numbers(layout, settings)
    with_commas = [place for place in may_be_numbers if has_commas(table.columns[place])]
    stated = stated_commas(text)
    if not with_commas and stated != "decimal":
        return {}
    numbers = [place for place in may_be_numbers if not present_texts(table.columns[place])]
    faults = _faults_of(text, layout, [*with_commas, *numbers], missing)
    if not faults.is_empty:
        raise DatasetError(faults.describe())
    return {place: style for place, style in faults.commas.items() if place in with_commas or stated}


def _unclear_commas(layout: Layout) -> MarkedCommas:
    """Return the meaning of commas in numbers such as $1,200, from the other columns or the delimiter."""
    styles: set[MarkedCommas] = {"thousands" if style == "thousands" else "decimal" for style in layout.commas.values()}
    if layout.format.delimiter == ",":
        return "decimal" if styles == {"decimal"} else "thousands"
    return styles.pop() if len(styles) == 1 else ""


def _faults_of(text: TextFile, layout: Layout, places: Sequence[int], missing: MissingRule) -> Faults:
    """Return the faults of some of the columns."""
    others = tuple(place for place in range(layout.width) if place not in places)
    label, *more = [place for place in layout.targets if place in places] or [-1]
    some = replace(layout, label=label, more_labels=tuple(more), left_out=others, empty=())
    return Faults(text, some, with_missing=missing == "error")
