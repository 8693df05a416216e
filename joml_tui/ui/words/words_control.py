"""The control that puts the chart or the panel in use in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joml_tui.ui.charts.charts_area import ChartsArea
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement

if TYPE_CHECKING:
    from joml_tui.ui.words.words_dialog import Words


class WordsControl:
    """The control of descriptions in words.

    Parameters
    ----------
    charts : ChartsArea
    inside : InsideArea
    arrangement : Arrangement
    """

    def __init__(self, charts: ChartsArea, inside: InsideArea, arrangement: Arrangement) -> None:
        self._charts, self._inside, self._arrangement = charts, inside, arrangement

    def action_show(self) -> None:
        """Describe the panel inside the network if it is in use or in the charts' place, else the charts."""
        from joml_tui.ui.words.words_dialog import WordsDialog  # noqa: PLC0415 - not before the first paint

        in_use = self._arrangement.area_in_use == "inside"
        inside = in_use or (self._inside.display and not self._charts.display)
        open_screen(self._arrangement.screen, WordsDialog(self._inside_words if inside else self._charts_words))

    def _charts_words(self) -> Words:
        from joml_tui.ui.words.words_dialog import Words  # noqa: PLC0415 - not before the first paint

        return Words("Charts", self._charts.describe(), self._charts.iteration)

    def _inside_words(self) -> Words:
        """Return the words for the last answer, and ask for the next one, which the covered area itself does not."""
        from joml_tui.ui.words.words_dialog import Words  # noqa: PLC0415 - not before the first paint

        self._inside.look(covered=True)
        return Words("Inside", self._inside.describe(), self._inside.iteration)
