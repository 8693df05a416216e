"""The control of the borders between areas, which the mouse drags."""

from __future__ import annotations

from typing import Literal, NamedTuple

from textual import events
from textual.widget import Widget

from joml_tui.ui.shell.areas import WIDGETS, Area
from joml_tui.ui.shell.arrangement import Arrangement


class Border(NamedTuple):
    """A cell of a border that can be dragged.

    Attributes
    ----------
    area : Widget
        The area whose frame has the cell.
    side : {"left", "top"}
        What the border moves: the left end of the charts, or the upper end of the runs.
    beside : int
        Cells from here to that end: each border is two cells wide, of two frames.
    """

    area: Widget
    side: Literal["left", "top"]
    beside: int


class BorderControl:
    """The control of the borders right of the settings and above the runs.

    Cells are those of the screen: an event from a terminal, unlike one of a test, does not tell its widget.

    Parameters
    ----------
    arrangement : Arrangement
    """

    def __init__(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        self._held: Border | None = None
        self._lit: Border | None = None

    def press(self, event: events.MouseDown) -> None:
        """Take hold of the border below the mouse, but not of words in it that act when clicked."""
        border = self._border_at(event)
        if border is not None and "@click" not in event.style.meta:
            self._held = border
            border.area.capture_mouse()

    def restore(self, event: events.Click) -> None:
        """Take back the chosen place of a border at a double click on it."""
        border = self._border_at(event) if event.chain == 2 else None
        if border is not None and "@click" not in event.style.meta:
            self._arrangement.restore_border(border.side)

    def move(self, event: events.MouseMove) -> None:
        """Move the border that is held, or highlight the one below the mouse."""
        border = self._held
        if border is None:
            self._light(self._border_at(event))
        elif border.side == "left":
            self._arrangement.move_border("left", int(event.screen_x) + border.beside)
        else:
            self._arrangement.move_border("top", int(event.screen_y) + border.beside)

    def release(self) -> None:
        """Let go of the border."""
        if self._held is not None:
            self._held.area.release_mouse()
            self._held = None
            self._light(None)

    def _light(self, border: Border | None) -> None:
        if border != self._lit:
            if self._lit is not None:
                self._lit.area.remove_class("-at-left", "-at-right", "-at-top", "-at-bottom")
            if border is not None:
                opposite = {"left": "right", "top": "bottom"}
                border.area.add_class(f"-at-{opposite[border.side] if border.beside else border.side}")
            self._lit = border

    def _border_at(self, event: events.MouseEvent) -> Border | None:
        """Return the border at a cell of the screen; None if there is none, or if one area fills the screen."""
        if self._arrangement.one_area:
            return None
        areas = {area: self._arrangement.screen.query_one(selector) for area, selector in WIDGETS.items()}
        shown: dict[Area, Widget] = {area: widget for area, widget in areas.items() if widget.display}
        column, row = int(event.screen_x), int(event.screen_y)
        settings, runs = shown.get("compose"), shown.get("runs")
        for widget in shown.values():
            region = widget.region
            if not (region.x <= column < region.right and region.y <= row < region.bottom):
                continue
            if widget is runs:
                return Border(widget, "top", 0) if row == region.y else None
            if widget is settings and column == region.right - 1:
                return Border(widget, "left", 1)
            if settings is not None and column == region.x == settings.region.right:
                return Border(widget, "left", 0)
            if runs is not None and row == region.bottom - 1:
                return Border(widget, "top", 1)
        return None
