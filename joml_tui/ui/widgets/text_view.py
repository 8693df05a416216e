"""A scrolling view of text lines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.strip import Strip
from textual.visual import Visual

from joml_tui.ui.widgets.row_scroll_view import RowScrollView


class TextView(RowScrollView, can_focus=False):
    """A view of wrapped text lines with a fixed size; only visible lines are drawn.

    An unchanged `Content` object is neither wrapped nor drawn again.
    """

    DEFAULT_CSS = """
    TextView { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts: Sequence[Content] = ()
        self._broken: list[Content] = []
        self._width = 0
        # By identity, as texts of other colours are equal too. The cache keeps the object alive, so its id stays valid.
        self._pieces: dict[int, tuple[Content, list[Content]]] = {}
        self._drawn: dict[int, tuple[Content, Strip]] = {}

    @property
    def text(self) -> str:
        """The whole text, visible or not."""
        return "\n".join(line.plain for line in self._texts)

    def say(self, lines: Sequence[Content]) -> None:
        """Show these lines, from the first."""
        self._texts = lines
        self._break()
        self.scroll_to(y=0, animate=False, force=True)

    def on_resize(self) -> None:
        """Wrap the lines for the new width."""
        self._break()

    def _break(self) -> None:
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self._forget()
        if width:
            self._broken = [piece for line in self._texts for piece in self._pieces_of(line)]
            self.scroll_over(width, len(self._broken))
            self.refresh()

    def _pieces_of(self, line: Content) -> list[Content]:
        pieces = self._pieces.get(id(line))
        if pieces is None:
            pieces = self._pieces[id(line)] = line, line.wrap(self._width) if line else [line]
        return pieces[1]

    def _forget(self) -> None:
        self._pieces.clear()
        self._drawn.clear()

    def notify_style_update(self) -> None:
        """Draw anew in other colours."""
        super().notify_style_update()
        self._drawn.clear()

    def render_line(self, y: int) -> Strip:
        """Return a finished line."""
        place, width = y + self.scroll_offset.y, self.size.width
        if place >= len(self._broken) or not self._broken[place]:
            return Strip.blank(width, self.rich_style)
        piece = self._broken[place]
        drawn = self._drawn.get(id(piece))
        if drawn is None:
            (strip,) = Visual.to_strips(self, piece, width, 1, self.visual_style)
            drawn = self._drawn[id(piece)] = piece, strip.adjust_cell_length(width, self.rich_style)
        return drawn[1]
