"""A sample's way through a network of layers of all kinds, with the channels of images as units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml import Convolution2D, Embedding, Flatten, Layer, Network
from joml.declaration import part_of
from joml.layers.base_layer import BaseLayer, Shape, features_of


@dataclass(frozen=True, slots=True, eq=False)
class ChannelLayer:
    """The units of one layer for a sample; the inputs are the first layer.

    Attributes
    ----------
    title : str
        "in", or the layer as the architecture has it.
    a : (units,) array
        The unit's output; of a channel the mean of its places.
    places : int
        Places of a channel; 1 of units that are no channels.
    links : (units, units before) array
        The weights between them, of channels their mean; 1 where a layer passes a unit on, and 0 where a layer has no
        weights between two units that could be drawn. Empty for the inputs.
    passes : bool
        Whether the layer passes each unit on to the unit at its place.
    """

    title: str
    a: NDArray[np.floating]
    places: int
    links: NDArray[np.floating]
    passes: bool = False


def channel_layers(network: Network, activations: Sequence[NDArray[np.floating]]) -> list[ChannelLayer]:
    """Return the units of each layer of a network.

    Parameters
    ----------
    network : Network
    activations : sequence of (features,) arrays
        The inputs, and the outputs of each layer.

    Returns
    -------
    list of ChannelLayer
    """
    shapes = network.shapes
    made = [ChannelLayer("in", _means(activations[0], shapes[0]), features_of(shapes[0][1:]), np.zeros((0, 0)))]
    for layer, before, after, a in zip(network.layers, shapes, shapes[1:], activations[1:], strict=False):
        title = layer.activation_function.name if isinstance(layer, Layer) else layer.notation
        places, links = features_of(after[1:]), links_of(layer, before, after)
        made.append(ChannelLayer(title, _means(a, after), places, links, passes=_passes(layer, before, after)))
    return made


def _passes(layer: BaseLayer, before: Shape, after: Shape) -> bool:
    """Return whether a layer has no weights between its units, and a unit for each one before it."""
    has_weights = isinstance(layer, Layer | Convolution2D | Embedding)
    return before[0] == after[0] and part_of(layer) is not None and not has_weights


def _means(values: NDArray[np.floating], shape: Shape) -> NDArray[np.floating]:
    means: NDArray[np.floating] = values.reshape(shape[0], -1).mean(axis=1)
    return means


def links_of(layer: BaseLayer, before: Shape, after: Shape) -> NDArray[np.floating]:
    """Return the weights between the units before and after a layer, as in ``ChannelLayer``.

    Parameters
    ----------
    layer : BaseLayer
        Of a complete network.
    before, after : tuple of int
        The shapes of a sample before and after it.

    Returns
    -------
    (units, units before) array
    """
    sources, units = before[0], after[0]
    if isinstance(layer, Layer | Convolution2D):
        means: NDArray[np.floating] = np.asarray(layer.W).reshape(units, sources, -1).mean(axis=2)
        return means
    if isinstance(layer, Embedding):
        return layer.matrix(sources)
    if isinstance(layer, Flatten):
        return np.repeat(np.eye(sources), units // sources, axis=0)
    return np.eye(units) if _passes(layer, before, after) else np.zeros((units, sources))
