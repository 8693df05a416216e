"""A plain line on the progress of a training, for screen readers and logs."""

from __future__ import annotations

from joml.task import SCORE_NAMES
from joml_tui.reports.figure_lines import written_in_units
from joml_tui.reports.spoken import spoken_duration, spoken_number
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.run import Run


def watch_line(run: Run) -> str:
    """Return the progress of a run as one plain line.

    Parameters
    ----------
    run : Run

    Returns
    -------
    str
        Such as "epoch 3 of 10, iteration 1,230, cost 0.412, test accuracy 0.8130, 2 s left".
    """
    parts = [f"epoch {run.epoch} of {run.epochs}", f"iteration {run.iteration:,}", _cost(run)]
    if run.check_accuracy is not None:
        parts.append(f"{run.checked_part} {SCORE_NAMES[run.task]} {format_figure(run.check_accuracy)}")
    if run.state.ended:
        parts.append(f"{run.state.value} after {spoken_duration(run.seconds)}")
    elif (left := run.eta_seconds) is not None:
        parts.append(f"{spoken_duration(left)} left")
    return ", ".join(parts)


def _cost(run: Run) -> str:
    record = run.record
    error = record.cost_in_units("train")
    if error is not None:
        return f"{record.cost_scale} {written_in_units(error)}"
    return f"{record.cost_name} {spoken_number(run.train_cost)}"
