"""How the path of an export follows its format."""

from pathlib import Path

import pytest
from laboratory import SHORT, SMALL, opened, until

from joml_tui.ui.dialogs.export_dialog import Export, Offer, path_for
from joml_tui.ui.screen_stack import open_screen

CSV, JSON = (Offer(suffix, Path(f"run-1{suffix}"), suffix, lambda path, replace: None) for suffix in (".csv", ".json"))


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("run-1.csv", "run-1.json"),
        ("elsewhere/mine.csv", "elsewhere/mine.json"),
        ("mine.txt", "mine.txt"),
        ("", ""),
    ],
)
def test_a_path_of_ones_own_keeps_all_but_its_suffix(typed, path):
    assert path_for(JSON, CSV, typed) == path


def _key(character):
    return {"/": "slash", "_": "underscore", "-": "minus"}.get(character, character)


async def test_the_path_is_completed_and_a_new_name_stays_as_it_was_typed(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "run-12.csv").touch()
    written = []
    offers = [
        Offer(suffix, tmp_path / f"x{suffix}", suffix, lambda path, replace: written.append(path))
        for suffix in (".csv", ".json")
    ]
    async with opened(SHORT, SMALL) as pilot:
        open_screen(pilot.app, Export("Export", offers))
        await until(pilot, lambda: isinstance(pilot.app.screen, Export) and pilot.app.screen.is_mounted)
        await pilot.pause()
        dialog = pilot.app.screen
        matches = dialog.query_one("#path-matches")
        assert not matches.display  # nothing was typed yet: the arrows choose the format
        await pilot.press("down")
        assert dialog.form.texts["path"].endswith("x.json")
        dialog.query_one("#path").value = ""
        await pilot.press(*[_key(character) for character in str(tmp_path)], "slash", "r", "e")
        await until(pilot, lambda: matches.display)
        await pilot.press("tab")
        assert dialog.form.texts["path"] == f"{tmp_path}/results/"
        await pilot.press(*map(_key, "run-1"))
        await until(pilot, lambda: matches.display)
        await pilot.press("enter")  # another file begins so
        await until(pilot, lambda: written)
        assert written == [tmp_path / "results" / "run-1"]
