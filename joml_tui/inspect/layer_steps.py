"""The next mini-batch in a network with layers of all kinds, layer by layer: values, parameters, gradients, update."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import (
    Activation,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    Dropout,
    Flatten,
    GlobalAveragePooling,
    Layer,
    LayerNormalisation,
    MaxPooling2D,
    Network,
    Residual,
)
from joml.compiled.dense_run import DenseRun
from joml.compiled.passes import TrainingPass, run_quietly
from joml.compiled.segments import Segment
from joml.layer_normalisation import EPSILON
from joml.layers.base_layer import BaseLayer, Shape
from joml_tui.inspect.layer_names import layer_names
from joml_tui.inspect.step_numbers import NOTHING, LayerStep, RuleTaken, StepTaken, cost_gradient, sent
from joml_tui.inspect.training_context import TrainingContext

_Array = NDArray[np.float32]

#: Most samples, units and inputs of a layer, and numbers of a layer, to send.
_SAMPLES, _UNITS, _INPUTS, _NUMBERS = 4, 32, 128, 200_000

#: Numbers of a layer that the pages on the cost do not show, or that an output layer does not have.
_OF_OTHERS = (
    *("n", "mean", "deviation", "gamma", "beta", "mask", "skipped", "received", "carried"),
    *("dW", "W_after", "db", "b_after"),
)
#: The kinds of layers that are explained by their own equations.
_KINDS: dict[type[BaseLayer], str] = {
    Convolution2D: "convolution",
    MaxPooling2D: "max-pooling",
    AveragePooling2D: "average-pooling",
    GlobalAveragePooling: "global-average-pooling",
    BatchNormalisation: "batch-normalisation",
    LayerNormalisation: "layer-normalisation",
    Residual: "residual",
    Dropout: "dropout",
    Activation: "activation",
    Flatten: "flatten",
}


class Moved(Struct, frozen=True):
    """Parameters with their gradient and their values after the update; empty where a layer has none.

    Attributes
    ----------
    before, gradient, after : arrays of one shape
    """

    before: _Array
    gradient: _Array
    after: _Array


class LayerNumbers(Struct, frozen=True):
    """The numbers of one layer in the step.

    Values have the shape (units, rows, columns, samples): the units of images are their channels, others have one row
    and one column. Of many units and samples the first ones are sent.

    Attributes
    ----------
    name : str
        As of `layer_names`.
    kind : str
        "convolution", "fully-connected" and so on, or "other".
    activation : str
        The name of its activation function; empty without one.
    shape_before, shape_after : tuples of int
        The shapes of a sample.
    kernel : tuple of int
        Height and width of a window; empty for layers without windows.
    stride, padding : int
    before, z, after, delta : (units, rows, columns, samples) arrays
        What comes in, what the activation function gets, what comes out, and the gradient of the cost with respect to
        z. z and delta are empty where they are not explained.
    W : Moved
        Weights, (units, channels before, rows, columns); of fully connected layers with one row and one column.
    b, gamma, beta : Moved
    mean, deviation : arrays
        Of a batch normalisation of each unit over the mini-batch, of a layer normalisation of each sample. The
        deviation is the root of variance and epsilon.
    running : (2, units) array
        The running mean of each unit before and after the step.
    momentum : float
        The share of the mini-batch in it.
    plain : bool
        Whether the outputs are sigma(z), without normalisation, dropout or a residual block.
    """

    name: str
    kind: str
    activation: str
    shape_before: tuple[int, ...]
    shape_after: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: int
    padding: int
    before: _Array
    z: _Array
    after: _Array
    delta: _Array
    W: Moved
    b: Moved
    gamma: Moved
    beta: Moved
    mean: _Array
    deviation: _Array
    running: _Array
    momentum: float
    plain: bool


class LayersTaken(Struct, frozen=True, tag=True):
    """One mini-batch through a network with layers of all kinds.

    Attributes
    ----------
    iteration : int
        The number of this iteration.
    samples : int
        Number of samples in the mini-batch; fewer are sent.
    layers : tuple of LayerNumbers
        The output layer last.
    output : StepTaken
        The cost, and the numbers of the output layer alone.
    """

    iteration: int
    samples: int
    layers: tuple[LayerNumbers, ...]
    output: StepTaken


def take_layers(subject: TrainingContext) -> LayersTaken:
    """Do the next iteration on a copy of the training, and return its numbers layer by layer.

    Raises
    ------
    ValueError
        The training has replicas, or an update follows several mini-batches.
    """
    twin = subject.trainer.fork(tests=False, averaged=False)
    step, rule, _ = twin.prepare_step()
    network = twin.network
    running = [_running(layer) for layer in network.layers]
    with np.errstate(all="ignore"):  # a diverged network may be inspected too
        run_quietly(step.forward)
        z = [segment_z for segment in step.segments for segment_z in _z_of(segment)]
        run_quietly(step.output)
        output = _output_of(subject, network, step)
        run_quietly((*step.backward, *step.gradients))
        before = [_parameters(layer) for layer in network.layers]
        gradients = [dict(views) for views in network.parameters.gradient_views]
        run_quietly(rule.calls)
        values = _values(network, step, [*z, step.z])
        layers = []
        for place, (layer, name) in enumerate(zip(network.layers, layer_names(network), strict=True)):
            moved = _moved(layer, before[place], gradients[place], network.shapes[place])
            shapes = network.shapes[place : place + 2]
            layers.append(_numbers(layer, name, shapes, values[place], before[place], moved, running[place]))
    return LayersTaken(subject.trainer.iteration + 1, step.samples, tuple(layers), output)


def _output_of(subject: TrainingContext, network: Network, step: TrainingPass) -> StepTaken:
    """Return the cost of a mini-batch, and the numbers of its output layer before the update."""
    layer, experiment = network.output_layer, subject.experiment
    plain, y = layer.costs(step.z, step.y), layer.targets(step.y)
    costs = step.weighted(plain)
    function = layer.activation_function
    slope = None if function.name == "softmax" else function.der(step.z)[:_INPUTS, :_SAMPLES]
    a_before, z, a, delta = (
        sent(values[:_INPUTS, :_SAMPLES])
        for values in (step.segments[-1].activations[-1], step.z, step.y_hat, step.output_delta)
    )
    W, b = sent(layer.W[:_INPUTS, :_INPUTS]), sent(layer.b[:_INPUTS])
    rule = RuleTaken(experiment.output.optimizer or experiment.optimizer, 0.0, 0, 1.0, "")
    numbers = LayerStep(
        size=layer.size,
        inputs=layer.W.shape[1],
        activation=function.name,
        dropout=0.0,
        normalised=False,
        residual=0,
        z=z,
        a=a,
        delta=delta,
        **dict.fromkeys(_OF_OTHERS, NOTHING),
        slope=sent(slope),
        W=W,
        b=b,
        rule=rule,
        memory={},
        memory_after={},
    )
    return StepTaken(
        subject.trainer.iteration + 1,
        step.samples,
        a_before,
        sent(y[:_INPUTS, :_SAMPLES]),
        layer.cost_function.name,
        sent(costs[:_SAMPLES]),
        sent((costs / plain)[:_SAMPLES]) if experiment.class_weights != "none" else NOTHING,
        float(np.mean(costs, dtype=np.float64)),
        sent(cost_gradient(layer, step.y_hat, y)[:_INPUTS, :_SAMPLES]),
        (numbers,),
        standardised=subject.standardised,
        layers_before=len(network.layers) - 1,
    )


class _Values(Struct, frozen=True):
    """A layer's full values, (features, samples); z and delta are None where they are not explained."""

    before: NDArray[np.floating]
    after: NDArray[np.floating]
    z: NDArray[np.floating] | None
    delta: NDArray[np.floating] | None


def _z_of(segment: Segment) -> list[NDArray[np.floating] | None]:
    """Return copies of each layer's z after the forward calls, which those that follow may overwrite; None without."""
    if isinstance(segment, DenseRun):
        return [hidden.z.copy() for hidden in segment.hidden]
    return [None]


def _values(network: Network, step: TrainingPass, z: Sequence[NDArray[np.floating] | None]) -> list[_Values]:
    """Return the values of all layers, which have these z, after the calls of a pass."""
    values: list[_Values] = []
    before = step.x
    for segment in step.segments:
        if isinstance(segment, DenseRun):
            for hidden, delta in zip(segment.hidden, segment.deltas, strict=True):
                values.append(_Values(before, hidden.a, z[len(values)], delta))
                before = hidden.a
            continue
        layer, after = network.layers[len(values)], segment.activations[0]
        explained = isinstance(layer, Convolution2D)
        values.append(_Values(before, after, None, segment.output_delta[:-1] if explained else None))
        before = after
    values.append(_Values(before, step.y_hat, step.z, step.output_delta))
    return values


def _running(layer: BaseLayer) -> NDArray[np.floating]:
    return layer.running_mean.copy() if isinstance(layer, BatchNormalisation) else np.zeros(0)


_Parameters = dict[str, NDArray[np.floating]]


def _parameters(layer: BaseLayer) -> _Parameters:
    """Return copies of the parameters that are explained, by name."""
    explained = isinstance(layer, Layer | Convolution2D | BatchNormalisation | LayerNormalisation)
    return {name: getattr(layer, name).copy() for name in layer.weight_names} if explained else {}


def _moved(
    layer: BaseLayer, before: _Parameters, gradients: dict[str, NDArray[np.floating]], shape: Shape
) -> dict[str, Moved]:
    """Return the parameters that are explained with gradients and present values, cut to the size to send."""
    given: _Parameters = {}
    if "block" in gradients:
        given = {"W": gradients["block"][:, :-1], "b": gradients["block"][:, -1]}
    norm = gradients.get("norm", gradients.get("gamma_and_beta"))
    if norm is not None and len(norm):
        given |= {"gamma": norm[0], "beta": norm[1]}
    moved = {}
    for name, values in before.items():
        arrays = (values, given[name].reshape(values.shape), getattr(layer, name))
        moved[name] = Moved(*(_sent_parameters(array, layer, shape) for array in arrays))
    return moved


def _sent_parameters(values: NDArray[np.floating], layer: BaseLayer, shape: Shape) -> _Array:
    """Return parameters cut to the first units and inputs; W as (units, channels, rows, columns)."""
    if values.ndim == 1:
        if isinstance(layer, LayerNormalisation):  # a number for each feature: those of an image's places are left out
            values = values.reshape(shape[0], -1)[:, 0]
        return np.ascontiguousarray(values[:_UNITS], np.float32)
    if values.ndim == 2:
        return np.ascontiguousarray(values[:_UNITS, :_INPUTS, np.newaxis, np.newaxis], np.float32)
    return np.ascontiguousarray(values[:_UNITS, : _units_sent(shape, _UNITS)], np.float32)


def _numbers(
    layer: BaseLayer,
    name: str,
    shapes: tuple[Shape, ...],
    values: _Values,
    parameters: _Parameters,
    moved: dict[str, Moved],
    running: NDArray[np.floating],
) -> LayerNumbers:
    nothing = np.zeros(0, np.float32)
    without = Moved(nothing, nothing, nothing)
    kind = "fully-connected" if isinstance(layer, Layer) else _KINDS.get(type(layer), "other")
    windows: Any = layer if kind in ("convolution", "max-pooling", "average-pooling") else None
    flat = kind == "fully-connected"
    function = vars(layer).get("activation_function")
    mean, deviation = _moments(layer, values.before, shapes[0])
    return LayerNumbers(
        name,
        kind,
        getattr(function, "name", ""),
        shapes[0],
        shapes[1],
        () if windows is None else tuple(windows.kernel),
        1 if windows is None else int(windows.stride),
        int(windows.padding) if isinstance(layer, Convolution2D) else 0,
        _sent(values.before, (prod(shapes[0]),) if flat else shapes[0], _INPUTS if flat else _UNITS),
        _convolved(layer, parameters, values.before, shapes)
        if isinstance(layer, Convolution2D)
        else nothing
        if values.z is None
        else _sent(values.z, shapes[1]),
        _sent(values.after, shapes[1]),
        nothing if values.delta is None else _sent(values.delta, shapes[1]),
        moved.get("W", without),
        moved.get("b", without),
        moved.get("gamma", without),
        moved.get("beta", without),
        mean,
        deviation,
        np.stack([running, layer.running_mean])[:, :_UNITS].astype(np.float32)
        if isinstance(layer, BatchNormalisation)
        else nothing,
        layer.momentum if isinstance(layer, BatchNormalisation) else 0.0,
        not isinstance(layer, Layer) or not (layer.normalised or layer.branches),
    )


def _sent(values: NDArray[np.floating], shape: Shape, most: int = _UNITS) -> _Array:
    """Return values, (features, samples), as (units, rows, columns, samples), cut to the first units and samples."""
    units, rows, columns = shape if len(shape) == 3 else (*shape, 1, 1)
    shaped = values.reshape(units, rows, columns, values.shape[-1])
    return np.ascontiguousarray(shaped[: _units_sent(shape, most), ..., :_SAMPLES], np.float32)


def _units_sent(shape: Shape, most: int) -> int:
    """Return the number of units to send of values with this shape of a sample: fewer of large images."""
    return max(1, min(most, shape[0], _NUMBERS // (prod(shape[1:]) * _SAMPLES)))


def _moments(layer: BaseLayer, before: NDArray[np.floating], shape: Shape) -> tuple[_Array, _Array]:
    """Return the mean that a normalisation subtracts, and the deviation that it divides by; empty for other layers."""
    if isinstance(layer, BatchNormalisation):
        numbers, epsilon, axis = before.reshape(shape[0], -1)[:_UNITS], layer.epsilon, 1
    elif isinstance(layer, LayerNormalisation):
        numbers, epsilon, axis = before[:, :_SAMPLES], EPSILON, 0
    else:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    deviation = np.sqrt(numbers.var(axis=axis, dtype=np.float64) + epsilon)
    return numbers.mean(axis=axis, dtype=np.float64).astype(np.float32), deviation.astype(np.float32)


def _convolved(
    layer: Convolution2D, parameters: _Parameters, before: NDArray[np.floating], shapes: tuple[Shape, ...]
) -> _Array:
    """Return W * a + b of the units and samples to send, as a convolution keeps no z."""
    channels, height, width = shapes[0]
    units = _units_sent(shapes[1], _UNITS)
    image = before.reshape(channels, height, width, -1)[..., :_SAMPLES]
    border = (layer.padding, layer.padding)
    image = np.pad(image, ((0, 0), border, border, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(image, layer.kernel, (1, 2))
    windows = windows[:, :: layer.stride, :: layer.stride]
    z = np.einsum("uckl,cxyskl->uxys", parameters["W"][:units], windows, dtype=np.float64, optimize=True)
    return np.ascontiguousarray(z + parameters["b"][:units, np.newaxis, np.newaxis, np.newaxis], np.float32)
