"""The first line of a chart: its title, what is drawn, and the runs by colour, dashes and name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from joml_tui.plots.axes import number_text
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import SCALE_ACTION, Description, LegendEntry
from joml_tui.plots.label_text import cells_of, shortened, tail_of
from joml_tui.plots.palette import Ink
from joml_tui.plots.strokes import check_sign, sample_of

BEST_POINT = "◆"
_BAND = "⢕"  # as the band is shaded
_CHECK_POINT = check_sign(0)
_LEAST_NAME = 6
_NAME = 18  # where there is more than the most important to explain
_ONLY_NAME = 32
_HIDDEN = "□"
_GAP = "   "


def draw_legend(canvas: Canvas, description: Description, column: int) -> None:
    """Write the title from a column on, then as many explanations as leave room for the runs, then the runs."""
    ink = description.ink
    start, column = column, canvas.write(0, column, description.title, ink.text, bold=True)
    canvas.make_clickable(0, start, 1, column - start, SCALE_ACTION)
    for place, texts in enumerate(_explanations(description)):
        room = canvas.width - column - 2 * len(_GAP) - _needed(description, _NAME if place else _LEAST_NAME)
        fitting = next((text for text in texts if cells_of(text) <= room), None)
        if fitting is None:
            break
        column = canvas.write(0, column, f"{_GAP}{fitting}", ink.muted)
    _draw_runs(canvas, description, column + len(_GAP))


def _explanations(description: Description) -> list[tuple[str, ...]]:
    """Return what the lines, points and bands are, the most important first, each in its forms from long to short."""
    kinds = {curve.kind for curve in description.curves}
    texts: list[tuple[str, ...]] = []
    if "check" in kinds:
        trained = "━ train  " if kinds & {"raw", "smooth"} else ""  # a metric is measured at checks only
        checks = f"{_CHECK_POINT} {description.checked}"
        texts.append((f"{trained}{checks}", checks))
    if description.best:
        texts.append(_best_texts(description))
    if "band" in kinds and description.band:
        texts.append((f"{_BAND} {description.band}",))
    return texts


def _best_texts(description: Description) -> tuple[str, ...]:
    """Return the meaning of the best point, with its value and place if there is one run."""
    text = f"{BEST_POINT} best {description.checked}"
    if len(description.legend) > 1:
        return (text,)
    best = description.best[0]
    valued = f"{text} {number_text(best.value)}"
    return f"{valued} {best.where}".rstrip(), valued, text


def _needed(description: Description, name: int) -> int:
    """Return the cells that the runs need with so many cells for each name."""
    entries = description.legend
    cells = _ONLY_NAME if len(entries) == 1 else name
    return sum(_around(entry, description) + min(cells, cells_of(entry.label)) for entry in entries)


def _sign(entry: LegendEntry, description: Description) -> str:
    few = description.few_colours and len(description.legend) > 1
    sign = sample_of(entry.stroke) + check_sign(entry.stroke) if few else "■"
    return _HIDDEN.ljust(len(sign)) if entry.hidden else sign


def _around(entry: LegendEntry, description: Description) -> int:
    """Return the cells of a run's sign and of the blanks around its name."""
    return len(_sign(entry, description)) + 3


def _draw_runs(canvas: Canvas, description: Description, column: int) -> None:
    """Write the names of as many runs as fit, or only their numbers if there is little room; a click acts."""
    entries, ink = description.legend, description.ink
    fitting = _fitting(description, canvas.width - column)
    longest = canvas.width if fitting == len(entries) else _LEAST_NAME
    around = sum(_around(entry, description) for entry in entries[:fitting])
    names = _names([entry.label for entry in entries[:fitting]], canvas.width - column - around, longest)
    for entry, name in zip(entries[:fitting], names, strict=True):
        start = column
        column = canvas.write(0, column, f"{_sign(entry, description)} ", ink.muted if entry.hidden else entry.colour)
        column = canvas.write(0, column, name, _name_colour(entry, ink))
        if entry.action:
            canvas.make_clickable(0, start, 1, column - start, entry.action)
        column += 2
    if fitting < len(entries):
        canvas.write(0, column, _more(len(entries) - fitting), ink.muted)


def _names(labels: Sequence[str], cells: int, longest: int) -> list[str]:
    """Return the names as they fit: the long ones get the cells that the short ones leave."""
    names = dict.fromkeys(range(len(labels)), "")
    for done, place in enumerate(sorted(names, key=lambda each: cells_of(labels[each]))):
        names[place] = shortened(labels[place], min(longest, cells // (len(labels) - done)))
        cells -= cells_of(names[place])
    for place, name in names.items():  # what later ones have left is for those that were cut before
        names[place] = shortened(labels[place], min(longest, cells_of(name) + cells))
        cells -= cells_of(names[place]) - cells_of(name)
    return list(names.values())


def _name_colour(entry: LegendEntry, ink: Ink) -> int:
    return ink.muted if entry.hidden else ink.text


def _fitting(description: Description, cells: int) -> int:
    """Return the number of runs whose names fit into the cells, together with the count of the others."""
    entries = description.legend
    if len(entries) == 1:
        return int(cells > _around(entries[0], description))
    ends = list(
        accumulate(min(_LEAST_NAME, cells_of(tail_of(each.label))) + _around(each, description) for each in entries)
    )
    if ends and ends[-1] > cells:
        cells -= len(_more(len(entries)))
    return sum(end <= cells for end in ends)


def _more(count: int) -> str:
    return f"+{count}"
