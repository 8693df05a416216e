"""Features that have one value, or that are the target under another name."""

import numpy as np

from joml.data.tables.leaks import describe_leaks, describe_numbers
from joml.data.tables.raw_table import RawColumn, no_texts

NAMES = ("size", "flag", "one", "k")
RANDOM = np.random.default_rng(3)
CLASSES = RANDOM.integers(0, 2, 40)
SIZES = RANDOM.normal(size=40)
X = np.column_stack([SIZES, 7 - 3 * CLASSES, np.ones(40)])


def leak(name, target="k"):
    return (
        f"{name} gives the answer away: it has one value for each value of {target}; if it is not known when {target} "
        f"is to be predicted, leave it out by ignore: [{name}]"
    )


def test_constants_and_the_target_under_another_name_are_noted():
    constant = "one has the same value in all rows, and tells nothing: leave it out by ignore: [one]"
    assert describe_numbers(X, (0, 1, 2), NAMES, 3, CLASSES) == (constant, leak("flag"))
    assert describe_numbers(X, (0, 1, 2), NAMES, 3, 1.1 * SIZES + 2) == (constant, leak("size"))
    assert describe_numbers(X[:, :1], (0,), NAMES, 3, 1.1 * SIZES) == ()


def test_many_constants_are_one_note():
    x = np.column_stack([X, np.full(40, 5.0)])
    (note,) = describe_numbers(x, (0, 1, 2, 3), (), 4, RANDOM.normal(size=40))
    assert note == "2 columns have the same value in all rows, and tell nothing: column 3, column 4"


def test_what_differs_in_one_row_gives_nothing_away():
    numbers = np.repeat([1.0, 2.0], 2_000)
    column = RawColumn("", numbers.copy(), no_texts(4_000))
    classes = np.repeat([0, 1], 2_000)
    assert len(describe_leaks({0: column}, (), 1, classes)) == len(describe_leaks({0: column}, (), 1, numbers)) == 1
    column.numbers[-1] = 1.0
    assert describe_leaks({0: column}, (), 1, classes) == describe_leaks({0: column}, (), 1, numbers) == ()


def test_the_value_to_predict_in_another_unit_gives_it_away_also_rounded():
    price = RANDOM.integers(100_000, 400_000, 60).astype(float)

    def notes_on(x, y=price):
        return describe_leaks({0: RawColumn("", x, no_texts(len(x)))}, ("euros", "price"), 1, y)

    for rounded in (np.round(0.92 * price), np.round(0.92 * price, -2), np.round(price / 7, 2)):
        (note,) = notes_on(rounded)
        assert note.startswith("euros gives the answer away: it is price in another unit, rounded; if it is not known")
    assert notes_on(np.round(0.92 * price) + RANDOM.integers(-4, 5, 60)) == ()
    # Few small numbers follow each other by chance.
    assert notes_on(np.round(0.3 * np.arange(20.0)), np.arange(20.0)) == ()
