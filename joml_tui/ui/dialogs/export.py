"""Where to write a CSV file; stays open until it is written or given up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label

from joml_tui.export import ExportError
from joml_tui.ui.background import in_background
from joml_tui.ui.text import Printable, plain

#: Writes the file; the second argument allows to replace one that is there.
Write = Callable[[Path, bool], None]


class Export(ModalScreen[Path | None]):
    """Asks for a path and writes; the result is the path written, None when given up."""

    BINDINGS = [("escape", "dismiss", "Cancel")]

    def __init__(self, title: str, path: Path, write: Write) -> None:
        super().__init__()
        self._title, self._path, self._write = title, path, write
        # Only the very path that was asked about is replaced.
        self._replaceable: Path | None = None

    def compose(self) -> ComposeResult:
        """Put the path between the title and the buttons."""
        with Vertical(classes="dialog"):
            yield Label(plain(self._title), classes="dialog-title", markup=False)
            yield Input(str(self._path), id="path", compact=True, highlighter=Printable(), select_on_focus=False)
            yield Label("", id="said", classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Write", id="write", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Let the path be typed at once."""
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._replaceable = None
        self._say("", "Write")

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def _submitted(self) -> None:
        typed = self.query_one(Input).value.strip()
        if not typed:
            self._say("Write the path of the file, such as run.csv", "Write")
            return
        self._write_file(typed)

    @work(exclusive=True, exit_on_error=False)
    async def _write_file(self, typed: str) -> None:
        try:
            path = Path(typed).expanduser().absolute()
            replace = path == self._replaceable
            if path.exists() and not path.is_dir() and not replace:
                self._replaceable = path
                self._say("There is such a file already. Replace it?", "Replace")
                return
            await in_background(self._write, path, replace)
        except ExportError as error:
            self._say(str(error), "Write")
        except OSError as error:
            self._say(f"This path cannot be used: {error.strerror or error}", "Write")
        except (ValueError, RuntimeError) as error:  # a null character, or a ~ without a home folder
            self._say(f"This path cannot be used: {error}", "Write")
        else:
            self.dismiss(path)

    def _say(self, sentence: str, button: str) -> None:
        self.query_one("#said", Label).update(Content(plain(sentence, 400)))
        self.query_one("#write", Button).label = button
