"""Question: the activations of single units over the plane of two features, or their weights as images."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Network
from joml_tui.inspect.images import image_side
from joml_tui.inspect.layer_names import layer_names
from joml_tui.inspect.plane import Bounds, bounds_of, grid, require_finite_outputs, require_plane
from joml_tui.inspect.training_context import TrainingContext

#: Number of dots whose activations are computed at a time.
_PART = 1_024
#: Most dots of all pictures in one answer.
_MOST_DOTS = 400_000


class Units(Struct, frozen=True, tag=True):
    """A request for the activations of some units of a layer over the plane.

    Attributes
    ----------
    layer : int
        Counted from 0; the last one, and any larger number, is the output layer. -1 has the inputs if they are terms of
        the features.
    first, count : int
        The first unit, and the number of units.
    columns, rows : int
        Size of each unit's picture in dots.
    """

    layer: int
    first: int
    count: int
    columns: int
    rows: int


class UnitsNow(Struct, frozen=True, tag=True):
    """The activations of single units over the plane.

    Attributes
    ----------
    iteration : int
    layers : tuple of str
        Each layer's size and activation function, the output layer last.
    sizes : tuple of int
    layer, first : int
        The layer, and its first unit shown.
    bounds : Bounds
    activations : (units, rows, columns) array
        Each unit's a, from the top; y_hat for the output layer.
    weights : (units, previous size) array
        The rows of W that lead into them.
    biases : (units,) array
    inputs : tuple of str
        Names of the features that the weights belong to; empty if they belong to units of the layer before.
    outputs : tuple of str
        The output layer's names.
    images : bool
        Whether the inputs are images. The pictures are then the units' weights from the pixels, of the first layer.
    terms : tuple of str
        The inputs that are terms of the features, such as "x1²"; empty for the features themselves.
    """

    iteration: int
    layers: tuple[str, ...]
    sizes: tuple[int, ...]
    layer: int
    first: int
    bounds: Bounds
    activations: NDArray[np.float32]
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    images: bool = False
    terms: tuple[str, ...] = ()

    @property
    def first_layer(self) -> int:
        """The first layer there is: -1 for inputs that are terms."""
        return -1 if self.terms else 0

    def size_of(self, layer: int) -> int:
        """Return the number of units of a layer, or of the inputs for -1."""
        return len(self.terms) if layer < 0 else self.sizes[layer]


def answer(question: Units, subject: TrainingContext) -> UnitsNow:
    """Compute the activations of the layer at the dots, or return the weights from the pixels of images.

    Raises
    ------
    ValueError
        The data do not have two features, the network's outputs are not finite, or the pictures are too large.
    """
    data, network = subject.data, subject.network
    if data.before_terms is None and (side := image_side(data.input_size, data.task, data.image_shape)):
        return _weights_as_images(question, subject, side)
    require_plane(data.plain, "pictures of the units")
    bounds = bounds_of(data.plain, question.columns, question.rows)
    terms = () if data.before_terms is None else data.input_titles
    place = min(max(question.layer, -1 if terms else 0), len(network.layers) - 1)
    size = network.sizes[place + 1]
    first = min(max(question.first, 0), size - 1)
    units = slice(first, min(first + max(question.count, 1), size))
    if (units.stop - units.start) * question.columns * question.rows > _MOST_DOTS:
        raise ValueError(f"the pictures of the units have more than {_MOST_DOTS:,} dots: ask for fewer or smaller ones")
    points = data.inputs_from(grid(bounds, question.columns, question.rows))
    activations = points[units] if place < 0 else _activations(network, place, units, points)
    require_finite_outputs(activations)
    return UnitsNow(
        subject.trainer.iteration,
        layer_names(network),
        network.sizes[1:],
        place,
        first,
        bounds,
        activations.reshape(-1, question.rows, question.columns),
        *_parameters(network, place, units),
        data.input_titles if place == 0 else (),
        data.class_names,
        terms=terms,
    )


def _parameters(network: Network, place: int, units: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights that lead into units, and their biases; inputs have none."""
    if place < 0:
        count = units.stop - units.start
        return np.zeros((count, 0), np.float32), np.zeros(count, np.float32)
    layer = network.layers[place]
    return layer.W[units].astype(np.float32), layer.b[units].astype(np.float32)


def _weights_as_images(question: Units, subject: TrainingContext, side: int) -> UnitsNow:
    """Return the rows of W of the first layer's units as images."""
    layer = subject.network.layers[0]
    first = min(max(question.first, 0), layer.size - 1)
    units = slice(first, min(first + max(question.count, 1), layer.size, first + _MOST_DOTS // side**2))
    weights = layer.W[units].astype(np.float32)
    return UnitsNow(
        subject.trainer.iteration,
        (f"{layer.size} {layer.activation_function.name}",),
        (layer.size,),
        0,
        first,
        Bounds(0, side, 0, side),
        weights.reshape(-1, side, side),
        weights,
        layer.b[units].astype(np.float32),
        subject.data.feature_names,
        subject.data.class_names,
        images=True,
    )


def _activations(network: Network, place: int, units: slice, points: NDArray[np.float32]) -> NDArray[np.float32]:
    if place == len(network.layers) - 1:
        return network.predict(points)[units].astype(np.float32)
    activations = np.empty((units.stop - units.start, points.shape[1]), np.float32)
    for start in range(0, points.shape[1], _PART):
        part = points[:, start : start + _PART]
        activations[:, start : start + _PART] = network.forward_pass(part.shape[1]).activations_of(part)[place][units]
    return activations
