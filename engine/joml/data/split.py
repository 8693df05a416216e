"""The split of a data set into samples for training, validation and test."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.rng import stream

IndexArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Split:
    """The shares of the training, validation and test parts.

    Parameters
    ----------
    test : float, default 0.2
        Share of the test part, above 0 and below 1. Files with their own test part keep it.
    validation : float, default 0.0
        Share of the validation part; 0 for none. It is taken from the training part: the test part does not depend on
        it. In files with their own test part, it is a share of the other samples.
    stratified : bool, default False
        Whether every part has the same shares of the classes, up to rounding. Only classes can be stratified.

    Raises
    ------
    DatasetError
        A share is out of range, or the shares leave nothing to train on.
    """

    test: float = 0.2
    validation: float = 0.0
    stratified: bool = False

    def __post_init__(self) -> None:
        if not (isinstance(self.test, Real) and 0 < self.test < 1):
            raise DatasetError(f"test_share: a share between 0 and 1 was expected, got {self.test!r}")
        if not (isinstance(self.validation, Real) and 0 <= self.validation < 1):
            raise DatasetError(f"validation: a share from 0 to below 1 was expected, got {self.validation!r}")
        if self.validation + self.test >= 1:
            raise DatasetError(
                f"a validation part of {self.validation:g} and a test part of {self.test:g} of the samples leave "
                "nothing to train on"
            )


class PartSizes(NamedTuple):
    """The number of samples in each part."""

    train: int
    validation: int
    test: int


class Parts(NamedTuple):
    """The indices of the samples of each part, in order."""

    train: IndexArray
    validation: IndexArray
    test: IndexArray


def part_sizes(samples: int, split: Split, test_samples: int | None = None) -> PartSizes:
    """Return the number of samples of each part; every part that exists has at least one.

    Parameters
    ----------
    samples : int
        Number of all samples.
    split : Split
    test_samples : int, optional
        Number of samples in the files' own test part; `split.test` is then ignored.

    Returns
    -------
    PartSizes

    Raises
    ------
    DatasetError
        There are too few samples for these parts.
    """
    if test_samples is not None:
        rest = samples - test_samples
        test = test_samples
    elif samples < 2:
        raise DatasetError(f"too few samples: at least 2 are needed, one to train and one to test, got {samples}")
    else:
        rest = samples
        test = min(max(round(samples * split.test), 1), samples - 1)
    validation = 0
    if split.validation:
        left = samples - test
        if left < 2:
            raise DatasetError(
                f"too few samples for three parts: {left} is left beside the test part of {test}, and at least 2 are "
                "needed, one to train and one to validate"
            )
        validation = min(max(round(rest * split.validation), 1), left - 1)
    return PartSizes(samples - test - validation, validation, test)


def parts_of(
    samples: int,
    split: Split,
    seed: int,
    *,
    classes: NDArray[Any] | None = None,
    test_samples: int | None = None,
) -> Parts:
    """Divide samples into parts at random.

    A permutation of all samples is drawn from the seed. Its last samples are the test part, those before them the
    validation part, and the first ones the training part. So the test part does not depend on the validation part.

    When stratified, each class is divided in this way. Its number of test samples is its quota of the whole test part,
    rounded down; missing samples come from the classes with the largest remainders, the first of equal ones. The
    validation part is taken from the remaining samples in the same way. A class keeps a training sample wherever the
    sizes allow it. The last of the class's samples in the permutation are for the test, those before them for
    validation.

    In files with their own test part, which comes last, only the other samples are divided; the training samples keep
    the order of the file.

    Parameters
    ----------
    samples : int
        Number of all samples.
    split : Split
    seed : int
        The same seed gives the same parts.
    classes : ndarray of int, shape (samples,), optional
        The class of each sample; needed if the split is stratified.
    test_samples : int, optional
        As in `part_sizes`.

    Returns
    -------
    Parts

    Raises
    ------
    DatasetError
        There are too few samples, or the split is stratified and there are no classes.
    """
    sizes = part_sizes(samples, split, test_samples)
    own_test = test_samples is not None
    test = np.arange(samples - sizes.test, samples)
    if own_test and not sizes.validation:
        return Parts(np.arange(sizes.train), test[:0], test)
    order = stream(seed, "split").permutation(samples - sizes.test if own_test else samples)
    if split.stratified:
        if classes is None:
            raise DatasetError("stratified: only classes can be stratified, and the data set has none")
        part_of_place = _stratified(classes[order], sizes, own_test=own_test)
        train, validation, drawn = (order[part_of_place == part] for part in range(3))
    else:
        train, validation, drawn = np.split(order, [sizes.train, sizes.train + sizes.validation])
    return Parts(np.sort(train), validation, test) if own_test else Parts(train, validation, drawn)


def split_sizes(samples: int, test_share: float) -> tuple[int, int]:
    """Return the numbers of training and test samples, at least one each.

    Parameters
    ----------
    samples : int
        How many there are.
    test_share : float
        As in `Dataset.split`.

    Returns
    -------
    train, test : int

    Raises
    ------
    DatasetError
        There are fewer than two samples, or `test_share` is not between 0 and 1.
    """
    sizes = part_sizes(samples, Split(test_share))
    return sizes.train, sizes.test


def split_indices(samples: int, test_share: float, seed: int) -> tuple[IndexArray, IndexArray]:
    """Return the indices of the training part and those of the test part, as `Dataset.split` uses them.

    Parameters
    ----------
    samples : int
        How many there are, at least 2.
    test_share, seed
        As in `Dataset.split`.

    Returns
    -------
    train, test : ndarray of int
        In random order.

    Raises
    ------
    DatasetError
        As in `split_sizes`.
    """
    parts = parts_of(samples, Split(test_share), seed)
    return parts.train, parts.test


def _stratified(classes: NDArray[Any], sizes: PartSizes, *, own_test: bool) -> NDArray[np.intp]:
    """Return the part of each sample: 0 training, 1 validation, 2 test; the samples are in random order."""
    numbers, place = np.unique(classes, return_inverse=True)
    counts = np.bincount(place, minlength=len(numbers))
    test = np.zeros_like(counts) if own_test else _shared_out(sizes.test, counts)
    validation = _shared_out(sizes.validation, counts - test)
    part = np.zeros(len(classes), np.intp)
    for number in range(len(numbers)):
        members = np.flatnonzero(place == number)
        tested = len(members) - test[number]
        part[members[tested:]] = 2
        part[members[tested - validation[number] : tested]] = 1
    return part


def _shared_out(total: int, counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return each class's share of a total by largest remainders; each class keeps one sample where possible."""
    quotas = counts * (total / counts.sum())
    most = np.maximum(counts - 1, 0)
    if most.sum() < total:
        most = counts
    shares: NDArray[np.intp] = np.minimum(np.floor(quotas).astype(np.intp), most)
    # A stable sort: among equal remainders the first class comes first.
    by_remainder = np.argsort(-(quotas - np.floor(quotas)), kind="stable")
    while (missing := total - shares.sum()) > 0:
        open_classes = by_remainder[shares[by_remainder] < most[by_remainder]][:missing]
        shares[open_classes] += 1
    return shares
