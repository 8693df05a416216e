"""The tour of the lab in six steps, each pointing at a widget; it steps aside for any key of the lab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Button, Label

from joml_tui.ui.actions import key_of
from joml_tui.ui.deferred_calls import call_after_paint
from joml_tui.ui.key_queue import KeyQueue
from joml_tui.ui.screen_stack import DIALOG_STYLE, Dialog
from joml_tui.ui.shell.areas import Area
from joml_tui.ui.textual_compat import bindings_of
from joml_tui.ui.widgets.dialog_box import DialogBox, DialogKey

_KEYS = (DialogKey("Enter", "next", "go(1)"), DialogKey("←", "back", "go(-1)"), DialogKey("Esc", "ends", "close"))


@dataclass(frozen=True, slots=True)
class TourStep:
    """One step of the tour.

    Attributes
    ----------
    area : str
        The area to show.
    target : str
        The selector of the widget to point at.
    title, text : str
    """

    area: Area
    target: str
    title: str
    text: str


def steps() -> tuple[TourStep, ...]:
    """Return the tour's steps, with the present keys."""
    return (
        TourStep(
            "compose",
            "#settings",
            "Compose",
            f"Choose data, optimizer and epochs. {key_of('preset')} opens the list of experiments to start from.",
        ),
        TourStep(
            "compose",
            "#network",
            "The network",
            f"{key_of('network')} writes it as text, such as 14-100-40-4; {key_of('layers')} goes to its layers: "
            "digits write a size, the arrows choose an activation.",
        ),
        TourStep(
            "charts",
            "#charts",
            "Train and watch",
            f"{key_of('train')} trains, {key_of('pause')} pauses, {key_of('step')} does one iteration, "
            f"{key_of('stop')} stops. A first run is slow enough to watch; {key_of('full-speed')} is full speed. Until "
            "then the data stand here as a picture; then cost and accuracy, live.",
        ),
        TourStep(
            "runs",
            "#runs",
            "Compare",
            f"Every run has a row. {key_of('mark')} keeps a run's curves in the charts beside the others'; "
            f"{key_of('export-run')} writes them to a file.",
        ),
        TourStep(
            "inside",
            "#inside",
            "Look inside",
            f"{key_of('area-inside')} shows the selected run's network, also while it trains. {key_of('inside-view')} "
            "turns its views: units, gradients, errors, decision regions, and the network itself before any run.",
        ),
        TourStep(
            "compose",
            "KeyFooter",
            "Everything else",
            f"{key_of('help')} explains the panel you are in, Ctrl+P finds any action by name, {key_of('jump')} "
            f"jumps anywhere. {key_of('tour')} shows this again.",
        ),
    )


class Tour(Dialog[None]):
    """The tour's screen, step by step; Escape leaves it, and any key of the lab leaves it and does what it always does.

    Parameters
    ----------
    show_area : callable
        Shows an area.
    find : callable
        Returns the widget of a step.
    """

    CSS_PATH = [DIALOG_STYLE, "tour.tcss"]
    BINDINGS = [
        ("escape", "close", "Skip the tour"),
        ("enter,right,space", "go(1)", "Next"),
        ("left,backspace", "go(-1)", "Back"),
    ]
    AUTO_FOCUS = ""
    HELP = "Enter: next. Left arrow: back. Escape: end the tour. Other keys end it and do what they do in the lab."

    def __init__(self, show_area: Callable[[Area], None], find: Callable[[str], Widget]) -> None:
        super().__init__()
        self._show_area, self._find = show_area, find
        self._steps = steps()
        self._place = 0

    def compose(self) -> ComposeResult:
        """Lay out a small box, which does not cover its target, and a bar beside the target."""
        yield Label("", id="pointer", markup=False)
        with DialogBox("", _KEYS, "tour"):
            yield Label("", id="tour-text", classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Next", id="next", variant="primary", compact=True)
                yield Button("Back", id="back", compact=True)
                yield Button("Skip", id="skip", compact=True)

    def on_mount(self) -> None:
        """Begin."""
        for button in self.query(Button):  # a button reacts to Enter only after its animation
            button.can_focus = False
        self._show()

    def on_resize(self) -> None:
        """Point at where the target is now."""
        call_after_paint(self, self._keep_clear)

    def on_key(self, event: Key) -> None:
        """Leave the tour at a key of the lab, which is handled there: the screen behind shows what it does."""
        app = self.app
        if bindings_of(self, event.key) or not isinstance(app, KeyQueue):
            return
        event.stop()
        event.prevent_default()
        self.close()
        app.handle_next(event)

    def action_go(self, by: int) -> None:
        """Go to the next or previous step; the tour ends after the last."""
        self._place = max(0, self._place + by)
        if self._place >= len(self._steps):
            self.close()
        else:
            self._show()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "skip":
            self.close()
        else:
            self.action_go(-1 if event.button.id == "back" else 1)

    def _show(self) -> None:
        step = self._steps[self._place]
        self._show_area(step.area)
        last = self._place == len(self._steps) - 1
        self.query_one(DialogBox).show_title(f"{step.title} ─ {self._place + 1} of {len(self._steps)}")
        self.query_one("#tour-text", Label).update(Content(step.text))
        self.query_one("#next", Button).label = "Done" if last else "Next"
        self.query_one("#back", Button).disabled = self._place == 0
        self.query_one("#skip", Button).display = not last
        call_after_paint(self, self._keep_clear)

    def _keep_clear(self) -> None:
        """Place the box beside the target, or else above or below it."""
        region = self._find(self._steps[min(self._place, len(self._steps) - 1)].target).region
        pointer = self.query_one("#pointer")
        pointer.offset = region.offset
        pointer.styles.height = region.height
        above, beneath = region.y, self.app.size.height - region.bottom
        box = self.query_one(".tour")
        width, height = (size + space for size, space in zip(box.outer_size, box.styles.margin.totals, strict=True))
        beside = width <= self.app.size.width - region.right
        self.set_class(beside, "-beside")
        self.set_class(above > beneath, "-above")
        lowest = max(0, self.app.size.height - height)
        box.styles.offset = (region.right, min(max(0, region.y - 1), lowest)) if beside else (0, 0)
