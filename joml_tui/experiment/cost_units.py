"""What the costs of an experiment are measured in."""

from __future__ import annotations

from joml_tui.experiment.dataset_specs import DatasetSpec, traits_of
from joml_tui.experiment.experiment import Experiment
from joml_tui.experiment.loading import task_of
from joml_tui.experiment.specs import name_of

#: How the unit of costs of standardised values ends.
STANDARDISED = ", standardised"
_KINDS = {
    "cross-entropy": "nats",
    "mean-squared-error": "squared error",
    "mean-absolute-error": "absolute error",
    "huber": "Huber error",
}


def cost_unit_of(experiment: Experiment) -> str:
    """Return what costs are in, such as "nats" or "squared error, standardised"; reads no file.

    Standardised are the costs of values that a network learns standardised; others of values are in the data's units.
    """
    name = name_of(experiment.output.cost)
    kind = _KINDS.get(name, name)
    return kind + STANDARDISED if standardises_values(experiment.dataset) else kind


def standardises_values(dataset: DatasetSpec) -> bool:
    """Return whether a network learns the values of a data set standardised."""
    name = "standardize" if traits_of(dataset).scales_values else "standardize_y"
    return bool(getattr(dataset, name, False)) and task_of(dataset) == "values"
