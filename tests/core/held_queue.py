"""The command ``joml-tui`` in a process that holds a sweep once so many of its runs are stored.

It then says "held" on standard error, and goes on when its standard input ends: what a test does to it meanwhile, it
does at that moment, however fast the machine is.
"""

from __future__ import annotations

import sys

from joml_tui.cli import main
from joml_tui.store.store import Store

HELD = "held\n"


def hold_after(runs: int) -> None:
    """Let the store keep that many runs, then wait for the end of standard input."""
    keep, kept = Store.keep, []

    def pausing(self: Store, *given: object, **named: object) -> int:
        number = keep(self, *given, **named)
        kept.append(number)
        if len(kept) == runs:
            sys.stderr.write(HELD)
            sys.stderr.flush()
            sys.stdin.read()
        return number

    Store.keep = pausing


if __name__ == "__main__":  # the worker processes import this module too
    hold_after(int(sys.argv.pop(1)))
    main()
