"""The shapes that a figure consists of, in pixels from its top left corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
#: Where a text's point is: at its beginning, its middle or its end.
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points of shape (n, 2), each across and down; ``dashes`` are drawn and left out in turn."""

    points: Points
    colour: int
    width: float
    dashes: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """An area between two lines over the same places, all of shape (n,), in a colour that others shine through."""

    across: Points
    upper: Points
    lower: Points
    colour: int
    opacity: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    across: float
    down: float
    radius: float
    colour: int


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text on its baseline; an upright one is read from below."""

    across: float
    down: float
    text: str
    anchor: Anchor = "start"
    upright: bool = False
    bold: bool = False


Shape = Line | Band | Dot | Text


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a size in pixels; later shapes cover earlier ones."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
