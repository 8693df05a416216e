"""The visitors of a lab in a browser: their token, the pages that they come from, and the pages' sizes."""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

#: The widest and the highest page, in cells; a wall of screens has less.
_MOST_COLUMNS, _MOST_ROWS = 1_000, 400
_LEAST = 1
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True)
class Visitors:
    """The token of a server, which its owner alone is shown, at the end of the address.

    Without it, every user of the machine could read and write the owner's files. A browser that has opened the address
    keeps the token as a cookie, for the page's websocket and when the page is loaded again.

    Attributes
    ----------
    port : int
        The server's port, which cookies of this machine do not tell apart.
    token : str
        Drawn at random by default; empty where none is needed.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return f"joml-lab-{self.port}"

    @property
    def query(self) -> str:
        """The end of the address that is opened, with the token."""
        return f"/?token={self.token}" if self.token else ""

    def admits(self, *given: str | None) -> bool:
        """Return whether one of the given texts, of the address and of the cookie, is the token."""
        token = self.token.encode()
        return not token or any(secrets.compare_digest(text.encode(), token) for text in given if text is not None)


def is_of_this_machine(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_ask(host: str, origin: str | None, *, local: bool, websocket: bool = False) -> bool:
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
    websocket : bool, default False
        Whether the request opens a websocket; every browser names the page then.

    Returns
    -------
    bool
    """
    named = _HOST.fullmatch(host)
    if named is None or (local and not is_of_this_machine(named["name"].strip("[]"))):
        return False
    if origin is None:
        return not websocket
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


def page_size(width: Any, height: Any) -> tuple[int, int]:
    """Return a page's size in cells, within what a screen can have; 80 and 24 for what is no number.

    Parameters
    ----------
    width, height : object
        As the page says them.

    Returns
    -------
    width, height : int
    """
    return _within(width, 80, _MOST_COLUMNS), _within(height, 24, _MOST_ROWS)


def _within(value: Any, default: int, most: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return min(max(number, _LEAST), most)
