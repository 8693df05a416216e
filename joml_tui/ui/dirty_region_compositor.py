"""A compositor that asks only those widgets for their lines that lie where something has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.segment import Segment
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from joml_tui.ui.textual_compat import ChangesCompositor, replace_compositor, tell_error

_BROKEN = "This part could not be drawn."


class DirtyRegionCompositor(ChangesCompositor):
    """Paints a change by what it has changed.

    Textual's own paints by the box around all changes of a moment: a letter typed at the top and a row of a table at
    the bottom have every widget of the screen render all its lines, a frame of a chart those beside it. And what lies
    wholly behind another widget is rendered for nothing; behind a dialog that is the whole screen beneath.
    """

    def render_changes(self, regions: Sequence[Region]) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Render the rows of visible widgets that lie where something has changed."""
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
    """Render a part of a widget; one that cannot be is told of, and says so in its place."""
    try:
        return widget.render_lines(part)
    except Exception as error:
        tell_error(widget, error)
        first = Strip([Segment(_BROKEN)]).adjust_cell_length(part.width)
        return [first if not y and not part.y else Strip.blank(part.width) for y in range(part.height)]


def paint_sparingly(screen: Screen[Any]) -> None:
    """Have a screen that has not been laid out yet be painted so."""
    replace_compositor(screen, DirtyRegionCompositor)
