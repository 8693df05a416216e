"""What a sweep has reached: a line a setting with means and spreads over its seeds, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite
from statistics import mean, stdev
from typing import Any

from joml.scoring import SCORE_NAMES
from joml_tui.grid import written
from joml_tui.runner import RunState
from joml_tui.sweep.coordinating import Outcome
from joml_tui.sweep.description import Cell, Sweep

_SCORES = ("test_accuracy", "test_cost", "train_accuracy", "train_cost")


def result_table(sweep: Sweep, outcomes: Sequence[Outcome]) -> str:
    """Lay out a line a setting of those that have results: means and spreads over the seeds, and how many they are.

    Parameters
    ----------
    sweep : Sweep
    outcomes : sequence of Outcome
        Of those jobs that are done.
    """
    by_cell = _by_cell(outcomes)
    cells = [cell for place, cell in enumerate(sweep.cells) if place in by_cell]
    found = [by_cell[cell.jobs[0].cell] for cell in cells]
    names = [path.rsplit(".", 1)[-1] for path in sweep.paths]
    settings = [[name, *(written(cell.values[i]) for cell in cells)] for i, name in enumerate(names)]
    if "network" not in sweep.paths:
        settings.insert(0, ["network", *(_network(own) for own in found)])
    numbers = [["n", *(str(sum(outcome.run is not None for outcome in own)) for own in found)]]
    for name, parts in (("test_accuracy", ("mean", "spread", "min", "max")), ("test_cost", ("mean", "spread"))):
        numbers += [[part, *(_number(_spread(own, name)[part]) for own in found)] for part in parts]
    for head, count in (("diverged", _diverged), ("failed", _failed)):
        if any(count(own) for own in found):
            numbers.append([head, *(str(count(own)) for own in found)])
    columns = [*([cell.ljust(_width(column)) for cell in column] for column in settings)]
    columns += [[cell.rjust(_width(column)) for cell in column] for column in numbers]
    before = sum(_width(column) + 2 for column in columns[: len(settings) + 1])
    of_score = sum(_width(column) + 2 for column in columns[len(settings) + 1 : len(settings) + 5])
    over = " " * before + f"test {_score_name(found)}".ljust(of_score) + "test cost"
    return "\n".join(line.rstrip() for line in (over, *map("  ".join, zip(*columns, strict=True))))


def as_json(sweep: Sweep, outcomes: Sequence[Outcome], store: str) -> str:
    """Write all that is known of a sweep as JSON: its settings with means and spreads, and every run."""
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


def _setting(sweep: Sweep, cell: Cell, own: list[Outcome]) -> dict[str, Any]:
    return {
        "values": dict(zip(sweep.paths, cell.values, strict=True)),
        "network": _network(own),
        "n": sum(outcome.run is not None for outcome in own),
        "diverged": _diverged(own),
        "failed": _failed(own),
        **{name: _spread(own, name) for name in _SCORES},
        "runs": [_run(outcome) for outcome in own],
    }


def _run(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = {"seed": outcome.job.experiment.seed}
    if outcome.run is None:
        return found | {"state": RunState.FAILED.value, "message": outcome.fault}
    summary = outcome.run.summary
    return found | {
        "run": outcome.run.number,
        "state": outcome.run.state.value,
        "message": outcome.run.message,
        "iteration": summary.iteration,
        "seconds": summary.seconds,
        **{name: _finite(getattr(summary, name)) for name in _SCORES},
    }


def _by_cell(outcomes: Sequence[Outcome]) -> dict[int, list[Outcome]]:
    found: dict[int, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda each: each.job.place):
        found.setdefault(outcome.job.cell, []).append(outcome)
    return found


def _spread(own: Sequence[Outcome], name: str) -> dict[str, float | None]:
    """Give mean, standard deviation, minimum and maximum of a score over the runs that have one."""
    values = [getattr(outcome.run.summary, name) for outcome in own if outcome.run is not None]
    kept = [value for value in map(_finite, values) if value is not None]
    if not kept:
        return dict.fromkeys(("mean", "spread", "min", "max"))
    spread = stdev(kept) if len(kept) > 1 else None
    return {"mean": mean(kept), "spread": spread, "min": min(kept), "max": max(kept)}


def _diverged(own: Sequence[Outcome]) -> int:
    return sum(outcome.run is not None and outcome.run.state is RunState.DIVERGED for outcome in own)


def _failed(own: Sequence[Outcome]) -> int:
    return sum(outcome.run is None for outcome in own)


def _network(own: Sequence[Outcome]) -> str:
    return next((outcome.run.summary.network for outcome in own if outcome.run is not None), "?")


def _score_name(found: Sequence[Sequence[Outcome]]) -> str:
    tasks = [outcome.run.summary.task for own in found for outcome in own if outcome.run is not None]
    return " / ".join(dict.fromkeys(SCORE_NAMES[task] for task in tasks)) or "accuracy"


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _width(column: Sequence[str]) -> int:
    return max(map(len, column))
