"""Pictures of the earlier runs: many, and none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from laboratory import SMALL, WIDE, settled, until

from joml_tui.runner import RunState
from joml_tui.store import StoredRun, Summary
from joml_tui.ui.app import LabApp
from joml_tui.ui.earlier import table
from joml_tui.ui.earlier.screen import EarlierRuns

pytestmark = pytest.mark.slow

STATES = (RunState.FINISHED, RunState.INTERRUPTED, RunState.STOPPED, RunState.DIVERGED, RunState.FAILED)
NAMES = ("", "baseline", "[red]a\x1b[31m name that is too long for any column")


def stored(number):
    summary = Summary(
        *("14-100-40-4", 5704, "spin-glass", "adam", 0.002, 128, number, 1, 10, 640 * number, 6400, 64, 1.5),
        *(0.5 / number, 0.9, 0.6 / number, 0.85),
    )
    state, name = STATES[number % len(STATES)], NAMES[number % len(NAMES)]
    tags = ("deep",) if number % 2 else ()
    return StoredRun(number, 0.0, 0.0, state, "", name, "", tags, None, None, summary)


@pytest.fixture
def picture(snap_compare, monkeypatch):
    """Compare a picture of the earlier runs with the one kept."""
    when = replace(table._COLUMNS["when"], write=lambda _: "")  # the clock's zone is the machine's
    monkeypatch.setitem(table._COLUMNS, "when", when)

    def compare(size, theme, count):
        store = SimpleNamespace(path=Path("runs.db"), runs=lambda: [stored(n) for n in range(count, 0, -1)])

        async def before(pilot):
            pilot.app.theme = theme
            await settled(pilot)
            screen = EarlierRuns(store, set())
            pilot.app.push_screen(screen)
            await until(pilot, lambda: screen.is_mounted and screen._read)
            await pilot.press("space")
            await pilot.pause(0.1)

        return snap_compare(LabApp(), terminal_size=size, run_before=before)

    return compare


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["small", "wide"])
def test_earlier_runs(picture, size, theme):
    assert picture(size, theme, 60)


def test_no_earlier_runs(picture):
    assert picture(SMALL, "textual-dark", 0)
