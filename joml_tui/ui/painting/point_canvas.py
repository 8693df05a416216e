"""The canvas of a painting: points as signs of their classes, and a cursor."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from joml_tui.plots.palette import curve_colour
from joml_tui.ui.painting.painting import Painting

#: A sign for each class, so that colour is not alone in telling them apart.
SIGNS = "●▲■◆○△□◇✶"


class PointCanvas(Widget, can_focus=True):
    """A canvas that is painted with the mouse or with a cursor."""

    class Touched(Message):
        """A message: a place was touched with the mouse, from -1 to 1; ``erases`` with its other button."""

        def __init__(self, x: float, y: float, *, erases: bool) -> None:
            super().__init__()
            self.x, self.y, self.erases = x, y, erases

    column: reactive[int] = reactive(0, layout=False)
    row: reactive[int] = reactive(0, layout=False)

    def __init__(self, painting: Painting, *, id: str) -> None:
        super().__init__(id=id)
        self._painting = painting
        self._begun = False
        self._erases: bool | None = None
        self._cells: dict[tuple[int, int], int] = {}

    def on_resize(self) -> None:
        """Begin in the middle, keep the cursor on the canvas, and draw for the new size."""
        if not self._begun and self.size:
            self._begun = True
            self.column, self.row = self.size.width // 2, self.size.height // 2
        self.move(0, 0)
        self.redraw()

    def move(self, columns: int, rows: int) -> None:
        """Move the cursor, as far as the canvas reaches."""
        self.column = min(max(self.column + columns, 0), max(0, self.size.width - 1))
        self.row = min(max(self.row + rows, 0), max(0, self.size.height - 1))

    @property
    def place(self) -> tuple[float, float]:
        """The place of the cursor, from -1 to 1."""
        return self._place_of(self.column, self.row)

    def redraw(self) -> None:
        """Draw the points as they are now."""
        width, height = self.size
        self._cells = {}
        if width and height:
            points = self._painting.points
            columns = ((points[:, 0] + 1) / 2 * (width - 1) + 0.5).astype(int).tolist()
            rows = ((1 - points[:, 1]) / 2 * (height - 1) + 0.5).astype(int).tolist()
            places = zip(columns, rows, strict=True)
            self._cells = dict(zip(places, self._painting.classes.tolist(), strict=True))
        self.refresh()

    def _place_of(self, column: int, row: int) -> tuple[float, float]:
        width, height = max(2, self.size.width), max(2, self.size.height)
        return 2 * column / (width - 1) - 1, 1 - 2 * row / (height - 1)

    def render_line(self, y: int) -> Strip:
        """Return a row of points."""
        ground = self.rich_style
        dark = self.app.current_theme.dark
        segments: list[Segment] = []
        for x in range(self.size.width):
            label = self._cells.get((x, y), 0)
            style = ground if not label else ground + Style(color=f"#{curve_colour(label - 1, dark=dark):06x}")
            if self.has_focus and (x, y) == (self.column, self.row):
                style += Style(reverse=True)
            segments.append(Segment(SIGNS[label - 1] if label else " ", style))
        return Strip(segments, self.size.width).simplify()

    # --- The mouse -------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to paint; with another button than the left one, to erase."""
        self.capture_mouse()
        self._erases = event.button != 1
        self._touch(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Paint on."""
        if self._erases is not None:
            self._touch(event)

    def on_mouse_up(self) -> None:
        """Stop painting."""
        self._erases = None
        self.release_mouse()

    def _touch(self, event: events.MouseEvent) -> None:
        self.column, self.row = event.x, event.y
        self.move(0, 0)
        self.post_message(self.Touched(*self.place, erases=bool(self._erases)))
