"""Work shared out over processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

from joml.training.replicas import available_cores
from joml_tui.interruption import interruptions_counted

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

#: How often it is looked whether Ctrl-C has come.
_LOOK_SECONDS = 0.1


def share_out(
    work: Callable[[JobT], ResultT],
    jobs: Sequence[JobT],
    processes: int | None = None,
) -> Generator[ResultT, None, None]:
    """Do jobs in processes of their own, and yield each result when it is there, in whatever order.

    Parameters
    ----------
    work : callable
        From a job to its result; a function of a module, as it is looked up by name in the processes.
    jobs : sequence
        Started in this order: the longest first keeps all processes busy to the end.
    processes : int, optional
        Default: the number of cores.

    Raises
    ------
    Exception
        What ``work`` raised.
    concurrent.futures.process.BrokenProcessPool
        A process was ended from outside.
    """
    with workers(min(processes or available_cores(), len(jobs))) as pool:
        with interrupt_deferred():
            futures = [pool.submit(work, job) for job in jobs]
        for future in completed(futures):
            yield future.result()


def completed(futures: Collection[Future[ResultT]]) -> Iterator[Future[ResultT]]:
    """Return futures as they are done; where Ctrl-C has come, KeyboardInterrupt is raised here and nowhere else."""
    pending = set(futures)
    with interruptions_counted() as interruption:
        while pending:
            done, pending = wait(pending, _LOOK_SECONDS, FIRST_COMPLETED)
            for future in done:
                interruption.check()
                yield future
            interruption.check()


@contextmanager
def workers(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Return a pool of processes that end with the block, at once where it ends by an exception.

    They start when something is submitted; do that inside ``interrupt_deferred``.
    """
    # Not forked: a program with threads must not be, and there is no fork everywhere.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(processes, context, _leave_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            with interrupt_deferred():
                # What is under way may take long, and nobody wants it any more.
                for worker in set(multiprocessing.active_children()) - others:
                    worker.terminate()
                pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def interrupt_deferred() -> Iterator[None]:
    """Let a Ctrl-C that comes inside the block wait for its end; processes that are started inside never get any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        with _blocked(signal.SIGINT):
            yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _blocked(number: signal.Signals) -> Iterator[None]:
    """Block a signal for this thread, and so for what it starts, which inherits that; where signals can be blocked."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _leave_with_parent() -> None:
    """End this process when the command is ended by force, and not by Ctrl-C, which is the command's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
