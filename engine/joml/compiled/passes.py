"""A network compiled for one batch size: buffers that are allocated once, and prepared calls on them.

Running a pass is ``for call in calls: call()``: no attribute look-up, no branch and no allocation per layer. The layers
before the output layer are divided into segments (``joml.compiled.segments``): runs of fully connected layers, and
every other layer for itself.

Networks in a stack are computed together: every array then has a leading axis, and one call of a fully connected layer
multiplies for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Call, Calls, product, transposed
from joml.compiled.dense_run import DenseRun, HiddenPass
from joml.compiled.parameters import Parameters
from joml.compiled.segment import Segment
from joml.compiled.segments import UnitValues, segments_of, unit_values
from joml.copy_refusal import refuses_copies
from joml.layer import OutputLayer
from joml.layers.base_layer import BaseLayer
from joml.layers.fully_connected import require_fully_connected


def run(calls: Calls) -> None:
    """Run prepared calls in order."""
    for call in calls:
        call()


def run_quietly(calls: Calls) -> None:
    """Run prepared calls in order without NumPy's warnings, as a BLAS may warn of lanes that it does not use."""
    with np.errstate(all="ignore"):
        run(calls)


@refuses_copies("its calls are bound to its buffers. Make another one of the same layers")
class ForwardPass:
    """Forward propagation of a fixed number of samples.

    Parameters
    ----------
    layers : sequence of BaseLayer
    parameters : Parameters
    input_size, samples : int
    keeps_z : bool, default False
        Whether the hidden layers' z are kept; activation functions may overwrite them otherwise.
    generators : sequence of numpy.random.Generator, optional
        One per network of the stack; they draw the dropped units. Without them nothing is dropped, as in prediction.

    Attributes
    ----------
    x_and_one : (..., input size + 1, samples) array
        Where the samples go, with a last row of ones.
    x : (..., input size, samples) view
        The samples alone.
    z : (..., outputs, samples) array
        The output layer's z, after ``forward``.
    forward : tuple of calls
        They compute z from x.
    segments : list of Segment
        The parts before the output layer.
    """

    _differentiated: ClassVar[bool] = False

    def __init__(
        self,
        layers: Sequence[BaseLayer],
        parameters: Parameters,
        input_size: int,
        samples: int,
        *,
        keeps_z: bool = False,
        generators: Sequence[np.random.Generator] = (),
    ) -> None:
        self.dtype = parameters.theta.dtype
        self.samples = samples
        self._layers, self._parameters = layers, parameters
        # Samples are columns as everywhere, but a sample's features lie together in memory: the product for dW is
        # then the fast one, and a mini-batch is copied as it was gathered.
        self.x_and_one: Array = transposed(np.ones((*self._networks, samples, input_size + 1), self.dtype))
        self.x = self.x_and_one[..., :-1, :]
        self.segments: list[Segment] = segments_of(
            layers[:-1],
            parameters,
            self.x_and_one,
            keeps_z=keeps_z,
            generators=generators,
            differentiated=self._differentiated,
        )
        #: What the output layer reads.
        self._last: Array = self.segments[-1].outputs if self.segments else self.x_and_one
        block = parameters.blocks[-1]
        self.z: Array = np.empty((*self._networks, block.shape[-2], samples), self.dtype)
        self.forward: Calls = (
            *(call for segment in self.segments for call in segment.forward),
            product(block, self._last, self.z),
        )

    @property
    def hidden(self) -> list[HiddenPass]:
        """The hidden layers of a network of fully connected layers.

        Raises
        ------
        ValueError
            The network has another layer.
        """
        return [] if self._run is None else self._run.hidden

    @property
    def _run(self) -> DenseRun | None:
        """The only segment of a network of fully connected layers; None without hidden layers."""
        require_fully_connected(self._layers, "the numbers inside hidden layers")
        return next((segment for segment in self.segments if isinstance(segment, DenseRun)), None)

    @property
    def activations(self) -> list[Array]:
        """The outputs of each hidden layer, (..., features, samples), after ``forward``, until it runs again."""
        return [a for segment in self.segments for a in segment.activations]

    @property
    def unit_values(self) -> list[UnitValues]:
        """The values of each hidden layer's activation function, after ``forward``."""
        return [values for segment in self.segments for values in unit_values(segment)]

    def activations_of(self, x: Array) -> list[Array]:
        """Propagate x, (..., features, samples), and return copies of all hidden a, (..., size, samples)."""
        np.copyto(self.x, x, casting="same_kind")
        run_quietly(self.forward)
        return [a.copy() for a in self.activations]

    @property
    def _networks(self) -> tuple[int, ...]:
        """The leading axis of every array; empty for a single network."""
        return self._parameters.theta.shape[:-1]

    def sides(self) -> NDArray[np.bool_]:
        """Return the sign of each hidden unit's z (or its a) for every sample, after ``forward``."""
        flags = [flag for segment in self.segments for flag in segment.sides()]
        return np.concatenate(flags or [np.zeros(0, np.bool_)])


class TrainingPass(ForwardPass):
    """Forward propagation, cost gradient, back-propagation and gradients of one mini-batch.

    Parameters
    ----------
    layers, parameters, input_size, samples, keeps_z, generators
        As for ``ForwardPass``.
    class_weights : (outputs,) array, optional
        The weight of a sample of each class; default 1.

    Raises
    ------
    TypeError
        The last layer is no output layer.

    Attributes
    ----------
    y : (..., outputs, samples) array
        Where the mini-batch's y goes.
    y_hat : (..., outputs, samples) array
        The predictions, after ``output``.
    output, backward, gradients : tuples of calls
        They compute y_hat and the output layer's delta; the hidden layers' deltas; all dW and db.
    """

    _differentiated = True

    def __init__(
        self,
        layers: Sequence[BaseLayer],
        parameters: Parameters,
        input_size: int,
        samples: int,
        *,
        keeps_z: bool = False,
        generators: Sequence[np.random.Generator] = (),
        class_weights: Array | None = None,
    ) -> None:
        super().__init__(layers, parameters, input_size, samples, keeps_z=keeps_z, generators=generators)
        output = layers[-1]
        if not isinstance(output, OutputLayer):
            raise TypeError(f"the last layer of a network is an output layer, got {output!r}")
        self.y: Array = np.empty_like(self.z)
        self.y_hat: Array = np.empty_like(self.z)
        self._class_weights = class_weights
        self._delta: Array = np.empty_like(self.z)
        self.output: Calls = (
            *output.delta_calls(self.z, self.y_hat, self.y, self._delta),
            *self._weight_calls(),
        )
        self.backward: Calls = tuple(self._backward_calls())
        self.gradients: Calls = (
            *(call for segment in self.segments for call in segment.gradients),
            product(self._delta, transposed(self._last), parameters.gradient_blocks[-1]),
        )

    @property
    def deltas(self) -> list[Array]:
        """Each layer's delta, (..., size, samples), the output layer's last, after ``output`` and ``backward``.

        Raises
        ------
        ValueError
            The network has a layer that is not fully connected.
        """
        return [*([] if self._run is None else self._run.deltas), self._delta]

    @property
    def output_delta(self) -> Array:
        """The output layer's delta, (..., outputs, samples), after ``output``."""
        return self._delta

    def _backward_calls(self) -> list[Call]:
        """Prepare all deltas, from the last segment to the first."""
        if not self.segments:
            return []
        block, delta = transposed(self._parameters.blocks[-1]), self.segments[-1].output_delta
        calls: list[Call] = [product(block, self._delta, delta)]
        for segment in reversed(self.segments):
            calls += segment.backward
        return calls

    @property
    def calls(self) -> Calls:
        """The calls of the whole pass, from x and y to the gradients."""
        return (*self.forward, *self.output, *self.backward, *self.gradients)

    def persist(self) -> None:
        """Store copies of each layer's inputs, z, a and delta on the layers, after ``calls``; requires ``keeps_z``.

        As in the original library, delta is there of each sample's cost, without the mean's factor 1 / samples.
        """
        z = (*(hidden.z for hidden in self.hidden), self.z)
        a = (*(hidden.a for hidden in self.hidden), self.y_hat)
        for place, layer in enumerate(require_fully_connected(self._layers, "persist")):
            layer.a_lm1 = (self.x if place == 0 else a[place - 1]).copy()
            layer.z_l, layer.a_l = z[place].copy(), a[place].copy()
            layer.delta_l = self.deltas[place] * self.dtype.type(self.samples)  # of each sample's cost, not the mean's

    def weighted(self, costs: Array) -> Array:
        """Return the costs of the samples in y, (..., samples), each times the weight of its class."""
        return costs if self._class_weights is None else costs * (self._class_weights @ self.y)

    def _weight_calls(self) -> list[Call]:
        if self._class_weights is None:
            return []
        each, delta = np.empty_like(self.y), self._delta
        # A product with equal rows gives every output of a sample the weight of its class.
        rows = np.tile(self._class_weights.astype(self.dtype), (len(self._class_weights), 1))
        return [product(rows, self.y, each), partial(np.multiply, delta, each, delta)]
