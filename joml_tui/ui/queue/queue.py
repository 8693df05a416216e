"""The queue of experiments, with those that have already run."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from joml_tui.experiment import Experiment, architecture_of
from joml_tui.runs.run import Run, RunState
from joml_tui.ui.runs.session import LabRun, Session

_numbers = itertools.count(1)


@dataclass(slots=True, eq=False)
class Queued:
    """One experiment of the queue.

    Attributes
    ----------
    experiment : Experiment
    note : str
        The values that distinguish it, such as "seed 3"; becomes its run's note.
    tags : tuple of str
        Tags of its run.
    network : str
        Its architecture, or its name if that is not known yet.
    lab_run : LabRun or None
        Its run after the start.
    refused : str
        Why it could not start.
    """

    experiment: Experiment
    note: str = ""
    tags: tuple[str, ...] = ()
    network: str = ""
    lab_run: LabRun | None = None
    refused: str = ""
    key: str = field(default_factory=lambda: str(next(_numbers)))

    def __post_init__(self) -> None:
        if not self.network:
            try:
                self.network = str(architecture_of(self.experiment))
            except ValueError:  # its run will report why
                self.network = self.experiment.name or "network"

    @property
    def waiting(self) -> bool:
        """Return whether it still waits."""
        return self.lab_run is None and not self.refused

    @property
    def ended(self) -> bool:
        """Return whether it has ended."""
        return bool(self.refused) or (self.lab_run is not None and not self.lab_run.live)

    @property
    def progress(self) -> float:
        """Share of it that is done, from 0 to 1; 1 after any end."""
        if self.ended:
            return 1.0
        return self.lab_run.run.progress if self.lab_run is not None else 0.0

    @property
    def state(self) -> str:
        """Its present state, in a word."""
        if self.refused:
            return "refused"
        return "waiting" if self.lab_run is None else self.lab_run.run.state.value


@dataclass(slots=True)
class Queue:
    """Experiments in the order of training.

    Attributes
    ----------
    entries : list of Queued
        Entries that have started first, then the waiting ones.
    on_hold : bool
        Whether the queue is on hold: the next one does not start by itself.
    beside : set of str
        Keys of paused runs that do not hold the queue; other paused runs do.
    end_shown : bool
        Whether its end has been shown.
    """

    entries: list[Queued] = field(default_factory=list)
    on_hold: bool = False
    beside: set[str] = field(default_factory=set)
    end_shown: bool = True

    def add(self, entries: Sequence[Queued]) -> None:
        """Add experiments at the end; a finished queue starts anew."""
        if self.ended:
            self.entries.clear()
        self.entries += entries
        self.end_shown = False

    @property
    def waiting(self) -> list[Queued]:
        """The waiting entries."""
        return [entry for entry in self.entries if entry.waiting]

    @property
    def ended(self) -> bool:
        """Return whether all have ended."""
        return all(entry.ended for entry in self.entries)

    @property
    def progress(self) -> float:
        """Share of the queue that is done, counting all experiments equally."""
        return sum(entry.progress for entry in self.entries) / len(self.entries) if self.entries else 0.0

    @property
    def count(self) -> str:
        """The current position: ``2 of 6``."""
        return f"{len(self.entries) - len(self.waiting):,} of {len(self.entries):,}"

    def of(self, run: Run) -> Queued | None:
        """Return the entry that a run belongs to."""
        return next((entry for entry in self.entries if entry.lab_run is not None and entry.lab_run.run is run), None)

    def next_for(self, session: Session) -> Queued | None:
        """Return the entry that may start now; None while a run trains or the queue is on hold."""
        waiting = self.waiting
        if not waiting or session.training is not None or self.on_hold or self._paused(session):
            return None
        return waiting[0]

    def obstacle(self, session: Session) -> str:
        """Return why the queue is on hold; empty if it is not."""
        if not self.waiting:
            return ""
        if self.on_hold:
            return "held"
        paused = self._paused(session)
        return f"waits while {paused[0].label} is paused" if paused and session.training is None else ""

    def hold(self) -> None:
        """Hold the queue after the current run."""
        self.on_hold = True

    def go_on(self, session: Session) -> None:
        """Continue the queue, even beside the present paused runs."""
        self.on_hold = False
        self.beside = {entry.key for entry in session.live if not entry.training}

    def move(self, entry: Queued, step: int) -> bool:
        """Move a waiting entry among the waiting ones, and return whether it was possible."""
        place = self.entries.index(entry)
        other = place + step
        if not (entry.waiting and 0 <= other < len(self.entries) and self.entries[other].waiting):
            return False
        self.entries[place], self.entries[other] = self.entries[other], self.entries[place]
        return True

    def cancel(self, entry: Queued) -> None:
        """Remove a waiting entry, or stop its current run, keeping the results."""
        if entry.waiting:
            self.entries.remove(entry)
        elif entry.lab_run is not None and entry.lab_run.live:
            entry.lab_run.run.stop()

    def clear(self) -> int:
        """Remove all waiting entries and return their number; the current run continues."""
        count = len(self.waiting)
        self.entries = [entry for entry in self.entries if not entry.waiting]
        return count

    def outcome(self) -> str:
        """Return a summary of the outcomes: ``6 runs: 5 finished, 1 diverged``."""
        states = [entry.state for entry in self.entries]
        order = [state.value for state in RunState] + ["refused"]
        counts = [f"{states.count(state):,} {state}" for state in order if state in states]
        return f"{len(states):,} {'run' if len(states) == 1 else 'runs'}: {', '.join(counts)}"

    def _paused(self, session: Session) -> list[LabRun]:
        return [entry for entry in session.live if not entry.training and entry.key not in self.beside]
