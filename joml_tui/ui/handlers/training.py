"""Training: begin a run, pause it, step it, end it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from joml_tui.experiment import Experiment, expand_user
from joml_tui.export import ExportError
from joml_tui.runs.run import ResumePoint, Run
from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.dialogs.failure_dialog import FailureDialog
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.runs.prompt_dialog import PromptDialog
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.screen_stack import open_screen

_LONGEST_PATH = 1_000


@dataclass(frozen=True, slots=True)
class Start:
    """How a run starts where it is not as usual: with one step, or from something else than random weights."""

    one_step: bool = False
    beginning: ResumePoint | None = None
    note: str = ""


class TrainingHandlers(LabScreen):
    """What the actions of training do."""

    def tell(self, run: Run) -> None:
        """Pass a change of a run's life on to the screen; called in the run's thread."""

    def action_train(self) -> None:
        """Train the composed network; explain why where that is impossible."""
        self._train()

    @in_worker(exclusive=True, group="train")
    async def _train(self, *, one_step: bool = False) -> None:
        experiment = await self.composed("start")
        if experiment is None:
            return
        self._start_or_ask(experiment, Start(one_step=one_step))

    def _start_or_ask(self, experiment: Experiment, start: Start) -> None:
        training = self.book.training
        if training is None:
            self.start_run(experiment, start)
            return
        question = Question(
            f"{training.label} is training",
            "One run trains at a time. Pause or stop it (results are kept), and train the new one?",
            (
                Answer("keep", "Let it finish", "l"),
                Answer("pause", "Pause it", "p", "primary"),
                Answer("stop", "Stop it", "x", "warning"),
            ),
        )
        open_screen(self, question, partial(self._start_instead, experiment, start))

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

    def _start_instead(self, experiment: Experiment, start: Start, answer: str | None) -> None:
        if answer not in ("pause", "stop"):
            return
        # Not the run that was asked about: it may have ended since, and the queue's next one be at work.
        training = self.book.training
        if training is not None and answer == "pause":
            training.run.pause()
        elif training is not None:
            training.run.stop()
        self.start_run(experiment, start)

    @in_worker(exclusive=True, group="train")
    async def action_weights(self) -> None:
        """Train the composed network from weights in a file."""
        experiment = await self.composed("begin from weights")
        if experiment is not None:
            self._ask_for_weights(experiment, "")

    def _ask_for_weights(self, experiment: Experiment, written: str) -> None:
        hint = "A file of weights, .npz or .safetensors; they must fit the composed network."
        entry = PromptDialog("Start from weights", written, hint, _LONGEST_PATH, "Train")
        open_screen(self, entry, partial(self._weights_named, experiment))

    def _weights_named(self, experiment: Experiment, written: str | None) -> None:
        if written:
            self._begin_from_weights(experiment, written)

    @in_worker(exclusive=True, group="weights")
    async def _begin_from_weights(self, experiment: Experiment, written: str) -> None:
        """Read the file in a thread; where it does not fit, say why and ask again with what was written."""
        from joml_tui.initial_weights import beginning_from_weights  # noqa: PLC0415 - not before the first paint

        try:
            path = expand_user(written)
            beginning = await asyncio.to_thread(beginning_from_weights, experiment, path)
        except (ExportError, ValueError, OSError) as error:
            self.say(text.sentence(str(error)), severity="error", title="Cannot load these weights")
            self._ask_for_weights(experiment, written)
            return
        self._start_or_ask(experiment, Start(beginning=beginning, note=f"began from the weights in {written}"))

    def start_run(self, experiment: Experiment, start: Start | None = None) -> None:
        """Start a run, in the table and the charts at once."""
        start = start or Start()
        one_step = start.one_step
        try:
            lab_run = self.book.start(experiment, self.tell, paused=one_step, beginning=start.beginning)
        except Exception as error:  # whatever stops a run from starting is told, and the lab goes on
            open_screen(self, FailureDialog("The run could not start", str(error) or type(error).__name__, ""))
            return
        lab_run.note = start.note
        self.record(lab_run)
        if one_step:
            lab_run.run.step()
        self.query_one(RunsTable).add_run(lab_run, self.book.runs)
        if self.area == "compose" and self.one_area:
            self.show_area("charts")
        self.run_changed(lab_run)

    def action_pause(self) -> None:
        """Pause the driven run, or resume it."""
        lab_run = self.driven
        if lab_run is None:
            self.say(f"No run to pause. Press {key_of('train')} to train this network.")
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
