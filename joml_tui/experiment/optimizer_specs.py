"""Optimizers and learning-rate schedules as an experiment names them.

Schedules count in epochs, in looks or by shares of the run, so that another number of epochs or another batch size
needs no other change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from joml.declaration import DeclaredSetting, parts_of
from joml_tui.experiment.specs import MAX_NUMBER, choice_of, setting_of, specs_of

#: What weight decay multiplies the weights by.
Penalty = Annotated[float, Meta(ge=0, le=MAX_NUMBER)]

#: A run has some tens of looks, of which the engine's ten would be too many to wait for.
_SCHEDULES = specs_of("schedule", defaults={"reduce-on-plateau": {"patience": 2}})

if TYPE_CHECKING:
    Schedule = str | Struct
else:
    Schedule = choice_of(parts_of("schedule"), _SCHEDULES.values())


#: What goes around an optimizer, as the engine declares it.
_AROUND = {"l1": ("decay", "l1"), "l2": ("decay", "l2"), "clip_norm": ("clip", "norm")}


class _Surrounded(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes around any optimizer: the gradient is clipped, then decay added; the rate follows the schedule.

    ``warm_up`` counts the epochs in which the rate rises to where the schedule begins.
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

#: What trains where an experiment does not say.
DEFAULT_OPTIMIZER: OptimizerSpec = _OPTIMIZERS["adam"]()  # type: ignore[assignment]


def schedule_settings(schedule: Schedule) -> Struct | None:
    """Return a schedule with its settings, also where it is named alone; None for the constant rate."""
    if isinstance(schedule, Struct):
        return schedule
    return _SCHEDULES[schedule]() if schedule in _SCHEDULES else None


def declared_setting(owner: type[Struct], field: str) -> DeclaredSetting | None:
    """Return what the engine declares of a field, such as its help; None where it declares nothing."""
    if issubclass(owner, _Surrounded) and field in _AROUND:
        transform, name = _AROUND[field]
        return next(each for each in parts_of("transform")[transform].settings if each.name == name)
    return setting_of(owner, field)
