"""The five steps of training as the article writes them, one at a time on a mini-batch.

A trainer runs the same calls in the same order; here their buffers keep what each step computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.array_types import Array
from joml.compiled.passes import TrainingPass, run_quietly
from joml.copy_refusal import refuses_copies
from joml.layers.fully_connected import require_fully_connected
from joml.network import Network
from joml.optimizers.adaptive import Adam
from joml.optimizers.base import BoundOptimizer, Optimizer, State
from joml.optimizers.per_layer import bind_layers
from joml.training.accumulation import Gathered
from joml.training.trainer import Trainer

_ORDER = ("forward_propagation", "cost", "back_propagation", "gradients", "update")


@dataclass(frozen=True, slots=True, eq=False)
class ForwardPropagation:
    """Step 1: z^(l) = W^(l) a^(l-1) + b^(l), a^(l) = sigma_l(z^(l)), y_hat = a^(L).

    Attributes
    ----------
    a0 : (features, samples) array
        a^(0) = x.
    z, a : tuples of (size, samples) arrays
        Of the layers 1 .. L, in order.
    y_hat : (outputs, samples) array
        a^(L).
    n : tuple of (size, samples) arrays
        The input of sigma in each layer: z, or z normalised.
    mask : tuple of (size, samples) arrays or None
        For each layer with dropout, the factors of sigma's values: 0 where a unit is dropped.
    """

    a0: Array
    z: tuple[Array, ...]
    a: tuple[Array, ...]
    y_hat: Array
    n: tuple[Array, ...]
    mask: tuple[Array | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CostEvaluation:
    """Step 2: H = 1/n sum_i H(y_hat^(i), y^(i)).

    Attributes
    ----------
    y : (outputs, samples) array
        With label smoothing the smoothed targets.
    per_sample : (samples,) array
        H(y_hat^(i), y^(i)).
    cost : float
        Their mean.
    """

    y: Array
    per_sample: Array
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class BackPropagation:
    """Step 3: delta^(L) from the cost, then delta^(l) = W^(l+1)^T delta^(l+1) * sigma_l'(z^(l)).

    Attributes
    ----------
    delta : tuple of (size, samples) arrays
        Of the layers 1 .. L, as gradients of the mean cost: divided by the number of samples.
    """

    delta: tuple[Array, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """Step 4: dW^(l) = delta^(l) a^(l-1)^T, and db^(l), the sum of delta^(l) over the samples.

    Attributes
    ----------
    dW : tuple of (size, previous size) arrays
    db : tuple of (size,) arrays
    """

    dW: tuple[Array, ...]
    db: tuple[Array, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """Step 5: the optimizer moves W and b by their gradients.

    With gradients accumulated it does so after the last mini-batch of an update alone, by the mean gradient.

    Attributes
    ----------
    W_before, W_after : tuples of (size, previous size) arrays
    b_before, b_after : tuples of (size,) arrays
    gathered : Gathered or None
        The gradients of the mini-batches before this one that wait for the update; None without accumulation.
    gathered_dW, gathered_db : tuples of arrays
        Their sums, each gradient times the samples of its mini-batch.
    mean_dW, mean_db : tuples of arrays
        With accumulation, the mean gradients over all samples until this mini-batch, by which the optimizer moves W and
        b where ``gathered.completes``.
    """

    W_before: tuple[Array, ...]
    b_before: tuple[Array, ...]
    W_after: tuple[Array, ...]
    b_after: tuple[Array, ...]
    gathered: Gathered | None = None
    gathered_dW: tuple[Array, ...] = ()
    gathered_db: tuple[Array, ...] = ()
    mean_dW: tuple[Array, ...] = ()
    mean_db: tuple[Array, ...] = ()


@refuses_copies(
    "it is in the middle of a step of one network. Take FiveSteps(network.copy(), x, y), or FiveSteps.of_next(trainer)"
)
class FiveSteps:
    """The five steps on one mini-batch; each method does its step and returns copies of what it computed.

    Call them in order, each once: ``forward_propagation``, ``cost``, ``back_propagation``, ``gradients``, ``update``.
    The last one changes the network; after it the steps may begin again.

    Parameters
    ----------
    network : Network
    x : (features, samples) array
    y : (outputs, samples) array
        The mini-batch.
    optimizer : Optimizer
        Makes the update, with a new state; default Adam().

    Raises
    ------
    ValueError
        A layer is not fully connected.
    RuntimeError
        Raised by a method that is called out of order; the message names the next one.
    """

    def __init__(self, network: Network, x: ArrayLike, y: ArrayLike, optimizer: Optimizer | None = None) -> None:
        require_fully_connected(network.layers, "the five steps")
        x, y = network.checked(x, y)
        step = TrainingPass(network.layers, network.parameters, network.input_size, x.shape[1], keeps_z=True)
        step.x[...], step.y[...] = x, y
        self._begin(network, step, bind_layers(optimizer or Adam(), network.layers, network.parameters))

    @classmethod
    def of_next(cls, trainer: Trainer) -> FiveSteps:
        """Return the five steps of a trainer's next iteration, on a copy of its network.

        They use the trainer's next mini-batch, dropped units and optimizer. The trainer is not changed; its next
        iteration computes the same numbers.

        Parameters
        ----------
        trainer : Trainer
            A trainer of one network, not of replicas.

        Returns
        -------
        FiveSteps

        Raises
        ------
        ValueError
            The trainer has replicas, or a layer is not fully connected.
        """
        require_fully_connected(trainer.network.layers, "the five steps")
        twin = trainer.fork(tests=False, averaged=False)
        steps = object.__new__(cls)
        steps._begin(twin.network, *twin.prepare_step())
        steps._trainer, steps._updating = twin, twin.update_calls(steps._pass.samples)
        return steps

    def _begin(
        self, network: Network, step: TrainingPass, rule: BoundOptimizer, samples: NDArray[np.intp] | None = None
    ) -> None:
        self._network, self._pass, self._rule, self._samples = network, step, rule, samples
        self._updating = rule.calls
        self._trainer: Trainer | None = None
        self._next = 0

    @property
    def samples(self) -> NDArray[np.intp] | None:
        """Places of the mini-batch's samples among the trainer's; None for steps on given samples."""
        return self._samples

    @property
    def network(self) -> Network:
        """The network that the steps train."""
        return self._network

    def optimizer_state(self) -> State:
        """Return copies of the optimizer's state by name, as ``BoundOptimizer.state`` does."""
        return self._rule.state()

    def forward_propagation(self) -> ForwardPropagation:
        """Do step 1."""
        self._go_to("forward_propagation")
        step = self._pass
        run_quietly(step.forward)
        y_hat = self._network.output_layer.predict(step.z)
        z = (*(hidden.z.copy() for hidden in step.hidden), step.z.copy())
        n = (*(hidden.n.copy() for hidden in step.hidden), step.z.copy())
        masks = (*(None if hidden.mask is None else hidden.mask.copy() for hidden in step.hidden), None)
        a = (*(hidden.a.copy() for hidden in step.hidden), y_hat)
        return ForwardPropagation(step.x.copy(), z, a, y_hat, n, masks)

    def cost(self) -> CostEvaluation:
        """Do step 2."""
        self._go_to("cost")
        output, y = self._network.output_layer, self._pass.y
        per_sample = self._pass.weighted(output.costs(self._pass.z, y))
        return CostEvaluation(output.targets(y).copy(), per_sample, float(np.mean(per_sample, dtype=np.float64)))

    def back_propagation(self) -> BackPropagation:
        """Do step 3."""
        self._go_to("back_propagation")
        run_quietly(self._pass.output)
        run_quietly(self._pass.backward)
        return BackPropagation(tuple(delta.copy() for delta in self._pass.deltas))

    def gradients(self) -> Gradients:
        """Do step 4."""
        self._go_to("gradients")
        run_quietly(self._pass.gradients)
        return Gradients(*self._gradients_now())

    def _gradients_now(self) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """Return copies of dW and db as they stand in the buffers."""
        blocks = self._network.parameters.gradient_blocks
        return tuple(block[:, :-1].copy() for block in blocks), tuple(block[:, -1].copy() for block in blocks)

    def update(self) -> Update:
        """Do step 5."""
        self._go_to("update")
        Ws, bs = self._network.get_Ws_bs()
        gathered = None if self._trainer is None else self._trainer.gathered
        sums = () if gathered is None else self._sums(gathered)
        run_quietly(self._updating)
        Ws_after, bs_after = self._network.get_Ws_bs()
        return Update(tuple(Ws), tuple(bs), tuple(Ws_after), tuple(bs_after), gathered, *sums)

    def _sums(self, gathered: Gathered) -> tuple[tuple[Array, ...], ...]:
        """Return the sums of the mini-batches before, and the means until this one, in the form of step 4."""
        buffer = self._network.parameters.gradient
        own = buffer.copy()
        sums: list[tuple[Array, ...]] = []
        for vector in (gathered.gradient, gathered.with_next(own, self._pass.samples)[1]):
            buffer[...] = vector
            sums += self._gradients_now()
        buffer[...] = own
        return tuple(sums)

    def _go_to(self, step: str) -> None:
        if _ORDER[self._next] != step:
            raise RuntimeError(f"{step}() is out of order: the next step is {_ORDER[self._next]}()")
        self._next = (self._next + 1) % len(_ORDER)
