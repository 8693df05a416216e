"""Experiment: the whole description of a run, typed and immutable."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Size = Annotated[int, Meta(ge=1, le=65_536)]
Share = Annotated[float, Meta(gt=0, lt=1)]
LearningRate = Annotated[float, Meta(gt=0)]
Decay = Annotated[float, Meta(ge=0, lt=1)]

Activation = Literal["relu", "sigmoid", "tanh", "identity"]
OutputActivation = Literal["softmax", "sigmoid", "tanh", "identity", "relu"]
Cost = Literal["cross-entropy", "mean-squared-error"]


class SpinGlass(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="spin-glass-14"):
    """The article's function on all 16,384 points of {-1,+1}^14."""

    test_share: Share = 0.2


class Xor(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="xor"):
    """Two features in four Gaussian clouds, of two classes crosswise."""

    samples: Annotated[int, Meta(ge=8, le=1_000_000)] = 1_000
    noise: Annotated[float, Meta(ge=0)] = 0.35
    test_share: Share = 0.2


class CsvFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="csv"):
    """A file of one's own: numeric feature columns and a label column."""

    path: str
    label: str | int = -1
    header: Literal["auto", "yes", "no"] = "auto"
    standardize: bool = True
    test_share: Share = 0.2


DatasetSpec = SpinGlass | Xor | CsvFile


class LayerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One hidden layer."""

    size: Size
    activation: Activation = "relu"


class OutputSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The output layer; a size of None is as many outputs as the data set has classes."""

    size: Size | None = None
    activation: OutputActivation = "softmax"
    cost: Cost = "cross-entropy"


class GradientDescentSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="gradient-descent"):
    """Plain gradient descent."""

    learning_rate: LearningRate = 0.1


class AdamSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="adam"):
    """Adam, with the defaults its paper publishes."""

    learning_rate: LearningRate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Annotated[float, Meta(gt=0)] = 1e-8


OptimizerSpec = GradientDescentSpec | AdamSpec


class Experiment(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that decides a run; two runs of equal experiments are equal bit for bit.

    ``input_size`` and ``output.size`` may be left out: the data set decides them.
    ``test_every`` is ``"epoch"`` or a number of iterations.
    """

    version: Literal[1]
    dataset: DatasetSpec
    name: str = ""
    input_size: Size | None = None
    layers: tuple[LayerSpec, ...] = ()
    output: OutputSpec = OutputSpec()
    optimizer: OptimizerSpec = AdamSpec()
    epochs: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    batch_size: Annotated[int, Meta(ge=1, le=1_000_000)] = 32
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    test_every: Literal["epoch"] | Annotated[int, Meta(ge=1)] = "epoch"
