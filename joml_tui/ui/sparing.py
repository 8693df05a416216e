"""A compositor that asks only those widgets for their lines that lie where something has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip


class SparingCompositor(Compositor):
    """Paints a change by what it has changed.

    Textual's own paints by the box around all changes of a moment: a letter typed at the top and a row of a table at
    the bottom have every widget of the screen render all its lines, a frame of a chart those beside it. And what lies
    wholly behind another widget is rendered for nothing; behind a dialog that is the whole screen beneath.
    """

    _changed: tuple[Region, ...] = ()

    def render_partial_update(self) -> ChopsUpdate | None:
        """Paint what has changed since the last time."""
        self._changed = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = ()

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not self._changed:
            yield from super()._get_renders(crop)
            return
        left = list(self._changed)
        for widget, (region, clip) in self.visible_widgets.items():  # from front to back
            shown = region.intersection(clip)
            here = [changed for changed in left if changed.overlaps(shown)]
            if not here:
                continue
            rows = Region.from_union(here).intersection(shown)
            rows = Region(shown.x, rows.y, shown.width, rows.height)
            yield region, rows, widget.render_lines(rows.translate((-region.x, -region.y)))
            left = [changed for changed in left if not shown.contains_region(changed)]
            if not left:
                return


def paint_sparingly(screen: Screen[Any]) -> None:
    """Have a screen that has not been laid out yet be painted so."""
    if type(screen._compositor) is Compositor:
        screen._compositor = SparingCompositor()
