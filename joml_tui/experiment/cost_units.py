"""The units of an experiment's costs, and the conversion of its costs to the units of its data."""

from __future__ import annotations

from joml.data.preparation import Preparation
from joml_tui.experiment.cost_scale import SMOOTHED, STANDARDISED, CostScale
from joml_tui.experiment.dataset_specs import DatasetSpec, traits_of
from joml_tui.experiment.experiment import Experiment
from joml_tui.experiment.loading import task_of
from joml_tui.experiment.specs import name_of

_KINDS = {
    "cross-entropy": "nats",
    "mean-squared-error": "squared error",
    "mean-absolute-error": "absolute error",
    "huber": "Huber error",
}


def cost_scale_of(experiment: Experiment, preparation: Preparation | None) -> CostScale | None:
    """Return the conversion of an experiment's costs to the units of the data; None where there is no exact one.

    There is one for the squared or the absolute error of one value; several values have a unit each. The mean squared
    error of replicas becomes the root mean squared error over the samples of all networks.

    Parameters
    ----------
    experiment : Experiment
    preparation : Preparation or None
        The preparation of its data; None while they are unknown.
    """
    cost = name_of(experiment.output.cost)
    if preparation is None or len(preparation.class_names) != 1 or task_of(experiment.dataset) != "regression":
        return None
    is_squared = cost == "mean-squared-error"
    if not is_squared and cost != "mean-absolute-error":
        return None
    deviation = 1.0 if preparation.y_deviation is None else float(preparation.y_deviation[0])
    return CostScale(preparation.class_names[0], deviation, is_squared)


def cost_unit_of(experiment: Experiment) -> str:
    """Return the unit of costs, such as "nats" or "squared error, standardised"; reads no file.

    Costs are standardised if the network learns standardised values; otherwise costs of values are in the data's units.
    """
    cost = experiment.output.cost
    name = name_of(cost)
    if name == "cross-entropy" and getattr(cost, "smoothing", False):
        return SMOOTHED
    kind = _KINDS.get(name, name)
    return kind + STANDARDISED if standardises_values(experiment.dataset) else kind


def standardises_values(dataset: DatasetSpec) -> bool:
    """Return whether a data set's values are standardised for the network."""
    name = "standardize" if traits_of(dataset).scales_values else "standardize_y"
    return bool(getattr(dataset, name, False)) and task_of(dataset) == "regression"
