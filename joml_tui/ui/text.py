"""Texts and numbers for the screen: printable, short, and with consistent decimals."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

from rich.highlighter import Highlighter
from rich.text import Text

from joml_tui.experiment import Task
from joml_tui.ui.terminal_traits import traits

#: Unprintable characters: control and format characters (escape sequences, changes of direction), lone surrogates from
#: undecodable file names, line and paragraph separators, and unassigned characters.
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: A name with a slash or a suffix, or anything up to a line's number: ``a.csv has``, ``my data.csv:2: a``.
_BEGINS_WITH_PATH = re.compile(r"\S*[/\\]|[^\s.]+\.[A-Za-z_]|[^:]+:\d+:\s")
_PRODUCT = re.compile(r"(?<=\w)·(?=\w)")
_SCORE_HEADS: dict[Task, str] = {"classes": "acc", "multilabel": "right", "regression": "R2"}


def printable(text: str) -> str:
    """Return ``text`` with control characters replaced; its length is the same."""
    return "".join(_REPLACEMENT if unicodedata.category(character) in _UNSHOWN else character for character in text)


def plain(text: str, limit: int = 200) -> str:
    """Return ``text`` as one printable line of at most ``limit`` characters."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text  # as nearly all cells of tables are, many times a second
    shortened = text if len(text) <= limit else text[: limit - 1] + "…"
    return printable(" ".join(shortened.splitlines()))


def sentence(message: str, limit: int = 300) -> str:
    """Return a message as one printable line, capitalised unless it begins with a path."""
    shown = plain(message, limit)
    return shown if _BEGINS_WITH_PATH.match(shown) else shown[:1].upper() + shown[1:]


def plain_lines(text: str, limit: int = 20_000) -> str:
    """Return ``text`` with printable lines, limited to its last ``limit`` characters."""
    shortened = text if len(text) <= limit else "…" + text[-limit:]
    return "\n".join(printable(line.expandtabs(4)) for line in shortened.splitlines())


def formula_text(text: str) -> str:
    """Return a text with terms such as "x1²" and "x1·x2", as "x1^2" and "x1*x2" if the terminal has ASCII only."""
    return _PRODUCT.sub("*", text).replace("²", "^2") if traits().ascii else text


class Printable(Highlighter):
    """A highlighter that shows an entry's text without control characters."""

    def __call__(self, text: str | Text) -> Text:
        """Return the text to show, of the same length, so that the cursor is at the right place."""
        return Text(printable(str(text)), no_wrap=True, overflow="ignore", end="")

    def highlight(self, text: Text) -> None:
        """Leave the text without colours."""


def count(value: int) -> str:
    """Return a whole number as text: ``12,345``."""
    return f"{value:,}"


def cost(value: float | None) -> str:
    """Return a cost with four decimals, or with an exponent if large or small; a dash for None."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "inf" if value > 0 else "nan"
    return f"{value:.4f}" if value == 0 or 1e-4 <= abs(value) < 1e4 else f"{value:.2e}"


def share(value: float | None) -> str:
    """Return an accuracy in per cent, ``93.21 %``; a dash for None."""
    return f"{100 * value:.2f} %" if value is not None and math.isfinite(value) else "–"


def score(value: float | None, task: Task) -> str:
    """Return a task's score: an accuracy in per cent, R2 as a number, ``0.9321``; a dash for None."""
    if task != "regression":
        return share(value)
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.3g}"


def score_head(tasks: Iterable[Task]) -> str:
    """Return the short name of the tasks' scores for a column's title: acc, R2, or acc/R2."""
    present = set(tasks)
    return "/".join(name for task, name in _SCORE_HEADS.items() if task in present) or _SCORE_HEADS["classes"]


def rate(value: float | None) -> str:
    """Return steps per second, ``15,300``; a dash for None."""
    return f"{value:,.0f}" if value is not None and math.isfinite(value) and value > 0 else "–"


def duration(seconds: float | None) -> str:
    """Return a duration: ``0.84 s``, ``12.3 s``, ``1:23``, ``1:02:03``; a dash for None."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def measured(value: float) -> str:
    """Return a figure in the units of the data with five digits, ``17,666``, or with an exponent if very large."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.5g}"


def number(value: float) -> str:
    """Return the shortest text of a setting that reads back: ``0.002``, ``1e-08``."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


def bar(progress: float, width: int) -> str:
    """Return a bar filled to ``progress``, from 0 to 1."""
    full = round(width * min(max(progress, 0.0), 1.0))
    return "━" * full + "─" * (width - full)
