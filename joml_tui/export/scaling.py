"""The scaling of a network's inputs and outputs, which other programs must apply too."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml.data.preparation import Preparation
from joml.data.tables.encoding import encoder_to_plain
from joml_tui.experiment import Experiment
from joml_tui.experiment.dataset_specs import traits_of

_AS_THEY_ARE = "the features as they are in the data set"


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Mean and standard deviation over the training samples: the network uses (x - mean) / deviation.

    Attributes
    ----------
    mean, deviation : (features,) or (outputs,) arrays
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DataUnits:
    """The names and the scaling of a data set for its network.

    Attributes
    ----------
    inputs : str
        A phrase about the features.
    outputs : tuple of str
        Names of the classes, answers or values; empty if they are not recorded.
    x, y : Scaling or None
        None if nothing is scaled.
    preparation : Preparation or None
        Of a table of mixed columns, whose encoding other programs must apply too; None for other data.
    terms : tuple of str
        The network's inputs as terms of the scaled features; empty where these are the inputs.
    features : tuple of str
        Names of the features that the terms are of.
    """

    inputs: str
    outputs: tuple[str, ...] = ()
    x: Scaling | None = None
    y: Scaling | None = None
    preparation: Preparation | None = None
    terms: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata for a network's files; numbers and names as JSON lists."""
        about = {"inputs": self.inputs}
        if self.outputs:
            about["outputs"] = json.dumps(self.outputs)
        for name, scaling in (("inputs", self.x), ("outputs", self.y)):
            if scaling is not None:
                about[f"{name}_mean"] = json.dumps(scaling.mean.tolist())
                about[f"{name}_deviation"] = json.dumps(scaling.deviation.tolist())
        if self.preparation is not None:
            about["columns"] = json.dumps([encoder_to_plain(encoder) for encoder in self.preparation.columns])
        if self.terms:
            about["features"], about["terms"] = json.dumps(self.features), json.dumps(self.terms)
        return about


def units_of(experiment: Experiment, preparation: Preparation) -> DataUnits:
    """Return the names and the scaling of an experiment's data for its network."""
    return DataUnits(
        describe_inputs(experiment),
        preparation.class_names,
        _scaling(preparation.x_mean, preparation.x_deviation),
        _scaling(preparation.y_mean, preparation.y_deviation),
        preparation if preparation.columns else None,
        preparation.terms,
        preparation.feature_names if preparation.terms else (),
    )


def describe_inputs(experiment: Experiment) -> str:
    """Return a phrase about the features of a network's inputs."""
    features = _describe_features(experiment)
    if not experiment.features:
        return features
    of_what = features if features == _AS_THEY_ARE else f"the features, which are {features}"
    return f"{len(experiment.features)} terms of {of_what}"


def _describe_features(experiment: Experiment) -> str:
    if traits_of(experiment.dataset).grey_values:
        return "grey values from 0 to 1"
    if getattr(experiment.dataset, "standardize", False):
        return "standardised, each feature minus its mean over the training samples, over its standard deviation"
    return _AS_THEY_ARE


def is_scaled(experiment: Experiment) -> bool:
    """Return whether an experiment's data are scaled by means and deviations of the data."""
    return any(getattr(experiment.dataset, name, False) for name in ("standardize", "standardize_y"))


def _scaling(mean: NDArray[np.float64] | None, deviation: NDArray[np.float64] | None) -> Scaling | None:
    return None if mean is None or deviation is None else Scaling(mean, deviation)
