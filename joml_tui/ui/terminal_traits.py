"""The terminal's capabilities, from the environment and the settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from joml_tui.user_settings import UserSettings

# Like Rich, use sixteen colours if no more are announced.
_COLOUR_SYSTEMS = {"truecolor": 2**24, "256": 256, "standard": 16, "windows": 16}
_WITHOUT_COLOURS = ("vt", "dumb", "unknown")
# Their fonts have no braille.
_ASCII_TERMINALS = ("linux", "vt", "dumb", "unknown")


@dataclass(frozen=True, slots=True)
class TerminalTraits:
    """The capabilities of the terminal.

    Attributes
    ----------
    ascii : bool, default False
        Whether to use only ASCII: no braille, lines or dots.
    colours : int, default 2**24
        Number of colours: 0, 16, 256 or 2**24.
    quiet : bool, default False
        No animations, and fewer frames, as over SSH.
    """

    ascii: bool = False
    colours: int = 2**24
    quiet: bool = False

    @property
    def few_colours(self) -> bool:
        """Return whether backgrounds hardly differ, so that the focus is shown by reversed text."""
        return self.colours <= 16


_decided: TerminalTraits | None = None


def traits() -> TerminalTraits:
    """Return the terminal's traits as decided at the lab's start; before that, from the environment."""
    return _read(UserSettings(), os.environ) if _decided is None else _decided


def decide(settings: UserSettings, environment: Mapping[str, str] = os.environ) -> TerminalTraits:
    """Decide the terminal's traits for the whole session.

    ``JOML_ASCII=1`` or a locale without UTF-8 means ASCII, and ``NO_COLOR`` means no colours.
    """
    global _decided  # noqa: PLW0603 - a process has one terminal
    _decided = _read(settings, environment)
    return _decided


def draw_on_terminal() -> None:
    """Have the lab drawn where standard output goes if standard error, on which Textual draws, is no terminal."""
    if sys.__stderr__ is not None and not sys.__stderr__.isatty() and sys.stdout.isatty():
        os.dup2(sys.stdout.fileno(), sys.__stderr__.fileno())


def _read(settings: UserSettings, environment: Mapping[str, str]) -> TerminalTraits:
    term = environment.get("TERM", "").lower()
    asked = environment.get("JOML_ASCII", "")
    without_more = term.startswith(_ASCII_TERMINALS) or not _is_utf8(environment)
    ascii_alone = settings.ascii or (asked != "0" if asked else without_more)
    return TerminalTraits(
        ascii=ascii_alone,
        colours=_colours(term, environment),
        quiet=settings.quiet or bool({"SSH_CONNECTION", "SSH_TTY"} & environment.keys()),
    )


def _is_utf8(environment: Mapping[str, str]) -> bool:
    """Return whether the locale uses UTF-8, which is the default as in Python."""
    named = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    _, _, encoding = named.partition(".")
    if (encoding and not encoding.lower().startswith("utf")) or named in ("C", "POSIX"):
        return False
    # The lab writes to this stream; characters that it cannot encode would become escapes.
    return sys.__stderr__ is None or sys.__stderr__.encoding.lower().startswith("utf")


def _colours(term: str, environment: Mapping[str, str]) -> int:
    if "NO_COLOR" in environment:
        return 0
    forced = _COLOUR_SYSTEMS.get(environment.get("TEXTUAL_COLOR_SYSTEM", ""))
    if forced is not None:
        return forced
    if term.startswith(_WITHOUT_COLOURS) or term.endswith(("-m", "-mono")):
        return 0
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or (os.name == "nt" and not term):
        return 2**24
    return 256 if term.endswith(("256color", "kitty")) else 16
