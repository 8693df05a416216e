"""Going on and back: settings under way, snapshots and forks, the range test."""

from __future__ import annotations

from functools import partial

from joml_tui.experiment import Experiment
from joml_tui.inspect import Answer
from joml_tui.inspect.range_test import Rates
from joml_tui.runs.forks import Fork
from joml_tui.runs.run import Run, inspect_experiment
from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.ask_run import asked
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.dialogs.failure_dialog import FailureDialog
from joml_tui.ui.dialogs.question_dialog import Answer as Button
from joml_tui.ui.dialogs.question_dialog import Question
from joml_tui.ui.fork.fork_screen import TimeTravel
from joml_tui.ui.fork.live_settings import Changes, LiveSettings
from joml_tui.ui.fork.range_test_screen import Chosen, RangeTest, Trial
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.threads import in_background

#: A rate that is halved or doubled without end stays a number.
_LEAST_RATE, _MOST_RATE = 1e-30, 1e30


class TravellingHandlers(LabScreen):
    """What the actions of going on and back do."""

    def tell(self, run: Run) -> None:
        """Pass a change of a run's life on to the screen; called in the run's thread."""

    # --- Settings under way ----------------------------------------------------------------------------------------

    def action_live_settings(self) -> None:
        """Change the driven run's learning rate and epochs."""
        lab_run = self._to_change()
        if lab_run is not None:
            open_screen(self, LiveSettings(lab_run), partial(self._change, lab_run))

    def action_halve_rate(self) -> None:
        """Go on with half the learning rate."""
        self._scale_rate(0.5)

    def action_double_rate(self) -> None:
        """Go on with twice the learning rate."""
        self._scale_rate(2.0)

    def _to_change(self) -> LabRun | None:
        lab_run = self.driven
        if lab_run is None:
            self.say(f"No run under way to change. Press {key_of('train')} to train this network.")
        return lab_run

    def _scale_rate(self, factor: float) -> None:
        lab_run = self._to_change()
        if lab_run is not None:
            rate = min(max(lab_run.run.learning_rate * factor, _LEAST_RATE), _MOST_RATE)
            self._change(lab_run, Changes(rate, None))

    def _change(self, lab_run: LabRun, changes: Changes | None) -> None:
        if changes is None or changes == Changes(None, None):
            return
        run, said = lab_run.run, []
        if not lab_run.live:
            self.say("This run has ended; fork it to continue with these settings", title=lab_run.label)
            self._travel(lab_run, changes)
            return
        if changes.learning_rate is not None:
            run.set_learning_rate(changes.learning_rate)
            said.append(f"learning rate {text.number(changes.learning_rate)}")
        if changes.epochs is not None:
            run.set_epochs(changes.epochs)
            said.append(f"{changes.epochs:,} epochs")
        self.say(text.sentence(f"{', '.join(said)} from iteration {run.iteration + 1:,} on"), title=lab_run.label)

    # --- Snapshots and forks ---------------------------------------------------------------------------------------

    def action_travel(self) -> None:
        """Show the selected run's snapshots."""
        selected = self.selected
        if selected is None:
            self.say(f"No run to go back in. Press {key_of('train')} to train this network.")
            return
        self._travel(selected)

    def _travel(self, lab_run: LabRun, wanted: Changes | None = None) -> None:
        open_screen(self, TimeTravel(lab_run, wanted), partial(self._go_on, lab_run))

    def _go_on(self, origin: LabRun, fork: Fork | None) -> None:
        if fork is None:
            return
        training = self.book.training
        if training is None or training is origin:
            if training is not None:
                origin.run.pause()
                self.say("Paused, as one run trains at a time", title=origin.label)
            self._start_fork(origin, fork)
            return
        question = Question(
            f"{training.label} is training",
            f"One run trains at a time. Pause or stop it (results are kept), and fork {origin.label}?",
            (
                Button("keep", "Let it finish", "l"),
                Button("pause", "Pause it", "p", "primary"),
                Button("stop", "Stop it", "x", "warning"),
            ),
        )
        open_screen(self, question, partial(self._go_on_instead, origin, fork, training))

    def _go_on_instead(self, origin: LabRun, fork: Fork, training: LabRun, answer: str | None) -> None:
        if answer == "pause":
            training.run.pause()
        elif answer == "stop":
            training.run.stop()
        else:
            return
        self._start_fork(origin, fork)

    def _start_fork(self, origin: LabRun, fork: Fork) -> None:
        """Start a fork, in the table and the charts beside its origin."""
        try:
            lab_run = self.book.fork(origin, fork, self.tell)
        except Exception as error:  # whatever stops a run from starting is told, and the lab goes on
            open_screen(self, FailureDialog("The fork could not start", str(error) or type(error).__name__, ""))
            return
        self.record(lab_run)
        origin.marked = True
        table = self.query_one(RunsTable)
        table.show_run(origin)
        table.add_run(lab_run, self.book.runs)
        if self.area == "compose" and self.one_area:
            self.show_area("charts")
        self.run_changed(lab_run)

    # --- The range test --------------------------------------------------------------------------------------------

    def action_range_test(self) -> None:
        """Try learning rates on the selected run's network, or on the composed one."""
        self._try_rates()

    @in_worker(exclusive=True, group="train")
    async def _try_rates(self) -> None:
        selected = self.selected
        area = self.query_one(ComposeArea)
        reading = await area.checked()
        trials: list[Trial] = []
        if selected is not None:
            ask_run = partial(asked, selected.run, Rates())
            trials.append(Trial(selected.label, f"#{selected.number}", ask_run, selected.live, selected.number - 1))
        if reading.experiment is not None and not reading.problems:
            number = len(self.book.runs)
            ask = partial(in_background, _of_composed, reading.experiment)
            trials.append(Trial("the composed network", "composed", ask, colour_index=number))
        elif selected is None:
            problem = reading.problems[0]
            self.show_area("compose")
            area.focus_problem(problem)
            self.say(text.sentence(problem.message), severity="error", title=f"Cannot try: {area.title_of(problem)}")
            return
        open_screen(self, RangeTest(tuple(trials)), partial(self._use_rate, selected))

    def _use_rate(self, tried: LabRun | None, chosen: Chosen | None) -> None:
        if chosen is None:
            return
        if chosen.into == "run" and tried is not None:
            self._change(tried, Changes(chosen.rate, None))
            return
        self.query_one(ComposeArea).use_learning_rate(chosen.rate)
        self.say(f"The next run's learning rate is {text.number(chosen.rate)}", title="Settings")


def _of_composed(experiment: Experiment) -> Answer | str:
    try:
        return inspect_experiment(experiment, Rates())
    except ValueError as error:
        return str(error)
