"""The subject of questions: a training with its data and its record of the layers, or its remains without data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml import Dataset, Network, Trainer
from joml.data.dataset import FloatArray
from joml.data.preparation import Preparation
from joml_tui.experiment import Experiment
from joml_tui.inspect.layer_record import LayerRecord, LayerSeries


def all_x(data: Dataset) -> FloatArray:
    """Return the features of all parts of the data, (features, samples)."""
    return np.concatenate([data.x_train, data.x_validation, data.x_test], axis=1)


def all_y(data: Dataset) -> FloatArray:
    """Return the outputs of all parts of the data, (outputs, samples), in the order of `all_x`."""
    return np.concatenate([data.y_train, data.y_validation, data.y_test], axis=1)


@dataclass(slots=True)
class TrainingContext:
    """A running training, or one rebuilt from its last state.

    Attributes
    ----------
    experiment : Experiment
    data : Dataset
    trainer : Trainer
    record : LayerRecord
        Measurements of the layers during training.
    """

    experiment: Experiment
    data: Dataset
    trainer: Trainer
    record: LayerRecord

    @property
    def iteration(self) -> int:
        """The iteration of the present weights: that of the best ones where early stopping has restored them."""
        return int(self.trainer.kept_iterations[0])

    @property
    def standardised(self) -> bool:
        """Return whether the network learns standardised values, so that its costs have no unit."""
        return self.data.preparation is not None and self.data.preparation.y_deviation is not None

    @property
    def cost_name(self) -> str:
        """The name of the network's costs: "cost", or "standardised cost"."""
        return "standardised cost" if self.standardised else "cost"

    def in_data_units(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values of a regression, (outputs, samples), in the data's units."""
        if self.data.preparation is None or not self.standardised:
            return values
        return self.data.preparation.unscale_y(values.T).T

    @property
    def network(self) -> Network:
        """The present network; with replicas the first one."""
        return self.trainer.networks[0]


@dataclass(slots=True)
class Remains:
    """The subject of questions if the data of a run no longer exist or have changed.

    Attributes
    ----------
    network : Network
        The network; with replicas the first one.
    iteration : int
        The iteration of its weights.
    preparation : Preparation
        The preparation of the training data.
    series : LayerSeries or None
        The layers' record, if there is one.
    trouble : str
        Why the data cannot be used, such as "iris.csv: no such file".
    """

    network: Network
    iteration: int
    preparation: Preparation
    series: LayerSeries | None
    trouble: str
