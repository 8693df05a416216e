"""The lab in a browser, served by textual-serve with one lab per page, protected against other websites."""

from __future__ import annotations

import errno
import ipaddress
import os
import shlex
import subprocess
import sys
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

_LAB = "from joml_tui.ui.app import run_lab; raise SystemExit(run_lab())"
# Fonts of textual-serve's page would come from elsewhere; the browser has others.
_FROM_HERE = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws: wss:"
# textual-serve's page waits for a click before it takes keys, and the lab leaves out its footer until then. The page
# must be connected, or it tells nobody that it is attended to.
_WITH_KEYS = """\
<script>
const waiting = setInterval(() => {
  if (!document.body.classList.contains("-first-byte")) return;
  clearInterval(waiting);
  const keys = document.querySelector(".xterm-helper-textarea");
  keys.blur();
  keys.focus();
}, 50);
</script>
</body>"""


class ServingError(Exception):
    """The lab cannot be served; the message says why, and what to do."""


def is_of_this_machine(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve_lab(host: str, port: int, began: Callable[[str], None]) -> None:
    """Serve the lab until Ctrl-C.

    Parameters
    ----------
    host : str
        The address to listen at.
    port : int
        Its port.
    began : callable
        Called with the address for the browser once it can be opened.

    Raises
    ------
    ServingError
        textual-serve is not installed, or the address cannot be used.
    """
    if find_spec("textual_serve") is None:
        raise ServingError("the lab in a browser needs textual-serve; install it with: pip install 'joml-tui[serve]'")
    from aiohttp import web  # noqa: PLC0415

    url = f"http://{_in_url(host)}:{port}"

    def greeted(_: object) -> None:
        began(url)

    try:
        # aiohttp prints its greeting once it listens, so the address can then be opened.
        web.run_app(_application(host, port), host=host, port=port, print=greeted, access_log=None)
    except OSError as error:
        reason = error.strerror or str(error)
        is_taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
        advice = f"choose another port, such as --port {port % 65_535 + 1}" if is_taken else "choose another --host"
        raise ServingError(f"{host}, port {port}, cannot be used: {reason}; {advice}") from None


async def _application(host: str, port: int) -> Any:
    """Return textual-serve's web application, protected and without its greeting."""
    from aiohttp import web  # noqa: PLC0415
    from textual_serve.server import Server  # noqa: PLC0415

    server: Any = Server(_command(), host=host, port=port, title="JOML")
    app = await server._make_app()
    app.on_startup.clear()

    async def guarded(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        if not may_ask(request.host, request.headers.get("Origin"), local=is_of_this_machine(host)):
            raise web.HTTPForbidden(
                text=f"Open the lab at http://{_in_url(host)}:{port}; other pages may not use it.\n"
            )
        # The page's addresses use the requested host: localhost, or this machine's name.
        server.public_url = f"http://{request.host}"
        response = await handler(request)
        if response.content_type == "text/html":
            response.text = response.text.replace("</body>", _WITH_KEYS)
        return response

    async def only_from_here(_: object, response: Any) -> None:
        response.headers["Content-Security-Policy"] = _FROM_HERE

    app.middlewares.append(web.middleware(guarded))
    app.on_response_prepare.append(only_from_here)
    return app


def may_ask(host: str, origin: str | None, *, local: bool) -> bool:
    """Return whether a request comes from the lab's own page.

    Any website in a browser may open a websocket to this machine, and its domain may resolve to it; without this check
    it could control the lab.

    Parameters
    ----------
    host : str
        The request's ``Host``, which the browser addresses.
    origin : str or None
        The request's ``Origin``, the requesting page; None if there is none.
    local : bool
        Whether only this machine may reach the lab.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if local and not is_of_this_machine(name):
        return False
    return origin is None or urlsplit(origin).netloc == host


def _command() -> str:
    """Return the command that opens a lab, for the shell."""
    parts = [sys.executable, "-c", _LAB]
    return subprocess.list2cmdline(parts) if os.name == "nt" else shlex.join(parts)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
