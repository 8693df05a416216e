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


class Experiment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a run; two runs of equal experiments are equal bit for bit.

    ``input_size`` and ``output.size`` may be left out: the data set decides them.
    ``test_every`` is ``"epoch"`` or a number of iterations.
    """

    version: Literal[1] = 1
    name: str = ""
    dataset: DatasetSpec
    input_size: Size | None = None
    layers: Annotated[tuple[LayerSpec, ...], Meta(max_length=1_000)] = ()
    output: OutputSpec = OutputSpec()
    optimizer: OptimizerSpec = AdamSpec()
    epochs: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    batch_size: Annotated[int, Meta(ge=1, le=1_000_000)] = 32
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    test_every: Literal["epoch"] | Annotated[int, Meta(ge=1)] = "epoch"


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

    A hidden layer keeps the activation of the one in its place before; those beyond get ReLU.
    """
    activations = [layer.activation for layer in experiment.layers]
    activations += ["relu"] * (len(architecture.hidden_sizes) - len(activations))
    pairs = zip(architecture.hidden_sizes, activations, strict=False)
    return structs.replace(
        experiment,
        input_size=architecture.input_size,
        layers=tuple(LayerSpec(size, activation) for size, activation in pairs),
        output=structs.replace(experiment.output, size=architecture.output_size),
    )
