"""The key queue: each key waits until the one before has taken effect and its screen is ready."""

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

# A key whose widget was removed is never returned.
_SECONDS_A_KEY = 1.0
# If this many keys wait before an Escape, the lab is too slow: they are dropped, and Escape is handled at once.
_MOST_BEFORE_ESCAPE = 32
# Seconds to wait for the focused widget before checking again.
_SECONDS_A_TURN = 0.1


class KeyQueue(HookedApp):
    """An application that handles keys one after the other.

    Textual sends every key to the focused widget of that moment. Several keys at once, as over a slow connection, would
    go to the widget that was focused before the first of them: text typed after the key that opens an entry would
    trigger actions of the lab. Keys would also go to a new screen without widgets: text would be lost, and Escape would
    close a dialog before it is mounted, which is an error.
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
        """Handle a key, or queue it."""
        if not isinstance(event, (Key, Paste)):
            if not (isinstance(event, MouseDown) and self._is_for_one_who_is_gone(event)):
                await super().on_event(event)
        elif event.is_forwarded:  # it has bubbled up unhandled, so it may belong to a binding
            self._is_back = self._is_back or event is self._under_way
            try:
                if self._is_there or not isinstance(event, Key):
                    await super().on_event(event)
                else:  # another screen has opened meanwhile: its bindings need its widgets
                    self.handle_next(event)
            finally:
                self.call_later(self._done, event)  # after deferred effects of the binding's action, such as focusing
        elif self._waiting or self._under_way is not None or not self._is_there:
            if isinstance(event, Key) and event.key == "escape" and len(self._waiting) >= _MOST_BEFORE_ESCAPE:
                self._waiting.clear()  # the user wants to leave
                self._waiting.append(event)
                return  # pending messages return to it
            self._waiting.append(event)
            if len(self._waiting) == 1:
                self._wait()
        else:
            await self._give(event)

    def handle_next(self, key: Key) -> None:
        """Handle a key again, before all that wait, as soon as the screen in front is ready."""
        self._waiting.appendleft(Key(key.key, key.character))
        self._wait()

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
        """Continue when the focused widget has processed its messages, or after a short time without an answer.

        It may be removed before it answers, or wait itself, and must not block the keys forever.
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
        # A key that was stopped and has not returned was handled by a widget. One whose widget or screen was removed
        # never returns.
        lost = time.monotonic() - self._given > _SECONDS_A_KEY or any(map(is_gone, self._way))
        if not self._is_back and (lost or stopped is self._under_way):
            self._under_way = None
        while self._waiting:
            if self._under_way is not None or not self._is_there:
                self._wait()
                return
            try:
                await self._give(self._waiting.popleft())
            except Exception as error:  # the following keys are handled in any case
                tell_error(self, error)

    @property
    def _is_there(self) -> bool:
        return not self.screen_stack or self.screen.is_mounted
