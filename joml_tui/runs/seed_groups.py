"""Groups of runs that differ only in their seed, and the mean and spread of their figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import ArrayLike, NDArray

from joml_tui.experiment import CostScale, Experiment
from joml_tui.runs.history import History, SeriesName, SpreadName
from joml_tui.runs.history_blocks import METRIC, Series

_SERIES: tuple[SeriesName, ...] = ("train_cost", "train_accuracy", "check_cost", "check_accuracy")


@dataclass(frozen=True, slots=True)
class MeanSpread:
    """The mean of some values, and their spread.

    Attributes
    ----------
    mean : float
    spread : float or None
        The sample standard deviation (n - 1); None for one value.
    count : int
        Number of values.
    """

    mean: float
    spread: float | None
    count: int


def without_seed(experiment: Experiment) -> str:
    """Return a text that is the same for experiments that differ only in seed and name."""
    return repr(structs.replace(experiment, seed=0, name=""))


def mean_and_spread(values: Iterable[float | None]) -> MeanSpread | None:
    """Return the mean and spread of the finite values, as of those that did not diverge; None if there are none."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if not finite:
        return None
    spread = float(np.std(finite, ddof=1)) if len(finite) > 1 else None
    return MeanSpread(float(np.mean(finite)), spread, len(finite))


class SeedMeans(History):
    """The means and spreads of the series of runs that differ only in their seed, and the series themselves.

    Attributes
    ----------
    members : list of (History, CostScale or None)
        The runs' histories, each with the conversion of its costs to the units of the data.
    """

    members: list[tuple[History, CostScale | None]]

    def smooth(self, name: SeriesName | SpreadName, iterations: ArrayLike, window: int) -> NDArray[np.float64]:
        """Return the centred moving average of a training series at the given iterations; see `History.smooth`.

        A root mean squared error over several mini-batches is the root of the mean of their squared errors, not the
        mean of their roots. So each run's costs are averaged before they are converted, and then the runs.
        """
        if name != "train_cost" or not any(scale for _, scale in self.members):
            return super().smooth(name, iterations, window)
        wanted = np.asarray(iterations)
        smoothed = [_shown(history.smooth(name, wanted, window), name, scale) for history, scale in self.members]
        for (history, _), each in zip(self.members, smoothed, strict=True):
            each[wanted > history.iterations] = np.nan
        return _means(smoothed)


def mean_history(histories: Sequence[History], scales: Sequence[CostScale | None] = ()) -> SeedMeans:
    """Return the means and spreads of the series of runs that differ only in their seed.

    Parameters
    ----------
    histories : sequence of History
        At least two, of ended runs. Runs that stopped before others are left out of what comes after.
    scales : sequence of CostScale or None, optional
        The conversion of each run's costs to the units of the data: each is converted before the mean, because every
        seed's training samples have a deviation of their own. By default the costs stay as recorded.

    Returns
    -------
    SeedMeans
        Its spreads are sample standard deviations (n - 1), as those of replicas.
    """
    longest = max(histories, key=lambda history: history.iterations)
    mean = SeedMeans.create(
        longest.iterations_per_epoch,
        max(1, longest.total_iterations),
        longest.batch_size,
        longest.train_size,
        spread=True,
        checked_part=longest.checked_part,
        metrics=longest.metrics,
    )
    stored = longest.stored_series()
    checks = longest.check_iteration
    mean.members = converted = list(zip(histories, scales or [None] * len(histories), strict=True))
    alike = [each for each in converted if np.array_equal(each[0].check_iteration, checks[: each[0].checks])]
    for name in _SERIES:
        members = alike if name.startswith("check") else converted
        values, spreads = _combined([_shown(history.series(name), name, scale) for history, scale in members])
        public = name.replace("check", longest.checked_part, 1)
        stored[public], stored[f"{public}_spread"] = values, spreads
    for metric in longest.metrics:
        stored[f"check_{METRIC}{metric}"], _ = _combined([history.metric(metric) for history, _ in alike])
    mean.fill(stored)
    return mean


def _shown(series: NDArray[Any], name: SeriesName, scale: CostScale | None) -> NDArray[Any]:
    return series if scale is None or not name.endswith("cost") else scale.convert(series)


def _combined(series: Sequence[Series]) -> tuple[Series, Series]:
    """Return mean and sample standard deviation at each place, of the series that reach it and are finite there."""
    length = max(map(len, series))
    mean, count, squares = _means(series), np.zeros(length), np.zeros(length)
    finite = [np.isfinite(each) for each in series]
    for each, good in zip(series, finite, strict=True):
        count[: len(each)] += good
    with np.errstate(invalid="ignore", divide="ignore"):
        for each, good in zip(series, finite, strict=True):
            squares[: len(each)] += np.where(good, (each - mean[: len(each)]) ** 2, 0)
        spread = np.where(count > 1, np.sqrt(squares / (count - 1)), np.where(count == 1, 0, np.nan))
    return mean.astype(np.float32), spread.astype(np.float32)


def _means(series: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Return the mean at each place, of the series that reach it and are finite there; nan where there is none."""
    length = max(map(len, series))
    total, count = np.zeros(length), np.zeros(length)
    for each in series:
        good = np.isfinite(each)
        total[: len(each)] += np.where(good, each, 0)
        count[: len(each)] += good
    mean = np.full(length, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean
