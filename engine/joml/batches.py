"""Mini-batches: the training samples in a new order every epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array, transposed

#: Bytes of samples gathered at a time: enough to make gathering cheap, few enough to stay in the processor's cache.
_BLOCK_BYTES = 256 * 1024


class Samples:
    """Training samples as mini-batches gather them; any number of trainings may share them.

    Parameters
    ----------
    x : (features, samples) array
    y : (outputs, samples) array
    """

    def __init__(self, x: Array, y: Array) -> None:
        # A sample's numbers lie together in memory, so that it is gathered as one copy.
        self.x_and_one: Array = np.ones((x.shape[1], len(x) + 1), x.dtype)
        self.x_and_one[:, :-1] = x.T
        self.y: Array = np.ascontiguousarray(y.T)

    def __len__(self) -> int:
        return len(self.y)


class MiniBatches:
    """Endless shuffled mini-batches, gathered a block at a time.

    A block never crosses an epoch, and its mini-batches are of one size: the last of an epoch, if smaller, is a block
    of its own.

    Parameters
    ----------
    samples : Samples
    batch_size : int
        Samples in a mini-batch, at most all.
    generators : numpy.random.Generator, or sequence of them
        Draws one permutation an epoch, nothing else. Several give mini-batches in stacks, each in an order of its own.

    Attributes
    ----------
    position : int
        Mini-batches of this epoch already given.
    order : (..., samples) array
        This epoch's permutation; never written to.
    """

    def __init__(
        self, samples: Samples, batch_size: int, generators: np.random.Generator | Sequence[np.random.Generator]
    ) -> None:
        self.samples = samples
        self.batch_size = batch_size
        self.per_epoch: int = -(-len(samples) // batch_size)
        self.position = 0
        self._generators = generators
        stack = () if isinstance(generators, np.random.Generator) else (len(generators),)
        self.order: NDArray[Any] = np.broadcast_to(np.arange(len(samples)), (*stack, len(samples)))
        numbers = samples.x_and_one.shape[1] + samples.y.shape[1]
        self._most = max(1, _BLOCK_BYTES // (batch_size * numbers * samples.y.itemsize * (stack or (1,))[0]))

    def next_block(self, most: int) -> tuple[Array, Array]:
        """Give the next 1 to ``most`` mini-batches.

        Returns
        -------
        xs : (batches, ..., features + 1, batch) array
            With a last row of ones.
        ys : (batches, ..., outputs, batch) array
            In memory all samples of an output lie together.
        """
        if self.position == 0:
            self.order = self._permutation()
        full = len(self.samples) // self.batch_size
        count = max(1, min(most, self._most, full - self.position))
        start = self.position * self.batch_size
        self.position = (self.position + count) % self.per_epoch
        return self._gathered(self.order[..., start : start + count * self.batch_size], count)

    @property
    def lasting_order(self) -> NDArray[Any]:
        """The permutation as far as the next mini-batches depend on it: between epochs they lie as they were given."""
        if self.position:
            return self.order
        return np.broadcast_to(np.arange(len(self.samples)), self.order.shape)

    def _permutation(self) -> NDArray[Any]:
        if isinstance(self._generators, np.random.Generator):
            return self._generators.permutation(len(self.samples))
        return np.stack([generator.permutation(len(self.samples)) for generator in self._generators])

    def _gathered(self, chosen: NDArray[Any], count: int) -> tuple[Array, Array]:
        stack = chosen.shape[:-1]
        x, y = self.samples.x_and_one.take(chosen, axis=0), self.samples.y.take(chosen, axis=0)
        xs = x.reshape(*stack, count, -1, x.shape[-1])
        ys = np.ascontiguousarray(transposed(y)).reshape(*stack, y.shape[-1], count, -1)
        return transposed(np.moveaxis(xs, -3, 0)), np.moveaxis(ys, -2, 0)
