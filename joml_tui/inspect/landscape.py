"""Questions: a network's weights, and its cost on a plane through the path that a training took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Network
from joml.array_types import Array
from joml.compiled.blas import ThreadLimit
from joml.compiled.evaluation import logits
from joml_tui.inspect.training_context import TrainingContext

_Array = NDArray[np.float64]

#: Most points in one answer, and about as many products and sums, so that an answer comes within half a second.
_MOST_POINTS, _MOST_WORK = 1_000, 8e9


class Weights(Struct, frozen=True, tag=True):
    """A request for the weights and biases.

    Attributes
    ----------
    whole : bool
        Whether they are wanted, or only the iteration.
    """

    whole: bool = True


class WeightsNow(Struct, frozen=True, tag=True):
    """A network's weights and biases.

    Attributes
    ----------
    iteration : int
    size : int
        Number of weights and biases.
    theta : (size,) array
        Empty if they were not wanted.
    """

    iteration: int
    size: int
    theta: NDArray[np.float32]


class Landscape(Struct, frozen=True, tag=True):
    """A request for costs at points of a plane of weights.

    Attributes
    ----------
    origin : (size,) array
        The weights at the point (0, 0).
    directions : (2, size) array
        What is added for 1 across and for 1 upwards; without rows, random directions, each unit's scaled to the norm
        of its weights.
    across, up : (points,) arrays
    samples : int
        Largest number of training samples, which are spread over all of them.
    """

    origin: NDArray[np.float32]
    directions: NDArray[np.float32]
    across: NDArray[np.float64]
    up: NDArray[np.float64]
    samples: int = 2_000


class LandscapeNow(Struct, frozen=True, tag=True):
    """The costs at the first of the points.

    Attributes
    ----------
    costs : (points,) array
        The mean cost, without penalties on the weights; inf or nan where it is not finite. Of many points and large
        networks the first ones are sent; at least one.
    samples, of : int
        Number of samples that it is the mean of, and of all training samples.
    cost : str
        Name of the cost function, such as "standardised mean-squared-error".
    """

    costs: _Array
    samples: int
    of: int
    cost: str


@dataclass(frozen=True, slots=True, eq=False)
class PathPlane:
    """A plane of weights through the end of a training's path.

    Attributes
    ----------
    directions : (2, size) array
        Of length 1, at right angles; without rows if they are random ones.
    points : (snapshots, 2) array
        The path in the plane; the last one is (0, 0).
    share : float
        The share of the path's squared distances from its end that lies in the plane; nan for random directions.
    """

    directions: NDArray[np.float32]
    points: _Array
    share: float


def answer_weights(question: Weights, subject: TrainingContext) -> WeightsNow:
    """Return the weights and biases, or how many there are."""
    theta = subject.network.parameters.theta
    wanted = theta.astype(np.float32) if question.whole else np.zeros(0, np.float32)
    return WeightsNow(subject.trainer.iteration, theta.size, wanted)


def answer(question: Landscape, subject: TrainingContext) -> LandscapeNow:
    """Evaluate a copy of the network at the points.

    Raises
    ------
    ValueError
        The weights do not fit this network.
    """
    network = subject.network.copy()
    origin = question.origin.astype(np.float64)
    if origin.size != network.parameters.theta.size:
        raise ValueError(f"these are {origin.size:,} weights, and the network has {network.parameters.theta.size:,}")
    directions = question.directions.astype(np.float64)
    if not len(directions):
        network.parameters.theta[...] = origin
        directions = random_directions(network)
    data = subject.data
    of = data.x_train.shape[1]
    places = np.unique(np.linspace(0, of - 1, min(of, max(1, question.samples))).astype(np.intp))
    x, y = data.x_train[:, places], data.y_train[:, places]
    most = int(max(1, min(_MOST_POINTS, _MOST_WORK / (2.0 * origin.size * len(places)))))
    costs = np.full(min(most, len(question.across)), np.nan)
    output = network.output_layer
    with ThreadLimit(), np.errstate(all="ignore"):
        for place in range(len(costs)):
            network.parameters.theta[...] = (
                origin + question.across[place] * directions[0] + question.up[place] * directions[1]
            )
            total = 0.0
            for z, part in logits(network.forward_pass, x):
                total += float(output.costs(z, y[:, part]).sum(dtype=np.float64))
            costs[place] = total / len(places)
    cost = output.cost_function.name
    return LandscapeNow(costs, len(places), of, f"standardised {cost}" if subject.standardised else cost)


def random_directions(network: Network, seed: int = 0) -> _Array:
    """Return two random directions of weights, each unit's as long as its weights; biases stay as they are.

    Parameters
    ----------
    network : Network
    seed : int, default 0

    Returns
    -------
    ndarray of float64, shape (2, size)

    Notes
    -----
    Li, Xu, Taylor, Studer, Goldstein: Visualizing the Loss Landscape of Neural Nets, 2018, section 4: without this
    scale, a network with small weights looks as if its cost were steep.
    """
    generator = np.random.default_rng(seed)
    directions = np.zeros((2, network.parameters.theta.size))
    for direction in directions:
        twin = network.copy()
        twin.parameters.theta[...] = 0
        for views, own in zip(twin.parameters.views, network.parameters.views, strict=True):
            for name in views:
                _set_direction(_weights(name, views[name]), _weights(name, own[name]), generator)
        direction[...] = twin.parameters.theta
    return directions


def _weights(name: str, values: Array) -> Array:
    """Return the weights of a layer's array of parameters as rows, without biases, scales and means."""
    if name == "block":
        return values[:, :-1]
    return values[np.newaxis] if values.ndim == 1 else values if name == "W" else values[:0]


def _set_direction(direction: Array, weights: Array, generator: np.random.Generator) -> None:
    """Set each row of a direction to random numbers of the length of the weights' row."""
    rows = generator.normal(size=weights.shape)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    direction[...] = rows / lengths * np.linalg.norm(weights.astype(np.float64), axis=1, keepdims=True)


def plane_of_path(thetas: Sequence[NDArray[np.float32]]) -> PathPlane:
    """Return the plane through the last weights that is nearest to all weights of a path.

    Parameters
    ----------
    thetas : sequence of (size,) arrays
        The weights of at least one snapshot, in their order.

    Returns
    -------
    PathPlane
        With random directions if the path has fewer than two directions.
    """
    origin = thetas[-1].astype(np.float64)
    path = np.array([theta - origin for theta in thetas], np.float64)
    nowhere = PathPlane(np.zeros((0, origin.size), np.float32), np.zeros((1, 2)), float("nan"))
    if len(path) < 3 or not np.isfinite(path).all():
        return nowhere
    values, vectors = np.linalg.eigh(path @ path.T)
    if values[-2] <= 1e-12 * max(values[-1], 1e-300):
        return nowhere
    directions = vectors[:, :-3:-1].T @ path
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    points = path @ directions.T
    share = float(np.square(points).sum() / np.square(path).sum())
    return PathPlane(directions.astype(np.float32), points, share)
