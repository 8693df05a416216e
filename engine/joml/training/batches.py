"""Mini-batches: the training samples in a new order every epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, transposed

#: Bytes of samples gathered at a time: enough to make gathering cheap, few enough for the processor's cache.
_BLOCK_BYTES = 256 * 1024

#: Requests for fewer mini-batches than this are served from a block that is gathered in advance.
_FEW = 16


def batch_sizes(samples: int, batch_size: int) -> NDArray[np.int64]:
    """Return the sizes of an epoch's mini-batches of all samples: ``batch_size``, and the rest in the last."""
    sizes = np.full(-(-samples // batch_size), batch_size, np.int64)
    sizes[-1] = samples - batch_size * (len(sizes) - 1)
    return sizes


class Samples:
    """Training samples in the layout for mini-batches; any number of trainings may share them.

    Parameters
    ----------
    x : (features, samples) array
    y : (outputs, samples) array
    """

    def __init__(self, x: Array, y: Array) -> None:
        # A sample's numbers are contiguous in memory, so that gathering it is one copy.
        self.x_and_one: Array = np.ones((x.shape[1], len(x) + 1), x.dtype)
        self.x_and_one[:, :-1] = x.T
        self.y: Array = np.ascontiguousarray(y.T)

    def __len__(self) -> int:
        return len(self.y)


class MiniBatches:
    """Endless shuffled mini-batches, gathered a block at a time.

    A block never crosses an epoch, and its mini-batches have one size: a smaller last one of an epoch is a separate
    block.

    Parameters
    ----------
    samples : Samples
    batch_size : int
        Samples in a mini-batch, at most all.
    generators : numpy.random.Generator, or sequence of them
        Draws one permutation per epoch. Several generators produce stacks of mini-batches, each in its own order.

    Attributes
    ----------
    position : int
        Number of mini-batches of this epoch that have been returned.
    order : (..., samples) array
        This epoch's permutation; never changed.
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
        self._gathered: tuple[Array, Array] | None = None
        self._given = 0  # the gathered mini-batches

    def next_block(self, most: int) -> tuple[Array, Array]:
        """Return the next 1 to ``most`` mini-batches.

        Returns
        -------
        xs : (batches, ..., features + 1, batch) array
            With a last row of ones.
        ys : (batches, ..., outputs, batch) array
            All samples of an output are contiguous in memory.
        """
        xs, ys = self._gathered_block(most)
        chosen = slice(self._given, min(self._given + most, len(xs)))
        self.position = (self.position + chosen.stop - chosen.start) % self.per_epoch
        self._given = chosen.stop
        if chosen.stop == len(xs):
            self._gathered = None
        return xs[chosen], ys[chosen]

    def ahead(self) -> tuple[Array, Array]:
        """Return the gathered mini-batches like ``next_block``, without counting them; ``give_one`` counts each."""
        xs, ys = self._gathered_block(1)
        return xs[self._given :], ys[self._given :]

    def give_one(self) -> None:
        """Count the first mini-batch of ``ahead`` as returned."""
        assert self._gathered is not None
        self.position = (self.position + 1) % self.per_epoch
        self._given += 1
        if self._given == len(self._gathered[0]):
            self._gathered = None

    def _gathered_block(self, most: int) -> tuple[Array, Array]:
        if self._gathered is None:
            self._gathered, self._given = self._gather_next(most), 0
        return self._gathered

    def next_parts(self, most: int) -> Iterator[tuple[Array, Array]]:
        """Yield the next mini-batch in parts of up to ``most`` samples, of x and y as in ``next_block``.

        For mini-batches too large to be gathered as a whole; all parts must be taken.
        """
        if self.position == 0:
            self.order = self._permutation()
        start = self.position * self.batch_size
        chosen = self.order[..., start : start + self.batch_size]
        self.position = (self.position + 1) % self.per_epoch
        for part in np.array_split(chosen, -(-chosen.shape[-1] // most), axis=-1):
            xs, ys = self._gather(part, 1)
            yield xs[0], ys[0]

    def go_to(self, order: NDArray[Any], position: int) -> None:
        """Continue after ``position`` mini-batches of an epoch with this order."""
        self.order, self.position, self._gathered = order, position, None

    @property
    def lasting_order(self) -> NDArray[Any]:
        """The permutation, if the next mini-batches depend on it; between epochs the samples' original order."""
        if self.position:
            return self.order
        return np.broadcast_to(np.arange(len(self.samples)), self.order.shape)

    def _gather_next(self, most: int) -> tuple[Array, Array]:
        """Gather up to ``most`` mini-batches, or a whole block if few are requested at a time."""
        if self.position == 0:
            self.order = self._permutation()
        full = len(self.samples) // self.batch_size
        count = max(1, min(self._most if most < _FEW else most, self._most, full - self.position))
        start = self.position * self.batch_size
        return self._gather(self.order[..., start : start + count * self.batch_size], count)

    def _permutation(self) -> NDArray[Any]:
        if isinstance(self._generators, np.random.Generator):
            return self._generators.permutation(len(self.samples))
        return np.stack([generator.permutation(len(self.samples)) for generator in self._generators])

    def _gather(self, chosen: NDArray[Any], count: int) -> tuple[Array, Array]:
        stack = chosen.shape[:-1]
        x, y = self.samples.x_and_one.take(chosen, axis=0), self.samples.y.take(chosen, axis=0)
        xs = x.reshape(*stack, count, -1, x.shape[-1])
        ys = np.ascontiguousarray(transposed(y)).reshape(*stack, y.shape[-1], count, -1)
        return transposed(np.moveaxis(xs, -3, 0)), np.moveaxis(ys, -2, 0)
