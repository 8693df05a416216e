"""The panel of a layer's activations as points of the plane, coloured by class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml_tui.inspect import Answer, Question
from joml_tui.inspect.projection import Projection, ProjectionNow, turned_to
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import Ink, curve_colour, mix
from joml_tui.ui.inside.panel import Doing
from joml_tui.ui.inside.part_choice import PartPanel, written_parts
from joml_tui.ui.inside.shading import Shading, shading_of
from joml_tui.ui.inside.sparklines import percent, short
from joml_tui.ui.inside.tints import narrow
from joml_tui.ui.text import count

#: Rows of text around the picture: two above, one below.
_TEXT = 3
#: The picture is scaled anew if the points fill less than this share of it.
_LEAST_FILLED = 0.5
#: How much larger the scale in one direction may be than in the other.
_STRETCH = 4.0
#: The room beside the outermost points, as a share of the distance between them.
_MARGIN = 0.025
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWYZ"


class Frame(NamedTuple):
    """The part of the plane in the picture.

    Attributes
    ----------
    low, high : (float, float)
        The corners, each a place across and one upwards.
    """

    low: tuple[float, float]
    high: tuple[float, float]


class ProjectionPanel(PartPanel[ProjectionNow]):
    """One layer's activations, each sample as a point."""

    HELP = (
        "The activations of one layer for up to 500 samples, in the plane in which they vary most (principal "
        "components, turned to the last picture, so that points move smoothly). Colours are the true classes, × is a "
        "wrong one. "
        "Classes move apart from layer to layer. Up and down choose the layer, Space the part, c letters."
    )
    title = "Projection"
    purpose = "how the layers separate the classes, as points of the plane"

    def __init__(self) -> None:
        super().__init__(id="inside-projection")
        self._layer = -1
        self._points: NDArray[np.float64] | None = None
        self._frame: Frame | None = None
        self._shading: Shading | None = None

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Return the effects of the keys."""
        return {
            "up": partial(self.action_layer, -1),
            "down": partial(self.action_layer, 1),
            "choice": self.action_other_part,
            "shading": self.action_shading,
        }

    def question(self) -> Question | None:
        """Return the question about the chosen layer; at first, about the last hidden one."""
        layers = len(self.experiment.layers) if self.experiment is not None else 0
        return Projection(layers if self._layer < 0 else self._layer, self._part)

    def show_answer(self, answer: Answer) -> None:
        """Draw the points, unless another layer or part was chosen in the meantime."""
        if not isinstance(answer, ProjectionNow) or answer.part != self._part:
            return
        if self._layer not in (-1, answer.layer):
            return
        last, self._now, self._layer = self._now, answer, answer.layer
        points = answer.points.astype(np.float64)
        comparable = last is not None and (last.layer, last.part) == (answer.layer, answer.part)
        if comparable and self._points is not None and self._points.shape == points.shape:
            points = turned_to(points, self._points)
        self._points = points
        self._frame = frame_for(points, self._frame if comparable else None)
        self.redraw()

    def forget(self) -> None:
        """Begin with the last hidden layer."""
        self._layer, self._points, self._frame = -1, None, None
        super().forget()

    def action_layer(self, by: int) -> None:
        """Show another layer."""
        if self._now is not None:
            self._layer = min(max(self._layer + by, 0), len(self._now.titles) - 1)
            self.redraw()
            self.ask_again()

    def action_shading(self) -> None:
        """Toggle between colours and letters."""
        self._shading = Shading((self._shaded + 1) % len(Shading))
        self.redraw()

    @property
    def _shaded(self) -> Shading:
        return shading_of() if self._shading is None else self._shading

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Write which layer and which samples these are, draw the points, and write the classes below."""
        now, points, frame = self._now, self._points, self._frame
        if now is None or points is None or frame is None:
            return ()
        chooser = written_parts(self._part, now.parts, ink)
        rows: list[Row] = [(*chooser, Piece(f"  Space  iteration {count(now.iteration)}", ink.muted))]
        name = _layer_name(now, self._layer)
        share = "" if np.isnan(now.share) else f" · {percent(now.share)} of their variance"
        rows.append(
            (
                Piece(f"↑↓ {name}"[:width], bold=True),
                Piece(f"{share} · {count(len(points))} of {count(now.samples)} samples", ink.muted)
                if now.layer == self._layer
                else Piece(f" … below is still {_layer_name(now, now.layer)}", ink.muted),
            )
        )
        letters = self._shaded is not Shading.COLOURS
        if height > _TEXT:
            rows += draw_points(now, points, frame, width, height - _TEXT, ink, dark=dark, letters=letters)
        return [*rows, _legend(now, width, ink, dark=dark, letters=letters)]


def frame_for(points: NDArray[np.float64], last: Frame | None) -> Frame:
    """Return the part of the plane that the picture shows: in each direction the last one as long as it suits.

    Parameters
    ----------
    points : ndarray, shape (samples, 2)
    last : Frame or None
        The last picture's; None if there is none.

    Returns
    -------
    Frame
    """
    directions = points.T if points.size else np.zeros((2, 1))
    before = [None, None] if last is None else list(zip(last.low, last.high, strict=True))
    ends = [_ends(values, ends) for values, ends in zip(directions, before, strict=True)]
    return Frame((ends[0][0], ends[1][0]), (ends[0][1], ends[1][1]))


def _ends(values: NDArray[np.float64], last: tuple[float, float] | None) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if last is not None and last[0] <= low and high <= last[1] and high - low >= _LEAST_FILLED * (last[1] - last[0]):
        return last
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def draw_points(
    now: ProjectionNow,
    points: NDArray[np.float64],
    frame: Frame,
    width: int,
    height: int,
    ink: Ink,
    *,
    dark: bool,
    letters: bool,
) -> tuple[Row, ...]:
    """Return the picture of the points, the wrong ones on top; it is stretched to be filled, as far as `_STRETCH`."""
    canvas = Canvas(width, height)
    low, high = np.array(frame.low), np.array(frame.high)
    halves = np.array([(width - 1) / 4, (height - 1) / 2])  # in the height of a cell, which is half as wide
    reach = np.maximum((high - low) / 2, 1e-30)
    scales = halves / reach
    scales = np.minimum(scales, _STRETCH * scales.min())
    placed = (points - (low + high) / 2) * scales
    across = np.rint((width - 1) / 2 + 2 * placed[:, 0]).astype(np.intp)
    down = np.rint((height - 1) / 2 - placed[:, 1]).astype(np.intp)
    colours = _colours(now, ink, dark)
    for place in np.argsort(now.wrong, kind="stable").tolist():
        wrong = bool(now.wrong[place])
        mark = _letter(now, place) if letters else "×" if wrong else "•"
        canvas.write(int(down[place]), int(across[place]), mark, colours[place], bold=wrong)
    return canvas.rows()


def _colours(now: ProjectionNow, ink: Ink, dark: bool) -> list[int]:
    if now.task != "regression":
        return [curve_colour(int(label), dark=dark) for label in now.labels.tolist()]
    low, high = float(now.labels.min()), float(now.labels.max())
    shares = (now.labels - low) / (high - low) if high > low else np.zeros_like(now.labels)
    ends = curve_colour(0, dark=dark), curve_colour(1, dark=dark)
    return [mix(*ends, share) for share in shares.tolist()]


def _letter(now: ProjectionNow, place: int) -> str:
    """Return the letter of a sample's class, small if it is misclassified; of a value, L in the lower half, else H."""
    if now.task == "regression":
        return "H" if now.labels[place] > (now.labels.min() + now.labels.max()) / 2 else "L"
    letter = _LETTERS[int(now.labels[place]) % len(_LETTERS)]
    return letter.lower() if now.wrong[place] else letter


def _legend(now: ProjectionNow, width: int, ink: Ink, *, dark: bool, letters: bool) -> Row:
    """Return the classes with their colours or letters, as many as fit, and what a wrong one looks like."""
    if now.task == "regression":
        name = narrow(now.names[0])[:20]
        low, high = short(float(now.labels.min())), short(float(now.labels.max()))
        marks = ("L ", "H ") if letters else ("• ", "• ")
        return (
            Piece(f"{marks[0]}{low}  ", curve_colour(0, dark=dark)),
            Piece(f"{marks[1]}{high}  ", curve_colour(1, dark=dark)),
            Piece(name, ink.muted),
        )
    wrong = f"{'small letters' if letters else '×'} wrong: {count(int(now.wrong.sum()))}"
    pieces, room = [Piece(f"{wrong}  ", ink.muted)], width - len(wrong) - 2
    for place, name in enumerate(now.names):
        mark = _LETTERS[place % len(_LETTERS)] if letters else "•"
        words = f"{mark} {narrow(name)[:16]}  "
        if len(words) > room:
            break
        room -= len(words)
        pieces.append(Piece(words, curve_colour(place, dark=dark)))
    return tuple(pieces)


def _layer_name(now: ProjectionNow, layer: int) -> str:
    title = narrow(now.titles[layer])
    if layer == 0:
        return title
    last = layer == len(now.titles) - 1
    return f"{'output layer' if last else f'layer {layer}'}: {title}"
