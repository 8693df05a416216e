"""Pictures of units that are images: their sizes, and what is written above them."""

import numpy as np
from msgspec import structs

from joml_tui.inspect.plane import Bounds
from joml_tui.inspect.units import UnitsNow
from joml_tui.plots.palette import ink_for
from joml_tui.ui.inside.shading import Shading
from joml_tui.ui.inside.units_panel import Tiles, draw_unit, draw_units, tiles_for

INK = ink_for(0x101010, 0xE0E0E0)
FILTERS = UnitsNow(
    7,
    ("4x6x6 c4k3", "10 softmax"),
    (4, 10),
    0,
    0,
    Bounds(0, 3, 0, 3),
    np.linspace(-1, 1, 36, dtype=np.float32).reshape(4, 3, 3),
    np.linspace(-1, 1, 36, dtype=np.float32).reshape(4, 9),
    np.zeros(4, np.float32),
    tuple(f"r{row}c{column}" for row in (1, 2, 3) for column in (1, 2, 3)),
    tuple("0123456789"),
    images=True,
    both=True,
    samples=5,
)
MAPS = structs.replace(FILTERS, maps=True, label="seven")


def lines(draw, now, width=80, height=20):
    rows = draw(now, 0, width, height, INK, dark=True, shading=Shading.TEXTURES)
    return ["".join(piece.text for piece in row) for row in rows]


def test_dots_of_a_small_image_take_equal_cells():
    assert tiles_for(4, 80, 20, (3, 3)) == Tiles(18, 9, 4, 1)
    assert tiles_for(6, 80, 20, (5, 5)) == Tiles(15, 8, 5, 2)


def test_large_images_are_shown_in_parts_of_their_dots_where_all_fit_then():
    assert tiles_for(2, 80, 20, (28, 28))[:2] == (28, 14)
    assert tiles_for(6, 80, 20, (28, 28))[:2] == (14, 7)
    assert tiles_for(99, 80, 20, (28, 28))[:2] == (14, 7)


def test_a_filter_is_drawn_with_its_key_for_the_maps():
    drawn = lines(draw_units, FILTERS)
    assert drawn[0].startswith("weights of layer 1: 4x6x6 c4k3 · iteration 7")
    assert drawn[0].rstrip().endswith("4 units  Space: maps")
    assert drawn[2][:18] == "@" * 18


def test_maps_name_their_sample():
    drawn = lines(draw_units, MAPS, 140)
    assert drawn[0].startswith("maps of layer 1: 4x6x6 c4k3 · iteration 7 · test sample 1: seven")
    assert "Space: weights  Shift ← → sample" in drawn[0]


def test_maps_share_a_scale_and_single_dots_have_their_value():
    outputs = structs.replace(
        MAPS, layer=1, activations=np.array([0.5, 1, *[0] * 8], np.float32).reshape(10, 1, 1), both=False
    )
    drawn = lines(draw_units, outputs)
    assert drawn[1].startswith("▸0 0.5")
    assert " 1 1 " in drawn[1]
    assert drawn[2].split() == [":" * 15, "#" * 15]


def test_a_large_filter_has_the_names_of_its_places():
    drawn = lines(draw_unit, structs.replace(FILTERS, activations=FILTERS.activations[:1]))
    assert any("r1c1    -1.000" in line for line in drawn)
    assert drawn[1].startswith("@" * 12)
