"""The rows of a table are reported while it is read."""

import numpy as np
import pytest

from joml.data.readers import rows_so_far
from joml.data.readers.csv_file import read_csv_samples
from joml.data.readers.npz_file import read_npz_samples
from joml.data.readers.reading_progress import ReadingEndedError
from joml.data.readers.rows_so_far import following_rows
from joml.data.readers.table_file import read_table_samples
from joml.data.tables.cell_meanings import as_texts


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(rows_so_far, "_SECONDS", 0.0)
    monkeypatch.setattr(rows_so_far, "_MOST_OF_THE_TIME", 0.0)


def reports_of(read, path):
    reports = []
    with following_rows(reports.append):
        read(path)
    return reports


def write(tmp_path, rows, header="a;b;kind"):
    path = tmp_path / "table.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_numbers_are_reported_with_all_columns(tmp_path):
    path = write(tmp_path, [f"{row};{row / 8};{'xyz'[row % 3]}" for row in range(40_000)])
    report = reports_of(read_csv_samples, path)[-1]
    assert (report.name, report.delimiter, report.has_header, report.rows) == ("table.csv", ";", True, 40_000)
    assert [column.name for column in report.sample.columns] == ["a", "b", "kind"]
    assert report.missing == (0, 0, 0)
    first = report.sample.columns
    assert first[0].numbers[1] == 1
    assert first[1].numbers[1] == 0.125
    assert set(first[2].texts) == {"x", "y", "z"}


def test_the_sample_is_of_several_places_and_small(tmp_path):
    path = write(tmp_path, [f"{row};{row % 7};{'xyz'[row % 3]}" for row in range(200_000)])
    reports = reports_of(read_csv_samples, path)
    assert [each.rows for each in reports] == sorted(each.rows for each in reports)
    sample = reports[-1].sample
    assert sample.rows <= 1_200
    assert np.ptp(sample.columns[0].numbers) > 100_000


@pytest.mark.parametrize("quote", ["", '"a\nb"'])  # line breaks in cells are read by another reader
def test_missing_cells_are_counted_in_all_rows(tmp_path, quote):
    rows = [
        f"{'' if row % 4 == 0 else row};{'NA' if row % 5 == 0 else 'text'};{'xy'[row % 2]}" for row in range(20_000)
    ]
    rows += [f"1;{quote};x"] if quote else []
    reports = reports_of(read_csv_samples, write(tmp_path, rows))
    last = max(reports, key=lambda report: report.rows)
    assert last.rows == len(rows)
    assert last.missing == (5_000, 4_000, 0)


@pytest.mark.slow
def test_batches_of_parquet_are_reported(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "table.parquet"
    kinds = ["ab"[row % 2] for row in range(150_000)]
    gaps = [None if row % 3 == 0 else row for row in range(150_000)]
    parquet.write_table(arrow.table({"gaps": gaps, "list": [[1]] * 150_000, "kind": kinds}), path)
    reports = reports_of(lambda path: read_table_samples(path, ignore=["list"]), path)
    assert [report.rows for report in reports] == [65_536, 131_072, 150_000]
    last = reports[-1]
    assert (last.delimiter, last.missing) == (None, (50_000, 0, 0))
    assert [as_texts(column).texts[:1] for column in last.sample.columns][2] == ("a",)


def test_an_end_from_outside_comes_out_unchanged(tmp_path):
    def stop(report):
        raise ReadingEndedError

    path = write(tmp_path, [f"{row};{row};{'xyz'[row % 3]}" for row in range(40_000)])
    with pytest.raises(ReadingEndedError), following_rows(stop):
        read_csv_samples(path)


def test_large_arrays_are_reported_once_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(rows_so_far, "_LARGE_ARRAY", 100)
    x = np.column_stack([np.arange(60.0), np.tile([0.0, 1.0], 30)])
    for rows in (60, 40):
        np.savez(tmp_path / "points.npz", x=x[:rows], y=np.arange(rows) % 3)
        with following_rows((seen := []).append):
            read_npz_samples(tmp_path / "points.npz")
        assert len(seen) == (rows == 60)
        for report in seen:
            assert (report.name, report.rows, report.missing) == ("points.npz", 60, (0, 0))
            assert [column.name for column in report.sample.columns] == ["feature 0 of x", "feature 1 of x"]
            assert report.sample.columns[0].numbers[-1] == 59
