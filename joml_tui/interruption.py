"""The effect of Ctrl-C in each phase of a command.

While a command works, the handler only counts; the working code checks the count at safe points. While a command only
reads, KeyboardInterrupt is raised once, so that the cleanup is not interrupted.
"""

from __future__ import annotations

import _thread
import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Seconds within which a second Ctrl-C counts as the same one, as the command is already ending.
_SAME_SECONDS = 1.0
#: Seconds that a process's shutdown may take; after that Ctrl-C ends it at once.
_END_SECONDS = 2.0
#: Seconds after which a Ctrl-C is repeated that came where nothing can be raised.
_AGAIN_SECONDS = 0.02


class Interruption:
    """A counter of Ctrl-C.

    Attributes
    ----------
    count : int
        Once asks for an end that keeps everything; twice for an end that does not wait for slow work.
    wake : callable or None
        Called by the handler to wake a sleeping thread; it must return at once.
    """

    def __init__(self) -> None:
        self.count = 0
        self.wake: Callable[[], object] | None = None

    def note(self, *_: object) -> None:
        """Count one Ctrl-C; the signal's handler."""
        self.count += 1
        if self.wake is not None:
            self.wake()

    def check(self) -> None:
        """Raise KeyboardInterrupt at this safe point if Ctrl-C was pressed."""
        if self.count:
            raise KeyboardInterrupt


_current: list[Interruption] = []


@contextmanager
def interruptions_counted() -> Iterator[Interruption]:
    """Count Ctrl-C inside the block; nested blocks share the count.

    Nothing is counted outside the main thread, as only that can set a handler, or if Ctrl-C is ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield Interruption()
        return
    if _current:
        yield _current[-1]
        return
    interruption = Interruption()
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or before is None:
        yield interruption
        return
    signal.signal(signal.SIGINT, interruption.note)
    _current.append(interruption)
    try:
        yield interruption
    finally:
        _current.pop()
        signal.signal(signal.SIGINT, before)


@contextmanager
def interruptible() -> Iterator[None]:
    """Make Ctrl-C raise KeyboardInterrupt at once, but only once, inside a block that only computes."""
    counting = threading.current_thread() is threading.main_thread() and bool(_current)
    if not counting:
        yield
        return
    note = _current[-1].note

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, note)
        raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGINT, interrupt)
        yield
    finally:
        signal.signal(signal.SIGINT, note)


@contextmanager
def signals_blocked(*numbers: int) -> Iterator[None]:
    """Block signals for this thread and for processes that it starts, on systems where that is possible."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


# --- a process that runs one command ---------------------------------------------------------------------------------


def _interrupt_main_thread() -> None:
    """Simulate Ctrl-C in the main thread from another thread, and wake it if it waits."""
    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:
        _thread.interrupt_main()
    else:  # interrupt_main would take effect only after the wait
        signal.pthread_kill(main, signal.SIGINT)


class _Process:
    """The Ctrl-C handlers of a process that runs one command and ends."""

    def __init__(self) -> None:
        self.interrupted_at = self.ended_at = -float("inf")
        self.code = 0

    def interrupt(self, *_: object) -> None:
        """Raise KeyboardInterrupt unless an earlier one is already ending the process; a signal's handler."""
        now = time.monotonic()
        if now - self.interrupted_at >= _SAME_SECONDS:
            self.interrupted_at = now
            raise KeyboardInterrupt

    def end(self, *_: object) -> None:
        """End at once if the shutdown takes long; a signal's handler."""
        if time.monotonic() - self.ended_at > _END_SECONDS:
            os._exit(self.code)

    def cannot_raise(self, unraisable: sys.UnraisableHookArgs) -> None:
        """Repeat a Ctrl-C that came in a finaliser, where Python only prints it.

        Until it is repeated every other Ctrl-C counts as the same one: raised in here, it would be lost with the first.
        """
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(unraisable)
            return
        self.interrupted_at = float("inf")
        timer = threading.Timer(_AGAIN_SECONDS, self.repeat)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:  # during shutdown no thread can start
            self.interrupted_at = -float("inf")

    def repeat(self) -> None:
        """Raise KeyboardInterrupt in the main thread, as if Ctrl-C were pressed now; called in another thread."""
        self.interrupted_at = -float("inf")
        _interrupt_main_thread()


_process = _Process()


def raise_interrupts() -> None:
    """Make Ctrl-C raise KeyboardInterrupt from now on, while it is not counted, unless it is ignored.

    For a process that runs one command and ends: Python's own shutdown is not interrupted.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    sys.unraisablehook = _process.cannot_raise
    signal.signal(signal.SIGINT, _process.interrupt)


def end_undisturbed(code: int) -> None:
    """Exit this process with a code; Ctrl-C has no effect unless the shutdown takes long."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return
    _process.code, _process.ended_at = code, time.monotonic()
    signal.signal(signal.SIGINT, _process.end)
