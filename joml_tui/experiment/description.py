"""Experiment: the whole description of a run, typed and immutable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct, structs

from joml_tui.experiment.datasets import DatasetSpec
from joml_tui.experiment.layers import LayerSpec, OutputSpec, Size
from joml_tui.experiment.loading import shape_of
from joml_tui.experiment.optimizers import AdamSpec, OptimizerSpec

if TYPE_CHECKING:  # the engine brings numpy along, which reading and writing experiments does without
    from joml.architecture import Architecture


class EarlyStoppingSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """Stop after ``patience`` tests without a test cost lower by more than ``least_improvement``."""

    patience: Annotated[int, Meta(ge=1, le=1_000_000)] = 5
    least_improvement: Annotated[float, Meta(ge=0, le=1e30)] = 0.0
    restore_best: bool = True


ClassWeights = (
    Literal["none", "balanced"]
    | Annotated[tuple[Annotated[float, Meta(gt=0, le=1e30)], ...], Meta(min_length=2, max_length=1_000)]
)


class Experiment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a run; two runs of equal experiments are equal bit for bit.

    ``input_size`` and ``output.size`` may be left out: the data set decides them.
    ``batch_size`` is a number of samples or ``"all"``, and ``test_every`` is ``"epoch"`` or a number of iterations.
    ``class_weights`` are ``"none"``, ``"balanced"`` or a number a class. ``replicas`` are networks trained side by side
    on the same split, from as many seeds beginning with ``seed``; what is told of the run is their mean and spread.
    """

    version: Literal[1] = 1
    name: str = ""
    dataset: DatasetSpec
    input_size: Size | None = None
    layers: Annotated[tuple[LayerSpec, ...], Meta(max_length=1_000)] = ()
    output: OutputSpec = OutputSpec()
    optimizer: OptimizerSpec = AdamSpec()
    epochs: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    batch_size: Literal["all"] | Annotated[int, Meta(ge=1, le=1_000_000)] = 32
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    test_every: Literal["epoch"] | Annotated[int, Meta(ge=1)] = "epoch"
    class_weights: ClassWeights = "none"
    early_stopping: EarlyStoppingSpec | None = None
    replicas: Annotated[int, Meta(ge=1, le=64)] = 1


def architecture_of(experiment: Experiment) -> Architecture:
    """Return the network's sizes; those that the experiment leaves open are the data set's.

    Raises
    ------
    joml.dataset.DatasetError
        A size is left open and a file that decides it cannot be used.
    """
    from joml.architecture import Architecture  # noqa: PLC0415

    input_size, output_size = experiment.input_size, experiment.output.size
    if input_size is None or output_size is None:
        shape = shape_of(experiment.dataset)
        input_size = shape.input_size if input_size is None else input_size
        output_size = shape.output_size if output_size is None else output_size
    return Architecture(input_size, tuple(layer.size for layer in experiment.layers), output_size)


def with_architecture(experiment: Experiment, architecture: Architecture) -> Experiment:
    """Return the experiment with a network of other sizes.

    A hidden layer keeps all but the size of the one in its place before; those beyond are plain ReLU layers.
    """
    layers = [*experiment.layers[: len(architecture.hidden_sizes)]]
    layers += [LayerSpec(size) for size in architecture.hidden_sizes[len(layers) :]]
    pairs = zip(layers, architecture.hidden_sizes, strict=True)
    return structs.replace(
        experiment,
        input_size=architecture.input_size,
        layers=tuple(structs.replace(layer, size=size) for layer, size in pairs),
        output=structs.replace(experiment.output, size=architecture.output_size),
    )


def iterations_per_epoch(batch_size: int | Literal["all"], train_size: int) -> int:
    """Return the number of mini-batches that so many samples make."""
    return 1 if batch_size == "all" else -(-train_size // batch_size)
