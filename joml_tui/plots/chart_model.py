"""The plain data of charts and pictures, which the screen and the painter process exchange."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from joml_tui.plots.palette import Ink

CurveKind = Literal["band", "whisker", "raw", "smooth", "check"]
Unit = Literal["iteration", "epoch", "seconds"]
#: The widget's actions of a click on a chart's title, and on the name of its horizontal axis.
SCALE_ACTION, UNIT_ACTION = "change_scale", "change_unit"


class Curve(Struct, frozen=True, array_like=True):
    """A curve from low to high at each of its points; nan makes a gap. Make it with `curve`.

    ``value`` is written at the right end unless it is nan. Only curves with ``scales`` affect the y axis. ``run`` is
    the place of its run in the legend, which has its name and its dashes; -1 for none.
    """

    kind: CurveKind
    colour: int
    across: bytes
    low: bytes
    high: bytes
    value: float
    scales: bool
    run: int = -1

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return positions, lows and highs, each of shape (points,)."""
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
    run: int = -1,
) -> Curve:
    """Return a curve of points, or of ranges if ``high`` is given; all three arrays have shape (points,)."""

    def packed(values: ArrayLike) -> bytes:
        return np.ascontiguousarray(values, np.float64).tobytes()

    lows = packed(low)
    return Curve(kind, colour, packed(across), lows, lows if high is None else packed(high), float(value), scales, run)


class LegendEntry(Struct, frozen=True, array_like=True):
    """A run's name and colour, its dashes (see `strokes`), and the widget's action of a click on it.

    The curves of a ``hidden`` run are left out, and its name is dimmed.
    """

    label: str
    colour: int
    stroke: int = 0
    action: str = ""
    hidden: bool = False


class Mark(Struct, frozen=True, array_like=True):
    """A remark at a position, such as "diverged at iteration 12"."""

    across: float
    text: str
    colour: int


class Best(Struct, frozen=True, array_like=True):
    """The best check of a run: position, also as text such as "at 2,870", and value."""

    across: float
    value: float
    colour: int
    where: str = ""


class Level(Struct, frozen=True, array_like=True):
    """A reference value, such as a baseline's: a labelled horizontal line."""

    value: float
    label: str


class CursorReading(Struct, frozen=True, array_like=True):
    """A run's values at the cursor: of training and of the latest check there, nan if there is none.

    ``train`` is None for figures of checks only. ``spread`` is the training value's standard deviation over replicas;
    nan if there are none.
    """

    label: str
    colour: int
    train: float | None
    check: float
    spread: float = float("nan")


class Cursor(Struct, frozen=True, array_like=True):
    """A position at which every run's values are read."""

    across: float
    heading: str
    readings: tuple[CursorReading, ...]


class Description(Struct, frozen=True, array_like=True):
    """A chart of ``width`` x ``height`` cells, whose horizontal axis is from ``first`` to ``last`` in ``unit``.

    Earlier curves of a kind cover later ones. The y axis stays within ``bounds``. ``message`` is shown if there is
    nothing to draw. ``ascii`` is for terminals with ASCII only. ``checked`` is the part of the checks. ``band`` says
    what the band around a curve is. With ``few_colours``, colours are not mixed. The y axis leaves out spikes unless it
    has the ``full_range``. With ``named``, the values at the ends of the curves have the names of their runs.
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
    band: str = ""
    few_colours: bool = False
    full_range: bool = False
    named: bool = False


class Piece(NamedTuple):
    """Characters of a row that look the same.

    Attributes
    ----------
    text : str
        Harmless: what users or files have written goes through ``text.plain`` first.
    colour, ground : int or None
        0xRRGGBB; default the widget's.
    bold : bool
    action : str
        The widget's action that a click here does, such as ``part('test')``.
    """

    text: str
    colour: int | None = None
    bold: bool = False
    ground: int | None = None
    action: str = ""


Row = tuple[Piece, ...]


class Picture(Struct, frozen=True, array_like=True):
    """A drawn chart: rows from top to bottom, each with exactly the requested width."""

    rows: tuple[Row, ...]
