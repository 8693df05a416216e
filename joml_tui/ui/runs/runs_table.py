"""The table of runs, one row per run, filtered and sorted; only changed cells are updated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, Self, cast

from rich.style import Style
from rich.text import Text
from textual.geometry import Region
from textual.message import Message
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey

from joml_tui.experiment import Task, figure_name, metric_name, metrics_of
from joml_tui.plots.palette import curve_colour
from joml_tui.runs.run import Run, RunState
from joml_tui.runs.run_fields import RunFacts, RunField, facts_of, find_field, metric_field
from joml_tui.runs.run_filter import Filter
from joml_tui.runs.run_order import RunOrder
from joml_tui.runs.run_record import SCORE_METRICS, RunRecord, describe_state
from joml_tui.runs.setting_paths import NOTHING
from joml_tui.ui import text
from joml_tui.ui.compose.preset_choices import describe_optimizer
from joml_tui.ui.runs.field_cells import stands_right, title_of, write_field
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.terminal_traits import traits
from joml_tui.ui.widgets.row_table import RowTable

#: A sign for each state, so that states are distinct without colour.
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
_STATE_STYLES = {
    RunState.RUNNING: "runs-table--running",
    RunState.PAUSED: "runs-table--muted",
    RunState.FINISHED: "runs-table--good",
    RunState.DIVERGED: "runs-table--warning",
    RunState.FAILED: "runs-table--bad",
    RunState.INTERRUPTED: "runs-table--warning",
}


#: The field of the error of values.
_RMSE = "root_mean_squared_error"
#: Width of the names of forks.
_WIDEST_NAME = 30


def _lab_run(facts: RunFacts) -> LabRun:
    return cast(LabRun, facts.run)


def _write_mark(facts: RunFacts) -> str:
    return "━●" if _lab_run(facts).marked else "━"


def _write_state(facts: RunFacts) -> str:
    run = _lab_run(facts).run
    word = (
        run.message[:60] if run.state is RunState.DIVERGED and run.message else word_of_state(run.state, facts.record)
    )
    kept = facts.record.kept_iteration
    best = f" @{text.count(kept)}" if kept is not None and kept != run.iteration else ""
    return f"{STATE_SIGNS[run.state]} {word}{best}"


def word_of_state(state: RunState, record: RunRecord) -> str:
    """Return the word beside the sign of a run's state: what its end says, such as "at chance", else the state."""
    described = describe_state(state.value, record)
    return described.partition(", ")[2] or described


def _describe_optimizer(facts: RunFacts) -> str:
    return text.plain(describe_optimizer(_lab_run(facts).run.experiment.optimizer), 40)


def _root_mean_squared_error(facts: RunFacts) -> float | None:
    """Return the error of the kept weights, or of the latest check while a run trains."""
    record = facts.record
    error: float | None = record.result("test", _RMSE)
    if error is None and record.cost_scale is not None and record.cost_scale.is_squared:
        return record.cost_in_units("test")
    return error


def _write_error(facts: RunFacts) -> str:
    error = _root_mean_squared_error(facts)
    return NOTHING if error is None else text.measured(error)


#: Fields that the lab shows in another form than recorded: a name with its number, an optimizer with its settings, a
#: state with its sign, the error of values while they are learnt, and the speed of the last seconds.
_LAB_FIELDS = {
    field.name: field
    for field in (
        RunField(
            "mark",
            "",
            "whether its curves stay in the charts",
            "yes or no",
            lambda facts: not _lab_run(facts).marked,
            cell=_write_mark,
        ),
        replace(find_field("network"), read=lambda facts: facts.run.label, cell=lambda facts: facts.run.label),
        replace(find_field("optimizer"), read=_describe_optimizer, cell=_describe_optimizer),
        replace(find_field("state"), cell=_write_state),
        replace(find_field(_RMSE), title="Test RMSE", read=_root_mean_squared_error, cell=_write_error),
        replace(find_field("steps_per_second"), read=lambda facts: _lab_run(facts).run.steps_per_second),
    )
}
#: The columns of the table in their order, with their widths.
COLUMNS = {
    "mark": 2,
    "network": 17,
    "parameters": 9,
    "optimizer": 13,
    "epoch": 7,
    "iteration": 10,
    "train_cost": 11,
    "test_cost": 10,
    "train_score": 10,
    "test_score": 9,
    _RMSE: 10,
    "validation_cost": 12,
    "validation_score": 11,
    "steps_per_second": 8,
    "seconds": 8,
    "state": 20,
    "tags": 16,
    "note": 40,
}
#: Width of the column that the runs are sorted by, if it is not one of these.
_OTHER_WIDTH = 10
_METRIC_WIDTH = 9
#: The columns that are always shown, and the others in the order in which they are added.
_METRICS = "metrics"  # stands for the columns of all metrics
_ALWAYS = ("mark", "network", "epoch", "test_cost", "test_score", "state")
_ROOM_FOR = (
    _RMSE,
    "validation_score",
    _METRICS,
    "optimizer",
    "validation_cost",
    "train_cost",
    "train_score",
    "seconds",
    "tags",
    "steps_per_second",
    "note",
    "parameters",
    "iteration",
)
#: Columns that are shown only if some run has a value.
_WRITTEN: dict[str, Callable[[LabRun], object]] = {
    "tags": lambda entry: entry.tags,
    "note": lambda entry: entry.note,
    _RMSE: lambda entry: entry.run.cost_scale is not None and entry.run.cost_scale.is_squared,
    "validation_cost": lambda entry: _is_validated(entry.run),
    "validation_score": lambda entry: _is_validated(entry.run),
}
#: Least width of the note, which takes the remaining room, or else the names do.
_LEAST_NOTE = 14
#: Enough for the word of any state.
_LEAST_STATE = 12
#: If more rows than this are added or removed, all are rewritten.
_FEW_ROWS = 20


def metrics_measured(runs: Iterable[LabRun]) -> dict[str, RunField]:
    """Return a field for each metric that runs measure, or will measure, on a part of their data."""
    names = (
        f"{part}_{figure_name(name)}"
        for lab_run in runs
        for name in map(metric_name, metrics_of(lab_run.run.experiment))
        if name not in SCORE_METRICS
        for part in ("test", "validation")
    )
    return {field.name: field for field in map(metric_field, dict.fromkeys(names))}


def _is_validated(run: Run) -> bool:
    return run.checked_part == "validation" or run.validation_accuracy is not None


def _facts_of(lab_run: LabRun) -> RunFacts:
    return facts_of(lab_run, lambda: lab_run.run.experiment)


class RunsTable(RowTable):
    """The table of the session's runs that match the filter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs-table--running",
        "runs-table--muted",
        "runs-table--good",
        "runs-table--warning",
        "runs-table--bad",
    }

    class Arranged(Message):
        """A message: the rows or their order have changed."""

    _writes_cells = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, cursor_type="row", cursor_foreground_priority="renderable", fixed_columns=2)
        self._shown: dict[str, dict[str, tuple[str, str]]] = {}
        self._runs: Sequence[LabRun] = ()
        self._tasks: frozenset[Task] = frozenset()
        self._metrics: dict[str, RunField] = {}
        self._widths: dict[str, int] = {}
        self._fields: dict[str, RunField] = {}
        self.order = RunOrder()
        self.wanted = Filter()

    def on_mount(self) -> None:
        """Head the columns."""
        self._head(self._fitting())

    def on_resize(self) -> None:
        """Show the columns that fit."""
        if self._widths != self._fitting():
            self.rearrange(self._runs, anew=True)

    @property
    def selected_key(self) -> str:
        """The key of the selected run; empty if there is none."""
        keys = self.keys
        return keys[self.cursor_row] if 0 <= self.cursor_row < len(keys) else ""

    @property
    def keys(self) -> list[str]:
        """The keys of the runs shown, from top to bottom."""
        return [row.key.value or "" for row in self.ordered_rows]

    def add_run(self, lab_run: LabRun, runs: Sequence[LabRun], *, select: bool = True) -> None:
        """Add a new run, and select it if it matches the filter."""
        self.rearrange(runs)
        if select:
            self.select_run(lab_run)

    def select_run(self, lab_run: LabRun) -> None:
        """Put the cursor on a run, if it is shown."""
        if lab_run.key in self._shown:
            self.move_cursor(row=self.get_row_index(lab_run.key))

    def show_run(self, lab_run: LabRun) -> None:
        """Update a run's row in place."""
        shown = self._shown.get(lab_run.key)
        if shown is None:
            return
        changed = {key: cell for key, cell in self._cells(lab_run).items() if cell != shown[key]}
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
        """Repaint; while a row is updated, wait for its end, because each cell would repaint the whole table."""
        if self._writes_cells:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def repaint_runs(self, runs: Sequence[LabRun]) -> None:
        """Draw every row again, in another theme's colours."""
        for lab_run in runs:
            if lab_run.key in self._shown:
                self._shown[lab_run.key] = dict.fromkeys(self._widths, ("", ""))
                self.show_run(lab_run)

    def sort_by(self, order: RunOrder, runs: Sequence[LabRun]) -> None:
        """Sort the runs, and show the order in the column's title."""
        self.order = order
        for key in self._widths:
            self.columns[ColumnKey(key)].label = self._title(key)
        self.rearrange(runs, anew=True)
        self._bring_into_view(order.column)

    def rearrange(self, runs: Sequence[LabRun], *, anew: bool = False) -> None:
        """Show the runs that match the filter, in order; the cursor stays on its run."""
        self._runs = runs
        self._metrics = metrics_measured(runs)
        rows = self.in_order(runs)
        keys = [lab_run.key for lab_run in rows]
        present = self.keys
        before, self._tasks = self._tasks, frozenset(lab_run.run.task for lab_run in runs)
        widths = self._fitting()
        headed = before == self._tasks and widths == self._widths
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
            # Textual calls the sort key row by row, in the order of addition.
            places = iter([rank[key.value or ""] for key in self.rows])
            self.sort(key=lambda _: next(places))
            if keys:
                self.move_cursor(row=rank.get(selected, min(place, len(keys) - 1)))
        self.post_message(self.Arranged())

    def in_order(self, runs: Sequence[LabRun]) -> list[LabRun]:
        """Return the runs that match the filter, in order; missing values come last."""
        if not self.wanted.terms and self.order.field is None:
            return list(runs)
        facts = [_facts_of(lab_run) for lab_run in runs]
        rows = [each for each in facts if self.wanted.accepts(each)]
        return [_lab_run(each) for each in self.order.arrange(rows, lambda each: each)]

    def as_text(self, runs: Sequence[LabRun]) -> str:
        """Return the shown table as text, separated by tabs."""
        lines = [[self.title_of(key) for key in self.known_columns if key != "mark"]]
        lines += [[cell for _, cell in self.cells(lab_run)] for lab_run in self.in_order(runs)]
        return "\n".join("\t".join(line) for line in lines)

    def cells(self, lab_run: LabRun) -> list[tuple[str, str]]:
        """Return all cells of a run with their columns' titles, also hidden ones."""
        facts = _facts_of(lab_run)
        fields = [self.field_of(key) for key in self.known_columns if key != "mark"]
        return [(title_of(field, [lab_run.run.task]), write_field(field, facts)) for field in fields]

    def field_of(self, name: str) -> RunField:
        """Return the field with the name of a field or metric or a setting's path, as the table shows it.

        Raises
        ------
        LookupError
            There is no such field.
        """
        if self.order.field is not None and name == self.order.column:
            return self.order.field
        return _LAB_FIELDS.get(name) or self._metrics.get(name) or find_field(name)

    @property
    def known_columns(self) -> dict[str, int]:
        """All possible columns with their widths, including the sorting field."""
        columns = COLUMNS | dict.fromkeys(self._metrics, _METRIC_WIDTH)
        if not self.order.column or self.order.column in columns:
            return columns
        first, second, *others = columns
        return {name: columns.get(name, _OTHER_WIDTH) for name in (first, second, self.order.column, *others)}

    def _head(self, widths: dict[str, int]) -> None:
        """Set the columns, which removes the rows."""
        self._widths = widths
        self._fields = {key: self.field_of(key) for key in widths}
        self.clear(columns=True)
        for key, width in widths.items():
            self.add_column(self._title(key), width=width, key=key)

    def _fitting(self) -> dict[str, int]:
        """Return the columns that fit, with their widths, including the sorting field."""
        names = [(len(lab_run.label), bool(lab_run.parting)) for lab_run in self._runs]
        parted = max((length for length, parts in names if parts), default=0)
        widths = {
            key: max(width, len(self.title_of(key)) + stands_right(self.field_of(key)))
            for key, width in self.known_columns.items()
        }
        widths["network"] = max(widths["network"], min(parted, _WIDEST_NAME))
        widths["note"] = _LEAST_NOTE
        always, room_for = self._first_columns()
        chosen = {*always, self.order.column} & widths.keys()
        left = self.outer_size.width - 1 - sum(widths[key] + 2 * self.cell_padding for key in chosen)
        if left < 0:
            widths["state"] += (spared := max(left, _LEAST_STATE - widths["state"]))
            left -= spared
        for key in (each for name in room_for for each in (self._metrics if name == _METRICS else [name])):
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
            more = max(0, min(left, min(length, COLUMNS["note"]) - widths[key]))
            widths[key] += more
            left -= more
        return {key: width for key, width in widths.items() if key in chosen}

    def _first_columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the columns that are always shown, and the others by rank; errors in units come before costs."""
        if not self._runs or not all(map(_WRITTEN[_RMSE], self._runs)):
            return _ALWAYS, _ROOM_FOR
        return tuple(_RMSE if name == "test_cost" else name for name in _ALWAYS), ("test_cost", *_ROOM_FOR)

    def title_of(self, key: str) -> str:
        """Return the title of a column for the present runs."""
        return title_of(self.field_of(key), self._tasks)

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
            cells = self._cells(lab_run)
            self._shown[lab_run.key] = cells
            self.add_row(*(self._drawn(key, *cell) for key, cell in cells.items()), key=lab_run.key)

    def _bring_into_view(self, key: str) -> None:
        """Scroll sideways to a column, to show the sorting field."""
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
        right = stands_right(self.field_of(key))
        sign = self.order.sign if key == self.order.column else ""
        named = self.title_of(key)
        title = f"{sign}{named}" if right else f"{named} {sign}".rstrip()
        return Text(title, justify="right" if right else "left", no_wrap=True)

    def _cells(self, lab_run: LabRun) -> dict[str, tuple[str, str]]:
        """Return the texts of a run's cells, each with its component class or colour."""
        facts = _facts_of(lab_run)
        return {key: (write_field(field, facts), self._style(key, lab_run)) for key, field in self._fields.items()}

    def _style(self, key: str, lab_run: LabRun) -> str:
        if key == "mark":
            dark = self.app.current_theme.dark
            return f"#{curve_colour(lab_run.colour_index, dark=dark, few_colours=traits().few_colours):06x}"
        if key != "state":
            return ""
        if lab_run.run.record.outcome_note and lab_run.run.state is RunState.FINISHED:
            return "runs-table--warning"
        return _STATE_STYLES.get(lab_run.run.state, "runs-table--muted")

    def _drawn(self, key: str, content: str, style: str) -> Text:
        right = stands_right(self.field_of(key))
        drawn = Style(color=self.get_component_rich_style(style).color) if style.startswith("runs-table--") else style
        return Text(content, style=drawn, justify="right" if right else "left", no_wrap=True, overflow="ellipsis")
