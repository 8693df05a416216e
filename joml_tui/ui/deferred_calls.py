"""Deferred calls: timers, workers and callbacks that are dropped if their screen or widget is gone.

A screen can be closed at any key, while timers, workers and callbacks are pending that would then fail to find its
widgets. A test checks that only this module calls Textual's functions for them. Messages need no such care:
`joml_tui.ui.textual_compat` drops those to closed widgets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial, wraps
from inspect import isawaitable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from textual.dom import DOMNode
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker

from joml_tui.ui.textual_compat import is_gone, tell_error

P = ParamSpec("P")


class OnScreen(Protocol):
    """An object with a screen."""

    @property
    def screen(self) -> Screen[Any]:
        """The screen."""


Owner = TypeVar("Owner", bound=OnScreen)

Anything = Callable[..., Any]


def call_soon(node: DOMNode, callback: Anything, *args: object, **kwargs: object) -> None:
    """Call a function after the pending messages of ``node``."""
    node.call_later(_if_there(node, callback, *args, **kwargs))


def call_after_paint(node: DOMNode, callback: Anything, *args: object, **kwargs: object) -> None:
    """Call a function after the next layout and paint."""
    node.call_after_refresh(_if_there(node, callback, *args, **kwargs))


def call_once(node: DOMNode, seconds: float, callback: Anything) -> Timer:
    """Call a function after a number of seconds."""
    return node.set_timer(seconds, _if_there(node, callback))


def call_every(node: DOMNode, seconds: float, callback: Anything, *, paused: bool = False) -> Timer:
    """Call a function at intervals as long as ``node`` exists."""
    return node.set_interval(seconds, _if_there(node, callback), pause=paused)


def call_on_theme(node: DOMNode, callback: Anything) -> None:
    """Call a function after each change of the theme, when the screen has been painted in it."""
    node.app.theme_changed_signal.subscribe(node, lambda _: call_after_paint(node, callback))


def in_worker(
    *, group: str = "default", exclusive: bool = False
) -> Callable[
    [Callable[Concatenate[Owner, P], Coroutine[None, None, None]]],
    Callable[Concatenate[Owner, P], Worker[None]],
]:
    """Return a decorator that runs a method in a worker, which ends with its screen or widget.

    The method belongs to a widget, a screen, or another object with a ``screen``.

    Parameters
    ----------
    group : str
        Default ``"default"``.
    exclusive : bool
        Whether a running worker of the group is cancelled; default False.
    """

    def decorate(
        method: Callable[Concatenate[Owner, P], Coroutine[None, None, None]],
    ) -> Callable[Concatenate[Owner, P], Worker[None]]:
        @wraps(method)
        def start(owner: Owner, /, *args: P.args, **kwargs: P.kwargs) -> Worker[None]:
            node = owner if isinstance(owner, DOMNode) else owner.screen
            # Taken by the worker when it starts: a context may hold an ended worker, and with it what it was given.
            call = [partial(method, owner, *args, **kwargs)]
            del args, kwargs

            async def guarded() -> None:  # a worker that is cancelled before it starts has no coroutine yet
                await _caught(node, call.pop()())

            return node.run_worker(guarded, group=group, exclusive=exclusive, exit_on_error=False)

        start.in_worker = True  # type: ignore[attr-defined]
        return start

    return decorate


def start_worker(node: DOMNode, doing: Coroutine[None, None, None], *, group: str = "default") -> Worker[None]:
    """Start a worker for ``node``, which may be the application."""
    return node.run_worker(_caught(node, doing), group=group, exit_on_error=False)


async def _caught(node: DOMNode, doing: Awaitable[None]) -> None:
    """Await a coroutine; report its errors like those of a handler, unless ``node`` is gone."""
    try:
        await doing
    except Exception as error:
        tell_error(node, error)


def _if_there(node: DOMNode, callback: Anything, *args: object, **kwargs: object) -> Callable[[], Awaitable[None]]:
    async def call() -> None:
        if is_gone(node):
            return
        try:
            result = callback(*args, **kwargs)
            if isawaitable(result):
                await result
        except Exception:
            if not is_gone(node):
                raise

    return call
