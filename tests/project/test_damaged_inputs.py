"""Every reader refuses damaged inputs with its documented error; `make attack` tries many more of them."""

import random

import pytest
from damaged_inputs import KINDS, Kind, attack, damaged

#: Inputs of each kind; those of ORC and MATLAB files cost a process each.
COUNTS = {"arrow": 12, "matlab": 4, "store": 60}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KINDS)
def test_damaged_inputs_are_refused_with_a_documented_error(name, tmp_path):
    if name == "arrow":
        pytest.importorskip("pyarrow", reason="Parquet, Feather and ORC files need pyarrow")
    if name == "matlab":
        pytest.importorskip("scipy", reason="MATLAB files need SciPy")
    if name == "images":
        pytest.importorskip("PIL", reason="folders of images need Pillow")
    assert [finding.what for finding in attack(KINDS[name], COUNTS.get(name, 200), 0, tmp_path)] == []


def test_a_reader_that_does_not_bear_an_input_is_found(tmp_path):
    def read(path):
        if b"7" not in path.read_bytes():
            raise KeyError

    (finding,) = attack(Kind(lambda _: {"a.txt": b"0123456789"}, read), 100, 0, tmp_path)
    assert finding.what.startswith("KeyError at test_damaged_inputs.py:") and b"7" not in finding.content


def test_a_seed_gives_the_same_changes_again():
    content = bytes(range(256))
    assert damaged(content, random.Random(1)) == damaged(content, random.Random(1)) != content
