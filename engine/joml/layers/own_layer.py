"""Layers of your own: two methods on plain arrays, checked against central differences before they are used."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from joml.array_types import Array
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, Shape
from joml.validation import numbers

#: The step of central differences in float64, and the largest error of a right gradient, relative to the largest one.
_STEP, _TOLERANCE = 1e-5, 1e-5

#: Samples of the check, and numbers of x and of each parameter that it moves.
_SAMPLES, _MOST = 3, 40


class OwnLayer(BaseLayer):
    """A layer that you define as a subclass, with ``forward(x)`` and ``backward(delta)`` on plain arrays.

    Arrays have the shape (*shape of a sample, samples): (features, samples), or (channels, height, width, samples) of
    images. Without ``backward`` the gradient is computed by differences: correct, and much slower. When the layer is
    stacked, ``backward`` is compared with central differences of ``forward`` in float64.

    A layer that changes the shape also defines ``output_shape(input_shape)``, and one with parameters
    ``first_values(input_shape, generator)``.

    Its constructor takes name and optimizer as other layers do.

    Attributes
    ----------
    parameters, gradients : dicts of arrays
        In ``forward`` and ``backward``: the parameters by name, and where ``backward`` puts their gradients.
    generator : numpy.random.Generator or None
        In ``forward`` and ``backward``: draws random numbers in training, the same for the same seed; None in
        prediction, and in the comparison with central differences.

    Examples
    --------
    >>> import numpy as np
    >>> from joml import Network, OwnLayer, SoftMaxCrossEntropyOutputLayer
    >>> class Square(OwnLayer):
    ...     def forward(self, x):
    ...         self.x = x
    ...         return x**2
    ...
    ...     def backward(self, delta):
    ...         return 2 * self.x * delta
    >>> network = Network(2).stack(Square()).output(SoftMaxCrossEntropyOutputLayer(2))
    >>> network.architecture
    '2-square-2'
    """

    parameters: dict[str, Array]
    gradients: dict[str, Array]
    generator: np.random.Generator | None = None

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)  # the methods keep what they need on the layer

    def forward(self, x: Array) -> ArrayLike:
        """Return the outputs, (*output shape, samples), for x, (*input shape, samples).

        Raises
        ------
        TypeError
            The subclass has not defined it.
        """
        raise TypeError(f"{type(self).__name__} defines no forward(x)")

    def backward(self, delta: Array) -> ArrayLike:
        """Return the gradient with respect to x of the latest ``forward``, and put those of the parameters into place.

        Parameters
        ----------
        delta : (*output shape, samples) array
            The gradient with respect to the outputs.

        Returns
        -------
        (*input shape, samples) array

        Raises
        ------
        TypeError
            The subclass has not defined it: the layer's calls then use differences.
        """
        raise TypeError(f"{type(self).__name__} defines no backward(delta)")

    def first_values(self, input_shape: Shape, generator: np.random.Generator) -> Mapping[str, ArrayLike]:
        """Return the first values of the parameters by name, drawn with the generator, after input_shape."""
        return {}

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the parameters that ``first_values`` gives for input_shape."""
        values = self.first_values(input_shape, np.random.default_rng(0))
        return {name: np.shape(value) for name, value in values.items()}

    def bind(
        self,
        input_shape: Shape,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        state: Mapping[str, Array],
    ) -> None:
        """Use these views as the layer's parameters, after input_shape, their gradients, and its state."""
        super().bind(input_shape, parameters, gradients, state)
        self._input_shape = input_shape

    def initialise(self, generator: np.random.Generator) -> None:
        """Set the parameters to their first values, drawn with the generator."""
        for name, value in self.first_values(self._input_shape, generator).items():
            self._assign(self.parameter(name), value, name)

    def named_weights(self) -> Iterator[tuple[str, Array]]:
        """Return the parameters by name."""
        yield from (self._views or {}).items()

    def require_input(self, input_shape: Shape) -> None:
        """Check ``forward`` and ``backward`` on samples of input_shape.

        Raises
        ------
        ValueError
            They return another shape, or ``backward`` is not the gradient of ``forward``; the message says where.
        """
        check(self, input_shape)

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers: calls of the two methods with copies."""
        working = _Working(self, buffers.input_shape, buffers.output_shape, buffers.parameters, buffers.gradients)
        working.draw_with(buffers.generator)

        def forward() -> None:
            buffers.outputs[...] = working.forward(buffers.inputs)

        delta, target = buffers.delta, buffers.input_delta
        if delta is None:
            return LayerCalls((forward,))

        def backward() -> None:
            result = working.backward(delta)
            if target is not None:
                target[...] = result

        return LayerCalls((forward,), (backward,))


class _Working:
    """A layer of one's own at work on one network's arrays, (features, samples)."""

    def __init__(
        self,
        layer: OwnLayer,
        input_shape: Shape,
        output_shape: Shape,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
    ) -> None:
        self._layer = copy.copy(layer)  # with the latest x and parameters of this network
        self._input_shape, self._output_shape = input_shape, output_shape
        self._parameters, self._gradients = parameters, gradients
        self._layer.parameters = dict(parameters)
        self._defined = type(layer).backward is not OwnLayer.backward
        self._inputs: Array = np.zeros((0, 0))

    def draw_with(self, generator: np.random.Generator | None) -> None:
        self._layer.generator = generator

    def forward(self, inputs: Array) -> Array:
        x = np.array(inputs).reshape(*self._input_shape, inputs.shape[-1])
        if not self._defined:
            self._inputs = x.copy()
        return self._result(self._layer.forward(x), self._output_shape, "forward(x)", inputs)

    def _result(self, given: ArrayLike, shape: Shape, method: str, like: Array) -> Array:
        """Return a method's result as (features, samples)."""
        kind = type(self._layer).__name__
        result = numbers(given, f"{kind}.{method}", like.dtype)
        wanted = (*shape, like.shape[-1])
        if result.shape != wanted:
            hint = " (or define output_shape(input_shape))" if method.startswith("forward") else ""
            raise ValueError(
                f"{kind}.{method} must return an array of shape {wanted}{hint}, for samples of the shape "
                f"{self._input_shape}; got {result.shape}"
            )
        return result.reshape(-1, like.shape[-1])

    def backward(self, delta: Array) -> Array:
        shaped = np.array(delta).reshape(*self._output_shape, delta.shape[-1])
        if not self._defined:
            return self._by_differences(shaped).astype(delta.dtype)
        self._layer.gradients = dict(self._gradients)
        result = self._result(self._layer.backward(shaped), self._input_shape, "backward(delta)", delta)
        for name, view in self._gradients.items():
            if self._layer.gradients[name] is not view:
                self._layer._assign(view, self._layer.gradients[name], f"the gradient of {name}")
        return result

    def _by_differences(self, delta: Array) -> Array:
        """Return the gradient with respect to x, and set those of the parameters, by differences in float64."""
        x = self._inputs.astype(np.float64)
        parameters: dict[str, Array] = {name: values.astype(np.float64) for name, values in self._parameters.items()}
        self._layer.parameters = parameters
        weights = delta.astype(np.float64)

        def outputs() -> Array:
            return np.asarray(self._layer.forward(x.copy())) * weights

        result = np.empty((x[..., 0].size, x.shape[-1]))
        rows = x.reshape(-1, x.shape[-1])
        for feature, row in enumerate(rows):
            result[feature] = _slope(row, outputs).reshape(-1, x.shape[-1]).sum(axis=0)
        for name, values in parameters.items():
            flat, view = values.reshape(-1), self._gradients[name]
            slopes = [float(_slope(flat[place : place + 1], outputs).sum()) for place in range(flat.size)]
            view[...] = np.reshape(slopes, view.shape)
        self._layer.parameters = dict(self._parameters)
        return result


def _slope(moved: Array, function: Callable[[], Array]) -> Array:
    """Return the central difference of a function along numbers that it depends on, which are moved and put back."""
    before = moved.copy()
    moved[...] = before + _STEP
    above = function()
    moved[...] = before - _STEP
    below = function()
    moved[...] = before
    slope: Array = (above - below) / (2 * _STEP)
    return slope


def check(layer: OwnLayer, input_shape: Shape) -> None:
    """Compare a layer's ``backward`` with central differences of its ``forward``, on random samples of input_shape.

    Raises
    ------
    ValueError
        A method returns another shape, or ``backward`` is not the gradient; the message names the number.
    """
    generator = np.random.default_rng(0)
    first = layer.first_values(input_shape, generator)
    parameters = {name: numbers(values, name, np.float64).copy() for name, values in first.items()}
    gradients = {name: np.zeros_like(values) for name, values in parameters.items()}
    output_shape = layer.output_shape(input_shape)
    working = _Working(layer, input_shape, output_shape, parameters, gradients)
    x = generator.standard_normal((int(np.prod(input_shape)), _SAMPLES))
    weights = generator.standard_normal((int(np.prod(output_shape)), _SAMPLES))
    working.forward(x)
    if type(layer).backward is OwnLayer.backward:
        return
    d_x = working.backward(weights)

    def total() -> Array:
        return np.asarray((working.forward(x) * weights).sum())

    checked = {"x": (x, d_x), **{name: (parameters[name], gradients[name]) for name in parameters}}
    for name, (values, gradient) in checked.items():
        _compare(layer, name, values, gradient.copy(), total, generator)


def _compare(
    layer: OwnLayer, name: str, values: Array, gradient: Array, total: Any, generator: np.random.Generator
) -> None:
    flat = values.reshape(-1)
    places = generator.permutation(flat.size)[:_MOST]
    numeric = np.array([float(_slope(flat[place : place + 1], total)) for place in places])
    analytic = gradient.reshape(-1)[places]
    scale = max(float(np.abs(numeric).max(initial=0)), 1e-3)
    wrong = ~(np.abs(analytic - numeric) <= _TOLERANCE * scale)
    if wrong.any():
        worst = int(wrong.argmax())
        raise ValueError(
            f"{type(layer).__name__}.backward(delta) is not the gradient of forward(x): along number {places[worst]} "
            f"of {name}, counted from 0, central differences give {numeric[worst]:.6g} and backward "
            f"{analytic[worst]:.6g}"
        )
