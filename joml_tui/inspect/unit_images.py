"""The units of a layer as images: their weights where these see an image, and their feature maps by one sample."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml import Convolution2D, Layer, Network
from joml.data.image_shape import ImageShape
from joml.layers.base_layer import BaseLayer, Shape
from joml_tui.inspect.images import image_shape
from joml_tui.inspect.sample_flow import propagated
from joml_tui.inspect.training_context import TrainingContext

_Array = NDArray[np.float32]


def image_shape_of(subject: TrainingContext) -> ImageShape | None:
    """Return channels, height and width of the samples; None if they are no images."""
    data, shape = subject.data, subject.network.shapes[0]
    if data.before_terms is not None:
        return None
    if len(shape) == 3:
        return shape
    return image_shape(data.input_size, data.task, data.image_shape)


def sees_image(layer: BaseLayer, before: Shape) -> bool:
    """Return whether the weights of a layer's units are images, after a sample of this shape before it."""
    return isinstance(layer, Convolution2D | Layer) and len(before) == 3


def weight_images(layer: BaseLayer, before: Shape, units: slice) -> _Array:
    """Return the weights of some units as images, (units, height, width).

    Those from several channels stand side by side, in as many rows as columns, with a line of zeros between them.

    Parameters
    ----------
    layer : BaseLayer
        One that `sees_image`.
    before : tuple of int
        Channels, height and width before it.
    units : slice

    Returns
    -------
    array
    """
    weights = incoming_weights(layer, units)
    height, width = layer.kernel if isinstance(layer, Convolution2D) else before[1:]
    channels = weights.reshape(len(weights), before[0], height, width)
    across = math.isqrt(before[0] - 1) + 1
    down = -(-before[0] // across)
    images = np.zeros((len(weights), down * (height + 1) - 1, across * (width + 1) - 1), np.float32)
    for channel in range(before[0]):
        top, left = channel // across * (height + 1), channel % across * (width + 1)
        images[:, top : top + height, left : left + width] = channels[:, channel]
    return images


def incoming_weights(layer: BaseLayer | None, units: slice) -> _Array:
    """Return the weights of some units, (units, weights): of convolutions and of fully connected layers."""
    if not isinstance(layer, Convolution2D | Layer):
        return np.zeros((units.stop - units.start, 0), np.float32)
    W = layer.W[units]
    return np.asarray(W.reshape(len(W), -1), np.float32)


def incoming_biases(layer: BaseLayer | None, units: slice) -> _Array:
    """Return the biases of some units; 0 where the layer has none."""
    if not isinstance(layer, Convolution2D | Layer):
        return np.zeros(units.stop - units.start, np.float32)
    return np.asarray(layer.b[units], np.float32)


def window_names(layer: BaseLayer | None, before: Shape) -> tuple[str, ...]:
    """Return the names of a convolution's weights: row and column in the window, such as "r1c2", after the channel."""
    if not isinstance(layer, Convolution2D):
        return ()
    height, width = layer.kernel
    return tuple(
        f"{channel + 1}" * (before[0] > 1) + f"r{row + 1}c{column + 1}"
        for channel in range(before[0])
        for row in range(height)
        for column in range(width)
    )


def feature_maps(network: Network, place: int, x: NDArray[Any]) -> _Array:
    """Return the outputs of a layer by one sample as images, (units, height, width); of units that see none 1 x 1.

    Parameters
    ----------
    network : Network
    place : int
        The place of the layer, from 0.
    x : (features, 1) array

    Returns
    -------
    array
    """
    forward, shape = propagated(network, x), network.shapes[place + 1]
    outputs = [*forward.activations, network.output_layer.predict(forward.z)][place][:, 0]
    return np.asarray(outputs.reshape(shape if len(shape) == 3 else (*shape, 1, 1)), np.float32)
