"""The panel in which an input is set by hand, as values of columns or as a drawing, and the prediction follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from textual import events

from joml.statistics.metrics import predictions
from joml.wording import counted
from joml_tui.alignment import align_left, align_right
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.trial import Trial, TrialNow
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink, curve_colour, mix
from joml_tui.ui.inside.panel import Doing
from joml_tui.ui.inside.part_choice import PartPanel, about, written_sample
from joml_tui.ui.inside.shading import Shading, shading_of
from joml_tui.ui.inside.sparklines import SHADES, bar, short
from joml_tui.ui.inside.tints import narrow
from joml_tui.ui.inside.trial_input import Input, share_of, stepped, value_text, with_pixel, with_share
from joml_tui.ui.inside.unit_bars import draw_unit_bars, rows_for_bars

#: Rows of text above the input.
_HEAD = 2
#: From this width on, the prediction stands beside the input, otherwise below it.
_BESIDE = 60
_NAME, _VALUE = 14, 10
_SHADES = 16


class Places(NamedTuple):
    """The places of the input and of the prediction in the panel, in cells.

    Attributes
    ----------
    rows, columns : int
        Size of the input's part, which begins in the third row.
    top, left : int
        The first cell of the prediction.
    """

    rows: int
    columns: int
    top: int
    left: int


def places_for(width: int, height: int, side: int) -> Places:
    """Return the places in a panel of this size; ``side`` is the number of an image's pixels, 0 for columns."""
    room = max(1, height - _HEAD)
    if side:
        rows, columns = _image_cells(side)
        if width >= columns + 24:
            return Places(rows, columns, _HEAD, columns + 3)
        return Places(rows, columns, _HEAD + min(rows, max(1, room - 4)) + 1, 0)
    if width >= _BESIDE:
        return Places(room, width * 55 // 100, _HEAD, width * 55 // 100 + 2)
    return Places(max(1, room // 2), width, _HEAD + max(1, room // 2), 0)


def _image_cells(side: int) -> tuple[int, int]:
    """Return the rows and columns of cells of an image: two rows of pixels a cell if it is large."""
    return ((side + 1) // 2, side) if side > 16 else (side, 2 * side)


class TryPanel(PartPanel[TrialNow]):
    """An input set by hand, and what the network makes of it."""

    HELP = (
        "Begin with a sample (Shift with left and right), and change it: up and down choose a column, left and right "
        "its value, or click on its slider. Images are drawn with the mouse (right button: erase), or with arrows and "
        "Space. The prediction follows. Enter returns to the sample; an image is first made blank."
    )
    title = "Try"
    purpose = "what the network predicts for an input of yours"

    def __init__(self) -> None:
        super().__init__(id="inside-try")
        self._sample = self._column = 0
        self._pen = (0, 0)
        self._x: Input | None = None
        self._erases: bool | None = None
        self._shading: Shading | None = None

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Return the effects of the keys."""
        return {
            "up": partial(self.action_move, -1, 0),
            "down": partial(self.action_move, 1, 0),
            "left": partial(self.action_move, 0, -1),
            "right": partial(self.action_move, 0, 1),
            "choice": self.action_draw,
            "large": self.action_reset,
            "before": partial(self.action_sample, -1),
            "after": partial(self.action_sample, 1),
            "shading": self.action_shading,
        }

    def question(self) -> Question | None:
        """Return the question about the present input."""
        return Trial(self._part, self._sample, () if self._x is None else tuple(self._x.tolist()))

    def show_answer(self, answer: Answer) -> None:
        """Show the prediction, unless another sample was chosen in the meantime."""
        if not isinstance(answer, TrialNow) or answer.part != self._part:
            return
        if answer.sample != self._sample % answer.samples:
            return
        self._now = answer
        self._column = min(self._column, max(0, len(answer.columns) - 1))
        self.redraw()

    def forget(self) -> None:
        """Begin with the first sample."""
        self._sample = self._column = 0
        self._pen, self._x = (0, 0), None
        super().forget()

    def action_part(self, part: str) -> None:
        """Begin with the first sample of a part."""
        self._sample, self._x = 0, None
        super().action_part(part)  # type: ignore[arg-type]  # a click gives it as text

    def action_sample(self, by: int) -> None:
        """Begin with another sample; after the last comes the first."""
        if self._now is not None:
            self._sample = (self._sample + by) % self._now.samples
            self._x = None
            self.redraw()
            self.ask_again()

    def action_move(self, down: int, right: int) -> None:
        """Move the pen of an image; else choose another column, or change its value."""
        now = self._now
        if now is None:
            return
        if now.side:
            self._pen = ((self._pen[0] + down) % now.side, (self._pen[1] + right) % now.side)
            self.redraw()
        elif down:
            self._column = (self._column + down) % len(now.columns)
            self.redraw()
        else:
            self._set(stepped(now.columns[self._column], self._input(now), right))

    def action_draw(self) -> None:
        """Draw or erase the pixel under the pen; without an image, go to the next part."""
        now = self._now
        if now is None or not now.side:
            self.action_other_part()
            return
        x = self._input(now)
        bright = x[self._pen[0] * now.side + self._pen[1]] > (now.low + now.high) / 2
        self._set(with_pixel(x, now.side, *self._pen, now.low if bright else now.high))

    def action_reset(self) -> None:
        """Return to the sample; an image that is the sample is made blank."""
        now = self._now
        if now is None:
            return
        if self._x is None and now.side:
            self._set(np.full(now.side**2, now.low))
            return
        self._x = None
        self.redraw()
        self.ask_again()

    def action_shading(self) -> None:
        """Toggle between colours and characters."""
        self._shading = Shading((self._shaded + 1) % len(Shading))
        self.redraw()

    # --- The mouse -------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to draw, or set a slider; another button than the left one erases."""
        if event.y + self.scroll_offset.y >= _HEAD:
            self._erases = event.button != 1
            self.capture_mouse()
            self._touch(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw on, or move the slider."""
        if self._erases is not None:
            self._touch(event)

    def on_mouse_up(self) -> None:
        """Stop drawing."""
        if self._erases is not None:
            self._erases = None
            self.release_mouse()

    def _touch(self, event: events.MouseEvent) -> None:
        self.touch(event.y + self.scroll_offset.y - _HEAD, event.x, self.size.width - 1, self.size.height)

    def touch(self, row: int, column: int, width: int, height: int) -> None:
        """Draw or set what is in a cell of the input, of a panel of this size."""
        now = self._now
        if now is None or row < 0:
            return
        places = places_for(width, height, now.side)
        if row >= places.rows or not 0 <= column < places.columns:
            return
        if now.side:
            tall = now.side > 16
            pixel = (row * 2 if tall else row), (column if tall else column // 2)
            value = now.low if self._erases else now.high
            x = with_pixel(self._input(now), now.side, *pixel, value)
            if tall and pixel[0] + 1 < now.side:
                x = with_pixel(x, now.side, pixel[0] + 1, pixel[1], value)
            self._pen = pixel
            self._set(x)
            return
        place = self._first_column(now, places.rows) + row
        if place >= len(now.columns):
            return
        self._column = place
        start, length = _slider(places.columns)
        if column >= start and length > 1:
            self._set(with_share(now.columns[place], self._input(now), (column - start) / (length - 1)))
        else:
            self.redraw()

    # --- Drawing ---------------------------------------------------------------------------------------------------

    def _input(self, now: TrialNow) -> Input:
        return now.sample_x if self._x is None else self._x

    def _set(self, x: Input) -> None:
        self._x = x
        self.redraw()
        self.ask_again()

    def _first_column(self, now: TrialNow, rows: int) -> int:
        """Return the first of the columns that are in view, the chosen one among them."""
        return max(0, min(self._column - rows // 2, len(now.columns) - rows))

    @property
    def _shaded(self) -> Shading:
        return shading_of() if self._shading is None else self._shading

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Write which sample it began with, the input, and the prediction."""
        now = self._now
        if now is None:
            return ()
        head = written_sample(self._part, self._sample, now, width, ink)
        canvas = Canvas(width, max(0, height - 1))
        summary = self._summary(now)
        canvas.write(0, 0, about(now.iteration, summary, width), ink.muted)
        hint = _hint(now)
        if len(about(now.iteration, summary, width)) + len(hint) + 3 <= width:
            canvas.write(0, width - len(hint), hint, ink.muted)
        places = places_for(width, height, now.side)
        if now.side:
            self._draw_image(canvas, now, ink, dark)
        else:
            self._write_columns(canvas, now, places, ink, dark)
        bars = _first_row_of_bars(now, places, height)
        if bars is None:
            draw_prediction(canvas, now, places.top - 1, places.left, ink, dark=dark, shading=self._shaded)
        else:
            above = replace(now, hidden=())
            draw_prediction(canvas, above, places.top - 1, places.left, ink, dark=dark, shading=self._shaded)
            draw_unit_bars(canvas, bars - 1, now.hidden, now.sizes, ink, dark=dark)
        return [head, *canvas.rows()]

    def _summary(self, now: TrialNow) -> str:
        """Return what the input is, as a sentence."""
        if self._x is None:
            return f"The sample itself. {_truth(now)}"
        if now.side:
            return "Your drawing. Enter: the sample again"
        changed = sum(column.differs(self._x, now.sample_x) for column in now.columns)
        return f"{changed} of {counted(len(now.columns), 'value')} changed. Enter: the sample again"

    def _write_columns(self, canvas: Canvas, now: TrialNow, places: Places, ink: Ink, dark: bool) -> None:
        x, first = self._input(now), self._first_column(now, places.rows)
        start, length = _slider(places.columns)
        for row, column in enumerate(now.columns[first : first + places.rows], start=1):
            chosen = first + row - 1 == self._column
            value = value_text(column, x)
            changed = column.differs(x, now.sample_x)
            name = align_left(narrow(column.name), _NAME)[:_NAME]
            canvas.write(row, 0, "▸" if chosen else " ", ink.text, bold=chosen)
            canvas.write(row, 1, name, ink.text if chosen else ink.muted, bold=chosen)
            shown = align_right(narrow(value)[:_VALUE], _VALUE)
            canvas.write(row, _NAME + 2, shown, curve_colour(1, dark=dark) if changed else ink.text, bold=changed)
            if length > 1:
                place = start + round(share_of(column, x) * (length - 1))
                canvas.write(row, start, "─" * length, ink.faint)
                canvas.write(row, place, "◆" if changed else "●", ink.text if chosen else ink.muted)

    def _draw_image(self, canvas: Canvas, now: TrialNow, ink: Ink, dark: bool) -> None:
        """Draw the image with the pen on it, in half cells or whole ones, or in characters."""
        image = self._input(now).reshape(now.side, now.side)
        levels = np.clip((image - now.low) / max(now.high - now.low, 1e-30), 0, 1)
        rows, columns = _image_cells(now.side)
        if self._shaded is Shading.COLOURS:
            shades = np.array([mix(ink.faint, ink.text, step / (_SHADES - 1)) for step in range(_SHADES)], np.int64)
            dots = shades[np.rint(levels * (_SHADES - 1)).astype(np.intp)]
            dots[self._pen] = curve_colour(1, dark=dark)
            dots = dots if now.side > 16 else np.kron(dots, np.ones((2, 2), np.int64))
            canvas.paint(1, 0, dots[: 2 * rows])
            return
        signs = np.rint(levels * (len(SHADES) - 1)).astype(np.intp)
        signs = signs[::2] if now.side > 16 else np.repeat(signs, 2, axis=1)
        for row, line in enumerate(signs.tolist(), start=1):
            canvas.write(row, 0, "".join(SHADES[sign] for sign in line[:columns]), ink.text)
        pen = (self._pen[0] // 2, self._pen[1]) if now.side > 16 else (self._pen[0], 2 * self._pen[1])
        canvas.write(pen[0] + 1, pen[1], "◆", ink.text, bold=True)


def _first_row_of_bars(now: TrialNow, places: Places, height: int) -> int | None:
    """Return the row of the panel from which on there is room for the units' activations as bars; None if not."""
    if not places.left:  # the prediction is below the input already
        return None
    first = _HEAD + max(places.rows if now.side else len(now.columns), len(now.outputs)) + 1
    return first if rows_for_bars(len(now.hidden), height - first) else None


def _hint(now: TrialNow) -> str:
    """Return what the keys do."""
    return "arrows: pen · Space: draw" if now.side else "↑ ↓ input · ← → value"


def _slider(columns: int) -> tuple[int, int]:
    """Return the first cell of the sliders, and their length; 0 if there is no room."""
    start = _NAME + _VALUE + 3
    return start, max(0, columns - start)


def _truth(now: TrialNow) -> str:
    """Return what is true of the sample."""
    if now.task == "classes":
        return f"True: {narrow(now.outputs[int(now.y.argmax())])}"
    if now.task == "multilabel":
        right = [narrow(name) for name, yes in zip(now.outputs, now.y > 0.5, strict=True) if yes]
        return f"True: {', '.join(right) or 'none'}"
    return f"True: {', '.join(short(value) for value in now.y.tolist())}"


def draw_prediction(
    canvas: Canvas, now: TrialNow, top: int, left: int, ink: Ink, *, dark: bool, shading: Shading
) -> None:
    """Write the outputs from a cell on: probabilities as bars, values as numbers, and the hidden layers below.

    If there are more outputs than rows, those with the largest probabilities are written.
    """
    width, height = canvas.width - left, canvas.height - top
    if width < 8 or height < 1:
        return
    layers = len(now.hidden) if height >= len(now.hidden) + 4 else 0
    room = max(1, height - (layers + 1 if layers else 0))
    finite = bool(np.isfinite(now.y_hat).all())
    places = list(range(len(now.outputs)))
    if len(places) > room and finite and now.task != "regression":
        places = sorted(np.argsort(-now.y_hat, kind="stable")[:room].tolist())
    longest = max((len(narrow(now.outputs[place])) for place in places[:room]), default=0)
    name_width = min(longest, max(4, width // 2))
    chosen = _predicted(now) if finite else set()
    for row, place in enumerate(places[:room], start=top):
        value, bold = float(now.y_hat[place]), place in chosen
        canvas.write(row, left, "▸" if bold else " ", ink.text, bold=True)
        canvas.write(row, left + 1, narrow(now.outputs[place])[:name_width], ink.text if bold else ink.muted, bold=bold)
        if now.task == "regression" or not finite:
            canvas.write(row, left + name_width + 2, short(value), ink.text, bold=True)
            continue
        canvas.write(row, left + name_width + 2, f"{value:.3f}", ink.text, bold=bold)
        length = width - name_width - 8
        if length > 0:
            canvas.write(row, left + name_width + 8, bar(value, length), curve_colour(2, dark=dark))
    for place in range(layers):
        _draw_layer(canvas, top + min(len(places), room) + 1 + place, left, place, now, ink, dark, shading)


def _predicted(now: TrialNow) -> set[int]:
    """Return the places of the predicted class, or of the answers that are predicted to be yes."""
    if now.task == "classes":
        return {int(now.y_hat.argmax())}
    if now.task == "multilabel":
        return set(np.flatnonzero(predictions("multilabel", now.y_hat)).tolist())
    return set()


def _draw_layer(
    canvas: Canvas, row: int, left: int, place: int, now: TrialNow, ink: Ink, dark: bool, shading: Shading
) -> None:
    """Draw a hidden layer's activations, a cell for each unit: stronger the further from 0."""
    column = canvas.write(row, left + 1, f"layer {place + 1} ", ink.muted)
    a = now.hidden[place]
    largest = float(np.abs(a).max(initial=0.0))
    shares = a / largest if 0 < largest < np.inf else np.zeros_like(a)
    for share in np.nan_to_num(shares).tolist():
        if shading is Shading.COLOURS:
            colour = mix(ink.faint, curve_colour(0 if share >= 0 else 1, dark=dark), abs(share))
            column = canvas.write(row, column, "█", colour)
        else:
            sign = "·" if abs(share) < 0.05 else "+" if share > 0 else "−"
            column = canvas.write(row, column, sign, ink.text, bold=abs(share) >= 0.5)
