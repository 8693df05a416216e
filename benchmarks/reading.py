"""Large text files: how long they are read, and with how much memory: python -m benchmarks.reading.

Each reader works in a process of its own, after its library is imported; processor seconds, so that what else the
machine does counts little, and the peak of the process's memory. numpy.loadtxt reads numbers only, and the csv module
only divides the rows into texts.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

# How a table is written beside commas and points, and whether a third of its rows has a missing cell.
_DIALECTS = {
    "blanks": ("  ", ".", False),
    "decimal commas": (";", ",", False),
    "and gaps": (";", ",", True),
}
# The first line imports what a reader needs, the second one reads.
_READERS = {
    "joml table": (
        "from pathlib import Path; from joml.data.readers.text_file import find_text; "
        "from joml.data.readers.csv_format import find_format; "
        "from joml.data.tables.text_reader import read_text_table",
        "text = find_text(Path(path)); table = read_text_table(text, find_format(text))",
    ),
    "joml csv": (
        "from joml.data.readers.csv_file import read_csv_samples",
        "table = read_csv_samples(path, label='label')",
    ),
    "numpy.loadtxt": ("import numpy", "table = numpy.loadtxt(path, delimiter=',', skiprows=1)"),
    "csv module": ("import csv", "rows = sum(1 for _ in csv.reader(open(path, newline='')))"),
    "pandas": ("import pandas", "table = pandas.read_csv(path)"),
    "polars": ("import polars", "table = polars.read_csv(path)"),
    "pyarrow": ("from pyarrow import csv", "table = csv.read_csv(path)"),
}
_PROGRAM = """
import resource, sys, time
path = sys.argv[1]
{}
began = time.process_time()
{}
seconds = time.process_time() - began
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 2**20))
"""
_BLOCK_ROWS = 10_000
_BOUND = "(below 3 s and 450 MiB)"


def report(rows: int, rounds: int) -> Iterable[str]:
    """Yield each line of the report as soon as it is known."""
    yield f"Text files of {rows:,} rows: 17 columns of fractions, 2 of whole numbers, and one more."
    yield f"Processor seconds and peak memory, medians of {rounds} rounds; ratios are to joml csv."
    yield ""
    yield f"{'file':<14} {'size':>8}  {'reader':<14} {'seconds':>8} {'ratio':>6} {'memory':>9}"
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in {"numbers": ("0", "1", "2"), "and a category": ("red", "green", "blue", "yellow")}.items():
            path = Path(folder) / "table.csv"
            write_table(path, rows, texts)
            yield from _rows(name, path, rounds, texts[0] == "0")
        yield ""
        yield "The same numbers and category in other dialects; ratios are to joml csv of the file with commas."
        yield ""
        own = 0.0
        for name, dialect in {"commas": (",", ".", False), **_DIALECTS}.items():
            path = Path(folder) / "dialect.csv"
            write_in_dialect(Path(folder) / "table.csv", path, *dialect)
            results = [_measure("joml csv", path) for _ in range(rounds)]
            seconds, memory = (statistics.median(values) for values in zip(*results, strict=True))
            own = own or seconds
            yield _line(name, path, "joml csv", seconds, own, memory)


def _rows(name: str, path: Path, rounds: int, is_numeric: bool) -> Iterable[str]:
    readers = [
        reader
        for reader in _READERS
        if (reader not in ("pandas", "polars", "pyarrow") or importlib.util.find_spec(reader))
        and (is_numeric or reader != "numpy.loadtxt")
    ]
    measured = {reader: [_measure(reader, path) for _ in range(rounds)] for reader in readers}
    own = statistics.median(seconds for seconds, _ in measured["joml csv"])
    for reader, results in measured.items():
        seconds, memory = (statistics.median(values) for values in zip(*results, strict=True))
        yield _line(name, path, reader, seconds, own, memory)


def _line(name: str, path: Path, reader: str, seconds: float, own: float, memory: float) -> str:
    bound = f"  {_BOUND}" if reader.startswith("joml") else ""
    size = f"{path.stat().st_size / 2**20:.0f} MiB"
    return f"{name:<14} {size:>8}  {reader:<14} {seconds:8.2f} {seconds / own:6.2f} {memory:5.0f} MiB{bound}"


def write_table(path: Path, rows: int, texts: tuple[str, ...]) -> None:
    """Write a table of so many rows, whose last column has these texts."""
    chosen = np.random.default_rng(0)
    scales = 10.0 ** chosen.integers(-1, 3, 17)
    with path.open("w") as file:
        file.write(",".join([*(f"x{number}" for number in range(1, 18)), "n1", "n2", "label"]) + "\n")
        for begin in range(0, rows, _BLOCK_ROWS):
            count = min(_BLOCK_ROWS, rows - begin)
            fractions = (chosen.normal(size=(count, 17)) * scales).tolist()
            whole = chosen.integers(0, 1000, (count, 2)).tolist()
            labels = chosen.choice(texts, count).tolist()
            for each, numbers, label in zip(fractions, whole, labels, strict=True):
                cells = ",".join([f"{value:.5g}" for value in each])
                file.write(f"{cells},{numbers[0]},{numbers[1]},{label}\n")


def write_in_dialect(source: Path, path: Path, delimiter: str, point: str, has_gaps: bool) -> None:
    """Write a table again with another delimiter and decimal point, and with gaps in a third of its rows."""
    with source.open() as lines, path.open("w") as file:
        for number, line in enumerate(lines):
            cells = [cell.replace(".", point) for cell in line.rstrip("\n").split(",")]
            if has_gaps and number % 3 == 1:
                cells[number % 17] = ""
            file.write(delimiter.join(cells) + "\n")


def _measure(reader: str, path: Path) -> tuple[float, float]:
    program = _PROGRAM.format(*_READERS[reader])
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each file (1000000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (3)")
    arguments = parser.parse_args()
    for line in report(arguments.rows, arguments.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
