"""The network that a run has trained, as of its latest state: what all exports of networks begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from joml import ArchitectureError, Network, parse_architecture
from joml.weights import Weights, weights_of
from joml_tui import __version__
from joml_tui.experiment import Digits, Experiment, IdxFiles, name_of
from joml_tui.export.files import ExportError
from joml_tui.packing import unpack_state
from joml_tui.running.building import build_network

if TYPE_CHECKING:
    from joml_tui.runner import Run


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network and where it comes from.

    Attributes
    ----------
    network : Network
        Of replicas the first one.
    experiment : Experiment
    iteration : int
        After which its weights are.
    """

    network: Network
    experiment: Experiment
    iteration: int

    @property
    def weights(self) -> Weights:
        """Copies of its weights, with all that is told of them."""
        return weights_of(self.network, **self.told)

    @property
    def told(self) -> dict[str, str]:
        """What its files say of it beside its architecture and functions."""
        return {
            "joml_version": __version__,
            "dataset": name_of(self.experiment.dataset),
            "inputs": inputs_of(self.experiment),
            "seed": str(self.experiment.seed),
            "iteration": str(self.iteration),
        }


def trained(run: Run) -> Trained:
    """Put together the network that a run has trained; reads no data set.

    The weights are those of the run's latest state: the best where early stopping has put them back.

    Raises
    ------
    ExportError
        There is none; says why.
    """
    held = run.snapshots.latest_with_iteration
    if held is None:
        raise ExportError(f"{run.architecture or 'the run'} has no network to write: it was never put together")
    iteration, packed = held
    network = build_network(_with_sizes(run))
    theta = unpack_state(packed)["theta"]
    theta = theta.reshape(-1, theta.shape[-1])[0]  # of replicas the first
    if theta.shape != network.parameters.theta.shape:
        raise ExportError(
            f"{run.architecture} has {network.parameters.theta.size:,} parameters, and the run's state {theta.size:,}: "
            "the data set's files are others than those that it was trained on"
        )
    network.parameters.theta[...] = theta
    return Trained(network, run.experiment, iteration)


def _with_sizes(run: Run) -> Experiment:
    """Give the run's experiment with the sizes that it had, whatever has become of its data set."""
    try:
        sizes = parse_architecture(run.architecture).sizes
    except ArchitectureError as error:
        raise ExportError(
            "the network's sizes are not known: its data set decided them, and cannot be read any more"
        ) from error
    experiment = run.experiment
    return structs.replace(experiment, input_size=sizes[0], output=structs.replace(experiment.output, size=sizes[-1]))


def inputs_of(experiment: Experiment) -> str:
    """Say what the features are that the network expects: a data set's as they are, or standardised."""
    if getattr(experiment.dataset, "standardize", False):
        return "standardised: each feature minus its mean over the training samples, over its standard deviation"
    if isinstance(experiment.dataset, Digits | IdxFiles):
        return "grey values from 0 to 1"
    return "the features as they are in the data set"
