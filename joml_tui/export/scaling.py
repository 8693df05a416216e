"""A network's inputs and outputs in the units of its data set: who uses it elsewhere has to scale as it did."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml.data.preparation import Preparation
from joml_tui.experiment import Experiment
from joml_tui.experiment.dataset_specs import traits_of


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Mean and standard deviation over the training samples: the network has (x - mean) / deviation.

    Attributes
    ----------
    mean, deviation : (features,) or (outputs,) arrays
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DataUnits:
    """How a data set is given to its network.

    Attributes
    ----------
    inputs : str
        A sentence's part about the features.
    outputs : tuple of str
        Names of the classes, answers or values; none where they are not known.
    x, y : Scaling or None
        None where nothing is scaled.
    """

    inputs: str
    outputs: tuple[str, ...] = ()
    x: Scaling | None = None
    y: Scaling | None = None

    @property
    def told(self) -> dict[str, str]:
        """What a network's files say of it; numbers and names as JSON lists."""
        found = {"inputs": self.inputs}
        if self.outputs:
            found["outputs"] = json.dumps(self.outputs)
        for name, scaling in (("inputs", self.x), ("outputs", self.y)):
            if scaling is not None:
                found[f"{name}_mean"] = json.dumps(scaling.mean.tolist())
                found[f"{name}_deviation"] = json.dumps(scaling.deviation.tolist())
        return found


def units_of(experiment: Experiment, preparation: Preparation) -> DataUnits:
    """Return how an experiment's data are given to its network."""
    return DataUnits(
        describe_inputs(experiment),
        preparation.class_names,
        _scaling(preparation.x_mean, preparation.x_deviation),
        _scaling(preparation.y_mean, preparation.y_deviation),
    )


def describe_inputs(experiment: Experiment) -> str:
    """Return a sentence's part about the features that a network takes."""
    if traits_of(experiment.dataset).grey_values:
        return "grey values from 0 to 1"
    if getattr(experiment.dataset, "standardize", False):
        return "standardised, each feature minus its mean over the training samples, over its standard deviation"
    return "the features as they are in the data set"


def is_scaled(experiment: Experiment) -> bool:
    """Return whether the data of an experiment are scaled by numbers that only the data tell."""
    return any(getattr(experiment.dataset, name, False) for name in ("standardize", "standardize_y"))


def _scaling(mean: NDArray[np.float64] | None, deviation: NDArray[np.float64] | None) -> Scaling | None:
    return None if mean is None or deviation is None else Scaling(mean, deviation)
