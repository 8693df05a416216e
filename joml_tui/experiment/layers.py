"""Layers as an experiment names them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Size = Annotated[int, Meta(ge=1, le=65_536)]

Activation = Literal["relu", "sigmoid", "tanh", "identity"]
OutputActivation = Literal["softmax", "sigmoid", "tanh", "identity", "relu"]
Cost = Literal["cross-entropy", "mean-squared-error"]


class LayerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One hidden layer."""

    size: Size
    activation: Activation = "relu"


class OutputSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The output layer; a size of None is as many outputs as the data set has classes."""

    size: Size | None = None
    activation: OutputActivation = "softmax"
    cost: Cost = "cross-entropy"
