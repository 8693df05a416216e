"""The list of a run's snapshots, one per line, of which only visible lines are rendered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from joml_tui.alignment import align_right
from joml_tui.experiment import CostScale, Task
from joml_tui.runs.forks import Moment
from joml_tui.runs.history import CheckedPart
from joml_tui.ui.text import cost, count, duration, measured, number, score, score_head
from joml_tui.ui.widgets.row_list import RowList


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """The score and the cost of a run's snapshots.

    Attributes
    ----------
    task : {"classes", "multilabel", "regression"}
    cost_mark : str
        "RMSE", "MAE", "standardised", or nothing.
    cost_scale : CostScale or None
        The conversion of costs to the units of the data.
    """

    task: Task = "classes"
    cost_mark: str = ""
    cost_scale: CostScale | None = None

    def score(self, value: float | None) -> str:
        """Return a score as text."""
        return score(value, self.task)

    def cost(self, value: float | None) -> str:
        """Return a cost as text, in the units of the data if there is a conversion."""
        return cost(value) if value is None or self.cost_scale is None else measured(self.cost_scale.convert(value))

    @property
    def cost_title(self) -> str:
        """The title of costs."""
        return self.cost_mark if self.cost_scale is not None else "std. cost" if self.cost_mark else "cost"


#: Title, width and content of the columns; without room they are left out from the right.
_COLUMNS: tuple[tuple[str, int, Callable[[Moment, ShownFigures], str]], ...] = (
    ("Iteration", 11, lambda moment, _: count(moment.iteration)),
    ("Epoch", 8, lambda moment, _: count(moment.epoch)),
    ("Train {cost}", 12, lambda moment, shown: shown.cost(moment.train_cost)),
    ("Train {score}", 11, lambda moment, shown: shown.score(moment.train_accuracy)),
    ("{checked} {score}", 11, lambda moment, shown: shown.score(moment.check_accuracy)),
    ("Time", 8, lambda moment, _: duration(moment.seconds)),
    ("Rate", 10, lambda moment, _: number(moment.learning_rate)),
    ("{checked} {cost}", 11, lambda moment, shown: shown.cost(moment.check_cost)),
)

#: Short names of the checked part for the titles.
_CHECKED: dict[CheckedPart, str] = {"validation": "Valid.", "test": "Test"}


class SnapshotList(RowList[Moment]):
    """The snapshots in order, the latest at the bottom; the cursor selects the one to fork from."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"snapshots--head", "snapshots--cursor"}

    class Moved(RowList.Moved):
        """The cursor stands on another snapshot."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._figures = ShownFigures()

    def show(self, moments: list[Moment], figures: ShownFigures) -> None:
        """Show these moments; the cursor keeps its iteration, or stays at the end."""
        before, last = self.selected, self.cursor >= len(self.rows) - 1
        self.rows, self._figures = moments, figures
        self.scroll_over(0, len(moments) + 1)
        self.refresh()
        if before is None or last:
            self.cursor = self.clamp(len(moments))
        else:
            self.cursor = self.clamp(sum(moment.iteration <= before.iteration for moment in moments) - 1)
        if before != self.selected:
            self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """Return the titles, or a snapshot."""
        width = self.scrollable_content_region.width
        shown = self._fitting(width)
        if y == 0:
            style = self.get_component_rich_style("snapshots--head")
            text = "  " + "".join(align_right(title, wide) for title, wide, _ in shown)
            return self._strip(text, style, width)
        place = self.row_at(y)
        if place is None:
            return Strip.blank(width, self.rich_style)
        here = place == self.cursor
        text = ("▸ " if here else "  ") + "".join(
            align_right(write(self.rows[place], self._figures), wide) for _, wide, write in shown
        )
        return self._strip(text, self.get_component_rich_style("snapshots--cursor") if here else self.rich_style, width)

    def _strip(self, text: str, style: Style, width: int) -> Strip:
        return Strip([Segment(text[:width].ljust(width), style)])

    def _fitting(self, width: int) -> list[tuple[str, int, Callable[[Moment, ShownFigures], str]]]:
        """Return titles, widths and contents of the columns that fit."""
        checked = _CHECKED[self.rows[0].checked_part if self.rows else "test"]
        named, cost_title = score_head([self._figures.task]), self._figures.cost_title
        shown, used = [], 2
        for form, least, write in _COLUMNS:
            title = form.format(score=named, checked=checked, cost=cost_title)
            wide = max(least, len(title) + 2)
            used += wide
            if used <= width:
                shown.append((title, wide, write))
        return shown
