"""The layers of a network as short names for panels and tables."""

from __future__ import annotations

from joml import Layer, Network
from joml.layers.base_layer import shape_text


def layer_names(network: Network) -> tuple[str, ...]:
    """Return the names of a network's layers, the output layer last.

    Parameters
    ----------
    network : Network

    Returns
    -------
    tuple of str
        Size and activation function of a fully connected layer, such as "28 relu"; of other layers the shape of a
        sample after it, and the layer as the architecture has it, such as "4x6x6 c4k3".
    """
    return tuple(
        f"{layer.size} {layer.activation_function.name}"
        if isinstance(layer, Layer)
        else f"{shape_text(shape)} {layer.notation}"
        for layer, shape in zip(network.layers, network.shapes[1:], strict=True)
    )
