"""Painting points in the lab, with keys and with the mouse."""

from laboratory import SHORT, WIDE, lab_of, opened, opens, settled, toasts, until

from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.lab import Lab
from joml_tui.ui.painting.painting_screen import PaintingScreen


async def test_points_painted_with_keys_become_the_data_of_the_next_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with opened(SHORT, WIDE) as pilot:
        await opens(pilot, PaintingScreen, "ctrl+d")
        await pilot.press("space", "space", "enter")
        await until(pilot, lambda: "two classes" in toasts(pilot))
        await opens(pilot, Lab, "2", "shift+right", "shift+right", "space", "space", "enter")
        compose = lab_of(pilot).query_one(ComposeArea)
        await until(pilot, lambda: compose.draft.csv_path.endswith("points.csv") and compose.draft.input_size == 2)
        await settled(pilot)
        assert compose.draft.output_size == 2
        lines = (tmp_path / "points.csv").read_text().splitlines()
        assert len(lines) == 25 and lines[0] == "x1,x2,class"


async def test_the_mouse_paints_and_erases_and_the_painting_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with opened(SHORT, WIDE) as pilot:
        await opens(pilot, PaintingScreen, "ctrl+d")
        painting = pilot.app.screen._painting
        await pilot.mouse_down("#canvas", offset=(20, 10))
        await pilot.hover("#canvas", offset=(30, 10))
        await pilot.mouse_up("#canvas", offset=(30, 10))
        await until(pilot, lambda: len(painting.points) >= 12)  # moving and pressing are both touches
        before = len(painting.points)
        await pilot.click("#canvas", offset=(20, 10), button=3)
        await until(pilot, lambda: len(painting.points) < before)
        left = len(painting.points)
        await opens(pilot, Lab, "escape")
        await opens(pilot, PaintingScreen, "ctrl+d")
        assert len(pilot.app.screen._painting.points) == left
        assert not list(tmp_path.iterdir())
