"""What a chart shows, and the picture made of it: plain data that crosses from the screen to the painter and back."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from joml_tui.plots.palette import Ink

CurveKind = Literal["band", "whisker", "raw", "smooth", "check"]
Unit = Literal["iteration", "epoch", "seconds"]


class Curve(Struct, frozen=True, array_like=True):
    """One curve, from low to high in each of its points across; nan leaves a gap. Make it with `curve`.

    ``value`` is written at the right end; nan is not. Only curves with ``scales`` decide the limits of the y axis.
    """

    kind: CurveKind
    colour: int
    across: bytes
    low: bytes
    high: bytes
    value: float
    scales: bool

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Unpack places across, lows and highs, each of shape (points,)."""
        across, low, high = (np.frombuffer(part, np.float64) for part in (self.across, self.low, self.high))
        return across, low, high


def curve(
    kind: CurveKind,
    colour: int,
    across: ArrayLike,
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
    return Curve(kind, colour, packed(across), lows, lows if high is None else packed(high), float(value), scales)


class LegendEntry(Struct, frozen=True, array_like=True):
    """A run's name and colour."""

    label: str
    colour: int


class Mark(Struct, frozen=True, array_like=True):
    """A remark at a place across, such as "diverged at iteration 12"."""

    across: float
    text: str
    colour: int


class Best(Struct, frozen=True, array_like=True):
    """The best check of a run, where it lies and how good it was."""

    across: float
    value: float
    colour: int


class Level(Struct, frozen=True, array_like=True):
    """A value that curves are held against, such as a baseline's: a labelled line from side to side."""

    value: float
    label: str


class CursorReading(Struct, frozen=True, array_like=True):
    """A run's values at the cursor: of its training and of its latest check there, nan where there is none.

    ``train`` is None of what is measured at checks alone.
    ``spread`` is the standard deviation of the training's over replicas; nan where there are none.
    """

    label: str
    colour: int
    train: float | None
    check: float
    spread: float = float("nan")


class Cursor(Struct, frozen=True, array_like=True):
    """A place across at which every run's values are read."""

    across: float
    heading: str
    readings: tuple[CursorReading, ...]


class Description(Struct, frozen=True, array_like=True):
    """A chart of ``width`` x ``height`` cells from ``first`` to ``last`` of what is counted in ``unit``.

    Earlier curves of a kind lie over later ones. ``bounds`` are limits that the y axis never leaves. ``message`` is
    shown when there is no point to draw. ``ascii`` is for terminals without other characters. ``checked`` says which
    part of the samples the checks are of.
    """

    title: str
    width: int
    height: int
    last: float
    ink: Ink
    curves: tuple[Curve, ...] = ()
    legend: tuple[LegendEntry, ...] = ()
    marks: tuple[Mark, ...] = ()
    log: bool = False
    bounds: tuple[float, float] | None = None
    message: str = ""
    first: float = 0.0
    unit: Unit = "iteration"
    best: tuple[Best, ...] = ()
    levels: tuple[Level, ...] = ()
    cursor: Cursor | None = None
    ascii: bool = False
    checked: str = "test"


Run = tuple[str, int, bool]
"""Characters of one colour (0xRRGGBB), bold or not."""

Row = tuple[Run, ...]


class Picture(Struct, frozen=True, array_like=True):
    """A drawn chart: rows from top to bottom, each exactly as wide as asked for."""

    rows: tuple[Row, ...]
