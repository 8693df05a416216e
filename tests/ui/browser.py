"""A real browser without a window, driven as a user drives it: keys, mouse and pixels, by Chromium's own protocol."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pyte

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None
)
SECONDS = 60
_CODES = {"Escape": 27, "Enter": 13, "Tab": 9}


class Browser:
    """One page of a browser.

    Attributes
    ----------
    screen : pyte.Screen
        What the page's terminal shows: the lab writes only the cells that change.
    size : tuple of int
        Columns and rows of the terminal, as the page told them last.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbered = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.screen = pyte.Screen(80, 24)
        self._terminal = pyte.ByteStream(self.screen)
        self.size = (0, 0)
        self.faults: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self._socket:
            message_of_page = message.json()
            if "id" in message_of_page:
                self._answers.pop(message_of_page["id"]).set_result(message_of_page)
            elif message_of_page["method"] == "Network.webSocketFrameReceived":
                frame = message_of_page["params"]["response"]
                if frame["opcode"] != 1:  # 2, and 0 where one goes on
                    self._terminal.feed(base64.b64decode(frame["payloadData"]))
            elif message_of_page["method"] == "Network.webSocketFrameSent":
                kind, *values = json.loads(message_of_page["params"]["response"]["payloadData"])
                if kind == "resize":
                    self.size = values[0]["width"], values[0]["height"]
                    self.screen.resize(columns=self.size[0], lines=self.size[1])
            elif message_of_page["method"] == "Runtime.exceptionThrown":
                self.faults.append(str(message_of_page["params"]["exceptionDetails"]))

    async def command(self, method: str, **parameters: Any) -> Any:
        self._numbered += 1
        answer = self._answers[self._numbered] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._numbered, "method": method, "params": parameters})
        reply = await asyncio.wait_for(answer, SECONDS)
        assert "error" not in reply, reply
        return reply["result"]

    async def open(self, address: str, width: int, height: int) -> None:
        for domain in ("Page", "Network", "Runtime"):
            await self.command(f"{domain}.enable")
        await self.command("Emulation.setFocusEmulationEnabled", enabled=True)  # as a window in front has it
        await self.resize(width, height)
        await self.command("Page.navigate", url=address)

    async def resize(self, width: int, height: int) -> None:
        await self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def press(self, *keys: str) -> None:
        for key in keys:
            named = {"key": key} | ({"windowsVirtualKeyCode": _CODES[key]} if key in _CODES else {"text": key})
            await self.command("Input.dispatchKeyEvent", type="keyDown", **named)
            await self.command("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def click(self, column: int, row: int) -> None:
        """Click a cell of the terminal."""
        columns, rows = self.size
        left, top, width, height = await self.value(
            "(({x, y, width, height}) => [x, y, width, height])"
            "(document.querySelector('.xterm-screen').getBoundingClientRect())"
        )
        at = {"x": left + (column + 0.5) * width / columns, "y": top + (row + 0.5) * height / rows}
        for kind in ("mousePressed", "mouseReleased"):
            await self.command("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **at)

    async def value(self, expression: str) -> Any:
        return (await self.command("Runtime.evaluate", expression=expression, returnByValue=True))["result"]["value"]

    async def pixels(self) -> np.ndarray:
        """(height, width, 3) colours from 0 to 1, as they are on the page."""
        from matplotlib.image import imread

        picture = await self.command("Page.captureScreenshot", format="png")
        return imread(io.BytesIO(base64.b64decode(picture["data"])))[..., :3]

    async def until_shown(self, text: str) -> None:
        await self.until(lambda: any(text in line for line in self.screen.display), text)

    async def until_gone(self, text: str) -> None:
        await self.until(lambda: not any(text in line for line in self.screen.display), f"end of {text}")

    async def until(self, holds: Callable[[], object], condition: str) -> None:
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, "\n".join([f"no {condition!r}; {self.faults}", *self.screen.display])
            await asyncio.sleep(0.05)


@asynccontextmanager
async def browser(profile: Path) -> AsyncIterator[Browser]:
    """Open a browser with a profile of its own."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    process = subprocess.Popen(
        [*command, f"--user-data-dir={profile}", "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        ready, end = profile / "DevToolsActivePort", time.monotonic() + SECONDS
        while not (ready.exists() and ready.read_text().strip()):
            assert time.monotonic() < end and process.poll() is None, "Chromium did not start"
            await asyncio.sleep(0.05)
        port = ready.read_text().split()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as pages:
                page = next(page for page in await pages.json() if page["type"] == "page")
            async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Browser(socket)
    finally:
        process.terminate()
        process.wait(300)
