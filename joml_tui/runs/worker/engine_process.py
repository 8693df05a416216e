"""The engine process: it trains runs, one after another, separately from the screen's process.

Messages are frames on standard input and output; the series are in a mapped file, so no message is sent per step and a
crash loses none. The process exits when its input closes, so it never outlives its lab.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import BinaryIO

from joml_tui.framing import read_frame, write_frame
from joml_tui.runs.history import History
from joml_tui.runs.worker.control import Control
from joml_tui.runs.worker.inspector import Inspector
from joml_tui.runs.worker.messages import (
    Adjusted,
    Answered,
    Ask,
    Changed,
    Command,
    Event,
    FileReading,
    Inspect,
    Listener,
    Prepared,
    Request,
    Snapshot,
    StartTraining,
)
from joml_tui.runs.worker.training_session import train
from joml_tui.serialization import pack, unpack

#: The screen's process has priority, as it needs the processor only for milliseconds.
_NICENESS = 5


class _Wire(Listener):
    """A listener that sends events to the lab."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, event: Event) -> None:
        write_frame(self._stream, pack(event))

    def prepared(self, event: Prepared, history: History) -> None:
        self.send(event)

    def on_event(self, event: FileReading | Changed | Adjusted | Snapshot | Answered) -> None:
        self.send(event)


def _read_requests(stream: BinaryIO, tasks: queue.SimpleQueue[tuple[StartTraining, Control] | Inspect]) -> None:
    """Pass requests on; end this process when there are no more, or one that cannot be read, so that it is not left."""
    control = Control(paused=False)
    try:
        while (payload := read_frame(stream)) is not None:
            match unpack(payload, Request):
                case StartTraining() as start:
                    control = Control(start.paused, start.pace)
                    tasks.put((start, control))
                case Inspect() as inspect:
                    tasks.put(inspect)
                case (Command() | Ask()) as message:
                    control.apply(message)
    except Exception:  # such as half a message of a lab that was killed
        traceback.print_exc()
        os._exit(1)
    os._exit(0)  # the lab has gone, so the rest is not needed


def main() -> None:
    """Train runs and answer questions until the input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):  # of a closed terminal: the lab ends this process when its runs are recorded
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # Messages use a separate stream, so that libraries' prints do not mix with them.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    tasks: queue.SimpleQueue[tuple[StartTraining, Control] | Inspect] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(sys.stdin.buffer, tasks), daemon=True).start()
    wire, inspector = _Wire(output), Inspector()
    while True:
        task = tasks.get()
        if isinstance(task, Inspect):
            wire.send(inspector.answer(task))
        else:
            start, control = task
            wire.send(train(start.experiment, control, wire, Path(start.history_path), start.beginning))
