"""Training of a sweep: jobs that the store lacks are distributed, and results are stored as they arrive."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from filelock import FileLock, Timeout
from msgspec import DecodeError

from joml_tui.runs.run import RunState
from joml_tui.store import RunRecordError, Store, StoredRun
from joml_tui.store.run_summary import fingerprint
from joml_tui.sweep.executors import Crew
from joml_tui.sweep.packed_run import unpack_run
from joml_tui.sweep.scheduler import Done, SweepError, Train, schedule
from joml_tui.sweep.sweep_file import Job, Sweep
from joml_tui.sweep.sweep_worker import train_batch

__all__ = ["JobOutcome", "SweepError", "alone", "kept_before", "train_sweep"]


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """The outcome of one job.

    Attributes
    ----------
    job : Job
    run : StoredRun or None
        The stored run; None if it failed, in which case it is trained again the next time.
    fault : str
        The reason of the failure.
    """

    job: Job
    run: StoredRun | None
    fault: str = ""


def kept_before(sweep: Sweep, store: Store) -> list[JobOutcome]:
    """Return the jobs that the store already has with an ended run; of several runs, the newest."""
    trained = {}
    for run in reversed(store.runs(sweep=sweep.identity)):
        if run.state in (RunState.FINISHED, RunState.DIVERGED):
            with contextlib.suppress(RunRecordError):  # a damaged run is trained again
                trained[fingerprint(store.experiment_yaml(run.number))] = run
    return [JobOutcome(job, trained[key]) for job in sweep.jobs if (key := fingerprint(job.yaml)) in trained]


def train_sweep(
    sweep: Sweep,
    crew: Crew,
    store: Store,
    *,
    again: bool = False,
    tell: Callable[[str], None] = lambda _: None,
    train: Train = train_batch,
) -> Generator[JobOutcome, None, None]:
    """Train the jobs of a sweep that the store lacks, and store each run as it arrives.

    Only this process writes. Everything yielded is in the store, and another call continues from there.

    Parameters
    ----------
    sweep : Sweep
    crew : Crew
        The workers.
    store : Store
    again : bool
        Whether jobs that the store has are trained again; both runs are kept.
    tell : callable
        Called with a message if workers have died.
    train : callable
        The workers' function; see ``schedule``.

    Yields
    ------
    JobOutcome
        The outcome of each job trained now, in order of completion.

    Raises
    ------
    SweepError
        There are no workers left.
    StoreError
        A run cannot be stored, for example on a full disk.
    """
    finished = set() if again else {outcome.job.place for outcome in kept_before(sweep, store)}
    batches = [[job for job in cell.jobs if job.place not in finished] for cell in sweep.cells]
    with closing(schedule(batches, crew, tell, train)) as results:
        for done in results:
            yield _keep(done, sweep, store)


@contextmanager
def alone(sweep: Sweep, store: Store) -> Iterator[None]:
    """Lock the sweep in this store during the block; raise `SweepError` if another process trains it."""
    folder = store.path.with_name(f"{store.path.name}.sweeps")
    lock = FileLock(folder / hashlib.sha256(sweep.identity.encode()).hexdigest()[:32])
    try:
        folder.mkdir(exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise SweepError(
            f"the sweep {sweep.identity} is running in another process: wait until it has ended"
        ) from error
    except OSError as error:
        raise SweepError(f"{folder} cannot be used: {error.strerror or error}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.release()


def _keep(done: Done, sweep: Sweep, store: Store) -> JobOutcome:
    if done.fault:
        return JobOutcome(done.job, None, done.fault)
    try:
        run = unpack_run(done.packed)
    except DecodeError as error:  # a worker of another machine may be damaged, or no worker of ours
        return JobOutcome(done.job, None, f"its worker sent a result that cannot be read: {error}")
    if run.state not in (RunState.FINISHED, RunState.DIVERGED):
        return JobOutcome(done.job, None, run.message or run.state.value)
    number = store.keep(run, name=done.job.label, sweep=sweep.identity, tags=(sweep.identity,))
    return JobOutcome(done.job, store.run(number))
