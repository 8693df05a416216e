"""The shape of samples that are images: channels, height and width."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

#: Channels, height and width of an image; its pixels are features in this order, row after row.
ImageShape = tuple[int, int, int]

#: Numbers of channels: grey, grey with opacity, colours, colours with opacity.
_CHANNELS = (1, 2, 3, 4)


def image_shape_of(axes: Sequence[int]) -> tuple[ImageShape | None, str]:
    """Return the image shape of samples from the axes of their array, and a sentence on axes that leave it open.

    Features keep the order of the array, so channels that come last, between the pixels, give no image shape.

    Parameters
    ----------
    axes : sequence of int
        Of one sample: (height, width), (channels, height, width) or (height, width, channels).

    Returns
    -------
    tuple of int, or None
        Channels, height and width; None where the samples are no images, or their channels do not come first.
    str
        The reason, and what to do about it; empty where nothing is open.
    """
    sizes = tuple(int(each) for each in axes)
    if len(sizes) == 2 and min(sizes) > 1:
        return (1, sizes[0], sizes[1]), ""
    if len(sizes) != 3:
        return None, ""
    first, last = sizes[0] in _CHANNELS, sizes[2] in _CHANNELS
    if sizes[2] == 1:  # a single channel has the same order first and last
        return (1, sizes[0], sizes[1]), ""
    if first and not last:
        return (sizes[0], sizes[1], sizes[2]), ""
    return None, _describe_channels(sizes, first) if last else ""


def _describe_channels(sizes: tuple[int, ...], may_be_first: bool) -> str:
    """Return the reason why channels that come last, or may do so, give no image shape."""
    shape, read = (
        " x ".join(map(str, sizes)),
        f"they are read as {prod(sizes):,} features without the shape of an image",
    )
    if may_be_first:
        return f"samples of shape {shape} may have their channels first or last, so {read}"
    return (
        f"samples of shape {shape} have their channels last, so {read}; with x.transpose(0, 3, 1, 2), channels first, "
        "they have it"
    )
