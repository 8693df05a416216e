"""What keys and resizes cost the lab's processor, with the real app in a pseudo-terminal: python -m benchmarks.keys.

No run trains meanwhile. Each is pressed some times, and after each is waited until the lab has written all it had to:
seconds of the processor that the lab's main thread took, which do not depend on what else the machine does. A burst
is what comes in one piece, as of a key that is held down; its cost is that of the whole burst.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

from benchmarks.measured_lab import Terminal

#: How often in turn the lab must be found asleep, with nothing written, so many seconds apart.
_LOOKS, _SECONDS_A_LOOK = 6, 0.04
_MOST = 20.0


@dataclass(frozen=True)
class Pressed:
    """Something a user does again and again.

    Attributes
    ----------
    pieces : tuple of str
        What is typed in turn; the cost of each is measured.
    before, after : str
        Keys that lead to where it is done, and away from there.
    """

    name: str
    pieces: tuple[str, ...]
    before: str = ""
    after: str = ""


WHAT = (
    Pressed("areas", ("1", "2", "3", "4")),
    Pressed("areas, 20 in a burst", ("12341234123412341234", "43214321432143214321")),
    Pressed("an area once more", ("2", "2")),
    Pressed("next panel", ("}",) * 8, "4"),
    Pressed("maximise", ("M", "M"), "2"),
    Pressed("focus", ("\t", "\t", "\t"), "1"),
    Pressed("help", ("?", "\x1b")),
    Pressed("palette", ("\x10", "\x1b")),
    Pressed("all settings", ("O", "\x1b"), "1"),
    Pressed("jump", (";", "\x1b")),
    Pressed("theme", ("t", "t")),
    Pressed("typing", ("a", "b", "\x7f", "\x7f"), "n", "\x1b"),
)


def _waits(terminal: Terminal) -> None:
    """Read until nothing more comes and the lab has been asleep for a while."""
    end, asleep = time.monotonic() + _MOST, 0
    while asleep < _LOOKS and time.monotonic() < end:
        time.sleep(_SECONDS_A_LOOK)
        written = False
        while terminal.read(0):
            written = True
        stat = Path(f"/proc/{terminal.process.pid}/stat").read_text()
        idle = not written and stat.rpartition(")")[2].split()[0] == "S"
        asleep = asleep + 1 if idle else 0


def processor_seconds(terminal: Terminal) -> float:
    """Return what the lab's main thread has had of a processor."""
    return int(Path(f"/proc/{terminal.process.pid}/schedstat").read_text().split()[0]) / 1e9


@dataclass(frozen=True)
class Meter:
    """Measures what something costs the lab.

    Attributes
    ----------
    idle : float
        The share of a processor that the lab takes by itself.
    """

    terminal: Terminal
    idle: float

    def cost(self, do: Callable[[], None]) -> float:
        """Return the seconds of the processor that something took, without what the lab takes by itself meanwhile."""
        before, began = processor_seconds(self.terminal), time.monotonic()
        do()
        _waits(self.terminal)
        spent, took = processor_seconds(self.terminal) - before, time.monotonic() - began
        return spent - took * self.idle

    def typing(self, keys: str) -> float:
        """Return the cost of keys in one piece."""
        return self.cost(lambda: self.terminal.type(keys))

    def resizing(self, sizes: Iterable[tuple[int, int]]) -> float:
        """Return the cost of sizes that the terminal is given in quick succession."""

        def resize() -> None:
            for columns, rows in sizes:
                ioctl(self.terminal._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                self.terminal.drain(0.01)

        return self.cost(resize)


def _meter(terminal: Terminal) -> Meter:
    terminal.time_until("14-100-40-4", terminal.started, 30)
    terminal.drain(4.0)  # what is started after the first paint is there
    before, began = processor_seconds(terminal), time.monotonic()
    terminal.drain(1.0)
    return Meter(terminal, (processor_seconds(terminal) - before) / (time.monotonic() - began))


def measure(columns: int, rows: int, rounds: int, only: Sequence[str]) -> Iterator[tuple[str, list[float]]]:
    """Yield the costs of one thing after the other, those of the first round left out."""
    resizes = {
        "resize by one": [[(columns + 1, rows)], [(columns, rows)]],
        "resize, 20 in a burst": [[(columns + by, rows + by // 4) for by in range(20, -1, -1)]],
    }
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JOML_STORE"] = str(Path(folder) / "runs.db")
        with contextlib.closing(Terminal([str(Path(sys.executable).with_name("joml-tui"))], columns, rows)) as terminal:
            meter = _meter(terminal)
            for pressed in WHAT:
                if only and pressed.name not in only:
                    continue
                for key in pressed.before:
                    meter.typing(key)
                costs = [meter.typing(piece) for _ in range(rounds + 1) for piece in pressed.pieces]
                yield pressed.name, costs[len(pressed.pieces) :]
                for key in pressed.after:
                    meter.typing(key)
            for name, bursts in resizes.items():
                if not only or name in only:
                    costs = [meter.resizing(sizes) for _ in range(rounds + 1) for sizes in bursts]
                    yield name, costs[len(bursts) :]
            terminal.seconds_to_leave()


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", action="append", help="columns and rows of the terminal (80x24 and 250x70)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="measure only what is called so")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (3)")
    arguments = parser.parse_args()
    for size in arguments.size or ("80x24", "250x70"):
        columns, rows = map(int, size.split("x"))
        print(f"{size:<24}{'median':>10}{'most':>10}   of the processor, each")
        for name, costs in measure(columns, rows, arguments.rounds, arguments.only):
            print(f"  {name:<22}{1e3 * statistics.median(costs):>7.0f} ms{1e3 * max(costs):>7.0f} ms", flush=True)


if __name__ == "__main__":
    main()
