"""Recording of the lab's runs: the store, which is opened in a thread, and the recorder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from joml_tui.runs.run import Run
from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.runs.session import LabRun, Session

if TYPE_CHECKING:
    from joml_tui.store import Recorder, Store
    from joml_tui.store.run_writer import WrittenSoFar

_NOT_ALL = "not everything was recorded: the disk took too long; what was recorded before is kept"


def _hear_nothing(*_: str) -> None:
    """Ignore a message of the store."""


class Recording:
    """The recording of the lab's runs, once the store is open; without a store it does nothing.

    All methods except ``close`` return at once: requests wait until the store is open.

    Parameters
    ----------
    path : Path, optional
        The store's file. Without one nothing is recorded.

    Attributes
    ----------
    path : Path or None
    on_trouble : callable
        Called in a thread with a message for the user.
    on_recovery : callable
        Called in the same way when all runs are recorded again.
    on_open : callable
        Called in a thread when the store is open, or cannot be opened.
    earlier : int
        Number of runs in the store when it was opened.
    last_number : int
        The last number that the store had given when it was opened.
    interrupted : list of int
        The interrupted runs among them.
    store : Store or None
        The store; None while it is not open. In one that can only be read, nothing is recorded.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.on_trouble: Callable[[str], object] = _hear_nothing
        self.on_recovery: Callable[[str], object] = _hear_nothing
        self.on_open: Callable[[], object] = _hear_nothing
        self.earlier = self.last_number = 0
        self.interrupted: list[int] = []
        self.store: Store | None = None
        self._recorder: Recorder | None = None
        self._unrecorded = ""
        self._loaded: dict[str, int] = {}
        self._pending: list[Callable[[Recorder], object]] = []
        self._guard = threading.Lock()
        self._opened = threading.Event()
        self._begun = self._closed = False

    def open(self) -> None:
        """Open the store in a thread."""
        if self.path is not None and not self._begun:
            self._begun = True
            threading.Thread(target=self._open, args=(self.path,), name="opening the store", daemon=True).start()

    @property
    def trouble(self) -> str:
        """Why some or all runs are not recorded; empty if there is no trouble."""
        return self._unrecorded if self._recorder is None else self._recorder.trouble

    @property
    def records(self) -> bool:
        """Return whether runs are recorded, or will be once the store is open."""
        return self.path is not None and not (self._opened.is_set() and self._recorder is None)

    def add(self, lab_run: LabRun) -> None:
        """Record a run from now on."""
        name, note, tags = lab_run.recorded_name, lab_run.note, lab_run.tags
        self._do(lambda recorder: recorder.add(lab_run.run, name=name, note=note, tags=tags))

    def add_resumed(self, run: Run, written: WrittenSoFar) -> None:
        """Continue the record of a resumed run."""
        self._do(lambda recorder: recorder.add_resumed(run, written))

    def know(self, run: Run, number: int) -> None:
        """Register a run that was loaded from the store."""
        self._loaded[run.id] = number
        self._do(lambda recorder: recorder.know(run, number))

    def describe(self, lab_run: LabRun) -> None:
        """Change a run's name, note and tags in the store, or say that it can only be read."""
        if lab_run.stored and self._unrecorded:
            self.on_trouble(f"the name, note and tags of run {lab_run.number} are not recorded: {self.trouble}")
        name, note, tags = lab_run.recorded_name, lab_run.note, lab_run.tags
        self._do(lambda recorder: recorder.describe(lab_run.run, name=name, note=note, tags=tags))

    def delete(self, lab_run: LabRun) -> None:
        """Delete a run from the store when it can no longer be restored; a loaded one stays there."""
        if not lab_run.stored:
            self._do(lambda recorder: recorder.delete(lab_run.run))

    def number_of(self, run: Run) -> int | None:
        """Return a run's number in the store; None if it is not there yet."""
        return self._loaded.get(run.id) if self._recorder is None else self._recorder.number_of(run)

    def describe_of(self, lab_run: LabRun) -> str:
        """Return a note that a run is in the store, or that it is not recorded."""
        if self.number_of(lab_run.run) is not None:
            return "stored"
        return "" if self.path is None or self.records else "not recorded"

    def describe_earlier(self) -> str:
        """Return a note with the number of stored runs at the start, and why nothing is recorded."""
        earlier = f"{self.earlier:,} earlier run{'s' if self.earlier > 1 else ''}: press {key_of('earlier')}"
        trouble = text.sentence(f"not recorded: {self.trouble}") if self.trouble else ""
        return " · ".join(part for part in (earlier if self.earlier else "", trouble) if part)

    def close(self, session: Session, seconds: float = 0.9) -> str:
        """Write the end of the stopped runs, and close the store, within ``seconds``.

        Deleted runs can no longer be restored, and are deleted from the store.

        Returns
        -------
        str
            A message if not everything could be written, else "".
        """
        if self.path is None or not self._begun or self._closed:
            return ""
        self._closed = True
        for _, lab_run in session.deleted:
            self.delete(lab_run)
        session.deleted.clear()
        end = time.monotonic() + seconds
        if not self._opened.wait(seconds):
            return f"the store {self.path} could not be opened in time: the runs were not recorded"
        if self.store is None:
            return ""  # the reason was shown before
        if self._recorder is None:
            self.store.close()
            return ""
        for lab_run in session.runs:
            lab_run.run.wait(max(0.0, (end - time.monotonic()) / 2))
        if not self._recorder.close(max(0.05, end - time.monotonic())):
            return f"{self.trouble or _NOT_ALL} ({self.path})"
        self.store.close()
        return ""

    def _do(self, task: Callable[[Recorder], object]) -> None:
        with self._guard:
            if self._recorder is None:
                if self.records:
                    self._pending.append(task)
                return
        task(self._recorder)

    def _open(self, path: Path) -> None:
        # The store is imported only after the lab's first paint.
        from joml_tui.store import Recorder, StoreError, open_store  # noqa: PLC0415

        try:
            store = open_store(path, to_read=True)
            self.earlier, self.last_number, self.interrupted = store.count(), store.last_number(), store.interrupted
        except StoreError as error:
            self._unrecorded = str(error)
        except Exception as error:  # after any error, the lab continues without recording
            self._unrecorded = f"the store {path} cannot be used: {str(error) or type(error).__name__}"
        else:
            self.store, self._unrecorded = store, store.refusal
            if not store.refusal:
                recorder = Recorder(store, self.on_trouble, self.on_recovery)
                with self._guard:
                    self._recorder = recorder
                    for task in self._pending:
                        task(recorder)
            for notice in store.notices:
                self.on_trouble(notice)
        self._pending.clear()
        self._opened.set()
        if self._unrecorded:
            self.on_trouble(f"the runs are not recorded: {self._unrecorded}")
        self.on_open()
