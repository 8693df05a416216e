"""The series of a run by iteration, written by one writer and read by any thread or process.

Iterations and epochs are numbered from 1. Readers never wait for the writer. Rows are written before their count, so a
reader sees only complete rows.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.statistics.metrics import mean_over_samples
from joml_tui.plots.downsampling import Pyramid
from joml_tui.runs.history_blocks import (
    METRIC,
    Block,
    Iterations,
    MappedFile,
    Names,
    Series,
    block_at,
    new_block,
)

#: The part that is checked during training.
CheckedPart = Literal["validation", "test"]
#: A series of checks is named after the checked part; "check_" means either part.
SeriesName = Literal[
    "train_cost",
    "train_accuracy",
    "validation_cost",
    "validation_accuracy",
    "test_cost",
    "test_accuracy",
    "check_cost",
    "check_accuracy",
]
SpreadName = Literal[
    "train_cost_spread",
    "train_accuracy_spread",
    "validation_cost_spread",
    "validation_accuracy_spread",
    "test_cost_spread",
    "test_accuracy_spread",
    "check_cost_spread",
    "check_accuracy_spread",
]
_Array = TypeVar("_Array", bound=NDArray[Any])

_TRAIN: tuple[SeriesName, ...] = ("train_cost", "train_accuracy")
_MAGIC = int.from_bytes(b"JOMLhist", "little")
_VERSION = 5
_HEADER_WORDS = 12
_QUANTILE_SAMPLE = 64
#: Size of the metrics' names, one per line, between the header and the first block.
_NAMES_BYTES = 4_096
_HEADER_BYTES = 8 * _HEADER_WORDS + _NAMES_BYTES
_ARRAYS = ("train_cost", "train_accuracy", "seconds", "check_iteration", "check_cost", "check_accuracy")
_SPREADS: tuple[SpreadName, ...] = (
    "train_cost_spread",
    "train_accuracy_spread",
    "check_cost_spread",
    "check_accuracy_spread",
)
_PARTS: tuple[CheckedPart, ...] = ("test", "validation")
#: Number of rows searched for the latest finite value.
_LATEST_ROWS = 1_024
_MAX_FIRST_ROWS = 65_536
_FIRST_CHECKS = 256


@dataclass(frozen=True, slots=True)
class Columns:
    """A section of a series reduced to columns, without columns that have no finite value.

    Attributes
    ----------
    iteration : ndarray of int64, shape (columns,)
        The middle iteration with a value in each column.
    low, high : ndarray of float32, shape (columns,)
        Minimum and maximum of the column's finite values.
    """

    iteration: Iterations
    low: Series
    high: Series


class History:
    """The costs and accuracies of one run: of every iteration's mini-batch, and of every check.

    A check measures the validation part during training, or the test part if there is no validation part. Its series
    are named after that part ("validation_cost"), or "check_cost"; those of the other part are empty.

    Use `create` and `open`, not the constructor.

    Attributes
    ----------
    iterations_per_epoch, total_iterations, batch_size, train_size : int
        The plan of the run; it may do more iterations.
    has_spread : bool
        Whether the series are means over replicas, with standard deviations.
    checked_part : {"validation", "test"}
        The part that is checked.
    metrics : tuple of str
        Further metrics of each check.
    """

    def __init__(
        self, header: Iterations, file: MappedFile | None, block: Block, block_offset: int, metrics: Names = ()
    ) -> None:
        self._header = header
        self._file = file
        self._block = block
        self._block_offset = block_offset
        self._pyramids: dict[str, Pyramid] = {}
        self._reading = threading.RLock()
        #: A cache of the latest epoch's means by series, with the number of iterations they cover.
        self._latest_means: dict[str, tuple[int, float]] = {}
        self.iterations_per_epoch, self.total_iterations, self.batch_size, self.train_size = map(int, header[2:6])
        self.has_spread = bool(header[9])
        self.checked_part: CheckedPart = _PARTS[int(header[10])]
        self.metrics = metrics

    @classmethod
    def create(
        cls,
        iterations_per_epoch: int,
        total_iterations: int,
        batch_size: int,
        train_size: int,
        *,
        path: Path | None = None,
        spread: bool = False,
        checked_part: CheckedPart = "test",
        metrics: Sequence[str] = (),
    ) -> Self:
        """Return an empty history for its writer.

        Parameters
        ----------
        iterations_per_epoch, total_iterations : int
            Planned numbers of mini-batches in an epoch and in the whole run.
        batch_size, train_size : int
            Samples in a mini-batch and in an epoch; the last mini-batch of an epoch has the rest.
        path : Path, optional
            A file shared with other processes; an existing file is replaced. Without a file the rows stay in this
            process.
        spread : bool
            Whether the series are means over replicas, with standard deviations.
        checked_part : {"validation", "test"}, default "test"
            The part that is checked.
        metrics : sequence of str
            Further metrics of each check.

        Raises
        ------
        OSError
            The file cannot be created.
        """
        rows = max(1, min(total_iterations, _MAX_FIRST_ROWS))
        words = [_MAGIC, _VERSION, iterations_per_epoch, total_iterations, batch_size, train_size, 0, 0, 0, spread]
        names, text = tuple(metrics), "\n".join(metrics).encode()
        words += [_PARTS.index(checked_part), len(text)]
        if path is None:
            header = np.array(words, np.int64)
            return cls(header, None, *new_block(None, rows, _FIRST_CHECKS, spread, names), names)
        file = MappedFile(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        file.extend(_HEADER_BYTES)
        mapped = file.map(0, _HEADER_BYTES)
        mapped[8 * _HEADER_WORDS : 8 * _HEADER_WORDS + len(text)] = text
        header = np.frombuffer(mapped, np.int64, _HEADER_WORDS)
        block, words[8] = new_block(file, rows, _FIRST_CHECKS, spread, names)
        header[1:] = words[1:]
        header[0] = _MAGIC  # written last: without it the file is not ready
        return cls(header, file, block, words[8], names)

    @classmethod
    def open(cls, path: Path) -> History:
        """Return the history that another process writes; the file may then be deleted (POSIX).

        Raises
        ------
        OSError
            The file cannot be read.
        ValueError
            The file is not a history, or has another version.
        """
        file = MappedFile(path, os.O_RDONLY)
        if file.size < _HEADER_BYTES:
            raise ValueError(f"{path}: not a history: {file.size} bytes are too few")
        mapped = file.map(0, _HEADER_BYTES)
        header = np.frombuffer(mapped, np.int64, _HEADER_WORDS)
        if header[0] != _MAGIC or header[1] != _VERSION:
            raise ValueError(f"{path}: not a history of version {_VERSION}")
        offset = int(header[8])
        text = mapped[8 * _HEADER_WORDS : 8 * _HEADER_WORDS + int(header[11])].decode()
        names = tuple(text.split("\n")) if text else ()
        return cls(header, file, block_at(file, offset, bool(header[9]), names), offset, names)

    @property
    def iterations(self) -> int:
        """Number of rows written, which is the last iteration."""
        return int(self._header[6])

    @property
    def checks(self) -> int:
        """Number of checks written."""
        return int(self._header[7])

    @property
    def tests(self) -> int:
        """Number of checks of the test part; 0 if the validation part is checked."""
        return self.checks if self.checked_part == "test" else 0

    @property
    def train_cost(self) -> Series:
        """Cost of each iteration's mini-batch, shape (iterations,), read-only."""
        return self.series("train_cost")

    @property
    def train_accuracy(self) -> Series:
        """Accuracy on each mini-batch, shape (iterations,), read-only."""
        return self.series("train_accuracy")

    @property
    def check_cost(self) -> Series:
        """Cost on the checked part, shape (checks,), read-only."""
        return self.series("check_cost")

    @property
    def check_accuracy(self) -> Series:
        """Accuracy on the checked part, shape (checks,), read-only."""
        return self.series("check_accuracy")

    @property
    def check_iteration(self) -> Iterations:
        """Iteration of each check, shape (checks,), read-only."""
        checks = self.checks  # read before the block, which is then at least as new as the count
        return _read_only(self._current_block().check_iteration[:checks])

    @property
    def test_cost(self) -> Series:
        """Cost on the test part, shape (tests,), read-only."""
        return self.series("test_cost")

    @property
    def test_accuracy(self) -> Series:
        """Accuracy on the test part, shape (tests,), read-only."""
        return self.series("test_accuracy")

    @property
    def test_iteration(self) -> Iterations:
        """Iteration of each check of the test part, shape (tests,), read-only."""
        return self.check_iteration if self.checked_part == "test" else np.empty(0, np.int64)

    @property
    def validation_cost(self) -> Series:
        """Cost on the validation part, shape (checks,), read-only."""
        return self.series("validation_cost")

    @property
    def validation_accuracy(self) -> Series:
        """Accuracy on the validation part, shape (checks,), read-only."""
        return self.series("validation_accuracy")

    @property
    def validation_iteration(self) -> Iterations:
        """Iteration of each check of the validation part, shape (checks,), read-only."""
        return self.check_iteration if self.checked_part == "validation" else np.empty(0, np.int64)

    @property
    def seconds(self) -> Series:
        """Seconds of training until the end of each iteration, shape (iterations,), read-only."""
        count = self.iterations
        return _read_only(self._current_block().seconds[:count])

    def series(self, name: SeriesName | SpreadName) -> Series:
        """Return the written part of a series by name, read-only; spreads exist only for replicas."""
        stored_name = self._held_as(name)
        if stored_name is None:
            return _read_only(np.empty(0, np.float32))
        count = self.checks if is_of_checks(stored_name) else self.iterations
        array: Series | None = getattr(self._current_block(), stored_name, None)
        if array is None:
            raise ValueError(f"there is no series {name!r}; there are {', '.join(self.stored_series())}")
        return _read_only(array[:count])

    def metric(self, name: str) -> Series:
        """Return a metric's value at each check, shape (checks,), read-only."""
        return self.series(f"check_{METRIC}{name}")  # type: ignore[arg-type]  # the names are of the experiment

    def stored_series(self) -> dict[str, NDArray[Any]]:
        """Return all written series by name, read-only; `fill` restores them."""
        stored: dict[str, NDArray[Any]] = {}
        for name in self._arrays:
            public_name = name.replace("check", self.checked_part, 1) if is_of_checks(name) else name
            stored[public_name] = self.check_iteration if name == "check_iteration" else self.series(name)  # type: ignore[arg-type]
        return stored

    def _held_as(self, name: str) -> str | None:
        """Return the internal name of a series; None for one of the part that is not checked."""
        part, _, rest = name.partition("_")
        if part == self.checked_part:
            return f"check_{rest}"
        return None if part in _PARTS else name

    def append(
        self,
        costs: ArrayLike,
        accuracies: ArrayLike,
        seconds: float | ArrayLike = 0.0,
        *,
        spreads: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> None:
        """Write the next iterations (the one writer only).

        Parameters
        ----------
        costs, accuracies : array_like, shape (n,)
            One entry per iteration; any value, finite or not.
        seconds : float or array_like, shape (n,)
            Seconds of training until the last iteration, if all took equally long, or until each iteration.
        spreads : (array_like, array_like), each of shape (n,), optional
            Standard deviations of costs and accuracies over replicas, if the history has them; default nan.

        Raises
        ------
        ValueError
            The shapes differ or are not one-dimensional.
        OSError
            The file cannot be extended.
        """
        costs, accuracies = np.asarray(costs), np.asarray(accuracies)
        if costs.ndim != 1 or costs.shape != accuracies.shape:
            raise ValueError(
                f"costs and accuracies must be equally long 1-D arrays, got shapes {costs.shape} and {accuracies.shape}"
            )
        start, stop = self.iterations, self.iterations + len(costs)
        if stop > self._block.rows:
            self._enlarge(max(stop, 2 * self._block.rows), self._block.checks)
        self._block.train_cost[start:stop] = costs
        self._block.train_accuracy[start:stop] = accuracies
        if self.has_spread:
            of_costs, of_accuracies = (np.nan, np.nan) if spreads is None else spreads
            self._block.train_cost_spread[start:stop] = of_costs
            self._block.train_accuracy_spread[start:stop] = of_accuracies
        before = self._block.seconds[start - 1] if start else 0.0
        until = np.asarray(seconds, np.float64)
        shares = np.arange(1, stop - start + 1) / max(1, stop - start)
        self._block.seconds[start:stop] = until if until.ndim else before + shares * (until - before)
        self._header[6] = stop

    def append_check(
        self,
        iteration: int,
        cost: float,
        accuracy: float,
        *,
        spreads: tuple[float, float] | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Write the check after ``iteration`` (for the one writer), with spreads if the history has them.

        ``metrics`` has the further metrics by name.

        Raises
        ------
        OSError
            The file cannot be extended.
        """
        index = self.checks
        if index == self._block.checks:
            self._enlarge(self._block.rows, 2 * self._block.checks)
        self._block.check_iteration[index] = iteration
        self._block.check_cost[index] = cost
        self._block.check_accuracy[index] = accuracy
        if self.has_spread:
            of_cost, of_accuracy = (np.nan, np.nan) if spreads is None else spreads
            self._block.check_cost_spread[index] = of_cost
            self._block.check_accuracy_spread[index] = of_accuracy
        for name in self.metrics:
            getattr(self._block, f"check_{METRIC}{name}")[index] = (metrics or {}).get(name, np.nan)
        self._header[7] = index + 1

    def fill(self, series: Mapping[str, NDArray[Any]]) -> None:
        """Write complete stored series into an empty history (for the one writer).

        Parameters
        ----------
        series : mapping of str to ndarray
            Series by this history's names; empty ones may be missing, and checks of the other part are ignored.
        """
        stored = {self._held_as(name): values for name, values in series.items()}
        rows, checks = len(stored.get("train_cost", ())), len(stored.get("check_iteration", ()))
        self._enlarge(max(rows, self._block.rows), max(checks, self._block.checks))
        for name in self._arrays:
            if name in stored:
                getattr(self._block, name)[: len(stored[name])] = stored[name]
        self._header[6:8] = rows, checks

    def epoch_mean(self, name: SeriesName | SpreadName, epoch: int) -> float:
        """Return the mean over the samples of an epoch's iterations so far.

        Parameters
        ----------
        name : {"train_cost", "train_accuracy"}
        epoch : int
            From 1.

        Returns
        -------
        float
            nan if the epoch has no iteration yet, or if a value is not finite.
        """
        values = self.series(name)
        start = (epoch - 1) * self.iterations_per_epoch
        stop = min(start + self.iterations_per_epoch, len(values))
        if stop <= start:
            return float("nan")
        with self._reading:
            total, count = self._pyramid(name, values).sums(np.array([start]), np.array([stop]))
        if count[0] < stop - start:
            return float("nan")
        if stop - start < self.iterations_per_epoch:
            return float(total[0]) / (stop - start)
        last = self._last_batch
        samples = (stop - start - 1) * self.batch_size + last
        return float((total[0] - values[stop - 1]) * self.batch_size + values[stop - 1] * last) / samples

    def last_epoch_mean(self, name: SeriesName | SpreadName) -> float:
        """Return the latest epoch's mean over the samples so far; nan before the first iteration. See `epoch_mean`."""
        iterations = self.iterations
        measured, mean = self._latest_means.get(name, (-1, 0.0))
        if measured != iterations:  # the screen asks many times a second, also for paused runs
            mean = self.epoch_mean(name, max(1, -(-iterations // self.iterations_per_epoch)))
            self._latest_means[name] = iterations, mean
        return mean

    def last_value(self, name: SeriesName, first: int, last: int) -> float:
        """Return the latest finite value of a series in iterations ``first`` to ``last``; nan if there is none.

        Only the latest iterations are searched: a run that diverged long ago has no latest value.

        Parameters
        ----------
        name : {"train_cost", "train_accuracy", "check_cost", "check_accuracy"}
            For checks the part's name can be used too.
        first, last : int
            Iterations from 1, both included.
        """
        checks = self.check_iteration  # read before the values, so that there are at least as many values
        values = self.series(name)
        start, stop = first - 1, min(last, len(values))
        if not name.startswith("train"):
            start, stop = (int(place) for place in np.searchsorted(checks, (first, last + 1)))
        latest = values[max(start, stop - _LATEST_ROWS, 0) : min(stop, len(values))]
        finite = latest[np.isfinite(latest)]
        return float(finite[-1]) if len(finite) else float("nan")

    def mean_before(self, name: SeriesName | SpreadName, iteration: int, iterations: int) -> float:
        """Return the mean over the samples of the last ``iterations`` up to and including ``iteration``; nan for none.

        Parameters
        ----------
        name : {"train_cost", "train_accuracy"}
        iteration : int
            From 1.
        iterations : int
            Number of iterations, or all if there are fewer.
        """
        stop = min(iteration, self.iterations)
        rows = np.arange(max(0, stop - iterations), stop)
        ends_epoch = (rows + 1) % self.iterations_per_epoch == 0
        return mean_over_samples(self.series(name)[rows], np.where(ends_epoch, self._last_batch, self.batch_size))

    def reduce(self, name: SeriesName, first: int, last: int, columns: int) -> Columns:
        """Return minimum and maximum of a series in equal columns of iterations ``first`` to ``last``, both included.

        The borders of the columns depend only on the arguments, so the columns before a run's end do not change. The
        time depends on ``columns``, not on the length of the series.

        Parameters
        ----------
        name : {"train_cost", "train_accuracy", "check_cost", "check_accuracy"}
            For checks the part's name can be used too.
        first, last : int
            Iterations from 1; the last may not be written yet.
        columns : int
            Largest number of columns.
        """
        first, last = max(1, first), max(first, last)
        columns = max(1, min(columns, last - first + 1))
        borders = first - 1 + (np.arange(columns + 1) * (last - first + 1)) // columns
        of_checks = is_of_checks(name)
        checks = self.check_iteration  # read before the values, so that there are at least as many values
        values = self.series(name)
        rows = np.minimum(np.searchsorted(checks, borders, side="right") if of_checks else borders, len(values))
        starts, stops = rows[:-1], rows[1:]
        with self._reading:
            low, high = self._pyramid(name, values).extremes(starts, stops)
        kept = low <= high
        middle = (starts[kept] + stops[kept] - 1) // 2
        return Columns(checks[middle] if of_checks else middle + 1, low[kept], high[kept])

    def smooth(self, name: SeriesName | SpreadName, iterations: ArrayLike, window: int) -> NDArray[np.float64]:
        """Return the centred moving average of a training series at the given iterations.

        Parameters
        ----------
        name : {"train_cost", "train_accuracy", "train_cost_spread", "train_accuracy_spread"}
        iterations : array_like of int, shape (n,)
            From 1 to `iterations`.
        window : int
            Number of iterations averaged; fewer at either end of the series. Non-finite values are left out.

        Returns
        -------
        ndarray, shape (n,)
            nan if the window has no finite value.
        """
        values = self.series(name)
        rows = np.asarray(iterations, np.int64) - 1
        before = max(1, window) // 2
        starts = np.clip(rows - before, 0, len(values))
        stops = np.clip(rows - before + max(1, window), starts, len(values))
        with self._reading:
            total, count = self._pyramid(name, values).sums(starts, stops)
        mean = np.full(len(rows), np.nan)
        np.divide(total, count, out=mean, where=count > 0)
        return mean

    def quantiles(
        self, name: SeriesName, iterations: ArrayLike, window: int, shares: tuple[float, float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return two quantiles of a training series about the given iterations, in a time independent of the window.

        Parameters
        ----------
        name : {"train_cost", "train_accuracy"}
        iterations : array_like of int, shape (n,)
            From 1 to `iterations`.
        window : int
            Number of iterations about each; of many, evenly spaced ones are looked at.
        shares : (float, float)
            The shares of the values below, such as 0.1 and 0.9.

        Returns
        -------
        low, high : ndarray, shape (n,)
            nan if the window has no finite value.
        """
        values = self.series(name)
        middle = np.asarray(iterations, np.int64) - 1
        size = max(1, min(window, _QUANTILE_SAMPLE))
        offsets = np.linspace(-(window // 2), (window - 1) // 2, size).astype(np.int64)
        rows = middle[:, None] + offsets
        inside = (rows >= 0) & (rows < len(values))
        looked_at = np.where(inside, values[np.clip(rows, 0, max(0, len(values) - 1))], np.nan).astype(np.float64)
        looked_at[~np.isfinite(looked_at)] = np.nan
        looked_at.sort(axis=1)  # nan comes last
        count = np.isfinite(looked_at).sum(axis=1)
        places = [np.floor(share * np.maximum(count - 1, 0) + 0.5).astype(np.int64) for share in shares]
        low, high = (np.take_along_axis(looked_at, place[:, None], axis=1)[:, 0] for place in places)
        return low, high

    @property
    def unread(self) -> int:
        """Iterations that `reduce` and `smooth` have not processed yet; the next call takes about 10 ns for each."""
        sizes = [self._pyramids[name].size for name in _TRAIN if name in self._pyramids]
        return self.iterations - min(sizes if len(sizes) == len(_TRAIN) else [0])

    def catch_up(self) -> None:
        """Process all iterations now, in the calling thread, so that a screen need not wait for a long run."""
        for name in _TRAIN:
            values = self.series(name)
            with self._reading:
                self._pyramid(name, values)

    def to_memory(self) -> History:
        """Return a copy in plain memory that does not need the file, including the readers' summaries."""
        iterations, checks = self.iterations, self.checks
        source = self._current_block()
        header = self._header.copy()
        header[6:9] = iterations, checks, 0
        block, offset = new_block(None, max(1, iterations), max(1, checks), self.has_spread, self.metrics)
        for array in self._arrays:
            count = checks if is_of_checks(array) else iterations
            getattr(block, array)[:count] = getattr(source, array)[:count]
        copy = History(header, None, block, offset, self.metrics)
        with self._reading:
            copy._pyramids, copy._reading = self._pyramids, self._reading
            for name, pyramid in self._pyramids.items():  # which would keep the file open
                pyramid.update(copy.series(name))  # type: ignore[arg-type]
        return copy

    @property
    def _last_batch(self) -> int:
        """Number of samples in the last mini-batch of an epoch."""
        return self.train_size - (self.iterations_per_epoch - 1) * self.batch_size

    @property
    def mapped(self) -> bool:
        """Return whether the rows are in a file, which stays open while this history or one of its arrays exists."""
        return self._file is not None

    @property
    def _arrays(self) -> tuple[str, ...]:
        spreads = _SPREADS if self.has_spread else ()
        return (*_ARRAYS, *spreads, *(f"check_{METRIC}{name}" for name in self.metrics))

    def _pyramid(self, name: SeriesName | SpreadName, values: Series) -> Pyramid:
        stored_name = self._held_as(name)
        if stored_name is None:
            return Pyramid()
        pyramid = self._pyramids.setdefault(stored_name, Pyramid())
        pyramid.update(values)
        return pyramid

    def _current_block(self) -> Block:
        offset = int(self._header[8])
        if self._file is not None and offset != self._block_offset:
            self._block, self._block_offset = block_at(self._file, offset, self.has_spread, self.metrics), offset
        return self._block

    def _enlarge(self, rows: int, checks: int) -> None:
        block, offset = new_block(self._file, rows, checks, self.has_spread, self.metrics)
        for array in self._arrays:
            written = getattr(self._block, array)
            getattr(block, array)[: len(written)] = written
        self._block, self._block_offset = block, offset
        self._header[8] = offset


def is_of_checks(name: str) -> bool:
    """Return whether a series has one value per check, rather than per iteration."""
    return name.startswith(("check_", *_PARTS))


def metrics_in(series: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the metrics among series."""
    return tuple(name.partition(METRIC)[2] for name in series if METRIC in name)


def _read_only(array: _Array) -> _Array:
    array.flags.writeable = False
    return array
