"""What lives as long as the lab is left alone by Python's garbage collector, which holds the screen up meanwhile.

The lab keeps some 150,000 objects: modules, style sheets, widgets. A full collection visits each of them, for a tenth
of a second and more; with what a screen makes and drops, one comes every ten keys or so. Frozen ones are not visited.
"""

from __future__ import annotations

import gc

#: Objects made and not yet dropped, after which the youngest are looked through; Python's own is 700.
_YOUNG = 5_000


def collect_nothing() -> None:
    """Leave out collections until the lab is built: next to nothing of what is imported and made then is garbage."""
    gc.disable()


def spare_what_stays() -> None:
    """Take all there is now for what stays: only what comes later is looked through.

    Garbage among it is never found, so that this is for the moments after the start.
    """
    gc.set_threshold(_YOUNG, 10, 10)
    gc.freeze()
    gc.enable()
