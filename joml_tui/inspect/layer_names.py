"""The layers of a network as short names for panels and tables."""

from __future__ import annotations

from joml import Layer, Network
from joml.layers.base_layer import BaseLayer, Shape, shape_text


def layer_name(layer: BaseLayer, shape: Shape) -> str:
    """Return the name of a layer, after which a sample has this shape.

    Parameters
    ----------
    layer : BaseLayer
    shape : tuple of int

    Returns
    -------
    str
        Size and activation function of a fully connected layer, such as "28 relu"; of other layers the shape, and the
        layer as the architecture has it, such as "4x6x6 c4k3".
    """
    if isinstance(layer, Layer):
        return f"{layer.size} {layer.activation_function.name}"
    return f"{shape_text(shape)} {layer.notation}"


def layer_names(network: Network) -> tuple[str, ...]:
    """Return the names of a network's layers, the output layer last.

    Parameters
    ----------
    network : Network

    Returns
    -------
    tuple of str
        As of `layer_name`.
    """
    return tuple(layer_name(layer, shape) for layer, shape in zip(network.layers, network.shapes[1:], strict=True))
