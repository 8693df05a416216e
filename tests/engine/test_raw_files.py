"""Files as raw tables."""

import numpy as np
import pytest

from joml.data.dataset import DatasetError
from joml.data.tables.raw_files import read_raw_table


def test_a_text_file_has_numbers_and_texts(tmp_path):
    path = tmp_path / "plants.csv"
    path.write_text("a,kind,code\n1.5,up,07\n,down,7\n2,up,8\n")
    table = read_raw_table(path, "csv", as_text=["code"])
    assert table.rows == 3
    assert [column.name for column in table.columns] == ["a", "kind", "code"]
    np.testing.assert_array_equal(table.columns[0].numbers, [1.5, np.nan, 2])
    assert table.columns[2].texts == ("07", "7", "8")


def test_a_table_has_the_same_cells(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet files need pyarrow")
    import pyarrow as pa

    path = tmp_path / "plants.parquet"
    parquet.write_table(pa.table({"a": [1.5, None, 2], "kind": ["up", None, "up"], "code": [7, 7, 8]}), path)
    table = read_raw_table(path, "table", as_text=["code"])
    np.testing.assert_array_equal(table.columns[0].numbers, [1.5, np.nan, 2])
    assert table.columns[1].texts == ("up", "")
    assert table.columns[2].texts == ("7", "8")


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DatasetError, match="no such file"):
        read_raw_table(tmp_path / "gone.csv", "csv")
