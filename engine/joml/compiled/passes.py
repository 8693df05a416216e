"""A network compiled for one batch size: buffers that are allocated once, and prepared calls on them.

Running a pass is ``for call in calls: call()``: no attribute look-up, no branch and no allocation per layer. All hidden
activations lie in one buffer, and so do all deltas, each layer's rows followed by one more:

- in the activations that row is 1, so that [W | b] a gives W a + b;
- in the deltas it receives the product's result for the constant 1, which is not used: this is cheaper than leaving the
  bias out of the product with [W | b]^T.

Networks in a stack are computed together: every array then has a leading axis, and one call multiplies for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import DTypeLike, NDArray

from joml.array_types import Array, Call, Calls, product, transposed
from joml.compiled.parameters import Parameters
from joml.copy_refusal import refuses_copies
from joml.dropout import Dropout
from joml.layer import Layer, OutputLayer
from joml.layer_normalisation import Normalisation


def run(calls: Calls) -> None:
    """Run prepared calls in order."""
    for call in calls:
        call()


def run_quietly(calls: Calls) -> None:
    """Run prepared calls in order without NumPy's warnings, as a BLAS may warn of lanes that it does not use."""
    with np.errstate(all="ignore"):
        run(calls)


class Stacked:
    """One buffer for all hidden layers, each with one row more than it has units.

    Parameters
    ----------
    sizes : sequence of int
        Units of each hidden layer.
    networks : tuple of int
        The leading axis: (), or the number of networks in a stack.
    samples : int
    value : float
        The initial value of the buffer's entries.
    dtype : dtype
    """

    def __init__(
        self, sizes: Sequence[int], networks: tuple[int, ...], samples: int, value: float, dtype: DTypeLike
    ) -> None:
        self._shapes = [(*networks, size + 1, samples) for size in sizes]
        self._ends = np.cumsum([0, *(int(np.prod(shape)) for shape in self._shapes)]).tolist()
        self._flat: Array = np.full(self._ends[-1], value, dtype)

    def layer(self, i: int) -> Array:
        """Return layer i's rows and the extra one, (..., size + 1, samples); i counts from 0."""
        return self.flat(i, i).reshape(self._shapes[i])

    def layers(self, first: int, last: int) -> Array:
        """Return neighbouring layers of one size, from first to last, (layers, ..., size + 1, samples)."""
        return self.flat(first, last).reshape(last - first + 1, *self._shapes[first])

    def flat(self, first: int, last: int) -> Array:
        """Return neighbouring layers, from first to last, as a flat array, for calls that treat every entry alike."""
        return self._flat[self._ends[first] : self._ends[last + 1]]


class HiddenPass:
    """One hidden layer's share of a pass: a = skipped + dropout(sigma(normalise(W a_previous + b))).

    Parameters
    ----------
    layer : Layer
    parameters : Parameters
        The network's.
    place : int
        Of the layer among the layers, from 0.
    inputs : (..., previous size + 1, samples) array
        a_previous with a last row of ones.
    before : (..., size, samples) array or None
        A buffer for sigma's input; None means that sigma works in place.
    a : (..., size, samples) array
        Where the activations go.
    skipped : (..., size, samples) array or None
        What a residual block adds.
    generators : sequence of numpy.random.Generator
        One per network of the stack; they draw the dropped units. Without them nothing is dropped.

    Attributes
    ----------
    z : (..., size, samples) array
        W a_previous + b, after ``forward``; overwritten where it is not needed again.
    n : (..., size, samples) array
        Sigma's input: z, or z normalised; it may be overwritten too.
    value : (..., size, samples) array
        sigma(n): a itself in a plain layer.
    a : (..., size, samples) array
        The layer's activations.
    forward : tuple of calls
        They compute a from the inputs.
    """

    def __init__(
        self,
        layer: Layer,
        parameters: Parameters,
        place: int,
        *,
        inputs: Array,
        before: Array | None,
        a: Array,
        skipped: Array | None,
        generators: Sequence[np.random.Generator],
    ) -> None:
        self.layer, self.a = layer, a
        self.value = np.empty_like(a) if layer.branches else a
        self.n = self.value if before is None else before
        self.z = np.empty_like(a) if layer.normalised else self.n
        self._dropout = Dropout(layer.dropout, a, generators) if layer.dropout and generators else None
        self._norm: Normalisation | None = None
        if layer.normalised:
            self._norm = Normalisation(self.z, self.n, parameters.norms[place], parameters.gradient_norms[place])
        self.forward: Calls = (
            product(parameters.blocks[place], inputs, self.z),
            *(self._norm.forward_calls if self._norm else ()),
            *layer.activation_function.forward_calls(self.n, self.value),
            *(self._branch_calls(skipped) if layer.branches else ()),
        )

    @property
    def mask(self) -> Array | None:
        """The factors of sigma(n) in dropout, after ``forward``; None where nothing is dropped."""
        return None if self._dropout is None else self._dropout.mask

    def _branch_calls(self, skipped: Array | None) -> list[Call]:
        calls: list[Call] = []
        branch = self.value
        if self._dropout:
            calls += [*self._dropout.calls, partial(np.multiply, branch, self._dropout.mask, self.a)]
            branch = self.a
        if skipped is not None:
            calls.append(partial(np.add, branch, skipped, self.a))
        elif branch is not self.a:
            calls.append(partial(np.copyto, self.a, branch))
        return calls

    def backward_calls(self, slope: Array, delta: Array) -> list[Call]:
        """Prepare the step from the gradient with respect to a to delta, the one with respect to z, in place.

        ``slope`` is sigma'(z), or what stands for it, (..., size, samples).
        """
        calls: list[Call] = []
        if self._dropout:
            calls.append(partial(np.multiply, delta, self._dropout.mask, delta))
        calls += self.layer.activation_function.backward_calls(self.value, slope, delta)
        if self._norm:
            calls += self._norm.backward_calls(delta)
        return calls


@refuses_copies("its calls are bound to its buffers. Make another one of the same layers")
class ForwardPass:
    """Forward propagation of a fixed number of samples.

    Parameters
    ----------
    layers : sequence of Layer
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
    hidden : list of HiddenPass
    z : (..., outputs, samples) array
        The output layer's z, after ``forward``.
    forward : tuple of calls
        They compute z from x.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
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
        self._activations = self._stacked(1)
        separate = keeps_z or any(layer.activation_function.reads_z for layer in layers[:-1])
        self._before = self._stacked(0) if separate else None
        self.hidden: list[HiddenPass] = []
        for i, layer in enumerate(layers[:-1]):
            self.hidden.append(
                HiddenPass(
                    layer,
                    parameters,
                    i,
                    inputs=self._inputs(i),
                    before=None if self._before is None else self._before.layer(i)[..., :-1, :],
                    a=self._activations.layer(i)[..., :-1, :],
                    skipped=self._skipped(i),
                    generators=generators,
                )
            )
        self.z: Array = np.empty((*self._networks, layers[-1].size, samples), self.dtype)
        self.forward: Calls = (
            *(call for hidden in self.hidden for call in hidden.forward),
            product(parameters.blocks[-1], self._inputs(len(layers) - 1), self.z),
        )

    def activations_of(self, x: Array) -> list[Array]:
        """Propagate x, (..., features, samples), and return copies of all hidden a, (..., size, samples), in order."""
        np.copyto(self.x, x, casting="same_kind")
        run_quietly(self.forward)
        return [hidden.a.copy() for hidden in self.hidden]

    @property
    def _networks(self) -> tuple[int, ...]:
        """The leading axis of every array; empty for a single network."""
        return self._parameters.theta.shape[:-1]

    def sides(self) -> NDArray[np.bool_]:
        """Return the sign of each hidden unit's z (or its a) for every sample, after ``forward``."""
        return np.concatenate([(hidden.n > 0).ravel() for hidden in self.hidden] or [np.zeros(0, np.bool_)])

    def _stacked(self, value: float) -> Stacked:
        return Stacked([layer.size for layer in self._layers[:-1]], self._networks, self.samples, value, self.dtype)

    def _inputs(self, i: int) -> Array:
        """Return a layer's inputs: the activations before it, with the row of ones."""
        return self._activations.layer(i - 1) if i else self.x_and_one

    def _skipped(self, i: int) -> Array | None:
        """Return the activations that a residual block ending in this layer adds to it."""
        span = self._layers[i].residual
        return self._inputs(i + 1 - span)[..., :-1, :] if span else None


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
    deltas : list of (..., size, samples) arrays
        Each layer's delta, the output layer's last, after ``output`` and ``backward``.
    output, backward, gradients : tuples of calls
        They compute y_hat and the output layer's delta; the hidden layers' deltas; all dW and db.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
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
        self._deltas, self._slopes = self._stacked(0), self._stacked(0)
        self.deltas = [self._deltas.layer(i)[..., :-1, :] for i in range(len(self.hidden))]
        self.deltas.append(np.empty_like(self.z))
        self.output: Calls = (
            *output.delta_calls(self.z, self.y_hat, self.y, self.deltas[-1]),
            *self._weight_calls(),
        )
        self.backward: Calls = (*self._slope_calls(), *self._backward_calls())
        self.gradients: Calls = tuple(self._gradient_calls())

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
        for place, layer in enumerate(self._layers):
            layer.a_lm1 = self._inputs(place)[..., :-1, :].copy()
            layer.z_l, layer.a_l = z[place].copy(), a[place].copy()
            layer.delta_l = self.deltas[place] * self.dtype.type(self.samples)  # of each sample's cost, not the mean's

    def weighted(self, costs: Array) -> Array:
        """Return the costs of the samples in y, (..., samples), each times the weight of its class."""
        return costs if self._class_weights is None else costs * (self._class_weights @ self.y)

    def _weight_calls(self) -> list[Call]:
        if self._class_weights is None:
            return []
        each, delta = np.empty_like(self.y), self.deltas[-1]
        # A product with equal rows gives every output of a sample the weight of its class.
        rows = np.tile(self._class_weights.astype(self.dtype), (len(self._class_weights), 1))
        return [product(rows, self.y, each), partial(np.multiply, delta, each, delta)]

    def _slope_calls(self) -> list[Call]:
        """Prepare sigma'(z): neighbouring plain layers of one function lie side by side and take one call."""
        calls: list[Call] = []
        kinds = [(hidden.layer.activation_function, hidden.layer.branches) for hidden in self.hidden]
        for (function, branches), group in groupby(range(len(kinds)), key=kinds.__getitem__):
            places = list(group)
            if not branches:
                first, last = places[0], places[-1]
                a, slope = self._activations.flat(first, last), self._slopes.flat(first, last)
                calls += function.slope_calls(a if self._before is None else self._before.flat(first, last), a, slope)
            else:
                for i in places:
                    calls += function.slope_calls(self.hidden[i].n, self.hidden[i].value, self._slope(i))
        return calls

    def _slope(self, i: int) -> Array:
        return self._slopes.layer(i)[..., :-1, :]

    def _backward_calls(self) -> list[Call]:
        """Prepare delta_l = W_(l+1)^T delta_(l+1) * sigma_l'(z_l), from the last hidden layer to the first.

        The layer that a residual block starts from receives the delta of the block's end too.
        """
        calls: list[Call] = []
        carried: defaultdict[int, list[Array]] = defaultdict(list)
        for i, hidden in reversed(list(enumerate(self.hidden))):
            gradient = self._deltas.layer(i)
            calls.append(product(transposed(self._parameters.blocks[i + 1]), self.deltas[i + 1], gradient))
            calls += [partial(np.add, gradient, other, gradient) for other in carried[i]]
            if hidden.layer.residual:
                kept = np.empty_like(gradient)
                calls.append(partial(np.copyto, kept, gradient))
                carried[i - hidden.layer.residual].append(kept)
            calls += hidden.backward_calls(self._slope(i), self.deltas[i])
        return calls

    def _gradient_calls(self) -> list[Call]:
        """Prepare [dW | db]_l = delta_l a_(l-1)^T; runs of equal layers take one batched product."""
        calls: list[Call] = []
        gradients = self._parameters.gradient_blocks
        kinds = [
            (0 < i < len(self.hidden), block.shape, self._layers[i].normalised) for i, block in enumerate(gradients)
        ]
        for (inner, _, _), group in groupby(range(len(gradients)), key=kinds.__getitem__):
            places = list(group)
            if inner and len(places) > 1:
                calls.append(self._batched_gradient(places[0], places[-1]))
            else:
                calls += [product(self.deltas[i], transposed(self._inputs(i)), gradients[i]) for i in places]
        return calls

    def _batched_gradient(self, first: int, last: int) -> Call:
        count, (size, columns) = last - first + 1, self._parameters.gradient_blocks[first].shape[-2:]
        delta = self._deltas.layers(first, last)[..., :-1, :]
        a = self._activations.layers(first - 1, last - 1)
        slices = self._parameters.slices
        chunk = self._parameters.gradient[..., slices[first].start : slices[last].stop]
        # Each layer's part of the chunk, without a gamma and beta behind its block.
        blocks = chunk.reshape(*self._networks, count, -1)[..., : size * columns]
        gradient = np.moveaxis(blocks.reshape(*self._networks, count, size, columns), -3, 0)
        return product(delta, transposed(a), gradient)
