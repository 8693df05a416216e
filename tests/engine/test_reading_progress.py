"""Reading a large file is reported, as often as it is read."""

import gzip
from importlib import import_module

import pytest

from joml.data.readers import reading_progress
from joml.data.readers.csv_file import read_table
from joml.data.readers.reading_progress import ReadingEndedError, reporting_progress
from joml.data.readers.table_file import read_table_samples


def test_a_large_file_is_reported_up_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_progress, "_LARGE", 1_000)
    path = tmp_path / "data.csv"
    path.write_text("a,b,kind\n" + "1,2.5,x\n3,4.5,y\n" * 50_000)
    expected = read_table(path)
    reports = []
    with reporting_progress(lambda *report: reports.append(report)):
        table = read_table(path)
    assert (table.x == expected.x).all()
    size = path.stat().st_size
    assert {(name, of) for name, _, of in reports} == {("data.csv", size)}
    positions = [position for _, position, _ in reports]
    assert max(positions) == size
    assert len(set(positions)) > 2


def test_a_compressed_file_is_reported_by_its_own_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_progress, "_LARGE", 100)
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(("a,b,kind\n" + "1,2.5,x\n3,4.5,y\n" * 5_000).encode()))
    reports = []
    with reporting_progress(lambda *report: reports.append(report)):
        read_table(path)
    assert max(position for _, position, _ in reports) == path.stat().st_size


def test_small_files_and_those_that_nobody_listens_to_are_not(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a,b,kind\n1,2.5,x\n3,4.5,y\n")
    reports = []
    with reporting_progress(lambda *report: reports.append(report)):
        read_table(path)
    assert reports == []


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["parquet", "feather", "orc", "stream"])
def test_tables_are_reported_by_their_rows_and_can_be_ended(tmp_path, monkeypatch, format_):
    arrow = pytest.importorskip("pyarrow")
    monkeypatch.setattr(reading_progress, "_LARGE_TABLE", 100)
    path = tmp_path / "table"
    table = arrow.table({"a": range(70_000), "kind": ["xy"[row % 2] for row in range(70_000)]})
    if format_ == "stream":
        with arrow.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    else:
        import_module(f"pyarrow.{format_}")
        write = {"parquet": "write_table", "feather": "write_feather", "orc": "write_table"}[format_]
        getattr(getattr(arrow, format_), write)(table, path)
    reports = []
    with reporting_progress(lambda *report: reports.append(report)):
        samples = read_table_samples(path)
    assert samples.x[:, 0].tolist() == list(range(70_000))
    done, size = {"feather": (2, 2), "stream": (70_000, 0)}.get(format_, (70_000, 70_000))
    assert (reports[0], reports[-1]) == (("table", 0, size), ("table", done, size))

    def end(*report):
        raise ReadingEndedError

    with pytest.raises(ReadingEndedError), reporting_progress(end):
        read_table_samples(path)


def test_json_lines_are_reported_by_their_bytes(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(reading_progress, "_LARGE", 100)
    path = tmp_path / "table.jsonl"
    path.write_text("".join(f'{{"a": {row}, "kind": "{"xy"[row % 2]}"}}\n' for row in range(10_000)))
    reports = []
    with reporting_progress(lambda *report: reports.append(report)):
        read_table_samples(path)
    assert reports[-1] == ("table.jsonl", path.stat().st_size, path.stat().st_size)

    def end(*report):
        raise ReadingEndedError

    with pytest.raises(ReadingEndedError), reporting_progress(end):
        read_table_samples(path)
