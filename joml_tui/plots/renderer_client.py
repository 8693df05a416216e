"""The screen's client of the painter; it restarts a failed painter once, and then draws itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time

import msgspec

from joml_tui.framing import LENGTH, FrameError, encode_frame, frame_length
from joml_tui.plots.chart_model import Description, Picture

_PATIENCE = 10.0
_FAREWELL = 0.5
_STARTS = 2
_FAILURES = (OSError, EOFError, TimeoutError, FrameError, msgspec.MsgspecError, ValueError, RuntimeError)


class PainterClient:
    """A client that draws descriptions one at a time with a painter process.

    The process starts with the first description. If it cannot be started, dies or does not answer, one more is tried;
    after that pictures are drawn in this process by the same function.

    Parameters
    ----------
    command : sequence of str, optional
        The command to start instead of the painter.
    """

    def __init__(self, command: tuple[str, ...] | None = None) -> None:
        # -P: a file in the current directory must not replace one of the painter's modules.
        self._command = command or (sys.executable, "-P", "-m", "joml_tui.plots.renderer")
        self._starts_left = _STARTS
        self._process: asyncio.subprocess.Process | None = None
        self._killed: list[asyncio.subprocess.Process] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Picture)
        self._turn = asyncio.Lock()
        self.seconds = 0.0
        """Seconds of the caller's thread that questions and answers have taken so far."""

    @property
    def pid(self) -> int | None:
        """Process id of the painter; None if it is not running."""
        return self._process.pid if self._process else None

    async def draw(self, description: Description) -> Picture:
        """Return the picture of a chart, also if the painter fails."""
        async with self._turn:
            while self._process or self._starts_left:
                try:
                    return await self._ask(description)
                except _FAILURES:
                    self._kill()
                except asyncio.CancelledError:
                    self._kill()  # its late answer would be taken for the next one's
                    raise
        from joml_tui.plots.drawing import draw  # noqa: PLC0415 - plotext is loaded here only if it must be

        began = time.thread_time()
        picture = draw(description)
        self.seconds += time.thread_time() - began
        return picture

    async def close(self) -> None:
        """Close the painter's input, at which it ends."""
        self._starts_left = 0
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _FAREWELL)
        self._kill()
        for process in self._killed:  # without a wait, the process would stay in the system's table
            await process.wait()
        self._killed.clear()

    async def _ask(self, description: Description) -> Picture:
        process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        began = time.thread_time()
        process.stdin.write(encode_frame(self._encoder.encode(description)))
        self.seconds += time.thread_time() - began
        async with asyncio.timeout(_PATIENCE):
            await process.stdin.drain()
            length = frame_length(await process.stdout.readexactly(LENGTH.size))
            answer = await process.stdout.readexactly(length)
        began = time.thread_time()
        picture = self._decoder.decode(answer)
        self.seconds += time.thread_time() - began
        return picture

    async def _start(self) -> asyncio.subprocess.Process:
        self._starts_left -= 1
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        environment = os.environ | {
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }  # it needs no BLAS threads
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment, limit=2**20
        )
        return self._process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            self._killed.append(process)
