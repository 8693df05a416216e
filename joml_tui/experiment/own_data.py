"""Custom data sets: functions of modules that return samples, called when needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from msgspec import Meta, Struct

from joml.data.dataset import Dataset
from joml.data.dataset_error import DatasetError
from joml.data.dataset_traits import DatasetTraits
from joml.data.preparation import prepare
from joml.data.readers.npz_file import read_arrays
from joml.declaration import Part
from joml.task import TARGETS, Task
from joml_tui.experiment.own_parts import OwnPartError, make_part, short_name

if TYPE_CHECKING:
    from joml.data.readers.file_samples import FileSamples
    from joml.data.split import Split

_Settings = tuple[tuple[str, bool | int | float | str], ...]


class OwnDatasetSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="own"):
    """A data set of your own: ``module:name`` of a function, or the name of one that an installed package offers.

    The task describes y; ``standardize_y`` scales values like x. ``test_share`` is used if it has no test part.
    """

    own: str
    standardize: bool = True
    test_share: Annotated[float, Meta(gt=0, lt=1)] = 0.2
    task: Task = "classes"
    standardize_y: bool = False
    settings: _Settings = ()


class OwnDataError(DatasetError):
    """A custom function did not return a data set; it may succeed later, as it may read files that change."""


def read_own_samples(own: str, task: Task, settings: _Settings) -> FileSamples:
    """Call the function of a custom data set, and return its samples without splitting or scaling.

    Raises
    ------
    OwnDataError
        It cannot be imported, fails, or returns something else; the message names the function.
    """
    name = short_name(own)
    try:
        function = make_part("dataset", own, dict(settings))
    except OwnPartError as error:
        raise OwnDataError(str(error)) from error
    try:
        returned = function()
    except Exception as error:  # custom code may raise anything
        raise OwnDataError(f"{name} failed: {type(error).__name__}: {error}".removesuffix(": ")) from error
    try:
        if isinstance(returned, Dataset):
            return _samples_of_dataset(name, returned, task)
        return replace(read_arrays(name, _arrays(name, returned), task), name=name)
    except DatasetError as error:
        raise OwnDataError(str(error)) from error


def make_own_dataset(
    own: str,
    task: Task,
    settings: _Settings,
    standardize: bool,
    standardize_y: bool,
    *,
    seed: int,
    split: Split,
    held: FileSamples | None,
) -> Dataset:
    """Return a custom data set, split and scaled like one from a file."""
    samples = read_own_samples(own, task, settings) if held is None else held
    return prepare(samples, split, seed, standardize, standardize_y)


def _arrays(name: str, returned: Any) -> Mapping[str, Any]:
    """Return x and y, and the test part's, by name."""
    if not isinstance(returned, tuple | list) or len(returned) not in (2, 4):
        raise DatasetError(
            f"{name}: returned {type(returned).__name__}; a data set's function returns x and y, or x, y, x_test and "
            "y_test, samples as rows, or a joml.Dataset"
        )
    names = ("x", "y", "x_test", "y_test")
    return {each: np.asarray(array) for each, array in zip(names, returned, strict=False)}


def _samples_of_dataset(name: str, data: Dataset, task: Task) -> FileSamples:
    """Return the samples of a data set; its test part is kept, and a validation part is drawn from the rest."""
    if data.task != task:
        raise DatasetError(f"{name}: returned a data set of {TARGETS[data.task]}: write task: {data.task}")
    train_x, train_y = (
        np.concatenate((train, validation), axis=1) if validation.size else train
        for train, validation in ((data.x_train, data.x_validation), (data.y_train, data.y_validation))
    )
    arrays = {"x": train_x.T, "y": train_y.T, "x_test": data.x_test.T, "y_test": data.y_test.T}
    samples = read_arrays(name, arrays, task)
    notes = (*data.notes, *samples.notes)
    return replace(
        samples,
        class_names=data.class_names,
        feature_names=data.feature_names,
        name=data.name or name,
        notes=notes,
        image_shape=data.image_shape,
    )


def _files(settings: Mapping[str, Any]) -> list[Path]:
    """Return the file of a custom function; empty for an installed one."""
    module = str(settings["own"]).rpartition(":")[0]
    return [Path(module)] if module.endswith(".py") else []


#: The part of all custom data sets.
OWN_DATASET = Part(
    "dataset",
    "own",
    make_own_dataset,
    "A function of your own",
    "",
    "OwnDatasetSpec",
    (),
    DatasetTraits(read_samples=read_own_samples, list_files=_files),
)
