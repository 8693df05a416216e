"""How weights start."""

from __future__ import annotations

import numpy as np

from joml.arrays import Array


def he(size: int, previous_size: int, generator: np.random.Generator) -> Array:
    """Draw weights of variance 2 / previous_size, which keeps the scale of activations through ReLU layers.

    Returns
    -------
    (size, previous_size) array of float64

    References
    ----------
    He, Zhang, Ren, Sun: Delving Deep into Rectifiers, 2015.
    """
    weights: Array = generator.standard_normal((size, previous_size)) * np.sqrt(2 / previous_size)
    return weights
