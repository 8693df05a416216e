"""The one way to have something done later: what comes for a screen or widget that is gone is dropped.

A screen can be left at any key, while its timers run, its workers read files and its callbacks wait for the next
paint; what they then look for is not there any more. A test sees that nothing calls Textual's own functions for that.
Messages need no such care: `joml_tui.ui.textual_compat` drops those that reach somebody who is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from inspect import isawaitable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from textual.dom import DOMNode
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker

from joml_tui.ui.textual_compat import is_gone, tell_error

P = ParamSpec("P")


class OnScreen(Protocol):
    """Something that has to do with a screen."""

    @property
    def screen(self) -> Screen[Any]:
        """The screen."""


Owner = TypeVar("Owner", bound=OnScreen)

Anything = Callable[..., Any]


def call_soon(node: DOMNode, callback: Anything, *args: object, **kwargs: object) -> None:
    """Call a function after the messages that wait for ``node``."""
    node.call_later(_if_there(node, callback, *args, **kwargs))


def call_after_paint(node: DOMNode, callback: Anything, *args: object, **kwargs: object) -> None:
    """Call a function when what is there now has been laid out and painted."""
    node.call_after_refresh(_if_there(node, callback, *args, **kwargs))


def call_once(node: DOMNode, seconds: float, callback: Anything) -> Timer:
    """Call a function after so many seconds."""
    return node.set_timer(seconds, _if_there(node, callback))


def call_every(node: DOMNode, seconds: float, callback: Anything, *, paused: bool = False) -> Timer:
    """Call a function every so many seconds for as long as ``node`` is there."""
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
    """Have a method done beside the screen's messages; it ends when its screen or widget goes.

    The method is a widget's, a screen's, or that of something else with a ``screen``, beside whose messages it is done.

    Parameters
    ----------
    group : str
        Default ``"default"``.
    exclusive : bool
        Whether an earlier one of the group that still runs is given up; default False.
    """

    def decorate(
        method: Callable[Concatenate[Owner, P], Coroutine[None, None, None]],
    ) -> Callable[Concatenate[Owner, P], Worker[None]]:
        @wraps(method)
        def start(owner: Owner, /, *args: P.args, **kwargs: P.kwargs) -> Worker[None]:
            node = owner if isinstance(owner, DOMNode) else owner.screen

            async def guarded() -> None:  # a worker that is given up before it starts has made no coroutine yet
                await _caught(node, method(owner, *args, **kwargs))

            return node.run_worker(guarded, group=group, exclusive=exclusive, exit_on_error=False)

        start.in_worker = True  # type: ignore[attr-defined]
        return start

    return decorate


def start_worker(node: DOMNode, doing: Coroutine[None, None, None], *, group: str = "default") -> Worker[None]:
    """Do something beside the messages of ``node``, which may be the application."""
    return node.run_worker(_caught(node, doing), group=group, exit_on_error=False)


async def _caught(node: DOMNode, doing: Awaitable[None]) -> None:
    """Await something; what it raises is told like what a handler raises, unless ``node`` is gone."""
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
