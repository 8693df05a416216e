"""What the user's settings do to the lab, and what the lab remembers."""

import tomllib

import pytest
from click.testing import CliRunner
from laboratory import ENDLESS, SHORT, SMALL, lab_of, opens, settled, toasts, until
from textual.widgets import Input

from joml_tui.cli import main
from joml_tui.ui import terminal_traits
from joml_tui.ui.actions import ACTIONS, BY_ID, key_of
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts
from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.queue.queue_screen import QueueScreen
from joml_tui.ui.shell.settings_validation import checked_keys
from joml_tui.ui.terminal_traits import TerminalTraits
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui_state import Memory, Remembered
from joml_tui.user_settings import LoadedSettings, UserSettings, read_settings


def app_with(memory=None, fault="", tour=False, **settings):
    settings["tour"] = tour
    return LabApp(SHORT, LoadedSettings(UserSettings(**settings), fault), memory)


@pytest.fixture(autouse=True)
def keys_of_its_own():
    yield
    LabApp(SHORT)  # without settings: every action has its own keys again


@pytest.mark.quick
async def test_rebound_keys_work_in_place_of_the_old_ones(monkeypatch):
    async with app_with(keys={"theme": ("5", "?"), "help": ("f10",)}).run_test(notifications=True) as pilot:
        await settled(pilot)
        assert toasts(pilot) == ""
        for key, dark in (("t", True), ("5", False), ("question_mark", True)):
            await pilot.press(key)
            assert pilot.app.current_theme.dark is dark, key
        assert key_of("theme") == "5"
        assert key_of("jump") == ";"
        await opens(pilot, Help, "f10")
        assert any(line.startswith("5  ?") for line in pilot.app.screen.query_one("#keys").text.splitlines())


async def test_keys_of_other_screens_are_rebound_too():
    reading = LoadedSettings(UserSettings(tour=False, keys={"queue-hold": ("x",), "queue-cancel": ("K",)}))
    async with LabApp(ENDLESS, reading).run_test() as pilot:
        await settled(pilot)
        await pilot.press("a", "a")
        await settled(pilot)
        await opens(pilot, QueueScreen, "Q")
        await pilot.press("p")
        assert not lab_of(pilot).queue.on_hold
        await until(pilot, lambda: " x Hold " in pilot.app.screen.query_one(KeyFooter).render().plain)
        assert " K Cancel " in pilot.app.screen.query_one(KeyFooter).render().plain
        await pilot.press("x")
        await until(pilot, lambda: lab_of(pilot).queue.on_hold)
        await until(pilot, lambda: "x continues it" in pilot.app.screen.query_one("#queue-head").render().plain)
        await pilot.press("f12")
        await until(pilot, lambda: ("x", "Hold") in pilot.app.screen._about.keys)
        lab_of(pilot).stop_all()


async def test_a_rebound_letter_is_text_in_an_entry():
    async with app_with(keys={"theme": ("f",)}).run_test() as pilot:
        await settled(pilot)
        lab_of(pilot).query_one("#architecture", Input).focus()
        await pilot.press("f")
        assert pilot.app.current_theme.dark
        assert lab_of(pilot).query_one("#architecture", Input).value.endswith("f")


@pytest.mark.parametrize(
    ("wanted", "expected_keys", "message"),
    [
        ({"train": ["f10"]}, {"train": ("f10",)}, ""),
        ({"train": ["?", "Ctrl+R"], "help": ["F10"]}, {"train": ("question_mark", "ctrl+r"), "help": ("f10",)}, ""),
        ({"train": ["p"], "pause": ["r"]}, {"train": ("p",), "pause": ("r",)}, ""),
        ({"trian": ["f12"]}, {}, "keys.trian: there is no such action; did you mean train?"),
        ({"train": ["x"]}, {}, "keys.train: 'x' is a key of stop (Stop); take another, or give stop other keys"),
        ({"train": ["N"]}, {}, "is a key of note"),
        ({"train": ["~"], "stop": ["~"]}, None, "is a key of"),
        ({"queue-hold": ["x"], "earlier-open": ["enter"]}, {"queue-hold": ("x",), "earlier-open": ("enter",)}, ""),
        ({"lesson-again": ["u"]}, {}, "is a key of"),
        ({"train": ["j"]}, {}, "'j' moves in lists; take another key"),
        ({"train": ["tab"]}, {}, "'tab' goes to the next entry; take another key"),
        ({"train": ["hyperspace"]}, {}, "'hyperspace' is not a key"),
        ({"train": [""]}, {}, "is not a key"),
        ({"train": ["ctrl+"]}, None, ""),
        ({"train": ["[/]"]}, {}, "'[/]' is not a key"),
    ],
    ids=range(15),
)
def test_which_keys_can_be_had(wanted, expected_keys, message):
    keys_of, faults = checked_keys({action: tuple(keys) for action, keys in wanted.items()})
    assert expected_keys is None or keys_of == expected_keys
    assert message in "\n".join(faults)
    assert bool(faults) == bool(message) or expected_keys is None
    owners = {}
    for action in ACTIONS:
        for key in keys_of.get(action.id, action.keys):
            owners.setdefault((key, action.scope), []).append(action.id)
    assert all(len(ids) == 1 for ids in owners.values())


async def test_what_does_not_hold_is_reported_and_the_lab_keeps_its_keys_and_theme():
    async with app_with(keys={"theme": ("x",)}, theme="nrod[/]").run_test(notifications=True) as pilot:
        await settled(pilot)
        assert "'x' is a key of stop" in toasts(pilot)
        assert "theme: there is no" in toasts(pilot)
        assert pilot.app.theme == "joml-dark"
        await pilot.press("t")
        assert not pilot.app.current_theme.dark


async def test_theme_and_smoothing_are_as_set():
    async with app_with(theme="nord", smoothing=7).run_test() as pilot:
        await settled(pilot)
        assert pilot.app.theme == "nord"
        assert lab_of(pilot).query_one(Charts).smoothing == 7


async def test_a_broken_file_never_stops_the_lab(tmp_path):
    path = tmp_path / "[broken.toml"
    path.write_text("theme = [/]")
    async with LabApp(SHORT, read_settings(path)).run_test(size=SMALL, notifications=True) as pilot:
        await settled(pilot)
        assert "not TOML" in toasts(pilot) and "broken.toml" in toasts(pilot)
        assert pilot.app.theme == "joml-dark"


async def test_the_theme_chosen_last_is_there_the_next_time(tmp_path):
    path = tmp_path / "state" / "lab.json"
    async with app_with(Memory(path)).run_test() as pilot:
        await settled(pilot)
        await pilot.press("t")
        await until(pilot, path.exists)
    async with app_with(Memory(path)).run_test() as pilot:
        assert pilot.app.theme == "joml-light"
    async with app_with(Memory(path), theme="nord").run_test() as pilot:
        assert pilot.app.theme == "nord"
        await settled(pilot)
    assert Memory(path).now == Remembered(theme="joml-light")


async def test_a_memory_that_cannot_be_written_disturbs_nobody(tmp_path):
    (tmp_path / "file").write_text("")
    async with app_with(Memory(tmp_path / "file" / "lab.json")).run_test(notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert toasts(pilot) == "" and pilot.app.is_running


async def test_a_quiet_lab_has_no_animations_and_asks_inside_half_as_often():
    for quiet, seconds in ((True, 1.0), (False, 0.5)):
        async with app_with(quiet=quiet).run_test() as pilot:
            await settled(pilot)
            assert (pilot.app.animation_level == "none") is quiet
            assert lab_of(pilot).query_one(InsideArea)._timer._interval == seconds


async def test_sentences_write_keys_as_they_stand_on_a_keyboard():
    async with app_with(keys={"train": ("full_stop",), "smoother": ("f10",)}).run_test(notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("p")
        await pilot.pause()
        assert "No run to pause. Press . to train this network" in toasts(pilot)


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({}, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}, TerminalTraits()),
        ({}, {"TERM": "xterm-256color"}, TerminalTraits(colours=256)),
        ({}, {"TERM": "xterm"}, TerminalTraits(colours=16)),
        ({}, {"TERM": "screen"}, TerminalTraits(colours=16)),
        ({}, {"TERM": "linux"}, TerminalTraits(ascii=True, colours=16)),
        ({}, {"TERM": "vt100"}, TerminalTraits(ascii=True, colours=0)),
        ({}, {"TERM": "linux", "JOML_ASCII": "0"}, TerminalTraits(colours=16)),
        ({}, {"TERM": "xterm-256color", "JOML_ASCII": "1"}, TerminalTraits(ascii=True, colours=256)),
        ({}, {"TERM": "xterm-256color", "NO_COLOR": "1"}, TerminalTraits(colours=0)),
        ({}, {"TERM": "xterm-256color", "SSH_TTY": "/dev/pts/1"}, TerminalTraits(colours=256, quiet=True)),
        ({}, {"TERM": "xterm-256color", "LC_ALL": "C"}, TerminalTraits(ascii=True, colours=256)),
        ({}, {"TERM": "xterm-256color", "LC_ALL": "C", "JOML_ASCII": "0"}, TerminalTraits(colours=256)),
        ({}, {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "LANG": "C"}, TerminalTraits(colours=256)),
        ({}, {"TERM": "xterm-256color", "LANG": "de_DE.ISO-8859-15@euro"}, TerminalTraits(ascii=True, colours=256)),
        ({"ascii": True, "quiet": True}, {"COLORTERM": "24bit"}, TerminalTraits(ascii=True, quiet=True)),
    ],
    ids=range(15),
)
def test_what_the_terminal_can_show(settings, environment, expected):
    assert terminal_traits.decide(UserSettings(**settings), environment) == terminal_traits.traits() == expected


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "xterm", "COLORTERM": ""}], ids=["none", "16"])
async def test_with_few_colours_what_has_the_keys_is_reversed(monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with app_with().run_test(size=SMALL) as pilot:
        await settled(pilot)
        entry = lab_of(pilot).query_one("#epochs", Input)
        entry.focus()
        await pilot.pause()
        assert entry.styles.text_style.reverse


def config(*arguments):
    return CliRunner().invoke(main, ["config", *arguments])


def test_config_prints_path_and_settings_and_writes_a_file(a_terminal_and_a_home_of_its_own):
    path = a_terminal_and_a_home_of_its_own / "config.toml"
    before = config()
    assert before.exit_code == 0 and str(path) in before.stdout and not path.exists()
    assert "no such file yet" in before.stdout
    shown = tomllib.loads(before.stdout)
    assert shown["keys"] == {action.id: list(BY_ID[action.id].keys) for action in ACTIONS}
    written = config("--init")
    assert written.exit_code == 0 and path.exists()
    assert tomllib.loads(written.stdout) == shown
    assert config("--init").exit_code == 2
    path.write_text('theme = "nrod"\n[keys]\ntrain = ["x"]')
    faulty = config()
    assert faulty.exit_code == 2
    assert "there is no 'nrod'" in faulty.stderr and "did you mean nord?" in faulty.stderr
    assert "'x' is a key of stop" in faulty.stderr and "Traceback" not in faulty.stderr
    path.write_text("quiet = 3")
    assert "quiet: expected true or false, got 3" in config().stderr
