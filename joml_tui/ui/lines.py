"""Many lines of text that are scrolled."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.strip import Strip
from textual.visual import Visual

from joml_tui.ui.scrolled import Scrolled


class Lines(Scrolled, can_focus=False):
    """Lines of text in a room of given size, broken where they are too long; only those in sight are drawn."""

    DEFAULT_CSS = """
    Lines { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said: Sequence[Content] = ()
        self._broken: list[Content] = []

    @property
    def text(self) -> str:
        """What it says, whether in sight or not."""
        return "\n".join(line.plain for line in self._said)

    def say(self, lines: Sequence[Content]) -> None:
        """Show these from the first."""
        self._said = lines
        self._break()
        self.scroll_to(y=0, animate=False, force=True)

    def on_resize(self) -> None:
        """Break the lines for the new width."""
        self._break()

    def _break(self) -> None:
        width = self.scrollable_content_region.width
        if width:
            self._broken = [piece for line in self._said for piece in (line.wrap(width) if line else [line])]
            self.scroll_over(width, len(self._broken))
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a finished line."""
        place, width = y + self.scroll_offset.y, self.size.width
        if place >= len(self._broken) or not self._broken[place]:
            return Strip.blank(width, self.rich_style)
        (strip,) = Visual.to_strips(self, self._broken[place], width, 1, self.visual_style)
        return strip.adjust_cell_length(width, self.rich_style)
