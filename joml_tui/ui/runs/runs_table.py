"""The table of runs: one row a run, updated in place, only the cells that changed; in any order, filtered."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.message import Message
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey

from joml_tui.experiment import figure_name, metric_name, metrics_of
from joml_tui.plots.palette import curve_colour
from joml_tui.runs.run import Run, RunState
from joml_tui.runs.run_fields import RunFacts, facts_of
from joml_tui.runs.run_filter import Filter
from joml_tui.runs.run_record import SCORE_METRICS
from joml_tui.ui import text
from joml_tui.ui.compose.preset_choices import describe_optimizer
from joml_tui.ui.runs.session import LabRun

#: A sign for each state, beside its word, so that a state is told without colour too.
STATE_SIGNS = {
    RunState.WAITING: "○",
    RunState.PREPARING: "○",
    RunState.RUNNING: "●",
    RunState.PAUSED: "‖",
    RunState.FINISHED: "✓",
    RunState.STOPPED: "■",
    RunState.DIVERGED: "▲",
    RunState.FAILED: "✗",
    RunState.INTERRUPTED: "↯",
}
_PART_TITLES = {"test": "Test", "validation": "Valid."}
_STATE_STYLES = {
    RunState.RUNNING: "runs-table--running",
    RunState.PAUSED: "runs-table--muted",
    RunState.FINISHED: "runs-table--good",
    RunState.DIVERGED: "runs-table--warning",
    RunState.FAILED: "runs-table--bad",
    RunState.INTERRUPTED: "runs-table--warning",
}


#: Cells of the names of runs that parted from others.
_WIDEST_NAME = 30
#: By what runs are put in order: a number, or a text; None comes last.
Value = float | str | None


@dataclass(frozen=True, slots=True)
class _TableColumn:
    title: str
    width: int
    write: Callable[[LabRun], str]
    value: Callable[[LabRun], Value]
    right: bool = True


def _is_validated(run: Run) -> bool:
    return run.checked_part == "validation" or run.validation_accuracy is not None


def _epoch(lab_run: LabRun) -> str:
    return f"{lab_run.run.epoch}/{lab_run.run.epochs}"


def _state(lab_run: LabRun) -> str:
    run = lab_run.run
    word = text.plain(run.message, 60) if run.state is RunState.DIVERGED and run.message else run.state.value
    kept = None if run.results is None else run.results.kept_iteration
    best = f" @{text.count(kept)}" if kept is not None and kept != run.iteration else ""
    return f"{STATE_SIGNS[run.state]} {word}{best}"


def _optimizer(lab_run: LabRun) -> str:
    return text.plain(describe_optimizer(lab_run.run.experiment.optimizer), 40)


def _tags(lab_run: LabRun) -> str:
    return text.plain(" ".join(lab_run.tags), 60)


COLUMNS = {
    "mark": _TableColumn(
        "", 2, lambda entry: "━●" if entry.marked else "━", lambda entry: not entry.marked, right=False
    ),
    "network": _TableColumn(
        "Network", 17, lambda entry: entry.label, lambda entry: entry.label.casefold(), right=False
    ),
    "parameters": _TableColumn(
        "Params", 9, lambda entry: text.count(entry.run.parameter_count), lambda entry: entry.run.parameter_count
    ),
    "optimizer": _TableColumn("Optimizer", 13, _optimizer, lambda entry: _optimizer(entry).casefold(), right=False),
    "epoch": _TableColumn("Epoch", 7, _epoch, lambda entry: entry.run.epoch),
    "iteration": _TableColumn(
        "Iteration", 10, lambda entry: text.count(entry.run.iteration), lambda entry: entry.run.iteration
    ),
    "train_cost": _TableColumn(
        "Train cost", 11, lambda entry: text.cost(entry.run.train_cost), lambda entry: entry.run.train_cost
    ),
    "test_cost": _TableColumn(
        "Test cost", 10, lambda entry: text.cost(entry.run.test_cost), lambda entry: entry.run.test_cost
    ),
    "train_accuracy": _TableColumn(
        "Train {score}",
        10,
        lambda entry: text.score(entry.run.train_accuracy, entry.run.task),
        lambda entry: entry.run.train_accuracy,
    ),
    "test_accuracy": _TableColumn(
        "Test {score}",
        9,
        lambda entry: text.score(entry.run.test_accuracy, entry.run.task),
        lambda entry: entry.run.test_accuracy,
    ),
    "validation_cost": _TableColumn(
        "Valid. cost", 12, lambda entry: text.cost(entry.run.validation_cost), lambda entry: entry.run.validation_cost
    ),
    "validation_accuracy": _TableColumn(
        "Valid. {score}",
        11,
        lambda entry: text.score(entry.run.validation_accuracy, entry.run.task),
        lambda entry: entry.run.validation_accuracy,
    ),
    "steps": _TableColumn(
        "Steps/s", 8, lambda entry: text.rate(entry.run.steps_per_second), lambda entry: entry.run.steps_per_second
    ),
    "time": _TableColumn("Time", 8, lambda entry: text.duration(entry.run.seconds), lambda entry: entry.run.seconds),
    "state": _TableColumn("State", 20, _state, lambda entry: entry.run.state.value, right=False),
    "tags": _TableColumn("Tags", 16, _tags, lambda entry: _tags(entry).casefold() or None, right=False),
    "note": _TableColumn(
        "Note", 40, lambda entry: text.plain(entry.note, 80), lambda entry: entry.note.casefold() or None, right=False
    ),
}


def columns_of(runs: Iterable[LabRun]) -> dict[str, _TableColumn]:
    """Return all columns by their keys, with one for each metric that runs measure on a part of their data."""
    titles = {
        f"{part}_{figure_name(name)}": f"{_PART_TITLES[part]} {name}"
        for lab_run in runs
        for name in map(metric_name, metrics_of(lab_run.run.experiment))
        if name not in SCORE_METRICS
        for part in ("test", "validation")
    }
    return {**COLUMNS, **{key: _metric_column(key, title) for key, title in titles.items()}}


def _metric_column(key: str, title: str) -> _TableColumn:
    def value(lab_run: LabRun) -> float | None:
        return lab_run.run.metrics.get(key)

    return _TableColumn(title, 9, lambda entry: text.cost(value(entry)), value)


#: The columns that are always there, and the others in the order in which there is room for them.
_METRICS = "metrics"  # stands for the columns of all metrics
_ALWAYS = ("mark", "network", "epoch", "test_cost", "test_accuracy", "state")
_ROOM_FOR = (
    "validation_accuracy",
    _METRICS,
    "optimizer",
    "validation_cost",
    "train_cost",
    "train_accuracy",
    "time",
    "tags",
    "steps",
    "note",
    "parameters",
    "iteration",
)
#: Columns that are there only where some run has something in them.
_WRITTEN: dict[str, Callable[[LabRun], object]] = {
    "tags": lambda entry: entry.tags,
    "note": lambda entry: entry.note,
    "validation_cost": lambda entry: _is_validated(entry.run),
    "validation_accuracy": lambda entry: _is_validated(entry.run),
}
#: The note may be this narrow; what room is left over it takes, or the names do.
_LEAST_NOTE = 14
#: Enough for the word of any state.
_LEAST_STATE = 12
#: Beyond so many rows that come or go, all are written anew.
_FEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class Order:
    """By which column the runs stand, and whether from the largest down; no column is as they were started."""

    column: str = ""
    falling: bool = False


def _facts_of(lab_run: LabRun) -> RunFacts:
    return facts_of(lab_run, lambda: lab_run.run.experiment)


class RunsTable(DataTable[Text]):
    """All runs of the session, or those of them that a filter asks for."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs-table--running",
        "runs-table--muted",
        "runs-table--good",
        "runs-table--warning",
        "runs-table--bad",
    }

    class Arranged(Message):
        """Other runs stand in the table, or in another order."""

    _writes_cells = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, cursor_type="row", cursor_foreground_priority="renderable", fixed_columns=2)
        self._shown: dict[str, dict[str, tuple[str, str]]] = {}
        self._runs: Sequence[LabRun] = ()
        self._scores = text.score_head(())
        self.known_columns = columns_of(())
        self._widths: dict[str, int] = {}
        self.order = Order()
        self.wanted = Filter()

    def on_mount(self) -> None:
        """Head the columns."""
        self._head(self._fitting())

    def on_resize(self) -> None:
        """Show the columns that there is room for now."""
        if self._widths != self._fitting():
            self.rearrange(self._runs, anew=True)

    @property
    def selected_key(self) -> str:
        """The key of the run that the cursor stands on; nothing where there is none."""
        keys = self.keys
        return keys[self.cursor_row] if 0 <= self.cursor_row < len(keys) else ""

    @property
    def keys(self) -> list[str]:
        """The keys of the runs shown, from top to bottom."""
        return [row.key.value or "" for row in self.ordered_rows]

    def add_run(self, lab_run: LabRun, runs: Sequence[LabRun], *, select: bool = True) -> None:
        """Take in a new run and select it, where the filter asks for it."""
        self.rearrange(runs)
        if select:
            self.select_run(lab_run)

    def select_run(self, lab_run: LabRun) -> None:
        """Put the cursor on a run, if it is shown."""
        if lab_run.key in self._shown:
            self.move_cursor(row=self.get_row_index(lab_run.key))

    def show_run(self, lab_run: LabRun) -> None:
        """Bring a run's row up to date; its place stays as it is."""
        shown = self._shown.get(lab_run.key)
        if shown is None:
            return
        changed = {key: cell for key in self._widths if (cell := self._cell(key, lab_run)) != shown[key]}
        if not changed:
            return
        shown.update(changed)
        self._writes_cells = True
        try:
            for key, cell in changed.items():
                self.update_cell(lab_run.key, key, self._drawn(key, *cell), update_width=False)
        finally:
            self._writes_cells = False
        self.refresh_row(self.get_row_index(lab_run.key))

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Paint anew; while cells of one row are written, that waits for the row: a cell would cost the whole table."""
        if self._writes_cells:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def repaint_runs(self, runs: Sequence[LabRun]) -> None:
        """Draw every row again, in another theme's colours."""
        for lab_run in runs:
            if lab_run.key in self._shown:
                self._shown[lab_run.key] = dict.fromkeys(self._widths, ("", ""))
                self.show_run(lab_run)

    def sort_by(self, order: Order, runs: Sequence[LabRun]) -> None:
        """Put the runs into another order, and say so in the column's head."""
        self.order = order
        for key in self._widths:
            self.columns[ColumnKey(key)].label = self._title(key)
        self.rearrange(runs, anew=True)
        self._bring_into_view(order.column)

    def rearrange(self, runs: Sequence[LabRun], *, anew: bool = False) -> None:
        """Show those of the runs that the filter asks for, in order; the cursor stays on its run."""
        self._runs = runs
        self.known_columns = columns_of(runs)
        if self.order.column not in self.known_columns:
            self.order = Order()
        rows = self.in_order(runs)
        keys = [lab_run.key for lab_run in rows]
        present = self.keys
        before, self._scores = self._scores, text.score_head(lab_run.run.task for lab_run in runs)
        widths = self._fitting()
        headed = before == self._scores and widths == self._widths
        if keys == present and headed and not anew:
            self.post_message(self.Arranged())
            return
        selected, place = self.selected_key, self.cursor_row
        with self.prevent(DataTable.RowHighlighted):
            if not headed:
                self._shown.clear()
                self._head(widths)
            self._fill(rows, set(self._shown))
            rank = {key: place for place, key in enumerate(keys)}
            # Rows are asked for their place one by one, as they were added.
            places = iter([rank[key.value or ""] for key in self.rows])
            self.sort(key=lambda _: next(places))
            if keys:
                self.move_cursor(row=rank.get(selected, min(place, len(keys) - 1)))
        self.post_message(self.Arranged())

    def in_order(self, runs: Sequence[LabRun]) -> list[LabRun]:
        """Return the runs that the filter asks for, in order; what is not known comes last."""
        rows = [lab_run for lab_run in runs if not self.wanted.terms or self.wanted.accepts(_facts_of(lab_run))]
        if not self.order.column:
            return rows
        value = self.known_columns[self.order.column].value
        values = {lab_run.key: value(lab_run) for lab_run in rows}
        known = [lab_run for lab_run in rows if _known(values[lab_run.key])]
        # Texts and numbers do not meet in one column.
        known.sort(key=lambda lab_run: values[lab_run.key], reverse=self.order.falling)  # type: ignore[arg-type, return-value]
        return known + [lab_run for lab_run in rows if not _known(values[lab_run.key])]

    def as_text(self, runs: Sequence[LabRun]) -> str:
        """Write the table as it stands, its cells separated by tabs."""
        lines = [[self.title_of(key) for key, column in self.known_columns.items() if column.title]]
        lines += [[text_ for _, text_ in self.cells(lab_run)] for lab_run in self.in_order(runs)]
        return "\n".join("\t".join(line) for line in lines)

    def cells(self, lab_run: LabRun) -> list[tuple[str, str]]:
        """Return a run's cells with their columns' titles, also those that there is no room for."""
        score = text.score_head([lab_run.run.task])
        return [
            (column.title.format(score=score), column.write(lab_run))
            for column in self.known_columns.values()
            if column.title
        ]

    def _head(self, widths: dict[str, int]) -> None:
        """Put up these columns; the rows go."""
        self._widths = widths
        self.clear(columns=True)
        for key, width in widths.items():
            self.add_column(self._title(key), width=width, key=key)

    def _fitting(self) -> dict[str, int]:
        """Choose the columns and their widths by the room there is; the one that the runs are sorted by is there."""
        names = [(len(lab_run.label), bool(lab_run.parting)) for lab_run in self._runs]
        parted = max((length for length, parts in names if parts), default=0)
        columns = self.known_columns
        widths = {key: max(column.width, len(self.title_of(key)) + column.right) for key, column in columns.items()}
        widths["network"] = max(widths["network"], min(parted, _WIDEST_NAME))
        widths["note"] = _LEAST_NOTE
        chosen = {*_ALWAYS, self.order.column} & columns.keys()
        left = self.outer_size.width - 1 - sum(widths[key] + 2 * self.cell_padding for key in chosen)
        if left < 0:
            widths["state"] += (spared := max(left, _LEAST_STATE - widths["state"]))
            left -= spared
        metrics = [key for key in columns if key not in COLUMNS]
        for key in (each for name in _ROOM_FOR for each in (metrics if name == _METRICS else [name])):
            written = _WRITTEN.get(key, _WRITTEN["validation_cost"] if key.startswith("validation_") else None)
            if key in chosen or (written is not None and not any(map(written, self._runs))):
                continue
            if (needed := widths[key] + 2 * self.cell_padding) <= left:
                chosen.add(key)
                left -= needed
        longest = {
            "network": min(max((length for length, _ in names), default=0), _WIDEST_NAME),
            "note": max((len(lab_run.note) for lab_run in self._runs), default=0) if "note" in chosen else 0,
        }
        for key, length in longest.items():  # what room is left
            more = max(0, min(left, min(length, COLUMNS["note"].width) - widths[key]))
            widths[key] += more
            left -= more
        return {key: widths[key] for key in columns if key in chosen}

    def title_of(self, key: str) -> str:
        """Return what a column is headed, wherever its runs are of."""
        return self.known_columns[key].title.format(score=self._scores)

    def _fill(self, rows: Sequence[LabRun], present: set[str]) -> None:
        wanted = {lab_run.key for lab_run in rows}
        gone, new = present - wanted, [lab_run for lab_run in rows if lab_run.key not in present]
        if len(gone) + len(new) > _FEW_ROWS:
            self.clear()
            self._shown.clear()
            new = list(rows)
        else:
            for key in gone:
                self.remove_row(key)
                del self._shown[key]
        for lab_run in new:
            cells = {key: self._cell(key, lab_run) for key in self._widths}
            self._shown[lab_run.key] = cells
            self.add_row(*(self._drawn(key, *cell) for key, cell in cells.items()), key=lab_run.key)

    def _bring_into_view(self, key: str) -> None:
        """Scroll sideways until a column can be seen, so that one sees what the runs are sorted by."""
        if not self.size.width:  # in an area that is not shown
            return
        lefts, left = {}, 0
        for column in self.ordered_columns:
            lefts[column.key.value] = left
            left += column.get_render_width(self)
        if key not in lefts:
            return
        fixed = sum(column.get_render_width(self) for column in self.ordered_columns[: self.fixed_columns])
        right = lefts[key] + self.columns[ColumnKey(key)].get_render_width(self)
        if right > self.scroll_x + self.size.width:
            self.scroll_to(x=right - self.size.width, animate=False)
        elif lefts[key] - fixed < self.scroll_x and lefts[key] >= fixed:
            self.scroll_to(x=lefts[key] - fixed, animate=False)

    def _title(self, key: str) -> Text:
        column = self.known_columns[key]
        sign = ("▼" if self.order.falling else "▲") if key == self.order.column else ""
        named = self.title_of(key)
        title = f"{sign}{named}" if column.right else f"{named} {sign}".rstrip()
        return Text(title, justify="right" if column.right else "left", no_wrap=True)

    def _cell(self, key: str, lab_run: LabRun) -> tuple[str, str]:
        """Return a cell's text, and the component class or colour it is drawn in."""
        if key == "mark":
            style = f"#{curve_colour(lab_run.number - 1, dark=self.app.current_theme.dark):06x}"
        elif key == "state":
            style = _STATE_STYLES.get(lab_run.run.state, "runs-table--muted")
        else:
            style = ""
        return self.known_columns[key].write(lab_run), style

    def _drawn(self, key: str, content: str, style: str) -> Text:
        column = self.known_columns[key]
        drawn = Style(color=self.get_component_rich_style(style).color) if style.startswith("runs-table--") else style
        return Text(
            content, style=drawn, justify="right" if column.right else "left", no_wrap=True, overflow="ellipsis"
        )


def _known(value: Value) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))
