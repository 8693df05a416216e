"""What a panel of the area "Inside" is: it says what it wants to know, and paints what it is told, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from joml_tui.experiment import Experiment
from joml_tui.inspect import Answer, Question
from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink
from joml_tui.runs.run import Run
from joml_tui.ui.actions import bindings
from joml_tui.ui.deferred_calls import call_on_theme
from joml_tui.ui.theme_colors import ink_of
from joml_tui.ui.widgets.line_cache import LineCache
from joml_tui.ui.widgets.row_scroll_view import RowScrollView

#: Snapshots of an ended run that a course over time is made of, at most.
_MOST_EARLIER = 32


def spread_over(iterations: Sequence[int]) -> Sequence[int]:
    """Return so many of a run's snapshots as a course over time is made of, spread over the whole run."""
    if len(iterations) <= _MOST_EARLIER:
        return iterations
    last = len(iterations) - 1
    return [iterations[round(place * last / (_MOST_EARLIER - 1))] for place in range(_MOST_EARLIER)]


#: What the table of actions has for the panel in sight; each panel says what that is with it.
Doing = Literal["up", "down", "left", "right", "choice", "large", "shading"]


class InsidePanel(RowScrollView, can_focus=True):
    """One view of a network; the area asks the selected run what the panel wants to know, while it is in sight.

    Attributes
    ----------
    HELP : str
        What it shows and how to read it, in a few sentences.
    title : str
        What it is called in the chooser.
    purpose : str
        What one sees here, as the end of a sentence.
    without_run : bool
        Whether there is something to see of the composed network already.
    run : Run or None
        The selected run.
    experiment : Experiment or None
        Its experiment; without a run the composed one, or None while that is impossible.
    """

    HELP: ClassVar[str]
    BINDINGS = [*bindings("inside")]
    title: ClassVar[str]
    purpose: ClassVar[str]
    without_run: ClassVar[bool] = False

    DEFAULT_CSS = """
    InsidePanel {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 15%; scrollbar-background: $background;
        scrollbar-background-hover: $background; scrollbar-background-active: $background;
    }
    """

    class Wanted(Message):
        """The panel wants to know something else than before."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.run: Run | None = None
        self.experiment: Experiment | None = None
        self._lines = LineCache(narrow=True)

    # --- What a panel says for itself ------------------------------------------------------------------------------

    def question(self) -> Question | None:
        """Say what to ask the run now; nothing where nothing is needed."""
        return None

    def show_answer(self, answer: Answer) -> None:
        """Take the answer to the latest question; called in the screen's thread."""

    def earlier(self, iterations: Sequence[int]) -> int | None:
        """Say which of an ended run's snapshots to ask about too, by its iteration; None where none is missing."""
        return None

    def show_earlier(self, answer: Answer) -> None:
        """Take the answer about a snapshot."""

    def show_refusal(self, sentence: str) -> None:
        """Take it that there is no answer; the area shows the sentence in the panel's place."""

    def forget(self) -> None:
        """Begin anew: another run was selected, or another network composed."""

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Write what is known in rows of at most ``width`` cells; more than ``height`` of them can be scrolled."""
        return ()

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Say what the panel does at a key, besides being scrolled."""
        return {}

    # --- Painting --------------------------------------------------------------------------------------------------

    def do(self, what: Doing) -> bool:
        """Do what the panel does at a key, up and down scroll at the least; tells whether it does anything."""
        scrolling: dict[Doing, Callable[[], None]] = {"up": self.action_scroll_up, "down": self.action_scroll_down}
        done = self.doings().get(what) or scrolling.get(what)
        if done is not None:
            done()
        return done is not None

    def ask_again(self) -> None:
        """Have the question asked although the run stands still: it is another one."""
        self.post_message(self.Wanted())

    def redraw(self) -> None:
        """Paint the rows that have changed."""
        height = self.size.height
        if not self.size.area or not self.display:
            return
        dark = self.app.current_theme.dark
        ink = ink_of(self, dark=dark)
        rows = self.rows(self._width, height, ink, dark=dark)
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
        """Paint what came to be known out of sight."""
        self.redraw()

    def on_resize(self) -> None:
        """Write for the new size."""
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """Return a finished row."""
        width = self.size.width
        line = self._lines.line(y + self.scroll_offset.y)
        return Strip.blank(width, self.rich_style) if line is None else line.adjust_cell_length(width, self._lines.base)
