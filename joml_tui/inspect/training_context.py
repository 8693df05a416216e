"""What questions are about: a training with its data and its record of the layers, or what is left without data."""

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
    """A training under way, or one put together again from its last state.

    Attributes
    ----------
    experiment : Experiment
    data : Dataset
    trainer : Trainer
    record : LayerRecord
        What was measured of the layers while it trained.
    """

    experiment: Experiment
    data: Dataset
    trainer: Trainer
    record: LayerRecord

    @property
    def standardised(self) -> bool:
        """Whether the network learns standardised values, so that its costs are of these and have no unit."""
        return self.data.preparation is not None and self.data.preparation.y_deviation is not None

    def in_data_units(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values of a regression, (outputs, samples), in the units that they have in the data."""
        if self.data.preparation is None or not self.standardised:
            return values
        return self.data.preparation.unscale_y(values.T).T

    @property
    def network(self) -> Network:
        """The network as it is now; the first one of replicas."""
        return self.trainer.networks[0]


@dataclass(slots=True)
class Remains:
    """What can be asked about where the data of a run are gone or have changed.

    Attributes
    ----------
    network : Network
        Of replicas the first.
    iteration : int
        After which its weights are.
    preparation : Preparation
        Of the data that it was trained on.
    series : LayerSeries or None
        The layers' record, where there is one.
    trouble : str
        What has become of the data, such as "iris.csv: no such file".
    """

    network: Network
    iteration: int
    preparation: Preparation
    series: LayerSeries | None
    trouble: str
