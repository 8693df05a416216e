"""Every number equals that of float, to the last bit; what is not read is left to it."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml.data.readers import decimal_numbers
from joml.data.readers.decimal_numbers import PADDING, read_decimals


@pytest.fixture(scope="module", autouse=True)
def exponents_of_few_cells():
    """Numbers with exponents are read however few they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decimal_numbers, "_FEWEST_WITH_EXPONENTS", 1)
        yield


def read(texts, point="."):
    """The number of each text, None for those that are not read."""
    cells = [text.encode() for text in texts]
    content = bytes(PADDING) + b",".join(cells) + b","
    content += bytes(PADDING + -len(content) % 8)
    ends = PADDING - 1 + np.cumsum([len(cell) + 1 for cell in cells])
    starts = ends - [len(cell) for cell in cells]
    numbers, unread = read_decimals(np.frombuffer(content, np.uint8), starts, ends, point)
    return [None if left else number for number, left in zip(numbers.tolist(), unread.tolist(), strict=True)]


def check(texts):
    """Every number that is read is that of float; return the share of those that are read."""
    numbers = read(texts)
    for text, number in zip(texts, numbers, strict=True):
        if number is not None:
            assert repr(float(text)) == repr(number), text  # repr: 0.0 is not -0.0
    return sum(number is not None for number in numbers) / len(texts)


def test_usual_numbers_are_read():
    texts = ["0", "-0", "7", "-12.345", "+.5", "5.", "0.000001", "123456789.123456789", "1e5", "-2.5E-03", "1.5e+10"]
    assert read(texts) == list(map(float, texts))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "+",
        "-.",
        "e5",
        "1e",
        "1e+",
        "--1",
        "+-1",
        "1.2.3",
        "1/2",
        "1-2",
        "1,5",
        "1 2",
        " 1",
        "1_000",
        "0x1",
        *["nan", "inf", "NA", "é", "१", "1e5.0", "12345678.1234567.1", "1.2345678901234.5", "1e1e1", "٣.1", "1:30"],
    ],
)
def test_what_is_no_number_is_not_read(text):
    assert read(["1.5", text, "2"])[1] is None


def test_numbers_of_too_many_digits_are_left_to_float():
    assert read(["1" * 25, "9" * 20, "1e99", "1e-300", "9007199254740993"]) == [None] * 5


def test_a_decimal_comma_is_followed_by_a_digit():
    assert read(["1,5", "-,25", "3", "1,5e3"], ",") == [1.5, -0.25, 3, 1500]
    assert read(["1,", "1.5", "1,000,000"], ",") == [None] * 3


TEXTS = st.text("0123456789.-+eE /_éx", max_size=26)
NEAR_NUMBERS = st.from_regex(r"[+-]?[0-9]{0,20}\.?[0-9]{0,20}([eE][+-]?[0-9]{0,4})?", fullmatch=True)


@settings(deadline=None)
@given(st.lists(st.one_of(TEXTS, NEAR_NUMBERS), min_size=1, max_size=50))
def test_whatever_the_texts_are(texts):
    check(texts)


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_numbers_as_python_writes_them(numbers):
    check(list(map(repr, numbers)))


@pytest.mark.parametrize("form", ["%.5g", "%.6f", "%r", "%.18e", "%.3e", "%.17g"])
def test_most_numbers_of_a_usual_form_are_read(form):
    chosen = random.Random(0)
    texts = [form % (chosen.gauss(0, 1) * 10 ** chosen.randint(-3, 3)) for _ in range(2_000)]
    assert check(texts) > 0.85


def test_halfway_between_two_doubles_is_left_to_float():
    # Odd integers of 54 bits lie halfway between two doubles; so do their halves.
    chosen = random.Random(1)
    odd = [2 * chosen.getrandbits(52) + 1 + 2**53 for _ in range(500)]
    assert check([str(number) for number in odd]) == 0
    assert check([f"{number // 2}.5" for number in odd]) == 0
    assert check([f"{number}.0001" for number in odd]) == 0  # 21 digits
    assert check([f"{number // 10}.{number % 10}1" for number in odd]) > 0.9


def test_many_cells_of_different_lengths():
    chosen = random.Random(2)
    texts = ["".join(chosen.choice("0123456789") for _ in range(chosen.randint(1, 19))) for _ in range(2_000)]
    assert check([text[:5] + "." + text[5:] for text in texts]) > 0.95
