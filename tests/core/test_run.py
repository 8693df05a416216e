"""Runs, with the engine in a thread and in a process: life cycle, commands, results, and what goes wrong."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from joml import Adam, Network, Trainer
from joml.data.generators.spin_glass import spin_glass_14
from joml_tui.experiment import AdamSpec, CsvFile, Experiment, LayerSpec, SpinGlass, Xor
from joml_tui.inspect.confusion import Confusion
from joml_tui.runs import run as run_module
from joml_tui.runs.pace import Pace
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.worker import engine_client

DESCRIPTORS = Path("/proc/self/fd")
ENGINES = ["thread", "process"]


def article(**changes):
    experiment = Experiment(
        dataset=SpinGlass(), layers=(LayerSpec(100), LayerSpec(40)), optimizer=AdamSpec(0.002), epochs=2, seed=3
    )
    return structs.replace(experiment, **changes)


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.mark.slow
def test_a_run_gives_what_the_trainer_gives(engine):
    run = start_run(article(), engine=engine)
    assert run.wait(300)
    data = spin_glass_14(3)
    network = Network.from_architecture("14-100-40-4", seed=3)
    trainer = Trainer(network, data.x_train, data.y_train, data.x_test, data.y_test, optimizer=Adam(0.002), epochs=2)
    steps = list(trainer)
    assert run.state is RunState.FINISHED
    assert (run.iteration, run.epoch, run.total_iterations, run.iterations_per_epoch) == (820, 2, 820, 410)
    np.testing.assert_array_equal(run.history.train_cost, np.float32([step.cost for step in steps]))
    np.testing.assert_array_equal(run.history.train_accuracy, np.float32([step.accuracy for step in steps]))
    assert run.history.test_iteration.tolist() == [410, 820]
    assert run.test_cost == np.float32(steps[-1].test.cost)
    assert run.test_accuracy == np.float32(steps[-1].test.accuracy)
    assert (run.architecture, run.parameter_count, run.progress) == ("14-100-40-4", 5704, 1.0)


def test_training_figures_are_over_the_whole_epoch(engine):
    run = start_run(article(epochs=2), engine=engine, paused=True)
    until(lambda: run.state is RunState.PAUSED)
    run.step(410)
    until(lambda: run.iteration == 410 and run.state is RunState.PAUSED)
    sizes = np.full(410, 32)
    sizes[-1] = 13_107 % 32
    assert run.train_cost == pytest.approx(np.average(run.history.train_cost, weights=sizes), rel=1e-5)
    assert run.train_accuracy == pytest.approx(np.average(run.history.train_accuracy, weights=sizes), rel=1e-5)
    run.stop()
    run.wait(300)


@pytest.mark.slow
def test_pausing_stepping_and_going_on_change_no_bit(engine):
    straight = start_run(article(), engine=engine)
    # Far longer than is looked at: it cannot be over before it is paused, however late that is.
    run = start_run(article(epochs=1_000), engine=engine, paused=True)
    until(lambda: run.state is RunState.PAUSED)
    assert run.iteration == 0
    run.step()
    until(lambda: run.iteration == 1)
    run.step(4)
    until(lambda: run.iteration == 5)
    until(lambda: run.state is RunState.PAUSED)
    time.sleep(0.05)
    assert run.iteration == 5
    run.resume()
    until(lambda: run.state is RunState.RUNNING and run.iteration > 5)
    run.pause()
    until(lambda: run.state is RunState.PAUSED)
    paused_at = run.iteration
    seconds = run.seconds
    time.sleep(0.1)
    assert (run.iteration, run.seconds) == (paused_at, seconds)
    assert straight.wait(300)
    if paused_at < straight.iteration:
        run.step(straight.iteration - paused_at)
        until(lambda: run.iteration == straight.iteration and run.state is RunState.PAUSED)
    run.stop()
    assert run.wait(300)
    np.testing.assert_array_equal(run.history.train_cost[:820], straight.history.train_cost)
    np.testing.assert_array_equal(run.history.test_cost[:2], straight.history.test_cost)


def test_a_stopped_run_keeps_its_result_and_is_tested_where_it_stopped(engine):
    run = start_run(article(epochs=1_000_000), engine=engine)
    until(lambda: run.iteration > 500)
    run.stop()
    assert run.wait(300)
    assert run.state is RunState.STOPPED
    assert run.history.test_iteration[-1] == run.iteration == len(run.history.train_cost)
    assert run.eta_seconds is None
    assert run.steps_per_second > 0


def test_commands_to_an_ended_run_do_nothing(engine):
    run = start_run(article(epochs=1), engine=engine)
    run.wait(300)
    for command in (run.pause, run.resume, run.step, run.stop):
        command()
    assert run.state is RunState.FINISHED
    with pytest.raises(RuntimeError, match="started already"):
        run.start()


def test_changes_are_reported_once_each_and_never_for_a_step(engine):
    messages = []
    done = threading.Event()

    def on_change(run):
        messages.append((run.state, threading.current_thread() is threading.main_thread()))
        if run.state.ended:
            done.set()

    run = start_run(article(), engine=engine, on_change=on_change)
    assert done.wait(300)
    assert [state for state, _ in messages] == ["preparing", "preparing", "running", "finished"]
    assert not any(main for _, main in messages)
    assert run.wait(300)


def test_a_diverging_run_says_where(engine):
    run = start_run(article(optimizer=AdamSpec(1e6)), engine=engine)
    run.wait(300)
    assert run.state is RunState.DIVERGED
    assert run.message == "diverged at iteration 2"
    assert run.iteration == 2


def test_a_data_set_that_is_not_there_fails_the_run_with_a_sentence(engine, tmp_path):
    run = start_run(article(dataset=CsvFile(str(tmp_path / "none.csv"))), engine=engine)
    run.wait(300)
    assert run.state is RunState.FAILED
    assert "none.csv" in run.message
    assert "\n" not in run.message
    assert "Traceback" in run.details
    assert run.history is None
    assert (run.iteration, run.train_cost, run.test_cost, run.eta_seconds) == (0, None, None, None)


def test_an_exception_in_the_engine_fails_the_run_and_keeps_what_it_has(monkeypatch):
    advance = Trainer.advance_block

    def broken(trainer, iterations):
        if trainer.iteration >= 100:
            raise ZeroDivisionError("made to fail")
        return advance(trainer, min(iterations, 10))

    monkeypatch.setattr(Trainer, "advance_block", broken)
    run = start_run(article(), engine="thread")
    run.wait(300)
    assert run.state is RunState.FAILED
    assert run.message == "ZeroDivisionError: made to fail"
    assert 100 <= run.history.iterations < 110


def engines_of(parent):
    completed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    ).stdout
    return [int(line.split()[0]) for line in completed.splitlines() if "joml_tui.runs.worker.engine_process" in line]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes with ps")
def test_a_killed_engine_fails_its_run_alone():
    run = start_run(article(epochs=1_000_000), engine="process")
    until(lambda: run.iteration > 200)
    for pid in engines_of(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    assert run.wait(300)
    assert run.state is RunState.FAILED
    assert "SIGKILL" in run.message
    assert run.iteration == len(run.history.train_cost) > 200
    after = start_run(article(epochs=1), engine="process")
    assert after.wait(300)
    assert after.state is RunState.FINISHED


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes with ps")
def test_no_engine_outlives_its_program():
    program = (
        "import time, os, signal\n"
        "from joml_tui.experiment.presets import find_experiment\n"
        "from joml_tui.runs.run import start_run\n"
        "from msgspec import structs\n"
        "run = start_run(structs.replace(find_experiment('xor'), epochs=1_000_000), engine='process')\n"
        "while not run.iteration: time.sleep(0.01)\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as lab:
        lab.stdout.readline()
        engines = engines_of(lab.pid)
        assert engines
        lab.kill()
    until(lambda: not any(running(pid) for pid in engines))


def running(pid):
    completed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(completed.stdout.strip()) and not completed.stdout.startswith("Z")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes with ps")
def test_an_engine_that_does_not_answer_is_ended_by_force_when_stopped():
    run = start_run(article(epochs=1_000_000), engine="process")
    until(lambda: run.iteration > 200)
    for pid in engines_of(os.getpid()):
        os.kill(pid, signal.SIGSTOP)
    run.stop()
    assert run.wait(300)
    assert run.state is RunState.STOPPED
    assert run.iteration > 200


def test_an_engine_that_has_stopped_is_not_killed_while_the_next_run_has_it(monkeypatch):
    """The time that it had for stopping may be over at the very moment when it is given back."""
    timers, killed, give_back = [], [], engine_client._give_back

    def fire_and_give_back(process):
        timers[0].function()
        give_back(process)

    def start(timer):
        timers.append(timer)

    def kill(process):
        killed.append(process)

    monkeypatch.setattr(threading.Timer, "start", start)
    monkeypatch.setattr(engine_client, "_give_back", fire_and_give_back)
    monkeypatch.setattr(engine_client.EngineProcess, "kill", kill)
    run = start_run(article(epochs=1_000_000), engine="process")
    until(lambda: run.iteration > 200)
    run.stop()
    assert run.wait(300)
    assert (run.state, len(timers), killed) == (RunState.STOPPED, 1, [])


def test_a_question_that_no_engine_can_answer_has_the_reason_for_an_answer(monkeypatch):
    def refuse(_):
        raise OSError("no process can be started")

    run = start_run(article(epochs=1), engine="process")
    assert run.wait(300)
    monkeypatch.setattr(run_module, "inspect_in_process", refuse)
    answers = queue.SimpleQueue()
    run.ask(Confusion(), answers.put)
    assert answers.get(timeout=300) == "the engine could not be used: no process can be started"


@pytest.mark.parametrize("nonsense", [b"\xff\xff\xff\xff", b"\x03\x00\x00\x00abc"], ids=["length", "payload"])
def test_an_engine_that_sends_nonsense_fails_its_run_and_is_gone(nonsense, monkeypatch):
    program = f"import sys; sys.stdout.buffer.write({nonsense!r}); sys.stdout.flush(); sys.stdin.buffer.read()"
    monkeypatch.setattr(engine_client, "_PROGRAM", program)
    monkeypatch.setattr(engine_client, "_DEATH_SECONDS", 0.1)
    monkeypatch.setattr(engine_client, "_idle", [])
    run = start_run(article(), engine="process")
    assert run.wait(300)
    assert run.state is RunState.FAILED
    assert run.message.startswith("the engine process sent a message that cannot be read, and was ended; ")
    assert engine_client._idle == []


@pytest.mark.parametrize("rest", [b"\x09\x00", b"\x09\x00\x00\x00abc", b"\x03\x00\x00\x00abc"])
def test_an_engine_that_gets_half_a_message_or_none_that_it_knows_does_not_stay(rest):
    """As when a lab is killed while it sends one."""
    engine = engine_client.EngineProcess()
    engine._process.stdin.write(rest)
    engine._process.stdin.close()
    assert engine._process.wait(300) == 1
    engine.close()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal")
@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT"])
def test_an_engine_survives_a_closed_terminal_and_ctrl_c_in_its_first_moment(name, monkeypatch):
    engine = engine_client.EngineProcess()
    engine._process.send_signal(getattr(signal, name))
    monkeypatch.setattr(engine_client, "_take", lambda: engine)
    monkeypatch.setattr(engine_client, "_idle", [])
    run = start_run(article(epochs=1), engine="process")
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.message
    engine_client._close_idle()


def test_a_run_whose_end_needs_more_memory_than_there_is_ends_all_the_same(monkeypatch):
    def judged(*_):
        raise MemoryError

    monkeypatch.setattr(run_module.Run, "_judged", judged)
    run = start_run(article(epochs=1), engine="thread")
    assert run.wait(300)
    assert (run.state, run.message) == (RunState.FAILED, "the engine could not be used: MemoryError")


@pytest.mark.slow
def test_runs_side_by_side_do_not_touch_each_other(engine):
    alone = start_run(article(), engine=engine)
    alone.wait(300)
    together = [start_run(article(seed=seed), engine=engine) for seed in (3, 4)]
    for run in together:
        assert run.wait(300)
    np.testing.assert_array_equal(together[0].history.train_cost, alone.history.train_cost)
    assert (together[1].history.train_cost != alone.history.train_cost).any()
    assert together[0].id != together[1].id


def test_a_name_that_is_no_unicode_is_nobodys_trouble(engine):
    run = start_run(article(name="\ud800", epochs=1), engine=engine)
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.message


@pytest.mark.slow
def test_what_no_message_can_carry_fails_the_run_and_leaves_no_engine_behind():
    run = start_run(article(name=object()), engine="process")
    assert run.wait(300)
    assert run.state is RunState.FAILED
    assert "engine could not be used" in run.message
    after = start_run(article(epochs=1), engine="process")
    assert after.wait(300)
    assert after.state is RunState.FINISHED


@pytest.mark.slow
@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="descriptors are counted where the system lists them")
def test_runs_that_have_ended_hold_no_descriptors(engine):
    def descriptors():
        return sum(1 for _ in DESCRIPTORS.iterdir())

    short = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(3),), optimizer=AdamSpec(0.01), epochs=2)
    runs, counts = [], []
    for _ in range(30):
        run = start_run(short, engine=engine)
        assert run.wait(300)
        run.history.reduce("train_cost", 1, run.iteration, 4)
        runs.append(run)
        counts.append(descriptors())
    assert max(counts[5:]) <= counts[4] + 3  # the engine that is kept for the next run may be another one
    assert all(run.history.train_cost.size == run.iteration for run in runs)


@pytest.mark.slow
def test_a_paced_run_has_the_bits_of_a_fast_one(engine):
    experiment = article(epochs=1)
    straight = start_run(experiment, engine=engine)
    run = start_run(experiment, engine=engine, pace=Pace(20, "iteration"))
    until(lambda: run.iteration >= 3)
    assert run.pace == Pace(20, "iteration")
    run.set_pace(Pace(1_000, "iteration"))
    until(lambda: run.iteration >= 50)
    run.set_pace(None)
    assert run.wait(300)
    assert straight.wait(300)
    series = run.history.stored_series()
    assert series.keys() == straight.history.stored_series().keys()
    for name, values in straight.history.stored_series().items():
        if name != "seconds":
            np.testing.assert_array_equal(series[name], values)
    assert run.snapshots.latest == straight.snapshots.latest
    assert run.experiment == straight.experiment
    assert run.adjustments == []


@pytest.mark.slow
def test_a_run_is_at_its_pace_and_what_it_waits_for_is_no_training(engine):
    run = start_run(article(epochs=1), engine=engine, pace=Pace(20, "iteration"))
    until(lambda: run.iteration >= 1)
    began, first = time.monotonic(), run.iteration
    until(lambda: run.iteration >= first + 10)
    elapsed = time.monotonic() - began
    assert elapsed > 0.4
    assert run.seconds < elapsed
    run.stop()
    assert run.wait(300)
    assert len(run.snapshots.iterations) > 3  # what was watched can be replayed


def test_a_run_of_a_moment_has_snapshots_all_along_so_that_it_can_be_replayed(engine):
    run = start_run(article(epochs=20, dataset=Xor(samples=200)), engine=engine)
    assert run.wait(300)
    taken = np.array(run.snapshots.iterations)
    assert (taken[0], taken[-1]) == (0, run.iteration)
    assert np.diff(taken).max() <= run.iteration / 10


def test_a_very_slow_run_obeys_and_answers_before_its_next_iteration(engine):
    run = start_run(article(epochs=1), engine=engine, pace=Pace(0.001, "iteration"))
    until(lambda: run.iteration == 1)
    answers = []
    run.ask(Confusion("test"), answers.append)
    until(lambda: answers)
    run.step()
    until(lambda: run.iteration == 2 and run.state is RunState.PAUSED)
    run.resume()
    until(lambda: run.state is RunState.RUNNING)
    run.set_learning_rate(0.5)
    until(lambda: run.adjustments)
    run.pause()
    until(lambda: run.state is RunState.PAUSED)
    run.resume()
    run.set_pace(Pace(100, "iteration"))
    until(lambda: run.iteration > 10)
    run.set_pace(Pace(0.001, "iteration"))
    run.stop()
    assert run.wait(300)
    assert run.state is RunState.STOPPED


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (lambda run: run.set_learning_rate(-1), "learning_rate must be a number above 0, got -1"),
        (lambda run: run.set_learning_rate("fast"), "learning_rate must be a number above 0, got 'fast'"),
        (lambda run: run.set_epochs(0), "epochs must be an integer"),
        (lambda run: run.step(-2), "iterations must be an integer"),
        (lambda run: run.ask("confusion", print), "'confusion' is no question of joml_tui.inspect"),
    ],
    ids=["rate", "text", "epochs", "step", "question"],
)
def test_wrong_commands_are_refused_at_once_and_harm_no_run(command, message):
    run = start_run(
        Experiment(dataset=Xor(samples=100), layers=(LayerSpec(4),), epochs=2), engine="thread", paused=True
    )
    with pytest.raises(ValueError, match=message):
        command(run)
    run.resume()
    assert run.wait(300)
    assert run.state is RunState.FINISHED


def test_what_is_no_experiment_and_no_engine_is_refused():
    with pytest.raises(TypeError, match=r"an experiment was expected.*got 'xor'"):
        start_run("xor")
    with pytest.raises(ValueError, match="engine: thread or process was expected, got 'gpu'"):
        start_run(article(), engine="gpu")


def test_settings_of_a_wrong_form_are_refused_at_once(engine):
    """An engine process could not read them, and would never answer."""
    for changes, message in (
        ({"layers": (LayerSpec(4, "tahn"),)}, r"layers\[0\].activation: .*did you mean tanh"),
        ({"epochs": 0}, "epochs: expected an integer >= 1, got 0"),
    ):
        with pytest.raises(ValueError, match=message):
            start_run(article(**changes), engine=engine)
