"""Figures as PNG, without a drawing library: shapes become pixels by their distance from them."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from joml_tui.export.dot_font import HEIGHT, dots_of
from joml_tui.export.figure_shapes import Band, Dot, Figure, Line, Points, Shape, Text

#: Pixels in the file for a pixel of the figure, and for a dot of the font.
_SCALE, _DOT = 1.5, 2
_TEXT = 0x222222
_SIGNATURE = b"\x89PNG\r\n\x1a\n"

#: How much of each pixel a shape covers, 0 to 1.
_Cover = NDArray[np.float32]


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as the content of a PNG file.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    bytes
    """
    height, width = round(figure.height * _SCALE), round(figure.width * _SCALE)
    pixels = np.full((height, width, 3), 255, np.float32)
    for shape in figure.shapes:
        cover, colour = _cover(shape, height, width)
        parts = np.array([colour >> shift & 255 for shift in (16, 8, 0)], np.float32)
        area = _covered(cover)
        pixels[area] += cover[area][:, :, None] * (parts - pixels[area])
    return _file(np.round(pixels).astype(np.uint8))


def _file(pixels: NDArray[np.uint8]) -> bytes:
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with the number of its filter: none
    rows[:, 1:] = pixels.reshape(height, 3 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def _cover(shape: Shape, height: int, width: int) -> tuple[_Cover, int]:
    cover = np.zeros((height, width), np.float32)
    match shape:
        case Line(points, colour, line_width, dashes):
            for start, end in _pieces(points * _SCALE, dashes and (dashes[0] * _SCALE, dashes[1] * _SCALE)):
                _cover_segment(cover, start, end, line_width * _SCALE / 2)
            return cover, colour
        case Band(across, upper, lower, colour, opacity):
            _cover_band(cover, across * _SCALE, upper * _SCALE, lower * _SCALE)
            return cover * np.float32(opacity), colour
        case Dot(across, down, radius, colour):
            place = np.array([across, down]) * _SCALE
            _cover_segment(cover, place, place, radius * _SCALE)
            return cover, colour
        case Text():
            _cover_text(cover, shape)
            return cover, _TEXT


def _covered(cover: _Cover) -> tuple[slice, slice]:
    """Return the smallest rectangle with all covered pixels: most shapes are a small part of a figure."""
    rows, columns = (np.flatnonzero(cover.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _pieces(points: Points, dashes: tuple[float, float] | None) -> list[tuple[Points, Points]]:
    """Return the segments of a line, or of its dashes."""
    if dashes is None:
        return list(pairwise(points))
    lengths = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    begins = np.arange(0.0, along[-1], sum(dashes))
    pieces = []
    for begin in begins:
        end = min(begin + dashes[0], along[-1])
        inner = along[(along > begin) & (along < end)]
        places = np.concatenate([[begin], inner, [end]])
        dash = np.stack([np.interp(places, along, points[:, axis]) for axis in (0, 1)], axis=1)
        pieces += list(pairwise(dash))
    return pieces


def _cover_segment(cover: _Cover, start: Points, end: Points, radius: float) -> None:
    """Cover the pixels near a segment."""
    reach = radius + 1
    left, top = np.floor(np.minimum(start, end) - reach).astype(int)
    right, bottom = np.ceil(np.maximum(start, end) + reach).astype(int)
    area = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
    there = cover[area]
    if not there.size:
        return
    down, across = np.mgrid[
        area[0].start : area[0].start + there.shape[0], area[1].start : area[1].start + there.shape[1]
    ]
    across, down = across + 0.5 - start[0], down + 0.5 - start[1]
    direction = end - start
    square = float(direction @ direction)
    share = np.clip((across * direction[0] + down * direction[1]) / square, 0, 1) if square else 0.0
    distance = np.hypot(across - share * direction[0], down - share * direction[1])
    np.maximum(there, np.clip(radius + 0.5 - distance, 0, 1), out=there)


def _cover_band(cover: _Cover, across: Points, upper: Points, lower: Points) -> None:
    height, width = cover.shape
    middles = np.arange(width) + 0.5
    inside = (middles >= across[0]) & (middles <= across[-1])
    tops, bottoms = (np.interp(middles, across, edge) for edge in (upper, lower))
    rows = np.arange(height)[:, None]
    part = np.clip(np.minimum(rows + 1, bottoms) - np.maximum(rows, tops), 0, 1)
    np.maximum(cover, np.where(inside, part, 0), out=cover)


def _cover_text(cover: _Cover, text: Text) -> None:
    dots = np.kron(dots_of(text.text), np.ones((_DOT, _DOT), np.bool_))
    if text.bold:
        dots[:, 1:] |= dots[:, :-1]
    before = round(dots.shape[1] * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor])
    above = (HEIGHT - 1) * _DOT
    across, down = round(text.across * _SCALE), round(text.down * _SCALE)
    if text.upright:
        dots = np.rot90(dots)
        top, left = down + before - dots.shape[0], across - above
    else:
        top, left = down - above, across - before
    for row, column in zip(*np.nonzero(dots), strict=True):
        if 0 <= top + row < cover.shape[0] and 0 <= left + column < cover.shape[1]:
            cover[top + row, left + column] = 1
