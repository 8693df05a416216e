"""Texts of columns are coded in the order of their first appearance, whatever their length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml.data.readers import cell_texts
from joml.data.readers.cell_blocks import read_cell_blocks
from joml.data.readers.cell_texts import TextCoder
from joml.data.readers.csv_format import FileFormat
from joml.data.readers.text_file import find_text


def blocks_of(texts):
    content = "".join(f"{text},0\n" for text in texts).encode()
    return read_cell_blocks(find_text(content, "data.csv"), FileFormat(",", 2))


def encode(coder, texts, numbers=None):
    (block,) = blocks_of(texts)
    return coder.encode(block, block.starts[:, 0], block.ends[:, 0], numbers).tolist()


TEXTS = st.lists(st.text("abcdeé .1-", max_size=30), min_size=1, max_size=40)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_codes_are_places_among_the_distinct_texts(parts):
    coder, places = TextCoder(), {}
    for texts in parts:
        assert encode(coder, texts) == [places.setdefault(text.strip(), len(places)) for text in texts]
    assert coder.texts == tuple(places)


def test_texts_that_are_numbers_are_numbers_if_wanted():
    coder, numbers = TextCoder(), np.zeros(6)
    assert encode(coder, ["1.5", "x", "nan", "1e3", "", "1_0"], numbers) == [-1, 0, 1, -1, 2, 3]
    assert numbers.tolist() == [1.5, 0, 0, 1000, 0, 0]
    assert coder.texts == ("x", "nan", "", "1_0")


@pytest.mark.parametrize("most", [0, 3])
def test_more_texts_than_are_recognised(monkeypatch, most):
    monkeypatch.setattr(cell_texts, "_MOST_KNOWN", most)
    coder = TextCoder()
    texts = [f"t{n % 7}" for n in range(30)]
    assert encode(coder, texts) == [n % 7 for n in range(30)]
    assert encode(coder, texts[::-1]) == [n % 7 for n in reversed(range(30))]


def test_texts_with_one_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr(cell_texts, "_MIX", (np.uint64(0), np.uint64(0)))  # only the last word counts
    coder = TextCoder()
    texts = ["a" * 8 + "same end", "b" * 8 + "same end", "same end", "a" * 8 + "same end"]
    for _ in range(3):
        assert encode(coder, texts) == [0, 1, 2, 0]
