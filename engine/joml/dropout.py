"""Dropout: units are set to 0 at random in training, so that no unit can rely on another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from joml.array_types import Array, Calls


class Dropout:
    """Masks for one layer of a pass, drawn anew by each run of ``calls``.

    Parameters
    ----------
    share : float
        Probability that a unit is dropped for a sample.
    like : (..., size, samples) array
        The masks have its shape and type.
    generators : sequence of numpy.random.Generator
        One per network of the stack, so that each network draws the same units as alone.

    Attributes
    ----------
    mask : (..., size, samples) array
        0 where a unit is dropped, else 1 / (1 - share).
    calls : tuple of calls
        They draw a new mask.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting, 2014; scaled in training instead of in prediction.
    """

    def __init__(self, share: float, like: Array, generators: Sequence[np.random.Generator]) -> None:
        drawn: Array = np.empty((len(generators), *like.shape[-2:]), like.dtype)
        kept = np.empty(like.shape, np.bool_)
        self.mask: Array = np.empty(like.shape, like.dtype)
        draws = zip(generators, drawn, strict=True)
        self.calls: Calls = (
            *(partial(generator.random, None, like.dtype, out) for generator, out in draws),
            partial(np.greater_equal, drawn.reshape(like.shape), np.array(share, like.dtype), kept),
            partial(np.multiply, kept, np.array(1 / (1 - share), like.dtype), self.mask),
        )
