"""Settings that may be changed while a run trains: its learning rate and its epochs."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label

from joml_tui.experiment import Problem, name_of
from joml_tui.ui.compose.draft import read_learning_rate, read_whole
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import number, sentence
from joml_tui.ui.widgets.safe_input import SafeInput


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be another from now on; None for what stays."""

    learning_rate: float | None
    epochs: int | None


class LiveSettings(Dialog[Changes | None]):
    """Asks for a live run's learning rate and epochs; None when given up."""

    CSS_PATH = ["../dialogs/dialogs.tcss", "fork.tcss"]
    BINDINGS = [
        ("escape", "close", "Cancel"),
        ("up", "app.focus_previous", "Previous"),
        ("down", "app.focus_next", "Next"),
    ]

    def __init__(self, lab_run: LabRun) -> None:
        super().__init__()
        self._lab_run = lab_run

    def compose(self) -> ComposeResult:
        """Put the two entries, each with what is wrong with it beneath, over the buttons."""
        run = self._lab_run.run
        with Vertical(classes="dialog live-settings"):
            yield Label(f"Settings of {self._lab_run.label}", classes="dialog-title", markup=False)
            for name, title, value in (
                ("live-rate", "Learning rate", number(run.learning_rate)),
                ("live-epochs", "Epochs", str(run.epochs)),
            ):
                with Horizontal(classes="live-entry"):
                    yield Label(title, classes="title", markup=False)
                    yield SafeInput(value, id=name)
                yield Label(self._note(name), id=f"{name}-note", classes="note", markup=False)
            yield Label("Applied from the next iteration, also while paused.", classes="muted", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Change", id="change", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Let the rate be typed at once."""
        self.query_one("#live-rate", Input).focus()

    def _note(self, name: str) -> str:
        run = self._lab_run.run
        if name == "live-epochs":
            return f"epoch {run.epoch:,} is training now" if run.epoch else ""
        schedule = name_of(run.experiment.optimizer.schedule)
        return "" if schedule == "constant" else f"what the {schedule} schedule starts from"

    @on(Input.Changed)
    def _changed(self) -> None:
        self._read()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.close(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#change")
    def _submitted(self) -> None:
        changes, problems = self._read()
        if not problems:
            self.close(changes)
        else:
            self.query_one("#live-epochs" if problems[0].field == "epochs" else "#live-rate", Input).focus()

    def _read(self) -> tuple[Changes, list[Problem]]:
        """Take the entries as typed, and say at each what is wrong with it."""
        run, problems = self._lab_run.run, list[Problem]()
        rate = read_learning_rate(self.query_one("#live-rate", Input).value, problems)
        if not problems and rate > 1e30:
            problems.append(Problem("optimizer.learning_rate", "must be at most 1e30"))
        epochs = read_whole("epochs", self.query_one("#live-epochs", Input).value, problems)
        if not any(problem.field == "epochs" for problem in problems) and epochs < run.epoch:
            problems.append(Problem("epochs", f"epoch {run.epoch:,} has begun: it is finished at least"))
        for name, field in (("live-rate", "optimizer.learning_rate"), ("live-epochs", "epochs")):
            message = next((problem.message for problem in problems if problem.field == field), "")
            note = self.query_one(f"#{name}-note", Label)
            note.update(Content(sentence(message) or self._note(name)))
            note.set_class(bool(message), "invalid")
        return Changes(_if_other(rate, run.learning_rate), None if epochs == run.epochs else epochs), problems


def _if_other(rate: float, known: float) -> float | None:
    return None if rate == known else rate
