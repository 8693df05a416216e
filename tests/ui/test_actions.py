import inspect
from collections import Counter
from functools import partial

import pytest
from laboratory import SHORT, SMALL, WIDE, focus_for, has_ended, lab_of, opened, opens, settled, until
from textual.actions import parse
from textual.binding import Binding
from textual.widgets import Button, Input, OptionList

from joml_tui.ui.actions import ACTIONS, BY_ID, LAB_SCOPES, TOGETHER, bindings
from joml_tui.ui.app import LabApp
from joml_tui.ui.columns.columns_screen import ColumnsScreen
from joml_tui.ui.dialogs.command_palette import Palette
from joml_tui.ui.dialogs.export_dialog import Export
from joml_tui.ui.dialogs.help_dialog import Help, shown_keys
from joml_tui.ui.fork.fork_screen import TimeTravel
from joml_tui.ui.fork.range_test_screen import RangeTest
from joml_tui.ui.lab import Lab
from joml_tui.ui.lessons.collapse_lesson import CollapseLesson
from joml_tui.ui.lessons.lesson import Lesson
from joml_tui.ui.lessons.one_step import OneStep
from joml_tui.ui.painting.painting_screen import PaintingScreen
from joml_tui.ui.queue.queue_screen import QueueScreen
from joml_tui.ui.run_history.history_screen import EarlierRuns
from joml_tui.ui.runs.diff_screen import DiffScreen
from joml_tui.ui.runs.yaml_dialog import YamlDialog
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.words.words_dialog import WordsDialog

OF_THE_LAB = [action for action in ACTIONS if action.scope in LAB_SCOPES]
SCREENS = {
    "queue": QueueScreen,
    "earlier": EarlierRuns,
    "travel": TimeTravel,
    "rates": RangeTest,
    "lesson": Lesson,
    "one-step": OneStep,
    "collapse": CollapseLesson,
    "differing": DiffScreen,
    "reading": YamlDialog,
    "words": WordsDialog,
    "columns": ColumnsScreen,
    "painting": PaintingScreen,
}
MAIN = ("train", "pause", "step", "stop", "export-run", "help", "quit", "area-compose", "area-charts", "area-runs")


def test_no_key_means_two_things_in_one_place():
    own = [{scope} for scope in LAB_SCOPES]  # the lab's parts may have a key of its for themselves
    for scopes in (*own, *(scopes for scopes in TOGETHER if scopes != LAB_SCOPES)):
        keys = Counter(key for action in ACTIONS if action.scope in scopes for key in action.keys)
        assert [key for key, uses in keys.items() if uses > 1] == []


def test_every_action_has_its_handler_and_its_words():
    owners = Lab(SHORT).owners
    for action in ACTIONS:
        owner, method, arguments = parse(action.handler)
        does = getattr(owners[owner] if action.scope in LAB_SCOPES else SCREENS[action.scope], f"action_{method}")
        signature = inspect.signature(does)
        signature.bind(*(() if action.scope in LAB_SCOPES else (None,)), *arguments)
        assert action.label and action.help and action.keys
    assert len(BY_ID) == len(ACTIONS)


def test_every_owner_has_an_action_of_the_table():
    assert set(Lab(SHORT).owners) == {parse(action.handler)[0] for action in OF_THE_LAB}


def test_every_scope_is_heard_on_its_screen():
    for scope, screen in SCREENS.items():
        assert scope in screen.SCOPES
        ids = {binding.id for binding in Binding.make_bindings(screen.BINDINGS)}
        assert {action.id for action in ACTIONS if action.scope == scope} <= ids
    assert LAB_SCOPES | set(SCREENS) == set().union(*TOGETHER)


def test_main_actions_have_a_key_for_entries_too():
    # While an entry has the keys, printable ones are text.
    for name in MAIN:
        assert any(len(key) > 1 and (key[0] == "f" or key.startswith("ctrl+")) for key in BY_ID[name].keys), name


def test_no_key_that_terminals_take_for_another():
    taken = {"ctrl+m", "ctrl+i", "ctrl+h", "ctrl+s", "ctrl+c", "ctrl+p", "ctrl+j", "f10", "f11"}
    assert taken.isdisjoint(key for action in ACTIONS for key in action.keys)


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.id not in ("quit", "help")], ids=lambda a: a.id)
def test_bindings_lead_to_the_handlers(action):
    bound = [binding for binding in bindings(action.scope) if binding.id == action.id]
    wanted = f"screen.perform('{action.id}')" if action.scope in LAB_SCOPES else action.handler
    assert [binding.action for binding in bound] == [wanted]


async def test_every_key_reaches_its_action(monkeypatch):
    called = []

    async def quit_app(self):
        called.append(parse(BY_ID["quit"].handler))

    monkeypatch.setattr(LabApp, "action_quit", quit_app)  # Textual itself binds ctrl+q, to the application's own
    async with opened(SHORT) as pilot:
        for action in OF_THE_LAB:
            owner, method, _ = parse(action.handler)
            if action.id != "quit":
                noted = partial(note_call, called, owner, method)
                monkeypatch.setattr(lab_of(pilot).owners[owner], f"action_{method}", noted)
        for action in OF_THE_LAB:
            for key in action.keys:
                called.clear()
                await focus_for(pilot, action.scope)
                await pilot.press(key)
                assert called == [parse(action.handler)], key


def note_call(called, owner, method, *arguments):
    called.append((owner, method, arguments))


async def test_the_palette_offers_every_action():
    async with opened(SHORT) as pilot:
        offered = {command.title: command.help for command in pilot.app.get_system_commands(lab_of(pilot))}
        for action in OF_THE_LAB:
            assert offered[action.label] == action.help
        assert len([title for title in offered if title == "Quit"]) == 1
        await opens(pilot, QueueScreen, "Q")
        offered = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        assert offered[:6] == [action.label for action in ACTIONS if action.scope == "queue"]


async def test_the_palette_runs_an_action():
    async with opened(SHORT) as pilot:
        await pilot.press("ctrl+p")
        await pilot.press(*"help")
        await until(
            pilot,
            lambda: isinstance(pilot.app.screen, Palette) and pilot.app.screen.query_one(OptionList).option_count < 9,
        )
        await opens(pilot, Help, "enter")


@pytest.mark.parametrize(("key", "size"), [("question_mark", SMALL), ("f12", WIDE)])
async def test_the_help_shows_every_key(key, size):
    async with opened(SHORT, size) as pilot:
        await opens(pilot, Help, key)
        shown = pilot.app.screen.query_one("#keys").text
        for action in ACTIONS:
            assert shown_keys(action) in shown
            assert action.help in shown
        keys = pilot.app.screen.query_one("#keys")
        for _ in range(40):
            await pilot.press("pagedown")
        assert "Command palette" in "".join(keys.render_line(y).text for y in range(keys.size.height))
        await pilot.press("escape")
        assert pilot.app.screen is lab_of(pilot)


async def test_the_help_finds_an_action_by_its_name():
    async with opened(SHORT, SMALL) as pilot:
        await opens(pilot, Help, "question_mark")
        await pilot.press(*"mark all")
        await until(pilot, lambda: BY_ID["mark-all"].help in pilot.app.screen.query_one("#keys").text)
        assert BY_ID["theme"].help not in pilot.app.screen.query_one("#keys").text


async def test_the_footer_shows_the_key_that_works_now():
    async with opened(SHORT, SMALL) as pilot:

        def footer():
            return pilot.app.screen.query_one(KeyFooter).keys

        await until(pilot, lambda: "r" in footer())
        await pilot.press("n")
        await until(pilot, lambda: "f5" in footer() and "r" not in footer())


async def test_main_actions_by_mouse():
    async with opened(SHORT) as pilot:
        await pilot.click("#train")
        await has_ended(pilot)
        await settled(pilot)
        await pilot.click("#export-run")
        await until(pilot, lambda: isinstance(pilot.app.screen, Export))
        assert pilot.app.screen.query_one(Input).value.endswith(".csv")
        await pilot.click("#cancel")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert not pilot.app.screen.query_one("#export-table", Button).disabled


async def test_areas_are_tabs_in_a_small_terminal_and_side_by_side_in_a_large_one():
    async with opened(SHORT, SMALL) as pilot:
        lab = lab_of(pilot)
        areas = {name: lab.query_one(name) for name in ("#compose", "#charts-area", "#runs-area")}

        def shown():
            return {name for name, area in areas.items() if area.region.area}

        assert shown() == {"#compose"}
        for key, name in (("2", "#charts-area"), ("3", "#runs-area"), ("1", "#compose"), ("f2", "#charts-area")):
            await pilot.press(key)
            await pilot.pause()
            assert shown() == {name}
        await pilot.click(".tab")
        await pilot.pause()
        assert shown() == {"#compose"}
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert shown() == set(areas)


@pytest.mark.parametrize("size", [SMALL])
async def test_every_action_is_reached_by_key_and_palette(size, monkeypatch):
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
