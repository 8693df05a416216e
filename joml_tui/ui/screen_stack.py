"""The one way to open and to close a screen: nothing that keys do twice, or too early, opens or closes it twice.

Textual raises an exception where a screen is dismissed for the second time, or another than the one in front, and a
screen opened twice stands there twice. Keys come faster than screens go, so that every key can come twice; therefore
all screens of the lab are dialogs or pages of this module, and a test sees that nothing else pushes or pops one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from joml_tui.ui.textual_compat import is_gone

R = TypeVar("R")

#: Takes what a screen was closed with.
OnClose = Callable[[R | None], None] | Callable[[R | None], Awaitable[None]]


class Page(Screen[R]):
    """A screen of its own; ``close`` leaves it with a result, and does nothing for one that was left."""

    def close(self, result: R | None = None) -> None:
        """Leave the screen; beneath another one as soon as that is left."""
        _close(self, result)

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Do as ``close``, for what Textual calls by itself."""
        self.close(result)
        nothing: AwaitComplete = AwaitComplete.nothing()  # type: ignore[no-untyped-call]
        return nothing

    def action_close(self) -> None:
        """Leave without a result."""
        self.close()

    def on_screen_resume(self) -> None:
        """Leave now where that was asked for beneath another screen."""
        _close_if_wanted(self)

    @property
    def purpose(self) -> str:
        """What it is opened for: of several screens of one kind only one for each purpose is open."""
        return ""


class Dialog(ModalScreen[R]):
    """A screen over another; ``close`` leaves it with a result, and does nothing for one that was left."""

    def close(self, result: R | None = None) -> None:
        """Leave the dialog; beneath another one as soon as that is left."""
        _close(self, result)

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Do as ``close``, for what Textual calls by itself."""
        self.close(result)
        nothing: AwaitComplete = AwaitComplete.nothing()  # type: ignore[no-untyped-call]
        return nothing

    def action_close(self) -> None:
        """Leave without a result."""
        self.close()

    def on_screen_resume(self) -> None:
        """Leave now where that was asked for beneath another dialog."""
        _close_if_wanted(self)

    @property
    def purpose(self) -> str:
        """What it is opened for: of several dialogs of one kind only one for each purpose is open."""
        return ""


#: What screens beneath others are to be closed with.
_wanted: WeakKeyDictionary[Page[Any] | Dialog[Any], Any] = WeakKeyDictionary()


def open_screen(by: DOMNode, screen: Page[R] | Dialog[R], on_close: OnClose[R] | None = None) -> bool:
    """Show a screen in front of all others, unless it is there already or who asks for it is gone.

    Parameters
    ----------
    by : App, Screen or Widget
        Who asks for it.
    screen : Page or Dialog
    on_close : callable, optional
        Takes the result; None where it was left without one.

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
    """Leave the dialog or page that a widget stands in, without a result."""
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
