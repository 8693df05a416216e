"""What is typed stays as typed, however fast it came."""

from laboratory import SHORT, compose_of, lab_of, last_run, opened, settled, until
from textual.events import Key
from textual.widgets import Input

from joml_tui.ui import in_turn


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


async def test_a_filter_typed_in_one_piece_is_no_row_of_actions():
    async with opened() as pilot:
        theme = pilot.app.theme
        at_once(pilot, "slash", *"test", "enter", "slash", *"x")
        entry = lab_of(pilot).query_one("#filter", Input)
        await until(pilot, lambda: entry.value == "testx")
        assert pilot.app.screen is lab_of(pilot) and pilot.app.theme == theme
        assert not lab_of(pilot).book.runs


async def test_what_is_typed_into_a_dialog_before_it_is_there_is_typed_into_it():
    async with opened(SHORT) as pilot:
        lab_of(pilot).start_run(SHORT)
        at_once(pilot, "F", *"exporter", "enter", "N", *"a", "backspace", *"go", "enter")
        await until(pilot, lambda: (last_run(pilot).name, last_run(pilot).note) == ("exporter", "go"))
        assert pilot.app.screen is lab_of(pilot)


async def test_a_dialog_left_before_it_is_there_is_left():
    async with opened() as pilot:
        for key in ("T", "question_mark", "O", "Q", "h", "k", "G"):
            at_once(pilot, key, "escape", key, "escape", "escape")
            await until(pilot, lambda: pilot.app.screen is lab_of(pilot) and not pilot.app._busy)
            await pilot.pause(0.3)
            at_once(pilot, "escape")
            await until(pilot, lambda: pilot.app.screen is lab_of(pilot))


async def test_keys_go_on_whatever_becomes_of_the_one_before(monkeypatch):
    monkeypatch.setattr(in_turn, "_LONGEST", 0.2)
    async with opened() as pilot:
        monkeypatch.setattr(pilot.app, "_follow", lambda *_: None)
        at_once(pilot, "n", "end", "backspace")
        entry = lab_of(pilot).query_one("#architecture", Input)
        await until(pilot, lambda: entry.value == "14-100-40-")
