"""The error net: what escapes a handler, timer, worker, message or panel becomes a dialog, and the lab goes on.

Runs are trained by processes and recorded by a thread of their own; an error of the screen is none of theirs. Only what
breaks the screen itself ends the lab: an error while it starts or ends, while a finished frame is written to the
terminal, or in the very dialog that tells of errors.
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
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.textual_compat import PAINTING, catch_in, tell_error

#: The code of the dialog that tells of errors: an error in it cannot be told of.
_OF_THE_DIALOG = {thing.__code__ for thing in vars(FailureDialog).values() if isinstance(thing, FunctionType)}


@dataclass(eq=False)
class ErrorNet:
    """Catches the errors of one application.

    Attributes
    ----------
    app : App
    folder : Path or None
        Where reports are written; None for nowhere.
    caught : dict
        How often an error was caught, by its type and place.
    """

    app: App[Any]
    folder: Path | None
    caught: dict[tuple[str, str, int], int] = field(default_factory=dict)
    _active: bool = False
    _telling: bool = False

    def hang(self) -> None:
        """Catch from now on."""
        self._active = True
        catch_in(self.app, self.catch)

    def catch(self, error: Exception) -> bool:
        """Tell of an error, once for each place that it comes from; return False where the screen is broken."""
        if isinstance(error, WorkerFailed):
            error = error.error if isinstance(error.error, Exception) else error
        if not self._active or self._telling:
            return False
        if not self.app.is_running:  # it is being left: there is nobody to tell
            return True
        if self._breaks_the_screen(error):
            return False
        place = place_of(error)
        self.caught[place] = self.caught.get(place, 0) + 1
        if self.caught[place] == 1:
            # Not while what went wrong is still under way, such as a layout.
            self._telling = True
            try:
                self._tell(error)
            finally:
                self._telling = False
        return True

    def catch_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        """Tell of what ended a thread of the lab's process."""
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
            f"The lab goes on, and so do its runs. This is a fault of joml-tui: please {send}. "
            f"{type(error).__name__}: {error}"
        )
        dialog = ErrorDialog("Something went wrong in the lab", sentence, report)
        call_soon(self.app, self._open, dialog)

    def _open(self, dialog: ErrorDialog) -> None:
        if any(isinstance(screen, ErrorDialog) for screen in self.app.screen_stack):
            return  # one after the other is too much; the report has been written
        try:
            open_screen(self.app, dialog)
        except Exception as error:  # nothing can be told any more
            self._active = False
            tell_error(self.app, error)


def _codes_of(error: BaseException) -> Iterator[CodeType]:
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame.f_code
        step = step.tb_next


@contextmanager
def threads_caught(net: ErrorNet) -> Iterator[None]:
    """Have errors that end threads told by the net meanwhile."""
    before: Callable[[threading.ExceptHookArgs], Any] = threading.excepthook
    threading.excepthook = net.catch_in_thread
    try:
        yield
    finally:
        threading.excepthook = before
