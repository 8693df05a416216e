"""The lab in a browser: a real server, asked as a browser asks, and by a real browser where there is one."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from joml_tui.ui.living.serving import is_of_this_machine, may_ask

pytestmark = pytest.mark.slow

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")

SCRIPT = Path(sys.executable).with_name("joml-tui")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


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
            process.wait(10)


def labs_of(process):
    """The processes of the labs that a server has open."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


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
            painted = ""
            async with session.ws_connect(f"ws://{address}/ws?width=100&height=30", origin=f"http://{address}") as page:
                async with asyncio.timeout(60):
                    while "Compose" not in painted:
                        painted += (await page.receive_bytes()).decode(errors="replace")
                    await page.send_json(["stdin", "?"])
                    while "Esc closes" not in painted:
                        painted += (await page.receive_bytes()).decode(errors="replace")
                assert labs_of(process)
            end = time.monotonic() + 20
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
        _, warned = process.communicate(timeout=10)
        assert "can read and write files as you do, without a password" in " ".join(warned.split())


def test_this_machine_alone_is_the_default_without_a_warning(tmp_path):
    with served(tmp_path) as (_, process):
        process.terminate()
        assert process.communicate(timeout=10)[1] == ""


def test_a_port_in_use_is_told_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run([SCRIPT, "serve", "--port", str(port)], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert f"port {port}, cannot be used" in result.stderr and "--port" in result.stderr
    assert "Traceback" not in result.stderr


def test_without_textual_serve_the_way_out_is_told():
    code = (
        "import sys; sys.modules['textual_serve'] = None; import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *_: None if name == 'textual_serve' else find(name, *_)\n"
        "sys.argv = ['joml-tui', 'serve']; from joml_tui.cli import main; main()"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "pip install 'joml-tui[serve]'" in result.stderr


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_real_browser_draws_the_lab(tmp_path):
    picture = tmp_path / "lab.png"
    with served(tmp_path) as (address, _):
        subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--window-size=1280,800",
                "--timeout=15000",
                f"--screenshot={picture}",
                f"http://{address}/",
            ],
            capture_output=True,
            timeout=100,
            check=True,
        )
    matplotlib = pytest.importorskip("matplotlib.image")
    pixels = matplotlib.imread(picture)[..., :3]
    colours = {tuple(pixel) for pixel in (pixels[::4, ::4] * 255).astype(int).reshape(-1, 3)}
    # An empty page or textual-serve's own has a handful of colours, the lab letters and grounds of many.
    assert len(colours) > 60
