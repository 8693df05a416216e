"""A compositor that renders only the changed regions of widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.segment import Segment
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from joml_tui.ui.painted_cells import PaintedCells
from joml_tui.ui.textual_compat import ChangesCompositor, replace_compositor, tell_error

_BROKEN = "This part could not be drawn."


class DirtyRegionCompositor(ChangesCompositor):
    """A compositor that paints only the changed regions.

    Textual paints the box around all changes: a letter typed at the top and a row of a table at the bottom make every
    widget of the screen render all its lines, and a frame of a chart those beside it. Widgets that are completely
    covered, such as the whole screen below a dialog, are rendered in vain.
    """

    def render_changes(self, regions: Sequence[Region]) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Yield the rows of visible widgets in the changed regions."""
        left = list(regions)
        for widget, (region, clip) in self.visible_widgets.items():  # from front to back
            shown = region.intersection(clip)
            here = [changed for changed in left if changed.overlaps(shown)]
            if not here:
                continue
            rows = Region.from_union(here).intersection(shown)
            rows = Region(shown.x, rows.y, shown.width, rows.height)
            yield region, rows, _lines(widget, rows.translate((-region.x, -region.y)))
            left = [changed for changed in left if not shown.contains_region(changed)]
            if not left:
                return


def _lines(widget: Widget, part: Region) -> list[Strip]:
    """Return the lines of a part of a widget; an error is reported, and shown in its place."""
    try:
        return widget.render_lines(part)
    except Exception as error:
        tell_error(widget, error)
        first = Strip([Segment(_BROKEN)]).adjust_cell_length(part.width)
        return [first if not y and not part.y else Strip.blank(part.width) for y in range(part.height)]


def paint_sparingly(screen: Screen[Any], painted: PaintedCells) -> None:
    """Make a new screen use this compositor, before its first layout, and write only the cells that change."""
    replace_compositor(screen, lambda: DirtyRegionCompositor(painted.changes, painted.whole))
