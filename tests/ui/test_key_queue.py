"""Keys that come in one piece, at sizes with room for nothing, in a real pseudo-terminal."""

import asyncio
import sys
import time
from collections import deque
from pathlib import Path

import pytest
from laboratory import until
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Label

from joml_tui.ui.key_queue import KeyQueue

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.ui.monkey import Monkey, reports_in

pytestmark = pytest.mark.slow

DOWN, UP, TAB, ESCAPE, PALETTE = "\x1b[6~", "\x1b[5~", "\t", "\x1b", "\x10"
BURSTS = [
    ((160, 50), PALETTE + "\r\r"),
    ((160, 50), PALETTE + DOWN),
    ((160, 50), PALETTE + PALETTE + "he\r"),
    ((80, 4), PALETTE + DOWN + UP),
    ((40, 8), "*" + TAB),
    ((40, 8), "U" + TAB + DOWN),
    ((40, 8), "U" + ESCAPE + TAB),
    ((160, 50), "O" + TAB + "x\r"),
    ((80, 24), "O" + TAB + "x\r" + DOWN + "\r"),
    ((160, 50), ";;aa"),
    ((160, 50), "?\r?\r\x1b\x1b"),
    ((160, 50), "SS\r\r"),
    ((160, 50), "F\r\r" + "#\r\r"),
    ((14, 20), "4}}}}}}}}"),
    ((10, 30), "4}}}}}}}}" + "{{{{" + "\r "),
    ((10, 3), "T\r\r\r\r\r\r"),
    ((160, 50), "\xff\xfe"),
]


class Late(Screen):
    """A screen with a key that needs its widgets, which are long in coming."""

    BINDINGS = [("k", "count", "Count")]

    def __init__(self):
        super().__init__()
        self.may_come = asyncio.Event()

    def compose(self):
        yield Label("0", id="count")

    async def on_mount(self):
        await self.may_come.wait()

    def action_count(self):
        label = self.query_one("#count", Label)
        label.update(str(int(str(label.content)) + 1))


async def test_a_key_that_comes_back_unhandled_waits_for_the_screen_that_has_opened_meanwhile():
    app = KeyQueue()
    async with app.run_test() as pilot:
        key, late = Key("k", "k"), Late()
        key._set_forwarded()
        app.push_screen(late)
        await app.on_event(key)
        waiting = [each.key for each in app._waiting]
        late.may_come.set()
        assert waiting == ["k"]
        await until(pilot, lambda: not app._waiting and late.is_mounted)
        await until(pilot, lambda: str(late.query_one("#count", Label).content) == "1")


@pytest.mark.timeout(300)
def test_keys_in_one_piece(tmp_path):
    monkey = Monkey(0, patience=20, paced=True)
    monkey._keys = deque()
    terminal = monkey._open(tmp_path)
    try:
        for size, keys in BURSTS:
            terminal.resize(size)
            terminal.watch(0.2)
            terminal.send(keys.encode("latin-1"), monkey.patience)
            settle(terminal, monkey)
            assert monkey._fine(terminal, 0), f"{keys!r} at {size}: {monkey.findings}"
            assert monkey._comes_home(terminal, 0), f"{keys!r} at {size}: {monkey.findings}"
            assert monkey.findings == [], f"{keys!r} at {size}"
        terminal.send(b"o", monkey.patience)  # a list that is open while there is no room for it
        for size in ((1, 1), (160, 50)):
            terminal.resize(size)
            settle(terminal, monkey)
        terminal.send(DOWN.encode(), monkey.patience)
        settle(terminal, monkey)
        assert monkey._comes_home(terminal, 0)
        monkey._leave(terminal, 0)
        assert monkey.findings == [] and reports_in(tmp_path) == set()
    finally:
        terminal.close()


def settle(terminal, monkey):
    """Wait until the lab has had all keys: it answers with none that waits, three times."""
    terminal.watch(0.15)
    end, beats = time.monotonic() + 300, terminal.beats
    while (terminal.last.get("waiting") or terminal.beats < beats + 3) and time.monotonic() < end:
        terminal.watch(0.05)
        if terminal.ended:
            return
