"""The application: the lab's screen, its commands in the palette, and how it is left."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.app import App, SystemCommand
from textual.screen import Screen

from joml_tui.experiment import Experiment
from joml_tui.presets import DEFAULT_PRESET, find_experiment
from joml_tui.ui.actions import ACTIONS
from joml_tui.ui.dialogs.question import Answer, Question
from joml_tui.ui.lab import Lab

# Commands of Textual's own that the lab has under its own name.
_REPLACED_COMMANDS = {"Quit", "Keys"}


class LabApp(App[None]):
    """The lab in the terminal."""

    TITLE = "JOML"
    CSS_PATH = [
        "lab.tcss",
        "compose/compose.tcss",
        "runs/runs.tcss",
        "inside/inside.tcss",
        "dialogs/dialogs.tcss",
        "queue/queue.tcss",
        "travel/travel.tcss",
    ]

    def __init__(self, experiment: Experiment | None = None) -> None:
        super().__init__()
        self.lab = Lab(find_experiment(DEFAULT_PRESET), DEFAULT_PRESET) if experiment is None else Lab(experiment)

    def get_default_screen(self) -> Screen[None]:
        """Begin with the lab."""
        return self.lab

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every action of the lab by name, then Textual's own commands."""
        if screen is self.lab:
            for action in ACTIONS:
                yield SystemCommand(action.label, action.help, partial(self.lab.run_action, action.handler))
        yield from (
            command for command in super().get_system_commands(screen) if command.title not in _REPLACED_COMMANDS
        )

    async def action_quit(self) -> None:
        """Leave; ask first while a run is alive."""
        live, waiting = self.lab.book.live, self.lab.queue.waiting
        if not (live or waiting) or isinstance(self.screen, Question):
            self._leave("quit")
            return
        names = live[0].label if len(live) == 1 else f"{len(live)} runs"
        stopped = f"{names} would be stopped, " if live else ""
        queued = f"{len(waiting):,} queued would not be trained, " if waiting else ""
        question = Question(
            "Leave the lab?",
            f"{stopped}{queued}and what has not been exported is lost.",
            (Answer("stay", "Stay", "s", "primary"), Answer("quit", "Stop and leave", "q", "error")),
        )
        self.push_screen(question, self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer == "quit":
            self.lab.stop_all()
            self.exit()


def run_lab(experiment: Experiment | None = None) -> int:
    """Open the lab in this terminal and return the exit code when it is left.

    Parameters
    ----------
    experiment : Experiment, optional
        What stands composed at the beginning; without it the article's 14-100-40-4.

    Returns
    -------
    int
        0, or 1 when the lab ended by an error of its own.
    """
    app = LabApp(experiment)
    try:
        app.run()
    finally:
        app.lab.book.stop_all()
    return app.return_code or 0
