"""The costs in tables of runs: in the units of the data where a run has them, as in its charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from math import isnan

from joml_tui.runs.run_fields import RunFacts, RunField, find_field
from joml_tui.runs.run_record import PARTS, Part

_PARTS: dict[str, Part] = {f"{part}_cost": part for part in PARTS}
_ERRORS = {"RMSE", "MAE"}
_STANDARDISED = "standardised"
_SHORT = "std."


def shown_field(field: RunField, marks: Iterable[str]) -> RunField:
    """Return the field that a table of runs shows in place of a field.

    A cost is replaced by the error in the units of the data, RMSE or MAE, if all runs have the same one, and the unit
    of the costs by that of these. If all costs are of standardised values, the title says so. If runs differ, the
    format says that `own_field` gives the text of a cell, and the values are those to sort by: of each quantity for
    itself, in the units that are shown.

    Parameters
    ----------
    field : RunField
    marks : iterable of str
        The `cost_mark` of the record of each run in the table.

    Returns
    -------
    RunField
    """
    if field.name not in _PARTS and field.name != "cost_unit":
        return field
    different = set(marks)
    if field.name == "cost_unit":
        return _UNIT if different & _ERRORS else field
    if len(different) < 2:
        return _marked_field(field, "".join(different))
    return replace(field, format="cost or error", read=_mark_and_value(field.name))


def own_field(field: RunField, facts: RunFacts) -> tuple[str, RunField]:
    """Return the mark of a run's cost and its field, for a cell beside cells of other quantities.

    Parameters
    ----------
    field : RunField
        A field of the format "cost or error".
    facts : RunFacts

    Returns
    -------
    mark : str
        Such as "RMSE", "squared" or "std. Huber"; empty for nats, and for a run without a cost yet.
    field : RunField
    """
    mark = facts.record.cost_mark
    own = shown_field(find_field(field.name), [mark])
    return short_mark(mark) if own.read(facts) is not None else "", own


def short_mark(mark: str) -> str:
    """Return a mark of costs for a cell: "std. Huber"."""
    return mark.replace(_STANDARDISED, _SHORT)


def short_title(title: str) -> str:
    """Return a field's title for narrow columns: "Test cost, std."."""
    return title.replace(f", {_STANDARDISED}", f", {_SHORT}")


def _unit_of(facts: RunFacts) -> str:
    scale = facts.record.cost_scale
    return facts.record.cost_unit if scale is None else str(scale)


_UNIT = replace(find_field("cost_unit"), read=_unit_of)


@lru_cache(maxsize=16)
def _marked_field(field: RunField, mark: str) -> RunField:
    if mark.startswith(_STANDARDISED):
        return replace(field, title=f"{field.title}, {_STANDARDISED}")
    if mark not in _ERRORS:
        return replace(field, format="error") if mark else field  # as large as the data's values or their squares
    return replace(
        field,
        title=field.title.replace("cost", mark),
        read=_error_on(_PARTS[field.name]),
        of=f"{field.of.partition(',')[0]}, in the data's unit",
        format="error",
    )


def _error_on(part: Part) -> Callable[[RunFacts], float | None]:
    return lambda facts: facts.record.cost_in_units(part)


def _mark_and_value(name: str) -> Callable[[RunFacts], tuple[str, float] | None]:
    """Return a reader of the quantity and its value, so that sorting does not compare different quantities."""

    def read(facts: RunFacts) -> tuple[str, float] | None:
        mark, own = own_field(find_field(name), facts)
        value = own.read(facts)
        return None if value is None or isnan(value) else (mark, value)

    return read
