"""Rows of data frames become the features that training had, whatever their order and their gaps."""

import numpy as np
import pytest

from joml.data.dataset_error import DatasetError
from joml.data.preparation_record import Preparation
from joml.data.prepared_rows import frame_features
from joml.data.split import Split
from joml.data.tables.encoding import BooleanEncoder, CategoryEncoder, NumberEncoder, names_of_features


class Frame:
    """A frame with names, columns by name, and to_numpy."""

    def __init__(self, **columns):
        self.of_names = {name: np.array(values, object) for name, values in columns.items()}
        self.columns = list(columns)

    def __getitem__(self, name):
        return _Column(self.of_names[name])

    def to_numpy(self):
        return np.column_stack(list(self.of_names.values()))


class _Column:
    def __init__(self, cells):
        self.cells = cells

    def __len__(self):
        return len(self.cells)

    def to_numpy(self):
        return self.cells


def preparation(*encoders, names=()):
    names = names or names_of_features(encoders)
    return Preparation("data", "classes", ("a", "b"), names, Split(), 0, 1, 0, 0, columns=encoders)


MIXED = preparation(
    NumberEncoder("age", missing=1, fill=30.0),
    CategoryEncoder("port", ("c", "s"), other=True),
    BooleanEncoder("alive"),
)


def test_columns_are_found_by_name_in_any_order():
    frame = Frame(name=["x", "y"], alive=[True, False], port=["s", "q"], age=[None, 3])
    features, rows = frame_features("X", frame, MIXED)
    assert features.tolist() == [[30, 1, 0, 1, 0, 1], [3, 0, 0, 0, 1, 0]]
    assert rows.count == 2
    assert rows.notes == ("port: 1 cell has a category without a feature, such as 'q': taken as 'other'",)


def test_columns_without_names_are_taken_by_position():
    rows = np.array([["x", 7, "c", True], ["y", 8, "s", None]], object)
    features, _ = frame_features("X", rows, MIXED, (1, 2, 3))
    assert features.tolist() == [[7, 0, 1, 0, 0, 1], [8, 0, 0, 1, 0, 0.5]]


def test_missing_columns_and_cells_are_named():
    with pytest.raises(DatasetError, match="X: no column is named 'alive'"):
        frame_features("X", Frame(age=[1], port=["s"]), MIXED)
    with pytest.raises(DatasetError, match="X: 2 columns are missing: 'port', 'alive'"):
        frame_features("X", Frame(age=[1]), MIXED)
    with pytest.raises(DatasetError, match=r"'age'.*no number: 'old' in row 2"):
        frame_features("X", Frame(age=[1, "old"], port=["s", "s"], alive=[True, True]), MIXED)


def test_numbers_alone_have_no_gaps():
    numbers = preparation(names=("a", "b"))
    features, _ = frame_features("X", Frame(b=[1, True], a=[0.5, 2]), numbers)
    assert features.tolist() == [[0.5, 1], [2, 1]]
    with pytest.raises(DatasetError, match=r"'a'.*no number: '' in row 1"):
        frame_features("X", Frame(a=[None], b=[1]), numbers)
