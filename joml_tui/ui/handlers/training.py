"""Training: begin a run, pause it, step it, end it."""

from __future__ import annotations

from functools import partial

from textual import work

from joml_tui.experiment import Experiment
from joml_tui.runner import Run
from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.compose.area import ComposeArea
from joml_tui.ui.dialogs.failure import Failure
from joml_tui.ui.dialogs.question import Answer, Question
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.runs.table import RunsTable


class TrainingHandlers(LabScreen):
    """What the actions of training do."""

    def tell(self, run: Run) -> None:
        """Pass a change of a run's life on to the screen; called in the run's thread."""

    def action_train(self) -> None:
        """Train the composed network; explain why where that is impossible."""
        self._train()

    @work(exclusive=True, group="train", exit_on_error=False)
    async def _train(self, *, one_step: bool = False) -> None:
        experiment = await self.composed("start")
        if experiment is None:
            return
        training = self.book.training
        if training is None:
            self.start_run(experiment, one_step=one_step)
            return
        question = Question(
            f"{training.label} is training",
            "One run trains at a time. Pause it, to be resumed later, or stop it, which keeps its result, "
            "and train the new one?",
            (
                Answer("keep", "Let it train", "l"),
                Answer("pause", "Pause it", "p", "primary"),
                Answer("stop", "Stop it", "x", "warning"),
            ),
        )
        self.app.push_screen(question, partial(self._start_instead, experiment))

    async def composed(self, doing: str) -> Experiment | None:
        """Return the composed experiment; where it is none, go to the entry and say why, and return None."""
        area = self.query_one(ComposeArea)
        reading = await area.checked()
        if reading.experiment is not None and not reading.problems:
            return reading.experiment
        problem = reading.problems[0]
        self.show_area("compose")
        area.focus_problem(problem)
        self.say(text.sentence(problem.message), severity="error", title=f"Cannot {doing}: {area.title_of(problem)}")
        return None

    def _start_instead(self, experiment: Experiment, answer: str | None) -> None:
        if answer not in ("pause", "stop"):
            return
        # Not the run that was asked about: it may have ended since, and the queue's next one be at work.
        training = self.book.training
        if training is not None and answer == "pause":
            training.run.pause()
        elif training is not None:
            training.run.stop()
        self.start_run(experiment)

    def start_run(self, experiment: Experiment, *, one_step: bool = False) -> None:
        """Start a run, in the table and the charts at once."""
        try:
            lab_run = self.book.start(experiment, self.tell, paused=one_step)
        except Exception as error:  # whatever stops a run from starting is told, and the lab goes on
            self.app.push_screen(Failure("The run could not start", str(error) or type(error).__name__, ""))
            return
        self.record(lab_run)
        if one_step:
            lab_run.run.step()
        self.query_one(RunsTable).add_run(lab_run, self.book.runs)
        if self.has_class("-tabs-compose") and self.one_area:
            self.show_area("charts")
        self.run_changed(lab_run)

    def action_pause(self) -> None:
        """Pause the driven run, or resume it."""
        lab_run = self.driven
        if lab_run is None:
            self.say(f"No run to pause. {key_of('train')} trains the composed network.")
        elif lab_run.training:
            lab_run.run.pause()
        elif self.book.training is not None:
            self.say(f"{self.book.training.label} is training; pause or stop it before resuming {lab_run.label}.")
        else:
            lab_run.run.resume()

    def action_step(self) -> None:
        """Do one iteration and pause; without a run alive, begin one that way."""
        lab_run = self.driven
        if lab_run is None:
            self._train(one_step=True)
        else:
            lab_run.run.step()

    def action_stop(self) -> None:
        """End the driven run; its result stays."""
        lab_run = self.driven
        if lab_run is None:
            self.say("No run to stop.")
        else:
            lab_run.run.stop()
