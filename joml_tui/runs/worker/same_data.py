"""Comparison of a run's present data with its training data, and its network without data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from joml import Dataset, Network, Trainer
from joml.data.category_columns import CategoryColumn, category_columns
from joml.data.preparation import Preparation
from joml.layers.base_layer import Shape
from joml.training.trainer import LAYER_STATE
from joml_tui.experiment import Experiment, source_of, with_columns_of_data, with_sizes_of_data
from joml_tui.experiment.dataset_specs import is_read
from joml_tui.runs.worker.builder import build_network
from joml_tui.serialization import State, unpack_state


def describe_changed_data(experiment: Experiment, kept: Mapping[str, Any] | None, data: Dataset) -> str:
    """Return how an experiment's files differ from those that a run was trained on, or "".

    Parameters
    ----------
    experiment : Experiment
    kept : mapping or None
        The run's preparation as plain values; None if not recorded.
    data : Dataset
        The present content of the files.

    Returns
    -------
    str
        Such as "flowers.csv has changed: 20 rows more". Empty for generated data, whose last digits may depend on the
        processor.
    """
    if kept is None or data.preparation is None or not is_read(experiment.dataset):
        return ""
    changes = Preparation.from_json(kept).changes_to(data.preparation)
    if not changes:
        return ""
    test_path = getattr(experiment.dataset, "test_path", None)
    # The record is one of both files together, so that either may have changed.
    files = f"{source_of(experiment.dataset)} or its test file {Path(test_path).name}" if test_path else None
    return f"{files or source_of(experiment.dataset)} has changed: {', '.join(changes)}"


def fit_state(state: State, trainer: Trainer) -> State:
    """Return a state adapted to a trainer with changed data.

    Weights, optimizer, generators and the number of iterations are kept. The rest of the present epoch is drawn anew.
    """
    own = trainer.state()
    if all(state[name].shape == own[name].shape for name in ("order", "epoch_costs")):
        return state
    order = np.random.default_rng(int(state["iteration"])).permuted(own["order"], axis=-1)
    return state | {"order": order, "epoch_costs": own["epoch_costs"]}


def shapes_of(preparation: Preparation) -> tuple[Shape, int]:
    """Return the shape of a sample and the number of outputs that the preparation of data has.

    Parameters
    ----------
    preparation : Preparation

    Returns
    -------
    tuple
        Such as ((1, 8, 8), 10), or ((64,), 10) of features that are no images.
    """
    return preparation.image_shape or (len(preparation.input_names),), len(preparation.class_names)


def columns_of(preparation: Preparation) -> tuple[CategoryColumn, ...]:
    """Return the columns of categories that the preparation of data has, for embeddings of them.

    Parameters
    ----------
    preparation : Preparation

    Returns
    -------
    tuple of CategoryColumn
    """
    return category_columns(preparation.columns)


def network_of_sizes(
    experiment: Experiment, inputs: Shape, output_size: int, *, columns: Sequence[CategoryColumn] | None = None
) -> Network:
    """Return an experiment's network for data of a known shape and number of outputs, with its initial weights.

    Embeddings of the data set are of these columns; where none are given, the data set is read for them.
    """
    return build_network(with_sizes_of_data(with_columns_of_data(experiment, columns), inputs, output_size))


def rebuild_network(
    experiment: Experiment,
    inputs: Shape,
    output_size: int,
    packed: bytes,
    *,
    columns: Sequence[CategoryColumn] | None = None,
) -> Network:
    """Return the network of a packed state, with replicas the first one, without reading data.

    Embeddings of the data set are of these columns; where none are given, the data set is read for them.

    Raises
    ------
    ValueError
        The state is of another network.
    """
    network = network_of_sizes(experiment, inputs, output_size, columns=columns)
    fill_network(network, unpack_state(packed))
    return network


def fill_network(network: Network, state: State) -> None:
    """Copy the parameters of a training's state into a network, and what its layers keep besides.

    With replicas they are those of the first one.

    Raises
    ------
    ValueError
        The state is of another network.
    """
    given = {
        name: state[name].reshape(-1, state[name].shape[-1])[0] for name in ("theta", LAYER_STATE) if name in state
    }
    parameters = network.parameters
    if given["theta"].shape != parameters.theta.shape:
        raise ValueError(
            f"{network.architecture} has {parameters.theta.size:,} parameters, and the run's state "
            f"{given['theta'].size:,}: its data files have changed"
        )
    parameters.theta[...] = given["theta"]
    if LAYER_STATE in given:
        parameters.state[...] = given[LAYER_STATE]
