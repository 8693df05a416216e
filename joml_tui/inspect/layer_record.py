"""The layers' record: norms of gradients and updates, and dead units, measured fifty times a second in training."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Trainer
from joml.analysis.layer_statistics import LayerMeasures

#: Seconds between two measurements: each takes a fraction of a millisecond.
_EVERY_SECONDS = 0.02
#: At this number, every second measurement is dropped and the interval doubled, to cover the whole run.
_MOST = 1_024


class LayerSeries(Struct, frozen=True):
    """The measurements in rows, with one column per layer, the output layer last.

    Attributes
    ----------
    iterations : (measurements,) array
    gradient : (measurements, layers) array
        Euclidean norm of dW and db of the mini-batch; nan for layers without parameters, as below.
    update : (measurements, layers) array
        Euclidean norm of the change of W and b in one iteration; nan where it was not measured.
    weights : (measurements, layers) array
        Euclidean norm of W and b.
    dead : (measurements, hidden layers) array
        Share of the units with output 0 for every sample of the mini-batch; nan for functions that are not rectifiers.
    saturated : (measurements, hidden layers) array
        Share of pairs of unit and sample with a small slope; nan for functions that do not saturate.
    """

    iterations: NDArray[np.int64]
    gradient: NDArray[np.float32]
    update: NDArray[np.float32]
    weights: NDArray[np.float32]
    dead: NDArray[np.float32]
    saturated: NDArray[np.float32]

    def until(self, iteration: int) -> LayerSeries:
        """Return the measurements up to an iteration.

        Parameters
        ----------
        iteration : int

        Returns
        -------
        LayerSeries
        """
        rows = int(np.searchsorted(self.iterations, iteration, side="right"))
        return LayerSeries(*(getattr(self, name)[:rows] for name in self.__struct_fields__))


class LayerRecord:
    """Measurements of a trainer's layers at intervals, limited in time and memory."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._rows: list[tuple[int, LayerMeasures]] = []
        self._every = _EVERY_SECONDS
        self._last = -np.inf

    @property
    def due(self) -> bool:
        """Return whether it is time to measure."""
        return time.monotonic() - self._last >= self._every

    def measure(self, theta_before: NDArray[Any] | None = None) -> None:
        """Measure the latest iteration; the update only if the parameters before it are given."""
        self._last = time.monotonic()
        self._rows.append((self._trainer.iteration, self._trainer.measure_layers(theta_before)))
        if len(self._rows) > _MOST:
            del self._rows[1::2]
            self._every *= 2

    def take(self, series: LayerSeries) -> None:
        """Replace the measurements by another record's of the same layers, up to the training's present iteration."""
        series = series.until(self._trainer.iteration)
        columns = (series.gradient, series.weights, series.update, series.dead, series.saturated)
        measures = [LayerMeasures(*row) for row in zip(*columns, strict=True)]
        self._rows = list(zip(series.iterations.tolist(), measures, strict=True))

    def series(self, after: int = 0) -> LayerSeries:
        """Return the measurements at iterations above ``after``."""
        rows = [row for row in self._rows if row[0] > after]
        layers = len(self._trainer.network.layers)

        def stacked(name: str, columns: int) -> NDArray[np.float32]:
            values = [getattr(measures, name) for _, measures in rows]
            return np.array(values, np.float32).reshape(len(rows), columns)

        return LayerSeries(
            np.array([iteration for iteration, _ in rows], np.int64),
            stacked("gradient", layers),
            stacked("update", layers),
            stacked("weights", layers),
            stacked("dead", layers - 1),
            stacked("saturated", layers - 1),
        )
