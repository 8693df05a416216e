"""Jump mode: a letter on everything that can be focused; pressing it focuses the target, and opens a drop-down list."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.widget import Widget
from textual.widgets import Label

from joml_tui.ui.screen_stack import Dialog

#: Letters, the most convenient first.
LETTERS = "asdfghjklqwertyuiopzxcvbnm1234567890"


class Jump(Dialog[Widget | None]):
    """The overlay with a letter on each target; the result is the chosen target, None for any other key.

    Parameters
    ----------
    targets : sequence of Widget
        The targets; those beyond the number of letters have none.
    """

    CSS_PATH = ["jump.tcss"]
    BINDINGS = [("escape", "close", "Leave")]
    HELP = "Press a letter to go to the field or panel that shows it, or to open that list. Any other key cancels."

    def __init__(self, targets: Sequence[Widget]) -> None:
        super().__init__()
        self._targets = dict(zip(LETTERS, targets, strict=False))
        self._size_at_first = Size(0, 0)

    def compose(self) -> ComposeResult:
        """Put each letter at the start of its target."""
        for letter, target in self._targets.items():
            label = Label(f" {letter} ", classes="jump-letter", markup=False)
            label.offset = target.region.offset
            yield label

    async def on_key(self, event: events.Key) -> None:
        """Choose the target of a letter; leave at any other key."""
        if event.key == "escape":
            return
        event.stop()
        self.close(self._targets.get((event.character or "").lower()))

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked letter or target."""
        at = event.screen_offset
        under = [target for target in self._targets.values() if target.region.contains_point(at)]
        self.close(min(under, key=_area) if under else None)

    def on_resize(self, event: events.Resize) -> None:
        """Leave, because the targets have moved."""
        if event.size != self._size_at_first:
            self._size_at_first = event.size
            self.close(None)

    def on_mount(self) -> None:
        """Store the size for which the letters are placed."""
        self._size_at_first = self.app.size


def _area(widget: Widget) -> int:
    region: Region = widget.region
    return region.area
