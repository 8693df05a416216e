"""The gradients of a run's network over its training samples, as a table of text and as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from joml import Dataset, Network
from joml.files.weights import Weights, gradients_of, to_npz, to_table
from joml.layers.fully_connected import require_fully_connected
from joml_tui.experiment import load_data, source_of
from joml_tui.export.networks import trained
from joml_tui.export.safe_files import ExportError, exported
from joml_tui.runs.worker.same_data import describe_changed_data

if TYPE_CHECKING:
    from joml_tui.runs.run import Run


def write_gradient_table(run: Run, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the gradients of the mean cost of all training samples, in float64 and with all digits.

    The rows are those of a table of weights: a row for each input unit, layer after layer, and the biases behind them.
    Each sample counts the same, nothing is dropped, and penalties on weights are left out.

    Raises
    ------
    ExportError
        There is no network yet, a layer has other parameters than weights and biases, the data cannot be read or have
        changed, the file exists and ``overwrite`` is false, or it cannot be written.
    """
    with exported(path, overwrite=overwrite) as temporary:
        network = trained(run).network.copy(np.float64)
        _require_table(network)
        temporary.write_bytes(to_table(_gradients(run, network), gradients=True))


def write_gradient_arrays(run: Run, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the same gradients as an NPZ file, by the names of the weights, for networks with layers of any kind.

    Normalisations use their running means, as in prediction.

    Raises
    ------
    ExportError
        There is no network yet, the data cannot be read or have changed, the file exists and ``overwrite`` is false, or
        it cannot be written.
    """
    with exported(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(to_npz(_gradients(run, trained(run).network.copy(np.float64))))


def _gradients(run: Run, network: Network) -> Weights:
    data = _data_of(run)
    network.compute_gradients(data.x_train, data.y_train)
    return gradients_of(network)


def _require_table(network: Network) -> None:
    try:
        layers = require_fully_connected(network.layers, "a table of gradients")
    except ValueError as error:
        raise ExportError(f"not written: {error}; the format gradients-npz holds them") from error
    normalised = next((place for place, layer in enumerate(layers, start=1) if layer.normalised), None)
    if normalised is not None:
        raise ExportError(
            f"not written: layer {normalised} is normalised, and a table of gradients cannot hold those of its gamma "
            "and beta; the format gradients-npz does"
        )


def _data_of(run: Run) -> Dataset:
    """Return a run's data, which must be those that it was trained on."""
    try:
        data = load_data(run.experiment)
    except (ValueError, OSError, MemoryError) as error:
        raise ExportError(f"not written: the gradients are those of the run's data, and {error}") from error
    kept = run.preparation_values
    if changed := describe_changed_data(run.experiment, kept, data):
        raise ExportError(f"not written: the gradients are those of the run's data, and {changed}")
    if run.history is not None and run.history.train_size not in (0, data.train_size):
        raise ExportError(
            f"not written: the gradients are those of the run's data, and {source_of(run.experiment.dataset)} has "
            "another number of samples now"
        )
    return data
