"""Loggers: what hears a training.

A logger hears whole blocks of iterations, so that it costs a training nothing that could be measured; for a look at
every single iteration there is ``for step in trainer``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.adaptive import Adam
from joml.checks import at_least_one
from joml.evaluation import Evaluation
from joml.optimizer import Optimizer
from joml.plotting import figure, terminal_chart
from joml.records import Steps
from joml.training import Trainer
from joml.writing import require_free, whole_file

if TYPE_CHECKING:
    from joml.network import Network

#: About how often a benchmark tests unless told.
_TESTS = 200

_NOTHING_BEGAN = "this logger has heard of no training yet: begin(trainer) comes before hear(steps)"


class Logger(Protocol):
    """What hears a training; any object with these three methods is one."""

    def begin(self, trainer: Trainer) -> None:
        """Hear that this trainer's training begins."""
        ...

    def hear(self, steps: Steps) -> None:
        """Hear the steps of a block of iterations; blocks follow each other and never cross an epoch."""
        ...

    def end(self) -> None:
        """Hear that the training is over: all epochs are done, or it diverged, or stopped early."""
        ...


def follow(trainer: Trainer, *loggers: Logger) -> None:
    """Let the trainer train to the end, and the loggers hear of it."""
    for logger in loggers:
        logger.begin(trainer)
    while not trainer.finished:
        steps = trainer.advance(trainer.total_iterations)
        for logger in loggers:
            logger.hear(steps)
    for logger in loggers:
        logger.end()


class SilentLogger:
    """Hears everything and tells nothing: what a network has unless given another."""

    def begin(self, trainer: Trainer) -> None:
        """Do nothing."""

    def hear(self, steps: Steps) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class StdoutLogger:
    """Prints a line an epoch: the means over its mini-batches, each measured before its update, and the latest test.

    Where y are values, R2 stands in the accuracy's place.
    """

    def __init__(self) -> None:
        self._trainer: Trainer | None = None
        self._blocks: list[Steps] = []

    def begin(self, trainer: Trainer) -> None:
        """Print what is trained, and how long."""
        self._trainer, self._blocks = trainer, []
        epochs = trainer.total_iterations // trainer.iterations_per_epoch
        print(f"{trainer.network.name}: epochs 1 to {epochs}, of {trainer.iterations_per_epoch} iterations", flush=True)

    def hear(self, steps: Steps) -> None:
        """Print the epoch's line when it is over."""
        trainer = self._trainer
        if trainer is None:
            raise RuntimeError(_NOTHING_BEGAN)
        self._blocks.append(steps)
        if trainer.finished or trainer.iteration % trainer.iterations_per_epoch == 0:
            print(_epoch_line(self._blocks), flush=True)
            self._blocks = []

    def end(self) -> None:
        """Print where the training ended, if not after all its epochs."""
        trainer, self._trainer = self._trainer, None
        if trainer is not None and trainer.diverged_at is not None:
            print(f"diverged at iteration {trainer.diverged_at}: try a smaller learning rate", flush=True)
        elif trainer is not None and trainer.stopped_early:
            print(f"stopped early, after iteration {trainer.iteration}", flush=True)


def _epoch_line(blocks: list[Steps]) -> str:
    cost, accuracy, test = _epoch_figures(blocks)
    line = f"epoch {blocks[-1].epoch}: training cost {cost:.4f}, accuracy {accuracy:.4f}"
    return f"{line}; test cost {test.cost:.4f}, accuracy {test.accuracy:.4f}" if test else line


def _epoch_figures(blocks: list[Steps]) -> tuple[float, float, Evaluation | None]:
    """Give the mean cost and accuracy of an epoch's mini-batches, and its latest test."""
    cost, accuracy = (
        float(np.concatenate(series).mean(dtype=np.float64))
        for series in ([steps.costs for steps in blocks], [steps.accuracies for steps in blocks])
    )
    tests = [steps.test for steps in blocks if steps.test is not None]
    return cost, accuracy, tests[-1] if tests else None


class CSVLogger:
    """Writes a CSV file while a network is trained: a row an epoch, there as soon as the epoch is over.

    The columns are those of ``BenchmarkLogger``, which writes every test when asked to: n_iter, the epoch's last
    iteration; train_cost and train_acc, the means over its mini-batches, each measured before its update; test_cost and
    test_acc, of its latest test, empty where nothing was tested.

    Parameters
    ----------
    csv_file_name : path
        Folders that are missing are made. A file that is there already is refused before the training.
    overwrite : bool, default False
        Replace a file of this name.

    Examples
    --------
    >>> from joml import Network
    >>> from joml.datasets.planar import xor
    >>> data = xor(samples=200)
    >>> Network.from_architecture("2-8-2").with_logger(CSVLogger("epochs.csv")).train(data.x_train, data.y_train)
    >>> len(Path("epochs.csv").read_text().splitlines())
    11
    """

    def __init__(self, csv_file_name: str | PathLike[str], *, overwrite: bool = False) -> None:
        self.csv_file_name = Path(csv_file_name)
        self.overwrite = overwrite
        self._trainer: Trainer | None = None
        self._blocks: list[Steps] = []

    def begin(self, trainer: Trainer) -> None:
        """Write the header.

        Raises
        ------
        FileExistsError
            There is a file of this name, and ``overwrite`` is false.
        OSError
            The file cannot be written.
        """
        with whole_file(self.csv_file_name, overwrite=self.overwrite) as temporary:
            _append(temporary, BenchmarkLogger.COLUMNS)
        self._trainer, self._blocks = trainer, []

    def hear(self, steps: Steps) -> None:
        """Write the epoch's row when it is over."""
        trainer = self._trainer
        if trainer is None:
            raise RuntimeError(_NOTHING_BEGAN)
        self._blocks.append(steps)
        if trainer.finished or trainer.iteration % trainer.iterations_per_epoch == 0:
            cost, accuracy, test = _epoch_figures(self._blocks)
            tested = (test.cost, test.accuracy) if test else ("", "")
            _append(self.csv_file_name, (trainer.iteration, cost, tested[0], accuracy, tested[1]))
            self._blocks = []

    def end(self) -> None:
        """Do nothing: all is written already."""
        self._trainer = None


def _append(path: Path, row: Sequence[object]) -> None:
    with path.open("a", newline="") as file:
        csv.writer(file).writerow(row)


class BenchmarkLogger:
    """Keeps the series of a training: for a CSV file, for a chart, for arrays. It keeps the latest training's.

    Training figures are those of the iteration's mini-batch before its update, test figures those of the test samples
    after it. Where y are values, R2 stands in the accuracy's place.

    Parameters
    ----------
    csv_file_name : path, optional
        Where ``dump_results`` writes.

    Examples
    --------
    >>> from joml import Network
    >>> from joml.datasets.planar import xor
    >>> data = xor(samples=200)
    >>> logger = BenchmarkLogger("series.csv")
    >>> Network.from_architecture("2-8-2").with_logger(logger).train(data.x_train, data.y_train)
    >>> len(logger.results()["n_iter"])
    50
    >>> logger.dump_results()
    """

    COLUMNS = ("n_iter", "train_cost", "test_cost", "train_acc", "test_acc")

    def __init__(self, csv_file_name: str | PathLike[str] | None = None) -> None:
        self.csv_file_name = None if csv_file_name is None else Path(csv_file_name)
        self._name = ""
        self._blocks: list[Steps] = []

    def begin(self, trainer: Trainer) -> None:
        """Start anew, for this training."""
        self._name, self._blocks = trainer.network.name, []

    def hear(self, steps: Steps) -> None:
        """Keep the block."""
        self._blocks.append(steps)

    def end(self) -> None:
        """Do nothing: all is kept already."""

    def results(self, *, every_iteration: bool = False) -> dict[str, NDArray[Any]]:
        """Give the series as arrays of one length, as ``pandas.DataFrame`` takes them.

        Parameters
        ----------
        every_iteration : bool
            False, as it is unless said, gives the iterations after which the network was tested, where every figure
            was measured. True gives all iterations, with nan for tests that were not made: then the training
            series is whole. Where nothing was tested at all these are given anyway.

        Returns
        -------
        dict of (rows,) arrays
            n_iter (int64, the iteration, counted from 1), train_cost, test_cost, train_acc, test_acc (float64).

        Raises
        ------
        RuntimeError
            The logger has heard no training.
        """
        if not self._blocks:
            raise RuntimeError("this logger has heard no training yet: there are no results")
        n_iter = np.concatenate(
            [steps.first_iteration + np.arange(len(steps), dtype=np.int64) for steps in self._blocks]
        )
        tests = self._tests()
        nothing = (np.nan, np.nan)
        figures = [tests.get(iteration, nothing) for iteration in n_iter.tolist()]
        test_cost, test_acc = np.array(figures, np.float64).T
        columns: tuple[NDArray[Any], ...] = (
            n_iter,
            np.concatenate([steps.costs for steps in self._blocks]).astype(np.float64),
            test_cost,
            np.concatenate([steps.accuracies for steps in self._blocks]).astype(np.float64),
            test_acc,
        )
        rows = slice(None) if every_iteration or not tests else np.isin(n_iter, list(tests))
        return {name: column[rows] for name, column in zip(self.COLUMNS, columns, strict=True)}

    def dump_results(
        self,
        csv_file_name: str | PathLike[str] | None = None,
        *,
        every_iteration: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Write the results as CSV: a header, then n_iter, train_cost, test_cost, train_acc, test_acc a row.

        Numbers read back exactly. Folders that are missing are made. A file that is there already is not replaced
        unless asked for: it may be all that is left of another training.

        Parameters
        ----------
        csv_file_name : path, optional
            The name given to the logger unless said.
        every_iteration : bool
            As in ``results``; test columns are empty where nothing was tested.
        overwrite : bool, default False
            Replace a file of this name.

        Raises
        ------
        ValueError
            Neither here nor to the logger a name was given.
        RuntimeError
            The logger has heard no training.
        FileExistsError
            There is a file of this name, and ``overwrite`` is false.
        OSError
            The file cannot be written; one that was there stays as it was.
        """
        path = self.csv_file_name if csv_file_name is None else Path(csv_file_name)
        if path is None:
            raise ValueError("there is no file to write to: give dump_results a name, such as 'series.csv'")
        columns = self.results(every_iteration=every_iteration)
        with whole_file(path, overwrite=overwrite) as temporary, temporary.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(self._rows(columns))

    def plot_benchmark(self, path: str | PathLike[str] | None = None, *, overwrite: bool = False) -> None:
        """Draw cost and accuracy against iterations: the training's as means over some iterations, and the test's.

        Parameters
        ----------
        path : path, optional
            A name that ends in .png or .svg: a figure is written there, as ``dump_results`` writes, with the single
            iterations faintly behind; this needs matplotlib. Without it the chart is printed, as wide as the terminal.
        overwrite : bool, default False
            Replace a file of this name.

        Raises
        ------
        RuntimeError
            The logger has heard no training.
        ValueError
            The name ends in something else.
        ImportError
            matplotlib is not installed; says how to.
        FileExistsError, OSError
            As for ``dump_results``.
        """
        results = self.results(every_iteration=True)
        if path is None:
            print(terminal_chart(results, self._name), flush=True)
        else:
            figure(results, self._name, Path(path), overwrite=overwrite)

    def _tests(self) -> dict[int, tuple[float, float]]:
        """Cost and accuracy by the iteration after which they were measured."""
        return {
            steps.first_iteration + len(steps) - 1: (steps.test.cost, steps.test.accuracy)
            for steps in self._blocks
            if steps.test is not None
        }

    def _rows(self, columns: dict[str, NDArray[Any]]) -> Iterator[tuple[Any, ...]]:
        tests = self._tests()
        for row in zip(*(column.tolist() for column in columns.values()), strict=True):
            n_iter, train_cost, _, train_acc, _ = row
            yield row if n_iter in tests else (n_iter, train_cost, "", train_acc, "")


def benchmark(
    network: Network,
    x_train: ArrayLike,
    y_train: ArrayLike,
    x_test: ArrayLike,
    y_test: ArrayLike,
    *loggers: Logger,
    csv_file_name: str | PathLike[str] | None = None,
    num_epochs: int = 10,
    batch_size: int | Literal["all"] = 32,
    optimizer: Optimizer | None = None,
    seed: int | None = None,
    test_every: Literal["epoch"] | int | None = None,
) -> BenchmarkLogger:
    """Train a network and keep the series; other loggers may hear it too. Parameters as in ``Network.benchmark``."""
    logger = BenchmarkLogger(csv_file_name)
    if logger.csv_file_name is not None:
        require_free(logger.csv_file_name)  # before it is worth writing
    x, y = network.checked(x_train, y_train)
    trainer = Trainer(
        network,
        x,
        y,
        *network.checked(x_test, y_test),
        optimizer=optimizer or Adam(learning_rate=0.002),
        epochs=num_epochs,
        batch_size=batch_size,
        seed=seed,
        test_every=_interval(x.shape[1], batch_size, num_epochs) if test_every is None else test_every,
    )
    follow(trainer, logger, *loggers)
    return logger


def _interval(samples: int, batch_size: int | Literal["all"], epochs: int) -> int:
    """Give the iterations between tests that makes about ``_TESTS`` of them."""
    batches = 1 if batch_size == "all" else -(-samples // at_least_one(batch_size, "batch_size"))
    return max(1, batches * at_least_one(epochs, "epochs") // _TESTS)
