"""Gradient check: the gradients of back-propagation against central differences of the displayed cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.array_types import Array
from joml.network import Network

#: What float64 lets correct gradients reach, with room for large and deep networks.
TOLERANCE = 1e-6

_STEP = 1e-6
#: Five-point differences: the weights of the cost at -2, -1, 1 and 2 steps.
_STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """How well one layer's gradients agree.

    Attributes
    ----------
    relative_error : float
        |analytic - numeric| / |numeric|, in Euclidean norms over the parameters checked; 0 where both vanish.
    rounding : float
        What the rounding of the cost alone may cause of it; only where gradients nearly vanish is that much.
    checked, skipped : int
        Parameters checked; and skipped, because the step would carry some unit over a kink of its activation function,
        where there is no derivative to compare with.
    """

    relative_error: float
    rounding: float
    checked: int
    skipped: int


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """How well a network's gradients agree with central differences, layer by layer.

    Attributes
    ----------
    layers : tuple of LayerCheck
        In layer order, the output layer's last.
    """

    layers: tuple[LayerCheck, ...]

    @property
    def relative_error(self) -> float:
        """The largest of the layers'."""
        return max(layer.relative_error for layer in self.layers)

    @property
    def passed(self) -> bool:
        """Whether every layer agrees within 1e-6 and rounding, and something was checked in each."""
        return all(layer.checked and layer.relative_error <= TOLERANCE + layer.rounding for layer in self.layers)


def check_gradients(
    network: Network, x: ArrayLike, y: ArrayLike, *, most_per_layer: int = 500, seed: int = 0
) -> GradientCheck:
    """Compare back-propagation with central differences of ``network.cost``, in float64.

    Parameters
    ----------
    network : Network
        Any; a float64 copy of it is checked, it stays as it is.
    x : (features, samples) array
    y : (outputs, samples) array
        A few dozen samples are enough, and every sample makes it slower.
    most_per_layer : int, default 500
        A layer with more parameters is checked on that many of them, drawn at random.
    seed : int, default 0
        Decides which.

    Returns
    -------
    GradientCheck
    """
    twin = network.copy(np.float64)
    x, y = twin.checked(x, y)
    twin.gradients(x, y)
    analytic = twin.parameters.gradient.copy()
    generator = np.random.default_rng(seed)
    checks = []
    for place in twin.parameters.slices:
        chosen = place.start + generator.permutation(place.stop - place.start)[:most_per_layer]
        checks.append(_check(twin, x, y, analytic, chosen))
    return GradientCheck(tuple(checks))


def _check(network: Network, x: Array, y: Array, analytic: Array, chosen: NDArray[np.signedinteger[Any]]) -> LayerCheck:
    numeric = np.array([_central_difference(network, x, y, int(place)) for place in chosen])
    smooth = np.isfinite(numeric)
    difference = float(np.linalg.norm((analytic[chosen] - numeric)[smooth]))
    size = float(np.linalg.norm(numeric[smooth]))
    rounding = np.finfo(np.float64).eps * network.cost(x, y) / _STEP * float(np.sqrt(smooth.sum()))
    scale = size or 1.0
    return LayerCheck(difference / scale, rounding / scale, int(smooth.sum()), int((~smooth).sum()))


def _central_difference(network: Network, x: Array, y: Array, place: int) -> float:
    """Return the slope of the cost along one parameter; nan where a kink lies within the step."""
    theta = network.parameters.theta
    value = theta[place]
    slope, sides = 0.0, set()
    for steps, weight in _STENCIL:
        theta[place] = value + steps * _STEP
        slope += weight * network.cost(x, y) / _STEP
        sides.add(network.forward_pass(x.shape[1]).sides().tobytes())
    theta[place] = value
    return slope if len(sides) == 1 else np.nan
