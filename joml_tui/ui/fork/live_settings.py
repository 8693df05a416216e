"""The dialog of the settings that may change during training: learning rate and epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from joml_tui.experiment import Problem, name_of
from joml_tui.runs.run import Run
from joml_tui.ui.compose.typed_values import read_learning_rate, read_whole
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import DIALOG_STYLE
from joml_tui.ui.text import number
from joml_tui.ui.widgets.form_dialog import FormDialog
from joml_tui.ui.widgets.form_field import EntryField

_MOST_RATE = 1e30


@dataclass(frozen=True, slots=True)
class Changes:
    """The changed settings; None for unchanged ones."""

    learning_rate: float | None
    epochs: int | None


class LiveSettings(FormDialog[Changes]):
    """The dialog of a live run's learning rate and epochs."""

    CSS_PATH = [DIALOG_STYLE, "fork.tcss"]
    LOOK: ClassVar[str] = "live-settings"

    def __init__(self, lab_run: LabRun) -> None:
        run = self._run = lab_run.run
        rate = EntryField("live-rate", "Learning rate", number(run.learning_rate))
        epochs = EntryField("live-epochs", "Epochs", str(run.epochs))
        schedule = name_of(run.experiment.optimizer.schedule)
        if schedule != "constant":
            rate.show_note(f"what the {schedule} schedule starts from")
        if run.epoch:
            epochs.show_note(f"epoch {run.epoch:,} is training now")
        hint = "Applied from the next iteration, also while paused."
        super().__init__(f"Settings of {lab_run.label}", (rate, epochs), accept="Change", hint=hint)

    def read(self) -> Changes | None:
        """Return the changes, or show each entry's problem."""
        texts = self.form.texts
        changes, problems = read_changes(self._run, texts["live-rate"], texts["live-epochs"])
        names = {"optimizer.learning_rate": "live-rate", "epochs": "live-epochs"}
        self.form.show_problems({names[problem.field]: problem.message for problem in problems})
        return None if problems else changes


def read_changes(run: Run, rate_text: str, epochs_text: str) -> tuple[Changes, list[Problem]]:
    """Return the changes of a run, and the problems of the texts."""
    problems: list[Problem] = []
    rate = read_learning_rate(rate_text, problems)
    if rate > _MOST_RATE:
        problems.append(Problem("optimizer.learning_rate", "must be at most 1e30"))
    faults = len(problems)
    epochs = read_whole("epochs", epochs_text, problems)
    if len(problems) == faults and epochs < run.epoch:
        problems.append(Problem("epochs", f"epoch {run.epoch:,} has begun: it is finished at least"))
    changes = Changes(
        None if rate == run.learning_rate else rate,
        None if epochs == run.epochs else epochs,
    )
    return changes, problems
