"""The panel of misclassified samples of the highest cost, as images or as features."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from textual.widget import Widget

from joml.compiled.evaluation import Part
from joml.data.image_shape import ImageShape
from joml.statistics.metrics import predictions
from joml_tui.alignment import align_left, align_right
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.images import image_shape
from joml_tui.inspect.worst_samples import Worst, WorstNow
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import Ink, curve_colour
from joml_tui.ui.inside.panel import Doing
from joml_tui.ui.inside.part_choice import PartPanel, written_parts
from joml_tui.ui.inside.sparklines import Values, short
from joml_tui.ui.text import count, measured, plain, printable

#: Pixels of an image's side, at most; larger ones are averaged. Narrower ones have room for their outcome.
_SIDE, _NARROWEST = 14, 6
_SHADES = " ░▒▓█"
#: Characters of a sample's name, at most.
_LONGEST_NAME = 24
#: Number of features that a key scrolls by.
_STEP = 4


class WorstSamples(PartPanel[WorstNow]):
    """The samples with the worst predictions."""

    HELP = (
        "The wrong samples with the highest cost, the worst first: the true class, the predicted class and its "
        "probability. For values, the samples with the largest errors. Samples with a wrong label are often among "
        "them. Samples of a file have the number of their row, without the header, and its cells. Space switches "
        "between the parts; left and right move through the features."
    )
    title = "Worst"
    purpose = "the samples that the network gets most wrong"

    def __init__(self) -> None:
        super().__init__(id="inside-worst")
        self._asked: Part = "test"

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Say what the keys do."""
        return {
            "choice": self.action_other_part,
            "left": partial(self.action_features, -_STEP),
            "right": partial(self.action_features, _STEP),
        }

    def question(self) -> Question | None:
        """Return the question about the worst samples of the visible part."""
        self._asked = self._part
        room = self.parent.size.height if isinstance(self.parent, Widget) else 0
        return Worst(most=min(max(room - 4, 24), 64), part=self._part)

    def show_answer(self, answer: Answer) -> None:
        """Show the samples, unless another part was chosen in the meantime."""
        if isinstance(answer, WorstNow) and self._asked == self._part:
            self._now = answer
            self.redraw()

    def action_features(self, by: int) -> None:
        """Show features further left or right, where they have no room side by side."""
        if self._now is not None:
            self._first = max(0, min(self._first + by, len(_columns(self._now)) - _STEP))
            self.redraw()

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Write the parts to choose from, and the samples."""
        now = self._now
        if now is None:
            return ()
        chooser = written_parts(self._part, now.parts, ink)
        wrong = f"{count(now.wrong)} of {count(now.samples)} wrong"
        if now.task == "regression":
            wrong = f"the costliest of {count(now.samples)}"
        rows: list[Row] = [(*chooser, Piece(f"  Space   {wrong}", ink.muted))]
        if not len(now.indices):
            return [*rows, (Piece("Every sample is right.", bold=True),)]
        return [*rows, *draw_samples(now, width, ink, dark=dark, first=self._first)]


def draw_samples(now: WorstNow, width: int, ink: Ink, *, dark: bool, first: int = 0) -> list[Row]:
    """Return the samples as images where they are some, otherwise with their features from the first one on."""
    if image_shape(now.x.shape[1], now.task, now.image_shape):
        return draw_images(now, width, ink)
    return draw_features(now, width, ink, dark=dark, first=first)


def _outcomes(now: WorstNow, place: int) -> tuple[str, str]:
    """Return a sample's true and predicted outcome."""
    y, y_hat = now.y[place], now.y_hat[place]
    if now.task == "classes" and not np.isfinite(y_hat).all():
        return plain(now.outputs[int(y.argmax())], 13), "–"
    if now.task == "classes":
        true, predicted = int(y.argmax()), int(y_hat.argmax())
        return plain(now.outputs[true], 13), f"{plain(now.outputs[predicted], 13)} {y_hat[predicted]:.2f}"
    if now.task == "multilabel":
        return _yes(y > 0.5), _yes(predictions("multilabel", y_hat))
    return ", ".join(measured(float(value)) for value in y[:2]), ", ".join(
        measured(float(value)) for value in y_hat[:2]
    )


def _figure(now: WorstNow, place: int) -> str:
    """Return a sample's cost, or its error in the units of the data."""
    figure = float(now.figures[place])
    return measured(figure) if now.figure == "error" else short(figure)


def _yes(answers: np.ndarray) -> str:
    return "".join("?" if np.isnan(answer) else "+" if answer else "−" for answer in answers[:10].tolist())


def draw_features(now: WorstNow, width: int, ink: Ink, *, dark: bool, first: int = 0) -> list[Row]:
    """Return one line per sample: place, true and predicted outcome, cost or error, and the features that fit.

    Samples from a file have the number of their row and its cells. ``first`` is the first feature or column shown.
    """
    outcomes = [_outcomes(now, place) for place in range(len(now.indices))]
    true = max(len("true"), *(len(outcome[0]) for outcome in outcomes))
    width_of_predicted = max(len("predicted"), *(len(outcome[1]) for outcome in outcomes))
    number = "sample" if now.raw is None else now.raw.kind
    identified = [_identified(now, place) for place in range(len(now.indices))]
    first_column = max(7, *map(len, identified))
    figure = now.figure.replace("standardised", "std.")
    size = max(7, len(figure))
    heads = (align_left("true", true), align_left("predicted", width_of_predicted), align_right(figure, size))
    header = f"{align_right(number, first_column)}  {'  '.join(heads)}  "
    features, samples = _table(now, width - len(header), first)
    rows: list[Row] = [(Piece(_cut(header + features, width), ink.muted),)]
    for place, (is_so, taken_for) in enumerate(outcomes):
        rows.append(
            (
                Piece(f"{align_right(identified[place], first_column)}  "),
                Piece(f"{align_left(is_so, true)}  ", curve_colour(2, dark=dark)),
                Piece(f"{align_left(taken_for, width_of_predicted)}  ", curve_colour(5, dark=dark)),
                Piece(f"{align_right(_figure(now, place), size)}  ", bold=True),
                Piece(samples[place], ink.muted),
            )
        )
    return rows


def _columns(now: WorstNow) -> Sequence[str]:
    """Return the names of the columns of the samples' file, or of their features."""
    return now.features if now.raw is None else now.raw.columns


def _identified(now: WorstNow, place: int) -> str:
    """Return the end of a sample's name, or the number of its row in the file, or its place in the part."""
    if now.raw is None:
        return str(int(now.indices[place]))
    return _end_of(printable(now.raw.names[place]), _LONGEST_NAME) if now.raw.names else str(now.raw.rows[place])


def _end_of(text: str, width: int) -> str:
    """Return the end of a text, which tells files apart."""
    return text if len(text) <= width else "…" + text[len(text) - width + 1 :]


def _table(now: WorstNow, room: int, first: int) -> tuple[str, list[str]]:
    """Write as many features as there is room for, each in a column beneath its name."""
    part = slice(first, first + 64)
    names = [plain(name, 12) for name in _columns(now)[part]]
    if now.raw is None:
        values = [[_feature(value) for value in row] for row in now.x[:, part].tolist()]
    else:
        values = [[plain(cell, 14) for cell in row[part]] for row in now.raw.cells]
    widths = [max(len(name), *(len(row[place]) for row in values)) for place, name in enumerate(names)]
    shown, end = 0, 0
    # The last one that fits gives way to the dots where more of them follow.
    columns = len(_columns(now))
    while shown < len(names) and end + widths[shown] <= room - (3 if first + shown + 1 < columns else 0):
        end += widths[shown] + 2
        shown += 1
    more = "…" if first + shown < columns and room > end else ""

    def line(texts: Sequence[str]) -> str:
        return (
            "".join(f"{align_right(text, width)}  " for text, width in zip(texts[:shown], widths, strict=False)) + more
        )

    return line(names), [line(row) for row in values]


def _feature(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e4 else f"{value:.2g}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def draw_images(now: WorstNow, width: int, ink: Ink) -> list[Row]:
    """Return the samples as images side by side, two cells per pixel, with their outcomes below.

    Of several channels their mean is drawn.
    """
    whole = math.isqrt(now.x.shape[1])
    shape = image_shape(now.x.shape[1], now.task, now.image_shape) or (1, whole, whole)
    side, columns = (max(1, round(size * min(1, _SIDE / max(shape[1:])))) for size in shape[1:])
    wide = 2 * max(columns, _NARROWEST) + 2
    across = max(1, width // wide)
    rows: list[Row] = []
    for start in range(0, len(now.indices), across):
        places = range(start, min(start + across, len(now.indices)))
        images = [_image(now, place, shape, (side, columns)) for place in places]
        rows += [tuple(Piece(align_left(image[row], wide)) for image in images) for row in range(side)]
        outcomes = [_outcomes(now, place) for place in places]
        rows.append(
            tuple(Piece(align_left(_cut(f"{true} as {text}", wide - 2), wide), bold=True) for true, text in outcomes)
        )
        costs = [_described(now, place, wide - 2) for place in places]
        rows.append(tuple(Piece(align_left(_cut(text, wide - 2), wide), ink.muted) for text in costs))
        rows.append(())
    return rows


def _described(now: WorstNow, place: int, width: int) -> str:
    """Return which sample an image is, and its cost or error; a long name is shown by its end."""
    figure = _figure(now, place)
    if now.raw is not None and now.raw.names:
        return f"{_end_of(printable(now.raw.names[place]), max(1, width - len(figure) - 1))} {figure}"
    return f"{'#' if now.raw is None else 'row '}{_identified(now, place)} {now.figure} {figure}"


def _image(now: WorstNow, place: int, shape: ImageShape, size: tuple[int, int]) -> list[str]:
    """Return one image, in rows and columns of this size, as shades between the part's least and greatest feature."""
    pixels: Values = now.x[place].reshape(shape).mean(axis=0)
    for axis in (0, 1):
        starts = np.arange(size[axis]) * shape[1 + axis] // size[axis]
        sums = np.add.reduceat(pixels, starts, axis=axis)
        counts = np.diff(starts, append=shape[1 + axis])
        pixels = sums / (counts[:, np.newaxis] if axis == 0 else counts)
    levels = (pixels - now.low) / max(now.high - now.low, 1e-30) * len(_SHADES)
    signs = np.clip(np.nan_to_num(levels), 0, len(_SHADES) - 1).astype(int)
    return ["".join(_SHADES[level] * 2 for level in row) for row in signs.tolist()]
