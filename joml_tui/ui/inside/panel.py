"""The base class of panels of the area "Inside", which ask questions and paint the answers row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from joml_tui.experiment import Experiment
from joml_tui.experiment.layer_parts import StackEnds
from joml_tui.inspect import Answer, Question
from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink
from joml_tui.reports.sentences.answer_sentences import describe_answer
from joml_tui.runs.run import Run
from joml_tui.ui.actions import bindings
from joml_tui.ui.deferred_calls import call_on_theme
from joml_tui.ui.inside.key_hints import with_hints
from joml_tui.ui.theme_colors import ink_of
from joml_tui.ui.widgets.line_cache import LineCache
from joml_tui.ui.widgets.row_scroll_view import RowScrollView

#: Most snapshots of an ended run for a display over time.
_MOST_EARLIER = 32


def spread_over(iterations: Sequence[int]) -> Sequence[int]:
    """Return the iterations of snapshots for a display over time, spread over the whole run."""
    if len(iterations) <= _MOST_EARLIER:
        return iterations
    last = len(iterations) - 1
    return [iterations[round(place * last / (_MOST_EARLIER - 1))] for place in range(_MOST_EARLIER)]


#: Actions of the visible panel in the table of actions; each panel defines their effect.
Doing = Literal["up", "down", "left", "right", "choice", "large", "before", "after", "shading"]


class InsidePanel(RowScrollView, can_focus=True):
    """A view of a network; the area asks its questions to the selected run while it is visible.

    Attributes
    ----------
    HELP : str
        A few sentences on what it shows and how to read it.
    title : str
        Its name in the chooser.
    purpose : str
        What it shows, as the end of a sentence.
    without_run : bool
        Whether it can show the composed network without a run.
    first_of_planes : bool
        Whether runs of two features begin with it.
    run : Run or None
        The selected run.
    experiment : Experiment or None
        Its experiment; without a run the composed one, or None while that is invalid.
    ends : StackEnds
        The sizes of the composed network's inputs and outputs, as far as they are known.
    """

    HELP: ClassVar[str]
    BINDINGS = [*bindings("inside")]
    title: ClassVar[str]
    purpose: ClassVar[str]
    without_run: ClassVar[bool] = False
    first_of_planes: ClassVar[bool] = False

    DEFAULT_CSS = """
    InsidePanel {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 15%; scrollbar-background: $background;
        scrollbar-background-hover: $background; scrollbar-background-active: $background;
    }
    """

    class Wanted(Message):
        """A message: the panel's question has changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.run: Run | None = None
        self.experiment: Experiment | None = None
        self.ends = StackEnds()
        self._lines = LineCache(narrow=True)

    # --- Methods that panels define --------------------------------------------------------------------------------

    def question(self) -> Question | None:
        """Return the present question to the run; None if there is none."""
        return None

    def show_answer(self, answer: Answer) -> None:
        """Show the answer to the latest question; called in the screen's thread."""

    def earlier(self, iterations: Sequence[int]) -> int | None:
        """Return the iteration of the next snapshot of an ended run to ask about; None if none is missing."""
        return None

    def show_earlier(self, answer: Answer) -> None:
        """Show the answer about a snapshot."""

    def show_refusal(self, sentence: str) -> None:
        """Handle a missing answer; the area shows the message in place of the panel."""

    def forget(self) -> None:
        """Reset the panel for another run or composed network."""

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Return rows of at most ``width`` cells; more than ``height`` rows can be scrolled."""
        return ()

    def describe(self, answer: Answer) -> list[str]:
        """Return an answer to the panel's question as sentences and tables."""
        return describe_answer(answer)

    def describe_composed(self) -> list[str]:
        """Return the composed network as sentences and tables, of a panel that shows it without a run."""
        return []

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Return the panel's actions beside scrolling."""
        return {}

    # --- Painting --------------------------------------------------------------------------------------------------

    def do(self, what: Doing) -> bool:
        """Run an action of the panel, or scroll for up and down; return whether there was one."""
        scrolling: dict[Doing, Callable[[], None]] = {"up": self.action_scroll_up, "down": self.action_scroll_down}
        done = self.doings().get(what) or scrolling.get(what)
        if done is not None:
            done()
        return done is not None

    def action_use(self, what: Doing) -> None:
        """Do what a key does whose hint was clicked."""
        self.do(what)

    def ask_again(self) -> None:
        """Ask the changed question, even if the run is idle."""
        self.post_message(self.Wanted())

    def redraw(self) -> None:
        """Paint the rows that have changed."""
        height = self.size.height
        if not self.size.area or not self.display:
            return
        dark = self.app.current_theme.dark
        ink = ink_of(self, dark=dark)
        rows = with_hints(self.rows(self._width, height, ink, dark=dark), self.doings())
        changed = self._lines.show(rows, self.rich_style, (self._width, ink))
        if changed is None:
            self.scroll_over(self._width, len(rows))
            self.refresh()
            return
        top = self.scroll_offset.y
        for place in changed:
            self.refresh(Region(0, place - top, self.size.width, 1))

    @property
    def _width(self) -> int:
        """Cells beside the scroll bar, whether it is there or not."""
        return max(1, self.size.width - (0 if self.show_vertical_scrollbar else 1))

    def on_mount(self) -> None:
        """Follow the theme."""
        call_on_theme(self, self.redraw)

    def on_show(self) -> None:
        """Paint changes from the time when the panel was hidden."""
        self.redraw()

    def on_resize(self) -> None:
        """Write for the new size."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """Return a finished row."""
        width = self.size.width
        line = self._lines.line(y + self.scroll_offset.y)
        return Strip.blank(width, self.rich_style) if line is None else line.adjust_cell_length(width, self._lines.base)
