"""Narration never stops the work, whatever becomes of standard error; a reader of results may leave."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from joml_tui.cli.narration import Narration, say

PRODUCT = Path(__file__).parents[2] / "joml_tui"
COMMAND = [sys.executable, "-c", "from joml_tui.cli import main; main()"]
SMALL = """version: 1
dataset: {name: xor, samples: 60}
layers: [{size: 3, activation: tanh}]
optimizer: {name: adam, learning_rate: 0.01}
epochs: 6
batch_size: 16
"""
SWEEP = """version: 1
name: small
base: experiment.yaml
grid: {optimizer.learning_rate: [0.01, 0.02]}
seeds: 2
"""
FULL = Path("/dev/full")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "experiment.yaml").write_text(SMALL)
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    return tmp_path


def left_reader():
    """Return a pipe's end to write to whose reader has left."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def started(folder, arguments, out=subprocess.PIPE, error="gone"):
    """Run a command whose standard error is gone, full or closed; give its code and what it wrote."""
    environment = os.environ | {"JOML_STORE": str(folder / "runs.db")}
    command = [*COMMAND, *arguments]
    if error == "closed":
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
    descriptor = left_reader() if error == "gone" else os.open(FULL, os.O_WRONLY) if error == "full" else None
    try:
        done = subprocess.run(
            command, stdout=out, stderr=descriptor, cwd=folder, env=environment, timeout=120, check=False, text=True
        )
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return done.returncode, done.stdout


ERRORS = [
    pytest.param("gone", marks=pytest.mark.slow),
    "closed",
    pytest.param("full", marks=pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")),
]


@pytest.mark.slow
@pytest.mark.parametrize("error", ERRORS)
def test_a_run_is_trained_to_its_end(folder, error):
    code, out = started(folder, ["run", "experiment.yaml", "--csv", "out.csv"], error=error)
    assert code == 0
    assert "finished" in out
    assert len((folder / "out.csv").read_text().splitlines()) == 1 + 6 * 3
    connection = sqlite3.connect(folder / "runs.db")
    assert connection.execute("SELECT state FROM runs").fetchall() == [("finished",)]
    connection.close()


@pytest.mark.parametrize(
    ("arguments", "code", "wanted"),
    [
        (["queue", "sweep.yaml", "--workers", "1"], 0, "4"),
        (["compare", "experiment.yaml", "experiment.yaml", "--seeds", "2", "--processes", "1"], 0, "seeds"),
        (["runs", "show", "7"], 2, ""),
        (["no-such-command"], 2, ""),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
@pytest.mark.slow
def test_other_commands_end_as_they_would(folder, arguments, code, wanted):
    errors, out = started(folder, arguments)
    assert errors == code
    assert wanted in out


@pytest.mark.slow
@pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    "arguments", [["presets"], ["--help"], ["--version"], ["runs", "list", "--help"]], ids=" ".join
)
def test_results_that_cannot_be_written_are_an_error_in_a_sentence(folder, arguments):
    with FULL.open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "joml-tui: standard output cannot be written: No space left on device\n"


@pytest.mark.slow
@pytest.mark.parametrize("out", ["gone", "closed"])
def test_a_reader_of_results_that_leaves_has_had_enough_and_the_run_is_kept(folder, out):
    command = [*COMMAND, "run", "experiment.yaml", "--csv", "out.csv", "--store", "runs.db"]
    if out == "closed":
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    writing = left_reader()
    try:
        done = subprocess.run(
            command, stdout=writing, stderr=subprocess.PIPE, text=True, cwd=folder, timeout=60, check=False
        )
    finally:
        os.close(writing)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "out.csv").exists()
    connection = sqlite3.connect(folder / "runs.db")
    assert connection.execute("SELECT state FROM runs").fetchall() == [("finished",)]
    connection.close()


def test_a_stream_that_raises_is_given_up(capsys):
    class Broken:
        encoding, written = "utf-8", 0

        def write(self, text):
            self.written += 1
            raise OSError("no space")

        def fileno(self):
            raise OSError("it has none")

    broken = Broken()
    narration = Narration(broken)
    assert narration.write("one") == 3
    assert narration.write("two") == 3
    assert broken.written == 1
    assert not narration.isatty()
    say("heard")
    assert capsys.readouterr().err == "heard\n"


def test_nothing_else_narrates():
    forbidden = re.compile(r"echo\(.*err=True|progressbar\(|file=sys\.stderr|sys\.stderr\.|^\s*err=True")
    narrating = [
        f"{path.relative_to(PRODUCT)}:{number}: {line.strip()}"
        for path in sorted(PRODUCT.rglob("*.py"))
        if path.name != "narration.py"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if forbidden.search(line)
    ]
    assert narrating == []
