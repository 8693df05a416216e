"""Layers as an experiment names them: functions are called by name, or by name and settings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from joml_tui.experiment.optimizers import OptimizerSpec

Size = Annotated[int, Meta(ge=1, le=65_536)]

ActivationName = Literal["relu", "leaky-relu", "elu", "gelu", "silu", "sigmoid", "tanh", "identity"]
OutputActivationName = Literal["softmax", "sigmoid", "identity", "tanh", "relu", "leaky-relu", "elu", "gelu", "silu"]
CostName = Literal["cross-entropy", "mean-squared-error", "mean-absolute-error", "huber"]
InitialisationName = Literal["he", "glorot", "lecun", "orthogonal", "normal", "zeros", "identity"]


class LeakyReluSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="leaky-relu"):
    """A ReLU that leaks what is negative."""

    slope: Annotated[float, Meta(ge=0, le=1)] = 0.01


class EluSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="elu"):
    """The exponential linear unit, which settles at ``-alpha``."""

    alpha: Annotated[float, Meta(ge=0, le=1_000)] = 1.0


class HuberSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="huber"):
    """The squared error up to ``delta``, the absolute one beyond."""

    delta: Annotated[float, Meta(gt=0, le=1e30)] = 1.0


class OrthogonalSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="orthogonal"):
    """Weights whose rows are orthogonal and of the length ``gain``."""

    gain: Annotated[float, Meta(gt=0, le=1_000)] = 1.0


class NormalSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="normal"):
    """Weights of one standard deviation, whatever the sizes."""

    deviation: Annotated[float, Meta(gt=0, le=1_000)] = 0.01


Activation = ActivationName | LeakyReluSpec | EluSpec
OutputActivation = OutputActivationName | LeakyReluSpec | EluSpec
Cost = CostName | HuberSpec
Initialisation = InitialisationName | OrthogonalSpec | NormalSpec


class LayerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One hidden layer.

    An initialisation of None is what is usual for the activation; an optimizer of None is the experiment's.
    ``residual`` counts the layers of a residual block that ends here: the activation of the layer so many places before
    is added.
    """

    size: Size
    activation: Activation = "relu"
    initialisation: Initialisation | None = None
    dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    normalised: bool = False
    residual: Annotated[int, Meta(ge=0, le=1_000)] = 0
    optimizer: OptimizerSpec | None = None


class OutputSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The output layer; a size of None is as many outputs as the data set has classes, answers or values."""

    size: Size | None = None
    activation: OutputActivation = "softmax"
    cost: Cost = "cross-entropy"
    initialisation: Initialisation | None = None
    optimizer: OptimizerSpec | None = None


def name_of(function: str | Struct) -> str:
    """Return the name of a function, a schedule or anything else that is chosen by name, with settings or without."""
    return function if isinstance(function, str) else str(function.__struct_config__.tag)
