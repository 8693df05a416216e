"""The lab's main screen, which arranges the areas and passes events between them."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isawaitable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.actions import parse
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click, MouseDown, MouseMove, Resize, ScreenResume
from textual.geometry import Size
from textual.widgets import Button

from joml_tui.experiment import Experiment
from joml_tui.runs.run import prewarm
from joml_tui.ui import actions
from joml_tui.ui.charts.chart_pair import Charts
from joml_tui.ui.charts.charts_area import ChartsArea
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.compose.file_control import FileControl
from joml_tui.ui.deferred_calls import call_after_paint, call_every
from joml_tui.ui.fork.fork_control import ForkControl
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.lessons.lesson_control import LessonControl
from joml_tui.ui.queue.queue import Queue
from joml_tui.ui.queue.queue_control import QueueControl
from joml_tui.ui.replay.replay_control import ReplayControl
from joml_tui.ui.run_history.history_control import HistoryControl
from joml_tui.ui.runs.annotation_control import AnnotationControl
from joml_tui.ui.runs.diagnoses import Diagnoses
from joml_tui.ui.runs.export_control import ExportControl
from joml_tui.ui.runs.pace_control import PaceControl
from joml_tui.ui.runs.recording import Recording
from joml_tui.ui.runs.run_control import RunChanged, RunControl
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.runs.session import Session
from joml_tui.ui.runs.transport import Transport
from joml_tui.ui.shell.area_tabs import AreaTabs
from joml_tui.ui.shell.areas import AREAS, TALL, VERY_TALL, WIDE
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.shell.border_control import BorderControl
from joml_tui.ui.shell.frames import area_title, joined, key_link
from joml_tui.ui.shell.shell_control import ShellControl
from joml_tui.ui.terminal_traits import traits
from joml_tui.ui.textual_compat import QuietBeneathScreen
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.words.words_control import WordsControl

if TYPE_CHECKING:
    from joml_tui.ui.app import LabApp

#: Seconds between updates of live runs; longer over SSH, where frames are expensive.
_SECONDS_A_LOOK, _SECONDS_A_QUIET_LOOK = 0.4, 1.0
#: Below a dialog only one of this many updates is done, because each frame is painted twice.
_LOOKS_BENEATH = 4


class Lab(QuietBeneathScreen):
    """The main screen: compose on the left, charts on the right, runs below; a small terminal shows one at a time.

    Attributes
    ----------
    session : Session
        All runs of the session.
    queue : Queue
        The experiments that wait for their turn.
    recording : Recording
        The record of the runs in the store.
    owners : mapping of str
        The owners of actions, by the names at the start of their handlers.
    """

    AUTO_FOCUS = ""
    BINDINGS = [*actions.bindings("lab"), Binding("escape", "stop_reading", "Stop reading", show=False)]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall"), (VERY_TALL, "-very-tall")]

    app: LabApp

    def __init__(self, experiment: Experiment, preset: str = "", store: Path | None = None) -> None:
        super().__init__()
        self.session, self.queue, self.recording = Session(), Queue(), Recording(store)
        diagnoses = Diagnoses()
        self.arrangement = arrangement = Arrangement(self)
        self._borders = BorderControl(arrangement)
        self.compose_area = compose = ComposeArea(experiment, preset, arrangement, id="compose")
        self.charts_area = ChartsArea(self.session, diagnoses, arrangement, id="charts-area")
        self.inside_area = InsideArea(
            lambda: (compose.draft.read().experiment, compose.draft.ends),
            arrangement,
            lambda: self.app.painted,
            id="inside",
        )
        self.runs_area = runs = RunsArea(self.session, self.recording, diagnoses, arrangement, id="runs-area")
        self.transport = Transport(id="transport")
        self.pace_control = pace = PaceControl(compose, runs, arrangement)
        self.run_control = training = RunControl(self.session, compose, runs, arrangement, pace)
        self.replay = ReplayControl(runs, self.charts_area, self.inside_area, arrangement)
        self.queue_control = QueueControl(
            self.queue, self.session, compose, runs, self.transport, training, arrangement
        )
        self.owners: Mapping[str, object] = {
            "areas": arrangement,
            "charts": self.charts_area,
            "compose": compose,
            "export": ExportControl(self.session, runs),
            "files": FileControl(compose, arrangement),
            "fork": ForkControl(self.session, compose, runs, training, arrangement),
            "history": HistoryControl(self.session, self.recording, runs, training, pace, arrangement),
            "inside": self.inside_area,
            "lessons": LessonControl(compose, runs, arrangement),
            "notes": AnnotationControl(runs),
            "pace": pace,
            "queue": self.queue_control,
            "replay": self.replay,
            "runs": runs,
            "shell": ShellControl(arrangement),
            "training": training,
            "words": WordsControl(self.charts_area, self.inside_area, arrangement),
        }
        self._looks = 0

    def compose(self) -> ComposeResult:
        """Put the areas into one tree; the style sheets place them."""
        for area, widget in zip(
            AREAS, (self.compose_area, self.charts_area, self.runs_area, self.inside_area), strict=True
        ):
            widget.add_class("framed")
            widget.border_title = area_title(area)
        beginnings = (key_link(*each) for each in (("preset", "preset"), ("file", "open-file"), ("network", "network")))
        self.compose_area.border_title = joined(area_title("compose"), *beginnings)
        yield AreaTabs(id="tabs")
        with Horizontal(id="work"):
            yield self.compose_area
            yield self.charts_area
            yield self.inside_area
        yield self.runs_area
        yield self.transport
        yield KeyFooter()

    def on_mount(self) -> None:
        """Start with the composed network in view."""
        for button in self.query(Button):
            action = actions.BY_ID.get(button.id or "")
            if action is not None:
                button.can_focus = False
                button.tooltip = Content(action.help)
        self.arrangement.lay_out(self.app.size)  # before the first layout, and not only when the size is reported
        seconds = _SECONDS_A_QUIET_LOOK if traits().quiet else _SECONDS_A_LOOK
        self._timer = call_every(self, seconds, self._look, paused=True)
        self.charts_area.smooth_over(self.app.settings.smoothing)
        self.pace_control.show_speed()
        self.show_selected()
        self.queue_control.advance()
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)
        self.watch(self, "focused", self.arrangement.mark_area_in_use)
        if self.app.shows_tour:
            call_after_paint(self, self.run_action, actions.request_of(actions.BY_ID["tour"]))
        call_after_paint(self, prewarm)
        call_after_paint(self, self.recording.open)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Show the screen without restyling it: changes of theme and size have already styled it."""
        event.refresh_styles = False
        self.charts_area.wake()

    def _theme_changed(self, _theme: object) -> None:
        self.runs_area.repaint_runs()

    # --- Actions ---------------------------------------------------------------------------------------------------

    async def action_perform(self, action_id: str) -> None:
        """Run an action of the table by its owner."""
        owner, method, arguments = parse(actions.BY_ID[action_id].handler)
        done = getattr(self.owners[owner], f"action_{method}")(*arguments)
        if isawaitable(done):
            await done

    @on(Button.Pressed)
    async def _button_pressed(self, event: Button.Pressed) -> None:
        await self.run_action(actions.request_of(actions.BY_ID[event.button.id or ""]))

    def action_stop_reading(self) -> None:
        """End the reading of a data file."""
        self.compose_area.stop_reading()

    # --- The terminal's size ---------------------------------------------------------------------------------------

    def expect(self, size: Size) -> None:
        """Set the classes for a terminal of this size early, because a later change restyles the whole tree."""
        self.update_classes(self._classes_of(size), update=False)

    def on_resize(self, event: Resize) -> None:
        """Restore the chosen sizes of the areas, as far as they fit.

        The classes of the new size are set at once, to avoid a second layout. Textual reports the size three times at
        the start; repeats of the same size are not laid out again.
        """
        self.update_classes(self._classes_of(event.size), animate=False)
        self.arrangement.lay_out(event.size)
        if event.size == self.outer_size:
            event.prevent_default()

    def _classes_of(self, size: Size) -> dict[str, bool]:
        """Return the screen's classes for a terminal of this size, each with whether it is set."""
        classes: dict[str, bool] = {}
        for cells, breakpoints in ((size.width, self.HORIZONTAL_BREAKPOINTS), (size.height, self.VERTICAL_BREAKPOINTS)):
            reached = max(each for each in breakpoints if each[0] <= cells)
            classes |= {name: (least, name) == reached for least, name in breakpoints}
        return classes

    def on_mouse_down(self, event: MouseDown) -> None:
        """Take hold of a border between areas."""
        self._borders.press(event)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Move the border, or highlight it."""
        self._borders.move(event)

    def on_mouse_up(self) -> None:
        """Let go of the border."""
        self._borders.release()

    def on_click(self, event: Click) -> None:
        """Restore a border at a double click."""
        self._borders.restore(event)

    @on(ComposeArea.Looked)
    def _data_read(self, event: ComposeArea.Looked) -> None:
        self.charts_area.look(event.experiment, event.shape, event.parameters)

    @on(ComposeArea.Checked)
    def _experiment_checked(self, event: ComposeArea.Checked) -> None:
        self.transport.obstacle = event.obstacle
        self.transport.show_progress(self.runs_area.driven, self.runs_area.selected)
        self.charts_area.show_obstacle(event.obstacle)

    @on(ComposeArea.Previewed)
    def _data_previewed(self, event: ComposeArea.Previewed) -> None:
        self.charts_area.show_preview(event.preview)

    @on(ComposeArea.SpeedChosen)
    def _speed_chosen(self, event: ComposeArea.SpeedChosen) -> None:
        self.pace_control.choose(event.speed)

    @on(Charts.CursorMoved)
    def _cursor_moved(self, event: Charts.CursorMoved) -> None:
        self.replay.follow_cursor(event.iteration)

    @on(InsideArea.SnapshotWanted)
    def _snapshot_wanted(self, event: InsideArea.SnapshotWanted) -> None:
        self.replay.action_step(event.steps)

    # --- Events of runs --------------------------------------------------------------------------------------------

    @on(RunChanged)
    def _run_changed(self, event: RunChanged) -> None:
        lab_run = self.session.of(event.run)
        if event.run.state.ended:
            self.session.thin_snapshots()
        if lab_run is not None:
            self.runs_area.follow(lab_run)
            self.run_control.announce_end(lab_run, others_follow=self.queue.of(event.run) is not None)
        # Also when a deleted run has ended.
        self.queue_control.advance()

    @on(RunsArea.Removed)
    def _runs_removed(self) -> None:
        self.queue_control.advance()

    @on(ChartsArea.Diagnosed)
    def show_selected(self) -> None:
        """Update everything that depends on the selected run and its state."""
        self.runs_area.show_selected()
        self._follow_runs()

    @on(RunsArea.Changed)
    def _follow_runs(self) -> None:
        selected = self.runs_area.selected
        self.transport.show(self.runs_area.driven, selected)
        self.charts_area.show(selected)
        self.inside_area.show_run(selected)
        self.replay.follow_run(selected)
        self._follow_live_runs()

    def _follow_live_runs(self) -> None:
        if self.session.live:
            self._timer.resume()
        else:
            self._timer.pause()

    def _look(self) -> None:
        """Update the display of live runs; unchanged parts are not drawn."""
        self._looks += 1
        if not self.is_current and self._looks % _LOOKS_BENEATH:
            return
        self.runs_area.show_live()
        self.transport.show_progress(self.runs_area.driven, self.runs_area.selected)
        self.charts_area.show_finding()
        self._follow_live_runs()

    # --- Leaving ---------------------------------------------------------------------------------------------------

    def stop_all(self) -> None:
        """Stop all runs before the lab closes."""
        self._timer.stop()
        self.queue.clear()
        self.session.stop_all()

    def close_record(self) -> str:
        """Write the end of all runs, close the store, and return a message if that failed."""
        return self.recording.close(self.session)
