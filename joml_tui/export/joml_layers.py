"""The layers of a network as source code for joml, and their weights as assignments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import joml
from joml import CrossEntropy, Network, OutputLayer, Residual, SoftMax
from joml.layers.base_layer import BaseLayer
from joml_tui.export.safe_files import ExportError
from joml_tui.export.source_lines import assigned


@dataclass(frozen=True, slots=True)
class JomlLayers:
    """The code that composes a network with joml.

    Attributes
    ----------
    imports : tuple of str
        The names that the code needs from joml.
    inputs : str
        The expression of the inputs: their number, or the shape of an image.
    stacked : tuple of str
        The lines that stack the hidden layers.
    output : str
        The expression of the output layer.
    """

    imports: tuple[str, ...]
    inputs: str
    stacked: tuple[str, ...]
    output: str


def joml_layers(network: Network) -> JomlLayers:
    """Return the code that composes a network with joml.

    Parameters
    ----------
    network : Network

    Returns
    -------
    JomlLayers

    Raises
    ------
    ExportError
        A layer, an activation function or the cost is of one's own; the message names it.
    """
    hidden, output = network.layers[:-1], network.output_layer
    _require_of_joml(hidden)
    _require_part_of_joml(output.activation_function, "an activation function")
    _require_part_of_joml(output.cost_function, "a cost")
    # A name that somebody has typed could become code.
    layers, last = [repr(layer.anonymous()) for layer in hidden], _output(output)
    shape = network.shapes[0]
    return JomlLayers(
        tuple(sorted({name for line in (*layers, last) for name in re.findall(r"(\w+)\(", line)} | {"Network"})),
        repr(shape if len(shape) > 1 else shape[0]),
        tuple(_stacked(layers)),
        last,
    )


def inlined_weights(network: Network) -> Iterator[str]:
    """Yield the lines that assign a network's weights, and what its layers keep besides."""
    for place, layer in enumerate(network.layers):
        yield from _weights(layer, f"network.layers[{place}]")


def _weights(layer: BaseLayer, target: str) -> Iterator[str]:
    if isinstance(layer, Residual):
        for place, each in enumerate(layer.layers):
            yield from _weights(each, f"{target}.layers[{place}]")
        return
    for name, values in layer.named_weights():
        yield from assigned(f"{target}.{name}", values)


def _require_of_joml(layers: Sequence[BaseLayer]) -> None:
    for layer in layers:
        _require_part_of_joml(layer, "a layer")
        _require_of_joml(getattr(layer, "layers", ()))
        if "activation_function" in vars(layer):
            _require_part_of_joml(vars(layer)["activation_function"], "an activation function")


def _require_part_of_joml(part: object, kind: str) -> None:
    if getattr(joml, type(part).__name__, None) is not type(part):
        raise ExportError(
            f"{part!r} is {kind} of your own, which a script that needs only joml cannot contain: write the weights as "
            "NPZ, and load them with joml.files.weights"
        )


def _output(layer: OutputLayer) -> str:
    cost = layer.cost_function
    if isinstance(layer.activation_function, SoftMax) and isinstance(cost, CrossEntropy) and not cost.smoothing:
        return f"SoftMaxCrossEntropyOutputLayer(size={layer.size})"
    return f"OutputLayer({layer.size}, {layer.activation_function!r}, {cost!r})"


def _stacked(layers: list[str]) -> Iterator[str]:
    for line, group in groupby(layers):
        count = len(list(group))
        if count > 2:
            yield f"for _ in range({count}):"
            yield f"    network.stack({line})"
        else:
            yield from [f"network.stack({line})"] * count
