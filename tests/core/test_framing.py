"""Frames come out as they went in, and a stream that breaks off says so."""

from __future__ import annotations

import io

import pytest

from joml_tui.framing import LENGTH, MAX_FRAME, FrameError, read_frame, write_frame


class Trickle(io.RawIOBase):
    """A stream that gives one byte a read, as an unbuffered pipe may."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size=-1):
        return self._content.read(min(size, 1))


def test_frames_come_out_as_they_went_in():
    stream = io.BytesIO()
    for payload in (b"one", b"", b"x" * 70_000):
        write_frame(stream, payload)
    for reader in (io.BytesIO(stream.getvalue()), Trickle(stream.getvalue())):
        assert [read_frame(reader) for _ in range(4)] == [b"one", b"", b"x" * 70_000, None]


@pytest.mark.parametrize("cut", [2, 6])
def test_a_broken_off_frame_is_an_error(cut):
    stream = io.BytesIO()
    write_frame(stream, b"payload")
    with pytest.raises(FrameError, match="ended"):
        read_frame(io.BytesIO(stream.getvalue()[:cut]))


def test_an_impossible_length_is_not_waited_for():
    with pytest.raises(FrameError, match="claims"):
        read_frame(io.BytesIO(LENGTH.pack(MAX_FRAME + 1)))
