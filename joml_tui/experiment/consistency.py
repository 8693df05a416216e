"""What keeps an experiment from running: entries that are none, and what does not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joml_tui.decoding import find_faults, format_path
from joml_tui.experiment.datasets import DatasetSpec, IdxFiles
from joml_tui.experiment.description import Experiment, architecture_of
from joml_tui.experiment.layers import OutputSpec
from joml_tui.experiment.loading import shape_of, train_size_of

if TYPE_CHECKING:  # the engine brings numpy along, which reading and writing experiments does without
    from joml.dataset import DatasetError

#: With Adam's two moments and the gradients beside them, this many take 1.6 GB of memory.
MAX_PARAMETERS = 100_000_000


class Problem(NamedTuple):
    """One thing that stops an experiment from running."""

    field: str  # such as "layers[2].size"
    message: str


def problems(experiment: Experiment) -> list[Problem]:
    """Return everything that stops an experiment from running; nothing when it can.

    Reads the files of a data set, as `shape_of` does.
    """
    faults = list(find_faults(experiment))
    found = [Problem(format_path(fault.path), fault.fault) for fault in faults]
    faulty = {fault.path[0] for fault in faults}
    if "output" not in faulty:
        found += _output_problems(experiment.output)
    if "dataset" not in faulty:
        found += _dataset_problems(experiment, faulty)
    return found


def _output_problems(output: OutputSpec) -> list[Problem]:
    if output.cost == "cross-entropy" and output.activation != "softmax":
        message = "cross-entropy needs the softmax output: choose softmax, or mean-squared-error as the cost"
        return [Problem("output.activation", message)]
    return []


def _dataset_problems(experiment: Experiment, faulty: set[str | int]) -> list[Problem]:
    from joml.dataset import DatasetError  # noqa: PLC0415

    try:
        shape = shape_of(experiment.dataset)
    except DatasetError as error:
        return [Problem(_faulty_field(experiment.dataset, error), str(error))]
    found = []
    if "input_size" not in faulty and experiment.input_size not in (None, shape.input_size):
        message = f"the data set has {shape.input_size:,} features, the network {experiment.input_size:,} inputs"
        found.append(Problem("input_size", message))
    if "output" not in faulty and experiment.output.size not in (None, shape.output_size):
        message = f"the data set has {shape.output_size:,} classes, the network {experiment.output.size:,} outputs"
        found.append(Problem("output.size", message))
    if not found and not faulty & {"input_size", "layers", "output"}:
        found += _parameter_problems(experiment)
    train_size = train_size_of(experiment.dataset, shape)
    if "batch_size" not in faulty and experiment.batch_size > train_size:
        message = (
            f"a mini-batch of {experiment.batch_size:,} is larger than the training part of {train_size:,} samples"
        )
        found.append(Problem("batch_size", message))
    return found


def _parameter_problems(experiment: Experiment) -> list[Problem]:
    count = architecture_of(experiment).parameter_count
    if count <= MAX_PARAMETERS:
        return []
    return [Problem("layers", f"the network would have {count:,} parameters; at most {MAX_PARAMETERS:,} are allowed")]


def _faulty_field(dataset: DatasetSpec, error: DatasetError) -> str:
    """Return the field that an error of reading is about; of several files the message says which."""
    from joml.datasets.csv_file import LabelError  # noqa: PLC0415

    if isinstance(error, LabelError):
        return "dataset.label"
    return "dataset" if isinstance(dataset, IdxFiles) else "dataset.path"
