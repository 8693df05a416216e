"""A training without a screen, and the lab in a pseudo-terminal: what the measurements of the lab have in common."""

from __future__ import annotations

import fcntl
import math
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

if TYPE_CHECKING:
    from joml_tui.experiment import Experiment

NETWORKS = ("14-100-40-4", "14-28x6-4", "14-14x28-4")
#: Seconds before anything is measured, in which a training comes to its full speed; the tests, which ask whether there
#: are figures and not how good they are, need none.
WARM_UP = float(os.environ.get("JOML_BENCHMARK_WARM_UP", "1.5"))


def experiment_for(network: str) -> Experiment:
    """Return the article's settings for a network, or a preset's, with more epochs than the measurement can use up."""
    from joml_tui.experiment.presets import find_experiment

    preset = f"article-{network}" if network in NETWORKS else network
    return structs.replace(find_experiment(preset), epochs=100_000)


# --- headless ------------------------------------------------------------------------------------------------------


def headless(network: str, seconds: float) -> float:
    """Train in this process without a screen; give steps per second."""
    from joml_tui.runs.run import start_run

    run = start_run(experiment_for(network), engine="thread")
    time.sleep(WARM_UP)
    iteration, start = run.iteration, time.monotonic()
    time.sleep(seconds)
    speed = (run.iteration - iteration) / (time.monotonic() - start)
    run.stop()
    run.wait()
    return speed


def headless_elsewhere(network: str, seconds: float) -> float:
    """Measure it in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.live", "--headless", network, "--seconds", str(seconds)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


# --- a user at the terminal ------------------------------------------------------------------------------------------


class Terminal:
    """The lab in a pseudo-terminal, with what it has written; if it is remote, the lab takes it for one over SSH."""

    def __init__(self, command: list[str], columns: int, rows: int, *, remote: bool = False) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        # Nothing of the user's own: no settings, and no tour that would take the keys.
        environment |= {"JOML_CONFIG": str(_settings_without_tour())}
        # As on a user's machine: near, in colour, and with modules compiled once.
        for name in ("SSH_CONNECTION", "SSH_TTY", "NO_COLOR", "PYTHONDONTWRITEBYTECODE", "COLUMNS", "LINES"):
            environment.pop(name, None)
        if remote:
            environment["SSH_CONNECTION"] = "192.0.2.1 50000 192.0.2.2 22"
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, env=environment, preexec_fn=lambda: _log_in(slave))  # noqa: PLW1509
        os.close(slave)
        self._master = master
        self._written = b""

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def read(self, seconds: float) -> bytes:
        """Return what the lab writes within that time at most, as soon as there is something."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self._master, 65_536)
        except OSError:  # the other side is closed
            return b""

    def time_until(self, text: str, start: float, most: float = 60.0) -> float:
        """Return the seconds from ``start`` until the text appears."""
        wanted, seen = text.encode(), b""
        while time.monotonic() - start < most:
            seen += self.read(0.05)
            if wanted in seen:
                return time.monotonic() - start
        raise TimeoutError(f"{text!r} did not appear within {most:g} s")

    def drain(self, seconds: float) -> None:
        """Read and forget for a while."""
        for _ in self.written_within(seconds):
            pass

    def written_within(self, seconds: float) -> Iterator[bytes]:
        """Yield what the lab writes for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            yield self.read(left)

    def close(self) -> None:
        """Take the terminal away."""
        os.close(self._master)
        self.process.wait(60)

    def seconds_to_leave(self) -> float:
        """Quit as a user does, and give the time until the process has ended."""
        self.type("\x11")  # ctrl+q
        self.drain(0.5)
        start = time.monotonic()
        self.type("q")
        while self.process.poll() is None:
            self.read(0.01)
            if time.monotonic() - start > 60:
                os.killpg(self.process.pid, signal.SIGKILL)
        return time.monotonic() - start


def _log_in(terminal: int) -> None:
    """Take a controlling terminal, as in real life: when it goes away, so does the lab, also under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.login_tty(terminal)


def _settings_without_tour() -> Path:
    path = Path(tempfile.gettempdir()) / "joml-benchmark.toml"
    path.write_text('tour = false\npace = "full"\n', encoding="utf-8")
    return path


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed; nan where there are none."""
    return math.nan if not values else sorted(values)[min(len(values) - 1, int(share * len(values)))]
