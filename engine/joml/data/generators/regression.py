"""Small regressions of one or two features that are learnt in seconds and easy to draw."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, Noise, SampleCount, TestShare
from joml.data.generators.generated import check_noise, check_samples
from joml.data.preparation import Split, prepare
from joml.data.readers.file_samples import FileSamples
from joml.declaration import Setting, declare
from joml.rng import stream

# One bump per row, centre and sign, as in TensorFlow Playground, whose square is from -6 to 6.
_CENTRES = np.array([[-4, 2.5], [0, 2.5], [4, 2.5], [-4, -2.5], [0, -2.5], [4, -2.5]]) / 6
_SIGNS = np.array([1, -1, 1, -1, 1, -1], np.float64)
_WIDTH = 1 / 6


_SUMMARY = "{name}, {samples} samples, noise {noise}"


@declare(
    "dataset",
    "plane",
    "The values of an inclined plane over two features",
    label="Plane",
    traits=DatasetTraits(lambda given: (2, 1, given["samples"]), "regression", summary=_SUMMARY),
)
def plane(
    samples: SampleCount = 1_000,
    noise: Noise = 0.1,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return an inclined plane, ``y = (x1 + x2) / 2``, which a single linear layer learns exactly.

    The points are uniform in the square from -1 to 1, so y is from -1 to 1. It is the plane of TensorFlow
    Playground (Smilkov et al., 2017) up to the scale.

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least 2.
    noise : float, default 0.1
        Standard deviation of what is added to y, 0 or more.
    seed : int, default 0
        Decides the points with their noise, and which of them are in which part, through separate streams. The
        points are the same whatever the noise.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (2, samples), y of shape (1, samples), values.

    Raises
    ------
    DatasetError
        `samples`, `noise` or `test_share` is out of range.
    """
    check_samples("plane", samples, 2)
    random = stream(seed, "noise")
    points = _square(samples, random)
    return _values("plane", points, points.mean(axis=1), noise, random, seed, split or Split(test_share))


@declare(
    "dataset",
    "multi-gaussian",
    "The values of six Gaussian bumps in the plane, three up and three down",
    label="MultiGaussian",
    traits=DatasetTraits(lambda given: (2, 1, given["samples"]), "regression", summary=_SUMMARY),
)
def multi_gaussian(
    samples: SampleCount = 1_000,
    noise: Noise = 0.05,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return six Gaussian bumps in the plane, three up and three down like the fields of a chess board.

    ``y = sum over k of s_k exp(-|x - c_k|^2 / (2 w^2))`` with the width w = 1/6 and the centres c_k in two rows: at
    x1 = -2/3, 0 and 2/3 with the signs s_k = +1, -1, +1 where x2 = 5/12, and -1, +1, -1 where x2 = -5/12. The points
    are uniform in the square from -1 to 1; y is from -1 to 1, and near 0 away from the bumps. Centres and signs are
    those of "multi gaussian" in TensorFlow Playground (Smilkov et al., 2017), whose bumps are cones.

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least 2.
    noise : float, default 0.05
        Standard deviation of what is added to y, 0 or more.
    seed : int, default 0
        Decides the points with their noise, and which of them are in which part, through separate streams. The
        points are the same whatever the noise.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (2, samples), y of shape (1, samples), values.

    Raises
    ------
    DatasetError
        `samples`, `noise` or `test_share` is out of range.
    """
    check_samples("multi-gaussian", samples, 2)
    random = stream(seed, "noise")
    points = _square(samples, random)
    # One entry for each point and bump.
    squares = np.square(points[:, np.newaxis] - _CENTRES).sum(axis=2)
    y = np.exp(-squares / (2 * _WIDTH**2)) @ _SIGNS
    return _values("multi-gaussian", points, y, noise, random, seed, split or Split(test_share))


@declare(
    "dataset",
    "sine",
    "The values of a sine of one feature",
    label="Sine",
    traits=DatasetTraits(lambda given: (1, 1, given["samples"]), "regression", summary=_SUMMARY),
)
def sine(
    samples: SampleCount = 1_000,
    noise: Noise = 0.1,
    periods: Annotated[float, Setting("Periods of the sine", above=0, at_most=1_000)] = 1.5,
    seed: int = 0,
    test_share: TestShare = 0.2,
    split: Split | None = None,
) -> Dataset:
    """Return a sine of one feature, ``y = sin(pi periods x)`` for x from -1 to 1.

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least 2; x is spaced evenly from -1 to 1.
    noise : float, default 0.1
        Standard deviation of what is added to y, 0 or more.
    periods : float, default 1.5
        Number of periods from -1 to 1, above 0. More are harder: with two, small tanh layers often learn only the
        trend.
    seed : int, default 0
        Decides the noise and which points are in which part, through separate streams.
    test_share : float, default 0.2
        Share of the points in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (1, samples), y of shape (1, samples), values.

    Raises
    ------
    DatasetError
        `samples`, `noise`, `periods` or `test_share` is out of range.
    """
    check_samples("sine", samples, 2)
    if not (math.isfinite(periods) and periods > 0):
        raise DatasetError(f"sine: periods above 0 were expected, got {periods}")
    x = np.linspace(-1, 1, samples)
    y = np.sin(np.pi * periods * x)
    return _values("sine", x[:, np.newaxis], y, noise, stream(seed, "noise"), seed, split or Split(test_share))


def _square(samples: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return points uniform in the square from -1 to 1, one per row."""
    return random.uniform(-1, 1, (samples, 2))


def _values(
    name: str,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    noise: float,
    random: np.random.Generator,
    seed: int,
    split: Split,
) -> Dataset:
    """Return points, one per row, and their values with Gaussian noise added, split into parts."""
    check_noise(name, noise)
    y = y + noise * random.standard_normal(len(y))
    return prepare(FileSamples(x, y[:, np.newaxis], (), task="regression", name=name), split, seed)
