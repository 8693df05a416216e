import math
from datetime import datetime, timedelta
from random import Random

import numpy as np
import pytest

from joml.data.tables.dates import DateOrder, find_order, parse_date, parse_dates, parse_time


def read(text, day_first=True):
    return datetime(1970, 1, 1) + timedelta(seconds=parse_date(text, day_first))


@pytest.mark.parametrize(
    "text",
    [
        "2021-03-04",
        "2021/3/4",
        "04.03.2021",
        "4/3/2021",
        "04-03-2021",
        "4/3/21",
        "4 Mar 2021",
        "March 4, 2021",
        "20210304",
    ],
)
def test_usual_forms_of_dates(text):
    assert read(text) == datetime(2021, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "2021-03-04 12:30:00",
        "2021-03-04T12:30",
        "2021-03-04T12:30:00.25Z",
        "2021-03-04 12:30:00+02:00",
        "4/3/2021 12:30 pm",
    ],
)
def test_times_of_dates(text):
    assert read(text) == datetime(2021, 3, 4, 12, 30)


@pytest.mark.parametrize(
    "text", ["", "31/2/2021", "2021-13-01", "1.2.10", "12.5", "May", "99999999", "2021-03-04 25:00"]
)
def test_what_is_no_date(text):
    assert math.isnan(parse_date(text, True))


def test_months_alone():
    assert read("2021-03") == datetime(2021, 3, 1)


def test_the_order_of_day_and_month_is_that_of_all_dates():
    assert find_order(["3/4/2021", "13/4/2021"]) == (True, False)
    assert find_order(["3/4/2021", "3/14/2021"]) == (False, False)
    assert find_order(["3/4/2021"]) == (False, True)
    assert find_order(["03.04.2021"]) == (True, False)
    assert find_order(["2021-04-03", "?"]) == (True, False)


def test_times_of_day():
    assert parse_time("12:30") == 12.5 * 3600
    assert parse_time("12:30:15") == 12.5 * 3600 + 15
    assert math.isnan(parse_time("25:00"))
    assert math.isnan(parse_time("half past nine"))


FORMS = [
    "{y:04}-{m:02}-{d:02}",
    "{y:04}-{m:02}-{d:02} {h:02}:{i:02}:{s:02}",
    "{y:04}-{m:02}-{d:02}T{h:02}:{i:02}:{s:02}.25Z",
    "{d:02}.{m:02}.{y:04}",
    "{d}/{m}/{y}",
    "{d}/{m}/{y} {h}:{i:02}",
    "{d}/{m}/21",
    "{y:04}{m:02}{d:02}",
    "{y:04}-{m:02}",
    "{d} Mar {y}",
    "{d}/{m}/{y} 9:05 PM",
    "{y}-{m}-{d} x",
    "{d}",
]


@pytest.mark.parametrize("day_first", [True, False])
def test_many_dates_are_read_as_one_by_one(day_first):
    random = Random(5)
    texts = [
        random.choice(FORMS).format(
            y=random.randint(1, 2100),
            m=random.randint(0, 13),
            d=random.randint(0, 32),
            h=random.randint(0, 24),
            i=random.randint(0, 60),
            s=random.randint(0, 60),
        )
        for _ in range(5_000)
    ] + ["", "NA", "²0²1-01-01", "x" * 100]
    assert np.array_equal(
        parse_dates(texts, day_first), [parse_date(text, day_first) for text in texts], equal_nan=True
    )


def test_no_dates_at_all():
    assert parse_dates([], True).tolist() == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3. März 2024", "2024-03-03"),
        ("3. Januar 2024", "2024-01-03"),
        ("15 févr. 2024", "2024-02-15"),
        ("3 août 2024", "2024-08-03"),
        ("12 de marzo de 2024", "2024-03-12"),
        ("5-mei-24", "2024-05-05"),
        ("1 dicembre 1999", "1999-12-01"),
        ("28.08.24", "2024-08-28"),
        ("01.03.71", "1971-03-01"),
    ],
)
def test_dates_of_other_languages(text, day):
    seconds = float(np.datetime64(day).astype("datetime64[s]").astype(np.int64))
    assert parse_date(text, True) == seconds
    assert parse_dates([text] * 20, True).tolist() == [seconds] * 20


@pytest.mark.parametrize("zone", ["CET", "CEST", "EST", "PDT", "GMT", "MESZ", "Uhr"])
def test_names_of_time_zones_are_ignored_as_offsets_are(zone):
    assert parse_date(f"2024-03-10 12:28 {zone}", True) == parse_date("2024-03-10 12:28", True)
    assert parse_time(f"12:28 {zone}") == parse_time("12:28")


def test_two_digit_years_behind_points_have_the_day_first():
    assert find_order(["03.04.24", "05.04.24"]) == DateOrder(day_first=True)
