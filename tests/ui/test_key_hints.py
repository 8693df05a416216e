"""Key hints in a panel's text do what the keys do when they are clicked."""

import pytest

from joml_tui.plots.chart_model import Piece
from joml_tui.ui.inside.key_hints import with_hints

pytestmark = pytest.mark.quick


def actions(text, *useful):
    ((*pieces,),) = with_hints([(Piece(text, 0xFF),)], useful)
    assert "".join(piece.text for piece in pieces) == text
    assert {piece.colour for piece in pieces} == {0xFF}
    return {piece.text: piece.action for piece in pieces if piece.action}


def test_each_hint_has_the_action_of_its_key():
    assert actions("↑ ↓ input · ← → value", "up", "down", "left", "right") == {
        "↑": "use('up')", " ↓": "use('down')", "←": "use('left')", " →": "use('right')",
    }  # fmt: skip
    assert actions("  Shift ← →", "before", "after") == {"Shift ←": "use('before')", " →": "use('after')"}
    assert actions("of 800 samples · Space: random directions", "choice") == {
        "Space: random directions": "use('choice')"
    }
    assert actions("  Space  iteration 7", "choice") == {"Space": "use('choice')"}
    assert actions(" · Enter: ", "large") == {"Enter:": "use('large')"}
    assert actions("X replayed  Enter: cursor", "large") == {"Enter: cursor": "use('large')"}


def test_what_a_panel_has_no_use_for_stays_text():
    assert actions("↑ ↓ input  Space", "left") == {}
    assert actions("x1 ↑, x2 →", "up", "right") == {}


def test_a_piece_that_acts_already_stays_as_it_is():
    piece = Piece("Space", action="part('test')")
    assert with_hints([(piece,)], ["choice"]) == [(piece,)]
