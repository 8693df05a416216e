"""Gradient check: back-propagation compared with central differences of the displayed cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.array_types import Array
from joml.network import Network

#: The largest relative error of correct gradients in float64, with room for large and deep networks.
TOLERANCE = 1e-6

_STEP = 1e-6
#: Five-point differences: the weights of the cost at -2, -1, 1 and 2 steps.
_STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """The agreement of one layer's gradients with central differences.

    Attributes
    ----------
    relative_error : float
        |analytic - numeric| / |numeric|, in Euclidean norms over the parameters checked; 0 where both vanish.
    rounding : float
        The part of the error that rounding of the cost can explain; it is large only where gradients nearly vanish.
    checked, skipped : int
        Numbers of parameters checked and skipped. A parameter is skipped if the step moves some unit over a kink of its
        activation function, where there is no derivative to compare with.
    """

    relative_error: float
    rounding: float
    checked: int
    skipped: int


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """The agreement of a network's gradients with central differences, layer by layer.

    Attributes
    ----------
    layers : tuple of LayerCheck
        In layer order, the output layer last.
    """

    layers: tuple[LayerCheck, ...]

    @property
    def relative_error(self) -> float:
        """The largest relative error of any layer."""
        return max(layer.relative_error for layer in self.layers)

    @property
    def passed(self) -> bool:
        """Return whether every layer agrees within 1e-6 and rounding, and had a parameter checked, if it has any."""
        layers = [layer for layer in self.layers if layer.checked or layer.skipped]
        return all(layer.checked and layer.relative_error <= TOLERANCE + layer.rounding for layer in layers)


def check_gradients(
    network: Network, x: ArrayLike, y: ArrayLike, *, most_per_layer: int = 500, seed: int = 0
) -> GradientCheck:
    """Compare back-propagation with central differences of ``network.cost``, in float64.

    Parameters
    ----------
    network : Network
        Any network; a float64 copy of it is checked, and the network itself is not changed.
    x : (features, samples) array
    y : (outputs, samples) array
        A few dozen samples are enough, and every sample makes it slower.
    most_per_layer : int, default 500
        A layer with more parameters is checked on that many of them, drawn at random.
    seed : int, default 0
        Decides which parameters are drawn.

    Returns
    -------
    GradientCheck
    """
    twin = network.copy(np.float64)
    x, y = twin.checked(x, y)
    twin.compute_gradients(x, y)
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
