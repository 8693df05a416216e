"""The next mini-batch in a network with layers of all kinds, layer by layer: values, parameters, gradients, update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    Embedding,
    Flatten,
    GlobalAveragePooling,
    Layer,
    LayerNormalisation,
    MaxPooling2D,
    Network,
    Residual,
)
from joml.analysis.layer_passages import LayerPassage, layer_passages
from joml.array_types import Calls
from joml.compiled.passes import TrainingPass, run_quietly
from joml.layer_normalisation import EPSILON
from joml.layers.base_layer import BaseLayer, Shape
from joml.training.accumulation import Gathered
from joml_tui.experiment import OptimizerSpec
from joml_tui.inspect.layer_names import layer_name
from joml_tui.inspect.step_numbers import (
    NOTHING,
    GatheredTaken,
    LayerStep,
    RuleTaken,
    StepTaken,
    cost_gradient,
    gathered_taken,
    sent,
)
from joml_tui.inspect.training_context import TrainingContext

_Array = NDArray[np.float32]

#: Most samples, units and inputs of a layer, and numbers of a layer, to send.
_SAMPLES, _UNITS, _INPUTS, _NUMBERS = 4, 32, 128, 200_000

#: Numbers of a layer that the pages on the cost do not show, or that an output layer does not have.
_OF_OTHERS = (
    *("n", "mean", "deviation", "gamma", "beta", "mask", "skipped", "received", "carried"),
    *("dW", "W_after", "db", "b_after", "gathered", "mean_gradient"),
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
    Embedding: "embedding",
}


class Moved(Struct, frozen=True):
    """Parameters with their gradient and their values after the update; empty where a layer has none.

    Attributes
    ----------
    before, gradient, after : arrays of one shape
    mean : array of this shape
        Where several mini-batches make an update, the mean gradient over those until now; else empty.
    """

    before: _Array
    gradient: _Array
    after: _Array
    mean: _Array


class LayerNumbers(Struct, frozen=True):
    """The numbers of one layer in the step.

    Values have the shape (units, rows, columns, samples): the units of images are their channels, others have one row
    and one column. Of many units and samples the first ones are sent.

    Attributes
    ----------
    number : str
        Its place among the layers from 1; of a layer of a block with its place there, such as "5.1".
    name : str
        As of `layer_name`.
    kind : str
        "convolution", "fully-connected" and so on, or "other".
    activation : str
        The name of its activation function; empty without one.
    shape_before, shape_after : tuples of int
        The shapes of a sample.
    kernel : tuple of int
        Height and width of a window; empty for layers without windows.
    stride, padding : int
    before, z, after : (units, rows, columns, samples) arrays
        What comes in, what the activation function gets, and what comes out. z is empty where it is not explained.
    received, delta : (units, rows, columns, samples) arrays
        The gradient of the cost with respect to what comes out, and with respect to z. They are one for layers other
        than fully connected ones and convolutions.
    slope, mask : (units, rows, columns, samples) arrays
        The activation function's slope, and the factors of a fully connected layer's own dropout; empty without them.
    W : Moved
        Weights, (units, channels before, rows, columns); of fully connected layers with one row and one column.
    b : Moved
    gamma, beta : Moved
        (units, rows, columns) of a layer normalisation of images, which has them for each place; else with one row and
        one column.
    mean, deviation : arrays
        Of a batch normalisation of each unit over the mini-batch, of a layer normalisation of each sample. The
        deviation is the root of variance and epsilon.
    running : (2, units) array
        The running mean of each unit before and after the step.
    momentum : float
        The share of the mini-batch in it.
    plain : bool
        Whether the outputs are sigma(z), without normalisation, dropout or a residual block.
    normalised : bool
        Whether a fully connected layer normalises z.
    columns : tuple of (int, int)
        Of an embedding the first indicator of each column of categories, from 0, and the number of its indicators.
    onward : (units after, units, rows, columns) array
        The weights by which a fully connected layer after this one multiplies what comes out; empty where none is.
    delta_means : (2, samples) array
        Of a layer normalisation the means over the features of gamma delta, and of gamma delta h.
    previous, following : int
        The places of the layer before it, and of the one whose rule gives ``received``; -1 where none is.
    carried : tuple of int
        The places of the layers at the end of a block that begins here: they hand on what they received as it is.
    frozen : bool
        Whether the layer, or a block around it, is frozen.
    """

    number: str
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
    received: _Array
    delta: _Array
    slope: _Array
    mask: _Array
    W: Moved
    b: Moved
    gamma: Moved
    beta: Moved
    mean: _Array
    deviation: _Array
    running: _Array
    momentum: float
    plain: bool
    normalised: bool
    columns: tuple[tuple[int, int], ...]
    onward: _Array
    delta_means: _Array
    previous: int
    following: int
    carried: tuple[int, ...]
    frozen: bool


class LayersTaken(Struct, frozen=True, tag=True):
    """One mini-batch through a network with layers of all kinds.

    Attributes
    ----------
    iteration : int
        The number of this iteration.
    samples : int
        Number of samples in the mini-batch; fewer are sent.
    layers : tuple of LayerNumbers
        The layers of a block before the block, and the output layer last.
    output : StepTaken
        The cost, and the numbers of the output layer alone.
    gathered : GatheredTaken or None
        None where every mini-batch makes an update.
    """

    iteration: int
    samples: int
    layers: tuple[LayerNumbers, ...]
    output: StepTaken
    gathered: GatheredTaken | None = None

    @property
    def count(self) -> int:
        """The number of the network's layers, without those inside blocks."""
        return int(self.layers[-1].number)


@dataclass(frozen=True, slots=True)
class StepFrame:
    """The training around a mini-batch, as far as its numbers name it.

    Attributes
    ----------
    optimizer : OptimizerSpec
        Of the output layer.
    iteration : int
        The number of this iteration.
    weighted : bool
        Whether classes have weights in the cost.
    standardised : bool
        Whether y and the outputs are standardised values.
    """

    optimizer: OptimizerSpec
    iteration: int = 1
    weighted: bool = False
    standardised: bool = False


def take_layers(subject: TrainingContext) -> LayersTaken:
    """Do the next iteration on a copy of the training, and return its numbers layer by layer.

    Raises
    ------
    ValueError
        The training has replicas.
    """
    twin = subject.trainer.fork(tests=False, averaged=False)
    step, _, _ = twin.prepare_step()
    experiment = subject.experiment
    frame = StepFrame(
        experiment.output.optimizer or experiment.optimizer,
        subject.trainer.iteration + 1,
        experiment.class_weights != "none",
        subject.standardised,
    )
    return layers_taken(twin.network, step, twin.update_calls(step.samples), frame, twin.gathered)


def layers_taken(
    network: Network, step: TrainingPass, updating: Calls, frame: StepFrame, gathered: Gathered | None = None
) -> LayersTaken:
    """Train a network by one mini-batch, and return its numbers layer by layer.

    Parameters
    ----------
    network : Network
        It is changed by the update.
    step : TrainingPass
        A pass of the network that keeps z, with the mini-batch in its buffers.
    updating : tuple of calls
        The update.
    frame : StepFrame
    gathered : Gathered, optional
        The gradients that wait for the update.

    Returns
    -------
    LayersTaken
    """
    running = {id(layer): _running(layer) for layer in _with_those_inside(network.layers)}
    with np.errstate(all="ignore"):  # a diverged network may be inspected too
        passages = layer_passages(network, step)
        output = _output_of(frame, network, step, passages[-1].before)
        before = [_parameters(each.layer) for each in passages]
        gradients = _gradients_of(passages)
        means = [] if gathered is None else _means(network, passages, gathered, step.samples)
        run_quietly(updating)
        frozen = {each.path for each in passages if each.layer.frozen}
        layers = []
        for place, passage in enumerate(passages):
            mean = means[place] if means else {}
            moved = _moved(passage.layer, before[place], gradients[place], mean, passage.shapes[0])
            onward = _onward(passages, passage, before)
            stays = any(passage.path[: len(path)] == path for path in frozen)
            layers.append(_numbers(passage, before[place], moved, running[id(passage.layer)], onward, frozen=stays))
    standing = gathered_taken(gathered)
    return LayersTaken(frame.iteration, step.samples, tuple(layers), output, standing)


_Named = dict[str, NDArray[np.floating]]


def _gradients_of(passages: Sequence[LayerPassage]) -> list[_Named]:
    """Return copies of each layer's gradients by name, as they stand in the buffers."""
    return [{name: view.copy() for name, view in each.gradients.items()} for each in passages]


def _means(network: Network, passages: Sequence[LayerPassage], gathered: Gathered, samples: int) -> list[_Named]:
    """Return each layer's mean gradients over the mini-batches of an update until this one of so many samples."""
    buffer = network.parameters.gradient
    own = buffer.copy()
    buffer[...] = gathered.with_next(own, samples)[1]
    means = _gradients_of(passages)
    buffer[...] = own
    return means


def _with_those_inside(layers: Sequence[BaseLayer]) -> Iterator[BaseLayer]:
    """Yield the layers, and those of blocks before them."""
    for layer in layers:
        if isinstance(layer, Residual):
            yield from _with_those_inside(layer.layers)
        yield layer


def _output_of(frame: StepFrame, network: Network, step: TrainingPass, before: NDArray[np.floating]) -> StepTaken:
    """Return the cost of a mini-batch, and the numbers of its output layer before the update."""
    layer = network.output_layer
    plain, y = layer.costs(step.z, step.y), layer.targets(step.y)
    costs = step.weighted(plain)
    function = layer.activation_function
    slope = None if function.name == "softmax" else function.der(step.z)[:_INPUTS, :_SAMPLES]
    a_before, z, a, delta = (
        sent(values[:_INPUTS, :_SAMPLES]) for values in (before, step.z, step.y_hat, step.output_delta)
    )
    W, b = sent(layer.W[:_INPUTS, :_INPUTS]), sent(layer.b[:_INPUTS])
    rule = RuleTaken(frame.optimizer, 0.0, 0, 1.0, "")
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
        frame.iteration,
        step.samples,
        a_before,
        sent(y[:_INPUTS, :_SAMPLES]),
        layer.cost_function.name,
        sent(costs[:_SAMPLES]),
        sent((costs / plain)[:_SAMPLES]) if frame.weighted else NOTHING,
        float(np.mean(costs, dtype=np.float64)),
        sent(cost_gradient(layer, step.y_hat, y)[:_INPUTS, :_SAMPLES]),
        (numbers,),
        standardised=frame.standardised,
        layers_before=len(network.layers) - 1,
    )


def _running(layer: BaseLayer) -> NDArray[np.floating]:
    return layer.running_mean.copy() if isinstance(layer, BatchNormalisation) else np.zeros(0)


def _parameters(layer: BaseLayer) -> _Named:
    """Return copies of the parameters that are explained, by name."""
    explained = isinstance(layer, Layer | Convolution2D | Embedding | BatchNormalisation | LayerNormalisation)
    return {name: getattr(layer, name).copy() for name in layer.weight_names} if explained else {}


def _moved(layer: BaseLayer, before: _Named, gradients: _Named, means: _Named, shape: Shape) -> dict[str, Moved]:
    """Return the parameters that are explained with gradients and present values, cut to the size to send.

    Without mean gradients their part is empty.
    """
    given, mean = _gradients_by_weight(layer, gradients), _gradients_by_weight(layer, means)
    moved = {}
    for name, values in before.items():
        arrays = [values, given[name], getattr(layer, name), *([mean[name]] if mean else [])]
        sent_ones = [_sent_parameters(name, array.reshape(values.shape), layer, shape) for array in arrays]
        moved[name] = Moved(*(sent_ones if mean else [*sent_ones, NOTHING]))
    return moved


def _gradients_by_weight(layer: BaseLayer, gradients: Mapping[str, NDArray[np.floating]]) -> _Named:
    """Return gradients by the names of the weights, W of a convolution as the rows of a matrix; empty for none."""
    given: _Named = {}
    if "block" in gradients:
        given = {"W": gradients["block"][:, :-1], "b": gradients["block"][:, -1]}
    if isinstance(layer, Embedding) and gradients:
        given = {"W": gradients["W"]}
    norm = gradients.get("norm", gradients.get("gamma_and_beta"))
    if norm is not None and len(norm):
        given |= {"gamma": norm[0], "beta": norm[1]}
    return given


def _sent_parameters(name: str, values: NDArray[np.floating], layer: BaseLayer, shape: Shape) -> _Array:
    """Return parameters cut to the first units and inputs; W as (units, channels, rows, columns)."""
    if name in ("gamma", "beta"):
        if isinstance(layer, LayerNormalisation):  # a number for each feature
            return np.ascontiguousarray(values.reshape(_image_of(shape))[: _units_sent(shape, _UNITS)], np.float32)
        return np.ascontiguousarray(values[:_UNITS, np.newaxis, np.newaxis], np.float32)
    if values.ndim == 1:
        return np.ascontiguousarray(values[:_UNITS], np.float32)
    if values.ndim == 2:
        return np.ascontiguousarray(values[:_UNITS, :_INPUTS, np.newaxis, np.newaxis], np.float32)
    return np.ascontiguousarray(values[:_UNITS, : _units_sent(shape, _UNITS)], np.float32)


def _onward(
    passages: Sequence[LayerPassage], passage: LayerPassage, parameters: Sequence[_Named]
) -> NDArray[np.floating]:
    """Return the weights of a fully connected layer that follows, cut to the numbers to send of the one before it."""
    following = passage.following
    if following is None or not isinstance(passages[following].layer, Layer):
        return NOTHING
    units, rows, columns = _image_of(passage.shapes[1])
    W = parameters[following]["W"].reshape(-1, units, rows, columns)[
        :, : _units_sent(passage.shapes[1], _most(passage))
    ]
    return W[: max(1, min(_UNITS, _NUMBERS // W[0].size))]


def _numbers(
    passage: LayerPassage,
    parameters: _Named,
    moved: dict[str, Moved],
    running: NDArray[np.floating],
    onward: NDArray[np.floating],
    *,
    frozen: bool,
) -> LayerNumbers:
    layer, shapes = passage.layer, passage.shapes
    without = Moved(NOTHING, NOTHING, NOTHING, NOTHING)
    kind = "fully-connected" if isinstance(layer, Layer) else _KINDS.get(type(layer), "other")
    windows: Any = layer if kind in ("convolution", "max-pooling", "average-pooling") else None
    flat, most = kind == "fully-connected", _most(passage)
    function = vars(layer).get("activation_function")
    mean, deviation = _moments(layer, passage.before, shapes[0])
    z, slope = _z_and_slope(passage, parameters)
    return LayerNumbers(
        number=".".join(map(str, passage.path)),
        name=layer_name(layer, shapes[1]),
        kind=kind,
        activation=getattr(function, "name", ""),
        shape_before=shapes[0],
        shape_after=shapes[1],
        kernel=() if windows is None else tuple(windows.kernel),
        stride=1 if windows is None else int(windows.stride),
        padding=int(windows.padding) if isinstance(layer, Convolution2D) else 0,
        before=_sent(passage.before, (prod(shapes[0]),) if flat else shapes[0], _INPUTS if flat else most),
        z=z,
        after=_sent(passage.after, shapes[1], most),
        received=_sent(passage.received, shapes[1], most),
        delta=_sent(passage.delta, shapes[1], most),
        slope=slope,
        mask=NOTHING if passage.mask is None else _sent(passage.mask, shapes[1]),
        W=moved.get("W", without),
        b=moved.get("b", without),
        gamma=moved.get("gamma", without),
        beta=moved.get("beta", without),
        mean=mean,
        deviation=deviation,
        running=np.stack([running, layer.running_mean])[:, :_UNITS].astype(np.float32)
        if isinstance(layer, BatchNormalisation)
        else NOTHING,
        momentum=layer.momentum if isinstance(layer, BatchNormalisation) else 0.0,
        plain=not isinstance(layer, Layer) or not (layer.normalised or layer.branches),
        normalised=isinstance(layer, Layer) and layer.normalised,
        columns=layer.columns if isinstance(layer, Embedding) else (),
        onward=np.ascontiguousarray(onward, np.float32),
        delta_means=_delta_means(passage, parameters),
        previous=-1 if passage.previous is None else passage.previous,
        following=-1 if passage.following is None else passage.following,
        carried=tuple(passage.carried),
        frozen=frozen,
    )


def _most(passage: LayerPassage) -> int:
    """Return the most units to send of a layer; the numbers of categories come after all other features."""
    return _INPUTS if isinstance(passage.layer, Embedding) else _UNITS


def _z_and_slope(passage: LayerPassage, parameters: _Named) -> tuple[_Array, _Array]:
    """Return what the activation function gets, and its slope there; empty for layers without one."""
    layer = passage.layer
    if isinstance(layer, Convolution2D):
        z = _convolved(layer, parameters, passage.before, passage.shapes)
        return z, np.ascontiguousarray(layer.activation_function.der(z), np.float32)
    if isinstance(layer, Activation):
        return NOTHING, _sent(layer.activation_function.der(passage.before), passage.shapes[1])
    if passage.z is None or not isinstance(layer, Layer):
        return NOTHING, NOTHING
    function = layer.activation_function
    slope = NOTHING if function.name == "softmax" else _sent(function.der(passage.n), passage.shapes[1])
    return _sent(passage.z, passage.shapes[1]), slope


def _delta_means(passage: LayerPassage, parameters: _Named) -> _Array:
    """Return the two means over the features by which a layer normalisation hands on its delta; empty for others."""
    if not isinstance(passage.layer, LayerNormalisation):
        return NOTHING
    before = passage.before[:, :_SAMPLES].astype(np.float64)
    h = (before - before.mean(axis=0)) / np.sqrt(before.var(axis=0) + EPSILON)
    scaled = parameters["gamma"].reshape(-1, 1) * passage.delta[:, :_SAMPLES]
    return np.stack([scaled.mean(axis=0), (scaled * h).mean(axis=0)]).astype(np.float32)


def _image_of(shape: Shape) -> tuple[int, int, int]:
    """Return a shape of a sample as units, rows and columns."""
    units, rows, columns = shape if len(shape) == 3 else (*shape, 1, 1)
    return units, rows, columns


def _sent(values: NDArray[np.floating], shape: Shape, most: int = _UNITS) -> _Array:
    """Return values, (features, samples), as (units, rows, columns, samples), cut to the first units and samples."""
    units, rows, columns = _image_of(shape)
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
    layer: Convolution2D, parameters: _Named, before: NDArray[np.floating], shapes: tuple[Shape, ...]
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
