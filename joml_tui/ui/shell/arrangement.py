"""The arrangement of the lab's areas: their visibility and their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from textual.geometry import Size
from textual.screen import Screen

from joml_tui.ui.notices import say
from joml_tui.ui.shell.area_sizes import (
    COLUMNS_A_KEY,
    LEAST_RUNS,
    LINES_A_KEY,
    fitting_height,
    fitting_width,
    usual_height,
)
from joml_tui.ui.shell.area_tabs import AreaTabs
from joml_tui.ui.shell.areas import AREAS, WIDGETS, Area, AreaWidget, areas_in_sight
from joml_tui.ui.shell.frames import mark_active

if TYPE_CHECKING:
    from joml_tui.ui.app import LabApp


class Arrangement:
    """The control of the areas' visibility and sizes.

    Parameters
    ----------
    screen : Screen
        The screen of the areas.

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
        """True if "Inside" was shown last instead of the charts."""
        self._sizes: tuple[int | None, int | None] = (None, None)
        """The width of the settings and the height of the runs as they are laid out; None by the style sheets."""
        self._rows = 0
        """The rows of the table of runs."""

    # --- Visibility ------------------------------------------------------------------------------------------------

    @property
    def one_area(self) -> bool:
        """Return whether one area is shown at a time, in a small terminal or with a maximised area."""
        return self._small or self.screen.has_class("-alone")

    @property
    def _small(self) -> bool:
        return self.screen.has_class("-narrow") or self.screen.has_class("-short")

    @property
    def area_in_use(self) -> Area:
        """The focused area, or the one shown last."""
        focused = self.screen.focused
        above = {node.id for node in focused.ancestors_with_self} if focused is not None else set()
        return next((area for area in AREAS if above & {area, f"{area}-area"}), self.area)

    def show(self, area: Area) -> None:
        """Show an area."""
        if area != self.area:
            self.area = area
            if area in ("charts", "inside"):
                self._inside = area == "inside"
            self.screen.query_one(AreaTabs).mark(area)
            self._show_areas(self.screen.size)
            self.mark_area_in_use()
        focused = self.screen.focused
        if self.one_area and focused is not None and not all(node.display for node in focused.ancestors_with_self):
            self.screen.set_focus(None)

    def mark_area_in_use(self) -> None:
        """Mark the frame of the area that has the keys."""
        in_use = self.area_in_use
        for area, selector in WIDGETS.items():
            mark_active(self.screen.query_one(selector), active=area == in_use)

    def leave_compose(self) -> None:
        """Show the charts if only the settings are visible, because a training has started."""
        if self.area == "compose" and self.one_area:
            self.show("charts")

    def _show_areas(self, size: Size) -> None:
        """Show the visible areas, and hide the others.

        It sets the widgets' display, because a class of the screen would restyle the whole tree at every such key.
        """
        shown = areas_in_sight(self.area, inside=self._inside, one=self.one_area, width=size.width)
        for area, selector in WIDGETS.items():
            self.screen.query_one(selector).display = area in shown
        self.screen.query_one("#work").display = shown != {"runs"}

    # --- Sizes -----------------------------------------------------------------------------------------------------

    def lay_out(self, size: Size) -> None:
        """Set the chosen sizes; if areas are shown one at a time, the style sheets decide."""
        self._show_areas(size)
        alone, chosen = self.one_area, self._app.memory.now
        width, height = chosen.compose_width, chosen.runs_height
        sizes = (
            None if alone or not width else fitting_width(width, size.width),
            None if alone else self._height_of_runs(height, size.height),
        )
        if sizes != self._sizes:  # setting the same once more would lay all out once more
            self._sizes = sizes
            self.screen.query_one("#compose").styles.width, self.screen.query_one("#runs-area").styles.height = sizes

    def _height_of_runs(self, chosen: int, screen: int) -> int:
        return fitting_height(chosen, screen) if chosen else usual_height(self._rows, screen)

    def make_room(self, rows: int) -> None:
        """Make the runs as high as these rows need, unless a height was chosen."""
        if rows != self._rows:
            self._rows = rows
            self.lay_out(self.screen.size)

    def move_border(self, side: Literal["left", "top"], place: int) -> None:
        """Extend the settings to a column of the screen, or the runs up to a row."""
        if self.one_area:
            return
        if side == "left":
            self._resize_compose(place)
        else:
            bottom = self.screen.query_one("#runs-area").region.bottom
            self._resize_runs(bottom - place)

    def restore_border(self, side: Literal["left", "top"]) -> None:
        """Let the settings have their usual width again, or the runs the height of their rows."""
        if side == "left":
            self._app.remember(compose_width=0)
        else:
            self._app.remember(runs_height=0)
        self.lay_out(self.screen.size)

    @property
    def _app(self) -> LabApp:
        return cast("LabApp", self.screen.app)

    # Based on the chosen size, not the layout: repeated keys come faster than layouts.
    @property
    def _compose_width(self) -> int:
        chosen, screen = self._app.memory.now.compose_width, self.screen
        return fitting_width(chosen, screen.size.width) if chosen else screen.query_one("#compose").outer_size.width

    @property
    def _runs_height(self) -> int:
        return self._height_of_runs(self._app.memory.now.runs_height, self.screen.size.height)

    def _resize_compose(self, width: int) -> None:
        self._app.remember(compose_width=fitting_width(width, self.screen.size.width))
        self.lay_out(self.screen.size)

    def _resize_runs(self, height: int) -> None:
        self._app.remember(runs_height=fitting_height(height, self.screen.size.height))
        self.lay_out(self.screen.size)

    def _may_resize(self) -> bool:
        if self.one_area:
            say(self.screen, "One panel fills the screen: there is no border to move.")
        return not self.one_area

    # --- Actions ---------------------------------------------------------------------------------------------------

    def action_go(self, area: Area) -> None:
        """Show and focus an area."""
        self.show(area)
        widget = self.screen.query_one(WIDGETS[area])
        cast("AreaWidget", widget).take_keys()

    def action_maximise(self) -> None:
        """Maximise the focused area, or show all areas again."""
        if self._small:
            say(self.screen, "The terminal is small: each panel already fills it.")
            return
        if not self.screen.has_class("-alone"):
            self.show(self.area_in_use)
        self.screen.toggle_class("-alone")
        self.lay_out(self.screen.size)

    def action_widen(self, steps: int) -> None:
        """Widen or narrow the settings."""
        if self._may_resize():
            self._resize_compose(self._compose_width + steps * COLUMNS_A_KEY)

    def action_heighten(self, steps: int) -> None:
        """Change the height of the runs."""
        may_shrink = self._runs_height > LEAST_RUNS  # without runs they are lower
        if self._may_resize() and (steps > 0 or may_shrink):
            self._resize_runs(self._runs_height + steps * LINES_A_KEY)
