"""Codes for the texts of many cells at once: their places among the distinct texts of a column."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml.data.labels import DECIMAL_COMMA
from joml.data.readers.cell_blocks import CellBlock
from joml.data.readers.csv_format import finite_number
from joml.data.readers.decimal_numbers import Places, Words, words_before, words_of

# Cells of at most this many bytes are compared as words of eight bytes.
_MOST_WORDS = 3
# Texts that are recognised; columns with more have texts that hardly return.
_MOST_KNOWN = 1_024
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_FOLD = np.uint64(29)
# By the number of bytes: those of a word that belong to a cell that begins with it.
_KEPT = np.array([(1 << (8 * count)) - 1 for count in range(9)], np.uint64)


class _Keys(NamedTuple):
    """The bytes of cells as words, and what they are found by."""

    hashes: Words
    lengths: Places
    words: list[Words]


class TextCoder:
    """The distinct texts of a column, in the order of their first appearance, without blanks around them."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        # Known cells in the order of their hashes.
        self._hashes = np.empty(0, np.uint64)
        self._lengths = np.empty(0, np.intp)
        self._words = np.empty((_MOST_WORDS, 0), np.uint64)
        self._code_of_hash = np.empty(0, np.int32)

    @property
    def texts(self) -> tuple[str, ...]:
        """The distinct texts, in the order of their codes."""
        return tuple(self._codes)

    def __len__(self) -> int:
        """Return the number of distinct texts."""
        return len(self._codes)

    def encode(
        self,
        block: CellBlock,
        starts: Places,
        ends: Places,
        numbers: NDArray[np.float64] | None = None,
        point: str = ".",
    ) -> NDArray[np.int32]:
        """Return the codes of cells.

        Parameters
        ----------
        block : CellBlock
        starts, ends : ndarray of int, shape (cells,)
            As in the block.
        numbers : ndarray of float64, shape (cells,), optional
            Where a cell is a finite number, it is written here, and its code is -1. By default numbers are texts.
        point : {".", ","}, default "."
            The decimal point of these numbers. If it is a comma, cells with a point are texts.

        Returns
        -------
        ndarray of int32, shape (cells,)
        """
        keys = _keys_of(block, starts, ends)
        codes = self._recognise(keys)
        unknown = np.flatnonzero(codes < 0)
        new = self._learn(block, starts, ends, codes, unknown, numbers, point)
        if len(new) and len(self._hashes) < _MOST_KNOWN:
            self._remember(keys, codes, new[: _MOST_KNOWN - len(self._hashes)])
        return codes

    def _recognise(self, keys: _Keys) -> NDArray[np.int32]:
        """Return the codes of known cells; -1 for others."""
        if not len(self._hashes):
            return np.full(len(keys.hashes), -1, np.int32)
        places = np.minimum(np.searchsorted(self._hashes, keys.hashes), len(self._hashes) - 1)
        # Different cells may have one hash.
        same = self._lengths[places] == keys.lengths
        for known_words, words in zip(self._words, keys.words, strict=False):
            same &= known_words[places] == words
        return np.where(same, self._code_of_hash[places], np.int32(-1))

    def _learn(
        self,
        block: CellBlock,
        starts: Places,
        ends: Places,
        codes: NDArray[np.int32],
        unknown: Places,
        numbers: NDArray[np.float64] | None,
        point: str,
    ) -> Places:
        """Fill in the codes of unknown cells, and return the places of those with new texts."""
        code_of, new = self._codes, []
        for place, start, end in zip(unknown.tolist(), starts[unknown].tolist(), ends[unknown].tolist(), strict=True):
            text = block.text(start, end)
            if numbers is not None and not math.isnan(number := _number_of(text, point)):
                numbers[place] = number
                continue
            count = len(code_of)
            codes[place] = code_of.setdefault(text.strip(), count)
            if len(code_of) > count:
                new.append(place)
        return np.array(new, np.intp)

    def _remember(self, keys: _Keys, codes: NDArray[np.int32], places: Places) -> None:
        """Have cells recognised from now on."""
        places = places[keys.lengths[places] <= 8 * len(keys.words)]
        hashes = np.concatenate([self._hashes, keys.hashes[places]])
        words = np.zeros((_MOST_WORDS, len(places)), np.uint64)
        words[: len(keys.words)] = [each[places] for each in keys.words]
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._lengths = np.concatenate([self._lengths, keys.lengths[places]])[order]
        self._words = np.concatenate([self._words, words], axis=1)[:, order]
        self._code_of_hash = np.concatenate([self._code_of_hash, codes[places]])[order]


def _number_of(text: str, point: str) -> float:
    """Return the finite number that a cell is; nan if it is none."""
    if point == ".":
        return finite_number(text)
    if "." in text or (point in text and not DECIMAL_COMMA.fullmatch(text)):
        return math.nan
    return finite_number(text.replace(point, "."))


def _keys_of(block: CellBlock, starts: Places, ends: Places) -> _Keys:
    lengths = ends - starts
    longest = int(lengths.max(initial=0))
    count = min(_MOST_WORDS, max(1, -(-longest // 8)))
    words = words_before(words_of(block.content), starts + 8 * count, count)[::-1]
    for number in range(count):
        words[number] &= _KEPT[(lengths - 8 * number).clip(0, 8)]
    hashes = words[0]
    for word, mix in zip(words[1:], _MIX, strict=False):
        hashes = (hashes ^ (hashes >> _FOLD)) * mix + word
    return _Keys(hashes, lengths, words)
