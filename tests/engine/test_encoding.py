import json

import numpy as np
import pytest

from joml.data.tables.column_kinds import ColumnSetting, decide
from joml.data.tables.encoding import (
    CategoryEncoder,
    NumberEncoder,
    describe_missing,
    encode_table,
    encoder_from_plain,
    encoder_to_plain,
)
from joml.data.tables.raw_table import RawTable
from joml.data.tables.text_reader import column_of


def fitted(cells, train=None, **setting):
    column = column_of("a", cells)
    encoder = decide(column, "a", ColumnSetting(**setting)).encoder
    return encoder.fit(column if train is None else column.take(np.array(train)))


def encoded(encoder, cells):
    return encode_table([encoder], RawTable((column_of("a", cells),), len(cells))).tolist()


def test_missing_numbers_are_the_median_of_the_training_part():
    encoder = fitted(["1", "3", "NA", "100", "200"], train=[0, 1, 2])
    assert encoder.fill == 2
    assert encoded(encoder, ["5", "", "?"]) == [[5, 0], [2, 1], [2, 1]]
    assert fitted(["1", "3", "8", ""], missing="mean").fill == 4
    assert encoded(fitted(["1", ""], missing=-7.0), [""]) == [[-7, 1]]


def test_a_cell_missing_first_at_prediction_is_filled_without_a_mark():
    assert encoded(fitted(["1", "2", "9"]), ["", "4"]) == [[2], [4]]


def test_a_training_part_without_numbers_fills_with_0():
    assert fitted(["1", ""], train=[1]).fill == 0


def test_categories_are_one_hot():
    encoder = fitted(["x", "y", "", "x", "y"])
    assert encoder.feature_names == ("a=x", "a=y", "a missing")
    assert encoded(encoder, ["y", "NA", "x"]) == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_unseen_categories_are_other_ones():
    encoder = fitted(["x"] * 4 + ["y"] * 4 + ["rare"])
    assert encoder.feature_names == ("a=x", "a=y", "a other")
    assert encoded(encoder, ["new", "rare", "x"]) == [[0, 0, 1], [0, 0, 1], [1, 0, 0]]
    assert encoder.unknown_cells(column_of("a", ["new", "x", ""])).tolist() == [True, False, False]
    assert encoded(fitted(["x", "y"] * 3), ["new"]) == [[0, 0]]


def test_a_category_that_the_training_part_does_not_have_is_like_an_unseen_one():
    encoder = fitted(["x", "x", "y", "y", "z", "z", "z", "r"], train=[0, 1, 2, 3])
    assert encoder.absent == ("z",)
    assert encoded(encoder, ["z", "y"]) == [[0, 0, 0, 1], [0, 1, 0, 0]]


def test_truth_values_are_one_feature():
    encoder = fitted(["yes", "no", "YES", ""])
    assert encoded(encoder, ["no", "Yes", "", "true", "0", "1"]) == [[0, 0], [1, 0], [0.5, 1], [1, 0], [0, 0], [1, 0]]
    assert encoder.faulty_cells(column_of("a", ["yes", "maybe", "", "2"])).tolist() == [False, True, False, True]


def test_dates_are_elapsed_days_and_points_on_circles():
    encoder = fitted(["2021-01-01", "2021-04-01", ""])
    assert encoder.feature_names[:3] == ("a days", "a month sin", "a month cos")
    first, april, missing = encoded(encoder, ["2021-01-01", "2021-04-01", ""])
    assert first[:3] == [0, 0, 1]
    assert april[:3] == pytest.approx([90, 1, 0])
    assert missing[:3] == [45, 0, 0]
    assert [row[-1] for row in (first, april, missing)] == [0, 0, 1]


def test_weekdays_go_round():
    encoder = fitted(["2024-01-01", "2024-01-08", "2024-01-02"])  # Monday, Monday, Tuesday
    monday, next_monday, tuesday = (row[1:] for row in encoded(encoder, ["2024-01-01", "2024-01-08", "2024-01-02"]))
    assert monday == next_monday == [0, 1]
    assert tuesday == pytest.approx([np.sin(2 * np.pi / 7), np.cos(2 * np.pi / 7)])


def test_cells_that_cannot_be_read():
    assert NumberEncoder("a").faulty_cells(column_of("a", ["1", "x", "", "1e300"])).tolist() == [0, 1, 0, 1]
    assert NumberEncoder("a", lenient=True).faulty_cells(column_of("a", ["1", "x"])).tolist() == [0, 0]
    assert not CategoryEncoder("a", ("x",)).faulty_cells(column_of("a", ["1", "x"])).any()
    dates = fitted(["2021-01-01", "2021-04-01"])
    assert dates.faulty_cells(column_of("a", ["2021-05-01", "soon", ""])).tolist() == [False, True, False]


def test_commas_are_read_as_in_training():
    encoder = NumberEncoder("a", commas="decimal", fill=0.0)
    assert encoded(encoder, ["1,5", "2"]) == [[1.5], [2]]
    assert encoder.faulty_cells(column_of("a", ["1,5", "x"])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("cells", "setting"),
    [
        (["1", "", "3"], {}),
        (["1", "", "3"], {"missing": 4.5}),
        (["x", "y", "", "x", "y", "x", "é"], {}),
        (["yes", "no", ""], {}),
        (["2021-01-01", "2021-04-01 12:00", "?"], {}),
    ],
)
def test_encoders_survive_json(cells, setting):
    encoder = fitted(cells, **setting)
    assert encoder_from_plain(json.loads(json.dumps(encoder_to_plain(encoder)))) == encoder


def test_an_encoder_that_is_not_fitted_survives_json():
    assert encoder_to_plain(NumberEncoder("a"))["fill"] is None
    assert np.isnan(encoder_from_plain(encoder_to_plain(NumberEncoder("a"))).fill)


@pytest.mark.parametrize("plain", [{}, {"kind": "wings"}, {"kind": "number"}, {"kind": "category", "name": "a"}])
def test_other_values_are_no_encoder(plain):
    with pytest.raises(ValueError, match="this is not the encoder of a column"):
        encoder_from_plain(plain)


def test_missing_cells_are_counted_in_a_note():
    encoder = fitted(["1", "", "3"])
    assert describe_missing([encoder], 3) == (
        "a: 1 of 3 cells is missing: filled with the median 2 of the training part; a feature 'a missing' marks them",
    )
    assert describe_missing([fitted(["1", "2"])], 2) == ()
