"""The painter process: draws what is asked, is replaced when it dies, and never outlives the lab."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

import msgspec
import numpy as np
import pytest

from joml_tui.framing import encode_frame, read_frame, write_frame
from joml_tui.plots.chart_model import Description, Picture, curve
from joml_tui.plots.drawing import draw
from joml_tui.plots.palette import ink_for
from joml_tui.plots.renderer_client import PainterClient

PAINTER = (sys.executable, "-P", "-m", "joml_tui.plots.renderer")
DESCRIPTION = Description(
    "cost", 60, 12, 10, ink_for(0, 0xFFFFFF), (curve("raw", 0x56B4E9, np.arange(1, 11), np.arange(10)),)
)

posix = pytest.mark.skipif(os.name != "posix", reason="signals")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return not state.strip().startswith("Z") and bool(state.strip())


def wait_until(condition, seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


class TestPainter:
    def test_answers_each_description_and_ends_with_its_input(self):
        with subprocess.Popen(
            PAINTER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as painter:
            for _ in range(2):
                write_frame(painter.stdin, msgspec.msgpack.encode(DESCRIPTION))
                picture = msgspec.msgpack.decode(read_frame(painter.stdout), type=Picture)
                assert picture == draw(DESCRIPTION)
            painter.stdin.close()
            assert painter.wait(300) == 0
            assert painter.stdout.read() == b""
            assert painter.stderr.read() == b""

    @posix
    def test_ctrl_c_is_not_its_business(self):
        with subprocess.Popen(PAINTER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as painter:
            for _ in range(2):
                write_frame(painter.stdin, msgspec.msgpack.encode(DESCRIPTION))
                assert read_frame(painter.stdout)
                painter.send_signal(signal.SIGINT)
            painter.stdin.close()
            assert painter.wait(300) == 0

    @pytest.mark.slow
    @posix
    def test_a_killed_parent_leaves_no_orphan(self):
        parent_code = (
            "import asyncio, time\n"
            "from joml_tui.plots.renderer_client import PainterClient\n"
            "from joml_tui.plots.chart_model import Description\n"
            "from joml_tui.plots.palette import ink_for\n"
            "async def main():\n"
            "    client = PainterClient()\n"
            "    await client.draw(Description('cost', 60, 12, 10, ink_for(0, 1)))\n"
            "    print(client.pid, flush=True)\n"
            "    time.sleep(60)\n"
            "asyncio.run(main())\n"
        )
        with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, text=True) as parent:
            painter = int(parent.stdout.readline())
            assert is_alive(painter)
            parent.kill()
        assert wait_until(lambda: not is_alive(painter))


class TestClient:
    async def test_the_picture_is_the_plotting_functions(self):
        client = PainterClient()
        assert await client.draw(DESCRIPTION) == draw(DESCRIPTION)
        pid = client.pid
        await asyncio.gather(*(client.draw(DESCRIPTION) for _ in range(5)))
        assert client.pid == pid
        await client.close()
        assert not is_alive(pid)

    @posix
    async def test_a_killed_painter_is_replaced_once_then_the_screen_draws(self):
        client = PainterClient()
        pids = []
        for _ in range(2):
            assert await client.draw(DESCRIPTION) == draw(DESCRIPTION)
            pids.append(client.pid)
            os.kill(client.pid, signal.SIGKILL)
            assert await asyncio.to_thread(wait_until, lambda: not is_alive(pids[-1]))
        assert pids[0] != pids[1]
        assert await client.draw(DESCRIPTION) == draw(DESCRIPTION)
        assert client.pid is None
        await client.close()

    @pytest.mark.parametrize(
        "command",
        [
            ("/nonexistent/painter",),
            (sys.executable, "-c", "pass"),
            (sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'not a frame'); sys.stdout.flush(); input()"),
        ],
        ids=["cannot start", "ends at once", "answers nonsense"],
    )
    async def test_without_a_painter_the_screen_draws(self, command):
        client = PainterClient(command)
        assert await client.draw(DESCRIPTION) == draw(DESCRIPTION)
        assert client.pid is None
        await client.close()

    @pytest.mark.slow
    async def test_a_cancelled_request_does_not_answer_the_next(self):
        client = PainterClient()
        await client.draw(DESCRIPTION)
        other = msgspec.structs.replace(DESCRIPTION, title="accuracy")
        request = asyncio.create_task(client.draw(other))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        request.cancel()
        await asyncio.wait([request])
        assert await client.draw(DESCRIPTION) == draw(DESCRIPTION)
        await client.close()

    def test_a_frame_of_the_widest_chart_stays_small(self):
        columns = np.arange(1, 601, dtype=np.float64)
        pair = [curve(kind, 1, columns, columns, columns + 1) for kind in ("raw", "smooth", "check")]
        wide = msgspec.structs.replace(DESCRIPTION, width=320, curves=tuple(pair * 8))
        assert len(encode_frame(msgspec.msgpack.encode(wide))) < 500_000
