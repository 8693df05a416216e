"""Ctrl-C pressed for real, at random moments, in a pseudo-terminal: python -m tests.core.interrupt_storm.

Every command is begun in a terminal of its own and gets Ctrl-C some time between the process's first moment and its
last, once, twice or three times within milliseconds. Whatever a seed presses, the same seed presses again:

    python -m tests.core.interrupt_storm --presses 300 --seed 1

A finding is: a traceback, another exit code than 130 (or 0 of a command that was done), a command that does not end, a
store that is not consistent, a run whose end is not recorded, a process or a temporary file that is left over.
Tracebacks from before the first line of the program are Python's own, and counted apart: no program can help them.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import pty
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from joml_tui.runs.run import RunState
from joml_tui.store import open_store

ROOT = Path(__file__).parents[2]
#: A command has to end so soon after the last press, and what it started so soon after it.
PATIENCE, AFTERWARDS = 20.0, 5.0
#: How long a command may take that is left alone.
_WHOLE = 180.0
#: Seconds between presses of one burst, at most.
_BURST = 0.004

_EXPERIMENT = """\
version: 1
name: storm
dataset: {{name: xor, samples: {samples}}}
layers: [{{size: {size}, activation: tanh}}]
optimizer: {{name: adam, learning_rate: 0.01}}
batch_size: 16
epochs: {epochs}
"""
_FILES = {
    "long.yaml": _EXPERIMENT.format(samples=600, size=8, epochs=400),
    "wide.yaml": _EXPERIMENT.format(samples=600, size=16, epochs=20),
    "narrow.yaml": _EXPERIMENT.format(samples=600, size=2, epochs=20),
    "short.yaml": _EXPERIMENT.format(samples=200, size=4, epochs=5),
    "sweep.yaml": "base: wide.yaml\ngrid:\n  optimizer.learning_rate: [0.01, 0.003]\nseeds: 6\n",
    "rows.csv": "x1,x2\n" + "".join(f"{(i % 200) / 100 - 1},{(i % 77) / 40 - 1}\n" for i in range(60_000)),
}
OLD_STORE = Path(__file__).parent / "stores" / "version-2-flowers.db"


@dataclass(frozen=True)
class Case:
    """A command that is interrupted.

    Attributes
    ----------
    name : str
    arguments : sequence of str
        After ``joml-tui``.
    raw : bool
        Whether it takes the keys itself, so that the signal comes from another program.
    old_store : bool
        Whether the store is of an earlier version, and brought up to date.
    """

    name: str
    arguments: Sequence[str]
    raw: bool = False
    old_store: bool = False
    codes: tuple[int, ...] = (130, 0)


CASES = (
    Case("run", ("run", "long.yaml", "--csv", "out.csv")),
    Case("run --quiet --json", ("run", "long.yaml", "--quiet", "--json")),
    Case("run --resume", ("run", "--resume", "2")),
    Case("queue", ("queue", "sweep.yaml", "--workers", "2")),
    Case("compare", ("compare", "wide.yaml", "narrow.yaml", "--seeds", "3", "--processes", "2")),
    Case("reproduce", ("reproduce", "--seeds", "1", "--networks", "14-100-40-4", "--processes", "1")),
    Case("explain", ("explain", "1")),
    Case("predict", ("predict", "1", "rows.csv", "--output", "predicted.csv")),
    Case("export csv", ("runs", "export", "1", "--output", "series.csv")),
    Case("export svg", ("runs", "export", "1", "--output", "curves.svg")),
    Case("check", ("check", "short.yaml")),
    Case("runs list, old store", ("runs", "list"), old_store=True),
    Case("run, old store", ("run", "short.yaml"), old_store=True),
    Case("doctor", ("doctor",)),
    Case("lab", (), raw=True),
)


@dataclass
class Ended:
    """How a command ended.

    Attributes
    ----------
    code : int or None
        None where it had to be killed.
    text : str
        All that the terminal got.
    waited : float
        Seconds from the last press to the end.
    left : list of str
        Processes that it left behind.
    """

    code: int | None
    text: str
    seconds: float
    waited: float
    left: list[str]


@dataclass
class Counts:
    """What became of the presses of one command."""

    presses: int = 0
    commands: int = 0
    done: int = 0
    before_us: int = 0
    longest: float = 0.0
    faults: collections.Counter[str] = field(default_factory=collections.Counter)


def main(arguments: Sequence[str] | None = None) -> int:
    """Press as often as asked, and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--presses", type=int, default=60, help="how many commands are interrupted")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the names of the commands")
    parser.add_argument("--program", default=str(Path(sys.executable).with_name("joml-tui")))
    given = parser.parse_args(arguments)
    cases = [case for case in CASES if given.only in case.name]
    counts_by_case = storm(cases, given.presses, given.seed, given.program)
    print(table(counts_by_case))
    return int(any(counts.faults for counts in counts_by_case.values()))


def storm(cases: Sequence[Case], presses: int, seed: int, program: str) -> dict[str, Counts]:
    """Interrupt the commands in turn; give what became of each."""
    chance = random.Random(seed)
    counts = {case.name: Counts() for case in cases}
    with tempfile.TemporaryDirectory(prefix="storm-") as scratch:
        template = Path(scratch, "template")
        prepare(template, program)
        whole = {}
        for case in cases:
            ended = attempt(case, template, Path(scratch, "whole"), program, ())
            if ended.code != 0 and not case.raw:
                raise SystemExit(f"{case.name} left alone ended with {ended.code}:\n{ended.text}")
            whole[case.name] = min(ended.seconds, 8.0)
        for number in range(presses):
            case = cases[number % len(cases)]
            begin = chance.uniform(0, 1.05 * whole[case.name])
            moments = [begin]
            for _ in range(chance.choice((0, 0, 1, 2))):
                moments.append(moments[-1] + chance.uniform(0, _BURST))
            folder = Path(scratch, "try")
            start = _start_of_python()
            ended = attempt(case, template, folder, program, moments)
            judge(case, ended, folder, counts[case.name], moments, start)
    return counts


def prepare(folder: Path, program: str) -> None:
    """Make a folder with experiments, rows, and a store with a run that is done and one that was stopped."""
    write_files(folder)
    done = run_in_terminal(program, ("run", "long.yaml"), folder, ())
    assert done.code == 0, done.text
    stopped = run_in_terminal(program, ("run", "long.yaml", "--epochs", "4000"), folder, (3.0,))
    assert stopped.code == 130, stopped.text


def write_files(folder: Path) -> None:
    """Write the experiments, a sweep and rows to predict for."""
    (folder / "tmp").mkdir(parents=True)
    for name, text in _FILES.items():
        (folder / name).write_text(text)


def _start_of_python() -> float:
    """Return how long Python may take to begin on this machine now: until then the system ends a process by itself."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return 2 * (time.monotonic() - begun)


def attempt(case: Case, template: Path, folder: Path, program: str, moments: Sequence[float]) -> Ended:
    """Run a command in a copy of a folder, and press at these moments."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    if case.old_store:
        for file in folder.glob("runs.db*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        shutil.copy(OLD_STORE, folder / "runs.db")
    return run_in_terminal(program, case.arguments, folder, moments, raw=case.raw)


def run_in_terminal(
    program: str, arguments: Sequence[str], folder: Path, moments: Sequence[float], *, raw: bool = False
) -> Ended:
    """Run a command in a terminal of its own, press Ctrl-C at these moments, and wait for its end."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONFAULTHANDLER": "1",  # one that hangs says where, when it is ended
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "home"),
        "XDG_DATA_HOME": str(folder / "home"),
        "XDG_STATE_HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "JOML_STORE": str(folder / "runs.db"),
    }
    if "PYTHONPATH" in os.environ:  # another copy of the program
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    process, terminal = pty.fork()
    if not process:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it
        os.chdir(folder)
        os.execve(program, [program, *arguments], environment)
    begun = time.monotonic()
    pending = [begun + moment for moment in moments]
    last = pending[-1] if pending else begun
    limit = last + (PATIENCE if moments else 8.0 if raw else _WHOLE)
    text = bytearray()
    code: int | None = None
    while code is None and time.monotonic() < limit:
        now = time.monotonic()
        if pending and pending[0] <= now:
            pending.pop(0)
            if raw:
                os.kill(process, signal.SIGINT)
            else:
                os.write(terminal, b"\x03")
            continue
        wait = 0.02 if not pending else max(0.0, min(0.02, pending[0] - now))
        text += _read(terminal, wait)
        code = _code_of(process)
    ended = time.monotonic()
    if code is None:
        os.kill(process, signal.SIGABRT)
        text += _last_words(process, terminal)
    left = _left_over(process)
    while part := _read(terminal, 0):
        text += part
    os.close(terminal)
    return Ended(code, text.decode(errors="replace"), ended - begun, max(0.0, ended - last), left)


def _read(terminal: int, wait: float) -> bytes:
    ready, _, _ = select.select([terminal], [], [], wait)
    if not ready:
        return b""
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed
        time.sleep(wait)
        return b""


def _last_words(process: int, terminal: int) -> bytes:
    """Read what a process writes while it is ended by force, and see to its end."""
    text, until = bytearray(), time.monotonic() + AFTERWARDS
    while _code_of(process) is None:
        text += _read(terminal, 0.02)
        if time.monotonic() > until:
            os.kill(process, signal.SIGKILL)
    return bytes(text)


def _code_of(process: int) -> int | None:
    pid, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def _left_over(session: int) -> list[str]:
    """Wait for all processes of a terminal to end; those that do not are told, and killed."""
    until = time.monotonic() + AFTERWARDS
    while (left := list(_of_session(session))) and time.monotonic() < until:
        time.sleep(0.02)
    for pid, _ in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return [name for _, name in left]


def _of_session(session: int) -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            name, _, rest = (entry / "stat").read_text().rpartition(")")
            state, _, _, its_session = rest.split()[:4]
            if int(its_session) == session and state != "Z":
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode() or name


def judge(case: Case, ended: Ended, folder: Path, counts: Counts, moments: Sequence[float], start: float) -> None:
    """Count what became of a command; ``start`` is how long Python itself may take to begin."""
    counts.commands += 1
    counts.presses += len(moments)
    counts.done += ended.code == 0
    counts.longest = max(counts.longest, ended.waited)
    faults = []
    broken = re.search(r"Traceback|KeyboardInterrupt|Exception ignored|Fatal Python", ended.text) is not None
    ours = "joml" in re.sub(r'File ".*?bin/joml-tui"', "", ended.text)
    if not ours and (broken or (ended.code == -signal.SIGINT and moments[0] < start)):
        counts.before_us += 1
        return
    if broken:
        faults.append("traceback")
    if ended.code is None:
        faults.append("hang")
    elif ended.code not in case.codes:
        faults.append(f"exit code {ended.code}")
    if ended.left:
        faults.append("process left over")
    faults += _in_folder(case, ended, folder)
    counts.faults.update(faults)
    if faults:
        report = f"{case.name}: {', '.join(faults)}; pressed at {', '.join(f'{each:.3f}' for each in moments)} s"
        print(f"--- {report}, exit code {ended.code}", *ended.left, sep="\n")
        print(ended.text[-3_000:], flush=True)


def _in_folder(case: Case, ended: Ended, folder: Path) -> Iterator[str]:
    if any((folder / "tmp").iterdir()) or any(folder.glob(".joml-*")):
        yield "file left over"
    if not (folder / "runs.db").exists():
        return
    try:
        with open_store(folder / "runs.db") as store:
            if store.notices or store.damaged or store.check():
                yield "store not consistent"
            runs = store.runs()
            if any(run.state is RunState.INTERRUPTED for run in runs):
                yield "end not recorded"
            for run in runs[:1]:
                rows = len(store.series(run.number).get("train_cost", ()))
                if rows != run.summary.iteration:
                    yield "iterations do not agree"
            if case.name.startswith("run ") and ended.code == 0 and runs[0].state is not RunState.FINISHED:
                yield "exit code 0 of a run that did not finish"
    except Exception as error:
        yield f"store: {type(error).__name__}: {error}"


def table(counts_by_case: dict[str, Counts]) -> str:
    """Lay out what was found, a line a command."""
    kinds = sorted({kind for counts in counts_by_case.values() for kind in counts.faults})
    heads = ["command", "commands", "presses", "were done", "before us", "longest wait", *kinds]
    rows = [heads]
    for name, counts in counts_by_case.items():
        cells = [counts.commands, counts.presses, counts.done, counts.before_us, f"{counts.longest:.1f} s"]
        rows.append([name, *map(str, cells), *(str(counts.faults[kind]) for kind in kinds)])
    every = list(counts_by_case.values())
    sums = [sum(getattr(each, name) for each in every) for name in ("commands", "presses", "done", "before_us")]
    longest = max((each.longest for each in every), default=0.0)
    totals = [str(sum(each.faults[kind] for each in every)) for kind in kinds]
    rows.append(["all", *map(str, sums), f"{longest:.1f} s", *totals])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
