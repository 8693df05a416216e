"""What a data set declares besides its settings: its sizes, what is to be learnt, and where its samples come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from joml.data.readers.file_samples import FileSamples
from joml.declaration import Setting
from joml.task import Task

#: Settings that data sets share.
TestShare = Annotated[float, Setting("Share of the samples to test on", above=0, below=1)]
Noise = Annotated[float, Setting("Standard deviation of the noise", at_least=0, at_most=1_000)]
SampleCount = Annotated[int, Setting("Number of samples", at_least=8, at_most=1_000_000)]
#: Where each of several classes needs samples.
ManySamples = Annotated[int, Setting("Number of samples", at_least=100, at_most=1_000_000)]
Standardize = Annotated[bool, Setting("Scale each feature to mean 0 and deviation 1 over the training part")]
StandardizeY = Annotated[
    bool, Setting("Scale values to predict to mean 0 and deviation 1 over the training part", title="Standardize y")
]

#: From the settings to the numbers of features, of outputs and of samples.
SizesOf = Callable[[Mapping[str, Any]], tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class DatasetTraits:
    """What a data set declares besides its settings.

    Attributes
    ----------
    sizes : callable or None
        From the settings to the numbers of features, outputs and samples; None where only reading tells them. Raises
        DatasetError where a package is missing.
    task : {"classes", "answers", "values"} or None
        None where a setting of this name says it.
    read_samples : callable or None
        Reads files whole, without splitting or scaling; takes those settings that change what is read.
    list_files : callable or None
        From the settings to the files that are read, where these are others than the settings name.
    summary : str
        What it is called in one short text, with settings in braces; nothing for its name.
    grey_values : int
        The largest grey value of images, by which their pixels were divided; 0 of other data.
    scales_values : bool
        Whether ``standardize`` scales the values to predict too.
    advice : str
        What to know where the data have no validation part; nothing for the usual.
    """

    sizes: SizesOf | None = None
    task: Task | None = None
    read_samples: Callable[..., FileSamples] | None = None
    list_files: Callable[[Mapping[str, Any]], list[Path]] | None = None
    summary: str = ""
    grey_values: int = 0
    scales_values: bool = False
    advice: str = ""
