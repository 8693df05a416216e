"""Checks of what a trainer is given: samples, sizes of mini-batches, class weights and seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.array_types import Array
from joml.validation import at_least_one, integer, numbers

if TYPE_CHECKING:
    from joml.network import Network


def samples_of_part(
    network: Network, x: ArrayLike | None, y: ArrayLike | None, part: str
) -> tuple[Array, Array] | None:
    """Return a part's samples as arrays of the network's type; None if there are none.

    Parameters
    ----------
    network : Network
    x, y : arrays or None
    part : str
        Its name, such as "test".

    Returns
    -------
    tuple of arrays, or None

    Raises
    ------
    ValueError
        One of x and y is given alone, or they do not suit the network.
    """
    if (x is None) != (y is None):
        there, missing = ("y", "x") if x is None else ("x", "y")
        raise ValueError(
            f"there is {there}_{part} and no {missing}_{part}: give both, or neither to train without a {part} part"
        )
    return network.checked(x, y) if x is not None and y is not None and np.size(x) else None


def require_classes(task: str, y: Array) -> None:
    """Refuse answers of a task that are all alike, so that there is nothing to learn.

    Parameters
    ----------
    task : str
    y : (outputs, samples) array

    Raises
    ------
    ValueError
        Only one class occurs, or all answers are the same.
    """
    occurring = np.flatnonzero(y.any(axis=1)) if task == "classes" else [0, 1]
    if len(occurring) < 2:
        raise ValueError(
            f"only class {occurring[0]} occurs in y_train: give samples of at least two classes, or there is nothing "
            "to tell apart"
        )
    if task == "multilabel" and (y == y[:, :1]).all():
        raise ValueError(
            "all samples of y_train have the same answers: give some that differ, or there is nothing to learn"
        )


def require_samples(network: Network, sizes: NDArray[np.int64]) -> None:
    """Refuse mini-batches that have too few samples for a layer.

    Parameters
    ----------
    network : Network
    sizes : (mini-batches,) array
        The samples of each mini-batch of an epoch.

    Raises
    ------
    ValueError
        A layer needs more; the message names it.
    """
    fewest = int(sizes.min())
    for place, (layer, shape) in enumerate(zip(network.layers, network.shapes, strict=False), start=1):
        needed = layer.least_samples(shape)
        if fewest < needed:
            raise ValueError(
                f"layer {place}, {layer!r}, needs at least {needed} samples in a mini-batch to train, and one of an "
                f"epoch's has {fewest}: choose another batch_size than {int(sizes[0])}"
            )


def checked_batch_size(batch_size: int | Literal["all"] | None, samples: int, usual: int | Literal["all"]) -> int:
    """Return the number of samples in a mini-batch: as requested, or else the default, or all if there are fewer.

    Parameters
    ----------
    batch_size : int, "all" or None
    samples : int
        Those to train on.
    usual : int or "all"
        The default.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        It is no size, or larger than the samples.
    """
    if batch_size is None:
        return samples if usual == "all" else min(usual, samples)
    if batch_size == "all":
        return samples
    if at_least_one(batch_size, "batch_size", "all") > samples:
        raise ValueError(
            f"a mini-batch of {batch_size} is larger than the {samples} training samples: choose a batch_size of at "
            f"most {samples}, or 'all'"
        )
    return batch_size


def checked_accumulation(mini_batches: int, per_epoch: int) -> int:
    """Return the number of mini-batches that make an update.

    Parameters
    ----------
    mini_batches : int
    per_epoch : int
        The mini-batches of an epoch.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        It is no number of mini-batches, or an epoch has fewer.
    """
    if at_least_one(mini_batches, "accumulate") > per_epoch:
        raise ValueError(
            f"accumulate is {mini_batches}, and an epoch has {per_epoch} mini-batches: choose at most {per_epoch}, "
            "or a smaller batch_size"
        )
    return int(mini_batches)


def checked_class_weights(class_weights: Literal["balanced"] | Sequence[float] | None, y: Array) -> Array | None:
    """Return the weight of each class in the type of y; None without weights.

    Parameters
    ----------
    class_weights : "balanced", sequence of float or None
    y : (outputs, samples) array

    Returns
    -------
    (outputs,) array, or None

    Raises
    ------
    ValueError
        They are not one number above 0 for each class, or y has no classes.
    """
    if class_weights is None:
        return None
    counts = y.sum(axis=1, dtype=np.float64)
    if isinstance(class_weights, str):
        if class_weights != "balanced":
            raise ValueError(f"class_weights are 'balanced' or one number per class, got {class_weights!r}")
        weights = y.shape[1] / np.maximum(counts, 1) / np.count_nonzero(counts)
    else:
        weights = numbers(class_weights, "class_weights", np.float64)
    if weights.shape != (len(y),) or not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ValueError(f"class_weights must be {len(y)} finite numbers above 0, one per class, got {class_weights!r}")
    if not (y.sum(axis=0) == 1).all():
        raise ValueError("class_weights need one-hot classes: y has columns that are not one-hot")
    as_y: Array = weights.astype(y.dtype)
    return as_y


def checked_seeds(first: int, replicas: int | Sequence[int] | None) -> tuple[int, ...]:
    """Return the seeds of the trained networks.

    Parameters
    ----------
    first : int
        The seed of the first one.
    replicas : int, sequence of int or None
        Their number, or their seeds; None for one network.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        They are no number, and no different seeds.
    """
    if replicas is None:
        return (first,)
    if isinstance(replicas, int | np.integer):
        return tuple(range(first, first + at_least_one(replicas, "replicas")))
    return different_seeds(replicas, "replicas", "a number or different seeds")


def different_seeds(given: object, name: str, kind: str) -> tuple[int, ...]:
    """Return seeds as a tuple; raise ValueError unless they are different integers of at least 0, at least one.

    Parameters
    ----------
    given : iterable of int
    name, kind : str
        The name and the required kind, for the error message.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        As above; the message shows the argument.
    """
    fault = f"{name} must be {kind}, at least one, got {given!r}"
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(fault)
    seeds = tuple(integer(seed, f"a seed in {name}", 0) for seed in given)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(fault)
    return seeds
