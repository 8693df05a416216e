"""The control of general actions: help, tour, jump mode, pictures, theme, and leaving."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual.screen import Screen
from textual.widget import Widget

from joml_tui.export import free_path
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.area_tabs import Tab
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.shell.themes import DARK, LIGHT
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.dropdown import Dropdown
from joml_tui.working_folder import working_folder

if TYPE_CHECKING:
    from joml_tui.ui.app import LabApp


class ShellControl:
    """The control of general actions.

    Parameters
    ----------
    arrangement : Arrangement
    """

    def __init__(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement

    @property
    def screen(self) -> Screen[None]:
        """The lab's screen."""
        return self._arrangement.screen

    @property
    def _app(self) -> LabApp:
        return cast("LabApp", self.screen.app)

    def action_help(self) -> None:
        """Open the help."""
        from joml_tui.ui.dialogs.context_help import about  # noqa: PLC0415 - not before the first paint
        from joml_tui.ui.dialogs.help_dialog import Help  # noqa: PLC0415

        area = f"{self._arrangement.area_in_use}-area" if self._arrangement.one_area else ""
        open_screen(self.screen, Help(about(self.screen, area)))

    def action_tour(self) -> None:
        """Start the tour, which is then not started automatically again."""
        from joml_tui.ui.shell.tour import Tour  # noqa: PLC0415 - not before the first paint

        self._app.remember(tour_seen=True)
        open_screen(self.screen, Tour(self._arrangement.show, self.screen.query_one))

    def action_jump(self) -> None:
        """Start jump mode."""
        from joml_tui.ui.shell.jump import Jump  # noqa: PLC0415 - not before the first paint

        targets = [widget for widget in [*self.screen.query(Tab), *self.screen.focus_chain] if self._in_view(widget)]
        open_screen(self.screen, Jump(targets), self._jumped)

    async def _jumped(self, target: Widget | None) -> None:
        if isinstance(target, Tab):
            await target.choose()
        elif target is not None:
            self.screen.set_focus(target)
            if isinstance(target, Dropdown):  # as a click does
                target.action_show_overlay()

    def _in_view(self, widget: Widget) -> bool:
        return widget.is_on_screen and bool(self.screen.find_widget(widget).visible_region.area)

    def action_picture(self) -> None:
        """Write a picture of the screen to a file."""
        self._write_picture(self._app.export_screenshot(title="JOML"))

    @in_worker(group="picture")
    async def _write_picture(self, picture: str) -> None:
        try:
            path = await in_background(_write_new, Path("joml.svg"), picture)
        except OSError as error:
            say(self.screen, f"Cannot write the picture: {error.strerror or error}", severity="error")
        else:
            say(self.screen, f"Written to {path}", title="Picture")

    def action_light_dark(self) -> None:
        """Change between a dark and a light theme."""
        self._app.theme = LIGHT.name if self._app.current_theme.dark else DARK.name

    async def action_quit(self) -> None:
        """Leave the lab."""
        await self._app.action_quit()


def _write_new(name: Path, text: str) -> Path:
    """Write a new file in the working directory, with that name or the next free one, and return its path."""
    path = free_path(working_folder() / name)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path
