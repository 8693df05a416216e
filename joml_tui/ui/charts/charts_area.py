"""The area of charts: curves of runs, baselines, and the diagnosis of the selected run."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from msgspec import structs
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from joml_tui.experiment import (
    DatasetShape,
    DatasetSpec,
    Experiment,
    OutputSpec,
    SplitSpec,
    better_of,
    cost_unit_of,
    metric_name,
    metrics_of,
    one_line_name,
)
from joml_tui.inspect.baseline_scores import Baselines, BaselinesReached
from joml_tui.inspect.data_preview import DataPreview
from joml_tui.inspect.health_report import Health, HealthReport
from joml_tui.names import metric_title
from joml_tui.reports.sentences.curve_sentences import describe_curves, tabulate_curves
from joml_tui.runs.diagnosis import diagnose_run
from joml_tui.runs.history import CheckedPart, History
from joml_tui.runs.history_blocks import METRIC
from joml_tui.runs.run import RunState
from joml_tui.runs.seed_groups import mean_history
from joml_tui.runs.short_labels import short_labels
from joml_tui.ui import text
from joml_tui.ui.ask_run import asked
from joml_tui.ui.charts.chart_pair import Charts
from joml_tui.ui.charts.chart_series import ChartedRun
from joml_tui.ui.charts.x_axis import UNITS
from joml_tui.ui.compose.first_look import FirstLook
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.runs.diagnoses import Diagnoses
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.shell.frames import area_title, joined, key_link, link
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.static_text import StaticText

_PAN = 0.25  # of the visible section
_FAR = 10
#: Most runs that are described in words.
_MOST_DESCRIBED = 8
#: Number of groups whose means are kept.
_MOST_MEANS = 16
_SMOOTHINGS = (0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)

#: The settings that baselines depend on; the output layer decides whether their cost is comparable.
_Split = tuple[DatasetSpec, SplitSpec, CheckedPart, int, OutputSpec]
Levels = tuple[tuple[str, float, float], ...]


class ChartsArea(Vertical):
    """The charts of the selected, marked and live runs.

    Parameters
    ----------
    session : Session
    diagnoses : Diagnoses
    arrangement : Arrangement
    """

    class Diagnosed(Message):
        """A message: the findings on a run have changed."""

    class BaselinesComputed(Message):
        """A message: the baselines of a data set and seed, or why there are none; posted in another thread."""

        def __init__(self, split: _Split, answer: object) -> None:
            super().__init__()
            self.split, self.answer = split, answer

    def __init__(self, session: Session, diagnoses: Diagnoses, arrangement: Arrangement, *, id: str) -> None:
        super().__init__(id=id)
        self.diagnoses = diagnoses
        self._session, self._arrangement = session, arrangement
        self._selected: LabRun | None = None
        self._charted: list[tuple[str, bool, str]] = []
        self._shown: list[LabRun] = []
        """The runs with curves, the selected one first."""
        self._means: dict[tuple[int, ...], tuple[list[History], History]] = {}
        """The means of groups by their histories, which are kept so that no other has the same identity."""
        self._with_baselines = False
        self._baselines: dict[_Split, Levels | None] = {}
        """By data set and seed; None while they are being computed."""

    def compose(self) -> ComposeResult:
        """Put the finding above the charts."""
        yield StaticText(id="finding")
        yield FirstLook(id="first-look")
        yield Charts(id="charts")

    def on_mount(self) -> None:
        """Show the settings of the curves, and the data until there are curves."""
        self._show_settings()
        self._show_first_look()

    def take_keys(self) -> None:
        """Focus the charts."""
        self.screen.set_focus(self._charts if self._charts.focusable else None)

    @property
    def _charts(self) -> Charts:
        return self.query_one(Charts)

    # --- Which curves ----------------------------------------------------------------------------------------------

    def show(self, selected: LabRun | None) -> None:
        """Chart the selected, marked and live runs, and show the finding on the selected one."""
        self._selected = selected
        self.show_finding()
        shown = [entry for entry in self._session.runs if entry is selected or entry.marked or entry.live]
        shown.sort(key=lambda entry: entry is not selected)  # the selected run is in front
        labels = _labels(shown)
        curves = self._curves_of(shown, labels)
        self._shown = [entry for entry in shown if entry.run.history is not None]
        # The same curves again would only cost a frame; a history changes when its run ends.
        charted = [
            (curve.key, curve.live, f"{curve.watched} {curve.label} {curve.task} {curve.mark}{id(curve.history)}")
            for curve in curves
        ]
        if charted != self._charted:
            self._charted = charted
            self._charts.show(curves)
            self._show_settings()
            self._show_first_look()
        self._show_baselines()

    def _curves_of(self, shown: Sequence[LabRun], labels: Mapping[str, str]) -> list[ChartedRun]:
        """Return the data of runs for the charts; ended runs of a closed group are one curve, with their spread."""
        groups: dict[str, list[LabRun]] = {}
        for entry in shown:
            members = self._members_of(entry)
            groups.setdefault(members[0].key if len(members) > 1 else entry.key, members)
        named = _labels_of_groups(list(groups.values()), labels)
        curves = (
            self._group_curve(members, named[key]) if len(members) > 1 else _curve_of(members[0], named[key])
            for key, members in groups.items()
        )
        return [curve for curve in curves if curve is not None]

    def _members_of(self, entry: LabRun) -> list[LabRun]:
        """Return the ended runs that are one curve with this one."""
        session = self._session
        if not session.grouped or entry.group in session.opened:
            return [entry]
        members = [each for each in session.runs if not each.live and each.run.history is not None]
        members = [each for each in members if each.group == entry.group]
        return members if entry in members else [entry]

    def _group_curve(self, members: Sequence[LabRun], label: str) -> ChartedRun:
        """Return the mean and the spread of runs as one curve; it is computed once."""
        histories = [each.run.history for each in members if each.run.history is not None]
        scales = [each.run.cost_scale for each in members if each.run.history is not None]
        scales = [] if None in scales else scales
        key = tuple(map(id, histories))
        if key not in self._means:
            mean = mean_history(histories, scales)
            self._means = {key: (histories, mean)} | dict(list(self._means.items())[: _MOST_MEANS - 1])
        first = _curve_of(members[0], "")
        assert first is not None  # it has a history
        return replace(
            first,
            label=label,
            history=self._means[key][1],
            mark="",
            members=len(members),
            cost_scale=first.cost_scale if scales else None,
        )

    def look(self, experiment: Experiment | None, shape: DatasetShape | None, parameters: int | None) -> None:
        """Show the composed experiment in the charts' place until there are curves; nothing for None."""
        first_look = self.query_one(FirstLook)
        if experiment is None or shape is None:
            first_look.forget()
        else:
            first_look.show(experiment, shape, parameters)

    def show_obstacle(self, obstacle: str) -> None:
        """Say in the charts' place what prevents the composed experiment's training; nothing for ""."""
        self.query_one(FirstLook).show_obstacle(obstacle)

    def show_preview(self, preview: DataPreview | None) -> None:
        """Draw the composed experiment's data in the charts' place until there are curves."""
        self.query_one(FirstLook).show_preview(preview)

    def _show_first_look(self) -> None:
        self.query_one(FirstLook).display = not self._charted
        self._charts.display = bool(self._charted)

    def wake(self) -> None:
        """Update charts that changed while the area was hidden."""
        for charts in self.query(Charts):
            charts.wake()

    def describe(self) -> list[str]:
        """Return both charts as sentences on each run and tables of the selected one, a line each."""
        if not self._shown:
            return ["Charts: no curves yet."]
        lines: list[str] = []
        labels = _labels(self._shown)
        for title, figure in (("First chart", "cost"), ("Second chart", self._charts.shown_figure)):
            runs = self._shown[:_MOST_DESCRIBED]
            sentences = (describe_curves(run.run, labels[run.key], figure) for run in runs)
            lines += [f"{title}:", *(each for about in sentences for each in about)]
            if len(self._shown) > _MOST_DESCRIBED:
                lines.append(f"And {len(self._shown) - _MOST_DESCRIBED:,} more runs.")
            lines += ["", *tabulate_curves(runs[0].run, figure), ""]
        warning = str(self.diagnoses.warning_of(self._selected))
        return [*lines, warning] if warning else lines[:-1]

    @property
    def iteration(self) -> int | None:
        """The iteration of the run in front; None without curves."""
        return self._shown[0].run.iteration if self._shown else None

    # --- How they are drawn ----------------------------------------------------------------------------------------

    def action_log_cost(self) -> None:
        """Toggle the logarithmic axis of the cost."""
        self._charts.log_cost = not self._charts.log_cost
        self._show_settings()

    def action_log_error(self) -> None:
        """Toggle between the accuracy and the error on a logarithmic axis."""
        self._charts.log_error = not self._charts.log_error

    def action_next_metric(self) -> None:
        """Show the next metric of the runs in the second chart; after the last one the score."""
        figures = self._charts.figures
        if len(figures) == 1:
            say(self, "These runs measure no metrics; add some in all settings.")
        self._charts.figure = figures[(figures.index(self._charts.shown_figure) + 1) % len(figures)]
        self._show_settings()

    def _show_settings(self) -> None:
        """Show the settings of the curves in the frame's title, where a click changes them."""
        if not self._charted:
            self.border_title = joined(area_title("charts"), "the data")
            return
        charts = self._charts
        smoothing = f"smoothing {charts.smoothing:,}" if charts.smoothing else "no smoothing"
        parts = [
            key_link("logarithmic cost" if charts.log_cost else "linear cost", "log-cost"),
            Content.assemble(link("−", "rougher"), f" {smoothing} ", link("+", "smoother")),
        ]
        if len(charts.figures) > 1:
            figure = charts.shown_figure
            name = metric_title(figure.removeprefix(METRIC)) if figure.startswith(METRIC) else "none"
            parts.append(key_link(text.plain(f"metric: {name}", 40), "next-metric"))
        self.border_title = joined(area_title("charts"), *parts)

    def action_unit(self) -> None:
        """Change the unit of the horizontal axis: iterations, epochs or seconds."""
        self._charts.unit = UNITS[(UNITS.index(self._charts.unit) + 1) % len(UNITS)]

    def action_smooth(self, steps: int) -> None:
        """Smooth over the next longer window, or the next shorter one."""
        present = self._charts.smoothing
        longer = [window for window in _SMOOTHINGS if window > present] or [_SMOOTHINGS[-1]]
        shorter = [window for window in _SMOOTHINGS if window < present] or [0]
        self._charts.smoothing = longer[0] if steps > 0 else shorter[-1]
        self._show_settings()

    def smooth_over(self, window: int) -> None:
        """Smooth over a window of iterations."""
        self._charts.smoothing = window
        self._show_settings()

    # --- The part in view, and the cursor in it --------------------------------------------------------------------

    def action_zoom(self, factor: float) -> None:
        """Show a part longer by a factor, below 1 shorter."""
        self._charts.zoom(factor)

    def action_whole(self) -> None:
        """Show the curves whole."""
        self._charts.show_whole()

    def action_pan(self, direction: int) -> None:
        """Look further right, or further left."""
        self._charts.pan(direction * _PAN)

    def action_cursor(self) -> None:
        """Show the cursor and focus the charts, or hide it."""
        self._charts.toggle_cursor()
        if self._charts.cursor is not None:
            self._arrangement.show("charts")
            self._charts.focus()
        elif not self._session.runs:
            say(self, "No curves yet.")

    def action_move_cursor(self, direction: int) -> None:
        """Move the cursor to the right, or to the left."""
        self._charts.move_cursor(direction)

    def action_move_far(self, direction: int) -> None:
        """Move the cursor far; without one, look further."""
        if self._charts.cursor is None:
            self.action_pan(direction)
        else:
            self._charts.move_cursor(direction * _FAR)

    def point_at(self, iteration: int) -> None:
        """Put the cursor at an iteration of the selected run."""
        self._charts.point_at(iteration)

    # --- Baselines -------------------------------------------------------------------------------------------------

    def action_baselines(self) -> None:
        """Show or hide the baselines."""
        self._with_baselines = not self._with_baselines
        if self._with_baselines and not self._session.runs:
            say(self, "Baselines appear with the first run.")
        self._show_baselines()

    def _show_baselines(self) -> None:
        """Draw the baselines of the selected run's data if requested; ask its engine for them once."""
        selected = self._selected
        if not self._with_baselines or selected is None:
            self._charts.levels = ()
            return
        experiment = selected.run.experiment
        part = selected.run.checked_part  # the part of the curves
        split = (experiment.dataset, experiment.split, part, experiment.seed, experiment.output)
        self._charts.levels = self._baselines.get(split) or ()
        if split not in self._baselines:
            self._baselines[split] = None
            selected.run.ask(Baselines(part), partial(self._tell_baselines, split))

    def _tell_baselines(self, split: _Split, answer: object) -> None:
        """Pass an engine's baselines on to the screen; called in another thread."""
        self.post_message(self.BaselinesComputed(split, answer))

    @on(BaselinesComputed)
    def _baselines_computed(self, event: BaselinesComputed) -> None:
        event.stop()
        if isinstance(event.answer, BaselinesReached):
            self._baselines[event.split] = tuple(
                (each.name, math.nan if each.cost is None else each.cost, each.accuracy)
                for each in event.answer.baselines
            )
        else:
            del self._baselines[event.split]  # another run may know
            self._with_baselines = False
            say(self, f"No baselines: {event.answer}", severity="warning")
        self._show_baselines()

    # --- Findings --------------------------------------------------------------------------------------------------

    def show_finding(self) -> None:
        """Show the finding on the selected run, and start an update of it."""
        warning = self.diagnoses.warning_of(self._selected)
        line = self.query_one("#finding", StaticText)
        line.say(warning)
        if line.has_class("shown") != bool(warning):
            line.set_class(bool(warning), "shown")
        if self._selected is not None and self.diagnoses.begin(self._selected, time.monotonic()):
            self._diagnose(self._selected)

    @in_worker(group="diagnose")
    async def _diagnose(self, lab_run: LabRun) -> None:
        run = lab_run.run
        try:
            answer = await asked(run, Health())
            health = answer if isinstance(answer, HealthReport) else None
            findings = await in_background(diagnose_run, run, health)
        finally:
            self.diagnoses.end(time.monotonic())
        if self.diagnoses.replace(lab_run, findings):
            self.post_message(self.Diagnosed())
        self.show_finding()  # meanwhile the run may have ended, or another run may have been selected
        # The line is as the area is about to be: at the end of a short run it may have been brought up a moment ago.
        shown = all(node.display for node in self.ancestors_with_self)
        in_sight = shown and self.screen.is_current and lab_run is self._selected
        for finding in self.diagnoses.take_untold(lab_run):
            if not in_sight and finding.kind != "diverged":  # reported at the run's end
                say(self, finding.what, severity="warning", title=lab_run.label)


def _labels(shown: Sequence[LabRun]) -> dict[str, str]:
    """Return the runs' labels by key: of several runs without names of their own, what tells them apart."""
    labels = {entry.key: entry.label for entry in shown}
    names = [entry.name for entry in shown]
    alike = [
        entry
        for entry in shown
        if entry.name in ("", one_line_name(entry.run.experiment)) or names.count(entry.name) > 1
    ]
    if len(shown) > 1:
        different = short_labels([(entry.run.experiment, entry.run.architecture) for entry in alike])
        for entry, difference in zip(alike, different, strict=True):
            labels[entry.key] = f"{text.plain(difference, 24)} #{entry.number}{entry.parting}".strip()
    return labels


def _labels_of_groups(groups: Sequence[Sequence[LabRun]], labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels of groups by their first runs' keys; a single run has its own label."""
    experiments = [(structs.replace(group[0].run.experiment, seed=0), group[0].run.architecture) for group in groups]
    different = short_labels(experiments) if len(groups) > 1 else [groups[0][0].run.architecture] if groups else []
    return {
        group[0].key: f"{text.plain(name, 24)} ×{len(group)}, mean ± spread (n-1)"
        if len(group) > 1
        else labels[group[0].key]
        for group, name in zip(groups, different, strict=True)
    }


def _curve_of(entry: LabRun, label: str) -> ChartedRun | None:
    """Return a run's data for the charts; None before it has a series."""
    run = entry.run
    if run.history is None:
        return None
    return ChartedRun(
        key=entry.key,
        label=label,
        colour_index=entry.colour_index,
        history=run.history,
        live=entry.live,
        mark=text.plain(run.message, 60) if run.state is RunState.DIVERGED else "",
        parted_at=run.forked_from[1] if run.forked_from else 0,
        task=run.task,
        cost_unit=cost_unit_of(run.experiment),
        cost_scale=run.cost_scale,
        watched=entry.live and run.pace is not None,
        lower_is_better=frozenset(
            metric_name(each) for each in metrics_of(run.experiment) if better_of(each) == "lower"
        ),
    )
