"""The runs of this session, numbered in the order they were started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from joml_tui.experiment import Experiment, one_line_name
from joml_tui.runs.forks import Fork, thin_snapshots
from joml_tui.runs.run import ResumePoint, Run, RunState, start_run
from joml_tui.runs.run_record import RunRecord
from joml_tui.ui.text import plain

_TRAINING = {RunState.WAITING, RunState.PREPARING, RunState.RUNNING}
#: Deleted runs that can be brought back; older ones are let go.
MOST_DELETED = 50


@dataclass(slots=True, eq=False)
class LabRun:
    """A run with its number in the lab, which also decides its colour.

    Attributes
    ----------
    marked : bool
        Whether its curves stay in the charts when another run is selected.
    announced : bool
        Whether its end has been told: the messages of earlier changes may find it ended already.
    name, note : str
        What the user called it and wrote about it, as typed; nothing unless that was done.
    tags : tuple of str
        Words to find it by.
    origin : LabRun or None
        The run that this one goes on from.
    stored : bool
        Whether it was opened from the store, where it stays when it is taken out of the lab.
    """

    run: Run
    number: int
    marked: bool = False
    announced: bool = False
    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    origin: LabRun | None = None
    stored: bool = False

    @property
    def label(self) -> str:
        """The given name or the generated one, and the number, such as ``14-100-40-4 #3``."""
        return f"{plain(self.name or self.run.architecture, 24)} #{self.number}{self.parting}"

    @property
    def recorded_name(self) -> str:
        """What the store calls it: the given name, else its experiment's, as a run of the command line is called."""
        return self.name or one_line_name(self.run.experiment)

    @property
    def status(self) -> tuple[str, str]:
        """Its state, and why it ended where there is something to say."""
        return self.run.state.value, self.run.message

    @property
    def record(self) -> RunRecord:
        """Its settings and figures as they are now."""
        return self.run.record

    @property
    def parting(self) -> str:
        """Where it parted from another run, such as " from #3 @1,230"; nothing for a run of its own."""
        if self.origin is None or self.run.forked_from is None:
            return ""
        return f" from #{self.origin.number} @{self.run.forked_from[1]:,}"

    @property
    def key(self) -> str:
        """What the table's row and the chart's curves are known by."""
        return str(self.number)

    @property
    def live(self) -> bool:
        """Whether it can still go on."""
        return not self.run.state.ended

    @property
    def training(self) -> bool:
        """Whether it is at work, or about to be."""
        return self.run.state in _TRAINING


@dataclass(slots=True)
class Session:
    """All runs of the session; one trains at a time, any number may be paused."""

    runs: list[LabRun] = field(default_factory=list)
    started: int = 0
    deleted: list[tuple[int, LabRun]] = field(default_factory=list)

    def start(
        self,
        experiment: Experiment,
        on_change: Callable[[Run], None],
        *,
        paused: bool = False,
        beginning: ResumePoint | None = None,
    ) -> LabRun:
        """Start a run of its own thread, engine and series; nothing is shared with an earlier one."""
        run = start_run(experiment, paused=paused, on_change=on_change, beginning=beginning)
        self.started += 1
        lab_run = LabRun(run, self.started)
        self.runs.append(lab_run)
        return lab_run

    def fork(self, origin: LabRun, fork: Fork, on_change: Callable[[Run], None]) -> LabRun:
        """Go on from another run's snapshot in a run of its own; raises `ValueError` where there is none."""
        run = start_run(
            fork.experiment, on_change=on_change, forked_from=(fork.origin, fork.iteration), epochs=fork.epochs
        )
        self.started += 1
        lab_run = LabRun(run, self.started, origin=origin)
        self.runs.append(lab_run)
        return lab_run

    def take(self, run: Run, *, name: str, note: str, tags: tuple[str, ...]) -> LabRun:
        """Take in a run that comes from the store, under the lab's next number; its end was told before."""
        self.started += 1
        lab_run = LabRun(run, self.started, announced=run.state.ended, name=name, note=note, tags=tags, stored=True)
        self.runs.append(lab_run)
        return lab_run

    @property
    def live(self) -> list[LabRun]:
        """The runs that can still go on."""
        return [lab_run for lab_run in self.runs if lab_run.live]

    @property
    def training(self) -> LabRun | None:
        """The run at work, if there is one."""
        return next((lab_run for lab_run in self.runs if lab_run.training), None)

    def of(self, run: Run) -> LabRun | None:
        """Return the entry of ``run``."""
        return next((lab_run for lab_run in self.runs if lab_run.run is run), None)

    def by_key(self, key: str) -> LabRun | None:
        """Return the run of a table's row."""
        return next((lab_run for lab_run in self.runs if lab_run.key == key), None)

    def delete(self, lab_run: LabRun) -> list[LabRun]:
        """Take a run out; one that is alive is stopped. `restore` brings it back; give those it no longer can."""
        if lab_run.live:
            lab_run.run.stop()
        self.deleted.append((self.runs.index(lab_run), lab_run))
        gone = [each for _, each in self.deleted[:-MOST_DELETED]]
        del self.deleted[:-MOST_DELETED]
        self.runs.remove(lab_run)
        return gone

    def restore(self) -> LabRun | None:
        """Bring back the run that was deleted last, to its old place; None where there is none."""
        if not self.deleted:
            return None
        place, lab_run = self.deleted.pop()
        self.runs.insert(min(place, len(self.runs)), lab_run)
        return lab_run

    def thin_snapshots(self) -> None:
        """Keep the snapshots of all runs within their memory; those of deleted runs go first."""
        thin_snapshots([entry.run for entry in (*(each for _, each in self.deleted), *self.runs)])

    def stop_all(self) -> None:
        """End every run that is still alive; what they have recorded stays."""
        for lab_run in self.live:
            lab_run.run.stop()
