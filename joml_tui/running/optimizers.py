"""From an optimizer's description to the engine's: the epochs of its schedule become iterations."""

from __future__ import annotations

import math
from typing import NamedTuple

from joml import (
    AdaGrad,
    Adam,
    AdamW,
    Clipped,
    CosineDecay,
    Decayed,
    GradientDescent,
    Momentum,
    Nesterov,
    OneCycle,
    Optimizer,
    ReduceOnPlateau,
    RMSProp,
    Schedule,
    Scheduled,
    StepDecay,
    WarmUp,
)
from joml_tui.experiment import (
    AdaGradSpec,
    AdamSpec,
    AdamWSpec,
    CosineSpec,
    GradientDescentSpec,
    MomentumSpec,
    NesterovSpec,
    OneCycleSpec,
    OptimizerSpec,
    PlateauSpec,
    RmsPropSpec,
    ScheduleName,
    ScheduleSpec,
    StepSpec,
)

#: What a schedule's name alone stands for.
_SCHEDULES: dict[ScheduleName, ScheduleSpec | None] = {
    "constant": None,
    "step": StepSpec(),
    "cosine": CosineSpec(),
    "one-cycle": OneCycleSpec(),
    "reduce-on-plateau": PlateauSpec(),
}


class Length(NamedTuple):
    """How long a run is."""

    epochs: int
    iterations_per_epoch: int

    def iterations(self, epochs: float) -> int:
        """Return the iterations in so many epochs, at least one."""
        return max(1, round(epochs * self.iterations_per_epoch))


def build_optimizer(optimizer: OptimizerSpec, length: Length) -> Optimizer:
    """Make the optimizer of an experiment, with all that goes around it, for a run of that length."""
    built = _build_rule(optimizer)
    if optimizer.l1 or optimizer.l2:
        built = Decayed(built, optimizer.l1, optimizer.l2)
    if optimizer.clip_norm is not None:
        built = Clipped(built, optimizer.clip_norm)
    for schedule in _build_schedules(optimizer, length):
        built = Scheduled(built, schedule)
    return built


def _build_rule(optimizer: OptimizerSpec) -> Optimizer:
    match optimizer:
        case GradientDescentSpec(learning_rate):
            rule: Optimizer = GradientDescent(learning_rate)
        case MomentumSpec(learning_rate, momentum):
            rule = Momentum(learning_rate, momentum)
        case NesterovSpec(learning_rate, momentum):
            rule = Nesterov(learning_rate, momentum)
        case AdaGradSpec(learning_rate, epsilon):
            rule = AdaGrad(learning_rate, epsilon)
        case RmsPropSpec(learning_rate, beta, epsilon):
            rule = RMSProp(learning_rate, beta, epsilon)
        case AdamSpec(learning_rate, beta1, beta2, epsilon):
            rule = Adam(learning_rate, beta1, beta2, epsilon)
        case AdamWSpec(learning_rate, beta1, beta2, epsilon, weight_decay):
            rule = AdamW(learning_rate, beta1, beta2, epsilon, weight_decay)
    return rule


def _build_schedules(optimizer: OptimizerSpec, length: Length) -> list[Schedule | ReduceOnPlateau]:
    """Make the schedule, or two around each other where a warm-up comes before the wait for a plateau."""
    schedule = _SCHEDULES[optimizer.schedule] if isinstance(optimizer.schedule, str) else optimizer.schedule
    if isinstance(schedule, PlateauSpec):
        plateau = ReduceOnPlateau(
            schedule.ratio, schedule.patience, schedule.threshold, schedule.cooldown, schedule.least
        )
        warm_up = [WarmUp(length.iterations(optimizer.warm_up))] if optimizer.warm_up else []
        return [*warm_up, plateau]
    then = _build_timetable(schedule, length, optimizer.warm_up)
    if not optimizer.warm_up:
        return [] if then is None else [then]
    rising = length.iterations(optimizer.warm_up)
    return [WarmUp(rising) if then is None else WarmUp(rising, then=then)]


def _build_timetable(
    schedule: StepSpec | CosineSpec | OneCycleSpec | None, length: Length, warm_up: float
) -> Schedule | None:
    """Make a schedule of iterations for what the warm-up leaves of the run."""
    epochs = length.epochs - warm_up
    match schedule:
        case StepSpec(every, ratio):
            # Rounded up, a third of the run comes twice before its end and no third time.
            third = math.ceil(length.iterations(epochs) / 3)
            return StepDecay(third if every is None else length.iterations(every), ratio)
        case CosineSpec(final):
            return CosineDecay(length.iterations(epochs), final)
        case OneCycleSpec(rising, start, final):
            return OneCycle(length.iterations(epochs), rising, start, final)
        case None:
            return None
