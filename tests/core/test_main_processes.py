"""The command as processes: runs that are killed and gone on with, stores that fail, readers that leave, exit codes."""

import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import SCRIPT, document, given, lines, process
from held_training import HELD

from joml_tui.store import open_store

#: A device that takes nothing.
FULL = Path("/dev/full")
LONG = """version: 1
dataset: {name: xor, samples: 300}
layers: [{size: 6, activation: tanh}]
epochs: EPOCHS
batch_size: 16
"""


@pytest.fixture
def store(tmp_path, monkeypatch):
    path = tmp_path / "runs.db"
    monkeypatch.setenv("JOML_STORE", str(path))
    return path


def held_at(iteration, *arguments):
    """Start a command line whose training is held after that many iterations; return its process then."""
    program = [sys.executable, Path(__file__).with_name("held_training.py"), str(iteration), *map(str, arguments)]
    running = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while running.stderr.readline() != HELD:
        assert running.poll() is None, "it ended too early"
    return running


class TestRecording:
    @pytest.mark.slow
    def test_a_run_is_recorded_and_its_number_is_reported(self, store):
        result = process("run", "xor", "--epochs", 2)
        assert result.returncode == 0
        assert f"Run 1 in {store}." in result.stderr
        document = json.loads(process("runs", "show", "last", "--json").stdout)
        assert (document["state"], document["iteration"]) == ("finished", 50)
        assert f"{document['test_accuracy']:.4f}" in result.stdout

    @pytest.mark.slow
    def test_no_store_leaves_it_out(self, store):
        assert process("run", "xor", "--epochs", 1, "--no-store").returncode == 0
        assert not store.exists()

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", ["folder", "newer", "other"])
    def test_a_store_that_fails_never_stops_a_training(self, store, kind):
        if kind == "folder":
            store.mkdir()
        else:
            with sqlite3.connect(store) as connection:
                if kind == "newer":
                    connection.execute(f"PRAGMA application_id = {int.from_bytes(b'JOML', 'big')}")
                    connection.execute("PRAGMA user_version = 999")
                connection.execute("CREATE TABLE mine (x)")
            connection.close()
        result = process("run", "xor", "--epochs", 1)
        assert result.returncode == 0
        assert "warning: this run is not recorded" in result.stderr
        assert "finished" in result.stdout

    @pytest.mark.slow
    def test_a_disk_that_fills_up_never_stops_a_training(self, store):
        command = f"ulimit -f 120; exec {SCRIPT} run article-14-100-40-4 --epochs 5"  # files of 120 blocks at most
        result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        assert "finished" in result.stdout
        assert "warning: the runs are not recorded for now" in result.stderr
        assert "warning: the end of this run is not in the store" in result.stderr
        assert json.loads(process("runs", "show", "1", "--json").stdout)["state"] == "interrupted"

    @pytest.mark.slow
    def test_a_damaged_store_is_set_aside_and_the_run_recorded_in_a_new_one(self, store):
        store.write_bytes(b"this is no database at all " * 400)
        result = process("run", "xor", "--epochs", 1)
        assert result.returncode == 0
        assert "was renamed to" in result.stderr
        assert json.loads(process("runs", "list", "--json").stdout)["run"] == 1

    @pytest.mark.slow
    @pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
    def test_results_that_cannot_be_written_are_a_failure_without_a_traceback(self, store):
        with FULL.open("w") as full:
            result = subprocess.run(
                [SCRIPT, "runs", "list", "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert result.returncode == 1
        assert "No space left" in result.stderr
        assert "Traceback" not in result.stderr


class TestGoingOn:
    def trained(self, tmp_path, epochs):
        (tmp_path / "long.yaml").write_text(LONG.replace("EPOCHS", str(epochs)))
        return tmp_path / "long.yaml"

    def same(self, one, other):
        with open_store(one) as first, open_store(other) as second:
            a, b = first.series(1), second.series(1)
            assert first.run(1).state.value == second.run(1).state.value == "finished"
        for name in ("train_cost", "train_accuracy"):
            assert np.array_equal(a[name], b[name]), name
        assert a["test_cost"][-1] == b["test_cost"][-1]

    @pytest.mark.slow
    @pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
    def test_a_run_goes_on_bit_for_bit(self, store, tmp_path, by):
        experiment = self.trained(tmp_path, 400)
        running = held_at(3_100, "run", experiment)
        running.send_signal(by)
        running.communicate(timeout=300)
        assert running.returncode == (130 if by == signal.SIGINT else -9)
        state = document("runs", "show", "1")
        assert state["state"] == ("stopped" if by == signal.SIGINT else "interrupted")
        assert state["iteration"] < 6_000
        result = process("run", "--resume", "last")
        assert result.returncode == 0, result.stderr
        assert "from iteration" in result.stderr
        whole = tmp_path / "whole.db"
        assert given("run", experiment, "--store", whole).exit_code == 0
        self.same(store, whole)

    def test_a_run_that_finished_is_not_gone_on_with(self, store):
        given("run", "xor", "--epochs", 1)
        result = given("run", "--resume", "1")
        assert result.exit_code == 2
        assert "finished" in result.stderr

    def test_what_goes_on_cannot_be_changed(self, store):
        result = given("run", "--resume", "1", "--epochs", "3")
        assert result.exit_code == 2
        assert "exactly as it was" in result.stderr


class TestMany:
    @pytest.mark.slow
    def test_results_over_seeds_have_json_of_their_own(self):
        document = json.loads(process("compare", "xor", "xor", "--seeds", 2, "--epochs", 1, "--json", "--quiet").stdout)
        assert document["results"][0]["test"] == document["results"][1]["test"]
        assert document["seeds"] == [0, 1]
        result = process("reproduce", "--seeds", 1, "--networks", "14-100-40-4", "--json", "--quiet")
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert [row["table"] for row in rows] == ["article", "recipe"]
        assert result.stderr == ""


class TestEnding:
    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["presets"], 0),
            (["runs", "list"], 0),
            (["run", "nonsense"], 2),
            (["run"], 2),
            (["runs", "lst"], 2),
            (["runs", "show", "4"], 2),
            (["runs", "list", "--limit", "0"], 2),
            (["explain", "1"], 2),
            (["completion", "tcsh"], 2),
            (["run", "xor", "--epochs", "1", "--store", "."], 2),
        ],
    )
    def test_exit_codes_are_as_documented(self, store, arguments, code):
        result = given(*arguments)
        assert result.exit_code == code, result.stderr
        assert "Traceback" not in result.stderr
        assert not (code and result.stdout)

    @pytest.mark.slow
    @pytest.mark.parametrize("arguments", [["presets"], ["runs", "list", "--json"], ["runs", "export", "1"]])
    def test_a_reader_that_has_had_enough_is_no_error(self, store, arguments, tmp_path):
        given("run", "xor", "--epochs", 20)
        command = " ".join([str(SCRIPT), *arguments]) + (" --output -" if "export" in arguments else "")
        # A reader that leaves at once, so that the pipe is broken however little is written.
        result = subprocess.run(
            ["bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stderr) in {(0, ""), (141, "")}

    @pytest.mark.slow
    def test_what_nobody_foresaw_is_a_sentence_and_debug_shows_where(self):
        program = (
            "import sys, joml_tui.experiment.presets as presets\n"
            "def broken(*_): raise RuntimeError('the moon is full')\n"
            "presets.list_presets = broken\n"
            "sys.argv = ['joml-tui', 'presets', *sys.argv[1:]]\n"
            "from joml_tui.cli import main\n"
            "main()\n"
        )
        for options in ([], ["--debug"]):
            result = subprocess.run(
                [sys.executable, "-c", program, *options], capture_output=True, text=True, check=False
            )
            assert result.returncode == 1
            assert "joml-tui: the moon is full" in result.stderr
            assert ("Traceback" in result.stderr) == bool(options)
            assert ("--debug shows where" in result.stderr) != bool(options)

    def test_a_text_that_is_no_utf8_is_refused(self, store):
        result = subprocess.run([SCRIPT, "runs", "note", "1", b"\xff\xfe"], capture_output=True, check=False)
        assert result.returncode == 2
        assert b"UTF-8" in result.stderr

    @pytest.mark.slow
    def test_deleting_asks_on_a_terminal(self, store):
        given("run", "xor", "--epochs", 1)
        for answer, left in (("n", 1), ("y", 0)):
            master, slave = pty.openpty()
            with subprocess.Popen([SCRIPT, "runs", "delete", "1"], stdin=slave, stdout=slave, stderr=slave) as asking:
                os.close(slave)
                os.write(master, f"{answer}\n".encode())
                assert asking.wait(300) == 0
            os.close(master)
            assert len(lines("runs", "list")) == left


class TestCompleting:
    def completed(self, line, store):
        """Return what bash offers for a line, by the very script that is installed."""
        words = line.split(" ")
        program = (
            'eval "$(joml-tui completion bash)"\n'
            f"COMP_WORDS=({' '.join(word or repr('') for word in words)})\n"
            f"COMP_CWORD={len(words) - 1}\n"
            "_joml_tui_completion joml-tui\n"
            'printf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        result = subprocess.run(
            ["bash", "--norc", "-c", program],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PATH": f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}", "JOML_STORE": str(store)},
        )
        assert result.returncode == 0, result.stderr
        return result.stdout.split()

    @pytest.mark.slow
    @pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
    def test_bash_completes_commands_presets_runs_and_formats(self, store):
        given("run", "xor", "--epochs", 1)
        given("runs", "rename", "1", "clouds")
        assert self.completed("joml-tui ru", store) == ["run", "runs"]
        assert "article-14-28x6-4" in self.completed("joml-tui run article", store)
        assert set(self.completed("joml-tui runs show ", store)) == {"1", "clouds", "last"}
        assert self.completed("joml-tui explain cl", store) == ["clouds"]
        assert self.completed("joml-tui runs export 1 --format cs", store) == ["csv"]
        assert self.completed("joml-tui completion z", store) == ["zsh"]

    @pytest.mark.slow
    def test_completing_makes_no_store(self, store):
        environment = {"_JOML_TUI_COMPLETE": "bash_complete", "COMP_WORDS": "joml-tui runs show ", "COMP_CWORD": "3"}
        result = subprocess.run([SCRIPT], capture_output=True, text=True, check=False, env=os.environ | environment)
        assert (result.returncode, result.stdout.strip()) == (0, "")
        assert not store.exists()

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_scripts_are_read_by_their_shells(self, shell, tmp_path):
        result = process("completion", shell)
        assert result.returncode == 0
        assert result.stdout.startswith("# To install: ")
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        (tmp_path / "script").write_text(result.stdout)
        assert subprocess.run([shell, "-n", tmp_path / "script"], check=False).returncode == 0
