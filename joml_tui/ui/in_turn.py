"""Keys take their turns: each waits until the one before has had its effect, and its screen is there."""

from __future__ import annotations

import time
from collections import deque

from textual.app import App
from textual.events import Event, Key, Paste

# A key whose widget was taken away under it never comes back.
_SECONDS_A_KEY = 1.0


class KeysInTurn(App[None]):
    """An application whose keys wait for their turn.

    Textual gives every key to what is focused at that moment. Keys that come in one piece, as over a slow line, would
    go to what was focused before the first of them changed that: what is typed after the key that opens an entry would
    be keys of the lab. They would also go to a screen that is opened and has no widgets yet: what is typed would be
    lost, and Escape would close a dialog before it is there, which ends in an error.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Key | Paste] = deque()
        self._under_way: Key | None = None
        self._is_back = False
        self._given = 0.0

    async def on_event(self, event: Event) -> None:
        """Take a key, or let it wait."""
        if not isinstance(event, (Key, Paste)):
            await super().on_event(event)
        elif event.is_forwarded:  # it has bubbled up: no widget wanted it, so it may be a binding's
            self._is_back = self._is_back or event is self._under_way
            await super().on_event(event)
            self.call_later(self._done, event)  # after what the binding's action has put off, as focusing is
        elif self._waiting or self._under_way is not None or not self._is_there:
            self._waiting.append(event)
            if len(self._waiting) == 1:
                self._wait()
        else:
            await self._give(event)

    async def _give(self, event: Key | Paste) -> None:
        await super().on_event(event)
        if isinstance(event, Key) and event.is_forwarded:
            self._under_way, self._is_back, self._given = event, False, time.monotonic()

    def _done(self, event: Event) -> None:
        if event is self._under_way:
            self._under_way = None

    def _wait(self) -> None:
        """Come back when what has the keys has done what it had to."""
        key = self._under_way
        if key is not None and key._stop_propagation:
            self.call_later(self._go_on, key)
        elif not (self.focused or self.screen).call_later(self.call_later, self._go_on):
            self.call_later(self._go_on)

    async def _go_on(self, stopped: Key | None = None) -> None:
        # A screen stops its keys too as they bubble up: one that was stopped and is not back was taken by a widget.
        lost = time.monotonic() - self._given > _SECONDS_A_KEY
        if not self._is_back and (lost or stopped is self._under_way):
            self._under_way = None
        while self._waiting:
            if self._under_way is not None or not self._is_there:
                self._wait()
                return
            await self._give(self._waiting.popleft())

    @property
    def _is_there(self) -> bool:
        return not self.screen_stack or self.screen.is_mounted
