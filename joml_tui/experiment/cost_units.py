"""The units of an experiment's costs."""

from __future__ import annotations

from joml_tui.experiment.dataset_specs import DatasetSpec, traits_of
from joml_tui.experiment.experiment import Experiment
from joml_tui.experiment.loading import task_of
from joml_tui.experiment.specs import name_of

#: Suffix of the unit for costs of standardised values.
STANDARDISED = ", standardised"
_KINDS = {
    "cross-entropy": "nats",
    "mean-squared-error": "squared error",
    "mean-absolute-error": "absolute error",
    "huber": "Huber error",
}


def cost_unit_of(experiment: Experiment) -> str:
    """Return the unit of costs, such as "nats" or "squared error, standardised"; reads no file.

    Costs are standardised if the network learns standardised values; otherwise costs of values are in the data's units.
    """
    name = name_of(experiment.output.cost)
    kind = _KINDS.get(name, name)
    return kind + STANDARDISED if standardises_values(experiment.dataset) else kind


def standardises_values(dataset: DatasetSpec) -> bool:
    """Return whether a data set's values are standardised for the network."""
    name = "standardize" if traits_of(dataset).scales_values else "standardize_y"
    return bool(getattr(dataset, name, False)) and task_of(dataset) == "regression"
