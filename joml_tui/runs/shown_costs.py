"""The costs in tables of runs: in the units of the data where a run has them, as in its charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from joml_tui.runs.run_fields import RunFacts, RunField, find_field
from joml_tui.runs.run_record import PARTS, Part

_PARTS: dict[str, Part] = {f"{part}_cost": part for part in PARTS}


def shown_field(field: RunField, errors: Iterable[str]) -> RunField:
    """Return the field that a table of runs shows in place of a field.

    A cost is replaced by the error in the units of the data, RMSE or MAE, if all runs have the same one, and the unit
    of the costs by that of these. If only some runs have one, the values stay those of costs, and the format says that
    `own_field` gives the text of a cell.

    Parameters
    ----------
    field : RunField
    errors : iterable of str
        The `error_name` of the record of each run in the table.

    Returns
    -------
    RunField
    """
    if field.name not in _PARTS and field.name != "cost_unit":
        return field
    different = set(errors)
    if field.name == "cost_unit":
        return _UNIT if any(different) else field
    if len(different) < 2:
        return _error_field(field, *different) if any(different) else field
    return replace(field, format="cost or error")


def own_field(field: RunField, facts: RunFacts) -> tuple[str, RunField]:
    """Return the name of a run's error and its field, for a cell beside cells of other quantities.

    Parameters
    ----------
    field : RunField
        A field of the format "cost or error".
    facts : RunFacts

    Returns
    -------
    name : str
        "RMSE" or "MAE"; empty if the run shows its cost, or has none yet.
    field : RunField
    """
    own = shown_field(replace(field, format="cost"), [facts.record.error_name])
    return facts.record.error_name if own.read(facts) is not None else "", own


def _unit_of(facts: RunFacts) -> str:
    scale = facts.record.cost_scale
    return facts.record.cost_unit if scale is None else str(scale)


_UNIT = replace(find_field("cost_unit"), read=_unit_of)


@lru_cache(maxsize=16)
def _error_field(field: RunField, error: str) -> RunField:
    return replace(
        field,
        title=field.title.replace("cost", error),
        read=_error_on(_PARTS[field.name]),
        of=f"{field.of.partition(',')[0]}, in the data's unit",
        format="error",
    )


def _error_on(part: Part) -> Callable[[RunFacts], float | None]:
    return lambda facts: facts.record.cost_in_units(part)
