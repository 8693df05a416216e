"""Experiments: everything that decides a run, as immutable data that need no NumPy to be read and written."""

from joml_tui.experiment.consistency import MAX_PARAMETERS, Problem, problems
from joml_tui.experiment.datasets import (
    Blobs,
    Circles,
    CsvFile,
    DatasetSpec,
    DatasetT,
    IdxFiles,
    Moons,
    NpzFile,
    Parity,
    SpinGlass,
    Spirals,
    Xor,
    map_paths,
)
from joml_tui.experiment.description import Experiment, architecture_of, with_architecture
from joml_tui.experiment.layers import Activation, Cost, LayerSpec, OutputActivation, OutputSpec
from joml_tui.experiment.loading import DatasetShape, expand_user, load_dataset, shape_of, train_size_of
from joml_tui.experiment.optimizers import AdamSpec, GradientDescentSpec, OptimizerSpec

__all__ = [
    "MAX_PARAMETERS",
    "Activation",
    "AdamSpec",
    "Blobs",
    "Circles",
    "Cost",
    "CsvFile",
    "DatasetShape",
    "DatasetSpec",
    "DatasetT",
    "Experiment",
    "GradientDescentSpec",
    "IdxFiles",
    "LayerSpec",
    "Moons",
    "NpzFile",
    "OptimizerSpec",
    "OutputActivation",
    "OutputSpec",
    "Parity",
    "Problem",
    "SpinGlass",
    "Spirals",
    "Xor",
    "architecture_of",
    "expand_user",
    "load_dataset",
    "map_paths",
    "problems",
    "shape_of",
    "train_size_of",
    "with_architecture",
]
