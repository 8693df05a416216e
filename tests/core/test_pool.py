"""Work over processes: every result arrives, and what goes wrong in a process ends the whole with its own words."""

import math
import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection

import pytest

from joml_tui.cli.progress import with_progress
from joml_tui.pool import interrupt_deferred, share_out, workers


@pytest.mark.slow
def test_every_job_gives_its_result():
    assert sorted(share_out(math.sqrt, [9.0, 4.0, 1.0], 2)) == [1, 2, 3]


def test_progress_is_reported_on_standard_error(capsys):
    assert list(with_progress(iter("ab"), 2, "roots")) == ["a", "b"]
    printed = capsys.readouterr()
    assert printed.err.splitlines() == ["roots: 50 % of the runs are done", "roots: 100 % of the runs are done"]
    assert printed.out == ""


@pytest.mark.slow
def test_an_error_in_a_process_is_raised_here():
    with pytest.raises(ValueError, match=r"domain|nonnegative"):
        list(share_out(math.sqrt, [-1.0], 1))


@pytest.mark.slow
def test_a_process_that_is_ended_from_outside_is_reported():
    with pytest.raises(BrokenProcessPool):
        list(share_out(os._exit, [3], 1))


def be_ended_amid_sending(size):
    """Return a result of so many bytes; this process is terminated when the first half of it has been sent."""
    send = Connection._send

    def send_and_be_ended(self, message, *more):
        send(self, message[: len(message) // 2], *more)
        os.kill(os.getpid(), signal.SIGTERM)
        send(self, message[len(message) // 2 :], *more)

    Connection._send = send_and_be_ended
    return bytes(size)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended otherwise here")
def test_a_process_that_is_terminated_sends_the_result_that_it_has_begun():
    with workers(1) as pool:
        with interrupt_deferred():
            result = pool.submit(be_ended_amid_sending, 100_000)
        assert len(result.result()) == 100_000  # half a message would be waited for without end


@pytest.mark.slow
def test_a_caller_who_leaves_early_leaves_no_process_behind():
    before = set(multiprocessing.active_children())
    results = share_out(math.sqrt, [float(number) for number in range(50)], 2)
    next(results)
    results.close()
    assert set(multiprocessing.active_children()) == before


def test_ctrl_c_while_work_is_given_out_is_heard_afterwards():
    reached = []
    with pytest.raises(KeyboardInterrupt), interrupt_deferred():  # where it comes is what is tested
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("the end of the block")
    assert reached
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with interrupt_deferred():
        pass


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be blocked here")
def test_processes_that_are_started_meanwhile_hear_no_ctrl_c():
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('alive')"
    with interrupt_deferred():
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.communicate(timeout=300)[0] == "alive\n"
