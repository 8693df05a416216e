"""What the handlers of all actions share: the runs, which of them is meant, and how the lab speaks."""

from __future__ import annotations

from textual.screen import Screen
from textual.widgets import Label

from joml_tui.ui import text
from joml_tui.ui.runs.book import LabRun, RunBook
from joml_tui.ui.runs.table import RunsTable

AREAS = ("compose", "charts", "runs", "inside")
#: In a large terminal these two stand in the same place, the one shown last.
_ONE_PLACE = ("charts", "inside")

#: From so many columns and lines on the areas stand side by side.
WIDE, TALL = 100, 28


class LabScreen(Screen[None]):
    """The lab's screen as its handlers see it.

    Attributes
    ----------
    book : RunBook
        All runs of the session.
    """

    book: RunBook

    @property
    def selected(self) -> LabRun | None:
        """The run that the table's cursor stands on."""
        return self.book.by_key(self.query_one(RunsTable).selected_key)

    @property
    def driven(self) -> LabRun | None:
        """The run that pause, step and stop are about: the selected one if it is alive, else the one at work."""
        selected = self.selected
        if selected is not None and selected.live:
            return selected
        return self.book.training or (self.book.live[-1] if self.book.live else None)

    @property
    def one_area(self) -> bool:
        """Whether one area is shown at a time: the terminal is small, or an area is maximised."""
        return self.small or self.has_class("-alone")

    @property
    def small(self) -> bool:
        """Whether the terminal has no room for more than one area."""
        return self.has_class("-narrow") or self.has_class("-short")

    def show_area(self, area: str) -> None:
        """Bring an area into view."""
        if not self.has_class(f"-tabs-{area}"):
            # Each change of the screen's classes styles the whole tree anew: once is enough.
            self.remove_class(*(f"-tabs-{name}" for name in AREAS), update=False)
            if area in _ONE_PLACE:
                self.set_class(area == "inside", "-inside", update=False)
            self.add_class(f"-tabs-{area}")
            for tab in self.query(Tab):
                tab.set_class(tab.area == area, "-active")
        focused = self.focused
        if self.one_area and focused is not None and not focused.is_on_screen:
            self.set_focus(None)

    def run_changed(self, lab_run: LabRun) -> None:
        """Follow a change of a run's life; the lab does."""

    def show_charts(self) -> None:
        """Chart the selected run, the marked ones and those alive; the lab does."""

    def show_selected(self) -> None:
        """Show everything that depends on which run is selected; the lab does."""

    def runs_removed(self) -> None:
        """Follow that there are fewer runs than before; the lab does."""

    def record(self, lab_run: LabRun) -> None:
        """Record a run in the store from now on; the lab does."""

    def describe(self, lab_run: LabRun) -> None:
        """Have the store call a run what the lab calls it; the lab does."""

    def forget(self, lab_run: LabRun) -> None:
        """Delete a run from the store that cannot be brought back; the lab does."""

    def say(self, message: str, *, severity: str = "information", title: str = "") -> None:
        """Tell something at the screen's edge for a few seconds; any text is shown harmlessly."""
        self.notify(
            text.plain(message, 300),
            title=text.plain(title, 60),
            severity="error" if severity == "error" else "warning" if severity == "warning" else "information",
            timeout=6,
            markup=False,
        )


class Tab(Label):
    """The name of an area, which shows it when clicked."""

    def __init__(self, title: str, area: str, *, active: bool) -> None:
        super().__init__(title, classes="tab -active" if active else "tab", markup=False)
        self.area = area

    async def on_click(self) -> None:
        """Show the area."""
        await self.screen.run_action(f"area_{self.area}")
