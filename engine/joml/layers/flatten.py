"""Flatten: an image becomes its features."""

from __future__ import annotations

from joml.declaration import declare
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, Shape, copied, features_of


@declare("layer", "flatten", "An image becomes its features, channel by channel and row by row", label="flatten")
class Flatten(BaseLayer):
    """The features of an image one after the other: channel by channel, row by row.

    A fully connected layer takes all features of an image in this order anyway, so that Flatten only says so.

    Parameters
    ----------
    name : str, default ""
        Name of the layer.
    """

    def __init__(self, *, name: str = "") -> None:
        super().__init__(name=name)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (features,), for samples of input_shape."""
        return (features_of(input_shape),)

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``f``."""
        return "f"

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers: copies."""
        return copied(buffers)
