"""Ctrl-C: what it does in each part of a command's life.

While a command works, the handler counts it and does nothing else; whoever works looks at the count where that is safe.
Where a command only reads, KeyboardInterrupt is raised, once: what is then cleared away is not interrupted again.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Ctrl-C that comes so soon after another one is the same wish: its end is under way.
_SAME_SECONDS = 1.0
#: How long the end of a process may take once all is done; after that Ctrl-C ends it at once.
_END_SECONDS = 2.0
#: How soon a Ctrl-C comes again that came where nothing can be raised.
_AGAIN_SECONDS = 0.02


class Interruption:
    """How often Ctrl-C has come.

    Attributes
    ----------
    count : int
        Once asks for an end that keeps everything; twice for one that does not wait for what takes long.
    wake : callable or None
        Called by the handler, for one who sleeps and does not look; only sets something going.
    """

    def __init__(self) -> None:
        self.count = 0
        self.wake: Callable[[], object] | None = None

    def note(self, *_: object) -> None:
        """Count one; this is the signal's handler."""
        self.count += 1
        if self.wake is not None:
            self.wake()

    def check(self) -> None:
        """Raise KeyboardInterrupt here, where it is safe, if Ctrl-C has come."""
        if self.count:
            raise KeyboardInterrupt


_current: list[Interruption] = []


@contextmanager
def interruptions_counted() -> Iterator[Interruption]:
    """Count Ctrl-C inside the block; blocks within one another count together.

    Outside the main thread, which alone can set a handler, and where Ctrl-C is ignored, nothing is counted.
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
    """Let Ctrl-C raise KeyboardInterrupt at once, and once, inside a block that only computes, and changes nothing."""
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


# --- a process that is a command's alone -----------------------------------------------------------------------------


def _interrupt_main_thread() -> None:
    """Press Ctrl-C in the main thread, from another one, and wake it where it waits."""
    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:
        _thread.interrupt_main()
    else:  # interrupt_main would be heard when the wait is over
        signal.pthread_kill(main, signal.SIGINT)


class _Process:
    """What Ctrl-C does to a process that does one command and ends."""

    def __init__(self) -> None:
        self.interrupted_at = self.ended_at = -float("inf")
        self.code = 0

    def interrupt(self, *_: object) -> None:
        """Raise KeyboardInterrupt, but not into the end that an earlier one has begun; this is a signal's handler."""
        now = time.monotonic()
        if now - self.interrupted_at >= _SAME_SECONDS:
            self.interrupted_at = now
            raise KeyboardInterrupt

    def end(self, *_: object) -> None:
        """End at once if the end takes long; this is a signal's handler."""
        if time.monotonic() - self.ended_at > _END_SECONDS:
            os._exit(self.code)

    def cannot_raise(self, unraisable: sys.UnraisableHookArgs) -> None:
        """Let a Ctrl-C come again that came in the midst of a finaliser, where Python prints it and goes on."""
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            sys.__unraisablehook__(unraisable)
            return
        self.interrupted_at = -float("inf")
        timer = threading.Timer(_AGAIN_SECONDS, _interrupt_main_thread)
        timer.daemon = True
        with contextlib.suppress(RuntimeError):  # at the process's end no thread begins
            timer.start()


_process = _Process()


def raise_interrupts() -> None:
    """Let Ctrl-C raise KeyboardInterrupt from now on, as long as nobody counts it, unless it is ignored.

    For a process that does one command and then ends: what Python does of its own at the end is not interrupted.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    sys.unraisablehook = _process.cannot_raise
    signal.signal(signal.SIGINT, _process.interrupt)


def end_undisturbed(code: int) -> None:
    """Let no Ctrl-C disturb the end of this process with an exit code, unless it takes long."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return
    _process.code, _process.ended_at = code, time.monotonic()
    signal.signal(signal.SIGINT, _process.end)
