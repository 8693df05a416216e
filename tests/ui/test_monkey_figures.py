"""What the monkey makes of a lab's figures: growth is a slope over all looks, waiting for a processor is no silence."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.ui.monkey import EVENTS_AN_HOUR, Terminal, growth_an_hour


def looks(kib_at, events=range(300, 9_001, 300)):
    return {at: {"KiB": kib_at(at)} for at in events}


def test_what_comes_in_the_first_hour_is_no_growth():
    assert growth_an_hour(looks(lambda at: 80_000 + 10 * min(at, EVENTS_AN_HOUR))) == 0


def test_growth_is_that_of_an_hour():
    assert growth_an_hour(looks(lambda at: 80_000 + at)) == pytest.approx(EVENTS_AN_HOUR)


def test_one_look_at_a_busy_moment_does_not_count():
    assert growth_an_hour(looks(lambda at: 80_000 + 50_000 * (at == 6_000))) == pytest.approx(0)


def test_what_is_imported_later_is_no_growth_and_what_grows_after_it_is():
    def look(at, rate):
        return {"KiB": 80_000 + 90_000 * (at > 6_000) + rate * at, "modules": 1_000 + (at > 6_000)}

    assert growth_an_hour({at: look(at, 0) for at in range(300, 9_001, 300)}) == 0
    assert growth_an_hour({at: look(at, 1) for at in range(300, 9_001, 300)}) == pytest.approx(EVENTS_AN_HOUR)


def test_few_looks_after_the_first_hour_tell_nothing():
    assert growth_an_hour(looks(lambda at: at, [3_000, 3_300, 3_600, 3_900])) is None


@pytest.mark.parametrize(
    ("busy", "slept", "others", "silent"),
    [
        (1.5, 0.2, 0.0, 1.7),  # at work
        (0.1, 5.0, 0.0, 5.1),  # waits for something that does not come
        (0.1, 5.0, 4.9, 0.2),  # waits for a thread or process of its own that has no processor
        (0.1, 0.2, 9.0, 0.1),
    ],
)
def test_waiting_for_a_processor_is_no_silence(busy, slept, others, silent):
    terminal = Terminal.__new__(Terminal)
    terminal._idle, terminal._waited = slept, 2.0
    terminal.busy = lambda: busy
    terminal._run_delay = lambda: 2.0 + others
    assert terminal.silence() == pytest.approx(silent)
