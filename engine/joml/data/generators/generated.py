"""What the generators share: checks of their settings."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np

from joml.data.dataset import DatasetError


def check_samples(name: str, samples: int, least: int) -> None:
    """Raise DatasetError where samples is no whole number or below the least; name is the data set's."""
    if not isinstance(samples, int | np.integer):
        raise DatasetError(f"{name}: samples must be a whole number, got {samples!r}")
    if samples < least:
        raise DatasetError(f"{name}: at least {least} samples are needed, got {samples}")


def check_noise(name: str, noise: float) -> None:
    """Raise DatasetError where the noise is no standard deviation; name is the data set's."""
    if not (isinstance(noise, Real) and math.isfinite(noise) and noise >= 0):
        raise DatasetError(f"{name}: a noise of 0 or more was expected, got {noise!r}")
