"""Which areas are in sight, and how much room they have; at every size nothing is cut off."""

import re

import pytest
from laboratory import (
    SHORT,
    SMALL,
    WIDE,
    compose_of,
    is_answered,
    lab_of,
    opened,
    settled,
    texts,
    toasts,
    trained,
    until,
)

from joml_tui.ui.app import LabApp
from joml_tui.ui.inside import InsideArea
from joml_tui.ui_state import Memory, Remembered

#: One terminal of each arrangement.
SIZES = [(80, 24), (100, 30), (160, 50)]
AREAS = ("compose", "charts", "runs")
WIDGETS = {"compose": "#compose", "charts": "#charts-area", "runs": "#runs-area"}


def in_view(pilot):
    return {area for area, selector in WIDGETS.items() if lab_of(pilot).query_one(selector).region.area}


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
            assert runs.region.height == 6
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

    async def test_the_border_of_the_runs_is_dragged(self):
        async with opened(SHORT) as pilot:
            runs = pilot.app.screen.query_one("#runs-area")
            bottom, top = runs.region.bottom, runs.region.y
            await pilot.mouse_down("#runs-area", offset=(60, 0))
            await pilot.hover(offset=(60, top - 5))
            await pilot.mouse_up(offset=(60, top - 5))
            await pilot.pause()
            assert (runs.region.y, runs.region.bottom) == (top - 5, bottom)
            await pilot.hover(offset=(60, top + 1))
            await pilot.pause()
            assert runs.region.y == top - 5

    async def test_a_double_click_restores_the_border(self):
        async with opened(SHORT) as pilot:
            runs = lab_of(pilot).query_one("#runs-area")
            height, width = runs.region.height, compose_of(pilot).region.width
            await pilot.press("alt+up", "alt+up", "alt+right")
            await until(pilot, lambda: runs.region.height > height and compose_of(pilot).region.width > width)
            await pilot.double_click("#runs-area", offset=(60, 0))
            await pilot.double_click("#charts-area", offset=(0, 20))
            await until(pilot, lambda: (runs.region.height, compose_of(pilot).region.width) == (height, width))

    async def test_the_layout_is_there_the_next_time_and_small_terminals_do_without(self, tmp_path):
        path = tmp_path / "lab.json"
        path.write_text('{"tour_seen": true}')
        async with LabApp(SHORT, memory=Memory(path)).run_test(size=WIDE) as pilot:
            await settled(pilot)
            await pilot.press("alt+right", "alt+up")
            await until(pilot, lambda: Memory(path).now == Remembered("", 50, 6, True))
        async with LabApp(SHORT, memory=Memory(path)).run_test(size=WIDE) as pilot:
            await settled(pilot)
            assert compose_of(pilot).region.width == 50
            assert lab_of(pilot).query_one("#runs-area").region.height == 6
            await pilot.resize_terminal(*SMALL)
            await pilot.pause()
            assert compose_of(pilot).region.width == SMALL[0]
            await pilot.resize_terminal(*WIDE)
            await pilot.pause()
            assert compose_of(pilot).region.width == 50


def whole(place):
    return place.visible_region == place.region


class TestSizes:
    @pytest.mark.parametrize("size", SIZES)
    async def test_each_area_and_panel_shows_and_nothing_is_cut_off(self, size):
        async with opened(SHORT, size) as pilot:
            lab = lab_of(pilot)
            await trained(pilot)
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
                        await until(pilot, lambda: whole(lab.find_widget(widget)), seconds=60)  # noqa: B023
                    except AssertionError:
                        pytest.fail(f"{widget.id} is cut off: {lab.find_widget(widget)}")
                    assert widget.region in lab.region
                lab.set_focus(None)
            await pilot.press("4")
            area, note = lab.query_one(InsideArea), lab.query_one("#inside-note")
            for place, panel in enumerate(area.panels):
                area.choose(place)
                await until(pilot, lambda: is_answered(pilot) or "Walsh spectrum" in str(note.content))
                await pilot.pause()
                widget = panel if panel.display else note
                shown_widget = lab.find_widget(widget)
                assert shown_widget.visible_region == shown_widget.region, f"{widget} at {shown_widget.region}"
                if panel.display:
                    await until(pilot, lambda: is_answered(pilot))  # what it shows may just be drawn anew
                    assert max(sum(len(piece.text) for piece in row) for row in panel._lines.rows) <= panel._width
                    assert panel.size.height + panel.max_scroll_y >= len(panel._lines.rows)

    async def test_empty_areas_say_what_to_do(self):
        async with opened(SHORT, SMALL) as pilot:
            for key in ("m", "p", "x", "e", "E"):
                pilot.app.clear_notifications()
                await pilot.press(key)
                await pilot.pause()
                assert len(re.findall("No run", toasts(pilot))) == 1, key
            assert texts(pilot, "#settings-line") == ["No runs yet: r trains this network, B the article's three"]
