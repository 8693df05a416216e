"""What a chart shows, and the picture made of it: plain data that crosses from the screen to the painter and back."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from joml_tui.charts.palette import Ink

CurveKind = Literal["raw", "smooth", "test"]


class Curve(Struct, frozen=True, array_like=True):
    """One curve by iteration, from low to high in each of its points; nan leaves a gap. Make it with `curve`.

    ``value`` is written at the right end; nan is not. Only curves with ``scales`` decide the limits of the y axis.
    """

    kind: CurveKind
    colour: int
    iteration: bytes
    low: bytes
    high: bytes
    value: float
    scales: bool

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Unpack iterations, lows and highs, each of shape (points,)."""
        iteration, low, high = (np.frombuffer(part, np.float64) for part in (self.iteration, self.low, self.high))
        return iteration, low, high


def curve(
    kind: CurveKind,
    colour: int,
    iteration: ArrayLike,
    low: ArrayLike,
    high: ArrayLike | None = None,
    *,
    value: float = float("nan"),
    scales: bool = True,
) -> Curve:
    """Make a curve of points, or of columns when ``high`` is given; all three of shape (points,)."""

    def packed(values: ArrayLike) -> bytes:
        return np.ascontiguousarray(values, np.float64).tobytes()

    lows = packed(low)
    return Curve(kind, colour, packed(iteration), lows, lows if high is None else packed(high), float(value), scales)


class LegendEntry(Struct, frozen=True, array_like=True):
    """A run's name and colour."""

    label: str
    colour: int


class Mark(Struct, frozen=True, array_like=True):
    """A remark at an iteration, such as "diverged at iteration 12"."""

    iteration: int
    text: str
    colour: int


class Description(Struct, frozen=True, array_like=True):
    """A chart of ``width`` x ``height`` cells over iterations 1 to ``last``.

    Earlier curves of a kind lie over later ones. ``bounds`` are limits that the y axis never leaves. ``message`` is
    shown when there is no point to draw.
    """

    title: str
    width: int
    height: int
    last: int
    ink: Ink
    curves: tuple[Curve, ...] = ()
    legend: tuple[LegendEntry, ...] = ()
    marks: tuple[Mark, ...] = ()
    log: bool = False
    bounds: tuple[float, float] | None = None
    message: str = ""


Run = tuple[str, int, bool]
"""Characters of one colour (0xRRGGBB), bold or not."""

Row = tuple[Run, ...]


class Picture(Struct, frozen=True, array_like=True):
    """A drawn chart: rows from top to bottom, each exactly as wide as asked for."""

    rows: tuple[Row, ...]
