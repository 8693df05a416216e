"""Keys in turn: what one does is done, and what it opened has the keys, before the next is looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump
from textual.widgets import Input

#: After which the keys that wait go on, whatever became of the one before.
_LONGEST = 1.0


class KeysInTurn(App[None]):
    """An application whose keys wait for each other.

    Textual finds what a key is bound to after the key has gone from the widget that has the keys up to the
    application, and gives the keys to another widget later still. A second key that came in between, as several do in
    one piece over a network, would go where the first one went: the first letter of a filter would be an action, and
    Escape would close a dialog before it is there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Key | Paste] = deque()
        self._turn = 0
        self._busy = False

    async def on_event(self, event: Event) -> None:
        """Take a key, or let it wait."""
        if not isinstance(event, (Key, Paste)) or event.is_forwarded:
            await super().on_event(event)
        elif self._busy or not self._screen_is_there:
            self._waiting.append(event)
            if not self._busy:
                self._begin()
                self._settle(self._turn)
        else:
            await self._take(event)

    async def _take(self, event: Key | Paste) -> None:
        target = self.focused or self.screen
        await super().on_event(event)
        if isinstance(target, Input) and (isinstance(event, Paste) or event.is_printable):
            return  # an entry takes it and nobody else; in its own queue they are in order
        self._begin()
        self._follow(target, self._turn, self._follow_messages)

    def _begin(self) -> None:
        self._busy = True
        self._turn += 1
        self.set_timer(_LONGEST, lambda turn=self._turn: self._go_on(turn))

    def _follow(self, node: MessagePump, turn: int, then: Callable[[int], None]) -> None:
        """Go behind the key, or a message, from the widget that has it up to the application."""
        if node is self:
            self.call_later(then, turn)  # behind the widget that was to have the keys
            return
        above = node._parent or self
        if not node.call_later(self._follow, above, turn, then):
            self._follow(above, turn, then)

    def _follow_messages(self, turn: int) -> None:
        """Go behind what the key has made its widget say, such as that a text was entered or a button pressed."""
        self._follow(self.focused or self.screen, turn, self._settle)

    def _settle(self, turn: int) -> None:
        """Wait until the screen that there is now is there with all its widgets, and has given away the keys."""
        if not self.screen.call_later(self.call_later, self._go_on, turn):
            self.call_later(self._go_on, turn)

    async def _go_on(self, turn: int) -> None:
        if not self._busy or turn != self._turn:
            return
        self._busy = False
        while self._waiting and not self._busy:
            if not self._screen_is_there:
                self._begin()
                self._settle(self._turn)
                return
            await self._take(self._waiting.popleft())

    @property
    def _screen_is_there(self) -> bool:
        return not self.screen_stack or self.screen.is_mounted
