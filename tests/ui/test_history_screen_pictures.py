"""Pictures of the earlier runs: many, and none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from laboratory import SMALL, WIDE, listed_all, settled

from joml_tui.runs.run import RunState
from joml_tui.runs.run_fields import facts_of, find_field
from joml_tui.runs.run_record import RunRecord
from joml_tui.store import StoredRun
from joml_tui.ui.app import LabApp
from joml_tui.ui.run_history import history_table
from joml_tui.ui.run_history.history_screen import EarlierRuns

STATES = (RunState.FINISHED, RunState.INTERRUPTED, RunState.STOPPED, RunState.DIVERGED, RunState.FAILED)
NAMES = ("", "baseline", "[red]a\x1b[31m name that is too long for any column")


def stored(number):
    summary = RunRecord(
        *("14-100-40-4", 5704, "spin-glass", "adam", 0.002, 128, number, 1, 10, 640 * number, 6400, 64, 1.5),
        *(0.5 / number, 0.9, 0.6 / number, 0.85),
    )
    state, name = STATES[number % len(STATES)], NAMES[number % len(NAMES)]
    tags = ("deep",) if number % 2 else ()
    return StoredRun(number, 0.0, 0.0, state, "", name, "", tags, None, None, summary)


@pytest.fixture
def picture(snap_compare, monkeypatch):
    """Compare a picture of the earlier runs with the one kept."""
    created = replace(find_field("created"), cell=lambda _: "")  # the clock's zone is the machine's
    monkeypatch.setitem(history_table._HISTORY_FIELDS, "created", created)

    def compare(size, theme, count):
        store = SimpleNamespace(
            path=Path("runs.db"),
            damaged={},
            refusal="",
            runs=lambda: [stored(n) for n in range(count, 0, -1)],
            facts_of=facts_of,
        )

        async def before(pilot):
            pilot.app.theme = theme
            await settled(pilot)
            screen = EarlierRuns(store, set())
            pilot.app.push_screen(screen)
            await listed_all(pilot)
            await pilot.press("space")
            await pilot.pause(0.1)

        return snap_compare(LabApp(), terminal_size=size, run_before=before)

    return compare


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        pytest.param(SMALL, "joml-dark", id="small-joml-dark"),
        pytest.param(WIDE, "joml-light", id="wide-joml-light"),
    ],
)
def test_earlier_runs(picture, size, theme):
    assert picture(size, theme, 60)


def test_no_earlier_runs(picture):
    assert picture(SMALL, "joml-dark", 0)
