"""Where to write a file, and in which format; stays open until it is written or given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Select

from joml_tui.export import ExportError
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.dropdown import Dropdown
from joml_tui.ui.widgets.safe_input import SafeInput

#: Writes the file; the second argument allows to replace one that is there.
Write = Callable[[Path, bool], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to write it.

    Attributes
    ----------
    title : str
        The format and what is in the file, in a few words.
    path : Path
        Where, unless another path is typed.
    suffix : str
        What the names of such files end with.
    write : callable
    """

    title: str
    path: Path
    suffix: str
    write: Write


class Export(Dialog[Path | None]):
    """Asks for a format and a path and writes; the result is the path written, None when given up."""

    CSS_PATH = ["dialogs.tcss"]
    BINDINGS = [
        ("escape", "close", "Cancel"),
        ("up", "format(-1)", "Format before"),
        ("down", "format(1)", "Next format"),
    ]

    def __init__(self, title: str, offers: Sequence[Offer]) -> None:
        super().__init__()
        self._title, self._offers = title, offers
        self._chosen = 0
        self._writing = False
        # Only the very path that was asked about is replaced.
        self._replaceable: Path | None = None

    @property
    def purpose(self) -> str:
        """What it is about."""
        return self._title

    def compose(self) -> ComposeResult:
        """Put the path between the title and the buttons."""
        with Vertical(classes="dialog"):
            yield Label(plain(self._title), classes="dialog-title", markup=False)
            if len(self._offers) > 1:
                options = [(plain(offer.title, 68), place) for place, offer in enumerate(self._offers)]
                yield Dropdown(options, value=0, allow_blank=False, id="format", compact=True)
                yield Label("↑ ↓ choose the format", id="format-hint", classes="muted", markup=False)
            yield SafeInput(str(self._offers[0].path), id="path", long=True)
            yield Label("", id="said", classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Save", id="write", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Let the path be typed at once."""
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._replaceable = None
        self._say("", "Save")

    def action_format(self, step: int) -> None:
        """Choose the format before, or the next one."""
        if len(self._offers) > 1:
            self.query_one(Select).value = (self._chosen + step) % len(self._offers)

    @on(Select.Changed)
    def _format_chosen(self, event: Select.Changed) -> None:
        if not isinstance(event.value, int) or event.value == self._chosen:
            return
        before, now = self._offers[self._chosen], self._offers[event.value]
        self._chosen = event.value
        entry = self.query_one(Input)
        if entry.value == str(before.path):
            entry.value = str(now.path)
        elif entry.value.endswith(before.suffix):
            entry.value = entry.value.removesuffix(before.suffix) + now.suffix
        entry.cursor_position = len(entry.value)
        self._replaceable = None
        self._say("", "Save")

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.close(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def _submitted(self) -> None:
        if self._writing:
            return
        typed = self.query_one(Input).value.strip()
        if not typed:
            self._say(f"Write the path of the file, such as run{self._offers[self._chosen].suffix}", "Save")
            return
        self._write_file(typed)

    @in_worker(exclusive=True)
    async def _write_file(self, typed: str) -> None:
        self._writing = True
        try:
            path = Path(typed).expanduser().absolute()
            replace = path == self._replaceable
            if path.exists() and not path.is_dir() and not replace:
                self._replaceable = path
                self._say("This file exists. Replace it?", "Replace")
                return
            self._say("Writing …", "Write")
            await in_background(self._offers[self._chosen].write, path, replace)
        except ExportError as error:
            self._say(str(error), "Write")
        except OSError as error:
            self._say(f"This path cannot be used: {error.strerror or error}", "Write")
        except (ValueError, RuntimeError) as error:  # a null character, or a ~ without a home folder
            self._say(f"This path cannot be used: {error}", "Write")
        except Exception as error:  # whatever a format's library says, it is told here
            self._say(f"It could not be written: {str(error) or type(error).__name__}", "Write")
        else:
            self.close(path)
        finally:
            self._writing = False

    def _say(self, sentence: str, button: str) -> None:
        self.query_one("#said", Label).update(Content(plain(sentence, 400)))
        self.query_one("#write", Button).label = button
