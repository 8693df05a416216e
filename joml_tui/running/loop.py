"""The loop around the engine's trainer: it obeys a pace, writes a history and tells of its changes."""

from __future__ import annotations

import time
import traceback
from pathlib import Path

from joml import Steps, Trainer
from joml_tui.experiment import Experiment
from joml_tui.history import History
from joml_tui.running.building import build_trainer
from joml_tui.running.messages import Changed, Ended, Listener, Prepared, RunState
from joml_tui.running.pace import Pace

#: A block of iterations lasts about this long, so that a command is obeyed at once and its overhead stays small.
_BLOCK_SECONDS = 0.01
_MOST_ITERATIONS = 256


def train(experiment: Experiment, pace: Pace, listener: Listener, history_path: Path | None = None) -> Ended:
    """Train an experiment to its end, and never raise: what goes wrong is told in the event.

    Parameters
    ----------
    experiment : Experiment
    pace : Pace
        Obeyed between blocks of about 10 ms.
    listener : Listener
    history_path : Path, optional
        Where the series go for another process to read; into plain memory unless said.
    """
    stopwatch = _Stopwatch()
    try:
        trainer = build_trainer(experiment)
        history = History.create(
            trainer.iterations_per_epoch,
            trainer.total_iterations,
            trainer.batch_size,
            trainer.train_size,
            path=history_path,
        )
        listener.prepared(Prepared(trainer.iterations_per_epoch, trainer.total_iterations), history)
        _train(trainer, history, pace, listener, stopwatch)
        return _end_of(trainer, stopwatch.seconds)
    except MemoryError:
        message = "not enough memory for this network on this data set: choose smaller layers or a smaller batch"
        return Ended(RunState.FAILED, message, traceback.format_exc(), stopwatch.seconds)
    except Exception as error:  # whatever it was, it ends this run and nothing else
        expected = isinstance(error, ValueError | OSError)
        message = str(error) if expected and str(error) else f"{type(error).__name__}: {error}"
        return Ended(RunState.FAILED, message, traceback.format_exc(), stopwatch.seconds)


def _train(trainer: Trainer, history: History, pace: Pace, listener: Listener, stopwatch: _Stopwatch) -> None:
    block, last_test = 1, 0
    told: RunState | None = None
    while not (trainer.finished or pace.stopped):
        if pace.blocked:
            stopwatch.stop()
            told = RunState.PAUSED
            listener.changed(Changed(told, stopwatch.seconds))
            pace.wait()
            continue
        if pace.free and told is not RunState.RUNNING:
            told = RunState.RUNNING
            listener.changed(Changed(told, stopwatch.seconds))
        most = pace.most(block)
        if not most:
            continue
        stopwatch.start()
        start = time.perf_counter()
        steps = trainer.advance(most)
        pace.spend(len(steps))
        last_test = _record(history, trainer, steps, last_test)
        block = _next_block(len(steps), time.perf_counter() - start)
    if trainer.iteration > last_test and trainer.tests:
        test = trainer.test()
        history.append_test(trainer.iteration, test.cost, test.accuracy)
    stopwatch.stop()


def _record(history: History, trainer: Trainer, steps: Steps, last_test: int) -> int:
    history.append(steps.costs, steps.accuracies)
    if steps.test is None:
        return last_test
    history.append_test(trainer.iteration, steps.test.cost, steps.test.accuracy)
    return trainer.iteration


def _next_block(iterations: int, seconds: float) -> int:
    wanted = int(iterations * _BLOCK_SECONDS / max(seconds, 1e-6))
    return max(1, min(wanted, 2 * iterations, _MOST_ITERATIONS))


def _end_of(trainer: Trainer, seconds: float) -> Ended:
    if trainer.diverged_at is not None:
        return Ended(RunState.DIVERGED, f"diverged at iteration {trainer.diverged_at:,}", seconds=seconds)
    return Ended(RunState.FINISHED if trainer.finished else RunState.STOPPED, seconds=seconds)


class _Stopwatch:
    """Seconds of training, pauses left out."""

    def __init__(self) -> None:
        self._before = 0.0
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
