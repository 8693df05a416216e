"""What is typed stays as typed, however fast it came."""

import pytest
from laboratory import SHORT, SMALL, compose_of, lab_of, opened, settled, until
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Input

from joml_tui.ui.runs.prompt_dialog import PromptDialog


async def test_entries_typed_over_before_the_lab_has_looked_stay_as_typed():
    async with opened() as pilot:
        entry = pilot.app.screen.query_one("#architecture", Input)
        for text in ("14-1-4", "14-12-4", "14-12x-4", "14-12x3-4", "14-12x", "14-9-4"):
            entry.value = text
        heard = []

        def hear(value):
            heard.append(value)

        entry.watch(entry, "value", hear, init=False)
        await settled(pilot)
        assert entry.value == compose_of(pilot).draft.architecture == "14-9-4"
        assert heard == []


async def test_typing_and_deleting_settles():
    async with opened() as pilot:
        entry = pilot.app.screen.query_one("#architecture", Input)
        entry.focus()
        await pilot.press("end", "x", "backspace", "x", "backspace", "-", "5")
        await settled(pilot)
        assert entry.value == compose_of(pilot).draft.architecture == "14-100-40-4-5"
        assert not compose_of(pilot).behind


async def test_a_letter_right_after_backspace_does_not_overtake_it():
    async with opened() as pilot:
        entry = pilot.app.screen.query_one("#architecture", Input)
        entry.focus()
        await pilot.press("end")
        for key in (Key("backspace", "\x7f"), Key("7", "7"), Key("left", None), Key("1", "1")):
            pilot.app.post_message(key)
        await settled(pilot)
        assert entry.value == "14-100-40-17"


def at_once(pilot, *keys):
    """Let keys come in one piece, as they do over a network."""
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))


async def test_what_is_typed_before_a_dialog_is_there_is_typed_into_it():
    async with opened(SHORT) as pilot:
        messages = []
        pilot.app.push_screen(PromptDialog("Name", "", "", 60), messages.append)
        assert not pilot.app.screen.is_mounted
        at_once(pilot, *"exporter", "enter")
        await until(pilot, lambda: messages == ["exporter"])
        assert pilot.app.screen is lab_of(pilot)


async def test_a_dialog_left_before_it_is_there_is_left():
    async with opened() as pilot:
        pilot.app.push_screen(PromptDialog("Name", "", "", 60))
        at_once(pilot, "escape")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        lab_of(pilot).owners["shell"].action_tour()
        at_once(pilot, "escape")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))


@pytest.mark.parametrize(
    ("keys", "entry", "text"),
    [
        (("slash", *"test"), "#filter", "test"),
        (("n", "1", "2"), "#architecture", "2-4-212"),
        (("3", "n", "t"), "#architecture", "2-4-2t"),
    ],
)
async def test_what_is_typed_in_one_piece_after_the_key_of_an_entry_is_typed_into_it(keys, entry, text):
    async with opened(SHORT, SMALL) as pilot:
        theme = pilot.app.theme
        at_once(pilot, *keys)
        await until(pilot, lambda: lab_of(pilot).query_one(entry, Input).value == text)
        assert pilot.app.focused is lab_of(pilot).query_one(entry, Input)
        assert pilot.app.theme == theme
        assert not lab_of(pilot).session.runs


async def test_a_key_whose_widget_is_taken_away_holds_up_no_others(monkeypatch):
    async with opened(SHORT) as pilot:
        # No widget stops it, and it does not come back.
        monkeypatch.setattr(Screen, "_forward_event", lambda self, event: event._set_forwarded())
        await pilot.press("t")
        monkeypatch.undo()
        theme = pilot.app.theme
        at_once(pilot, "t")
        await until(pilot, lambda: pilot.app.theme != theme)
