"""What the terminal can show, as far as the environment tells."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class TerminalTraits:
    """What the terminal can show.

    Attributes
    ----------
    ascii : bool
        ASCII alone: no braille, no lines, no dots.
    colours : bool
    """

    ascii: bool
    colours: bool


@cache
def traits() -> TerminalTraits:
    """Read the environment, once: ``JOML_ASCII=1`` asks for ASCII."""
    return TerminalTraits(ascii=os.environ.get("JOML_ASCII", "0") not in ("", "0"), colours=True)
