"""The two charts, with a loop that updates them within a limited share of the screen's time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from joml_tui.plots.chart_model import Unit
from joml_tui.plots.geometry import dot_columns
from joml_tui.plots.palette import Ink
from joml_tui.plots.renderer_client import PainterClient
from joml_tui.ui import actions
from joml_tui.ui.charts.chart_series import ChartedRun, View, counts_of, extent, figures_of
from joml_tui.ui.charts.chart_view import Chart
from joml_tui.ui.charts.x_axis import iteration_at, place
from joml_tui.ui.deferred_calls import call_after_paint, call_on_theme
from joml_tui.ui.terminal_traits import traits

_SHARE = 0.15
_FASTEST, _SLOWEST = 0.4, 1.0
_FASTEST_QUIET = 0.5
#: Least seconds between updates of a run that is watched at a slow pace.
_FASTEST_WATCHED = 0.2
#: Seconds between updates below a dialog, where each frame repaints the whole lab and the dialog.
_BENEATH = 1.6
_WIDE, _LOW = 100, 20
_LEAST_ITERATIONS = 10  # the shortest section that can be shown
_WHEEL = 0.7
_LONG = 200_000  # iterations whose first processing takes too long for the screen's thread


_NO_INK = Ink(0, 0, 0, 0)  # the chart has its own cursor


class Charts(Widget, can_focus=True):
    """Charts of cost and of score or a metric, by iteration, epoch or time, side by side or stacked.

    The history of a live run is read one to two and a half times a second, using at most 15 % of the screen's time.
    Unchanged charts are not processed again.

    Parameters
    ----------
    message : str
        The text shown until there are curves.
    painter : PainterClient, optional
        The painter; by default a process that starts after the first paint.
    """

    class CursorMoved(Message):
        """A message: the user moved the cursor to an iteration of the run in front, or hid it (None)."""

        def __init__(self, iteration: int | None) -> None:
            super().__init__()
            self.iteration = iteration

        def can_replace(self, message: Message) -> bool:
            """Return whether this message replaces a pending one."""
            return isinstance(message, Charts.CursorMoved)

    BINDINGS = [*actions.bindings("charts")]
    DEFAULT_CSS = """
    Charts { layout: vertical; width: 1fr; height: 1fr; }
    Charts.-side-by-side { layout: horizontal; }
    Charts Chart { width: 1fr; height: 1fr; }
    """

    log_cost = reactive(False, repaint=False)
    """True if the cost's axis is logarithmic."""

    smoothing = reactive(100, repaint=False)
    """Window of the moving average in iterations; 0 shows the raw curves alone."""

    log_error = reactive(False, repaint=False)
    """True to show 1 minus the accuracy, on a logarithmic axis."""

    figure = reactive("accuracy", repaint=False)
    """The figure of the second chart: "accuracy" for the score, or "metric:" and the name of a metric."""

    unit: reactive[Unit] = reactive[Unit]("iteration", repaint=False)
    """The unit of the horizontal axis."""

    window: reactive[tuple[float, float] | None] = reactive[tuple[float, float] | None](None, repaint=False)
    """The visible section of the axis; None for the whole, also while it grows."""

    cursor: reactive[float | None] = reactive[float | None](None, repaint=False)
    """The position at which the curves' values are shown; None for no cursor."""

    full_range = reactive(False, repaint=False)
    """True if the y axes include spikes."""

    hidden: reactive[frozenset[str]] = reactive[frozenset[str]](frozenset(), repaint=False)
    """The keys of the runs whose curves are hidden."""

    levels: reactive[tuple[tuple[str, float, float], ...]] = reactive[tuple[tuple[str, float, float], ...]](
        (), repaint=False
    )
    """Reference values, each a name, a cost (nan for none) and an accuracy."""

    def __init__(
        self,
        message: str = "Press r to train; the curves appear here.",
        *,
        painter: PainterClient | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._message = message
        self._painter = painter or PainterClient()
        self._charts = (Chart("log-cost", id="cost-chart"), Chart("log-error", id="accuracy-chart"))
        self._runs: tuple[ChartedRun, ...] = ()
        self._ascii, self._few_colours = traits().ascii, traits().few_colours
        self._changed = asyncio.Event()
        self._drawing: asyncio.Task[None] | None = None
        self._fastest = _FASTEST_QUIET if traits().quiet else _FASTEST
        self.frames = 0
        """Frames with new pictures so far."""
        self.last_frame_cost = 0.0
        """Seconds of the screen's thread that the latest of them took, painting included."""
        self._usual_cost = 0.0

    def compose(self) -> ComposeResult:
        """Lay out both charts."""
        yield from self._charts

    def show(self, curves: Sequence[ChartedRun]) -> None:
        """Show these runs, the first one in front; without runs, show the message."""
        self._runs = tuple(curves)
        self.hidden &= {run.key for run in curves[1:]}  # the run in front has just been chosen
        self._changed.set()

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that the second chart can show."""
        return figures_of(self._runs)

    @property
    def shown_figure(self) -> str:
        """The figure in the second chart: the score if no run measures the chosen metric."""
        return self.figure if self.figure in self.figures else "accuracy"

    async def settle(self) -> None:
        """Wait until both charts are up to date (for pictures and tests)."""
        self._changed.set()
        while any(key is not None and chart.shown != key for chart, key in self._pending()):
            await asyncio.sleep(0.01)

    def on_mount(self) -> None:
        """Start drawing once the rest of the screen is painted."""
        call_on_theme(self, self._changed.set)
        call_after_paint(self, self._start)

    async def on_unmount(self) -> None:
        """Stop drawing and dismiss the painter."""
        if self._drawing is not None:
            self._drawing.cancel()
            await asyncio.wait([self._drawing])
        await self._painter.close()

    def on_resize(self) -> None:
        """Put the charts side by side if that fits better."""
        self.set_class(self.size.width >= _WIDE and self.size.height < _LOW, "-side-by-side")

    def on_chart_changed(self) -> None:
        """Draw a chart that has become visible."""
        self._changed.set()

    def watch_log_cost(self) -> None:
        """Draw with the other scale."""
        self._changed.set()

    def watch_log_error(self) -> None:
        """Draw with the other scale."""
        self._changed.set()

    def watch_figure(self) -> None:
        """Draw the other figure."""
        self._changed.set()

    def watch_smoothing(self) -> None:
        """Draw with the other window."""
        self._changed.set()

    def watch_window(self) -> None:
        """Draw the other part."""
        self._changed.set()

    def watch_cursor(self) -> None:
        """Draw the cursor where it is now."""
        self._changed.set()

    def watch_full_range(self) -> None:
        """Draw with the other limits."""
        self._changed.set()

    def watch_hidden(self) -> None:
        """Draw the curves that are left."""
        self._changed.set()

    def watch_levels(self) -> None:
        """Draw with the other lines."""
        self._changed.set()

    def watch_unit(self, before: Unit, now: Unit) -> None:
        """Convert the visible section and the cursor to the new unit, by the run in front."""
        self._changed.set()
        if not self._runs:
            self.window = self.cursor = None
            return
        history = self._runs[0].history

        def moved(across: float) -> float:
            return place(history, iteration_at(history, across, before), now)

        if self.window is not None:
            first, last = map(moved, self.window)
            self.window = self._within(first, last)
        if self.cursor is not None:
            self.cursor = moved(self.cursor)

    # --- The part in view, and the cursor in it --------------------------------------------------------------------

    @property
    def in_view(self) -> tuple[float, float]:
        """First and last position of the visible section."""
        return self.window or (0.0, extent(self._runs, self.unit))

    def zoom(self, factor: float, about: float | None = None) -> None:
        """Multiply the length of the visible section by a factor, about a point given as a share of the width.

        Default: the cursor, or the middle where the cursor is out of sight.
        """
        first, last = self.in_view
        if about is None:
            seen = self.cursor is not None and first <= self.cursor <= last
            about = (self.cursor - first) / (last - first) if seen and self.cursor is not None else 0.5
        still = first + about * (last - first)
        self.window = self._within(still - factor * (still - first), still + factor * (last - still))

    def pan(self, share: float) -> None:
        """Move to the right by a share of the part in view."""
        if self.window is None:
            return
        first, last = self.window
        step = share * (last - first)
        self.window = self._within(first + step, last + step)

    def show_whole(self) -> None:
        """Show all there is, also as it grows; if it is shown, with spikes, or without them again."""
        if self.window is None:
            self.full_range = not self.full_range
        self.window = None

    def toggle_cursor(self) -> None:
        """Show the cursor at the end of the curve in front, or hide it."""
        if self.cursor is not None or not self._runs:
            self._move_cursor(None)
            return
        history = self._runs[0].history
        first, last = self.in_view
        end = place(history, history.iterations, self.unit) if history.iterations else first
        self._move_cursor(min(max(end, first), last))

    def point_at(self, iteration: int) -> None:
        """Put the cursor at an iteration of the run in front, and bring it into view."""
        if not self._runs:
            return
        self.cursor = across = place(self._runs[0].history, iteration, self.unit)
        first, last = self.in_view
        if not first <= across <= last:
            half = (last - first) / 2
            self.window = self._within(across - half, across + half)

    def _move_cursor(self, across: float | None) -> None:
        """Put the cursor where the user wants it, or hide it, and report it."""
        self.cursor = across
        iteration = None
        if across is not None and self._runs:
            iteration = iteration_at(self._runs[0].history, across, self.unit)
        self.post_message(self.CursorMoved(iteration))

    def move_cursor(self, dots: int) -> None:
        """Move the cursor by columns of dots, or by iterations if these are wider apart; show it if it is hidden."""
        if self.cursor is None:
            self.toggle_cursor()
            return
        first, last = self.in_view
        columns = dot_columns(*self._charts[0].size, named=len(self._runs) > 1)
        step = (last - first) / max(1, columns - 1)
        if self.unit == "iteration":
            step = max(1.0, round(step))
        self._move_cursor(min(max(self.cursor + dots * step, first), last))

    def _within(self, first: float, last: float) -> tuple[float, float] | None:
        """Return a section limited to the axis and to a least length; None for the whole."""
        if not self._runs:
            return None
        whole = extent(self._runs, self.unit)
        history = self._runs[0].history
        iterations = max(1, history.iterations)
        least = _LEAST_ITERATIONS * place(history, iterations, self.unit) / iterations
        length = min(max(last - first, least), whole)
        if length >= whole * (1 - 1e-6) or whole <= 0:
            return None
        first = min(max((first + last - length) / 2, 0.0), whole - length)
        return first, first + length

    def on_chart_toggled(self, event: Chart.Toggled) -> None:
        """Hide the curves of a run, or show them again."""
        self.hidden ^= {event.key}

    def on_chart_pointed(self, event: Chart.Pointed) -> None:
        """Set the cursor where the mouse points."""
        self.focus()
        if self._runs:
            first, last = self.in_view
            across = first + event.share * (last - first)
            self._move_cursor(round(across) if self.unit == "iteration" else across)

    def on_chart_dragged(self, event: Chart.Dragged) -> None:
        """Pan with the mouse."""
        self.pan(-event.share)

    def on_chart_wheeled(self, event: Chart.Wheeled) -> None:
        """Zoom about the mouse."""
        self.zoom(_WHEEL**event.steps, event.share)

    def wake(self) -> None:
        """Update the charts at once."""
        self._changed.set()

    def _start(self) -> None:
        self._drawing = asyncio.create_task(self._keep_drawing(), name="charts")

    async def _keep_drawing(self) -> None:
        while True:
            self._changed.clear()
            began = time.monotonic()
            try:
                await self._draw_changed()
            except Exception as error:  # an error may stop the curves, but not the lab
                self.log.error(f"charts: {type(error).__name__}: {error}")
            pause = None
            if any(run.live for run in self._runs):
                fastest = _FASTEST_WATCHED if self._is_watched else self._fastest
                period = min(max(self._usual_cost / _SHARE, fastest), _SLOWEST)
                period = period if self.app.screen is self.screen else _BENEATH
                pause = max(period - (time.monotonic() - began), fastest / 4)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause)

    @property
    def _is_watched(self) -> bool:
        return not traits().quiet and any(run.watched for run in self._runs)

    async def _draw_changed(self) -> None:
        for run in self._runs:
            if run.history.unread > _LONG:
                await asyncio.to_thread(run.history.catch_up)
        # Time of the screen's thread, without the painter and other widgets.
        cost = -self._spent()
        drawn = False
        for chart, key in self._pending():
            if key is None or chart.shown == key:
                continue
            began = time.thread_time()
            description = chart.describer.describe(self._runs, key[0])
            cost += time.thread_time() - began
            picture = await self._painter.draw(description)
            began = time.thread_time()
            chart.show_picture(picture, key)
            cost += time.thread_time() - began
            drawn = True
        if drawn:
            await self._painted()
            self.frames += 1
            self.last_frame_cost = cost + self._spent()
            self._usual_cost += 0.3 * (self.last_frame_cost - self._usual_cost)

    def _spent(self) -> float:
        """Return the seconds of this thread spent on the charts so far."""
        return self._painter.seconds + sum(chart.seconds for chart in self._charts)

    def _pending(self) -> Iterator[tuple[Chart, tuple[View, object] | None]]:
        """Yield each chart with the key of the picture to show; None for a hidden one."""
        runs = tuple((run.label, run.colour_index, run.mark, run.parted_at, run.task, run.live) for run in self._runs)
        state = runs, counts_of(self._runs)
        for chart, figure in zip(self._charts, ("cost", self.shown_figure), strict=True):
            settings = View(
                figure,
                width=0,
                height=0,
                ink=_NO_INK,
                dark=True,
                log=self.log_cost if figure == "cost" else self.log_error,
                smoothing=self.smoothing,
                message=self._message,
                unit=self.unit,
                window=self.window,
                cursor=self.cursor,
                levels=self.levels,
                ascii=self._ascii,
                few_colours=self._few_colours,
                full_range=self.full_range,
                hidden=self.hidden,
                named=len(self._runs) > 1,
            )
            view = chart.view(settings)
            yield chart, None if view is None else (view, state)

    async def _painted(self) -> None:
        """Wait for the next paint for a limited time, because a covered screen does not paint."""
        painted = asyncio.Event()
        call_after_paint(self, painted.set)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(painted.wait(), _SLOWEST)
