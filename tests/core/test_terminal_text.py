"""No control character from a file reaches a terminal, by whatever command."""

import io
import json

import click.testing
import numpy as np
import pytest
from command_line import given

from joml_tui.cli import output
from joml_tui.cli.narration import Narration, progress_bar
from joml_tui.cli.terminal_text import TerminalOutput, escaped, escaped_json

CLIPBOARD, CSI, TURNED = "\x1b]52;c;aGk=\x07", "\x9b31m", "\u202etxt"
NOTE = f"good{CLIPBOARD}\rbad{CSI}\u2028{TURNED}\U000e0041"
#: What a person writes: also joiners, no-break spaces, accents and emoji.
PLAIN = "Übung\t1\n12\u202f345 €\xa0– 数字 👩\u200d🔬 می\u200cخواهم"


def is_clean(text):
    return escaped(text) == text


def test_control_characters_become_escapes_and_plain_text_stays():
    assert escaped(PLAIN) == PLAIN
    assert escaped("a\x1b]52\x07\x9b\u202e\U000e0041\r\udce9\x7f") == r"a\x1b]52\x07\x9b\u202e\U000e0041\x0d\xe9\x7f"
    assert all(is_clean(escaped(chr(code))) for code in range(0x3000))


def test_json_means_the_same():
    document = json.dumps({NOTE: [PLAIN, CLIPBOARD]}, ensure_ascii=False)
    assert is_clean(escaped_json(document))
    assert json.loads(escaped_json(document)) == json.loads(document)


def test_a_line_is_one_line():
    assert output.one_line("a\nb\x1bc\xa0d") == r"a b\x1bc d"


def test_data_are_as_they_are_except_on_a_terminal(capsys):
    output.write_data(f"{CLIPBOARD}\n")
    assert capsys.readouterr().out == f"{CLIPBOARD}\n"
    stream = io.StringIO()
    terminal = TerminalOutput(stream)
    terminal.write(CSI)
    terminal.writelines([TURNED])
    assert stream.getvalue() == escaped(CSI + TURNED)


def test_a_progress_bar_moves_the_cursor_but_its_texts_do_not(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", Narration(stream))
    with progress_bar(length=2, label=CLIPBOARD, item_show_func=lambda _: CSI) as bar:
        bar.update(2)
    written = stream.getvalue()
    assert "\r" in written and escaped(CLIPBOARD) in written
    assert "\x1b[?25" not in written  # a hidden cursor would stay hidden if the process were killed
    assert CLIPBOARD not in written and CSI not in written


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Return a folder with a hostile table, an experiment on it and a store with a run of it."""
    folder = tmp_path_factory.mktemp("hostile")
    x = np.random.default_rng(0).normal(size=(60, 2)).round(3)
    rows = [f"{a},{b},{f'red{CSI}' if a + b > 0 else TURNED}" for a, b in x.tolist()]
    (folder / "table.csv").write_text("\n".join([f"a,b{CLIPBOARD},kind{TURNED}", *rows]) + "\n", encoding="utf-8")
    (folder / "renamed.csv").write_text(f"z{CLIPBOARD},a\n1,2\n", encoding="utf-8")
    store = folder / "runs.db"
    result = given("run", folder / "table.csv", "--set", "epochs=1", store=store)
    assert result.exit_code == 0, result.stderr
    assert is_clean(result.output)
    assert given("runs", "note", "1", NOTE, store=store).exit_code == 0
    return folder


COMMANDS = [
    "inspect table.csv",
    "inspect table.csv --json",
    "inspect table.csv --yaml",
    "inspect renamed.csv",
    "run table.csv --yaml",
    "run table.csv --set epochs=1 --json --no-store --quiet",
    "run table.csv --target nothing --no-store",
    "check table.csv",
    "predict 1 table.csv",
    "predict 1 table.csv --json",
    "predict 1 renamed.csv",
    "explain 1",
    "explain 1 --json",
    "explain 1 --view worst",
    "explain 1 --view confusion",
    "explain 1 --view network",
    "explain 1 --view try",
    "runs list",
    "runs list --json",
    "runs list --columns run,note,data",
    "runs show 1",
    "runs show 1 --json",
    "runs compare 1 1",
    "runs note 1",
    "runs note 1 --json",
    "runs delete 1",
    "runs export --table --output -",
    "runs export --table --format jsonl --output -",
    "runs export 1 --format yaml --output -",
    "runs export 1 --format python --output -",
]


@pytest.mark.slow
def test_no_command_lets_one_through_to_a_terminal(hostile, monkeypatch):
    monkeypatch.setattr(click.testing._NamedTextIOWrapper, "isatty", lambda _: True)
    monkeypatch.chdir(hostile)
    written = {line: given(*line.split(), store=hostile / "runs.db").output for line in COMMANDS}
    assert all(written.values())
    assert {line: text for line, text in written.items() if not is_clean(text)} == {}
