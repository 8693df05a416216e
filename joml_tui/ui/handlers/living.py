"""The lab itself: its areas, its looks, its help, and leaving it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.events import Resize
from textual.geometry import Size
from textual.widget import Widget

from joml_tui.export import free_path
from joml_tui.ui.areas import AREAS, Area
from joml_tui.ui.charts import Charts
from joml_tui.ui.deferred_calls import call_after_paint, in_worker
from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.handlers.base import LabScreen, Tab
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.context_help import about
from joml_tui.ui.shell.jump import Jump
from joml_tui.ui.shell.splitter import COLUMNS_A_KEY, LINES_A_KEY, Splitter, fitting_height, fitting_width
from joml_tui.ui.shell.tour import Tour
from joml_tui.ui.threads import in_background

if TYPE_CHECKING:
    from joml_tui.ui.app import LabApp


class LivingHandlers(LabScreen):
    """What the actions about the lab itself do."""

    app: LabApp

    def move_in(self) -> None:
        """Set up what the user's settings say and what the lab remembers."""
        self.query_one(Charts).smoothing = self.app.settings.smoothing
        if self.app.shows_tour:
            call_after_paint(self, self.action_tour)

    # --- Room ------------------------------------------------------------------------------------------------------

    def on_resize(self, event: Resize) -> None:
        """Restore the sizes chosen for the areas, as far as the terminal has room.

        The classes of the new size are taken at once: Textual lays all out without them first, then once more.
        """
        self.update_classes(self.classes_of(event.size), animate=False)
        self._lay_out(event.size)

    def action_maximise(self) -> None:
        """Show the area in use alone, or all areas again."""
        if self.small:
            self.say("The terminal is small: each panel already fills it.")
            return
        if not self.has_class("-alone"):
            self.show_area(self.area_in_use)
        self.toggle_class("-alone")
        self._lay_out(self.size)

    def action_narrower(self) -> None:
        """Move the border between settings and charts to the left."""
        self._resize_compose(self._compose_width - COLUMNS_A_KEY)

    def action_wider(self) -> None:
        """Move the border between settings and charts to the right."""
        self._resize_compose(self._compose_width + COLUMNS_A_KEY)

    def action_taller(self) -> None:
        """Give the runs more lines."""
        self._resize_runs(self._runs_height + LINES_A_KEY)

    def action_lower(self) -> None:
        """Give the runs fewer lines."""
        self._resize_runs(self._runs_height - LINES_A_KEY)

    # What was chosen counts, not what is laid out: keys that are held down come faster than layouts.
    @property
    def _compose_width(self) -> int:
        chosen = self.app.memory.now.compose_width
        return fitting_width(chosen, self.size.width) if chosen else self.query_one("#compose").outer_size.width

    @property
    def _runs_height(self) -> int:
        chosen = self.app.memory.now.runs_height
        return fitting_height(chosen, self.size.height) if chosen else self.query_one("#runs-area").outer_size.height

    @on(Splitter.Dragged)
    def _dragged(self, event: Splitter.Dragged) -> None:
        if not self.one_area:
            self._resize_compose(event.column)

    def _resize_compose(self, width: int) -> None:
        if self._may_resize():
            self.app.remember(compose_width=fitting_width(width, self.size.width))
            self._lay_out(self.size)

    def _resize_runs(self, height: int) -> None:
        if self._may_resize():
            self.app.remember(runs_height=fitting_height(height, self.size.height))
            self._lay_out(self.size)

    def _may_resize(self) -> bool:
        if self.one_area:
            self.say("One panel fills the screen: there is no border to move.")
        return not self.one_area

    def _lay_out(self, size: Size) -> None:
        """Set the sizes chosen; where areas are shown one at a time the style sheets have their way."""
        self.arrange_areas(size)
        alone = self.one_area
        chosen = self.app.memory.now
        width, height = chosen.compose_width, chosen.runs_height
        self.query_one("#compose").styles.width = None if alone or not width else fitting_width(width, size.width)
        self.query_one("#runs-area").styles.height = (
            None if alone or not height else fitting_height(height, size.height)
        )

    @property
    def area_in_use(self) -> Area:
        """The area that has the keys, or the one shown last."""
        above = {node.id for node in self.focused.ancestors_with_self} if self.focused is not None else set()
        for area in AREAS:
            if above & {area, f"{area}-area"}:
                return area
        return self.area

    # --- About -----------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Tell what can be done here, and every key."""
        open_screen(self, Help(about(self, f"{self.area_in_use}-area" if self.one_area else "")))

    def action_tour(self) -> None:
        """Show the lab around, and never again by itself."""
        self.app.remember(tour_seen=True)
        open_screen(self, Tour(self.show_area, self.query_one))

    def action_jump(self) -> None:
        """Put letters on all that can have the keys."""
        targets = [widget for widget in [*self.query(Tab), *self.focus_chain] if self._in_view(widget)]
        open_screen(self, Jump(targets), self._jumped)

    async def _jumped(self, target: Widget | None) -> None:
        if isinstance(target, Tab):
            await self.run_action(f"area_{target.area}")
        elif target is not None:
            self.set_focus(target)

    def _in_view(self, widget: Widget) -> bool:
        return widget.is_on_screen and bool(self.find_widget(widget).visible_region.area)

    def action_picture(self) -> None:
        """Write what the screen shows to a file."""
        self._write_picture(self.app.export_screenshot(title="JOML"))

    @in_worker(group="picture")
    async def _write_picture(self, picture: str) -> None:
        try:
            path = await in_background(_write_new, Path("joml.svg"), picture)
        except OSError as error:
            self.say(f"The picture could not be written: {error.strerror or error}", severity="error")
        else:
            self.say(f"Written to {path}", title="Picture")

    # --- Areas and looks -------------------------------------------------------------------------------------------

    def action_area_compose(self) -> None:
        """Go to the settings; to a list, so that the number keys go on choosing areas."""
        self.show_area("compose")
        self.query_one("#dataset").focus()

    def action_area_charts(self) -> None:
        """Go to the charts."""
        self.show_area("charts")
        charts = self.query_one(Charts)
        self.set_focus(charts if charts.focusable else None)

    def action_area_runs(self) -> None:
        """Go to the table of runs."""
        self.show_area("runs")
        self.query_one(RunsTable).focus()

    def action_light_dark(self) -> None:
        """Change between a dark and a light theme."""
        self.app.theme = "textual-light" if self.app.current_theme.dark else "textual-dark"

    async def action_quit(self) -> None:
        """Leave the lab."""
        await self.app.action_quit()


def _write_new(name: Path, text: str) -> Path:
    """Write a new file in the working directory, of that name or the next one free, and return it."""
    path = free_path(Path.cwd() / name)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path
