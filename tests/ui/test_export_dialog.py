"""How the path of an export follows its format."""

from pathlib import Path

import pytest

from joml_tui.ui.dialogs.export_dialog import Offer, path_for

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
