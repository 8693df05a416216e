"""Loggers of a training: lines on standard output, a CSV file, figures of epochs.

A logger receives whole blocks of iterations, so that it does not slow training down; to see every single iteration, use
``for step in trainer``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from joml.benchmark_log import BenchmarkLogger, benchmark, columns_of
from joml.compiled.evaluation import Evaluation
from joml.copy_refusal import own_state
from joml.files.atomic_write import whole_file
from joml.listeners import (
    NOTHING_BEGAN,
    EpochLogger,
    Logger,
    SilentLogger,
    as_listener,
    epoch_figures,
    follow,
    follow_on,
    require_logger,
)
from joml.plotting import epoch_chart, epoch_figure
from joml.task import SCORE_NAMES
from joml.training.records import Steps
from joml.training.trainer import Trainer

__all__ = [
    "BenchmarkLogger",
    "CSVLogger",
    "EpochLogger",
    "Logger",
    "MatplotlibLogger",
    "SilentLogger",
    "StdOutLogger",
    "StdoutLogger",
    "as_listener",
    "benchmark",
    "follow",
    "follow_on",
    "require_logger",
]


class StdoutLogger:
    """Prints one line per epoch: means over its training samples before their updates, and the latest check.

    The check is on the validation samples, or on the test samples if there is no validation part.

    The score is accuracy, right answers or R2; a dash means that it is not defined.
    """

    def __init__(self) -> None:
        self._trainer: Trainer | None = None
        self._blocks: list[Steps] = []

    def __getstate__(self) -> dict[str, Any]:
        return own_state(vars(self))

    def begin(self, trainer: Trainer) -> None:
        """Print the network and the length of the training."""
        self._trainer, self._blocks = trainer, []
        epochs = trainer.total_iterations // trainer.iterations_per_epoch
        again = (
            "; trained before: it continues from its weights, with a new optimizer state"
            if trainer.network.times_trained
            else ""
        )
        length = f"epochs 1 to {epochs}, of {trainer.iterations_per_epoch} iterations"
        print(f"{trainer.network.name}: {length}{again}", flush=True)

    def hear(self, steps: Steps) -> None:
        """Print the epoch's line at its end."""
        trainer = self._trainer
        if trainer is None:
            raise RuntimeError(NOTHING_BEGAN)
        self._blocks.append(steps)
        if trainer.finished or trainer.iteration % trainer.iterations_per_epoch == 0:
            cost, accuracy, check = epoch_figures(self._blocks, trainer)
            part = trainer.checked_part or "test"
            print(_epoch_line(steps.epoch, cost, accuracy, check, SCORE_NAMES[trainer.task], part), flush=True)
            self._blocks = []

    def end(self) -> None:
        """Print where the training ended if that was before its last epoch."""
        trainer, self._trainer = self._trainer, None
        if trainer is not None and trainer.diverged_at is not None:
            print(f"diverged at iteration {trainer.diverged_at}: try a smaller learning rate", flush=True)
        elif trainer is not None and trainer.stopped_early:
            best = _best(trainer)
            print(f"stopped early, after iteration {trainer.iteration}{best}", flush=True)

    def log_cost_accuracy(self, n_epoch: int, cost: float, accuracy: float) -> None:
        """Print an epoch's line."""
        print(_epoch_line(n_epoch, cost, accuracy, None), flush=True)


#: The original library's spelling.
StdOutLogger = StdoutLogger


def _best(trainer: Trainer) -> str:
    """Return a note on which parameters a network has after early stopping, if not the latest."""
    kept = trainer.kept_iterations
    if len(kept) > 1 or kept[0] == trainer.iteration:
        return ""
    return f": the parameters are the best, those after iteration {kept[0]}"


def _epoch_line(
    epoch: int,
    cost: float,
    accuracy: float,
    check: Evaluation | None,
    score: str = "accuracy",
    part: str = "test",
) -> str:
    line = f"epoch {epoch}: training cost {cost:.4f}, {score} {_shown(accuracy)}"
    return f"{line}; {part} cost {check.cost:.4f}, {score} {_shown(check.accuracy)}" if check else line


def _shown(score: float) -> str:
    return "-" if math.isnan(score) else f"{score:.4f}"


class CSVLogger:
    """Writes a CSV file during training: one row per epoch, written at the end of the epoch.

    The columns are those of ``BenchmarkLogger``: n_iter, the epoch's last iteration; train_cost and train_acc, the
    means over its samples, measured before their updates; test_cost and test_acc of its latest test, empty where
    nothing was tested. With a validation part, validation_cost and validation_acc replace test_cost and test_acc.

    Parameters
    ----------
    csv_file_name : path
        Path of the file; required unless csv_file is given. Missing folders are made. An existing file is refused
        before training starts.
    overwrite : bool, default False
        Replace an existing file.
    csv_file : path, optional
        The original library's name of csv_file_name.

    Raises
    ------
    TypeError
        No path is given, or two.

    Examples
    --------
    >>> from joml import Network
    >>> from joml.data.generators.planar import xor
    >>> data = xor(samples=200)
    >>> network = Network.from_architecture("2-8-2").with_logger(CSVLogger("epochs.csv"))
    >>> network = network.train(data.x_train, data.y_train)
    >>> len(Path("epochs.csv").read_text().splitlines())
    11
    """

    def __init__(
        self,
        csv_file_name: str | PathLike[str] | None = None,
        *,
        overwrite: bool = False,
        csv_file: str | PathLike[str] | None = None,
    ) -> None:
        name = csv_file if csv_file_name is None else csv_file_name
        if name is None or None not in (csv_file_name, csv_file):
            raise TypeError("a CSVLogger takes the name of one file, such as CSVLogger('epochs.csv')")
        self.csv_file_name = Path(name)
        self.overwrite = overwrite
        self._trainer: Trainer | None = None
        self._blocks: list[Steps] = []

    @property
    def csv_file(self) -> Path:
        """The original library's name of ``csv_file_name``."""
        return self.csv_file_name

    def __getstate__(self) -> dict[str, Any]:
        return own_state(vars(self))

    def begin(self, trainer: Trainer) -> None:
        """Write the header.

        Raises
        ------
        FileExistsError
            The file exists, and ``overwrite`` is false.
        OSError
            The file cannot be written.
        """
        with whole_file(self.csv_file_name, overwrite=self.overwrite) as temporary:
            _append(temporary, columns_of(trainer.checked_part or "test"))
        self._trainer, self._blocks = trainer, []

    def hear(self, steps: Steps) -> None:
        """Write the epoch's row at its end."""
        trainer = self._trainer
        if trainer is None:
            raise RuntimeError(NOTHING_BEGAN)
        self._blocks.append(steps)
        if trainer.finished or trainer.iteration % trainer.iterations_per_epoch == 0:
            cost, accuracy, check = epoch_figures(self._blocks, trainer)
            checked = (check.cost, check.accuracy) if check else ("", "")
            _append(self.csv_file_name, (trainer.iteration, cost, checked[0], accuracy, checked[1]))
            self._blocks = []

    def end(self) -> None:
        """Do nothing: everything is already written."""
        self._trainer = None

    def log_cost_accuracy(self, n_epoch: int, cost: float, accuracy: float) -> None:
        """Write a row of a training without a trainer, with the epoch in place of the iteration.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        if not self.csv_file_name.exists():
            with whole_file(self.csv_file_name) as temporary:
                _append(temporary, BenchmarkLogger.COLUMNS)
        _append(self.csv_file_name, (n_epoch, cost, "", accuracy, ""))


class MatplotlibLogger:
    """Keeps each epoch's mean training cost and accuracy, over several trainings, and draws them.

    Attributes
    ----------
    cost_vals, accuracy_vals : lists of float
        One number per epoch. If y are values, R2 replaces the accuracy.
    """

    def __init__(self) -> None:
        self.reset()

    def __getstate__(self) -> dict[str, Any]:
        return own_state(vars(self))

    def reset(self) -> None:
        """Forget what was heard."""
        self.cost_vals: list[float] = []
        self.accuracy_vals: list[float] = []

    def log_cost_accuracy(self, n_epoch: int, cost: float, accuracy: float) -> None:
        """Add an epoch's figures."""
        self.cost_vals.append(cost)
        self.accuracy_vals.append(accuracy)

    def plot_cost(self, path: str | PathLike[str] | None = None, *, overwrite: bool = False) -> None:
        """Draw the cost of each epoch. Parameters and errors as for ``BenchmarkLogger.plot_benchmark``."""
        self._plot("cost", self.cost_vals, path, overwrite)

    def plot_accuracy(self, path: str | PathLike[str] | None = None, *, overwrite: bool = False) -> None:
        """Draw the accuracy of each epoch. Parameters and errors as for ``BenchmarkLogger.plot_benchmark``."""
        self._plot("accuracy", self.accuracy_vals, path, overwrite)

    @staticmethod
    def _plot(what: str, values: list[float], path: str | PathLike[str] | None, overwrite: bool) -> None:
        if not values:
            raise RuntimeError("this logger has not seen a training yet: there is nothing to draw")
        if path is None:
            print(epoch_chart(what, values), flush=True)
        else:
            epoch_figure(what, values, Path(path), overwrite=overwrite)


def _append(path: Path, row: Sequence[object]) -> None:
    with path.open("a", newline="") as file:
        csv.writer(file).writerow(row)
