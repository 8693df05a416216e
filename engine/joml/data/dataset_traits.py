"""Traits of data sets beside their settings: sizes, task, and the source of the samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from joml.data.image_shape import ImageShape
from joml.data.readers.file_samples import FileSamples
from joml.declaration import Setting
from joml.task import Task

#: Settings that several data sets have.
TestShare = Annotated[float, Setting("Share of the samples in the test part", above=0, below=1)]
Noise = Annotated[float, Setting("Standard deviation of the noise", at_least=0, at_most=1_000)]
SampleCount = Annotated[int, Setting("Number of samples", at_least=8, at_most=1_000_000)]
#: For data sets in which each class needs samples.
ManySamples = Annotated[int, Setting("Number of samples", at_least=100, at_most=1_000_000)]
Standardize = Annotated[bool, Setting("Scale each feature to mean 0 and deviation 1 over the training part")]
StandardizeY = Annotated[
    bool, Setting("Scale values to predict to mean 0 and deviation 1 over the training part", title="Standardize y")
]

#: From the settings to the numbers of features, of outputs and of samples.
SizesOf = Callable[[Mapping[str, Any]], tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class DatasetTraits:
    """Traits that a data set declares beside its settings.

    Attributes
    ----------
    sizes : callable or None
        From the settings to the numbers of features, outputs and samples; None where the files must be read for them.
        Raises DatasetError where a package is missing.
    task : {"classes", "multilabel", "regression"} or None
        None where the data set has a setting of this name.
    read_samples : callable or None
        Reads whole files, without splitting or scaling; takes the settings that change what is read.
    list_files : callable or None
        From the settings to the files that are read, where the settings do not name the files themselves.
    summary : str
        A short description, with settings in braces; empty to use the name.
    grey_values : int
        The largest grey value of images, by which their pixels were divided; 0 for other data.
    scales_values : bool
        Whether ``standardize`` scales the values to predict too.
    advice : str
        Advice for these data without a validation part; empty for the usual advice.
    feature_names : tuple of str
        Names of the features of data that no file is read for; empty for x1, x2, ...
    image_shape : tuple of int, or None
        Channels, height and width of images that no file is read for.
    """

    sizes: SizesOf | None = None
    task: Task | None = None
    read_samples: Callable[..., FileSamples] | None = None
    list_files: Callable[[Mapping[str, Any]], list[Path]] | None = None
    summary: str = ""
    grey_values: int = 0
    scales_values: bool = False
    advice: str = ""
    feature_names: tuple[str, ...] = ()
    image_shape: ImageShape | None = None
