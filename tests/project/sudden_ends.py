"""Sudden ends: processes of the product that are killed, ended, stopped or starved at random moments.

The victims are a run of the command line, the lab, its engine process, its painter, a sweep and its workers. Each gets
SIGKILL, SIGTERM, SIGHUP, or SIGSTOP and later SIGCONT. Further attacks take the disk away, have four writers use one
store, or turn the clock back. A finding is:

- a record that another program had already seen in the store and that is gone;
- a run that, gone on with, is not the uninterrupted one bit for bit;
- a process or a lock that is left, or a store that is not whole;
- an exit code that is not documented, a traceback, or a terminal that is not given back.

    python tests/project/sudden_ends.py --times 50 --seed 1 --only lab
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from joml_tui.cli import main as command
from joml_tui.serialization import unpack_state
from joml_tui.store import Store, StoreError, open_store

_JOML = str(Path(sys.executable).with_name("joml-tui"))
#: Seconds that a program may take to start, a run to end, and what a program started to end after it.
_START, _END, _AFTERWARDS = 120.0, 120.0, 15.0
_ALL = ("KILL", "TERM", "HUP", "STOP")
_RUN = """\
version: 1
name: a run
dataset: {name: xor, samples: 600}
layers: [{size: 8, activation: tanh, dropout: 0.1}, {size: 4, activation: relu}]
optimizer: {name: adam, learning_rate: 0.01, schedule: {name: cosine}}
batch_size: 16
epochs: EPOCHS
seed: 5
"""
_SWEEP = "name: a sweep\nbase: short.yaml\ngrid:\n  optimizer.learning_rate: [0.01, 0.003]\nseeds: 3\n"
_ON_A_SMALL_DISK = "mount -t tmpfs -o size={size}k none {disk} && {run}; code=$?; cp {disk}/* {out}; exit $code"
#: A program whose clock jumps.
_JUMPING_CLOCK = """\
import random, sys, time
chance, real = random.Random(int(sys.argv.pop(1))), time.time
time.time = lambda: real() + chance.choice([0, -3_600, -86_400 * 400, 3_600, -real(), 1e12])
from joml_tui.cli import main
main()
"""


# --- programs and their processes -------------------------------------------------------------------------------------


@dataclass
class World:
    """A folder with experiments and a store, and the programs that use it.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "tmp").mkdir(parents=True)
        (self.folder / "long.yaml").write_text(_RUN.replace("EPOCHS", "160"))
        (self.folder / "short.yaml").write_text(_RUN.replace("EPOCHS", "20"))
        (self.folder / "sweep.yaml").write_text(_SWEEP)
        (self.folder / "config.toml").write_text("tour = false\n")

    @property
    def store(self) -> Path:
        """The store's file."""
        return self.folder / "runs.db"

    def environment(self, store: Path | None = None) -> dict[str, str]:
        """Return the environment of a program of this world, by which its processes are recognised."""
        home = str(self.folder)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "SSH_"))},
            **{"HOME": home, "TMPDIR": str(self.folder / "tmp"), "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            **{"JOML_STORE": str(store or self.store), "JOML_CONFIG": str(self.folder / "config.toml")},
            **{"XDG_STATE_HOME": str(self.folder / "state"), "PYTHONFAULTHANDLER": "1"},
        }

    def processes(self) -> dict[int, str]:
        """Return the command lines of all processes of this world by their numbers."""
        mark = f"JOML_STORE={self.store}\0".encode()
        mine = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                if state != "Z" and mark in (entry / "environ").read_bytes():
                    mine[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return mine

    def some(self, part: str, chance: random.Random, seconds: float = 5.0) -> int | None:
        """Return one of the processes whose command line has a part; None if there is none for so long."""
        until = time.monotonic() + seconds
        while not (there := [pid for pid, line in self.processes().items() if part in line]):
            if time.monotonic() > until:
                return None
            time.sleep(0.05)
        return chance.choice(sorted(there))

    def left(self) -> Iterator[str]:
        """Yield a fault for each process that does not end by itself, and end it."""
        until = time.monotonic() + _AFTERWARDS
        while (left := self.processes()) and time.monotonic() < until:
            time.sleep(0.05)
        for pid, line in left.items():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            yield f"a process is left: {line[:60]}"


def _begin(terminal: int) -> None:
    """Begin a process in a terminal, with signals that this program may have been told to ignore."""
    os.login_tty(terminal)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


class Program:
    """A program in a terminal of its own."""

    def __init__(self, world: World, *arguments: object) -> None:
        self._terminal, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.written = bytearray()
        self.process = subprocess.Popen(
            list(map(str, arguments)),
            cwd=world.folder,
            env=world.environment(),
            preexec_fn=partial(_begin, slave),  # noqa: PLW1509
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the other end is closed
            while part := os.read(self._terminal, 65_536):
                self.written += part

    def type(self, keys: str) -> None:
        """Type keys."""
        with contextlib.suppress(OSError):
            os.write(self._terminal, keys.encode())

    def wait(self, seconds: float = _END) -> int | None:
        """Return the exit code, or None for a program that had to be killed, and that wrote where it stood."""
        try:
            code: int | None = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            self.process.kill()
            self.process.wait()
            code = None
        self._reader.join(2)
        return code

    def close(self) -> None:
        """End it if it is still there, and take the terminal away."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(2)
        os.close(self._terminal)

    def faults(self, *, screen: bool) -> Iterator[str]:
        """Yield what it has written that it must not, and a screen that is not given back."""
        written = bytes(self.written)
        for word in (b"Traceback", b"Fatal Python", b"Exception ignored"):
            if word in written:
                yield f"{word.decode()}: {written[written.rindex(word) :].decode(errors='replace')}"
        modes = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")
        if screen and b"\x1b[?1049h" in written and not all(mode in written for mode in modes):
            yield "the terminal is not given back"


def signalled(pid: int, name: str, chance: random.Random) -> None:
    """Send a signal, and wake a process that was stopped by it after a while."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, getattr(signal, f"SIG{name}"))
        if name == "STOP":
            time.sleep(chance.uniform(0.02, 1.5))
            os.kill(pid, signal.SIGCONT)


def until(condition: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    """Return whether a condition came true within so many seconds; looking more often would slow the programs."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


# --- what is in the store ---------------------------------------------------------------------------------------------

Figures = dict[str, np.ndarray]


def figures(store: Store, number: int) -> Figures:
    """Return all numbers of a run, in which there is no time."""
    state = store.state(number)
    arrays = {} if state is None else unpack_state(state[1])
    whole = {**store.series(number), **{f"state {name}": array for name, array in arrays.items()}}
    return {name: np.array(values) for name, values in whole.items() if "seconds" not in name}


def different(some: Figures, others: Figures) -> str:
    """Return the first name at which two runs differ; empty if they are equal bit for bit.

    A run that was stopped has been measured there once more.
    """
    if some.keys() != others.keys():
        return ", ".join(sorted(some.keys() ^ others.keys()))
    checks = "test_iteration"
    measured = np.isin(some[checks], others[checks]) if checks in others else np.zeros(0, bool)
    for name, array in some.items():
        same = array[measured] if name.startswith("test_") else array
        if same.tobytes() != others[name].tobytes():
            return name
    return ""


def rows(path: Path) -> dict[int, tuple[str, int]]:
    """Return the state of each run and its number of iterations, as another program sees them now."""
    with contextlib.suppress(StoreError), open_store(path) as store:
        return {
            run.number: (run.state.value, len(store.series(run.number).get("train_cost", ()))) for run in store.runs()
        }
    return {}


class Watch:
    """Looks at a store again and again while programs write, and notes what was there."""

    def __init__(self, path: Path) -> None:
        self._path, self._over = path, threading.Event()
        self.seen: dict[int, int] = {}
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.15):
            if self._path.exists():
                self.seen |= {number: length for number, (_, length) in rows(self._path).items()}

    def end(self) -> dict[int, int]:
        """Stop looking; return the number of iterations of each run that were seen last."""
        self._over.set()
        self._thread.join()
        return self.seen


def gone_on_with(path: Path, number: int) -> str:
    """Have the command go on with a run; return its error, if any."""
    result = CliRunner().invoke(command, ["run", "--resume", str(number), "--quiet", "--store", str(path)])
    return "" if result.exit_code == 0 else f"run {number} cannot be gone on with: {result.stderr.strip()[-200:]}"


def judged(path: Path, seen: dict[int, int], wanted: Figures) -> Iterator[str]:
    """Yield what is wrong with a store after a sudden end, and with its runs after they were gone on with."""
    if not path.exists():
        if seen:
            yield "the store is gone"
        return
    with open_store(path) as store:
        problems = [*store.notices, *store.damaged, *store.check()]
        states = {run.number: run.state.value for run in store.runs()}
        lengths = {number: len(store.series(number).get("train_cost", ())) for number in states}
    yield from (f"the store is not whole: {problem}" for problem in problems)
    for number, length in seen.items():
        if lengths.get(number, -1) < length:
            yield f"run {number}: {length} iterations were in the store, {lengths.get(number)} are there now"
    for number, state in states.items():
        if state in ("running", "preparing", "waiting", "paused"):
            yield f"run {number} is {state}, and nobody trains it"
        elif state != "finished" and (fault := gone_on_with(path, number)):
            yield fault
    with open_store(path) as store:
        for number in states:
            if what := different(figures(store, number), wanted):
                yield f"run {number} is not the uninterrupted one: {what}"


# --- the attacks ------------------------------------------------------------------------------------------------------


@dataclass
class Whole:
    """A run and a sweep that nothing interrupts, to compare with: their seconds and their numbers.

    Attributes
    ----------
    run_seconds, sweep_seconds : float
    run : Figures
    sweep : dict
        By the name of a run.
    """

    run_seconds: float = 0.0
    sweep_seconds: float = 0.0
    run: Figures = field(default_factory=dict)
    sweep: dict[str, Figures] = field(default_factory=dict)


def undisturbed(folder: Path) -> Whole:
    """Return a run and a sweep that nothing happens to."""
    world, whole = World(folder), Whole()
    began = time.monotonic()
    _done(world, "run", "long.yaml")
    whole.run_seconds = time.monotonic() - began
    with open_store(world.store) as store:
        whole.run = figures(store, 1)
    world.store.unlink()
    began = time.monotonic()
    _done(world, "queue", "sweep.yaml", "--workers", "2")
    whole.sweep_seconds = time.monotonic() - began
    with open_store(world.store) as store:
        whole.sweep = {run.name: figures(store, run.number) for run in store.runs()}
    return whole


def _done(world: World, *arguments: str) -> None:
    done = subprocess.run(
        [_JOML, *arguments, "--quiet"], cwd=world.folder, env=world.environment(), capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}, left alone, ended with {done.returncode}: {done.stderr.decode()}")


def attack_run(world: World, name: str, chance: random.Random, whole: Whole) -> Iterator[str]:
    """Attack a run of the command line."""
    program, watch = Program(world, _JOML, "run", "long.yaml"), Watch(world.store)
    time.sleep(chance.uniform(0.2, 1.0) * whole.run_seconds)
    signalled(program.process.pid, name, chance)
    code = program.wait()
    if code not in ((0,) if name == "STOP" else (0, -getattr(signal, f"SIG{name}"))):
        yield f"exit code {code}"
    yield from program.faults(screen=False)
    program.close()
    yield from world.left()
    yield from judged(world.store, watch.end(), whole.run)


def _opened_lab(world: World) -> Program:
    program = Program(world, _JOML, "long.yaml")
    if not until(lambda: world.some("engine_process", random.Random(), 0) is not None, _START):
        raise SystemExit(f"the lab did not start: {bytes(program.written)[-2000:]!r}")
    program.type("X")  # at full speed, not at the pace at which such a run is watched
    time.sleep(0.5)
    return program


def _begun(world: World, lab: Program, number: int) -> bool:
    """Train in the lab; return whether the run came into the store."""
    lab.type("\x1b")  # what the last one ended with may be in front
    time.sleep(0.5)
    lab.type("r")
    return until(lambda: number in rows(world.store), _START)


def _left_by_keys(lab: Program) -> Iterator[str]:
    lab.type("\x1b")
    time.sleep(0.3)
    lab.type("q")
    if not until(lambda: lab.process.poll() is not None, 5):
        lab.type("q")
    code = lab.wait(30)
    if code != 0:
        yield f"exit code {code} after q"
    yield from lab.faults(screen=True)


def attack_lab(world: World, name: str, chance: random.Random, whole: Whole) -> Iterator[str]:
    """Attack the lab while it trains."""
    lab = _opened_lab(world)
    watch = Watch(world.store)
    lab.type("r")
    time.sleep(chance.uniform(0.0, 1.0) * whole.run_seconds)
    signalled(lab.process.pid, name, chance)
    if name == "STOP":
        if not until(lambda: rows(world.store).get(1, ("",))[0] == "finished", _END):
            yield f"the run did not finish: {rows(world.store)}"
        yield from _left_by_keys(lab)
    else:
        number = getattr(signal, f"SIG{name}")
        code = lab.wait()
        if code != (-number if name == "KILL" else 128 + number):
            yield f"exit code {code}"
        yield from lab.faults(screen=name != "KILL")
    lab.close()
    yield from world.left()
    yield from judged(world.store, watch.end(), whole.run)


def attack_child(
    world: World, name: str, chance: random.Random, whole: Whole, *, part: str, times: int
) -> Iterator[str]:
    """Attack a process of one lab so many times while it trains; nothing is done to a last run."""
    lab = _opened_lab(world)
    watch = Watch(world.store)
    for number in range(1, times + 2):
        is_attacked = number <= times
        if not _begun(world, lab, number):
            yield f"run {number} did not begin"
            break
        if is_attacked:
            time.sleep(chance.uniform(0.0, 0.7) * whole.run_seconds)
            victim = world.some(part, chance)
            if victim is None:
                yield f"there was no process to attack in run {number}"
            else:
                signalled(victim, name, chance)
        if not until(lambda number=number: rows(world.store)[number][0] in ("finished", "failed"), _END):
            yield f"run {number} did not end: {rows(world.store)}"
        state = rows(world.store)[number][0]
        may_fail = is_attacked and "engine" in part and name not in ("STOP", "HUP")
        if state != "finished" and not may_fail:
            yield f"run {number} {state}"
    yield from _left_by_keys(lab)
    lab.close()
    yield from world.left()
    yield from judged(world.store, watch.end(), whole.run)


def attack_sweep(world: World, name: str, chance: random.Random, whole: Whole) -> Iterator[str]:
    """Attack a sweep's coordinator, and have the sweep gone on with."""
    program, watch = Program(world, _JOML, "queue", "sweep.yaml", "--workers", "2"), Watch(world.store)
    time.sleep(chance.uniform(0.2, 1.0) * whole.sweep_seconds)
    signalled(program.process.pid, name, chance)
    code = program.wait()
    if code not in ((0,) if name == "STOP" else (0, -getattr(signal, f"SIG{name}"))):
        yield f"exit code {code}: {bytes(program.written)[-300:]!r}"
    yield from program.faults(screen=False)
    program.close()
    yield from world.left()
    seen = watch.end()
    if world.store.exists():
        with open_store(world.store) as store:
            yield from (f"the store is not whole: {each}" for each in (*store.notices, *store.damaged, *store.check()))
            if gone := seen.keys() - {run.number for run in store.runs()}:
                yield f"runs {gone} were in the store and are gone"
    _done(world, "queue", "sweep.yaml", "--workers", "2")
    yield from _sweep_faults(world, whole)


def attack_workers(world: World, name: str, chance: random.Random, whole: Whole, *, times: int) -> Iterator[str]:
    """Attack the workers of one sweep so many times, at which it repeats their jobs."""
    program = Program(world, _JOML, "queue", "sweep.yaml", "--workers", "2")
    for _ in range(times):
        victim = world.some("spawn_main", chance, 20.0)
        time.sleep(chance.uniform(0.0, 0.4) * whole.sweep_seconds)
        victim = world.some("spawn_main", chance, 0.5) or victim
        if victim is None:
            break
        signalled(victim, name, chance)
    code = program.wait()
    if code != 0:
        yield f"exit code {code}: {bytes(program.written)[-300:]!r}"
    yield from program.faults(screen=False)
    program.close()
    yield from world.left()
    yield from _sweep_faults(world, whole)


def _sweep_faults(world: World, whole: Whole) -> Iterator[str]:
    """Yield in what the runs of a sweep that has ended are not those of the undisturbed one."""
    with open_store(world.store) as store:
        yield from (f"the store is not whole: {each}" for each in (*store.notices, *store.damaged, *store.check()))
        runs = store.runs()
        if sorted(run.name for run in runs) != sorted(whole.sweep):
            yield f"the sweep has {[run.name for run in runs]}"
        for run in runs:
            if what := different(figures(store, run.number), whole.sweep.get(run.name, {})):
                yield f"{run.name} is not the uninterrupted one: {what}"


def attack_writing(world: World, name: str, chance: random.Random, whole: Whole) -> Iterator[str]:
    """Let a program write to no file, for a while or to its end, as on a full disk or one that became read-only."""
    program, watch = Program(world, _JOML, "run", "long.yaml"), Watch(world.store)
    time.sleep(chance.uniform(0.3, 0.9) * whole.run_seconds)
    pid, unlimited = program.process.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        if name == "a while":
            time.sleep(chance.uniform(0.05, 0.5))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
    code = program.wait()
    if code != 0:
        yield f"exit code {code}: {bytes(program.written)[-300:]!r}"
    yield from program.faults(screen=False)
    program.close()
    yield from world.left()
    yield from judged(world.store, watch.end(), whole.run)


def attack_space(world: World, _: str, chance: random.Random, whole: Whole) -> Iterator[str]:
    """Record a run on a disk that is soon full."""
    disk, out = world.folder / "disk", world.folder / "out"
    disk.mkdir()
    out.mkdir()
    run = f"{_JOML} run long.yaml --store {disk}/runs.db"
    script = _ON_A_SMALL_DISK.format(size=chance.randrange(8, 700, 4), disk=disk, run=run, out=out)
    program = Program(world, "unshare", "-rm", "sh", "-c", script)
    code = program.wait()
    if code not in (0, 2):  # 2: not even a store could be made there
        yield f"exit code {code}: {bytes(program.written)[-300:]!r}"
    yield from program.faults(screen=False)
    program.close()
    yield from world.left()
    kept = out / "runs.db"
    if kept.exists() and kept.stat().st_size:
        yield from judged(kept, {}, whole.run)


def attack_writers(world: World, name: str, chance: random.Random, whole: Whole) -> Iterator[str]:
    """Have four programs write into one store, and attack one of them."""
    programs, watch = [Program(world, _JOML, "run", "long.yaml") for _ in range(4)], Watch(world.store)
    time.sleep(chance.uniform(0.2, 2.0) * whole.run_seconds)
    signalled(programs[0].process.pid, name, chance)
    for place, program in enumerate(programs):
        code = program.wait()
        if code != 0 and (place or name == "STOP"):
            yield f"exit code {code} of another writer: {bytes(program.written)[-300:]!r}"
        yield from program.faults(screen=False)
        program.close()
    yield from world.left()
    yield from judged(world.store, watch.end(), whole.run)


def attack_clock(world: World, _: str, chance: random.Random, whole: Whole) -> Iterator[str]:
    """Record a run by a clock that jumps back and forth."""
    program = Program(world, sys.executable, "-c", _JUMPING_CLOCK, chance.randrange(1000), "run", "long.yaml")
    code = program.wait()
    if code != 0:
        yield f"exit code {code}: {bytes(program.written)[-300:]!r}"
    yield from program.faults(screen=False)
    program.close()
    yield from world.left()
    result = CliRunner().invoke(command, ["runs", "list", "--store", str(world.store)])
    if result.exit_code:
        yield f"the runs cannot be listed: {result.stderr[-200:]}"
    yield from judged(world.store, {}, whole.run)


Attack = Callable[[World, str, random.Random, Whole], Iterator[str]]
#: How often one lab's engine is attacked, each a new one; its painter, which it starts only twice; and the workers of
#: one sweep, which tries each job three times.
_ENGINES, _PAINTERS, _WORKERS = 5, 2, 2
#: By the name of a victim, the attack, its signals, and how many attacks one call makes.
ATTACKS: dict[str, tuple[Attack, tuple[str, ...], int]] = {
    "run": (attack_run, _ALL, 1),
    "lab": (attack_lab, _ALL, 1),
    "engine": (partial(attack_child, part="engine_process", times=_ENGINES), _ALL, _ENGINES),
    "painter": (partial(attack_child, part="plots.renderer", times=_PAINTERS), _ALL, _PAINTERS),
    "sweep": (attack_sweep, _ALL, 1),
    "worker": (partial(attack_workers, times=_WORKERS), _ALL, _WORKERS),
    "disk that refuses": (attack_writing, ("a while", "to the end"), 1),
    "disk that is full": (attack_space, ("small",), 1),
    "four writers": (attack_writers, ("KILL", "STOP"), 1),
    "clock": (attack_clock, ("jumps",), 1),
}


def tried(attack: Attack, name: str, seed: str, whole: Whole) -> list[str]:
    """Return what one attack finds."""
    with tempfile.TemporaryDirectory(prefix="ends-", ignore_cleanup_errors=True) as folder:
        world = World(Path(folder, "world"))
        try:
            return [*attack(world, name, random.Random(seed), whole)]
        except (AssertionError, KeyError, OSError, StoreError, SystemExit, ValueError) as error:
            return [f"{type(error).__name__}: {error}"]
        finally:
            for pid in world.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def main() -> int:
    """Attack as often as asked, print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--times", type=int, default=50, help="how often each victim gets each signal (50)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=ATTACKS, help="a victim; may be repeated (all)")
    parser.add_argument("--by", action="append", help="a signal, such as KILL; may be repeated (all)")
    given = parser.parse_args()
    if sys.platform != "linux":
        print("these attacks find processes as Linux has them: nothing was tried")
        return 0
    os.environ.pop("JOML_STORE", None)
    scratch = Path(tempfile.mkdtemp(prefix="ends-"))
    whole, bad = undisturbed(scratch / "whole"), 0
    shutil.rmtree(scratch, ignore_errors=True)
    for victim in given.only or ATTACKS:
        attack, names, at_once = ATTACKS[victim]
        for name in [each for each in names if not given.by or each in given.by]:
            began, faults = time.monotonic(), Counter[str]()
            for place in range(0, given.times, at_once):
                for fault in tried(attack, name, f"{given.seed} {victim} {name} {place}", whole):
                    faults[fault] += 1
                    print(f"{victim}, {name}, seed {given.seed}, number {place}: {fault}", flush=True)
            took = time.monotonic() - began
            total = sum(faults.values()) or "nothing"
            times = -(-given.times // at_once) * at_once
            print(f"{victim}, {name}: {times} times in {took:.0f} s, {total} found", flush=True)
            bad += sum(faults.values())
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
