"""Frames: messages of any bytes on a stream, each preceded by its length."""

from __future__ import annotations

import struct
from typing import BinaryIO

LENGTH = struct.Struct("<I")
MAX_FRAME = 256 * 1024 * 1024


class FrameError(ValueError):
    """The data are not a frame: the length is impossible, or the frame is incomplete."""


def encode_frame(payload: bytes) -> bytes:
    """Return a payload preceded by its length."""
    if len(payload) > MAX_FRAME:
        raise FrameError(f"a frame holds at most {MAX_FRAME:,} bytes, got {len(payload):,}")
    return LENGTH.pack(len(payload)) + payload


def frame_length(prefix: bytes) -> int:
    """Return a payload's length from its prefix."""
    length: int = LENGTH.unpack(prefix)[0]
    if length > MAX_FRAME:
        raise FrameError(f"a frame holds at most {MAX_FRAME:,} bytes, this one claims {length:,}")
    return length


def write_frame(stream: BinaryIO, payload: bytes) -> None:
    """Write one frame and flush it.

    Raises
    ------
    OSError
        The reader has gone (BrokenPipeError), or the stream fails.
    """
    stream.write(encode_frame(payload))
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """Wait for one frame and return its payload; None at the end of the stream.

    Raises
    ------
    FrameError
        The stream ends within a frame.
    """
    prefix = _read(stream, LENGTH.size)
    if not prefix:
        return None
    if len(prefix) < LENGTH.size:
        raise FrameError("the stream ended within a frame's length")
    length = frame_length(prefix)
    payload = _read(stream, length)
    if len(payload) < length:
        raise FrameError(f"the stream ended after {len(payload):,} of a frame's {length:,} bytes")
    return payload


def _read(stream: BinaryIO, size: int) -> bytes:
    """Return up to ``size`` bytes, fewer only at the stream's end, from any kind of stream."""
    parts = bytearray()
    while len(parts) < size:
        part = stream.read(size - len(parts))
        if not part:
            break
        parts += part
    return bytes(parts)
