"""The results of a sweep: means and spreads over the seeds, one line per setting, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import isfinite
from statistics import mean
from typing import Any

from joml.statistics.metrics import spread
from joml.task import SCORE_NAMES
from joml_tui.experiment.cost_scale import STANDARDISED
from joml_tui.experiment.grid import written
from joml_tui.names import metric_title
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.run import RunState
from joml_tui.runs.run_fields import RunField, facts_of, find_field, metric_fields
from joml_tui.runs.run_record import PARTS, RunRecord
from joml_tui.runs.shown_costs import shown_field
from joml_tui.store import StoredRun
from joml_tui.sweep.coordinator import JobOutcome
from joml_tui.sweep.sweep_file import Cell, Sweep

_QUANTITIES = ("accuracy", "r2", "cost")
_SCORES = tuple(f"{part}_{quantity}" for part in reversed(PARTS) for quantity in _QUANTITIES)


def result_table(sweep: Sweep, outcomes: Sequence[JobOutcome]) -> str:
    """Return a table with one line per setting that has results: means and spreads over the seeds, and their number.

    With a validation part, its score is included: settings should be chosen by it, not by the test score. The metrics
    of these parts come last.

    Parameters
    ----------
    sweep : Sweep
    outcomes : sequence of Outcome
        The outcomes of finished jobs.
    """
    by_cell = _by_cell(outcomes)
    cells = [cell for place, cell in enumerate(sweep.cells) if place in by_cell]
    by_setting = [by_cell[cell.jobs[0].cell] for cell in cells]
    names = [path.rsplit(".", 1)[-1] for path in sweep.paths]
    settings = [[name, *(written(cell.values[i]) for cell in cells)] for i, name in enumerate(names)]
    if "network" not in sweep.paths:
        settings.insert(0, ["network", *(_network(own) for own in by_setting)])
    if len({unit for own in by_setting for unit in _units(own)}) > 1:
        settings.append(["cost in", *(" / ".join(_units(own)) for own in by_setting)])
    counts = [["n", *(str(sum(outcome.run is not None for outcome in own)) for own in by_setting)]]
    groups = [("", [*map(_to_the_left, settings), *map(_to_the_right, counts)])]
    for title, field, parts in _measured(by_setting):
        numbers = [[part, *(_number(_spread_of(own, field)[part], field) for own in by_setting)] for part in parts]
        groups.append((title, [*map(_to_the_right, numbers)]))
    for head, count in (("diverged", _diverged), ("failed", _failed)):
        if any(count(own) for own in by_setting):
            groups.append(("", [_to_the_right([head, *(str(count(own)) for own in by_setting)])]))
    return _beneath_titles(groups)


def _measured(outcomes: Sequence[Sequence[JobOutcome]]) -> Iterator[tuple[str, RunField, tuple[str, ...]]]:
    """Yield title, field and statistics of the existing figures; costs are in the units of the data if all can be."""
    score = _score_name(outcomes)
    records = [outcome.run.record for own in outcomes for outcome in own if outcome.run is not None]
    if any(_spread(own, "validation_cost")["mean"] is not None for own in outcomes):
        yield f"validation {score}", find_field("validation_score"), ("mean", "spread")
        yield _cost("validation", records)
    yield f"test {score}", find_field("test_score"), ("mean", "spread", "min", "max")
    yield _cost("test", records)
    for name in _metrics([outcome for own in outcomes for outcome in own]):
        part, _, metric = name.partition("_")
        if part != "train":
            yield f"{part} {metric_title(metric)}", find_field(name), ("mean", "spread")


def _cost(part: str, records: Sequence[RunRecord]) -> tuple[str, RunField, tuple[str, ...]]:
    """Return title, field and statistics of the cost on a part: an error in the units of the data if all runs have it.

    Costs of which only some have such an error are shown as recorded, so that they can be compared.
    """
    field = find_field(f"{part}_cost")
    marks = {record.cost_mark for record in records}
    if len(marks) == 1:
        field = shown_field(field, marks)
    elif all(record.cost_unit.endswith(STANDARDISED) for record in records):
        field = shown_field(field, ["standardised"])
    figure = field.title.partition(" ")[2]  # without the part, which is shortened there
    return f"{part} {figure}", field, ("mean", "spread")


def _beneath_titles(groups: Sequence[tuple[str, list[list[str]]]]) -> str:
    """Return columns side by side, each group below its title and at least as wide."""
    over, columns = "", []
    for title, group in groups:
        wide = sum(_width(column) + 2 for column in group)
        if missing := max(0, len(title) + 2 - wide):
            group[-1] = [cell + " " * missing for cell in group[-1]]
        over += title.ljust(wide + missing)
        columns += group
    return "\n".join(line.rstrip() for line in (over, *map("  ".join, zip(*columns, strict=True))))


def as_json(sweep: Sweep, outcomes: Sequence[JobOutcome], store: str) -> str:
    """Return a sweep as JSON: its settings with means and spreads, and every run."""
    by_cell = _by_cell(outcomes)
    done = [outcome for outcome in outcomes if outcome.run is not None]
    whole = {
        "sweep": sweep.identity,
        "store": store,
        "runs": len(sweep.jobs),
        "done": len(done),
        "failed": len(outcomes) - len(done),
        "settings": [_setting(sweep, cell, by_cell.get(place, [])) for place, cell in enumerate(sweep.cells)],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)


def _setting(sweep: Sweep, cell: Cell, own: list[JobOutcome]) -> dict[str, Any]:
    return {
        "values": dict(zip(sweep.paths, cell.values, strict=True)),
        "network": _network(own),
        "n": sum(outcome.run is not None for outcome in own),
        "diverged": _diverged(own),
        "failed": _failed(own),
        **{name: _spread(own, name) for name in (*_SCORES, *_metrics(own))},
        "runs": [_run(outcome) for outcome in own],
    }


def _run(outcome: JobOutcome) -> dict[str, Any]:
    fields: dict[str, Any] = {"seed": outcome.job.experiment.seed}
    if outcome.run is None:
        return fields | {"state": RunState.FAILED.value, "message": outcome.fault}
    summary = outcome.run.summary
    return fields | {
        "run": outcome.run.number,
        "state": outcome.run.state.value,
        "message": outcome.run.message,
        "iteration": summary.iteration,
        "seconds": summary.seconds,
        **{name: _finite(_figure(outcome.run, name)) for name in (*_SCORES, *_metrics([outcome]))},
    }


def _by_cell(outcomes: Sequence[JobOutcome]) -> dict[int, list[JobOutcome]]:
    by_cell: dict[int, list[JobOutcome]] = {}
    for outcome in sorted(outcomes, key=lambda each: each.job.place):
        by_cell.setdefault(outcome.job.cell, []).append(outcome)
    return by_cell


def _spread(own: Sequence[JobOutcome], name: str) -> dict[str, float | int | None]:
    """Return mean, spread, minimum and maximum of a figure over the runs that have it, and their number."""
    return _spread_of(own, find_field(name))


def _spread_of(own: Sequence[JobOutcome], field: RunField) -> dict[str, float | int | None]:
    values: list[float | None] = [field.read(facts_of(outcome.run)) for outcome in own if outcome.run is not None]
    kept = [value for value in map(_finite, values) if value is not None]
    if not kept:
        return {**dict.fromkeys(("mean", "spread", "min", "max")), "n": 0}
    return {"mean": mean(kept), "spread": _finite(spread(kept)), "min": min(kept), "max": max(kept), "n": len(kept)}


def _metrics(outcomes: Sequence[JobOutcome]) -> tuple[str, ...]:
    """Return the names of the metrics that some runs have measured on a part of their data."""
    return tuple(field.name for field in metric_fields(facts_of(each.run) for each in outcomes if each.run is not None))


def _figure(run: StoredRun, name: str) -> float | None:
    """Return a figure by its field; ``test_score`` is the accuracy or R2, depending on the task."""
    value: float | None = find_field(name).read(facts_of(run))
    return value


def _diverged(own: Sequence[JobOutcome]) -> int:
    return sum(outcome.run is not None and outcome.run.state is RunState.DIVERGED for outcome in own)


def _failed(own: Sequence[JobOutcome]) -> int:
    return sum(outcome.run is None for outcome in own)


def _units(own: Sequence[JobOutcome]) -> list[str]:
    """Return the units of the costs of runs, each once."""
    return list(dict.fromkeys(outcome.run.record.cost_unit for outcome in own if outcome.run is not None))


def _network(own: Sequence[JobOutcome]) -> str:
    return next((outcome.run.summary.network for outcome in own if outcome.run is not None), "?")


def _score_name(outcomes: Sequence[Sequence[JobOutcome]]) -> str:
    tasks = [outcome.run.summary.task for own in outcomes for outcome in own if outcome.run is not None]
    return " / ".join(dict.fromkeys(SCORE_NAMES[task] for task in tasks)) or "accuracy"


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _number(value: float | None, field: RunField) -> str:
    """Return a figure with four decimals, an error in the units of the data with six digits."""
    return f"{value:.6g}" if field.format == "error" and value is not None else format_figure(value)


def _to_the_left(column: Sequence[str]) -> list[str]:
    return [cell.ljust(_width(column)) for cell in column]


def _to_the_right(column: Sequence[str]) -> list[str]:
    return [cell.rjust(_width(column)) for cell in column]


def _width(column: Sequence[str]) -> int:
    return max(map(len, column))
