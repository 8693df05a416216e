"""The error net: uncaught errors of handlers, timers, workers, messages and panels become a dialog.

The lab continues, because runs are trained in other processes and recorded in another thread. Only errors that break
the screen itself end the lab: during its start or end, while a frame is written to the terminal, or in the error
dialog.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from textual.app import App
from textual.worker import WorkerFailed

from joml_tui.error_reports import describe_error, place_of, write_report
from joml_tui.ui.deferred_calls import call_soon
from joml_tui.ui.dialogs.failure_dialog import ErrorDialog, FailureDialog
from joml_tui.ui.dialogs.text_dialog import TextDialog
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.textual_compat import PAINTING, catch_in, tell_error
from joml_tui.ui.widgets.dialog_box import DialogBox

#: The code of the error dialog, whose own errors cannot be shown.
_OF_THE_DIALOG = {
    thing.__code__
    for cls in (FailureDialog, TextDialog, DialogBox)
    for thing in vars(cls).values()
    if isinstance(thing, FunctionType)
}


@dataclass(eq=False)
class ErrorNet:
    """The error net of one application.

    Attributes
    ----------
    app : App
    folder : Path or None
        The folder for reports; None for no reports.
    caught : dict
        Number of errors caught, by type and place.
    """

    app: App[Any]
    folder: Path | None
    caught: dict[tuple[str, str, int], int] = field(default_factory=dict)
    _active: bool = False
    _telling: bool = False

    def hang(self) -> None:
        """Start catching errors."""
        self._active = True
        catch_in(self.app, self.catch)

    def catch(self, error: Exception) -> bool:
        """Report an error, once per place of origin; return False if the screen is broken."""
        if isinstance(error, WorkerFailed):
            error = error.error if isinstance(error.error, Exception) else error
        if not self._active or self._telling:
            return False
        if not self.app.is_running:  # the application is closing
            return True
        if self._breaks_the_screen(error):
            return False
        place = place_of(error)
        self.caught[place] = self.caught.get(place, 0) + 1
        if self.caught[place] == 1:
            # Not during the failed operation, such as a layout.
            self._telling = True
            try:
                self._tell(error)
            finally:
                self._telling = False
        return True

    def catch_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        """Report an error that ended a thread."""
        if isinstance(arguments.exc_value, Exception) and self._active and self.app.is_running:
            self.app.call_from_thread(self.catch, arguments.exc_value)

    def _breaks_the_screen(self, error: Exception) -> bool:
        codes = set(_codes_of(error))
        return PAINTING in codes or bool(_OF_THE_DIALOG & codes)

    def _tell(self, error: Exception) -> None:
        report = describe_error(error, f"screens: {' > '.join(type(each).__name__ for each in self.app.screen_stack)}")
        path = None if self.folder is None else write_report(self.folder, report)
        send = "send the details to the maintainers" if path is None else f"send {path} to the maintainers"
        sentence = (
            f"The lab continues, and so do its runs. This is a fault of joml-tui: please {send}. "
            f"{type(error).__name__}: {error}"
        )
        dialog = ErrorDialog("Something went wrong in the lab", sentence, report)
        call_soon(self.app, self._open, dialog)

    def _open(self, dialog: ErrorDialog) -> None:
        if any(isinstance(screen, ErrorDialog) for screen in self.app.screen_stack):
            return  # one dialog at a time; the report has been written
        try:
            open_screen(self.app, dialog)
        except Exception as error:  # nothing can be shown any more
            self._active = False
            tell_error(self.app, error)


def _codes_of(error: BaseException) -> Iterator[CodeType]:
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame.f_code
        step = step.tb_next


@contextmanager
def threads_caught(net: ErrorNet) -> Iterator[None]:
    """Report errors that end threads through the net during the block."""
    before: Callable[[threading.ExceptHookArgs], Any] = threading.excepthook
    threading.excepthook = net.catch_in_thread
    try:
        yield
    finally:
        threading.excepthook = before
