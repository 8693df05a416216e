"""The limit of a process's address space, as of `ulimit -v`, and a program that does with little of it."""

from __future__ import annotations

import contextlib
import os

#: What the lab needs to start, to train and to end; threads that cannot start for want of it are waited for in vain.
LEAST_OF_LAB = 300 << 20
#: The option of glibc's `mallopt` for the number of heaps, and its variable in the environment.
_HEAPS, _HEAPS_NAME = -8, "MALLOC_ARENA_MAX"


def limit_of_address_space() -> int | None:
    """Return the bytes that this process may address at most; None without a limit."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415  # not on Windows

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        return None if limit == resource.RLIM_INFINITY else limit
    return None


def share_one_heap_if_limited() -> None:
    """Let all threads of this process and its children use one heap if the address space is limited.

    glibc reserves 64 MB or more for the heap of each thread, which BLAS then lacks, and it ends the process.
    """
    if limit_of_address_space() is None:
        return
    os.environ.setdefault(_HEAPS_NAME, "1")
    import ctypes  # noqa: PLC0415

    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_HEAPS, 1)


def refusal_of_lab() -> str:
    """Return why the lab cannot run in this address space, and the way out; empty if it can."""
    limit = limit_of_address_space()
    if limit is None or limit >= LEAST_OF_LAB:
        return ""
    return (
        f"the lab needs {LEAST_OF_LAB >> 20} MiB of address space, and {limit >> 20} MiB are allowed here; raise the "
        "limit, as by ulimit -v unlimited, or use the other commands"
    )
