"""A list that is searched by typing: its lines."""

import pytest

from joml_tui.ui.dialogs.search_dialog import _option
from joml_tui.ui.widgets.choice import Choice

pytestmark = pytest.mark.quick


def test_a_long_explanation_continues_below_itself():
    lines = str(_option(Choice("Epoch", 1, "epoch of the last iteration; 0 before the first"), 60).prompt).split("\n")
    assert lines == ["Epoch".ljust(23) + "epoch of the last iteration; 0 before", " " * 23 + "the first"]
    assert str(_option(Choice("Name", 1, ""), 60).prompt) == "Name".ljust(23)
