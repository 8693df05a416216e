"""What the terminal can show, as far as the environment and the settings tell."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from joml_tui.user_settings import UserSettings

# Rich draws with the terminal's sixteen colours where nothing tells of more, and so do we.
_COLOUR_SYSTEMS = {"truecolor": 2**24, "256": 256, "standard": 16, "windows": 16}
_WITHOUT_COLOURS = ("vt", "dumb", "unknown")
# Their fonts have no braille.
_ASCII_TERMINALS = ("linux", "vt", "dumb", "unknown")


@dataclass(frozen=True, slots=True)
class TerminalTraits:
    """What the terminal can show.

    Attributes
    ----------
    ascii : bool, default False
        ASCII alone: no braille, no lines, no dots.
    colours : int, default 2**24
        How many colours it has: 0, 16, 256 or 2**24.
    quiet : bool, default False
        No animations, and fewer frames, as over SSH.
    """

    ascii: bool = False
    colours: int = 2**24
    quiet: bool = False

    @property
    def few_colours(self) -> bool:
        """Whether grounds hardly differ, so that what has the keys is told by reversed letters."""
        return self.colours <= 16


_decided: TerminalTraits | None = None


def traits() -> TerminalTraits:
    """Return the terminal's traits as decided when the lab opened; before that, what the environment tells."""
    return _read(UserSettings(), os.environ) if _decided is None else _decided


def decide(settings: UserSettings, environment: Mapping[str, str] = os.environ) -> TerminalTraits:
    """Read the terminal's traits, for as long as the lab is open.

    ``JOML_ASCII=1`` asks for ASCII, as does a locale of another encoding than UTF-8, and ``NO_COLOR`` for no colours.
    """
    global _decided  # noqa: PLW0603 - a process has one terminal
    _decided = _read(settings, environment)
    return _decided


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
    """Return whether the locale leaves the terminal UTF-8; one that says nothing does, as Python takes it too."""
    named = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    _, _, encoding = named.partition(".")
    if (encoding and not encoding.lower().startswith("utf")) or named in ("C", "POSIX"):
        return False
    # The lab writes there; what that cannot encode would arrive as escapes.
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
