"""Runs: training one experiment in a worker thread, with the engine in that thread or in a separate process."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, cast, get_args

from msgspec import ValidationError, structs

from joml.data.preparation import Preparation
from joml.validation import above_zero, integer
from joml_tui import inspect
from joml_tui.experiment import (
    CostScale,
    Experiment,
    Task,
    architecture_of,
    cost_mark_of,
    cost_scale_of,
    cost_unit_of,
    looks_at_validation,
    problems,
    source_of,
    task_of,
)
from joml_tui.runs.forked_training import continues_optimizer, require_same_training
from joml_tui.runs.history import CheckedPart, History, SeriesName
from joml_tui.runs.overfitting import find_overfitting
from joml_tui.runs.pace import Pace, require_pace
from joml_tui.runs.run_questions import Receiver, RunQuestions, describe_unusable_engine, inspect_experiment
from joml_tui.runs.run_record import Part, Results, RunRecord, metrics_of_results, metrics_on
from joml_tui.runs.run_state import RunState
from joml_tui.runs.worker.control import Control, Mailbox
from joml_tui.runs.worker.engine_client import inspect_in_process, prewarm, train_in_process
from joml_tui.runs.worker.inspector import Inspector
from joml_tui.runs.worker.messages import (
    Adjusted,
    Answered,
    Changed,
    Command,
    Ended,
    FileReading,
    Inspect,
    Prepared,
    ResumePoint,
    Snapshot,
)
from joml_tui.runs.worker.series_codec import pack_rows
from joml_tui.runs.worker.snapshot_ring import SnapshotRing
from joml_tui.runs.worker.training_session import train
from joml_tui.serialization import pack, unpack
from joml_tui.versions import versions

__all__ = [
    "DEFAULT_ENGINE",
    "Adjusted",
    "Engine",
    "Pace",
    "ResumePoint",
    "Run",
    "RunState",
    "inspect_experiment",
    "prewarm",
    "start_run",
]

#: Where the engine works: in the worker thread, or in a process that the worker thread controls. A thread shares the
#: interpreter lock with the rest of the program, such as the screen; a process does not.
Engine = Literal["thread", "process"]
DEFAULT_ENGINE: Engine = "process"

_RATE_SECONDS = 0.5
_numbers = itertools.count(1)


class Run:
    """One training of an experiment, with its state and results.

    Everything may be read from any thread at any time; ``start_run`` makes and starts one.

    Attributes
    ----------
    id : str
        Unique among this program's runs.
    experiment : Experiment
        The experiment at the start of the run.
    state : RunState
    message : str
        Why it ended, if there is a reason: "diverged at iteration 12", or an error message.
    details : str
        The traceback of an error, or "".
    architecture : str
        Such as "14-28x6-4"; empty if the data set that decides it cannot be read.
    parameter_count : int
    task : {"classes", "multilabel", "regression"}
        The task, which decides whether accuracies are shares of correct samples or answers, or R2 of values.
    reading : FileReading or None
        How much of its data file has been read; None before, for small files, and when all data are read.
    history : History or None
        The series; None until the data set is read and the network is built.
    iterations_per_epoch, total_iterations : int
        0 until the history exists.
    epochs : int
        Epochs to do.
    learning_rate : float
        As last requested, under a schedule the base rate.
    adjustments : list of Adjusted
        Settings that changed during training, in order.
    snapshots : SnapshotRing
        States to fork from: of the start, of checks, of pauses and of the end.
    forked_from : tuple of Run and int, or None
        The run that this one was forked from, and the iteration of the fork.
    pace : Pace or None
        The pace as last requested; None for full. It changes no result, and is not recorded.
    goes_on_from : str
        What it started from instead of its seed's weights, such as "the weights in net.npz"; else "".
    preparation : Preparation or None
        Names, scaling, parts and fingerprint of its data. None until they are read, and for runs recorded by earlier
        versions.
    versions : dict of str to str
        Versions of joml, NumPy and Python that trained it.
    results : Results or None
        The kept weights' scores on each part of its data; None before its end, and for a run that ended before it had
        weights.
    """

    def __init__(
        self,
        experiment: Experiment,
        on_change: Callable[[Run], None] | None = None,
        sizes: tuple[str, int] | None = None,
    ) -> None:
        self.id = f"run-{next(_numbers)}"
        self.experiment = experiment
        self.state = RunState.WAITING
        self.message = ""
        self.details = ""
        self.reading: FileReading | None = None
        self.history: History | None = None
        self.iterations_per_epoch = 0
        self.total_iterations = 0
        self.architecture, self.parameter_count = _sizes(experiment) if sizes is None else sizes
        self.task: Task = task_of(experiment.dataset)
        self.epochs = experiment.epochs
        self.learning_rate = experiment.optimizer.learning_rate
        self.adjustments: list[Adjusted] = []
        self.snapshots = SnapshotRing()
        self.forked_from: tuple[Run, int] | None = None
        self.pace: Pace | None = None
        self.goes_on_from = ""
        self.preparation: Preparation | None = None
        self.versions = versions()
        self.results: Results | None = None
        self._layers = b""
        self._engine: Engine = DEFAULT_ENGINE
        self._questions = RunQuestions(self.id, self.snapshots, self._inspected)
        self._on_change = on_change
        self._mailbox = Mailbox()
        self._over = threading.Event()
        self._seconds = 0.0
        self._since: float | None = None
        self._rate = _Rate()

    # --- commands ---------------------------------------------------------------------------------------------------

    def start(
        self,
        engine: Engine = DEFAULT_ENGINE,
        paused: bool = False,
        beginning: Callable[[], ResumePoint] | None = None,
    ) -> None:
        """Start it in a worker thread, optionally paused before the first iteration.

        ``beginning`` is called in that thread and returns the state to continue from, because long series take time.
        """
        if self.state is not RunState.WAITING:
            raise RuntimeError(f"{self.id} was started already")
        self.state = RunState.PREPARING
        self._engine = engine
        # A daemon, so that the program may exit during a training.
        threading.Thread(target=self._work, args=(engine, paused, beginning), name=self.id, daemon=True).start()

    def pause(self) -> None:
        """Pause after the current block of iterations."""
        self._mailbox.post(Command("pause"))

    def resume(self) -> None:
        """Continue after a pause."""
        self._mailbox.post(Command("resume"))

    def step(self, iterations: int = 1) -> None:
        """Do this number of iterations, at least 1, then pause.

        Raises
        ------
        ValueError
            It is no such number.
        """
        self._mailbox.post(Command("step", integer(iterations, "iterations", 1)))

    def stop(self) -> None:
        """Stop it and keep its results; returns at once."""
        self._mailbox.post(Command("stop"))

    def set_learning_rate(self, learning_rate: float) -> None:
        """Request another learning rate, under a schedule another base rate; an event reports the change.

        Raises
        ------
        ValueError
            It is no number above 0.
        """
        self.learning_rate = above_zero(learning_rate, "learning_rate")
        self._mailbox.post(Command("learning_rate", value=self.learning_rate))

    def set_pace(self, pace: Pace | None) -> None:
        """Request another pace, None for full; the results are the same.

        Raises
        ------
        TypeError
            It is no pace.
        """
        require_pace(pace)
        now = time.monotonic()
        self._seconds, self._since = self.seconds, None if self._since is None else now
        self.pace = pace
        self._mailbox.post(Command("pace", pace=pace))

    def set_epochs(self, epochs: int) -> None:
        """Request another total number of epochs, at least the current one; an event reports the change.

        Raises
        ------
        ValueError
            It is no number of epochs.
        """
        self._mailbox.post(Command("epochs", value=integer(epochs, "epochs", 1)))

    def ask(self, question: inspect.Question, on_answer: Receiver, at: int | None = None) -> None:
        """Ask a question about the present network, or about the last one after the end; returns at once.

        Parameters
        ----------
        question : Question
        on_answer : callable
            Called in another thread with the answer, or with a message if there is none.
        at : int, optional
            Ask about the latest snapshot not after this iteration instead, without delaying the training.

        Raises
        ------
        ValueError
            There is no such question.
        """
        asked = self._questions.ask(question, on_answer, at)
        if asked is not None:
            self._mailbox.post(asked)
            if self.state.ended:
                self._questions.answer_afterwards()

    def withdraw(self, on_answer: Receiver) -> None:
        """Drop the question with this receiver, whose place the next one takes.

        Parameters
        ----------
        on_answer : callable
            The receiver of a question that was asked before; it is not called any more.
        """
        self._questions.withdraw(on_answer)

    def rate_at(self, iteration: int) -> float:
        """Return the learning rate after an iteration, under a schedule the base rate."""
        changes = [change for change in self.adjustments if change.setting == "learning_rate"]
        before = [change.value for change in changes if change.iteration <= iteration]
        return before[-1] if before else self.experiment.optimizer.learning_rate

    def snapshot_at(self, iteration: int) -> tuple[int, bytes]:
        """Return the latest snapshot not after an iteration, with its iteration.

        Raises
        ------
        ValueError
            There is no snapshot that early.
        """
        snapshot = self.snapshots.at(iteration)
        if snapshot is None or self.history is None:
            raise ValueError(f"there is no snapshot of {self.id} at iteration {iteration} or before")
        return snapshot

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, and return whether it has ended."""
        return self._over.wait(timeout)

    @property
    def preparation_values(self) -> dict[str, Any] | None:
        """The preparation of its data as plain values; None if there is none."""
        return None if self.preparation is None else self.preparation.to_json()

    @property
    def layers_record(self) -> bytes:
        """The layers' record, packed; empty before the end."""
        return self._layers

    def restore(
        self,
        *,
        state: RunState,
        message: str,
        details: str,
        seconds: float,
        epochs: int,
        adjustments: list[Adjusted],
        history: History | None,
        snapshot: tuple[int, bytes, bytes] | None,
        goes_on_from: str = "",
        results: Results | None = None,
        preparation: Preparation | None = None,
    ) -> None:
        """Turn a run that was never started into a recorded one, which has ended and can be inspected.

        ``snapshot`` is its latest state: the iteration, the packed state, and the layers' packed record. ``results``
        are the kept weights' scores.
        """
        self.results = results
        self.message, self.details, self._seconds = message, details, seconds
        self.epochs, self.adjustments, self.goes_on_from = epochs, adjustments, goes_on_from
        self.history, self.preparation = history, preparation
        if history is not None:
            self.iterations_per_epoch, self.total_iterations = history.iterations_per_epoch, history.total_iterations
        if snapshot is not None:
            iteration, state_bytes, self._layers = snapshot
            self.snapshots.add(iteration, state_bytes)
        self.learning_rate = self.rate_at(self.iteration)
        self.state = state
        self._over.set()

    # --- progress ---------------------------------------------------------------------------------------------------

    @property
    def iteration(self) -> int:
        """Number of iterations done."""
        return self.history.iterations if self.history is not None else 0

    @property
    def epoch(self) -> int:
        """The epoch of the last iteration, counted from 1; 0 before the first."""
        return -(-self.iteration // self.iterations_per_epoch) if self.iterations_per_epoch else 0

    @property
    def progress(self) -> float:
        """Share of the iterations done, from 0 to 1."""
        return self.iteration / self.total_iterations if self.total_iterations else 0.0

    @property
    def stopped_early(self) -> bool:
        """Return whether early stopping ended the run."""
        if self.results is not None:
            return self.results.stopped_early
        # In a version without results, a finished run had a message only after early stopping.
        return self.state is RunState.FINISHED and bool(self.message)

    @property
    def seconds(self) -> float:
        """Seconds of training so far, without pauses and the waits of a pace."""
        since, history = self._since, self.history
        if since is not None and self.pace is not None and history is not None and history.iterations:
            return float(history.seconds[-1])
        return self._seconds + (time.monotonic() - since if since is not None else 0.0)

    @property
    def steps_per_second(self) -> float:
        """Iterations per second: recent ones during training, else of the whole run."""
        if self.state is RunState.RUNNING:
            return self._rate.at(self.iteration, self.seconds)
        return self.iteration / self.seconds if self.seconds > 0 else 0.0

    @property
    def eta_seconds(self) -> float | None:
        """Estimated seconds of training left; None if unknown."""
        rate = self.steps_per_second
        if self.state.ended or rate <= 0 or not self.total_iterations:
            return None
        if self.pace is not None:
            rate = min(rate, self.pace.iterations_per_second(self.iterations_per_epoch))
        return (self.total_iterations - self.iteration) / rate

    # --- results ----------------------------------------------------------------------------------------------------

    @property
    def train_cost(self) -> float | None:
        """Mean cost on the training part; `RunRecord` says of which weights."""
        return self._figure("train", "cost")

    @property
    def train_accuracy(self) -> float | None:
        """Score on the training part: accuracy or R2; `RunRecord` says of which weights."""
        return self._figure("train", "accuracy")

    @property
    def validation_cost(self) -> float | None:
        """Mean cost on the validation part, if there is one; `RunRecord` says of which weights."""
        return self._figure("validation", "cost")

    @property
    def validation_accuracy(self) -> float | None:
        """Score on the validation part, if there is one; `RunRecord` says of which weights."""
        return self._figure("validation", "accuracy")

    @property
    def test_cost(self) -> float | None:
        """Mean cost on the test part; `RunRecord` says of which weights."""
        return self._figure("test", "cost")

    @property
    def test_accuracy(self) -> float | None:
        """Score on the test part: accuracy or R2; `RunRecord` says of which weights."""
        return self._figure("test", "accuracy")

    def _figure(self, part: Part, quantity: Literal["cost", "accuracy"]) -> float | None:
        """Return a figure of the kept weights; before the end, the latest value of the series."""
        if self.results is not None:
            result = self.results.of(part)
            return None if result is None else float(getattr(result, quantity))
        history = self.history
        if history is None or not history.iterations:
            return None
        if part == "train":
            return history.last_epoch_mean("train_cost" if quantity == "cost" else "train_accuracy")
        name = cast(SeriesName, f"{part}_{quantity}")
        series = history.series(name)
        return float(series[-1]) if len(series) else None

    @property
    def metrics(self) -> dict[str, float]:
        """Further metrics by names such as ``test_macro_f1``, of the same weights as the other figures."""
        if self.results is not None:
            return metrics_of_results(self.results)
        history = self.history
        if history is None or not history.checks:
            return {}
        latest = {name: float(history.metric(name)[-1]) for name in history.metrics}
        return metrics_on(history.checked_part, latest)

    @property
    def metric_faults(self) -> dict[str, str]:
        """Why metrics could not be measured, by name; empty before the end."""
        return {} if self.results is None else self.results.metric_faults

    @property
    def record(self) -> RunRecord:
        """The present settings and figures."""
        return self.recorded(self.iteration)

    def recorded(self, iterations: int) -> RunRecord:
        """Return the present settings and figures, with this number of iterations."""
        experiment = self.experiment
        return RunRecord(
            network=self.architecture,
            parameters=self.parameter_count,
            dataset=source_of(experiment.dataset),
            optimizer=str(experiment.optimizer.__struct_config__.tag),
            learning_rate=experiment.optimizer.learning_rate,
            batch_size=experiment.batch_size,
            seed=experiment.seed,
            replicas=experiment.replicas,
            epochs=self.epochs,
            iteration=iterations,
            total_iterations=self.total_iterations,
            iterations_per_epoch=self.iterations_per_epoch,
            seconds=self.seconds,
            train_cost=self.train_cost,
            train_accuracy=self.train_accuracy,
            test_cost=self.test_cost,
            test_accuracy=self.test_accuracy,
            task=self.task,
            validation_cost=self.validation_cost,
            validation_accuracy=self.validation_accuracy,
            results=self.results,
            cost_unit=cost_unit_of(experiment),
            metrics=self.metrics,
            cost_scale=self.cost_scale,
        )

    @property
    def cost_scale(self) -> CostScale | None:
        """The conversion of costs to an error in the units of the data; None while or where there is none."""
        return cost_scale_of(self.experiment, self.preparation)

    @property
    def cost_mark(self) -> str:
        """The mark of its costs in tables, such as RMSE; see `cost_mark_of`."""
        return cost_mark_of(self.cost_scale, cost_unit_of(self.experiment))

    @property
    def checked_part(self) -> CheckedPart:
        """The part that is checked during training."""
        if self.history is not None:
            return self.history.checked_part
        return "validation" if looks_at_validation(self.experiment) else "test"

    @property
    def check_cost(self) -> float | None:
        """Mean cost on the checked part."""
        return self._figure(self.checked_part, "cost")

    @property
    def check_accuracy(self) -> float | None:
        """Score on the checked part: accuracy or R2."""
        return self._figure(self.checked_part, "accuracy")

    # --- the worker thread ------------------------------------------------------------------------------------------

    def _work(self, engine: Engine, paused: bool, make_beginning: Callable[[], ResumePoint] | None) -> None:
        self._tell()
        try:
            beginning = make_beginning() if make_beginning is not None else None
            if engine == "process":
                ended = train_in_process(self.experiment, self._mailbox, paused, self, beginning, self.pace)
            else:
                control = Control(paused, self.pace)
                self._mailbox.connect(control.apply)
                ended = train(self.experiment, control, self, beginning=beginning)
                self._mailbox.disconnect()
        except Exception as error:  # for example no process or no temporary file: the run must end after any error
            ended = Ended(RunState.FAILED, describe_unusable_engine(error), traceback.format_exc())
        try:
            self._end(ended)
        except Exception as error:  # for example no memory: nobody may wait for ever for a run's end
            if self._over.is_set():
                raise
            self.results, self.message, self.details = None, describe_unusable_engine(error), traceback.format_exc()
            self.state = RunState.FAILED
            self._over.set()

    def prepared(self, event: Prepared, history: History) -> None:
        """Store the history; called by the engine's side."""
        self.iterations_per_epoch = event.iterations_per_epoch
        self.total_iterations = event.total_iterations
        self.task = event.task
        if event.preparation is not None:
            self.preparation = Preparation.from_json(event.preparation)
        self.history = history
        self.reading = None
        self._tell()

    def on_event(self, event: FileReading | Changed | Adjusted | Snapshot | Answered) -> None:
        """Handle an event; called by the engine's side."""
        match event:
            case Changed(state, seconds):
                self._seconds = seconds
                self._since = time.monotonic() if state is RunState.RUNNING else None
                self.state = state
                self._tell()
            case Adjusted():
                self.adjustments.append(event)
                self.total_iterations = event.total_iterations
                if event.setting == "epochs":
                    self.epochs = int(event.value)
                self._tell()
            case Snapshot(iteration, state_bytes):
                self.snapshots.add(iteration, state_bytes)
            case Answered():
                self._questions.take(event)
            case FileReading():
                self.reading = event

    def _inspected(self, number: int, question: bytes, state: bytes) -> Answered:
        """Return the answer to a packed question about a state of this run."""
        experiment = structs.replace(self.experiment, epochs=self.epochs)
        request = Inspect(number, experiment, state, self._layers, question, self.preparation_values)
        return inspect_in_process(request) if self._engine == "process" else Inspector().answer(request)

    def _end(self, ended: Ended) -> None:
        self._seconds = self.seconds if ended.seconds is None else ended.seconds
        self._since = None
        self.message, self.details = ended.message, ended.details
        self._layers = ended.layers
        self.results = self._judged(ended.results)
        if self.history is not None and self.history.mapped:
            with contextlib.suppress(MemoryError):  # a mapped file uses descriptors
                self.history = self.history.to_memory()
        self.state = ended.state
        try:
            self._tell()
        finally:
            self._over.set()  # those who wait for the end may rely on its having been told
        self._questions.answer_afterwards()

    def _judged(self, results: Results | None) -> Results | None:
        """Return the results with the overfitting of the kept weights, unless they are of an earlier iteration."""
        if results is None or self.history is None or results.kept_iteration < self.history.iterations:
            return results
        overfitting = find_overfitting(self.history)
        return results if overfitting is None else structs.replace(results, overfitted_since=overfitting.since)

    def _tell(self) -> None:
        if self._on_change is not None:
            self._on_change(self)


class _Rate:
    """A measurement of iterations per second over at least the last half second."""

    def __init__(self) -> None:
        self._iteration, self._seconds, self._rate = 0, 0.0, 0.0

    def at(self, iteration: int, seconds: float) -> float:
        elapsed = seconds - self._seconds
        if elapsed >= _RATE_SECONDS:
            self._rate = (iteration - self._iteration) / elapsed
            self._iteration, self._seconds = iteration, seconds
        elif not self._rate and seconds > 0:
            return iteration / seconds
        return self._rate


def _sizes(experiment: Experiment) -> tuple[str, int]:
    try:
        architecture = architecture_of(experiment)
    except ValueError:  # the run will report why
        return "", 0
    return str(architecture), architecture.parameter_count


def start_run(
    experiment: Experiment,
    *,
    engine: Engine | None = None,
    paused: bool = False,
    on_change: Callable[[Run], None] | None = None,
    forked_from: tuple[Run, int] | None = None,
    epochs: int | None = None,
    beginning: ResumePoint | None = None,
    pace: Pace | None = None,
) -> Run:
    """Start training an experiment and return at once.

    Parameters
    ----------
    experiment : Experiment
    engine : {"process", "thread"}, optional
        Where it trains; default in a process.
    paused : bool
        Whether to wait before the first iteration.
    on_change : callable, optional
        Called in the worker thread at every change of state, and when the series exist; not for every step.
    forked_from : tuple of Run and int, optional
        Continue from another run's latest snapshot not after that iteration, with this experiment's settings. The
        network, data set, batch size and seed must be the same; an optimizer that differs in more than its learning
        rate starts with a new state. After early stopping, the count of checks without improvement starts anew.
    epochs : int, optional
        Total number of epochs of such a run, if its schedules keep the experiment's length.
    beginning : ResumePoint, optional
        The recorded state of an interrupted run to continue from.
    pace : Pace, optional
        The pace to train at; default full.

    Raises
    ------
    TypeError
        It is no experiment, or no pace.
    ValueError
        The experiment has a setting of a wrong form, there is no such engine, or the forked run has no such snapshot,
        or another network, data set, batch size or seed; the message says which.
    """
    if not isinstance(experiment, Experiment):
        raise TypeError(f"an experiment was expected, as find_experiment reads it by its name, got {experiment!r}")
    _require_form(experiment)
    require_pace(pace)
    if engine is not None and engine not in get_args(Engine):
        raise ValueError(f"engine: {' or '.join(get_args(Engine))} was expected, got {engine!r}")
    run = Run(experiment, on_change)
    make_beginning = None if beginning is None else lambda: beginning
    run.goes_on_from = "" if beginning is None else beginning.description
    if forked_from is not None:
        origin, iteration = forked_from
        require_same_training(origin.experiment, experiment)
        at, state = origin.snapshot_at(iteration)
        make_beginning = partial(_state_to_fork, origin, at, state, experiment, epochs or 0)
        run.forked_from = (origin, at)
        run.goes_on_from = f"iteration {at:,} of another run, {origin.architecture}"
        run.epochs = epochs or experiment.epochs
    run.pace = pace
    run.start(engine or DEFAULT_ENGINE, paused, make_beginning)
    return run


def _require_form(experiment: Experiment) -> None:
    """Raise ValueError if an experiment made in Python has a setting that an engine process could not read."""
    try:
        packed = pack(experiment)
    except (TypeError, ValueError, OverflowError):  # what no message can carry fails the run, with a sentence
        return
    try:
        unpack(packed, Experiment)
    except ValidationError as error:
        faults = [f"{problem.field}: {problem.message}" for problem in problems(experiment)]
        raise ValueError("; ".join(faults) or str(error)) from error


def _state_to_fork(origin: Run, at: int, state: bytes, experiment: Experiment, epochs: int) -> ResumePoint:
    """Return the state from which a fork of a run continues, with the series until then."""
    assert origin.history is not None
    return ResumePoint(
        state,
        pack_rows(origin.history, at),
        not continues_optimizer(origin.experiment, experiment),
        epochs,
        again=origin.stopped_early and at >= origin.iteration,
        preparation=origin.preparation_values,
    )
