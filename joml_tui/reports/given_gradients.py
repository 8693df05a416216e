"""The gradients of a network whose weights, biases and samples are given in files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
from joml.architecture import ArchitectureError, parse_architecture
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
from joml.files.weights import WeightsError, load
from joml.layers.layer_stack import has_other_layers, parse_layers
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
    """

    architecture: str
    weights: Path
    biases: Path | None
    samples: Path
    labels: str = ""
    targets: Path | None = None
    activation: str = "relu"
    rows: Literal["inputs", "units"] | None = None


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
    _require_fully_connected(given.architecture)
    try:
        architecture = parse_architecture(given.architecture)
        network = _network(architecture.sizes, given)
        layouts = _load(network, architecture.sizes, given)
        x = read_samples(given.samples, architecture.input_size)
        y = read_targets(given, architecture.output_size, x.shape[1])
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


def compare_gradients(gradients: Gradients, weights: Path, biases: Path) -> list[tuple[float, float]]:
    """Return each layer's largest relative errors of dW and db against tables of expected ones.

    Raises
    ------
    GivenError
        A table cannot be read, or does not fit the network.
    """
    sizes = [gradients.x.shape[0], *(len(db) for db in gradients.db)]
    rows = gradients.layouts[0].rows
    try:
        dW, db, _ = read_parameters(weights, biases, sizes, "units" if rows == "units" else "inputs")
    except TableError as error:
        raise GivenError(str(error)) from error
    except OSError as error:
        raise GivenError(f"{error.filename}: {error.strerror or error}") from error
    errors = relative_errors(gradients.dW, dW), relative_errors(gradients.db, db)
    return list(zip(*errors, strict=True))


def explain_gradients(gradients: Gradients) -> StepTaken:
    """Return the five steps on these samples, with gradient descent as the optimizer of the last one."""
    descent = GradientDescent()
    chosen = msgspec.convert({"name": "gradient-descent", "learning_rate": descent.learning_rate}, OptimizerSpec)
    steps = FiveSteps(gradients.network.copy(), gradients.x, gradients.y, descent)
    return take_step(NextStep(), steps, [chosen] * len(gradients.db))


def _require_fully_connected(text: str) -> None:
    """Raise GivenError if a text is the architecture of a network with layers of other kinds."""
    if not has_other_layers(text):
        return
    try:
        parse_layers(text)
    except ArchitectureError:  # no architecture at all, which another message is about
        return
    raise GivenError(f"{text}: tables of weights are those of fully connected layers alone, such as 14-100-40-4")


def _network(sizes: Sequence[int], given: Given) -> Network:
    if given.activation not in HIDDEN_ACTIVATIONS:
        raise GivenError(f"activation: one of {', '.join(HIDDEN_ACTIVATIONS)} is needed, got {given.activation!r}")
    function = parts_of("activation")[given.activation].make
    network = Network(sizes[0], dtype=np.float64)
    for size in sizes[1:-1]:
        network.stack(Layer(size, function()))
    if given.targets is None:
        network.output(OutputLayer(sizes[-1], SoftMax(), CrossEntropy()))
    else:
        network.output(OutputLayer(sizes[-1], Identity(), MeanSquaredError()))
    return network


def _load(network: Network, sizes: Sequence[int], given: Given) -> tuple[Layout, Layout]:
    """Copy the given weights and biases into the network, and return the layouts of their tables."""
    if has_all_weights(given):
        load(network, given.weights)
        return Layout(given.rows or "inputs"), Layout("layers")
    weights, biases, layouts = read_parameters(given.weights, given.biases, sizes, given.rows)
    for layer, W, b in zip(network.layers, weights, biases, strict=True):
        layer.W, layer.b = W, b
    return layouts


def has_all_weights(given: Given) -> bool:
    """Return whether the file of weights has those of all layers by name, as NPZ and safetensors files have.

    Parameters
    ----------
    given : Given

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
    with given.weights.open("rb") as file:
        packed = file.read(2) == b"PK" or given.weights.suffix == ".safetensors"
    if packed and given.biases is not None:
        raise GivenError(f"{given.weights} holds the biases too: leave out {given.biases}")
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
