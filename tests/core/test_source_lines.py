"""Lists in exported scripts are wrapped, and are Python whatever their words are."""

import ast

import pytest

from joml_tui.export.source_lines import listed


@pytest.mark.parametrize("words", [[], ["a"], ["a" * 200], ["a" * 200, "b"], ["b", "a" * 200], ["ab"] * 90])
def test_a_list_is_the_words_whatever_their_lengths(words):
    lines = list(listed("NAMES = [", map(ascii, words), "]"))
    (assigned,) = ast.parse("\n".join(lines)).body
    assert ast.literal_eval(assigned.value) == words
    assert all(len(line) <= 120 or len(line.strip(" ,]").strip()) == 202 for line in lines)
