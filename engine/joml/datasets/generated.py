"""What the generators share: checks of their settings."""

from __future__ import annotations

import math

from joml.dataset import DatasetError


def check_samples(name: str, samples: int, least: int) -> None:
    """Raise DatasetError where there are fewer samples than the least; name is the data set's."""
    if samples < least:
        raise DatasetError(f"{name}: at least {least} samples are needed, got {samples}")


def check_noise(name: str, noise: float) -> None:
    """Raise DatasetError where the noise is no standard deviation; name is the data set's."""
    if not (math.isfinite(noise) and noise >= 0):
        raise DatasetError(f"{name}: a noise of 0 or more was expected, got {noise}")
