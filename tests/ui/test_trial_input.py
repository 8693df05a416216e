"""Steps by which an input is changed: numbers, choices and pixels."""

import numpy as np
import pytest

from joml_tui.inspect.trial import InputColumn
from joml_tui.ui.inside.trial_input import share_of, stepped, value_text, with_pixel, with_share

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
