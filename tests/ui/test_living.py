"""Living in the lab: room, help, jumps, the tour, pictures; and everything reachable at every size."""

import re

import pytest
from laboratory import SHORT, SMALL, WIDE, compose_of, focus_for, lab_of, opened, settled, texts, toasts, until
from textual.app import App
from textual.widgets import Input

from joml_tui.plots.palette import contrast, curve_colour
from joml_tui.ui.actions import ACTIONS, LAB_SCOPES
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts
from joml_tui.ui.charts.chart_view import Chart
from joml_tui.ui.compose.layer_list import LayerList
from joml_tui.ui.dialogs.export_dialog import Export, Offer
from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.inside.inside_area import PanelName
from joml_tui.ui.lab import Lab
from joml_tui.ui.shell.jump import Jump
from joml_tui.ui.shell.tour import Tour
from joml_tui.ui.theme_colors import ink_of
from joml_tui.ui_state import Memory, Remembered
from joml_tui.user_settings import LoadedSettings, UserSettings

SIZES = [(80, 24), (100, 30), (160, 50), (250, 70)]
AREAS = ("compose", "charts", "runs")
WIDGETS = {"compose": "#compose", "charts": "#charts-area", "runs": "#runs-area"}


def in_view(pilot):
    return {area for area, selector in WIDGETS.items() if lab_of(pilot).query_one(selector).region.area}


def shown_help(pilot):
    return pilot.app.screen.query_one("#keys").text


class TestRoom:
    async def test_the_area_in_use_alone_and_all_again(self):
        async with opened(SHORT) as pilot:
            for key, other in (("1", "3"), ("2", "3"), ("3", "1")):
                await pilot.press(key, "M")
                await pilot.pause()
                area = AREAS[int(key) - 1]
                assert in_view(pilot) == {area}
                assert lab_of(pilot).query_one(WIDGETS[area]).region.width == WIDE[0]
                await pilot.press(other)
                await pilot.pause()
                assert in_view(pilot) == {AREAS[int(other) - 1]}
                await pilot.press("M")
                await pilot.pause()
                assert in_view(pilot) == set(AREAS)

    async def test_a_small_terminal_says_why_nothing_changes(self):
        async with opened(SHORT, SMALL) as pilot:
            await pilot.press("M", "alt+right")
            await pilot.pause()
            assert "each panel already fills it" in toasts(pilot)
            assert "no border to move" in toasts(pilot)
            assert in_view(pilot) == {"compose"}

    async def test_borders_move_by_keys_as_far_as_there_is_room(self):
        async with opened(SHORT, (100, 30)) as pilot:
            compose, runs = (lab_of(pilot).query_one(name) for name in ("#compose", "#runs-area"))
            width, height = compose.region.width, runs.region.height
            await pilot.press("alt+right", "alt+right", "alt+left", "alt+up")
            await pilot.pause()
            assert (compose.region.width, runs.region.height) == (width + 4, height + 2)
            await pilot.press(*["alt+right"] * 10, *["alt+down"] * 10)
            await pilot.pause()
            assert lab_of(pilot).query_one("#charts-area").region.width == 30
            assert runs.region.height == 4
            await pilot.press(*["alt+left"] * 14, *["alt+up"] * 10)
            await pilot.pause()
            assert compose.region.width == 34
            assert in_view(pilot) == set(AREAS)

    async def test_keys_that_come_faster_than_layouts_all_count(self):
        async with opened(SHORT, (100, 30)) as pilot:
            lab = lab_of(pilot)
            compose, runs = (lab.query_one(name) for name in ("#compose", "#runs-area"))
            width, height = compose.region.width, runs.region.height
            for steps in (1, 1, -1):
                lab.arrangement.action_widen(steps)
            for _ in range(2):
                lab.arrangement.action_heighten(1)
            await until(pilot, lambda: (compose.region.width, runs.region.height) == (width + 4, height + 4))

    async def test_the_border_is_dragged(self):
        async with opened(SHORT) as pilot:
            await pilot.mouse_down("#charts-area", offset=(0, 20))
            await pilot.hover(offset=(56, 20))
            await pilot.mouse_up(offset=(56, 20))
            await pilot.pause()
            assert compose_of(pilot).region.width == 56
            await pilot.hover(offset=(70, 20))
            await pilot.pause()
            assert compose_of(pilot).region.width == 56

    async def test_the_layout_is_there_the_next_time_and_small_terminals_do_without(self, tmp_path):
        path = tmp_path / "lab.json"
        path.write_text('{"tour_seen": true}')
        async with LabApp(SHORT, memory=Memory(path)).run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("alt+right", "alt+up")
            await until(pilot, lambda: Memory(path).now == Remembered("", 50, 15, True))
        async with LabApp(SHORT, memory=Memory(path)).run_test(size=WIDE) as pilot:
            await settled(pilot)
            assert compose_of(pilot).region.width == 50
            assert lab_of(pilot).query_one("#runs-area").region.height == 15
            await pilot.resize_terminal(*SMALL)
            await pilot.pause()
            assert compose_of(pilot).region.width == SMALL[0]
            await pilot.resize_terminal(*WIDE)
            await pilot.pause()
            assert compose_of(pilot).region.width == 50


class TestHelp:
    @pytest.mark.quick
    async def test_it_begins_with_where_the_keys_are(self):
        async with opened(SHORT, SMALL) as pilot:
            for key, said in (("y", "digits write its size"), ("f4", "Every run of this session")):
                await pilot.press(key, "f1")
                await pilot.pause()
                assert said in shown_help(pilot).splitlines()[0] + shown_help(pilot).splitlines()[1]
                await pilot.press("f1")
                await pilot.pause()
                assert pilot.app.screen is lab_of(pilot)

    async def test_typing_searches_and_letters_are_no_keys_there(self):
        async with opened(SHORT) as pilot:
            await pilot.press("question_mark", *"light")
            await pilot.pause()
            assert "Switch between dark and light" in shown_help(pilot)
            assert "Train the composed network" not in shown_help(pilot)
            await pilot.press(*"[/]")
            await pilot.pause()
            assert "No key or action has the name light[/]." in shown_help(pilot)
            await pilot.press("question_mark")
            await pilot.pause()
            assert pilot.app.screen is lab_of(pilot)
            assert not lab_of(pilot).book.runs

    async def test_dialogs_have_help_of_their_own(self):
        async with opened(SHORT) as pilot:
            pilot.app.push_screen(Question("Go?", "", (Answer("a", "Yes", "y"), Answer("b", "No", "n"))))
            await pilot.pause()
            await pilot.press("question_mark")
            await pilot.pause()
            assert isinstance(pilot.app.screen, Help)
            assert "Enter or its letter chooses one" in shown_help(pilot) and "Cancel" in shown_help(pilot)
            await pilot.press("escape")
            await pilot.pause()
            assert isinstance(pilot.app.screen, Question)

    async def test_a_question_mark_is_text_where_text_is_written(self, tmp_path):
        async with opened(SHORT) as pilot:
            offer = Offer("CSV", tmp_path / "x", ".csv", lambda path, overwrite: None)
            pilot.app.push_screen(Export("Export", [offer]))
            await pilot.pause()
            await pilot.press("question_mark")
            await pilot.pause()
            assert "?" in pilot.app.screen.query_one(Input).value
            await pilot.press("f1")
            await pilot.pause()
            assert isinstance(pilot.app.screen, Help)


class TestJump:
    @pytest.mark.parametrize("size", [SMALL, WIDE])
    async def test_a_letter_goes_where_it_stands(self, size):
        async with opened(SHORT, size) as pilot:
            await pilot.press("semicolon")
            await pilot.pause()
            letters = {str(label.content).strip(): label.region for label in pilot.app.screen.query(".jump-letter")}
            lab = lab_of(pilot)
            entry = lab.query_one("#epochs")
            letter = next(letter for letter, region in letters.items() if region.offset == entry.region.offset)
            await pilot.press(letter)
            await pilot.pause()
            assert pilot.app.screen is lab and lab.focused is entry

    async def test_areas_can_be_jumped_to_from_a_small_terminal(self):
        async with opened(SHORT, SMALL) as pilot:
            await pilot.press("semicolon", "d")
            await pilot.pause()
            assert in_view(pilot) == {"runs"}

    async def test_any_other_key_leaves_and_a_new_size_too(self):
        async with opened(SHORT) as pilot:
            for key in ("escape", "f8", "0"):
                await pilot.press("semicolon")
                await pilot.pause()
                assert isinstance(pilot.app.screen, Jump)
                await pilot.press(key)
                await pilot.pause()
                assert pilot.app.screen is lab_of(pilot) and lab_of(pilot).focused is None, key
            await pilot.press("semicolon")
            await pilot.pause()
            assert isinstance(pilot.app.screen, Jump)
            await pilot.resize_terminal(*SMALL)
            await pilot.pause()
            assert pilot.app.screen is lab_of(pilot)

    async def test_a_click_goes_to_what_is_beneath(self):
        async with opened(SHORT) as pilot:
            await pilot.press("semicolon")
            await pilot.pause()
            region = lab_of(pilot).query_one(LayerList).region
            await pilot.click(offset=(region.x + 8, region.y + 1))
            await pilot.pause()
            assert lab_of(pilot).focused is lab_of(pilot).query_one(LayerList)


class TestTour:
    @pytest.mark.parametrize("size", [SMALL, SIZES[-1]])
    async def test_five_steps_point_at_what_is_in_view(self, size):
        async with opened(SHORT, size) as pilot:
            await pilot.press("T")
            for place in range(1, 6):
                await until(pilot, lambda: isinstance(pilot.app.screen, Tour) and pilot.app.screen.is_mounted)
                await until(pilot, lambda place=place: texts(pilot, "#tour-title")[0].endswith(f"{place}/5"))
                await until(pilot, lambda: pilot.app.screen.query_one("#pointer").region.area)
                box = pilot.app.screen.query_one(".tour").region
                assert box in pilot.app.screen.region
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

    async def test_a_folder_that_takes_none_is_told(self, tmp_path, monkeypatch):
        folder = tmp_path / "gone"
        folder.mkdir()
        monkeypatch.chdir(folder)
        folder.rmdir()
        async with opened(SHORT) as pilot:
            await pilot.press("P")
            await until(pilot, lambda: "The picture could not be written" in toasts(pilot))
            monkeypatch.chdir(tmp_path)


async def test_charts_follow_the_theme():
    async with opened(SHORT) as pilot:
        await pilot.press("2")
        for theme in ("nord", "solarized-light", "dracula", "gruvbox"):
            pilot.app.theme = theme
            await pilot.pause()
            await lab_of(pilot).query_one(Charts).settle()
            for chart in lab_of(pilot).query(Chart):
                ground = chart.colors[2]
                drawn = {segment.style.bgcolor for segment in chart.render_line(3) if segment.style}
                assert drawn == {ground.rich_color}, theme


async def test_curves_and_their_axes_are_readable_in_every_theme():
    async with App().run_test() as pilot:  # the lab's charts stand on the same ground
        for theme in pilot.app.available_themes:
            pilot.app.theme = theme
            await pilot.pause()
            dark = pilot.app.current_theme.dark
            ink = ink_of(pilot.app.screen, dark=dark)
            drawn = [ink.text, ink.muted, *(curve_colour(place, dark=dark) for place in range(8))]
            assert min(contrast(colour, ink.background) for colour in drawn) >= 3, theme


def whole(place):
    return place.visible_region == place.region


class TestSizes:
    @pytest.mark.parametrize("size", [SMALL])
    async def test_every_action_is_reached_by_key_and_palette(self, size, monkeypatch):
        called = []
        actions = [action for action in ACTIONS if action.scope in LAB_SCOPES]
        monkeypatch.setattr(Lab, "action_perform", lambda self, action_id: called.append(action_id))
        async with opened(SHORT, size) as pilot:
            lab = lab_of(pilot)
            offered = {command.help: command.callback for command in pilot.app.get_system_commands(lab)}
            for scope in sorted(LAB_SCOPES):
                await focus_for(pilot, scope)  # the keys stay there, as the actions do nothing
                for action in actions:
                    if action.scope != scope or action.id == "quit":
                        continue
                    called.clear()
                    await pilot.press(action.keys[0])
                    await offered[action.help]()
                    assert called == [action.id] * 2, action.id

    @pytest.mark.parametrize("size", SIZES)
    async def test_each_area_and_panel_shows_and_nothing_is_cut_off(self, size):
        async with opened(SHORT, size) as pilot:
            lab = lab_of(pilot)
            await pilot.press("r")
            await until(pilot, lambda: lab.book.runs and lab.book.runs[-1].run.state.ended)
            for key, area in zip("123", AREAS, strict=True):
                await pilot.press(key)
                await pilot.pause()
                assert area in in_view(pilot)
                for widget in lab.focus_chain:
                    if lab.query_one(WIDGETS[area]) not in widget.ancestors_with_self:
                        continue
                    lab.set_focus(widget)
                    await pilot.pause()
                    try:  # it is scrolled to, which takes a moment
                        await until(pilot, lambda: whole(lab.find_widget(widget)), seconds=5)  # noqa: B023
                    except AssertionError:
                        pytest.fail(f"{widget.id} is cut off: {lab.find_widget(widget)}")
                    assert widget.region in lab.region
                lab.set_focus(None)
            await pilot.press("4")
            area, note = lab.query_one(InsideArea), lab.query_one("#inside-note")
            for place, panel in enumerate(area.panels):
                area.choose(place)
                await until(
                    pilot, lambda panel=panel: (panel.display and panel._rows) or "Walsh spectrum" in str(note.content)
                )
                await pilot.pause()
                for widget in (panel if panel.display else note, *lab.query(PanelName)):
                    found = lab.find_widget(widget)
                    assert found.visible_region == found.region, f"{widget} at {found.region}"
                if panel.display:
                    assert max(sum(len(piece.text) for piece in row) for row in panel._rows) <= panel._width
                    assert panel.size.height + panel.max_scroll_y >= len(panel._rows)

    async def test_empty_areas_say_what_to_do(self):
        async with opened(SHORT, SMALL) as pilot:
            for key in ("m", "p", "x", "e", "E"):
                pilot.app.clear_notifications()
                await pilot.press(key)
                await pilot.pause()
                assert len(re.findall("No run", toasts(pilot))) == 1, key
            assert texts(pilot, "#settings-line") == ["No runs yet; press B to train the article's three networks"]
