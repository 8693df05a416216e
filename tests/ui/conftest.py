import asyncio
import gc
import inspect
import itertools
import math
import time

import pytest
from textual import app as textual_app
from textual import pilot as textual_pilot
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from joml_tui.plots.renderer_client import PainterClient
from joml_tui.ui import lab, notices, terminal_traits
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import chart_pair
from joml_tui.ui.error_net import ErrorNet
from joml_tui.ui.runs import pace_control

# A lab is a heap that collections would walk again and again while it is there; it is freed before the next test.
gc.set_threshold(200_000, 1_000, 50)


_A_LAB_WAS_OPEN = pytest.StashKey[bool]()


def opens_the_lab(item):
    return inspect.iscoroutinefunction(item.function) or "snap_compare" in item.fixturenames


@pytest.fixture(autouse=True)
def labs_before_are_freed(request):
    """Free the lab of the test before, if that had one."""
    if request.config.stash.get(_A_LAB_WAS_OPEN, False):
        gc.collect(1)
    request.config.stash[_A_LAB_WAS_OPEN] = opens_the_lab(request.node)


def pytest_itemcollected(item):
    """Leave what opens the lab or takes a picture of it to the slow tests, but for one or two tests of each area."""
    if opens_the_lab(item) and item.get_closest_marker("quick") is None:
        item.add_marker("slow")


@pytest.fixture(autouse=True, scope="session")
def style_sheets_are_parsed_once():
    """Parse a style sheet once for all labs that give its variables the same values."""
    parsed, parse = {}, Stylesheet._parse_rules

    def parsed_once(sheet, css, read_from, **settings):
        key = (css, read_from, *settings.items(), *sheet._variables.items())
        if key not in parsed:
            parsed[key] = parse(sheet, css, read_from, **settings)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parsed_once)
        yield


@pytest.fixture(autouse=True)
def no_engine_in_advance(monkeypatch):
    """Start an engine process only in tests that train."""
    monkeypatch.setattr(lab, "prewarm", lambda: None)


@pytest.fixture(autouse=True)
def runs_are_at_full_speed(monkeypatch):
    """Let no run wait so that it can be watched, unless the test is about that."""
    monkeypatch.setattr(pace_control, "DEFAULT_SPEED", "full")


@pytest.fixture(autouse=True)
def each_test_has_its_own_terminal(monkeypatch):
    """Forget what a lab before decided about the terminal, such as ASCII only."""
    monkeypatch.setattr(terminal_traits, "_decided", None)


class OwnPainter(PainterClient):
    """A painter that draws here at once, by the painter's function; test_chart_view has the process."""

    def __init__(self):
        super().__init__()
        self._starts_left = 0


@pytest.fixture(autouse=True)
def no_process_paints(monkeypatch):
    """Start no painter for each lab that shows a chart."""
    monkeypatch.setattr(chart_pair, "PainterClient", OwnPainter)


@pytest.fixture(autouse=True)
def notices_outlast_a_busy_machine(monkeypatch):
    """Let no notice go before a test has read it."""
    monkeypatch.setattr(notices, "SECONDS", 600)


@pytest.fixture(autouse=True)
def no_error_is_caught(monkeypatch, request):
    """Fail a test in which the error net had something to catch, unless it is about that."""
    caught = []
    catch = ErrorNet.catch

    def noted(net, error):
        caught.append(error)
        return catch(net, error)

    monkeypatch.setattr(ErrorNet, "catch", noted)
    yield caught
    if caught and "catches_errors" not in request.keywords:
        raise caught[0]


_homes = itertools.count()


@pytest.fixture(autouse=True)
def a_terminal_and_a_home_of_its_own(monkeypatch, tmp_path_factory):
    """Let neither the terminal that tests run in nor the user's own files change what they see, nor be changed."""
    # Numbered here: `mktemp` looks through all folders there are for the next number.
    home = tmp_path_factory.getbasetemp() / "homes" / str(next(_homes))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("JOML_CONFIG", str(home / "config.toml"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    for name in (
        "NO_COLOR",
        "JOML_ASCII",
        "SSH_CONNECTION",
        "SSH_TTY",
        "TEXTUAL_COLOR_SYSTEM",
        "LC_ALL",
        "LC_CTYPE",
        "LANG",
    ):
        monkeypatch.delenv(name, raising=False)
    state = home / "joml-tui"
    state.mkdir(parents=True)
    (state / "lab.json").write_text('{"tour_seen": true}')
    return home


@pytest.fixture(autouse=True)
def notices_are_remembered(monkeypatch):
    """Keep every notice beyond the seconds that it is shown, until a test clears the notices."""
    notify, clear = LabApp.notify, LabApp.clear_notifications

    def remembered(self, message, *, title="", **settings):
        vars(self).setdefault("notices", []).append((title, message))
        notify(self, message, title=title, **settings)

    def cleared(self):
        vars(self).pop("notices", None)
        clear(self)

    monkeypatch.setattr(LabApp, "notify", remembered)
    monkeypatch.setattr(LabApp, "clear_notifications", cleared)


#: A changed layout waits for the next paint, a sixtieth of a second at most.
_SECONDS_A_PAINT = 0.02
#: A paint may bring about another; what paints all the time is not waited for.
_MOST_PAINTS = 3
#: More than anything takes, on a machine with other work too: only a lab that is never done gets there.
_SECONDS_TO_BE_DONE = 10


async def _until_nothing_is_left(*_: float) -> None:
    """Wait until the loop has nothing that it could do now, nor for as long as a paint is put off."""
    loop, paints = asyncio.get_running_loop(), _MOST_PAINTS
    end = loop.time() + _SECONDS_TO_BE_DONE
    while loop.time() < end:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        due = min((timer.when() for timer in loop._scheduled if not timer.cancelled()), default=math.inf)
        if not paints or due > loop.time() + _SECONDS_A_PAINT:
            return
        paints -= 1
        await asyncio.sleep(max(0.0, due - loop.time()))


def _is_at_work(pump: MessagePump) -> bool:
    """Return whether a widget has messages, or handles one; else it waits for the next."""
    queue = pump._message_queue
    return pump.is_running and not (queue.empty() and queue.ready_event._waiters)


def _is_ready(app: App) -> bool:
    """Return whether the screen in front has its widgets, and neither it nor they have anything to do."""
    return app.screen.is_mounted and not any(map(_is_at_work, (app, *app.screen.walk_children(with_self=True))))


async def _until_all_wait(pilot: Pilot, timeout: float = 30.0) -> bool:
    """Wait until no widget of the screen in front has a message left; Textual sends each one for that."""
    end = time.monotonic() + timeout
    await _until_nothing_is_left()
    while not _is_ready(pilot.app):
        if pilot.app._exception_event.is_set():
            return False
        assert time.monotonic() < end, "a widget's handler does not end"
        await asyncio.sleep(0.002)
        await _until_nothing_is_left()
    return True


@pytest.fixture(autouse=True)
def keys_wait_for_the_loop(monkeypatch):
    """Let keys and pauses wait for the screen's own loop, and no longer.

    Textual waits until the process hardly computes, for a fiftieth of a second at least and a second at most, twice a
    key: where a run trains or the machine is busy, each takes that second.
    """
    monkeypatch.setattr(textual_app, "wait_for_idle", _until_nothing_is_left)
    monkeypatch.setattr(textual_pilot, "wait_for_idle", _until_nothing_is_left)
    monkeypatch.setattr(Pilot, "_wait_for_screen", _until_all_wait)
