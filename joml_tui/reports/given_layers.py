"""The gradients of a network with layers of all kinds, whose weights and samples are given in files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from joml import Dropout, GradientDescent, Layer, Network, Residual
from joml.architecture import ArchitectureError
from joml.array_types import Array
from joml.compiled.passes import TrainingPass, run_quietly
from joml.files.parameter_tables import TableError, read_samples, relative_errors
from joml.files.weights import Weights, WeightsError, gradients_of, load, put, weights_of
from joml.layers.base_layer import BaseLayer
from joml.layers.layer_stack import LayerStack, parse_any
from joml.optimizers.per_layer import bind_layers
from joml_tui.experiment import OptimizerSpec
from joml_tui.inspect.layer_steps import LayersTaken, StepFrame, layers_taken
from joml_tui.reports.given_gradients import (
    Given,
    GivenError,
    has_all_weights,
    network_of,
    parse_given,
    read_expected,
    read_targets,
)

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LayerGradients:
    """The gradients of the mean cost over some samples with respect to every weight, in float64.

    Attributes
    ----------
    architecture : str
        Its text, in which dropout stands as it was given.
    network : Network
        With the given weights; without a seed its dropout drops nothing.
    x, y : (features, samples) and (outputs, samples) arrays
    cost : float
        The mean cost of the samples.
    arrays : dict of arrays
        The gradients by the names that files of weights have, such as "layers.0.W".
    seed : int or None
        That of the numbers that dropout drops; with None nothing is dropped.
    """

    architecture: str
    network: Network
    x: _Array
    y: _Array
    cost: float
    arrays: dict[str, Array]
    seed: int | None = None


def has_layers_of_kinds(given: Given) -> bool:
    """Return whether an architecture has layers of other kinds than fully connected ones.

    Parameters
    ----------
    given : Given

    Returns
    -------
    bool
    """
    try:
        stack = parse_any(given.architecture)
    except ArchitectureError:  # no architecture at all, which another message is about
        return False
    return isinstance(stack, LayerStack) and not all(isinstance(layer, Layer) for layer in stack.layers)


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
    stack = parse_given(given)
    try:
        if not has_all_weights(given.weights, given.biases):
            raise GivenError(
                f"{given.architecture}: tables of weights are those of fully connected layers alone, such as "
                f"14-100-40-4: give {given.weights} as an NPZ or a safetensors file"
            )
        network = network_of(stack, given)
        load(network, given.weights)
        if given.seed is None and has_dropout(stack.layers):
            network = _without_dropout(network, parse_given(given), given)
        x = read_samples(given.samples, stack.input_size)
        y = read_targets(given, stack.output_size, x.shape[1])
        _require_enough(network, x.shape[1])
        step = _pass_over(network, x, y, given.seed)
        run_quietly(step.calls)
    except (TableError, WeightsError) as error:
        raise GivenError(str(error)) from error
    except OSError as error:
        raise GivenError(f"{error.filename}: {error.strerror or error}") from error
    cost = float(np.mean(network.output_layer.costs(step.z, step.y)))
    return LayerGradients(str(stack), network, x, y, cost, dict(gradients_of(network).arrays), given.seed)


def compare_layer_gradients(gradients: LayerGradients, expected: Sequence[Path]) -> dict[str, float]:
    """Return the largest relative error of each array against expected ones.

    Parameters
    ----------
    gradients : LayerGradients
    expected : sequence of Path
        One NPZ or safetensors file.

    Returns
    -------
    dict of float
        By the names of the weights.

    Raises
    ------
    GivenError
        It is no such file, or does not fit the network.
    """
    if len(expected) != 1:
        raise GivenError(
            f"{gradients.architecture}: tables of gradients are those of fully connected layers alone: name one NPZ "
            "file, as in --expected gradients.npz"
        )
    wanted = read_expected(expected[0], gradients.network)
    names = list(gradients.arrays)
    errors = relative_errors([gradients.arrays[name] for name in names], [wanted[name] for name in names])
    return dict(zip(names, errors, strict=True))


def has_dropout(layers: Sequence[BaseLayer]) -> bool:
    """Return whether a layer drops numbers at random, or one inside a block does.

    Parameters
    ----------
    layers : sequence of BaseLayer

    Returns
    -------
    bool
    """
    return any(
        has_dropout(layer.layers) if isinstance(layer, Residual) else isinstance(layer, Dropout) for layer in layers
    )


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
    step = _pass_over(network, gradients.x, gradients.y, gradients.seed)
    rule = bind_layers(descent, network.layers, network.parameters)
    return layers_taken(network, step, rule.calls, StepFrame(chosen))


def _without_dropout(network: Network, stack: LayerStack, given: Given) -> Network:
    """Return a network of the same weights that drops nothing, made of a stack of new layers."""
    kept = network_of(replace(stack, layers=tuple(map(_kept, stack.layers))), given)
    put(kept, Weights(weights_of(network).arrays))
    return kept


def _kept(layer: BaseLayer) -> BaseLayer:
    if isinstance(layer, Residual):
        return Residual([_kept(each) for each in layer.layers])
    return Dropout(0) if isinstance(layer, Dropout) else layer


def _require_enough(network: Network, samples: int) -> None:
    """Raise GivenError if a layer needs more samples in a mini-batch."""
    for layer, before in zip(network.layers, network.shapes, strict=False):
        needed = layer.least_samples(before)
        if samples < needed:
            raise GivenError(
                f"{layer.notation} needs at least {needed} samples, whose mean and variance it takes, and there is one"
            )


def _pass_over(network: Network, x: _Array, y: _Array, seed: int | None) -> TrainingPass:
    """Return a training pass with the samples in its buffers; with a generator normalisations are as in training."""
    generators = (np.random.default_rng(seed or 0),)
    layers, parameters = network.layers, network.parameters
    step = TrainingPass(layers, parameters, network.input_size, x.shape[1], keeps_z=True, generators=generators)
    step.x[...], step.y[...] = x, y
    return step
