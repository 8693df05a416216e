"""How the lab's areas share the screen: which of them are in sight, and how much room each has."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.geometry import Size
from textual.screen import Screen

from joml_tui.ui.notices import say
from joml_tui.ui.shell.area_tabs import AreaTabs
from joml_tui.ui.shell.areas import AREAS, INSIDE_BESIDE, WIDGETS, Area, AreaWidget, areas_in_sight
from joml_tui.ui.shell.splitter import COLUMNS_A_KEY, LINES_A_KEY, fitting_height, fitting_width

if TYPE_CHECKING:
    from joml_tui.ui.app import LabApp


class Arrangement:
    """Brings areas into view and gives them room.

    Parameters
    ----------
    screen : Screen
        The one that the areas stand on.

    Attributes
    ----------
    screen : Screen
    area : str
        The area shown last.
    """

    def __init__(self, screen: Screen[None]) -> None:
        self.screen = screen
        self.area: Area = "compose"
        self._inside = False
        """Whether of charts and "Inside" the latter was shown last."""

    # --- Which areas are in sight ----------------------------------------------------------------------------------

    @property
    def one_area(self) -> bool:
        """Whether one area is shown at a time: the terminal is small, or an area is maximised."""
        return self._small or self.screen.has_class("-alone")

    @property
    def _small(self) -> bool:
        return self.screen.has_class("-narrow") or self.screen.has_class("-short")

    @property
    def area_in_use(self) -> Area:
        """The area that has the keys, or the one shown last."""
        focused = self.screen.focused
        above = {node.id for node in focused.ancestors_with_self} if focused is not None else set()
        return next((area for area in AREAS if above & {area, f"{area}-area"}), self.area)

    def show(self, area: Area) -> None:
        """Bring an area into view."""
        if area != self.area:
            self.area = area
            if area in ("charts", "inside"):
                self._inside = area == "inside"
            self.screen.query_one(AreaTabs).mark(area)
            self._show_areas(self.screen.size)
        focused = self.screen.focused
        if self.one_area and focused is not None and not all(node.display for node in focused.ancestors_with_self):
            self.screen.set_focus(None)

    def leave_compose(self) -> None:
        """Show the charts where nothing but the settings is in sight: something has begun to train."""
        if self.area == "compose" and self.one_area:
            self.show("charts")

    def _show_areas(self, size: Size) -> None:
        """Show the areas that are in sight, and no others.

        By the widgets' own display: a class of the screen would have its whole tree styled anew, at every key that
        chooses an area.
        """
        shown = areas_in_sight(self.area, inside=self._inside, one=self.one_area, cramped=size.width < INSIDE_BESIDE)
        for area, selector in WIDGETS.items():
            self.screen.query_one(selector).display = area in shown
        self.screen.query_one("#work").display = shown != {"runs"}

    # --- How much room they have -----------------------------------------------------------------------------------

    def lay_out(self, size: Size) -> None:
        """Set the sizes chosen; where areas are shown one at a time the style sheets have their way."""
        self._show_areas(size)
        alone, chosen = self.one_area, self._app.memory.now
        width, height = chosen.compose_width, chosen.runs_height
        self.screen.query_one("#compose").styles.width = (
            None if alone or not width else fitting_width(width, size.width)
        )
        self.screen.query_one("#runs-area").styles.height = (
            None if alone or not height else fitting_height(height, size.height)
        )

    def move_border(self, column: int) -> None:
        """Let the settings reach to a column of the screen."""
        if not self.one_area:
            self._resize_compose(column)

    @property
    def _app(self) -> LabApp:
        return cast("LabApp", self.screen.app)

    # What was chosen counts, not what is laid out: keys that are held down come faster than layouts.
    @property
    def _compose_width(self) -> int:
        chosen, screen = self._app.memory.now.compose_width, self.screen
        return fitting_width(chosen, screen.size.width) if chosen else screen.query_one("#compose").outer_size.width

    @property
    def _runs_height(self) -> int:
        chosen, screen = self._app.memory.now.runs_height, self.screen
        return (
            fitting_height(chosen, screen.size.height) if chosen else screen.query_one("#runs-area").outer_size.height
        )

    def _resize_compose(self, width: int) -> None:
        self._app.remember(compose_width=fitting_width(width, self.screen.size.width))
        self.lay_out(self.screen.size)

    def _may_resize(self) -> bool:
        if self.one_area:
            say(self.screen, "One panel fills the screen: there is no border to move.")
        return not self.one_area

    # --- Actions ---------------------------------------------------------------------------------------------------

    def action_go(self, area: Area) -> None:
        """Bring an area into view, and give it the keys."""
        self.show(area)
        widget = self.screen.query_one(WIDGETS[area])
        cast("AreaWidget", widget).take_keys()

    def action_maximise(self) -> None:
        """Show the area in use alone, or all areas again."""
        if self._small:
            say(self.screen, "The terminal is small: each panel already fills it.")
            return
        if not self.screen.has_class("-alone"):
            self.show(self.area_in_use)
        self.screen.toggle_class("-alone")
        self.lay_out(self.screen.size)

    def action_widen(self, steps: int) -> None:
        """Give the settings more columns, or fewer."""
        if self._may_resize():
            self._resize_compose(self._compose_width + steps * COLUMNS_A_KEY)

    def action_heighten(self, steps: int) -> None:
        """Give the runs more lines, or fewer."""
        if self._may_resize():
            height = fitting_height(self._runs_height + steps * LINES_A_KEY, self.screen.size.height)
            self._app.remember(runs_height=height)
            self.lay_out(self.screen.size)
