"""Looking inside: which panel of the area "Inside" is in sight."""

from __future__ import annotations

from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.inside.panel import Doing


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

    def action_inside_up(self) -> None:
        """Show the layer or output above."""
        self._do("up")

    def action_inside_down(self) -> None:
        """Show the layer or output below."""
        self._do("down")

    def action_inside_left(self) -> None:
        """Show the unit, the columns or the measure before."""
        self._do("left")

    def action_inside_right(self) -> None:
        """Show the next unit, columns or measure."""
        self._do("right")

    def action_inside_choice(self) -> None:
        """Choose among what the panel can show."""
        self._do("choice")

    def action_inside_large(self) -> None:
        """Show one unit large, or all units."""
        self._do("large")

    def action_inside_shading(self) -> None:
        """Show pictures in colours or characters."""
        self._do("shading")

    def _do(self, what: Doing) -> None:
        """Have the panel in sight do what it does at a key; the palette brings it into view first."""
        area = self.query_one(InsideArea)
        if not self.in_sight("inside"):
            self.action_area_inside()
        if not area.panel.do(what):
            self.say(f"{area.panel.title} has no use for that key.")

    def _turn(self, by: int) -> None:
        """Turn to another panel; the first time the area itself comes into view."""
        if not self.in_sight("inside"):
            self.action_area_inside()
            return
        self.query_one(InsideArea).turn(by)
