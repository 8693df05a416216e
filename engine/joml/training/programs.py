"""Programs: the prepared calls of one iteration, for each number of samples in a mini-batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from numpy.random import Generator

from joml.array_types import Array, Calls
from joml.compiled.blas import ThreadLimit, limit_for_step
from joml.compiled.parameters import Parameters
from joml.compiled.passes import TrainingPass
from joml.layer import Layer
from joml.training.augmentation import Augmentation
from joml.training.divergence import NEVER, healthy_squares
from joml.training.measurement import Measuring

if TYPE_CHECKING:
    from joml.network import Network


@dataclass(slots=True)
class Program:
    """The prepared calls of one iteration for a number of samples.

    ``step`` is the pass over a mini-batch, and ``augmenting`` are the first of the calls, which change its samples.
    ``squares`` returns the sum of the squares of z afterwards; below ``healthy`` no network has diverged. ``measure``
    returns each network's cost and score. ``limit`` keeps BLAS at its threads meanwhile.
    """

    step: TrainingPass
    augmenting: Calls
    calls: Calls
    squares: Callable[[], Any]
    measure: Callable[[], tuple[Any, Any]]
    healthy: float
    limit: AbstractContextManager[None]


@dataclass(frozen=True, slots=True)
class PassMaker:
    """The making of passes over mini-batches of a training.

    Attributes
    ----------
    network : Network
        The network, or that of which there are replicas.
    networks : sequence of Network
        The trained networks.
    parameters : Parameters
        Those that updates move.
    generators : sequence of Generator
        Of dropout, one for each network.
    class_weights : (outputs,) array or None
    augmentation : Augmentation or None
    changes : sequence of Generator
        Of the augmentation, one for each network.
    """

    network: Network
    networks: Sequence[Network]
    parameters: Parameters
    generators: Sequence[Generator]
    class_weights: Array | None
    augmentation: Augmentation | None
    changes: Sequence[Generator]

    def make(self, samples: int, *, keeps_z: bool) -> TrainingPass:
        """Return a pass over mini-batches of so many samples, whose calls the caller runs.

        Parameters
        ----------
        samples : int
        keeps_z : bool
            Whether z of every layer is kept.

        Returns
        -------
        TrainingPass
        """
        for trained in self.networks:
            trained.has_gradients = True
        return TrainingPass(
            self.network.layers,
            self.parameters,
            self.network.input_size,
            samples,
            keeps_z=keeps_z,
            generators=self.generators,
            class_weights=self.class_weights,
        )

    def augmenting(self, step: TrainingPass) -> Calls:
        """Return the calls that change the mini-batch in a pass at random; none without an augmentation.

        Parameters
        ----------
        step : TrainingPass

        Returns
        -------
        tuple of callable
        """
        if self.augmentation is None:
            return ()
        return self.augmentation.calls(step.x, self.augmentation.shape_of(self.network.input_shape), self.changes)


class Programs(dict[int, Program]):
    """The programs of a training by their number of samples; each is made when it is first used.

    Parameters
    ----------
    passes : PassMaker
    measuring : Measuring
    update_calls : callable
        Returns the calls that follow the gradient of a mini-batch of so many samples.
    cost_limit : callable
        Returns the cost below which no running network has diverged, or None.
    largest_y : float
        The largest |y| of the training samples.
    keeps_z : bool
        Whether z of every layer is kept.
    """

    def __init__(
        self,
        passes: PassMaker,
        measuring: Measuring,
        update_calls: Callable[[int], Calls],
        cost_limit: Callable[[], float | None],
        largest_y: float,
        *,
        keeps_z: bool,
    ) -> None:
        super().__init__()
        self._passes, self._measuring = passes, measuring
        self._update_calls, self._cost_limit = update_calls, cost_limit
        self._largest_y, self._keeps_z = largest_y, keeps_z
        self._fully_connected = all(isinstance(layer, Layer) for layer in passes.network.layers)

    def __missing__(self, samples: int) -> Program:
        step = self._passes.make(samples, keeps_z=self._keeps_z)
        z = step.z.reshape(-1)
        augmenting = self._passes.augmenting(step)
        calls = (*augmenting, *step.calls, *self._update_calls(samples))
        measure = self._measuring.prepared(step.z, step.y)
        sizes = self._passes.network.sizes
        limit = limit_for_step(sizes, samples) if self._fully_connected else ThreadLimit()
        program = Program(step, augmenting, calls, partial(z.dot, z), measure, self._healthy(samples), limit)
        self[samples] = program
        return program

    def bound_anew(self) -> None:
        """Update the bounds of the squares after the limit of costs has changed."""
        for samples, program in self.items():
            program.healthy = self._healthy(samples)

    def _healthy(self, samples: int) -> float:
        """Return a sum of the squares of z below which the running networks have certainly not diverged."""
        limit = self._cost_limit()
        if limit is None:
            return NEVER
        weights = self._passes.class_weights
        largest_weight = 1.0 if weights is None else float(weights.max())
        return healthy_squares(self._passes.network.output_layer, samples, self._largest_y, largest_weight, limit)
