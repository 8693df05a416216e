"""The area "Inside": one panel at a time, and its questions to the selected run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Label

from joml_tui.experiment import Experiment, shape_of
from joml_tui.experiment.layer_parts import StackEnds
from joml_tui.inspect import Answer
from joml_tui.runs.run import Run
from joml_tui.ui.actions import bindings, key_of
from joml_tui.ui.deferred_calls import call_every, call_once
from joml_tui.ui.inside.confusion_panel import ConfusionMatrix
from joml_tui.ui.inside.diagram_panel import Diagram
from joml_tui.ui.inside.heat_map_panel import HeatMap
from joml_tui.ui.inside.landscape_panel import LandscapePanel
from joml_tui.ui.inside.layers_panel import LayerCurves
from joml_tui.ui.inside.network_panel import NetworkPanel
from joml_tui.ui.inside.panel import Doing, InsidePanel
from joml_tui.ui.inside.panel_names import panel_names
from joml_tui.ui.inside.projection_panel import ProjectionPanel
from joml_tui.ui.inside.regions_panel import RegionsPanel
from joml_tui.ui.inside.spectrum_panel import SpectrumPanel
from joml_tui.ui.inside.try_panel import TryPanel
from joml_tui.ui.inside.units_panel import UnitsPanel
from joml_tui.ui.inside.worst_panel import WorstSamples
from joml_tui.ui.notices import say
from joml_tui.ui.painted_cells import PaintedCells
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.shell.frames import area_title, joined
from joml_tui.ui.terminal_traits import traits
from joml_tui.ui.text import plain, sentence

#: Least seconds between two questions; longer over SSH, where frames are expensive.
SECONDS_A_QUESTION, SECONDS_A_QUIET_QUESTION = 0.5, 1.0
#: Least seconds between two questions to a run at a slow pace, which has time for answers.
_SECONDS_A_WATCHED_QUESTION = 0.15
_FEATURES_OF_A_PLANE = 2
_SECONDS_TO_SAY = 0.3
_MOST_EARLY_KEYS = 20
_NO_WORDS = "This view has nothing to put in words yet."
#: Cells of the frame beside the names of the panels: corners, blanks and the area's own name.
_FRAME = 18

#: Keys that replay the run in panels without a use for them.
_SIDEWAYS: dict[Doing, int] = {"left": -1, "right": 1, "before": -1, "after": 1}

PANELS: tuple[type[InsidePanel], ...] = (
    Diagram,
    NetworkPanel,
    TryPanel,
    LayerCurves,
    HeatMap,
    ConfusionMatrix,
    WorstSamples,
    RegionsPanel,
    UnitsPanel,
    ProjectionPanel,
    SpectrumPanel,
    LandscapePanel,
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that is not answered yet.

    Attributes
    ----------
    lab_run : LabRun
    panel : InsidePanel
    turn : int
        The number of changes of what is wanted, when it was asked.
    earlier : bool
        Whether it is about an earlier snapshot, for a display over time.
    hear : callable
        The receiver of its answer.
    """

    lab_run: LabRun
    panel: InsidePanel
    turn: int
    earlier: bool
    hear: Callable[[Answer | str], None]


class _Note(Label, can_focus=True):
    """The text in place of a panel, which takes the keys that change the view."""

    BINDINGS = [*bindings("inside")]
    help_text = ""


class InsideArea(Vertical):
    """The area that shows one panel about the selected run.

    Only the visible panel asks, after its last question was answered. An idle run is asked once, and again only if it
    or the question has changed.

    Parameters
    ----------
    composed : callable
        Returns the composed experiment, or None while it is invalid, and the sizes of its inputs and outputs.
    arrangement : Arrangement
    painted : callable
        Returns the cells that the terminal shows.
    panels : sequence of InsidePanel types
    """

    class Heard(Message):
        """A message: a run's answer; posted from its thread."""

        def __init__(self, number: int, answer: Answer | str, *, earlier: bool) -> None:
            super().__init__()
            self.number = number
            self.answer = answer
            self.earlier = earlier

    class SnapshotWanted(Message):
        """A message: an earlier snapshot of the run is wanted, or a later one."""

        def __init__(self, steps: int) -> None:
            super().__init__()
            self.steps = steps

    def __init__(
        self,
        composed: Callable[[], tuple[Experiment | None, StackEnds]],
        arrangement: Arrangement,
        painted: Callable[[], PaintedCells],
        panels: Sequence[type[InsidePanel]] | None = None,
        *,
        id: str,
    ) -> None:
        super().__init__(id=id)
        self._arrangement = arrangement
        self._painted = painted
        self._composed = composed
        self.panels = tuple(panel() for panel in (PANELS if panels is None else panels))
        self._place = 0
        self._chosen = False
        """True as soon as the user has chosen a panel."""
        self._lab_run: LabRun | None = None
        self._asked: _Asked | None = None
        self._numbered = 0
        self._moment: object = None
        self._replayed: int | None = None
        """The iteration of the snapshot that is shown of an ended run; None for the end."""
        self._visible = False
        self._note = ""
        self._answer: Answer | None = None
        """The answer that the panel shows."""
        self._kept: dict[InsidePanel, Answer] = {}
        """The last answers about the run to panels that have shown it."""
        self._early: list[Doing] = []
        """The keys for the panel that were pressed before its first answer, which are done with it."""
        self._turned = self._answered = 0
        """The number of changes of panel, run or question, and the one that was answered last."""

    def compose(self) -> ComposeResult:
        """Put all panels, of which one is visible, and a note in their place."""
        yield _Note("", id="inside-note", markup=False)
        for place, panel in enumerate(self.panels):
            panel.display = place == 0
            yield panel

    def on_mount(self) -> None:
        """Begin with the first panel."""
        seconds = SECONDS_A_QUIET_QUESTION if traits().quiet else SECONDS_A_QUESTION
        self._timer = call_every(self, seconds, self._look_again, paused=True)
        self._show_panel()

    def on_show(self) -> None:
        """Ask questions while visible."""
        self._visible = True
        self._wait()
        self._timer.resume()
        self.look()

    def on_hide(self) -> None:
        """Stop work while hidden."""
        self._visible = False
        self._timer.pause()

    @property
    def panel(self) -> InsidePanel:
        """The visible panel."""
        return self.panels[self._place]

    # --- Choosing --------------------------------------------------------------------------------------------------

    def choose(self, place: int) -> None:
        """Show a panel by its place; after the last comes the first."""
        focused = self._has_keys
        self._chosen = True
        self._place = place % len(self.panels)
        self._show_panel()
        if focused:
            self.take_keys()
        self.look()

    def turn(self, by: int) -> None:
        """Show the panel a number of places further."""
        self.choose(self._place + by)

    def take_keys(self) -> None:
        """Focus the visible panel, or the note in its place."""
        self.screen.set_focus(self.panel if self.panel.display else self.query_one(_Note))

    @property
    def _has_keys(self) -> bool:
        return self.panel.has_focus or self.query_one(_Note).has_focus

    def action_turn(self, by: int) -> None:
        """Show another panel; the first time the area itself comes into view."""
        if self.display:
            self.turn(by)
        else:
            self._arrangement.action_go("inside")

    def action_choose_panel(self, place: int) -> None:
        """Show the panel whose name was clicked."""
        self.choose(place)

    def action_use(self, what: Doing) -> None:
        """Run an action of the visible panel, or replay the run; from the palette, show the area first."""
        if not self.display:
            self._arrangement.action_go("inside")
        if self._is_too_early(what):
            self._early = [*self._early, what][:_MOST_EARLY_KEYS]
        elif self.panel.do(what):
            return
        elif what in _SIDEWAYS:
            self.post_message(self.SnapshotWanted(_SIDEWAYS[what]))
        else:
            say(self, f"{self.panel.title} has no use for that key. {key_of('inside-view')} shows the next view.")

    def _is_too_early(self, what: Doing) -> bool:
        """Return whether a key is for the panel, which has nothing to move in before its first answer."""
        waits = self._lab_run is not None and self._answer is None and not self.panel.without_run
        return waits and self._asked is not None and what in self.panel.doings()

    def show_run(self, lab_run: LabRun | None) -> None:
        """Show this run from now on, or the composed network without one."""
        if lab_run is not self._lab_run:
            self._lab_run = lab_run
            self._replayed = None
            self._kept.clear()
            focused = self._has_keys
            if lab_run is not None and not self._chosen:
                self._place = self._first_place(lab_run.run)
            self._show_panel()
            if focused:
                self.take_keys()
        if self._visible:
            self.look()

    def _first_place(self, run: Run) -> int:
        """Return the place of the panel that a run begins with until one is chosen: of a plane, its regions."""
        first = next((place for place, panel in enumerate(self.panels) if panel.first_of_planes), 0)
        return first if _has_plane(run) else 0

    def replay(self, iteration: int | None) -> None:
        """Show the run as it was at a snapshot; None for its present state."""
        if iteration != self._replayed:
            self._replayed = iteration
            self.look()

    @property
    def waits(self) -> bool:
        """Return whether a question about the run is not answered yet."""
        return self._visible and self._asked is not None and self._asked.lab_run is self._lab_run

    def _show_panel(self) -> None:
        """Show the chosen panel with what it last showed of the run, or empty."""
        panel = self.panel
        self._moment, self._answer = None, self._kept.get(panel)
        self._early.clear()
        self._turned += 1
        for other in self.panels:
            if other is not panel:
                other.display = False
        panel.run = None if self._lab_run is None else self._lab_run.run
        panel.experiment = None if panel.run is None else panel.run.experiment
        if self._answer is None:
            panel.forget()
        self._show_names()
        self._show_subject(self.iteration)
        self._show_note("" if self._lab_run is not None else self._nothing_yet())
        if self._visible:
            self._wait()

    def on_resize(self) -> None:
        """Show as many names of panels as fit."""
        self._show_names()

    def _show_names(self) -> None:
        """Show the names of the panels in the frame's title."""
        room = self.outer_size.width - _FRAME
        self.border_title = joined(
            area_title("inside"), panel_names([panel.title for panel in self.panels], self._place, room)
        )

    def _show_subject(self, iteration: int | None = None, *, waits: bool = False) -> None:
        """Show below which network the panel is about, at which iteration, and whether it waits for an answer."""
        if self._lab_run is None:
            self.border_subtitle = ""
            return
        replicas = self._lab_run.run.experiment.replicas
        end = "" if self._replayed is None else f" of {self._lab_run.run.iteration:,}"
        parts = [
            plain(self._lab_run.label, 40),
            f"first of {replicas} replicas" if replicas > 1 else "",  # all panels show the first network
            "" if iteration is None else f"iteration {iteration:,}{end}",
            "waiting for the engine …" if waits else "",
        ]
        self.border_subtitle = Content(" · ".join(part for part in parts if part))

    def describe(self) -> list[str]:
        """Return the visible panel as sentences and tables, a line each."""
        panel, subject = self.panel, str(self.border_subtitle or "")
        title = f"{panel.title}: {panel.purpose}" + (f" ({subject})" if subject else "")
        if self._answer is not None:
            return [title, *(panel.describe(self._answer) or [_NO_WORDS])]
        without_run = panel.describe_composed() if panel.without_run else []
        return [title, *(without_run or [self._note or _NO_WORDS])]

    @property
    def iteration(self) -> int | None:
        """The iteration that the panel shows; None without an answer of a run."""
        return getattr(self._answer, "iteration", None)

    def _wait(self) -> None:
        """Say that an answer is pending only after a delay, to avoid flicker."""
        call_once(self, _SECONDS_TO_SAY, partial(self._say_that_it_waits, self._turned))

    def _say_that_it_waits(self, turned: int) -> None:
        if not (self._visible and self._lab_run is not None and self._answered != turned == self._turned):
            return
        if self._answer is None:
            self._show_note(self._nothing_yet())
        elif self._asked is not None:
            self._show_subject(self.iteration, waits=True)

    def _nothing_yet(self) -> str:
        if self.panel.without_run:
            return ""
        if self._lab_run is None:
            return f"No run yet. Press {key_of('train')} to train; this view then shows {self.panel.purpose}."
        return f"Looking into {self._lab_run.label} …"

    def _show_note(self, note: str) -> None:
        """Show a message in place of the panel, or the panel."""
        self._note = note
        label, focused = self.query_one(_Note), self._has_keys
        if note:
            label.update(Content(note))
            label.help_text = self.panel.HELP
        shown, hidden = (label, self.panel) if note else (self.panel, label)
        shown.display = True
        if focused:
            self.screen.set_focus(shown)
        hidden.display = False

    # --- Asking ----------------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        """Look on time, but leave a slow connection the time to carry the picture before."""
        if not (traits().quiet and self._answered == self._turned and self._painted().seconds_behind):
            self.look()

    def look(self, *, covered: bool = False) -> None:
        """Ask the panel's question to the run, unless it is already answered.

        Parameters
        ----------
        covered : bool
            Whether to ask also while a dialog is in front, which shows the answer in words; default False.
        """
        if not self._visible or not (covered or self.app.screen is self.screen):
            return
        lab_run, panel = self._lab_run, self.panel
        if lab_run is None:
            self._look_at_composed()
            return
        before = self._asked
        if before is not None and before.lab_run is lab_run:
            # While a run trains, the answer may be due only later; what is wanted now does not wait for it.
            is_wanted = before.panel is panel and before.turn != self._answered
            if lab_run.run.state.ended or before.earlier or is_wanted or before.turn == self._turned:
                return
        run = lab_run.run
        moment, at = (run.iteration, run.state.ended, self._replayed), self._replayed
        earlier = moment == self._moment and run.state.ended
        if earlier:
            at = panel.earlier(run.snapshots.iterations)
        question = panel.question() if moment != self._moment or at is not None else None
        if question is None:
            if self._answer is not None and before is None:
                self._answered = self._turned
            return
        self._moment = moment
        self._numbered += 1
        number = self._numbered

        def heard(answer: Answer | str) -> None:
            # The lab may have been left, and its event loop closed, in the meantime.
            with contextlib.suppress(RuntimeError):
                self.post_message(self.Heard(number, answer, earlier=earlier))

        self._asked = _Asked(lab_run, panel, self._turned, earlier, heard)
        if at is not None:
            run.ask(question, heard, at)
            return
        if before is not None and before.lab_run is lab_run:
            run.withdraw(before.hear)
        run.ask(question, heard)

    def _look_at_composed(self) -> None:
        panel = self.panel
        if panel.without_run and (panel.experiment, panel.ends) != (composed := self._composed()):
            panel.experiment, panel.ends = composed
            panel.forget()

    @on(Heard)
    def _heard(self, event: Heard) -> None:
        event.stop()
        if self._asked is None or event.number != self._numbered:
            return  # of a run that was selected before, or of a question that another one has replaced
        asked, self._asked = self._asked, None
        if asked.lab_run is not self._lab_run or (asked.panel is not self.panel and not event.earlier):
            self.look()
            return
        if event.earlier:
            if not isinstance(event.answer, str):  # the network has diverged, or its snapshot was deleted
                asked.panel.show_earlier(event.answer)
            self.look()
            return
        if self._answered != asked.turn:
            self._painted().catch_up()  # what the user has asked for delays no picture that follows
        self._answered = asked.turn
        if isinstance(event.answer, str):
            self._answer = None
            self._kept.pop(self.panel, None)
            self._early.clear()
            self.panel.show_refusal(event.answer)
            if not self.panel.without_run:
                self._show_note(f"{sentence(event.answer)}.")
            return
        self._show_note("")
        self._answer = self._kept[self.panel] = event.answer
        self.panel.show_answer(event.answer)
        self._show_subject(self.iteration)
        early, self._early = self._early, []
        for what in early:
            self.panel.do(what)
        self._follow(asked.lab_run.run)

    def _follow(self, run: Run) -> None:
        """Ask again at once if the question has changed or the run has ended, and soon if it trains at a slow pace."""
        if self._moment is None or run.state.ended:
            self.look()
        elif run.pace is not None and not traits().quiet:
            call_once(self, _SECONDS_A_WATCHED_QUESTION, self.look)

    @on(InsidePanel.Wanted)
    def _wanted(self, event: InsidePanel.Wanted) -> None:
        event.stop()
        self._moment = None
        self._turned += 1
        self._wait()
        self.look()


def _has_plane(run: Run) -> bool:
    """Return whether a run's data have two features."""
    if run.experiment.features:  # the network's inputs are terms of them
        try:
            return shape_of(run.experiment.dataset).input_size == _FEATURES_OF_A_PLANE
        except (ValueError, OSError):  # the file is gone
            return False
    return run.architecture.startswith(f"{_FEATURES_OF_A_PLANE}-")
