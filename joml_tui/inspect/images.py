"""Samples that are images: which data sets have them."""

from __future__ import annotations

import math

from joml.data.image_shape import ImageShape

#: Numbers of features that are taken for the pixels of a square image where no shape is recorded.
_PIXELS = (64, 784)
#: Sides of square images that panels draw, in pixels; large ones have two rows of pixels in a row of cells.
_SIDES = (*range(4, 17), *range(18, 33, 2))


def image_side(features: int, task: str, shape: ImageShape | None = None) -> int:
    """Return the pixels of a side of square grey images, or 0 if samples are not drawn as such.

    Parameters
    ----------
    features : int
        The number of features.
    task : str
        "classes", "multilabel" or "regression".
    shape : tuple of int, optional
        Channels, height and width where they are recorded; else 64 and 784 features of classes are taken for images.

    Returns
    -------
    int
    """
    if shape is None:
        return math.isqrt(features) if features in _PIXELS and task == "classes" else 0
    channels, height, width = shape
    drawn = channels == 1 and height == width and height in _SIDES and height * width == features
    return height if drawn else 0


def image_shape(features: int, task: str, shape: ImageShape | None = None) -> ImageShape | None:
    """Return channels, height and width of samples that are shown as images, or None.

    Parameters
    ----------
    features : int
        The number of features.
    task : str
        "classes", "multilabel" or "regression".
    shape : tuple of int, optional
        The recorded shape; else 64 and 784 features of classes are taken for images, as by `image_side`.

    Returns
    -------
    tuple of int or None
    """
    if shape is not None:
        return shape if math.prod(shape) == features else None
    side = image_side(features, task)
    return (1, side, side) if side else None
