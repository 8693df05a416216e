"""The fields of a run as the lab shows them: with signs, numbers and settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from joml_tui.experiment import figure_name, metric_name, metrics_of
from joml_tui.runs.run import RunState
from joml_tui.runs.run_fields import RunFacts, RunField, facts_of, find_field, metric_field
from joml_tui.runs.run_record import SCORE_METRICS, RunRecord, describe_state
from joml_tui.runs.setting_paths import NOTHING
from joml_tui.ui import text
from joml_tui.ui.compose.preset_choices import describe_optimizer
from joml_tui.ui.runs.session import LabRun

#: A sign for each state, so that states are distinct without colour.
STATE_SIGNS = {
    RunState.WAITING: "○",
    RunState.PREPARING: "○",
    RunState.RUNNING: "●",
    RunState.PAUSED: "‖",
    RunState.FINISHED: "✓",
    RunState.STOPPED: "■",
    RunState.DIVERGED: "▲",
    RunState.FAILED: "✗",
    RunState.INTERRUPTED: "↯",
}

#: The field of the error of values.
RMSE = "root_mean_squared_error"


def _lab_run(facts: RunFacts) -> LabRun:
    return cast(LabRun, facts.run)


def _write_mark(facts: RunFacts) -> str:
    return "━●" if _lab_run(facts).marked else "━"


def _write_state(facts: RunFacts) -> str:
    run = _lab_run(facts).run
    word = (
        run.message[:60] if run.state is RunState.DIVERGED and run.message else word_of_state(run.state, facts.record)
    )
    kept = facts.record.kept_iteration
    best = f" @{text.count(kept)}" if kept is not None and kept != run.iteration else ""
    return f"{STATE_SIGNS[run.state]} {word}{best}"


def word_of_state(state: RunState, record: RunRecord) -> str:
    """Return the word beside the sign of a run's state: what its end says, such as "at chance", else the state."""
    described = describe_state(state.value, record)
    return described.partition(", ")[2] or described


def _describe_optimizer(facts: RunFacts) -> str:
    return text.plain(describe_optimizer(_lab_run(facts).run.experiment.optimizer), 40)


def _root_mean_squared_error(facts: RunFacts) -> float | None:
    """Return the error of the kept weights, or of the latest check while a run trains."""
    record = facts.record
    error: float | None = record.result("test", RMSE)
    if error is None and record.cost_scale is not None and record.cost_scale.is_squared:
        return record.cost_in_units("test")
    return error


def _write_error(facts: RunFacts) -> str:
    error = _root_mean_squared_error(facts)
    return NOTHING if error is None else text.measured(error)


#: Fields that the lab shows in another form than recorded: a name with its number, an optimizer with its settings, a
#: state with its sign, the error of values while they are learnt, and the speed of the last seconds.
_LAB_FIELDS = {
    field.name: field
    for field in (
        RunField(
            "mark",
            "",
            "whether its curves stay in the charts",
            "yes or no",
            lambda facts: not _lab_run(facts).marked,
            cell=_write_mark,
        ),
        replace(find_field("network"), read=lambda facts: facts.run.label, cell=lambda facts: facts.run.label),
        replace(find_field("optimizer"), read=_describe_optimizer, cell=_describe_optimizer),
        replace(find_field("state"), cell=_write_state),
        replace(find_field(RMSE), title="Test RMSE", read=_root_mean_squared_error, cell=_write_error),
        replace(find_field("steps_per_second"), read=lambda facts: _lab_run(facts).run.steps_per_second),
    )
}


def lab_facts(lab_run: LabRun) -> RunFacts:
    """Return the facts of a run for its fields."""
    return facts_of(lab_run, lambda: lab_run.run.experiment)


def lab_field(name: str, measured: dict[str, RunField]) -> RunField:
    """Return the field with the name of a field or metric or a setting's path, as the lab shows it.

    Parameters
    ----------
    name : str
    measured : dict of str to RunField
        The metrics of the runs, from `metrics_measured`.

    Returns
    -------
    RunField

    Raises
    ------
    LookupError
        There is no such field.
    """
    return _LAB_FIELDS.get(name) or measured.get(name) or find_field(name)


def metrics_measured(runs: Iterable[LabRun]) -> dict[str, RunField]:
    """Return a field for each metric that runs measure, or will measure, on a part of their data."""
    names = (
        f"{part}_{figure_name(name)}"
        for lab_run in runs
        for name in map(metric_name, metrics_of(lab_run.run.experiment))
        if name not in SCORE_METRICS
        for part in ("test", "validation")
    )
    return {field.name: field for field in map(metric_field, dict.fromkeys(names))}
