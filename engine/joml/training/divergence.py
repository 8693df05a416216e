"""Divergence: the limit of a training's cost, and a cheap proof that the cost is below it.

The cost of every mini-batch decides, and measuring it takes about ten calls. The sum of the squares of the output
layer's z takes one call, and bounds the cost from above: up to some sum the cost is surely below the limit and need not
be measured at once. The sum of nan or infinite z is not below any limit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.activations import Identity, ReLu, Sigmoid, SoftMax, Tanh
from joml.cost import CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from joml.layer import OutputLayer

#: A run has diverged if its cost is not a number, or exceeds this many times the first iteration's cost (or 1).
DIVERGED_FACTOR = 1e4

#: Functions whose values are at most 1, or at most as far from 0 as z.
_NO_FARTHER = (Identity, ReLu, Sigmoid, SoftMax, Tanh)

#: A safety factor of the bound for rounding in float32.
_SURE = 0.25

#: A limit that no sum of squares is below.
NEVER = 0.0


def limits(first_costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cost limit of each network, (networks,), from first_costs, the costs of the first iteration."""
    limits: NDArray[np.float64] = DIVERGED_FACTOR * np.fmax(first_costs, 1.0)
    return limits


def diverged(costs: NDArray[Any], first_costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each network whether its entry of costs exceeds the limit for first_costs, or is not a number."""
    return ~(costs < limits(first_costs))  # nan compares false


def healthy_squares(output: OutputLayer, samples: int, largest_y: float, largest_weight: float, limit: float) -> float:
    """Return a sum of squares of z below which the mean cost of a mini-batch is certainly below a limit.

    With r the root of the mean over the samples of |z|^2, and K outputs, the mean over the samples of

    - the cross-entropy of a softmax is at most 2 r + log K: the largest z less that of the true class, and log K;
    - the cross-entropy of sigmoids is at most sqrt(K) r + K log 2: |z_k| and log 2 for each;
    - the absolute error is at most r / sqrt(K) + 1 + max |y|, where y_hat is no farther from 0 than z, or than 1;
    - the squared error is at most 2 (r^2 / K + 1 + max y^2), likewise.

    Parameters
    ----------
    output : OutputLayer
    samples : int
        Number of samples in the mini-batch.
    largest_y : float
        The largest |y|.
    largest_weight : float
        The largest class weight; 1 without class weights.
    limit : float

    Returns
    -------
    float
        ``NEVER`` for other functions, which have no known bound.
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
