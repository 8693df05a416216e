"""Divergence: when the cost of a training has left all measure, and what proves cheaply that it has not.

The cost of every mini-batch decides; measuring it takes about ten calls. The sum of the squares of the output layer's z
takes one, and bounds the cost from above: up to some sum no cost can have left all measure, and it need not be measured
at once. nan and infinite z have no such sum, so that they are never taken for healthy.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.activations import Identity, ReLu, Sigmoid, SoftMax, Tanh
from joml.cost import CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from joml.layer import OutputLayer

#: A run has diverged when its cost is no number, or this many times what it was at the first iteration (or 1).
DIVERGED_FACTOR = 1e4

#: Values of these are at most 1, or at most as far from 0 as their z is.
_NO_FARTHER = (Identity, ReLu, Sigmoid, SoftMax, Tanh)

#: Sums in float32 are rounded; this part of the bound keeps far away from it.
_SURE = 0.25

#: No sum of squares is below this.
NEVER = 0.0


def limits(first_costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cost at which each network has diverged, (networks,), from the first iteration's, first_costs."""
    found: NDArray[np.float64] = DIVERGED_FACTOR * np.fmax(first_costs, 1.0)
    return found


def diverged(costs: NDArray[Any], first_costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether each of costs, one a network, has left all measure beside first_costs, or is no number."""
    return ~(costs < limits(first_costs))  # nan compares false


def healthy_squares(output: OutputLayer, samples: int, largest_y: float, largest_weight: float, limit: float) -> float:
    """Return a sum of squares of z below which the mean cost of a mini-batch is surely below a limit.

    With r the root of the mean over the samples of |z|^2, and K outputs, the mean over the samples of

    - the cross-entropy of a softmax is at most 2 r + log K: the largest z less that of the true class, and log K;
    - the cross-entropy of sigmoids is at most sqrt(K) r + K log 2: |z_k| and log 2 for each;
    - the absolute error is at most r / sqrt(K) + 1 + max |y|, where y_hat is no farther from 0 than z, or than 1;
    - the squared error is at most 2 (r^2 / K + 1 + max y^2), likewise.

    Parameters
    ----------
    output : OutputLayer
    samples : int
        In the mini-batch.
    largest_y : float
        The largest |y| there is.
    largest_weight : float
        The largest weight of a class; 1 where there are none.
    limit : float

    Returns
    -------
    float
        ``NEVER`` where the functions are others, of which nothing is known.
    """
    function, cost, outputs = output.activation_function, output.cost_function, output.size
    if type(output).costs is not OutputLayer.costs or type(output).predict is not OutputLayer.predict:
        return NEVER
    limit /= max(largest_weight, 1.0)
    root = 0.0
    if type(cost) is CrossEntropy and type(function) is SoftMax:
        root = (limit - math.log(outputs)) / 2
    elif type(cost) is CrossEntropy and type(function) is Sigmoid:
        root = (limit - outputs * math.log(2)) / math.sqrt(outputs)
    elif type(function) in _NO_FARTHER:
        by_distance = math.sqrt(outputs) * (limit - 1 - largest_y)
        by_square = math.sqrt(outputs * max(0.0, limit / 2 - 1 - largest_y**2))
        if type(cost) is MeanSquaredError:
            root = by_square
        elif type(cost) is MeanAbsoluteError:
            root = by_distance
        elif type(cost) is Huber:  # at most half the square, and at most delta times the distance
            by_distance = math.sqrt(outputs) * (limit / cost.delta - 1 - largest_y)
            root = max(by_square, by_distance)
    return _SURE * samples * root**2 if root > 0 else NEVER
