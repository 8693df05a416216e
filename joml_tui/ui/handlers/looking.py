"""Looking inside: which panel of the area "Inside" is in sight."""

from __future__ import annotations

from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.inside import InsideArea


class LookingHandlers(LabScreen):
    """What the actions of looking inside do."""

    def action_area_inside(self) -> None:
        """Go to what goes on within the network."""
        self.show_area("inside")
        area = self.query_one(InsideArea)
        if area.panel.display:
            area.panel.focus()

    def action_inside_previous(self) -> None:
        """Show the panel before."""
        self._turn(-1)

    def action_inside_next(self) -> None:
        """Show the next panel."""
        self._turn(1)

    def _turn(self, by: int) -> None:
        """Turn to another panel; the first time the area itself comes into view."""
        area = self.query_one(InsideArea)
        if not area.is_on_screen:
            self.action_area_inside()
            return
        area.turn(by)
