"""The transport bar: buttons for the controlled run, its progress, and the queue's progress."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Label

from joml_tui.ui.actions import BY_ID, key_of, request_of
from joml_tui.ui.runs.progress_line import Progress
from joml_tui.ui.runs.session import LabRun

_BUTTONS = ("train", "pause", "step", "stop")


class QueueCount(Label):
    """The queue's progress; a click opens the queue."""

    async def on_click(self) -> None:
        """Show the queue."""
        await self.screen.run_action(request_of(BY_ID["queue"]))


class Transport(Horizontal):
    """The bar with buttons and progress of the controlled run.

    Attributes
    ----------
    obstacle : str
        What prevents the training of the composed network; "" if it can be trained.
    """

    obstacle = ""

    def compose(self) -> ComposeResult:
        """Put everything in one line."""
        for name in _BUTTONS:
            yield Button(BY_ID[name].label, id=name, compact=True)
        yield Progress(id="progress")
        yield QueueCount("", id="queue-count", markup=False)

    def show(self, driven: LabRun | None, selected: LabRun | None) -> None:
        """Update the buttons."""
        paused = driven is not None and not driven.training
        self.query_one("#pause", Button).label = "Resume" if paused else "Pause"
        for name in ("pause", "step", "stop"):
            self.query_one(f"#{name}", Button).disabled = driven is None
        self.show_progress(driven, selected)

    def show_progress(self, driven: LabRun | None, selected: LabRun | None) -> None:
        """Show the progress of the controlled run, or the end of the selected one."""
        ready = Content.styled(f"Press {key_of('train')} to train this network", "$text-muted")
        idle = Content.styled(f"▲ {self.obstacle}", "$text-warning") if self.obstacle else ready
        self.query_one(Progress).show(driven or selected, idle)

    def show_queue(self, count: str) -> None:
        """Show the queue's progress; nothing without a queue."""
        label = self.query_one(QueueCount)
        label.display = bool(count)
        if count:
            label.update(count)
