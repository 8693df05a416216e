"""Keys take their turns: each waits until the one before has had its effect, and its screen is there."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque

from textual.app import ScreenStackError
from textual.errors import NoWidget
from textual.events import Event, Key, MouseDown, Paste
from textual.message_pump import MessagePump
from textual.widget import Widget

from joml_tui.ui.textual_compat import HookedApp, is_gone, tell_error

# A key whose widget was taken away under it never comes back.
_SECONDS_A_KEY = 1.0
# Escape before which so many keys wait has its turn at once, and they are dropped: the lab lags behind the keyboard.
_MOST_BEFORE_ESCAPE = 32
# How long is waited for what has the keys before it is looked at again.
_SECONDS_A_TURN = 0.1


class KeyQueue(HookedApp):
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
        self._way: tuple[MessagePump, ...] = ()
        self._coming_back: asyncio.Task[None] | None = None

    async def on_event(self, event: Event) -> None:
        """Take a key, or let it wait."""
        if not isinstance(event, (Key, Paste)):
            if not (isinstance(event, MouseDown) and self._is_for_one_who_is_gone(event)):
                await super().on_event(event)
        elif event.is_forwarded:  # it has bubbled up: no widget wanted it, so it may be a binding's
            self._is_back = self._is_back or event is self._under_way
            try:
                await super().on_event(event)
            finally:
                self.call_later(self._done, event)  # after what the binding's action has put off, as focusing is
        elif self._waiting or self._under_way is not None or not self._is_there:
            if isinstance(event, Key) and event.key == "escape" and len(self._waiting) >= _MOST_BEFORE_ESCAPE:
                self._waiting.clear()  # there is somebody who wants out
                self._waiting.append(event)
                return  # what is under way comes back to it
            self._waiting.append(event)
            if len(self._waiting) == 1:
                self._wait()
        else:
            await self._give(event)

    async def _give(self, event: Key | Paste) -> None:
        await super().on_event(event)
        if isinstance(event, Key) and event.is_forwarded:
            self._under_way, self._is_back, self._given = event, False, time.monotonic()
            at_work = self.focused or self.screen
            self._way = (at_work, *at_work.ancestors)

    def _is_for_one_who_is_gone(self, event: MouseDown) -> bool:
        # A widget stays where it was painted until the next layout; Textual looks for its parent.
        try:
            widget, _ = self.screen.get_widget_at(event.x, event.y)
        except (NoWidget, ScreenStackError):
            return False
        return is_gone(widget)

    def _done(self, event: Event) -> None:
        if event is self._under_way:
            self._under_way = None

    def _wait(self) -> None:
        """Come back when what has the keys has done what it had to, or soon where it does not answer.

        It may be gone before it answers, or wait for something itself: keys must not wait for it for ever.
        """
        key = self._under_way
        if key is not None and key._stop_propagation:
            self.call_later(self._go_on, key)
        else:
            self._coming_back = asyncio.create_task(self._come_back(self.focused or self.screen))

    async def _come_back(self, at_work: Widget) -> None:
        done = asyncio.Event()
        if at_work.call_later(done.set):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), _SECONDS_A_TURN)
        self.call_later(self._go_on)

    async def _go_on(self, stopped: Key | None = None) -> None:
        # A screen stops its keys too as they bubble up: one that was stopped and is not back was taken by a widget.
        # One whose widget, or a screen on its way back, is gone does not come back at all.
        lost = time.monotonic() - self._given > _SECONDS_A_KEY or any(map(is_gone, self._way))
        if not self._is_back and (lost or stopped is self._under_way):
            self._under_way = None
        while self._waiting:
            if self._under_way is not None or not self._is_there:
                self._wait()
                return
            try:
                await self._give(self._waiting.popleft())
            except Exception as error:  # the keys behind it have their turn all the same
                tell_error(self, error)

    @property
    def _is_there(self) -> bool:
        return not self.screen_stack or self.screen.is_mounted
