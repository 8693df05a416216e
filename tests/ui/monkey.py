"""Random keys, pastes, mouse and resizes at the real lab in a real pseudo-terminal: python -m tests.ui.monkey.

While one run trains, another is paused and a queue waits, it presses what a user could press, faster than anyone
does. Whatever a seed brings about, the same seed brings about again, as far as the moment of each key does not matter:

    python -m tests.ui.monkey --seed 3 --events 5000

A finding is: the lab has ended, does not answer, shows nothing, cannot be left, or its error net had to catch an
exception. The last keys before each finding are told with it.

How much memory the lab takes, of its own and not of the runs that it is asked to keep, is looked at by

    python -m tests.ui.monkey --seed 3 --events 10000 --level

There the lab is emptied before each look: its runs are deleted for good, its queue and its notices cleared, and what
the C library keeps of memory that was given back goes to the system. A person who does something each second needs an
hour for 3,600 events; what comes after the first must stay level: more than 5 MiB an hour is a failure.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import ctypes
import faulthandler
import fcntl
import gc
import json
import os
import pty
import random
import resource
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyte

ROOT = Path(__file__).parents[2]
#: Seconds between two events, less than the lab needs for one; now and then several come in one piece.
PAUSE = 0.002
#: The lab may not go without an answer for longer, the time not counted that other programs had the processor.
PATIENCE = 2.0
#: A lab that has handled so many messages without an answer to its heart is slow, and may take five times as long.
MOST_HANDLED = 200
#: What no process of a lab may exceed: a monkey types sizes of layers too.
_MEMORY = 6 << 30
_SECONDS_TO_START = 120.0
#: A person's events in an hour, one each second; and how many of them lie between two looks at the memory.
EVENTS_AN_HOUR = 3_600
EVENTS_A_LOOK = 300
#: What an hour of use may add to the lab's memory after the first, in KiB.
MOST_GROWTH = 5 << 10
_SIZE_TO_LOOK_AT = (160, 50)
_LOOK, _MAY_LEAVE = signal.SIGRTMIN, signal.SIGRTMIN + 1
#: What the lab is opened on: points in the plane, a table of mixed columns, and small images.
SUBJECTS = ("points", "table", "images")
_SUBJECTS = {
    "points": """\
dataset: {name: xor, samples: 200}
layers: [{size: 4, activation: tanh}]
""",
    "table": """\
dataset: {name: csv, path: table.csv, label: colour}
layers: [{size: 5, activation: relu, normalised: true}, {size: 3, dropout: 0.1}]
metrics: [macro-f1]
""",
    "images": """\
dataset: {name: npz, path: images.npz}
layers:
  - {layer: convolution, channels: 3, kernel: 3, padding: 1, activation: tanh}
  - {layer: batch-normalisation}
  - {layer: max-pooling, kernel: 2}
  - {size: 6}
""",
}
_ENDLESS = "version: 1\noptimizer: {name: adam, learning_rate: 0.01}\nepochs: 1000000\nbatch_size: 16\n"
#: Keys that the lab may be behind; the monkey waits for a lab that other programs keep from its processor.
MOST_WAITING = 60

_PRINTABLE = [chr(code) for code in range(32, 127)]
_SPECIAL = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "backtab": "\x1b[Z",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "delete": "\x1b[3~",
    "insert": "\x1b[2~",
    "shift+up": "\x1b[1;2A",
    "shift+down": "\x1b[1;2B",
    "shift+left": "\x1b[1;2D",
    "shift+right": "\x1b[1;2C",
    "alt+up": "\x1b[1;3A",
    "alt+left": "\x1b[1;3D",
    "ctrl+left": "\x1b[1;5D",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f6": "\x1b[17~",
    "f4": "\x1bOS",
    "f9": "\x1b[20~",
    "f12": "\x1b[24~",
    "focus out": "\x1b[O",
    "focus in": "\x1b[I",
    "palette": "\x10",
    "ctrl+a": "\x01",
    "ctrl+c": "\x03",
    "ctrl+d": "\x04",
    "ctrl+g": "\x07",
    "ctrl+k": "\x0b",
    "ctrl+r": "\x12",
    "ctrl+t": "\x14",
    "ctrl+u": "\x15",
    "ctrl+w": "\x17",
    "ctrl+y": "\x19",
    "ctrl+z": "\x1a",
}
#: Trains what is composed, also where text is being written.
_F5 = b"\x1b[15~"
#: What opens something: weighted, as most of what can go wrong goes wrong while a screen comes or goes.
_OPENERS = [*"O*HQRhUCVvSFN#D/weEWo?;TY=4}{nym!&JKIB9", "\x04", "\x10", "\x14"]
_NAMES = {"\x04": "paint", "\x10": "palette", "\x14": "columns"}
_TEXTS = [
    "14-28x6-4",
    "0.01",
    "test_acc>0.9 tag:deep",
    "1@8x8-c4k3b1(tanh)-p2-r(c4k3b1-bn)-d0.2-6-3",
    "x1, x2, x1*x2, sin(x1)",
    "images.npz",
    "[/] [bold",
    "Жук 神经 🧠",
    "a\tb\nc",
    "\udcff\udc80",  # as from a terminal that is not set to UTF-8
    "x" * 300,
]
_SIZES = [
    (10, 3),
    (14, 20),
    (20, 5),
    (40, 8),
    (80, 4),
    (80, 24),
    (100, 30),
    (120, 28),
    (160, 50),
    (300, 100),
    (10, 100),
]


# --- what the monkey does --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """One thing a user does: bytes from the terminal, or another size of it."""

    name: str
    data: bytes = b""
    size: tuple[int, int] | None = None
    at_once: bool = False
    """Whether the next one comes in the same piece."""


def events(seed: int) -> Iterator[Event]:
    """Yield what this seed's monkey does, without end."""
    chance = random.Random(seed)
    size = (160, 50)
    pressed_at: tuple[int, int] | None = None
    while True:
        what = chance.random()
        at_once = chance.random() < 0.15
        if pressed_at is not None:  # a drag goes on, or ends
            column, row = chance.randint(1, size[0]), chance.randint(1, size[1])
            done = chance.random() < 0.5
            pressed_at = None if done else (column, row)
            yield Event(
                "release" if done else "drag",
                f"\x1b[<{0 if done else 32};{column};{row}{'m' if done else 'M'}".encode(),
            )
        elif what < 0.40:
            key = chance.choice(_PRINTABLE)
            if key == "q" and chance.random() < 0.7:
                continue
            yield Event(key, key.encode(), at_once=at_once)
        elif what < 0.62:
            name = chance.choice(list(_SPECIAL))
            yield Event(name, _SPECIAL[name].encode(), at_once=at_once)
        elif what < 0.80:
            key = chance.choice(_OPENERS)
            yield Event(_NAMES.get(key, key), key.encode(), at_once=at_once)
        elif what < 0.84:
            yield Event("escape", b"\x1b", at_once=False)
        elif what < 0.86:
            text = chance.choice(_TEXTS)
            yield Event(f"paste {text[:12]!a}", b"\x1b[200~" + text.encode(errors="surrogateescape") + b"\x1b[201~")
        elif what < 0.97:
            column, row = chance.randint(1, size[0]), chance.randint(1, size[1])
            kind = chance.choice(["click", "click", "click", "press", "move", "wheel", "wheel", "right"])
            at = f"{column};{row}"
            if kind == "press":
                pressed_at = (column, row)
            data = {
                "click": f"\x1b[<0;{at}M\x1b[<0;{at}m",
                "right": f"\x1b[<2;{at}M\x1b[<2;{at}m",
                "press": f"\x1b[<0;{at}M",
                "move": f"\x1b[<35;{at}M",
                "wheel": f"\x1b[<{64 + chance.randrange(2)};{at}M",
            }[kind]
            yield Event(f"{kind} {at}", data.encode(), at_once=at_once)
        elif what < 0.975:
            yield Event("theme", b"\x1b\x1bt")
        else:
            size = chance.choice(_SIZES) if chance.random() < 0.7 else (chance.randint(10, 300), chance.randint(3, 100))
            yield Event(f"size {size[0]}x{size[1]}", size=size)


# --- the lab, watched from inside ------------------------------------------------------------------------------------


class Heart:
    """Asks the application, the screen in front and what has the keys for an answer, ten times a second."""

    def __init__(self, app, pipe: int) -> None:
        self._app, self._pipe, self._handled = app, pipe, 0
        os.set_blocking(pipe, False)
        self._count()

    def _count(self) -> None:
        """Count the messages that all parts of the lab handle from now on."""
        from textual.message_pump import MessagePump

        dispatch = MessagePump._dispatch_message

        async def counted(pump, message):
            self._handled += 1
            await dispatch(pump, message)

        MessagePump._dispatch_message = counted

    async def beat(self) -> None:
        """Tell of each round of answers, for as long as the lab lives."""
        while True:
            for _ in range(3):
                if await self._round():
                    self._tell()
                    break
            await asyncio.sleep(0.1)

    async def _round(self) -> bool:
        app = self._app
        for place in ("app", "screen", "focused"):
            asked = self._pump(place)
            answer = asyncio.Event()
            if asked is None or not asked.call_later(answer.set):
                continue
            while not answer.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(answer.wait(), 0.05)
                self._write({"handled": self._handled})
                if not answer.is_set() and asked is not app and self._pump(place) is not asked:
                    return False  # it is gone, and what has come in its place is asked next
        return True

    def _pump(self, place: str):
        app = self._app
        if place == "app":
            return app
        if not app.screen_stack:
            return None
        return app.screen if place == "screen" else app.screen.focused

    def _tell(self) -> None:
        app = self._app
        runs = app.lab.session.runs
        line = {
            "screens": [type(screen).__name__ for screen in app.screen_stack],
            "focused": str(app.screen.focused) if app.screen_stack else "",
            "runs": len(runs),
            "live": len(app.lab.session.live),
            "training": app.lab.session.training is not None,
            "theme": app.theme,
            "waiting": len(app._waiting),
        }
        self._write(line)

    def _write(self, line: dict) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._pipe, json.dumps(line).encode() + b"\n")


class _MallInfo(ctypes.Structure):
    """What glibc says of its heap, in bytes."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def _emptied(app) -> dict[str, int]:
    """Take out of the lab what the user has put there to be kept, and count what is alive all the same."""
    from textual.widget import Widget

    from joml_tui.ui.runs.runs_table import RunsTable
    from joml_tui.ui.textual_compat import is_gone

    lab = app.lab
    lab.queue.clear()
    for lab_run in list(lab.session.runs):
        for gone in lab.session.delete(lab_run):
            lab.recording.delete(gone)
    for _, gone in lab.session.deleted:
        lab.recording.delete(gone)
    lab.session.deleted.clear()
    lab.query_one(RunsTable).rearrange()
    app.clear_notifications()
    gc.collect()
    used = 0
    with contextlib.suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        library.malloc_trim(0)
        library.mallinfo2.restype = _MallInfo
        info = library.mallinfo2()
        used = (info.uordblks + info.hblkhd) >> 10
    alive = gc.get_objects()  # without what was there when the lab had started
    gone = [each for each in alive if isinstance(each, Widget) and is_gone(each)]
    return {
        "objects": len(alive),
        "widgets": sum(isinstance(each, Widget) for each in alive),
        "gone": len(gone),
        "tasks": len(asyncio.all_tasks()),
        "used": used,
        "modules": len(sys.modules),
        "kinds": dict(collections.Counter(type(each).__name__ for each in gone).most_common(8)),
    }


def write_subject(folder: Path) -> None:
    """Write the files that the lab may be opened on."""
    chance = np.random.default_rng(1)
    kinds = np.arange(120) % 3
    images = chance.normal(size=(120, 8, 8)) + kinds[:, None, None]
    np.savez(folder / "images.npz", X=images.astype(np.float32), y=kinds)
    rows = [
        f"{kind + chance.normal():.2f},{'' if row % 7 == 0 else row % 5},2024-0{kind + 1}-1{row % 9},{'abc'[row % 3]},"
        f"{('red', 'green', 'blue')[kind]}"
        for row, kind in enumerate(kinds)
    ]
    (folder / "table.csv").write_text("\n".join(["width,count,day,kind,colour", *rows]), encoding="utf-8")


def be_the_lab(pipe: int, stacks: Path, subject: str) -> int:
    """Run the lab as the command does, with its heart watched."""
    from joml_tui.experiment.yaml_text import parse_experiment
    from joml_tui.ui.app import LabApp, run_lab

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    file = stacks.open("w")
    faulthandler.register(signal.SIGUSR1, file, all_threads=True)
    endless = parse_experiment(_ENDLESS + _SUBJECTS[subject])
    run = LabApp.run
    kept = []

    def stacks_of_tasks() -> None:
        for task in asyncio.all_tasks():
            print(task.get_name(), file=file)
            task.print_stack(file=file)
        file.flush()

    def look(app) -> None:
        with contextlib.suppress(OSError):
            os.write(pipe, json.dumps({"alive": _emptied(app)}).encode() + b"\n")

    def start(app) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR2, stacks_of_tasks)
        loop.add_signal_handler(_LOOK, look, app)
        loop.add_signal_handler(_MAY_LEAVE, vars(app).pop, "_leave", None)
        if "JOML_MONKEY_STAYS" in os.environ:
            app._leave = lambda answer: None
        kept.append(asyncio.create_task(Heart(app, pipe).beat()))

    def watched_run(app, *args, **kwargs):
        app.call_later(start, app)
        return run(app, *args, **kwargs)

    LabApp.run = watched_run
    return run_lab(endless)


# --- the lab, watched from outside -----------------------------------------------------------------------------------


class Terminal:
    """A pseudo-terminal with the lab in it; one that stays is not left before it may be."""

    def __init__(self, folder: Path, *, stays: bool = False, subject: str = "points") -> None:
        self.size = (160, 50)
        self.folder = folder
        self.stacks = folder / "stacks.txt"
        master, slave = pty.openpty()
        self._master = master
        self._set_size()
        beats, theirs = os.pipe()
        os.set_blocking(beats, False)
        self._beats, self._unread = beats, b""
        settings = folder / "config.toml"
        settings.write_text("tour = false\n", encoding="utf-8")
        write_subject(folder)
        home = folder / "home"
        home.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "JOML_CONFIG": str(settings),
            "JOML_STORE": str(folder / "runs.db"),
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        if stays:  # one that is looked at: what is freed goes back to the system, so that what it has is what it uses
            environment |= {"JOML_MONKEY_STAYS": "1", "PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "1"}
        for name in ("SSH_CONNECTION", "SSH_TTY", "NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.monkey", "--lab", str(theirs), str(self.stacks), subject],
            env=environment,
            cwd=folder,
            pass_fds=(theirs,),
            preexec_fn=lambda: os.login_tty(slave),  # noqa: PLW1509
        )
        os.close(slave)
        os.close(theirs)
        self.written = bytearray()
        self.last: dict = {}
        self.alive: dict[str, int] = {}
        self.beats = self.handled = self._handled_before = 0
        self._at_beat = self._idle = self._waited = 0.0
        self._sampled = self._heard = time.monotonic()

    def _set_size(self) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", self.size[1], self.size[0], 0, 0))

    def resize(self, size: tuple[int, int]) -> None:
        """Resize the terminal and forget what was on it before."""
        if size == self.size:
            return
        self.size = size
        self.written.clear()
        self._set_size()

    def send(self, data: bytes, patience: float) -> bool:
        """Type bytes; False where the lab does not take them."""
        end = time.monotonic() + max(10 * patience, 10)
        while data:
            if self.process.poll() is not None:
                return True
            ready = select.select([self._master], [self._master], [], 0.05)
            if ready[0]:
                self._read()
            if ready[1]:
                with contextlib.suppress(OSError):
                    data = data[os.write(self._master, data) :]
            elif time.monotonic() > end:
                return False
        return True

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the other side is closed
            self.written += os.read(self._master, 1 << 16)

    def watch(self, seconds: float) -> None:
        """Read what the lab writes, and its heart, for a while."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            self._sample()
            ready = select.select([self._master, self._beats], [], [], max(left, 0))[0]
            if self._master in ready:
                self._read()
                if self.process.poll() is not None and left <= 0:
                    return
            if self._beats in ready:
                self._hear()
            if left <= 0 or (self.process.poll() is not None and not ready):
                return

    def read_the_rest(self) -> None:
        """Read what a lab that has ended has still written."""
        while select.select([self._master], [], [], 0.2)[0]:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.written += data

    def _hear(self) -> None:
        try:
            self._unread += os.read(self._beats, 1 << 16)
        except BlockingIOError:
            return
        *lines, self._unread = self._unread.split(b"\n")
        for line in map(json.loads, lines):
            if "alive" in line:
                self.alive = line["alive"]
                continue
            if "handled" in line:
                self.handled = line["handled"]
                continue
            self.last = line
            self.beats += 1
            self._handled_before = self.handled
            self._heard = time.monotonic()
            self._at_beat, self._idle, self._waited = self.processor_seconds(), 0.0, self._run_delay()

    def _run_delay(self) -> float:
        """Return for how many seconds the lab's threads and processes have waited for a processor that others had.

        All of them: the main thread waits for the others as they hold the interpreter's lock, read a file or train.
        """
        waited, processes = 0, [self.process.pid]
        for number in processes:
            tasks: list[Path] = []
            with contextlib.suppress(OSError):  # it may have ended just now
                tasks = list(Path(f"/proc/{number}/task").glob("*"))
            for path in tasks:
                with contextlib.suppress(OSError, IndexError, ValueError):
                    waited += int((path / "schedstat").read_text().split()[1])
                    processes += map(int, (path / "children").read_text().split())
        return waited / 1e9

    def stopwatch(self) -> Callable[[], float]:
        """Return a clock that begins now and leaves out when other programs had the processor, nine tenths at most."""
        began, waited = time.monotonic(), self._run_delay()

        def seconds() -> float:
            passed = time.monotonic() - began
            return max(passed / 10, passed - max(0.0, self._run_delay() - waited))

        return seconds

    def silence(self) -> float:
        """Return the seconds since the last answer that the lab was at work or had nothing to do.

        The time that it could have run and other programs had the processor is none of its own: neither that of its
        main thread nor, while this one sleeps, that of the threads and processes that it may wait for.
        """
        return self.busy() + max(0.0, self._idle - max(0.0, self._run_delay() - self._waited))

    def handled_since(self) -> int:
        """Return how many messages the lab has handled since its last answer."""
        return self.handled - self._handled_before

    def _sample(self) -> None:
        """Add the time since the last look to the idle one where the main thread sleeps."""
        now = time.monotonic()
        with contextlib.suppress(OSError, IndexError):
            stat = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/stat").read_text()
            if stat.rpartition(")")[2].split()[0] == "S":
                self._idle += min(now - self._sampled, 0.2)
        self._sampled = now

    def unheard(self) -> float:
        """Return the seconds by the wall clock since the last answer; on a loaded machine not the lab's affair."""
        return time.monotonic() - self._heard

    def busy(self) -> float:
        """Return the seconds of the processor since the last answer."""
        return self.processor_seconds() - self._at_beat

    def processor_seconds(self) -> float:
        """Return what the lab's main thread has had of a processor so far."""
        try:
            return int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def shown(self) -> list[str]:
        """Return the lines of text that stand on the terminal, as far as they were written since its last resize."""
        screen = pyte.Screen(*self.size)
        pyte.ByteStream(screen).feed(bytes(self.written))
        return [line for line in screen.display if line.strip()]

    def figures(self) -> dict[str, int]:
        """Return the lab's memory in KiB, its threads and its descriptors."""
        try:
            status = dict(
                line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
            )
            return {
                "KiB": int(status["VmRSS"].split()[0]),
                "threads": int(status["Threads"]),
                "descriptors": len(list(Path(f"/proc/{self.process.pid}/fd").iterdir())),
            }
        except (OSError, KeyError):
            return {}

    def look(self, seconds: float) -> dict[str, int]:
        """Return the figures of a lab that has been emptied, and what is alive in it."""
        self.alive = {}
        with contextlib.suppress(OSError):
            self.process.send_signal(_LOOK)
        end = time.monotonic() + seconds
        while not self.alive and not self.ended and time.monotonic() < end:
            self.watch(0.05)
        self.watch(0.5)  # the runs' processes end
        return {**self.figures(), **self.alive}

    def let_leave(self) -> None:
        """Let a lab that stays be left."""
        with contextlib.suppress(OSError):
            self.process.send_signal(_MAY_LEAVE)

    def where(self) -> str:
        """Return where the lab's threads and tasks stand, for one that does not answer."""
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            with contextlib.suppress(OSError):
                self.process.send_signal(number)
            self.watch(0.5)
        with contextlib.suppress(OSError):
            return self.stacks.read_text()
        return ""

    def close(self) -> None:
        """End the lab if it is still there, and take the terminal away."""
        if not self.ended:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        for each in (self._master, self._beats):
            os.close(each)


# --- the monkey ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """Something that must not happen."""

    kind: str
    event: int
    description: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind} after event {self.event}\n  {self.description}\n  last keys: {' | '.join(self.keys)}"


@dataclass
class Monkey:
    """One seed's monkey.

    Attributes
    ----------
    patience : float
        How many seconds the lab may need for an answer.
    level : bool
        Whether the memory of the lab, emptied now and then, must stay level.
    paced : bool
        Whether the run that trains waits between its iterations, and leaves the processor to other programs.
    subject : str
        What the lab is opened on; by default each seed has its own.
    looks : dict
        By the number of events since it was opened, the figures of the last lab, emptied.
    """

    seed: int
    patience: float = PATIENCE
    level: bool = False
    paced: bool = False
    subject: str = ""
    looks: dict[int, dict[str, int]] = field(default_factory=dict)
    longest_wall: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    figures: list[dict[str, int]] = field(default_factory=list)
    longest_silence: float = 0.0
    labs: int = 0
    reported: set[Path] = field(default_factory=set)

    def play(self, count: int, folder: Path, start: int = 0) -> None:
        """Press so many events, beginning with the ``start``-th; a lab that is no more is started again."""
        self._keys: collections.deque[str] = collections.deque(maxlen=40)
        source = events(self.seed)
        for _ in range(start):
            next(source)
        terminal: Terminal | None = None
        at = opened = start
        try:
            while at < start + count:
                if terminal is None:
                    terminal, opened = self._open(folder), at
                event = next(source)
                at += 1
                self._do(terminal, event)
                if (
                    not self._fine(terminal, at)
                    or (at % 100 == 0 and not self._shows(terminal, at))
                    or (at % 500 == 0 and not self._comes_home(terminal, at))
                    or (self.level and at % EVENTS_A_LOOK == 0 and not self._looks(terminal, at, opened))
                ):
                    terminal.close()
                    terminal = None
            if terminal is not None:
                self._leave(terminal, at)
        finally:
            if terminal is not None:
                terminal.close()

    def _open(self, folder: Path) -> Terminal:
        self.labs += 1
        self._keys.clear()
        subject = self.subject or SUBJECTS[self.seed % len(SUBJECTS)]
        terminal = Terminal(folder, stays=self.level, subject=subject)
        self.looks.clear()
        self._until(terminal, lambda: terminal.beats > 2, _SECONDS_TO_START)
        self._begin(terminal)
        return terminal

    def _begin(self, terminal: Terminal) -> None:
        """Have one run train, another paused and three queued."""
        for keys, state in ((b"!", (1, False)), (b"r", (2, True)), (b"aaa", (2, True))):
            terminal.send(keys, self.patience)
            self._until(
                terminal,
                lambda state=state: (terminal.last.get("live"), terminal.last["training"]) == state,
                _SECONDS_TO_START,
            )
        if self.paced:
            terminal.send(b"<", self.patience)

    def _looks(self, terminal: Terminal, at: int, opened: int) -> bool:
        """Whether the emptied lab could be looked at and filled again."""
        if not self._comes_home(terminal, at):
            return False
        terminal.resize(_SIZE_TO_LOOK_AT)  # a large screen has more to remember
        terminal.watch(1.0)
        self.looks[at - opened] = terminal.look(_SECONDS_TO_START)
        self._catch_up(terminal)
        terminal.send(_F5, self.patience)
        return self._fine(terminal, at)

    def _until(self, terminal: Terminal, condition, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not condition():
            terminal.watch(0.05)
            if terminal.ended or time.monotonic() > end:
                raise RuntimeError(f"the lab did not start: {terminal.shown()}")

    def _do(self, terminal: Terminal, event: Event) -> None:
        self._keys.append(event.name + ("+" if event.at_once else ""))
        if event.size is not None:
            terminal.resize(event.size)
        else:
            terminal.send(event.data, self.patience)
        terminal.watch(0 if event.at_once else PAUSE)
        if terminal.last.get("waiting", 0) > MOST_WAITING:
            self._catch_up(terminal)

    def _catch_up(self, terminal: Terminal) -> None:
        """Let the lab have the keys that wait, where it has had less of the processor than they take."""
        while terminal.last.get("waiting", 0) > MOST_WAITING // 4 and not terminal.ended:
            terminal.watch(0.1)
            if terminal.silence() > self.patience:
                return

    def _fine(self, terminal: Terminal, at: int) -> bool:
        """Whether the lab is there and answers, or has been left as it should; notes what is not."""
        if terminal.ended:
            terminal.read_the_rest()
            if terminal.process.returncode == 0 and _left(terminal):
                return False
            self._note("ended", at, f"code {terminal.process.returncode}: {_traceback(terminal)}")
            return False
        silent = terminal.silence()
        self.longest_silence = max(self.longest_silence, silent)
        self.longest_wall = max(self.longest_wall, terminal.unheard())
        if silent > self.patience * (5 if terminal.handled_since() > MOST_HANDLED else 1):
            self._note(
                "stuck",
                at,
                f"{silent:.1f} s without an answer, {terminal.busy():.1f} s at work, "
                f"{terminal.handled_since():,} messages handled; {terminal.last}\n"
                f"{_condensed(terminal.where())}",
            )
            return False
        for path in sorted(reports_in(terminal.folder) - self.reported):
            self.reported.add(path)
            self._note("caught", at, _condensed(path.read_text(encoding="utf-8")))
        return True

    def _shows(self, terminal: Terminal, at: int) -> bool:
        """Whether there is something on the screen."""
        self.figures.append(terminal.figures())
        seconds, most = terminal.stopwatch(), 2 * self.patience
        while True:
            terminal.watch(0.2)
            if not self._fine(terminal, at):
                return False
            if terminal.shown():
                return True
            if seconds() > most:
                self._note("blank", at, f"{terminal.size}, {terminal.last}, silent for {terminal.silence():.1f} s")
                return False

    def _comes_home(self, terminal: Terminal, at: int) -> bool:
        """Whether Escape leads back to the lab itself."""
        for _ in range(15):
            if terminal.last.get("screens") == ["Lab"]:
                break
            terminal.send(b"\x1b", self.patience)
            terminal.watch(0.25)
            if not self._fine(terminal, at):
                return False
        seconds, most = terminal.stopwatch(), 2 * self.patience
        while terminal.last.get("screens") != ["Lab"]:
            terminal.watch(0.1)
            if not self._fine(terminal, at):
                return False
            if seconds() > most:
                self._note("stays", at, f"Escape leads not back to the lab: {terminal.last}")
                return False
        return True

    def _leave(self, terminal: Terminal, at: int) -> None:
        """Leave by Escape, q, q."""
        terminal.let_leave()
        if not self._comes_home(terminal, at):
            return
        for _ in range(3):  # what was asked for before may still take the keys for itself
            for key in (b"\x1b", b"\x1b", b"q", b"q"):
                terminal.send(key, self.patience)
                terminal.watch(0.3)
            seconds, most = terminal.stopwatch(), 5 * self.patience
            while not terminal.ended and seconds() < most:
                terminal.watch(0.1)
        if not terminal.ended:
            description = f"{terminal.last}, silent for {terminal.silence():.1f} s\n{_condensed(terminal.where())}"
            self._note("does not leave", at, description)
            return
        terminal.read_the_rest()
        if terminal.process.returncode != 0 or not _left(terminal):
            self._note("ended", at, f"code {terminal.process.returncode}: {_traceback(terminal)}")

    def _note(self, kind: str, at: int, description: str) -> None:
        self.findings.append(Finding(kind, at, description, tuple(self._keys)))


def _left(terminal: Terminal) -> bool:
    """Whether the terminal has been given back: the normal screen, with its cursor and without mouse reports."""
    written = bytes(terminal.written)
    return b"\x1b[?1049l" in written and b"\x1b[?25h" in written and b"\x1b[?1000l" in written


def _traceback(terminal: Terminal) -> str:
    text = bytes(terminal.written).decode(errors="replace")
    screen = pyte.Screen(200, 400)
    pyte.Stream(screen).feed(text[max(0, text.rfind("\x1b[?1049l")) :])
    lines = [line.strip(" │╭╮╰╯─") for line in screen.display if line.strip(" │╭╮╰╯─")]
    wanted = [line for line in lines if ".py:" in line or "Error" in line or "Match" in line or "Duplicate" in line]
    return "; ".join((wanted or lines)[-7:])[-900:]


def _condensed(stacks: str) -> str:
    """Return the beginning and the end of a traceback: where it began, and what happened."""
    lines = [line.strip() for line in stacks.splitlines() if line.strip()]
    if len(lines) > 100:
        lines = [*lines[:50], f"... {len(lines) - 100} lines ...", *lines[-50:]]
    return "\n    ".join(lines)


def reports_in(folder: Path) -> set[Path]:
    """Return the files that the lab's error net has written."""
    return set(folder.glob("home/**/error-*.txt"))


def growth_an_hour(looks: dict[int, dict[str, int]], figure: str = "KiB") -> float | None:
    """Return the KiB that an hour of use adds after the first; None where there are too few looks after that.

    ``KiB`` is what the process has from the system, ``used`` what is allocated of it. The lab that is looked at takes
    all its memory from the C library, which gives back what is freed; Python's own allocator keeps it for later.

    The median of the slopes between any two looks: a look that falls into a moment of much work counts for no more. A
    screen or a kind of file that is opened for the first time imports what it needs, pandas and SciPy too, which is no
    growth: only looks with equally many modules are compared.
    """
    later = [
        (at, look[figure], look.get("modules")) for at, look in looks.items() if at >= EVENTS_AN_HOUR and figure in look
    ]
    slopes = [
        (kib - earlier) / (at - before)
        for place, (at, kib, modules) in enumerate(later)
        for before, earlier, fewer in later[:place]
        if modules == fewer
    ]
    return statistics.median(slopes) * EVENTS_AN_HOUR if len(slopes) > 2 else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Play some seeds and tell what was found, or be the lab that is played with."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, action="append", help="a seed to play; may be repeated (0)")
    parser.add_argument("--events", type=int, default=1_000, help="events for each seed (1000)")
    parser.add_argument("--start", type=int, default=0, help="leave out so many events at the beginning (0)")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds for an answer (2)")
    parser.add_argument("--level", action="store_true", help="empty the lab now and then and look at its memory")
    parser.add_argument("--paced", action="store_true", help="let the run that trains leave others the processor")
    parser.add_argument("--subject", choices=SUBJECTS, default="", help="what the lab is opened on (by the seed)")
    parser.add_argument("--lab", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.lab:
        return be_the_lab(int(given.lab[0]), Path(given.lab[1]), given.lab[2])
    bad = 0
    for seed in given.seed or [0]:
        monkey = Monkey(seed, given.patience, given.level, given.paced, given.subject)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            began = time.monotonic()
            monkey.play(given.events, Path(folder), given.start)
        for at, look in monkey.looks.items():
            print(f"seed {seed}: after {at:,} events {look}")
        if (growth := growth_an_hour(monkey.looks)) is not None:
            used = growth_an_hour(monkey.looks, "used") or 0.0
            print(f"seed {seed}: {growth / 1024:+.1f} MiB an hour after the first, {used / 1024:+.1f} in use")
            bad += growth > MOST_GROWTH
        elif given.level:
            print(f"seed {seed}: too few looks after the first hour to judge what grows")
        for finding in monkey.findings:
            print(f"seed {seed}: {finding}\n")
        kinds = collections.Counter(finding.kind for finding in monkey.findings)
        print(
            f"seed {seed}: {given.events} events in {time.monotonic() - began:.0f} s, {monkey.labs} labs, "
            f"longest without an answer {monkey.longest_silence:.1f} s ({monkey.longest_wall:.1f} by the clock), "
            f"{dict(kinds) or 'nothing found'}, "
            f"figures {monkey.figures[:1]} to {monkey.figures[-1:]}",
            flush=True,
        )
        bad += len(monkey.findings)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
