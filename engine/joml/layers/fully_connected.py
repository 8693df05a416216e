"""The check that a network has fully connected layers alone, with the error that names another layer."""

from __future__ import annotations

from collections.abc import Sequence

from joml.layer import Layer
from joml.layers.base_layer import BaseLayer


def require_fully_connected(layers: Sequence[BaseLayer], what: str) -> tuple[Layer, ...]:
    """Return the layers if all are fully connected.

    Parameters
    ----------
    layers : sequence of BaseLayer
    what : str
        What is asked of the network, for the message.

    Returns
    -------
    tuple of Layer

    Raises
    ------
    ValueError
        A layer is of another kind; the message names it.
    """
    for place, layer in enumerate(layers, start=1):
        if not isinstance(layer, Layer):
            raise ValueError(f"{what}: there for fully connected layers alone, and layer {place} is {layer!r}")
    return tuple(layer for layer in layers if isinstance(layer, Layer))
