"""Pictures of the dialog of all settings: the smallest terminal, and a wide one by daylight."""

from __future__ import annotations

import pytest
from laboratory import inside_shown, opens, settled
from textual.widgets import Input

from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.ui.app import LabApp
from joml_tui.ui.compose.settings_dialog import SettingsDialog


@pytest.fixture
def picture(snap_compare):
    """Compare a picture of the dialog, after these keys, with the one kept."""

    def compare(size, theme, *keys):
        app = LabApp(find_experiment(DEFAULT_PRESET))

        async def before(pilot):
            pilot.app.theme = theme
            await settled(pilot)
            await inside_shown(pilot)
            await opens(pilot, SettingsDialog, "O")
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            for entry in pilot.app.screen.query(Input):
                entry.cursor_blink = False
            await pilot.pause(0.1)

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        pytest.param("joml-dark", (80, 24), id="joml-dark-80x24"),
        pytest.param("joml-light", (160, 50), id="joml-light-160x50"),
    ],
)
def test_an_entry_changed_and_a_wrong_one(picture, size, theme):
    assert picture(size, theme, "tab", "0", "full_stop", "8", "tab", "2")


def test_the_layers(picture):
    assert picture((80, 24), "joml-dark", "pagedown", "pagedown")
