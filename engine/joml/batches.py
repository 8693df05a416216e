"""Mini-batches: the training samples in a new order every epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array

#: Bytes of samples gathered at a time: enough to make gathering cheap, few enough to stay in the processor's cache.
_BLOCK_BYTES = 256 * 1024


class MiniBatches:
    """Endless shuffled mini-batches, gathered a block at a time.

    A block never crosses an epoch, and its mini-batches are of one size: the last of an epoch, if smaller, is a block
    of its own.

    Parameters
    ----------
    x : (features, samples) array
    y : (outputs, samples) array
    batch_size : int
        Samples in a mini-batch; more than there are makes one batch of all.
    generator : numpy.random.Generator
        Draws one permutation an epoch, nothing else.
    """

    def __init__(self, x: Array, y: Array, batch_size: int, generator: np.random.Generator) -> None:
        self.samples: int = x.shape[1]
        self.batch_size = min(batch_size, self.samples)
        self.per_epoch: int = -(-self.samples // self.batch_size)
        self.position = 0  # mini-batches of this epoch already given
        self._generator = generator
        # A sample's numbers lie together in memory, so that it is gathered as one copy.
        self._x_and_one: Array = np.ones((self.samples, len(x) + 1), x.dtype)
        self._x_and_one[:, :-1] = x.T
        self._y = np.ascontiguousarray(y.T)
        self._order: NDArray[Any] = np.arange(self.samples)
        bytes_each = self.batch_size * (self._x_and_one.shape[1] + self._y.shape[1]) * x.itemsize
        self._most = max(1, _BLOCK_BYTES // bytes_each)

    def next_block(self, most: int) -> tuple[Array, Array]:
        """Give the next 1 to ``most`` mini-batches.

        Returns
        -------
        xs : (batches, features + 1, batch) array
            With a last row of ones.
        ys : (batches, outputs, batch) array
        """
        if self.position == 0:
            self._order = self._generator.permutation(self.samples)
        full = self.samples // self.batch_size
        count = max(1, min(most, self._most, full - self.position))
        start = self.position * self.batch_size
        chosen = self._order[start : start + count * self.batch_size]
        self.position = (self.position + count) % self.per_epoch
        xs = self._x_and_one.take(chosen, axis=0).reshape(count, -1, self._x_and_one.shape[1])
        ys = np.ascontiguousarray(self._y.take(chosen, axis=0).T).reshape(self._y.shape[1], count, -1)
        return xs.transpose(0, 2, 1), ys.transpose(1, 0, 2)
