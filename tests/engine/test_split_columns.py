"""Columns of files that decide a split."""

import numpy as np
import pytest

from joml import Split
from joml.data.dataset_error import DatasetError
from joml.data.generators.planar import xor
from joml.data.preparation_record import Preparation
from joml.data.readers.csv_file import read_csv
from joml.data.readers.table_file import read_table_file

DATES = ["2021-03-04", "2020-12-31 23:59", "2021-03-03T10:00:00+02:00", "2021-03-03 07:30", "2019-01-01"]


def table(tmp_path, dates, patients=("a", "b", "a", "c", "b"), name="visits.csv"):
    rows = [
        f"{date},{who},{place},{'yn'[place % 2]}" for place, (date, who) in enumerate(zip(dates, patients, strict=True))
    ]
    path = tmp_path / name
    path.write_text("\n".join(["date,patient,a,label", *rows]))
    return path


def values(data, part):
    """Return the feature a of a part: the place of each row in the file."""
    return sorted(getattr(data, f"x_{part}")[0].tolist())


def read(path, split, **settings):
    return read_csv(path, ignore=["date", "patient"], standardize=False, split=split, **settings)


def test_dates_and_times_are_ordered_whatever_their_form(tmp_path):
    data = read(table(tmp_path, DATES), Split(0.4, by="date"))
    assert values(data, "test") == [0, 2]  # ten o'clock two hours east of Greenwich is after half past seven
    assert any(
        "split by 'date': the 3 samples for training come before the 2 for the test" in each for each in data.notes
    )


def test_numbers_are_ordered_by_value_and_columns_named_by_position(tmp_path):
    data = read(table(tmp_path, ["10", "9", "1e2", "-3", "2.5"]), Split(0.4, by=0))
    assert values(data, "test") == [0, 2]


def test_groups_are_compared_as_texts_and_stay_together(tmp_path):
    path = table(tmp_path, DATES, ["7", "07", "7 ", "8", "07"])
    for seed in range(5):
        data = read(path, Split(0.4, group="patient"), seed=seed)
        assert values(data, "test") in ([0, 2], [1, 4], [3])
    assert any("groups for training" in note for note in data.notes)


def test_a_group_that_is_a_feature_is_pointed_out(tmp_path):
    path = table(tmp_path, DATES, ["7", "8", "7", "9", "8"])
    data = read_csv(path, ignore=["date"], split=Split(0.4, group="patient"))
    assert any("'patient' decides the split and is a feature too: ignore: [patient]" in note for note in data.notes)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (Split(by="dat"), "split.by: .*visits.csv: no column is named 'dat'; did you mean 'date'?"),
        (Split(group=9), "split.group: .*position 9 is out of range: there are 4 columns"),
        (Split(by="patient"), "split.by: column 'patient': 'a' in row 1 of data does not order .* 5 rows"),
    ],
)
def test_columns_that_cannot_be_used_are_refused(tmp_path, split, message):
    with pytest.raises(DatasetError, match=message):
        read(table(tmp_path, DATES), split)


def test_empty_cells_are_refused_and_counted(tmp_path):
    with pytest.raises(DatasetError, match="'date': 2 cells are missing, the first in row 2 of data"):
        read(table(tmp_path, ["2021-03-04", "", "2021-03-05", " ", "2021-03-01"]), Split(by="date"))


def test_data_without_columns_have_the_order_of_the_samples_alone():
    assert len(xor(split=Split(by="order")).x_test[0]) == 200
    with pytest.raises(DatasetError, match="order takes the samples in their order"):
        xor(split=Split(by="date"))
    with pytest.raises(DatasetError, match=r"split\.group: 'patient' names a column"):
        xor(split=Split(group="patient"))


def test_tables_have_dates_and_groups_too(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    days = np.array(["2021-03-04", "2020-12-31", "2021-03-03", "2019-05-05", "2018-01-01"], "datetime64[D]")
    columns = {"day": days, "patient": list("abacb"), "a": np.arange(5.0), "label": list("ynyny")}
    parquet.write_table(pyarrow.table(columns), tmp_path / "visits.parquet")
    settings = {"ignore": ["day", "patient"], "standardize": False}
    data = read_table_file(tmp_path / "visits.parquet", split=Split(0.4, by="day"), **settings)
    assert values(data, "test") == [0, 2]
    data = read_table_file(tmp_path / "visits.parquet", split=Split(0.4, group="patient"), **settings)
    assert values(data, "test") in ([0, 2], [1, 4], [3])


def test_the_preparation_records_the_split_and_the_samples_that_are_not_used():
    data = xor(split=Split(0.2, 0.1, train_samples=50))
    assert (data.train_size, data.preparation.unused_size, data.preparation.samples) == (50, 650, 1000)
    again = Preparation.from_json(data.preparation.to_json())
    assert (again.split, again.unused_size) == (data.preparation.split, 650)
    assert any("50 training samples are used, 650 are not" in note for note in data.notes)


def test_rows_that_are_left_out_do_not_shift_the_order(tmp_path):
    path = tmp_path / "gaps.csv"
    path.write_text("day,a,sex,label\n5,0,f,x\n9,1,m,\n1,2,f,y\n,3,,\n4,4,m,x\n2,5,f,y\n3,6,m,x\n")
    data = read_csv(path, ignore=["day"], standardize=False, split=Split(0.4, by="day", train_samples=2))
    assert values(data, "test") == [0, 4] and values(data, "train") == [5, 6]
    with pytest.raises(DatasetError, match="1 cell is missing, the first in row 4 of data"):
        path.write_text(path.read_text().replace(",3,,", ",3,,y"))
        read_csv(path, ignore=["day"], split=Split(0.4, by="day"))


def test_the_groups_of_all_parts_are_counted(tmp_path):
    path = table(tmp_path, DATES * 4, [str(row // 2) for row in range(20)])
    data = read(path, Split(0.2, validation=0.2, group="patient"))
    assert "split by 'patient': 6 groups for training, 2 for the validation, 2 for the test" in data.notes
