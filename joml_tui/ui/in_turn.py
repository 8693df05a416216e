"""Keys that come before the screen they are meant for is there wait for it."""

from __future__ import annotations

from collections import deque

from textual.app import App
from textual.events import Event, Key, Paste


class KeysInTurn(App[None]):
    """An application whose keys wait for a screen that was opened and is not there yet.

    Textual would give them to a screen without widgets: what is typed would be lost, and Escape would close a dialog
    before it is there, which ends in an error.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Key | Paste] = deque()

    async def on_event(self, event: Event) -> None:
        """Take a key, or let it wait."""
        if isinstance(event, (Key, Paste)) and not event.is_forwarded and (self._waiting or not self._is_there):
            self._waiting.append(event)
            if len(self._waiting) == 1:
                self._wait()
        else:
            await super().on_event(event)

    def _wait(self) -> None:
        """Come back when the screen is there and has given the keys to one of its widgets."""
        if not self.screen.call_later(self.call_later, self._go_on):
            self.call_later(self._go_on)

    async def _go_on(self) -> None:
        while self._waiting:
            if not self._is_there:
                self._wait()
                return
            await super().on_event(self._waiting.popleft())

    @property
    def _is_there(self) -> bool:
        return not self.screen_stack or self.screen.is_mounted
