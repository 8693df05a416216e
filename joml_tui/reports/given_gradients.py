"""The gradients of a network whose weights, biases and samples are given in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from joml import (
    CrossEntropy,
    GradientDescent,
    Identity,
    Layer,
    MeanSquaredError,
    Network,
    OutputLayer,
    SoftMax,
)
from joml.analysis.five_steps import FiveSteps
from joml.architecture import ArchitectureError
from joml.declaration import parts_of
from joml.files.parameter_tables import (
    Layout,
    TableError,
    read_parameters,
    read_samples,
    relative_errors,
    write_biases,
    write_weights,
)
from joml.files.weights import WeightsError, load, read, require_gradients
from joml.layers.layer_stack import LayerStack, parse_any
from joml_tui.experiment import HIDDEN_ACTIVATIONS, OptimizerSpec
from joml_tui.inspect.step_by_step import NextStep, take_step
from joml_tui.inspect.step_numbers import StepTaken

_Array = NDArray[np.float64]


class GivenError(ValueError):
    """An error: given files do not fit together, or cannot be read; the message says which, where and why."""


@dataclass(frozen=True, slots=True)
class Given:
    """A network and samples as files.

    Attributes
    ----------
    architecture : str
        Such as ``14-100-40-4``.
    weights : Path
        A table of weights, or an NPZ or safetensors file with the biases too.
    biases : Path or None
        A table of biases; None if they follow the weights in their file.
    samples : Path
        A table with a sample in each row.
    labels : str
        The class of each sample, counted from 0: numbers between commas, or a file with one in each line. Empty if
        there are targets.
    targets : Path or None
        A table with the values to predict in each row, instead of labels.
    activation : str
        The hidden layers' activation function.
    rows : {"inputs", "units"} or None
        The meaning of a row of weights; None for the one that fits.
    seed : int or None
        The seed of the numbers that dropout drops; with None nothing is dropped.
    """

    architecture: str
    weights: Path
    biases: Path | None
    samples: Path
    labels: str = ""
    targets: Path | None = None
    activation: str = "relu"
    rows: Literal["inputs", "units"] | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Gradients:
    """The gradients of the mean cost over some samples, in float64.

    Attributes
    ----------
    network : Network
        With the given weights.
    x, y : (features, samples) and (outputs, samples) arrays
    cost : float
        The mean cost of the samples.
    dW : list of (size, previous size) arrays
    db : list of (size,) arrays
    layouts : tuple of two Layouts
        Those of the tables of weights and of biases, in which the gradients are written.
    """

    network: Network
    x: _Array
    y: _Array
    cost: float
    dW: list[_Array]
    db: list[_Array]
    layouts: tuple[Layout, Layout]

    def tables(self) -> tuple[str, str]:
        """Return the gradients of the weights and of the biases as texts, laid out like the tables that were read."""
        return write_weights(self.dW, self.layouts[0]), write_biases(self.db, self.layouts[1])


def compute_gradients(given: Given) -> Gradients:
    """Return the gradients of the mean cost of the samples with respect to all weights and biases.

    Raises
    ------
    GivenError
        A file cannot be read, or does not fit the architecture; the message names the file, the layer and the shape.
    """
    try:
        network = _network(given)
        layouts = _load(network, given)
        x = read_samples(given.samples, network.input_size)
        y = read_targets(given, network.output_layer.size, x.shape[1])
        steps = FiveSteps(network, x, y)
        steps.forward_propagation()
        cost = steps.cost()
        steps.back_propagation()
        gradients = steps.gradients()
    except (ArchitectureError, TableError, WeightsError) as error:
        raise GivenError(str(error)) from error
    except OSError as error:
        raise GivenError(f"{error.filename}: {error.strerror or error}") from error
    dW, db = ([each.astype(np.float64) for each in arrays] for arrays in (gradients.dW, gradients.db))
    return Gradients(network, x, y, cost.cost, dW, db, layouts)


def compare_gradients(gradients: Gradients, expected: Sequence[Path]) -> list[tuple[float, float]]:
    """Return each layer's largest relative errors of dW and db against expected ones.

    Parameters
    ----------
    gradients : Gradients
    expected : sequence of Path
        A table of dW and one of db, or one file of all by name, as NPZ and safetensors files have them.

    Raises
    ------
    GivenError
        A file cannot be read, or does not fit the network.
    """
    if len(expected) == 1:
        arrays = read_expected(expected[0], gradients.network)
        dW, db = ([arrays[f"layers.{place}.{name}"] for place, _ in enumerate(gradients.db)] for name in ("W", "b"))
    else:
        sizes = [gradients.x.shape[0], *(len(db) for db in gradients.db)]
        rows = gradients.layouts[0].rows
        try:
            try:
                dW, db, _ = read_parameters(expected[0], expected[1], sizes, "units" if rows == "units" else "inputs")
            except TableError:  # its rows may have the other meaning
                dW, db, _ = read_parameters(expected[0], expected[1], sizes)
        except TableError as error:
            raise GivenError(str(error)) from error
        except OSError as error:
            raise GivenError(f"{error.filename}: {error.strerror or error}") from error
    errors = relative_errors(gradients.dW, dW), relative_errors(gradients.db, db)
    return list(zip(*errors, strict=True))


def read_expected(path: Path, network: Network) -> Mapping[str, NDArray[Any]]:
    """Return the expected gradients of a network's weights from one file, by the names of the weights.

    Parameters
    ----------
    path : Path
        An NPZ or a safetensors file.
    network : Network

    Returns
    -------
    mapping of arrays

    Raises
    ------
    GivenError
        The file cannot be read, or its arrays do not fit; the message names the layers.
    """
    if not has_all_weights(path):
        raise GivenError(
            f"{path} is no NPZ or safetensors file of gradients by name: name the tables of dW and db, as in "
            "--expected dw.csv db.csv, or such a file"
        )
    try:
        expected = read(path)
        require_gradients(expected, network)
    except WeightsError as error:
        raise GivenError(f"the gradients in {path} {error}") from error
    except OSError as error:
        raise GivenError(f"{path}: {error.strerror or error}") from error
    return expected.arrays


def explain_gradients(gradients: Gradients) -> StepTaken:
    """Return the five steps on these samples, with gradient descent as the optimizer of the last one."""
    descent = GradientDescent()
    chosen = msgspec.convert({"name": "gradient-descent", "learning_rate": descent.learning_rate}, OptimizerSpec)
    steps = FiveSteps(gradients.network.copy(), gradients.x, gradients.y, descent)
    return take_step(NextStep(), steps, [chosen] * len(gradients.db))


def parse_given(given: Given) -> LayerStack:
    """Return the layers that an architecture names, those of sizes alone with the chosen activation function.

    Parameters
    ----------
    given : Given

    Returns
    -------
    LayerStack

    Raises
    ------
    ArchitectureError
        It is no architecture.
    GivenError
        There is no such activation function, or the architecture names functions itself.
    """
    stack = parse_any(given.architecture)
    if isinstance(stack, LayerStack):
        if given.activation != "relu":
            raise GivenError(
                f"activation: {given.architecture} names the function of each of its layers itself, as in 30(tanh): "
                f"leave out {given.activation}"
            )
        return stack
    if given.activation not in HIDDEN_ACTIVATIONS:
        raise GivenError(f"activation: one of {', '.join(HIDDEN_ACTIVATIONS)} is needed, got {given.activation!r}")
    function = parts_of("activation")[given.activation].make
    hidden = tuple(Layer(size, function()) for size in stack.sizes[1:-1])
    return LayerStack((stack.input_size,), hidden, stack.output_size)


def network_of(stack: LayerStack, given: Given) -> Network:
    """Return a network of these layers in float64, with the output that labels or targets need.

    Parameters
    ----------
    stack : LayerStack
    given : Given

    Returns
    -------
    Network
    """
    network = Network(stack.input_shape, dtype=np.float64)
    for layer in stack.layers:
        network.stack(layer)
    if given.targets is None:
        return network.output(OutputLayer(stack.output_size, SoftMax(), CrossEntropy()))
    return network.output(OutputLayer(stack.output_size, Identity(), MeanSquaredError()))


def _network(given: Given) -> Network:
    stack = parse_given(given)
    if not all(isinstance(layer, Layer) for layer in stack.layers):
        raise GivenError(f"{given.architecture}: tables are those of fully connected layers alone, such as 14-100-40-4")
    return network_of(stack, given)


def _load(network: Network, given: Given) -> tuple[Layout, Layout]:
    """Copy the given weights and biases into the network, and return the layouts of their tables."""
    if has_all_weights(given.weights, given.biases):
        load(network, given.weights)
        return Layout(given.rows or "inputs"), Layout("layers")
    sizes = [network.input_size, *(shape[0] for shape in network.shapes[1:])]
    weights, biases, layouts = read_parameters(given.weights, given.biases, sizes, given.rows)
    for layer, W, b in zip(network.layers, weights, biases, strict=True):
        layer.W, layer.b = W, b
    return layouts


def has_all_weights(weights: Path, biases: Path | None = None) -> bool:
    """Return whether a file has arrays of all layers by name, as NPZ and safetensors files have.

    Parameters
    ----------
    weights : Path
    biases : Path, optional

    Returns
    -------
    bool

    Raises
    ------
    GivenError
        It has, and a file of biases is given too.
    OSError
        It cannot be read.
    """
    with weights.open("rb") as file:
        packed = file.read(2) == b"PK" or weights.suffix == ".safetensors"
    if packed and biases is not None:
        raise GivenError(f"{weights} holds the biases too: leave out {biases}")
    return packed


def read_targets(given: Given, outputs: int, samples: int) -> _Array:
    """Return the given y, (outputs, samples).

    Parameters
    ----------
    given : Given
    outputs, samples : int

    Returns
    -------
    (outputs, samples) array

    Raises
    ------
    GivenError
        The labels or targets do not fit.
    """
    if given.targets is not None:
        y = read_samples(given.targets, outputs)
        if y.shape[1] != samples:
            raise GivenError(f"{given.targets} has {y.shape[1]:,} rows, and there are {samples:,} samples")
        return y
    classes = _labels(given.labels)
    if len(classes) != samples:
        raise GivenError(f"a label is needed for each of the {samples:,} samples, got {len(classes):,}")
    for label in classes:
        if not 0 <= label < outputs:
            raise GivenError(f"classes are numbered from 0 to {outputs - 1:,} here, got {label:,}")
    return np.eye(outputs)[:, classes]


def _labels(text: str) -> list[int]:
    words = [word.strip() for word in text.split(",")]
    where = "--labels"
    if any(_as_class(word) is None for word in words):
        where, words = text, Path(text).read_text(encoding="utf-8-sig", errors="replace").replace(",", " ").split()
    classes = []
    for word in words:
        number = _as_class(word)
        if number is None:
            raise GivenError(f"{where}: classes are whole numbers from 0, got {word[:30]!r}")
        classes.append(number)
    return classes


def _as_class(word: str) -> int | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return int(value) if value.is_integer() else None
