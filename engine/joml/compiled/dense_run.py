"""A run of fully connected layers compiled for a number of samples.

All activations of the run lie in one buffer, and so do all deltas, each layer's rows followed by one more:

- in the activations that row is 1, so that [W | b] a gives W a + b;
- in the deltas it receives the product's result for the constant 1, which is not used: this is cheaper than leaving the
  bias out of the product with [W | b]^T.

Neighbouring layers of one function share the calls for their slopes, and neighbouring layers of one size the product
for their gradients.
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
from joml.dropout import Dropout
from joml.layer import Layer
from joml.layer_normalisation import Normalisation


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


class DenseRun:
    """Neighbouring fully connected layers of a network in a pass.

    Parameters
    ----------
    layers : sequence of Layer
        The layers of the run, without an output layer.
    parameters : Parameters
        The network's.
    first : int
        The place of the run's first layer among the network's layers, from 0.
    inputs : (..., features + 1, samples) array
        What comes before the run, with a last row of ones.
    keeps_z : bool, default False
        Whether each layer's z is kept in a buffer of its own.
    generators : sequence of numpy.random.Generator, default ()
        One per network of the stack, for dropped units; empty in prediction.
    differentiated : bool, default False
        Whether deltas and gradients are computed too.
    input_delta : (..., features + 1, samples) array, optional
        Where the gradient with respect to the inputs goes; None if nothing needs it.

    Attributes
    ----------
    hidden : list of HiddenPass
    outputs, output_delta : (..., size + 1, samples) arrays
        The activations of the run's last layer, and the gradient with respect to them.
    deltas : list of (..., size, samples) arrays
        Each layer's delta, after ``backward``.
    activations : list of (..., size, samples) arrays
        Each layer's activations.
    gradient_views : list of dicts of arrays
        The gradients of each layer's parameters by name, after ``gradients``.
    forward, backward, gradients : tuples of calls
    """

    output_delta: Array

    def __init__(
        self,
        layers: Sequence[Layer],
        parameters: Parameters,
        first: int,
        *,
        inputs: Array,
        keeps_z: bool = False,
        generators: Sequence[np.random.Generator] = (),
        differentiated: bool = False,
        input_delta: Array | None = None,
    ) -> None:
        self._layers, self._parameters, self._first = layers, parameters, first
        self._run_inputs, self._input_delta = inputs, input_delta
        self._networks, self._samples, self._dtype = inputs.shape[:-2], inputs.shape[-1], inputs.dtype
        self._activations = self._stacked(1)
        separate = keeps_z or any(layer.activation_function.reads_z for layer in layers)
        self._before = self._stacked(0) if separate else None
        self.hidden = [
            HiddenPass(
                layer,
                parameters,
                first + i,
                inputs=self._inputs(i),
                before=None if self._before is None else self._before.layer(i)[..., :-1, :],
                a=self._activations.layer(i)[..., :-1, :],
                skipped=self._skipped(i),
                generators=generators,
            )
            for i, layer in enumerate(layers)
        ]
        self.activations = [hidden.a for hidden in self.hidden]
        self.gradient_views: list[dict[str, Array]] = parameters.gradient_views[first : first + len(layers)]
        self.outputs = self._inputs(len(layers))
        self.forward: Calls = tuple(call for hidden in self.hidden for call in hidden.forward)
        self.backward: Calls = ()
        self.gradients: Calls = ()
        if differentiated:
            self._prepare_backward()

    def sides(self) -> list[NDArray[np.bool_]]:
        """Return the sign of each unit's z (or its a) for every sample, after ``forward``."""
        return [(hidden.n > 0).ravel() for hidden in self.hidden]

    def _prepare_backward(self) -> None:
        self._deltas, self._slopes = self._stacked(0), self._stacked(0)
        self.deltas = [self._deltas.layer(i)[..., :-1, :] for i in range(len(self.hidden))]
        self.output_delta = self._deltas.layer(len(self.hidden) - 1)
        self.backward = (*self._slope_calls(), *self._backward_calls())
        self.gradients = tuple(self._gradient_calls())

    def _stacked(self, value: float) -> Stacked:
        return Stacked([layer.size for layer in self._layers], self._networks, self._samples, value, self._dtype)

    def _inputs(self, i: int) -> Array:
        """Return a layer's inputs: the activations before it, with the row of ones."""
        return self._activations.layer(i - 1) if i else self._run_inputs

    def _skipped(self, i: int) -> Array | None:
        """Return the activations that a residual block ending in this layer adds to it."""
        span = self._layers[i].residual
        return self._inputs(i + 1 - span)[..., :-1, :] if span else None

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
        """Prepare delta_l = W_(l+1)^T delta_(l+1) * sigma_l'(z_l), from the run's last layer to the first.

        The last layer's product is that of what follows the run.

        The layer that a residual block starts from receives the delta of the block's end too.
        """
        calls: list[Call] = []
        carried: defaultdict[int, list[Array]] = defaultdict(list)
        for i, hidden in reversed(list(enumerate(self.hidden))):
            gradient = self._deltas.layer(i)
            if i + 1 < len(self.hidden):
                calls.append(product(transposed(self._block(i + 1)), self.deltas[i + 1], gradient))
            calls += [partial(np.add, gradient, other, gradient) for other in carried[i]]
            if hidden.layer.residual:
                kept = np.empty_like(gradient)
                calls.append(partial(np.copyto, kept, gradient))
                carried[i - hidden.layer.residual].append(kept)
            calls += hidden.backward_calls(self._slope(i), self.deltas[i])
        before = self._input_delta
        if before is not None:
            calls.append(product(transposed(self._block(0)), self.deltas[0], before))
            calls += [partial(np.add, before, other, before) for other in carried[-1]]
        return calls

    def _block(self, i: int) -> Array:
        return self._parameters.blocks[self._first + i]

    def _gradient_calls(self) -> list[Call]:
        """Prepare [dW | db]_l = delta_l a_(l-1)^T; runs of equal layers take one batched product."""
        calls: list[Call] = []
        gradients = self._parameters.gradient_blocks[self._first : self._first + len(self._layers)]
        kinds = [(i > 0, block.shape, self._layers[i].normalised) for i, block in enumerate(gradients)]
        for (inner, _, _), group in groupby(range(len(gradients)), key=kinds.__getitem__):
            places = list(group)
            if inner and len(places) > 1:
                calls.append(self._batched_gradient(places[0], places[-1]))
            else:
                calls += [product(self.deltas[i], transposed(self._inputs(i)), gradients[i]) for i in places]
        return calls

    def _gradient_block(self, i: int) -> Array:
        return self._parameters.gradient_blocks[self._first + i]

    def _batched_gradient(self, first: int, last: int) -> Call:
        count, (size, columns) = last - first + 1, self._gradient_block(first).shape[-2:]
        delta = self._deltas.layers(first, last)[..., :-1, :]
        a = self._activations.layers(first - 1, last - 1)
        slices = self._parameters.slices[self._first :]
        chunk = self._parameters.gradient[..., slices[first].start : slices[last].stop]
        # Each layer's part of the chunk, without a gamma and beta behind its block.
        blocks = chunk.reshape(*self._networks, count, -1)[..., : size * columns]
        gradient = np.moveaxis(blocks.reshape(*self._networks, count, size, columns), -3, 0)
        return product(delta, transposed(a), gradient)
