"""Measurement of the cost and score of mini-batches, one or many at a time, at once or on demand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.activations import SoftMax
from joml.array_types import Array
from joml.cost import CrossEntropy
from joml.layer import OutputLayer
from joml.statistics.metrics import Scoring
from joml.training.records import Series, mean_of


class Measuring:
    """Measurement of mini-batches from the output layer's z and y; many at once take a tenth of the time.

    Both ways give identical results. Outputs that are not finite appear in the cost, and make the score nan.

    Parameters
    ----------
    output : OutputLayer
    scoring : Scoring
    class_weights : (outputs,) array or None
        The weight of a sample of each class in the cost.
    networks : int
        Number of networks trained together; 1 without replicas.
    singly : bool
        Whether mini-batches have one sample each.
    """

    def __init__(
        self,
        output: OutputLayer,
        scoring: Scoring,
        class_weights: Array | None,
        networks: int,
        singly: bool,
    ) -> None:
        self._output, self._scoring, self._class_weights = output, scoring, class_weights
        self._singly = singly
        self.networks = networks

    def measure(self, logits: Array, ys: Array) -> tuple[Series, Series]:
        """Return cost and score of each mini-batch, (networks, batches), from its z and y.

        ``logits`` and ``ys`` have the shape (batches, ..., outputs, batch).
        """
        if len(ys) == 1 and ys.ndim == 3:
            return self._of_one(logits[0], ys[0])
        shape = (self.networks, len(ys), ys.shape[-1])
        z, y = (np.moveaxis(values, 0, -2).reshape(*values.shape[1:-1], -1) for values in (logits, ys))
        costs, scores = (_means(values.reshape(shape), z.dtype) for values in self._per_sample(z, y))
        finite = np.isfinite(costs)
        if not finite.all():
            scores[~finite] = np.nan
        return costs, scores

    def costs(self, z: Array, y: Array) -> Series:
        """Return the cost of one mini-batch, (networks,), of z and y, (..., outputs, batch)."""
        return self.measure(z[np.newaxis], y[np.newaxis])[0][:, 0]

    def _of_one(self, z: Array, y: Array) -> tuple[Series, Series]:
        """Return the result of ``measure`` for one mini-batch of one network, faster."""
        cost, score = (_mean(values, z.dtype) for values in self._per_sample(z, y))
        if not math.isfinite(cost):
            score = math.nan
        return np.array([[cost]], z.dtype), np.array([[score]], z.dtype)

    def prepared(self, z: Array, y: Array) -> Callable[[], tuple[Any, Any]]:
        """Return a fast function that measures the mini-batch in the buffers z and y, (..., outputs, batch).

        It returns the cost and the score of each network, identical to ``measure``. Classes of a single network use
        prepared calls; everything else uses ``measure``.
        """
        output, samples = self._output, z.shape[-1]
        plain = type(output).costs is OutputLayer.costs and self._class_weights is None
        cost = output.cost_function
        by_logits = type(cost) is CrossEntropy and not cost.smoothing and type(output.activation_function) is SoftMax
        if not (plain and by_logits and self._scoring.task == "classes" and z.ndim == 2 and samples > 1):

            def measure() -> tuple[Any, Any]:
                costs, scores = self.measure(z[np.newaxis], y[np.newaxis])
                return costs[:, 0], scores[:, 0]

            return measure
        costs: Array = np.empty(samples, z.dtype)
        calls = CrossEntropy.from_logits_calls(z, y, costs)
        same, dtype, ones = np.empty(samples, np.bool_), z.dtype.type, _ones(samples, z.dtype)
        divisor = dtype(samples)

        def measure_classes() -> tuple[Any, Any]:
            for call in calls:
                call()
            cost = costs.dot(ones) / divisor
            np.equal(z.argmax(-2), y.argmax(-2), same)
            return cost, dtype(np.count_nonzero(same)) / divisor if math.isfinite(cost) else math.nan

        return measure_classes

    def _per_sample(self, z: Array, y: Array) -> tuple[Array, NDArray[Any]]:
        """Return cost and score of every sample, (..., samples), of z and y, (..., outputs, samples)."""
        if self._singly and z.shape[-1] == 1:  # NumPy sums the outputs of a single sample in another order
            costs, scores = self._per_sample(z.repeat(2, axis=-1), y.repeat(2, axis=-1))
            return costs[..., :1], scores[..., :1]
        costs = self._output.costs(z, y)
        if self._class_weights is not None:
            costs = costs * (self._class_weights @ y)
        return costs, self._scoring.per_finite_sample(z, y)


class Unmeasured:
    """Mini-batches of a block that are trained one by one, and measured together on demand.

    Any thread may ask. Results are kept; z and y are released when they are no longer needed. A caller who asked for
    the latest one will ask for the next, which is then measured at once.

    Parameters
    ----------
    measuring : Measuring
    xs, ys : (batches, ..., features or outputs, batch) arrays
        The block; it is not changed any more.
    first : int
        The block's first mini-batch within its epoch.

    Attributes
    ----------
    rows : iterator
        x and y of each mini-batch, and the buffer for its z.
    count : int
        Number of mini-batches trained; the trainer counts one when its z is complete.
    full : int
        Number of mini-batches in the block.
    samples : int
        Number of samples in each.
    asked : bool
        Whether the latest one has been asked for.
    """

    __slots__ = (
        "_costs",
        "_lock",
        "_logits",
        "_measured",
        "_measuring",
        "_scores",
        "_ys",
        "asked",
        "count",
        "first",
        "full",
        "rows",
        "samples",
    )

    def __init__(self, measuring: Measuring, xs: Array, ys: Array, first: int) -> None:
        self._measuring, self._ys = measuring, ys
        self.samples, self.first = ys.shape[-1], first
        self._logits: Array = np.empty_like(ys)  # in the same layout: all samples of an output are contiguous
        self.rows: Iterator[tuple[Array, Array, Array]] = zip(xs, ys, self._logits, strict=True)
        self.count, self.full = 0, len(ys)
        self.asked = False
        self._measured = 0
        shape = (measuring.networks, self.full)
        self._costs: Series = np.empty(shape, ys.dtype)
        self._scores: Series = np.empty(shape, ys.dtype)
        self._lock = Lock()

    def costs(self) -> Series:
        """Return the costs of all trained mini-batches, (networks, count)."""
        self._measure()
        return self._costs[:, : self.count]

    def figures(self, place: int) -> tuple[float, float]:
        """Return cost and score of the mini-batch at a place, as means over the networks."""
        if place >= self._measured:
            self._measure()
        if place == self.count - 1:
            self.asked = True
        if self._measuring.networks == 1:
            return self._costs.item(place), self._scores.item(place)
        costs, scores = self._costs[:, place : place + 1], self._scores[:, place : place + 1]
        return float(mean_of(costs)[0]), float(mean_of(scores)[0])

    def count_one(self, measure: Callable[[], tuple[Any, Any]]) -> None:
        """Count the next one as trained, and measure it if the one before has been asked for."""
        if not self.asked:
            self.count += 1
            return
        self.asked = False
        with self._lock:
            place = self.count
            if self._measured == place:
                self._costs[:, place], self._scores[:, place] = measure()
                self._measured = place + 1
            self.count = place + 1

    def _measure(self) -> None:
        with self._lock:
            fresh = slice(self._measured, self.count)
            if fresh.start == fresh.stop:
                return
            with np.errstate(all="ignore"):
                measured = self._measuring.measure(self._logits[fresh], self._ys[fresh])
            self._costs[:, fresh], self._scores[:, fresh] = measured
            self._measured = fresh.stop

    def close(self) -> Series:
        """Measure the rest, release z and y, and return the costs; no more mini-batches are trained."""
        costs = self.costs()
        del self.rows, self._logits, self._ys
        return costs


def _means(values: NDArray[Any], dtype: np.dtype[Any]) -> Series:
    """Return the means over the last axis in a type; for short rows, products with ones are faster than sums."""
    samples = values.shape[-1]
    sums = np.vecdot(values.astype(dtype, copy=False), _ones(samples, dtype))
    means: Series = sums / dtype.type(samples)
    return means


def _mean(values: NDArray[Any], dtype: np.dtype[Any]) -> Any:
    """Return the result of ``_means`` for a single row, faster and identical."""
    if values.dtype == np.bool_:
        return dtype.type(np.count_nonzero(values)) / dtype.type(len(values))
    return dtype.type(values.astype(dtype, copy=False).dot(_ones(len(values), dtype))) / dtype.type(len(values))


@lru_cache(maxsize=8)
def _ones(samples: int, dtype: np.dtype[Any]) -> Series:
    ones: Series = np.ones(samples, dtype)
    return ones
