"""Steps by which an input is changed: numbers, choices and pixels."""

import numpy as np
import pytest

from joml.data.tables.encoding import DateEncoder
from joml_tui.inspect.trial import InputColumn
from joml_tui.ui.inside.trial_input import share_of, stepped, value_text, with_date, with_pixel, with_share

AGE = InputColumn("age", "number", 0, 10, 70, whole=True, mark=4)
FARE = InputColumn("fare", "number", 1, 0.0, 5.0)
SEX = InputColumn("sex", "choice", 2, choices=("female", "male"))
MEMBER = InputColumn("member", "choice", 0, choices=("no", "yes"), flag=True)
X = np.array([34, 1.25, 0, 1, 0.0])


def test_values_are_written_as_in_the_file():
    assert [value_text(column, X) for column in (AGE, FARE, SEX)] == ["34", "1.25", "male"]
    assert value_text(MEMBER, np.array([1.0])) == "yes"
    assert value_text(AGE, np.array([40, 0, 0, 0, 1.0])) == "missing"
    assert value_text(SEX, np.zeros(5)) == "–"


def test_numbers_go_in_steps_within_their_range():
    assert stepped(AGE, X, 1)[0] == 37
    assert stepped(FARE, X, -1)[1] == 1.05
    assert stepped(AGE, X, 100)[0] == 70
    assert stepped(AGE, X, -100)[0] == 10
    assert X[0] == 34


def test_a_value_that_was_missing_is_there_once_it_is_set():
    assert value_text(AGE, stepped(AGE, np.array([40, 0, 0, 0, 1.0]), 1)) == "43"


def test_choices_go_round():
    assert value_text(SEX, stepped(SEX, X, 1)) == "female"
    assert value_text(SEX, stepped(SEX, X, -1)) == "female"
    assert value_text(MEMBER, stepped(MEMBER, np.array([1.0]), 1)) == "no"


@pytest.mark.parametrize("column", [AGE, FARE, SEX])
def test_a_slider_leads_to_its_place(column):
    for share in (0.0, 1.0):
        assert share_of(column, with_share(column, X, share)) == share
    assert value_text(AGE, with_share(AGE, X, 0.5)) == "40"


def test_a_small_image_gets_the_pixel_alone():
    image = with_pixel(np.zeros(64), 8, 2, 3, 16.0).reshape(8, 8)
    assert image[2, 3] == 16
    assert np.count_nonzero(image) == 1


def test_a_stroke_in_a_large_image_has_soft_edges_and_is_erased_sharply():
    image = with_pixel(np.zeros(784), 28, 0, 5, 1.0).reshape(28, 28)
    assert image[0, 5] == 1
    assert image[1, 5] == image[0, 4] == image[0, 6] == 0.5
    assert np.count_nonzero(image) == 4
    erased = with_pixel(image.ravel(), 28, 0, 5, 0.0).reshape(28, 28)
    assert np.count_nonzero(erased) == 3


JANUARY = 1_609_459_200.0  # the first of January 2021


def date_column(parts=("days", "month", "weekday"), days=400, missing=0):
    encoder = DateEncoder("sold", start=JANUARY, parts=parts, missing=missing, fill=0.0)
    size = len(encoder.feature_names)
    mark = size if missing else None
    return InputColumn("sold", "date", 1, JANUARY, JANUARY + 86_400 * days, mark=mark, date=encoder), size


def test_a_date_is_set_as_a_date_in_all_its_features():
    column, size = date_column()
    x = with_date(column, np.zeros(1 + size), JANUARY + 86_400 * 59)
    assert value_text(column, x) == "2021-03-01"
    assert x[0] == 0 and x[1] == 59
    assert x[2:4].tolist() == pytest.approx([np.sin(np.pi / 3), np.cos(np.pi / 3)])  # March
    assert value_text(column, stepped(column, x, 1)) == "2021-03-21"  # a twentieth of the range, in whole days
    assert value_text(column, stepped(column, x, -100)) == "2021-01-01"
    assert share_of(column, x) == pytest.approx(59 / 400)
    assert value_text(column, with_share(column, x, 1.0)) == "2022-02-05"


def test_times_go_in_quarters_of_an_hour_and_a_missing_date_is_there_once_it_is_set():
    column, size = date_column(("days", "hour"), days=1, missing=3)
    x = np.zeros(1 + size)
    x[-1] = 1
    assert value_text(column, x) == "missing"
    assert value_text(column, stepped(column, x, 1)) == "2021-01-01 01:15"
    assert value_text(column, with_share(column, x, 0.5)) == "2021-01-01 12:00"
