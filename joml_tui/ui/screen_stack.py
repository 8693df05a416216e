"""Opening and closing of screens, safe against repeated or early keys.

Textual raises an exception if a screen is dismissed twice or is not in front, and shows a screen that is opened twice
two times. Keys can come faster than screens close, so every key may come twice. Therefore all screens of the lab are
dialogs or pages of this module; a test checks that nothing else pushes or pops one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.events import Click
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from joml_tui.ui.textual_compat import is_gone

R = TypeVar("R")

#: The style of all dialogs; by its whole path, because Textual looks beside the module of each dialog.
DIALOG_STYLE = Path(__file__).parent / "dialogs" / "dialogs.tcss"

#: A function that receives a screen's result.
OnClose = Callable[[R | None], None] | Callable[[R | None], Awaitable[None]]


class Page(Screen[R]):
    """A full screen; ``close`` leaves it with a result, and has no effect if it was already left."""

    focused = Reactive[Widget | None](None, repaint=False)  # the widgets repaint themselves

    def close(self, result: R | None = None) -> None:
        """Leave the screen; below another one, as soon as that is left."""
        _close(self, result)

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Do the same as ``close``, for Textual's own calls."""
        self.close(result)
        nothing: AwaitComplete = AwaitComplete.nothing()  # type: ignore[no-untyped-call]
        return nothing

    def action_close(self) -> None:
        """Leave without a result."""
        self.close()

    def on_screen_resume(self) -> None:
        """Leave now if that was requested below another screen."""
        _close_if_wanted(self)

    @property
    def purpose(self) -> str:
        """The purpose of the screen; only one screen of a class is open for each purpose."""
        return ""


class Dialog(ModalScreen[R]):
    """A dialog over another screen; ``close`` leaves it with a result, and has no effect if it was already left."""

    CSS_PATH = [DIALOG_STYLE]
    DEFAULT_CSS = "Dialog { align: center middle; }"
    #: True if a click beside the box closes the dialog, as nothing is entered there that could be lost.
    CLOSES_BESIDE: ClassVar[bool] = False
    focused = Reactive[Widget | None](None, repaint=False)  # the widgets repaint themselves

    def close(self, result: R | None = None) -> None:
        """Leave the dialog; below another one, as soon as that is left."""
        _close(self, result)

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Do the same as ``close``, for Textual's own calls."""
        self.close(result)
        nothing: AwaitComplete = AwaitComplete.nothing()  # type: ignore[no-untyped-call]
        return nothing

    def action_close(self) -> None:
        """Leave without a result."""
        self.close()

    def on_click(self, event: Click) -> None:
        """Leave at a click beside the box."""
        if self.CLOSES_BESIDE and event.widget is self:
            self.close()

    def on_screen_resume(self) -> None:
        """Leave now if that was requested below another dialog."""
        _close_if_wanted(self)

    @property
    def purpose(self) -> str:
        """The purpose of the dialog; only one dialog of a class is open for each purpose."""
        return ""


#: Results of covered screens that are to be closed.
_wanted: WeakKeyDictionary[Page[Any] | Dialog[Any], Any] = WeakKeyDictionary()


def open_screen(by: DOMNode, screen: Page[R] | Dialog[R], on_close: OnClose[R] | None = None) -> bool:
    """Show a screen in front of all others, unless it is already open or the caller is gone.

    Parameters
    ----------
    by : App, Screen or Widget
        The caller.
    screen : Page or Dialog
    on_close : callable, optional
        Receives the result, or None if there is none.

    Returns
    -------
    bool
        Whether it was opened.
    """
    app: App[Any] = by.app
    if is_gone(by) or not app.screen_stack:
        return False
    if any(type(each) is type(screen) and _purpose(each) == screen.purpose for each in app.screen_stack):
        return False
    app.push_screen(screen, on_close)
    return True


def close_screen(widget: Widget) -> None:
    """Leave the dialog or page of a widget, without a result."""
    screen = widget.screen
    if isinstance(screen, (Page, Dialog)):
        screen.close()


def _purpose(screen: Screen[Any]) -> str:
    return screen.purpose if isinstance(screen, (Page, Dialog)) else ""


def _close(screen: Page[Any] | Dialog[Any], result: object) -> None:
    if not screen.is_attached or screen not in screen.app.screen_stack:
        return
    if screen.app.screen is screen:
        Screen.dismiss(screen, result)
    else:
        _wanted[screen] = result


def _close_if_wanted(screen: Page[Any] | Dialog[Any]) -> None:
    if screen in _wanted:
        _close(screen, _wanted.pop(screen))
