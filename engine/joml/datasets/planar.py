"""Data in the plane, small enough to learn in seconds and to see at a glance."""

from __future__ import annotations

import math

import numpy as np

from joml.dataset import Dataset, DatasetError, one_hot
from joml.streams import stream

# One cloud's centre a row; neighbours differ in one sign and so in class.
_CENTRES = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float64)
_CLASSES = np.array([0, 1, 0, 1])


def xor(samples: int = 1_000, noise: float = 0.35, seed: int = 0, test_share: float = 0.2) -> Dataset:
    """Return four Gaussian clouds around (±1, ±1), of two classes crosswise: no straight line parts them.

    Parameters
    ----------
    samples : int, default 1000
        Number of points, at least 4; the clouds are as equal in size as that number allows.
    noise : float, default 0.35
        Standard deviation of a cloud in each direction, 0 or more.
    seed : int, default 0
        Decides the points and which of them are in which part, through separate streams.
    test_share : float, default 0.2
        Share of the points to test on.

    Returns
    -------
    Dataset
        x of shape (2, samples), y of shape (2, samples).

    Raises
    ------
    DatasetError
        `samples`, `noise` or `test_share` is out of range.
    """
    if samples < len(_CENTRES):
        raise DatasetError(f"xor: at least {len(_CENTRES)} samples are needed, got {samples}")
    if not (math.isfinite(noise) and noise >= 0):
        raise DatasetError(f"xor: a noise of 0 or more was expected, got {noise}")
    cloud = np.arange(samples) % len(_CENTRES)
    points = _CENTRES[cloud] + noise * stream(seed, "noise").standard_normal((samples, 2))
    return Dataset.split(
        points.T,
        one_hot(_CLASSES[cloud], 2),
        test_share=test_share,
        seed=seed,
        name="xor",
        class_names=("same signs", "opposite signs"),
    )
