"""A network compiled for one batch size: buffers that are made once, and prepared calls upon them.

Running a pass is ``for call in calls: call()``: no attribute look-up, no branch and no allocation per layer. All hidden
activations lie in one buffer, and so do all deltas, each layer's rows followed by one more:

- in ``activations`` that row is 1, so that [W | b] a gives W a + b;
- in ``deltas`` it receives what the product with [W | b]^T gives for the constant 1, which nobody reads: it is cheaper
  than cutting the bias out of the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from joml.arrays import Array, Call, Calls
from joml.layer import Layer, OutputLayer
from joml.parameters import Parameters


def run(calls: Calls) -> None:
    """Run prepared calls in order."""
    for call in calls:
        call()


class ForwardPass:
    """Forward propagation of a fixed number of samples.

    Attributes
    ----------
    x_and_one : (input size + 1, samples) array
        Where the samples go, with a last row of ones.
    x : (input size, samples) view
        The samples alone.
    z : (outputs, samples) array
        The output layer's z, after ``forward``.
    forward : tuple of calls
        What computes z from x.
    """

    def __init__(self, layers: Sequence[Layer], parameters: Parameters, input_size: int, samples: int) -> None:
        self.dtype = parameters.theta.dtype
        self.samples = samples
        self._layers = layers
        self._parameters = parameters
        self._hidden_sizes = [layer.size for layer in layers[:-1]]
        # Samples are columns as everywhere, but a sample's features lie together in memory: the product for dW is
        # then the fast one, and a mini-batch is copied as it was gathered.
        self.x_and_one: Array = np.ones((samples, input_size + 1), self.dtype).T
        self.x = self.x_and_one[:-1]
        self._activations = self._stacked(1)
        separate = any(layer.activation_function.reads_z for layer in layers[:-1])
        self._z_hidden = self._stacked(0) if separate else self._activations
        self.z: Array = np.empty((layers[-1].size, samples), self.dtype)
        self.forward: Calls = tuple(self._forward_calls())

    def sides(self) -> NDArray[np.bool_]:
        """Tell for every hidden unit and sample, after ``forward``, on which side of 0 its z lies (or its a)."""
        return self._z_hidden > 0

    def _stacked(self, value: float) -> Array:
        """Make one buffer for all hidden layers, each with a row more than it has units."""
        return np.full((sum(self._hidden_sizes) + len(self._hidden_sizes), self.samples), value, self.dtype)

    def _rows(self, buffer: Array, first: int, last: int) -> Array:
        """Give the rows of the hidden layers first .. last of a stacked buffer, with the row behind each."""
        starts = np.cumsum([0, *(size + 1 for size in self._hidden_sizes)])
        return buffer[starts[first] : starts[last + 1]]

    def _inputs(self) -> list[Array]:
        """Give what each layer multiplies: the activations before it, with the row of ones."""
        return [self.x_and_one, *(self._rows(self._activations, i, i) for i in range(len(self._hidden_sizes)))]

    def _forward_calls(self) -> list[Call]:
        calls: list[Call] = []
        inputs = self._inputs()
        for i, layer in enumerate(self._layers[:-1]):
            function = layer.activation_function
            a = inputs[i + 1][:-1]
            z = self._rows(self._z_hidden, i, i)[:-1] if function.reads_z else a
            calls += [partial(self._parameters.blocks[i].dot, inputs[i], z), *function.forward_calls(z, a)]
        calls.append(partial(self._parameters.blocks[-1].dot, inputs[-1], self.z))
        return calls


class TrainingPass(ForwardPass):
    """Forward propagation, cost gradient, back-propagation and gradients of one mini-batch.

    Attributes
    ----------
    y : (outputs, samples) array
        Where the mini-batch's y goes.
    y_hat : (outputs, samples) array
        The predictions, after ``output``.
    output, backward, gradients : tuples of calls
        What computes y_hat and the output layer's delta; the hidden layers' deltas; all dW and db.
    """

    def __init__(self, layers: Sequence[Layer], parameters: Parameters, input_size: int, samples: int) -> None:
        super().__init__(layers, parameters, input_size, samples)
        self.y: Array = np.empty_like(self.z)
        self.y_hat: Array = np.empty_like(self.z)
        self._delta_output: Array = np.empty_like(self.z)
        self._deltas = self._stacked(0)
        self._slopes = self._stacked(0)
        output = layers[-1]
        if not isinstance(output, OutputLayer):
            raise TypeError(f"the last layer of a network is an output layer, got {output!r}")
        self.output: Calls = output.delta_calls(self.z, self.y_hat, self.y, self._delta_output)
        self.backward: Calls = (*self._slope_calls(), *self._backward_calls())
        self.gradients: Calls = tuple(self._gradient_calls())

    @property
    def calls(self) -> Calls:
        """All of it, from x and y to the gradients."""
        return (*self.forward, *self.output, *self.backward, *self.gradients)

    def _slope_calls(self) -> list[Call]:
        """Prepare sigma'(z): neighbouring layers of one function lie side by side and take one call."""
        calls: list[Call] = []
        for function, run_of_layers in groupby(
            enumerate(self._layers[:-1]), key=lambda item: item[1].activation_function
        ):
            places = [i for i, _ in run_of_layers]
            z, a, slope = (
                self._rows(buffer, places[0], places[-1])
                for buffer in (self._z_hidden, self._activations, self._slopes)
            )
            calls += function.slope_calls(z, a, slope)
        return calls

    def _backward_calls(self) -> list[Call]:
        """Prepare delta_l = W_(l+1)^T delta_(l+1) * sigma_l'(z_l), from the last hidden layer to the first."""
        calls: list[Call] = []
        delta_after = self._delta_output
        for i in reversed(range(len(self._hidden_sizes))):
            a, slope, delta = (self._rows(buffer, i, i) for buffer in (self._activations, self._slopes, self._deltas))
            calls.append(partial(self._parameters.blocks[i + 1].T.dot, delta_after, delta))
            calls += self._layers[i].activation_function.backward_calls(a[:-1], slope[:-1], delta[:-1])
            delta_after = delta[:-1]
        return calls

    def _gradient_calls(self) -> list[Call]:
        """Prepare [dW | db]_l = delta_l a_(l-1)^T; runs of equal layers take one batched product."""
        calls: list[Call] = []
        inputs = self._inputs()
        deltas = [*(self._rows(self._deltas, i, i)[:-1] for i in range(len(self._hidden_sizes))), self._delta_output]
        gradients = self._parameters.gradient_blocks
        shapes = [(i > 0 and i < len(self._hidden_sizes), block.shape) for i, block in enumerate(gradients)]
        for (inner, shape), group in groupby(range(len(gradients)), key=shapes.__getitem__):
            places = list(group)
            if inner and len(places) > 1:
                calls.append(self._batched_gradient(places[0], places[-1], shape))
            else:
                calls += [partial(deltas[i].dot, inputs[i].T, gradients[i]) for i in places]
        return calls

    def _batched_gradient(self, first: int, last: int, shape: tuple[int, ...]) -> Call:
        count, (size, columns) = last - first + 1, shape
        delta = self._rows(self._deltas, first, last).reshape(count, size + 1, self.samples)[:, :size]
        a = self._rows(self._activations, first - 1, last - 1).reshape(count, columns, self.samples)
        starts = np.cumsum([0, *(block.size for block in self._parameters.blocks)])
        gradient = self._parameters.gradient[starts[first] : starts[last + 1]].reshape(count, size, columns)
        return partial(np.matmul, delta, a.transpose(0, 2, 1), gradient)
