"""Repeating an experiment from several seeds."""

from __future__ import annotations

import pytest
from laboratory import SHORT, lab_of, opened, opens, toasts, until
from msgspec.structs import replace

from joml_tui.experiment.grid import GridError
from joml_tui.ui.queue.repeat_dialog import RepeatDialog, describe_seeds, seeds_of


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("3", (7, 8, 9)),
        (" 1 ", (7,)),
        ("3..5", (3, 4, 5)),
        ("0..8..4", (0, 4, 8)),
        ("1, 5,8", (1, 5, 8)),
        ("5,", (5,)),
    ],
)
def test_a_number_counts_from_the_seed_on_and_others_are_the_seeds_themselves(text, seeds):
    assert seeds_of(replace(SHORT, seed=7), text) == seeds


def test_runs_of_replicas_share_no_seed():
    assert seeds_of(replace(SHORT, replicas=4), "3") == (0, 4, 8)


@pytest.mark.parametrize(
    "text", ["", "0", "1001", "9" * 30, "-1, 3", "0.5, 1", "one", "5..3", "1, 1", "true, false", "²"]
)
def test_what_is_no_seed_is_refused(text):
    with pytest.raises(GridError):
        seeds_of(SHORT, text)


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ((4,), "1 run: seed 4"),
        ((0, 1), "2 runs: seeds 0, 1"),
        (tuple(range(20)), "20 runs: seeds 0, 1 … 19"),
        ((1, 5, 8), "3 runs: seeds 1, 5, 8"),
        ((*range(9), 20), "10 runs: seeds 0, 1, 2, 3, 4, 5, 6, 7, 8 …"),
    ],
)
def test_the_seeds_in_words(seeds, words):
    assert describe_seeds(seeds) == words


async def test_a_key_queues_the_network_from_several_seeds_and_wrong_ones_are_explained():
    async with opened(SHORT) as pilot:
        await opens(pilot, RepeatDialog, "ampersand")
        await pilot.press("end", "ctrl+u", "0", "enter")
        assert isinstance(pilot.app.screen, RepeatDialog)
        assert "from 1 to 1,000" in str(pilot.app.screen.query_one("#form-line").content)
        await pilot.press("backspace", "3", "enter")
        await until(pilot, lambda: len(lab_of(pilot).session.runs) == 3)
        assert [entry.run.experiment.seed for entry in lab_of(pilot).session.runs] == [0, 1, 2]
        assert "3 networks queued" in toasts(pilot)
