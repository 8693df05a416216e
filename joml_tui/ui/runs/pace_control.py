"""The control of the pace: of new runs, and of the run that is training."""

from __future__ import annotations

from typing import Protocol, cast

from joml_tui.experiment import Experiment, architecture_of, iterations_per_epoch, part_sizes_of, shape_of
from joml_tui.runs.pace import Pace, faster, pace_to_watch, slower
from joml_tui.runs.run import Run
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.notices import say
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui_state import Memory, Speed
from joml_tui.user_settings import UserSettings

#: The speed of new runs where none was chosen.
DEFAULT_SPEED: Speed = "automatic"
_FEATURES_OF_A_PLANE = 2
_NOTICES = {
    "automatic": "The next run is at full speed; of two features, at a pace to watch.",
    "watch": "The next run is at a pace to watch.",
    "full": "The next run is at full speed.",
}


def starting_pace(speed: Speed, experiment: Experiment) -> Pace | None:
    """Return the pace of a new run; None for full speed."""
    if speed == "full":
        return None
    try:
        if speed == "automatic" and _features_of(experiment) != _FEATURES_OF_A_PLANE:
            return None
        per_epoch = iterations_per_epoch(experiment.batch_size, part_sizes_of(experiment).train)
    except (ValueError, OSError):  # the run will report why
        return None
    return pace_to_watch(experiment.epochs, per_epoch)


def _features_of(experiment: Experiment) -> int:
    """Return the number of features of an experiment's data, whatever terms of them its network takes."""
    if experiment.features:
        return shape_of(experiment.dataset).input_size
    return architecture_of(experiment).input_size


def _slower(run: Run) -> Pace:
    return slower(run.pace, max(1, run.iterations_per_epoch), run.steps_per_second)


class _Remembering(Protocol):
    """The part of the application that is needed: the user's settings, a memory, and signs of a newcomer."""

    settings: UserSettings
    memory: Memory
    shows_tour: bool

    def remember(self, **changes: object) -> None:
        """Remember a state for the next start."""


class PaceControl:
    """The control that changes the pace of the run under way, or else of the next one.

    Parameters
    ----------
    compose_area : ComposeArea
        Shows the speed of new runs.
    runs : RunsArea
    arrangement : Arrangement
    """

    def __init__(self, compose_area: ComposeArea, runs: RunsArea, arrangement: Arrangement) -> None:
        self._compose_area, self._runs, self._arrangement = compose_area, runs, arrangement
        self._chosen: Speed | None = None

    @property
    def speed(self) -> Speed:
        """The speed of new runs: the one chosen in this session, in the settings, or last."""
        app = self._app
        return self._chosen or app.settings.pace or app.memory.now.pace or DEFAULT_SPEED

    def show_speed(self) -> None:
        """Show the speed of new runs among the settings of the next one."""
        self._compose_area.form.show_speed(self.speed)

    def choose(self, speed: Speed) -> None:
        """Start new runs at another speed, also in later sessions."""
        self._chosen = speed
        self._app.remember(pace=speed)
        self.show_speed()

    def of_new_run(self, experiment: Experiment) -> Pace | None:
        """Return the pace of a run that is about to start; None for full speed.

        A newcomer's first run can be watched, because most are over before the eye has followed them.
        """
        is_first = self._app.shows_tour and self._runs.selected is None
        return starting_pace("watch" if is_first and self.speed == "automatic" else self.speed, experiment)

    def action_slower(self) -> None:
        """Train more slowly."""
        lab_run = self._runs.driven
        if lab_run is None:
            self._choose_for_next("watch")
        else:
            run = lab_run.run
            run.set_pace(_slower(run))
            self._runs.post_message(RunsArea.Changed())

    def action_faster(self) -> None:
        """Train faster."""
        lab_run = self._runs.driven
        if lab_run is None:
            self._choose_for_next("full")
        else:
            run = lab_run.run
            run.set_pace(faster(run.pace, max(1, run.iterations_per_epoch)))
            self._runs.post_message(RunsArea.Changed())

    def action_full(self) -> None:
        """Train at full speed; from there at a pace to watch."""
        lab_run = self._runs.driven
        if lab_run is None:
            self._choose_for_next("watch" if self.speed == "full" else "full")
        else:
            run = lab_run.run
            per_epoch = max(1, run.iterations_per_epoch)
            run.set_pace((pace_to_watch(run.epochs, per_epoch) or _slower(run)) if run.pace is None else None)
            self._runs.post_message(RunsArea.Changed())

    def _choose_for_next(self, speed: Speed) -> None:
        self.choose(speed)
        say(self._arrangement.screen, _NOTICES[speed])

    @property
    def _app(self) -> _Remembering:
        return cast("_Remembering", self._arrangement.screen.app)
