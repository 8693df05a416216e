"""No name becomes code, in nothing that is exported; `make attack` tries many more names."""

import pytest
from hostile_names import attack, shape_of


@pytest.mark.slow
def test_hostile_names_are_harmless_in_every_export(tmp_path):
    pytest.importorskip("onnx", reason="ONNX files need onnx")
    assert list(attack(8, 0, tmp_path)) == []


def test_a_name_that_becomes_code_is_noticed():
    assert shape_of('NAMES = ["a", 1]') == shape_of('NAMES = ["b", 2]') != shape_of('NAMES = ["b", exit()]')
