"""The two charts and the loop that keeps them up to date at a bounded cost to the screen's thread."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.reactive import reactive
from textual.widget import Widget

from joml_tui.charts.client import PainterClient
from joml_tui.ui.charts.chart import Chart
from joml_tui.ui.charts.series import ChartedRun, View, counts_of
from joml_tui.ui.terminal import traits

_SHARE = 0.15
_FASTEST, _SLOWEST = 0.4, 1.0
_FASTEST_QUIET = 0.5
_WIDE, _LOW = 100, 20
_LONG = 200_000  # iterations whose first look takes too long for the screen's thread


class Charts(Widget):
    """Cost and accuracy by iteration, one above the other; side by side where there is more width than height.

    While a run is live its history is looked at one to two and a half times a second, as often as it costs the
    screen's thread at most 15 % of its time. What has not changed is neither reduced, drawn nor painted again.

    Parameters
    ----------
    message : str
        What stands in place of curves until there are some.
    painter : PainterClient, optional
        Who draws; by default a painter process, started after the first paint.
    """

    DEFAULT_CSS = """
    Charts { layout: vertical; width: 1fr; height: 1fr; }
    Charts.-side-by-side { layout: horizontal; }
    Charts Chart { width: 1fr; height: 1fr; }
    """

    log_cost = reactive(False, repaint=False)
    """Whether the cost's axis is logarithmic."""

    smoothing = reactive(100, repaint=False)
    """Window of the moving average in iterations; 0 shows the raw curves alone."""

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
        self._charts = (Chart("cost", id="cost-chart"), Chart("accuracy", id="accuracy-chart"))
        self._runs: tuple[ChartedRun, ...] = ()
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
        """Show these runs, the first one on top; an empty sequence shows the message."""
        self._runs = tuple(curves)
        self._changed.set()

    async def settle(self) -> None:
        """Wait until both charts show the present state (for pictures and tests)."""
        self._changed.set()
        while any(key is not None and chart.shown != key for chart, key in self._pending()):
            await asyncio.sleep(0.01)

    def on_mount(self) -> None:
        """Start drawing once the rest of the screen is painted."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.call_after_refresh(self._changed.set))
        self.call_after_refresh(self._start)

    async def on_unmount(self) -> None:
        """Stop drawing and dismiss the painter."""
        if self._drawing is not None:
            self._drawing.cancel()
            await asyncio.wait([self._drawing])
        await self._painter.close()

    def on_resize(self) -> None:
        """Put the charts side by side where that suits them better."""
        self.set_class(self.size.width >= _WIDE and self.size.height < _LOW, "-side-by-side")

    def on_chart_changed(self) -> None:
        """Draw what came into sight."""
        self._changed.set()

    def watch_log_cost(self) -> None:
        """Draw with the other scale."""
        self._changed.set()

    def watch_smoothing(self) -> None:
        """Draw with the other window."""
        self._changed.set()

    def _start(self) -> None:
        self._drawing = asyncio.create_task(self._keep_drawing(), name="charts")

    async def _keep_drawing(self) -> None:
        while True:
            self._changed.clear()
            began = time.monotonic()
            try:
                await self._draw_changed()
            except Exception as error:  # the curves may stand still; the lab must not
                self.log.error(f"charts: {type(error).__name__}: {error}")
            pause = None
            if any(run.live for run in self._runs):
                period = min(max(self._usual_cost / _SHARE, self._fastest), _SLOWEST)
                pause = max(period - (time.monotonic() - began), self._fastest / 4)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause)

    async def _draw_changed(self) -> None:
        for run in self._runs:
            if run.history.unread > _LONG:
                await asyncio.to_thread(run.history.catch_up)
        # Of the screen's thread; while the painter draws and other widgets are painted, it does other things.
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
        """Return the seconds of this thread that asking the painter and painting the charts have taken so far."""
        return self._painter.seconds + sum(chart.seconds for chart in self._charts)

    def _pending(self) -> Iterator[tuple[Chart, tuple[View, object] | None]]:
        """Yield each chart with the key of the picture it ought to show; None for one that nobody sees."""
        state = tuple((run.label, run.colour_index, run.mark) for run in self._runs), counts_of(self._runs)
        for chart in self._charts:
            log = self.log_cost and chart.metric == "cost"
            view = chart.view(log=log, smoothing=self.smoothing, message=self._message)
            yield chart, None if view is None else (view, state)

    async def _painted(self) -> None:
        """Wait until the screen has painted what changed; not for long, as a covered screen does not paint."""
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(painted.wait(), _SLOWEST)
