"""Rows in files whose names decide the format."""

import json

import pytest

from joml_tui.export.row_files import write_row_file
from joml_tui.export.safe_files import ExportError

COLUMNS, KINDS = ("id", "class", "yes", "probability a"), ("text", "text", "whole", "number")
ROWS = [("007", "a", 1, 0.25), ("=1", None, None, float("nan"))]


def written(path, **settings):
    write_row_file(path, COLUMNS, KINDS, iter(ROWS), **settings)
    return path


def test_a_csv_file_holds_no_formula(tmp_path):
    assert written(tmp_path / "rows.txt").read_text() == "id,class,yes,probability a\n007,a,1,0.25\n'=1,,,nan\n"


def test_json_lines(tmp_path):
    first, second = map(json.loads, written(tmp_path / "rows.JSONL").read_text().splitlines())
    assert first == dict(zip(COLUMNS, ROWS[0], strict=True))
    assert second == dict.fromkeys(COLUMNS) | {"id": "=1", "not_finite": {"probability a": "nan"}}


def test_parquet_has_the_kinds_of_the_columns(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(written(tmp_path / "rows.parquet"))
    assert [str(type_) for type_ in table.schema.types] == ["string", "string", "int64", "double"]
    assert table.column("class").to_pylist() == ["a", None]
    assert table.column("id").to_pylist() == ["007", "=1"]


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.parquet"])
def test_a_file_is_replaced_on_demand_only(tmp_path, name):
    path = written(tmp_path / name)
    with pytest.raises(ExportError, match="exists"):
        written(path)
    written(path, overwrite=True)


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.tsv", "rows.csv.gz"])
def test_another_format_is_refused_with_the_ones_there_are(tmp_path, name):
    with pytest.raises(ExportError, match=r"not written as .*: end the name with one of \.csv, \.jsonl, \.parquet"):
        write_row_file(tmp_path / name, COLUMNS, KINDS, iter(ROWS))
    assert not list(tmp_path.iterdir())
