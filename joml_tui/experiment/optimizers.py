"""Optimizers as an experiment names them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

# Above, single precision ends.
LearningRate = Annotated[float, Meta(gt=0, le=1e30)]
Decay = Annotated[float, Meta(ge=0, lt=1)]


class GradientDescentSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="gradient-descent"):
    """Plain gradient descent."""

    learning_rate: LearningRate = 0.1


class AdamSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="adam"):
    """Adam, with the defaults its paper publishes."""

    learning_rate: LearningRate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Annotated[float, Meta(gt=0, le=1)] = 1e-8


OptimizerSpec = GradientDescentSpec | AdamSpec
