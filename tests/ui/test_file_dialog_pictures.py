"""Pictures of the dialog that opens a file, of the entry of a path, and of the columns of a file."""

from __future__ import annotations

import math

import pytest
from laboratory import compose_of, settled, until
from test_compose_area import choose
from textual.widgets import Input

from joml_tui.experiment import CsvFile, Experiment, LayerSpec
from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.ui.app import LabApp
from joml_tui.ui.columns.column_list import ColumnList
from joml_tui.ui.columns.columns_screen import ColumnsScreen
from joml_tui.ui.data_files.file_dialog import FileDialog
from joml_tui.ui.widgets.key_footer import KeyFooter

SMALL, WIDE = (80, 24), (160, 50)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (
        "penguins.csv",
        "diamonds.parquet",
        "digits.npz",
        "notes.md",
        "xor.yaml",
        "train-images-idx3-ubyte.gz",
    ):
        (tmp_path / name).touch()
    (tmp_path / "archive").mkdir()
    rows = []
    for row in range(90):
        age = "" if row % 7 == 2 else 20 + row * 13 % 50
        date = f"2021-{row % 12 + 1:02}-{row % 28 + 1:02}"
        survived = "yes" if math.sin(row) > 0.3 else "no"
        rows.append(f"{row},{'MF'[row % 5 // 3]},{age},{row * row % 97 / 4 + 7.25},{date},Name of {row},{survived}\n")
    (tmp_path / "people.csv").write_text("id,sex,age,fare,date,name,survived\n" + "".join(rows))
    return tmp_path


def compare(snap_compare, experiment, size, theme, keys, is_there):
    app = LabApp(experiment)

    async def before(pilot):
        pilot.app.theme = theme
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: is_there(pilot))
        for entry in [*pilot.app.screen.query(Input), *pilot.app.lab.query(Input)]:
            entry.cursor_blink = False
        await pilot.pause(0.1)

    return snap_compare(app, terminal_size=size, run_before=before)


def lists_files(pilot):
    screen = pilot.app.screen
    return isinstance(screen, FileDialog) and screen.is_mounted and screen.entry.is_choosing


def test_files_to_open(snap_compare, folder):
    assert compare(snap_compare, find_experiment(DEFAULT_PRESET), WIDE, "joml-light", ("J", "p", "e"), lists_files)


def test_all_files_to_open(snap_compare, folder):
    assert compare(snap_compare, find_experiment(DEFAULT_PRESET), SMALL, "joml-dark", ("J", "down"), lists_files)


def test_the_path_of_a_data_set(snap_compare, folder):
    app = LabApp(find_experiment(DEFAULT_PRESET))

    async def before(pilot):
        await settled(pilot)
        choose(pilot, "dataset", "CSV file")
        await settled(pilot)
        path = compose_of(pilot).query_one("#csv-path")
        path.cursor_blink = False
        path.focus()
        await pilot.press("p")
        await settled(pilot)
        await until(pilot, lambda: path.is_choosing)
        await until(pilot, lambda: "tab" in pilot.app.screen.query_one(KeyFooter).keys)

    assert snap_compare(app, terminal_size=SMALL, run_before=before)


def test_the_columns_of_a_file(snap_compare, folder):
    experiment = Experiment(dataset=CsvFile("people.csv", "survived"), layers=(LayerSpec(4, "tanh"),))

    def is_read(pilot):
        screen = pilot.app.screen
        if not isinstance(screen, ColumnsScreen) or screen.selected is None or screen._is_reading:
            return False
        screen.query_one(ColumnList).cursor = 2
        return True

    assert compare(snap_compare, experiment, WIDE, "joml-light", ("K",), is_read)
