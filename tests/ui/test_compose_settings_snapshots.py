"""Pictures of the dialog of all settings at four sizes, dark and light."""

from __future__ import annotations

import pytest
from laboratory import settled, until
from textual.widgets import Input

from joml_tui.presets import DEFAULT_PRESET, find_experiment
from joml_tui.ui.app import LabApp
from joml_tui.ui.compose.more import MoreSettings

pytestmark = pytest.mark.slow

SIZES = pytest.mark.parametrize(
    "size", [(80, 24), (100, 30), (160, 50), (250, 70)], ids=["80x24", "100x30", "160x50", "250x70"]
)
THEMES = pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])


@pytest.fixture
def picture(snap_compare):
    """Compare a picture of the dialog, after these keys, with the one kept."""

    def compare(size, theme, *keys):
        app = LabApp(find_experiment(DEFAULT_PRESET))

        async def before(pilot):
            pilot.app.theme = theme
            await settled(pilot)
            await pilot.press("O")
            await until(pilot, lambda: isinstance(pilot.app.screen, MoreSettings))
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            for entry in pilot.app.screen.query(Input):
                entry.cursor_blink = False
            await pilot.pause(0.1)

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


@SIZES
@THEMES
def test_an_entry_changed_and_a_wrong_one(picture, size, theme):
    assert picture(size, theme, "tab", "0", "full_stop", "8", "tab", "2")


@SIZES
def test_the_layers(picture, size):
    assert picture(size, "textual-dark", "pagedown", "pagedown")
