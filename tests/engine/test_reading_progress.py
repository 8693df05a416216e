"""Reading a large file is reported, as often as it is read."""

import gzip

from joml.data.readers import reading_progress
from joml.data.readers.csv_file import read_table
from joml.data.readers.reading_progress import reporting_progress


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
