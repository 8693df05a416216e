import math

import pytest

from joml_tui.ui.terminal_traits import TerminalTraits
from joml_tui.ui.text import (
    Printable,
    cost,
    duration,
    formula_text,
    measured,
    number,
    plain,
    plain_lines,
    printable,
    rate,
    sentence,
    share,
)


def test_escape_sequences_and_changes_of_direction_are_replaced_one_by_one():
    assert printable("a\x1b[31mb\u202ec\ud800") == "a\ufffd[31mb\ufffdc\ufffd"


def test_plain_text_is_one_short_line():
    assert plain("one\ntwo\r\nthree") == "one two three"
    assert plain("x" * 10_000, 20) == "x" * 19 + "…"


def test_lines_stay_lines_and_the_end_of_a_long_text_is_kept():
    assert plain_lines("a\n\tb\x07") == "a\n    b\ufffd"
    assert plain_lines("x" * 100 + "end", 10) == "…xxxxxxxend"


def test_an_entry_shows_as_many_characters_as_it_has():
    assert Printable()("a\x1b]0;x\x07[/]").plain == "a\ufffd]0;x\ufffd[/]"


@pytest.mark.parametrize(
    "message",
    [
        "penguins.csv:2: column 1 is empty",
        "data/penguins has no rows",
        "~/a.csv cannot be read",
        "my data:12: no number",
        "c:\\data\\a has no rows",
        "layers[2].residual: joins equal sizes",
    ],
)
def test_a_message_that_begins_with_a_path_keeps_it(message):
    assert sentence(message) == message


def test_a_message_becomes_a_sentence():
    assert sentence("at most 3: 4 were given.") == "At most 3: 4 were given."
    assert sentence("the data set has 14 features") == "The data set has 14 features"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.12345, "0.1235"), (0.0, "0.0000"), (1e-6, "1.00e-06"), (123456.0, "1.23e+05"), (math.inf, "inf")],
)
def test_costs(value, text):
    assert cost(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.84, "0.84 s"),
        (9.996, "10.0 s"),
        (59.96, "0:59"),
        (83, "1:23"),
        (3723, "1:02:03"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_times(seconds, text):
    assert duration(seconds) == text


def test_shares_rates_and_settings():
    assert share(0.93214) == "93.21 %"
    assert share(math.nan) == "–"
    assert rate(15300.4) == "15,300"
    assert rate(0.0) == "–"
    assert number(0.002) == "0.002"
    assert float(number(0.1 + 0.2)) == 0.1 + 0.2


def test_measured_figures_have_five_digits():
    assert [measured(value) for value in (17665.8, 0.0361049, 1.5e9, 0)] == ["17,666", "0.036105", "1.5e+09", "0"]


def test_terms_are_readable_where_there_is_ascii_only(monkeypatch):
    assert formula_text("x1² · x1·x2") == "x1² · x1·x2"
    monkeypatch.setattr("joml_tui.ui.text.traits", lambda: TerminalTraits(ascii=True))
    assert formula_text("x1² · x1·x2") == "x1^2 · x1*x2"
