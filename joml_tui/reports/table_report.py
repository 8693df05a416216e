"""Reports on tables: each column's kind, values and use, what is suspicious, and the experiment that follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.image_shape import ImageShape
from joml.data.labels import CERTAIN_POINTS, DECIMAL_COMMA, THOUSANDS, check_classes, look_like_values
from joml.data.missing_texts import MISSING_LABELS
from joml.data.readers.columns import is_row_index
from joml.data.readers.csv_layout import describe_column, write_key
from joml.data.readers.file_samples import FileSamples
from joml.data.readers.table_file import places_without_index
from joml.data.tables.cell_meanings import (
    as_texts,
    flag_texts,
    missing_cells,
    number_with_commas,
    present_texts,
    replace_texts,
    show_number,
)
from joml.data.tables.column_kinds import ColumnDecision, decide, has_commas
from joml.data.tables.column_summary import ColumnSummary, summarize
from joml.data.tables.encoding import CategoryEncoder, ColumnEncoder, DateEncoder, NumberEncoder, describe_missing
from joml.data.tables.marked_numbers import MarkedCommas, find_mark
from joml.data.tables.raw_table import NUMBER, RawColumn, RawTable
from joml.data.tables.target_columns import content_of
from joml.data.tables.text_reader import column_of
from joml.task import Task
from joml.wording import counted
from joml_tui.experiment import Experiment, name_of, problems
from joml_tui.experiment.data_files import dataset_of_file, is_data_file
from joml_tui.experiment.file_cells import find_delimiter, folder_file, read_cells, read_folder_cells
from joml_tui.experiment.loading import read_file_samples
from joml_tui.experiment.opening import SettingChange, open_experiment
from joml_tui.experiment.yaml_text import ExperimentError, OpenedExperiment

#: Data sets whose files have columns.
_WITH_COLUMNS = ("csv", "table")
#: A column with more missing cells is suspicious, and a class with fewer samples is rare.
_MANY_MISSING, _RARE_CLASS = 0.5, 0.05
#: Up to so many different whole numbers in at least so many rows may be codes of categories.
_FEW_CODES, _FEWEST_ROWS = 8, 50
#: A number so many deviations from the mean is far away.
_FAR = 20.0
#: Or so many times as far from the middle as the quartiles are from each other, and as the next number is.
_FAR_FROM_MOST, _FAR_ALONE = 100.0, 10.0
#: A number in several rows, so many times as far from the others as these are from each other, may mark missing cells;
#: at least so many different numbers are needed to tell.
_FAR_OFF, _FEWEST_OTHERS = 5.0, 4
_UNCLEAR = "commas may be decimal points or separate thousands: decimal: comma or decimal: point states what they are"
_STATED: dict[str, MarkedCommas] = {"comma": "decimal", "point": "thousands"}
#: Merged cells are in at least so many blocks.
_FEWEST_BLOCKS = 2
#: Numbers such as 20210304 are dates if at least so many differ, and all are of these years.
_FEWEST_DATES, _YEARS = 3, (1900, 2100)
#: Parts of a histogram.
_BARS = 12


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """A column of a table.

    Attributes
    ----------
    position : int
        Counted from 0.
    name : str
        Empty without a header.
    kind : str
        number, category, boolean, date, text, constant or empty; of a target classes, answers or values.
    use : {"target", "feature", "left out"}
    features : int
        The number of features that it becomes.
    summary : ColumnSummary
    range : tuple of str
        The least and the greatest number or date; empty if there are none.
    remarks : tuple of str
        What would be done with it, and what is suspicious.
    histogram : tuple of int
        Numbers of rows: in equal parts of the range of numbers or dates, or of the most frequent values.
    """

    position: int
    name: str
    kind: str
    use: str
    features: int
    summary: ColumnSummary
    range: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    histogram: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TableReport:
    """A data file as it would be read.

    Attributes
    ----------
    path : str
    reader : str
        The data set that reads it.
    rows : int
        Number of rows, or of samples if there are no columns.
    features, outputs : int
        Numbers of features, and of classes, answers or values; 0 if the file cannot be used.
    task : {"classes", "multilabel", "regression"} or None
    columns : tuple of ColumnReport
        Empty for files without columns.
    notes : tuple of str
        Decisions and warnings that are about no single column.
    opened : OpenedExperiment or None
        The experiment that would run; None if it is not clear which.
    problems : tuple of str
        What keeps it from running.
    image_shape : tuple of int, or None
        Channels, height and width of samples that are images.
    class_counts : tuple of (name, samples)
        The classes in their order, with their numbers of samples; empty for other tasks.
    """

    path: str
    reader: str
    rows: int
    features: int = 0
    outputs: int = 0
    task: Task | None = None
    columns: tuple[ColumnReport, ...] = ()
    notes: tuple[str, ...] = ()
    opened: OpenedExperiment | None = None
    problems: tuple[str, ...] = ()
    image_shape: ImageShape | None = None
    class_counts: tuple[tuple[str, int], ...] = ()


def inspect_table(name: str, changes: Sequence[SettingChange] = ()) -> TableReport:
    """Return a report on a data file, or on that of an experiment.

    Parameters
    ----------
    name : str
        A data file, a folder of them, or an experiment that reads one.
    changes : sequence of SettingChange, optional
        Changes of the experiment, such as its target.

    Returns
    -------
    TableReport

    Raises
    ------
    ExperimentError
        There is no such file, or it is no experiment on a data file.
    DatasetError
        The file has columns, and its cells cannot be read.
    """
    opened: OpenedExperiment | None = None
    faults: tuple[str, ...] = ()
    try:
        opened = open_experiment(name, changes)
        faults = tuple(f"{each.field}: {each.message}" for each in problems(opened.experiment))
    except ExperimentError as error:
        if not is_data_file(name) or not Path(name).expanduser().exists():
            raise
        faults = (str(error),)
    dataset = dataset_of_file(name) if opened is None else _plain_dataset(opened.experiment)
    if "path" not in dataset and "images" not in dataset:
        raise ExperimentError(f"{name}: its data set, {dataset['name']}, is not read from a file")
    is_guess = is_data_file(name) and not any(change.path == "dataset.task" for change in changes)
    return _report_on(dataset, opened, faults, is_guess)


def inspect_experiment(experiment: Experiment) -> TableReport:
    """Return a report on the data file of an experiment, whatever else is wrong with the experiment.

    Parameters
    ----------
    experiment : Experiment
        On a data file.

    Returns
    -------
    TableReport

    Raises
    ------
    DatasetError
        The file has columns, and its cells cannot be read.
    """
    faults = (each for each in problems(Experiment(dataset=experiment.dataset)) if each.field.startswith("dataset"))
    described = tuple(f"{each.field}: {each.message}" for each in faults)
    return _report_on(_plain_dataset(experiment), OpenedExperiment(experiment), described)


def describe_sample(table: RawTable, dataset: Mapping[str, Any], delimiter: str | None) -> tuple[ColumnReport, ...]:
    """Return a report on each column of a table of which only some rows have been read.

    Parameters
    ----------
    table : RawTable
        Some of the rows.
    dataset : mapping
        The data set as plain values; without a label, no column is the target.
    delimiter : str or None
        What separates the fields; None if the file is no text.

    Returns
    -------
    tuple of ColumnReport
    """
    return _Columns(table, dataset, None, is_guess=True, delimiter=delimiter or ",").describe(())


def _report_on(
    dataset: Mapping[str, Any], opened: OpenedExperiment | None, faults: tuple[str, ...], is_guess: bool = False
) -> TableReport:
    samples = None if opened is None or faults else read_file_samples(opened.experiment.dataset)
    report = TableReport(
        path=str(dataset.get("path", dataset.get("images"))),
        reader=str(dataset["name"]),
        rows=0 if samples is None else len(samples.y),
        opened=opened,
        problems=faults,
    )
    notes: tuple[str, ...] = ()
    if samples is not None:
        notes = (*samples.notes, *describe_missing(samples.encoders, len(samples.y)))
        outputs = len(samples.class_names)
        report = replace(
            report,
            features=samples.input_size,
            outputs=outputs,
            task=samples.task,
            image_shape=samples.image_shape,
            class_counts=_class_counts(samples),
        )
    if report.reader == "csv-folder" and samples is not None:
        of_train = "the columns are those of x_train.csv and y_train.csv"
        return replace(report, columns=_describe_folder(dataset, samples), notes=(of_train, *notes))
    if report.reader not in _WITH_COLUMNS:
        return replace(report, notes=notes)
    # Labels are read as they are written: 07 and 7 are two classes. So are columns that are set to category.
    labels = [dataset["label"]] if dataset.get("task") == "classes" and isinstance(dataset["label"], str | int) else []
    labels += _categories_as_written(samples)
    try:
        table = read_cells(dataset, labels)
    except DatasetError as error:
        of_file = next((each.partition(": ")[2] for each in faults if each.startswith("dataset.path: ")), "")
        raise DatasetError(of_file or str(error)) from error  # it has looked at the file more closely
    pointed = [place for place, column in enumerate(table.columns) if has_commas(column) and _has_points(column)]
    if pointed:  # 1.200 was read as 1.2
        table = read_cells(dataset, [*labels, *pointed])
    described = _Columns(table, dataset, samples, is_guess, find_delimiter(dataset)).describe(notes)
    return replace(report, rows=table.rows, columns=described, notes=_without_column(notes, described, table))


def _class_counts(samples: FileSamples) -> tuple[tuple[str, int], ...]:
    """Return the classes with their numbers of samples; none for other tasks."""
    if samples.task != "classes":
        return ()
    y = np.asarray(samples.y)  # places of labels, or one-hot rows
    counts = np.bincount(y.astype(np.intp), minlength=len(samples.class_names)) if y.ndim == 1 else y.sum(axis=0)
    return tuple(zip(samples.class_names, (int(count) for count in counts), strict=True))


def _categories_as_written(samples: FileSamples | None) -> list[str | int]:
    """Return the columns of categories whose cells are all texts, by position, or by name in a typed table."""
    encoders = () if samples is None else samples.encoders
    positions = (samples.file_format or {}).get("feature_positions") if samples is not None else None
    keys = [encoder.name for encoder in encoders] if positions is None else positions
    return [
        key for key, each in zip(keys, encoders, strict=False) if isinstance(each, CategoryEncoder) and each.as_text
    ]


def _describe_folder(dataset: Mapping[str, Any], samples: FileSamples) -> tuple[ColumnReport, ...]:
    """Return a report on each column of a folder's training part: its features, and then its targets."""
    table, targets = read_folder_cells(dataset, as_text=samples.task == "classes")
    first = find_delimiter({**dataset, "name": "csv", "path": folder_file(dataset)})
    plain = {**dataset, "name": "csv", "label": list(targets)}
    reports = _Columns(table, plain, samples, delimiter=first).describe(())
    # A folder has no settings of columns, which remarks on features advise.
    return tuple(each if each.use == "target" else replace(each, remarks=()) for each in reports)


def _plain_dataset(experiment: Experiment) -> dict[str, Any]:
    return {"name": name_of(experiment.dataset), **structs.asdict(experiment.dataset)}


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns of a table, with the data set that reads them and the samples if it can be read.

    ``is_guess`` is whether the task of a file that cannot be read is a guess, and ``delimiter`` what separates fields.
    """

    table: RawTable
    dataset: Mapping[str, Any]
    samples: FileSamples | None
    is_guess: bool = False
    delimiter: str = ","

    def describe(self, notes: Sequence[str]) -> tuple[ColumnReport, ...]:
        """Return a report on each column, with the notes about it."""
        targets, used = self._targets, self._used()
        likely = self._likely_commas
        reports = []
        for place, cells in enumerate(self.table.columns):
            style = "points" if self._is_pointed(place) else self._commas.get(place) or likely.get(place)
            column = _with_commas(cells, style)
            remarks = tuple(text for note in notes if (text := _about(note, place, self._names)))
            if place in targets:
                report = self._describe_target(place, column)
            else:
                report = self._describe_feature(place, column, used)
            reports.append(replace(report, remarks=(*remarks, *report.remarks)))
        return tuple(reports)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        names = tuple(column.name for column in self.table.columns)
        return names if any(names) else ()

    def _is_pointed(self, place: int) -> bool:
        """Return whether points separate thousands in the values to predict, at this place."""
        has_values = place in self._targets and self.samples is not None and self.samples.task == "regression"
        return has_values and _has_points(self.table.columns[place])

    @cached_property
    def _commas(self) -> dict[int, str]:
        """Return the meaning of commas in numbers by the column's position, as the file was read."""
        file_format = (self.samples.file_format if self.samples is not None else None) or {}
        positions, commas = file_format.get("feature_positions", ()), file_format.get("feature_commas", ())
        return dict(zip(positions, commas, strict=False))

    @cached_property
    def _certain_commas(self) -> dict[int, str]:
        """Return the meaning of commas by position, where the column's own numbers decide it."""
        own = {place: _own_commas(column) for place, column in enumerate(self.table.columns) if has_commas(column)}
        return {place: style for place, style in own.items() if style}

    @cached_property
    def _likely_commas(self) -> dict[int, str]:
        """Return the meaning of commas by position as far as it is clear, also in a file that cannot be used."""
        unclear = self._unclear_commas
        likely = dict.fromkeys((place for place, each in enumerate(self.table.columns) if has_commas(each)), unclear)
        return {place: style for place, style in (likely | self._certain_commas).items() if style}

    @cached_property
    def _targets(self) -> tuple[int, ...]:
        """Return the positions of the target columns that the file has."""
        keys, width = self.dataset.get("label"), len(self.table.columns)
        is_typed = self.dataset.get("name") == "table" and self.dataset.get("ignore") is None
        counted = places_without_index(self._names) if is_typed else range(width)
        places = []
        for key in keys if isinstance(keys, list | tuple) else (keys,):
            if isinstance(key, int) and -len(counted) <= key < 0:
                places.append(counted[key])
            elif isinstance(key, int) and -width <= key < width:
                places.append(key % width)
            elif key in self._names:
                places.append(self._names.index(key))
        return tuple(places)

    def _used(self) -> dict[int, ColumnEncoder] | None:
        """Return the encoders of the features by position; None if the file cannot be used."""
        samples = self.samples
        if samples is None:
            return None
        positions = (samples.file_format or {}).get("feature_positions")
        if positions is None:
            names = samples.feature_names if samples.table is None else [each.name for each in samples.table.columns]
            kept = set(names)
            positions = [place for place, name in enumerate(self._names) if name in kept]
        encoders = samples.encoders or [NumberEncoder(f"x{place + 1}") for place in positions]
        return dict(zip(positions, encoders, strict=False))

    def _describe_target(self, place: int, column: RawColumn) -> ColumnReport:
        kind = self._kind_of_target(column)
        if kind == "classes":
            column = as_texts(column)
            summary = summarize(column, flag_texts(column, lambda text: text.lower() in MISSING_LABELS))
        else:
            if kind == "values":
                column = self._without_mark(column)
                parsed = column_of(column.name, column.texts)
                numbers = dict(zip(column.texts, parsed.numbers.tolist(), strict=True))
                column = replace_texts(column, lambda text: numbers[text])
            summary = summarize(column)
        remarks = _describe_imbalance(summary) if kind == "classes" and self.samples is not None else ()
        shown_range = _range_of(column, summary)
        bars = _histogram_of(column)
        return ColumnReport(place, column.name, kind, "target", 0, summary, shown_range, remarks, bars)

    def _without_mark(self, column: RawColumn) -> RawColumn:
        """Return a column of values with numbers in place of those with a mark, as the reader takes them."""
        texts = present_texts(column)
        mark = find_mark(texts, bool((column.codes == NUMBER).any()), self._unclear_commas)
        return column if mark is None else NumberEncoder("", mark=mark.mark, commas=mark.commas).with_numbers(column)

    @cached_property
    def _unclear_commas(self) -> MarkedCommas:
        """Return the meaning of the comma of $1,200, as the reader takes it where the column does not decide it."""
        stated = _STATED.get(str(self.dataset.get("decimal")))
        if stated is not None:
            return stated
        commas = self._commas or self._certain_commas
        styles = set(commas.values()) - {""}
        if self.delimiter == ",":
            return "decimal" if styles == {"decimal"} else "thousands"
        return "" if len(styles) != 1 else "thousands" if styles == {"thousands"} else "decimal"

    def _kind_of_target(self, column: RawColumn) -> str:
        if len(self._targets) < 2:
            return "values" if self._are_values(column) else "classes"
        if self.samples is None:  # they may not go together
            return {"answers": "answers", "numbers": "values", "texts": "classes"}[content_of(column).kind]
        return "values" if self.samples.task == "regression" else "answers"

    def _are_values(self, column: RawColumn) -> bool:
        """Return whether the target holds values; as far as its cells tell where the file cannot be used."""
        if self.samples is not None or not self.is_guess:
            return (self.samples.task if self.samples is not None else self.dataset.get("task")) == "regression"
        names = present_texts(as_texts(column))
        try:
            check_classes("", names or ("",), len(column.codes))
        except DatasetError as error:
            return look_like_values(error)
        return False

    def _is_left_out(self, place: int, column: RawColumn) -> bool:
        """Return whether a column of a file that cannot be used would be left out for its name or by a setting."""
        ignored = self.dataset.get("ignore")
        if ignored is None:
            return bool(self._names) and not column.texts and is_row_index(column.name, column.numbers)
        keys = {place, place - len(self.table.columns), *([column.name] if column.name else [])}
        return not keys.isdisjoint(ignored)

    def _describe_feature(
        self, place: int, column: RawColumn, used: Mapping[int, ColumnEncoder] | None
    ) -> ColumnReport:
        name = column.name or f"x{place + 1}"
        decision = _decision_on(column, name, self._unclear_commas)
        if used is None and has_commas(column):
            decision = ColumnDecision(NumberEncoder(name), _UNCLEAR)
        encoder = decision.encoder if used is None else used.get(place, decision.encoder)
        if isinstance(encoder, NumberEncoder) and encoder.mark:
            column = encoder.with_numbers(column)
        summary = summarize(column)
        is_likely = encoder is not None and not self._is_left_out(place, column)
        is_feature = is_likely if used is None else place in used
        remarks: list[str] = []
        if used is None and decision.reason:
            remarks.append(decision.reason)
        kind = _kind_of(encoder, summary)
        if _looks_merged(column):
            remarks.append("if a cell stands for the rows below it too, as merged cells do, write it in each row")
        elif is_feature:
            remarks += _describe_suspicions(summary, column, kind, partial(write_key, place, self._names))
        count = len(encoder.feature_names) if encoder is not None and is_feature else 0
        shown_range = _range_of(column, summary, encoder)
        return ColumnReport(
            place,
            column.name,
            kind,
            "feature" if is_feature else "left out",
            count,
            summary,
            shown_range,
            tuple(remarks),
            _histogram_of(column, encoder),
        )


def _has_points(column: RawColumn) -> bool:
    """Return whether points certainly separate thousands in a column of numbers."""
    return any(map(CERTAIN_POINTS.fullmatch, column.texts))


def _with_commas(column: RawColumn, style: str | None) -> RawColumn:
    """Return a column with its numbers with commas as numbers; unchanged where their meaning is not clear."""
    return column if not style else replace_texts(column, lambda text: number_with_commas(text, style))


def _own_commas(column: RawColumn) -> str:
    """Return the meaning of commas in a column of numbers if these decide it; else "", as for 1,200 alone."""
    if _has_points(column):
        return "points"
    if any(DECIMAL_COMMA.fullmatch(text) and not THOUSANDS.fullmatch(text) for text in column.texts):
        return "decimal"
    numbers = column.numbers[np.isfinite(column.numbers)]
    is_certain = any(THOUSANDS.fullmatch(text) and not DECIMAL_COMMA.fullmatch(text) for text in column.texts)
    return "thousands" if is_certain or (numbers != np.floor(numbers)).any() else ""


def _decision_on(column: RawColumn, name: str, unclear: MarkedCommas) -> ColumnDecision:
    try:
        return decide(column, name, unclear_commas=unclear)
    except DatasetError as error:
        return ColumnDecision(None, str(error))


def _kind_of(encoder: ColumnEncoder | None, summary: ColumnSummary) -> str:
    if not summary.distinct:
        return "empty"
    if summary.distinct == 1 and not summary.missing:
        return "constant"
    return "text" if encoder is None else encoder.kind


def _range_of(column: RawColumn, summary: ColumnSummary, encoder: ColumnEncoder | None = None) -> tuple[str, ...]:
    if isinstance(encoder, DateEncoder):
        seconds = encoder.seconds(column)
        finite = seconds[np.isfinite(seconds)]
        if not len(finite):
            return ()
        if encoder.times:
            return _time(float(finite.min())), _time(float(finite.max()))
        return _date(float(finite.min())), _date(float(finite.max()))
    if isinstance(encoder, CategoryEncoder):
        return ()
    if summary.least is None or summary.greatest is None or summary.numbers * 2 < summary.rows - summary.missing:
        return ()
    return show_number(summary.least), show_number(summary.greatest)


def _histogram_of(column: RawColumn, encoder: ColumnEncoder | None = None) -> tuple[int, ...]:
    """Return numbers of rows in parts of the range of a column, or of its most frequent values."""
    values = encoder.seconds(column) if isinstance(encoder, DateEncoder) else column.numbers
    values = values[np.isfinite(values)]
    is_category = isinstance(encoder, CategoryEncoder)
    if is_category or (len(values) * 2 < len(column.codes) and not isinstance(encoder, DateEncoder | NumberEncoder)):
        column = as_texts(column)
        counts = np.bincount(column.codes[~missing_cells(column)], minlength=1)
        return tuple(sorted(map(int, counts[counts > 0]), reverse=True)[:_BARS])
    if not len(values):
        return ()
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return tuple(map(int, np.histogram(values, _BARS)[0]))
    except ValueError:  # numbers too near to each other, or too far apart, for so many parts
        return (len(values),)


def _time(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    clock = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{clock}:{second:02d}" if second else clock


def _date(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d}" if not seconds % 86_400 else f"{moment:%Y-%m-%d %H:%M}"


# --- remarks --------------------------------------------------------------------------------------------------------


def _about(note: str, place: int, names: Sequence[str]) -> str:
    """Return a note about a column without the column's name; empty if the note is about something else."""
    name = names[place] if names else ""
    starts = [f"{describe_column(place, tuple(names))}", f"column {place + 1}"]
    starts += [name] if name and names.count(name) == 1 else []
    for start in starts:
        rest = note.removeprefix(start)
        if rest != note and re.match(r"[:,]? (?!column \d|\()", rest):
            if start == name and _is_of_longer_name(note, name, names):
                continue
            return rest.lstrip(":, ")
    return ""


def _is_of_longer_name(note: str, name: str, names: Sequence[str]) -> bool:
    return any(len(other) > len(name) and note.startswith(f"{other}") for other in names)


def _without_column(notes: Sequence[str], columns: Sequence[ColumnReport], table: RawTable) -> tuple[str, ...]:
    """Return the notes that are about no single column."""
    names = tuple(column.name for column in table.columns)
    names = names if any(names) else ()
    return tuple(note for note in notes if not any(_about(note, each.position, names) for each in columns))


def _describe_suspicions(summary: ColumnSummary, column: RawColumn, kind: str, key: Callable[[], str]) -> list[str]:
    remarks = []
    if summary.missing > _MANY_MISSING * summary.rows:
        share = f"{100 * summary.missing / summary.rows:.1f} % of its cells are missing"
        remarks.append(f"{share}: if it says little, leave it out by ignore: [{key()}]")
    if kind != "number":
        return remarks
    if 2 < summary.distinct <= _FEW_CODES and summary.is_whole and summary.rows >= _FEWEST_ROWS:
        advice = f"columns: {{{key()}: category}}"
        remarks.append(
            f"has only {summary.distinct} different whole numbers: if they are codes, {advice} reads them so"
        )
    numbers = column.numbers[np.isfinite(column.numbers)]
    if summary.is_whole and summary.distinct >= _FEWEST_DATES and _are_written_dates(numbers):
        example = f"{numbers[0]:.0f}"
        remarks.append(f"its numbers look like dates, such as {example}: columns: {{{key()}: date}} reads them so")
        return remarks
    return remarks + (_describe_far(numbers) if len(numbers) else [])


def _are_written_dates(numbers: NDArray[np.float64]) -> bool:
    """Return whether all whole numbers are dates such as 20210304."""
    years, months, days = numbers // 10_000, numbers // 100 % 100, numbers % 100
    are_years = (years >= _YEARS[0]) & (years <= _YEARS[1])
    return bool((are_years & (months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all())


def _looks_merged(column: RawColumn) -> bool:
    """Return whether a column with gaps has texts that each begin a block of empty cells, as merged cells do."""
    places = np.flatnonzero(~missing_cells(column))
    if len(places) < _FEWEST_BLOCKS or places[0] != 0 or (column.codes == NUMBER).any():
        return False
    codes = column.codes[places]
    return bool((np.diff(places) > 1).all() and (codes[1:] != codes[:-1]).all())


def _describe_far(numbers: NDArray[np.float64]) -> list[str]:
    """Return a remark on a number that is far from all others; it may stand in many rows."""
    values, counts = np.unique(numbers, return_counts=True)
    if len(values) < _FEWEST_OTHERS:
        return []
    for place, least, greatest in ((0, 1, -1), (-1, 0, -2)):
        gap, spread = abs(values[place] - values[least if not place else greatest]), values[greatest] - values[least]
        if counts[place] > 1 and gap > _FAR_OFF * spread:
            others = f"{show_number(values[least])} to {show_number(values[greatest])}"
            return [
                f"{show_number(values[place])} in {counts[place]:,} rows is far from the other numbers, {others}: "
                "if it stands for a missing value, leave such cells empty"
            ]
    low, middle, high = np.quantile(numbers, (0.25, 0.5, 0.75))
    farthest = max(float(values[0]), float(values[-1]), key=lambda number: abs(number - middle))
    next_farthest = np.sort(np.abs(values - middle))[-2]  # of incomes and populations some are far, but not one alone
    if high > low and abs(farthest - middle) > max(_FAR_FROM_MOST * (high - low), _FAR_ALONE * next_farthest):
        between = f"half of which lie between {show_number(low)} and {show_number(high)}"
        return [f"{show_number(farthest)} is far from the other numbers, {between}: is it a mistake?"]
    deviation, mean = float(numbers.std()), float(numbers.mean())
    if deviation and abs(farthest - mean) > _FAR * deviation:
        far = abs(farthest - mean) / deviation
        return [f"{show_number(farthest)} is {far:.0f} standard deviations from the mean: is it a mistake?"]
    return []


def _describe_imbalance(summary: ColumnSummary) -> tuple[str, ...]:
    present = summary.rows - summary.missing
    if summary.distinct < 2 or summary.rarest >= _RARE_CLASS * present:
        return ()
    rows = counted(summary.rarest, "row")
    return (
        f"the rarest class has {rows} of {present:,}: class_weights: balanced counts each class alike, and split: "
        "{stratified: true} gives each part its share",
    )
