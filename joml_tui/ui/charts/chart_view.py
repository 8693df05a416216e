"""One chart on the screen, which repaints only changed rows of the painter's picture."""

from __future__ import annotations

import time
from dataclasses import replace

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from joml_tui.plots.chart_model import Picture
from joml_tui.plots.geometry import Geometry, geometry_of
from joml_tui.ui.actions import BY_ID, request_of
from joml_tui.ui.charts.chart_series import Describer, View
from joml_tui.ui.theme_colors import ink_of
from joml_tui.ui.widgets.line_cache import LineCache


class Chart(Widget):
    """A widget for a picture of cells, controlled by `Charts`.

    Parameters
    ----------
    scale_action : str
        The action of a click on its title.

    Attributes
    ----------
    describer : Describer
        Caches the processed series of this chart.
    shown : object
        The key of the picture; an equal key needs no new picture.
    """

    class Changed(Message):
        """A message: the chart became visible or changed its size, so its picture is out of date."""

    class Pointed(Message):
        """The mouse was pressed and released at a share of the canvas' width."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share = share

    class Dragged(Message):
        """The canvas was dragged to the right by a share of its width."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share = share

    class Wheeled(Message):
        """The mouse's wheel was turned up by some steps at a share of the canvas' width."""

        def __init__(self, share: float, steps: int) -> None:
            super().__init__()
            self.share, self.steps = share, steps

    class Toggled(Message):
        """A run's name was clicked, to hide its curves or to show them again."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, scale_action: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._scale_action = scale_action
        self.describer = Describer()
        self.shown: object = None
        self.seconds = 0.0
        """Seconds of the screen's thread that painting has taken so far."""
        self._visible = False
        self._named = False
        self._pressed_at: int | None = None
        self._dragged = False
        self._lines = LineCache()

    def on_show(self) -> None:
        """Ask for a picture."""
        self._visible = True
        self.post_message(self.Changed())

    def on_hide(self) -> None:
        """Stop work while hidden."""
        self._visible = False

    def on_resize(self) -> None:
        """Ask for a picture of the new size."""
        self._visible = True
        self.post_message(self.Changed())

    # --- The mouse -------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag, or to point."""
        geometry = self._canvas
        if event.button == 1 and geometry is not None and geometry.top <= event.y < geometry.bottom:
            self._pressed_at, self._dragged = event.x, False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag."""
        geometry = self._canvas
        if self._pressed_at is None or geometry is None or event.x == self._pressed_at:
            return
        self.post_message(self.Dragged((event.x - self._pressed_at) / geometry.columns))
        self._pressed_at, self._dragged = event.x, True

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Point, unless that was the end of dragging."""
        if self._pressed_at is None:
            return
        self._pressed_at = None
        self.release_mouse()
        if not self._dragged:
            self.post_message(self.Pointed(self._share_at(event.x)))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in."""
        event.stop()
        self.post_message(self.Wheeled(self._share_at(event.x), 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out."""
        event.stop()
        self.post_message(self.Wheeled(self._share_at(event.x), -1))

    async def action_change_scale(self) -> None:
        """Change the scale, by a click on the title."""
        await self.screen.run_action(request_of(BY_ID[self._scale_action]))

    async def action_change_unit(self) -> None:
        """Change the unit of the horizontal axis, by a click on its name."""
        await self.screen.run_action(request_of(BY_ID["unit"]))

    def action_hide_run(self, key: str) -> None:
        """Hide a run's curves, or show them again."""
        self.post_message(self.Toggled(key))

    @property
    def _canvas(self) -> Geometry | None:
        return geometry_of(*self.size, named=self._named)

    def _share_at(self, column: int) -> float:
        geometry = self._canvas
        if geometry is None:
            return 0.5
        return min(1.0, max(0.0, (column - geometry.left) / max(1, geometry.columns - 1)))

    # --- The picture -----------------------------------------------------------------------------------------------

    def view(self, settings: View) -> View | None:
        """Return the view to draw with these settings; None while the chart is hidden."""
        width, height = self.size
        if not self._visible or width < 1 or height < 1:
            return None
        self._named = settings.named
        dark = self.app.current_theme.dark
        ink = ink_of(self, dark=dark)
        return replace(settings, width=width, height=height, ink=ink, dark=dark)

    def show_picture(self, picture: Picture, shown: object) -> None:
        """Replace the picture, and repaint only the changed rows."""
        background = self.colors[2]
        ground = None if background.ansi is not None else background.rich_color
        changed = self._lines.show(picture.rows, Style(bgcolor=ground), ground)
        self.shown = shown
        if changed is None:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, place, self.size.width, 1) for place in changed))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render rows, and measure the time."""
        began = time.thread_time()
        strips = super().render_lines(crop)
        self.seconds += time.thread_time() - began
        return strips

    def render_line(self, y: int) -> Strip:
        """Return a rendered row; blank before the first picture."""
        return self._lines.line(y) or Strip.blank(self.size.width, self.rich_style)
