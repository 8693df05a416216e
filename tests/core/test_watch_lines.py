"""``--watch`` prints plain lines of progress, for screen readers and logs."""

import re
import sys

import pytest
from command_line import given, progress_on_a_terminal
from msgspec import structs

from joml_tui.cli.beat import Beat
from joml_tui.cli.narration import Narration
from joml_tui.cli.reading_bar import ReadingLines
from joml_tui.cli.watch_lines import watch_line
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor
from joml_tui.experiment.presets import find_experiment
from joml_tui.runs.run import start_run

SMALL = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh"),), optimizer=AdamSpec(0.01), epochs=2)


def lines_of(result):
    return [line for line in result.stderr.splitlines() if line.startswith("epoch")]


def test_a_line_has_epoch_iteration_cost_score_and_end():
    run = start_run(SMALL, engine="thread")
    assert run.wait(300)
    line = watch_line(run)
    assert re.match(r"epoch 2 of 2, iteration [\d,]+, cost [\d.]+, test accuracy \d\.\d{4}, ", line)
    assert re.search(r"\d, finished after (less than )?[\d.]+ s$", line)


def test_a_run_of_values_has_r2_and_the_error_in_the_units_of_the_data():
    experiment = structs.replace(find_experiment("sine"), epochs=1)
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    assert re.search(r", \D+ [\d.e+-]+, test R2 -?[\d.]+, finished", watch_line(run))


def test_every_run_has_a_last_line_and_the_usual_result():
    watched = given("run", "xor", "--epochs", 2, "--no-store", "--watch")
    usual = given("run", "xor", "--epochs", 2, "--no-store")
    assert watched.exit_code == 0
    assert lines_of(watched)[-1].startswith("epoch 2 of 2, ")
    assert "finished" in watched.stdout
    assert [line for line in watched.stdout.splitlines() if "accuracy" in line][1:] == [
        line for line in usual.stdout.splitlines() if "accuracy" in line
    ][1:]


@pytest.mark.parametrize("arguments", [("--watch", "xor"), ("--watch", "7", "xor"), ("xor", "--watch=0.5")])
def test_the_seconds_may_be_left_out_wherever_the_option_stands(arguments):
    result = given("run", *arguments, "--epochs", 1, "--no-store")
    assert result.exit_code == 0, result.stderr
    assert lines_of(result)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--watch", "0"), "0.0 is not in the range"),
        (("--watch", "-3"), "-3.0 is not in the range"),
        (("--watch=nan",), "must be a number of seconds, not nan"),
        (("--watch", "--quiet"), "--quiet hides the progress that --watch prints"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    for command in (("run", "xor", "--no-store"), ("queue", "none.yaml")):
        result = given(*command, *arguments)
        assert result.exit_code == 2
        assert message in result.stderr


@pytest.mark.slow
def test_a_terminal_gets_lines_without_bars_colours_and_carriage_returns():
    code, table, written = progress_on_a_terminal("run", "xor", "--epochs", 500, "--no-store", "--watch", "0.1")
    assert code == 0
    assert b"finished" in table
    assert b"\x1b" not in written
    assert b"\r" not in written.replace(b"\r\n", b"")  # a terminal ends its lines so
    assert b" left\r\n" in written


@pytest.mark.slow
def test_a_sweep_has_lines_on_its_runs(tmp_path):
    (tmp_path / "sweep.yaml").write_text("base: xor\nname: small\nseeds: 3\n")
    result = given("queue", tmp_path / "sweep.yaml", "--store", tmp_path / "runs.db", "--workers", 1, "--watch", "0.1")
    assert result.exit_code == 0
    assert re.search(r"^small: all 3 runs are done after .+ s$", result.stderr, re.MULTILINE)


def test_a_beat_is_due_every_few_seconds():
    seconds = iter([0.0, 1.0, 5.0, 6.0, 10.5])
    beat = Beat(5, lambda: next(seconds))
    assert [beat.is_due() for _ in range(4)] == [False, True, False, True]


def test_a_large_file_is_read_with_lines(capsys):
    lines = ReadingLines(Narration(sys.stderr), 0.0)
    lines.report("data.csv", 2, 5)
    lines.report("data.csv", 5, 5)
    lines.clear()
    assert capsys.readouterr().err == "Reading data.csv: 40 %\n"
