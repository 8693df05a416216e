"""Windows of images: strided views of all places under a kernel, and settings of layers that have one.

Images are arrays of shape (channels, height, width, samples): the samples of a place lie together in memory, so that a
row of an image is one long copy for all samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from joml.array_types import Array, Call, Calls
from joml.layers.base_layer import Shape, ShapeError, shape_text
from joml.validation import at_least_one

#: Numbers in NumPy's buffers while it computes on windows.
_SMALL_BUFFER = 512


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of a kernel on an image.

    Attributes
    ----------
    kernel : tuple of int
        Height and width of a window.
    stride : int
        Places between neighbouring windows.
    rows, columns : int
        Number of windows below one another, and side by side.
    """

    kernel: tuple[int, int]
    stride: int
    rows: int
    columns: int

    @property
    def covering(self) -> bool:
        """Return whether no place is in two windows."""
        return self.stride >= max(self.kernel)

    def tile(self, image: Array) -> bool:
        """Return whether every place of an image of (channels, height, width, samples) is in one window."""
        height, width = self.kernel
        return self.kernel == (self.stride, self.stride) and image.shape[1:3] == (
            self.rows * height,
            self.columns * width,
        )

    def offsets(self) -> Iterator[tuple[int, int]]:
        """Yield the places of a window, row by row."""
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                yield i, j

    def at(self, image: Array, offset: tuple[int, int], first: int = 0, last: int | None = None) -> Array:
        """Return a view of the numbers at one offset of all windows, of the window rows from first to before last.

        ``image`` is (channels, height, width, samples), the view (channels, rows, columns, samples).
        """
        last = self.rows if last is None else last
        i, j = offset
        step = self.stride
        height = slice(first * step + i, (last - 1) * step + i + 1, step)
        return image[:, height, j : (self.columns - 1) * step + j + 1 : step]

    def all_at(self, image: Array, first: int, last: int) -> Array:
        """Return a view of all windows of the rows from first to before last of an image.

        ``image`` is (channels, height, width, samples), the view (channels, kernel height, kernel width, rows, columns,
        samples).
        """
        channel, row, column, sample = image.strides
        step = self.stride
        return np.lib.stride_tricks.as_strided(
            image[:, first * step :],
            (len(image), *self.kernel, last - first, self.columns, image.shape[-1]),
            (channel, row, column, row * step, column * step, sample),
            writeable=False,
        )


def on_windows(calls: Iterable[Call]) -> Calls:
    """Return calls of elementwise functions on views of windows, made faster by small buffers of NumPy.

    NumPy would copy strided operands through buffers of the usual size, which takes twice as long as the functions.
    """
    usual = [np.getbufsize()]

    def make_small() -> None:
        usual[0] = np.setbufsize(_SMALL_BUFFER)

    def restore() -> None:
        np.setbufsize(usual[0])

    return (make_small, *calls, restore)


def windows_on(layer: object, shape: Shape, kernel: tuple[int, int], stride: int, padding: int = 0) -> Windows:
    """Return the windows of a layer's kernel, a stride apart, on images of a shape with ``padding`` zeros around them.

    Raises
    ------
    ShapeError
        The shape is none of an image, or the kernel is larger than the image; the message names the layer.
    """
    _, height, width = image_shape(layer, shape)
    height, width = height + 2 * padding, width + 2 * padding
    if kernel[0] > height or kernel[1] > width:
        border = f" with a border of {padding}" if padding else ""
        raise ShapeError(
            f"{layer!r} has a kernel of {shape_text(kernel)}, larger than the images before it, "
            f"{shape_text(shape)} (channels, height, width){border}"
        )
    return Windows(kernel, stride, (height - kernel[0]) // stride + 1, (width - kernel[1]) // stride + 1)


def image_shape(layer: object, shape: Shape) -> tuple[int, int, int]:
    """Return a shape as that of an image, or raise ShapeError with this layer's name if it is none."""
    if len(shape) != 3:
        raise ShapeError(
            f"{layer!r} needs images, of the shape (channels, height, width), and what comes before it is "
            f"{shape_text(shape)}: begin with images, such as 1@28x28, or in Python Network(input_size=(1, 28, 28))"
        )
    channels, height, width = shape
    return channels, height, width


def kernel_size(value: int | tuple[int, int], name: str) -> tuple[int, int]:
    """Return a kernel's height and width from value, a number or both; raise ValueError with this name otherwise."""
    if isinstance(value, tuple | list) and len(value) == 2:
        return at_least_one(value[0], name), at_least_one(value[1], name)
    side = at_least_one(value, f"{name}, one number or two,")
    return side, side
