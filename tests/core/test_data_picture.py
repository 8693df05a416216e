"""Pictures of data as rows of cells."""

import numpy as np

from joml_tui.plots.data_picture import (
    describe_range,
    draw_counts,
    draw_distribution,
    draw_images,
    draw_points,
    draw_range,
)
from joml_tui.plots.palette import curve_colour, ink_for

INK = ink_for(0x101010, 0xE0E0E0)


def text_of(rows):
    return ["".join(piece.text for piece in row) for row in rows]


def test_bars_are_as_long_as_their_counts_and_give_the_shares():
    lines = text_of(draw_counts(["up", "down"], [100, 50], 150, 60, 8, INK, dark=True))
    # With room for it, each bar is three rows high, and its name and its figures stand in the middle.
    up, down = lines[1], lines[5]
    assert [up.split()[0], down.split()[0]] == ["up", "down"]
    assert up.count("█") == 2 * down.count("█") == lines[0].count("█") == lines[2].count("█")
    assert "100 · 66.7 %" in up
    assert lines[3] == ""
    assert len(text_of(draw_counts(["up", "down"], [100, 50], 150, 60, 3, INK, dark=True))) == 2


def test_more_classes_than_rows_are_summed_up():
    names = [f"class {place}" for place in range(30)]
    assert text_of(draw_counts(names, [1] * 30, 30, 60, 5, INK, dark=True))[-1] == "and 26 more classes"
    assert text_of(draw_counts(names, [1] * 30, 30, 60, 1, INK, dark=True)) == ["30 classes"]


def test_points_lie_where_their_features_say_in_the_colour_of_their_class():
    points, labels = np.array([[0.0, 1.0], [0.0, 1.0]]), np.array([0.0, 1.0])
    rows = draw_points(points, labels, 10, 4, INK, dark=True, classes=2)
    assert text_of(rows) == [" " * 9 + "●", " " * 10, " " * 10, "●" + " " * 9]
    rows = draw_points(np.tile(points, 100), np.tile(labels, 100), 10, 4, INK, dark=True, classes=2)
    lines = text_of(rows)
    assert lines[0].rstrip() == " " * 9 + "⠈" and lines[-1].startswith("⡀")
    assert {piece.colour for row in rows for piece in row if piece.text.strip()} == {
        curve_colour(0, dark=True),
        curve_colour(1, dark=True),
    }


def test_equal_features_are_drawn():
    rows = draw_points(np.ones((2, 5)), np.zeros(5), 10, 4, INK, dark=True, classes=0)
    assert sum(line.count("●") for line in text_of(rows)) == 1


def test_images_have_two_pixels_in_a_cell():
    images = np.zeros((3, 8, 8))
    images[:, 0] = 1.0
    rows = draw_images(images, 30, 4, INK)
    assert text_of(rows)[0].count("▀") == 24
    assert draw_images(images, 4, 1, INK)


def test_a_histogram_is_as_high_as_the_picture():
    lines = text_of(draw_distribution(np.array([1.0, 4.0, 0.0]), 9, 4, INK, dark=True))
    assert lines[0] == "   ███   " and lines[-1] == "██████   "


def test_the_range_stands_at_the_corners_with_the_name_between():
    (line,) = text_of([draw_range("distribution of price", 100_000.0, 437_211.4, 48, INK)])
    assert line.startswith("100,000 ") and line.endswith(" 437,000") and "distribution of price" in line
    assert len(line) == 48
    assert draw_range("distribution of price", 100_000.0, 437_211.4, 10, INK) == ()
    assert describe_range("x2", -0.00001, 1.0) == "x2 from -1e-05 to 1"
