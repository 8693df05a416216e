"""What has been opened and closed leaves nothing behind: no widget, no screen, no line that was painted."""

import gc
import weakref
from collections import Counter

from laboratory import SHORT, has_ended, lab_of, opened, settled, trained, until
from textual._styles_cache import StylesCache
from textual.strip import Strip
from textual.widget import Widget

from joml_tui.ui.actions import key_of

OPENING = ("help", "more-settings", "queue", "grid", "rename", "settings", "jump", "export-run", "sort")
ROUNDS = 2


def alive() -> tuple[int, int, int]:
    """Count widgets, what remembers lines for them, and lines."""
    gc.collect()
    # By their types: isinstance reads __class__, which some objects of other packages answer with a warning.
    counted = Counter(
        kind for each in gc.get_objects() for kind in (Widget, StylesCache, Strip) if issubclass(type(each), kind)
    )
    return counted[Widget], counted[StylesCache], counted[Strip]


async def test_dialogs_that_are_opened_and_closed_leave_nothing():
    async with opened(SHORT) as pilot:
        await trained(pilot)
        lab = lab_of(pilot)

        async def open_all() -> set[str]:
            kinds = set()
            for name in OPENING:
                await pilot.press("3", key_of(name))
                await settled(pilot)
                kinds.add(type(pilot.app.screen).__name__)
                for _ in range(5):
                    if pilot.app.screen is not lab:
                        await pilot.press("escape")
                        await settled(pilot)
                assert pilot.app.screen is lab, name
            pilot.app.clear_notifications()
            await settled(pilot)
            return kinds

        kinds = await open_all()
        assert len(kinds) > 5
        before = alive()
        for _ in range(ROUNDS):
            await open_all()
        after = alive()
        more = [now - then for now, then in zip(after, before, strict=True)]
        # The last dialog may still stand in a message that is remembered; each round has dozens of widgets.
        assert more[0] < 30 and more[1] < 30 and more[2] < 300, (before, after)


async def test_notices_that_are_taken_back_leave_nothing():
    async with opened(SHORT) as pilot:
        screen = lab_of(pilot)

        def holders() -> int:
            return len(screen.query("ToastHolder"))

        for number in range(20):  # each pushes out one before
            pilot.app.notify(f"notice {number}")
            await settled(pilot)
        shown = len(pilot.app._notifications)
        assert 0 < shown < 10
        await until(pilot, lambda: holders() == shown)
        assert len(screen.query("Toast")) == shown
        pilot.app.clear_notifications()
        await until(pilot, lambda: holders() == 0)


async def test_a_run_that_can_no_longer_be_brought_back_is_gone(monkeypatch):
    monkeypatch.setattr("joml_tui.ui.runs.session.MOST_DELETED", 1)
    async with opened(SHORT) as pilot:
        session = lab_of(pilot).session
        for count in (1, 2, 3):
            await pilot.press("r")
            await has_ended(pilot, count)
        runs = {entry.number: weakref.ref(entry.run) for entry in session.runs}
        await pilot.press("3", "D", "D")
        await settled(pilot)
        kept = {entry.number for entry in (*session.runs, *(entry for _, entry in session.deleted))}
        assert len(kept) == 2
        (gone,) = runs.keys() - kept

        def is_gone() -> bool:
            gc.collect()
            return runs[gone]() is None

        await until(pilot, is_gone)
        assert all(runs[number]() is not None for number in kept)


async def test_one_notice_is_shown_and_takes_room_of_its_own():
    async with opened(SHORT) as pilot:
        transport = lab_of(pilot).query_one("#transport")
        for number in range(3):
            pilot.app.notify(f"notice {number}")
            await settled(pilot)
        await until(pilot, lambda: len(lab_of(pilot).query("Toast")) == 1)
        await until(pilot, lambda: lab_of(pilot).query_one("Toast").region.y >= transport.region.bottom)
