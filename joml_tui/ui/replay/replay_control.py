"""The replay of an ended or paused run: the views of its network go with the curves' cursor to its snapshots."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right

from textual.timer import Timer

from joml_tui.runs.run import Run
from joml_tui.ui.actions import key_of
from joml_tui.ui.charts.charts_area import ChartsArea
from joml_tui.ui.deferred_calls import call_every
from joml_tui.ui.inside import InsideArea
from joml_tui.ui.notices import say
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.shell.arrangement import Arrangement

#: Seconds that a film takes, unless there are few snapshots, and least and most seconds of one of its pictures.
_FILM_SECONDS = 8.0
_LEAST_SECONDS, _MOST_SECONDS = 0.1, 0.5


class ReplayControl:
    """The control that moves the charts' cursor and the views of the network to a snapshot of an ended or paused run.

    Stored weights answer all questions: nothing is trained again.

    Parameters
    ----------
    runs : RunsArea
    charts : ChartsArea
    inside : InsideArea
    arrangement : Arrangement
    """

    def __init__(self, runs: RunsArea, charts: ChartsArea, inside: InsideArea, arrangement: Arrangement) -> None:
        self._runs, self._charts, self._inside, self._arrangement = runs, charts, inside, arrangement
        self._lab_run: LabRun | None = None
        self._moment: int | None = None
        self._film: Timer | None = None
        self._stride = 1

    @property
    def moment(self) -> int | None:
        """The iteration of the snapshot that is shown; None for the end."""
        return self._moment

    @property
    def plays(self) -> bool:
        """Return whether a film is being played."""
        return self._film is not None

    def action_step(self, steps: int) -> None:
        """Show an earlier snapshot of the selected run, or a later one."""
        self.halt()
        if (run := self._idle_run("go back in")) is not None:
            self._show(run, self._place(run) + steps)

    def action_pan(self, direction: int) -> None:
        """Show another snapshot where the network is looked into, or another part of the curves elsewhere."""
        if self._arrangement.area_in_use == "inside":
            self.action_step(direction)
        else:
            self._charts.action_pan(direction)

    def action_play(self) -> None:
        """Play the selected run as a film from the snapshot that is shown, from the end again; or halt."""
        if self.plays:
            self.halt()
            return
        run = self._idle_run("replay")
        if run is None:
            return
        count = len(_moments(run))
        first = self._place(run)
        self._show(run, 0 if first >= count - 1 else first)
        seconds = min(max(_FILM_SECONDS / count, _LEAST_SECONDS), _MOST_SECONDS)
        self._stride = max(1, math.ceil(count * _LEAST_SECONDS / _FILM_SECONDS))
        self._film = call_every(self._arrangement.screen, seconds, self._play_on)

    def halt(self) -> None:
        """Halt the film where it is."""
        if self._film is not None:
            self._film.stop()
            self._film = None

    def follow_run(self, selected: LabRun | None) -> None:
        """Show the end of another run, and the present of one that trains on."""
        if selected is not self._lab_run:
            self.halt()
            self._lab_run, self._moment = selected, None
        elif selected is not None and selected.training and self._moment is not None:
            self.halt()
            self._look_at(None)

    def follow_cursor(self, iteration: int | None) -> None:
        """Show the latest snapshot not after the iteration of the charts' cursor; without a cursor the end."""
        lab_run = self._lab_run
        if lab_run is None or lab_run.training:
            return
        if iteration is None:
            self.halt()
        iterations = lab_run.run.snapshots.iterations
        place = 0 if iteration is None else bisect_right(iterations, iteration)
        self._look_at(iterations[place - 1] if place else None)

    def _play_on(self) -> None:
        lab_run = self._lab_run
        if lab_run is None:
            self.halt()
        elif not self._inside.waits:  # a slow picture is waited for
            place, last = self._place(lab_run.run), len(_moments(lab_run.run)) - 1
            if place >= last:
                self.halt()
            else:
                self._show(lab_run.run, min(place + self._stride, last))

    def _idle_run(self, doing: str) -> Run | None:
        """Return the selected run if it can be replayed; otherwise say why it cannot, and what to do."""
        lab_run, screen = self._runs.selected_for(doing), self._arrangement.screen
        if lab_run is None:
            return None
        if lab_run.training:
            pause = f"{key_of('pause')} pauses it, then {key_of('replay')} replays it up to there."
            say(screen, f"It is training. {pause}", title=lab_run.label)
        elif len(_moments(lab_run.run)) <= 1:
            say(screen, "It has one snapshot only, so there is nothing to replay.", title=lab_run.label)
        else:
            self._inside.show_run(lab_run)
            self.follow_run(lab_run)
            return lab_run.run
        return None

    def _place(self, run: Run) -> int:
        """Return the place of the moment that is shown."""
        iterations = _moments(run)
        place = len(iterations) - 1 if self._moment is None else bisect_left(iterations, self._moment)
        return min(place, len(iterations) - 1)

    def _show(self, run: Run, place: int) -> None:
        iterations = _moments(run)
        if not iterations:  # deleted in the meantime, to save memory
            self.halt()
            return
        iteration = iterations[min(max(place, 0), len(iterations) - 1)]
        self._look_at(iteration if iteration in run.snapshots.iterations else None)
        self._charts.point_at(iteration)

    def _look_at(self, iteration: int | None) -> None:
        self._moment = iteration
        self._inside.replay(iteration)


def _moments(run: Run) -> list[int]:
    """Return the iterations that can be shown: those of the snapshots, and where a paused run stands."""
    iterations = list(run.snapshots.iterations)
    if iterations and not run.state.ended and run.iteration > iterations[-1]:
        iterations.append(run.iteration)
    return iterations
