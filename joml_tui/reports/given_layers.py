"""The gradients of a network with layers of all kinds, whose weights and samples are given in files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from joml import (
    CrossEntropy,
    Dropout,
    GradientDescent,
    Identity,
    MeanSquaredError,
    Network,
    OutputLayer,
    Residual,
    SoftMax,
)
from joml.analysis.layer_passages import layer_passages
from joml.architecture import ArchitectureError
from joml.compiled.passes import TrainingPass
from joml.files.parameter_tables import TableError, read_samples
from joml.files.weights import WeightsError, load
from joml.layers.base_layer import BaseLayer
from joml.layers.layer_stack import LayerStack, has_other_layers, parse_layers
from joml.optimizers.per_layer import bind_layers
from joml_tui.experiment import OptimizerSpec
from joml_tui.inspect.layer_steps import LayersTaken, StepFrame, gradients_by_weight, layers_taken
from joml_tui.reports.given_gradients import Given, GivenError, has_all_weights, read_targets

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LayerGradients:
    """The gradients of the mean cost over some samples with respect to every weight, in float64.

    Attributes
    ----------
    network : Network
        With the given weights.
    x, y : (features, samples) and (outputs, samples) arrays
    cost : float
        The mean cost of the samples.
    arrays : dict of arrays
        The gradients by the names that files of weights have, such as "layers.0.W".
    """

    network: Network
    x: _Array
    y: _Array
    cost: float
    arrays: dict[str, _Array]


def has_layers_of_kinds(given: Given) -> bool:
    """Return whether an architecture has layers of other kinds than fully connected ones, or images.

    Parameters
    ----------
    given : Given

    Returns
    -------
    bool
    """
    if not has_other_layers(given.architecture):
        return False
    try:
        parse_layers(given.architecture)
    except ArchitectureError:  # no architecture at all, which another message is about
        return False
    return True


def compute_layer_gradients(given: Given) -> LayerGradients:
    """Return the gradients of the mean cost of the samples with respect to all weights, as in a training step.

    Parameters
    ----------
    given : Given

    Returns
    -------
    LayerGradients

    Raises
    ------
    GivenError
        A file cannot be read, or does not fit the architecture.
    """
    stack = parse_layers(given.architecture)
    _require_drawn_nowhere(stack.layers, given.architecture)
    if given.activation != "relu":
        raise GivenError(
            f"activation: {given.architecture} names the function of each of its layers itself, as in 30(tanh): leave "
            f"out {given.activation}"
        )
    try:
        if not has_all_weights(given):
            raise GivenError(
                f"{given.architecture}: tables of weights are those of fully connected layers alone, such as "
                f"14-100-40-4: give {given.weights} as an NPZ or a safetensors file"
            )
        network = _network(stack, given.targets is None)
        load(network, given.weights)
        x = read_samples(given.samples, stack.input_size)
        y = read_targets(given, stack.output_size, x.shape[1])
        _require_enough(network, x.shape[1])
        step = _pass_over(network, x, y)
        passages = layer_passages(network, step)
    except (TableError, WeightsError) as error:
        raise GivenError(str(error)) from error
    except OSError as error:
        raise GivenError(f"{error.filename}: {error.strerror or error}") from error
    arrays = {}
    for passage in passages:
        prefix = ".".join(["layers", *(str(place - 1) for place in passage.path)])
        if isinstance(passage.layer, Residual):
            continue
        by_weight = gradients_by_weight(passage.layer, passage.gradients)
        for name in passage.layer.weight_names:
            arrays[f"{prefix}.{name}"] = by_weight[name].reshape(getattr(passage.layer, name).shape).copy()
    cost = float(np.mean(network.output_layer.costs(step.z, step.y)))
    return LayerGradients(network, x, y, cost, arrays)


def explain_layer_gradients(gradients: LayerGradients) -> LayersTaken:
    """Return the step on these samples layer by layer, with gradient descent as its update.

    Parameters
    ----------
    gradients : LayerGradients

    Returns
    -------
    LayersTaken
    """
    network, descent = gradients.network.copy(), GradientDescent()
    chosen = msgspec.convert({"name": "gradient-descent", "learning_rate": descent.learning_rate}, OptimizerSpec)
    step = _pass_over(network, gradients.x, gradients.y)
    rule = bind_layers(descent, network.layers, network.parameters)
    return layers_taken(network, step, rule.calls, StepFrame(chosen))


def _network(stack: LayerStack, classes: bool) -> Network:
    network = Network(stack.input_shape, dtype=np.float64)
    for layer in stack.layers:
        network.stack(layer)
    if classes:
        network.output(OutputLayer(stack.output_size, SoftMax(), CrossEntropy()))
    else:
        network.output(OutputLayer(stack.output_size, Identity(), MeanSquaredError()))
    return network


def _require_enough(network: Network, samples: int) -> None:
    """Raise GivenError if a layer needs more samples in a mini-batch."""
    for layer, before in zip(network.layers, network.shapes, strict=False):
        needed = layer.least_samples(before)
        if samples < needed:
            raise GivenError(
                f"{layer.notation} needs at least {needed} samples, whose mean and variance it takes, and there is one"
            )


def _pass_over(network: Network, x: _Array, y: _Array) -> TrainingPass:
    """Return a training pass with the samples in its buffers; with a generator normalisations are as in training."""
    generators = (np.random.default_rng(0),)
    layers, parameters = network.layers, network.parameters
    step = TrainingPass(layers, parameters, network.input_size, x.shape[1], keeps_z=True, generators=generators)
    step.x[...], step.y[...] = x, y
    return step


def _require_drawn_nowhere(layers: Sequence[BaseLayer], text: str) -> None:
    """Raise GivenError if a layer draws random numbers, so that no gradient could be checked against it."""
    for layer in layers:
        if isinstance(layer, Residual):
            _require_drawn_nowhere(layer.layers, text)
        elif isinstance(layer, Dropout):
            raise GivenError(f"{text}: {layer.notation} is dropout, which draws at random in each step: leave it out")
