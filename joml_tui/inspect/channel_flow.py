"""A sample's way through a network of layers of all kinds, with the channels of images as units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from joml import BatchNormalisation, Convolution2D, Embedding, Flatten, Layer, LayerNormalisation
from joml.declaration import part_of
from joml.layers.base_layer import BaseLayer, Shape, features_of
from joml_tui.inspect.open_layers import OpenLayer


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
    number : str
        Of the layer, as in ``OpenLayer``.
    added : int
        As in ``OpenLayer``.
    entered : (units,) array
        The outputs of the layer that ``added`` names; empty for none.
    scales, shifts : (units,) arrays
        gamma and beta of a normalisation that has one of each for a unit; empty for others.
    """

    title: str
    a: NDArray[np.floating]
    places: int
    links: NDArray[np.floating]
    passes: bool = False
    number: str = ""
    added: int = -1
    entered: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    scales: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))
    shifts: NDArray[np.floating] = field(default_factory=lambda: np.zeros(0))


def channel_layers(layers: Sequence[OpenLayer]) -> list[ChannelLayer]:
    """Return the units of the inputs and of each layer of a network.

    Parameters
    ----------
    layers : sequence of OpenLayer
        All of the network's.

    Returns
    -------
    list of ChannelLayer
    """
    shape = layers[0].shapes[0]
    made = [ChannelLayer("in", _means(layers[0].inputs, shape), features_of(shape[1:]), np.zeros((0, 0)))]
    for each in layers:
        layer, (before, after) = each.layer, each.shapes
        title = layer.activation_function.name if isinstance(layer, Layer) else layer.notation
        entered: NDArray[np.floating] = np.zeros(0)
        if each.added >= 0:
            entered = made[each.added].a
            title = title if isinstance(layer, Layer) else "sum"
        a, links, passes = _means(each.outputs, after), links_of(layer, before, after), _passes(layer, before, after)
        ways = passes, each.number, each.added, entered
        made.append(ChannelLayer(title, a, features_of(after[1:]), links, *ways, *_scales(layer, after)))
    return made


def _scales(layer: BaseLayer, shape: Shape) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return gamma and beta of a normalisation with one of each for a unit; empty arrays for other layers."""
    if isinstance(layer, BatchNormalisation) or (isinstance(layer, LayerNormalisation) and len(shape) == 1):
        return layer.gamma, layer.beta
    return np.zeros(0), np.zeros(0)


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
