"""The preparation of samples as a data set."""

from __future__ import annotations

from joml.data.dataset import Dataset
from joml.data.preparation_record import Preparation
from joml.data.prepared_parts import prepare_parts
from joml.data.readers.file_samples import FileSamples
from joml.data.split import Split

__all__ = ["Preparation", "Split", "prepare"]


def prepare(
    samples: FileSamples,
    split: Split | None = None,
    seed: int = 0,
    standardize: bool = False,
    standardize_y: bool = False,
) -> Dataset:
    """Split samples, and scale them by the mean and deviation of the training part.

    Parameters
    ----------
    samples : Samples
        As in a file, or as generated; they are not changed.
    split : Split, optional
        ``Split()`` by default: 0.2 of the samples to test on, and no validation part.
    seed : int, default 0
        Decides which samples are in which part.
    standardize : bool, default False
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part, in double precision. A
        feature that is constant there is only shifted.
    standardize_y : bool, default False
        Shift and scale the numbers to predict in the same way; other tasks are not affected.

    Returns
    -------
    Dataset
        Its `preparation` records how it was made. Each part is stored sample by sample: the features of one sample lie
        side by side in memory.

    Raises
    ------
    DatasetError
        As in `Dataset` and `parts_of`.
    """
    return Dataset(**prepare_parts(samples, split or Split(), seed, standardize, standardize_y))
