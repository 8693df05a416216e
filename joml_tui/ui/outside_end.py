"""The lab's end from outside: by a signal, or because its terminal was closed."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from joml_tui.interruption import Interruption

#: Signals that ask a program to end; those that the system lacks are left out.
_NAMES = ("SIGTERM", "SIGHUP", "SIGQUIT")
_SHELL_BASE = 128  # a shell's exit code of a program that a signal has ended, less the signal's number
#: Seconds that leaving may take without a terminal, where writing may block.
_SECONDS_TO_LEAVE = 60.0


class OutsideEnd:
    """A wish from outside that the lab ends, as after Ctrl-C: the terminal is restored, and runs are kept.

    Parameters
    ----------
    interruption : Interruption
        Counts the wish, and wakes the lab.

    Attributes
    ----------
    code : int
        The exit code that tells of the signal; 0 without one.
    """

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        self.code = 0

    def note(self, number: int, *_: object) -> None:
        """Leave because of a signal; the signal's handler."""
        self.code = self.code or _SHELL_BASE + number
        if number == getattr(signal, "SIGHUP", None) and _is_terminal_gone():
            self._do_without_terminal()
        self._interruption.note()

    def terminal_closed(self) -> None:
        """Leave because no key can come any more, as where the signal of a closed terminal is ignored."""
        if not self.code and sys.__stdin__ is not None and _is_terminal_gone():
            self.code = _SHELL_BASE + int(getattr(signal, "SIGHUP", 1))
            self._do_without_terminal()
            self._interruption.note()
        time.sleep(0.1)  # the end of input is reported again and again

    def _do_without_terminal(self) -> None:
        """Write to nowhere from now on, and end the process if it does not end by itself."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
        end = threading.Timer(_SECONDS_TO_LEAVE, os._exit, (self.code,))
        end.daemon = True
        end.start()


@contextmanager
def outside_end(interruption: Interruption) -> Iterator[OutsideEnd]:
    """Note inside the block what asks the lab to end, except for signals that are ignored.

    Parameters
    ----------
    interruption : Interruption

    Yields
    ------
    OutsideEnd
    """
    end = OutsideEnd(interruption)
    if threading.current_thread() is not threading.main_thread():  # only that can set a handler
        yield end
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    noted = [number for number in numbers if before[number] not in (signal.SIG_IGN, None)]
    for number in noted:
        signal.signal(number, end.note)
    try:
        yield end
    finally:
        for number in noted:
            signal.signal(number, before[number])


def _is_terminal_gone() -> bool:
    """Return whether the terminal that was there can no longer be asked for its settings."""
    try:
        import termios  # noqa: PLC0415 - not on every system
    except ImportError:
        return False
    try:
        termios.tcgetattr(2)
    except termios.error as error:
        return bool(error.args) and error.args[0] == errno.EIO  # an input or output error; of a file it is another one
    return False
