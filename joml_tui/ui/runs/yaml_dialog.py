"""The dialog of a run's settings as YAML, to read and copy."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Label

from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.runs.differences import adjustments_of, results_of
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.notices import say
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain, plain_lines

_LONGEST = 60_000


class YamlDialog(Dialog[None]):
    """The dialog with a run's initial experiment as YAML, and its results."""

    CSS_PATH = ["../dialogs/dialogs.tcss"]
    BINDINGS = [("escape,v,enter,q", "close", "Close"), *bindings("reading")]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("reading",)

    def __init__(self, lab_run: LabRun) -> None:
        super().__init__()
        self._title = lab_run.label
        self._yaml = dump_experiment(lab_run.run.experiment)
        results = results_of(lab_run.run) | adjustments_of(lab_run.run)
        self._results_text = "\n".join(f"{path}: {value}" for path, value in results.items())
        self._note = "\n".join(filter(None, (lab_run.note, " ".join(lab_run.tags))))

    def compose(self) -> ComposeResult:
        """Put the settings first, then what came of them."""
        with Vertical(classes="dialog settings"):
            yield Label(plain(f"Settings of {self._title}"), classes="dialog-title", markup=False)
            with VerticalScroll(id="settings-text"):
                if self._note:
                    yield Label(plain_lines(self._note) + "\n", classes="muted", markup=False)
                yield Label(plain_lines(self._yaml, _LONGEST), id="yaml", markup=False)
                yield Label("\n" + plain_lines(self._results_text), classes="muted", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Close", id="close", variant="primary", compact=True)
                yield Button(Content(f"Copy the YAML ({key_of('settings-copy')})"), id="copy", compact=True)

    def on_mount(self) -> None:
        """Let the arrow keys scroll."""
        self.query_one("#settings-text").focus()

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.close()

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        """Copy the YAML."""
        self.app.copy_to_clipboard(self._yaml)
        say(self, "Copied to the clipboard")
