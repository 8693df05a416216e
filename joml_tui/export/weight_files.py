"""The weights of a run's network in safetensors and NPZ files and in tables: writing and loading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from joml import Network
from joml.files.weights import BiasesNeededError, Weights, WeightsError, load, to_npz, to_safetensors, to_table
from joml_tui.experiment import Experiment
from joml_tui.export.networks import trained
from joml_tui.export.safe_files import ExportError, exported
from joml_tui.runs.worker.builder import build_network

if TYPE_CHECKING:
    from joml_tui.runs.run import Run


def write_npz(run: Run, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the weights as an archive for ``numpy.load``; ``joml.files.weights`` describes its content.

    Raises
    ------
    ExportError
        There is no network yet, the file exists and ``overwrite`` is false, or it cannot be written.
    """
    _write(run, path, to_npz, overwrite)


def write_safetensors(run: Run, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the weights as safetensors; ``joml.files.weights`` describes the content.

    Raises
    ------
    ExportError
        As for ``write_npz``, or safetensors is not installed.
    """
    _write(run, path, to_safetensors, overwrite)


def write_weight_table(run: Run, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the weights and biases as a table of text; ``joml.files.parameter_tables`` describes the rows.

    Raises
    ------
    ExportError
        As for ``write_npz``, or a layer is normalised, and a table cannot hold its gamma and beta.
    """
    _write(run, path, to_table, overwrite)


def _write(run: Run, path: str | Path, pack: Callable[[Weights], bytes], overwrite: bool) -> None:
    with exported(path, overwrite=overwrite) as temporary:
        try:
            temporary.write_bytes(pack(trained(run).weights))
        except WeightsError as error:
            raise ExportError(str(error)) from error


def read_network(experiment: Experiment, path: Path, biases: Path | None = None) -> Network:
    """Make an experiment's network with the weights in a safetensors or NPZ file or in a table.

    Parameters
    ----------
    experiment : Experiment
    path : Path
    biases : Path, optional
        A table of the biases, where the table of weights has none.

    Returns
    -------
    Network

    Raises
    ------
    BiasesNeededError
        The table has weights alone, and there is no table of biases.
    ExportError
        The file cannot be read or is damaged, or its weights do not fit; the message names the layers.
    ValueError
        The experiment's parts do not fit together.
    """
    network = build_network(experiment)
    try:
        load(network, path, biases)
    except BiasesNeededError:
        raise
    except WeightsError as error:
        raise ExportError(str(error)) from error
    except OSError as error:
        raise ExportError(f"{path} could not be read: {error.strerror or error}") from error
    return network
