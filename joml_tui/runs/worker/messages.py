"""Messages between a training and the program that started it."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from msgspec import Struct

from joml_tui.experiment import Experiment, Task
from joml_tui.runs.history import History
from joml_tui.runs.pace import Pace
from joml_tui.runs.run_record import Results
from joml_tui.runs.run_state import RunState


class ResumePoint(Struct, frozen=True, array_like=True):
    """The state and series from which a run continues, packed.

    Attributes
    ----------
    state : bytes
        The training's state from ``serialization.pack_state``.
    series : bytes
        The rows so far from ``series_codec.pack_rows``.
    fresh_optimizer : bool
        Whether the optimizer starts with a new state, as another optimizer must.
    epochs : int
        Total number of epochs while schedules keep the experiment's length; 0 for the experiment's.
    own_rate : bool
        Whether to keep the state's learning rate instead of the experiment's.
    again : bool
        Whether a training that was stopped early continues, with a new count of checks.
    description : str
        A description, such as "the weights in net.npz"; empty if it is the run's own state.
    preparation : mapping or None
        The ``Preparation`` of the earlier data as plain values, which must be unchanged. None if it is unknown or
        irrelevant.
    changed_data : bool
        Whether to continue even if the data have changed.
    """

    state: bytes
    series: bytes
    fresh_optimizer: bool = False
    epochs: int = 0
    own_rate: bool = False
    again: bool = False
    description: str = ""
    preparation: dict[str, Any] | None = None
    changed_data: bool = False


class FileReading(Struct, frozen=True, tag=True):
    """An event: so many bytes of a large data file have been read.

    Attributes
    ----------
    name : str
        The name of the file.
    done, size : int
        Bytes.
    """

    name: str
    done: int
    size: int


class Prepared(Struct, frozen=True, tag=True):
    """An event: the data set is read and the network is built; with the length of the training and its task.

    ``preparation`` has the plain values of ``joml.data.preparation.Preparation``.
    """

    iterations_per_epoch: int
    total_iterations: int
    task: Task
    preparation: dict[str, Any] | None = None


class Changed(Struct, frozen=True, tag=True):
    """An event: the run's state has changed; with the seconds of training so far, without pauses."""

    state: RunState
    seconds: float


class Adjusted(Struct, frozen=True, tag=True):
    """An event: a setting has changed during training, effective after this iteration.

    ``data`` means that the run continued with changed data; it has no value then.
    """

    iteration: int
    setting: Literal["learning_rate", "epochs", "data"]
    value: float
    total_iterations: int

    def describe(self) -> str:
        """Return the change as a clause: "after iteration 1,230 learning_rate was set to 0.001"."""
        what = (
            "it continued with changed data" if self.setting == "data" else f"{self.setting} was set to {self.value:g}"
        )
        return f"after iteration {self.iteration:,} {what}"

    def to_values(self) -> dict[str, int | str | float | None]:
        """Return the change as values for JSON."""
        value = None if self.setting == "data" else self.value
        return {"iteration": self.iteration, "setting": self.setting, "value": value}


class Snapshot(Struct, frozen=True, tag=True):
    """An event: the training's packed state after an iteration, from which the run continues exactly."""

    iteration: int
    state: bytes


class Answered(Struct, frozen=True, tag=True):
    """An event: the packed answer to a question, or the reason why there is none.

    ``data_trouble`` says why the data cannot be used, if only that prevents an answer.
    """

    number: int
    answer: bytes = b""
    refusal: str = ""
    data_trouble: str = ""


class Ended(Struct, frozen=True, tag=True):
    """An event: the run has ended.

    ``layers`` is the layers' packed record; ``results`` are the kept weights' results, if there are any.
    """

    state: RunState
    message: str = ""
    details: str = ""
    seconds: float | None = None
    layers: bytes = b""
    results: Results | None = None


Event = FileReading | Prepared | Changed | Adjusted | Snapshot | Answered | Ended


class Listener(Protocol):
    """A receiver of a run's events, called in the thread of the training."""

    def prepared(self, event: Prepared, history: History) -> None:
        """Handle the start of training; the series will be in the history."""

    def on_event(self, event: FileReading | Changed | Adjusted | Snapshot | Answered) -> None:
        """Handle an event: progress of reading, a changed state or setting, a snapshot, or an answer."""


class Command(Struct, frozen=True, tag=True):
    """A command; ``steps`` belongs to "step", ``value`` to learning rate and epochs, ``pace`` to "pace"."""

    kind: Literal["pause", "resume", "step", "stop", "learning_rate", "epochs", "pace"]
    steps: int = 1
    value: float = 0.0
    pace: Pace | None = None


class Ask(Struct, frozen=True, tag=True):
    """A packed question about the training; its answer has the same number.

    ``replaces`` is the number of a question that no longer needs an answer.
    """

    number: int
    question: bytes
    replaces: int | None = None


class StartTraining(Struct, frozen=True, tag=True):
    """A request to train an experiment, with its series in a file."""

    experiment: Experiment
    history_path: str
    paused: bool
    beginning: ResumePoint | None = None
    pace: Pace | None = None


class Inspect(Struct, frozen=True, tag=True):
    """A request to answer a packed question about a network that is not in training, from its packed state.

    ``preparation`` has the plain values for its training data, if recorded, to recognise changed data.
    """

    number: int
    experiment: Experiment
    state: bytes
    layers: bytes
    question: bytes
    preparation: dict[str, Any] | None = None


Request = StartTraining | Command | Ask | Inspect
