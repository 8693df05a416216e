"""Jumping: a letter on everything that can have the keys; pressing it goes there."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.widget import Widget
from textual.widgets import Label

from joml_tui.ui.screen_stack import Dialog

#: Letters in the order of their reach.
LETTERS = "asdfghjklqwertyuiopzxcvbnm1234567890"


class Jump(Dialog[Widget | None]):
    """Shows a letter on each target; the result is the one whose letter was pressed, None for any other key.

    Parameters
    ----------
    targets : sequence of Widget
        Beyond as many as there are letters they go without.
    """

    CSS_PATH = ["jump.tcss"]
    BINDINGS = [("escape", "close", "Leave")]
    HELP = "Press a letter to go to the field, list or panel that shows it. Any other key cancels."

    def __init__(self, targets: Sequence[Widget]) -> None:
        super().__init__()
        self._targets = dict(zip(LETTERS, targets, strict=False))
        self._size_at_first = Size(0, 0)

    def compose(self) -> ComposeResult:
        """Put each letter on its target's beginning."""
        for letter, target in self._targets.items():
            label = Label(f" {letter} ", classes="jump-letter", markup=False)
            label.offset = target.region.offset
            yield label

    async def on_key(self, event: events.Key) -> None:
        """Go where a letter stands; leave by any other key."""
        if event.key == "escape":
            return
        event.stop()
        self.close(self._targets.get((event.character or "").lower()))

    def on_click(self, event: events.Click) -> None:
        """Go to a letter that was clicked, or to the target beneath the mouse."""
        at = event.screen_offset
        under = [target for target in self._targets.values() if target.region.contains_point(at)]
        self.close(min(under, key=_area) if under else None)

    def on_resize(self, event: events.Resize) -> None:
        """Leave: everything stands elsewhere now."""
        if event.size != self._size_at_first:
            self._size_at_first = event.size
            self.close(None)

    def on_mount(self) -> None:
        """Note the size that the letters are right for."""
        self._size_at_first = self.app.size


def _area(widget: Widget) -> int:
    region: Region = widget.region
    return region.area
