"""The benchmark of a network: its series as arrays, as a CSV file and as a chart."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.compiled.evaluation import Evaluation
from joml.copy_refusal import own_state
from joml.files.atomic_write import require_free, whole_file
from joml.listeners import EpochLogger, Logger, follow_on
from joml.optimizers.adaptive import Adam
from joml.optimizers.base import Optimizer
from joml.plotting import figure, terminal_chart
from joml.training.records import Steps
from joml.training.trainer import Trainer
from joml.validation import at_least_one

if TYPE_CHECKING:
    from joml.network import Network

#: Approximate number of tests in a benchmark by default.
_TESTS = 200


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
        return columns_of("validation" if any(steps.validation for steps in self._blocks) else "test")

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


def columns_of(part: str) -> tuple[str, ...]:
    """Return the names of the columns where checks measure a part.

    Parameters
    ----------
    part : {"test", "validation"}

    Returns
    -------
    tuple of str
    """
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
