"""An exception in any handler, timer, worker or panel is told of in a dialog, and the lab goes on."""

import asyncio
import importlib
import inspect
import pkgutil
import threading
from contextlib import asynccontextmanager

import pytest
from laboratory import ENDLESS, SHORT, WIDE, lab_of, last_run, opened, settled, until
from test_snapshots import finished_run
from textual import events
from textual.actions import parse
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widgets import Label

import joml_tui.ui
from joml_tui.experiment import CsvFile
from joml_tui.store import Store
from joml_tui.ui import deferred_calls
from joml_tui.ui.actions import ACTIONS, LAB_SCOPES, request_of
from joml_tui.ui.app import LabApp
from joml_tui.ui.columns.columns_screen import ColumnsScreen
from joml_tui.ui.deferred_calls import call_every, call_soon, in_worker, start_worker
from joml_tui.ui.dialogs import text_dialog
from joml_tui.ui.dialogs.export_dialog import Export, Offer
from joml_tui.ui.dialogs.failure_dialog import ErrorDialog
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.error_net import threads_caught
from joml_tui.ui.fork.live_settings import LiveSettings
from joml_tui.ui.lab import Lab
from joml_tui.ui.painting.painting import Painting
from joml_tui.ui.painting.painting_screen import PaintingScreen
from joml_tui.ui.run_history.history_screen import EarlierRuns
from joml_tui.ui.runs import session
from joml_tui.ui.runs.diff_screen import DiffScreen
from joml_tui.ui.screen_stack import Dialog, Page, open_screen
from joml_tui.ui.textual_compat import is_gone

pytestmark = pytest.mark.catches_errors


class Injected(Exception):
    """What a test has something raise."""


def fail(*_, **__):
    raise Injected("by a test")


async def fail_later(*_, **__):
    raise Injected("by a test")


def classes_of_the_lab():
    for _, name, _ in pkgutil.walk_packages(joml_tui.ui.__path__, "joml_tui.ui."):
        module = importlib.import_module(name)
        for thing in vars(module).values():
            if inspect.isclass(thing) and issubclass(thing, MessagePump) and thing.__module__ == name:
                yield thing


#: What does actions of the lab without being a widget.
CONTROLS = {type(owner) for owner in Lab(SHORT).owners.values() if not isinstance(owner, MessagePump)}
CLASSES = {*classes_of_the_lab(), *CONTROLS}
#: Screens that may fail while they come; not the one that tells of it.
SCREENS = {cls for cls in CLASSES if issubclass(cls, (Page, Dialog)) and not issubclass(ErrorDialog, cls)}
#: What stands on no screen by itself, but in classes that do.
_PARTS = {"InsidePanel", "RowScrollView", "Page", "Dialog", "KeyQueue", "Lesson", "PartPanel"}
_STARTS = ("action_", "on_", "_on_", "watch_", "validate_")
_DRAWS = ("render", "render_line", "render_lines")


def handlers_of(cls):
    """Return the names of a class's own handlers: actions, messages, watchers and workers."""
    return [
        name
        for name, thing in vars(cls).items()
        if inspect.isfunction(thing)
        and name != "on_event"  # hears of all that happens, the answers that tests wait for too
        and (name.startswith(_STARTS) or hasattr(thing, "_textual_on") or hasattr(thing, "in_worker"))
    ]


@asynccontextmanager
async def lab_with_a_run(monkeypatch):
    monkeypatch.setattr(session, "start_run", finished_run)
    app = LabApp(SHORT)
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await until(pilot, lambda: app.lab.runs_area.selected is not None)
        await settled(pilot)
        last_run(pilot).run.id = "finished"
        yield pilot


async def answers(pilot, *nodes):
    """Wait for an answer of the application, its screen and some more."""
    for node in (pilot.app, pilot.app.screen, *nodes):
        if node is not pilot.app and is_gone(node):
            continue
        answer = asyncio.Event()
        if node.call_later(answer.set):
            await asyncio.wait_for(answer.wait(), 10)
    assert pilot.app.is_running


async def close_all(pilot):
    lab = lab_of(pilot)
    while pilot.app.screen is not lab:
        screen = pilot.app.screen
        assert isinstance(screen, (Page, Dialog))
        screen.close()
        await until(pilot, lambda screen=screen: not screen.is_running)


def screens_of(pilot, folder):
    """Yield what opens each screen of the lab: a key, or the screen itself."""
    yield from (
        "O",
        "asterisk",
        "Q",
        "U",
        "C",
        "V",
        "R",
        "h",
        "v",
        "T",
        "semicolon",
        "question_mark",
        "ctrl+p",
        "F",
        "S",
        "Y",
        "e",
        "J",
        "I",
    )
    yield LiveSettings(last_run(pilot))
    yield DiffScreen([last_run(pilot)])
    yield Question("Go on?", "", (Answer("yes", "Yes", "y"), Answer("no", "No", "n")))
    yield Export(
        "Export", [Offer(name, folder / name, ".csv", lambda path, replace: None) for name in ("a.csv", "b.csv")]
    )
    (folder / "table.csv").write_text("a,b\n" + "".join(f"{i % 7},{'xy'[i % 2]}\n" for i in range(20)))
    yield ColumnsScreen(CsvFile(str(folder / "table.csv")))
    yield PaintingScreen(Painting())
    yield EarlierRuns(Store(folder / "runs.db"), set())
    yield ErrorDialog("Something", "went wrong", "here")


async def open_one(pilot, opener):
    lab = lab_of(pilot)
    if isinstance(opener, str):
        await pilot.press(opener)
    else:
        open_screen(lab, opener)
    try:
        await until(pilot, lambda: pilot.app.screen is not lab and pilot.app.screen.is_mounted, 10)
    except AssertionError:
        pytest.fail(f"{opener} opens nothing")
    await pilot.pause()


def parts_of(screen):
    """Return one object of each class of the lab on a screen, with the classes it brings along."""
    seen = {}
    controls = screen.owners.values() if isinstance(screen, Lab) else ()
    for node in (screen.app, *screen.walk_children(with_self=True), *controls):
        for cls in type(node).__mro__:
            if cls in CLASSES and cls not in seen:
                seen[cls] = node
    return seen


def message_for(name):
    """Return a message that a handler of this name hears."""
    wanted = name.lstrip("_")
    for message in all_messages(Message):
        if getattr(message, "handler_name", "") == wanted:
            return blank(message)
    return None


def all_messages(message):
    yield message
    for each in message.__subclasses__():
        yield from all_messages(each)


def blank(message):
    """Return a message with nothing in it: whoever hears it raises at once."""
    if message is events.Key:
        return events.Key("f12", None)
    if issubclass(message, events.MouseEvent):
        return message(None, 0, 0, 0, 0, 0, False, False, False)
    made = object.__new__(message)
    Message.__init__(made)
    return made


def ways_to(pilot, node, cls, name, patch):
    """Yield what has a handler called, the way nearest to a user's first; the handler raises from now on."""
    thing = vars(cls)[name]
    raising = fail_later if inspect.iscoroutinefunction(thing) else fail
    if hasattr(thing, "in_worker"):
        patch.setattr(cls, name, in_worker()(fail_later))
    else:
        patch.setattr(cls, name, raising)
    if cls in CONTROLS:
        if (action := action_of(pilot, node, name)) is not None:
            yield lambda: pilot.app.call_later(pilot.app.run_action, f"screen.{request_of(action)}")
        yield lambda: pilot.app.lab.call_later(getattr(node, name))
        return
    if name.startswith("action_"):
        yield lambda: pilot.app.call_later(node.run_action, name.removeprefix("action_"))
    for message, _ in getattr(thing, "_textual_on", ()):
        patch.setitem(cls.__dict__["_decorated_handlers"], message, [(raising, {})])
        yield lambda message=message: node.post_message(blank(message))
    if name.lstrip("_").startswith("on_") and (message := message_for(name)) is not None:
        yield lambda: node.post_message(message)
    yield lambda: node.call_later(getattr(node, name))


def action_of(pilot, control, name):
    """Return the action of the table that a method of a control does; None where it is none."""
    for action in ACTIONS:
        owner, method, _ = parse(action.handler)
        if action.scope in LAB_SCOPES and pilot.app.lab.owners[owner] is control and name == f"action_{method}":
            return action
    return None


async def is_told(pilot, node, cls, name, caught):
    """Have a handler raise, and return whether the net has heard of it; the lab has to be alive afterwards."""
    before = sum(isinstance(error, Injected) for error in caught)
    with pytest.MonkeyPatch.context() as patch:
        for way in ways_to(pilot, node, cls, name, patch):
            way()
            try:
                await answers(pilot, *(() if cls in CONTROLS else (node,)))
            except TimeoutError:
                pytest.fail(f"no answer after an exception in {cls.__name__}.{name}")
            if sum(isinstance(error, Injected) for error in caught) > before:
                return True
    return False


def test_what_does_actions_without_being_a_widget_is_enumerated():
    names = {f"{cls.__name__}.{name}" for cls in CONTROLS for name in handlers_of(cls)}
    assert {"Arrangement.action_go", "RunControl.action_train", "ForkControl.action_travel"} <= names


async def test_an_exception_in_any_handler(monkeypatch, tmp_path, no_error_is_caught):
    """Have each handler of each class raise on an object of it that is on the screen."""
    left = {(cls, name) for cls in CLASSES for name in handlers_of(cls)}
    async with lab_with_a_run(monkeypatch) as pilot:
        for opener in (None, *screens_of(pilot, tmp_path)):
            if opener is not None:
                await open_one(pilot, opener)
            for cls, node in parts_of(pilot.app.screen).items():
                for name in handlers_of(cls):
                    if (cls, name) in left and await is_told(pilot, node, cls, name, no_error_is_caught):
                        left.discard((cls, name))
            await close_all(pilot)
    assert sorted(f"{cls.__name__}.{name}" for cls, name in left if cls.__name__ not in _PARTS) == []


async def test_an_exception_in_anything_that_is_called_later(monkeypatch, tmp_path, no_error_is_caught):
    """Have each timer and callback raise after it has done its work, while every screen is opened."""
    made = deferred_calls._if_there

    def raising_afterwards(node, callback, *args, **kwargs):
        call = made(node, callback, *args, **kwargs)
        if "ErrorNet" in repr(callback):  # the net itself
            return call

        async def then_fail():
            await call()
            raise Injected(f"{callback}")

        return made(node, then_fail)

    async with lab_with_a_run(monkeypatch) as pilot:
        monkeypatch.setattr(deferred_calls, "_if_there", raising_afterwards)
        for opener in screens_of(pilot, tmp_path):
            await close_all(pilot)
            await open_one(pilot, opener)
            await answers(pilot)
        await close_all(pilot)
        await answers(pilot)
    assert len({str(error) for error in no_error_is_caught}) > 15
    assert [error for error in no_error_is_caught if not isinstance(error, Injected)] == []


async def test_an_exception_while_anything_is_drawn_or_mounted(monkeypatch, tmp_path, no_error_is_caught):
    async with lab_with_a_run(monkeypatch) as pilot:
        drawn = [(cls, name) for cls in CLASSES for name in _DRAWS if name in vars(cls)]
        for opener in (None, *screens_of(pilot, tmp_path)):
            if opener is not None:
                await open_one(pilot, opener)
            for cls, node in parts_of(pilot.app.screen).items():
                for name in [name for each, name in drawn if each is cls and node.region.area]:
                    before = len(no_error_is_caught)
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setattr(cls, name, fail)
                        node.refresh(layout=True)
                        try:
                            await until(pilot, lambda before=before: len(no_error_is_caught) > before, 5)
                        except AssertionError:
                            pytest.fail(f"{cls.__name__}.{name} was not called")
                        await answers(pilot, node)
                    drawn.remove((cls, name))
            await close_all(pilot)
            if opener is not None and isinstance(opener, str):
                with pytest.MonkeyPatch.context() as patch:
                    for screen in [
                        cls for cls in CLASSES if issubclass(cls, (Page, Dialog)) and cls is not ErrorDialog
                    ]:
                        for name in ("compose", "on_mount"):
                            if name in vars(screen):
                                patch.setattr(screen, name, fail)
                    await pilot.press(opener)
                    await answers(pilot)
                    await pilot.press("escape")
                    await answers(pilot)
                await close_all(pilot)
        assert Injected in {type(error) for error in no_error_is_caught}  # and what their widgets' absence brings about


@pytest.mark.quick
async def test_what_was_caught_is_shown_once_and_reported(tmp_path, no_error_is_caught):
    app = LabApp(SHORT, reports=tmp_path / "errors")
    async with app.run_test(size=WIDE) as pilot:
        await settled(pilot)
        for _ in range(3):
            call_soon(app.lab, fail)
        await until(pilot, lambda: isinstance(app.screen, ErrorDialog))
        await answers(pilot)
        (report,) = (tmp_path / "errors").iterdir()
        shown = " ".join(str(label.visual) for label in app.screen.query(Label))
        assert f"please send {report} to the maintainers" in shown
        assert "The lab continues" in shown and "Injected: by a test" in shown
        text = report.read_text()
        assert "joml-tui" in text and "Traceback" in text and "Injected: by a test" in text and "screens: Lab" in text
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.lab)
        assert list(app.net.caught.values()) == [3]


async def test_a_worker_and_a_task_and_a_thread(no_error_is_caught):
    async with opened(SHORT) as pilot:
        start_worker(lab_of(pilot), fail_later())
        await until(pilot, lambda: len(no_error_is_caught) == 1)
        timer = call_every(lab_of(pilot), 0.001, fail)
        await until(pilot, lambda: len(no_error_is_caught) > 3)
        timer.stop()
        await answers(pilot)
        with threads_caught(pilot.app.net):
            heard = len(no_error_is_caught)
            threading.Thread(target=fail, name="failing").start()
            await until(pilot, lambda: len(no_error_is_caught) > heard)
        await answers(pilot)


async def test_what_breaks_the_screen_itself_ends_the_lab(monkeypatch, no_error_is_caught):
    with pytest.raises(Injected):
        async with opened(SHORT) as pilot:
            monkeypatch.setattr(text_dialog, "plain_lines", fail)  # the dialog that tells of errors cannot be shown
            call_soon(lab_of(pilot), fail)
            await until(pilot, lambda: pilot.app._exception is not None or not pilot.app.is_running)


async def test_runs_go_on_beneath_it(no_error_is_caught):
    async with opened(ENDLESS) as pilot:
        lab = lab_of(pilot)
        await pilot.press("r")
        await until(pilot, lambda: lab.session.runs and last_run(pilot).run.iteration)
        before = last_run(pilot).run.iteration
        call_soon(lab, fail)
        await until(pilot, lambda: isinstance(pilot.app.screen, ErrorDialog))
        await until(pilot, lambda: last_run(pilot).run.iteration > before)
        await pilot.press("escape", "x")
        await until(pilot, lambda: last_run(pilot).run.state.ended)
