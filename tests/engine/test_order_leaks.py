"""Features whose order alone gives the target away."""

import numpy as np
import pytest

from joml.data.tables.order_leaks import describe_order, describe_split
from joml.data.tables.raw_table import RawColumn, no_texts
from joml.data.tables.text_reader import column_of

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=2_500)
PRICE = np.round(RANDOM.lognormal(12, 0.5, 2_500), 2)


def numbers(values):
    return RawColumn("", np.asarray(values, np.float64), no_texts(len(values)))


def split(values, classes, names=("a", "b", "c", "d", "e")):
    return describe_split(numbers(values), np.asarray(classes), names, "x")


def order(values, y):
    return describe_order(numbers(values), np.asarray(y, np.float64), "price")


def test_limits_that_tell_classes_apart_are_named():
    x = np.round(X, 3)
    assert split(x, (x > 0.7).astype(int)) == "x <= 0.7 is a, and all others are b"
    assert split(x, (x <= 0.7).astype(int)) == "x <= 0.7 is b, and all others are a"
    three = np.digitize(x, [-0.5, 0.5])
    assert split(x, three).endswith("is b, and all others are c")
    assert split(x, np.digitize(x, [-1, -0.5, 0.5, 1])).endswith("is c, and so on")
    assert split(x, three, ()) == "3 ranges of it are the classes"


def test_one_class_alone_is_no_leak_and_neither_is_one_with_exceptions():
    lengths = np.r_[RANDOM.uniform(1, 2, 50), RANDOM.uniform(3, 5.2, 50), RANDOM.uniform(4.5, 7, 50)]
    assert split(lengths, np.repeat([0, 1, 2], 50)) == ""  # as the petals of iris
    classes = (X > 0.7).astype(int)
    classes[1_234] = 1 - classes[1_234]
    assert split(X, classes) == ""
    assert split(np.round(X), (X > 0.7).astype(int)) == ""  # 1 occurs in both classes


def test_few_rows_rare_classes_and_numbers_of_rows_are_no_leak():
    assert split(X[:19], (X[:19] > 0).astype(int)) == ""
    assert split(X, (X.max() == X).astype(int)) == ""  # some feature has the largest value in some row
    assert split(np.arange(1_000, 1_090), np.repeat([0, 1, 2], 30)) == ""  # the file is sorted
    assert split(np.ones(30), np.arange(30) % 2) == ""


def test_missing_cells_are_passed_over_and_texts_are_no_numbers():
    cells = [f"{value:.3f}" if row % 20 else "NA" for row, value in enumerate(X)]
    classes = (np.round(X, 3) > 0.7).astype(int)
    assert describe_split(column_of("x", cells), classes, ("a", "b"), "x") == "x <= 0.7 is a, and all others are b"
    assert describe_split(column_of("x", ["red", "blue"] * 50), np.arange(100) % 2, ("a", "b"), "x") == ""


@pytest.mark.parametrize("of_price", [np.log, np.sqrt, lambda price: np.round(np.log(price), 3), np.square])
def test_functions_that_rise_with_the_values_are_named(of_price):
    assert order(of_price(PRICE), PRICE) == "it rises with price in all rows"
    assert order(-of_price(PRICE), PRICE) == "it falls as price rises, in all rows"


def test_thresholds_of_the_values_are_named_and_bins_too():
    assert order(PRICE > 150_000, PRICE) == "it rises with price in all rows"
    assert order(np.digitize(PRICE, [1e5, 2e5, 3e5]), PRICE) == "it rises with price in all rows"
    assert order(PRICE, np.round(PRICE, -4)) == "it rises with price in all rows"


def test_other_orders_are_no_leak():
    assert order(X, PRICE) == ""
    assert order(np.log(PRICE) + 0.01 * X, PRICE) == ""
    assert order(PRICE[:19] > 150_000, PRICE[:19]) == ""
    assert order(PRICE.max() == PRICE, PRICE) == ""
    years = np.arange(1900, 1960)
    assert order(years, np.cumsum(RANDOM.random(60))) == ""
