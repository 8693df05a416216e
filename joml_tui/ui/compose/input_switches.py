"""The switches of a network's inputs, several on a line, switched by Space, Enter or the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from joml_tui.ui.compose.input_choice import InputSwitch
from joml_tui.ui.text import formula_text, plain

_ON, _OFF = "■", "□"
_GAP = 1
#: Most characters of a title: a column's name may be of any length.
_LONGEST = 20


class InputSwitches(Widget, can_focus=True):
    """The inputs of a network as switches, with a cursor among them."""

    HELP: ClassVar[str] = (
        "The network's inputs: two features, their squares, product and sines. Arrows move; Space, Enter or a click "
        "switches one on or off. The network's number of inputs follows."
    )

    DEFAULT_CSS = """
    InputSwitches { width: 1fr; height: auto; padding: 0 1; color: $foreground; }
    InputSwitches > .input-switches--off { color: $foreground 70%; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"input-switches--off"}

    BINDINGS = [
        Binding("left", "move_cursor(-1)", "Previous input", show=False),
        Binding("right", "move_cursor(1)", "Next input", show=False),
        Binding("up", "move_cursor(-1)", "Previous input", show=False),
        Binding("down", "move_cursor(1)", "Next input", show=False),
        Binding("space,enter", "switch_input", "On or off", show=False),
    ]

    class Switched(Message):
        """A message: the input at a place was switched."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._switches: tuple[InputSwitch, ...] = ()
        self._cursor = 0

    def show(self, switches: Sequence[InputSwitch]) -> None:
        """Show these inputs; the cursor stays at its place."""
        shown = tuple(switches)
        if shown == self._switches:
            return
        titles = [each.title for each in self._switches]
        self._switches = shown
        self._cursor = max(0, min(self._cursor, len(shown) - 1))
        self.refresh(layout=titles != [each.title for each in shown])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines that the switches take."""
        return max(1, len(lines_of(self._switches, width)))

    def render_line(self, y: int) -> Strip:
        """Return a line of switches."""
        lines = lines_of(self._switches, self.content_size.width)
        ground = self.rich_style
        off = ground + Style(color=self.get_component_rich_style("input-switches--off").color)
        if y >= len(lines):
            return Strip.blank(self.content_size.width, ground)
        segments: list[Segment] = []
        for place in lines[y]:
            switch = self._switches[place]
            style = ground if switch.is_on else off
            if self.has_focus and place == self._cursor:
                style += Style(reverse=True)
            segments += [Segment(_label(switch), style), Segment(" " * _GAP, ground)]
        return Strip(segments).adjust_cell_length(self.content_size.width, ground)

    def action_move_cursor(self, step: int) -> None:
        """Go to the next or previous input."""
        self._cursor = max(0, min(self._cursor + step, len(self._switches) - 1))
        self.refresh()

    def action_switch_input(self) -> None:
        """Switch the input under the cursor."""
        if self._switches:
            self.post_message(self.Switched(self._cursor))

    def on_click(self, event: events.Click) -> None:
        """Switch the input under the pointer."""
        content = event.get_content_offset(self)
        place = None if content is None else place_at(self._switches, content.x, content.y, self.content_size.width)
        if place is not None:
            self._cursor = place
            self.refresh()
            self.post_message(self.Switched(place))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()


def lines_of(switches: Sequence[InputSwitch], width: int) -> list[list[int]]:
    """Return the places of the switches on each line; one that is wider than a line has one of its own."""
    lines: list[list[int]] = []
    used = 0
    for place, switch in enumerate(switches):
        cells = len(_label(switch))
        if not lines or used + _GAP + cells > width:
            lines.append([place])
            used = cells
        else:
            lines[-1].append(place)
            used += _GAP + cells
    return lines


def place_at(switches: Sequence[InputSwitch], x: int, y: int, width: int) -> int | None:
    """Return the place of the switch at a cell; None if there is none."""
    lines = lines_of(switches, width)
    left = 0
    for place in lines[y] if 0 <= y < len(lines) else ():
        right = left + len(_label(switches[place]))
        if left <= x < right:
            return place
        left = right + _GAP
    return None


def _label(switch: InputSwitch) -> str:
    return f"{_ON if switch.is_on else _OFF} {plain(formula_text(switch.title), _LONGEST)}"
