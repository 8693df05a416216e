"""Metrics in experiments: figures that are measured beside the cost and the score."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from joml.declaration import parts_of
from joml.statistics.metric import Better, MetricTraits
from joml_tui.experiment.own_parts import reference_of
from joml_tui.experiment.specs import choice_of, name_of, specs_of

_METRICS = specs_of("metric")


class OwnMetricSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="own"):
    """A metric of your own: ``module:name``, or the name of one that an installed package offers.

    ``better`` says whether higher or lower values are better; ``label`` replaces the function's name.
    """

    own: str
    label: Annotated[str, Meta(max_length=40)] = ""
    better: Better = "higher"
    settings: tuple[tuple[str, bool | int | float | str], ...] = ()


if TYPE_CHECKING:
    MetricSpec = str | Struct
else:
    MetricSpec = choice_of(parts_of("metric"), (*_METRICS.values(), OwnMetricSpec))

#: A valid name: it is the title of a column, and used in filters.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
#: Names of figures that are always measured, which custom metrics may not use.
MEASURED_ANYWAY = ("cost", "accuracy", "r2", "samples", "right-answers")


def metric_name(metric: MetricSpec) -> str:
    """Return the name of a metric: its label, or the name of its part or function."""
    return getattr(metric, "label", "") or name_of(metric)


def is_built_in(metric: MetricSpec) -> bool:
    """Return whether a metric is built in."""
    return reference_of(metric) is None


def traits_of(metric: MetricSpec) -> MetricTraits:
    """Return the traits that a built-in metric declares."""
    traits: MetricTraits = parts_of("metric")[name_of(metric)].traits
    return traits


def better_of(metric: MetricSpec) -> Better:
    """Return whether higher or lower values of a metric are better."""
    better: Better = traits_of(metric).better if is_built_in(metric) else getattr(metric, "better", "higher")
    return better


def with_awaited(metrics: Sequence[MetricSpec], awaited: str) -> tuple[MetricSpec, ...]:
    """Return the metrics, with the built-in one that early stopping uses if it is missing."""
    names: Mapping[str, MetricSpec] = {metric_name(metric): metric for metric in metrics}
    missing = awaited not in ("cost", *names) and awaited in parts_of("metric")
    return (*metrics, awaited) if missing else tuple(metrics)
