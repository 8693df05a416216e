"""Layers that treat every number alike: an activation function alone, and dropout."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import numpy as np

from joml.activations import ActivationFunction
from joml.array_types import Calls
from joml.declaration import Setting, declare
from joml.dropout import Dropout as Masks
from joml.layers.activation_calls import ActivationCalls, require_activation
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, copied
from joml.validation import number


@declare("layer", "activation", "An activation function alone", "a = sigma(a_before)", label="activation")
class Activation(BaseLayer):
    """An activation function alone, as after a batch normalisation: a = sigma(a_previous).

    Parameters
    ----------
    activation_function : ActivationFunction
    name : str, default ""
        Name of the layer.

    Raises
    ------
    ValueError
        It is not an elementwise activation function.
    """

    activation_function: ActivationFunction

    setting_names = ("activation_function",)

    def __init__(self, activation_function: ActivationFunction, *, name: str = "") -> None:
        super().__init__(name=name)
        self.activation_function = require_activation(activation_function, "an activation's activation_function")

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: its function's name."""
        return self.activation_function.name.replace("-", "")

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers."""
        function = ActivationCalls(self.activation_function, buffers.outputs)
        forward: Calls = (partial(np.copyto, function.z, buffers.inputs), *function.forward())
        if buffers.delta is None or buffers.input_delta is None:
            return LayerCalls(forward, sides=function.sides)
        backward: Calls = (*function.backward(buffers.delta), partial(np.copyto, buffers.input_delta, buffers.delta))
        return LayerCalls(forward, backward, sides=function.sides)


@declare("layer", "dropout", "Numbers are set to 0 at random in training, the others scaled", label="dropout")
class Dropout(BaseLayer):
    """Numbers are set to 0 at random in training, anew for every sample and iteration; the others are scaled.

    Parameters
    ----------
    share : float
        Share of the numbers that are set to 0, from 0 to below 1; the others are scaled by 1 / (1 - share).
    name : str, default ""
        Name of the layer.

    Raises
    ------
    ValueError
        The share is not a number from 0 to below 1.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout, 2014.
    """

    share: float

    setting_names = ("share",)

    def __init__(
        self,
        share: Annotated[float, Setting("Share of the numbers that are set to 0", at_least=0, below=1)],
        *,
        name: str = "",
    ) -> None:
        super().__init__(name=name)
        self.share = number(share, "a dropout's share", 0, 1)

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``d0.2``."""
        return f"d{np.format_float_positional(self.share, trim='-')}"

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers; without a generator nothing is dropped."""
        if buffers.generator is None or not self.share:
            return copied(buffers)
        masks = Masks(self.share, buffers.outputs, [buffers.generator])
        dropped: Calls = (*masks.calls, partial(np.multiply, buffers.inputs, masks.mask, buffers.outputs))
        if buffers.delta is None or buffers.input_delta is None:
            return LayerCalls(dropped)
        return LayerCalls(dropped, (partial(np.multiply, buffers.delta, masks.mask, buffers.input_delta),))
