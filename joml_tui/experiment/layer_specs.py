"""Layers in experiments, with functions by name, or by name and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from joml.declaration import parts_of
from joml_tui.experiment.optimizer_specs import OptimizerSpec
from joml_tui.experiment.own_parts import OwnSpec
from joml_tui.experiment.specs import choice_of, specs_of

Size = Annotated[int, Meta(ge=1, le=65_536)]

#: Names of the activation functions of hidden layers, and of outputs, with those for outputs only first.
HIDDEN_ACTIVATIONS = tuple(name for name, part in parts_of("activation").items() if part.make.elementwise)
OUTPUT_ACTIVATIONS = tuple(dict.fromkeys(("softmax", "sigmoid", "identity", *parts_of("activation"))))

if TYPE_CHECKING:
    Activation = str | Struct
    OutputActivation = str | Struct
    Cost = str | Struct
    Initialisation = str | Struct
else:
    _ACTIVATIONS = (*specs_of("activation").values(), OwnSpec)
    Activation = choice_of(HIDDEN_ACTIVATIONS, _ACTIVATIONS)
    OutputActivation = choice_of(OUTPUT_ACTIVATIONS, _ACTIVATIONS)
    Cost = choice_of(parts_of("cost"), (*specs_of("cost").values(), OwnSpec))
    Initialisation = choice_of(parts_of("initialisation"), (*specs_of("initialisation").values(), OwnSpec))


class LayerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One hidden layer.

    An initialisation of None is the activation's default; an optimizer of None is the experiment's. ``residual`` is the
    number of layers in a residual block that ends here: the activation of the layer that many places before is added.
    """

    size: Size
    activation: Activation = "relu"
    initialisation: Initialisation | None = None
    dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    normalised: bool = False
    residual: Annotated[int, Meta(ge=0, le=1_000)] = 0
    optimizer: OptimizerSpec | None = None


class OutputSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The output layer; a size of None means the data set's number of classes, answers or values."""

    size: Size | None = None
    activation: OutputActivation = "softmax"
    cost: Cost = "cross-entropy"
    initialisation: Initialisation | None = None
    optimizer: OptimizerSpec | None = None
