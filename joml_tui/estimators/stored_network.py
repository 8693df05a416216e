"""The trained network of a stored run, or of an exported file of weights, with the preparation of its data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from joml import Network
from joml.data.preparation import Preparation
from joml.files.weights import WeightsError, put, read
from joml_tui.experiment import Experiment
from joml_tui.experiment.dataset_specs import traits_of
from joml_tui.experiment.experiment import own_parts_of
from joml_tui.experiment.yaml_text import parse_kept_experiment
from joml_tui.runs.run_data import read_preparation
from joml_tui.runs.worker.same_data import columns_of, network_of_sizes, rebuild_network, shapes_of
from joml_tui.store import open_store


@dataclass(frozen=True, slots=True, eq=False)
class StoredNetwork:
    """A trained network and its origin.

    Attributes
    ----------
    origin : str
        The run or the file, as messages name it.
    network : Network
        The network; with replicas the first one.
    experiment : Experiment
    preparation : Preparation
        The preparation of its training data.
    """

    origin: str
    network: Network
    experiment: Experiment
    preparation: Preparation

    @property
    def grey_values(self) -> int:
        """The divisor of the pixels when images were read, which made them from 0 to 1; 0 for other data."""
        return traits_of(self.experiment.dataset).grey_values


def network_of_run(run: str | int, store: str | PathLike[str] | None = None) -> StoredNetwork:
    """Return the network of a stored run, with its latest weights.

    Parameters
    ----------
    run : str or int
        Its number, its name, or "last".
    store : path, optional
        The file with the runs; by default that of the lab.

    Returns
    -------
    StoredNetwork

    Raises
    ------
    StoreError
        There is no such run, or it cannot be read.
    FileNotFoundError
        There is no such file.
    ValueError
        The run has no weights, or the preparation of its data is not recorded and the data have changed.
    """
    if store is not None and not Path(store).is_file():  # opening it would make it
        raise FileNotFoundError(f"there is no file {store}, so it holds no runs")
    with open_store(None if store is None else Path(store), to_read=True) as opened:
        record = opened.find(str(run))
        state, preparation = opened.state(record.number), opened.preparation(record.number)
        experiment, train_size = opened.experiment(record.number), opened.shape(record.number)[3]
    if state is None:
        raise ValueError(f"{record.label} has no weights to predict with: it ended before its first iteration")
    if preparation is None:
        preparation = read_preparation(experiment, train_size)
    network = rebuild_network(experiment, *shapes_of(preparation), state[1], columns=columns_of(preparation))
    return StoredNetwork(record.label, network, experiment, preparation)


def network_of_file(path: str | PathLike[str], own_parts: bool = False) -> StoredNetwork:
    """Return the network in a file of weights that ``joml-tui runs export`` wrote: NPZ or safetensors.

    Parameters
    ----------
    path : path
    own_parts : bool, default False
        Whether custom parts that the file names are imported, which runs their code.

    Returns
    -------
    StoredNetwork

    Raises
    ------
    ValueError
        The file is damaged, does not describe its network and data, or names custom parts.
    OSError
        It cannot be read.
    """
    path = Path(path)
    weights = read(path)
    described = weights.metadata
    if "experiment" not in described or "preparation" not in described:
        raise WeightsError(
            f"{path} has weights without their experiment and the preparation of their data, as earlier versions and "
            "other programs write them: export the run again, or use from_run"
        )
    experiment = parse_kept_experiment(described["experiment"], str(path))
    parts = [part for _, part in own_parts_of(experiment)]
    if parts and not own_parts:
        raise ValueError(
            f"{path} names parts of its author's own, and using them runs their code: own_parts=True allows it"
        )
    try:
        preparation = Preparation.from_json(json.loads(described["preparation"]))
    except ValueError as error:
        raise WeightsError(f"{path}: the preparation of its data is damaged: {error}") from error
    network = network_of_sizes(experiment, *shapes_of(preparation), columns=columns_of(preparation))
    try:
        put(network, weights)
    except WeightsError as error:
        raise WeightsError(f"the weights in {path} {error}") from error
    return StoredNetwork(str(path), network, experiment, preparation)
