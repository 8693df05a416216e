"""Loggers, which receive the steps of a training.

A logger receives whole blocks of iterations, so that it does not slow training down; to see every single iteration, use
``for step in trainer``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.compiled.evaluation import Evaluation
from joml.copy_refusal import own_state
from joml.files.atomic_write import require_free, whole_file
from joml.optimizers.adaptive import Adam
from joml.optimizers.base import Optimizer
from joml.plotting import epoch_chart, epoch_figure, figure, terminal_chart
from joml.statistics.metrics import SCORE_NAMES, mean_over_samples
from joml.training.records import Steps
from joml.training.trainer import Trainer
from joml.validation import at_least_one

if TYPE_CHECKING:
    from joml.network import Network

#: Approximate number of tests in a benchmark by default.
_TESTS = 200

_NOTHING_BEGAN = "this logger has not seen a training yet: call begin(trainer) before hear(steps)"


class Logger(Protocol):
    """A receiver of a training's steps; any object with these three methods is one.

    An object with the single method ``log_cost_accuracy(n_epoch, cost, accuracy)``, like a logger of the original
    library, is accepted too: it receives each epoch's mean training cost and accuracy.
    """

    def begin(self, trainer: Trainer) -> None:
        """Handle the start of this trainer's training."""
        ...

    def hear(self, steps: Steps) -> None:
        """Handle the steps of a block of iterations; blocks are consecutive and never cross an epoch."""
        ...

    def end(self) -> None:
        """Handle the end of training: all epochs are done, or it diverged, or was stopped early."""
        ...


class EpochLogger(Protocol):
    """A logger of the original library, which is called once per epoch."""

    def log_cost_accuracy(self, n_epoch: int, cost: float, accuracy: float) -> None:
        """Handle the training cost and accuracy of epoch number n_epoch."""
        ...


class _EpochListener:
    """Adapter that calls an epoch logger with the mean figures of each epoch; the original used its last mini-batch.

    A training that continues another one counts its epochs from 1 again, as in the original.
    """

    def __init__(self, logger: EpochLogger) -> None:
        self._logger = logger
        self._trainer: Trainer | None = None
        self._blocks: list[Steps] = []

    def begin(self, trainer: Trainer) -> None:
        self._trainer, self._blocks = trainer, []

    def hear(self, steps: Steps) -> None:
        trainer = self._trainer
        if trainer is None:
            raise RuntimeError(_NOTHING_BEGAN)
        self._blocks.append(steps)
        if trainer.finished or trainer.iteration % trainer.iterations_per_epoch == 0:
            cost, accuracy, _ = _epoch_figures(self._blocks, trainer)
            self._logger.log_cost_accuracy(self._blocks[-1].epoch, cost, accuracy)
            self._blocks = []

    def end(self) -> None:
        self._trainer = None


def as_listener(logger: Logger | EpochLogger) -> Logger:
    """Return a logger for whole blocks: the logger itself, or an adapter that calls it once per epoch."""
    hears = getattr(type(logger), "hear", None)
    if callable(getattr(logger, "log_cost_accuracy", None)) and (hears is None or hears is Logger.hear):
        return _EpochListener(logger)  # type: ignore[arg-type]
    return logger  # type: ignore[return-value]


def require_logger(logger: object) -> None:
    """Raise TypeError unless this is a logger.

    Raises
    ------
    TypeError
        It is a logger's class, or not a logger.
    """
    if isinstance(logger, type):
        raise TypeError(f"a logger is needed, not its class: write {logger.__name__}()")
    hears = all(callable(getattr(logger, method, None)) for method in ("begin", "hear", "end"))
    if not hears and not callable(getattr(logger, "log_cost_accuracy", None)):
        raise TypeError(
            "a logger such as StdoutLogger() is needed, with begin, hear and end, or with log_cost_accuracy, "
            f"got {logger!r}"
        )


def follow(trainer: Trainer, *loggers: Logger | EpochLogger) -> None:
    """Run the trainer to the end, and pass all steps to the loggers."""
    listeners = [as_listener(logger) for logger in loggers]
    for logger in listeners:
        logger.begin(trainer)
    while not trainer.finished:
        steps = trainer.advance_block(trainer.total_iterations)
        for logger in listeners:
            logger.hear(steps)
    for logger in listeners:
        logger.end()


def follow_on(trainer: Trainer, seed: int | None, *loggers: Logger | EpochLogger) -> None:
    """Run the trainer to the end with the loggers; without a seed, the last training's shuffling continues."""
    network = trainer.network
    if seed is None and network.generators is not None:
        trainer.generators = network.generators
    follow(trainer, *loggers)
    network.generators = trainer.generators


class SilentLogger:
    """A logger that does nothing; the default of a network."""

    def begin(self, trainer: Trainer) -> None:
        """Do nothing."""

    def hear(self, steps: Steps) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""

    def log_cost_accuracy(self, n_epoch: int, cost: float, accuracy: float) -> None:
        """Do nothing."""


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
            raise RuntimeError(_NOTHING_BEGAN)
        self._blocks.append(steps)
        if trainer.finished or trainer.iteration % trainer.iterations_per_epoch == 0:
            cost, accuracy, check = _epoch_figures(self._blocks, trainer)
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


def _epoch_figures(blocks: list[Steps], trainer: Trainer) -> tuple[float, float, Evaluation | None]:
    """Return the mean cost and score over an epoch's training samples, and its latest check."""
    first = (blocks[0].first_iteration - 1) % trainer.iterations_per_epoch
    sizes = trainer.batch_sizes[first : first + sum(map(len, blocks))]
    cost, accuracy = (
        mean_over_samples(np.concatenate(series), sizes)
        for series in ([steps.costs for steps in blocks], [steps.accuracies for steps in blocks])
    )
    checks = [steps.checked for steps in blocks if steps.checked is not None]
    return cost, accuracy, checks[-1] if checks else None


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
            _append(temporary, _columns(trainer.checked_part or "test"))
        self._trainer, self._blocks = trainer, []

    def hear(self, steps: Steps) -> None:
        """Write the epoch's row at its end."""
        trainer = self._trainer
        if trainer is None:
            raise RuntimeError(_NOTHING_BEGAN)
        self._blocks.append(steps)
        if trainer.finished or trainer.iteration % trainer.iterations_per_epoch == 0:
            cost, accuracy, check = _epoch_figures(self._blocks, trainer)
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


class BenchmarkLogger:
    """Keeps the series of the latest training, for a CSV file, a chart or arrays.

    Training figures are of the iteration's mini-batch before its update, test figures of the test samples after it. If
    y are values, R2 replaces the accuracy. With a validation part, the columns validation_cost and validation_acc
    replace test_cost and test_acc.

    Parameters
    ----------
    csv_file_name : path, optional
        The path for ``dump_results``.

    Examples
    --------
    >>> from joml import Network
    >>> from joml.data.generators.planar import xor
    >>> data = xor(samples=200)
    >>> logger = BenchmarkLogger("series.csv")
    >>> network = Network.from_architecture("2-8-2").with_logger(logger).train(data.x_train, data.y_train)
    >>> len(logger.results()["n_iter"])
    50
    >>> logger.dump_results()
    """

    COLUMNS = ("n_iter", "train_cost", "test_cost", "train_acc", "test_acc")

    def __init__(self, csv_file_name: str | PathLike[str] | None = None) -> None:
        self.csv_file_name = None if csv_file_name is None else Path(csv_file_name)
        self._name = ""
        self._blocks: list[Steps] = []

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return _columns("validation" if any(steps.validation for steps in self._blocks) else "test")

    def __getstate__(self) -> dict[str, Any]:
        return own_state(vars(self))

    def begin(self, trainer: Trainer) -> None:
        """Start anew for this training."""
        self._name, self._blocks = trainer.network.name, []

    def hear(self, steps: Steps) -> None:
        """Add the block."""
        self._blocks.append(steps)

    def end(self) -> None:
        """Do nothing: everything is already kept."""

    def reset(self) -> None:
        """Forget what was heard."""
        self._blocks = []

    def benchmark_log(self, train_cost: float, train_acc: float, test_cost: float, test_acc: float) -> None:
        """Add train_cost, train_acc, test_cost and test_acc of one more iteration."""
        iteration = self._blocks[-1].first_iteration + len(self._blocks[-1]) if self._blocks else 1
        costs, accuracies = np.array([train_cost]), np.array([train_acc])
        self._blocks.append(Steps(iteration, 1, costs, accuracies, Evaluation(test_cost, test_acc)))

    @property
    def train_cost_vals(self) -> list[float]:
        """Training costs of the iterations in ``results()``, as are the next three."""
        return self._values("train_cost")

    @property
    def test_cost_vals(self) -> list[float]:
        """Test costs."""
        return self._values("test_cost")

    @property
    def train_acc_vals(self) -> list[float]:
        """Training accuracies."""
        return self._values("train_acc")

    @property
    def test_acc_vals(self) -> list[float]:
        """Test accuracies."""
        return self._values("test_acc")

    def _values(self, column: str) -> list[float]:
        results = self.results() if self._blocks else {}
        values: list[float] = results[column].tolist() if column in results else []
        return values

    def results(self, *, every_iteration: bool = False) -> dict[str, NDArray[Any]]:
        """Return the series as arrays of one length, for example for ``pandas.DataFrame``.

        Parameters
        ----------
        every_iteration : bool
            False, the default, returns the iterations after which the network was tested, where every figure was
            measured. True returns all iterations, with nan where there was no test. If nothing was tested, all
            iterations are returned anyway.

        Returns
        -------
        dict of (rows,) arrays
            n_iter (int64, the iteration, counted from 1), train_cost, test_cost, train_acc, test_acc (float64).

        Raises
        ------
        RuntimeError
            The logger has not seen a training.
        """
        if not self._blocks:
            raise RuntimeError("this logger has not seen a training yet: there are no results")
        n_iter = np.concatenate(
            [steps.first_iteration + np.arange(len(steps), dtype=np.int64) for steps in self._blocks]
        )
        checks = self._checks()
        nothing = (np.nan, np.nan)
        figures = [checks.get(iteration, nothing) for iteration in n_iter.tolist()]
        check_cost, check_acc = np.array(figures, np.float64).T
        columns: tuple[NDArray[Any], ...] = (
            n_iter,
            np.concatenate([steps.costs for steps in self._blocks]).astype(np.float64),
            check_cost,
            np.concatenate([steps.accuracies for steps in self._blocks]).astype(np.float64),
            check_acc,
        )
        rows = slice(None) if every_iteration or not checks else np.isin(n_iter, list(checks))
        return {name: column[rows] for name, column in zip(self.columns, columns, strict=True)}

    def dump_results(
        self,
        csv_file_name: str | PathLike[str] | None = None,
        *,
        every_iteration: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Write the results as CSV: a header, then rows of n_iter, train_cost, test_cost, train_acc, test_acc.

        Numbers read back exactly. Missing folders are made. An existing file is not replaced by default, as it may be
        the only record of another training.

        Parameters
        ----------
        csv_file_name : path, optional
            Default: the name given to the logger.
        every_iteration : bool
            As in ``results``; test columns are empty where nothing was tested.
        overwrite : bool, default False
            Replace an existing file.

        Raises
        ------
        ValueError
            No path was given, neither here nor to the logger.
        RuntimeError
            The logger has not seen a training.
        FileExistsError
            The file exists, and ``overwrite`` is false.
        OSError
            The file cannot be written; an existing file is not changed.
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
        """Draw cost and accuracy by iteration: of training, as means over some iterations, and of the tests.

        Parameters
        ----------
        path : path, optional
            A path ending in .png or .svg: a figure is written there, with the single iterations faintly in the
            background; this needs matplotlib. Without a path the chart is printed, as wide as the terminal.
        overwrite : bool, default False
            Replace an existing file.

        Raises
        ------
        RuntimeError
            The logger has not seen a training.
        ValueError
            The path has another extension.
        ImportError
            matplotlib is not installed; the message says how to install it.
        FileExistsError, OSError
            As for ``dump_results``.
        """
        results = self.results(every_iteration=True)
        if path is None:
            print(terminal_chart(results, self._name), flush=True)
        else:
            figure(results, self._name, Path(path), overwrite=overwrite)

    def _checks(self) -> dict[int, tuple[float, float]]:
        """Return cost and accuracy of the checks by iteration."""
        return {
            steps.first_iteration + len(steps) - 1: (steps.checked.cost, steps.checked.accuracy)
            for steps in self._blocks
            if steps.checked is not None
        }

    def _rows(self, columns: dict[str, NDArray[Any]]) -> Iterator[tuple[Any, ...]]:
        checks = self._checks()
        for row in zip(*(column.tolist() for column in columns.values()), strict=True):
            n_iter, train_cost, _, train_acc, _ = row
            yield row if n_iter in checks else (n_iter, train_cost, "", train_acc, "")


def _columns(part: str) -> tuple[str, ...]:
    return tuple(column.replace("test", part) for column in BenchmarkLogger.COLUMNS)


def benchmark(
    network: Network,
    x_train: ArrayLike,
    y_train: ArrayLike,
    x_test: ArrayLike,
    y_test: ArrayLike,
    *loggers: Logger | EpochLogger,
    csv_file_name: str | PathLike[str] | None = None,
    num_epochs: int = 10,
    batch_size: int | Literal["all"] | None = None,
    optimizer: Optimizer | None = None,
    seed: int | None = None,
    test_every: Literal["epoch"] | int | None = None,
) -> BenchmarkLogger:
    """Train a network and keep the series, also with other loggers. Parameters as in ``Network.benchmark``."""
    logger = BenchmarkLogger(csv_file_name)
    if logger.csv_file_name is not None:
        require_free(logger.csv_file_name)  # checked before the training
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
        test_every=_interval(x.shape[1], network.batch_size if batch_size is None else batch_size, num_epochs)
        if test_every is None
        else test_every,
    )
    follow_on(trainer, seed, logger, *loggers)
    return logger


def _interval(samples: int, batch_size: int | Literal["all"], epochs: int) -> int:
    """Return the number of iterations between tests, for about ``_TESTS`` tests."""
    batches = 1 if batch_size == "all" else -(-samples // at_least_one(batch_size, "batch_size"))
    return max(1, batches * at_least_one(epochs, "epochs") // _TESTS)
