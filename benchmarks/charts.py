"""What live charts cost the screen's thread: ``python -m benchmarks.charts``.

The real widget in a real (pseudo-)terminal, both charts live, histories of several lengths that grow by 1,000
iterations between frames. A frame counts from looking at the histories until the screen has painted both charts; the
painter's work happens in its own process and is shown apart.
"""

from __future__ import annotations

import asyncio
import json
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

LENGTHS = (4_100, 400_000, 4_000_000)
SIZES = ((160, 50), (80, 24))
FRAMES = 30


def measure(iterations: int, result: Path) -> None:
    """Run the charts in this process' terminal and write each frame's figures to a file."""
    from textual.app import App, ComposeResult

    from joml_tui.plots.drawing import draw
    from joml_tui.runs.history import History
    from joml_tui.ui.charts import ChartedRun, Charts

    class ChartsApp(App):
        def compose(self) -> ComposeResult:
            yield Charts()

        def on_mount(self) -> None:
            self.run_worker(self.measure())

        async def measure(self) -> None:
            charts = self.query_one(Charts)
            noise = np.random.default_rng(0)
            total = iterations + 1_000 * (FRAMES + 10)

            def rows(first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
                decay = np.exp(-4 * np.arange(first, first + count) / total)
                cost = decay * (1 + 0.3 * noise.standard_normal(count, np.float32)) + 0.05
                return cost, np.clip(1 - cost / 2, 0, 1)

            history = History.create(410, total, 32, 13_107, path=result.with_suffix(".history"))
            history.append(*rows(0, iterations))
            for test in range(410, iterations, max(410, iterations // 1_000)):
                history.append_check(test, 0.5, 0.5)
            charts.show([ChartedRun("1", "14-100-40-4", 0, history, live=True)])
            await charts.settle()
            reducing, frames, drawing = [], [], []
            for _ in range(FRAMES):
                history.append(*rows(history.iterations, 1_000))
                before = charts.frames
                while charts.frames == before:
                    await asyncio.sleep(0.01)
                frames.append(charts.last_frame_cost)
                chart, key = next(charts._pending())
                began = time.perf_counter()
                description = type(chart.describer)().describe(charts._runs, key[0])
                reducing.append(time.perf_counter() - began)
                began = time.perf_counter()
                draw(description)
                drawing.append(time.perf_counter() - began)
            result.write_text(json.dumps([frames, reducing, drawing]), encoding="utf-8")
            self.exit()

    ChartsApp().run()


def in_terminal(iterations: int, width: int, height: int) -> list[list[float]]:
    """Measure in a pseudo-terminal of this size; seconds of frames, reductions and drawings."""
    import fcntl
    import termios

    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        command = [sys.executable, "-m", "benchmarks.charts", str(iterations), str(result)]
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
        for name in ("SSH_CONNECTION", "SSH_TTY"):
            environment.pop(name, None)
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
            os.close(theirs)
            threading.Thread(target=swallow, args=(ours,), daemon=True).start()
            process.wait()
        return json.loads(result.read_text(encoding="utf-8"))


def swallow(terminal: int) -> None:
    """Read what is painted, as a terminal does."""
    try:
        while os.read(terminal, 65_536):
            pass
    except OSError:
        os.close(terminal)


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]), Path(sys.argv[2]))
        return
    print("milliseconds a chart and frame, median / 95th percentile")
    print(f"{'iterations':>10} {'terminal':>9} {'screen thread':>16} {'of it reducing':>16} {'drawing (painter)':>18}")
    for iterations in LENGTHS:
        for width, height in SIZES:
            frames, reducing, drawing = in_terminal(iterations, width, height)
            figures = [
                [1e3 * value / share for value in values]
                for values, share in ((frames, 2), (reducing, 1), (drawing, 1))
            ]
            cells = [f"{statistics.median(each):.1f} / {np.percentile(each, 95):.1f}" for each in figures]
            print(f"{iterations:>10,} {width:>5}x{height:<3} {cells[0]:>16} {cells[1]:>16} {cells[2]:>18}", flush=True)


if __name__ == "__main__":
    main()
