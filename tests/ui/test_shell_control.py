"""Help, jumps, the tour and pictures."""

import pytest
from laboratory import SHORT, SMALL, WIDE, compose_of, frame_title, lab_of, opened, opens, settled, toasts, until
from textual.events import Key
from textual.widgets import Input

from joml_tui.ui.app import LabApp
from joml_tui.ui.compose.layer_list import LayerList
from joml_tui.ui.compose.settings_dialog import SettingsDialog
from joml_tui.ui.data_files.file_dialog import FileDialog
from joml_tui.ui.dialogs.export_dialog import Export, Offer
from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.shell.jump import Jump
from joml_tui.ui.shell.tour import Tour
from joml_tui.ui.widgets.dialog_box import DialogBox
from joml_tui.ui_state import Memory
from joml_tui.user_settings import LoadedSettings, UserSettings

SIZES = [(80, 24), (100, 30), (160, 50), (250, 70)]


AREAS = ("compose", "charts", "runs")
WIDGETS = {"compose": "#compose", "charts": "#charts-area", "runs": "#runs-area"}


def in_view(pilot):
    return {area for area, selector in WIDGETS.items() if lab_of(pilot).query_one(selector).region.area}


def shown_help(pilot):
    return pilot.app.screen.query_one("#keys").text


class TestHelp:
    @pytest.mark.quick
    async def test_it_begins_with_where_the_keys_are(self):
        async with opened(SHORT, SMALL) as pilot:
            for key, message in (("y", "digits write its size"), ("f3", "Every run of this session")):
                await opens(pilot, Help, key, "f12")
                assert message in shown_help(pilot).splitlines()[0] + shown_help(pilot).splitlines()[1]
                await pilot.press("f12")
                await pilot.pause()
                assert pilot.app.screen is lab_of(pilot)

    async def test_typing_searches_and_letters_are_no_keys_there(self):
        async with opened(SHORT) as pilot:
            await opens(pilot, Help, "question_mark")
            await pilot.press(*"light")
            await pilot.pause()
            assert "Switch between dark and light" in shown_help(pilot)
            assert "Train the composed network" not in shown_help(pilot)
            await pilot.press(*"[/]")
            await pilot.pause()
            assert "No key or action has the name light[/]." in shown_help(pilot)
            await pilot.press("question_mark")
            await pilot.pause()
            assert pilot.app.screen is lab_of(pilot)
            assert not lab_of(pilot).session.runs

    async def test_dialogs_have_help_of_their_own(self):
        async with opened(SHORT) as pilot:
            pilot.app.push_screen(Question("Go?", "", (Answer("a", "Yes", "y"), Answer("b", "No", "n"))))
            await pilot.pause()
            await opens(pilot, Help, "question_mark")
            assert "Enter or its letter chooses one" in shown_help(pilot) and "Cancel" in shown_help(pilot)
            await opens(pilot, Question, "escape")

    async def test_a_question_mark_is_text_where_text_is_written(self, tmp_path):
        async with opened(SHORT) as pilot:
            offer = Offer("CSV", tmp_path / "x", ".csv", lambda path, overwrite: None)
            pilot.app.push_screen(Export("Export", [offer]))
            await pilot.pause()
            await pilot.press("question_mark")
            await pilot.pause()
            assert "?" in pilot.app.screen.query_one(Input).value
            await opens(pilot, Help, "f12")


class TestJump:
    @pytest.mark.parametrize("size", [SMALL, WIDE])
    async def test_a_letter_goes_where_it_stands(self, size):
        async with opened(SHORT, size) as pilot:
            await opens(pilot, Jump, "semicolon")
            letters = {str(label.content).strip(): label.region for label in pilot.app.screen.query(".jump-letter")}
            lab = lab_of(pilot)
            entry = lab.query_one("#epochs")
            letter = next(letter for letter, region in letters.items() if region.offset == entry.region.offset)
            await pilot.press(letter)
            await pilot.pause()
            assert pilot.app.screen is lab and lab.focused is entry

    async def test_a_jump_to_a_list_opens_it(self):
        async with opened(SHORT) as pilot:
            lab = lab_of(pilot)
            optimizer = lab.query_one("#optimizer")
            await opens(pilot, Jump, "semicolon")
            labels = pilot.app.screen.query(".jump-letter")
            at = {label.region.offset: str(label.content).strip() for label in labels}
            await pilot.press(at[optimizer.region.offset])
            await pilot.pause()
            assert optimizer.expanded
            await pilot.press("escape")
            await pilot.pause()
            assert not optimizer.expanded and optimizer.has_focus

    async def test_areas_can_be_jumped_to_from_a_small_terminal(self):
        async with opened(SHORT, SMALL) as pilot:
            await opens(pilot, Jump, "semicolon")
            await pilot.press("d")
            await pilot.pause()
            assert in_view(pilot) == {"runs"}

    async def test_any_other_key_leaves_and_a_new_size_too(self):
        async with opened(SHORT) as pilot:
            for key in ("escape", "f8", "0"):
                await opens(pilot, Jump, "semicolon")
                await pilot.press(key)
                await pilot.pause()
                assert pilot.app.screen is lab_of(pilot) and lab_of(pilot).focused is None, key
            await opens(pilot, Jump, "semicolon")
            await pilot.resize_terminal(*SMALL)
            await pilot.pause()
            assert pilot.app.screen is lab_of(pilot)

    async def test_a_click_goes_to_what_is_beneath(self):
        async with opened(SHORT) as pilot:
            await opens(pilot, Jump, "semicolon")
            region = lab_of(pilot).query_one(LayerList).region
            await pilot.click(offset=(region.x + 8, region.y + 1))
            await pilot.pause()
            assert lab_of(pilot).focused is lab_of(pilot).query_one(LayerList)


class TestTour:
    @pytest.mark.parametrize("size", [SMALL, SIZES[-1]])
    async def test_six_steps_point_at_what_is_in_view(self, size):
        async with opened(SHORT, size) as pilot:
            await pilot.press("T")
            for place in range(1, 7):
                await until(pilot, lambda: isinstance(pilot.app.screen, Tour) and pilot.app.screen.is_mounted)
                box = pilot.app.screen.query_one(DialogBox)
                await until(pilot, lambda place=place, box=box: f" {place} of 6 " in frame_title(box))
                await until(pilot, lambda: pilot.app.screen.query_one("#pointer").region.area)
                assert box.region in pilot.app.screen.region
                await pilot.press("enter")
            await pilot.pause()
            assert pilot.app.screen is lab_of(pilot)

    @pytest.mark.parametrize("leave", ["escape", "mouse"])
    async def test_shown_the_first_time_and_never_again(self, tmp_path, leave):
        path = tmp_path / "lab.json"
        async with LabApp(SHORT, memory=Memory(path)).run_test(size=SMALL) as pilot:
            await until(pilot, lambda: isinstance(pilot.app.screen, Tour))
            if leave == "escape":
                await pilot.press("escape")
            while leave == "mouse" and pilot.app.screen is not pilot.app.lab:
                await pilot.click("#skip")  # again where the box has just moved beside what it points at
                await pilot.pause(0.1)
            await until(pilot, lambda: pilot.app.screen is pilot.app.lab)
            await until(pilot, lambda: Memory(path).now.tour_seen)
        if leave == "mouse":  # what is remembered is the same
            return
        async with LabApp(SHORT, memory=Memory(path)).run_test(size=SMALL) as pilot:
            await settled(pilot)
            assert pilot.app.screen is pilot.app.lab

    @pytest.mark.parametrize(("key", "comes"), [("question_mark", Help), ("O", SettingsDialog), ("J", FileDialog)])
    async def test_a_key_of_the_lab_ends_it_and_does_what_it_always_does(self, tmp_path, key, comes):
        async with LabApp(SHORT, memory=Memory(tmp_path / "lab.json")).run_test(size=SMALL) as pilot:
            await until(pilot, lambda: isinstance(pilot.app.screen, Tour))
            await opens(pilot, comes, "enter", key)

    async def test_keys_after_the_first_follow_in_their_order(self, tmp_path):
        async with LabApp(SHORT, memory=Memory(tmp_path / "lab.json")).run_test(size=SMALL) as pilot:
            await until(pilot, lambda: isinstance(pilot.app.screen, Tour))
            for key in ("n", *"2-5-2"):
                pilot.app.post_message(Key(key, key))
            await until(pilot, lambda: pilot.app.screen is pilot.app.lab)
            await until(pilot, lambda: compose_of(pilot).form.texts["architecture"].endswith("2-5-2"))

    async def test_quitting_and_training_need_no_second_key(self, tmp_path):
        async with LabApp(SHORT, memory=Memory(tmp_path / "lab.json")).run_test(size=SMALL) as pilot:
            await until(pilot, lambda: isinstance(pilot.app.screen, Tour))
            await pilot.press("r")
            await until(pilot, lambda: pilot.app.lab.session.runs)
            await until(pilot, lambda: pilot.app.lab.session.runs[-1].run.state.ended)
            await opens(pilot, Tour, "T")
            await pilot.press("q")
            await until(pilot, lambda: not pilot.app.is_running)

    async def test_never_where_the_settings_say_so(self, tmp_path):
        memory = Memory(tmp_path / "lab.json")
        async with LabApp(SHORT, LoadedSettings(UserSettings(tour=False)), memory).run_test() as pilot:
            await settled(pilot)
            assert pilot.app.screen is pilot.app.lab


class TestPicture:
    async def test_it_is_written_to_a_new_file(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        async with opened(SHORT) as pilot:
            for name in ("joml.svg", "joml-2.svg"):
                await pilot.press("P")
                await until(pilot, lambda name=name: name in toasts(pilot))
                assert "<svg" in (tmp_path / name).read_text() and "Learning" in (tmp_path / name).read_text()

    async def test_a_folder_that_takes_none_is_reported(self, tmp_path, monkeypatch):
        folder = tmp_path / "gone"
        folder.mkdir()
        monkeypatch.chdir(folder)
        folder.rmdir()
        async with opened(SHORT) as pilot:
            await pilot.press("P")
            await until(pilot, lambda: "Cannot write the picture" in toasts(pilot))
            monkeypatch.chdir(tmp_path)
