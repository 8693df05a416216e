"""How texts and numbers look on the screen: harmless, short, and with the same decimals everywhere."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

from rich.highlighter import Highlighter
from rich.text import Text

from joml_tui.experiment import Task

#: What cannot be shown: control and format characters (escape sequences, changes of direction), halves of
#: surrogates from undecodable file names, line and paragraph separators, and characters without a meaning.
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: A name with a slash or a suffix, or anything up to a line's number: ``a.csv has``, ``my data.csv:2: a``.
_BEGINS_WITH_PATH = re.compile(r"\S*[/\\]|[^\s.]+\.[A-Za-z_]|[^:]+:\d+:\s")
_SCORE_HEADS: dict[Task, str] = {"classes": "acc", "multilabel": "right", "regression": "R2"}


def printable(text: str) -> str:
    """Return ``text`` with each character that a terminal could obey replaced; its length stays."""
    return "".join(_REPLACEMENT if unicodedata.category(character) in _UNSHOWN else character for character in text)


def plain(text: str, limit: int = 200) -> str:
    """Return ``text`` as one harmless line of at most ``limit`` characters."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text  # as nearly all cells of tables are, many times a second
    shortened = text if len(text) <= limit else text[: limit - 1] + "…"
    return printable(" ".join(shortened.splitlines()))


def sentence(message: str, limit: int = 300) -> str:
    """Return a message as one harmless line that begins with a capital, or with the path that it is about as it is."""
    shown = plain(message, limit)
    return shown if _BEGINS_WITH_PATH.match(shown) else shown[:1].upper() + shown[1:]


def plain_lines(text: str, limit: int = 20_000) -> str:
    """Return ``text`` harmless, its line breaks kept and its beginning left out beyond ``limit`` characters."""
    shortened = text if len(text) <= limit else "…" + text[-limit:]
    return "\n".join(printable(line.expandtabs(4)) for line in shortened.splitlines())


class Printable(Highlighter):
    """Shows the text of an entry without the characters that a terminal could obey."""

    def __call__(self, text: str | Text) -> Text:
        """Return the text to show; as long as the one given, so that the cursor stands right."""
        return Text(printable(str(text)), no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Leave the text without colours."""


def count(value: int) -> str:
    """Write a whole number, ``12,345``."""
    return f"{value:,}"


def cost(value: float | None) -> str:
    """Write a cost with four decimals; large and small ones with an exponent; nothing known as a dash."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "inf" if value > 0 else "nan"
    return f"{value:.4f}" if value == 0 or 1e-4 <= abs(value) < 1e4 else f"{value:.2e}"


def share(value: float | None) -> str:
    """Write an accuracy in per cent, ``93.21 %``; nothing known as a dash."""
    return f"{100 * value:.2f} %" if value is not None and math.isfinite(value) else "–"


def score(value: float | None, task: Task) -> str:
    """Write a task's score: a share right in per cent, R2 as a number, ``0.9321``; nothing known as a dash."""
    if task != "regression":
        return share(value)
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.3g}"


def score_head(tasks: Iterable[Task]) -> str:
    """Name the scores of tasks as briefly as a column's head has room: acc, R2, acc/R2 where they differ."""
    present = set(tasks)
    return "/".join(name for task, name in _SCORE_HEADS.items() if task in present) or _SCORE_HEADS["classes"]


def rate(value: float | None) -> str:
    """Write steps per second, ``15,300``; nothing known as a dash."""
    return f"{value:,.0f}" if value is not None and math.isfinite(value) and value > 0 else "–"


def duration(seconds: float | None) -> str:
    """Write a time: ``0.84 s``, ``12.3 s``, ``1:23``, ``1:02:03``; nothing known as a dash."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: float) -> str:
    """Write a setting as short as it reads back: ``0.002``, ``1e-08``."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


def bar(progress: float, width: int) -> str:
    """Draw a bar that is filled to ``progress``, 0 to 1."""
    full = round(width * min(max(progress, 0.0), 1.0))
    return "━" * full + "─" * (width - full)
