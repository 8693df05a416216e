"""The gradient check of an experiment, and its table."""

from __future__ import annotations

from joml.analysis.gradient_check import TOLERANCE, GradientCheck, check_gradients
from joml_tui.experiment import Experiment, load_data
from joml_tui.runs.worker.builder import build_network


def check_experiment(experiment: Experiment, samples: int) -> GradientCheck:
    """Check the gradients of an experiment's initial network on its first training samples.

    Raises
    ------
    joml.data.dataset.DatasetError
        The data set cannot be read.
    """
    data = load_data(experiment)
    return check_gradients(build_network(experiment), data.x_train[:, :samples], data.y_train[:, :samples])


def describe_check(check: GradientCheck) -> str:
    """Return a check as a table, one line per layer, with the verdict below."""
    lines = ["layer   relative error   parameters checked   skipped at kinks"]
    for place, layer in enumerate(check.layers, start=1):
        lines.append(f"{place:>5}   {layer.relative_error:>14.1e}   {layer.checked:>18,}   {layer.skipped:>16,}")
    verdict = "agree with" if check.passed else "DIFFER from"
    lines.append(f"The gradients {verdict} central differences of the cost (within {TOLERANCE:g} and rounding).")
    return "\n".join(lines)
