"""The panel of the Walsh spectrum of target and network by degree, now and over time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from joml_tui.inspect import Answer
from joml_tui.inspect.walsh import Walsh, WalshNow, describe_target, shares_of
from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Row
from joml_tui.plots.palette import Ink, curve_colour
from joml_tui.ui import text
from joml_tui.ui.inside.panel import Doing, InsidePanel, spread_over
from joml_tui.ui.inside.shading import Shading, shading_of
from joml_tui.ui.inside.tints import characters, narrow, tinted, tints

#: Largest number of spectra; beyond it every second one is dropped.
_MOST = 512
_NUMBERS = 28  # cells that a degree's name and three percentages take
_LEAST_BAR, _LEAST_MAP = 8, 10
_NOTHING = 5e-4
_RAMP = " .:-=+*#%@"

Shares = NDArray[np.float64]


class SpectrumPanel(InsidePanel):
    """The energies by degree of the target and of the network."""

    HELP = (
        "The energy of the target and of the network at each degree, which is the number of inputs that act together. "
        "Learnt: the network's share of the target's energy; low degrees come first. On the right, the network's "
        "energy over time; while a run trains, since you opened this view. Up and down choose an output, c switches "
        "between colours and characters. Needs inputs of -1 and +1."
    )
    title: ClassVar[str] = "Spectrum"
    purpose: ClassVar[str] = "how much of the function it has learnt at each degree"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._now: WalshNow | None = None
        self._seen: list[WalshNow] = []
        self._asked: set[int] = set()
        self._output = 0
        self._shading: Shading | None = None

    def doings(self) -> Mapping[Doing, Callable[[], None]]:
        """Say what the keys do."""
        return {
            "up": partial(self.action_output, -1),
            "down": partial(self.action_output, 1),
            "shading": self.action_shading,
        }

    def question(self) -> Walsh:
        """Return the question about the present spectrum."""
        return Walsh()

    def show_answer(self, answer: Answer) -> None:
        """Keep the spectrum, and draw it."""
        if not isinstance(answer, WalshNow):
            return
        self._now = answer
        self._keep(answer)
        self.redraw()

    def earlier(self, iterations: Sequence[int]) -> int | None:
        """Return the next snapshot of an ended run to ask about."""
        iterations_seen = self._asked | {seen.iteration for seen in self._seen}
        wanted = next((iteration for iteration in spread_over(iterations) if iteration not in iterations_seen), None)
        if wanted is not None:
            self._asked.add(wanted)
        return wanted

    def show_earlier(self, answer: Answer) -> None:
        """Add the spectrum of a snapshot."""
        if isinstance(answer, WalshNow):
            self._keep(answer)
            self.redraw()

    def _keep(self, spectrum: WalshNow) -> None:
        place = bisect_left(self._seen, spectrum.iteration, key=lambda seen: seen.iteration)
        if place == len(self._seen) or self._seen[place].iteration != spectrum.iteration:
            self._seen.insert(place, spectrum)
            if len(self._seen) > _MOST:
                del self._seen[1::2]

    def forget(self) -> None:
        """Reset the spectra."""
        self._now, self._seen, self._output = None, [], 0
        self._asked.clear()

    def action_output(self, by: int) -> None:
        """Show all outputs together, or another one."""
        if self._now is not None:
            self._output = (self._output + by) % (len(self._now.names) + 1)
            self.redraw()

    def action_shading(self) -> None:
        """Toggle between colours and characters."""
        self._shading = Shading((self._shaded + 1) % len(Shading))
        self.redraw()

    @property
    def _shaded(self) -> Shading:
        return shading_of() if self._shading is None else self._shading

    def rows(self, width: int, height: int, ink: Ink, *, dark: bool) -> Sequence[Row]:
        """Draw the spectrum."""
        if self._now is None:
            return ()
        output = self._output - 1 if self._output else None
        return draw_walsh(self._now, self._seen, output, width, height, ink, dark=dark, shading=self._shaded)


def draw_walsh(
    now: WalshNow,
    seen: Sequence[WalshNow],
    output: int | None,
    width: int,
    height: int,
    ink: Ink,
    *,
    dark: bool,
    shading: Shading,
) -> tuple[Row, ...]:
    """Return one row per degree: bars of target and network, numbers, and the network's energy over time."""
    cells = Canvas(width, height)
    colours = curve_colour(1, dark=dark), curve_colour(0, dark=dark)
    target, network, learnt = shares_of(now, output)
    whose = "all outputs" if output is None else narrow(now.names[output])[:20]
    fine = shading is not Shading.ASCII
    title = f"Fourier (Walsh) spectrum by degree, {whose} · iteration {text.count(now.iteration)}"
    hint = "↑↓ output"
    if not fine:
        title, hint = title.replace("·", "-"), "up/down output"
    end = cells.write(0, 0, title, ink.text, bold=True)
    if end + len(hint) + 2 <= width:
        cells.write(0, width - len(hint), hint, ink.muted)
    room = width - _NUMBERS - 2
    bar = max(_LEAST_BAR, room // 2) if room >= _LEAST_BAR + _LEAST_MAP else max(4, room)
    over_time = width - _NUMBERS - bar - 2
    if over_time < _LEAST_MAP or len(seen) < 2:
        bar, over_time = max(4, room), 0  # one spectrum has no course over time
    column = cells.write(1, 0, "deg ", ink.muted)
    column = cells.write(1, column, "▀▀ target " if fine else "' target ", colours[0])
    cells.write(1, column, "▄▄ network" if fine else ", network", colours[1])
    cells.write(1, 4 + bar, f"{'target':>8}{'net':>8}{'learnt':>8}", ink.muted)
    degrees = _shown(target, network, height - 3)
    each = min(max((height - 4) // len(degrees), 1), 3)
    largest = max(float(target.max()), float(network.max()), 1e-9)
    for place, degree in enumerate(degrees.tolist()):
        row = 2 + each * place
        cells.write(row, 0, f"{degree:>3}", ink.text)
        lengths = (round(float(energy[degree]) / largest * (bar - 1)) for energy in (target, network))
        _draw_bars(cells, row, each, tuple(lengths), colours, shading)
        cells.write(row, 4 + bar, f"{_percent(target[degree])}{_percent(network[degree])}", ink.text)
        cells.write(row, 20 + bar, _percent(learnt[degree], exact=True), ink.muted)
    row = 2 + each * len(degrees)
    if over_time:
        cells.write(1, width - over_time, "network over time", ink.muted)
        spectra = np.array([shares_of(one, output)[1][degrees] for one in seen])
        _draw_over_time(cells, [one.iteration for one in seen], spectra, each, over_time, ink, colours[1], shading)
    if row + 1 < height:
        sums = f"sum {' ' * bar}{_percent(float(target.sum()))}{_percent(float(network.sum()))}"
        cells.write(row, 0, sums, ink.muted)
        if over_time:
            first, last = text.count(seen[0].iteration), text.count(seen[-1].iteration)
            cells.write(row, width - over_time, first, ink.muted)
            cells.write(row, width - len(last), last, ink.muted)
        row += 1
    cells.write(row, 0, describe_target(now), ink.text)
    return cells.rows()


def _shown(target: Shares, network: Shares, rows: int) -> NDArray[np.intp]:
    """Return the degrees to show: all, or those with the most energy."""
    most = np.argsort(-(target + network), kind="stable")[: max(1, rows)]
    return np.sort(most)


def _percent(share: float, *, exact: bool = False) -> str:
    """Return a share in eight cells; a dash for nan, and a dot for almost 0 unless ``exact``."""
    if not np.isfinite(share):
        return f"{'-':>8}"
    if abs(share) < _NOTHING and not exact:
        return f"{'.':>8}"
    return f"{100 * share:>6.1f} %" if abs(share) < 100 else f"{'>100':>6} %"


def _draw_bars(
    cells: Canvas, row: int, each: int, lengths: tuple[int, ...], colours: tuple[int, int], shading: Shading
) -> None:
    """Draw the bars of target and network, in halves of one row or in two rows."""
    target, network = lengths
    if shading is Shading.ASCII:
        both = min(lengths)
        cells.write(row, 4, "=" * both + ("'" if target > network else ",") * (max(lengths) - both))
    elif each == 1:
        cells.draw_bars(row, 4, target, network, colours)
    elif each == 3:
        cells.write(row, 4, "█" * target, colours[0])
        cells.write(row + 1, 4, "█" * network, colours[1])
    else:
        cells.write(row, 4, "▄" * target, colours[0])
        cells.write(row + 1, 4, "▀" * network, colours[1])


def _draw_over_time(
    cells: Canvas,
    iterations: Sequence[int],
    spectra: Shares,
    each: int,
    columns: int,
    ink: Ink,
    colour: int,
    shading: Shading,
) -> None:
    """Draw (spectra, degrees) by iteration, as square roots, so that small energies are visible."""
    reach = np.linspace(iterations[0], iterations[-1], columns)
    latest = np.searchsorted(np.array(iterations), reach, side="right") - 1
    strengths = np.sqrt(np.clip(spectra[latest].T / max(float(spectra.max()), 1e-9), 0, 1))
    strengths = np.repeat(strengths, each, axis=0)
    left = cells.width - columns
    if shading is Shading.COLOURS:
        table = tints((colour,), ink.background, 1.0)
        cells.paint(2, left, np.repeat(tinted(table, np.zeros(strengths.shape, np.intp), strengths), 2, axis=0))
    else:
        places = np.rint(strengths * (len(_RAMP) - 1)).astype(np.intp)
        cells.fill(2, left, characters(_RAMP, places), ink.text)
