"""Convolution of images: every window of the image meets the same weights."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from math import prod
from typing import Annotated

import numpy as np

from joml.activations import ActivationFunction, ReLu
from joml.architecture import MAX_SIZE
from joml.array_types import Array, Call, Calls, product, transposed
from joml.declaration import Setting, declare
from joml.initialisation import Initialisation
from joml.layers.activation_calls import ActivationCalls, require_activation
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, Shape, function_text
from joml.layers.windows import Windows, image_shape, kernel_size, on_windows, windows_on
from joml.optimizers.base import Optimizer
from joml.validation import at_least_one, integer, require_kind, require_shape

#: Bytes of windows gathered at a time: enough for an efficient product, few enough for the processor's cache.
_CHUNK_BYTES = 256 * 1024


@declare(
    "layer",
    "convolution",
    "Every window of an image meets the same weights",
    "a = sigma(W * a_before + b)",
    label="convolution",
)
class Convolution2D(BaseLayer):
    """A convolution: a = sigma(W * a_previous + b), where every window of the image meets the same weights.

    As in all libraries it is a correlation: the kernel is not turned around.

    Parameters
    ----------
    channels : int
        Number of kernels, and of channels after the layer.
    kernel : int or tuple of int
        Height and width of a window; one number is both.
    stride : int, default 1
        Places between neighbouring windows.
    padding : int, default 0
        Width of a border of zeros around the image.
    activation_function : ActivationFunction
        sigma; default ReLu.
    initialisation : function, optional
        The initial weights, as for ``Layer``, of the shape (channels, numbers in a window).
    name, optimizer, frozen
        As for ``BaseLayer``.

    Raises
    ------
    ValueError
        A setting is out of its range or has the wrong type; the message names it.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner: Gradient-Based Learning Applied to Document Recognition, 1998; as one product of
    matrices after Chellapilla, Puri, Simard: High Performance Convolutional Neural Networks for Document Processing,
    2006.
    """

    channels: int
    kernel: tuple[int, int]
    stride: int
    padding: int
    activation_function: ActivationFunction
    initialisation: Initialisation

    setting_names = ("channels", "kernel", "stride", "padding", "activation_function")

    def __init__(
        self,
        channels: Annotated[int, Setting("Kernels, and channels after the layer", at_least=1, at_most=MAX_SIZE)],
        kernel: Annotated[int | tuple[int, int], Setting("Height and width of a window; one number is both")],
        stride: Annotated[int, Setting("Places between neighbouring windows", at_least=1, at_most=MAX_SIZE)] = 1,
        padding: Annotated[int, Setting("Border of zeros around the image", at_least=0, at_most=MAX_SIZE)] = 0,
        activation_function: ActivationFunction | None = None,
        initialisation: Initialisation | None = None,
        *,
        name: str = "",
        optimizer: Optimizer | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(name=name, optimizer=optimizer, frozen=frozen)
        self.channels = at_least_one(channels, "a convolution's channels")
        self.kernel = kernel_size(kernel, "a convolution's kernel")
        self.stride = at_least_one(stride, "a convolution's stride")
        self.padding = integer(padding, "a convolution's padding", 0)
        function = ReLu() if activation_function is None else activation_function
        self.activation_function = require_activation(function, "a convolution's activation_function")
        self.initialisation = initialisation or self.activation_function.initialisation
        kind = "a function such as joml.initialisation.he"
        require_kind(callable(self.initialisation), self.initialisation, "a convolution's initialisation", kind)

    @property
    def of_images(self) -> bool:
        """Return whether the layer can follow images alone, as it does."""
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (channels, height, width), for an image before the layer of input_shape."""
        windows = self._windows(input_shape)
        return (self.channels, windows.rows, windows.columns)

    def _windows(self, shape: Shape) -> Windows:
        return windows_on(self, shape, self.kernel, self.stride, self.padding)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shape of [W | b], a row a kernel, for images of input_shape."""
        return {"block": (self.channels, image_shape(self, input_shape)[0] * prod(self.kernel) + 1)}

    @property
    def weight_names(self) -> tuple[str, ...]:
        """The names of the weights that other programs read."""
        return ("W", "b")

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``c8k5``, or ``c8k5s2b1(tanh)`` with stride, border, function."""
        side = "x".join(map(str, dict.fromkeys(self.kernel)))
        stride, border = f"s{self.stride}" * (self.stride > 1), f"b{self.padding}" * (self.padding > 0)
        return f"c{self.channels}k{side}{stride}{border}{function_text(self.activation_function.name)}"

    @property
    def W(self) -> Array:
        """Weights, (channels, channels before, kernel height, width): a view; assigning copies into it."""
        return self.parameter("block")[:, :-1].reshape(self.channels, -1, *self.kernel)

    @W.setter
    def W(self, values: Array) -> None:
        self._assign(self.W, values, "W")

    @property
    def b(self) -> Array:
        """Biases, (channels,): a view; assigning copies into it."""
        return self.parameter("block")[:, -1]

    @b.setter
    def b(self, values: Array) -> None:
        self._assign(self.b, values, "b")

    def initialise(self, generator: np.random.Generator) -> None:
        """Draw W with the generator, and set b to 0.

        Raises
        ------
        ValueError
            The initialisation returns weights of another shape.
        """
        block = self.parameter("block")
        drawn = self.initialisation(self.channels, block.shape[1] - 1, generator)
        require_shape(drawn, (self.channels, block.shape[1] - 1), f"the initialisation of {self!r}")
        block[:, :-1], block[:, -1] = drawn, 0

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers: windows copied side by side, and one product for all of them."""
        return _Convolution(self, self._windows(buffers.input_shape), buffers).calls()


class _Convolution:
    """A convolution on its buffers, a few rows of windows at a time."""

    def __init__(self, layer: Convolution2D, windows: Windows, buffers: LayerBuffers) -> None:
        self._windows, self._buffers = windows, buffers
        self._block, self._gradient = buffers.parameters["block"], buffers.gradients["block"]
        self._padding = layer.padding
        self._image = buffers.shaped(buffers.inputs, buffers.input_shape)
        self._source, self._load = self._padded_source()
        self._function = ActivationCalls(layer.activation_function, buffers.outputs)
        self._chunks = self._divided()
        # A chunk's windows as the columns of a matrix, with a last row of ones for the biases.
        self._gathered = {rows: self._one_gathered(rows) for rows in {last - first for first, last in self._chunks}}

    def _padded_source(self) -> tuple[Array, Calls]:
        """Return the image in one piece with its border of zeros, and the calls that copy it there."""
        image, border = self._image, self._padding
        if not border and image.flags.c_contiguous:
            return image, ()
        channels, height, width, samples = image.shape
        source: Array = np.zeros((channels, height + 2 * border, width + 2 * border, samples), image.dtype)
        inner = source[:, border : border + height, border : border + width]
        return source, (partial(np.copyto, inner, image),)

    def _divided(self) -> list[tuple[int, int]]:
        """Return the rows of windows that are computed together, from the first to before the last."""
        row = self._block.shape[1] * self._windows.columns * self._buffers.samples * self._block.itemsize
        chunks = min(self._windows.rows, -(-row * self._windows.rows // _CHUNK_BYTES))
        ends = [self._windows.rows * place // chunks for place in range(chunks + 1)]
        return list(pairwise(ends))

    def _one_gathered(self, rows: int) -> Array:
        columns = self._windows.columns * self._buffers.samples
        return np.ones((self._block.shape[1], rows * columns), self._block.dtype)

    def _part(self, values: Array, first: int, last: int) -> Array:
        """Return the columns of a chunk of (features, samples) values of the outputs, (channels, places)."""
        place = self._windows.columns * self._buffers.samples
        flat = values.reshape(len(self._block), -1)
        return flat[:, first * place : last * place]

    def _gather_call(self, first: int, last: int) -> Call:
        windows = self._windows.all_at(self._source, first, last)
        return partial(np.copyto, self._gathered[last - first][:-1].reshape(windows.shape), windows)

    def calls(self) -> LayerCalls:
        forward = (*self._load, *self._forward_calls())
        delta = self._buffers.delta
        if delta is None:
            return LayerCalls(forward, sides=self._function.sides)
        backward = self._function.backward(delta)
        if self._buffers.input_delta is not None:
            backward = (*backward, *on_windows(self._input_calls(delta, self._buffers.input_delta)))
        return LayerCalls(forward, backward, tuple(self._gradient_calls(delta)), self._function.sides)

    def _forward_calls(self) -> Iterator[Call]:
        for first, last in self._chunks:
            yield self._gather_call(first, last)
            part = partial(self._part, first=first, last=last)
            yield product_into(self._block, self._gathered[last - first], part(self._function.z))
            yield from self._function.forward(part)

    def _gradient_calls(self, delta: Array) -> Iterator[Call]:
        """Prepare [dW | db]; with several chunks their windows are gathered once more, which needs no memory.

        It is the transposed of a product whose factors BLAS takes in less time.
        """
        total, part = (np.empty(self._gradient.shape[::-1], self._gradient.dtype) for _ in range(2))
        for place, (first, last) in enumerate(self._chunks):
            if len(self._chunks) > 1:
                yield self._gather_call(first, last)
            delta_of_chunk = transposed(self._part(delta, first, last))
            yield product_into(self._gathered[last - first], delta_of_chunk, part if place else total)
            if place:
                yield partial(np.add, total, part, total)
        yield partial(np.copyto, self._gradient, transposed(total))

    def _input_calls(self, delta: Array, target: Array) -> Iterator[Call]:
        """Prepare the delta of the inputs in target: each window's share is added at its place."""
        inner = self._buffers.shaped(target, self._buffers.input_shape)
        image = np.zeros_like(self._source) if self._padding else inner
        weights = transposed(self._block[:, :-1])
        shares = {rows: np.empty_like(gathered[:-1]) for rows, gathered in self._gathered.items()}
        yield partial(image.fill, 0)
        for first, last in self._chunks:
            share = shares[last - first]
            yield product_into(weights, self._part(delta, first, last), share)
            shape = (len(image), *self._windows.kernel, last - first, self._windows.columns, self._buffers.samples)
            for offset in self._windows.offsets():
                place = self._windows.at(image, offset, first, last)
                yield partial(np.add, place, share.reshape(shape)[:, *offset], place)
        if self._padding:
            border, (_, height, width) = self._padding, self._buffers.input_shape
            yield partial(np.copyto, inner, image[:, border : border + height, border : border + width])


def product_into(a: Array, b: Array, out: Array) -> Call:
    """Prepare out = a b for matrices, also where they are parts of larger ones."""
    whole = all(each.flags.forc for each in (a, b, out))  # `dot` copies parts of matrices
    return product(a, b, out) if whole else partial(np.matmul, a, b, out)
