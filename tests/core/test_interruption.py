"""Ctrl-C at any moment: the run stops, its end is recorded, its result is printed, and nothing breaks in the middle."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import Future

import pytest
from click.testing import CliRunner

from joml_tui import interruption, pool
from joml_tui.cli import headless_run, main, narration
from joml_tui.cli.headless_run import Keeping, train_headless
from joml_tui.experiment import AdamSpec, Experiment, LayerSpec, Xor
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.interruption import interruptible, interruptions_counted
from joml_tui.runs.run import RunState
from joml_tui.store import open_store

ENDLESS = Experiment(
    dataset=Xor(samples=60), layers=(LayerSpec(3, "tanh"),), optimizer=AdamSpec(0.01), epochs=1_000_000, batch_size=16
)
#: Calls of the command's thread, counted from the moment that it begins to train, at each of which Ctrl-C comes once.
MOMENTS = sorted({*range(1, 40, 9), *range(40, 400, 43), *range(400, 2_500, 263)})


def press():
    signal.raise_signal(signal.SIGINT)


class AtCall:
    """A profiler that presses Ctrl-C at a given call after a function was entered."""

    def __init__(self, function, moment):
        self.code, self.moment, self.calls, self.pressed = function.__code__, moment, -1, False

    def __call__(self, frame, event, _):
        if event != "call":
            return
        if self.calls >= 0 or frame.f_code is self.code:
            self.calls += 1
        if self.calls >= self.moment and not self.pressed:
            self.pressed = True
            press()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "endless.yaml").write_text(dump_experiment(ENDLESS))
    monkeypatch.setattr(headless_run, "_REFRESH_SECONDS", 0.002)
    monkeypatch.setattr(narration.Narration, "isatty", lambda _: True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("moment", MOMENTS)
def test_wherever_it_comes_the_run_is_stopped_recorded_and_told(folder, moment):
    at_call = AtCall(train_headless, moment)
    sys.setprofile(at_call)
    try:
        result = CliRunner().invoke(main, ["run", "endless.yaml", "--store", "runs.db", "--csv", "out.csv"])
    finally:
        sys.setprofile(None)
    assert at_call.pressed
    assert result.exit_code == 130, result.output
    assert "stopped" in result.stdout
    assert "warning" not in result.stderr
    with open_store(folder / "runs.db") as store:
        (record,) = store.runs()
        assert record.state is RunState.STOPPED
        rows = len(store.series(1).get("train_cost", ()))
        assert rows == record.summary.iteration
        assert store.check() == []
    written = (folder / "out.csv").read_text().splitlines() if rows else ["head"]
    assert len(written) == rows + 1


def test_the_second_one_waits_for_nothing_that_takes_long():
    class Stuck:
        """A recorder whose disk does not answer."""

        flushed = 0

        def add(self, run, **_):
            press()

        def number_of(self, _):
            return None

        def flush(self, _, give_up):
            assert not give_up()
            press()
            self.flushed += 1
            return not give_up()

    recorder = Stuck()
    run, code = train_headless(ENDLESS, Keeping(recorder), quiet=True)
    assert (run.state, code, recorder.flushed) == (RunState.STOPPED, 130, 1)


def test_blocks_within_one_another_count_together_and_the_handler_comes_back():
    before = signal.getsignal(signal.SIGINT)
    with interruptions_counted() as outer:
        with interruptions_counted() as inner:
            press()
        assert inner is outer
        press()
        assert outer.count == 2
        with pytest.raises(KeyboardInterrupt), interruptible():
            press()
        press()
        assert outer.count == 3
        with pytest.raises(KeyboardInterrupt):
            outer.check()
    assert signal.getsignal(signal.SIGINT) is before


def test_where_it_is_ignored_it_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptions_counted() as counted:
            press()
        assert counted.count == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_count_nothing():
    counts = []

    def work():
        with interruptions_counted() as counted, interruptible():
            counts.append(counted.count)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert counts == [0]


def test_a_pool_is_interrupted_between_results_alone():
    futures = [Future(), Future()]
    futures[0].set_result(1)
    taken = []
    with pytest.raises(KeyboardInterrupt):
        for future in pool.completed(futures):
            press()
            taken.append(future.result())  # what is taken is kept whole
    assert taken == [1]


def in_a_process(program):
    """Run a program in a process of its own; give its exit code and what it wrote."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def test_while_the_command_is_being_loaded_it_ends_without_a_traceback():
    program = (
        "import builtins, signal\n"
        "from joml_tui.__main__ import main\n"
        "real = builtins.__import__\n"
        "def load(name, *others):\n"
        "    if name == 'joml_tui.cli.doctor':\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "    return real(name, *others)\n"
        "builtins.__import__ = load\n"
        "main()\n"
    )
    assert in_a_process(program) == (130, "", "")


def test_what_an_end_clears_away_is_not_interrupted_again():
    process = interruption._Process()
    with pytest.raises(KeyboardInterrupt):
        process.interrupt()
    process.interrupt()
    process.interrupted_at -= 2 * interruption._SAME_SECONDS
    with pytest.raises(KeyboardInterrupt):  # a later one is meant
        process.interrupt()


def test_one_that_comes_in_a_finaliser_comes_again_after_it():
    program = (
        "import signal, sys, threading\n"
        "from joml_tui.interruption import raise_interrupts\n"
        "class Finalised:\n"
        "    def __del__(self):\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "raise_interrupts()\n"
        "try:\n"
        "    Finalised()\n"
        "    print('went on')\n"
        "    threading.Event().wait(600)\n"  # longer than the test waits for the program
        "except KeyboardInterrupt:\n"
        "    print('came again')\n"
    )
    assert in_a_process(program) == (0, "went on\ncame again\n", "")


def test_other_errors_in_a_finaliser_are_printed_as_ever():
    program = (
        "from joml_tui.interruption import raise_interrupts\n"
        "class Finalised:\n"
        "    def __del__(self):\n"
        "        raise ValueError('no')\n"
        "raise_interrupts()\n"
        "Finalised()\n"
    )
    code, _, errors = in_a_process(program)
    assert code == 0
    assert "ValueError: no" in errors


@pytest.mark.parametrize("when", ["while Python ends", "at the very end"])
def test_when_all_is_done_it_changes_nothing(when):
    # What is registered first is called last; the command registers in between.
    early = "atexit.register(press)\n" if when == "at the very end" else ""
    late = "" if early else "atexit.register(press)\n"
    program = (
        "import atexit, signal, sys\n"
        "press = lambda: signal.raise_signal(signal.SIGINT)\n"
        "from joml_tui.__main__ import main\n"
        f"{early}"
        "sys.argv = ['joml-tui', 'completion', 'bash']\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        f"    press()\n    {late}"
    )
    code, written, errors = in_a_process(program)
    assert (code, errors) == (0, "")
    assert "joml" in written


def test_an_end_that_takes_long_can_be_cut_short():
    program = (
        "import signal, time\n"
        "from joml_tui import interruption\n"
        "interruption.raise_interrupts()\n"
        "interruption.end_undisturbed(7)\n"
        "interruption._process.ended_at -= 10\n"
        "signal.raise_signal(signal.SIGINT)\n"
        "time.sleep(30)\n"
    )
    assert in_a_process(program) == (7, "", "")


#: Presses Ctrl-C in a finaliser, and once more while the first is about to be repeated.
IN_A_FINALISER = """
import signal, threading, time
from joml_tui.interruption import raise_interrupts

class Dying:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def start_and_press(thread, start=threading.Thread.start):
    signal.raise_signal(signal.SIGINT)
    start(thread)

raise_interrupts()
threading.Thread.start = start_and_press
try:
    Dying()
    time.sleep(120)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_one_that_comes_in_a_finaliser_is_repeated_and_another_meanwhile_is_the_same_one():
    ended = subprocess.run(
        [sys.executable, "-c", IN_A_FINALISER], check=False, capture_output=True, text=True, timeout=300
    )
    assert (ended.stdout, ended.stderr) == ("interrupted\n", "")
