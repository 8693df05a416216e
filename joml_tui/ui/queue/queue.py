"""The experiments that wait for their turn, and those of the same queue that have had it."""

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
        In what it is its own, such as "seed 3"; becomes its run's note.
    tags : tuple of str
        Become its run's tags.
    network : str
        Its architecture, or its name where that is not known beforehand.
    lab_run : LabRun or None
        Its run, once it has begun.
    refused : str
        Why it could not begin.
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
            except ValueError:  # its run will say why
                self.network = self.experiment.name or "network"

    @property
    def waiting(self) -> bool:
        """Whether its turn is still to come."""
        return self.lab_run is None and not self.refused

    @property
    def ended(self) -> bool:
        """Whether it has had its turn."""
        return bool(self.refused) or (self.lab_run is not None and not self.lab_run.live)

    @property
    def progress(self) -> float:
        """Share of it that is done, 0 to 1; whatever has ended is done."""
        if self.ended:
            return 1.0
        return self.lab_run.run.progress if self.lab_run is not None else 0.0

    @property
    def state(self) -> str:
        """What it does now, in a word."""
        if self.refused:
            return "refused"
        return "waiting" if self.lab_run is None else self.lab_run.run.state.value


@dataclass(slots=True)
class Queue:
    """Experiments in the order they are to train.

    Attributes
    ----------
    entries : list of Queued
        Those that have had their turn first, then those to come.
    held : bool
        Whether the next one is not to begin by itself.
    beside : set of str
        Keys of paused runs that the queue may go on beside; another paused run holds it.
    told : bool
        Whether its end has been told.
    """

    entries: list[Queued] = field(default_factory=list)
    held: bool = False
    beside: set[str] = field(default_factory=set)
    told: bool = True

    def add(self, entries: Sequence[Queued]) -> None:
        """Put experiments at the end; a queue that has ended begins anew."""
        if self.ended:
            self.entries.clear()
        self.entries += entries
        self.told = False

    @property
    def waiting(self) -> list[Queued]:
        """Those whose turn is still to come."""
        return [entry for entry in self.entries if entry.waiting]

    @property
    def ended(self) -> bool:
        """Whether all have had their turn."""
        return all(entry.ended for entry in self.entries)

    @property
    def progress(self) -> float:
        """Share of all that is done, each experiment counted the same."""
        return sum(entry.progress for entry in self.entries) / len(self.entries) if self.entries else 0.0

    @property
    def count(self) -> str:
        """Which one's turn it is, of how many: ``2 of 6``."""
        return f"{len(self.entries) - len(self.waiting):,} of {len(self.entries):,}"

    def of(self, run: Run) -> Queued | None:
        """Return the entry that a run belongs to."""
        return next((entry for entry in self.entries if entry.lab_run is not None and entry.lab_run.run is run), None)

    def next_for(self, session: Session) -> Queued | None:
        """Return the one that may begin now; None while a run trains, or something holds the queue."""
        waiting = self.waiting
        if not waiting or session.training is not None or self.held or self._paused(session):
            return None
        return waiting[0]

    def obstacle(self, session: Session) -> str:
        """Say what holds the queue, if anything does."""
        if not self.waiting:
            return ""
        if self.held:
            return "held"
        paused = self._paused(session)
        return f"waits while {paused[0].label} is paused" if paused and session.training is None else ""

    def hold(self) -> None:
        """Begin none by itself after the run at work."""
        self.held = True

    def go_on(self, session: Session) -> None:
        """Go on, also beside the runs that are paused now."""
        self.held = False
        self.beside = {entry.key for entry in session.live if not entry.training}

    def move(self, entry: Queued, step: int) -> bool:
        """Move a waiting one among those that wait; tell whether it could."""
        place = self.entries.index(entry)
        other = place + step
        if not (entry.waiting and 0 <= other < len(self.entries) and self.entries[other].waiting):
            return False
        self.entries[place], self.entries[other] = self.entries[other], self.entries[place]
        return True

    def cancel(self, entry: Queued) -> None:
        """Take a waiting one out, or end the run of one at work; its result stays."""
        if entry.waiting:
            self.entries.remove(entry)
        elif entry.lab_run is not None and entry.lab_run.live:
            entry.lab_run.run.stop()

    def clear(self) -> int:
        """Take out all that wait and return how many they were; the run at work goes on."""
        count = len(self.waiting)
        self.entries = [entry for entry in self.entries if not entry.waiting]
        return count

    def outcome(self) -> str:
        """Say how they ended: ``6 runs: 5 finished, 1 diverged``."""
        states = [entry.state for entry in self.entries]
        order = [state.value for state in RunState] + ["refused"]
        said = [f"{states.count(state):,} {state}" for state in order if state in states]
        return f"{len(states):,} {'run' if len(states) == 1 else 'runs'}: {', '.join(said)}"

    def _paused(self, session: Session) -> list[LabRun]:
        return [entry for entry in session.live if not entry.training and entry.key not in self.beside]
