"""How many threads products take.

More than one makes the small products of small networks slower, and collapses when another process is busy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

#: From this many samples in a mini-batch on, several BLAS threads gain more than they cost.
LARGE_BATCH = 512


@cache
def _controller() -> ThreadpoolController:
    # Looking for the loaded BLAS takes milliseconds; it is the same one all along.
    return ThreadpoolController()


@contextmanager
def threads_for(batch_size: int) -> Iterator[None]:
    """Use one BLAS thread inside the block where batch_size is below ``LARGE_BATCH``; leave the setting alone else."""
    if batch_size >= LARGE_BATCH:
        yield
        return
    with _controller().limit(limits=1, user_api="blas"):
        yield
