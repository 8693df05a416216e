"""Scheduling of jobs on an executor; if a worker dies, its jobs are repeated, and none is lost or stored twice."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from joml.wording import counted
from joml_tui.interruption import Interruption, interruptions_counted
from joml_tui.pool import interrupt_deferred
from joml_tui.sweep.executors import Crew
from joml_tui.sweep.sweep_file import Job
from joml_tui.sweep.sweep_worker import train_batch

#: Number of workers that a job may kill before it is given up.
TRIES = 3
#: Seconds between two checks for Ctrl-C.
_LOOK_SECONDS = 0.1
#: Seconds between two questions whether there are workers, and those that a sweep waits for new ones.
_SECONDS_A_COUNT, _PATIENCE_SECONDS = 1.0, 60.0

_Batch = tuple[Job, ...]
Train = Callable[[Sequence[str]], list[bytes]]


class SweepError(Exception):
    """A sweep cannot continue; the message says why, and what to do."""


class Done(NamedTuple):
    """The result of a job: its packed run, or the reason why there is none."""

    job: Job
    packed: bytes = b""
    fault: str = ""


def schedule(
    batches: Iterable[Sequence[Job]],
    crew: Crew,
    tell: Callable[[str], None] = lambda _: None,
    train: Train = train_batch,
) -> Generator[Done, None, None]:
    """Run every job once, and yield the results as they arrive.

    A batch goes to one worker, which returns finished jobs every second; the rest of the batch goes to the next free
    worker, usually the same one. If a worker would be idle, a batch is divided.

    The jobs of a worker that died are repeated. After a second time they run one by one, to identify the job that kills
    its worker; it is given up after three attempts.

    Parameters
    ----------
    batches : iterable of sequence of Job
    crew : Crew
    tell : callable
        Called with a message if workers have died.
    train : callable
        The workers' function, at module level: from experiments as YAML to the packed runs of the first ones.

    Raises
    ------
    SweepError
        There are no workers left.
    """
    work = _Work(deque(tuple(batch) for batch in batches if batch))
    while work.left:
        with crew.executor() as executor:
            yield from _Shift(executor, crew, work, tell, train).run()


@dataclass(slots=True)
class _Work:
    """The batches that still have to be distributed."""

    waiting: deque[_Batch]
    suspects: deque[Job] = field(default_factory=deque)  # run alone, as one of them may kill its worker
    losses: Counter[int] = field(default_factory=Counter)

    @property
    def left(self) -> bool:
        return bool(self.waiting or self.suspects)

    def share(self, workers: int) -> None:
        """Divide batches until there is one for each worker, as far as possible."""
        while self.waiting and len(self.waiting) < workers:
            longest = max(range(len(self.waiting)), key=lambda place: len(self.waiting[place]))
            batch = self.waiting[longest]
            if len(batch) < 2:
                return
            half = -(-len(batch) // 2)
            self.waiting[longest] = batch[:half]
            self.waiting.insert(longest + 1, batch[half:])

    def lose(self, batch: _Batch) -> list[Job]:
        """Take back a batch whose worker died, and return the jobs that are given up."""
        self.losses.update(job.place for job in batch)
        again = tuple(job for job in batch if self.losses[job.place] == 1)
        if again:
            self.waiting.append(again)
        self.suspects.extend(job for job in batch if 1 < self.losses[job.place] < TRIES)
        return [job for job in batch if self.losses[job.place] >= TRIES]


class _Shift:
    """The work of one executor, until everything is done or it breaks."""

    def __init__(self, executor: Executor, crew: Crew, work: _Work, tell: Callable[[str], None], train: Train) -> None:
        self._executor, self._crew, self._work, self._tell, self._train = executor, crew, work, tell, train
        self._under_way: dict[Future[list[bytes]], _Batch] = {}
        self._broken = False
        self._interruption = Interruption()
        self._counted = self._last_there = monotonic()
        self._is_waiting = False

    def run(self) -> Generator[Done, None, None]:
        with interruptions_counted() as self._interruption:
            yield from self._run()

    def _run(self) -> Generator[Done, None, None]:
        while True:
            given_up = self._give_out()
            yield from map(_given_up, given_up)
            if not self._under_way:
                return
            ended, _ = wait(self._under_way, _LOOK_SECONDS, FIRST_COMPLETED)
            self._interruption.check()
            self._look_for_workers()
            for future in ended:
                for done in self._take(future, self._under_way.pop(future)):
                    self._interruption.check()  # storing many results may take long
                    yield done

    def _give_out(self) -> list[Job]:
        """Keep every worker busy, and return the jobs that are given up."""
        work, given_up = self._work, []
        size = 0 if self._broken or not work.left else self._crew.size()
        while work.waiting and len(self._under_way) < size and not self._broken:
            work.share(size - len(self._under_way))
            given_up += self._submit(work.waiting.popleft())
        if work.suspects and not (self._under_way or work.waiting or self._broken):
            given_up += self._submit((work.suspects.popleft(),))
        return given_up

    def _look_for_workers(self) -> None:
        """Say that all workers have left, and raise SweepError if none comes for a minute.

        A cluster keeps the work of workers that have left for those that may come.
        """
        now = monotonic()
        if now - self._counted < _SECONDS_A_COUNT:
            return
        self._counted = now
        if self._crew.is_there():
            self._last_there, self._is_waiting = now, False
        elif now - self._last_there >= _PATIENCE_SECONDS:
            raise SweepError("no worker is left; finished runs are kept: start workers and repeat the command")
        elif not self._is_waiting:
            self._is_waiting = True
            self._tell(f"no worker is left: waiting {_PATIENCE_SECONDS:.0f} s for a new one")

    def _submit(self, batch: _Batch) -> list[Job]:
        try:
            with interrupt_deferred():
                future = self._executor.submit(self._train, [job.yaml for job in batch])
        except BrokenExecutor:
            self._broken = True
            return self._lose(batch)
        self._under_way[future] = batch
        return []

    def _lose(self, batch: _Batch) -> list[Job]:
        """Report that a worker died, take back its batch, and return the jobs that are given up."""
        runs = counted(len(batch), "run is", "runs are")
        self._tell(f"a worker died; {runs} given out again")
        return self._work.lose(batch)

    def _take(self, future: Future[list[bytes]], batch: _Batch) -> Generator[Done, None, None]:
        try:
            packed = future.result()
        except CancelledError as error:
            raise SweepError("the workers are gone; finished runs are kept: repeat the command to continue") from error
        except self._crew.lost as error:
            self._broken = self._broken or isinstance(error, BrokenExecutor)
            yield from map(_given_up, self._lose(batch))
        except Exception as error:  # an error of any kind in the worker ends only this batch
            fault = f"a worker could not train it: {type(error).__name__}: {error}"
            yield from (Done(job, fault=fault) for job in batch)
        else:
            if batch[len(packed) :]:
                self._work.waiting.appendleft(batch[len(packed) :])
            yield from (Done(job, run) for job, run in zip(batch, packed, strict=False))


def _given_up(job: Job) -> Done:
    return Done(job, fault=f"its worker died {TRIES} times: use fewer workers if memory ran out")
