import io

import numpy as np
import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_format import find_format
from joml.data.readers.text_file import find_text
from joml.data.tables.column_kinds import decide
from joml.data.tables.new_rows import store_features
from joml.data.tables.text_reader import column_of

TRAINED = {
    "age": ["1", "", "3"],
    "size": ["2", "4", "6"],
    "sex": ["f", "m", "f", "m"],
    "old": ["yes", "no", "yes"],
    "day": ["2021-01-01", "2021-01-09"],
}


def encoders():
    for name, cells in TRAINED.items():
        column = column_of(name, cells)
        yield decide(column, name).encoder.fit(column)


def store(content, places=(0, 1, 2, 3, 4)):
    text = find_text(content.encode(), "rows.csv")
    file = io.BytesIO()
    rows = store_features(text, find_format(text, "yes"), tuple(encoders()), places, file)
    return rows, np.frombuffer(file.getvalue(), np.float64).reshape(rows.count, -1)


def test_features_are_encoded_as_in_training():
    rows, x = store("age,size,sex,old,day\n5,1,m,no,2021-01-03\n,2,f,Yes,2021-01-01\n")
    assert (rows.count, rows.notes) == (2, ())
    assert x[:, :7].tolist() == [[5, 0, 1, 0, 1, 0, 2], [2, 1, 2, 1, 0, 1, 0]]


def test_columns_stand_anywhere():
    _, x = store("day,z,old,sex,size,age\n2021-01-03,9,no,m,1,5\n", places=(5, 4, 3, 2, 0))
    assert x[0, :7].tolist() == [5, 0, 1, 0, 1, 0, 2]


def test_what_training_did_not_have_is_said():
    rows, x = store("age,size,sex,old,day\n5,,x,,\n5,?,x,no,2021-01-03\n")
    assert rows.notes == (
        "size: 2 of 2 cells are missing, and none was in training: filled with 4",
        "sex: 2 cells have a category without a feature, such as 'x': taken for none of the categories",
        "old: 1 of 2 cells is missing, and none was in training: taken as 0.5",
        "day: 1 of 2 cells is missing, and none was in training: filled with the median date",
    )
    assert x[0, :6].tolist() == [5, 0, 4, 0, 0, 0.5]


def test_the_order_of_day_and_month_is_named_where_the_rows_leave_it_open():
    row = "5,1,m,no,{}\n"
    assert store("age,size,sex,old,day\n" + row.format("3/4/2021"))[0].notes == (
        "day: dates such as '3/4/2021' are read with the day first",
    )
    for date in ("2021-04-03", "13/4/2021", "4/4/2021"):
        assert store("age,size,sex,old,day\n" + row.format(date))[0].notes == ()


def test_a_category_in_another_case_is_named_beside_that_of_training():
    rows, _ = store("age,size,sex,old,day\n5,1,M,no,2021-01-03\n")
    assert rows.notes == (
        "sex: 1 cell has a category without a feature, such as 'M', which is not 'm': taken for none of the categories",
    )


def test_every_cell_that_cannot_be_read_is_named():
    with pytest.raises(DatasetError) as caught:
        store(
            "age,size,sex,old,day\n5,1,m,no,2021-01-03\nx,1,m,maybe,soon\n\ny,1e300,m,no,2021-01-03\n"
            + "z,1,m,no,\n" * 9
        )
    assert str(caught.value) == (
        "rows.csv: column 1 ('age'): no number: 'x' in line 3, 'y' in line 5, 'z' in line 6, 'z' in line 7, 'z' in "
        "line 8 and 6 more; column 2 ('size'): no number: '1e+300' in line 5; column 4 ('old'): neither true nor "
        "false: 'maybe' in line 3; column 5 ('day'): no date: 'soon' in line 3"
    )
