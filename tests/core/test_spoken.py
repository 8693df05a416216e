"""Numbers and durations are written so that they can be read aloud."""

from math import inf, nan

import pytest

from joml_tui.reports.spoken import spoken_duration, spoken_number, spoken_score


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.41234, "0.412"),
        (0.0000357, "0.0000357"),
        (0.0, "0"),
        (1234.6, "1,230"),
        (17_666, "17,700"),
        (3e12, "3e+12"),
        (-0.5, "-0.5"),
        (None, "unknown"),
        (nan, "unknown"),
        (inf, "infinite"),
        (-inf, "minus infinite"),
    ],
)
def test_a_number_has_three_digits_and_no_exponent_unless_it_is_extreme(value, text):
    assert spoken_number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.01, "less than 0.1 s"),
        (0.31, "0.3 s"),
        (0.97, "1 s"),
        (2.4, "2 s"),
        (59.7, "1 min"),
        (80, "1 min 20 s"),
        (3_900, "1 h 5 min"),
        (3_600, "1 h"),
        (200_000, "2 d 7 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds, text):
    assert spoken_duration(seconds) == text


def test_a_score_is_a_share_or_r2():
    assert spoken_score(0.8129, "classes") == "81.3 %"
    assert spoken_score(0.8129, "multilabel") == "81.3 %"
    assert spoken_score(0.8129, "regression") == "0.813"
    assert spoken_score(None, "classes") == spoken_score(nan, "classes") == "unknown"
