"""The control of training: starting, pausing and stopping runs, one at a time, and showing their end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from joml_tui.experiment import Experiment, expand_user
from joml_tui.export import ExportError
from joml_tui.runs.run import ResumePoint, Run, RunState
from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.runs.pace_control import PaceControl
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.threads import in_background


class RunChanged(Message):
    """A message: a run's state has changed; posted from its thread."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run


@dataclass(frozen=True, slots=True)
class Start:
    """A special start of a run: with a single step, or from given weights."""

    one_step: bool = False
    beginning: ResumePoint | None = None
    note: str = ""


class RunControl:
    """The control that starts and controls runs; changes of their state are posted as `RunChanged`.

    Parameters
    ----------
    session : Session
    compose_area : ComposeArea
    runs : RunsArea
    arrangement : Arrangement
    pace : PaceControl
        Chooses the pace of new runs.
    """

    def __init__(
        self,
        session: Session,
        compose_area: ComposeArea,
        runs: RunsArea,
        arrangement: Arrangement,
        pace: PaceControl,
    ) -> None:
        self._session, self._compose_area, self._runs, self._arrangement = session, compose_area, runs, arrangement
        self._pace = pace

    @property
    def screen(self) -> Screen[None]:
        """The lab's screen."""
        return self._arrangement.screen

    def tell(self, run: Run) -> None:
        """Post a change of a run's state to the screen; called in the run's thread."""
        self.screen.post_message(RunChanged(run))

    # --- Starting --------------------------------------------------------------------------------------------------

    def action_train(self) -> None:
        """Train the composed network, or show why that is impossible."""
        self._train()

    @in_worker(exclusive=True, group="train")
    async def _train(self, *, one_step: bool = False) -> None:
        experiment = await self._compose_area.valid_experiment("start")
        if experiment is not None:
            self._start_in_turn(experiment, Start(one_step=one_step))

    @in_worker(exclusive=True, group="train")
    async def action_weights(self) -> None:
        """Train the composed network from weights in a file."""
        experiment = await self._compose_area.valid_experiment("begin from weights")
        if experiment is not None:
            self._ask_for_weights(experiment, "")

    def _ask_for_weights(self, experiment: Experiment, path: str, problem: str = "") -> None:
        from joml_tui.ui.data_files.file_dialog import FileDialog  # noqa: PLC0415 - not before the first paint

        dialog = FileDialog(path, problem, "Train from weights that fit the network (.npz, .safetensors, .csv)")
        open_screen(self.screen, dialog, partial(self._take_weights, experiment))

    def _ask_for_biases(self, experiment: Experiment, weights: str) -> None:
        from joml_tui.ui.data_files.file_dialog import FileDialog  # noqa: PLC0415 - not before the first paint

        def take(written: str | None) -> None:
            if written:
                self._begin_from_weights(experiment, weights, written)

        dialog = FileDialog("", "", f"The table of biases that belongs to {Path(weights).name}")
        open_screen(self.screen, dialog, take)

    def _take_weights(self, experiment: Experiment, written: str | None) -> None:
        if written:
            self._begin_from_weights(experiment, written)

    @in_worker(exclusive=True, group="weights")
    async def _begin_from_weights(self, experiment: Experiment, written: str, biases: str | None = None) -> None:
        """Read the files in a thread; if they do not fit, show why, and ask again; a table may lack the biases."""
        from joml.files.weights import BiasesNeededError  # noqa: PLC0415 - not before the first paint
        from joml_tui.initial_weights import beginning_from_weights  # noqa: PLC0415

        try:
            path = expand_user(written)
            beside = None if biases is None else expand_user(biases)
            beginning = await in_background(beginning_from_weights, experiment, path, beside)
        except BiasesNeededError:
            self._ask_for_biases(experiment, written)
            return
        except (ExportError, ValueError, OSError) as error:
            self._ask_for_weights(experiment, written, str(error))
            return
        note = f"began from the weights in {written}" + ("" if biases is None else f" and the biases in {biases}")
        self._start_in_turn(experiment, Start(beginning=beginning, note=note))

    def _start_in_turn(self, experiment: Experiment, start: Start) -> None:
        self.take_turn("train the new one", partial(self.start, experiment, start))

    def start(self, experiment: Experiment, start: Start | None = None) -> None:
        """Start a run, and show it in the table and the charts."""
        start = start or Start()
        try:
            lab_run = self._session.start(
                experiment,
                self.tell,
                paused=start.one_step,
                beginning=start.beginning,
                pace=self._pace.of_new_run(experiment),
            )
        except Exception as error:  # any error of starting is shown, and the lab continues
            from joml_tui.ui.dialogs.failure_dialog import FailureDialog  # noqa: PLC0415 - not before the first paint

            failure = FailureDialog("The run could not start", str(error) or type(error).__name__, "")
            open_screen(self.screen, failure)
            return
        lab_run.note = start.note
        if start.one_step:
            lab_run.run.step()
        self._runs.record(lab_run)
        self._arrangement.leave_compose()

    # --- One at a time ---------------------------------------------------------------------------------------------

    def take_turn(self, doing: str, start: Callable[[], None]) -> None:
        """Start something if no run trains; otherwise ask what to do with the current run.

        Parameters
        ----------
        doing : str
            What to start, as the end of the question.
        start : callable
        """
        from joml_tui.ui.dialogs.question_dialog import Answer, Question  # noqa: PLC0415 - not before the first paint

        training = self._session.training
        if training is None:
            start()
            return
        question = Question(
            f"{training.label} is training",
            f"One run trains at a time. Pause or stop it (results are kept), and {doing}?",
            (
                Answer("keep", "Let it finish", "l"),
                Answer("pause", "Pause it", "p", "primary"),
                Answer("stop", "Stop it", "x", "warning"),
            ),
        )
        open_screen(self.screen, question, partial(self._start_instead, start))

    def _start_instead(self, start: Callable[[], None], answer: str | None) -> None:
        if answer not in ("pause", "stop"):
            return
        # The present run: the one in the question may have ended, and the queue's next one started.
        training = self._session.training
        if training is not None and answer == "pause":
            training.run.pause()
        elif training is not None:
            training.run.stop()
        start()

    # --- Driving ---------------------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Pause or resume the controlled run."""
        self._after_start(self._pause)

    def action_step(self) -> None:
        """Do one iteration of the controlled run and pause it."""
        self._after_start(self._step)

    def action_first_step(self) -> None:
        """Start a run with a single step."""
        self._train(one_step=True)

    def action_stop(self) -> None:
        """Stop the controlled run, keeping its results."""
        self._after_start(self._stop)

    def _after_start(self, control: Callable[[], None]) -> None:
        """Call a function at once, or if a run is about to start, as soon as it has: a quick key is meant for it."""
        if self._starting:
            self._call_after_start(control)
        else:
            control()

    @in_worker(group="control")
    async def _call_after_start(self, control: Callable[[], None]) -> None:
        while starting := self._starting:
            await asyncio.sleep(0)  # a worker that was just created cannot be awaited
            with contextlib.suppress(WorkerError):
                await starting[0].wait()
        control()

    @property
    def _starting(self) -> list[Worker[None]]:
        return [worker for worker in self.screen.workers if worker.group == "train" and not worker.is_finished]

    def _pause(self) -> None:
        lab_run, training = self._runs.driven, self._session.training
        if lab_run is None:
            say(self.screen, f"No run to pause. Press {key_of('train')} to train this network.")
        elif lab_run.training:
            lab_run.run.pause()
        elif training is not None:
            say(self.screen, f"{training.label} is training; pause or stop it before resuming {lab_run.label}.")
        else:
            lab_run.run.resume()

    def _step(self) -> None:
        lab_run = self._runs.driven
        if lab_run is None:
            say(
                self.screen,
                f"No run to step. {key_of('train')} trains this network, {key_of('first-step')} does its first step.",
            )
        else:
            lab_run.run.step()

    def _stop(self) -> None:
        lab_run = self._runs.driven
        if lab_run is None:
            say(self.screen, "No run to stop.")
        else:
            lab_run.run.stop()

    # --- Ends ------------------------------------------------------------------------------------------------------

    def announce_end(self, lab_run: LabRun, *, others_follow: bool) -> None:
        """Show once how a run failed or diverged; as a notice, not a dialog, while the queue continues."""
        run = lab_run.run
        if not run.state.ended or lab_run.announced:
            return
        lab_run.announced = True
        why = run.message or "The run failed."
        if run.state is RunState.FAILED and others_follow:
            say(self.screen, text.sentence(why), severity="error", title=f"{lab_run.label} failed")
        elif run.state is RunState.FAILED:
            from joml_tui.ui.dialogs.failure_dialog import FailureDialog  # noqa: PLC0415 - not before the first paint

            open_screen(self.screen, FailureDialog(f"{lab_run.label} failed", why, run.details))
        elif run.state is RunState.DIVERGED and lab_run is not self._runs.selected:  # else stated above the charts
            say(
                self.screen,
                f"{text.sentence(run.message or 'diverged')}. A smaller learning rate is the usual remedy.",
                severity="warning",
                title=lab_run.label,
            )
