"""Parity: whether an even or an odd number of signs is positive; every sign counts, and none alone says anything."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, TestShare
from joml.data.generators.hypercube import corners
from joml.data.preparation import Split, prepare
from joml.data.readers.file_samples import FileSamples
from joml.declaration import Setting, declare

#: Of the two points of one bit, only one would be left to train on.
MIN_BITS = 2
#: More points than 2 to the power of this take too much memory to be worth it.
MAX_BITS = 20


@declare(
    "dataset",
    "parity",
    "Whether the number of +1 among so many signs is even or odd, on all points",
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
    """Return parity on all points of {-1,+1}^bits; the class says whether the number of +1 is even or odd.

    Turning any one sign changes the class, so points that differ in one are never of the same, and fewer than
    all features say nothing (Minsky and Papert, *Perceptrons*, 1969). With ``bits=2`` it is XOR on four points.

    Parameters
    ----------
    bits : int, default 8
        Number of features, 2 to 20; there are ``2**bits`` samples, half of them in each class.
    seed : int, default 0
        Decides which points are in which part.
    test_share : float, default 0.2
        Share of the points to test on.
    split : Split, optional
        Asks for a validation part or stratified parts as well; its `test` then counts in place of `test_share`.

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
