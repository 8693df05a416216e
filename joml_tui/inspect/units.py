"""Question: the activations of single units over the plane of two features, or their weights and maps as images."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Layer, Network
from joml.data.image_shape import ImageShape
from joml_tui.inspect.layer_names import layer_names
from joml_tui.inspect.plane import Bounds, bounds_of, grid, require_finite_outputs, require_plane
from joml_tui.inspect.training_context import TrainingContext
from joml_tui.inspect.unit_images import (
    feature_maps,
    image_shape_of,
    incoming_biases,
    incoming_weights,
    sees_image,
    weight_images,
    window_names,
)

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
        the features, and the channels of the sample if it is an image.
    first, count : int
        The first unit, and the number of units.
    columns, rows : int
        Size of each unit's picture in dots; images have their own.
    maps : bool
        Whether the outputs by one sample are wanted where the weights are images.
    sample : int
        The place of that sample in the test part; after the last one comes the first.
    """

    layer: int
    first: int
    count: int
    columns: int
    rows: int
    maps: bool = False
    sample: int = 0


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
    weights : (units, weights) array
        The rows of W that lead into them; without columns for layers that have none.
    biases : (units,) array
    inputs : tuple of str
        Names of the features that the weights belong to, or of the places in a convolution's window; empty if they
        belong to units of the layer before.
    outputs : tuple of str
        The output layer's names.
    images : bool
        Whether the inputs are images. The pictures are then the units' weights where these are images, and their
        outputs by one sample otherwise; the units of images are their channels.
    maps : bool
        Whether they are these outputs.
    both : bool
        Whether the layer has both.
    sample, samples : int
        The place of the sample in the test part, and the number of samples there.
    label : str
        Its class; empty for other tasks.
    terms : tuple of str
        The inputs that are terms of the features, such as "x1²"; empty for the features themselves.
    channels : int
        The channels of samples that are images; 0 for others.
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
    maps: bool = False
    both: bool = False
    sample: int = 0
    samples: int = 0
    label: str = ""
    terms: tuple[str, ...] = ()
    channels: int = 0

    @property
    def first_layer(self) -> int:
        """The first layer there is: -1 for inputs that are terms, and for the sample where it is an image."""
        return -1 if self.terms or self.channels else 0

    def size_of(self, layer: int) -> int:
        """Return the number of units of a layer, or of the inputs for -1."""
        return self.sizes[layer] if layer >= 0 else len(self.terms) or self.channels


def answer(question: Units, subject: TrainingContext) -> UnitsNow:
    """Compute the activations of the layer at the dots, or return weights or outputs as images.

    Raises
    ------
    ValueError
        The data do not have two features, the network's outputs are not finite, or the pictures are too large.
    """
    data, network = subject.data, subject.network
    image = image_shape_of(subject)
    if image is not None:
        return _as_images(question, subject, image)
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
        subject.iteration,
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
    return incoming_weights(layer, units), incoming_biases(layer, units)


def _as_images(question: Units, subject: TrainingContext, image: ImageShape) -> UnitsNow:
    """Return the weights or the outputs of units as images, of samples that are images of this shape."""
    data, network = subject.data, subject.network
    place = min(max(question.layer, -1), len(network.layers) - 1)
    layer = network.layers[place] if place >= 0 else None
    before = network.shapes[place] if place > 0 else image
    sizes = tuple(shape[0] for shape in network.shapes[1:])
    size = image[0] if layer is None else sizes[place]
    both = layer is not None and sees_image(layer, before)
    maps = question.maps or not both
    sample = question.sample % data.test_size
    x = data.x_test[:, sample : sample + 1]
    first = min(max(question.first, 0), size - 1)
    units = slice(first, min(first + max(question.count, 1), size))
    if layer is None:
        pictures = x.reshape(image)[units]
    elif maps:
        pictures = feature_maps(network, place, x)[units]
        require_finite_outputs(pictures)
    else:
        pictures = weight_images(layer, before, units)
    pictures = pictures[: max(1, _MOST_DOTS // pictures[0].size)]
    units = slice(first, first + len(pictures))
    names = data.feature_names if place == 0 and isinstance(layer, Layer) else window_names(layer, before)
    return UnitsNow(
        subject.iteration,
        layer_names(network),
        sizes,
        place,
        first,
        Bounds(0, pictures.shape[2], 0, pictures.shape[1]),
        pictures,
        incoming_weights(layer, units),
        incoming_biases(layer, units),
        names,
        data.class_names,
        images=True,
        maps=maps,
        both=both,
        sample=sample,
        samples=data.test_size,
        label=data.class_names[int(data.y_test[:, sample].argmax())] if data.task == "classes" else "",
        channels=image[0],
    )


def _activations(network: Network, place: int, units: slice, points: NDArray[np.float32]) -> NDArray[np.float32]:
    if place == len(network.layers) - 1:
        return network.predict(points)[units].astype(np.float32)
    activations = np.empty((units.stop - units.start, points.shape[1]), np.float32)
    for start in range(0, points.shape[1], _PART):
        part = points[:, start : start + _PART]
        activations[:, start : start + _PART] = network.forward_pass(part.shape[1]).activations_of(part)[place][units]
    return activations
