"""Waiting for a run's answer to a question without holding up the screen."""

from __future__ import annotations

import asyncio
import contextlib

from joml_tui.inspect import Answer, Question
from joml_tui.runs.run import Run


async def asked(run: Run, question: Question) -> Answer | str:
    """Ask a run and return the answer, or a sentence where there is none."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Answer | str] = loop.create_future()

    def settle(answer: Answer | str) -> None:
        if not future.done():
            future.set_result(answer)

    def heard(answer: Answer | str) -> None:
        # A lab that has been left in the meantime has no loop to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, answer)

    run.ask(question, heard)
    return await future
