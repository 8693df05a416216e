"""The runs of this session, with the numbers that they have in the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from joml_tui.experiment import Experiment, one_line_name
from joml_tui.runs.forks import Fork, thin_snapshots
from joml_tui.runs.pace import Pace
from joml_tui.runs.run import ResumePoint, Run, RunState, start_run
from joml_tui.runs.run_record import RunRecord
from joml_tui.runs.seed_groups import without_seed
from joml_tui.ui.text import plain

_TRAINING = {RunState.WAITING, RunState.PREPARING, RunState.RUNNING}
#: Number of deleted runs that can be restored.
MOST_DELETED = 50
#: Characters of a run's name in its label.
_SHORTEST_NAME, _LONGEST_NAME = 6, 24


@dataclass(slots=True, eq=False)
class LabRun:
    """A run with its number, which is the same in the lab and in the store.

    Attributes
    ----------
    run : Run
    number : int
        Its number in the store; the expected one until the store has given it.
    place : int
        Its place in the order of the session, from 1, which decides its colour and the key of its row. It never
        changes.
    marked : bool
        Whether its curves stay in the charts if another run is selected.
    announced : bool
        Whether its end has been shown; messages of earlier changes may arrive after it.
    name, note : str
        Its name and note as typed by the user; empty by default.
    tags : tuple of str
        Its tags.
    origin : LabRun or None
        The run that it was forked from.
    stored : bool
        Whether it was loaded from the store, where it stays if it is removed from the lab.
    """

    run: Run
    number: int
    place: int
    marked: bool = False
    announced: bool = False
    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    origin: LabRun | None = None
    stored: bool = False
    _without_seed: str = field(default="", init=False, repr=False)

    @property
    def label(self) -> str:
        """The given name or the generated one, and the number, such as ``14-100-40-4 #3``."""
        return self.label_within()

    def label_within(self, width: int | None = None) -> str:
        """Return the label, with the name shortened so that both fit a number of characters, if that is possible."""
        number = f" #{self.number}{self.parting}"
        room = _LONGEST_NAME if width is None else max(_SHORTEST_NAME, min(_LONGEST_NAME, width - len(number)))
        return f"{plain(self.name or self.run.architecture, room)}{number}"

    @property
    def recorded_name(self) -> str:
        """Its name in the store: the given name, or else its experiment's, as for runs of the command line."""
        return self.name or one_line_name(self.run.experiment)

    @property
    def status(self) -> tuple[str, str]:
        """Its state, and why it ended if there is a reason."""
        return self.run.state.value, self.run.message

    @property
    def record(self) -> RunRecord:
        """Its present settings and figures."""
        return self.run.record

    @property
    def parting(self) -> str:
        """The origin of a fork, such as " from #3 @1,230"; empty for other runs."""
        if self.origin is None or self.run.forked_from is None:
            return ""
        return f" from #{self.origin.number} @{self.run.forked_from[1]:,}"

    @property
    def key(self) -> str:
        """The key of its row in the table and of its curves."""
        return str(self.place)

    @property
    def colour_index(self) -> int:
        """The index of its colour in the palette."""
        return self.place - 1

    @property
    def group(self) -> str:
        """The name of its group: the same for runs that differ only in their seed, and were trained without changes."""
        run = self.run
        if run.adjustments or run.forked_from is not None or run.goes_on_from:
            return self.key
        if not self._without_seed:
            self._without_seed = without_seed(run.experiment)
        return self._without_seed

    @property
    def live(self) -> bool:
        """Return whether it has not ended."""
        return not self.run.state.ended

    @property
    def training(self) -> bool:
        """Return whether it is training, or about to."""
        return self.run.state in _TRAINING


@dataclass(slots=True)
class Session:
    """All runs of the session; one trains at a time, and any number may be paused.

    Attributes
    ----------
    runs : list of LabRun
    placed : int
        Number of runs that the session has had, also deleted ones.
    last_number : int
        The highest number given to a run, in the store or here.
    deleted : list of (int, LabRun)
        Deleted runs with their places in the list.
    grouped : bool
        Whether runs that differ only in their seed are one row and one curve.
    opened : set of str
        The groups whose runs are shown one by one nevertheless.
    """

    runs: list[LabRun] = field(default_factory=list)
    placed: int = 0
    last_number: int = 0
    deleted: list[tuple[int, LabRun]] = field(default_factory=list)
    grouped: bool = False
    opened: set[str] = field(default_factory=set)

    def start(
        self,
        experiment: Experiment,
        on_change: Callable[[Run], None],
        *,
        paused: bool = False,
        beginning: ResumePoint | None = None,
        pace: Pace | None = None,
    ) -> LabRun:
        """Start a run with its own thread, engine and series."""
        run = start_run(experiment, paused=paused, on_change=on_change, beginning=beginning, pace=pace)
        return self._add(run)

    def fork(self, origin: LabRun, fork: Fork, on_change: Callable[[Run], None]) -> LabRun:
        """Start a fork from a run's snapshot, at the run's pace; raise `ValueError` if there is none."""
        run = start_run(
            fork.experiment,
            on_change=on_change,
            forked_from=(fork.origin, fork.iteration),
            epochs=fork.epochs,
            pace=fork.origin.pace,
        )
        lab_run = self._add(run)
        lab_run.origin = origin
        return lab_run

    def take(self, run: Run, number: int, *, name: str, note: str, tags: tuple[str, ...]) -> LabRun:
        """Add a run from the store under its number there; its end is not shown again."""
        lab_run = self._add(run, number)
        lab_run.announced, lab_run.stored = run.state.ended, True
        lab_run.name, lab_run.note, lab_run.tags = name, note, tags
        return lab_run

    def _add(self, run: Run, number: int | None = None) -> LabRun:
        """Add a run under a number, by default the one that the store gives next."""
        self.placed += 1
        number = self.last_number + 1 if number is None else number
        self.last_number = max(self.last_number, number)
        lab_run = LabRun(run, number, self.placed)
        self.runs.append(lab_run)
        return lab_run

    def count_on_from(self, number: int) -> None:
        """Continue the numbers after the last number of the store, also of runs that began before it was open."""
        for lab_run in self.runs:
            lab_run.number += 0 if lab_run.stored else number
        self.last_number += number

    def number_runs(self, number_of: Callable[[Run], int | None]) -> bool:
        """Set the numbers that runs have in the store, and return whether any has changed.

        Parameters
        ----------
        number_of : callable
            Returns a run's number in the store; None if it is not there yet.
        """
        changed = False
        for lab_run in (*self.runs, *(each for _, each in self.deleted)):
            number = number_of(lab_run.run)
            if number is not None and number != lab_run.number:
                lab_run.number, changed = number, True
                self.last_number = max(self.last_number, number)
        return changed

    @property
    def live(self) -> list[LabRun]:
        """The runs that have not ended."""
        return [lab_run for lab_run in self.runs if lab_run.live]

    @property
    def training(self) -> LabRun | None:
        """The training run; None if there is none."""
        return next((lab_run for lab_run in self.runs if lab_run.training), None)

    def of(self, run: Run) -> LabRun | None:
        """Return the entry of ``run``."""
        return next((lab_run for lab_run in self.runs if lab_run.run is run), None)

    def by_key(self, key: str) -> LabRun | None:
        """Return the run of a table's row."""
        return next((lab_run for lab_run in self.runs if lab_run.key == key), None)

    def delete(self, lab_run: LabRun) -> list[LabRun]:
        """Remove a run, stopping it if it is live, and return deleted runs that `restore` can no longer restore."""
        if lab_run.live:
            lab_run.run.stop()
        self.deleted.append((self.runs.index(lab_run), lab_run))
        gone = [each for _, each in self.deleted[:-MOST_DELETED]]
        del self.deleted[:-MOST_DELETED]
        self.runs.remove(lab_run)
        return gone

    def restore(self) -> LabRun | None:
        """Restore the run that was deleted last to its old place; return None if there is none."""
        if not self.deleted:
            return None
        place, lab_run = self.deleted.pop()
        self.runs.insert(min(place, len(self.runs)), lab_run)
        return lab_run

    def thin_snapshots(self) -> None:
        """Limit the memory of all runs' snapshots, dropping those of deleted runs first."""
        thin_snapshots([entry.run for entry in (*(each for _, each in self.deleted), *self.runs)])

    def stop_all(self) -> None:
        """Stop all live runs, keeping their results."""
        for lab_run in self.live:
            lab_run.run.stop()
