"""The network that a run has trained, as of its latest state: what all exports of networks begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from joml import ArchitectureError, Network, parse_architecture
from joml.weights import Weights, weights_of
from joml_tui import __version__
from joml_tui.experiment import Experiment, name_of
from joml_tui.export.files import ExportError
from joml_tui.export.units import Units, units_of
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
    units : Units
    """

    network: Network
    experiment: Experiment
    iteration: int
    units: Units

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
            "seed": str(self.experiment.seed),
            "iteration": str(self.iteration),
            **self.units.told,
        }


def trained(run: Run) -> Trained:
    """Put together the network that a run has trained, even where its data are gone.

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
    units = units_of(run.experiment)
    fits = not units.outputs or len(units.outputs) == network.output_layer.size
    fits &= units.x is None or units.x.mean.size == network.input_size
    return Trained(network, run.experiment, iteration, units if fits else Units(units.inputs))


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
