"""The panel of decision regions, or of the values of a regression, with samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from joml_tui.inspect import Answer
from joml_tui.inspect.regions import Points, Regions, RegionsNow
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink, curve_colour, mix
from joml_tui.ui import text
from joml_tui.ui.inside.panel import Doing, InsidePanel
from joml_tui.ui.inside.shading import Shading, shading_of
from joml_tui.ui.inside.tints import characters, narrow, resampled, tinted, tints

_LEGEND = 30
_LEGEND_BELOW = 60  # so narrow that the legend goes below
_LONGEST = 1.5  # the picture's width in its heights at most
_STRENGTH = 0.62
_TEXTURES = {Shading.TEXTURES: " ▒░▓:+=%", Shading.ASCII: ".#-=:+%*"}
_RAMP = " .:-=+*#%@"
_SHOWN = ("all", "the wrong ones", "none")
_MARKS = {Shading.COLOURS: ("•", "○", "×"), Shading.TEXTURES: ("A", "a", "X"), Shading.ASCII: ("A", "a", "X")}


class RegionsPanel(InsidePanel):
    """The network's predictions over the plane of two features."""

    HELP = (
        "The class that the network predicts at each point of the plane; the paler, the less certain. Dots are "
        "training samples, rings test samples, crosses wrong ones. Values go from the lowest colour to the highest. "
        "Space shows all samples, the wrong ones or none, c switches between colours and characters, up and down "
        "choose an output. Needs two features."
    )
    title: ClassVar[str] = "Regions"
    purpose: ClassVar[str] = "the class it predicts at every point of the plane, while it learns"
    first_of_planes: ClassVar[bool] = True

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now: RegionsNow | None = None
        self._shown = self._output = 0
        self._shading: Shading | None = None

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Say what the keys do."""
        return {
            "up": partial(self.action_output, -1),
            "down": partial(self.action_output, 1),
            "choice": self.action_points,
            "shading": self.action_shading,
        }

    def question(self) -> Regions:
        """Return the question about as many dots as fit."""
        size = self.size or self.app.size  # nothing is shown before the first answer
        columns, rows = plot_size(size.width - 1, size.height)
        return Regions(columns, 2 * rows, max(24, columns * rows // 12), self._output)

    def show_answer(self, answer: Answer) -> None:
        """Draw the answer."""
        if isinstance(answer, RegionsNow):
            self._now = answer
            self.redraw()

    def forget(self) -> None:
        """Begin with an empty plane."""
        self._now = None

    def on_resize(self) -> None:
        """Draw the present answer in the new size, and ask for matching dots."""
        super().on_resize()
        self.ask_again()

    def action_points(self) -> None:
        """Cycle between all samples, only wrong ones, and none."""
        self._shown = (self._shown + 1) % len(_SHOWN)
        self.redraw()

    def action_shading(self) -> None:
        """Toggle between colours and textures."""
        self._shading = Shading((self._shaded + 1) % len(Shading))
        self.redraw()

    def action_output(self, by: int) -> None:
        """Show another answer or value, where there are several."""
        if self._now is not None and self._now.task != "classes":
            self._output = max(0, self._output + by)
            self.ask_again()

    @property
    def _shaded(self) -> Shading:
        return shading_of() if self._shading is None else self._shading

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Draw the plane, and what its colours and marks mean beside it or below."""
        if self._now is None:
            return ()
        return draw_regions(self._now, width, height, ink, dark=dark, shading=self._shaded, shown=self._shown)


def plot_size(width: int, height: int) -> tuple[int, int]:
    """Return the columns and rows of cells that the picture of the plane takes."""
    if width < _LEGEND_BELOW:
        return max(4, min(width, round(2 * max(height - 3, 2) * _LONGEST))), max(2, height - 3)
    return max(4, min(width - _LEGEND, round(2 * height * _LONGEST))), max(2, height)


def draw_regions(
    now: RegionsNow, width: int, height: int, ink: Ink, *, dark: bool, shading: Shading, shown: int = 0
) -> tuple[Row, ...]:
    """Draw the field, the samples on it and the legend, in rows of ``width`` cells."""
    cells = Canvas(width, height)
    columns, rows = plot_size(width, height)
    count = 2 if now.task == "regression" else len(now.names)
    colours = [curve_colour(place, dark=dark) for place in range(min(count, 8))]
    _draw_field(cells, now, columns, rows, colours, ink, shading)
    parts = ((now.training, 0), (now.test, 1))
    for points, part in parts:
        _draw_points(cells, now, points, part, (columns, rows), colours, ink, shading, shown)
    lines = _legend(now, colours, ink, shading, shown)
    if width < _LEGEND_BELOW:
        _write_below(cells, rows, lines)
    else:
        for y, line in enumerate(lines[:height]):
            column = columns + 2
            for words, colour in line:
                column = cells.write(y, column, words, colour)
    return cells.rows()


def _draw_field(
    cells: Canvas, now: RegionsNow, columns: int, rows: int, colours: list[int], ink: Ink, shading: Shading
) -> None:
    classes = resampled(now.classes, 2 * rows, columns).astype(np.intp)
    strengths = resampled(now.strengths, 2 * rows, columns).astype(np.float32)
    if now.task == "regression":
        level = _level(now, strengths)
        classes, strengths = (level > 0).astype(np.intp), np.abs(level)
    if shading is Shading.COLOURS:
        cells.paint(0, 0, tinted(tints(tuple(colours), ink.background, _STRENGTH), classes, strengths))
    elif now.task == "regression":
        places = np.rint((_level(now, resampled(now.strengths, rows, columns)) + 1) / 2 * (len(_RAMP) - 1))
        cells.fill(0, 0, characters(_RAMP, places.astype(np.intp)), ink.muted)
    else:
        cells.fill(0, 0, characters(_TEXTURES[shading], classes[::2]), ink.muted)


def _level(now: RegionsNow, values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return values from -1 at the lowest y to 1 at the highest."""
    reach = (now.high - now.low) / 2 or 1.0
    return np.clip((values.astype(np.float64) - (now.low + now.high) / 2) / reach, -1, 1)


def _draw_points(
    cells: Canvas,
    now: RegionsNow,
    points: Points,
    part: int,
    size: tuple[int, int],
    colours: list[int],
    ink: Ink,
    shading: Shading,
    shown: int,
) -> None:
    """Write a mark for each sample; the wrong ones last, over the others."""
    columns, rows = size
    bounds = now.bounds
    across = np.floor((points.x[0] - bounds.left) / (bounds.right - bounds.left) * columns).astype(np.intp)
    down = np.floor((bounds.top - points.x[1]) / (bounds.top - bounds.bottom) * rows).astype(np.intp)
    inside = (across >= 0) & (across < columns) & (down >= 0) & (down < rows)
    wanted = inside & (points.wrong if shown == 1 else shown == 0)
    for place in sorted(np.flatnonzero(wanted).tolist(), key=lambda place: bool(points.wrong[place])):
        wrong = bool(points.wrong[place])
        label = int(points.y[place])
        mark = _MARKS[shading][2 if wrong else part]
        if now.task == "regression":
            level = float(_level(now, points.y[place : place + 1])[0])
            colour = mix(ink.muted, colours[int(level > 0)], min(1.0, abs(level)))
        else:
            colour = mix(colours[label % len(colours)], ink.text, 0.45 if wrong else 0.2)
        if shading is not Shading.COLOURS:
            colour = ink.text
            mark = _letter(now, label, part) if not wrong else ("X", "x")[part]
        cells.write(int(down[place]), int(across[place]), mark, colour, bold=wrong or shading is not Shading.COLOURS)


def _letter(now: RegionsNow, label: int, part: int) -> str:
    if now.task == "regression":
        return "Oo"[part]
    letter = "ABCDEFGHIJKLMNOPQRSTUVWYZ"[label % 25]
    return letter.lower() if part else letter


Line = list[tuple[str, int]]


def _legend(now: RegionsNow, colours: list[int], ink: Ink, shading: Shading, shown: int) -> list[Line]:
    """Return the legend as lines of coloured words."""
    lines: list[Line] = [[(f"iteration {text.count(now.iteration)}", ink.text)], []]
    if now.task == "regression":
        lines += _scale(now, colours, ink, shading)
    else:
        for place, name in enumerate(now.names[:12]):
            swatch = (
                "██ "
                if shading is Shading.COLOURS
                else f"{_TEXTURES[shading][place % 8] * 2} {_letter(now, place, 0)} "
            )
            lines.append([(swatch, colours[place % len(colours)]), (narrow(name)[:20], ink.text)])
        if len(now.names) > 12:
            lines.append([(f"and {len(now.names) - 12} more", ink.muted)])
    lines.append([])
    training, test, wrong = _MARKS[shading]
    if now.task == "regression":
        training, test = ("•", "○") if shading is Shading.COLOURS else ("O", "o")
        lines.append([(f"{training} training  {test} test", ink.text)])
    else:
        lines.append([(f"{training} training  {test} test  {wrong} wrong", ink.text)])
        for title, points in (("training", now.training), ("test", now.test)):
            right = 1 - points.counted_wrong / points.counted
            lines.append([(f"{title:<9}", ink.muted), (text.share(right), ink.text)])
            lines.append([(f"  {points.counted_wrong:,} of {points.counted:,} wrong", ink.muted)])
    lines.append([])
    first, second = (narrow(name)[:8] for name in now.features)
    bounds = now.bounds
    lines.append([(f"→ {first}  {bounds.left:.3g} to {bounds.right:.3g}", ink.muted)])
    lines.append([(f"↑ {second}  {bounds.bottom:.3g} to {bounds.top:.3g}", ink.muted)])
    lines += [[], [("space ", ink.text), (f"points: {_SHOWN[shown]}", ink.muted)]]
    lines.append([("c ", ink.text), ("colours or characters", ink.muted)])
    if shading is Shading.ASCII:
        lines = [[(words.replace("→", ">").replace("↑", "^"), colour) for words, colour in line] for line in lines]
    return lines


def _scale(now: RegionsNow, colours: list[int], ink: Ink, shading: Shading) -> list[Line]:
    """Draw the colours or characters from the lowest value to the highest."""
    steps = np.linspace(-1, 1, 16)
    if shading is Shading.COLOURS:
        table = tints(tuple(colours), ink.background, _STRENGTH)
        bar = [("█", int(tinted(table, np.array([int(step > 0)]), np.array([abs(step)]))[0])) for step in steps]
    else:
        bar = [(_RAMP[round((step + 1) / 2 * (len(_RAMP) - 1))], ink.text) for step in steps]
    low, high = f"{now.low:.3g}", f"{now.high:.3g}"
    return [
        [(narrow(now.names[0])[:20], ink.text)],
        bar,
        [(low + " " * max(1, 16 - len(low) - len(high)) + high, ink.muted)],
    ]


def _write_below(cells: Canvas, row: int, lines: list[Line]) -> None:
    """Write as much of the legend as there is room for beneath the picture."""
    column = 0
    for line in lines:
        length = sum(len(words) for words, _ in line)
        if column and column + length > cells.width:
            row, column = row + 1, 0
        for words, colour in line:
            column = cells.write(row, column, words, colour)
        column += 2 if line else 0
