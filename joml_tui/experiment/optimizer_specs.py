"""Optimizers and learning-rate schedules in experiments.

Schedules count epochs, checks or shares of the run, so that they need no change with another number of epochs or
another batch size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from joml.declaration import DeclaredSetting, parts_of
from joml_tui.experiment.own_parts import OwnSpec
from joml_tui.experiment.specs import MAX_NUMBER, choice_of, setting_of, specs_of

#: The factor of the weights in weight decay.
Penalty = Annotated[float, Meta(ge=0, le=MAX_NUMBER)]

#: A run has only some tens of checks, so the engine's default of ten would be too patient.
_SCHEDULES = specs_of("schedule", defaults={"reduce-on-plateau": {"patience": 2}})

if TYPE_CHECKING:
    Schedule = str | Struct
else:
    Schedule = choice_of(parts_of("schedule"), (*_SCHEDULES.values(), OwnSpec))


#: The decay and clipping of an optimizer, as the engine declares them.
_AROUND = {"l1": ("decay", "l1"), "l2": ("decay", "l2"), "clip_norm": ("clip", "norm")}


class _Surrounded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The common settings of all optimizers: the gradient is clipped, then decay added; the rate follows a schedule.

    ``warm_up`` is the number of epochs in which the rate rises before the schedule begins.
    """

    l1: Penalty = 0.0
    l2: Penalty = 0.0
    clip_norm: Annotated[float, Meta(gt=0, le=MAX_NUMBER)] | None = None
    schedule: Schedule = "constant"
    warm_up: Annotated[float, Meta(ge=0, le=1_000_000)] = 0.0


_OPTIMIZERS = specs_of("optimizer", _Surrounded)


class OwnOptimizerSpec(_Surrounded, frozen=True, tag_field="name", tag="own"):
    """An optimizer of your own: ``module:Name``, or the name of one that an installed package offers."""

    own: str
    learning_rate: Annotated[float, Meta(gt=0, le=MAX_NUMBER)] = 0.01
    settings: tuple[tuple[str, bool | int | float | str], ...] = ()


if TYPE_CHECKING:

    class OptimizerSpec(_Surrounded, frozen=True):
        """An optimizer and its settings."""

        learning_rate: float = 0.0
else:
    OptimizerSpec = choice_of((), (*_OPTIMIZERS.values(), OwnOptimizerSpec))

#: The default optimizer.
DEFAULT_OPTIMIZER: OptimizerSpec = _OPTIMIZERS["adam"]()  # type: ignore[assignment]


def schedule_settings(schedule: Schedule) -> Struct | None:
    """Return a schedule with its settings, also for a name alone; None for the constant rate."""
    if isinstance(schedule, Struct):
        return schedule
    return _SCHEDULES[schedule]() if schedule in _SCHEDULES else None


def declared_setting(owner: type[Struct], field: str) -> DeclaredSetting | None:
    """Return the engine's declaration of a field, such as its help; None if there is none."""
    if issubclass(owner, _Surrounded) and field in _AROUND:
        transform, name = _AROUND[field]
        return next(each for each in parts_of("transform")[transform].settings if each.name == name)
    return setting_of(owner, field)
