"""What is laid on a canvas of cells, and the pieces it is cut into."""

import numpy as np

from joml_tui.plots.canvas import THEMES, Canvas
from joml_tui.plots.chart_model import Piece

RED, BLUE = 0xFF0000, 0x0000FF


def test_an_empty_canvas_is_blank_in_the_widgets_colours():
    assert Canvas(3, 2).rows() == ((Piece("   "),),) * 2
    assert Canvas(0, 2).rows() == ((), ())


def test_text_is_cut_at_the_border_and_tells_where_it_ends():
    canvas = Canvas(4, 1)
    assert canvas.write(0, 2, "abc", RED) == 5
    assert canvas.write(7, 2, "nowhere", RED) == 2
    assert canvas.rows() == ((Piece("  "), Piece("ab", RED)),)


def test_a_wide_character_takes_two_cells_or_none():
    canvas = Canvas(3, 1, RED)
    canvas.write(0, 0, "損損", RED)
    assert canvas.rows() == ((Piece("損 ", RED),),)


def test_blanks_belong_to_the_piece_before_them_but_not_their_ground():
    canvas = Canvas(6, 1)
    canvas.write(0, 0, "a", RED, bold=True)
    canvas.paint(0, 3, np.full((2, 2), BLUE))
    assert canvas.rows() == ((Piece("a  ", RED, True), Piece("  ", RED, True, BLUE), Piece(" ", RED, True)),)


def test_half_cells_have_a_colour_above_and_one_beneath():
    canvas = Canvas(2, 1)
    canvas.paint(0, 0, np.array([[RED, RED], [BLUE, RED]]))
    assert canvas.rows() == ((Piece("▀", RED, False, BLUE), Piece(" ", RED, False, RED)),)


def test_a_mark_on_a_painted_cell_keeps_the_ground():
    canvas = Canvas(1, 1)
    canvas.paint(0, 0, np.full((2, 1), BLUE))
    canvas.write(0, 0, "x", RED)
    assert canvas.rows() == ((Piece("x", RED, False, BLUE),),)


def test_pictures_are_cut_at_the_border():
    canvas = Canvas(2, 1)
    canvas.paint(0, 1, np.full((6, 5), BLUE))
    canvas.fill(0, 0, np.full((3, 1), ord("#"), np.uint32), RED)
    assert canvas.rows() == ((Piece("#", RED), Piece(" ", RED, False, BLUE)),)


def test_characters_have_one_colour_or_one_each():
    canvas = Canvas(2, 2)
    letters = np.array([[ord("a"), ord("b")]], np.uint32)
    canvas.fill(0, 0, letters, np.array([[RED, BLUE]]), np.array([[BLUE, THEMES]]))
    canvas.fill(1, 0, letters, RED, BLUE)
    assert canvas.rows() == ((Piece("a", RED, False, BLUE), Piece("b", BLUE)), (Piece("ab", RED, False, BLUE),))


def test_bars_of_halves():
    canvas = Canvas(4, 2)
    canvas.draw_bars(0, 0, 3, 1, (RED, BLUE))
    canvas.draw_bars(1, 0, 1, 2, (RED, BLUE))
    assert canvas.rows() == (
        (Piece("▀", RED, False, BLUE), Piece("▀▀ ", RED)),
        (Piece("▀", RED, False, BLUE), Piece("▄  ", BLUE)),
    )


def test_a_click_does_what_its_cells_are_for():
    canvas = Canvas(3, 1)
    canvas.make_clickable(0, 1, 1, 1, "open(2)")
    assert [(piece.text, piece.action) for piece in canvas.rows()[0]] == [(" ", ""), (" ", "open(2)"), (" ", "")]


def test_dots_are_braille_and_have_likenesses_in_ascii():
    canvas = Canvas(2, 1)
    canvas.draw_dots(0, 0, np.array([[True, True]] * 4 + []).repeat(2, axis=1), RED)
    assert canvas.rows() == ((Piece("⣿⣿", RED),),)
    canvas.to_ascii()
    assert canvas.rows()[0][0].text.isascii()


def test_dots_have_one_colour_or_one_for_each_cell():
    canvas = Canvas(2, 1)
    canvas.draw_dots(0, 0, np.ones((4, 4), np.bool_), np.array([[RED, BLUE]]))
    assert canvas.rows() == ((Piece("⣿", RED), Piece("⣿", BLUE)),)
