"""Equivalence: a stack of linear layers is one linear layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from joml.activations import Identity
from joml.layer import Layer
from joml.layers.base_layer import features_of
from joml.layers.fully_connected import require_fully_connected
from joml.network import Network

#: Number of random inputs on which the two networks are compared.
_PROOFS = 1_000


class NotLinearError(ValueError):
    """A network cannot be collapsed; the message names the layer that is not linear."""


@dataclass(frozen=True, slots=True)
class Collapse:
    """A network without hidden layers whose outputs equal those of a deeper one.

    Attributes
    ----------
    network : Network
        Of one layer: W = W_L ... W_1, b = b_L + W_L b_(L-1) + ... + W_L ... W_2 b_1.
    largest_difference : float
        The largest difference between the outputs of the two networks on these samples, relative to the largest output.
    samples : int
        Number of samples compared.
    """

    network: Network
    largest_difference: float
    samples: int


def fully_connected_end(network: Network) -> Network:
    """Return a copy of the fully connected layers at the end of a network, as a network of their own.

    Parameters
    ----------
    network : Network
        It may have layers of other kinds before them.

    Returns
    -------
    Network
        Its inputs are the outputs of the last layer of another kind, as features. A network of fully connected layers
        alone gives a copy of all of them.

    Raises
    ------
    NotLinearError
        One of them before the output layer is not linear, or the output layer alone is there.
    """
    first = max(
        (place for place, layer in enumerate(network.layers, start=1) if not isinstance(layer, Layer)), default=0
    )
    layers: list[Layer] = [layer for layer in network.layers[first:] if isinstance(layer, Layer)]
    if first and len(layers) == 1:
        raise NotLinearError(
            f"{network.name} has one fully connected layer after {network.layers[first - 1].notation}, its output "
            "layer: two or more at the end are needed to be one layer"
        )
    _require_linear(layers, network.name, first)
    end = Network(features_of(network.shapes[first]), network.name, network.seed, network.dtype)
    for layer in layers[:-1]:
        end.stack(layer.unbound())
    output: Layer = network.output_layer.unbound()
    end.output(output)  # type: ignore[arg-type]
    for own, copied in zip(layers, end.layers, strict=True):
        for name in own.weight_names:
            setattr(copied, name, getattr(own, name))
    return end


def collapse(network: Network, *, samples: int = _PROOFS, seed: int = 0) -> Collapse:
    """Collapse a stack of identity layers into the one equivalent layer, and compare the two networks.

    The output layer keeps its activation and cost function; everything before them is one affine map.

    Parameters
    ----------
    network : Network
        A network whose hidden layers all have the activation function Identity; it is not changed.
    samples : int, default 1000
        Random inputs to compare on.
    seed : int, default 0
        Decides these inputs.

    Returns
    -------
    Collapse

    Raises
    ------
    NotLinearError
        Some hidden layer has another activation function.

    References
    ----------
    The article's bonus track, "Equivalence of two Neural Networks".
    """
    network.parameters  # noqa: B018  # raises where there are none yet
    _require_linear(_fully_connected(network), network.name)
    single = _one_layer(network)
    x = np.random.default_rng(seed).standard_normal((network.input_size, samples))
    expected = network.predict(x)
    scale = float(np.abs(expected).max()) or 1.0
    return Collapse(single, float(np.abs(single.predict(x) - expected).max()) / scale, samples)


def _require_linear(layers: Sequence[Layer], name: str, before: int = 0) -> None:
    """Raise NotLinearError if a layer except the last one, of those after so many others, is not linear."""
    for place, layer in enumerate(layers[:-1], start=before + 1):
        if layer.normalised:
            raise NotLinearError(
                f"layer {place} of {name} is not linear, it normalises its units for each sample: only a network of "
                "Identity layers that are not normalised is one layer"
            )
        if not isinstance(layer.activation_function, Identity):
            raise NotLinearError(
                f"layer {place} of {name} is not linear, its activation function is {layer.activation_function!r}: "
                "only a network of Identity layers is one layer"
            )


def _fully_connected(network: Network) -> tuple[Layer, ...]:
    try:
        return require_fully_connected(network.layers, "the equivalent layer")
    except ValueError as error:
        raise NotLinearError(str(error)) from None


def _one_layer(network: Network) -> Network:
    # Every layer's output is an affine map of the inputs; a residual block adds the map of the layer it starts from.
    maps = [(np.eye(network.input_size), np.zeros(network.input_size))]
    for layer in _fully_connected(network):
        W, b = maps[-1]
        weights = layer.W.astype(np.float64)
        W, b = weights @ W, weights @ b + layer.b
        if layer.residual:
            W, b = W + maps[-layer.residual][0], b + maps[-layer.residual][1]
        maps.append((W, b))
    W, b = maps[-1]
    single = Network(network.input_size, f"{network.name}, collapsed", network.seed, network.dtype)
    output: Layer = network.output_layer.unbound()
    single.output(output)  # type: ignore[arg-type]
    output.W, output.b = W, b
    return single
