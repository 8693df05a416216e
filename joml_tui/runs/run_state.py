"""The states of a run."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """The state of a run."""

    WAITING = "waiting"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"
    #: The program that trained it crashed or was killed; only stored runs have this state.
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Return whether the run has ended."""
        return self not in (RunState.WAITING, RunState.PREPARING, RunState.RUNNING, RunState.PAUSED)
