"""The bytes a second that the lab writes to its terminal while it trains: python -m benchmarks.wire.

Over SSH every byte has to cross the network. The lab is opened in a pseudo-terminal, once as on this machine and once
as over SSH; each panel is opened by its keys while a training runs at full speed, and no key is pressed while its bytes
are counted. A row tells the bytes a second of both, and which part of those over SSH choose colours or move the cursor.

"""

from __future__ import annotations

import argparse
import contextlib
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.measured_lab import NETWORKS, Terminal
from benchmarks.panels import Panel, open_panel, panels_named

#: Most bytes a second over SSH.
MOST = 15_000
_COLOURS = re.compile(rb"\x1b\[[\d;:]*m")
_SEQUENCES = re.compile(rb"\x1b\[[\d;:?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Traffic:
    """The output of the lab during seconds without a key."""

    written: bytes
    seconds: float

    @property
    def rate(self) -> float:
        """The bytes a second."""
        return len(self.written) / self.seconds

    @property
    def colours(self) -> float:
        """The share of the bytes that choose colours."""
        return self._share(_COLOURS)

    @property
    def moves(self) -> float:
        """The share of the bytes that move the cursor, and of other sequences that are not colours."""
        return self._share(_SEQUENCES) - self.colours

    def _share(self, pattern: re.Pattern[bytes]) -> float:
        return sum(map(len, pattern.findall(self.written))) / len(self.written) if self.written else 0.0


def measure(panel: Panel, network: str, seconds: float, size: tuple[int, int], *, remote: bool) -> Traffic:
    """Open a panel while a network trains, and return what the lab writes for a while."""
    with tempfile.TemporaryDirectory() as folder:
        inside = ("--inside", panel.network or network, "process", f"{folder}/notes.json")
        command = [sys.executable, "-m", "benchmarks.live", *inside]
        with contextlib.closing(Terminal(command, *size, remote=remote)) as terminal:
            open_panel(terminal, panel)
            start = time.monotonic()
            written = b"".join(terminal.written_within(seconds))
            return Traffic(written, time.monotonic() - start)


WIDTHS = (11, 12, 10, 10, 8, 8)
HEADS = ("panel", "network", "here", "over SSH", "colours", "moves")


def traffic_lines(names: Sequence[str], network: str, seconds: float, size: tuple[int, int]) -> Iterable[str]:
    """Return the lines of the report, one as soon as it is measured."""
    columns, rows = size
    yield f"Bytes a second that the lab writes at {columns}x{rows} while it trains, {seconds:g} s each, no key pressed."
    yield f"Required: at most {MOST / 1000:g} KB/s over SSH."
    yield ""
    yield _line(HEADS)
    for panel in panels_named(names):
        here, remote = (measure(panel, network, seconds, size, remote=far) for far in (False, True))
        yield _line(row(panel, panel.network or network, here, remote))


def row(panel: Panel, network: str, here: Traffic, remote: Traffic) -> tuple[str, ...]:
    """Return the cells of a row."""
    return (
        panel.name,
        network,
        f"{here.rate / 1000:.1f} KB/s",
        f"{remote.rate / 1000:.1f} KB/s",
        f"{100 * remote.colours:.0f} %",
        f"{100 * remote.moves:.0f} %",
    )


def _line(cells: Sequence[str]) -> str:
    return " ".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=10, help="how long each is measured (10)")
    parser.add_argument("--size", default="160x50", help="columns and rows of the terminal (160x50)")
    parser.add_argument("--network", choices=NETWORKS, default=NETWORKS[0], help="the network that trains")
    parser.add_argument("--panels", nargs="+", metavar="NAME", default=["all"], help="only these panels")
    arguments = parser.parse_args()
    columns, rows = map(int, arguments.size.split("x"))
    for line in traffic_lines(arguments.panels, arguments.network, arguments.seconds, (columns, rows)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
