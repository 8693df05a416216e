"""A widget that shows a sketch, drawn again for its size and the theme's colours."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink, ink_for
from joml_tui.ui.deferred_calls import call_on_theme

#: Draws for a width, a height, colours, and whether the ground is dark.
Draw = Callable[[int, int, Ink, bool], tuple[Row, ...]]


class Plot(Widget):
    """Shows what a function draws."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw: Draw | None = None
        self._strips: list[Strip] = []

    def show(self, draw: Draw) -> None:
        """Show this from now on."""
        self._draw = draw
        self._redraw()

    def on_mount(self) -> None:
        """Follow the theme."""
        call_on_theme(self, self._redraw)

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._redraw()

    def _redraw(self) -> None:
        width, height = self.size
        if self._draw is None or not width or not height:
            return
        dark = self.app.current_theme.dark
        _, _, background, text = self.colors
        ground, letters = (0x101010, 0xE0E0E0) if dark else (0xF8F8F8, 0x202020)
        ink = ink_for(_rgb(background, ground), _rgb(background + text, letters))
        rows = self._draw(width, height, ink, dark)
        self._strips = [
            Strip([Segment(said, Style(color=f"#{colour:06x}", bold=bold or None)) for said, colour, bold in row])
            for row in rows
        ]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a row of the sketch."""
        if y < len(self._strips):
            return self._strips[y].apply_style(Style(bgcolor=self.rich_style.bgcolor))
        return Strip.blank(self.size.width, self.rich_style)


def _rgb(colour: Color, instead: int) -> int:
    """Return a colour as a number; the terminal's own colours are not known, so a likely one stands for them."""
    if colour.ansi is not None:
        return instead
    return colour.r << 16 | colour.g << 8 | colour.b
