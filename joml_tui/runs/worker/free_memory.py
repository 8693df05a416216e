"""The memory that a training takes, and that the machine has left for it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from joml_tui.address_space import limit_of_address_space
from joml_tui.experiment import Experiment, architecture_of

#: Bytes that each parameter takes at most while a run trains and is stored: weights, gradients, moments, and the copies
#: of snapshots, best weights and the record on its way to the store; measured with Adam.
BYTES_A_PARAMETER = 85
#: Smaller trainings are not compared with what is free.
_LEAST_BYTES = 500_000_000
_MEMORY = Path("/proc/meminfo")


def check_memory(experiment: Experiment) -> None:
    """Raise ValueError if a network needs more memory for its training than is free.

    A process that takes more is ended by the system without a word, or in the middle of a snapshot.
    """
    parameters = architecture_of(experiment).parameter_count * experiment.replicas
    needed = parameters * BYTES_A_PARAMETER
    free = find_free_memory() if needed >= _LEAST_BYTES else None
    if free is not None and needed > free:
        raise ValueError(
            f"{parameters:,} parameters take up to {needed / 1e9:.1f} GB of memory while they are trained, and "
            f"{free / 1e9:.1f} GB are free; choose smaller layers, or end other programs"
        )


def find_free_memory() -> int | None:
    """Return the bytes that this process may still take, by the machine and by its limits; None if unknown."""
    return min((each for each in (_available(), _left_of_limit()) if each is not None), default=None)


def _available() -> int | None:
    """Return the bytes that programs can take without others being moved to disk, as Linux estimates them."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in _MEMORY.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _left_of_limit() -> int | None:
    """Return the bytes that are left of the limit of this process's address space; None without a limit."""
    limit = limit_of_address_space()
    if limit is not None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            taken = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            return max(0, limit - taken)
    return None
