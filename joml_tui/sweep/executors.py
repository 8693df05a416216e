"""The workers of a sweep: processes of this machine, a Dask cluster, or another executor."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from joml_tui import pool
from joml_tui.decoding import shown

#: Seconds that a scheduler may take to answer.
_CONNECT_SECONDS = 10
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss)://)?(?:\[[\da-fA-F:%.]+\]|[\w.-]+):\d{1,5}")


class CrewError(Exception):
    """There are no workers; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Executors and their capacity.

    Attributes
    ----------
    executor : callable
        Returns a context manager of an ``Executor``; called again if the previous one is broken.
    size : callable
        Returns the number of batches that may run at the same time.
    lost : tuple of exception types
        Exceptions of a future whose worker has died.
    is_there : callable
        Returns whether there is a worker now; a cluster may have none for a while.
    """

    executor: Callable[[], AbstractContextManager[Executor]]
    size: Callable[[], int]
    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)
    is_there: Callable[[], bool] = lambda: True


def processes(count: int) -> Crew:
    """Return a crew of ``count`` processes of this machine."""
    return Crew(lambda: pool.workers(count), lambda: count)


@contextmanager
def cluster(address: str, most: int | None = None) -> Iterator[Crew]:
    """Yield the workers of a Dask cluster during the block.

    Parameters
    ----------
    address : str
        Address of its scheduler, such as ``tcp://127.0.0.1:8786``.
    most : int, optional
        Largest number of batches at the same time; default the cluster's number of threads.

    Raises
    ------
    CrewError
        ``distributed`` is not installed, or no scheduler answers at the address.
    """
    if not _ADDRESS.fullmatch(address):  # a client would give up only after half a minute
        raise CrewError(f"--dask: expected a scheduler's address such as tcp://127.0.0.1:8786, got {shown(address)}")
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415
    except ImportError as error:
        raise CrewError("--dask needs distributed; install it with: pip install 'joml-tui[dask]'") from error
    # Its tracebacks of a lost connection add nothing to the messages here.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL + 1)
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        why = str(error) or type(error).__name__
        raise CrewError(f"no Dask scheduler answers at {address}: {why}; start one by: dask scheduler") from error

    @contextmanager
    def executor() -> Iterator[Executor]:
        # Not pure: a batch that is submitted again after its worker died is a new task.
        dask_executor = client.get_executor(pure=False)
        try:
            yield dask_executor
        finally:
            with contextlib.suppress(Exception):  # the scheduler may have gone
                dask_executor.shutdown(wait=False)

    def size() -> int:
        threads: int = sum(client.ncores().values())
        return max(1, threads if most is None else min(threads, most))

    def is_there() -> bool:
        try:
            return bool(client.ncores())
        except Exception:  # the connection to the scheduler is lost: its futures end with an error of their own
            return True

    try:
        yield Crew(executor, size, (BrokenExecutor, KilledWorker), is_there)
    finally:
        with contextlib.suppress(Exception):
            client.close()
