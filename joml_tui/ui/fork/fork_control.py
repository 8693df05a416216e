"""The control of changed settings, forks from snapshots, and the range test."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen

from joml_tui.experiment import Experiment
from joml_tui.inspect import Answer
from joml_tui.inspect.range_test import Rates
from joml_tui.runs.forks import Fork
from joml_tui.runs.run import inspect_experiment
from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.ask_run import asked
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.runs.run_control import RunControl
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.threads import in_background

if TYPE_CHECKING:
    from joml_tui.ui.fork.live_settings import Changes
    from joml_tui.ui.fork.range_test_screen import Chosen, Trial

#: Limits of a rate that is repeatedly halved or doubled.
_LEAST_RATE, _MOST_RATE = 1e-30, 1e30


class ForkControl:
    """The control that changes running runs, and forks runs from snapshots.

    Parameters
    ----------
    session : Session
    compose_area : ComposeArea
    runs : RunsArea
    training : RunControl
    arrangement : Arrangement
    """

    def __init__(
        self,
        session: Session,
        compose_area: ComposeArea,
        runs: RunsArea,
        training: RunControl,
        arrangement: Arrangement,
    ) -> None:
        self._session, self._compose_area, self._runs = session, compose_area, runs
        self._training, self._arrangement = training, arrangement

    @property
    def screen(self) -> Screen[None]:
        """The lab's screen."""
        return self._arrangement.screen

    # --- Settings of a running run ---------------------------------------------------------------------------------

    def action_live_settings(self) -> None:
        """Change the driven run's learning rate and epochs."""
        from joml_tui.ui.fork.live_settings import LiveSettings  # noqa: PLC0415 - not before the first paint

        lab_run = self._run_to_change()
        if lab_run is not None:
            open_screen(self.screen, LiveSettings(lab_run), partial(self._change, lab_run))

    def action_scale_rate(self, factor: float) -> None:
        """Multiply the learning rate by a factor."""
        from joml_tui.ui.fork.live_settings import Changes  # noqa: PLC0415 - not before the first paint

        lab_run = self._run_to_change()
        if lab_run is not None:
            rate = min(max(lab_run.run.learning_rate * factor, _LEAST_RATE), _MOST_RATE)
            self._change(lab_run, Changes(rate, None))

    def _run_to_change(self) -> LabRun | None:
        lab_run = self._runs.driven
        if lab_run is None:
            say(
                self.screen,
                f"No run is training, so there is nothing to change. Press {key_of('train')} to train this network.",
            )
        return lab_run

    def _change(self, lab_run: LabRun, changes: Changes | None) -> None:
        from joml_tui.ui.fork.live_settings import Changes  # noqa: PLC0415 - not before the first paint

        if changes is None or changes == Changes(None, None):
            return
        run, changed = lab_run.run, []
        if not lab_run.live:
            say(self.screen, "This run has ended; fork it to continue with these settings", title=lab_run.label)
            self._travel(lab_run, changes)
            return
        if changes.learning_rate is not None:
            run.set_learning_rate(changes.learning_rate)
            changed.append(f"learning rate {text.number(changes.learning_rate)}")
        if changes.epochs is not None:
            run.set_epochs(changes.epochs)
            changed.append(f"{changes.epochs:,} epochs")
        message = text.sentence(f"{', '.join(changed)} from iteration {run.iteration + 1:,} on")
        say(self.screen, message, title=lab_run.label)

    # --- Snapshots and forks ---------------------------------------------------------------------------------------

    def action_travel(self) -> None:
        """Show the selected run's snapshots."""
        selected = self._runs.selected
        if selected is None:
            say(self.screen, f"No run to go back in. Press {key_of('train')} to train this network.")
            return
        self._travel(selected)

    def _travel(self, lab_run: LabRun, wanted: Changes | None = None) -> None:
        from joml_tui.ui.fork.fork_screen import TimeTravel  # noqa: PLC0415 - not before the first paint

        open_screen(self.screen, TimeTravel(lab_run, wanted), partial(self._fork, lab_run))

    def _fork(self, origin: LabRun, fork: Fork | None) -> None:
        if fork is None:
            return
        if origin.training:
            origin.run.pause()
            say(self.screen, "Paused, as one run trains at a time", title=origin.label)
            self._start(origin, fork)
        else:
            self._training.take_turn(f"fork {origin.label}", partial(self._start, origin, fork))

    def _start(self, origin: LabRun, fork: Fork) -> None:
        """Start a fork, and show it in the table and the charts."""
        try:
            lab_run = self._session.fork(origin, fork, self._training.tell)
        except Exception as error:  # any error of starting is shown, and the lab continues
            from joml_tui.ui.dialogs.failure_dialog import FailureDialog  # noqa: PLC0415 - not before the first paint

            failure = FailureDialog("The fork could not start", str(error) or type(error).__name__, "")
            open_screen(self.screen, failure)
            return
        self._runs.mark([origin])
        self._runs.record(lab_run)
        self._arrangement.leave_compose()

    # --- The range test --------------------------------------------------------------------------------------------

    @in_worker(exclusive=True, group="train")
    async def action_range_test(self) -> None:
        """Try learning rates on the selected run's network, or on the composed one."""
        from joml_tui.ui.fork.range_test_screen import RangeTest, Trial  # noqa: PLC0415 - not before the first paint

        selected = self._runs.selected
        reading = await self._compose_area.checked()
        trials: list[Trial] = []
        if selected is not None:
            ask_run = partial(asked, selected.run, Rates())
            trials.append(Trial(selected.label, f"#{selected.number}", ask_run, selected.live, selected.colour_index))
        if reading.experiment is not None and not reading.problems:
            number = len(self._session.runs)
            ask = partial(in_background, _ask_about_rates, reading.experiment)
            trials.append(Trial("the composed network", "composed", ask, colour_index=number))
        elif selected is None:
            self._compose_area.refuse("try", reading.problems[0])
            return
        open_screen(self.screen, RangeTest(tuple(trials)), partial(self._use_rate, selected))

    def _use_rate(self, tried: LabRun | None, chosen: Chosen | None) -> None:
        from joml_tui.ui.fork.live_settings import Changes  # noqa: PLC0415 - not before the first paint

        if chosen is None:
            return
        if chosen.into == "run" and tried is not None:
            self._change(tried, Changes(chosen.rate, None))
            return
        self._compose_area.use_learning_rate(chosen.rate)
        say(self.screen, f"The next run's learning rate is {text.number(chosen.rate)}", title="Settings")


def _ask_about_rates(experiment: Experiment) -> Answer | str:
    try:
        return inspect_experiment(experiment, Rates())
    except ValueError as error:
        return str(error)
