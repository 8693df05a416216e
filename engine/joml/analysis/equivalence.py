"""Equivalence: a stack of linear layers is one linear layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from joml.activations import Identity
from joml.layer import Layer
from joml.network import Network

#: Random inputs that the two networks are compared on.
_PROOFS = 1_000


class NotLinearError(ValueError):
    """A network cannot be collapsed; says which layer is not linear."""


@dataclass(frozen=True, slots=True)
class Collapse:
    """A network without hidden layers that gives what a deeper one gives.

    Attributes
    ----------
    network : Network
        Of one layer: W = W_L ... W_1, b = b_L + W_L b_(L-1) + ... + W_L ... W_2 b_1.
    largest_difference : float
        Between the outputs of both networks over the samples they were compared on, relative to the largest output.
    samples : int
        How many samples that were.
    """

    network: Network
    largest_difference: float
    samples: int


def collapse(network: Network, *, samples: int = _PROOFS, seed: int = 0) -> Collapse:
    """Turn a stack of identity layers into the one layer that is equivalent, and compare the two.

    The output layer keeps its activation and cost function: it is what comes before them that is one affine map.

    Parameters
    ----------
    network : Network
        Its hidden layers' activation functions are all Identity; it stays as it is.
    samples : int, default 1000
        Random inputs to compare on.
    seed : int, default 0
        Decides them.

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
    for place, layer in enumerate(network.layers[:-1], start=1):
        if layer.normalised:
            raise NotLinearError(
                f"layer {place} of {network.name} is not linear, it normalises its units for each sample: only a "
                "network of Identity layers that are not normalised is one layer"
            )
        if not isinstance(layer.activation_function, Identity):
            raise NotLinearError(
                f"layer {place} of {network.name} is not linear, its activation function is "
                f"{layer.activation_function!r}: only a network of Identity layers is one layer"
            )
    single = _one_layer(network)
    x = np.random.default_rng(seed).standard_normal((network.input_size, samples))
    expected = network.predict(x)
    scale = float(np.abs(expected).max()) or 1.0
    return Collapse(single, float(np.abs(single.predict(x) - expected).max()) / scale, samples)


def _one_layer(network: Network) -> Network:
    # What every layer gives is an affine map of the inputs; a residual block adds that of the layer it starts from.
    maps = [(np.eye(network.input_size), np.zeros(network.input_size))]
    for layer in network.layers:
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
