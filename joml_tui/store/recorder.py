"""Recording: one thread writes all runs of a program into the store while they train."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joml_tui.runner import Run, RunState
from joml_tui.store.opening import StoreDamagedError, StoreError
from joml_tui.store.store import Store
from joml_tui.store.writing import Written

#: Twice as often as once a second, so that whatever a write takes, a second is kept.
_SECONDS = 0.4
#: What could not be written is tried again so often.
_AGAIN_SECONDS = 2.0


@dataclass(slots=True, eq=False)
class _Recording:
    """A run that is being recorded, and what it was called when it came."""

    run: Run
    described: dict[str, Any]
    origin: Run | None
    written: Written | None = None
    deleted: bool = False
    seen: tuple[object, ...] = ()

    @property
    def done(self) -> bool:
        return self.deleted or (self.written is not None and self.written.ended)


class Recorder:
    """Writes runs into a store from a thread of its own; nobody waits for the disk.

    Parameters
    ----------
    store : Store
    on_trouble : callable, optional
        Called in that thread with a sentence when something could not be written, and with another one when it could
        be again; nothing is lost between as long as the program goes on.
    """

    def __init__(self, store: Store, on_trouble: Callable[[str], None] | None = None) -> None:
        self.store = store
        self._on_trouble = on_trouble or (lambda _: None)
        self._recordings: list[_Recording] = []
        self._numbers: dict[str, int] = {}
        self._tasks: list[Callable[[], object]] = []
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._troubled = False
        self._closing = False
        self._round = threading.Condition()
        self._rounds = self._wanted = 0
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def add(self, run: Run, *, name: str = "", note: str = "", tags: tuple[str, ...] = (), sweep: str = "") -> None:
        """Record a run from now on to its end; returns at once."""
        origin = run.forked_from[0] if run.forked_from is not None else None
        described = {"name": name, "note": note, "tags": tags, "sweep": sweep}
        self._append(_Recording(run, described, origin))

    def add_resumed(self, run: Run, written: Written) -> None:
        """Go on with the record of a run that ``resumed`` made."""
        self._numbers[run.id] = written.number
        self._append(_Recording(run, {}, None, written))

    def number_of(self, run: Run) -> int | None:
        """Give a run's number in the store; None until it is there."""
        return self._numbers.get(run.id)

    def know(self, run: Run, number: int) -> None:
        """Take note of a run that came from the store."""
        self._numbers[run.id] = number

    def describe(
        self, run: Run, *, name: str | None = None, note: str | None = None, tags: tuple[str, ...] | None = None
    ) -> None:
        """Change what a run is called; returns at once."""

        def change() -> None:
            number = self._numbers.get(run.id)
            if number is None:
                return
            if name is not None:
                self.store.rename(number, name)
            if note is not None:
                self.store.set_note(number, note)
            if tags is not None:
                self.store.set_tags(number, tags)

        self._do(change)

    def delete(self, run: Run) -> None:
        """Delete a run from the store, and record it no more; returns at once."""

        def remove() -> None:
            with self._guard:
                for recording in self._recordings:
                    recording.deleted |= recording.run is run
            number = self._numbers.pop(run.id, None)
            if number is not None:
                self.store.delete([number])

        self._do(remove)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all that is there now is on the disk; tell whether it is."""
        with self._round:
            wanted = self._rounds + 2  # the round under way may have passed by what came last
            self._wanted = max(self._wanted, wanted)
            self._wake.set()
            self._round.wait_for(lambda: self._rounds >= wanted, timeout)
            done = self._rounds >= wanted
        return done and not self._troubled

    def close(self, timeout: float = 5.0) -> bool:
        """Write what there is and end; tell whether all of it is on the disk."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout)
        return not self._thread.is_alive() and not self._troubled

    # --- the thread -------------------------------------------------------------------------------------------------

    def _append(self, recording: _Recording) -> None:
        with self._guard:
            self._recordings.append(recording)
        self._wake.set()

    def _do(self, task: Callable[[], object]) -> None:
        with self._guard:
            self._tasks.append(task)
        self._wake.set()

    def _work(self) -> None:
        while True:
            closing = self._closing  # before the round: it writes what came until then
            self._write_all()
            with self._round:
                self._rounds += 1
                self._round.notify_all()
                wanted = self._rounds < self._wanted
            if closing:
                return
            if wanted:
                continue
            with self._guard:
                idle = not self._recordings and not self._tasks
            self._wake.wait(None if idle else _AGAIN_SECONDS if self._troubled else _SECONDS)
            self._wake.clear()

    def _write_all(self) -> None:
        try:
            try:
                self._write_recordings()
            except StoreDamagedError:
                self._begin_anew()
                self._write_recordings()
            with self._guard:
                tasks = list(self._tasks)
            for task in tasks:
                with contextlib.suppress(StoreError) if self._closing else contextlib.nullcontext():
                    task()
                with self._guard:
                    self._tasks.remove(task)
            with self._guard:
                self._recordings = [recording for recording in self._recordings if not recording.done]
        except StoreError as error:
            if not self._troubled:
                self._troubled = True
                self._on_trouble(f"the runs are not recorded for now: {error}")
        else:
            if self._troubled:
                self._troubled = False
                self._on_trouble("the runs are recorded again; nothing was lost")

    def _write_recordings(self) -> None:
        with self._guard:
            recordings = list(self._recordings)
        for recording in recordings:
            if not recording.deleted:
                self._write(recording)

    def _begin_anew(self) -> None:
        """Go on in a new store, where all that is being recorded is written from its beginning."""
        notice = self.store.begin_anew()
        self._numbers.clear()
        with self._guard:
            for recording in self._recordings:
                recording.written, recording.seen = None, ()
        self._on_trouble(notice)

    def _write(self, recording: _Recording) -> None:
        run = recording.run
        if recording.written is None:
            origin = None
            if recording.origin is not None and run.forked_from is not None:
                number = self._numbers.get(recording.origin.id)
                origin = None if number is None else (number, run.forked_from[1])
            recording.written = self.store.begin(run, origin=origin, **recording.described)
            self._numbers[run.id] = recording.written.number
        seen = _seen(run)
        # Nothing new of a run that is paused; of one at work the latest state may be due.
        if seen != recording.seen or run.state is RunState.RUNNING or run.state.ended:
            recording.written = self.store.write(run, recording.written)
            recording.seen = seen


def _seen(run: Run) -> tuple[object, ...]:
    snapshots = run.snapshots.iterations
    return run.state, run.iteration, run.epochs, len(run.adjustments), snapshots[-1:] if snapshots else None
