"""A widget that shows a sketch, drawn again for its size and the theme's colours."""

from __future__ import annotations

from collections.abc import Callable

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink
from joml_tui.ui.deferred_calls import call_on_theme
from joml_tui.ui.theme_colors import ink_of
from joml_tui.ui.widgets.line_cache import LineCache

#: A function that draws for a width, a height, colours, and a dark or light background.
Draw = Callable[[int, int, Ink, bool], tuple[Row, ...]]


class Plot(Widget):
    """A widget that shows the sketch of a function."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw: Draw | None = None
        self._lines = LineCache()

    def show(self, draw: Draw) -> None:
        """Show the sketch of this function."""
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
        ink = ink_of(self, dark=dark)
        self._lines.show(self._draw(width, height, ink, dark), Style(bgcolor=self.rich_style.bgcolor), ink)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return a row of the sketch."""
        return self._lines.line(y) or Strip.blank(self.size.width, self.rich_style)
