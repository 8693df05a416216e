"""Trainings that start from weights in a file instead of random ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from joml.training.averaging import TRAINED
from joml.training.trainer import LAYER_STATE
from joml_tui.experiment import Experiment
from joml_tui.experiment.yaml_text import shown_path
from joml_tui.export.weight_files import read_network
from joml_tui.runs.history import History
from joml_tui.runs.run import ResumePoint
from joml_tui.runs.worker.builder import build_subject
from joml_tui.runs.worker.series_codec import pack_rows
from joml_tui.serialization import pack_state


def beginning_from_weights(experiment: Experiment, path: Path, biases: Path | None = None) -> ResumePoint:
    """Return the start of an experiment's training with the weights in a safetensors or NPZ file or a table.

    Everything else depends on the experiment and its seed. All replicas start from these weights.

    Parameters
    ----------
    experiment : Experiment
    path : Path
    biases : Path, optional
        A table of the biases, where the table of weights has none.

    Returns
    -------
    ResumePoint

    Raises
    ------
    BiasesNeededError
        The table has weights alone, and there is no table of biases.
    ExportError
        The file cannot be read or is damaged, or its weights do not fit; the message names the layers.
    ValueError
        The experiment's parts do not fit together, or its data cannot be read.
    OSError
        Its data cannot be read.
    """
    own = read_network(experiment, path, biases).parameters
    state = build_subject(experiment).trainer.state()
    for name, values in (("theta", own.theta), (TRAINED, own.theta), (LAYER_STATE, own.state)):
        if name in state:
            state[name] = np.broadcast_to(values, state[name].shape).astype(state[name].dtype)
    rows = pack_rows(History.create(1, 1, 1, 1), 0)
    description = f"the weights in {shown_path(path.absolute())}"
    if biases is not None:
        description += f" and the biases in {shown_path(biases.absolute())}"
    return ResumePoint(pack_state(state), rows, description=description)
