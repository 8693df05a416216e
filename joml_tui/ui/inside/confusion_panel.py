"""The panel of the confusion matrix with precision and recall, or of predicted against true values."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from textual.widget import Widget

from joml.statistics.intervals import accuracy_interval, wilson
from joml.task import SCORE_NAMES
from joml_tui.alignment import align_left, align_right
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.confusion import Confusion, ConfusionNow, ValuesNow
from joml_tui.inspect.worst_samples import Worst, WorstNow
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.palette import Ink, curve_colour, mix
from joml_tui.ui.inside.panel import Doing
from joml_tui.ui.inside.part_choice import PartPanel, written_parts
from joml_tui.ui.inside.sparklines import SHADES, short
from joml_tui.ui.inside.worst_panel import draw_samples
from joml_tui.ui.text import count, plain

#: Cells of a share with its interval.
_SHARE = 13
#: Largest number of rows of a class, and largest share of colour in a cell's background.
_TALLEST, _GROUND = 7, 0.5
#: The hint on the samples behind a number.
_OPENING = " · Enter: samples of a mistake"
#: Cells that a share in per cent takes with its ground.
_PERCENT = 9


class ConfusionMatrix(PartPanel[ConfusionNow | ValuesNow]):
    """The table of samples by true and predicted class, with Wilson intervals."""

    HELP = (
        "True classes are rows, predicted ones columns; the diagonal is right. Recall is the share of a true class "
        "that is predicted right, precision that of a prediction, each with its 95 % interval. For values, predictions "
        "are drawn over true values. Space changes the part, arrows the columns or outputs. Enter shows the samples of "
        "the most frequent mistake, then ← → those of others."
    )
    title = "Confusion"
    purpose = "which classes are mistaken for which"

    def __init__(self) -> None:
        super().__init__(id="inside-confusion")
        self._cell: tuple[int, int] | None = None
        self._samples: WorstNow | None = None

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Return the actions of the keys."""
        return {
            "left": partial(self.action_shift, -1),
            "right": partial(self.action_shift, 1),
            "choice": self.action_other_part,
            "large": self.action_mistake,
        }

    def question(self) -> Question | None:
        """Return the question about the visible part, or about the samples of a cell."""
        room = self.parent.size.height if isinstance(self.parent, Widget) else 0
        if self._cell is not None:
            return Worst(min(max(room - 4, 24), 64), self._part, self._cell)
        return Confusion(self._part, bins=min(max(room - 7, 8), 44))

    def show_answer(self, answer: Answer) -> None:
        """Show the table, unless another part was chosen in the meantime."""
        if isinstance(answer, ConfusionNow | ValuesNow) and answer.part == self._part:
            self._now = answer
            self.redraw()
        elif isinstance(answer, WorstNow) and answer.cell is not None and answer.cell == self._cell:
            self._samples = answer
            self.redraw()

    def forget(self) -> None:
        """Wait for another run's table."""
        self._cell = self._samples = None
        super().forget()

    def action_mistake(self) -> None:
        """Show the samples of the most frequent mistake, or the table again."""
        mistakes = self._mistakes()
        if self._cell is not None:
            self._show_cell(None)
        elif mistakes:
            self._show_cell(mistakes[0])

    def action_samples(self, true: int, predicted: int) -> None:
        """Show the samples of a cell."""
        self._show_cell((true, predicted))

    def _show_cell(self, cell: tuple[int, int] | None) -> None:
        self._cell, self._samples = cell, None
        self.ask_again()
        self.redraw()

    def _mistakes(self) -> list[tuple[int, int]]:
        """Return the cells of mistakes of classes, the most frequent ones first."""
        now = self._now
        if not isinstance(now, ConfusionNow) or len(now.counts) != 1:
            return []
        wrong = now.counts[0] - np.diag(np.diag(now.counts[0]))
        order = np.argsort(-wrong, axis=None, kind="stable")[: int((wrong > 0).sum())]
        return [
            (int(true), int(predicted)) for true, predicted in zip(*np.unravel_index(order, wrong.shape), strict=True)
        ]

    def action_shift(self, by: int) -> None:
        """Show other columns, another output, or the samples of another mistake."""
        mistakes = self._mistakes()
        if self._cell is not None:
            if mistakes:
                place = mistakes.index(self._cell) + by if self._cell in mistakes else 0
                self._show_cell(mistakes[place % len(mistakes)])
            return
        names = (
            () if self._now is None else self._now.outputs if isinstance(self._now, ValuesNow) else self._now.classes
        )
        self._first = min(max(self._first + by, 0), max(len(names) - 1, 0))
        self.redraw()

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Return the rows of the choice of parts, and of the table or the plot."""
        now = self._now
        if now is None:
            return ()
        chooser = written_parts(self._part, now.parts, ink)
        behind = "" if now.part == self._part else "  …"
        rows: list[Row] = [(*chooser, Piece(f"  Space{behind}  iteration {count(now.iteration)}", ink.muted))]
        if self._cell is not None and isinstance(now, ConfusionNow):
            return [*rows, *self._rows_of_cell(now, self._cell, width, ink, dark=dark)]
        if isinstance(now, ValuesNow):
            self._first = min(self._first, len(now.outputs) - 1)
            return [*rows, *draw_values(now, self._first, width, ink, dark=dark)]
        if len(now.counts) == 1 and len(now.classes) == now.counts.shape[1]:
            return [*rows, *draw_classes(now, self._first, width, ink, dark=dark, height=height - 1)]
        return [*rows, *draw_answers(now, width, ink)]

    def _rows_of_cell(self, now: ConfusionNow, cell: tuple[int, int], width: int, ink: Ink, *, dark: bool) -> list[Row]:
        """Return the samples of a cell below a line that names it."""
        true, predicted = (plain(now.classes[place], 20) for place in cell)
        title = f"true {true}, predicted {predicted}"
        samples = self._samples
        if samples is None:
            return [(Piece(title, bold=True), Piece("  …", ink.muted))]
        number = f": {count(samples.wrong)} of {count(samples.samples)} samples"
        hints = "  ← → other mistakes  Enter: table"
        hints = hints if len(title) + len(number) + len(hints) <= width else "  Enter: table"
        rows: list[Row] = [(Piece(title, bold=True), Piece(number), Piece(hints, ink.muted))]
        return [*rows, *(draw_samples(samples, width, ink, dark=dark) if len(samples.indices) else ())]


def share(right: int, samples: int) -> str:
    """Return a share in per cent with its Wilson interval, 97.2  95–99; a dash without samples."""
    if not samples:
        return "–"
    interval = wilson(right, samples)
    return f"{100 * right / samples:.1f}  {100 * interval.low:.0f}–{100 * interval.high:.0f}"


def score_line(now: ConfusionNow, answers: int = 1) -> str:
    """Return a sentence on the score with Wilson's interval; ``answers`` is their number per sample."""
    name = SCORE_NAMES["classes" if answers == 1 else "multilabel"]
    if now.missing:
        return f"{name} –: the outputs for {count(now.missing)} of {count(now.samples)} samples are not finite"
    interval = accuracy_interval(now.score, now.samples, answers=answers)
    of_each = f" samples, {count(answers)} answers each" if answers > 1 else ""
    return (
        f"{name} {100 * now.score:.2f} % of {count(now.samples)}{of_each}, "
        f"95 % interval {100 * interval.low:.2f} to {100 * interval.high:.2f} %"
    )


def draw_classes(now: ConfusionNow, first: int, width: int, ink: Ink, *, dark: bool, height: int = 0) -> list[Row]:
    """Return the table of true (rows) and predicted classes (columns), with recall and precision on the right.

    If there is room, a class has several rows, and the background shows its share of the true class's samples.
    """
    counts = now.counts[0]
    names = [plain(name, 13) for name in now.classes]
    classes = len(names)
    digits = max(len(str(int(counts.max()))), 3)
    shares = 2 * (_SHARE + 1)
    longest = max(len(name) for name in names) + 1
    wide = max(4, min(longest, width - shares - (digits + 1) * min(classes, 10)))
    tall = max(1, min(_TALLEST, (height - 6) // classes))
    if wide + shares + classes * (digits + 2) > width:
        tall = 1  # a ground beneath the numbers would take columns away
    cell = max(digits + (2 if tall > 1 else 1), min(max(longest, 4 * tall), (width - wide - shares) // classes))
    shown = min(classes, max(1, (width - wide - shares) // cell))
    first = min(first, classes - shown)
    columns = range(first, first + shown)
    *above, header = _headers([names[column] for column in columns], cell)
    rows: list[Row] = [(Piece(f"{align_left('', wide)}{line}", ink.muted),) for line in above]
    titles = f" {align_right('recall %', _SHARE)} {align_right('precision %', _SHARE)}"
    rows.append((Piece(f"{align_left('true', wide)}{header}{titles}", ink.muted),))
    right, wrong = curve_colour(2, dark=dark), curve_colour(5, dark=dark)
    by_true, by_predicted = counts.sum(axis=1), counts.sum(axis=0)
    for true in range(classes):
        good = int(counts[true, true])
        recall, precision = share(good, int(by_true[true])), share(good, int(by_predicted[true]))
        beside = f" {align_right(recall, _SHARE)} {align_right(precision, _SHARE)}"
        for line in range(tall):
            middle = line == (tall - 1) // 2
            pieces = [Piece(align_left(names[true][: wide - 1] if middle else "", wide))]
            for column in columns:
                number, colour = int(counts[true, column]), right if column == true else wrong
                part = number / max(int(by_true[true]), 1)
                text = (str(number) if number else "·") if middle else ""
                action = f"samples({true}, {column})" if number else ""
                if tall == 1:
                    shown_colour = colour if column == true or part >= 0.05 else mix(colour, ink.background, 0.3)
                    shown_colour = shown_colour if number else ink.muted
                    pieces.append(Piece(align_right(text, cell), shown_colour, column == true, None, action))
                    continue
                if line == (tall + 1) // 2 and tall > 2 and number and cell >= _PERCENT:
                    text = f"{100 * part:.1f} %"
                ground = mix(ink.background, colour, _GROUND * part**0.5) if number else None
                text_colour = None if number else ink.muted
                pieces += [
                    Piece(" "),
                    Piece(f"{align_right(text, cell - 2)} ", text_colour, middle and number > 0, ground, action),
                ]
            rows.append((*pieces, Piece(beside)) if middle else tuple(pieces))
    rows.append((Piece(score_line(now)[:width], bold=True),))
    note = "columns: predicted classes · beside each share its 95 % interval"
    if shown < classes:
        note = f"columns {first + 1} to {first + shown} of {classes}: predicted classes · ← →"
    if counts.sum() > np.trace(counts):
        shorter = "columns: predicted classes · 95 % intervals" if shown == classes else note
        note = next((each + _OPENING for each in (note, shorter) if len(each) + len(_OPENING) <= width), note)
    rows.append((Piece(note[:width], ink.muted),))
    return rows


def _headers(names: Sequence[str], cell: int) -> list[str]:
    """Return names as headers of columns, in two rows if one is too long."""
    wrapped = [textwrap.wrap(name, cell - 1)[:2] or [""] for name in names]
    lines = max(len(parts) for parts in wrapped)
    padded = [[""] * (lines - len(parts)) + parts for parts in wrapped]
    return ["".join(align_right(parts[line], cell) for parts in padded) for line in range(lines)]


def draw_answers(now: ConfusionNow, width: int, ink: Ink) -> list[Row]:
    """Return a line for each question: counts of correct and wrong yes and no."""
    titles = f"{'question':<14}{'yes as yes':>11}{'yes as no':>11}{'no as yes':>11}{'no as no':>11}"
    rows: list[Row] = [(Piece(f"{titles} {align_right('accuracy %', _SHARE)}"[:width], ink.muted),)]
    for name, table in zip(now.classes, now.counts, strict=True):
        (no_no, no_yes), (yes_no, yes_yes) = table.tolist()
        numbers = "".join(f"{count(number):>11}" for number in (yes_yes, yes_no, no_yes, no_no))
        accuracy = share(no_no + yes_yes, int(table.sum()))
        rows.append((Piece(f"{plain(name, 13):<14}{numbers} {align_right(accuracy, _SHARE)}"[:width]),))
    rows.append((Piece(score_line(now, len(now.classes))[:width], bold=True),))
    return rows


def draw_values(now: ValuesNow, output: int, width: int, ink: Ink, *, dark: bool) -> list[Row]:
    """Return the density of one output's predicted values over its true ones."""
    name = plain(now.outputs[output], 24)
    error, of_which = float(now.mean_absolute_errors[output]), f" of {name}" if len(now.outputs) > 1 else ""
    rows: list[Row] = [
        (
            Piece(f"R2 {short(now.r2)}   mean absolute error {short(error)}{of_which}", bold=True),
            Piece(f"   {count(now.samples)} samples", ink.muted),
        ),
        (Piece(f"predicted {name} ↑, true →" + ("   ← → outputs" if len(now.outputs) > 1 else ""), ink.muted),),
    ]
    rows += _density(now.density[output], now.edges[output], width, ink, dark=dark)
    return rows


def _density(density: NDArray[np.int64], edges: NDArray[np.float64], width: int, ink: Ink, *, dark: bool) -> list[Row]:
    bins = len(density)
    each = max(1, min(3, (width - 12) // bins))
    most = max(int(density.max()), 1)
    colour = curve_colour(0, dark=dark)
    rows: list[Row] = []
    for row in reversed(range(bins)):
        label = short(float(edges[row + 1])) if row == bins - 1 else short(float(edges[row])) if row == 0 else ""
        pieces = [Piece(f"{label:>9} ", ink.muted)]
        for column, number in enumerate(density[row].tolist()):
            if number:
                level = min(int(np.log1p(number) / np.log1p(most) * len(SHADES)), len(SHADES) - 1)
                pieces.append(Piece(SHADES[max(level, 1)] * each, colour))
            else:
                pieces.append(Piece(("╱" if column == row else " ") * each, ink.muted))
        rows.append(tuple(pieces))
    low, high = short(float(edges[0])), short(float(edges[-1]))
    rows.append((Piece(f"{'':10}{low}{align_right(high, max(1, each * bins - len(low)))}", ink.muted),))
    return rows
