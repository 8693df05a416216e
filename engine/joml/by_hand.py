"""One layer's share of a training step, for training loops written by hand as in the original library.

A trainer computes all layers at once with prepared calls. Here each layer does its part alone, with the same functions
on the same W and b: the numbers agree up to rounding, and it takes longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from joml.array_types import Array, Calls
from joml.optimizers.adaptive import Adam
from joml.optimizers.base import BoundOptimizer
from joml.optimizers.frozen import optimizer_of
from joml.validation import numbers

if TYPE_CHECKING:
    from joml.layer import Layer, OutputLayer

#: The article's optimizer, which ``Network.train`` uses by default.
RATE = 0.002


def forward(layer: Layer, inputs: ArrayLike, *, persist: bool) -> Array:
    """Return sigma(W a + b) for inputs a, (previous size, samples) or (previous size,) for one sample.

    With ``persist``, the layer keeps the inputs, z and a.

    Raises
    ------
    ValueError
        The inputs have another shape.
    RuntimeError
        The layer has no parameters yet, or is more than sigma(W a + b).
    """
    _require_plain(layer)
    a_before = _columns(layer, inputs, layer.dims[1], "inputs")
    with np.errstate(all="ignore"):
        z = layer.W @ a_before + layer.b[:, np.newaxis]
        a = np.empty_like(z)
        _run(layer.activation_function.forward_calls(z, a))
    if persist:
        layer.forget()
        layer.a_lm1, layer.z_l, layer.a_l = a_before.copy(), z, a.copy()
    return a[:, 0] if np.ndim(inputs) == 1 else a


def back(layer: Layer, gradient: ArrayLike) -> tuple[Array, Array]:
    """Return W^T delta and delta of a hidden layer from each sample's gradient with respect to a, (size, samples).

    Raises
    ------
    ValueError
        The gradient has another shape than the layer's z.
    RuntimeError
        The layer keeps no z: ``forward`` with ``persist`` comes first.
    """
    z, a = _persisted(layer)
    delta = _like(layer, gradient, z, "W_T_lp1").copy()
    with np.errstate(all="ignore"):
        slope = np.empty_like(z)
        _run(layer.activation_function.slope_calls(z, a, slope))
        _run(layer.activation_function.backward_calls(a, slope, delta))
    return _propagated(layer, delta, one=np.ndim(gradient) == 1)


def back_from(layer: OutputLayer, y: ArrayLike) -> tuple[Array, Array]:
    """Return W^T delta and delta of an output layer, of each sample's cost against y, (size, samples).

    Raises
    ------
    ValueError
        y has another shape than the layer's z, or the cost is not defined for it.
    RuntimeError
        The layer keeps no z: ``forward`` with ``persist`` comes first.
    """
    z, _ = _persisted(layer)
    targets = _like(layer, y, z, "y")
    layer.require_targets(targets)
    a, delta = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        _run(layer.delta_calls(z, a, targets, delta))
        delta *= delta.dtype.type(z.shape[1])  # of each sample's cost; a trainer uses the mean cost
    return _propagated(layer, delta, one=np.ndim(y) == 1)


def mean_gradients(layer: Layer) -> tuple[Array, Array]:
    """Return dW and db, the means over the samples whose inputs and delta the layer keeps.

    Raises
    ------
    RuntimeError
        The layer keeps no inputs and delta.
    """
    if layer.a_lm1 is None or layer.delta_l is None:
        raise RuntimeError(
            f"{layer!r} keeps no delta yet: gradients follow forward_propagate(inputs) and back_propagate(...), "
            "or a training step with persist=True"
        )
    samples = layer.a_lm1.shape[-1]
    d_W: Array = layer.delta_l @ layer.a_lm1.swapaxes(-1, -2) / samples
    d_b: Array = layer.delta_l.sum(axis=-1) / samples
    return d_W, d_b


def update(layer: Layer, rule: BoundOptimizer, gradient: Array, learning_rate: float | None) -> None:
    """Update the layer's W and b with the rule, after writing the mean gradients into gradient, [dW | db].

    A learning_rate stays set from now on; None keeps the rule's.

    Raises
    ------
    RuntimeError
        The layer keeps no delta, or those of replicas.
    """
    d_W, d_b = mean_gradients(layer)
    _require_one(layer, d_W)
    gradient[:, :-1], gradient[:, -1] = d_W, d_b
    if learning_rate is not None:
        rule.learning_rate = learning_rate
    with np.errstate(all="ignore"):
        _run(rule.calls)


def rule_of(layer: Layer, gradient: Array) -> BoundOptimizer:
    """Return the rule that moves a layer's W and b by gradient, [dW | db]: its own optimizer's, or the article's.

    Raises
    ------
    RuntimeError
        The layer has no parameters yet, or is more than sigma(W a + b).
    """
    _require_plain(layer)
    return (optimizer_of(layer) or Adam(learning_rate=RATE)).bind(layer.block.reshape(-1), gradient.reshape(-1))


def _require_plain(layer: Layer) -> None:
    if layer.normalised or layer.branches:
        raise RuntimeError(
            f"{layer!r} is more than sigma(W a + b), which is all that a layer computes by itself: "
            "joml.analysis.five_steps.FiveSteps(network, x, y) takes such a network through a step"
        )


def _persisted(layer: Layer) -> tuple[Array, Array]:
    _require_plain(layer)
    if layer.z_l is None or layer.a_l is None:
        raise RuntimeError(f"{layer!r} keeps no z yet: forward_propagate(inputs) comes before back_propagate(...)")
    _require_one(layer, layer.z_l)
    return layer.z_l, layer.a_l


def _require_one(layer: Layer, kept: Array) -> None:
    if kept.ndim != 2:
        raise RuntimeError(
            f"{layer!r} keeps the step of {len(kept)} replicas, which have layers of their own: "
            "forward_propagate(inputs) keeps that of this one"
        )


def _propagated(layer: Layer, delta: Array, *, one: bool) -> tuple[Array, Array]:
    layer.delta_l = delta
    before = layer.W.T @ delta
    return (before[:, 0], delta[:, 0]) if one else (before, delta)


def _like(layer: Layer, values: ArrayLike, z: Array, name: str) -> Array:
    """Return values as columns, as many as z has."""
    columns = _columns(layer, values, layer.size, name)
    if columns.shape != z.shape:
        raise ValueError(f"{name} has {columns.shape[1]} samples, and {layer!r} keeps a z of {z.shape[1]}")
    return columns


def _columns(layer: Layer, values: ArrayLike, rows: int, name: str) -> Array:
    """Return values as (rows, samples) of the layer's type, where a vector is one sample."""
    array = numbers(values, name, layer.block.dtype)
    columns = array[:, np.newaxis] if array.ndim == 1 else array
    if columns.ndim != 2 or len(columns) != rows or not columns.shape[1]:
        hint = "; samples are columns, so try its transpose" if columns.shape[1:] == (rows,) else ""
        raise ValueError(f"{name} of {layer!r} has the shape ({rows}, samples), got {array.shape}{hint}")
    return columns


def _run(calls: Calls) -> None:
    for call in calls:
        call()
