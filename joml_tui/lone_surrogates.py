"""Lone surrogates: Python's form of bytes in file names that are not UTF-8.

Such a text cannot be written as UTF-8 to SQLite, JSON or a file. Names, tags, notes and messages are made printable;
paths, which must still lead to their files, are escaped reversibly.
"""

from __future__ import annotations

import re
from typing import Any

_LONE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(\\|u[0-9a-f]{4})")


def printable(text: str) -> str:
    r"""Return a text with lone surrogates written as ``\xe9``, for a byte that is not UTF-8, or ``\ud800``."""
    return text if text.isascii() else _LONE.sub(_named, text)


def has_lone_surrogates(text: str) -> bool:
    """Return whether a text cannot be written as UTF-8."""
    return not text.isascii() and _LONE.search(text) is not None


def with_pairs_joined(text: str) -> str:
    r"""Return a text in which pairs such as ``\ud83e\udde0``, as JSON has them, are the characters that they mean."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def make_printable(value: Any) -> Any:
    """Return a value with all texts in lists and mappings made printable."""
    return printable(value) if isinstance(value, str) else _mapped(value, make_printable)


def escape(value: Any) -> Any:
    """Return a value with all texts escaped for UTF-8; ``restore`` reverses it."""
    if isinstance(value, str):
        return _LONE.sub(lambda match: f"\\u{ord(match[0]):04x}", value.replace("\\", "\\\\"))
    return _mapped(value, escape)


def restore(value: Any) -> Any:
    """Return the value that ``escape`` was called with."""
    if isinstance(value, str):
        return _ESCAPED.sub(lambda match: "\\" if match[1] == "\\" else chr(int(match[1][1:], 16)), value)
    return _mapped(value, restore)


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {change(key): change(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [change(each) for each in value]
    return value


def _named(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
