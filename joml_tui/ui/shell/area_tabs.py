"""The names of the areas at the top of the lab."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label

from joml_tui.ui.actions import BY_ID, request_of
from joml_tui.ui.shell.areas import AREAS, Area
from joml_tui.ui.shell.frames import area_title


class Tab(Label):
    """The name of an area, which shows it when clicked."""

    def __init__(self, area: Area, *, active: bool) -> None:
        super().__init__(area_title(area), classes="tab -active" if active else "tab", markup=False)
        self.area = area

    async def on_click(self) -> None:
        """Show the area."""
        await self.choose()

    async def choose(self) -> None:
        """Go to the area."""
        await self.screen.run_action(request_of(BY_ID[f"area-{self.area}"]))


class AreaTabs(Horizontal):
    """The product's name and the names of the areas; a small terminal marks the visible one."""

    def compose(self) -> ComposeResult:
        """Put the names side by side."""
        yield Label("JOML", id="product")
        for area in AREAS:
            yield Tab(area, active=area == AREAS[0])

    def mark(self, area: Area) -> None:
        """Mark the visible area."""
        for tab in self.query(Tab):
            tab.set_class(tab.area == area, "-active")
