"""Optimizers and learning-rate schedules as an experiment names them.

Schedules count in epochs, in tests or by shares of the run, so that another number of epochs or another batch size
needs no other change.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

# Above, single precision ends.
LearningRate = Annotated[float, Meta(gt=0, le=1e30)]
Decay = Annotated[float, Meta(ge=0, lt=1)]
Epsilon = Annotated[float, Meta(gt=0, le=1)]
# What weight decay multiplies the weights by.
Penalty = Annotated[float, Meta(ge=0, le=1e30)]
# Of the learning rate.
Factor = Annotated[float, Meta(ge=0, le=1)]
Tests = Annotated[int, Meta(ge=0, le=1_000_000)]

ScheduleName = Literal["constant", "step", "cosine", "one-cycle", "reduce-on-plateau"]


class StepSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="step"):
    """Multiply the rate by ``ratio`` every so many epochs; None is a third of the run, so that it falls twice."""

    every: Annotated[float, Meta(gt=0, le=1_000_000)] | None = None
    ratio: Annotated[float, Meta(gt=0, le=1)] = 0.1


class CosineSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="cosine"):
    """Fall to ``final`` times the rate along half a cosine, over the whole run."""

    final: Factor = 0.0


class OneCycleSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="one-cycle"):
    """Rise to the rate for the share ``rising`` of the run, then fall far below where it began."""

    rising: Factor = 0.3
    start: Factor = 0.04
    final: Factor = 4e-6


class PlateauSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="reduce-on-plateau"):
    """Multiply the rate by ``ratio`` when more than ``patience`` tests have brought no lower cost."""

    ratio: Annotated[float, Meta(gt=0, lt=1)] = 0.1
    patience: Tests = 2
    threshold: Decay = 1e-4
    cooldown: Tests = 0
    least: Factor = 0.0


ScheduleSpec = StepSpec | CosineSpec | OneCycleSpec | PlateauSpec
Schedule = ScheduleName | ScheduleSpec


class _Surrounded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes around any optimizer: the gradient is clipped, then decay added; the rate follows the schedule.

    ``warm_up`` counts the epochs in which the rate rises to where the schedule begins.
    """

    l1: Penalty = 0.0
    l2: Penalty = 0.0
    clip_norm: Annotated[float, Meta(gt=0, le=1e30)] | None = None
    schedule: Schedule = "constant"
    warm_up: Annotated[float, Meta(ge=0, le=1_000_000)] = 0.0


class GradientDescentSpec(_Surrounded, frozen=True, tag_field="name", tag="gradient-descent"):
    """Plain gradient descent."""

    learning_rate: LearningRate = 0.1


class MomentumSpec(_Surrounded, frozen=True, tag_field="name", tag="momentum"):
    """Gradient descent with a velocity."""

    learning_rate: LearningRate = 0.01
    momentum: Decay = 0.9


class NesterovSpec(_Surrounded, frozen=True, tag_field="name", tag="nesterov"):
    """Momentum that looks ahead."""

    learning_rate: LearningRate = 0.01
    momentum: Decay = 0.9


class AdaGradSpec(_Surrounded, frozen=True, tag_field="name", tag="adagrad"):
    """Steps scaled by the sum of the squares of all gradients."""

    learning_rate: LearningRate = 0.01
    epsilon: Epsilon = 1e-10


class RmsPropSpec(_Surrounded, frozen=True, tag_field="name", tag="rmsprop"):
    """Steps scaled by the running mean of the gradient's square."""

    learning_rate: LearningRate = 0.001
    beta: Decay = 0.99
    epsilon: Epsilon = 1e-8


class AdamSpec(_Surrounded, frozen=True, tag_field="name", tag="adam"):
    """Adam, with the defaults its paper publishes."""

    learning_rate: LearningRate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Epsilon = 1e-8


class AdamWSpec(_Surrounded, frozen=True, tag_field="name", tag="adamw"):
    """Adam with weight decay beside the step."""

    learning_rate: LearningRate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Epsilon = 1e-8
    weight_decay: Penalty = 0.01


OptimizerSpec = GradientDescentSpec | MomentumSpec | NesterovSpec | AdaGradSpec | RmsPropSpec | AdamSpec | AdamWSpec
