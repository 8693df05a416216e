"""A network's layers with their numbers for one sample, residual blocks opened into the layers inside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from joml import Layer, Network, Residual
from joml.compiled.dense_run import DenseRun
from joml.compiled.passes import ForwardPass
from joml.compiled.segment import Segment
from joml.compiled.segments import LayerSegment
from joml.layers.base_layer import BaseLayer, Shape, shapes_of

_Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class OpenLayer:
    """One layer with its numbers for a sample; the layers of an opened block come before it, and it adds.

    Attributes
    ----------
    number : str
        Its place among the layers from 1; of a layer of a block with its place there, such as "3.1".
    layer : BaseLayer
    shapes : pair of tuples of int
        The shapes of a sample before and after it.
    inputs, outputs : (features,) arrays
        An opened block's inputs are the outputs of its last layer.
    z, n : (units,) arrays
        Of a fully connected layer W a + b, and the same normalised; empty where it has none.
    added : int
        The place, with 0 for the network's inputs, of the layer whose outputs are added to this one's; -1 for none.
    """

    number: str
    layer: BaseLayer
    shapes: tuple[Shape, Shape]
    inputs: _Array
    outputs: _Array
    z: _Array = field(default_factory=lambda: np.zeros(0))
    n: _Array = field(default_factory=lambda: np.zeros(0))
    added: int = -1


def open_layers(network: Network, forward: ForwardPass, *, opened: bool = True) -> list[OpenLayer]:
    """Return the layers of a network with their numbers, the output layer last.

    Parameters
    ----------
    network : Network
    forward : ForwardPass
        A pass of one sample that has run and keeps z.
    opened : bool, default True
        Whether the layers inside residual blocks are among them.

    Returns
    -------
    list of OpenLayer
    """
    layers: list[OpenLayer] = []
    before = forward.x[:, 0]
    for each in _in_segments(network.layers[:-1], network.shapes, forward.segments, before, "", 0, opened):
        layers.append(each)
        before = each.outputs
    y_hat = network.output_layer.predict(forward.z)[:, 0]
    shapes = network.shapes[-2], network.shapes[-1]
    last = OpenLayer(str(len(network.layers)), network.output_layer, shapes, before, y_hat, forward.z[:, 0])
    return [*layers, last]


def _in_segments(
    layers: Sequence[BaseLayer],
    shapes: Sequence[Shape],
    segments: Sequence[Segment],
    before: _Array,
    prefix: str,
    first: int,
    opened: bool,
) -> Iterator[OpenLayer]:
    """Yield neighbouring layers; ``first`` is the place of what comes before them."""
    places = [first]  # of what each layer gets
    number = 0
    for segment in segments:
        for inner in range(len(segment.activations)):
            layer, name = layers[number], f"{prefix}{number + 1}"
            around = (shapes[number], shapes[number + 1])
            outputs, place, entered = segment.activations[inner][:, 0], places[-1] + 1, places[-1]
            if opened and isinstance(layer, Residual) and isinstance(segment, LayerSegment):
                inside = shapes_of(layer.layers, around[0])
                for each in _in_segments(layer.layers, inside, segment.inside, before, f"{name}.", entered, opened):
                    yield each
                    before, place = each.outputs, place + 1
                yield OpenLayer(name, layer, (around[1], around[1]), before, outputs, added=entered)
            elif isinstance(segment, DenseRun) and isinstance(layer, Layer):
                hidden = segment.hidden[inner]
                n = hidden.n[:, 0] if layer.normalised else np.zeros(0)
                added = places[-layer.residual] if layer.residual else -1
                yield OpenLayer(name, layer, around, before, outputs, hidden.z[:, 0], n, added)
            else:
                yield OpenLayer(name, layer, around, before, outputs)
            before = outputs
            places.append(place)
            number += 1
