"""The list of a file's columns, one per line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from joml_tui.alignment import align_right
from joml_tui.reports.table_report import ColumnReport
from joml_tui.ui.text import count, plain
from joml_tui.ui.widgets.row_list import RowList

_HEIGHTS = "▁▂▃▄▅▆▇█"
#: Widths of the cells; the name and the values take what is left.
_WIDTHS = {"name": 16, "kind": 11, "use": 12, "missing": 8, "distinct": 9, "histogram": 13}
_TITLES = {"name": "Column", "kind": "Kind", "use": "Use", "missing": "Missing", "distinct": "Distinct"}
_RIGHT = ("missing", "distinct")
_MARGIN, _LEAST_VALUES, _WIDEST_NAME = 2, 14, 32


class ColumnList(RowList[ColumnReport]):
    """The columns of a file; the kinds that the user has set have a mark."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "column-list--head",
        "column-list--cursor",
        "column-list--target",
        "column-list--left-out",
    }

    class Moved(RowList.Moved):
        """The cursor stands on another column."""

    class Entered(RowList.Entered):
        """The column that the cursor stands on was clicked again."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._set: Mapping[int, str] = {}

    def show(self, columns: Sequence[ColumnReport], set_by_user: Mapping[int, str]) -> None:
        """Show columns, with the kinds that the user has set, by position."""
        self.rows, self._set = list(columns), set_by_user
        self.scroll_over(0, len(columns) + 1)
        self.cursor = self.clamp(self.cursor)
        self.refresh()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """Return the titles, or a column."""
        width = self.scrollable_content_region.width
        widths = fitting_widths(width)
        if y == 0:
            titles = {**_TITLES, "histogram": "", "values": "Values"}
            line, style = line_of(titles, widths), self.get_component_rich_style("column-list--head")
            return Strip([Segment(set_cell_size("  " + line, width), style)])
        place = self.row_at(y)
        if place is None:
            return Strip.blank(width, self.rich_style)
        column = self.rows[place]
        line = line_of(cells_of(column, self._set.get(column.position, "")), widths)
        style = self.rich_style
        if column.use == "target":
            style = self.get_component_rich_style("column-list--target")
        elif column.use == "left out":
            style = self.get_component_rich_style("column-list--left-out")
        if place == self.cursor:
            style += self.get_component_rich_style("column-list--cursor")
        return Strip([Segment(set_cell_size(("▸ " if place == self.cursor else "  ") + line, width), style)])


def fitting_widths(width: int) -> dict[str, int]:
    """Return the widths of the cells that fit into a line, in order."""
    widths = dict(_WIDTHS)
    if _MARGIN + sum(widths.values()) + _LEAST_VALUES > width:
        del widths["distinct"]
    left = width - _MARGIN - sum(widths.values())
    if left > 2 * _LEAST_VALUES:
        wider = min(_WIDEST_NAME - widths["name"], left // 3)
        widths["name"] += wider
        left -= wider
    return {**widths, "values": max(0, left)}


def cells_of(column: ColumnReport, set_to: str) -> dict[str, str]:
    """Return the cells of a line; ``set_to`` is the kind that the user has set, or ""."""
    kind = column.kind if not set_to or set_to == "ignore" else set_to
    use = f"{column.features:,} features" if column.features > 1 else column.use
    return {
        "name": name_of_column(column),
        "kind": f"• {kind}" if set_to else kind,
        "use": use,
        "missing": count(column.summary.missing) if column.summary.missing else "–",
        "distinct": count(column.summary.distinct),
        "histogram": bars(column.histogram),
        "values": values_of(column),
    }


def name_of_column(column: ColumnReport) -> str:
    """Return the name of a column, or its number from 1."""
    return plain(column.name, 60) or f"column {column.position + 1}"


def values_of(column: ColumnReport) -> str:
    """Return the range of a column, or its most frequent values."""
    summary = column.summary
    if column.range:
        return " to ".join(column.range)
    if summary.distinct > 1 and summary.distinct == summary.rows - summary.missing:
        return "all different"
    return ", ".join(f"{plain(value, 20)} {rows:,}" for value, rows in summary.frequent)


def bars(counts: Sequence[int]) -> str:
    """Return numbers of rows as bars; none has a blank."""
    most = max(counts, default=0)
    if most <= 0:
        return ""
    return "".join(_HEIGHTS[round((rows / most) * (len(_HEIGHTS) - 1))] if rows else " " for rows in counts)


def line_of(cells: Mapping[str, str], widths: Mapping[str, int]) -> str:
    """Return cells side by side, each cut to its width with a space after it."""
    return "".join(_cell(cells.get(name, ""), width, name in _RIGHT) for name, width in widths.items())


def _cell(content: str, width: int, right: bool) -> str:
    room = max(0, width - 1)
    cut = set_cell_size(content, room - 1) + "…" if len(content) > room > 0 else content
    return (align_right(cut, room) if right else set_cell_size(cut, room)) + " "
