"""Comparing: which curves stay in the charts, and how they are drawn."""

from __future__ import annotations

import math
from functools import cached_property, partial

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Label

from joml_tui.experiment import DatasetSpec, OutputSpec, SplitSpec
from joml_tui.inspect.baseline_scores import Baselines, BaselinesReached
from joml_tui.runs.history import CheckedPart
from joml_tui.ui.charts import Charts
from joml_tui.ui.charts.x_axis import UNITS
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.runs.runs_table import RunsTable

_PAN = 0.25  # of the part in view
_FAR = 10
_SMOOTHINGS = (0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


#: What baselines depend on; the output layer decides whether their cost compares with the network's.
_Split = tuple[DatasetSpec, SplitSpec, CheckedPart, int, OutputSpec]
Levels = tuple[tuple[str, float, float], ...]


class ComparingHandlers(LabScreen):
    """What the actions of comparing do."""

    class BaselinesKnown(Message):
        """An engine has told the baselines of a data set and seed, or why there are none; posted in its thread."""

        def __init__(self, split: _Split, answer: object) -> None:
            super().__init__()
            self.split, self.answer = split, answer

    _with_baselines = False

    def action_mark(self) -> None:
        """Keep the selected run's curves in the charts, or let them go."""
        selected = self.selected
        if selected is None:
            self.say("No run to mark yet.")
            return
        selected.marked = not selected.marked
        self.query_one(RunsTable).show_run(selected)
        self.show_charts()

    def action_mark_all(self) -> None:
        """Keep the curves of all runs that the table shows in the charts, or where all are there let them go."""
        table = self.query_one(RunsTable)
        shown = table.in_order(self.book.runs)
        if not shown:
            self.say("No runs to mark.")
            return
        mark = not all(lab_run.marked for lab_run in shown)
        for lab_run in shown:
            lab_run.marked = mark
            table.show_run(lab_run)
        self.show_charts()
        runs = "One run" if len(shown) == 1 else f"{len(shown):,} runs"
        self.say(f"{runs} {'marked' if mark else 'no longer marked'}")

    def action_log_cost(self) -> None:
        """Change the cost's axis."""
        charts = self.query_one(Charts)
        charts.log_cost = not charts.log_cost
        self.query_one("#log-cost", Button).label = f"Cost: {'logarithmic' if charts.log_cost else 'linear'}"

    def action_log_accuracy(self) -> None:
        """Change between the accuracy and the error on a logarithmic axis."""
        charts = self.query_one(Charts)
        charts.log_error = not charts.log_error

    def action_unit(self) -> None:
        """Count iterations, epochs or seconds across."""
        charts = self.query_one(Charts)
        charts.unit = UNITS[(UNITS.index(charts.unit) + 1) % len(UNITS)]

    def action_zoom_in(self) -> None:
        """Show half of the part in view."""
        self.query_one(Charts).zoom(0.5)

    def action_zoom_out(self) -> None:
        """Show twice the part in view."""
        self.query_one(Charts).zoom(2)

    def action_whole(self) -> None:
        """Show the curves whole."""
        self.query_one(Charts).show_whole()

    def action_pan_left(self) -> None:
        """Look further left."""
        self.query_one(Charts).pan(-_PAN)

    def action_pan_right(self) -> None:
        """Look further right."""
        self.query_one(Charts).pan(_PAN)

    def action_cursor(self) -> None:
        """Put the cursor into the charts, with the keys that move it, or take it away."""
        charts = self.query_one(Charts)
        charts.toggle_cursor()
        if charts.cursor is not None:
            self.show_area("charts")
            charts.focus()
        elif not self.book.runs:
            self.say("No curves yet.")

    def action_cursor_left(self) -> None:
        """Move the cursor to the left."""
        self.query_one(Charts).move_cursor(-1)

    def action_cursor_right(self) -> None:
        """Move the cursor to the right."""
        self.query_one(Charts).move_cursor(1)

    def action_far_left(self) -> None:
        """Move the cursor far to the left; without one, look further left."""
        self._move_far(-1)

    def action_far_right(self) -> None:
        """Move the cursor far to the right; without one, look further right."""
        self._move_far(1)

    def _move_far(self, direction: int) -> None:
        charts = self.query_one(Charts)
        if charts.cursor is None:
            charts.pan(direction * _PAN)
        else:
            charts.move_cursor(direction * _FAR)

    # --- Baselines -------------------------------------------------------------------------------------------------

    @cached_property
    def _baselines(self) -> dict[_Split, Levels | None]:
        """What is known by data set and seed; None while it is being computed."""
        return {}

    def action_baselines(self) -> None:
        """Draw what is reached without hidden layers, or no longer."""
        self._with_baselines = not self._with_baselines
        if self._with_baselines and not self.book.runs:
            self.say("Baselines appear with the first run.")
        self.show_baselines()

    def show_baselines(self) -> None:
        """Draw the baselines of the selected run's data where they are wanted; ask its engine for them once."""
        charts, selected = self.query_one(Charts), self.selected
        if not self._with_baselines or selected is None:
            charts.levels = ()
            return
        experiment = selected.run.experiment
        part = selected.run.checked_part  # the one whose curves they are held against
        split = (experiment.dataset, experiment.split, part, experiment.seed, experiment.output)
        charts.levels = self._baselines.get(split) or ()
        if split not in self._baselines:
            self._baselines[split] = None
            selected.run.ask(Baselines(part), partial(self._tell_baselines, split))

    def _tell_baselines(self, split: _Split, answer: object) -> None:
        """Pass what an engine has told on to the screen; called in another thread."""
        self.post_message(self.BaselinesKnown(split, answer))

    @on(BaselinesKnown)
    def _baselines_known(self, event: BaselinesKnown) -> None:
        if isinstance(event.answer, BaselinesReached):
            self._baselines[event.split] = tuple(
                (each.name, math.nan if each.cost is None else each.cost, each.accuracy)
                for each in event.answer.baselines
            )
        else:
            del self._baselines[event.split]  # another run may know
            self._with_baselines = False
            self.say(f"No baselines: {event.answer}", severity="warning")
        self.show_baselines()

    # --- Smoothing -------------------------------------------------------------------------------------------------

    def action_smoother(self) -> None:
        """Smooth over the next longer window."""
        charts = self.query_one(Charts)
        charts.smoothing = next((value for value in _SMOOTHINGS if value > charts.smoothing), _SMOOTHINGS[-1])
        self.show_smoothing()

    def action_rougher(self) -> None:
        """Smooth over the next shorter window."""
        charts = self.query_one(Charts)
        charts.smoothing = next((value for value in reversed(_SMOOTHINGS) if value < charts.smoothing), 0)
        self.show_smoothing()

    def show_smoothing(self) -> None:
        """Say over how many iterations curves are smoothed."""
        window = self.query_one(Charts).smoothing
        said = f"smoothing {window:,}" if window else "no smoothing"
        self.query_one("#smoothing", Label).update(Content(said))
