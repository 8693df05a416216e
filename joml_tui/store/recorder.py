"""The recorder: one thread writes all runs of a program into the store during training.

An error in one run does not affect the others: a failed write is reported and repeated, whatever the reason. A second
thread reports if the first one hangs in a disk access.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from joml_tui.runs.run import Run, RunState
from joml_tui.store.database import RunGoneError, RunRecordError, StoreDamagedError, StoreError
from joml_tui.store.run_writer import WrittenSoFar
from joml_tui.store.store import Store

#: Seconds between rounds: half a second, so that a run is recorded every second even with slow writes.
_SECONDS = 0.4
#: Seconds before a failed write is repeated.
_AGAIN_SECONDS = 2.0
#: Seconds after which a round of writing is reported as slow, and the interval of that check as a share of it.
_PATIENCE_SECONDS, _LOOKS = 10.0, 4
#: Seconds between a waiting thread's checks of ``give_up``.
_LOOK_SECONDS = 0.1
#: The name of a fault that affects the whole store.
_STORE = "store"


@dataclass(frozen=True, slots=True)
class _Failure:
    """The reason of a failed write, as a sentence, and the time of the next attempt (monotonic clock)."""

    reason: str
    again_at: float


@dataclass(slots=True, eq=False)
class _Record:
    """A run that is being recorded, with its name, note and tags."""

    run: Run
    described: dict[str, Any]
    origin: Run | None
    written: WrittenSoFar | None = None
    seen: tuple[object, ...] = ()
    failure: _Failure | None = None

    @property
    def done(self) -> bool:
        return self.written is not None and self.written.ended


@dataclass(slots=True)
class _Change:
    """A change of a run's name, note or tags; None means no change."""

    run: Run
    name: str | None = None
    note: str | None = None
    tags: tuple[str, ...] | None = None
    failure: _Failure | None = None

    def named(self) -> dict[str, Any]:
        """Return the changes by the parameters of ``Store.begin``."""
        labels = {"name": self.name, "note": self.note, "tags": self.tags}
        return {name: value for name, value in labels.items() if value is not None}


_TaskT = TypeVar("_TaskT", _Record, _Change)


@dataclass(slots=True)
class _Tasks:
    """The recorder's tasks, protected by a lock."""

    records: list[_Record] = field(default_factory=list)
    changes: dict[str, _Change] = field(default_factory=dict)
    deletions: list[Run] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def empty(self) -> bool:
        return not (self.records or self.changes or self.deletions)


class Recorder:
    """Writes runs into a store from its own thread, so that no other thread waits for the disk.

    Parameters
    ----------
    store : Store
    on_trouble : callable, optional
        Called in one of the recorder's threads with a message if a write failed; nothing is lost as long as the program
        runs.
    on_recovery : callable, optional
        Called in the same way when everything is written again; default ``on_trouble``.
    patience : float, default 10
        Seconds after which a round of writing is reported as slow.

    Attributes
    ----------
    trouble : str
        A sentence on what is not recorded and why; empty if there is no trouble. Any thread may read it.
    """

    def __init__(
        self,
        store: Store,
        on_trouble: Callable[[str], object] | None = None,
        on_recovery: Callable[[str], object] | None = None,
        *,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self.store = store
        self.trouble = ""
        self._on_trouble = on_trouble or (lambda _: None)
        self._on_recovery = on_recovery or self._on_trouble
        self._patience = patience
        self._numbers: dict[str, int] = {}
        self._tasks = _Tasks()
        self._troubles: dict[str, str] = {}
        self._reporting = threading.RLock()
        self._wake = threading.Event()
        self._closing = False
        self._round = threading.Condition()
        self._rounds = self._wanted = 0
        self._round_since: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()
        threading.Thread(target=self._watch, name="recorder's watchdog", daemon=True).start()

    def add(self, run: Run, *, name: str = "", note: str = "", tags: tuple[str, ...] = (), sweep: str = "") -> None:
        """Record a run until its end; returns at once."""
        origin = run.forked_from[0] if run.forked_from is not None else None
        described = {"name": name, "note": note, "tags": tags, "sweep": sweep}
        self._append(_Record(run, described, origin))

    def add_resumed(self, run: Run, written: WrittenSoFar) -> None:
        """Continue the record of a run from ``resumed``."""
        self._numbers[run.id] = written.number
        self._append(_Record(run, {}, None, written))

    def number_of(self, run: Run) -> int | None:
        """Return a run's number in the store; None if it is not there yet or no longer."""
        return self._numbers.get(run.id)

    def know(self, run: Run, number: int) -> None:
        """Register a run that was loaded from the store."""
        self._numbers[run.id] = number

    def describe(
        self, run: Run, *, name: str | None = None, note: str | None = None, tags: tuple[str, ...] | None = None
    ) -> None:
        """Change a run's name, note or tags; returns at once."""
        with self._tasks.guard:
            change = self._tasks.changes.setdefault(run.id, _Change(run))
            for setting, value in (("name", name), ("note", note), ("tags", tags)):
                if value is not None:
                    setattr(change, setting, value)
        self._wake.set()

    def delete(self, run: Run) -> None:
        """Delete a run from the store and stop recording it; returns at once."""
        with self._tasks.guard:
            self._tasks.deletions.append(run)
        self._wake.set()

    def flush(self, timeout: float | None = None, give_up: Callable[[], bool] = lambda: False) -> bool:
        """Wait until all present data are on the disk, or until ``give_up`` returns true; return whether they are."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        with self._round:
            wanted = self._rounds + 2  # the current round may have missed the latest data
            self._wanted = max(self._wanted, wanted)
            self._wake.set()
            while self._rounds < wanted and time.monotonic() < until and not give_up():
                self._round.wait(min(_LOOK_SECONDS, max(0.0, until - time.monotonic())))
            done = self._rounds >= wanted
        return done and not self.trouble

    def close(self, timeout: float = 5.0) -> bool:
        """Write all data and end the threads; return whether everything is on the disk."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout)
        return not self._thread.is_alive() and not self.trouble

    def _append(self, record: _Record) -> None:
        with self._tasks.guard:
            self._tasks.records.append(record)
        self._wake.set()

    # --- the thread that writes -------------------------------------------------------------------------------------

    def _work(self) -> None:
        while self._do_round():
            pass
        self._ended.set()

    def _do_round(self) -> bool:
        """Write new data and sleep; return whether there is another round."""
        closing = self._closing  # before the round, which writes everything added so far
        self._round_since = time.monotonic()
        try:
            failures = self._write_all(all_now=closing or self._rounds < self._wanted)
        except BaseException as error:  # an internal error: continue with the next round
            failures = {_STORE: f"the runs are not recorded for now: {_reason_of(error)}"}
        self._round_since = None
        self._report(failures)
        with self._round:
            self._rounds += 1
            self._round.notify_all()
            wanted = self._rounds < self._wanted
        if closing:
            return False
        if not wanted:
            with self._tasks.guard:
                idle = self._tasks.empty
            self._wake.wait(None if idle else _AGAIN_SECONDS if _STORE in failures else _SECONDS)
            self._wake.clear()
        return True

    def _write_all(self, all_now: bool) -> dict[str, str]:
        """Write all new data, and return the messages of failed writes."""
        try:
            return self._write_each(all_now)
        except StoreDamagedError:
            pass
        try:
            self._begin_anew()
            return self._write_each(all_now)
        except StoreError as error:
            return {_STORE: f"the runs are not recorded for now: {error}"}

    def _write_each(self, all_now: bool) -> dict[str, str]:
        failures: dict[str, str] = {}
        for run in self._deletions():
            if not self._attempt(run, self._delete, run, failures):
                return failures
        for record in self._records():
            if not self._attempt_again(record, self._write, failures, all_now):
                return failures
        for change in self._changes():
            if not self._attempt_again(change, self._change, failures, all_now):
                return failures
        with self._tasks.guard:
            self._tasks.records = [record for record in self._tasks.records if not record.done]
        return failures

    def _attempt_again(
        self, task: _TaskT, write: Callable[[_TaskT], None], failures: dict[str, str], all_now: bool
    ) -> bool:
        """Do one write, with a delay after a failure; return whether the others can be tried."""
        if task.failure is not None and time.monotonic() < task.failure.again_at and not all_now:
            failures[task.run.id] = task.failure.reason
            return True
        task.failure = None
        going_on = self._attempt(task.run, write, task, failures)
        if task.run.id in failures:
            task.failure = _Failure(failures[task.run.id], time.monotonic() + _AGAIN_SECONDS)
        return going_on

    def _attempt(self, run: Run, write: Callable[[Any], None], task: object, failures: dict[str, str]) -> bool:
        """Do one write; return whether the others can be tried in this round."""
        try:
            write(task)
        except StoreDamagedError:
            raise
        except RunGoneError:
            number = self._numbers.get(run.id)
            self._forget(run)
            self._tell(
                self._on_trouble,
                f"run {number} is no longer in {self.store.path}, because another program deleted it: its "
                "further results are not recorded",
            )
        except RunRecordError as error:
            failures[run.id] = self._of_one_run(run, error)
        except StoreError as error:
            failures[_STORE] = f"the runs are not recorded for now: {error}"
            self._put_last(task)
            return False
        except BaseException as error:  # after any error, the other runs are still recorded
            failures[run.id] = self._of_one_run(run, error)
        return True

    def _of_one_run(self, run: Run, error: BaseException) -> str:
        number = self._numbers.get(run.id)
        named = f"run {number}" if number is not None else f"the run of {run.architecture or 'a network'}"
        return f"{named} is not recorded for now, the others are: {_reason_of(error)}"

    def _put_last(self, task: object) -> None:
        """Move the task that met a fault of the store to the end, as it may be the cause."""
        if isinstance(task, _Record):
            with self._tasks.guard, contextlib.suppress(ValueError):
                self._tasks.records.remove(task)
                self._tasks.records.append(task)

    def _deletions(self) -> list[Run]:
        with self._tasks.guard:
            return list(self._tasks.deletions)

    def _records(self) -> list[_Record]:
        with self._tasks.guard:
            return list(self._tasks.records)

    def _changes(self) -> list[_Change]:
        with self._tasks.guard:
            return list(self._tasks.changes.values())

    def _delete(self, run: Run) -> None:
        number = self._numbers.get(run.id)
        if number is not None:
            self.store.delete([number])
        self._forget(run)

    def _forget(self, run: Run) -> None:
        """Stop recording a run that is not in the store."""
        self._numbers.pop(run.id, None)
        with self._tasks.guard:
            self._tasks.records = [record for record in self._tasks.records if record.run is not run]
            self._tasks.changes.pop(run.id, None)
            self._tasks.deletions = [each for each in self._tasks.deletions if each is not run]

    def _change(self, change: _Change) -> None:
        with self._tasks.guard:
            wanted = change.named()
            of_run = [record for record in self._tasks.records if record.run is change.run]
            for record in of_run:  # a new record has the new name from the start
                record.described |= wanted
        number = self._numbers.get(change.run.id)
        if number is not None:
            self.store.describe(number, **wanted)
        if number is not None or not of_run:
            with self._tasks.guard:
                if change.named() == wanted:  # otherwise it was changed again in the meantime
                    self._tasks.changes.pop(change.run.id, None)

    def _begin_anew(self) -> None:
        """Continue in a new store, and write all current runs there from their beginning."""
        notice = self.store.begin_anew()
        self._numbers.clear()
        with self._tasks.guard:
            for record in self._tasks.records:
                record.written, record.seen = None, ()
        self._tell(self._on_trouble, notice)

    def _write(self, record: _Record) -> None:
        run = record.run
        if record.written is None:
            origin = None
            if record.origin is not None and run.forked_from is not None:
                number = self._numbers.get(record.origin.id)
                origin = None if number is None else (number, run.forked_from[1])
            record.written = self.store.begin(run, origin=origin, **record.described)
            self._numbers[run.id] = record.written.number
        seen = _seen(run)
        # A paused run has nothing new; a training one may have a state to write.
        if seen != record.seen or run.state is RunState.RUNNING or run.state.ended:
            record.written = self.store.write(run, record.written)
            record.seen = seen

    # --- reports ----------------------------------------------------------------------------------------------------

    def _report(self, failures: dict[str, str]) -> None:
        """Report each fault once, and the recovery."""
        with self._reporting:
            new = [text for name, text in failures.items() if text and name not in self._troubles]
            over = bool(self._troubles) and not failures
            self._troubles = {name: self._troubles.get(name) or text for name, text in failures.items()}
            self.trouble = next(iter(self._troubles.values()), "")
            for text in new:
                self._tell(self._on_trouble, text)
            if over:
                self._tell(self._on_recovery, "the runs are recorded again; nothing was lost")

    def _tell(self, listener: Callable[[str], object], sentence: str) -> None:
        with contextlib.suppress(Exception):  # an error of the listener must not stop the recording
            listener(sentence)

    def _watch(self) -> None:
        """Report if the other thread hangs, and replace it if it has ended."""
        while not self._ended.wait(self._patience / _LOOKS):
            if not self._thread.is_alive() and not self._ended.is_set():
                self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
                self._thread.start()
            with self._reporting:
                since = self._round_since
                if since is not None and time.monotonic() - since > self._patience and not self.trouble:
                    waited = f"the store {self.store.path} has not answered for {self._patience:g} s"
                    self._report({_STORE: f"the runs are not recorded for now: {waited}"})


def _reason_of(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if not isinstance(error, StoreError) else str(error)


def _seen(run: Run) -> tuple[object, ...]:
    snapshots = run.snapshots.iterations
    return run.state, run.iteration, run.epochs, len(run.adjustments), snapshots[-1:] if snapshots else None
