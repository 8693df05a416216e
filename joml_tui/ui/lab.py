"""The lab's one screen: compose, charts and runs, and what each action does."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import ScreenResume
from textual.geometry import Size
from textual.message import Message
from textual.widgets import Button, DataTable, Label

from joml.statistics.metrics import SCORE_NAMES
from joml_tui.experiment import Experiment
from joml_tui.runs.run import Run, RunState, prewarm
from joml_tui.runs.run_record import Part
from joml_tui.ui import actions, text
from joml_tui.ui.areas import AREAS
from joml_tui.ui.charts import ChartedRun, Charts
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.compose.preset_choices import describe_dataset, describe_optimizer
from joml_tui.ui.deferred_calls import call_after_paint, call_every
from joml_tui.ui.dialogs.failure_dialog import FailureDialog
from joml_tui.ui.fork.live_settings import describe_changes
from joml_tui.ui.handlers.base import Tab
from joml_tui.ui.handlers.comparing import ComparingHandlers
from joml_tui.ui.handlers.composing import ComposingHandlers
from joml_tui.ui.handlers.diagnosing import DiagnosingHandlers
from joml_tui.ui.handlers.keeping import KeepingHandlers
from joml_tui.ui.handlers.living import LivingHandlers
from joml_tui.ui.handlers.looking import LookingHandlers
from joml_tui.ui.handlers.queueing import QueueCount, QueueingHandlers
from joml_tui.ui.handlers.recording import RecordingHandlers
from joml_tui.ui.handlers.runs import RunsHandlers
from joml_tui.ui.handlers.teaching import TeachingHandlers
from joml_tui.ui.handlers.travelling import TravellingHandlers
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.queue.queue import Queue
from joml_tui.ui.run_history.recording import Recording
from joml_tui.ui.runs.filter_line import FilterLine
from joml_tui.ui.runs.progress_line import Progress
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.splitter import Splitter
from joml_tui.ui.terminal_traits import traits
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.widgets.static_text import StaticText

#: How often the screen asks live runs how far they are; over SSH a frame costs more than it tells.
_SECONDS_A_LOOK, _SECONDS_A_QUIET_LOOK = 0.4, 1.0
#: Beneath a dialog a frame is painted twice, dimmed and whole: one of so many looks is taken.
_LOOKS_BENEATH = 4

_BUTTONS = ("train", "pause", "step", "stop")


class Lab(
    QueueingHandlers,
    TravellingHandlers,
    RecordingHandlers,
    DiagnosingHandlers,
    RunsHandlers,
    ComparingHandlers,
    LookingHandlers,
    ComposingHandlers,
    TeachingHandlers,
    KeepingHandlers,
    LivingHandlers,
):
    """Compose at the left, charts at the right, runs beneath; a small terminal shows one of them at a time."""

    AUTO_FOCUS = ""
    BINDINGS = [*actions.bindings("lab")]

    class RunChanged(Message):
        """A run came to another point of its life; posted from its thread."""

        def __init__(self, run: Run) -> None:
            super().__init__()
            self.run = run

    def __init__(self, experiment: Experiment, preset: str = "", store: Path | None = None) -> None:
        super().__init__()
        self.book = Session()
        self.queue = Queue()
        self.diagnoses = {}
        self.recording = Recording(
            store,
            on_trouble=lambda said: self.post_message(self.Recorded(said)),
            on_recovery=lambda said: self.post_message(self.Recorded(said, recovered=True)),
            on_open=lambda: self.post_message(self.Recorded()),
        )
        self._experiment, self._preset = experiment, preset
        self._charted: list[tuple[str, bool, str]] = []
        self._looks = 0

    def expect(self, size: Size) -> None:
        """Take the classes of a terminal of this size: changed later, they style the whole tree anew."""
        self.update_classes(self.classes_of(size), update=False)

    def compose(self) -> ComposeResult:
        """Put the areas into one tree; the style sheets place them."""
        with Horizontal(id="tabs"):
            yield Label("JOML", id="product")
            for place, area in enumerate(AREAS, start=1):
                yield Tab(f"{place} {area.capitalize()}", area, active=place == 1)
        with Horizontal(id="work"):
            yield ComposeArea(self._experiment, self._preset, id="compose")
            with Splitter(id="charts-area"):
                with Horizontal(id="chart-settings"):
                    yield Button("Cost: linear", id="log-cost", compact=True)
                    yield Button("−", id="rougher", compact=True)
                    yield Label("", id="smoothing")
                    yield Button("+", id="smoother", compact=True)
                yield StaticText(id="finding")
                yield Charts(id="charts")
            yield InsideArea(self._composed, id="inside")
        with Vertical(id="runs-area"):
            yield FilterLine(id="filter-line")
            yield RunsTable(id="runs")
            with Horizontal(id="run-line"):
                yield StaticText(id="settings-line")
                with Horizontal(id="export-buttons"):
                    yield Button("Export run", id="export-run", compact=True)
                    yield Button("Export table", id="export-table", compact=True)
        with Horizontal(id="transport"):
            for name in _BUTTONS:
                yield Button(actions.BY_ID[name].label, id=name, compact=True)
            yield Progress(id="progress")
            yield QueueCount("", id="queue-count", markup=False)
        yield KeyFooter()

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Come into sight, styled already: a theme chosen meanwhile, or another size, has styled it beneath."""
        event.refresh_styles = False
        for charts in self.query(Charts):
            charts.wake()

    def on_mount(self) -> None:
        """Begin with the composed network in view and nothing to look after."""
        for button in self.query(Button):
            action = actions.BY_ID.get(button.id or "")
            if action is not None:
                button.can_focus = False
                button.tooltip = Content(action.help)
        seconds = _SECONDS_A_QUIET_LOOK if traits().quiet else _SECONDS_A_LOOK
        self._timer = call_every(self, seconds, self._look, paused=True)
        self.move_in()
        self.show_smoothing()
        self.show_selected()
        self.show_queue()
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)
        call_after_paint(self, prewarm)
        call_after_paint(self, self.recording.open)

    # --- What happens to runs --------------------------------------------------------------------------------------

    def tell(self, run: Run) -> None:
        """Pass a change of a run's life on to the screen; called in the run's thread."""
        self.post_message(self.RunChanged(run))

    @on(RunChanged)
    def _run_changed(self, event: RunChanged) -> None:
        lab_run = self.book.of(event.run)
        if event.run.state.ended:
            self.book.thin_snapshots()
        if lab_run is not None:
            self.run_changed(lab_run)
            self._announce(lab_run)
        # Also when a run that was deleted has ended.
        self.advance_queue()

    def _announce(self, lab_run: LabRun) -> None:
        run = lab_run.run
        if not run.state.ended or lab_run.announced:
            return
        lab_run.announced = True
        if run.state is RunState.FAILED and self.queue.of(run) is not None:
            # A dialog for each would be in the way of those that follow.
            self.say(text.sentence(run.message or "The run failed."), severity="error", title=f"{lab_run.label} failed")
        elif run.state is RunState.FAILED:
            open_screen(self, FailureDialog(f"{lab_run.label} failed", run.message or "The run failed.", run.details))
        elif run.state is RunState.DIVERGED:
            self.say(
                f"{text.sentence(run.message or 'diverged')}. A smaller learning rate is the usual remedy.",
                severity="warning",
                title=lab_run.label,
            )

    def stop_all(self) -> None:
        """End all runs, before the lab is left."""
        self._timer.stop()
        self.queue.clear()
        self.book.stop_all()

    # --- Looking at runs -------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Bring what live runs show up to date; nothing is drawn where nothing changed."""
        self._looks += 1
        if self.app.screen is not self and self._looks % _LOOKS_BENEATH:
            return
        live = self.book.live
        table = self.query_one(RunsTable)
        for lab_run in live:
            table.show_run(lab_run)
        self._show_line()
        self._show_progress()
        self.show_finding()
        if not live:
            self._timer.pause()

    def run_changed(self, lab_run: LabRun) -> None:
        """Follow a change of a run's life: its row, its curves, the buttons, the timer."""
        table = self.query_one(RunsTable)
        table.show_run(lab_run)
        if not lab_run.live:
            table.rearrange(self.book.runs)
        self.show_selected()
        if self.book.live:
            self._timer.resume()
        else:
            self._timer.pause()

    def runs_removed(self) -> None:
        """Follow that there are fewer runs than before: the queue may go on."""
        self.advance_queue()

    @on(DataTable.RowHighlighted)
    def _row_selected(self) -> None:
        self.show_selected()

    @on(DataTable.RowSelected)
    def _row_entered(self) -> None:
        self.action_mark()

    def show_selected(self) -> None:
        """Show everything that depends on which run is selected, and on its state."""
        selected, driven = self.selected, self.driven
        self._show_line()
        self.query_one("#pause", Button).label = "Resume" if driven is not None and not driven.training else "Pause"
        for name in ("pause", "stop"):
            self.query_one(f"#{name}", Button).disabled = driven is None
        for name in ("export-run", "export-table"):
            self.query_one(f"#{name}", Button).disabled = selected is None
        self._show_progress()
        self.show_finding()
        self.show_charts()
        self.query_one(InsideArea).show_run(selected)

    def _composed(self) -> Experiment | None:
        """Return the composed experiment as far as the entries tell, without asking the data set."""
        return self.query_one(ComposeArea).draft.read().experiment

    def _show_line(self) -> None:
        selected = self.selected
        if selected is not None:
            line = _settings(selected, self.warning_of(selected), self.said_of_record(selected))
        elif self.book.runs:
            line = f"No run of {len(self.book.runs):,} matches the filter; Esc in the table shows all."
        else:
            none = f"No runs yet; press {actions.key_of('benchmark')} to train the article's three networks"
            line = " · ".join(part for part in (none, self.said_of_earlier) if part)
        self.query_one("#settings-line", StaticText).say(line)

    def _show_progress(self) -> None:
        self.query_one(Progress).show(
            self.driven or self.selected, f"Press {actions.key_of('train')} to train this network"
        )

    def show_charts(self) -> None:
        """Chart the selected run, the marked ones and those alive."""
        selected = self.selected
        shown = [entry for entry in self.book.runs if entry is selected or entry.marked or entry.live]
        shown.sort(key=lambda entry: entry is not selected)  # the selected run lies on top
        curves = [
            ChartedRun(
                key=entry.key,
                label=entry.label,
                colour_index=entry.number - 1,
                history=entry.run.history,
                live=entry.live,
                mark=text.plain(entry.run.message, 60) if entry.run.state is RunState.DIVERGED else "",
                parted_at=entry.run.forked_from[1] if entry.run.forked_from else 0,
                task=entry.run.task,
            )
            for entry in shown
            if entry.run.history is not None
        ]
        # The same curves again would only cost a frame; a history changes when its run ends.
        charted = [
            (curve.key, curve.live, f"{curve.label} {curve.task} {curve.mark}{id(curve.history)}") for curve in curves
        ]
        if charted != self._charted:
            self._charted = charted
            self.query_one(Charts).show(curves)
        self.show_baselines()

    def _theme_changed(self, _theme: object) -> None:
        self.query_one(RunsTable).repaint_runs(self.book.runs)

    @on(Button.Pressed)
    async def _button(self, event: Button.Pressed) -> None:
        action = actions.BY_ID.get(event.button.id or "")
        if action is not None:
            await self.run_action(action.handler)


def _settings(lab_run: LabRun, warning: str, measured: str) -> str:
    """Write a run's settings in one line with what they became; where there is room, what came of it in others."""
    run = lab_run.run
    experiment = run.experiment
    parts = [
        text.plain(lab_run.note, 80),
        text.plain(" ".join(f"#{tag}" for tag in lab_run.tags), 60),
        text.plain(experiment.name, 40),
        text.plain(describe_dataset(experiment.dataset), 40),
        text.plain(describe_optimizer(experiment.optimizer), 40) + describe_changes(run, "learning_rate"),
        f"batch {experiment.batch_size}",
        f"{experiment.epochs:,}{describe_changes(run, 'epochs')} epochs",
        f"seed {experiment.seed}",
    ]
    record = run.record
    checked: list[Part] = ["validation"] if record.validation_cost is not None else []
    checked += ["test"] if record.test_cost is not None or not checked else []
    costs = ", ".join(f"{part} {text.cost(record.figure(part, 'cost'))}" for part in checked)
    scores = ", ".join(f"{part} {text.score(record.figure(part, 'accuracy'), run.task)}" for part in checked)
    result = [
        text.plain(run.message, 200) or run.state.value,
        f"cost {text.cost(record.train_cost)} ({costs})",
        f"{SCORE_NAMES[run.task]} {text.score(record.train_accuracy, run.task)} ({scores})",
    ]
    if run.iteration:
        result += [
            f"{text.count(run.parameter_count)} parameters",
            f"iteration {text.count(run.iteration)}",
            f"{text.rate(run.steps_per_second)} steps/s",
            text.duration(run.seconds),
        ]
    result.append(measured)
    lines = [" · ".join(part for part in line if part) for line in (parts, result)]
    return "\n".join([*lines, warning] if warning else lines)
