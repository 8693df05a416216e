"""Checks of the settings that all generators share."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np

from joml.data.dataset import DatasetError


def check_samples(name: str, samples: int, least: int) -> None:
    """Raise DatasetError if samples is not a whole number of at least ``least``; name is the data set's."""
    if not isinstance(samples, int | np.integer):
        raise DatasetError(f"{name}: samples must be a whole number, got {samples!r}")
    if samples < least:
        raise DatasetError(f"{name}: at least {least} samples are needed, got {samples}")


def check_noise(name: str, noise: float) -> None:
    """Raise DatasetError if the noise is not a standard deviation; name is the data set's."""
    if not (isinstance(noise, Real) and math.isfinite(noise) and noise >= 0):
        raise DatasetError(f"{name}: a noise of 0 or more was expected, got {noise!r}")
