"""The table of runs: one row a run, updated in place, only the cells that changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.widgets import DataTable

from joml_tui.charts.palette import curve_colour
from joml_tui.runner import RunState
from joml_tui.ui import text
from joml_tui.ui.compose.choices import describe_optimizer
from joml_tui.ui.runs.book import LabRun

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
}
_STATE_STYLES = {
    RunState.RUNNING: "runs-table--running",
    RunState.PAUSED: "runs-table--muted",
    RunState.FINISHED: "runs-table--good",
    RunState.DIVERGED: "runs-table--warning",
    RunState.FAILED: "runs-table--bad",
}


#: Of the names of runs that parted from others.
_WIDEST_NAME = 30


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    write: Callable[[LabRun], str]
    right: bool = True


def _epoch(lab_run: LabRun) -> str:
    return f"{lab_run.run.epoch}/{lab_run.run.epochs}"


def _state(lab_run: LabRun) -> str:
    run = lab_run.run
    word = text.plain(run.message, 60) if run.state is RunState.DIVERGED and run.message else run.state.value
    return f"{STATE_SIGNS[run.state]} {word}"


_COLUMNS = {
    "mark": _Column("", 2, lambda entry: "━●" if entry.marked else "━", right=False),
    "network": _Column("Network", 17, lambda entry: entry.label, right=False),
    "parameters": _Column("Params", 9, lambda entry: text.count(entry.run.parameter_count)),
    "optimizer": _Column(
        "Optimizer", 13, lambda entry: text.plain(describe_optimizer(entry.run.experiment.optimizer), 40), right=False
    ),
    "epoch": _Column("Epoch", 7, _epoch),
    "iteration": _Column("Iteration", 9, lambda entry: text.count(entry.run.iteration)),
    "train_cost": _Column("Train cost", 10, lambda entry: text.cost(entry.run.train_cost)),
    "test_cost": _Column("Test cost", 9, lambda entry: text.cost(entry.run.test_cost)),
    "train_accuracy": _Column("Train acc", 9, lambda entry: text.share(entry.run.train_accuracy)),
    "test_accuracy": _Column("Test acc", 9, lambda entry: text.share(entry.run.test_accuracy)),
    "steps": _Column("Steps/s", 8, lambda entry: text.rate(entry.run.steps_per_second)),
    "time": _Column("Time", 8, lambda entry: text.duration(entry.run.seconds)),
    "state": _Column("State", 24, _state, right=False),
}


class RunsTable(DataTable[Text]):
    """All runs of the session."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "runs-table--running",
        "runs-table--muted",
        "runs-table--good",
        "runs-table--warning",
        "runs-table--bad",
    }
    BINDINGS = [("space", "screen.mark", "Mark")]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, cursor_type="row", cursor_foreground_priority="renderable", fixed_columns=2)
        self._shown: dict[str, dict[str, tuple[str, str]]] = {}

    def on_mount(self) -> None:
        """Head the columns."""
        for key, column in _COLUMNS.items():
            title = Text(column.title, justify="right" if column.right else "left")
            self.add_column(title, width=column.width, key=key)

    def add_run(self, lab_run: LabRun) -> None:
        """Add a run's row and select it."""
        cells = {key: self._cell(key, lab_run) for key in _COLUMNS}
        self._shown[lab_run.key] = cells
        self._make_room(lab_run.label)
        self.add_row(*(self._drawn(key, *cell) for key, cell in cells.items()), key=lab_run.key)
        self.move_cursor(row=self.row_count - 1)

    def _make_room(self, label: str) -> None:
        """Widen the names' column for a run that says where it parted from another."""
        column = self.ordered_columns[1]
        if column.width < len(label):
            column.width = min(len(label), _WIDEST_NAME)
            self._clear_caches()

    def show_run(self, lab_run: LabRun) -> None:
        """Bring a run's row up to date."""
        shown = self._shown[lab_run.key]
        for key in _COLUMNS:
            cell = self._cell(key, lab_run)
            if cell != shown[key]:
                shown[key] = cell
                self.update_cell(lab_run.key, key, self._drawn(key, *cell), update_width=False)

    def repaint_runs(self, runs: list[LabRun]) -> None:
        """Draw every row again, in another theme's colours."""
        for lab_run in runs:
            self._shown[lab_run.key] = dict.fromkeys(_COLUMNS, ("", ""))
            self.show_run(lab_run)

    def _cell(self, key: str, lab_run: LabRun) -> tuple[str, str]:
        """Return a cell's text, and the component class or colour it is drawn in."""
        if key == "mark":
            style = f"#{curve_colour(lab_run.number - 1, dark=self.app.current_theme.dark):06x}"
        elif key == "state":
            style = _STATE_STYLES.get(lab_run.run.state, "runs-table--muted")
        else:
            style = ""
        return _COLUMNS[key].write(lab_run), style

    def _drawn(self, key: str, content: str, style: str) -> Text:
        column = _COLUMNS[key]
        drawn = Style(color=self.get_component_rich_style(style).color) if style.startswith("runs-table--") else style
        return Text(
            content, style=drawn, justify="right" if column.right else "left", no_wrap=True, overflow="ellipsis"
        )
