"""What tells how each layer fares in a training: norms of gradient, update and weights, dead and saturated units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from joml.arrays import Array
from joml.functions import ELU, ReLu, Sigmoid, Tanh
from joml.parameters import Parameters
from joml.passes import HiddenPass

#: A unit is saturated where its slope is below this share of the steepest.
FLAT = 0.1

#: The steepest slope of the functions that saturate.
_STEEPEST = {Sigmoid: 0.25, Tanh: 1.0, ELU: 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class LayerMeasures:
    """One measurement, an entry a layer, the output layer last.

    Attributes
    ----------
    gradient, weights : (layers,) arrays
        Euclidean norms of [dW | db] of the latest mini-batch, and of [W | b].
    update : (layers,) array
        Euclidean norm of the change of [W | b]; nan where it is not known what they were.
    dead : (hidden layers,) array
        Share of the units that gave 0 for every sample of the mini-batch; nan for functions other than ReLu.
    saturated : (hidden layers,) array
        Share of units and samples where the slope is below a tenth of the steepest; nan for functions that do not
        saturate.
    """

    gradient: Array
    weights: Array
    update: Array
    dead: Array
    saturated: Array


def measure_layers(
    parameters: Parameters, hidden: Sequence[HiddenPass], theta_before: Array | None = None
) -> LayerMeasures:
    """Measure the layers after a training step.

    Parameters
    ----------
    parameters : Parameters
        Of a single network.
    hidden : sequence of HiddenPass
        Of the pass that made the step; of a stack, the first network counts.
    theta_before : (parameters,) array, optional
        The parameters before the latest update; without them the update is nan.

    Returns
    -------
    LayerMeasures
    """
    chunks = parameters.slices
    change = None if theta_before is None else parameters.theta - theta_before
    return LayerMeasures(
        np.array([np.linalg.norm(parameters.gradient[chunk]) for chunk in chunks]),
        np.array([np.linalg.norm(parameters.theta[chunk]) for chunk in chunks]),
        np.array([np.nan if change is None else np.linalg.norm(change[chunk]) for chunk in chunks]),
        np.array([_dead(layer) for layer in hidden]),
        np.array([_saturated(layer) for layer in hidden]),
    )


def _value(layer: HiddenPass) -> Array:
    """Give sigma(n) of one network."""
    return layer.value if layer.value.ndim == 2 else layer.value[0]


def _dead(layer: HiddenPass) -> float:
    if not isinstance(layer.layer.activation_function, ReLu):
        return np.nan
    return float(1 - _value(layer).any(axis=1).mean())


def _saturated(layer: HiddenPass) -> float:
    function, a = layer.layer.activation_function, _value(layer)
    steepest = _STEEPEST.get(type(function))
    if steepest is None:
        return np.nan
    if isinstance(function, Sigmoid):
        slope = a * (1 - a)
    elif isinstance(function, Tanh):
        slope = 1 - a * a
    else:
        slope = np.where(a > 0, 1, a + function.alpha)  # type: ignore[attr-defined]
    return float((slope < FLAT * steepest).mean())
