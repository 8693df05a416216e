"""Waiting for something slow without holding up the screen, or the end of the lab."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from threading import Thread
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def in_background(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call ``function`` in a thread of its own and return its result, or raise its exception.

    Unlike `asyncio.to_thread`, leaving the lab does not wait for the call: reading a large file ends with it.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[R] = loop.create_future()

    def settle(result: R | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error the result is an R

    def work() -> None:
        result, error = None, None
        try:
            result = function(*args, **kwargs)
        except Exception as raised:  # whatever it is, the caller gets it
            error = raised
        # A lab that has been left in the meantime has no loop to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, error)

    Thread(target=work, daemon=True, name=f"background {getattr(function, '__name__', '')}").start()
    return await future
