"""The lab in a browser: a real server, asked as a browser asks, and by a real browser where there is one."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from joml_tui.ui.shell.web_server import is_of_this_machine, may_ask

pytestmark = pytest.mark.slow

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")

from browser import CHROMIUM, browser  # noqa: E402 - needs aiohttp

SCRIPT = Path(sys.executable).with_name("joml-tui")
#: A column of the name of the area Inside among the tabs.
TAB_INSIDE = 45


@contextmanager
def served(tmp_path, *arguments):
    """Serve the lab at a free port of this machine; gives its address and its process."""
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
            yield f"127.0.0.1:{port}", process
        finally:
            process.terminate()
            process.wait(300)


def labs_of(process):
    """The processes of the labs that a server has open."""
    completed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return completed.stdout.split()


async def test_a_page_and_a_websocket_open_a_lab_that_ends_with_the_page(tmp_path):
    with served(tmp_path) as (address, process):
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{address}/") as page:
                text = await page.text()
                assert page.status == 200
                assert f"ws://{address}/ws" in text and "JOML" in text
                assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            async with session.get(f"http://{address}/static/js/textual.js") as script:
                assert script.status == 200
            screen = pyte.Screen(100, 30)
            terminal = pyte.ByteStream(screen)
            async with session.ws_connect(f"ws://{address}/ws?width=100&height=30", origin=f"http://{address}") as page:
                async with asyncio.timeout(60):
                    while not any("Next" in line for line in screen.display):  # the tour of the first time
                        terminal.feed(await page.receive_bytes())
                    await page.send_json(["stdin", "?"])
                    while not any("Esc closes" in line for line in screen.display):
                        terminal.feed(await page.receive_bytes())
                assert labs_of(process)
            end = time.monotonic() + 300
            while labs_of(process):
                assert time.monotonic() < end, "the lab goes on without its page"
                await asyncio.sleep(0.1)


async def test_pages_of_others_are_refused(tmp_path):
    with served(tmp_path) as (address, process):
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await session.ws_connect(f"ws://{address}/ws", origin="http://example.org")
            async with session.get(f"http://{address}/", headers={"Host": "example.org"}) as page:
                assert page.status == 403
                assert f"Open the lab at http://{address}" in await page.text()
        assert not labs_of(process)


@pytest.mark.parametrize(
    ("host", "origin", "local", "may"),
    [
        ("127.0.0.1:8000", None, True, True),
        ("localhost:8000", "http://localhost:8000", True, True),
        ("[::1]:8000", "http://[::1]:8000", True, True),
        ("localhost:8000", "http://localhost:9000", True, False),
        ("localhost:8000", "http://example.org", True, False),
        ("localhost:8000", "null", True, False),
        ("example.org:8000", "http://example.org:8000", True, False),
        ("desk.lan:8000", "http://desk.lan:8000", False, True),
        ("desk.lan:8000", "http://example.org", False, False),
    ],
)
def test_who_may_ask(host, origin, local, may):
    assert may_ask(host, origin, local=local) is may


def test_which_addresses_are_of_this_machine():
    assert all(map(is_of_this_machine, ("127.0.0.1", "localhost", "::1", "127.3.2.1")))
    assert not any(map(is_of_this_machine, ("0.0.0.0", "::", "192.168.1.2", "desk.lan", "")))


def test_another_address_is_warned_of(tmp_path):
    with served(tmp_path, "--host", "0.0.0.0") as (_, process):
        process.terminate()
        _, warned = process.communicate(timeout=300)
        assert "Anyone who connects can read and write your files: there is no password" in " ".join(warned.split())


def test_this_machine_alone_is_the_default_without_a_warning(tmp_path):
    with served(tmp_path) as (_, process):
        process.terminate()
        assert process.communicate(timeout=300)[1] == ""


def test_a_port_in_use_is_reported_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run([SCRIPT, "serve", "--port", str(port)], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert f"port {port}, cannot be used" in result.stderr and "--port" in result.stderr
    assert "Traceback" not in result.stderr


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
        with served(tmp_path) as (address, _):
            async with browser(tmp_path / "profile") as page:
                await page.open(f"http://{address}/", 1280, 800)
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
