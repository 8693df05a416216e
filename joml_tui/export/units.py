"""A network's inputs and outputs in the units of its data set: who uses it elsewhere has to scale as it did."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from joml.arrays import Array
from joml.dataset import DatasetError
from joml_tui.experiment import Digits, Experiment, IdxFiles, load_dataset

#: How far standardised numbers may be from the data set's own; numbers of single precision are less.
_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Mean and standard deviation over the training samples: the network has (x - mean) / deviation.

    Attributes
    ----------
    mean, deviation : (features,) or (outputs,) arrays
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """How a data set is given to its network.

    Attributes
    ----------
    inputs : str
        A sentence's part about the features.
    outputs : tuple of str
        Names of the classes, answers or values; none where they are not known.
    x, y : Scaling or None
        None where nothing is scaled, or the data cannot be read any more.
    """

    inputs: str
    outputs: tuple[str, ...] = ()
    x: Scaling | None = None
    y: Scaling | None = None

    @property
    def told(self) -> dict[str, str]:
        """What a network's files say of it; numbers and names as JSON lists."""
        found = {"inputs": self.inputs}
        if self.outputs:
            found["outputs"] = json.dumps(self.outputs)
        for name, scaling in (("inputs", self.x), ("outputs", self.y)):
            if scaling is not None:
                found[f"{name}_mean"] = json.dumps(scaling.mean.tolist())
                found[f"{name}_deviation"] = json.dumps(scaling.deviation.tolist())
        return found


def units_of(experiment: Experiment) -> Units:
    """Find out how an experiment's data set is scaled, from the data where they are such as can be scaled."""
    dataset = experiment.dataset
    if isinstance(dataset, Digits | IdxFiles):
        return Units("grey values from 0 to 1")
    scaled = {name for name in ("standardize", "standardize_y") if getattr(dataset, name, False)}
    inputs = "the features as they are in the data set"
    if "standardize" in scaled:
        inputs = "standardised, each feature minus its mean over the training samples, over its standard deviation"
    if not hasattr(dataset, "standardize"):
        return Units(inputs)
    try:
        given = load_dataset(dataset, experiment.seed)
        plain = load_dataset(structs.replace(dataset, **dict.fromkeys(scaled, False)), experiment.seed)
    except (DatasetError, OSError, MemoryError):
        return Units(inputs)
    return Units(
        inputs,
        given.class_names,
        _scaling(plain.x_train, given.x_train) if "standardize" in scaled else None,
        _scaling(plain.y_train, given.y_train) if "standardize_y" in scaled and given.task == "values" else None,
    )


def _scaling(plain: Array, given: Array) -> Scaling | None:
    """Give what makes the one of the other, (rows, samples); None where single precision is too coarse to tell."""
    constant = plain.min(axis=1) == plain.max(axis=1)
    mean = np.where(constant, plain[:, 0], plain.mean(axis=1, dtype=np.float64))
    deviation = np.where(constant, 1.0, plain.std(axis=1, dtype=np.float64))
    with np.errstate(all="ignore"):
        close = np.abs((plain - mean[:, np.newaxis]) / deviation[:, np.newaxis] - given) < _TOLERANCE
    return Scaling(mean, deviation) if close.all() else None
