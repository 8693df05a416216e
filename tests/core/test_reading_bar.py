"""The share of a large file that has been read stands on one line, which disappears."""

import io

import pytest

from joml.data.readers import reading_progress
from joml.data.readers.csv_file import read_table
from joml_tui.cli import reading_bar
from joml_tui.cli.narration import Narration
from joml_tui.cli.reading_bar import showing_reading


class Terminal(io.StringIO):
    """A stream that is a terminal, or none."""

    def __init__(self, is_terminal=True):
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_progress, "_LARGE", 1_000)
    path = tmp_path / "data.csv"
    path.write_text("a,b,kind\n" + "1,2.5,x\n3,4.5,y\n" * 50_000)
    return path


def written(data, monkeypatch, stream, quiet=False):
    monkeypatch.setattr(reading_bar, "standard_error", lambda: Narration(stream))
    with showing_reading(quiet):
        read_table(data)
    return stream.getvalue()


def test_on_a_terminal_the_line_grows_and_disappears(data, monkeypatch):
    text = written(data, monkeypatch, Terminal())
    lines = text.split("\r")
    assert any(line.startswith("Reading data.csv: ") and line.endswith(" %") for line in lines)
    assert text.endswith("\r")
    assert not lines[-2].strip()
    assert "\n" not in text


def test_nothing_elsewhere(data, monkeypatch):
    assert written(data, monkeypatch, Terminal(is_terminal=False)) == ""
    assert written(data, monkeypatch, Terminal(), quiet=True) == ""
