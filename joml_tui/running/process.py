"""An engine process: it trains runs, one after another, beside the screen's process.

Messages are frames on its standard input and output; the series go through a history in a mapped file, so nothing is
sent for a step and a crash loses none of them. When its input closes it exits, so no engine outlives its lab.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import msgspec

from joml_tui.frames import read_frame, write_frame
from joml_tui.history import History
from joml_tui.running.loop import train
from joml_tui.running.messages import Changed, Ended, Listener, Order, Prepared, Start
from joml_tui.running.pace import Pace

#: Where both want one processor, the screen comes first: it wants it for milliseconds.
_NICENESS = 5
_REQUESTS = msgspec.msgpack.Decoder(Start | Order)


class _Wire(Listener):
    """Sends events to the lab."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def send(self, event: Prepared | Changed | Ended) -> None:
        write_frame(self._stream, msgspec.msgpack.encode(event))

    def prepared(self, event: Prepared, history: History) -> None:
        self.send(event)

    def changed(self, event: Changed) -> None:
        self.send(event)


def _read_requests(stream: BinaryIO, starts: queue.SimpleQueue[tuple[Start, Pace]]) -> None:
    pace = Pace(paused=False)
    while (payload := read_frame(stream)) is not None:
        match _REQUESTS.decode(payload):
            case Start() as start:
                pace = Pace(start.paused)
                starts.put((start, pace))
            case Order(command):
                pace.apply(command)
    os._exit(0)  # the lab is gone: nobody wants the rest


def main() -> None:
    """Serve runs until the input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # Messages have a stream of their own: whatever a library prints must not get among them.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    starts: queue.SimpleQueue[tuple[Start, Pace]] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(sys.stdin.buffer, starts), daemon=True).start()
    wire = _Wire(output)
    while True:
        start, pace = starts.get()
        wire.send(train(start.experiment, pace, wire, Path(start.history_path)))


if __name__ == "__main__":
    main()
