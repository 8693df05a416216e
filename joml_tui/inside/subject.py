"""What questions are about: a training with its data and its record of the layers."""

from __future__ import annotations

from dataclasses import dataclass

from joml import Dataset, Network, Trainer
from joml_tui.experiment import Experiment
from joml_tui.inside.record import LayerRecord


@dataclass(slots=True)
class Subject:
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
    def network(self) -> Network:
        """The network as it is now; the first one of replicas."""
        return self.trainer.networks[0]
