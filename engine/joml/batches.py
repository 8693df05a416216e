"""Mini-batches: the training samples in a new order every epoch."""

from __future__ import annotations

import numpy as np

from joml.arrays import Array

#: Bytes of samples gathered at a time: enough to make gathering cheap, few enough to stay in the processor's cache.
_BLOCK_BYTES = 256 * 1024


class MiniBatches:
    """Endless shuffled mini-batches of (features, batch) and (outputs, batch), gathered a block at a time.

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
        self.samples = x.shape[1]
        self.batch_size = min(batch_size, self.samples)
        self.per_epoch = -(-self.samples // self.batch_size)
        self.position = 0  # mini-batches of this epoch already given
        self._generator = generator
        # Whole samples lie together in memory, so that a sample is gathered as one copy.
        self._x, self._y = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)
        self._order = np.arange(self.samples)
        bytes_each = self.batch_size * (self._x.shape[1] + self._y.shape[1]) * x.itemsize
        self._most = max(1, _BLOCK_BYTES // bytes_each)

    def next_block(self, most: int) -> tuple[Array, Array]:
        """Give the next 1 to ``most`` mini-batches.

        Returns
        -------
        xs : (batches, features, batch) array
        ys : (batches, outputs, batch) array
        """
        if self.position == 0:
            self._order = self._generator.permutation(self.samples)
        full = self.samples // self.batch_size
        count = max(1, min(most, self._most, full - self.position))
        start = self.position * self.batch_size
        chosen = self._order[start : start + count * self.batch_size]
        self.position = (self.position + count) % self.per_epoch
        return _batched(self._x, chosen, count), _batched(self._y, chosen, count)


def _batched(rows: Array, chosen: np.ndarray[tuple[int], np.dtype[np.intp]], count: int) -> Array:
    gathered = rows.take(chosen, axis=0).reshape(count, -1, rows.shape[1])
    return np.ascontiguousarray(gathered.transpose(0, 2, 1))
