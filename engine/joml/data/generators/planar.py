"""Small data sets in the plane that are learnt in seconds and easy to draw."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, ManySamples, Noise, SampleCount, TestShare
from joml.data.generators.generated import check_noise, check_samples
from joml.data.preparation import Split, prepare
from joml.data.readers.file_samples import FileSamples
from joml.declaration import Setting, declare
from joml.rng import stream

# One cloud's centre per row; neighbours differ in one sign and so in class.
_CENTRES = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float64)
_CLASSES = np.array([0, 1, 0, 1])
_SUMMARY = "{name}, {samples} samples, noise {noise}"
_TWO_CLASSES = DatasetTraits(lambda given: (2, 2, given["samples"]), "classes", summary=_SUMMARY)


@declare(
    "dataset",
    "xor",
    "Four Gaussian clouds; opposite corners share a class",
    label="Xor",
    traits=_TWO_CLASSES,
)
def xor(
    samples: SampleCount = 1_000,
    noise: Noise = 0.35,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return four Gaussian clouds around (±1, ±1); opposite corners share a class, so no straight line divides them.

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least 4; the clouds are as equal in size as possible.
    noise : float, default 0.35
        Standard deviation of a cloud in each direction, 0 or more.
    seed : int, default 0
        Decides the points and which of them are in which part, through separate streams.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (2, samples), y of shape (2, samples).

    Raises
    ------
    DatasetError
        `samples`, `noise` or `test_share` is out of range.
    """
    check_samples("xor", samples, len(_CENTRES))
    cloud = np.arange(samples) % len(_CENTRES)
    return _scattered(
        "xor",
        _CENTRES[cloud],
        _CLASSES[cloud],
        ("same signs", "opposite signs"),
        noise,
        seed,
        split or Split(test_share),
    )


@declare(
    "dataset",
    "circles",
    "Two concentric circles",
    label="Circles",
    traits=_TWO_CLASSES,
)
def circles(
    samples: SampleCount = 1_000,
    noise: Noise = 0.08,
    factor: Annotated[float, Setting("Radius of the inner circle; the outer one has 1", above=0, below=1)] = 0.5,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return two concentric circles, each a class; without noise the radius alone decides the class.

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least 2; spaced evenly along the circles, half of them on each.
    noise : float, default 0.08
        Standard deviation, in each direction, of a point's distance from its circle's line; 0 or more.
    factor : float, default 0.5
        Radius of the inner circle, above 0 and below 1; the outer one's is 1.
    seed : int, default 0
        Decides the noise and which points are in which part, through separate streams.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (2, samples), y of shape (2, samples), classes "outer" and "inner".

    Raises
    ------
    DatasetError
        `samples`, `noise`, `factor` or `test_share` is out of range.
    """
    check_samples("circles", samples, 2)
    if not 0 < factor < 1:
        raise DatasetError(f"circles: a factor above 0 and below 1 was expected, got {factor}")
    classes, place, count = _dealt(samples, 2)
    radius = np.where(classes == 0, 1.0, factor)
    points = _polar(radius, 2 * np.pi * place / count)
    return _scattered("circles", points, classes, ("outer", "inner"), noise, seed, split or Split(test_share))


@declare(
    "dataset",
    "moons",
    "Two interleaving half-moons",
    label="Moons",
    traits=_TWO_CLASSES,
)
def moons(
    samples: SampleCount = 1_000,
    noise: Noise = 0.1,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return two interleaving half circles of radius 1, each a class.

    The upper one is the upper half of the circle around (0, 0), the lower one the lower half of the circle
    around (1, 0.5).

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least 2; spaced evenly along the half circles, half of them on each.
    noise : float, default 0.1
        Standard deviation, in each direction, of a point's distance from its half circle; 0 or more.
    seed : int, default 0
        Decides the noise and which points are in which part, through separate streams.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (2, samples), y of shape (2, samples), classes "upper" and "lower".

    Raises
    ------
    DatasetError
        `samples`, `noise` or `test_share` is out of range.
    """
    check_samples("moons", samples, 2)
    classes, place, count = _dealt(samples, 2)
    points = _polar(np.ones(samples), np.pi * place / np.maximum(count - 1, 1))
    points[classes == 1] = [1, 0.5] - points[classes == 1]
    return _scattered("moons", points, classes, ("upper", "lower"), noise, seed, split or Split(test_share))


@declare(
    "dataset",
    "spirals",
    "Spiral arms around one point, each a class",
    label="Spirals",
    traits=DatasetTraits(
        lambda given: (2, given["arms"], given["samples"]),
        "classes",
        summary="{arms} spirals, {samples} samples, noise {noise}",
    ),
)
def spirals(
    samples: ManySamples = 1_000,
    arms: Annotated[int, Setting("Number of arms", at_least=2, at_most=100)] = 2,
    noise: Noise = 0.02,
    turns: Annotated[float, Setting("Turns of each arm", above=0, at_most=100)] = 1.0,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return spiral arms around the origin, each a class (two: Lang and Witbrock, 1988, with three turns).

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least one per arm; the arms are as equal in size as possible. Along an arm the radius grows
        evenly from 0.1 to 1.
    arms : int, default 2
        Number of arms and of classes, at least 2; each arm is the previous one turned by ``1 / arms`` of a circle.
    noise : float, default 0.02
        Standard deviation, in each direction, of a point's distance from its arm; 0 or more. Arms are about
        ``0.9 / (turns * arms)`` apart.
    turns : float, default 1.0
        Number of turns of an arm around the origin, above 0.
    seed : int, default 0
        Decides the noise and which points are in which part, through separate streams.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (2, samples), y of shape (arms, samples), classes "arm 1", "arm 2", ...

    Raises
    ------
    DatasetError
        `samples`, `arms`, `noise`, `turns` or `test_share` is out of range.
    """
    if arms < 2:
        raise DatasetError(f"spirals: at least 2 arms are needed, got {arms}")
    check_samples("spirals", samples, arms)
    if not (math.isfinite(turns) and turns > 0):
        raise DatasetError(f"spirals: turns above 0 were expected, got {turns}")
    classes, place, count = _dealt(samples, arms)
    way = place / np.maximum(count - 1, 1)
    points = _polar(0.1 + 0.9 * way, 2 * np.pi * (turns * way + classes / arms))
    return _scattered("spirals", points, classes, _numbered("arm", arms), noise, seed, split or Split(test_share))


@declare(
    "dataset",
    "blobs",
    "Gaussian clouds in a ring, each a class",
    label="Blobs",
    traits=DatasetTraits(
        lambda given: (2, given["classes"], given["samples"]),
        "classes",
        summary="{classes} blobs, {samples} samples, noise {noise}",
    ),
)
def blobs(
    samples: ManySamples = 1_000,
    classes: Annotated[int, Setting("Number of classes", at_least=2, at_most=100)] = 3,
    noise: Noise = 0.25,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return Gaussian clouds around points spaced evenly on the unit circle, each a class.

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least one per class; the clouds are as equal in size as possible.
    classes : int, default 3
        Number of clouds, at least 2; the centre of the first is (1, 0).
    noise : float, default 0.25
        Standard deviation of a cloud in each direction, 0 or more. Neighbouring centres are
        ``2 * sin(pi / classes)`` apart.
    seed : int, default 0
        Decides the points and which of them are in which part, through separate streams.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (2, samples), y of shape (classes, samples), classes "blob 1", "blob 2", ...

    Raises
    ------
    DatasetError
        `samples`, `classes`, `noise` or `test_share` is out of range.
    """
    if classes < 2:
        raise DatasetError(f"blobs: at least 2 classes are needed, got {classes}")
    check_samples("blobs", samples, classes)
    blob, _, _ = _dealt(samples, classes)
    points = _polar(np.ones(samples), 2 * np.pi * blob / classes)
    return _scattered("blobs", points, blob, _numbered("blob", classes), noise, seed, split or Split(test_share))


def _scattered(
    name: str,
    points: NDArray[np.float64],
    classes: NDArray[np.intp],
    class_names: tuple[str, ...],
    noise: float,
    seed: int,
    split: Split,
) -> Dataset:
    """Return points, one per row, with Gaussian noise added to both coordinates, split into parts."""
    check_noise(name, noise)
    points = points + noise * stream(seed, "noise").standard_normal(points.shape)
    return prepare(FileSamples(points, classes, class_names, name=name), split, seed)


def _dealt(samples: int, classes: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Deal samples to classes in turn; return each sample's class, its place there, and the size of the class."""
    place, dealt = np.divmod(np.arange(samples), classes)
    return dealt, place, np.bincount(dealt, minlength=classes)[dealt]


def _polar(radius: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points in the plane, one per row, from their radius and angle (in radians, from the first axis)."""
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _numbered(word: str, count: int) -> tuple[str, ...]:
    return tuple(f"{word} {number}" for number in range(1, count + 1))
