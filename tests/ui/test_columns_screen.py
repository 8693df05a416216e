import threading

import pytest
from laboratory import SMALL, compose_of, has_ended, lab_of, last_run, opened, opens, settled, toasts, until
from test_compose_area import entry

from joml.data.readers import rows_so_far
from joml.data.tables import text_reader
from joml_tui.experiment import CsvFile, Experiment, LayerSpec
from joml_tui.ui.columns import columns_screen
from joml_tui.ui.columns.column_list import ColumnList
from joml_tui.ui.columns.columns_screen import ColumnsScreen

ROWS = "".join(f"{i},{20 + i % 9},{'mf'[i % 2]},{i * 1.5 + 0.3},{'xyz'[i % 3]}\n" for i in range(60))


@pytest.fixture
def experiment(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("zone,age,sex,income,kind\n" + ROWS)
    return Experiment(dataset=CsvFile(str(path), "kind"), layers=(LayerSpec(4, "tanh"),), epochs=2)


async def columns(pilot):
    await pilot.press("K")
    await until(pilot, lambda: isinstance(pilot.app.screen, ColumnsScreen) and pilot.app.screen.selected)
    return pilot.app.screen


async def read(pilot, screen):
    await until(pilot, lambda: not screen._is_reading)
    await pilot.pause()


@pytest.mark.quick
async def test_columns_are_set_by_keys_and_trained(experiment):
    async with opened(experiment) as pilot:
        screen = await columns(pilot)
        assert [column.name for column in screen.report.columns] == ["zone", "age", "sex", "income", "kind"]
        await pilot.press("i", "down", "c")
        await read(pilot, screen)
        assert screen.report.columns[0].use == "left out"
        assert screen.report.columns[1].features == 9
        await pilot.press("down", "down", "t", "enter")  # which waits for the file
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        await settled(pilot)
        dataset = compose_of(pilot).draft.dataset_spec()
        assert (dataset.label, dataset.task) == ("income", "regression")
        assert dataset.columns == {"zone": "ignore", "age": "category"}
        assert entry(pilot, "architecture").value == "14-4-1"
        assert compose_of(pilot).draft.cost == "mean-squared-error"
        await pilot.press("r")
        await has_ended(pilot)
        assert last_run(pilot).run.experiment.dataset.columns == {"zone": "ignore", "age": "category"}


async def test_the_key_of_the_target_takes_one_and_then_adds_others(experiment):
    async with opened(experiment) as pilot:
        screen = await columns(pilot)
        await pilot.press("end")
        assert "t takes another column, and then adds further ones." in str(screen.query_one("#columns-said").content)
        await pilot.press("home", "t")  # in place of kind
        await read(pilot, screen)
        assert screen.dataset.label == "zone"
        await pilot.press("down", "down", "down")
        assert "t adds it to the targets." in str(screen.query_one("#columns-said").content)
        await pilot.press("t")
        await read(pilot, screen)
        assert (screen.dataset.label, screen.dataset.task) == (("zone", "income"), "regression")
        assert "t removes it from the targets." in str(screen.query_one("#columns-said").content)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        await settled(pilot)
        assert entry(pilot, "csv-label").value == "zone, income"
        assert entry(pilot, "architecture").value == "6-4-2"
        await pilot.press("r")
        await has_ended(pilot)
        assert last_run(pilot).run.preparation.class_names == ("zone", "income")


async def test_what_cannot_be_read_so_is_reported(experiment):
    async with opened(experiment, SMALL) as pilot:
        screen = await columns(pilot)
        await pilot.press("end", "i")
        assert "target" in toasts(pilot)
        await pilot.press("up", "up", "d")  # sex is no date
        await read(pilot, screen)
        assert screen.report.columns[2].use == "left out"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert compose_of(pilot).draft.dataset_spec() == experiment.dataset


async def test_a_file_that_is_gone_is_reported(experiment, tmp_path):
    async with opened(experiment, SMALL) as pilot:
        (tmp_path / "people.csv").unlink()
        screen = await opens(pilot, ColumnsScreen, "K")
        await read(pilot, screen)
        assert "no such file" in str(screen.query_one("#columns-problem").content)
        await pilot.press("i", "t", "enter")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))


async def test_while_the_file_is_read_only_the_last_settings_wait(experiment, monkeypatch):
    may_read, inspected = threading.Event(), []
    inspect = columns_screen.inspect_experiment

    def slow(wanted):
        inspected.append(wanted.dataset.columns)
        may_read.wait()
        return inspect(wanted)

    async with opened(experiment) as pilot:
        screen = await columns(pilot)
        monkeypatch.setattr(columns_screen, "inspect_experiment", slow)
        await pilot.press("c", "i", "n")
        may_read.set()
        await read(pilot, screen)
        assert inspected[-1] == {"zone": "number"}
        assert len(inspected) <= 2


async def test_data_without_a_file_have_no_columns():
    async with opened() as pilot:
        await pilot.press("K")
        assert "J opens a table" in toasts(pilot)


async def test_a_change_is_shown_at_once_and_reads_only_what_was_not_read_before(experiment, monkeypatch):
    read_columns, places = text_reader._read_table, []
    may_read = threading.Event()
    may_read.set()

    def follow(text, format_, as_text, wanted):
        assert may_read.wait(300)
        places.append(list(wanted))
        return read_columns(text, format_, as_text, wanted)

    monkeypatch.setattr(text_reader, "_read_table", follow)
    async with opened(experiment) as pilot:
        places.clear()
        screen = await columns(pilot)
        await read(pilot, screen)
        assert len(places) == 1  # although the report asks for samples and cells
        may_read.clear()
        await pilot.press("down", "c")
        assert "• category" in screen.query_one(ColumnList).render_line(2).text
        may_read.set()
        await read(pilot, screen)
        assert places[1:] == [[1]]
        await pilot.press("up", "i")
        await read(pilot, screen)
        assert len(places) == 2


async def test_the_columns_of_the_rows_so_far_are_shown_while_the_file_is_read(experiment, tmp_path, monkeypatch):
    path = tmp_path / "people.csv"
    path.write_text("zone,age,sex,income,kind\n" + ROWS * 300)
    monkeypatch.setattr(rows_so_far, "_SECONDS", 0.0)
    read_all, may_end = columns_screen.inspect_experiment, threading.Event()

    def slow(experiment):
        read_all(experiment)
        assert may_end.wait(300)
        return read_all(experiment)

    monkeypatch.setattr(columns_screen, "inspect_experiment", slow)
    async with opened(experiment) as pilot:
        screen = await columns(pilot)  # a column is selected
        assert screen.report is None
        assert [column.name for column in screen.query_one(ColumnList).rows] == ["zone", "age", "sex", "income", "kind"]
        head = str(screen.query_one("#columns-head").content)
        assert "rows so far, 5 columns" in head
        await pilot.press("n")
        assert "The columns can be set when the file has been read." in toasts(pilot)
        may_end.set()
        await read(pilot, screen)
        assert "18,000 rows, 5 columns" in str(screen.query_one("#columns-head").content)
