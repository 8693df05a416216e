"""What each panel of the lab costs a training: ``python -m benchmarks.live --panels all``, or the names of some.

A lab is opened on a network in a pseudo-terminal; while it trains the panel is opened by its keys, and keys that
matter there are pressed. Between two labs the same training runs headless, so that each is compared with what was
measured just before and just after. A row tells

- the share of the headless speed that is kept;
- how often a second the panel was painted;
- what such a repaint costs the screen's thread: what the panel itself has done since the repaint before, from taking an
  answer to giving its lines;
- how long after a key the panel was painted with what it changed, over all keys that changed something.
"""

from __future__ import annotations

import contextlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.measured_lab import WARM_UP, Terminal, experiment_for, headless_elsewhere, percentile
from joml_tui.ui.inside.inside_area import PANELS as INSIDE

UP, DOWN, RIGHT = "\x1b[A", "\x1b[B", "\x1b[C"
#: Two features, as regions and units of the plane need.
PLANE = "spirals"


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the lab that can be open while a network trains.

    Attributes
    ----------
    name : str
    opened_by : tuple of str
        Keys from the lab as it begins.
    pressed : tuple of str
        Keys in the panel, again and again.
    watched : str
        Selector of what is painted.
    lives : bool
        Whether it follows the training by itself.
    network : str
        What has to be trained, unless any will do.
    ended : bool
        Whether the training is stopped first: the panel shows an ended run.
    """

    name: str
    opened_by: tuple[str, ...]
    pressed: tuple[str, ...]
    watched: str
    lives: bool = True
    network: str = ""
    ended: bool = False


def _inside(title: str, *pressed: str, watched: str = "", network: str = "", ended: bool = False) -> Panel:
    name = title.lower().replace(" ", "-")
    # Of two features the area begins with the regions.
    turns = (_TITLES.index(title) - (_TITLES.index("Regions") if network == PLANE else 0)) % len(_TITLES)
    # Once more at the end: while there was no answer yet, the panel could not have the keys.
    opened_by = ("4", *"}" * turns, "4")
    return Panel(name, opened_by, pressed, watched or f"#inside-{name}", lives=not ended, network=network, ended=ended)


_TITLES = [panel.title for panel in INSIDE]
_STEPS = (DOWN, "u", "i", "\t", RIGHT, DOWN, RIGHT, UP, RIGHT, RIGHT, UP, "1")

PANELS = (
    Panel("charts", ("2",), ("z", "Z"), "#cost-chart"),
    Panel("runs", ("3",), ("m",), "#runs"),
    _inside("Diagram", "}", "{"),
    _inside("Network", RIGHT, DOWN, "\r"),
    _inside("Try", RIGHT, DOWN),
    _inside("Layers", " "),
    _inside("Heat map", " "),
    _inside("Confusion", " "),
    _inside("Worst", " "),
    _inside("Projection", UP, DOWN),
    _inside("Spectrum", DOWN, watched="SpectrumPanel"),
    _inside("Landscape", "[", "]", ended=True),
    Panel("replay", ("4", "4"), ("[", "]"), "RegionsPanel", lives=False, network=PLANE, ended=True),
    Panel("travel", ("h",), (DOWN, UP), "#snapshots", lives=False),
    Panel("step", ("U",), _STEPS, "#numbers", lives=False),
    Panel("accounting", ("C",), ("a",), "#lesson-title", lives=False),
    Panel("queue", ("a", "a", "a", "Q"), (DOWN, UP), "#queue-table", lives=False),
    Panel("help", ("?",), ("l", "\x7f"), "#keys", lives=False),
    _inside("Regions", " ", watched="RegionsPanel", network=PLANE),
    _inside("Units", RIGHT, DOWN, RIGHT, UP, watched="UnitsPanel", network=PLANE),
)


#: What panels do of their own for a repaint; each has some of these.
WORK = ("show_answer", "show_earlier", "redraw", "show_run", "show_picture", "show", "say", "render_lines")


# --- inside the lab ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Notes:
    """What is noted within the lab's process; times are those of the machine's one monotonic clock."""

    trained: list[tuple[float, int]] = field(default_factory=list)
    """When so many iterations were done."""
    paints: list[tuple[float, float]] = field(default_factory=list)
    """When the panel was painted, and the seconds of the screen's thread that this has taken it."""
    answers: list[float] = field(default_factory=list)
    """When it was painted for the first time after a key."""


class Watch:
    """Notes what the lab does while a panel is open."""

    def __init__(self, app: Any, watched: str, ended: Path) -> None:
        self._app, self._selector, self._ended = app, watched, ended
        self._watched: set[object] = set()
        self._painted = self._pressed = False
        self._spent = 0.0
        self._at_work = 0
        self.notes = Notes()
        self._display, self._on_event = app._display, app.on_event
        app._display, app.on_event = self._displayed, self._heard

    def look(self) -> None:
        """Note how far the training is; watch the panel as soon as it is there, and leave once that is wanted."""
        if self._ended.exists():
            self._app.lab.stop_all()
            self._app.exit()
            return
        runs = self._app.lab.session.runs
        if runs:
            self.notes.trained.append((time.monotonic(), runs[0].run.iteration))
        for widget in self._app.screen.query(self._selector):
            if widget not in self._watched:
                self._watched.add(widget)
                self._follow(widget)

    def _follow(self, widget: Any) -> None:
        for name in WORK:
            if hasattr(widget, name):
                setattr(widget, name, self._timed(getattr(widget, name), paints=name == "render_lines"))

    def _timed(self, work: Callable[..., Any], *, paints: bool) -> Callable[..., Any]:
        @wraps(work)
        def timed(*arguments: Any, **options: Any) -> Any:
            self._painted |= paints
            self._at_work += 1
            began = time.thread_time()
            try:
                return work(*arguments, **options)
            finally:
                self._at_work -= 1
                if not self._at_work:  # the outermost: showing an answer draws it
                    self._spent += time.thread_time() - began

        return timed

    def _displayed(self, screen: object, renderable: object) -> None:
        self._display(screen, renderable)
        now = time.monotonic()
        if self._painted:
            self.notes.paints.append((now, self._spent))
            if self._pressed:
                self.notes.answers.append(now)
            self._painted = self._pressed = False
            self._spent = 0.0

    async def _heard(self, event: object) -> None:
        from textual.events import Key

        await self._on_event(event)
        self._pressed |= isinstance(event, Key)


def inside(panel: Panel, network: str, engine: str, report: Path) -> None:
    """Be the lab, watched."""
    from joml_tui.runs import run
    from joml_tui.ui.app import LabApp
    from joml_tui.user_settings import LoadedSettings, UserSettings

    run.DEFAULT_ENGINE = engine  # type: ignore[assignment]
    app = LabApp(experiment_for(network), LoadedSettings(UserSettings(pace="full")))
    watch = Watch(app, panel.watched, _ended(report))
    app.call_later(lambda: app.set_interval(0.05, watch.look))
    app.run()
    app.lab.session.stop_all()
    notes = watch.notes
    report.write_text(json.dumps([notes.trained, notes.paints, notes.answers]))


def _ended(report: Path) -> Path:
    """Return the file that is there when the measurement has ended."""
    return report.with_suffix(".ended")


# --- a user at the terminal ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of a panel."""

    speed: float
    paints: float
    costs: list[float]
    key_times: list[float]


def measure(panel: Panel, network: str, engine: str, seconds: float, size: tuple[int, int]) -> Figures:
    """Use a panel for a while, and give what it took."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "notes.json"
        command = [sys.executable, "-m", "benchmarks.panels", panel.name, network, engine, str(report)]
        with contextlib.closing(Terminal(command, *size)) as terminal:
            open_panel(terminal, panel)
            start = time.monotonic()
            presses = list(press(terminal, panel.pressed, seconds))
            end = time.monotonic()
            _ended(report).touch()  # whatever is open by now
            while terminal.process.poll() is None:
                terminal.read(0.05)
        trained, paints, answers = json.loads(report.read_text())
    during = [note for note in trained if start <= note[0] <= end]
    (first, *_), (*_, last) = during, during
    costs = [cost for at, cost in paints if start <= at <= end]
    return Figures(
        speed=(last[1] - first[1]) / (last[0] - first[0]),
        paints=len(costs) / (end - start),
        costs=costs,
        key_times=list(_answered(presses, answers)),
    )


def open_panel(terminal: Terminal, panel: Panel) -> None:
    """Train the composed network, and open a panel by its keys."""
    terminal.time_until("Compose", terminal.started, most=30)
    terminal.drain(1.0)
    terminal.type("r")
    terminal.drain(WARM_UP)
    if panel.ended:
        terminal.type("x")
        terminal.drain(1.0)
    for place, key in enumerate(panel.opened_by):
        # The last one when there has been time for a first answer.
        terminal.drain(1.2 if place and place == len(panel.opened_by) - 1 else 0.4)
        terminal.type(key)
    terminal.drain(1.5)


def press(terminal: Terminal, keys: Sequence[str], seconds: float) -> Iterable[float]:
    """Press these keys in turn; give when each was pressed."""
    end = time.monotonic() + seconds
    for key in cycle(keys):
        yield time.monotonic()
        terminal.type(key)
        terminal.drain(random.uniform(0.25, 0.4))
        if time.monotonic() >= end:
            return


def _answered(presses: Sequence[float], answers: Sequence[float]) -> Iterable[float]:
    """Return the seconds from each key to its answer, of those that were answered before the next one."""
    for pressed, following in zip(presses, [*presses[1:], float("inf")], strict=True):
        answer = next((at for at in answers if at > pressed), None)
        if answer is not None and answer < following:
            yield answer - pressed


# --- the report ----------------------------------------------------------------------------------------------------

WIDTHS = (11, 12, 9, 9, 6, 9, 9, 9, 8, 8, 5)
HEADS = ("panel", "network", "headless", "live", "kept", "paints/s", "repaint", "p95", "key", "p95", "keys")


def panels_named(names: Sequence[str]) -> list[Panel]:
    """Return the panels with these names, or all of them for "all".

    Raises
    ------
    SystemExit
        There is no such panel.
    """
    unknown = set(names) - {"all", *(panel.name for panel in PANELS)}
    if unknown:
        all_names = ", ".join(panel.name for panel in PANELS)
        raise SystemExit(f"There is no panel {', '.join(sorted(unknown))}; there are {all_names}, and all.")
    return [panel for panel in PANELS if "all" in names or panel.name in names]


def panel_lines(
    names: Sequence[str], network: str, engine: str, seconds: float, size: tuple[int, int]
) -> Iterable[str]:
    """Return the lines of the report, one as soon as it is known.

    Raises
    ------
    SystemExit
        There is no such panel.
    """
    panels = panels_named(names)
    yield f"The lab at {size[0]}x{size[1]}, one panel open while the engine trains in a {engine}, {seconds:g} s each."
    yield "Required: 80 % of the headless speed kept, a key within 60 ms, a repaint at most 15 ms."
    yield ""
    yield _line(HEADS)
    before: tuple[str, float] | None = None
    for panel in panels:
        trained = panel.network or network
        if before is None or before[0] != trained:
            before = trained, headless_elsewhere(trained, seconds / 2)
        figures = measure(panel, trained, engine, seconds, size)
        after = headless_elsewhere(trained, seconds / 2)
        yield _line(row(panel, trained, statistics.mean((before[1], after)), figures))
        before = trained, after


def row(panel: Panel, network: str, alone: float, figures: Figures) -> tuple[str, ...]:
    """Return the cells of a row; paints a second only of a panel that lives, and speeds of a run that trains."""
    return (
        panel.name,
        network,
        f"{alone:,.0f}/s",
        "-" if panel.ended else f"{figures.speed:,.0f}/s",
        "-" if panel.ended else f"{100 * figures.speed / alone:.0f} %",
        f"{figures.paints:.1f}" if panel.lives else "-",
        f"{1e3 * percentile(figures.costs, 0.5):.1f} ms",
        f"{1e3 * percentile(figures.costs, 0.95):.1f} ms",
        f"{1e3 * percentile(figures.key_times, 0.5):.0f} ms",
        f"{1e3 * percentile(figures.key_times, 0.95):.0f} ms",
        str(len(figures.key_times)),
    )


def _line(cells: Sequence[str]) -> str:
    return " ".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


if __name__ == "__main__":
    opened, trained, engine, path = sys.argv[1:]
    inside(next(panel for panel in PANELS if panel.name == opened), trained, engine, Path(path))
