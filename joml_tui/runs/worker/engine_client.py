"""Client of engine processes: one is kept ready, and a crash ends only one run."""

from __future__ import annotations

import atexit
import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO

import msgspec

from joml_tui.experiment import Experiment
from joml_tui.framing import FrameError, read_frame, write_frame
from joml_tui.interruption import signals_blocked
from joml_tui.runs.history import History
from joml_tui.runs.pace import Pace
from joml_tui.runs.run_state import RunState
from joml_tui.runs.worker.control import Mailbox
from joml_tui.runs.worker.messages import (
    Answered,
    Ask,
    Command,
    Ended,
    Event,
    Inspect,
    Listener,
    Prepared,
    Request,
    ResumePoint,
    StartTraining,
)
from joml_tui.serialization import pack, unpack

#: The program of an engine process. Importing makes no garbage, so the process starts sooner without collections.
_PROGRAM = (
    "import gc; gc.disable(); from joml_tui.runs.worker.engine_process import main; gc.freeze(); gc.enable(); main()"
)
#: Signals that an engine ignores, but cannot from its first moment on: Ctrl-C, and that of a closed terminal.
_BLOCKED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name))
#: Seconds that an engine may take to stop before it is killed.
_STOP_SECONDS = 0.6
#: Seconds that an engine may take to end after its messages have.
_DEATH_SECONDS = 10.0


class EngineProcess:
    """The lab's handle of a running engine process."""

    def __init__(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process may write to it
        with signals_blocked(*_BLOCKED):  # until the process can ignore them
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,  # the lab handles Ctrl-C in the terminal
            )
        self._writing = threading.Lock()
        self._is_unreadable = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Return whether the process still runs."""
        return self._process.poll() is None

    def send(self, message: Request) -> None:
        """Send a message; it is lost if the process has died, which ``receive`` reports."""
        with self._writing, contextlib.suppress(OSError):
            write_frame(_stream(self._process.stdin), pack(message))

    def receive(self) -> Event | None:
        """Wait for the next event; None when the process has died, or sent what is no event, at which it is killed."""
        try:
            payload = read_frame(_stream(self._process.stdout))
        except (FrameError, OSError, ValueError):
            return None
        try:
            return None if payload is None else unpack(payload, Event)
        except msgspec.DecodeError:
            self._is_unreadable = True
            self.kill()
            return None

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def obituary(self) -> tuple[str, str]:
        """Return a sentence on how the process died, and the end of its standard error."""
        try:
            code = self._process.wait(_DEATH_SECONDS)
        except subprocess.TimeoutExpired:  # its messages broke off, and it did not end
            self._is_unreadable = True
            self.kill()
            code = self._process.wait()
        self._errors.seek(0)
        written = self._errors.read()[-4_000:].decode(errors="replace").strip()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        if self._is_unreadable:
            how = "sent a message that cannot be read, and was ended"
        return f"the engine process {how}; the series up to there are kept, and the next run gets a new engine", written

    def close(self) -> None:
        """Close the process's input, at which it exits, and kill it if it does not."""
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                _stream(stream).close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


def _stream(stream: object) -> BinaryIO:
    return stream  # type: ignore[return-value]


_idle: list[EngineProcess] = []
_idle_lock = threading.Lock()


def prewarm() -> None:
    """Start an engine process for the next run, unless one is waiting already."""
    with _idle_lock:
        if not any(process.alive for process in _idle):
            _idle.append(EngineProcess())


def _take() -> EngineProcess:
    with _idle_lock:
        while _idle:
            process = _idle.pop()
            if process.alive:
                return process
            process.close()
    return EngineProcess()


def _give_back(process: EngineProcess) -> None:
    with _idle_lock:
        if process.alive and not _idle:
            _idle.append(process)
            return
    process.close()


@atexit.register
def _close_idle() -> None:
    with _idle_lock:
        for process in _idle:
            process.kill()
            process.close()
        _idle.clear()


def train_in_process(
    experiment: Experiment,
    mailbox: Mailbox,
    paused: bool,
    listener: Listener,
    beginning: ResumePoint | None = None,
    pace: Pace | None = None,
) -> Ended:
    """Train in an engine process, and return when the run has ended in any way."""
    process = _take()
    folder = Path(tempfile.mkdtemp(prefix="joml-"))
    path = folder / "series"
    stop = _Stop(process)
    try:
        process.send(StartTraining(experiment, str(path), paused, beginning, pace))
        mailbox.connect(stop.relay)
        while (event := process.receive()) is not None:
            match event:
                case Prepared():
                    history = History.open(path)
                    shutil.rmtree(folder, ignore_errors=True)
                    listener.prepared(event, history)
                case Ended():
                    mailbox.disconnect()  # before another run can use the engine
                    stop.disarm()
                    _give_back(process)
                    return event
                case _:
                    listener.on_event(event)
        message, details = process.obituary()
        process.close()
        return Ended(RunState.STOPPED) if stop.asked else Ended(RunState.FAILED, message, details)
    except BaseException:
        process.kill()
        process.close()
        raise
    finally:
        stop.disarm()
        mailbox.disconnect()
        shutil.rmtree(folder, ignore_errors=True)


def inspect_in_process(request: Inspect) -> Answered:
    """Return an idle engine process's answer to a question."""
    process = _take()
    process.send(request)
    event = process.receive()
    if not isinstance(event, Answered):
        message, _ = process.obituary() if event is None else ("the engine gave no answer", "")
        process.close()
        return Answered(request.number, refusal=message)
    _give_back(process)
    return event


class _Stop:
    """A receiver that passes commands on, and kills an engine that does not stop."""

    def __init__(self, process: EngineProcess) -> None:
        self._process = process
        self._timer = threading.Timer(_STOP_SECONDS, self._kill)
        self._timer.daemon = True
        self._killing, self._armed = threading.Lock(), True
        self.asked = False

    def relay(self, message: Command | Ask) -> None:
        self._process.send(message)
        if isinstance(message, Command) and message.kind == "stop" and not self.asked:
            self.asked = True
            self._timer.start()

    def _kill(self) -> None:
        with self._killing:
            if self._armed:
                self._process.kill()

    def disarm(self) -> None:
        """Kill nothing from now on: another run may use the engine."""
        self._timer.cancel()
        with self._killing:
            self._armed = False
