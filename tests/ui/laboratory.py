"""Opening the lab in tests, and waiting for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import TypeVar

from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label

from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor
from joml_tui.ui.app import LabApp
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.lab import Lab
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.widgets.dialog_box import DialogBox

S = TypeVar("S", bound=Screen)

WIDE, SMALL = (160, 50), (80, 24)

#: A run of a fraction of a second.
SHORT = Experiment(
    dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),), optimizer=AdamSpec(0.01), epochs=3, batch_size=16
)
#: A run that nobody waits for the end of.
ENDLESS = Experiment(
    dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),), optimizer=AdamSpec(0.01), epochs=1_000_000, batch_size=16
)


@asynccontextmanager
async def opened(experiment: Experiment | None = None, size: tuple[int, int] = WIDE) -> AsyncIterator[Pilot]:
    app = LabApp(experiment)
    with ExitStack() as unseen:
        unseen.enter_context(app.batch_update())
        async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
            await settled(pilot)
            unseen.close()  # laid out and painted once, where what comes first is painted five times
            await settled(pilot)
            try:
                yield pilot
            finally:
                app.lab.stop_all()
                for entry in app.lab.session.runs:
                    await asyncio.to_thread(entry.run.wait, 5)


def lab_of(pilot: Pilot) -> Lab:
    return pilot.app.lab


async def focus_for(pilot: Pilot, scope: str) -> None:
    """Focus what an action's scope is about; nothing for what works everywhere."""
    lab = lab_of(pilot)
    widget = None
    if scope != "lab":
        lab.arrangement.show({"layers": "compose"}.get(scope, scope))
        await pilot.pause()
        widget = lab.query_one(InsideArea).panel if scope == "inside" else lab.query_one(f"#{scope}")
    lab.set_focus(widget)
    await pilot.pause()


def compose_of(pilot: Pilot) -> ComposeArea:
    return lab_of(pilot).query_one(ComposeArea)


def last_run(pilot: Pilot) -> LabRun:
    return lab_of(pilot).session.runs[-1]


async def until(pilot: Pilot, condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain; {present(pilot)}"
        await pilot.pause(0.01)
    await pilot.pause()  # what has come may not be ready for keys: a screen has no widgets at first


async def opens(pilot: Pilot, kind: type[S], *keys: str) -> S:
    """Press keys, and return the screen that they open as soon as it takes keys itself."""
    await pilot.press(*keys)
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_mounted)
    screen = pilot.app.screen
    assert isinstance(screen, kind), f"{screen} came in front of it"
    return screen


def present(pilot: Pilot) -> str:
    """Return what there is in place of what was waited for: the screens, the runs, the notices."""
    screens = [type(screen).__name__ for screen in pilot.app.screen_stack]
    runs = lab_of(pilot).session.runs if isinstance(pilot.app, LabApp) else []
    states = [(entry.label, entry.run.state, entry.run.iteration, entry.run.message) for entry in runs]
    return f"screens {screens}, runs {states}, notices {toasts(pilot)!r}"


async def listed_all(pilot: Pilot) -> None:
    """Wait until the earlier runs have been read, filtered and sorted."""
    await until(pilot, lambda: pilot.app.screen.is_mounted and pilot.app.screen._read)
    await until(pilot, lambda: not any(worker.group.startswith("earlier-") for worker in pilot.app.workers))


async def settled(pilot: Pilot) -> None:
    """Wait until the entries have been checked, what needs that has come, and the data are drawn."""
    await pilot.pause()
    while compose_of(pilot).behind:
        await pilot.pause(0.01)
    for groups in (("check", "train", "queue"), ("preview",)):  # the first one starts the second
        awaited = [worker for worker in pilot.app.workers if worker.group in groups]
        if awaited:  # of no workers, Textual would wait for all
            await pilot.app.workers.wait_for_complete(awaited)
        await pilot.pause()


def is_answered(pilot: Pilot) -> bool:
    """Return whether the area Inside has drawn the answer about the run that it shows.

    The rows alone do not tell: they stay those of the panel's last run or visit until an answer comes.
    """
    inside = lab_of(pilot).inside_area
    drawn = inside.panel.display and bool(inside.panel._lines.rows)
    return drawn and (inside._lab_run is None or inside._answer is not None)


async def inside_shown(pilot: Pilot) -> None:
    """Wait until the area Inside shows its panel, if it is in sight."""
    if lab_of(pilot).inside_area.display:
        await until(pilot, lambda: is_answered(pilot))


async def has_ended(pilot: Pilot, runs: int = 1) -> LabRun:
    """Wait until there are so many runs, and the end of the last one is shown wherever the lab shows it."""
    await until(pilot, lambda: len(lab_of(pilot).session.runs) >= runs)
    run = last_run(pilot)
    await until(pilot, lambda: run.run.wait(0))  # its end has been sent to the screen
    was_heard = asyncio.Event()
    lab_of(pilot).call_later(was_heard.set)
    await asyncio.wait_for(was_heard.wait(), 120)
    await settled(pilot)
    return run


async def trained(pilot: Pilot) -> LabRun:
    """Train the composed network to its end."""
    runs = len(lab_of(pilot).session.runs)
    await pilot.press("r")
    return await has_ended(pilot, runs + 1)


async def typed(pilot: Pilot, entry: str, text: str) -> None:
    """Replace an entry's text as a user does."""
    widget = lab_of(pilot).query_one(f"#{entry}")
    widget.focus()
    await pilot.press("end", "ctrl+u")
    for character in text:
        await pilot.press(_KEYS.get(character, character))
    await settled(pilot)


def toasts(pilot: Pilot) -> str:
    """Return all notices that there were: on a slow machine they may be gone before they are looked at."""
    return "\n".join(f"{title}: {message}" for title, message in vars(pilot.app).get("notices", ()))


def frame_title(widget: Widget) -> str:
    """Return the first line of a framed widget, with its title."""
    return widget.render_lines(Region(0, 0, widget.outer_size.width, 1))[0].text


def texts(pilot: Pilot, selector: str) -> list[str]:
    return [str(label.content) for label in pilot.app.screen.query(selector).results(Label)]


def cell(pilot: Pilot, entry: LabRun, column: str) -> str:
    return str(lab_of(pilot).query_one("#runs").get_cell(entry.key, column))


_KEYS = {"-": "minus", ".": "full_stop"}


async def click_key(pilot: Pilot, words: str) -> None:
    """Click on a key in the lower border of the dialog in front."""
    box = pilot.app.screen.query_one(DialogBox)
    bottom = box.outer_size.height - 1
    line = box.render_lines(Region(0, bottom, box.outer_size.width, 1))[0].text
    await pilot.click(box, offset=(line.index(words), bottom))
    await pilot.pause()
