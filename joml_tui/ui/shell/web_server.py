"""The lab in a browser, served by textual-serve with one lab per page, protected against others."""

from __future__ import annotations

import errno
import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec

from joml_tui.ui.shell.web_visitors import Visitors

# The server names Textual's driver; the lab's own ends with the server.
_LAB = (
    "import os; os.environ['TEXTUAL_DRIVER'] = 'joml_tui.ui.shell.web_driver:LabWebDriver'; "
    "from joml_tui.ui.app import run_lab; raise SystemExit(run_lab())"
)


class ServingError(Exception):
    """The lab cannot be served; the message says why, and what to do."""


def serve_lab(host: str, port: int, visitors: Visitors, most_labs: int, began: Callable[[str], None]) -> None:
    """Serve the lab until Ctrl-C.

    Parameters
    ----------
    host : str
        The address to listen at.
    port : int
        Its port.
    visitors : Visitors
        Who may use it.
    most_labs : int
        Labs that may be open at once.
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

    from joml_tui.ui.shell.web_pages import SECONDS_TO_END, LabServer  # noqa: PLC0415

    url = f"http://{_in_url(host)}:{port}"
    server = LabServer(_command(), host, port, visitors, most_labs)

    def greeted(_: object) -> None:
        began(url + visitors.query)

    logging.getLogger("aiohttp.server").addFilter(_is_shown)
    try:
        # aiohttp prints its greeting once it listens, so the address can then be opened.
        web.run_app(
            server.application(),
            host=host,
            port=port,
            print=greeted,
            access_log=None,
            shutdown_timeout=SECONDS_TO_END,
        )
    except OSError as error:
        reason = error.strerror or str(error)
        is_taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
        advice = f"choose another port, such as --port {port % 65_535 + 1}" if is_taken else "choose another --host"
        raise ServingError(f"{host}, port {port}, cannot be used: {reason}; {advice}") from None


def _is_shown(record: logging.LogRecord) -> bool:
    """Return whether a message is shown: what is no HTTP, as from a port scanner, is only answered."""
    from aiohttp.http import HttpProcessingError  # noqa: PLC0415

    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _command() -> str:
    """Return the command that opens a lab, for the shell."""
    parts = [sys.executable, "-c", _LAB]
    return subprocess.list2cmdline(parts) if os.name == "nt" else f"exec {shlex.join(parts)}"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
