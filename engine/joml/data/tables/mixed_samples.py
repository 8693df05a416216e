"""Samples of a table of mixed columns: decisions on its columns and its target, with a note for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.labels import (
    MAX_CLASSES,
    LabelError,
    check_classes,
    describe_alike,
    describe_label,
    describe_too_many,
    order_classes,
)
from joml.data.missing_texts import MISSING_LABELS
from joml.data.number_marks import DURATION, LIMIT, describe_groups, is_duration, is_limit, split_mark
from joml.data.readers.columns import describe_row_numbers, ignore_advice, is_row_index
from joml.data.readers.csv_layout import ColumnTask, CommaStyle, describe_column, write_key
from joml.data.readers.file_samples import FileSamples
from joml.data.tables.cell_meanings import (
    as_texts,
    flag_texts,
    has_large_numbers,
    missing_cells,
    name_in_notes,
    number_with_commas,
    present_texts,
    show_number,
    text_column,
    write_number,
)
from joml.data.tables.cell_meanings import replace_texts as with_numbers
from joml.data.tables.column_kinds import ColumnDecision, ColumnSetting, MissingRule, decide, describe_own_signs
from joml.data.tables.copied_rows import describe_copied_rows, describe_repeated_rows
from joml.data.tables.encoding import (
    MOST_NOTES,
    BooleanEncoder,
    CategoryEncoder,
    ColumnEncoder,
    DateEncoder,
    NumberEncoder,
    encode_table,
    names_of_features,
)
from joml.data.tables.leaks import describe_leaks
from joml.data.tables.marked_numbers import MarkedCommas, find_mark, name_fault
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable
from joml.data.tables.stray_rows import describe_repeated_names, describe_total_row, describe_turned_table
from joml.data.tables.target_columns import answers_of, require_task
from joml.wording import counted, list_some

# Further columns with faults are only counted.
_MOST_COLUMNS = 40
_NOON = 43_200.0
# The kinds of columns that notes count up, in this order.
_KINDS = ("categories, with a feature for each value", "truth values", "dates", "times of day")


@dataclass(frozen=True, slots=True, eq=False)
class MixedTable:
    """A table with what the user has said of its columns.

    Attributes
    ----------
    where : str
        The file, as messages name it.
    table : RawTable
        All columns; that of the label is read as text if the task is classes.
    labels : tuple of int
        Positions of the label columns; one if the task is classes, and none where the target is none of the columns, as
        for `mixed_features`.
    task : {"classes", "multilabel", "regression"}
    left_out : tuple of int
        Positions of columns that are not features.
    settings : mapping of int to ColumnSetting
        By the column's position.
    missing : {"fill", "error"}
        Whether missing cells are refused.
    commas : mapping of int to str
        The meaning of commas in columns of numbers with commas.
    leaves_index_out : bool
        Whether a row index, as pandas writes it, is left out.
    locate : callable
        From the number of a row, counted from 0, to its place in messages, such as "line 3".
    unclear_commas : "", "thousands" or "decimal"
        The meaning of the comma of $1,200 where its column does not decide it; "" if it is not known.
    describe_numbers : callable or None
        From the positions of columns with cells that are no numbers to the error message about them.
    train_rows : int or None
        Number of the first rows that decide on the columns, where the others are a test part of their own; None if all
        rows do.
    test_file : str
        The file of the test part, as messages name it, where it has a file of its own.
    """

    where: str
    table: RawTable
    labels: tuple[int, ...]
    task: ColumnTask
    left_out: tuple[int, ...] = ()
    settings: Mapping[int, ColumnSetting] = field(default_factory=dict)
    missing: MissingRule = "fill"
    commas: Mapping[int, CommaStyle] = field(default_factory=dict)
    leaves_index_out: bool = True
    locate: Callable[[int], str] = lambda row: f"row {row + 1:,}"
    unclear_commas: MarkedCommas = ""
    describe_numbers: Callable[[Sequence[int]], str] | None = None
    train_rows: int | None = None
    test_file: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns; empty where they have none."""
        names = tuple(column.name for column in self.table.columns)
        return names if any(names) else ()

    @property
    def targets(self) -> str:
        """The label columns in messages about rows: "a label", or one of each if there are several."""
        return "a label" if len(self.labels) == 1 else "a value of each label column"

    def short_name(self, place: int) -> str:
        """Return the name in notes of the column at a place: its name in the file, or its number."""
        return name_in_notes(place, self.names)


@dataclass(frozen=True, slots=True, eq=False)
class MixedSamples:
    """The samples of a table with the positions of the columns that became features.

    Attributes
    ----------
    samples : FileSamples
        Without a name and a file format.
    positions : tuple of int
        The positions of the columns of features.
    """

    samples: FileSamples
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MixedFeatures:
    """The columns of a table that become features.

    Attributes
    ----------
    table : RawTable
        These columns alone.
    encoders : tuple of ColumnEncoder
        How each of them is encoded, before they are fitted.
    positions : tuple of int
        Their positions among all columns.
    notes : tuple of str
        Decisions and warnings, one sentence each.
    """

    table: RawTable
    encoders: tuple[ColumnEncoder, ...]
    positions: tuple[int, ...]
    notes: tuple[str, ...]


def mixed_features(mixed: MixedTable) -> MixedFeatures:
    """Return the features of a table whose target is none of its columns, with a decision on every column.

    Parameters
    ----------
    mixed : MixedTable

    Returns
    -------
    MixedFeatures

    Raises
    ------
    DatasetError
        Cells cannot be read, or no feature remains; the message names every such column.
    """
    decisions, notes = _decide_all(mixed, mixed.table, mixed.table.rows)
    _raise_faults(mixed, {}, decisions, np.arange(mixed.table.rows))
    return _features_of(mixed, mixed.table, decisions, notes)


def mixed_samples(mixed: MixedTable) -> MixedSamples:
    """Return the samples of a table, with a decision on every column.

    Parameters
    ----------
    mixed : MixedTable

    Returns
    -------
    MixedSamples

    Raises
    ------
    DatasetError
        Cells cannot be read, or no feature remains; the message names every such column.
    LabelError
        The label column holds fewer than two or more than 1,000 classes, or several label columns do not hold what
        the task predicts.
    """
    target = _read_target(mixed)
    rows = np.flatnonzero(target.usable)
    is_whole = len(rows) == mixed.table.rows
    table = mixed.table if is_whole else mixed.table.take(rows)
    train_rows = table.rows if mixed.train_rows is None else int(np.searchsorted(rows, mixed.train_rows))
    decisions, index_notes = _decide_all(mixed, table, train_rows)
    _raise_faults(mixed, target.faulty, decisions, rows)
    if len(rows) < 2:
        count = "one row" if len(rows) else "no rows"
        raise DatasetError(f"{mixed.where}: too few samples: {count} with {mixed.targets}; at least 2 are needed")
    labels = {place: column if is_whole else column.take(rows) for place, column in target.columns.items()}
    y, class_names, label_notes = _encode_target(mixed, labels)
    features = _features_of(mixed, table, decisions, index_notes)
    encoders, kept, positions = features.encoders, features.table, features.positions
    columns = [labels.get(place, column).take(slice(train_rows)) for place, column in enumerate(table.columns)]
    # Rows that are no samples come first, as they should go before anything else is looked at.
    notes = (*describe_total_row(columns), *describe_repeated_names(mixed.table.columns, mixed.locate))
    notes += describe_repeated_rows(_cells_of(kept.take(slice(train_rows)), y[:train_rows]))
    notes += (*target.notes, *label_notes, *features.notes)
    notes += _describe_leaks(mixed, positions, kept, y, class_names)
    if train_rows < table.rows:
        notes += tuple(_describe_test_part(encoders, kept.take(slice(train_rows, None))))
        notes += _describe_copy(mixed, kept, y, train_rows)
        encoders = _counting_all(encoders, kept)
    names = names_of_features(encoders)
    x = np.empty((table.rows, 0))
    of_file = None if is_whole else rows
    samples = FileSamples(x, y, class_names, None, mixed.task, names, notes=notes, rows=of_file)
    if any(map(_is_mixed, encoders)):
        return MixedSamples(replace(samples, table=kept, encoders=encoders), positions)
    # Without missing cells and texts these are samples like those of any file of numbers.
    names = names if mixed.names else ()
    return MixedSamples(replace(samples, x=encode_table(encoders, kept), feature_names=names), positions)


def _features_of(
    mixed: MixedTable, table: RawTable, decisions: Mapping[int, ColumnDecision], index_notes: tuple[str, ...]
) -> MixedFeatures:
    """Return the columns that become features by the decisions on all columns, or raise an error if there are none."""
    features = {place: decision.encoder for place, decision in decisions.items() if decision.encoder is not None}
    if not features:
        reasons = "; ".join(f"{mixed.short_name(place)} {decisions[place].reason}" for place in list(decisions)[:10])
        raise DatasetError(f"{mixed.where}: no feature column remains{': ' if reasons else ''}{reasons}")
    kept = RawTable(tuple(_without_marks(table.columns[each], features[each]) for each in features), table.rows)
    notes = (*index_notes, *_describe_decisions(mixed, decisions), *_describe_marks(mixed, features))
    notes += _describe_numbers(mixed, features, kept)
    return MixedFeatures(kept, tuple(features.values()), tuple(features), notes)


def _is_mixed(encoder: ColumnEncoder) -> bool:
    return not isinstance(encoder, NumberEncoder) or bool(encoder.missing or encoder.lenient or encoder.mark)


def _without_marks(column: RawColumn, encoder: ColumnEncoder) -> RawColumn:
    """Return a column of features, with numbers in place of those with a mark."""
    return encoder.with_numbers(column) if isinstance(encoder, NumberEncoder) and encoder.mark else column


# --- the target -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Target:
    """The columns of the target, the rows with a value in each, the columns with unreadable cells, and notes."""

    columns: dict[int, RawColumn]
    usable: NDArray[np.bool_]
    faulty: dict[int, ColumnDecision]
    notes: tuple[str, ...]


def _read_target(mixed: MixedTable) -> _Target:
    columns = {place: _with_commas(mixed, place) for place in mixed.labels}
    notes: tuple[str, ...] = ()
    encoders: dict[int, ColumnEncoder] = {}
    for place in mixed.labels:
        encoders[place] = BooleanEncoder("") if mixed.task == "multilabel" else NumberEncoder("")
    if mixed.task == "regression":
        marked = _marked_targets(mixed, columns)
        encoders |= marked
        columns |= {place: encoder.with_numbers(columns[place]) for place, encoder in marked.items()}
        notes = tuple(
            f"{mixed.short_name(place)}: {_describe_marked_target(encoder, mixed.table.columns[place])}"
            for place, encoder in marked.items()
        )
    if mixed.task != "classes" and len(columns) > 1:
        require_task(mixed.where, mixed.task, columns, mixed.names)
    cells = {place: _flag_cells(mixed.task, column) for place, column in columns.items()}
    missing = {place: each for place, (each, _) in cells.items()}
    unreadable = {place: each for place, (_, each) in cells.items()}
    usable = ~np.logical_or.reduce(list(missing.values()))
    if mixed.missing == "error" or usable.all():
        unreadable = {place: each | missing[place] for place, each in unreadable.items()}
        usable = np.ones(len(usable), np.bool_)
    else:
        notes = (*notes, *_describe_left_out(mixed, missing, usable))
    faulty = {place: ColumnDecision(encoders[place], faulty=each) for place, each in unreadable.items() if each.any()}
    return _Target(columns, usable, faulty, notes)


def _flag_cells(task: ColumnTask, column: RawColumn) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the missing cells of a label column, and those that cannot be read."""
    if task == "classes":
        missing = flag_texts(column, lambda text: text.lower() in MISSING_LABELS)
        return missing, flag_texts(column, lambda text: bool(describe_label(text))) & ~missing
    missing = missing_cells(column)
    if task == "multilabel":
        return missing, answers_of(column)[1]
    return missing, (column.codes != NUMBER) & ~missing


def _marked_targets(mixed: MixedTable, columns: Mapping[int, RawColumn]) -> dict[int, NumberEncoder]:
    """Return the form of the numbers in columns of values to predict with a mark; the file to train on decides."""
    encoders = {}
    for place, column in columns.items():
        first = column if mixed.train_rows is None else column.take(slice(0, mixed.train_rows))
        texts = present_texts(first)
        mark = find_mark(texts, bool((first.codes == NUMBER).any()), mixed.unclear_commas) if texts else None
        if mark is not None:
            encoders[place] = NumberEncoder("", mark=mark.mark, commas=mark.commas)
    return encoders


def _describe_left_out(
    mixed: MixedTable, missing: Mapping[int, NDArray[np.bool_]], usable: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Return notes on the rows that are left out, by label column, and on all of them if several columns have gaps."""
    counts = {place: int(np.count_nonzero(each)) for place, each in missing.items() if each.any()}
    notes = []
    for place, count in list(counts.items())[:MOST_NOTES]:
        if count == 1:
            rows = "1 row without a value is left out, as there is nothing to learn from it"
        else:
            rows = f"{count:,} rows without a value are left out, as there is nothing to learn from them"
        notes.append(f"{mixed.short_name(place)}: {rows}")
    if len(counts) > 1:
        all_rows = int(np.count_nonzero(~usable))
        rows = counted(all_rows, "row is", "rows are")
        notes.append(f"{rows} left out in all, as {len(counts)} label columns have missing cells")
    return tuple(notes)


def _encode_target(
    mixed: MixedTable, columns: Mapping[int, RawColumn]
) -> tuple[NDArray[Any], tuple[str, ...], tuple[str, ...]]:
    """Return y, the names of the classes, answers or values, and notes about them."""
    if mixed.task != "classes":
        names = _names_of_targets(columns)
        if mixed.task == "regression":
            return np.column_stack([column.numbers for column in columns.values()]), names, ()
        answers = np.column_stack([answers_of(column)[0] for column in columns.values()])
        return answers, names, tuple(_describe_constant_answers(mixed, answers))
    ((place, column),) = columns.items()
    where = f"{mixed.where}: {describe_column(place, mixed.names)}"
    used = np.flatnonzero(np.bincount(column.codes, minlength=len(column.texts)))
    texts = tuple(column.texts[code] for code in used.tolist())
    if len(texts) > MAX_CLASSES:
        raise LabelError(describe_too_many(where, texts))
    names, places_in_order = order_classes(texts)
    places = np.zeros(len(column.texts), np.intp)
    places[used] = places_in_order
    without = mixed.table.rows - len(column.codes)
    return places[column.codes], names, check_classes(where, names, len(column.codes), without=without)


def _names_of_targets(columns: Mapping[int, RawColumn]) -> tuple[str, ...]:
    """Return the names of several answers or values; columns of one name are told apart by their numbers."""
    names = [column.name or f"y{number}" for number, column in enumerate(columns.values(), start=1)]
    return tuple(
        f"{name} (column {place + 1})" if names.count(name) > 1 else name
        for name, place in zip(names, columns, strict=True)
    )


def _describe_constant_answers(mixed: MixedTable, answers: NDArray[np.float64]) -> Iterator[str]:
    """Yield notes on label columns that hold the same answer in all rows."""
    for place, column in zip(mixed.labels, answers.T, strict=True):
        if (column == column[0]).all():
            answer = "yes" if column[0] else "no"
            yield f"{mixed.short_name(place)} is {answer} in all rows: there is nothing to learn about it"


# --- the features ---------------------------------------------------------------------------------------------------


def _decide_all(
    mixed: MixedTable, table: RawTable, train_rows: int
) -> tuple[dict[int, ColumnDecision], tuple[str, ...]]:
    """Return the decisions on all columns of features by position, from the first rows, and notes about a row index."""
    decisions: dict[int, ColumnDecision] = {}
    notes: tuple[str, ...] = ()
    for place, column in enumerate(table.columns):
        if place in mixed.labels or place in mixed.left_out:
            continue
        setting = mixed.settings.get(place, ColumnSetting())
        if mixed.missing == "error" and setting.missing is None:
            setting = replace(setting, missing="error")
        is_numeric = not column.texts and setting.kind is None
        if mixed.leaves_index_out and is_numeric and mixed.names and is_row_index(column.name, column.numbers):
            named = f"named {column.name!r}" if column.name else "without a name"
            notes += (
                f"column {place + 1}, {named}, numbers the rows as pandas does: it is left out; ignore: [] keeps it",
            )
            continue
        name = column.name or f"x{place + 1}"
        try:
            cells = _with_commas(mixed, place, table)
            decision = decide(cells.take(slice(0, train_rows)), name, setting, mixed.unclear_commas)
            if train_rows < table.rows:
                decision = _with_all_faults(decision, cells, refuses_missing=setting.missing == "error")
        except DatasetError as error:
            raise DatasetError(f"{mixed.where}: {error}") from error
        style = mixed.commas.get(place)
        if style is not None and isinstance(decision.encoder, NumberEncoder):
            decision = replace(decision, encoder=replace(decision.encoder, commas=style))
        decisions[place] = decision
    return decisions, notes


def _with_all_faults(decision: ColumnDecision, cells: RawColumn, refuses_missing: bool) -> ColumnDecision:
    """Return a decision from some of a column's cells, with the ones that cannot be read among all of them."""
    if decision.encoder is None:
        return decision
    faulty = decision.encoder.faulty_cells(cells)
    if decision.faulty is not None:
        faulty[: len(decision.faulty)] |= decision.faulty
    if refuses_missing:
        faulty |= decision.encoder.missing_cells(cells)
    return replace(decision, faulty=faulty if faulty.any() else None)


def _describe_test_part(encoders: Sequence[ColumnEncoder], table: RawTable) -> Iterator[str]:
    """Yield notes on cells of a test part that the file to train on has not the like of."""
    for encoder, column in zip(encoders, table.columns, strict=True):
        missing = int(np.count_nonzero(encoder.missing_cells(column)))
        if missing and not encoder.missing:
            cells = counted(missing, "cell is", "cells are")
            filled = f"{cells} missing in the test part, and none in the training file"
            is_category = isinstance(encoder, CategoryEncoder)
            taken = "taken for none of the categories" if is_category else "filled, without a feature that marks them"
            yield f"{encoder.name}: {filled}: {taken}"
        unknown = np.flatnonzero(encoder.unknown_cells(column))
        if isinstance(encoder, CategoryEncoder) and unknown.size:
            cells = counted(unknown.size, "cell of the test part has", "cells of the test part have")
            category = as_texts(column)
            example = category.texts[category.codes[unknown[0]]]
            taken = "taken as 'other'" if encoder.other else "taken for none of the categories"
            yield f"{encoder.name}: {cells} a category without a feature, such as {example!r}: {taken}"


def _describe_copy(mixed: MixedTable, table: RawTable, y: NDArray[Any], train_rows: int) -> tuple[str, ...]:
    """Return a note if many rows of the test part are those of the file to train on, in any order."""
    return describe_copied_rows(_cells_of(table, y), train_rows, mixed.test_file, mixed.where)


def _cells_of(table: RawTable, y: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the columns of the target and the features as numbers, and as codes of their texts."""
    cells = (each for column in table.columns for each in (column.numbers, column.codes))
    return (*([y] if y.ndim == 1 else y.T), *cells)


def _counting_all(encoders: Sequence[ColumnEncoder], table: RawTable) -> tuple[ColumnEncoder, ...]:
    """Return encoders with the number of missing cells of all rows, where some are marked."""
    return tuple(
        replace(encoder, missing=int(np.count_nonzero(encoder.missing_cells(column)))) if encoder.missing else encoder
        for encoder, column in zip(encoders, table.columns, strict=True)
    )


def _with_commas(mixed: MixedTable, place: int, table: RawTable | None = None) -> RawColumn:
    """Return a column with its numbers with commas as numbers."""
    column = (table or mixed.table).columns[place]
    style = mixed.commas.get(place)
    if style is None or (place in mixed.labels and mixed.task != "regression"):
        return column
    return with_numbers(column, lambda text: number_with_commas(text, style))


def _raise_faults(
    mixed: MixedTable,
    of_target: Mapping[int, ColumnDecision],
    decisions: Mapping[int, ColumnDecision],
    rows: NDArray[np.intp],
) -> None:
    """Raise an error that names every column with cells that cannot be read; ``of_target`` are those of targets."""
    faulty = {place: decision for place, decision in decisions.items() if decision.faulty is not None}
    for place, decision in of_target.items():
        assert decision.faulty is not None
        faulty[place] = replace(decision, faulty=decision.faulty[rows])
    if not faulty:
        return
    stray = (
        *describe_turned_table(mixed.table.columns),
        *describe_repeated_names(mixed.table.columns, mixed.locate),
    )
    if stray:
        raise DatasetError(f"{mixed.where}: {stray[0]}")
    are_numbers = all(isinstance(decision.encoder, NumberEncoder) for decision in faulty.values())
    if are_numbers and mixed.describe_numbers is not None:
        raise DatasetError(mixed.describe_numbers(sorted(faulty)))
    where, is_test = mixed.where, _are_of_test_file(mixed, faulty, rows)
    advice = _advise(mixed, faulty, is_test)
    if is_test:
        where, first = f"test_path: {mixed.test_file}", mixed.train_rows or 0
        mixed = replace(mixed, locate=lambda row: f"row {row - first + 1:,}")
    described = [_describe_fault(mixed, place, faulty[place], rows) for place in list(faulty)[:_MOST_COLUMNS]]
    if len(faulty) > _MOST_COLUMNS:
        described.append(f"and {len(faulty) - _MOST_COLUMNS:,} more columns")
    count = "" if len(faulty) == 1 else f"{len(faulty):,} columns cannot be read: "
    raise DatasetError(f"{where}: {count}{'; '.join(described)}; {advice}")


def _are_of_test_file(mixed: MixedTable, faulty: Mapping[int, ColumnDecision], rows: NDArray[np.intp]) -> bool:
    """Return whether the file of the test part has all cells that cannot be read."""
    if mixed.train_rows is None:
        return False
    is_train = rows < mixed.train_rows
    return not any(decision.faulty is not None and decision.faulty[is_train].any() for decision in faulty.values())


def _advise(mixed: MixedTable, faulty: Mapping[int, ColumnDecision], is_test: bool) -> str:
    """Return advice for columns with cells that cannot be read, all of them in the test file or not."""
    encoders = {place: decision.encoder for place, decision in faulty.items() if place not in mixed.labels}
    keys = {place: write_key(place, mixed.names) for place in encoders}
    if not keys and is_test:
        return f"write them as in {mixed.where}"
    if not keys:
        return _advise_on_target(mixed)
    which = "the column" if len(keys) == 1 else "columns"
    advice = f"leave {which} out by ignore: [{', '.join(keys.values())}]"
    if is_test:
        advice = f"write them as in {mixed.where}, or {advice}"
    if mixed.missing == "error":
        return f"fill the empty cells, or {advice}"
    kinds = ", ".join(
        f"{keys[place]}: {encoder.kind}"
        for place, encoder in encoders.items()
        if isinstance(encoder, NumberEncoder | DateEncoder) and not has_large_numbers(mixed.table.columns[place])
    )
    return f"{advice}, or take such cells for missing by columns: {{{kinds}}}" if kinds else advice


def _advise_on_target(mixed: MixedTable) -> str:
    if mixed.task == "multilabel" and mixed.missing == "error":
        return "write 0 or 1 in every row; missing: fill leaves out the rows without an answer"
    if mixed.task == "multilabel":
        return "write 0 or 1, or leave the cells empty, so that their rows are left out"
    if mixed.task == "classes" or missing_cells(mixed.table.columns[mixed.labels[0]]).all():
        return "write a label in every row"
    return "write numbers" + (", or take them for labels by task: classes" if len(mixed.labels) == 1 else "")


def _describe_fault(mixed: MixedTable, place: int, decision: ColumnDecision, rows: NDArray[np.intp]) -> str:
    assert decision.encoder is not None
    assert decision.faulty is not None
    what = {
        "number": "no number",
        "date": "no date",
        "boolean": "neither true nor false",
    }.get(decision.encoder.kind)
    if place in mixed.labels and mixed.task != "regression":
        what = "no label" if mixed.task == "classes" else "neither yes nor no"
    column = mixed.table.columns[place].take(rows)
    missing = missing_cells(column) & decision.faulty
    others = decision.faulty & ~missing
    parts = []
    if others.any():
        row = int(others.argmax())
        is_number = column.codes[row] == NUMBER
        cell = write_number(float(column.numbers[row])) if is_number else column.texts[column.codes[row]]
        if is_number and isinstance(decision.encoder, NumberEncoder):
            what = "a number beyond single precision"
        elif what == "no number" and mixed.train_rows is not None and rows[row] >= mixed.train_rows:
            assert isinstance(decision.encoder, NumberEncoder)
            codes = np.unique(column.codes[row:][others[row:] & (column.codes[row:] != NUMBER)]).tolist()
            texts = [column.texts[column.codes[row]], *(column.texts[code] for code in codes)]
            what = name_fault(texts, decision.encoder.mark, decision.encoder.commas)
        cells = counted(int(others.sum()), "cell")
        parts.append(f"{cells} with {what}, such as {cell!r} in {mixed.locate(int(rows[row]))}")
    if missing.any():
        parts.append(f"{int(missing.sum()):,} missing, the first in {mixed.locate(int(rows[missing.argmax()]))}")
    return f"{describe_column(place, mixed.names)}: {' and '.join(parts)}"


# --- notes ----------------------------------------------------------------------------------------------------------


def _title_of(encoder: ColumnEncoder) -> str:
    """Return the noun for the cells of a column, one of `_KINDS`; empty for numbers."""
    if isinstance(encoder, DateEncoder) and encoder.times:
        return _KINDS[3]
    return {"category": _KINDS[0], "boolean": _KINDS[1], "date": _KINDS[2]}.get(encoder.kind, "")


def _describe_decisions(mixed: MixedTable, decisions: Mapping[int, ColumnDecision]) -> tuple[str, ...]:
    """Return notes on the kinds of columns, and on the ones that are left out."""
    notes = []
    for title in _KINDS:
        names = [
            mixed.short_name(place) + _count_of(decision.encoder)
            for place, decision in decisions.items()
            if decision.encoder is not None and _title_of(decision.encoder) == title
        ]
        if names:
            notes.append(f"read as {title}: {list_some(names, MOST_NOTES)}")
    notes += _describe_short_times(mixed, decisions)
    explained = {place: decision for place, decision in decisions.items() if decision.reason}
    left_out = [place for place, decision in explained.items() if decision.encoder is None]
    for place in left_out[MOST_NOTES:]:
        del explained[place]
    for place, decision in explained.items():
        name = mixed.short_name(place)
        begins_a_clause = decision.reason.startswith(("is ", "has ", "holds "))
        advice = _advise_to_keep(mixed, place, decision) if decision.encoder is None else ""
        notes.append(f"{name} {decision.reason}{advice}" if begins_a_clause else f"{name}: {decision.reason}")
    for place, decision in decisions.items():
        if isinstance(decision.encoder, CategoryEncoder):
            notes += describe_alike(mixed.short_name(place), decision.encoder.categories, "categories")
    if len(left_out) > MOST_NOTES:
        notes.append(f"{len(left_out) - MOST_NOTES:,} more columns are left out, for such reasons")
    return tuple(notes)


def _describe_short_times(mixed: MixedTable, decisions: Mapping[int, ColumnDecision]) -> tuple[str, ...]:
    """Return a note on times of day that may be durations, as all of them are before noon and without AM."""
    places = [
        place
        for place, decision in decisions.items()
        if isinstance(decision.encoder, DateEncoder)
        and decision.encoder.times
        and np.nanmax(decision.encoder.seconds(mixed.table.columns[place]), initial=0.0) < _NOON
        and all(map(is_duration, present_texts(mixed.table.columns[place])))
    ]
    if not places:
        return ()
    names = list_some([mixed.short_name(place) for place in places], MOST_NOTES)
    settings = ", ".join(f"{write_key(place, mixed.names)}: number" for place in places[:MOST_NOTES])
    which = "may hold durations: then" if len(places) == 1 else "may hold durations: if so,"
    return (f"{names} {which} columns: {{{settings}}} reads them as numbers",)


def _describe_marks(mixed: MixedTable, features: Mapping[int, ColumnEncoder]) -> tuple[str, ...]:
    """Return a note on the columns of numbers with a mark."""
    signed = {place for place in features if describe_own_signs(present_texts(mixed.table.columns[place]))}
    marked = [
        f"{mixed.short_name(place)} {form}"
        for place, encoder in features.items()
        if isinstance(encoder, NumberEncoder)
        and encoder.mark
        and (form := _describe_mark(encoder, mixed.table.columns[place], place in signed))
    ]
    return (f"read as numbers: {list_some(marked, MOST_NOTES)}",) if marked else ()


def _describe_marked_target(encoder: NumberEncoder, column: RawColumn) -> str:
    """Return the form of the values of a target, the rest of a sentence."""
    signs = describe_own_signs(present_texts(column))
    form = _describe_mark(encoder, column, has_own_signs=bool(signs))
    return "; ".join(part for part in (f"read as numbers {form}" if form else "", signs) if part)


def _describe_mark(encoder: NumberEncoder, column: RawColumn, has_own_signs: bool) -> str:
    """Return the mark of numbers, and the meaning of their commas, as part of a sentence; empty if there is none."""
    if has_own_signs and not encoder.mark.strip() and not encoder.commas:
        return ""
    if encoder.mark in (DURATION, LIMIT):
        return _describe_reading(encoder, column)
    if encoder.mark.strip():
        mark = f"with the mark {encoder.mark!r}"
    else:
        mark = f"with {describe_groups(present_texts(column))} between thousands"
    if has_own_signs and not encoder.mark.strip():
        mark = "with commas"
    if any(map(is_limit, present_texts(column))):
        mark += " and limits"
    meanings = {
        "thousands": " (1,200 is 1200)",
        "decimal": " (1,5 is 1.5)",
        "points": " (1.200,5 is 1200.5)",
    }
    return mark + meanings.get(encoder.commas, "")


def _describe_reading(encoder: NumberEncoder, column: RawColumn) -> str:
    """Return how durations, or limits beside numbers, are read, with an example, as part of a sentence."""
    marked = (text for text in present_texts(column) if (split := split_mark(text)) and split[0] == encoder.mark)
    example = next(marked, "")
    number = show_number(float(encoder.with_numbers(text_column("", [example])).numbers[0])) if example else ""
    kind = "from durations" if encoder.mark == DURATION else "with limits"
    return f"{kind} ({example} is {number})" if number else kind


def _count_of(encoder: ColumnEncoder | None) -> str:
    return f" ({len(encoder.categories) + encoder.other:,})" if isinstance(encoder, CategoryEncoder) else ""


def _advise_to_keep(mixed: MixedTable, place: int, decision: ColumnDecision) -> str:
    if decision.reason.startswith("holds numbers such as"):
        return f": it is left out; columns: {{{write_key(place, mixed.names)}: number}} takes the texts for missing"
    if not decision.reason.startswith("is text"):
        return ""
    return f"; columns: {{{write_key(place, mixed.names)}: category}} keeps it"


def _describe_numbers(mixed: MixedTable, features: Mapping[int, ColumnEncoder], kept: RawTable) -> tuple[str, ...]:
    """Return warnings about columns of numbers that only number the rows."""
    if len(features) < 2:
        return ()
    notes: tuple[str, ...] = ()
    for place, column in zip(features, kept.columns, strict=True):
        if column.texts or not isinstance(features[place], NumberEncoder):
            continue
        if column.numbers.max() - column.numbers.min() != kept.rows - 1:
            continue
        # A second feature, as the only one is never warned of.
        x = np.column_stack([column.numbers, np.zeros(kept.rows)])
        notes += describe_row_numbers(
            x,
            lambda _, place=place: describe_column(place, mixed.names),  # type: ignore[misc]
            lambda _, place=place: ignore_advice(place, mixed.names),  # type: ignore[misc]
        )
    return notes


def _describe_leaks(
    mixed: MixedTable, positions: Sequence[int], kept: RawTable, y: NDArray[Any], class_names: Sequence[str]
) -> tuple[str, ...]:
    """Return warnings about columns that are the target under another name."""
    columns = dict(zip(positions, kept.columns, strict=True))
    if mixed.task == "classes":
        return describe_leaks(columns, mixed.names, mixed.labels[0], y, class_names)
    # Answers are compared like classes.
    targets = y if mixed.task == "regression" else y.astype(np.intp)
    answers = () if mixed.task == "regression" else ("no", "yes")
    return tuple(
        note
        for number, place in enumerate(mixed.labels)
        for note in describe_leaks(columns, mixed.names, place, targets[:, number], answers)
    )
