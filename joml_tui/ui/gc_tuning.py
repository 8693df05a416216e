"""Tuning of Python's garbage collector, to avoid pauses of the screen.

The lab has some 150,000 permanent objects: modules, style sheets, widgets. A full collection visits all of them, which
takes a tenth of a second or more, about every ten keys. Frozen objects are not visited.
"""

from __future__ import annotations

import gc

#: Number of new objects that starts a collection of the youngest; Python's default is 700.
_YOUNG = 5_000


def collect_nothing() -> None:
    """Disable collections until the lab is built, as almost nothing made until then is garbage."""
    gc.disable()


def spare_what_stays() -> None:
    """Freeze all present objects, so that only later ones are collected.

    Garbage among them is never freed, so call this only after the start.
    """
    gc.set_threshold(_YOUNG, 10, 10)
    gc.freeze()
    gc.enable()
