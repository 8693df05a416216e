"""Question: the single layer that is equivalent to a stack of linear layers."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Network
from joml.analysis.equivalence import NotLinearError, collapse, fully_connected_end


class Collapsing(Struct, frozen=True, tag=True):
    """A request for the single layer that is equivalent to a linear network.

    Attributes
    ----------
    units, inputs : int
        Largest numbers of units and inputs to send.
    """

    units: int = 128
    inputs: int = 128


class Collapsed(Struct, frozen=True, tag=True):
    """A network of linear layers, and its equivalent single layer.

    Attributes
    ----------
    iteration : int
    shapes : tuple of (int, int)
        Of W_1 .. W_L.
    residuals : tuple of int
        Number of layers in the residual block that ends in each layer; 0 for none.
    output_activation : str
        Activation function of the single layer and of the last layer.
    W : (units, inputs) array
        W_L ... W_1, cut to the requested size.
    b : (units,) array
    largest_difference : float
        Between the outputs of both networks, relative to the largest output.
    samples : int
        Number of random inputs compared.
    example_x : (inputs,) array
        One random input, also cut.
    example_deep, example_single : (units,) arrays
        y_hat of this input from both networks.
    layers_before : int
        The number of layers before those that are collapsed, of a network that has layers of other kinds.
    input_layer : str
        The last of them, as the architecture has it; empty for none.
    """

    iteration: int
    shapes: tuple[tuple[int, int], ...]
    residuals: tuple[int, ...]
    output_activation: str
    W: NDArray[np.float32]
    b: NDArray[np.float32]
    largest_difference: float
    samples: int
    example_x: NDArray[np.float32]
    example_deep: NDArray[np.float32]
    example_single: NDArray[np.float32]
    layers_before: int = 0
    input_layer: str = ""


def answer(question: Collapsing, network: Network, iteration: int) -> Collapsed:
    """Collapse the network after an iteration, and compare the two; needs no data.

    Of a network with layers of other kinds, the fully connected layers at its end are collapsed.

    Raises
    ------
    ValueError
        A hidden layer is not linear, or a number is not finite; the message says which, and what to do.
    """
    if not np.isfinite(network.parameters.theta).all():
        raise ValueError("this network has weights that are not finite: train it with a smaller learning rate")
    try:
        end = fully_connected_end(network)
        before = len(network.layers) - len(end.layers)
        collapsed = collapse(end)
    except NotLinearError as error:
        raise ValueError(str(error)) from error
    layer = collapsed.network.output_layer
    x = np.random.default_rng(1).standard_normal(end.input_size).astype(network.dtype)
    return Collapsed(
        iteration,
        tuple(layer.W.shape for layer in end.layers),
        tuple(layer.residual for layer in end.layers),
        layer.activation_function.name,
        layer.W[: question.units, : question.inputs].copy(),
        layer.b[: question.units].copy(),
        collapsed.largest_difference,
        collapsed.samples,
        x[: question.inputs],
        end.predict(x)[: question.units],
        collapsed.network.predict(x)[: question.units],
        before,
        network.layers[before - 1].notation if before else "",
    )
