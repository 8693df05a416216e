"""What a training and those who started it tell each other."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Protocol

from msgspec import Struct

from joml_tui.experiment import Experiment, Task
from joml_tui.inspect import Question
from joml_tui.runs.history import History
from joml_tui.runs.run_record import Results


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
    #: The program that trained it ended without a word; only runs of the store can be.
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (RunState.WAITING, RunState.PREPARING, RunState.RUNNING, RunState.PAUSED)


class ResumePoint(Struct, frozen=True, array_like=True):
    """Where a run begins that goes on from another: packed states and series up to there.

    Attributes
    ----------
    state : bytes
        The training's state, as ``packing.pack_state`` makes it.
    series : bytes
        The rows up to there, as ``running.rows.pack_rows`` makes them.
    fresh_optimizer : bool
        Whether the optimizer begins afresh, as another one does.
    epochs : int
        Epochs to train in all while schedules keep the experiment's length; 0 for the experiment's.
    own_rate : bool
        Whether the state's learning rate holds on, and not the experiment's.
    again : bool
        Whether a training that was stopped early there goes on, with its patience anew.
    said : str
        What it is, such as "the weights in net.npz"; nothing where it is the run's own.
    preparation : mapping or None
        The ``Preparation``, as plain values, of the data that led there: these have to be the same still. None where
        that is not known, or does not matter.
    changed_data : bool
        Whether it goes on with other data than these all the same.
    """

    state: bytes
    series: bytes
    fresh_optimizer: bool = False
    epochs: int = 0
    own_rate: bool = False
    again: bool = False
    said: str = ""
    preparation: dict[str, Any] | None = None
    changed_data: bool = False


class Prepared(Struct, frozen=True, tag=True):
    """The data set is read and the network built: how long the training will be, and what its scores are of.

    ``preparation`` is how the data were prepared, as the plain values of ``joml.data.preparation.Preparation``.
    """

    iterations_per_epoch: int
    total_iterations: int
    task: Task
    preparation: dict[str, Any] | None = None


class Changed(Struct, frozen=True, tag=True):
    """The run's state is another; training has taken that many seconds so far, pauses left out."""

    state: RunState
    seconds: float


class Adjusted(Struct, frozen=True, tag=True):
    """A setting was changed while the run was under way, from the iteration after this one on.

    ``data`` says that it went on with other data; there is no value of it then.
    """

    iteration: int
    setting: Literal["learning_rate", "epochs", "data"]
    value: float
    total_iterations: int

    def describe(self) -> str:
        """Return the change as a clause: "after iteration 1,230 learning_rate was set to 0.001"."""
        what = "it went on with other data" if self.setting == "data" else f"{self.setting} was set to {self.value:g}"
        return f"after iteration {self.iteration:,} {what}"

    def to_values(self) -> dict[str, int | str | float | None]:
        """Return the change as it stands in JSON."""
        value = None if self.setting == "data" else self.value
        return {"iteration": self.iteration, "setting": self.setting, "value": value}


class Snapshot(Struct, frozen=True, tag=True):
    """The training's state after an iteration, packed; from it the run continues exactly as it did."""

    iteration: int
    state: bytes


class Answered(Struct, frozen=True, tag=True):
    """The answer to a question, packed, or why there is none.

    ``data_trouble`` says what has become of the data, where that alone keeps the question from being answered.
    """

    number: int
    answer: bytes = b""
    refusal: str = ""
    data_trouble: str = ""


class Ended(Struct, frozen=True, tag=True):
    """The run is over.

    ``layers`` is the layers' record, packed; ``results`` are what the kept weights score, where there are some.
    """

    state: RunState
    message: str = ""
    details: str = ""
    seconds: float | None = None
    layers: bytes = b""
    results: Results | None = None


Event = Prepared | Changed | Adjusted | Snapshot | Answered | Ended


class Listener(Protocol):
    """Who is told what happens to a run, in the thread that it happens in."""

    def prepared(self, event: Prepared, history: History) -> None:
        """Training can begin; the series will be in that history."""

    def told(self, event: Changed | Adjusted | Snapshot | Answered) -> None:
        """Training goes on or pauses, a setting was changed, a snapshot was taken, a question was answered."""


class Command(Struct, frozen=True, tag=True):
    """One request; ``steps`` counts for "step", ``value`` for the settings."""

    kind: Literal["pause", "resume", "step", "stop", "learning_rate", "epochs"]
    steps: int = 1
    value: float = 0.0


class Ask(Struct, frozen=True, tag=True):
    """A question about the training; its answer bears the same number."""

    number: int
    question: Question


class StartTraining(Struct, frozen=True, tag=True):
    """Train this experiment, its series into that file."""

    experiment: Experiment
    history_path: str
    paused: bool
    beginning: ResumePoint | None = None


class Inspect(Struct, frozen=True, tag=True):
    """Answer a question about an experiment's network in a packed state, with its layers' record, without training.

    ``preparation`` is that of the data that it was trained on, as plain values, where it is known: other data are not
    taken for them.
    """

    number: int
    experiment: Experiment
    state: bytes
    layers: bytes
    question: Question
    preparation: dict[str, Any] | None = None


Request = StartTraining | Command | Ask | Inspect
