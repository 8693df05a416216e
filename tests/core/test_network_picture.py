"""Pictures of networks: columns of units, and links that show the weights."""

import numpy as np
import pytest

from joml_tui.plots.network_picture import LayerUnits, draw_network, shown_units
from joml_tui.plots.palette import curve_colour, ink_for

INK = ink_for(0x101010, 0xE0E0E0)
SMALL = [LayerUnits(2, "in"), LayerUnits(3, "tanh"), LayerUnits(1, "sigmoid")]


def text_of(rows):
    return ["".join(piece.text for piece in row) for row in rows]


def colours_of(rows, sign):
    return [piece.colour for row in rows for piece in row if sign in piece.text]


def braille_colours(rows):
    return {piece.colour for row in rows for piece in row if any(0x2800 < ord(each) < 0x2900 for each in piece.text)}


def test_every_unit_of_a_small_network_is_drawn_with_titles_and_sizes():
    lines = text_of(draw_network(SMALL, None, 40, 10, INK, dark=True))
    assert len(lines) == 10
    assert all(len(line) == 40 for line in lines)
    assert "".join(lines).count("●") == 6
    assert list(lines[0].split()) == ["in", "tanh", "sigmoid"]
    assert lines[-1].split() == ["2", "3", "1"]


def test_a_large_layer_shows_some_units_and_a_sign_that_there_are_more():
    layers = [LayerUnits(14, "in"), LayerUnits(100, "relu"), LayerUnits(4, "softmax")]
    lines = text_of(draw_network(layers, None, 44, 12, INK, dark=True))
    column = [line[lines[-1].index("100") + 1] for line in lines]
    assert column.count("●") == shown_units(100, 12) == 5
    assert "⋮" in column
    assert lines[-1].split() == ["14", "100", "4"]


def test_where_columns_are_near_each_other_numbers_are_rounded_and_titles_left_out_but_not_cut():
    sizes = {64: "in", 1_024: "c16k3b1", 2_048: "bn", 512: "relu", 10: "softmax"}
    lines = text_of(draw_network([LayerUnits(*each) for each in sizes.items()], None, 22, 12, INK, dark=True))
    assert lines[0].split() == ["in", "bn"]
    assert lines[-1].split() == ["64", "1k", "2k", "512", "10"]


def test_links_have_the_sign_and_the_strength_of_their_weights():
    layers = [LayerUnits(1, "in"), LayerUnits(1, "out")]
    positive, negative = curve_colour(0, dark=True), curve_colour(1, dark=True)
    for weight, colour in ((2.0, positive), (-0.5, negative)):
        rows = draw_network(layers, [np.array([[weight]])], 30, 6, INK, dark=True)
        assert braille_colours(rows) == {colour}
    two = [LayerUnits(2, "in"), LayerUnits(1, "out")]
    assert len(braille_colours(draw_network(two, [np.array([[1.0, 0.1]])], 30, 8, INK, dark=True))) == 2


def test_a_weight_of_0_is_no_link_where_a_layer_has_few():
    layers = [LayerUnits(1, "in"), LayerUnits(1, "out")]
    assert not braille_colours(draw_network(layers, [np.zeros((1, 1))], 30, 6, INK, dark=True, sparse=True))


@pytest.mark.parametrize("weights", [np.full((1, 1), np.nan), np.zeros((1, 1)), np.full((1, 1), np.inf)])
def test_weights_without_a_scale_are_drawn(weights):
    layers = [LayerUnits(1, "in"), LayerUnits(1, "out")]
    assert text_of(draw_network(layers, [weights], 30, 6, INK, dark=True))[0].split() == ["in", "out"]


def test_a_chosen_unit_has_only_its_own_links():
    weights = [np.ones((3, 2)), np.ones((1, 3))]

    def dots(chosen):
        rows = draw_network(SMALL, weights, 40, 10, INK, dark=True, chosen=chosen)
        return sum((ord(each) - 0x2800).bit_count() for line in text_of(rows) for each in line if ord(each) >= 0x2800)

    assert dots((1, 0)) < dots(None)
    assert "◆" in "".join(text_of(draw_network(SMALL, weights, 40, 10, INK, dark=True, chosen=(1, 2))))


def test_units_have_the_colour_of_their_activity():
    layers = [LayerUnits(2, "in", np.array([1.0, -1.0])), LayerUnits(1, "out")]
    colours = colours_of(draw_network(layers, None, 30, 8, INK, dark=True), "●")
    assert colours[:2] != colours[1:]
    assert {curve_colour(0, dark=True), curve_colour(1, dark=True)} <= set(colours)


@pytest.mark.parametrize("size", [(1, 1), (0, 0), (15, 20), (40, 3), (10, 10)])
def test_there_is_a_line_where_there_is_no_room(size):
    rows = draw_network(SMALL, None, *size, INK, dark=True)
    assert text_of(rows)[0].strip().startswith("2"[: size[0]])


def test_unknown_sizes_are_shown_as_such():
    lines = text_of(draw_network([LayerUnits(0, "in"), LayerUnits(4, "out")], None, 30, 6, INK, dark=True))
    assert lines[-1].split() == ["?", "4"]


def test_names_stand_beside_the_units_where_there_is_room():
    named = [LayerUnits(2, "in", np.array([0.5, -2.0]), names=("x1²", "sin x1")), *SMALL[1:]]
    lines = text_of(draw_network(named, None, 60, 10, INK, dark=True))
    assert sum("●x1² 0.50" in line for line in lines) == sum("●sin x1 -2.00" in line for line in lines) == 1
    named = [LayerUnits(2, "in", names=("x1²", "a very long name")), *SMALL[1:]]
    text = "".join(text_of(draw_network(named, None, 60, 10, INK, dark=True)))
    assert "●x1²" in text and "●a very" in text and "a very long" not in text
    assert "x1²" not in "".join(text_of(draw_network(named, None, 30, 10, INK, dark=True)))


def dots_of(weights):
    rows = draw_network(
        [LayerUnits(2, "in"), LayerUnits(2, "out")], [np.array(weights)], 30, 14, INK, dark=True, sparse=True
    )
    signs = ((row, column, sign) for row, line in enumerate(text_of(rows)) for column, sign in enumerate(line))
    return {each for each in signs if 0x2800 < ord(each[2]) < 0x2900}


def test_a_cell_where_links_cross_shows_only_the_strongest():
    strongest, all_links = dots_of([[0.0, 1.0], [0.0, 0.0]]), dots_of([[0.1, 1.0], [0.1, 0.1]])
    assert strongest < all_links
