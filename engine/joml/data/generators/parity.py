"""Parity: whether an even or odd number of signs is positive; it depends on all signs together."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, TestShare
from joml.data.generators.hypercube import corners
from joml.data.preparation import Split, prepare
from joml.data.readers.file_samples import FileSamples
from joml.declaration import Setting, declare

#: With one bit there are two points, and only one would be left to train on.
MIN_BITS = 2
#: More than 2 to the power of this many points take too much memory.
MAX_BITS = 20


@declare(
    "dataset",
    "parity",
    "Even or odd number of +1 among n signs, on all points",
    label="Parity",
    traits=DatasetTraits(
        lambda given: (given["bits"], 2, 2 ** given["bits"]), "classes", summary="parity of {bits} bits"
    ),
)
def parity(
    bits: Annotated[int, Setting("Number of signs", at_least=MIN_BITS, at_most=MAX_BITS)] = 8,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return parity on all points of {-1,+1}^bits: the class is the parity of the number of +1.

    Changing any one sign changes the class, so fewer than all features say nothing about it (Minsky and Papert,
    *Perceptrons*, 1969). With ``bits=2`` it is XOR on four points.

    Parameters
    ----------
    bits : int, default 8
        Number of features, 2 to 20; there are ``2**bits`` samples, half of them in each class.
    seed : int, default 0
        Decides which points are in which part.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (bits, samples), entries -1 and +1; y of shape (2, samples), classes "even" and "odd".

    Raises
    ------
    DatasetError
        `bits` or `test_share` is out of range.
    """
    if not MIN_BITS <= bits <= MAX_BITS:
        raise DatasetError(f"parity: {MIN_BITS} to {MAX_BITS} bits were expected, got {bits}")
    x = corners(bits)
    odd = np.count_nonzero(x > 0, axis=0) % 2
    samples = FileSamples(x.T, odd, ("even", "odd"), name=f"parity-{bits}")
    return prepare(samples, split or Split(test_share), seed)
