"""Questions to a run, answered without blocking the screen."""

from __future__ import annotations

import asyncio
import contextlib

from joml_tui.inspect import Answer, Question
from joml_tui.runs.run import Run


async def asked(run: Run, question: Question) -> Answer | str:
    """Return a run's answer to a question, or a message if there is none."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Answer | str] = loop.create_future()

    def settle(answer: Answer | str) -> None:
        if not future.done():
            future.set_result(answer)

    def heard(answer: Answer | str) -> None:
        # The lab may have been left, and its event loop closed, in the meantime.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, answer)

    run.ask(question, heard)
    return await future
