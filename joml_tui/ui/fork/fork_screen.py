"""The fork screen: the snapshots of a run, and forks from one of them with the same or other settings."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from joml_tui.experiment import OptimizerSpec, Problem
from joml_tui.plots.axes import across_axis
from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink, curve_colour
from joml_tui.plots.sketch import Upright, line, sketch, tick_count
from joml_tui.runs.forks import Fork, Moment, fork_problems, moments
from joml_tui.ui.actions import Scope, bindings
from joml_tui.ui.compose.preset_choices import optimizer_choices
from joml_tui.ui.deferred_calls import call_every, in_worker
from joml_tui.ui.fork.live_settings import Changes
from joml_tui.ui.fork.snapshot_list import ShownFigures, SnapshotList
from joml_tui.ui.fork.typed_fork import describe_fork, read_fork
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import Page
from joml_tui.ui.text import number, sentence
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.form import Form
from joml_tui.ui.widgets.form_field import ChoiceField, EntryField
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.widgets.plot import Plot
from joml_tui.ui.widgets.static_text import StaticText

#: Seconds between updates of a live run's list.
_SECONDS_A_LOOK = 0.5


class TimeTravel(Page[Fork | None]):
    """The screen of a run's snapshots; the result is the fork to train, None for Escape.

    Parameters
    ----------
    lab_run : LabRun
    wanted : Changes, optional
        Initial changes in the entries; default none.
    """

    CSS_PATH = ["fork.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall"), (40, "-very-tall")]
    AUTO_FOCUS = "#snapshots"
    BINDINGS = [
        ("escape,h", "close", "Back"),
        *bindings("travel"),
        Binding("up", "move(-1)", "Earlier", show=False),
        Binding("down", "move(1)", "Later", show=False),
    ]
    HELP: ClassVar[str] = (
        "The snapshots of a run. Select one, change settings, and fork: the charts show both curves. Without a change, "
        "the run is replayed exactly."
    )
    SCOPES: ClassVar[tuple[Scope, ...]] = ("travel",)

    def __init__(self, lab_run: LabRun, wanted: Changes | None = None) -> None:
        super().__init__()
        self._lab_run = lab_run
        run, wanted = lab_run.run, wanted or Changes(None, None)
        rate, epochs = wanted.learning_rate, wanted.epochs or run.epochs
        self._rate_field = EntryField("travel-rate", "Learning rate", "" if rate is None else number(rate))
        choices, own = optimizer_choices(run.experiment.optimizer)
        self._optimizer_field = ChoiceField("travel-optimizer", "Optimizer", choices, own)
        self._own_optimizer = choices[own].value
        self._epochs_field = EntryField("travel-epochs", "Epochs", str(epochs))
        self._form = Form((self._rate_field, self._optimizer_field, self._epochs_field))
        self._rate = ""  # the text written by the program, to keep a typed one

    def compose(self) -> ComposeResult:
        """Put the cost above the list, and the form below or beside it."""
        yield Label(f"Time travel   {self._lab_run.label}", id="travel-title", markup=False)
        yield Plot(id="travel-plot")
        with Horizontal(id="travel-work"):
            yield SnapshotList(id="snapshots")
            with Vertical(id="travel-form"):
                yield Label("Settings from there on", id="travel-heading")
                yield from self._form.fields.values()
                yield StaticText(id="travel-said")
                with Horizontal(id="travel-buttons"):
                    yield Button("Fork from here", id="travel-go", variant="primary", compact=True)
                    yield Button("Back", id="travel-back", compact=True)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the snapshots, and update them while there may be more."""
        self._timer = call_every(self, _SECONDS_A_LOOK, self._look)
        self._look()

    def _look(self) -> None:
        run, shown = self._lab_run.run, self.query_one(SnapshotList)
        if [moment.iteration for moment in shown.rows] != list(run.snapshots.iterations):
            shown.show(moments(run), ShownFigures(run.task, run.cost_mark, run.cost_scale))
        if not shown.rows:
            self._say("No snapshots: the run ended before its network was built.", problem=True)

    # --- The form --------------------------------------------------------------------------------------------------

    @on(SnapshotList.Moved)
    def _moved(self) -> None:
        moment = self.query_one(SnapshotList).selected
        if moment is None:
            return
        if self._rate_field.text == self._rate and self._optimizer is None:
            self._write_rate(moment.learning_rate)
        self._show_plot(moment)
        self._read()

    @on(ChoiceField.Chosen)
    def _optimizer_chosen(self) -> None:
        moment, optimizer = self.query_one(SnapshotList).selected, self._optimizer or self._own_optimizer
        own = self._optimizer is None and moment is not None
        self._write_rate(moment.learning_rate if own and moment is not None else optimizer.learning_rate)
        self._read()

    @property
    def _optimizer(self) -> OptimizerSpec | None:
        """The optimizer of the fork; None for the run's own."""
        chosen = self._optimizer_field.value
        return None if chosen is self._own_optimizer else chosen

    def _write_rate(self, rate: float) -> None:
        self._rate = number(rate)
        self._rate_field.write(self._rate)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._read()

    def _read(self) -> Fork | None:
        """Return the fork of the entries, and show a description or the problems."""
        moment, run = self.query_one(SnapshotList).selected, self._lab_run.run
        if moment is None:
            return None
        optimizer = self._optimizer
        fork, problems = read_fork(run, moment, optimizer, self._rate_field.text, self._epochs_field.text)
        self._show_problems(problems)
        if fork is not None:
            self._say(describe_fork(fork, run, moment, optimizer, self._lab_run.number))
        return fork

    def _show_problems(self, problems: list[Problem]) -> None:
        messages = {_field_of(problem): problem.message for problem in reversed(problems)}  # the first of each field
        self._form.show_problems(messages)
        if problems:
            self._say(sentence(messages.get("", "")), problem=True)

    def _say(self, line: str, *, problem: bool = False) -> None:
        line_ = self.query_one("#travel-said", StaticText)
        line_.say(line)
        line_.set_class(problem, "problem")

    # --- Actions ---------------------------------------------------------------------------------------------------

    @on(Button.Pressed, "#travel-go")
    def action_go_on(self) -> None:
        """Close with the fork from the snapshot with the present settings."""
        fork = self._read()
        if fork is not None:
            self._check(fork)

    @in_worker(exclusive=True, group="travel")
    async def _check(self, fork: Fork) -> None:
        problems = await in_background(fork_problems, fork)
        if problems:
            self._show_problems(problems)
        else:
            self.close(fork)

    @on(Button.Pressed, "#travel-back")
    def _back(self) -> None:
        self.close(None)

    def action_edit(self, name: str) -> None:
        """Focus an entry."""
        self.query_one(f"#{name}").focus()

    def action_move(self, step: int) -> None:
        """Move in the list while nothing has the focus."""
        shown = self.query_one(SnapshotList)
        shown.focus()
        shown.action_go(step)

    # --- The cost, and where on it the snapshot stands -----------------------------------------------------------

    def _show_plot(self, moment: Moment) -> None:
        history = self._lab_run.run.history
        if history is None:
            return
        index, scale = self._lab_run.colour_index, self._lab_run.run.cost_scale

        def draw(width: int, height: int, ink: Ink, dark: bool) -> tuple[Row, ...]:
            last = max(1, history.iterations)
            colour = curve_colour(index, dark=dark)
            columns = history.reduce("train_cost", 1, last, 2 * width)
            finite = np.isfinite(columns.high)
            low, high = columns.low[finite], columns.high[finite]
            if scale is not None:
                low, high = scale.convert(low), scale.convert(high)
            cost = line(columns.iteration[finite], low, high, colour=colour)
            here = Upright(moment.iteration, f"{moment.iteration:,}", ink.text)
            across = across_axis(0, last, tick_count(width))
            return sketch(width, height, ink, across, (cost,), (here,), "No iteration was done yet")

        self.query_one(Plot).show(draw)


def _field_of(problem: Problem) -> str:
    """Return the entry of a problem; empty if it has none."""
    if problem.field == "epochs":
        return "travel-epochs"
    if problem.field == "optimizer.learning_rate":
        return "travel-rate"
    return "travel-optimizer" if problem.field.startswith("optimizer") else ""
