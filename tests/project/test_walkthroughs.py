"""The walkthroughs of the page about parts of your own: their files and commands show what the page shows."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import sys
import textwrap
import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner

from joml_tui.cli import main

TEXT = (Path(__file__).parents[2] / "docs/own-parts.md").read_text(encoding="utf-8")
TITLES = ("A cost in ten minutes", "A data set in ten minutes", "A layer in ten minutes")
#: A file whose name stands before it, or commands and what they show.
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


def steps(title):
    """Return the blocks of a walkthrough: the name of a file, or "" of commands, and the text."""
    section = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)[1]
    blocks, end = [], 0
    for match in BLOCK.finditer(section):
        names = re.findall(r"`([\w-]+\.(?:py|yaml))`", section[end : match.start()])
        blocks.append(("" if match[2] == "console" else names[-1], textwrap.dedent(match[3])))
        end = match.end()
    return blocks


def commands(text):
    """Return the commands of a block, each with what it shows."""
    return [each.partition("\n")[::2] for each in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]]


def shown(command):
    """Return what a command writes, an error included."""
    program, *arguments = command.split()
    if program == "joml-tui":
        result = CliRunner().invoke(main, arguments)
        return result.stdout + (result.stderr if result.exit_code == 2 else "")
    output = io.StringIO()
    for name in {path.stem for path in Path.cwd().glob("*.py")}:
        sys.modules.pop(name, None)  # as in a program of its own
    with contextlib.redirect_stdout(output):
        try:
            runpy.run_path(arguments[0])
        except ValueError as error:
            traceback.print_exception(error, file=output)
    return output.getvalue()


def pattern(text):
    """Return the pattern of what is shown: any numbers, blanks and lines in the place of ... are alike."""
    numbers = re.sub(r"\d[\d.,]*(e[+-]\d+)?", "0", text.strip())
    return re.escape(re.sub(r"\s+", " ", numbers)).replace(r"\.\.\.", ".*")


def plain(text):
    """Return what a command wrote in the form that patterns have."""
    return re.sub(r"\s+", " ", re.sub(r"\d[\d.,]*(e[+-]\d+)?", "0", text.strip()))


@pytest.mark.parametrize("title", TITLES)
def test_a_walkthrough_shows_what_the_page_shows(title, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # files change within a second
    monkeypatch.setenv("JOML_STORE", str(tmp_path / "runs.db"))
    runs = 0
    for name, text in steps(title):
        if name:
            Path(name).write_text(text)
            continue
        for command, expected in commands(text):
            runs += 1
            assert re.fullmatch(pattern(expected), plain(shown(command)), re.DOTALL), command
    assert runs >= 4
