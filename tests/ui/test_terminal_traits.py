"""The terminal of the lab: where it is drawn."""

import os
import sys

import pytest

from joml_tui.ui.terminal_traits import draw_on_terminal


class Stream:
    def __init__(self, descriptor, is_terminal):
        self.fileno, self.isatty = lambda: descriptor, lambda: is_terminal


@pytest.mark.parametrize(
    ("out", "error", "drawn"),
    [(True, False, [(1, 2)]), (True, True, []), (False, False, []), (True, None, [])],
)
def test_the_lab_is_drawn_on_the_terminal_where_standard_error_goes_to_a_file(monkeypatch, out, error, drawn):
    calls = []
    monkeypatch.setattr(os, "dup2", lambda *descriptors: calls.append(descriptors))
    monkeypatch.setattr(sys, "stdout", Stream(1, out))
    monkeypatch.setattr(sys, "__stderr__", None if error is None else Stream(2, error))
    draw_on_terminal()
    assert calls == drawn
