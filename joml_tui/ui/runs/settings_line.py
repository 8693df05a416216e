"""The line below the table with the selected run's settings and results."""

from __future__ import annotations

from joml.task import SCORE_NAMES
from joml_tui.reports.figure_lines import value_phrases
from joml_tui.runs.run import Run
from joml_tui.runs.run_record import Part, RunRecord
from joml_tui.ui import text
from joml_tui.ui.compose.preset_choices import describe_dataset, describe_optimizer
from joml_tui.ui.runs.session import LabRun


def settings_line(lab_run: LabRun, warning: str, recorded: str) -> str:
    """Return a run's settings and their changes in one line, and its results in further lines if there is room."""
    run = lab_run.run
    experiment = run.experiment
    parts = [
        text.plain(lab_run.note, 80),
        text.plain(" ".join(f"#{tag}" for tag in lab_run.tags), 60),
        text.plain(experiment.name, 40),
        text.plain(describe_dataset(experiment.dataset), 40),
        text.plain(describe_optimizer(experiment.optimizer), 40) + _describe_changes(run, "learning_rate"),
        f"batch {experiment.batch_size}{f' x {experiment.accumulate}' if experiment.accumulate > 1 else ''}",
        f"average {experiment.average:g}" if experiment.average else "",
        f"{experiment.epochs:,}{_describe_changes(run, 'epochs')} epochs",
        f"seed {experiment.seed}",
    ]
    record = run.record
    checked: list[Part] = ["validation"] if record.validation_cost is not None else []
    checked += ["test"] if record.test_cost is not None or not checked else []
    costs = ", ".join(f"{part} {_cost(record, part)}" for part in checked)
    scores = ", ".join(f"{part} {text.score(record.figure(part, 'accuracy'), run.task)}" for part in checked)
    result = [
        text.plain(run.message, 200) or run.state.value,
        f"{record.cost_name} {_cost(record, 'train')} ({costs})",
        f"{SCORE_NAMES[run.task]} {text.score(record.train_accuracy, run.task)} ({scores})",
    ]
    if run.iteration:
        result += [
            f"{text.count(run.parameter_count)} parameters",
            f"iteration {text.count(run.iteration)}",
            f"{text.rate(run.steps_per_second)} steps/s",
            text.duration(run.seconds),
        ]
    result.append(recorded)
    lines = [" · ".join(part for part in line if part) for line in (parts, result)]
    return "\n".join(line for line in [*lines, _errors_of_values(run, record), warning] if line)


def _errors_of_values(run: Run, record: RunRecord) -> str:
    """Return the errors of each of several values on the test part; empty for other runs."""
    if record.result("test", "values") is None:
        return ""
    names = () if run.preparation is None else run.preparation.class_names
    phrases = [text.plain(phrase, 80) for phrase in value_phrases(record, names)]
    return f"test part: {'; '.join(phrases)}"


def _cost(record: RunRecord, part: Part) -> str:
    """Return the cost on a part as text: in the units of the data if there is a conversion."""
    error = record.cost_in_units(part)
    return text.cost(record.figure(part, "cost")) if error is None else text.measured(error)


def _describe_changes(run: Run, setting: str) -> str:
    """Return the latest three changes of a setting during training: "→ 0.001 @1,230"."""
    changes = [change for change in run.adjustments if change.setting == setting][-3:]
    return "".join(f" → {text.number(change.value)} @{change.iteration:,}" for change in changes)
