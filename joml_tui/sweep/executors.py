"""Who does the work: processes of this machine, a Dask cluster, or any other executor."""

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

#: How long a scheduler may take to answer.
_CONNECT_SECONDS = 10
_ADDRESS = re.compile(r"(?:(?:tcp|tls|ws|wss)://)?(?:\[[\da-fA-F:%.]+\]|[\w.-]+):\d{1,5}")


class CrewError(Exception):
    """There is nobody to do the work; the text is a sentence that says why, and the way out."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Executors, and how much they do at once.

    Attributes
    ----------
    executor : callable
        Gives a context manager of an ``Executor``; called again where the one before is broken.
    size : callable
        Gives how many batches may be under way at once now.
    lost : tuple of exception types
        What a future raises whose worker has died.
    """

    executor: Callable[[], AbstractContextManager[Executor]]
    size: Callable[[], int]
    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)


def processes(count: int) -> Crew:
    """Return so many processes of this machine."""
    return Crew(lambda: pool.workers(count), lambda: count)


@contextmanager
def cluster(address: str, most: int | None = None) -> Iterator[Crew]:
    """Return the workers of a Dask cluster while the block lasts.

    Parameters
    ----------
    address : str
        Of its scheduler, such as ``tcp://127.0.0.1:8786``.
    most : int, optional
        Batches under way at once at most; default as many as the cluster has threads.

    Raises
    ------
    CrewError
        ``distributed`` is not installed, or nobody answers at the address.
    """
    if not _ADDRESS.fullmatch(address):  # a client of such a one would only be given up after half a minute
        raise CrewError(f"--dask: expected a scheduler's address such as tcp://127.0.0.1:8786, got {shown(address)}")
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415
    except ImportError as error:
        raise CrewError("--dask needs distributed; install it by: pip install 'joml-tui[dask]'") from error
    # Its tracebacks of a lost connection say no more than what is told here.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL + 1)
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        why = str(error) or type(error).__name__
        raise CrewError(f"no Dask scheduler answers at {address}: {why}; start one by: dask scheduler") from error

    @contextmanager
    def executor() -> Iterator[Executor]:
        # Not pure: a batch whose worker has died is another task when it is given out again.
        found = client.get_executor(pure=False)
        try:
            yield found
        finally:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                found.shutdown(wait=False)

    def size() -> int:
        threads: int = sum(client.ncores().values())
        return max(1, threads if most is None else min(threads, most))

    try:
        yield Crew(executor, size, (BrokenExecutor, KilledWorker))
    finally:
        with contextlib.suppress(Exception):
            client.close()
