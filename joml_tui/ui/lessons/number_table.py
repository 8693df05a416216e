"""Tables of numbers: a matrix that scrolls between row labels and fixed columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from joml_tui.alignment import align_right
from joml_tui.ui.deferred_calls import call_after_paint
from joml_tui.ui.lessons.ascii_math import spelled
from joml_tui.ui.lessons.notation import NUMBER, cell
from joml_tui.ui.widgets.row_scroll_view import RowScrollView

#: A number and the space before it.
_CELL = NUMBER + 1

_Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class NumberMatrix:
    """The content of a number table.

    Attributes
    ----------
    caption : str
        The title of the table.
    rows : sequence of str
        A label for each row.
    matrix : (rows, columns) array, optional
        The part that scrolls sideways.
    columns : sequence of str
        Its columns' titles.
    top : (columns,) array, optional
        A row above the matrix, such as the vector that it multiplies.
    top_label : str
    beside : sequence of (str, (rows,) array)
        Columns on the right that are always visible, with their titles.
    row, column : int
        The cell that is explained.
    row_chooses, column_chooses : str
        What a click on a cell selects by its row and column: "unit", "input", "sample", or "" for nothing.
    """

    caption: str
    rows: Sequence[str]
    matrix: _Numbers | None = None
    columns: Sequence[str] = ()
    top: _Numbers | None = None
    top_label: str = ""
    beside: Sequence[tuple[str, _Numbers]] = field(default_factory=tuple)
    row: int = -1
    column: int = -1
    row_chooses: str = ""
    column_chooses: str = ""


class NumberTable(RowScrollView, can_focus=False):
    """A table widget; positive and negative numbers differ in sign and colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "number-table--caption",
        "number-table--title",
        "number-table--positive",
        "number-table--negative",
        "number-table--zero",
        "number-table--cursor",
    }

    class Chosen(Message):
        """A message: a cell was clicked; ``choices`` maps what is selected to its place."""

        def __init__(self, choices: dict[str, int]) -> None:
            super().__init__()
            self.choices = choices

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table = NumberMatrix("", ())
        self._label_width = 5
        self._looks: dict[tuple[str, bool, bool | None], Style] = {}

    def show(self, table: NumberMatrix) -> None:
        """Show a table, scrolled to the explained cell."""
        self.table = replace(
            table,
            caption=spelled(table.caption),
            rows=[spelled(row) for row in table.rows],
            columns=[spelled(column) for column in table.columns],
            top_label=spelled(table.top_label),
            beside=[(spelled(title), values) for title, values in table.beside],
        )
        self._lay_out()
        self.refresh()
        # At once if the scroll bars do not change, to paint only once; otherwise after their layout.
        self._follow()
        call_after_paint(self, self._follow)

    def notify_style_update(self) -> None:
        """Clear the cached styles."""
        super().notify_style_update()
        self._looks.clear()

    def on_resize(self) -> None:
        """Keep the explained cell in sight."""
        self._follow()

    # --- where things are ------------------------------------------------------------------------------------------

    @property
    def _beside_width(self) -> int:
        return (
            _CELL * len(self.table.beside) + 2
            if self.table.beside and self._columns
            else _CELL * len(self.table.beside)
        )

    @property
    def _columns(self) -> int:
        return 0 if self.table.matrix is None else self.table.matrix.shape[1]

    @property
    def _head(self) -> int:
        return 2 + (self.table.top is not None)

    @property
    def height(self) -> int:
        """Number of lines of the whole table, including a scrollbar."""
        return self._head + len(self.table.rows) + 1

    def _lay_out(self) -> None:
        table = self.table
        self._label_width = max([len(row) for row in table.rows] + [len(table.top_label), 3]) + 2
        width = self._label_width + _CELL * self._columns + self._beside_width
        self.scroll_over(width, self._head + len(table.rows))

    def _follow(self) -> None:
        """Scroll to the explained cell."""
        table, region = self.table, self.scrollable_content_region
        x, y = self.scroll_offset
        room = max(1, region.height - self._head)
        if table.row >= 0:
            y = min(max(y, table.row - room + 1), table.row)
        middle = max(1, (region.width - self._label_width - self._beside_width) // _CELL) * _CELL
        if table.column >= 0 and self._columns:
            left = table.column * _CELL
            x = min(max(x, left + _CELL - middle), left)
        if (x, y) != tuple(self.scroll_offset):
            self.scroll_to(x, y, animate=False, immediate=True)

    def _first(self, room: int) -> int:
        """Return the first visible column; columns scroll as units, and the last one can be reached."""
        return max(0, min(-(-self.scroll_offset.x // _CELL), self._columns - room // _CELL))

    # --- drawing ---------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Return one line: the caption, the titles, the row on top or a row of numbers."""
        width = self.scrollable_content_region.width
        table = self.table
        if y == 0:
            strip = Strip([Segment(table.caption, self._look("caption"))])
        elif y == 1:
            strip = self._line(width, "", table.columns, [title for title, _ in table.beside], titles=True)
        elif y == 2 and table.top is not None:
            strip = self._line(width, table.top_label, table.top, [""] * len(table.beside))
        else:
            row = y - self._head + self.scroll_offset.y
            if row >= len(table.rows):
                return Strip.blank(width, self._look())
            matrix = np.zeros(0) if table.matrix is None else table.matrix[row]
            beside = [float(values[row]) for _, values in table.beside]
            strip = self._line(width, table.rows[row], matrix, beside, chosen=row == table.row)
        return strip.adjust_cell_length(width, self._look())

    def _line(
        self,
        width: int,
        label: str,
        middle: Sequence[str] | _Numbers,
        beside: Sequence[str | float],
        *,
        chosen: bool = False,
        titles: bool = False,
    ) -> Strip:
        room = max(0, width - self._label_width - self._beside_width)
        mark = spelled("▸") if chosen else " "
        segments = [Segment(f"{mark}{align_right(label, self._label_width - 2)} ", self._look("title", chosen))]
        first = self._first(room)
        last = min(len(middle), first + room // _CELL)
        for place in range(first, last):
            here = place == self.table.column and (chosen or titles)
            segments.append(self._cell(middle[place], chosen, here))
        if beside and self._columns:
            segments.append(Segment(spelled(" │"), self._look("title", chosen)))
        segments += [self._cell(entry, chosen, False) for entry in beside]
        return Strip(segments)

    def _cell(self, entry: str | float, chosen: bool, here: bool) -> Segment:
        if isinstance(entry, str):
            return Segment(align_right(entry[:NUMBER], _CELL), self._look("title", chosen, here))
        number = float(entry)
        kind = "positive" if number > 0 else "negative" if number < 0 else "zero"
        return Segment(" " + spelled(cell(number)), self._look(kind, chosen, here))

    def _look(self, name: str = "", chosen: bool = False, here: bool | None = None) -> Style:
        """Return the style with a name, for cells in the explained row or column.

        Cached, because a table has a thousand cells and combining styles is slow.
        """
        style = self._looks.get((name, chosen, here))
        if style is not None:
            return style
        look = self.rich_style
        if name:
            own = self.get_component_rich_style(f"number-table--{name}", partial=True)
            look += Style(color=own.color, bgcolor=own.bgcolor, bold=own.bold)
        if chosen:
            look += Style(bgcolor=self.get_component_rich_style("number-table--cursor", partial=True).bgcolor)
        if here is not None:
            look += Style(bold=here, underline=here) if name == "title" else Style(reverse=here)
        self._looks[name, chosen, here] = look
        return look

    # --- the mouse -------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Select the unit, input or sample of the clicked cell."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        choices: dict[str, int] = {}
        row = offset.y - self._head + self.scroll_offset.y
        if offset.y >= self._head and row < len(self.table.rows) and self.table.row_chooses:
            choices[self.table.row_chooses] = row
        x = offset.x - self._label_width
        room = self.scrollable_content_region.width - self._label_width - self._beside_width
        column = x // _CELL + self._first(room)
        if 0 <= x < room and 0 <= column < self._columns and self.table.column_chooses:
            choices[self.table.column_chooses] = column
        if choices:
            self.post_message(self.Chosen(choices))
