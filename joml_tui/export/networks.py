"""The trained network of a run, from its latest state, as needed by all exports of networks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joml import ArchitectureError, Network
from joml.data.preparation import Preparation
from joml.files.weights import Weights, weights_of
from joml.layers.base_layer import Shape
from joml.layers.layer_stack import parse_ends
from joml_tui import __version__
from joml_tui.experiment import Experiment, name_of
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.export.safe_files import ExportError
from joml_tui.export.scaling import DataUnits, describe_inputs, is_scaled, units_of
from joml_tui.runs.run_data import NOT_RECORDED, PreparationUnknownError, preparation_of
from joml_tui.runs.worker.same_data import columns_of, rebuild_network, shapes_of

if TYPE_CHECKING:
    from joml_tui.runs.run import Run


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained network and its origin.

    Attributes
    ----------
    network : Network
        The network; with replicas the first one.
    experiment : Experiment
    iteration : int
        The iteration of its weights.
    units : DataUnits
    preparation : Preparation or None
        The preparation of its data; None if it is unknown.
    """

    network: Network
    experiment: Experiment
    iteration: int
    units: DataUnits
    preparation: Preparation | None = None

    @property
    def weights(self) -> Weights:
        """Copies of its weights, with their metadata, its experiment and the preparation of its data."""
        record = {"experiment": dump_experiment(self.experiment)}
        if self.preparation is not None:
            record["preparation"] = json.dumps(self.preparation.to_json())
        return weights_of(self.network, **self.metadata, **record)

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata of its files, beside architecture and functions."""
        return {
            "joml_version": __version__,
            "dataset": name_of(self.experiment.dataset),
            "seed": str(self.experiment.seed),
            "iteration": str(self.iteration),
            **self.units.metadata,
        }


def trained(run: Run) -> Trained:
    """Return the network that a run has trained, even if its data no longer exist.

    The weights are of the run's latest state: the best ones if early stopping restored them.

    Raises
    ------
    ExportError
        There is no network, or the scaling of its data is not recorded; the message says why.
    """
    latest = run.snapshots.latest_with_iteration
    if latest is None:
        raise ExportError(f"{run.architecture or 'the run'} has no network to write: it was never built")
    iteration, packed = latest
    try:
        columns = None if run.preparation is None else columns_of(run.preparation)
        network = rebuild_network(run.experiment, *_shapes_of(run), packed, columns=columns)
    except ValueError as error:
        raise ExportError(str(error)) from error
    preparation = _preparation_of(run, network)
    units = DataUnits(describe_inputs(run.experiment))
    if preparation is not None:
        units = units_of(run.experiment, preparation)
    return Trained(network, run.experiment, iteration, units, preparation)


def _preparation_of(run: Run, network: Network) -> Preparation | None:
    """Return the preparation of a run's data, with the scaling and the names of inputs and outputs; None if unknown.

    Raises
    ------
    ExportError
        That is not recorded, and the network cannot be used without it.
    """
    try:
        preparation = preparation_of(run)
        if (len(preparation.input_names), len(preparation.class_names)) != (network.input_size, network.sizes[-1]):
            raise PreparationUnknownError(f"{NOT_RECORDED}, and the data set has another number of columns now")
    except PreparationUnknownError as error:
        if is_scaled(run.experiment):
            raise ExportError(
                f"not written: the network cannot be used without the means and deviations of its features: {error}"
            ) from error
        return None
    return preparation


def _shapes_of(run: Run) -> tuple[Shape, int]:
    """Return the shape of a sample and the network's number of outputs, even without its data set."""
    if run.preparation is not None:
        return shapes_of(run.preparation)
    try:
        return parse_ends(run.architecture)
    except ArchitectureError as error:
        raise ExportError(
            "the network's sizes are unknown: they come from its data set, which can no longer be read"
        ) from error
