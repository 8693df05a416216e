"""What the handlers of all actions share: the runs, which of them is meant, and how the lab speaks."""

from __future__ import annotations

from textual.geometry import Size
from textual.widgets import Label

from joml_tui.ui import text
from joml_tui.ui.areas import INSIDE_BESIDE, TALL, WIDE, WIDGETS, Area, areas_in_sight
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.textual_compat import QuietBeneathScreen


class LabScreen(QuietBeneathScreen):
    """The lab's screen as its handlers see it.

    Attributes
    ----------
    book : Session
        All runs of the session.
    area : str
        The area shown last.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall"), (40, "-very-tall")]

    book: Session
    area: Area = "compose"
    _inside = False
    """Whether of charts and "Inside" the latter was shown last."""

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

    def classes_of(self, size: Size) -> dict[str, bool]:
        """Return which classes the screen has in a terminal of this size, and which not."""
        classes: dict[str, bool] = {}
        for cells, breakpoints in ((size.width, self.HORIZONTAL_BREAKPOINTS), (size.height, self.VERTICAL_BREAKPOINTS)):
            reached = max(each for each in breakpoints if each[0] <= cells)
            classes |= {name: (least, name) == reached for least, name in breakpoints}
        return classes

    @property
    def one_area(self) -> bool:
        """Whether one area is shown at a time: the terminal is small, or an area is maximised."""
        return self.small or self.has_class("-alone")

    @property
    def small(self) -> bool:
        """Whether the terminal has no room for more than one area."""
        return self.has_class("-narrow") or self.has_class("-short")

    def show_area(self, area: Area) -> None:
        """Bring an area into view."""
        if area != self.area:
            self.area = area
            if area in ("charts", "inside"):
                self._inside = area == "inside"
            for tab in self.query(Tab):
                tab.set_class(tab.area == area, "-active")
            self.arrange_areas(self.size)
        focused = self.focused
        if self.one_area and focused is not None and not all(node.display for node in focused.ancestors_with_self):
            self.set_focus(None)

    def arrange_areas(self, size: Size) -> None:
        """Show the areas that are in sight, and no others.

        By the widgets' own display: a class of the screen would have its whole tree styled anew, at every key that
        chooses an area.
        """
        shown = areas_in_sight(self.area, inside=self._inside, one=self.one_area, cramped=size.width < INSIDE_BESIDE)
        for area, selector in WIDGETS.items():
            self.query_one(selector).display = area in shown
        self.query_one("#work").display = shown != {"runs"}

    def in_sight(self, area: Area) -> bool:
        """Whether an area is in sight, or will be as soon as what is there has been laid out."""
        return bool(self.query_one(WIDGETS[area]).display)

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

    def __init__(self, title: str, area: Area, *, active: bool) -> None:
        super().__init__(title, classes="tab -active" if active else "tab", markup=False)
        self.area = area

    async def on_click(self) -> None:
        """Show the area."""
        await self.screen.run_action(f"area_{self.area}")
