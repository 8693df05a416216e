r"""Text that cannot command a terminal: control characters are written as escapes, such as ``\x1b``.

Names, labels, notes and cells come from files of any origin. A terminal obeys the control sequences in them: it copies
to the clipboard, moves the cursor, changes the direction of writing, or hides text.
"""

from __future__ import annotations

import re
from typing import Any

#: Control characters except line feed and tab, changes of direction, invisible characters, line and paragraph
#: separators, and lone surrogates. The joiners of letters and emoji stay.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_LAST_BYTE, _LAST_OF_FOUR = 0xFF, 0xFFFF


def escaped(text: str) -> str:
    r"""Return a text with control characters as escapes of Python and YAML: ``\x1b``, ``\u202e``.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Line feeds and tabs stay.
    """
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_escape, text)


def escaped_json(document: str) -> str:
    r"""Return a JSON document with control characters inside its texts as JSON escapes, so that it means the same.

    Parameters
    ----------
    document : str

    Returns
    -------
    str
    """
    return document if document.isascii() and "\x7f" not in document else _HIDDEN.sub(_escape_json, document)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # Python's form of a byte that is not UTF-8
        code -= 0xDC00
    if code <= _LAST_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR else f"\\U{code:08x}"


def _escape_json(match: re.Match[str]) -> str:
    pair = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pair[place : place + 2].hex()}" for place in range(0, len(pair), 2))


class TerminalOutput:
    """A text stream to a terminal that escapes control characters, whoever writes.

    Parameters
    ----------
    stream : text stream
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text with its control characters as escapes."""
        self._stream.write(escaped(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write texts one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
