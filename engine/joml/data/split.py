"""The split of a data set into samples for training, validation and test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.rng import stream

IndexArray = NDArray[np.intp]

#: The value of `Split.by` that stands for the order of the samples in the file.
FILE_ORDER = "order"


@dataclass(frozen=True, slots=True)
class Split:
    """The shares of the training, validation and test parts, and how samples are chosen for them.

    Parameters
    ----------
    test : float, default 0.2
        Share of the test part, above 0 and below 1. Files with their own test part keep it.
    validation : float, default 0.0
        Share of the validation part; 0 for none. It is taken from the training part: the test part does not depend on
        it. In files with their own test part, it is a share of the other samples.
    stratified : bool, default False
        Whether every part has the same shares of the classes, up to rounding. Only classes can be stratified.
    by : str or int, optional
        The column of numbers, dates or times that orders the samples, by its name or position: the earliest ones are
        for training, the latest for the test. "order" stands for the order of the file.
    group : str or int, optional
        The column of which no value is in two parts, such as a patient's number.
    train_samples : int, optional
        How many of the training samples are used; the others are in no part. By default all.

    Raises
    ------
    DatasetError
        A share is out of range, the shares leave nothing to train on, or two settings contradict each other.
    """

    test: float = 0.2
    validation: float = 0.0
    stratified: bool = False
    by: str | int | None = None
    group: str | int | None = None
    train_samples: int | None = None

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
        chosen = [
            name
            for name, value in (("stratified", self.stratified or None), ("by", self.by), ("group", self.group))
            if value is not None
        ]
        if len(chosen) > 1:
            raise DatasetError(f"split: {' and '.join(chosen)} cannot be combined: leave one of them out")
        for name, value in (("by", self.by), ("group", self.group)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
                raise DatasetError(f"split.{name}: the name or position of a column was expected, got {value!r}")
        if self.train_samples is not None and not _is_count(self.train_samples):
            raise DatasetError(
                f"split.train_samples: a number of samples from 1 was expected, got {self.train_samples!r}"
            )

    @property
    def column(self) -> str | int | None:
        """The column of the file that decides the parts; None if there is none."""
        return self.group if self.by in (None, FILE_ORDER) else self.by


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


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


class PartNames(NamedTuple):
    """The names of the samples of each part, in the same order."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def part_sizes(samples: int, split: Split, test_samples: int | None = None) -> PartSizes:
    """Return the number of samples of each part; every part that exists has at least one.

    With groups, the parts are as near to these as the groups allow, but never empty.

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
    train = samples - test - validation
    return PartSizes(train if split.group is not None else _limited(train, split), validation, test)


def _limited(train: int, split: Split) -> int:
    """Return how many of the training samples are used.

    Raises
    ------
    DatasetError
        There are fewer than the split asks for.
    """
    if split.train_samples is None:
        return train
    if split.train_samples > train:
        raise DatasetError(
            f"split.train_samples: {split.train_samples:,} were asked for, and there are {train:,} to train on: "
            "leave it out to use all"
        )
    return split.train_samples


def parts_of(
    samples: int,
    split: Split,
    seed: int,
    *,
    classes: NDArray[Any] | None = None,
    test_samples: int | None = None,
    order: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
) -> Parts:
    """Divide samples into parts: at random, by their order, or by groups.

    A permutation of all samples is drawn from the seed. Its last samples are the test part, those before them the
    validation part, and the first ones the training part. So the test part does not depend on the validation part.

    When stratified, each class is divided in this way. Its number of test samples is its quota of the whole test part,
    rounded down; missing samples come from the classes with the largest remainders, the first of equal ones. The
    validation part is taken from the remaining samples in the same way. A class keeps a training sample wherever the
    sizes allow it. The last of the class's samples in the permutation are for the test, those before them for
    validation.

    By order, the last samples are the test part, those before them the validation part; of equal ones, the first in the
    file come first. By groups, these are drawn in random order for the test part until it is full, those that are too
    large for the rest of it are passed over, and then in the same way for the validation part.

    In files with their own test part, which comes last, only the other samples are divided; the training samples keep
    the order of the file.

    If only some training samples are used, these are the first ones at random, in each class by its quota where
    stratified; by order they are the last ones, next to the other parts. The other parts do not depend on their number.

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
    order : ndarray, shape (samples,), optional
        The numbers by which samples are ordered; by default the order of the file.
    groups : ndarray of int, shape (samples,), optional
        The group of each sample; needed if the split is by groups.

    Returns
    -------
    Parts

    Raises
    ------
    DatasetError
        There are too few samples or groups, or the split is stratified and there are no classes, or by groups and there
        are none.
    """
    parts = _whole_parts(samples, replace(split, train_samples=None), seed, classes, test_samples, order, groups)
    used = _limited(len(parts.train), split)
    if used == len(parts.train):
        return parts
    return parts._replace(
        train=_some_of(parts.train, used, split, seed, classes, in_file_order=test_samples is not None)
    )


def _whole_parts(
    samples: int,
    split: Split,
    seed: int,
    classes: NDArray[Any] | None,
    test_samples: int | None,
    order: NDArray[Any] | None,
    groups: NDArray[Any] | None,
) -> Parts:
    """Return the parts with all training samples."""
    sizes = part_sizes(samples, split, test_samples)
    own_test = test_samples is not None
    test = np.arange(samples - sizes.test, samples)
    if own_test and not sizes.validation:
        return Parts(np.arange(sizes.train), test[:0], test)
    divided = samples - sizes.test if own_test else samples
    if split.group is not None:
        return _grouped(groups, split, sizes, seed, divided, test if own_test else None)
    if split.by is not None:
        ordered = np.arange(divided) if order is None else np.argsort(order[:divided], kind="stable")
        train, validation, drawn = np.split(ordered, [sizes.train, sizes.train + sizes.validation])
        return Parts(train, validation, test if own_test else drawn)
    places = stream(seed, "split").permutation(divided)
    if split.stratified:
        if classes is None:
            raise DatasetError("stratified: only classes can be stratified, and the data set has none")
        part_of_place = _stratified(classes[places], sizes, own_test=own_test)
        train, validation, drawn = (places[part_of_place == part] for part in range(3))
    else:
        train, validation, drawn = np.split(places, [sizes.train, sizes.train + sizes.validation])
    return Parts(np.sort(train), validation, test) if own_test else Parts(train, validation, drawn)


def _some_of(
    train: IndexArray,
    used: int,
    split: Split,
    seed: int,
    classes: NDArray[Any] | None,
    *,
    in_file_order: bool,
) -> IndexArray:
    """Return the training samples that are used, in the order they are in."""
    if split.by is not None:
        return train[len(train) - used :]
    drawn = np.arange(len(train))
    if in_file_order or split.group is not None:  # others are in random order
        drawn = stream(seed, "split").permutation(len(train))
    if split.stratified and classes is not None:
        _, place = np.unique(classes[train[drawn]], return_inverse=True)
        counts = np.bincount(place)
        shares = _shared_out(used, counts)
        drawn = np.concatenate([drawn[place == number][:share] for number, share in enumerate(shares)])
    return train[np.sort(drawn[:used])]


def _grouped(
    groups: NDArray[Any] | None, split: Split, sizes: PartSizes, seed: int, divided: int, own_test: IndexArray | None
) -> Parts:
    """Return parts of which no two have samples of the same group."""
    if groups is None:
        raise DatasetError(f"split.group: {split.group!r} names a column, and these data have no columns by name")
    names, place = np.unique(groups[:divided], return_inverse=True)
    counts = np.bincount(place)
    wanted = [0 if own_test is not None else sizes.test, sizes.validation]
    needed = 1 + sum(map(bool, wanted))
    if len(names) < needed:
        raise DatasetError(
            f"split.group: at least {needed} groups are needed, one for each part, and column {split.group!r} has "
            f"{len(names)}"
        )
    drawn = stream(seed, "split").permutation(len(names))
    part = np.zeros(len(names), np.intp)
    for number, size in ((2, wanted[0]), (1, wanted[1])):
        if size:
            part[_groups_for(size, drawn[part[drawn] == 0], counts, left=number if wanted[1] else 1)] = number
    train, validation, test = (np.flatnonzero(part[place] == number) for number in range(3))
    return Parts(train, validation, test if own_test is None else own_test)


def _groups_for(size: int, drawn: IndexArray, counts: NDArray[np.intp], left: int) -> list[int]:
    """Return the groups of a part from those drawn: as many as fit into its size, at least one, and not all."""
    chosen: list[int] = []
    total = 0
    for group in drawn.tolist():
        if total + counts[group] <= size and len(drawn) - len(chosen) > left:
            chosen.append(group)
            total += int(counts[group])
    return chosen or [int(drawn[np.argmin(counts[drawn])])]


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
