"""The loop around the engine's trainer, which obeys commands, writes a history, answers questions and sends events."""

from __future__ import annotations

import time
import traceback
from pathlib import Path

from msgspec import DecodeError

from joml import Steps, Trainer
from joml.compiled.blas import ThreadLimit
from joml.compiled.evaluation import Evaluation
from joml.statistics.metrics import spread
from joml_tui import inspect
from joml_tui.experiment import Experiment
from joml_tui.inspect import TrainingContext
from joml_tui.runs.history import History
from joml_tui.runs.pace import Pace
from joml_tui.runs.run_record import Results
from joml_tui.runs.run_state import RunState
from joml_tui.runs.worker.builder import build_subject
from joml_tui.runs.worker.control import Control
from joml_tui.runs.worker.final_results import measure_results
from joml_tui.runs.worker.followed_reading import StoppedWhileReadingError, followed_reading
from joml_tui.runs.worker.messages import (
    Adjusted,
    Answered,
    Ask,
    Changed,
    Command,
    Ended,
    Inspect,
    Listener,
    Prepared,
    ResumePoint,
    Snapshot,
)
from joml_tui.runs.worker.same_data import describe_changed_data, fit_state
from joml_tui.runs.worker.series_codec import unpack_rows
from joml_tui.runs.worker.throttle import Throttle
from joml_tui.serialization import pack, pack_state, unpack, unpack_state

#: Duration of a block of iterations: short enough to obey commands at once, long enough for a small overhead.
_BLOCK_SECONDS = 0.01
_MOST_ITERATIONS = 256

#: Largest shares of a running training's time for answers: to questions that are repeated to follow the training, and
#: to new ones, for which somebody has just pressed a key.
_ANSWERS_SHARE, _NEW_ANSWERS_SHARE = 0.1, 0.5

#: Least seconds between snapshots, and most bytes per second, so that they take almost no time.
_SNAPSHOT_SECONDS = 0.02
_SNAPSHOT_BYTES_A_SECOND = 8_000_000

#: Snapshots that every run of a small network has, however short it is, so that it can be replayed; and the most bytes
#: of such a network's state: packing it takes some microseconds.
_SNAPSHOTS_OF_A_RUN = 32
_BYTES_OF_A_SMALL_STATE = 131_072

#: If checks are rare, a snapshot is taken after this many seconds, which limits the loss in a crash.
_NO_SNAPSHOT_SECONDS = 0.8
#: At a pace, snapshots are more frequent, so that what was watched can be replayed.
_WATCHED_SNAPSHOT_SECONDS = 0.1


def train(
    experiment: Experiment,
    control: Control,
    listener: Listener,
    history_path: Path | None = None,
    beginning: ResumePoint | None = None,
) -> Ended:
    """Train an experiment to its end, and return the final event, which also reports any error.

    Parameters
    ----------
    experiment : Experiment
    control : Control
        Commands and questions, which are heard between blocks of about 10 ms.
    listener : Listener
    history_path : Path, optional
        The file for the series, for another process to read; default plain memory.
    beginning : ResumePoint, optional
        The state to continue from; default the first iteration.
    """
    stopwatch = _Stopwatch()
    try:
        with followed_reading(control, listener):
            subject = build_subject(experiment)
        trainer = subject.trainer
        if beginning is not None and beginning.epochs:
            trainer.epochs = beginning.epochs
        history = History.create(
            trainer.iterations_per_epoch,
            trainer.total_iterations,
            trainer.batch_size,
            trainer.train_size,
            path=history_path,
            spread=experiment.replicas > 1,
            checked_part=trainer.checked_part or "test",
            metrics=trainer.metric_names,
        )
        if beginning is not None:
            _go_on_from(beginning, subject, history)
        stopwatch = _Stopwatch(float(history.seconds[-1]) if history.iterations else 0.0)
        preparation = subject.data.preparation
        listener.prepared(
            Prepared(
                trainer.iterations_per_epoch,
                trainer.total_iterations,
                trainer.task,
                None if preparation is None else preparation.to_json(),
            ),
            history,
        )
        _TrainingSession(subject, history, control, listener, stopwatch).run()
        return _end_of(subject, stopwatch.seconds)
    except StoppedWhileReadingError:
        return Ended(RunState.STOPPED, "stopped while its data were read", seconds=0.0)
    except MemoryError:
        message = "not enough memory for this network on this data set: choose smaller layers or a smaller batch"
        return Ended(RunState.FAILED, message, traceback.format_exc(), stopwatch.seconds)
    except Exception as error:  # an error of any kind ends only this run
        expected = isinstance(error, ValueError | OSError)
        message = str(error) if expected and str(error) else f"{type(error).__name__}: {error}"
        return Ended(RunState.FAILED, message, traceback.format_exc(), stopwatch.seconds)


def _go_on_from(beginning: ResumePoint, subject: TrainingContext, history: History) -> None:
    """Restore a training to another one's state, with the settings of its own experiment from there on."""
    trainer = subject.trainer
    rate = trainer.learning_rate
    state = unpack_state(beginning.state)
    if beginning.changed_data:
        state = fit_state(state, trainer)
    elif changed := describe_changed_data(subject.experiment, beginning.preparation, subject.data):
        raise ValueError(f"the run to continue was trained on other data: {changed}")
    try:
        trainer.restore(state, fresh_optimizer=beginning.fresh_optimizer)
    except ValueError as error:
        raise ValueError(f"the saved state does not fit: has the data set changed since? ({error})") from error
    if beginning.again:
        trainer.clear_stop()
    if not beginning.own_rate:
        trainer.learning_rate = rate
    unpack_rows(beginning.series, history)


def read_question(asked: Ask | Inspect) -> inspect.Question:
    """Return the question of a message.

    Raises
    ------
    msgspec.DecodeError
        There is no such question.
    """
    question: inspect.Question = unpack(asked.question, inspect.Question)
    return question


def _kind_of(question: Ask) -> type[inspect.Question] | None:
    """Return the kind of a question; None for what is no question, which gets a refusal and must not end the run."""
    try:
        return type(read_question(question))
    except DecodeError:
        return None


def answer_to(question: Ask, subject: TrainingContext) -> Answered:
    """Return the answer to a question, or the reason why there is none."""
    try:
        with ThreadLimit():  # several threads would wait for each other and for other computations
            return Answered(question.number, pack(inspect.answer(read_question(question), subject)))
    except ValueError as error:
        return Answered(question.number, refusal=str(error))
    except Exception as error:  # a question must not end the run
        return Answered(question.number, refusal=f"{type(error).__name__}: {error}")


class _TrainingSession:
    """A running training."""

    def __init__(
        self, subject: TrainingContext, history: History, control: Control, listener: Listener, stopwatch: _Stopwatch
    ) -> None:
        self._subject, self._trainer = subject, subject.trainer
        self._history, self._control, self._listener = history, control, listener
        self._stopwatch = stopwatch
        self._last_check = int(history.check_iteration[-1]) if history.checks else 0
        self._announced: RunState | None = None
        self._throttle: Throttle | None = None
        self._answers_from = self._new_answers_from = self._snapshots_from = self._snapshot_before = 0.0
        self._last_questions: dict[type[inspect.Question] | None, bytes] = {}
        self._latest_snapshot = -1
        self._is_small = False

    def run(self) -> None:
        """Train to the end, or until stopped."""
        trainer, control = self._trainer, self._control
        block = 1
        self._take_snapshot()
        while not (trainer.finished or control.stopped):
            self._change_settings()
            self._answer()
            if trainer.finished:  # fewer epochs than already done
                break
            if control.blocked:
                self._pause()
                continue
            if control.free and self._announced is not RunState.RUNNING:
                self._tell(RunState.RUNNING)
            most = control.most(block)
            if most and self._throttle is not None and control.free:
                most = min(most, self._throttle.due(time.monotonic()))
                if not most:
                    self._wait_until_due(self._throttle)
            if most:
                block = self._advance(most)
        if trainer.iteration > self._last_check and trainer.checked_part:
            check = trainer.check()
            self._history.append_check(trainer.iteration, check.cost, check.accuracy, metrics=check.metrics)
        self._stopwatch.stop()
        self._take_snapshot()
        while self._answer_one():
            pass

    def _pause(self) -> None:
        self._stopwatch.stop()
        # Also after single steps: a run can be forked where it stands.
        if self._announced is not RunState.PAUSED or self._trainer.iteration != self._latest_snapshot:
            self._take_snapshot()
        self._tell(RunState.PAUSED)
        self._control.wait()

    def _wait_until_due(self, throttle: Throttle) -> None:
        """Wait for the next iteration at a slow pace; as in a pause, there is time for answers."""
        self._stopwatch.stop()
        while self._answer_one():
            pass
        if not throttle.due(time.monotonic()):
            self._control.wait_until_due(throttle.seconds_to_wait)

    def _tell(self, state: RunState) -> None:
        self._announced = state
        self._listener.on_event(Changed(state, self._stopwatch.seconds))

    def _advance(self, most: int) -> int:
        """Do one block, and return the number of iterations for the next."""
        self._stopwatch.start()
        start = time.perf_counter()
        steps = self._measured() if self._subject.record.due else self._trainer.advance_block(most)
        self._control.spend(len(steps))
        if self._throttle is not None:
            self._throttle.spend(len(steps))
        self._record(steps)
        if self._snapshot_is_due(is_checked=steps.checked is not None):
            self._take_snapshot()
        return _next_block(len(steps), time.perf_counter() - start)

    def _measured(self) -> Steps:
        """Do one iteration, and measure the layers before and after it."""
        before = self._trainer.moved_parameters.copy()
        self._trainer.watch_units()
        steps = self._trainer.advance(1)
        self._trainer.watch_units(False)
        self._subject.record.measure(before)
        return steps

    def _record(self, steps: Steps) -> None:
        replicas = steps.replicas if self._history.has_spread else None
        spreads = (replicas.cost_spread, replicas.accuracy_spread) if replicas else None
        self._history.append(steps.costs, steps.accuracies, self._stopwatch.seconds, spreads=spreads)
        check = steps.checked
        if check is not None:
            check_spreads = self._check_spreads(replicas.checked) if replicas else None
            self._history.append_check(
                self._trainer.iteration, check.cost, check.accuracy, spreads=check_spreads, metrics=check.metrics
            )
            self._last_check = self._trainer.iteration

    def _check_spreads(self, checks: tuple[Evaluation, ...]) -> tuple[float, float]:
        """Return the spreads of the checks' costs and scores over the averaged replicas."""
        counted = [check for check, gone in zip(checks, self._trainer.diverged, strict=True) if not gone]
        counted = counted or list(checks)
        return spread([check.cost for check in counted]), spread([check.accuracy for check in counted])

    def _snapshot_is_due(self, is_checked: bool) -> bool:
        """Return whether a snapshot is due: by the clock, or by its share of the iterations of a small network."""
        now = time.monotonic()
        if now < self._snapshots_from:
            share = self._trainer.total_iterations / _SNAPSHOTS_OF_A_RUN
            return is_checked and self._is_small and self._trainer.iteration >= self._latest_snapshot + share
        return is_checked or now >= self._snapshot_before

    def _take_snapshot(self) -> None:
        state = pack_state(self._trainer.state())
        self._is_small = len(state) <= _BYTES_OF_A_SMALL_STATE
        now = time.monotonic()
        self._snapshots_from = now + max(_SNAPSHOT_SECONDS, len(state) / _SNAPSHOT_BYTES_A_SECOND)
        self._snapshot_before = now + (_NO_SNAPSHOT_SECONDS if self._throttle is None else _WATCHED_SNAPSHOT_SECONDS)
        self._latest_snapshot = self._trainer.iteration
        self._listener.on_event(Snapshot(self._latest_snapshot, state))

    def _change_settings(self) -> None:
        while (command := self._control.next_setting()) is not None:
            self._change(command)

    def _change(self, command: Command) -> None:
        trainer = self._trainer
        if command.kind == "learning_rate":
            trainer.learning_rate = command.value
            self._listener.on_event(
                Adjusted(trainer.iteration, "learning_rate", command.value, trainer.total_iterations)
            )
        elif command.kind == "epochs":
            # The current epoch is always finished.
            begun = -(-trainer.iteration // trainer.iterations_per_epoch)
            trainer.epochs = max(int(command.value), begun, 1)
            self._listener.on_event(Adjusted(trainer.iteration, "epochs", trainer.epochs, trainer.total_iterations))
        elif command.kind == "pace":
            self._change_pace(command.pace)

    def _change_pace(self, pace: Pace | None) -> None:
        if pace is None:
            self._throttle = None
            return
        now = time.monotonic()
        self._throttle = Throttle(pace.iterations_per_second(self._trainer.iterations_per_epoch), now)
        self._snapshot_before = now + _WATCHED_SNAPSHOT_SECONDS

    def _answer(self) -> None:
        """Answer all questions while paused, and one at intervals while running, new ones sooner than repeated ones."""
        if self._control.blocked:
            while self._answer_one():
                pass
            return
        now = time.monotonic()
        if now >= self._new_answers_from and not self._answer_one(new=True) and now >= self._answers_from:
            self._answer_one()

    def _answer_one(self, *, new: bool = False) -> bool:
        question = self._control.next_question(self._is_new) if new else self._control.next_question()
        if question is None:
            return False
        self._last_questions[_kind_of(question)] = question.question
        self._stopwatch.stop()
        began = time.monotonic()
        self._listener.on_event(answer_to(question, self._subject))
        took = time.monotonic() - began
        self._answers_from = began + took / _ANSWERS_SHARE
        self._new_answers_from = began + took / _NEW_ANSWERS_SHARE
        return True

    def _is_new(self, question: Ask) -> bool:
        """Return whether a question differs from the last one of its kind."""
        return self._last_questions.get(_kind_of(question)) != question.question


def _next_block(iterations: int, seconds: float) -> int:
    wanted = int(iterations * _BLOCK_SECONDS / max(seconds, 1e-6))
    return max(1, min(wanted, 2 * iterations, _MOST_ITERATIONS))


def _end_of(subject: TrainingContext, seconds: float) -> Ended:
    trainer: Trainer = subject.trainer
    results = measure_results(subject)
    if trainer.diverged_at is not None:
        state, message = RunState.DIVERGED, f"diverged at iteration {trainer.diverged_at:,}"
    else:
        state = RunState.FINISHED if trainer.finished else RunState.STOPPED
        message = _kept_weights(trainer, results)
    return Ended(state, message, seconds=seconds, layers=pack(subject.record.series()), results=results)


def _kept_weights(trainer: Trainer, results: Results) -> str:
    """Return a sentence on early stopping, if it ended training, and on the kept weights, if not the last."""
    reason = f"stopped early at iteration {trainer.iteration:,}" if results.stopped_early else ""
    if len(trainer.networks) > 1 or results.kept_iteration == trainer.iteration:
        return reason
    best = f"best at iteration {results.kept_iteration:,}, whose weights are kept"
    return f"{reason}; {best}" if reason else best


class _Stopwatch:
    """A stopwatch for seconds of training, without pauses."""

    def __init__(self, before: float = 0.0) -> None:
        self._before = before
        self._started: float | None = None

    @property
    def seconds(self) -> float:
        return self._before + (time.monotonic() - self._started if self._started is not None else 0.0)

    def start(self) -> None:
        if self._started is None:
            self._started = time.monotonic()

    def stop(self) -> None:
        self._before = self.seconds
        self._started = None
