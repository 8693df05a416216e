"""The parameters of a network: one flat vector, and every layer's W and b as views into it.

A layer's block has the shape (size, previous + 1); its last column is the bias. Against activations with a last row of
ones, one product gives z = W a + b, and one gives dW and db together. The optimizer works on the flat vector, so a
deep network costs it as many calls as a shallow one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from joml.arrays import Array


class Parameters:
    """All weights and biases, and their gradients beside them.

    Attributes
    ----------
    theta, gradient : (parameters,) arrays
        The flat vectors.
    blocks, gradient_blocks : lists of (size, previous + 1) views
        [W | b] and [dW | db] of each layer.
    """

    def __init__(self, sizes: Sequence[int], dtype: DTypeLike) -> None:
        shapes = [(size, previous + 1) for previous, size in pairwise(sizes)]
        count = sum(size * columns for size, columns in shapes)
        self.theta: Array = np.zeros(count, dtype)
        self.gradient: Array = np.zeros(count, dtype)
        self.blocks = _views(self.theta, shapes)
        self.gradient_blocks = _views(self.gradient, shapes)


def _views(flat: Array, shapes: list[tuple[int, int]]) -> list[Array]:
    ends = np.cumsum([size * columns for size, columns in shapes])
    parts = np.split(flat, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
