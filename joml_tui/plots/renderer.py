"""The painter: a separate process that draws charts, so that the screen's process need not.

Run as ``python -m joml_tui.plots.renderer``. It reads descriptions from standard input and answers each with a picture
on standard output, as frames of MessagePack. It ends when its input does, so it never outlives the lab.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import BinaryIO

import msgspec

from joml_tui.framing import FrameError, read_frame, write_frame
from joml_tui.plots.chart_model import Description
from joml_tui.plots.drawing import draw

_NICENESS = 5


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer descriptions with pictures until the requests end."""
    decoder = msgspec.msgpack.Decoder(Description)
    encoder = msgspec.msgpack.Encoder()
    while (frame := read_frame(requests)) is not None:
        write_frame(answers, encoder.encode(draw(decoder.decode(frame))))


def main() -> None:
    """Serve the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the lab handles Ctrl+C
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_NICENESS)  # training and keys have priority
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path
        os.dup2(nowhere.fileno(), sys.stdout.fileno())  # a stray print must not get between the frames
    with contextlib.suppress(BrokenPipeError, FrameError), answers:
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
