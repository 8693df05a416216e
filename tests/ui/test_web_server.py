"""The lab in a browser: a real server, asked as a browser asks, and by a real browser where there is one."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyte
import pytest
from click.testing import CliRunner

pytestmark = pytest.mark.slow

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")

from browser import CHROMIUM, browser  # noqa: E402 - needs aiohttp

from joml_tui.cli import main  # noqa: E402

SCRIPT = Path(sys.executable).with_name("joml-tui")
#: A column of the name of the area Inside among the tabs.
TAB_INSIDE = 45


@dataclass
class Served:
    """A server: its process, its host and port, and the address that it prints."""

    process: subprocess.Popen
    address: str
    url: str

    @property
    def websocket(self):
        return f"ws://{self.address}/ws"

    @property
    def origin(self):
        return f"http://{self.address}"


@contextmanager
def served(tmp_path, *arguments):
    """Serve the lab at a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "JOML_CONFIG": str(tmp_path / "config.toml"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        [SCRIPT, "serve", "--port", str(port), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline()
            assert f":{port}" in line, process.stderr.read() if process.poll() is not None else line
            (url,) = re.findall(r"http://\S+", line)
            yield Served(process, f"127.0.0.1:{port}", url)
        finally:
            process.terminate()
            process.wait(300)


def processes():
    """All processes, with their parents."""
    rows = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], text=True).split()
    return dict(zip(rows[::2], rows[1::2], strict=True))


def descendants(process):
    """The labs that a server has open, and all that they have started."""
    parents = processes()
    below = {str(process.pid)}
    for _ in parents:
        below |= {each for each, parent in parents.items() if parent in below}
    return below - {str(process.pid)}


async def until_gone(those):
    """Wait until none of those processes is left."""
    async with asyncio.timeout(300):
        while those & processes().keys():
            await asyncio.sleep(0.1)


async def until_drawn(page, screen, text):
    """Feed what a page gets to its screen until the text is there."""
    terminal = pyte.ByteStream(screen)
    async with asyncio.timeout(100):
        while not any(text in line for line in screen.display):
            terminal.feed(await page.receive_bytes())


async def test_a_page_and_a_websocket_open_a_lab_that_ends_with_the_page(tmp_path):
    with served(tmp_path) as server:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            async with session.get(server.url) as page:
                text = await page.text()
                assert page.status == 200
                assert f"ws://{server.address}/ws" in text and "JOML" in text
                policy = page.headers["Content-Security-Policy"]
                assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
            async with session.get(f"{server.origin}/static/js/textual.js") as script:
                assert script.status == 200
            screen = pyte.Screen(100, 30)
            async with session.ws_connect(f"{server.websocket}?width=100&height=30", origin=server.origin) as page:
                await until_drawn(page, screen, "Next")  # the tour of the first time
                await page.send_json(["stdin", "?"])
                await until_drawn(page, screen, "Esc closes")
                labs = descendants(server.process)
                assert labs
            await until_gone(labs)


async def test_nobody_else_is_let_in(tmp_path):
    with served(tmp_path) as server:
        async with aiohttp.ClientSession() as session:
            for options in (
                {"origin": "http://example.org"},
                {"origin": server.origin},  # without the token
                {"headers": {"Cookie": "joml-lab-1=x"}, "origin": server.origin},
                {},  # another program of this machine
            ):
                with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                    await session.ws_connect(server.websocket, **options)
            query = server.url.partition("?")[2]
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(f"{server.websocket}?{query}")  # no browser: it names no page
            for url, headers, message in (
                (server.url, {"Host": "example.org"}, f"Open the lab at http://{server.address}"),
                (server.url, {"Host": "127.0.0.1#.evil"}, f"Open the lab at http://{server.address}"),
                (server.origin, {}, "it ends with a token"),
                (f"{server.origin}/?token=wrong", {}, "it ends with a token"),
                (f"{server.origin}/download/x", {}, "it ends with a token"),
            ):
                async with session.get(url, headers=headers) as page:
                    assert page.status == 403, url
                    assert message in await page.text()
        assert not descendants(server.process)


async def test_labs_are_limited_in_number_and_size_and_take_messages_alone(tmp_path):
    with served(tmp_path, "--labs", "1", "--no-token") as server:
        async with aiohttp.ClientSession() as session:
            huge = f"{server.websocket}?width=1000000&height=1000000"
            async with session.ws_connect(huge, origin=server.origin) as page:
                assert b"__GANGLION__" not in await page.receive_bytes()
                with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                    await session.ws_connect(server.websocket, origin=server.origin)
                async with session.get(server.origin) as refused:
                    assert refused.status == 503 and "--labs 2" in await refused.text()
                await page.send_json(["resize", {"width": 10**9, "height": "x"}])
                await page.send_json(["ping", 1])
                async with asyncio.timeout(100):
                    while (message := await page.receive()).type != aiohttp.WSMsgType.TEXT:
                        pass
                assert message.json() == ["pong", 1]
                await page.send_str("[[[")
                async with asyncio.timeout(100):
                    while not page.closed:
                        await page.receive()
            async with asyncio.timeout(100):
                while descendants(server.process):
                    await asyncio.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_no_lab_is_left_when_the_server_ends_with_a_page_open(tmp_path, number):
    (tmp_path / "config.toml").write_text("tour = false")
    with served(tmp_path) as server:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            await session.get(server.url)
            async with session.ws_connect(f"{server.websocket}?width=150&height=50", origin=server.origin) as page:
                screen = pyte.Screen(150, 50)
                await until_drawn(page, screen, "palette")
                await page.send_json(["stdin", "r"])
                await until_drawn(page, screen, "finished")
                labs = descendants(server.process)
                assert len(labs) > 1  # the lab, and the process that trains
                server.process.send_signal(number)
                async with asyncio.timeout(100):
                    while not page.closed:
                        await page.receive()
                assert await asyncio.to_thread(server.process.wait, 300) == (0 if number != signal.SIGKILL else -9)
        await until_gone(labs)


def test_another_address_is_warned_of(tmp_path):
    with served(tmp_path, "--host", "0.0.0.0") as server:
        assert "?token=" in server.url
        server.process.terminate()
        _, warned = server.process.communicate(timeout=300)
        warned = " ".join(warned.split())
        assert "Anyone who has the address with its token can read and write your files" in warned


def test_this_machine_alone_is_the_default_without_a_warning(tmp_path):
    with served(tmp_path) as server:
        server.process.terminate()
        assert server.process.communicate(timeout=300)[1] == ""


def test_a_port_in_use_is_reported_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run([SCRIPT, "serve", "--port", str(port)], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert f"port {port}, cannot be used" in result.stderr and "--port" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_is_no_http_is_answered_and_writes_nothing_into_the_terminal(tmp_path):
    junk = (
        b"\x16\x03\x01\x02\x00" + bytes(200),  # as of a browser that wants TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    )
    with served(tmp_path) as server:
        for request in junk:
            host, port = server.address.split(":")
            with socket.create_connection((host, int(port)), timeout=60) as connection:
                connection.sendall(request)
                assert connection.recv(100).startswith(b"HTTP/1.0 400")
        server.process.terminate()
        assert server.process.stderr.read() == ""


@pytest.mark.parametrize("host", ["", " "])
def test_an_empty_address_is_no_way_to_open_the_lab_to_every_network(host):
    result = CliRunner().invoke(main, ["serve", "--host", host])
    assert result.exit_code == 2
    assert "--host: the address is missing; 127.0.0.1 is this machine alone" in result.stderr


def test_without_textual_serve_the_way_out_is_reported():
    code = (
        "import sys; sys.modules['textual_serve'] = None; import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *_: None if name == 'textual_serve' else find(name, *_)\n"
        "sys.argv = ['joml-tui', 'serve']; from joml_tui.cli import main; main()"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "pip install 'joml-tui[serve]'" in result.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
class TestInARealBrowser:
    """Chromium without a window, with real keys, a real mouse and the pixels that it shows."""

    @pytest.fixture
    async def page(self, tmp_path):
        (tmp_path / "config.toml").write_text("tour = false")
        with served(tmp_path) as server:
            async with browser(tmp_path / "profile") as page:
                await page.open(server.url, 1280, 800)
                await page.until_shown("palette")  # the last line
                yield page
                assert not page.faults

    async def test_the_lab_is_drawn_and_obeys_keys(self, page):
        colours = {tuple(pixel) for pixel in ((await page.pixels())[::2, ::2] * 255).astype(int).reshape(-1, 3)}
        # An empty page or textual-serve's own has a handful of colours, the lab letters and grounds of many.
        assert len(colours) > 60
        await page.press("?")
        await page.until_shown("type to search")
        await page.press("Escape")
        await page.until_gone("type to search")  # Escape with a letter at its heels would be Alt and the letter
        await page.press("r")
        await page.until_shown("finished")
        await page.press("4")
        await page.until_shown("params")

    async def test_the_theme_changes_the_page(self, page):
        assert (await page.pixels()).mean() < 0.3
        await page.press("t")
        for _ in range(100):
            if (light := (await page.pixels()).mean()) > 0.7:
                break
            await asyncio.sleep(0.1)
        assert light > 0.7

    async def test_the_mouse_and_a_new_size(self, page):
        columns, _ = page.size
        await page.click(TAB_INSIDE, 0)
        await page.until_shown("Heat map")
        await page.resize(700, 500)
        await page.until(lambda: page.size[0] < 0.6 * columns, "the new size")
        await page.press("1")
        await page.until_shown("Data set")
