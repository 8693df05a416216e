"""Figures as PNG have the colours of their shapes where these are."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from joml_tui.export.figure_png import png_bytes
from joml_tui.export.figure_shapes import Band, Dot, Figure, Line, Text

pytestmark = pytest.mark.quick


def pixels_of(*shapes, width=40, height=20):
    """Read a PNG of eight bits a colour whose rows have no filter."""
    data = png_bytes(Figure(width, height, shapes))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    place, chunks = 8, {}
    while place < len(data):
        (size,) = struct.unpack(">I", data[place : place + 4])
        name, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        assert struct.unpack(">I", data[place + 8 + size : place + 12 + size]) == (zlib.crc32(name + body),)
        chunks[name] = body
        place += 12 + size
    wide, high, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (wide, high, form) == (width * 3 // 2, height * 3 // 2, [8, 2, 0, 0, 0])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(high, 1 + 3 * wide)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(high, wide, 3)


def test_without_shapes_it_is_white():
    assert (pixels_of() == 255).all()


def test_lines_bands_and_dots_are_where_they_are():
    line = pixels_of(Line(np.array([[0.0, 10.0], [40.0, 10.0]]), 0xFF0000, 2))
    assert (line[14:16, 5:-5] == [255, 0, 0]).all()
    assert (line[:12] == 255).all()
    edges = np.array([4.0, 4.0]), np.array([16.0, 16.0])
    band = pixels_of(Band(np.array([10.0, 30.0]), *edges, 0x0000FF, 0.5))
    assert (band[10:20, 20:40] == [128, 128, 255]).all()
    assert (band[:, :14] == 255).all()
    dot = pixels_of(Dot(20, 10, 4, 0x00FF00))
    assert (dot[15, 30] == [0, 255, 0]).all()
    assert (dot[0] == 255).all()


def test_dashes_leave_gaps():
    row = pixels_of(Line(np.array([[0.0, 10.0], [40.0, 10.0]]), 0, 2, (8, 8)))[15, :, 0]
    assert row[6] == row[30] == 0
    assert row[18] == row[42] == 255


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_text_is_on_the_side_of_its_anchor(anchor, upright):
    dark = pixels_of(Text(50, 50, "abc", anchor, upright=upright), width=100, height=100)[:, :, 0] < 128
    rows, columns = np.nonzero(dark)
    along = 150 - rows if upright else columns
    assert len(along)
    assert {"start": along.min() >= 74, "middle": along.min() < 75 < along.max(), "end": along.max() <= 76}[anchor]


def test_shapes_outside_are_cut():
    far = np.array([[-90.0, -90.0], [900.0, 900.0]])
    assert (pixels_of(Line(far, 0, 2), Dot(-50, 500, 3, 0), Text(38, 2, "long text"))[0, 0] != 255).any()
