"""A pool of processes for independent jobs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from joml.training.replicas import available_cores
from joml_tui.interruption import interruptions_counted, signals_blocked

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

#: Seconds between two checks for Ctrl-C.
_LOOK_SECONDS = 0.1
#: Seconds that an ended process may need to send the result it has.
_SENDING_SECONDS = 2.0


def share_out(
    work: Callable[[JobT], ResultT],
    jobs: Sequence[JobT],
    processes: int | None = None,
) -> Generator[ResultT, None, None]:
    """Run jobs in separate processes, and yield the results in the order of completion.

    Parameters
    ----------
    work : callable
        A function from a job to its result, at module level so that the processes can import it.
    jobs : sequence
        Started in this order; put the longest first to keep all processes busy to the end.
    processes : int, optional
        Default: the number of cores.

    Raises
    ------
    Exception
        Raised by ``work``.
    concurrent.futures.process.BrokenProcessPool
        A process was ended from outside.
    """
    with workers(min(processes or available_cores(), len(jobs))) as pool:
        with interrupt_deferred():
            futures = [pool.submit(work, job) for job in jobs]
        for future in completed(futures):
            yield future.result()


def completed(futures: Collection[Future[ResultT]]) -> Iterator[Future[ResultT]]:
    """Yield futures as they complete; after Ctrl-C, raise KeyboardInterrupt here and nowhere else."""
    pending = set(futures)
    with interruptions_counted() as interruption:
        while pending:
            done, pending = wait(pending, _LOOK_SECONDS, FIRST_COMPLETED)
            for future in done:
                interruption.check()
                yield future
            interruption.check()


class WorkerPool(ProcessPoolExecutor):
    """A pool whose processes may be terminated at any moment.

    Half a result in the pipe would be waited for without end, so a process that is sending one sends it first.
    """

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **settings: Any) -> Future[Any]:
        """Submit a job."""
        return super().submit(_do_job, work, *arguments, **settings)


@contextmanager
def workers(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes that ends with the block, immediately if an exception ends it.

    The processes start at the first submission; submit inside ``interrupt_deferred``.
    """
    # Not forked, which is unsafe with threads and not available everywhere.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with WorkerPool(processes, context, _begin_worker) as pool:
        try:
            yield pool
        except BaseException:
            with interrupt_deferred():
                # Running jobs may take long, and their results are no longer needed.
                for worker in set(multiprocessing.active_children()) - others:
                    worker.terminate()
                pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def interrupt_deferred() -> Iterator[None]:
    """Defer Ctrl-C to the end of the block; processes started inside never receive it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        with signals_blocked(signal.SIGINT):
            yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


@dataclass
class _Worker:
    """The state of this process of a pool."""

    has_job: bool = False
    is_ended: bool = False

    def end(self, *_: object) -> None:
        """End this process: now if it has a job, else when a result that it may be sending has been sent."""
        if self.has_job:
            os._exit(1)
        self.is_ended = True
        timer = threading.Timer(_SENDING_SECONDS, os._exit, (1,))
        timer.daemon = True
        timer.start()


_worker = _Worker()


def _do_job(work: Callable[..., ResultT], *arguments: object, **settings: object) -> ResultT:
    _worker.has_job = True
    if _worker.is_ended:
        os._exit(1)
    try:
        return work(*arguments, **settings)
    finally:
        _worker.has_job = False


def _begin_worker() -> None:
    """End this process when the command is killed; ignore Ctrl-C, which the command handles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _worker.end)

    def wait() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
