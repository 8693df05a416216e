"""What the lab costs while it trains, measured with the real app in a pseudo-terminal: python -m benchmarks.live.

For each of the article's networks, and for the engine in a process and in a thread:

- the share of the headless training speed that is kept with both charts live (headless runs before and after);
- frames a second, and what a chart's frame costs the screen's thread;
- how long a typed key takes to appear in what the lab writes to its terminal;
- time from the command to the composed lab's first paint, and from the last key to the process's end.

With --panels the same of each panel in turn: see `benchmarks.panels`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.measured_lab import (
    NETWORKS,
    WARM_UP,
    Terminal,
    experiment_for,
    headless,
    headless_elsewhere,
    percentile,
)

#: Letters that stand nowhere on the lab's screen until they are typed.
LETTERS = "ЖЩЫЭЮЯБДФЦ"


# --- inside the lab ------------------------------------------------------------------------------------------------


def inside(network: str, engine: str, report: Path) -> None:
    """Be the lab: open it on that network, and note twenty times a second how far run and charts are."""
    from joml_tui.runs import run
    from joml_tui.ui.app import LabApp
    from joml_tui.ui.charts import Charts
    from joml_tui.user_settings import LoadedSettings, UserSettings

    run.DEFAULT_ENGINE = engine  # type: ignore[assignment]
    app = LabApp(experiment_for(network), LoadedSettings(UserSettings(pace="full")))
    notes: list[tuple[float, int, int, float]] = []

    def note() -> None:
        runs = app.lab.session.runs
        charts = app.lab.query_one(Charts)
        if runs:
            notes.append((time.monotonic(), runs[0].run.iteration, charts.frames, charts.last_frame_cost))

    app.call_later(lambda: app.set_interval(0.05, note))
    app.run()
    app.lab.session.stop_all()
    report.write_text(json.dumps(notes))


@dataclass(frozen=True)
class Figures:
    """What one live run measured."""

    speed: float
    frames: float
    chart_costs: list[float]
    key_times: list[float]
    first_paint: float
    leaving: float


def live(network: str, engine: str, seconds: float, columns: int, rows: int) -> Figures:
    """Use the lab for a while, and give what it took."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "notes.json"
        command = [sys.executable, "-m", "benchmarks.live", "--inside", network, engine, str(report)]
        with contextlib.closing(Terminal(command, columns, rows)) as terminal:
            first_paint = terminal.time_until(network, terminal.started)
            terminal.drain(1.0)
            terminal.type("r")
            terminal.drain(WARM_UP)
            terminal.type("n")  # into the network's text, where keys show
            terminal.drain(0.5)
            start = time.monotonic()
            key_times = list(type_letters(terminal, seconds))
            end = time.monotonic()
            leaving = terminal.seconds_to_leave()
        notes = json.loads(report.read_text())
    window = [note for note in notes if start <= note[0] <= end]
    (first, *_), (*_, last) = window, window
    elapsed = last[0] - first[0]
    # Two charts to a frame.
    costs = [later[3] / 2 for earlier, later in pairwise(window) if later[2] != earlier[2]]
    return Figures(
        speed=(last[1] - first[1]) / elapsed,
        frames=(last[2] - first[2]) / elapsed,
        chart_costs=costs,
        key_times=key_times,
        first_paint=first_paint,
        leaving=leaving,
    )


def type_letters(terminal: Terminal, seconds: float) -> Iterable[float]:
    """Type a letter now and then and delete it; give the seconds until each was on the screen."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        letter = LETTERS[count % len(LETTERS)]
        count += 1
        start = time.monotonic()
        terminal.type(letter)
        yield terminal.time_until(letter, start)
        terminal.drain(random.uniform(0.05, 0.15))
        terminal.type("\x7f")
        terminal.drain(random.uniform(0.05, 0.15))


# --- the report ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """A live run between two headless ones: machines drift, so speeds are compared within a round."""

    alone: float
    figures: Figures


def measure_round(network: str, engine: str, seconds: float, size: tuple[int, int]) -> Round:
    """Measure one round."""
    before = headless_elsewhere(network, seconds / 2)
    figures = live(network, engine, seconds, *size)
    return Round(statistics.mean((before, headless_elsewhere(network, seconds / 2))), figures)


WIDTHS = (12, 8, 9, 9, 6, 8, 8, 8, 7, 7, 7, 7)


def row(network: str, engine: str, rounds: list[Round]) -> tuple[str, ...]:
    """Return the cells of a row: medians over the rounds; chart and key times over all of them together."""
    figures = [each.figures for each in rounds]
    chart_costs = [cost for each in figures for cost in each.chart_costs]
    key_times = [seconds for each in figures for seconds in each.key_times]
    kept = statistics.median(each.figures.speed / each.alone for each in rounds)
    return (
        network,
        engine,
        f"{statistics.median(each.alone for each in rounds):,.0f}/s",
        f"{statistics.median(each.speed for each in figures):,.0f}/s",
        f"{100 * kept:.0f} %",
        f"{statistics.median(each.frames for each in figures):.1f}",
        f"{1e3 * percentile(chart_costs, 0.5):.1f} ms",
        f"{1e3 * percentile(chart_costs, 0.95):.1f} ms",
        f"{1e3 * percentile(key_times, 0.5):.0f} ms",
        f"{1e3 * percentile(key_times, 0.95):.0f} ms",
        f"{statistics.median(each.first_paint for each in figures):.2f} s",
        f"{statistics.median(each.leaving for each in figures):.2f} s",
    )


def report_lines(
    networks: Iterable[str], engines: Iterable[str], rounds: int, seconds: float, size: tuple[int, int]
) -> Iterable[str]:
    """Yield each line of the report as soon as it is known."""
    yield f"The lab at {size[0]}x{size[1]}, both charts live, {os.cpu_count()} processors, {rounds} x {seconds:g} s."
    yield "Required: 80 % of the headless speed kept, 2 frames a second, a key within 60 ms, a chart at most 15 ms."
    yield ""
    heads = (
        "network",
        "engine",
        "headless",
        "live",
        "kept",
        "frames/s",
        "chart",
        "p95",
        "key",
        "p95",
        "paint",
        "leave",
    )
    yield _line(heads)
    for network in networks:
        for engine in engines:
            yield _line(row(network, engine, [measure_round(network, engine, seconds, size) for _ in range(rounds)]))


def _line(cells: tuple[str, ...]) -> str:
    return " ".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def main() -> None:
    """Print the report, or be one of the processes it measures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (3)")
    parser.add_argument("--seconds", type=float, help="how long each live run is measured (6; with --panels 4)")
    parser.add_argument("--size", default="160x50", help="columns and rows of the terminal (160x50)")
    parser.add_argument("--network", action="append", choices=NETWORKS, help="only this network")
    parser.add_argument("--engine", action="append", choices=("process", "thread"), help="only this engine")
    parser.add_argument("--panels", nargs="+", metavar="NAME", help="measure these panels, or all of them")
    parser.add_argument("--headless", metavar="NETWORK", help=argparse.SUPPRESS)
    parser.add_argument("--inside", nargs=3, metavar=("NETWORK", "ENGINE", "REPORT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.headless:
        print(headless(arguments.headless, arguments.seconds or 3.0))
        return
    if arguments.inside:
        network, engine, report = arguments.inside
        inside(network, engine, Path(report))
        return
    columns, rows = map(int, arguments.size.split("x"))
    networks, engines = arguments.network or NETWORKS, arguments.engine or ("process", "thread")
    if arguments.panels:
        from benchmarks.panels import panel_lines

        lines = panel_lines(arguments.panels, networks[0], engines[0], arguments.seconds or 4.0, (columns, rows))
    else:
        lines = report_lines(networks, engines, arguments.rounds, arguments.seconds or 6.0, (columns, rows))
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
