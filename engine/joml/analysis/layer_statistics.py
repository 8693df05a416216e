"""Layer statistics: norms of gradient, update and weights, and the shares of dead and saturated units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml.activations import ELU, ActivationFunction, ReLu, Sigmoid, Tanh
from joml.array_types import Array
from joml.compiled.parameters import Parameters
from joml.compiled.segments import UnitValues

#: A unit is saturated where its slope is below this share of the steepest.
FLAT = 0.1

#: The steepest slope of the functions that saturate.
_STEEPEST: dict[type, float] = {Sigmoid: 0.25, Tanh: 1.0, ELU: 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class LayerMeasures:
    """One measurement of all layers, one entry per layer, the output layer last.

    Attributes
    ----------
    gradient, weights : (layers,) arrays
        Euclidean norms of [dW | db] of the latest mini-batch, and of [W | b]; nan for layers without parameters.
    update : (layers,) array
        Euclidean norm of the change of [W | b]; nan where the earlier values are not available.
    dead : (hidden layers,) array
        Share of the units with output 0 for every sample of the mini-batch; nan for functions other than ReLu. The
        units of a convolution are its channels, whose output is then 0 at every place too.
    saturated : (hidden layers,) array
        Share of units and samples where the slope is below a tenth of the steepest; nan for functions that do not
        saturate, and for layers without a function.
    """

    gradient: Array
    weights: Array
    update: Array
    dead: Array
    saturated: Array


@dataclass(frozen=True, slots=True, eq=False)
class UnitMeasures:
    """Dead and saturated units of the hidden layers in one mini-batch, or in a part of it.

    Attributes
    ----------
    samples : int
        Number of samples.
    dead : tuple of (units,) arrays of bool, or None for functions other than ReLu
        Which units had output 0 for every sample; one entry per hidden layer.
    saturated : (hidden layers,) array
        As in `LayerMeasures`.
    """

    samples: int
    dead: tuple[NDArray[np.bool_] | None, ...]
    saturated: Array

    def joined(self, other: UnitMeasures) -> UnitMeasures:
        """Return the measures of this part of a mini-batch and the other one together."""
        samples = self.samples + other.samples
        dead = tuple(
            None if one is None or two is None else one & two for one, two in zip(self.dead, other.dead, strict=True)
        )
        saturated = (self.samples * self.saturated + other.samples * other.saturated) / samples
        return UnitMeasures(samples, dead, saturated)


def measure_units(layers: Sequence[UnitValues], samples: int) -> UnitMeasures:
    """Measure the units of the hidden layers after a pass over ``samples``; of a stack, those of the first network.

    ``layers`` has the function of each hidden layer and its values.
    """
    with np.errstate(all="ignore"):
        return UnitMeasures(
            samples,
            tuple(_dead(layer) for layer in layers),
            np.array([_saturated(layer.function, layer.values) for layer in layers]),
        )


def measure_layers(
    parameters: Parameters, units: UnitMeasures | None, hidden: int, theta_before: Array | None = None
) -> LayerMeasures:
    """Measure the layers after a training step.

    Parameters
    ----------
    parameters : Parameters
        Of a single network.
    units : UnitMeasures or None
        The units' statistics in the step's mini-batch; None where they were not measured: the result is then nan.
    hidden : int
        Number of hidden layers.
    theta_before : (parameters,) array, optional
        The parameters before the latest update; without them the update is nan.

    Returns
    -------
    LayerMeasures
    """
    chunks, unknown = parameters.slices, np.full(hidden, np.nan)
    with np.errstate(all="ignore"):  # a network that diverges has norms beyond all numbers
        change = None if theta_before is None else parameters.theta - theta_before
        return LayerMeasures(
            _norms(parameters.gradient, chunks),
            _norms(parameters.theta, chunks),
            np.full(len(chunks), np.nan) if change is None else _norms(change, chunks),
            unknown if units is None else np.array([np.nan if dead is None else dead.mean() for dead in units.dead]),
            unknown if units is None else units.saturated,
        )


def _norms(vector: Array, chunks: Sequence[slice]) -> Array:
    """Return the Euclidean norm of each chunk; nan of an empty one, which is that of a layer without parameters."""
    return np.array([np.linalg.norm(vector[chunk]) if chunk.start < chunk.stop else np.nan for chunk in chunks])


def _dead(layer: UnitValues) -> NDArray[np.bool_] | None:
    if not isinstance(layer.function, ReLu):
        return None
    return np.asarray(~layer.values.any(axis=1))


def _saturated(function: ActivationFunction | None, a: Array) -> float:
    steepest = _STEEPEST.get(type(function))
    if steepest is None:
        return np.nan
    if isinstance(function, Sigmoid):
        slope = a * (1 - a)
    elif isinstance(function, Tanh):
        slope = 1 - a * a
    else:
        slope = np.where(a > 0, 1, a + function.alpha)  # type: ignore[union-attr]
    return float((slope < FLAT * steepest).mean())
