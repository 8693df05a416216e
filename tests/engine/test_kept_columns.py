"""Columns that are kept while a file is read again and again."""

from pathlib import Path

import numpy as np
import pytest

from joml.data.readers import cell_blocks
from joml.data.readers.csv_file import read_csv_samples
from joml.data.tables import text_reader
from joml.data.tables.kept_columns import KeptColumns, keeping_columns
from joml.data.tables.raw_files import read_raw_table
from joml.data.tables.raw_table import RawTable


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("age,sex,zone,kind\n" + "".join(f"{i % 9},{'mf'[i % 2]},0{i % 3},{i % 2}\n" for i in range(50)))
    return path


@pytest.fixture
def reads(monkeypatch):
    """Return the positions of the columns of each reading."""
    seen, read = [], text_reader._read_table

    def follow(text, format_, as_text, places):
        seen.append(list(places))
        return read(text, format_, as_text, places)

    monkeypatch.setattr(text_reader, "_read_table", follow)
    return seen


def same(first: RawTable, second: RawTable) -> bool:
    return first.rows == second.rows and all(
        one.name == other.name
        and one.texts == other.texts
        and np.array_equal(one.codes, other.codes)
        and np.array_equal(one.numbers, other.numbers, equal_nan=True)
        for one, other in zip(first.columns, second.columns, strict=True)
    )


@pytest.mark.parametrize("is_irregular", [False, True])
def test_only_what_is_missing_is_read_and_the_table_is_the_same(path, reads, monkeypatch, is_irregular):
    if is_irregular:

        def refuse(*_):
            raise cell_blocks.IrregularTextError
            yield

        monkeypatch.setattr(text_reader, "read_cell_blocks", refuse)
    plain = [read_raw_table(path, "csv", as_text=as_text) for as_text in ((), ("age",), ("age", "zone"))]
    reads.clear()
    kept = KeptColumns()
    with keeping_columns(kept):
        tables = [read_raw_table(path, "csv", as_text=as_text) for as_text in ((), ("age",), ("age", "zone"), ())]
    assert reads == [[0, 1, 2, 3], [0], [2]]
    assert all(map(same, tables, [*plain, plain[0]]))
    read_raw_table(path, "csv")
    assert len(reads) == 4  # outside, nothing is kept


def test_samples_are_those_of_a_file_that_is_read_anew(path):
    kept = KeptColumns()
    for columns in (None, {"age": "category"}, {"age": "category", "sex": "ignore"}, {"zone": "category"}):
        anew = read_csv_samples(path, "kind", columns=columns)
        with keeping_columns(kept):
            again = read_csv_samples(path, "kind", columns=columns)
        assert again.notes == anew.notes
        assert again.feature_names == anew.feature_names
        assert np.array_equal(again.y, anew.y)
        assert np.array_equal(np.asarray(again.x), np.asarray(anew.x))


def test_a_file_that_has_changed_and_one_that_is_large_are_read_again(path, reads):
    kept = KeptColumns()
    with keeping_columns(kept):
        read_raw_table(path, "csv")
        path.write_text(Path(path).read_text() + "1,m,00,1\n")
        assert read_raw_table(path, "csv").rows == 51
    assert len(reads) == 2
    with keeping_columns(KeptColumns(most_bytes=100)):
        read_raw_table(path, "csv")
        read_raw_table(path, "csv")
    assert reads[2:] == [[0, 1, 2, 3]] * 2
