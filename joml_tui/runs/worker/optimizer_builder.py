"""Construction of the engine's optimizers; the epochs of schedules become iterations."""

from __future__ import annotations

import math
from typing import NamedTuple

from joml import Optimizer, ReduceOnPlateau, Schedule, Scheduled, WarmUp, WithGradientClipping, WithWeightDecay
from joml.optimizers.schedules import ScheduleOfShare
from joml_tui.experiment import OptimizerSpec, build_part, part_behind, reference_of, schedule_settings


class Length(NamedTuple):
    """The length of a run; schedules count its updates."""

    epochs: int
    updates_per_epoch: int

    def iterations(self, epochs: float) -> int:
        """Return the number of updates in some epochs, at least one."""
        return max(1, round(epochs * self.updates_per_epoch))


def build_optimizer(optimizer: OptimizerSpec, length: Length) -> Optimizer:
    """Return the optimizer of an experiment, with decay, clipping and schedule, for a run of this length."""
    built: Optimizer = build_part("optimizer", optimizer)
    if optimizer.l1 or optimizer.l2:
        built = WithWeightDecay(built, optimizer.l1, optimizer.l2)
    if optimizer.clip_norm is not None:
        built = WithGradientClipping(built, optimizer.clip_norm)
    for schedule in _build_schedules(optimizer, length):
        built = Scheduled(built, schedule)
    return built


def _build_schedules(optimizer: OptimizerSpec, length: Length) -> list[Schedule | ReduceOnPlateau]:
    """Return the schedules: one, or two if a warm-up precedes the wait for a plateau."""
    schedule = _build_schedule(optimizer, length)
    if not optimizer.warm_up:
        return [] if schedule is None else [schedule]
    rising = length.iterations(optimizer.warm_up)
    if schedule is None:
        return [WarmUp(rising)]
    return [WarmUp(rising), schedule] if isinstance(schedule, ReduceOnPlateau) else [WarmUp(rising, then=schedule)]


def _build_schedule(optimizer: OptimizerSpec, length: Length) -> Schedule | ReduceOnPlateau | None:
    """Return the schedule for the rest of the run after the warm-up; None for the constant rate."""
    chosen = schedule_settings(optimizer.schedule)
    if chosen is None:
        return None
    epochs = length.epochs - optimizer.warm_up
    if reference_of(chosen) is not None:
        return ScheduleOfShare(build_part("schedule", chosen), length.iterations(epochs))
    part = part_behind("schedule", chosen)
    settings = {}
    for setting in part.settings:
        value = getattr(chosen, setting.name, None)
        match setting.about.unit:
            case "all iterations":
                value = length.iterations(epochs)
            case "iterations":
                # Rounded up, so that a third of the run occurs only twice before its end.
                value = math.ceil(length.iterations(epochs) / 3) if value is None else length.iterations(value)
        settings[setting.name] = value
    schedule: Schedule | ReduceOnPlateau = part.make(**settings)
    return schedule
