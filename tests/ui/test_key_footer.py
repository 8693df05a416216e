"""The line of keys at the bottom: what stands there, and what the mouse does with it."""

from __future__ import annotations

import pytest
from laboratory import ENDLESS, SMALL, lab_of, last_run, opened, until

from joml_tui.ui.actions import BY_ID
from joml_tui.ui.widgets.key_footer import KeyFooter


def line_of(pilot):
    return pilot.app.screen.query_one(KeyFooter)


def text_of(pilot):
    return line_of(pilot).render().plain


@pytest.mark.quick
async def test_a_click_presses_the_key():
    async with opened(ENDLESS, SMALL) as pilot:
        await until(pilot, lambda: "r" in line_of(pilot).keys)
        await pilot.click(KeyFooter, offset=(text_of(pilot).index("Run"), 0))
        await until(pilot, lambda: lab_of(pilot).session.runs)
        await pilot.click(KeyFooter, offset=(text_of(pilot).index("Pause"), 0))
        await until(pilot, lambda: last_run(pilot).run.state.value == "paused")
        await pilot.click(KeyFooter, offset=(text_of(pilot).index("palette"), 0))
        await until(pilot, lambda: pilot.app.screen is not lab_of(pilot))


async def test_what_is_under_the_mouse_is_marked_and_explained():
    async with opened(ENDLESS, SMALL) as pilot:
        await until(pilot, lambda: "r" in line_of(pilot).keys)
        before = line_of(pilot).render().spans
        await pilot.hover(KeyFooter, offset=(text_of(pilot).index("Step"), 0))
        assert line_of(pilot).tooltip == BY_ID["step"].help
        assert line_of(pilot).render().spans != before
        await pilot.hover("#train")
        await until(pilot, lambda: line_of(pilot).render().spans == before)
        assert line_of(pilot).tooltip is None


@pytest.mark.parametrize("columns", [80, 62, 40, 24])
async def test_keys_stand_there_whole_or_not_at_all(columns):
    async with opened(ENDLESS, (columns, 24)) as pilot:
        await until(pilot, lambda: line_of(pilot).keys)
        line = text_of(pilot)
        assert len(line) <= columns
        assert line.endswith("^p palette")
        labels = [BY_ID[name].label for name in ("train", "pause", "step", "stop", "mark", "help", "quit")]
        written = line.removesuffix("^p palette").replace("▏", " ").split()
        assert written[1::2] == [label for label in labels if label in written]
        assert "Help" in written
        assert (len(written) // 2 == len(labels)) == (columns == 80)


async def test_moving_the_focus_mounts_nothing():
    async with opened(ENDLESS, SMALL) as pilot:
        await until(pilot, lambda: "r" in line_of(pilot).keys)
        widgets = set(lab_of(pilot).query("*"))
        await pilot.press("n")
        await until(pilot, lambda: "f5" in line_of(pilot).keys)
        assert set(lab_of(pilot).query("*")) == widgets
