"""The learning-rate range test: the cost against the rate, and the rate that it suggests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Label

from joml_tui.inspect import Answer
from joml_tui.inspect.range_test import RatesTried
from joml_tui.plots.axes import log_axis
from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink, curve_colour, mix
from joml_tui.plots.sketch import Upright, line, sketch, tick_count
from joml_tui.plots.strokes import DOTTED
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.screen_stack import DIALOG_STYLE, Dialog
from joml_tui.ui.terminal_traits import traits
from joml_tui.ui.text import number, plain, sentence
from joml_tui.ui.widgets.dialog_box import CLOSES, DialogBox
from joml_tui.ui.widgets.plot import Plot

_TRYING = "Trying 300 rates…"


@dataclass(frozen=True, slots=True)
class Trial:
    """A network whose rates can be tried.

    Attributes
    ----------
    name, short : str
        Such as "14-28x6-4 #3" and "#3", or "the composed network" and "composed".
    ask : callable
        Returns the answer, or a message if there is none.
    into_run : bool
        Whether the rate can be set in the running run.
    colour_index : int
        Index of its colour in the palette.
    """

    name: str
    short: str
    ask: Callable[[], Awaitable[Answer | str]]
    into_run: bool = False
    colour_index: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """The chosen rate, and where to use it."""

    rate: float
    into: Literal["run", "settings"]


class RangeTest(Dialog[Chosen | None]):
    """The screen of a range test; the result is the chosen rate, None for Escape."""

    CSS_PATH = [DIALOG_STYLE, "fork.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall"), (40, "-very-tall")]
    BINDINGS = [
        ("escape,R", "close", "Close"),
        *bindings("rates"),
    ]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("rates",)

    def __init__(self, trials: tuple[Trial, ...]) -> None:
        super().__init__()
        self._trials = trials
        self._place = 0
        self._tried: RatesTried | None = None

    def compose(self) -> ComposeResult:
        """Put the plot between the network's name and the suggestion."""
        with DialogBox("Learning-rate range test", (CLOSES,), "range-test"):
            yield Label("", id="range-of", classes="muted", markup=False)
            yield Plot(id="range-plot")
            yield Label("", id="range-said", classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                for into in ("run", "settings"):
                    label = Content(f"Use in the {into} ({key_of(f'rates-{into}')})")
                    yield Button(label, id=f"use-{into}", variant="primary", compact=True)
                yield Button("", id="other", compact=True)
                yield Button("Close", id="close", compact=True)

    def on_mount(self) -> None:
        """Begin at once."""
        self._try()

    @property
    def _trial(self) -> Trial:
        return self._trials[self._place]

    @in_worker(exclusive=True, group="rates")
    async def _try(self) -> None:
        self._tried = None
        self._show("", _TRYING)
        trial = self._trial
        answer = await trial.ask()
        if isinstance(answer, RatesTried):
            self._tried = answer
            self._show(_verdict(answer))
        else:
            message = answer if isinstance(answer, str) else "The run did not answer"
            self._show(sentence(message), "No rates were tried")

    def _show(self, verdict: str, message: str = "") -> None:
        trial, tried = self._trial, self._tried
        at = "" if tried is None else f", at iteration {tried.iteration:,}" if tried.iteration else ", untrained"
        shown = "" if tried is None or tried.cost == "cost" else f": {tried.cost}"
        self.query_one("#range-of", Label).update(Content(plain(f"Of {trial.name}{at}{shown}", 120)))
        self.query_one("#range-said", Label).update(Content(verdict))
        usable = tried is not None and tried.suggested is not None
        self.query_one("#use-run").display = usable and trial.into_run
        self.query_one("#use-settings").display = usable
        other = self.query_one("#other", Button)
        other.display = len(self._trials) > 1
        if len(self._trials) > 1:
            other.label = Content(f"Try {self._trials[1 - self._place].short} ({key_of('rates-other')})")

        def draw(width: int, height: int, ink: Ink, dark: bool) -> tuple[Row, ...]:
            return _drawn(tried, message, trial.colour_index, width, height, ink, dark)

        self.query_one(Plot).show(draw)
        self.query_one("#use-run" if usable and trial.into_run else "#use-settings" if usable else "#close").focus()

    def action_other(self) -> None:
        """Try the rates on the other network."""
        if len(self._trials) > 1:
            self._place = 1 - self._place
            self._try()

    def action_use(self, into: Literal["run", "settings"]) -> None:
        """Close with the rate suggested."""
        tried = self._tried
        if tried is None or tried.suggested is None or (into == "run" and not self._trial.into_run):
            return
        self.close(Chosen(rounded(tried.suggested), into))

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "use-run":
                self.action_use("run")
            case "use-settings":
                self.action_use("settings")
            case "other":
                self.action_other()
            case _:
                self.close(None)


def rounded(rate: float) -> float:
    """Return a rate with two digits, the precision of the test."""
    return float(f"{rate:.2g}")


def _verdict(tried: RatesTried) -> str:
    own = f"Current: {number(tried.learning_rate)}."
    if tried.suggested is None:
        return (
            f"No clear fall: at no rate did the cost fall further than by chance. {own} An untrained or a stuck "
            "network may need another start; one that has learnt its task has nothing left to fall."
        )
    return f"Suggested: {number(rounded(tried.suggested))} (steepest fall). {own}"


def _drawn(
    tried: RatesTried | None, message: str, colour_index: int, width: int, height: int, ink: Ink, dark: bool
) -> tuple[Row, ...]:
    if tried is None:
        return sketch(width, height, ink, log_axis(1e-5, 10.0, 2), (), message=message)
    colour = curve_colour(colour_index, dark=dark)
    across = log_axis(float(tried.rates[0]), float(tried.rates[-1]), tick_count(width))
    raw = DOTTED if traits().few_colours else 0  # a mixture with the ground may be no other colour
    lines = (
        line(tried.rates, tried.costs, colour=mix(colour, ink.background, 0.6), scales=False, stroke=raw),
        line(tried.rates, tried.smoothed, colour=colour),
    )
    uprights = [Upright(tried.learning_rate, "", ink.muted)]
    if tried.suggested is not None:
        uprights.append(Upright(tried.suggested, number(rounded(tried.suggested)), ink.text))
    visible = [upright for upright in uprights if tried.rates[0] <= upright.across <= tried.rates[-1]]
    return sketch(width, height, ink, across, lines, visible, message)
