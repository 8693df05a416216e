"""Augmentation: training samples are shifted, rotated and made noisy at random, anew in every mini-batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from joml.array_types import Array, Calls
from joml.layers.base_layer import Shape, features_of, shape_text
from joml.validation import at_least_zero, integer, number, require_kind

#: Most pixels of a shift.
_MOST_SHIFT = 1_000


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes of the training samples; checks and tests have the samples as they are.

    Parameters
    ----------
    shift : int, default 0
        The most whole pixels that images move up or down, and left or right; each number is equally probable.
    rotate : float, default 0
        The most degrees that images turn about their centre in either direction, up to 180. Between pixels the
        brightness is interpolated linearly.
    noise : float, default 0
        Standard deviation of normal noise that is added to every feature.
    image_shape : tuple of int, optional
        Channels, height and width of the images; by default those that the network takes. Noise needs none.

    Raises
    ------
    ValueError
        A setting is out of its range or has the wrong type; the message names it.

    Notes
    -----
    What comes into an image from outside is 0. An image is moved and turned as a whole, with all its channels.
    """

    shift: int = 0
    rotate: float = 0.0
    noise: float = 0.0
    image_shape: Shape | None = None

    def __post_init__(self) -> None:
        integer(self.shift, "an augmentation's shift", 0, most=_MOST_SHIFT)
        number(self.rotate, "an augmentation's rotate", 0, 180, below=False)
        at_least_zero(self.noise, "an augmentation's noise")
        shape: Any = self.image_shape
        right = shape is None or (isinstance(shape, tuple) and len(shape) == 3)
        require_kind(right, shape, "an augmentation's image_shape", "channels, height and width such as (1, 28, 28)")

    @property
    def moves(self) -> bool:
        """Return whether pixels move, for which samples have to be images."""
        return bool(self.shift or self.rotate)

    def shape_of(self, input_shape: Shape) -> Shape | None:
        """Return the shape of the images that move, for samples of input_shape; None if nothing moves.

        Raises
        ------
        ValueError
            They are no images, or of another size than image_shape.
        """
        if not self.moves:
            return None
        shape = self.image_shape or input_shape
        if len(shape) != 3:
            raise ValueError(
                f"shift and rotate move pixels of images, and samples here have {features_of(input_shape):,} features: "
                "give image_shape to the augmentation, channels, height and width such as (1, 28, 28), or noise alone"
            )
        if features_of(shape) != features_of(input_shape):
            raise ValueError(
                f"images of {shape_text(shape)} have {features_of(shape):,} pixels, and samples here have "
                f"{features_of(input_shape):,} features: give the image_shape of the samples to the augmentation"
            )
        return shape

    def calls(self, x: Array, shape: Shape | None, generators: Sequence[np.random.Generator]) -> Calls:
        """Prepare the changes of x in place.

        Parameters
        ----------
        x : (..., features, samples) array
            A mini-batch, of each network of a stack.
        shape : tuple of int or None
            The result of ``shape_of``.
        generators : sequence of numpy.random.Generator
            One for each network of the stack: each draws as it would alone.

        Returns
        -------
        tuple of calls
        """
        stack = x.reshape(len(generators), *x.shape[-2:]) if x.ndim == 2 else x
        calls: list[partial[None]] = []
        for own, generator in zip(stack, generators, strict=True):
            if shape is not None:
                moved = _Turned(self, own, shape) if self.rotate else _Shifted(self, own, shape)
                calls.append(partial(moved.move, generator))
            if self.noise:
                calls.append(partial(_add_noise, own, np.empty(own.shape, own.dtype), self.noise, generator))
        return tuple(calls)


def _add_noise(x: Array, drawn: Array, deviation: float, generator: np.random.Generator) -> None:
    generator.standard_normal(None, x.dtype.type, drawn)
    np.multiply(drawn, x.dtype.type(deviation), drawn)
    np.add(x, drawn, x)


class _Shifted:
    """Images of a mini-batch that move by whole pixels in place; they are copied into a border of zeros, and back."""

    def __init__(self, settings: Augmentation, x: Array, shape: Shape) -> None:
        channels, height, width = shape
        self._most, samples = settings.shift, x.shape[-1]
        self._x = x.reshape(channels, height * width, samples)
        self._across = width + 2 * self._most
        bordered: Array = np.zeros((channels, height + 2 * self._most, self._across, samples), x.dtype)
        self._inside = bordered[:, self._most : self._most + height, self._most : self._most + width]
        self._image = (channels, height, width, samples)
        self._flat = bordered.reshape(channels, -1)
        rows, columns = np.divmod(np.arange(height * width), width)
        corner = (rows + self._most) * self._across + columns + self._most
        self._unmoved = corner[:, np.newaxis] * samples + np.arange(samples)

    def move(self, generator: np.random.Generator) -> None:
        """Move the images, by distances from the generator."""
        samples = self._image[-1]
        down, right = generator.integers(-self._most, self._most, (2, samples), endpoint=True)
        self._inside[...] = self._x.reshape(self._image)
        where = self._unmoved - (down * self._across + right) * samples
        for image, pixels in zip(self._flat, self._x, strict=True):
            image.take(where, out=pixels, mode="clip")


class _Turned:
    """Images of a mini-batch that move and turn in place.

    Every pixel is computed from the four around the place that it comes from, which are looked up in a copy of the
    image with a border of zeros.
    """

    def __init__(self, settings: Augmentation, x: Array, shape: Shape) -> None:
        channels, height, width = shape
        samples = x.shape[-1]
        self._settings, self._x = settings, x.reshape(channels, height * width, samples)
        # A pixel of border before, and two behind: the place between two pixels beyond the last one has them too.
        self._across = width + 3
        bordered: Array = np.zeros((channels, height + 3, self._across, samples), x.dtype)
        self._inside = bordered[:, 1 : height + 1, 1 : width + 1]
        self._image = (channels, height, width, samples)
        self._flat = bordered.reshape(channels, -1)
        self._centre = np.array([height - 1, width - 1], x.dtype) / 2
        self._last = (height, width)
        rows, columns = np.divmod(np.arange(height * width), width)
        from_centre = np.stack([rows, columns]).astype(x.dtype) - self._centre[:, np.newaxis]
        self._from_centre = from_centre[:, :, np.newaxis]  # (2, pixels, 1)
        self._part: Array = np.empty(self._x.shape[1:], x.dtype)

    def move(self, generator: np.random.Generator) -> None:
        """Move and turn the images, with angles and then distances from the generator."""
        settings, samples, kind = self._settings, self._image[-1], self._x.dtype
        angles = np.radians(generator.uniform(-settings.rotate, settings.rotate, samples))
        sine, cosine = np.sin(angles).astype(kind), np.cos(angles).astype(kind)
        down, right = self._from_centre
        if settings.shift:
            distances = generator.integers(-settings.shift, settings.shift, (2, samples), endpoint=True)
            down, right = self._from_centre - distances.astype(kind)[:, np.newaxis]
        self._fill(
            cosine * down + sine * right + self._centre[0],
            cosine * right - sine * down + self._centre[1],
        )

    def _fill(self, down: Array, right: Array) -> None:
        """Fill the images with what is at these places, (pixels, samples) each, of the images before."""
        self._inside[...] = self._x.reshape(self._image)
        # Farther outside there are zeros too.
        down, right = (np.clip(each, -1, last) + 1 for each, last in zip((down, right), self._last, strict=True))
        row, column = np.floor(down), np.floor(right)
        below, beside = down - row, right - column
        samples = self._image[-1]
        where = (row.astype(np.intp) * self._across + column.astype(np.intp)) * samples + np.arange(samples)
        above, before = 1 - below, 1 - beside
        self._x[...] = 0
        for share, further in (
            (above * before, 0),
            (above * beside, 1),
            (below * before, self._across),
            (below * beside, self._across + 1),
        ):
            places = where + further * samples
            for image, pixels in zip(self._flat, self._x, strict=True):
                image.take(places, out=self._part, mode="clip")
                np.multiply(self._part, share, self._part)
                np.add(pixels, self._part, pixels)
