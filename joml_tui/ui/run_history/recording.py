"""The lab's record: the store, opened in a thread, and the recorder that writes the lab's runs into it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from joml_tui.runs.run import Run

if TYPE_CHECKING:
    from joml_tui.store import Recorder, Store
    from joml_tui.store.run_writer import WrittenSoFar

_NOT_ALL = "not everything was recorded: the disk took too long; what was recorded before is kept"


class Recording:
    """Records the lab's runs, once the store is open; without a store it does nothing.

    Everything but ``close`` returns at once: what comes before the store is open is done when it is.

    Parameters
    ----------
    path : Path, optional
        The store's file. Without one nothing is recorded.
    on_trouble : callable
        Called in a thread with a sentence that the user should read.
    on_recovery : callable
        Called so when all runs are recorded again.
    on_open : callable
        Called in a thread when the store is open, or cannot be opened.

    Attributes
    ----------
    path : Path or None
    earlier : int
        How many runs the store held when it was opened.
    interrupted : list of int
        Those of them that were found interrupted then.
    store : Store or None
        None while it is not open.
    """

    def __init__(
        self,
        path: Path | None,
        on_trouble: Callable[[str], object],
        on_recovery: Callable[[str], object],
        on_open: Callable[[], object],
    ) -> None:
        self.path = path
        self.earlier = 0
        self.interrupted: list[int] = []
        self.store: Store | None = None
        self._on_trouble, self._on_recovery, self._on_open = on_trouble, on_recovery, on_open
        self._recorder: Recorder | None = None
        self._unopened = ""
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
        """Why nothing, or not every run, is recorded now; empty where all is well."""
        return self._unopened if self._recorder is None else self._recorder.trouble

    @property
    def records(self) -> bool:
        """Whether runs are recorded, or will be once the store is open."""
        return self.path is not None and not (self._opened.is_set() and self._recorder is None)

    def add(self, run: Run, name: str, note: str, tags: tuple[str, ...]) -> None:
        """Record a run from now on."""
        self._do(lambda recorder: recorder.add(run, name=name, note=note, tags=tags))

    def add_resumed(self, run: Run, written: WrittenSoFar) -> None:
        """Go on with the record of a run that was resumed."""
        self._do(lambda recorder: recorder.add_resumed(run, written))

    def know(self, run: Run, number: int) -> None:
        """Take note of a run that was opened from the store."""
        self._do(lambda recorder: recorder.know(run, number))

    def describe(self, run: Run, name: str, note: str, tags: tuple[str, ...]) -> None:
        """Change what a run is called in the store too."""
        self._do(lambda recorder: recorder.describe(run, name=name, note=note, tags=tags))

    def delete(self, run: Run) -> None:
        """Delete a run from the store, for good."""
        self._do(lambda recorder: recorder.delete(run))

    def number_of(self, run: Run) -> int | None:
        """Return a run's number in the store; None until it is there."""
        return None if self._recorder is None else self._recorder.number_of(run)

    def close(self, runs: Sequence[Run], seconds: float = 0.9) -> str:
        """Write the end of these runs, which have been stopped, and close the store; waits so long at most.

        Returns
        -------
        str
            A sentence where not everything could be written, else nothing.
        """
        if self.path is None or not self._begun or self._closed:
            return ""
        self._closed = True
        end = time.monotonic() + seconds
        if not self._opened.wait(seconds):
            return f"the store {self.path} could not be opened in time: the runs were not recorded"
        if self._recorder is None or self.store is None:
            return ""  # it was told why
        for run in runs:
            run.wait(max(0.0, (end - time.monotonic()) / 2))
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
        # Nothing of the store is imported before the lab's first paint.
        from joml_tui.store import Recorder, StoreError, open_store  # noqa: PLC0415

        try:
            store = open_store(path)
            self.earlier, self.interrupted = store.count(), store.interrupted
        except StoreError as error:
            self._unopened = str(error)
        except Exception as error:  # whatever it is, the lab goes on without a record
            self._unopened = f"the store {path} cannot be used: {str(error) or type(error).__name__}"
        else:
            self.store = store
            recorder = Recorder(store, self._on_trouble, self._on_recovery)
            with self._guard:
                self._recorder = recorder
                for task in self._pending:
                    task(recorder)
            for notice in store.notices:
                self._on_trouble(notice)
        self._pending.clear()
        self._opened.set()
        if self._unopened:
            self._on_trouble(f"the runs are not recorded: {self._unopened}")
        self._on_open()
