"""What is told about predictions beside their cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array


def right(y_hat: Array, y: Array) -> NDArray[np.bool_]:
    """Tell for every sample whether its largest output is that of its class.

    Parameters
    ----------
    y_hat : (..., classes, samples) array
        Probabilities or logits; a tie goes to the first class, as a prediction would.
    y : (..., classes, samples) array
        One-hot classes.

    Returns
    -------
    (..., samples) array of bool
    """
    same: NDArray[np.bool_] = y_hat.argmax(axis=-2) == y.argmax(axis=-2)
    return same


def accuracy(y_hat: Array, y: Array) -> float:
    """Give the share of samples classified right."""
    return float(np.mean(right(y_hat, y)))
