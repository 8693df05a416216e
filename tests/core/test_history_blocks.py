"""Blocks of series: in memory, and in a file that others map."""

import os

import numpy as np
import pytest

from joml_tui.runs.history_blocks import METRIC, Block, MappedFile, block_at, new_block

SERIES = ("train_cost", "train_accuracy", "seconds", "check_iteration", "check_cost", "check_accuracy")
SPREADS = ("train_cost_spread", "train_accuracy_spread", "check_cost_spread", "check_accuracy_spread")


def names_of(spread, metrics):
    return (*SERIES, *(SPREADS if spread else ()), *(f"check_{METRIC}{name}" for name in metrics))


def fill(block, names):
    for number, name in enumerate(names):
        getattr(block, name)[:] = number + np.arange(len(getattr(block, name)))


def holds(block, names):
    return all(
        np.array_equal(getattr(block, name), number + np.arange(len(getattr(block, name))))
        for number, name in enumerate(names)
    )


@pytest.mark.parametrize("metrics", [(), ("macro-f1", "matthews")], ids=["plain", "metrics"])
@pytest.mark.parametrize("spread", [False, True], ids=["alone", "replicas"])
def test_no_series_overlaps_another_and_all_room_is_used(spread, metrics):
    names = names_of(spread, metrics)
    block, offset = new_block(None, 7, 3, spread, metrics)
    assert offset == 0
    fill(block, names)
    assert holds(block, names)
    assert [len(getattr(block, name)) for name in names[:4]] == [7, 7, 7, 3]
    used = sum(getattr(block, name).nbytes for name in names)
    assert Block.bytes_for(7, 3, spread, metrics) == 16 + used  # and two words of counts


def test_a_block_of_a_file_is_read_by_another_program(tmp_path):
    names = names_of(True, ("macro-f1",))
    file = MappedFile(tmp_path / "series", os.O_RDWR | os.O_CREAT)
    first, at = new_block(file, 5, 2, True, ("macro-f1",))
    second, behind = new_block(file, 500, 20, True, ("macro-f1",))
    assert behind > at
    fill(first, names)
    fill(second, names)
    reader = MappedFile(tmp_path / "series", os.O_RDONLY)
    for offset, rows, checks in ((at, 5, 2), (behind, 500, 20)):
        block = block_at(reader, offset, True, ("macro-f1",))
        assert (block.rows, block.checks) == (rows, checks)
        assert holds(block, names)
        with pytest.raises(ValueError, match="read-only"):
            block.train_cost[0] = 1


def test_a_file_grows_and_never_shrinks(tmp_path):
    file = MappedFile(tmp_path / "series", os.O_RDWR | os.O_CREAT)
    file.extend(100)
    file.extend(50)
    assert file.size == 100
    file.map(0, 100)[:4] = b"abcd"
    assert (tmp_path / "series").read_bytes()[:4] == b"abcd"
