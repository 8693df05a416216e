"""The export dialog: path and format of a file; it stays open until the file is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.widgets import Button

from joml_tui.export import ExportError
from joml_tui.ui.data_files.path_completion import unquoted
from joml_tui.ui.data_files.path_entry import PathField
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.text import plain
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.form_dialog import FormDialog
from joml_tui.ui.widgets.form_field import ChoiceField, Field
from joml_tui.working_folder import working_folder

#: A function that writes the file; the second argument allows it to replace an existing one.
Write = Callable[[Path, bool], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """One export format in the dialog.

    Attributes
    ----------
    title : str
        The format and the content of the file, in a few words.
    path : Path
        The proposed path.
    suffix : str
        The extension of such files.
    write : callable
    """

    title: str
    path: Path
    suffix: str
    write: Write


class Export(FormDialog[Path]):
    """The dialog that asks for format and path and writes the file; the result is the path, None for Escape."""

    BINDINGS = [
        ("up", "format(-1)", "Format before"),
        ("down", "format(1)", "Next format"),
    ]

    def __init__(self, title: str, offers: Sequence[Offer]) -> None:
        self._offer = offers[0]
        self._path = PathField("path", "", str(self._offer.path), saves=True)
        choices = [Choice(plain(offer.title, 68), offer) for offer in offers]
        self._format = ChoiceField("format", "", choices, 0)
        self._format.show_note("↑ ↓ choose the format")
        fields: tuple[Field, ...] = (self._format, self._path) if len(offers) > 1 else (self._path,)
        super().__init__(title, fields, accept="Save")
        self._writing = False
        # Only the path that the user confirmed is replaced.
        self._replaceable: Path | None = None

    def action_format(self, step: int) -> None:
        """Choose the format before, or the next one."""
        offers = [choice.value for choice in self._format.choices]
        if len(offers) > 1:
            self._format.show((offers.index(self._offer) + step) % len(offers))
            self.form_changed()

    def form_changed(self) -> None:
        """Update the path for the format, and ask again before replacing a file."""
        offer = self._format.value
        if offer is not None and offer is not self._offer:
            self._path.write(path_for(offer, self._offer, self._path.text))
            self._path.entry.cursor_position = len(self._path.text)
            self._offer = offer
        self._replaceable = None
        self._say("", "Save")

    async def action_accept(self) -> None:
        """Write the file."""
        if self._writing:
            return
        typed = unquoted(self._path.text)
        if not typed:
            self._say(f"Enter the path of the file, such as run{self._offer.suffix}", "Save")
            return
        self._write_file(typed)

    @in_worker(exclusive=True)
    async def _write_file(self, typed: str) -> None:
        self._writing = True
        try:
            path = working_folder() / Path(typed).expanduser()
            replace = path == self._replaceable
            if path.exists() and not path.is_dir() and not replace:
                self._replaceable = path
                self._say("This file exists. Replace it?", "Replace")
                return
            self._say("Writing …", "Write")
            await in_background(self._offer.write, path, replace)
        except ExportError as error:
            self._say(str(error), "Write")
        except OSError as error:
            self._say(f"This path cannot be used: {error.strerror or error}", "Write")
        except (ValueError, RuntimeError) as error:  # a null character, or a ~ without a home folder
            self._say(f"This path cannot be used: {error}", "Write")
        except Exception as error:  # a format's library may raise anything
            self._say(f"Cannot write the file: {str(error) or type(error).__name__}", "Write")
        else:
            self.close(path)
        finally:
            self._writing = False

    def _say(self, line: str, button: str) -> None:
        self.say(line)
        self.query_one("#accept", Button).label = button


def path_for(offer: Offer, before: Offer, typed: str) -> str:
    """Return the path for another format: the proposed one, or the typed one with the new extension."""
    if typed == str(before.path):
        return str(offer.path)
    return typed.removesuffix(before.suffix) + offer.suffix if typed.endswith(before.suffix) else typed
