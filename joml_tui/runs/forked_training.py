"""Forks: which settings they share with their origin, and whether they keep the state of its optimizer."""

from __future__ import annotations

from msgspec import structs

from joml_tui.experiment import Experiment
from joml_tui.experiment.data_parts import VALIDATION_SHARE

#: Settings in which a fork may differ from its origin; all others decide its data or its network.
_CHANGEABLE = frozenset({"version", "name", "optimizer", "epochs", "test_every", "metrics"})


def require_same_training(origin: Experiment, experiment: Experiment) -> None:
    """Raise ValueError if a fork differs from its origin in more than its optimizer, epochs, checks and metrics.

    Parameters
    ----------
    origin, experiment : Experiment
    """
    for name in Experiment.__struct_fields__:
        if name == "split" and _has_the_same_split(origin, experiment):
            continue
        if name not in _CHANGEABLE and getattr(origin, name) != getattr(experiment, name):
            raise ValueError(
                f"{name} differs from the forked run: only the optimizer, its rate, the epochs, the checks and the "
                "metrics may change"
            )


def _has_the_same_split(origin: Experiment, experiment: Experiment) -> bool:
    """Return whether a fork has its origin's split, also if it states the validation part that was taken by default.

    It does so where its schedule alone would take another one than its origin's.
    """
    stated = experiment.split
    if origin.split.validation is None and stated.validation in (0.0, VALIDATION_SHARE):
        stated = structs.replace(stated, validation=None)
    return stated == origin.split


def continues_optimizer(origin: Experiment, experiment: Experiment) -> bool:
    """Return whether a fork keeps the state of its origin's optimizer, which differs at most in its learning rate.

    Parameters
    ----------
    origin, experiment : Experiment

    Returns
    -------
    bool
    """
    rate = experiment.optimizer.learning_rate
    return bool(structs.replace(origin.optimizer, learning_rate=rate) == experiment.optimizer)
