"""Question: a network's weights, and the values of its units for one sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Layer, Network
from joml.compiled.blas import ThreadLimit
from joml.compiled.evaluation import Part
from joml.compiled.passes import ForwardPass, run_quietly
from joml_tui.inspect.channel_flow import ChannelLayer, channel_layers
from joml_tui.inspect.confusion import part_of
from joml_tui.inspect.open_layers import OpenLayer, open_layers
from joml_tui.inspect.raw_samples import name_of_sample, number_of_row
from joml_tui.inspect.training_context import TrainingContext
from joml_tui.inspect.unit_sums import UnitSum, has_sum, unit_sum

_Array = NDArray[np.float32]

#: Most outputs in one answer.
_MOST_OUTPUTS = 64


class SampleFlow(Struct, frozen=True, tag=True):
    """A request for a network's weights, and for every unit's activation by one sample.

    Attributes
    ----------
    part : {"test", "validation", "train"}
    sample : int
        The sample's place in its part; after the last one comes the first.
    layer, unit : int
        A unit whose sum is wanted; layer 0 has the inputs. Without one, layer is -1.
    rows : int
        Rows of the picture. Of a layer with more units, half as many are sent: those with the largest weights.
    opened : bool
        Whether the layers inside residual blocks are wanted too.
    """

    part: Part = "test"
    sample: int = 0
    layer: int = -1
    unit: int = 0
    rows: int = 20
    opened: bool = True


class LayerFlow(Struct, frozen=True):
    """The units of one layer; the inputs are the first layer.

    Attributes
    ----------
    title : str
        "in", or the name of the activation function.
    size : int
        Number of all units.
    units : (sent,) array
        The places of those in this answer, rising.
    names : tuple of str
        Their names, for inputs and outputs; empty for hidden layers.
    a : (sent,) array
        Their activations by the sample.
    W : (sent, sent of the layer before) array
        Their weights; empty for the inputs.
    places : int
        The places of a channel, whose mean is its activation; 1 of units that are no channels of images.
    number : str
        The layer's place from 1, inside a residual block such as "3.1"; empty for the inputs.
    added : int
        The place in the answer, with 0 for the inputs, of the layer whose outputs are added to this one's; -1 for none.
    entered : tuple of float
        What is added to each unit in this answer; empty for none.
    scales, shifts : tuples of float
        gamma and beta of each unit in this answer, where a normalisation has one of each; empty for none.
    """

    title: str
    size: int
    units: NDArray[np.int64]
    names: tuple[str, ...]
    a: _Array
    W: _Array
    places: int = 1
    number: str = ""
    added: int = -1
    entered: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()


class SampleFlowNow(Struct, frozen=True, tag=True):
    """A network's weights, and the values of its units for one sample.

    Attributes
    ----------
    iteration : int
    part : {"test", "validation", "train"}
    parts : tuple of str
        The existing parts.
    sample, samples : int
        The sample's place in its part, and the number of samples there.
    row : int or None
        The number of its row in the file, from 1; None for data that are not from a file.
    task : str
        "classes", "multilabel" or "regression".
    layers : tuple of LayerFlow
    unit : UnitSum or None
        The requested one; None for an input, and for units that compute no sum.
    asked : (int, int)
        The requested layer and unit; layer -1 for none.
    outputs : tuple of str
        Names of the outputs, the first 64 of them.
    y, y_hat : (outputs,) arrays
        True and predicted outputs, values in the data's units.
    takes_terms : bool
        Whether the inputs are terms of the features.
    standardised : bool
        Whether the activations of the output layer are standardised values.
    name : str
        The sample's name, as the file of an image; empty if it has none.
    has_sums : bool
        Whether every unit computes a sum, as in layers that are fully connected.
    sums : tuple of bool
        Of each layer in ``layers``, whether its units compute sums; some units of an embedding compute none.
    opened : bool
        Whether the layers inside residual blocks are among the layers.
    """

    iteration: int
    part: Part
    parts: tuple[Part, ...]
    sample: int
    samples: int
    row: int | None
    task: str
    layers: tuple[LayerFlow, ...]
    unit: UnitSum | None
    outputs: tuple[str, ...]
    y: _Array
    y_hat: _Array
    takes_terms: bool = False
    standardised: bool = False
    name: str = ""
    has_sums: bool = True
    asked: tuple[int, int] = (-1, 0)
    sums: tuple[bool, ...] = ()
    opened: bool = True


def answer(question: SampleFlow, subject: TrainingContext) -> SampleFlowNow:
    """Propagate one sample, and return activations and weights of the units that the picture has room for.

    Raises
    ------
    ValueError
        There is no such part of the data, or it has no samples.
    """
    data, network = subject.data, subject.network
    x, y = part_of(subject, question.part)
    samples = x.shape[1]
    if not samples:
        raise ValueError(f"these data have no {question.part} samples")
    place = question.sample % samples
    forward = propagated(network, x[:, place : place + 1])
    opened = open_layers(network, forward, opened=question.opened)
    y_hat = opened[-1].outputs[:, np.newaxis]
    layer = min(question.layer, len(opened))
    unit = 0
    if layer >= 0:
        unit = question.unit % (opened[layer - 1].shapes[1] if layer else network.shapes[0])[0]
    titles = (data.input_titles, data.class_names)
    is_dense = all(isinstance(each, Layer) for each in network.layers)
    if is_dense:
        layers = _layers(network, opened, titles, (layer, unit), question.rows)
    else:
        layers = _layers_of_channels(channel_layers(opened), titles, (layer, unit), question.rows)
    in_units = subject.in_data_units if data.task == "regression" else np.asarray
    return SampleFlowNow(
        subject.iteration,
        question.part,
        subject.trainer.parts,
        place,
        samples,
        number_of_row(subject, question.part, place),
        data.task,
        layers,
        unit_sum(opened, data.input_titles, (layer, unit)) if layer > 0 else None,
        data.class_names[:_MOST_OUTPUTS],
        in_units(y[:, place : place + 1])[:_MOST_OUTPUTS, 0].astype(np.float32),
        in_units(y_hat)[:_MOST_OUTPUTS, 0].astype(np.float32),
        data.before_terms is not None,
        subject.standardised,
        name_of_sample(subject, question.part, place),
        is_dense,
        (layer, unit),
        (False, *(has_sum(each.layer) for each in opened)),
        question.opened,
    )


def propagated(network: Network, x: NDArray[Any]) -> ForwardPass:
    """Return a forward pass of samples, (features, samples), that keeps every layer's z."""
    forward = ForwardPass(network.layers, network.parameters, network.input_size, x.shape[1], keeps_z=True)
    np.copyto(forward.x, x, casting="same_kind")
    with ThreadLimit(), np.errstate(all="ignore"):  # a diverged network may be inspected too
        run_quietly(forward.forward)
    return forward


def largest_units(network: Network, layer: int, most: int, chosen: int | None = None) -> NDArray[np.int64]:
    """Return the places of the units of a layer with the largest weights, rising.

    The weights of a unit are those to the next layer, of the output layer those from the layer before; their norms are
    compared.

    Parameters
    ----------
    network : Network
    layer : int
        0 has the inputs.
    most : int
        Largest number of units.
    chosen : int, optional
        A unit that is always among them.

    Returns
    -------
    ndarray of int64
    """
    size = network.sizes[layer]
    if size <= most:
        return np.arange(size)
    last = layer == len(network.layers)
    weights = network.layers[layer - 1].W.T if last else network.layers[layer].W
    return _largest(weights, most, chosen)


def _largest(weights: NDArray[Any], most: int, chosen: int | None) -> NDArray[np.int64]:
    """Return the places of the columns with the largest norms, rising; a chosen one is always among them."""
    norms = np.linalg.norm(np.nan_to_num(weights).astype(np.float64), axis=0)
    if chosen is not None:
        norms[chosen] = np.inf
    return np.sort(np.argsort(-norms, kind="stable")[: max(1, most)]).astype(np.int64)


def _layers_of_channels(
    layers: Sequence[ChannelLayer],
    names: tuple[Sequence[str], Sequence[str]],
    chosen: tuple[int, int],
    rows: int,
) -> tuple[LayerFlow, ...]:
    """Return the units of layers of all kinds; of more units than fit, those with the largest weights."""
    sent: list[LayerFlow] = []
    for place, (layer, units) in enumerate(zip(layers, _units_of_channels(layers, chosen, rows), strict=True)):
        last = place == len(layers) - 1
        ends = names[1] if last else names[0] if place == 0 and layer.places == 1 else ()
        W = layer.links[np.ix_(units, sent[-1].units)] if sent else np.zeros((0, 0))
        own_names = tuple(ends[unit] for unit in units.tolist()) if ends else ()
        a = layer.a[units].astype(np.float32)
        entered, scales, shifts = (
            tuple(values[units].tolist()) if values.size else ()
            for values in (layer.entered, layer.scales, layer.shifts)
        )
        ways = layer.places, layer.number, layer.added, entered, scales, shifts
        sent.append(LayerFlow(layer.title, len(layer.a), units, own_names, a, W.astype(np.float32), *ways))
    return tuple(sent)


def _units_of_channels(layers: Sequence[ChannelLayer], chosen: tuple[int, int], rows: int) -> list[NDArray[np.int64]]:
    """Return the units of each layer to send; layers that pass units on have the same ones as the layer before."""
    units: list[NDArray[np.int64]] = []
    first = 0
    while first < len(layers):
        after = first + 1
        while after < len(layers) and layers[after].passes:
            after += 1
        size = len(layers[first].a)
        own = np.arange(size, dtype=np.int64)
        if size > rows:
            weights = layers[after].links if after < len(layers) else layers[first].links.T
            own = _largest(weights, (rows + 1) // 2, chosen[1] if first <= chosen[0] < after else None)
        units += [own] * (after - first)
        first = after
    return units


def _layers(
    network: Network,
    opened: Sequence[OpenLayer],
    names: tuple[Sequence[str], Sequence[str]],
    chosen: tuple[int, int],
    rows: int,
) -> tuple[LayerFlow, ...]:
    layers: list[LayerFlow] = []
    before = np.zeros(0, np.int64)
    for place, size in enumerate(network.sizes):
        most = rows if size <= rows else (rows + 1) // 2
        units = largest_units(network, place, most, chosen[1] if chosen[0] == place else None)
        ends = names[0] if place == 0 else names[1] if place == len(network.layers) else ()
        W = network.layers[place - 1].W[np.ix_(units, before)] if place else np.zeros((0, 0))
        layers.append(
            LayerFlow(
                network.layers[place - 1].activation_function.name if place else "in",
                size,
                units,
                tuple(ends[unit] for unit in units) if ends else (),
                (opened[place - 1].outputs if place else opened[0].inputs)[units].astype(np.float32),
                W.astype(np.float32),
                number=str(place) if place else "",
                added=opened[place - 1].added if place else -1,
            )
        )
        before = units
    return tuple(layers)
