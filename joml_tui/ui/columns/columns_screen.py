"""The screen of a data file's columns, where each can be set to another kind or use."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

from msgspec import structs
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from joml.data.dataset_error import DatasetError
from joml.data.tables.kept_columns import KeptColumns, keeping_columns
from joml.wording import counted
from joml_tui.experiment import DatasetSpec, Experiment, name_of, source_of
from joml_tui.experiment.loading import reading_once
from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.reports.early_report import EarlyReport
from joml_tui.reports.table_report import ColumnReport, TableReport, inspect_experiment
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.columns.column_list import ColumnList, name_of_column
from joml_tui.ui.columns.column_uses import (
    ColumnUse,
    ColumnUseError,
    chosen_use,
    has_several_targets,
    with_task_of_target,
    with_use,
)
from joml_tui.ui.data_files.background_reading import BackgroundReading, ReadingProgress
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.screen_stack import Page
from joml_tui.ui.text import plain, sentence
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.widgets.static_text import StaticText

P = TypeVar("P")
R = TypeVar("R")


class ColumnsScreen(Page[DatasetSpec | None]):
    """The columns of a data file; the result is the changed data set, None for Escape.

    Parameters
    ----------
    dataset : DatasetSpec
        It has columns.
    """

    CSS_PATH = ["columns.tcss"]
    AUTO_FOCUS = "#columns"
    HELP: ClassVar[str] = (
        "The columns of the data file: what each is read as, its missing cells, and its values. Each bar is the number "
        "of rows in a part of the range, or with a value. A dot (•) marks what you have set. t takes a target, then "
        "further ones; on one of several it removes it. For targets, n means values, c classes. Enter uses the "
        "columns in the next run; Esc changes nothing."
    )
    BINDINGS = [*bindings("columns"), ("escape", "close", "Back"), Binding("K,q", "close", "Back", show=False)]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("columns",)

    def __init__(self, dataset: DatasetSpec) -> None:
        super().__init__()
        self.dataset = dataset
        self.report: TableReport | None = None
        self._wanted: DatasetSpec | None = None
        self._target_changed = self._is_reading = self._closes = False
        self._adds_targets = has_several_targets(dataset)
        self._cells = KeptColumns()
        self._background = BackgroundReading(self._show_progress)
        self._background.dataset = {"name": name_of(dataset), **structs.asdict(dataset)}
        self._progress = ""
        self._early: EarlyReport | None = None

    def compose(self) -> ComposeResult:
        """Put the list between the facts about the file and those about the column."""
        yield StaticText(id="columns-head")
        yield StaticText(id="columns-problem")
        yield ColumnList(id="columns")
        yield StaticText(id="columns-said")
        yield StaticText(id="columns-notes")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Read the file in a thread."""
        self._look()

    # --- Reading ---------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Read the file with the present settings; while it is read, only the last ones wait."""
        self._wanted = self.dataset
        self._show_head()
        if not self._is_reading:
            self._is_reading = True
            self._read()

    @in_worker(group="columns")
    async def _read(self) -> None:
        problem = ""
        try:
            while self._wanted is not None:
                dataset, self._wanted = self._wanted, None
                problem = await self._read_once(dataset)
        finally:
            self._is_reading = False
        self._show(problem)
        if self._closes:
            self.close(self.dataset)

    async def _read_once(self, dataset: DatasetSpec) -> str:
        """Read the file, and return why it cannot be used, or ""."""
        try:
            if self._target_changed:
                self._target_changed = False
                changed = await self._background.read(self._with_cells, with_task_of_target, dataset)
                if self._wanted is None:  # nothing was set meanwhile
                    self.dataset = dataset = changed
            report = await self._background.read(self._with_cells, inspect_experiment, Experiment(dataset=dataset))
        except (ExperimentError, DatasetError) as error:
            return str(error)
        self.report = report
        return report.problems[0].partition(": ")[2] if report.problems else ""

    def _with_cells(self, function: Callable[[P], R], argument: P) -> R:
        """Call a function that reads the file, with the cells that have been read before; called in a thread."""
        with keeping_columns(self._cells), reading_once():
            return function(argument)

    def _show_progress(self, progress: ReadingProgress) -> None:
        """Show how much of the file has been read, and its columns as far as the rows so far tell."""
        self._progress = progress.describe(source_of(self.dataset))
        if self.report is None and progress.early is not None and progress.early is not self._early:
            self._early = progress.early
            self.query_one(ColumnList).show(self._early.columns, {})
        self._show_head()

    # --- Showing ---------------------------------------------------------------------------------------------------

    def _show(self, problem: str) -> None:
        report = self.report
        self._progress = ""
        self._show_head()
        label = self.query_one("#columns-problem", StaticText)
        label.say(sentence(problem, 600))
        label.display = bool(problem)
        self._show_columns()
        notes = self.query_one("#columns-notes", StaticText)
        notes.say("" if report is None else " ".join(f"{sentence(note)}." for note in report.notes))
        notes.display = report is not None and bool(report.notes)

    def _show_columns(self) -> None:
        """Show the columns as they were read last, with what the user has set."""
        report = self.report
        columns = () if report is None else report.columns
        set_by_user = {}
        if report is not None:
            uses = {column.position: chosen_use(self.dataset, report, column) for column in columns}
            set_by_user = {position: use for position, use in uses.items() if use is not None}
        self.query_one(ColumnList).show(columns, set_by_user)

    def _show_head(self) -> None:
        report = self.report
        parts = [plain(source_of(self.dataset), 60)]
        if report is not None:
            parts.append(f"{counted(report.rows, 'row')}, {counted(len(report.columns), 'column')}")
        elif self._early is not None:
            parts.append(f"{counted(self._early.rows, 'row')} so far, {counted(len(self._early.columns), 'column')}")
        if report is not None and not report.problems:
            parts.append(counted(report.features, "feature"))
            outputs = {"regression": "values", "multilabel": "answers"}.get(report.task or "", "classes")
            parts.append(f"{report.outputs:,} {outputs if report.outputs != 1 else outputs.removesuffix('s')}")
        is_reading = self._is_reading or self._wanted is not None
        reading = f"   {self._progress or 'Reading the file ...'}" if is_reading else ""
        head = Content.assemble(("Columns", "bold"), "   ", " · ".join(parts), (reading, "$text-warning"))
        self.query_one("#columns-head", StaticText).say(head)

    @on(ColumnList.Moved)
    def _show_remarks(self) -> None:
        """Show what is to be said about the selected column."""
        column = self.selected
        description = ""
        if column is not None:
            several = has_several_targets(self.dataset)
            key = describe_target_key(column, several, self._adds_targets)
            description = f"{describe_column(column).rstrip()} {key}".rstrip()
        self.query_one("#columns-said", StaticText).say(plain(description, 500))

    @property
    def selected(self) -> ColumnReport | None:
        """The selected column; None before the file is read."""
        return self.query_one(ColumnList).selected

    # --- Keys ------------------------------------------------------------------------------------------------------

    def action_use_as(self, use: ColumnUse) -> None:
        """Use the selected column in another way."""
        column, report = self.selected, self.report
        if column is None or report is None:
            if self._is_reading:
                say(self, "The columns can be set when the file has been read.", severity="warning")
            return
        try:
            changed = with_use(self.dataset, report, column, use, self._adds_targets)
        except ColumnUseError as error:
            say(self, str(error), severity="warning")
            return
        if changed != self.dataset:
            if use == "target":  # the first one replaces the present one, later ones are added
                self._target_changed = self._adds_targets = True
            self.dataset = changed
            self._show_columns()  # what follows from it takes a moment
            self._look()

    def action_take(self) -> None:
        """Use the columns in the next run, when the file has been read with them."""
        if self._is_reading:
            self._closes = True
        else:
            self.close(self.dataset)


def describe_column(column: ColumnReport) -> str:
    """Return what is to be said about a column, in sentences."""
    summary = column.summary
    facts = f"{name_of_column(column)}: {summary.distinct:,} different values"
    if summary.missing and not any("missing" in remark for remark in column.remarks):
        facts += f", {summary.missing:,} of {summary.rows:,} cells missing"
    return f"{facts}. " + " ".join(f"{sentence(remark)}." for remark in column.remarks)


def describe_target_key(column: ColumnReport, several: bool, adds: bool) -> str:
    """Return what the key for the target does at a column, as a sentence; empty where it takes this one.

    Parameters
    ----------
    column : ColumnReport
    several : bool
        Whether there are several targets.
    adds : bool
        Whether another column is added to the targets, and does not replace them.

    Returns
    -------
    str
    """
    key = key_of("column-target")
    if column.use != "target":
        return f"{key} adds it to the targets." if adds else ""
    if several:
        return f"{key} removes it from the targets."
    return f"{key} on another column adds it." if adds else f"{key} takes another column, and then adds further ones."
