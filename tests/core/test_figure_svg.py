"""Figures as SVG are well-formed, whatever stands in the names."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from joml_tui.export.figure_shapes import Band, Dot, Figure, Line, Text
from joml_tui.export.figure_svg import svg_text

pytestmark = pytest.mark.quick


def test_every_shape_has_its_element():
    line = Line(np.array([[1.0, 2.0], [3.5, 4.25]]), 0xFF0000, 2, (6, 4))
    band = Band(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([5.0, 6.0]), 0x00FF00, 0.2)
    shapes = (line, band, Dot(1, 2, 3, 0x0000FF), Text(1, 2, '</svg> & "漢字"', "end", upright=True, bold=True))
    root = ElementTree.fromstring(svg_text(Figure(20, 10, shapes)))
    ground, polyline, polygon, circle, text = root
    assert (root.get("width"), root.get("height")) == ("20", "10")
    assert ground.get("fill") == "white"
    assert (polyline.get("points"), polyline.get("stroke")) == ("1.0,2.0 3.5,4.2", "#ff0000")
    assert polyline.get("stroke-dasharray") == "6 4"
    assert polygon.get("points") == "1.0,3.0 2.0,4.0 2.0,6.0 1.0,5.0"
    assert circle.get("r") == "3"
    assert (text.text, text.get("text-anchor")) == ('</svg> & "漢字"', "end")
