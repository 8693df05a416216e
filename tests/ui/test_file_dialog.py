import threading

import pytest
from laboratory import SMALL, compose_of, has_ended, lab_of, last_run, opened, opens, settled, toasts, until
from test_compose_area import choose, entry, field, note
from textual.widgets import OptionList

from joml_tui.ui.data_files import path_entry
from joml_tui.ui.data_files.file_dialog import FileDialog
from joml_tui.ui.data_files.folder_listing import Listing

FLOWERS = "length,width,species\n" + "".join(f"{i % 7},{i % 5 + 9 * (i % 2)},{'ab'[i % 2]}\n" for i in range(60))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flowers.csv").write_text(FLOWERS)
    (tmp_path / "notes.md").touch()
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "flowers.csv").write_text(FLOWERS)
    return tmp_path


def listed(pilot, selector="#file-matches"):
    matches = pilot.app.screen.query_one(selector, OptionList)
    return [str(matches.get_option_at_index(place).prompt).split()[0] for place in range(matches.option_count)]


async def dialog(pilot):
    return await opens(pilot, FileDialog, "J")


@pytest.mark.quick
async def test_a_few_keys_train_a_file_of_ones_own(folder):
    async with opened() as pilot:
        await dialog(pilot)
        await until(pilot, lambda: listed(pilot)[:1] == ["flowers.csv"])
        await pilot.press("f", "l", "o", "enter", "r")  # which waits for the file
        await has_ended(pilot)
        run = last_run(pilot).run
        assert run.experiment.dataset.path.endswith("flowers.csv")
        assert (run.experiment.input_size, run.experiment.output.size) == (2, 2)
        assert run.experiment.layers
        assert "Opened flowers.csv" in toasts(pilot)
        assert compose_of(pilot).form.preset.value is None


async def test_folders_are_looked_into_and_left(folder):
    async with opened(size=SMALL) as pilot:
        screen = await dialog(pilot)
        await until(pilot, lambda: listed(pilot)[:1] == ["flowers.csv"])
        await pilot.press("m", "tab")
        assert screen.entry.value == "more/"
        await until(pilot, lambda: listed(pilot) == ["flowers.csv", "../"])
        await pilot.press("down", "enter")
        assert screen.entry.value == ""
        await until(pilot, lambda: "notes.md" in listed(pilot))
        await pilot.press("m", "o", "right")
        assert screen.entry.value == "more/"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))


async def test_what_cannot_be_opened_is_reported_and_not_trained(folder):
    async with opened() as pilot:
        await dialog(pilot)
        await until(pilot, lambda: listed(pilot)[:1] == ["flowers.csv"])
        await pilot.press("z", "enter")
        await until(
            pilot, lambda: isinstance(pilot.app.screen, FileDialog) and "no such file" in str(pilot.app.screen.problem)
        )
        assert pilot.app.screen.entry.value == "z"
        await until(pilot, lambda: listed(pilot)[:1] == ["No"])
        await pilot.press("escape")
        assert lab_of(pilot).session.runs == []


async def test_a_folder_that_never_answers_holds_nothing_up(folder, monkeypatch):
    def silent(name):
        return Listing(name, problem="late") if name else answer.wait() and Listing(name)

    answer = threading.Event()
    monkeypatch.setattr(path_entry, "read_folder", silent)
    async with opened() as pilot:
        screen = await dialog(pilot)
        await until(pilot, lambda: listed(pilot) == ["Reading"])
        await pilot.press("a", "slash")
        await until(pilot, lambda: listed(pilot) == ["Late"])
        await pilot.press("escape")
        await until(pilot, lambda: not screen.is_running)
        answer.set()


async def test_the_path_of_a_data_set_is_completed_in_its_entry(folder):
    async with opened() as pilot:
        choose(pilot, "dataset", "CSV file")
        await settled(pilot)
        assert entry(pilot, "architecture").value == "?-100-40-?"  # no sizes of the data set before
        assert note(pilot, "architecture") == ""
        path = entry(pilot, "csv-path")
        path.focus()
        await until(pilot, lambda: "flowers.csv" in listed(pilot, "#csv-path-matches"))
        await pilot.press("m", "o", "enter", "f")
        await until(pilot, lambda: listed(pilot, "#csv-path-matches") == ["flowers.csv"])
        await pilot.press("enter")
        assert path.value == "more/flowers.csv"
        assert not path.has_focus
        assert not field(pilot, "csv-path").query_one("#csv-path-matches").display
        await settled(pilot)
        assert entry(pilot, "architecture").value == "2-100-40-2"
        assert (await compose_of(pilot).checked()).problems == []
