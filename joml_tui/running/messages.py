"""What a training and those who started it tell each other."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Protocol

from msgspec import Struct

from joml_tui.experiment import Experiment
from joml_tui.history import History


class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (RunState.FINISHED, RunState.STOPPED, RunState.DIVERGED, RunState.FAILED)


class Prepared(Struct, frozen=True, tag=True):
    """The data set is read and the network built: how long the training will be."""

    iterations_per_epoch: int
    total_iterations: int


class Changed(Struct, frozen=True, tag=True):
    """The run's state is another; training has taken that many seconds so far, pauses left out."""

    state: RunState
    seconds: float


class Ended(Struct, frozen=True, tag=True):
    """The run is over."""

    state: RunState
    message: str = ""
    details: str = ""
    seconds: float | None = None


class Listener(Protocol):
    """Who is told what happens to a run, in the thread that it happens in."""

    def prepared(self, event: Prepared, history: History) -> None:
        """Training can begin; the series will be in that history."""

    def changed(self, event: Changed) -> None:
        """Training goes on or pauses."""


class Command(Struct, frozen=True):
    """One request; ``steps`` counts for "step" alone."""

    kind: Literal["pause", "resume", "step", "stop"]
    steps: int = 1


class Start(Struct, frozen=True, tag=True):
    """Train this experiment, its series into that file."""

    experiment: Experiment
    history_path: str
    paused: bool


class Order(Struct, frozen=True, tag=True):
    """A command for the training under way."""

    command: Command
