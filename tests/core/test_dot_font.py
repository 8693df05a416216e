"""The font of dots has every printable character of ASCII, and something for all others."""

from __future__ import annotations

import pytest

from joml_tui.export.dot_font import ADVANCE, HEIGHT, dots_of

pytestmark = pytest.mark.quick

PRINTABLE = "".join(map(chr, range(32, 127)))


def test_every_character_is_distinct():
    assert len({dots_of(each).tobytes() for each in PRINTABLE}) == len(PRINTABLE)
    assert not dots_of(" ").any()
    assert dots_of(PRINTABLE).shape == (HEIGHT, ADVANCE * len(PRINTABLE))


def test_accents_are_left_out_and_other_characters_are_boxes():
    assert dots_of("é").tobytes() == dots_of("e").tobytes()
    assert dots_of("漢").tobytes() == dots_of("字").tobytes()
    assert dots_of("漢").any()


def test_no_text_has_no_dots():
    assert dots_of("").shape == (HEIGHT, 0)


def test_letters_look_like_letters():
    rows = ["".join("#" if dot else "." for dot in row) for row in dots_of("L")]
    assert rows == [*["#....."] * 6, "#####.", "......"]
