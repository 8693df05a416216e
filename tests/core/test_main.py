"""The command as a user has it: its output, its files and its exit code, and the process where that matters."""

import csv
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import given, process, progress_on_a_terminal
from held_training import HELD
from msgspec import structs

from joml.data.generators.planar import xor
from joml.statistics.baselines import baselines
from joml_tui.cli.exit_codes import BAD_INPUT, DONE
from joml_tui.experiment import load_data
from joml_tui.experiment.presets import find_experiment
from joml_tui.reports.standing import result_table, standing
from joml_tui.runs.run import start_run


@pytest.mark.slow
def test_without_a_terminal_it_trains_the_default_experiment():
    result = process()
    assert result.returncode == 0, result.stderr
    assert "14-100-40-4" in result.stdout
    assert "5,704" in result.stdout
    assert "finished" in result.stdout
    assert "No terminal" in result.stderr
    assert "epoch 10 of 10" in result.stderr


def test_run_trains_what_it_is_told_and_writes_the_series(tmp_path):
    path = tmp_path / "out.csv"
    result = given("run", "article-14-100-40-4", "--epochs", 1, "--seed", 4, "--network", "14-28x6-4", "--csv", path)
    assert result.exit_code == 0, result.stderr
    assert "14-28x6-4" in result.stdout
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 410
    assert rows[-1]["test_accuracy"]


@pytest.mark.slow
def test_equal_commands_give_equal_results(tmp_path):
    for name in ("a.csv", "b.csv"):
        process("run", "xor", "--csv", name, cwd=tmp_path)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_standard_output_holds_the_table_and_beneath_it_what_it_compares_with():
    lines = given("run", "xor", "--epochs", 1).stdout.splitlines()
    shown = lines[2].split()[5]
    assert re.fullmatch(rf"test accuracy {shown} \(95 %: 0\.\d{{4}} to [01]\.\d{{4}}, 200 samples\)", lines[3])
    constant, linear = (baseline.accuracy for baseline in baselines(xor()))
    assert lines[4] == f"same split: majority class {constant:.4f}, logistic regression {linear:.4f}"
    assert lines[1].split() == ["network", "params", "train", "test", "train", "test", "steps/s", "time", "state"]
    assert lines[5] == "Clearly better than the majority class."
    assert [line.split(":")[0] for line in lines[6:8]] == ["balanced accuracy", "average precision"]
    assert lines[8].split() == ["test", "part", "recall", "precision"]
    assert [line[:14] for line in lines[9:]] == ["same signs    ", "opposite signs"]
    assert max(map(len, lines)) <= 79


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "artcle-14-28x6-4"], "did you mean article-14-28x6-4?"),
        (["run", "xor", "--network", "2-a-2"], "part 2 'a' is no layer"),
        (["run", "xor", "--network", "3-5-2"], "2 features"),
        (["run", "xor", "--epochs", "0"], "--epochs"),
        (["run", "xor", "--pace", "fast"], "5 or 5/s for epochs a second, 100i/s for iterations a second, or full"),
        (["run", "xor", "--csv", "no/such/folder/x.csv"], "no folder"),
        (["run", "bad.yaml"], "bad.yaml:4: layers[0].size: expected an integer >= 1, got 0"),
        (["walk"], "No such command"),
        (["xor"], "xor is a preset; to train it, write: joml-tui run xor"),
    ],
)
def test_bad_input_is_refused_with_one_message(tmp_path, monkeypatch, arguments, message):
    (tmp_path / "bad.yaml").write_text("version: 1\ndataset: {name: xor}\nlayers:\n  - size: 0\n")
    monkeypatch.chdir(tmp_path)
    result = given(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_an_existing_csv_is_refused_before_training(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("mine")
    result = given("run", "xor", "--csv", "mine.csv")
    assert result.exit_code == 2
    assert "--overwrite" in result.stderr
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert given("run", "xor", "--csv", "mine.csv", "--overwrite").exit_code == 0


@pytest.mark.slow
def test_a_pace_changes_nothing_of_the_result(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    slow = given("run", "xor", "--epochs", 1, "--pace", "100i/s", "--csv", "slow.csv")
    fast = given("run", "xor", "--epochs", 1, "--pace", "full", "--csv", "fast.csv")
    assert slow.exit_code == fast.exit_code == 0
    assert Path("slow.csv").read_bytes() == Path("fast.csv").read_bytes()
    assert given("run", "xor", "--pace", "5/s", "--yaml").stdout == given("run", "xor", "--yaml").stdout


@pytest.mark.slow
def test_an_interrupted_slow_run_ends_between_two_iterations_and_goes_on_at_a_pace(tmp_path):
    arguments = [sys.executable, "-m", "joml_tui", "--store", tmp_path / "runs.db", "run"]
    with subprocess.Popen([*arguments, "xor", "--epochs", "2", "--pace", "0.05i/s"], stderr=subprocess.PIPE) as running:
        while not running.stderr.readline().startswith(b"Run 1"):
            assert running.poll() is None, "it ended too early"
        running.send_signal(signal.SIGINT)
        assert running.wait(300) == 130
    resumed = subprocess.run(
        [*arguments, "--resume", "last", "--pace", "2000i/s"], capture_output=True, text=True, timeout=300, check=False
    )
    assert resumed.returncode == 0, resumed.stderr
    assert "finished" in resumed.stdout


def test_a_diverging_run_exits_with_1_and_keeps_its_series(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wild.yaml").write_text(
        "version: 1\ndataset: {name: spin-glass-14}\nlayers: [{size: 100}]\n"
        "optimizer: {name: adam, learning_rate: 1e6}\n"
    )
    result = given("run", "wild.yaml", "--csv", "wild.csv")
    assert result.exit_code == 1
    assert "diverged at iteration" in result.stderr
    assert "diverged" in result.stdout
    assert (tmp_path / "wild.csv").exists()


@pytest.mark.slow
def test_an_interrupted_run_exits_with_130_and_writes_what_it_has(tmp_path):
    path = tmp_path / "part.csv"
    program = [sys.executable, Path(__file__).with_name("held_training.py"), "150"]
    with subprocess.Popen(
        [*program, "run", "article-14-100-40-4", "--no-store", "--csv", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        while running.stderr.readline() != HELD:
            assert running.poll() is None, "it ended too early"
        running.send_signal(signal.SIGINT)
        try:
            output, _ = running.communicate(timeout=300)
        finally:
            running.kill()
    assert running.returncode == 130
    assert "stopped" in output
    assert 150 < len(path.read_text().splitlines()) < 4_000


@pytest.mark.slow
def test_progress_is_a_bar_with_time_to_go_on_a_terminal():
    code, table, written = progress_on_a_terminal("run", "article-14-100-40-4", "--epochs", 40)
    assert code == 0
    assert b"\r" in written
    assert b"%" in written
    assert b":" in written  # the time to go
    assert b"finished" in table


def test_presets_are_listed_by_name():
    lines = given("presets").stdout.splitlines()
    names = {line.split()[0] for line in lines}
    assert {"article-14-100-40-4", "article-14-28x6-4", "article-14-14x28-4", "xor"} <= names
    assert all(len(line.split()) > 2 for line in lines)


def test_commands_import_nothing_that_they_do_without(tmp_path):
    given("run", "xor", "--epochs", 1, store=tmp_path / "runs.db")
    program = (
        "import sys; from joml_tui.cli import main\n"
        "def run(*arguments, without):\n"
        "    try: main(arguments)\n"
        "    except SystemExit as end: assert not end.code\n"
        "    assert not without & set(sys.modules), without & set(sys.modules)\n"
        "heavy = {'numpy', 'textual', 'yaml', 'plotext', 'filelock'}\n"
        "run('--version', without=heavy | {'msgspec', 'sqlite3'})\n"
        f"run('runs', 'list', '--store', {str(tmp_path / 'runs.db')!r}, without=heavy)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "0.1.0" in result.stdout
    assert "2-8-2" in result.stdout


def test_check_prints_a_line_a_layer_and_agrees(tmp_path):
    path = tmp_path / "deep.yaml"
    path.write_text("version: 1\ndataset: {name: xor}\nlayers:\n" + "  - {size: 8}\n" * 6)
    result = given("check", path)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == ["1", "2", "3", "4", "5", "6", "7"]
    assert "agree with" in lines[-1]
    assert given("check", "nonsense").exit_code == 2


def test_results_are_named_by_the_task():
    def trained(preset):
        run = start_run(structs.replace(find_experiment(preset), epochs=1), engine="thread")
        assert run.wait(300)
        return run

    regression, classes = trained("sine"), trained("xor")
    assert result_table([classes]).splitlines()[0].split() == ["cost", "(nats)", "accuracy"]
    assert result_table([regression]).splitlines()[0].split() == ["cost", "R2"]
    both = "cost (nats / Huber error) accuracy / R2"
    assert result_table([classes, regression]).splitlines()[0].split() == both.split()
    assert result_table([regression]).splitlines()[-1] == "cost: Huber error"
    text = str(standing(regression, load_data(regression.experiment)))
    assert text.startswith("test R2 ")
    assert "accuracy" not in text


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("folder", "folder: the folder has no data"),
        (".", "the folder has no data"),
        ("empty.csv", "empty.csv: the file is empty"),
        ("zero.csv", "zero.csv: too few samples: no rows of data"),
        ("picture.csv", "picture.csv: is a PNG picture"),
        ("pipe", "pipe: is not a regular file"),
        ("pipe.csv", "pipe.csv: is not a regular file"),
        ("nowhere.csv", "nowhere.csv: no such file"),
        ("-dash.csv", "-dash.csv is a file: name it as ./-dash.csv"),
        ("folde", "No such command"),
    ],
)
def test_what_cannot_be_opened_is_named_in_a_sentence(tmp_path, monkeypatch, named, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for name, content in (
        ("empty.csv", b""),
        ("zero.csv", b"a,b,label\n"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
        ("-dash.csv", b"a,label\n1,x\n"),
    ):
        (tmp_path / name).write_bytes(content)
    for name in ("pipe", "pipe.csv"):
        os.mkfifo(tmp_path / name)
    answer = given(named)
    assert answer.exit_code == 2
    assert message in answer.stderr


@pytest.mark.parametrize("name", ["with blanks.csv", "ünï–表.csv", "./-dash.csv"])
def test_a_file_has_any_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("a,label\n" + "".join(f"{row},{'xy'[row % 2]}\n" for row in range(30)))
    answer = given(name, "--set", "epochs=1")
    assert answer.exit_code == 0, answer.stderr
    assert "test accuracy" in answer.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("run", "NAME.csv"),
        ("run", "NAME.yaml"),
        ("inspect", "NAME.csv"),
        ("run", "xor", "--csv", "NAME.csv"),
        ("queue", "NAME.yaml"),
        ("runs", "list", "--store", "NAME"),
    ],
    ids=" ".join,
)
def test_a_name_that_no_file_can_have_is_a_sentence(command):
    result = given(*(part.replace("NAME", "n" * 300) for part in command))
    assert result.exit_code == BAD_INPUT
    assert "File name too long" in result.stderr
    assert "Errno" not in result.stderr and "--debug" not in result.stderr


def test_a_number_that_no_run_can_have_is_a_sentence(tmp_path):
    assert given("run", "xor", "--epochs", "1", "--quiet", store=tmp_path / "runs.db").exit_code == DONE
    for number in ("9" * 23, "#" + "9" * 5_000):
        result = given("runs", "show", number, store=tmp_path / "runs.db")
        assert result.exit_code == BAD_INPUT
        assert "there is no run 999999999999999999... in" in result.stderr
