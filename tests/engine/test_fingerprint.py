"""Fingerprints: the same for the same numbers however they lie in memory, others for any other number."""

import numpy as np
import pytest

from joml.data.fingerprint import fingerprint_of, fingerprint_of_table
from joml.data.tables.raw_table import RawColumn, RawTable

NUMBERS = np.arange(12.0).reshape(4, 3)


def test_memory_layout_and_byte_order_do_not_count():
    expected = fingerprint_of(NUMBERS)
    assert fingerprint_of(np.asfortranarray(NUMBERS)) == expected
    assert fingerprint_of(NUMBERS.astype(">f8")) == expected
    assert fingerprint_of(np.repeat(NUMBERS, 2, axis=0)[::2]) == expected


def test_every_number_the_shape_and_the_type_count():
    changed = NUMBERS.copy()
    changed[3, 2] = np.nextafter(changed[3, 2], np.inf)
    others = [changed, NUMBERS.T, NUMBERS.reshape(3, 4), NUMBERS.astype(np.float32), NUMBERS[:3]]
    assert len({fingerprint_of(each) for each in (NUMBERS, *others)}) == 6


@pytest.mark.slow
def test_many_rows_are_hashed_as_few_are():
    wide = np.arange(3_000_000.0).reshape(3, -1)
    changed = wide.copy()
    changed[2, -1] = 0
    assert fingerprint_of(wide) == fingerprint_of(wide.copy()) != fingerprint_of(changed)


def column(texts, codes, numbers=None):
    count = len(codes)
    return RawColumn(
        name="port",
        texts=tuple(texts),
        codes=np.array(codes, np.int32),
        numbers=np.full(count, np.nan) if numbers is None else np.array(numbers),
    )


def test_the_order_in_which_texts_were_met_does_not_count_and_their_cells_do():
    first = fingerprint_of_table(RawTable((column(["a", "b"], [0, 1, 0]),), 3))
    assert fingerprint_of_table(RawTable((column(["b", "a"], [1, 0, 1]),), 3)) == first
    assert fingerprint_of_table(RawTable((column(["a", "b"], [1, 0, 1]),), 3)) != first
    assert fingerprint_of_table(RawTable((column(["a", "c"], [0, 1, 0]),), 3)) != first
