"""Pictures of data: points of the plane, images, the sizes of the classes, or the distribution of values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from joml_tui.alignment import align_left, align_right
from joml_tui.plots.canvas import DOTS_ACROSS, DOTS_DOWN, Canvas
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.label_text import plain
from joml_tui.plots.palette import Ink, curve_colour, mix

Values = NDArray[np.float64]

_RAMP_STEPS = 8
#: Up to this number, points are as large as letters.
_FEW_POINTS = 120
_WIDEST_NAME = 20
_THICKEST_BAR = 5
#: Rows of a class from which on two blank ones are between the bars.
_ROOMY = 6
_BLOCKS = " ▁▂▃▄▅▆▇█"


def draw_points(
    points: Values, labels: Values, width: int, height: int, ink: Ink, *, dark: bool, classes: int
) -> tuple[Row, ...]:
    """Return a scatter of samples, coloured by class, or by value from 0 to 1 if there are no classes.

    Parameters
    ----------
    points : (2, samples) array
    labels : (samples,) array
        Numbers of classes, or values from 0 to 1.
    width, height : int
        In cells.
    ink : Ink
    dark : bool
    classes : int
        0 for values.
    """
    canvas = Canvas(width, height, ink.text)
    few = points.shape[1] <= _FEW_POINTS
    wide, high = (width, height) if few else (width * DOTS_ACROSS, height * DOTS_DOWN)
    low, top = points.min(axis=1), points.max(axis=1)
    reach = np.where(top > low, top - low, 1.0)
    across = np.rint((points[0] - low[0]) / reach[0] * (wide - 1)).astype(np.intp)
    down = np.rint((top[1] - points[1]) / reach[1] * (high - 1)).astype(np.intp)
    groups = labels.astype(np.intp) if classes else np.rint(labels * (_RAMP_STEPS - 1)).astype(np.intp)
    if few:
        for row, column, group in zip(down.tolist(), across.tolist(), groups.tolist(), strict=True):
            canvas.write(row, column, "●", _colour_of(group, classes, dark=dark))
        return canvas.rows()
    for group in np.unique(groups).tolist():
        dots = np.zeros((high, wide), np.bool_)
        dots[down[groups == group], across[groups == group]] = True
        canvas.draw_dots(0, 0, dots, _colour_of(group, classes, dark=dark))
    return canvas.rows()


def _colour_of(group: int, classes: int, *, dark: bool) -> int:
    if classes:
        return curve_colour(group, dark=dark)
    return mix(curve_colour(0, dark=dark), curve_colour(1, dark=dark), group / (_RAMP_STEPS - 1))


def draw_range(name: str, low: float, high: float, width: int, ink: Ink) -> Row:
    """Return a line below a picture: what lies along it, between its range from low to high.

    Parameters
    ----------
    name : str
    low, high : float
        At the corners of the picture.
    width : int
        In cells; where there is no room for all, the name is left out, and then the range too.
    ink : Ink

    Returns
    -------
    Row
    """
    ends = _short(low), _short(high)
    room = width - len(ends[0]) - len(ends[1]) - 4
    if room < 0:
        return ()
    shown = plain(name, room).center(room) if room else ""
    return (Piece(f"{ends[0]}  {shown}  {ends[1]}", ink.muted),)


def describe_range(name: str, low: float, high: float) -> str:
    """Return a phrase such as "x2 from -1 to 1".

    Parameters
    ----------
    name : str
    low, high : float

    Returns
    -------
    str
    """
    return f"{name} from {_short(low)} to {_short(high)}"


def _short(value: float) -> str:
    """Return a number with three significant digits, without an exponent where it is usual."""
    rounded = float(f"{value:.3g}") + 0.0  # no negative zero
    return f"{rounded:,.15g}" if 1e-4 <= abs(rounded) < 1e9 or not rounded else f"{rounded:g}"


def draw_images(images: Values, width: int, height: int, ink: Ink) -> tuple[Row, ...]:
    """Return images side by side in rows, two pixels in each cell, as many as fit.

    Parameters
    ----------
    images : (images, side, side) array
        Brightness from 0 to 1.
    width, height : int
        In cells.
    ink : Ink
    """
    canvas = Canvas(width, height, ink.text)
    side = images.shape[1]
    scale = max(1, min(2, height * 2 // (side + 1)))
    tall = (side * scale + 1) // 2
    across = max(1, (width + 2) // (side * scale + 2))
    for place, image in enumerate(images):
        row, column = (place // across) * (tall + 1), (place % across) * (side * scale + 2)
        if row + tall > height:
            break
        dots = np.kron(image, np.ones((scale, scale)))
        if len(dots) % 2:
            dots = np.vstack([dots, np.zeros((1, dots.shape[1]))])
        levels = np.rint(dots * 15).astype(np.int64)
        shades = np.array([mix(ink.background, ink.text, level / 15) for level in range(16)], np.int64)
        canvas.paint(row, column, shades[levels])
    return canvas.rows()


def draw_counts(names: Sequence[str], counts: Sequence[int], total: int, width: int, height: int, ink: Ink, *,
                dark: bool) -> tuple[Row, ...]:  # fmt: skip
    """Return a bar for each class, with its number of samples and its share.

    Parameters
    ----------
    names : sequence of str
    counts : sequence of int
    total : int
        The number of all samples.
    width, height : int
        In cells; if there are more classes than rows, the last row gives the number of the others.
    ink : Ink
    dark : bool
    """
    shown = len(names) if len(names) <= height else max(0, height - 1)
    if not shown:
        return ((Piece(f"{len(names):,} classes", ink.muted),),)
    apart = height >= 3 * shown
    gap = 2 if (height + 2) // shown >= _ROOMY else 1
    thick = max(1, min(_THICKEST_BAR, (height + gap) // shown - gap)) if apart else 1
    name_width = min(_WIDEST_NAME, max(map(len, names[:shown])))
    figures = [f"{count:,} · {100 * count / max(1, total):.1f} %" for count in counts[:shown]]
    room = max(4, width - name_width - max(map(len, figures)) - 4)
    most = max(1, *counts)
    rows: list[Row] = []
    for place in range(shown):
        halves = round(2 * room * counts[place] / most)
        bar = "█" * (halves // 2) + "▌" * (halves % 2)
        if apart and place:
            rows += [()] * gap
        drawn = Piece(align_left(bar, room), curve_colour(place, dark=dark))
        beside = [(Piece(" " * (name_width + 2)), drawn)]
        rows += beside * ((thick - 1) // 2)
        rows.append(
            (
                Piece(f"{align_left(plain(names[place], name_width), name_width)}  ", ink.muted),
                drawn,
                Piece(f"  {align_right(figures[place], max(map(len, figures)))}", ink.text),
            )
        )
        rows += beside * (thick // 2)
    if shown < len(names):
        rows.append((Piece(f"and {len(names) - shown:,} more classes", ink.muted),))
    return tuple(rows)


def draw_distribution(counts: Values, width: int, height: int, ink: Ink, *, dark: bool) -> tuple[Row, ...]:
    """Return a histogram of values, as wide and high as the picture.

    Parameters
    ----------
    counts : (bins,) array
    width, height : int
        In cells.
    ink : Ink
    dark : bool
    """
    canvas = Canvas(width, height, ink.text)
    each = max(1, width // len(counts))
    most = max(1.0, float(counts.max()))
    for place, count in enumerate(counts.tolist()):
        eighths = round(8 * height * count / most)
        for row in range(height):
            level = min(8, max(0, eighths - 8 * (height - 1 - row)))
            canvas.write(row, place * each, _BLOCKS[level] * each, curve_colour(0, dark=dark))
    return canvas.rows()
