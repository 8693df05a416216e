"""Pooling: the largest number, or the mean, of each window of an image."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import prod
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Call, Calls
from joml.declaration import Setting, declare
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, Shape
from joml.layers.windows import Windows, image_shape, kernel_size, on_windows, windows_on
from joml.validation import at_least_one

#: Numbers of the outputs whose deltas are passed on at a time.
_PART = 16_384


class Pooling(BaseLayer):
    """A layer that reduces each window of each channel to one number; the base of ``MaxPooling2D`` and its kin.

    Parameters
    ----------
    kernel : int or tuple of int
        Height and width of a window; one number is both.
    stride : int, optional
        Places between neighbouring windows; default the kernel's height. Rows and columns that fill no window are left
        out.
    name : str, default ""
        Name of the layer.

    Raises
    ------
    ValueError
        A setting is not an integer of at least 1; the message names it.
    """

    kernel: tuple[int, int]
    stride: int

    setting_names = ("kernel", "stride")
    _letter = ""

    def __init__(
        self,
        kernel: Annotated[int | tuple[int, int], Setting("Height and width of a window; one number is both")],
        stride: Annotated[
            int | None, Setting("Places between neighbouring windows; default the kernel's height")
        ] = None,
        *,
        name: str = "",
    ) -> None:
        super().__init__(name=name)
        self.kernel = kernel_size(kernel, "a pooling's kernel")
        self.stride = self.kernel[0] if stride is None else at_least_one(stride, "a pooling's stride")

    @property
    def of_images(self) -> bool:
        """Return whether the layer can follow images alone, as it does."""
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (channels, height, width), for an image before the layer of input_shape."""
        windows = self._windows(input_shape)
        return (input_shape[0], windows.rows, windows.columns)

    def _windows(self, shape: Shape) -> Windows:
        return windows_on(self, shape, self.kernel, self.stride)

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``p2``, or ``p3s2`` where the stride differs from the kernel."""
        side = "x".join(map(str, dict.fromkeys(self.kernel)))
        return f"{self._letter}{side}" + f"s{self.stride}" * (self.kernel != (self.stride, self.stride))


@declare("layer", "max-pooling", "The largest number of each window of each channel", label="pooling")
class MaxPooling2D(Pooling):
    """The largest number of each window of each channel.

    The delta goes to the place of the largest number, of equal ones to the first. Its constructor is that of
    ``Pooling``.
    """

    _letter = "p"

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers."""
        windows = self._windows(buffers.input_shape)
        image = buffers.shaped(buffers.inputs, buffers.input_shape)
        largest = buffers.shaped(buffers.outputs, buffers.output_shape)
        views = [windows.at(image, offset) for offset in windows.offsets()]
        forward: list[Call] = [partial(np.copyto, largest, views[0])]
        if len(views) > 1:
            forward = [partial(np.maximum, views[0], views[1], out=largest)]
        forward += [partial(np.maximum, largest, view, out=largest) for view in views[2:]]

        def chosen() -> list[NDArray[np.bool_]]:
            return [view == largest for view in views]

        back = on_windows(_largest_back(buffers, windows, views)) if buffers.input_delta is not None else ()
        return LayerCalls(on_windows(forward), back, sides=chosen)


def _largest_back(buffers: LayerBuffers, windows: Windows, views: list[Array]) -> Iterator[Call]:
    """Prepare the delta of the inputs, for a few channels at a time, which stay in the processor's cache."""
    if buffers.delta is None or buffers.input_delta is None:
        return
    image = buffers.shaped(buffers.input_delta, buffers.input_shape)
    largest = buffers.shaped(buffers.outputs, buffers.output_shape)
    delta = buffers.shaped(buffers.delta, buffers.output_shape)
    together = max(1, _PART // max(1, largest[0].size))
    spare = [np.empty_like(largest[:together]) for _ in range(3)]
    for first in range(0, len(image), together):
        part = slice(first, first + together)
        shown, own = largest[part], [each[part] for each in views]
        spares = [each[: len(shown)] for each in spare]
        yield from _part_back(windows, image[part], own, shown, delta[part], spares)


def _part_back(
    windows: Windows, image: Array, views: list[Array], largest: Array, delta: Array, spares: list[Array]
) -> Iterator[Call]:
    """Prepare the delta of the inputs: each offset takes its share of what the earlier ones have left.

    Where a number is below the largest, their difference has its sign bit set, which shifted over the whole word is a
    mask of the numbers to pass on; all steps are on integers, and need no comparison.
    """
    difference, share = spares[:2]
    left, passed, mask = _bits(delta), _bits(spares[2]), _bits(difference)
    shift = np.array(8 * mask.itemsize - 1, mask.dtype)
    tiled = windows.tile(image)
    if not tiled:
        yield partial(image.fill, 0)
    for place, (offset, view) in enumerate(zip(windows.offsets(), views, strict=True)):
        target = windows.at(image, offset)
        if place == len(views) - 1:
            rest = left.view(difference.dtype)
            yield partial(np.copyto, target, rest) if tiled else partial(np.add, target, rest, target)
            return
        yield partial(np.subtract, view, largest, difference)
        yield partial(np.right_shift, mask, shift, mask)
        yield partial(np.bitwise_and, left, mask, passed)
        if windows.covering:
            yield partial(np.bitwise_xor, left, passed, _bits(target))
        else:
            yield partial(np.bitwise_xor, left, passed, _bits(share))
            yield partial(np.add, target, share, target)
        left, passed = passed, left


def _bits(values: Array) -> NDArray[np.signedinteger[Any]]:
    """View floats as the integers of the same bits."""
    return values.view(f"i{values.itemsize}")


@declare("layer", "average-pooling", "The mean of each window of each channel", label="average pooling")
class AveragePooling2D(Pooling):
    """The mean of each window of each channel; its constructor is that of ``Pooling``."""

    _letter = "a"

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers."""
        windows = self._windows(buffers.input_shape)
        image = buffers.shaped(buffers.inputs, buffers.input_shape)
        means = buffers.shaped(buffers.outputs, buffers.output_shape)
        share = np.array(1 / prod(self.kernel), means.dtype)
        views = [windows.at(image, offset) for offset in windows.offsets()]
        forward: list[Call] = [partial(np.copyto, means, views[0])]
        forward += [partial(np.add, means, view, means) for view in views[1:]]
        forward.append(partial(np.multiply, means, share, means))
        if buffers.delta is None or buffers.input_delta is None:
            return LayerCalls(on_windows(forward))
        delta = buffers.shaped(buffers.delta, buffers.output_shape)
        target = buffers.shaped(buffers.input_delta, buffers.input_shape)
        backward: list[Call] = [partial(target.fill, 0), partial(np.multiply, delta, share, delta)]
        places = [windows.at(target, offset) for offset in windows.offsets()]
        backward += [partial(np.add, place, delta, place) for place in places]
        return LayerCalls(on_windows(forward), on_windows(backward))


@declare("layer", "global-average-pooling", "The mean of each channel", label="global average pooling")
class GlobalAveragePooling(BaseLayer):
    """The mean of each channel over its whole image.

    Parameters
    ----------
    name : str, default ""
        Name of the layer.
    """

    def __init__(self, *, name: str = "") -> None:
        super().__init__(name=name)

    @property
    def of_images(self) -> bool:
        """Return whether the layer can follow images alone, as it does."""
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (channels,), for images of input_shape."""
        return (image_shape(self, input_shape)[0],)

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``g``."""
        return "g"

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers."""
        channels, height, width = image_shape(self, buffers.input_shape)
        flat = (channels, height * width)
        share = np.array(1 / (height * width), buffers.outputs.dtype)
        images, means = buffers.shaped(buffers.inputs, flat), buffers.outputs
        forward: Calls = (partial(np.add.reduce, images, 1, None, means), partial(np.multiply, means, share, means))
        if buffers.delta is None or buffers.input_delta is None:
            return LayerCalls(forward)
        delta, target = buffers.delta[:, np.newaxis], buffers.shaped(buffers.input_delta, flat)
        return LayerCalls(forward, (partial(np.multiply, delta, share, target),))
