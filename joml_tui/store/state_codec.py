"""Lossless compression of training states for blobs."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from joml_tui.serialization import pack_state, unpack_state

_LEVEL = 1
_SMALLER = tuple(np.dtype(kind) for kind in ("<u1", "<u2", "<u4"))


class _StatePart(msgspec.Struct, array_like=True):
    """An array's type and shape, the type of the stored values, and their bytes, sorted by significance."""

    kind: str
    shape: tuple[int, ...]
    stored_kind: str
    data: bytes


def encode_state(packed: bytes) -> bytes:
    """Return a packed state, compressed."""
    parts = {name: _part(array) for name, array in unpack_state(packed).items()}
    return msgspec.msgpack.encode(parts)


def decode_state(data: bytes) -> bytes:
    """Return the packed state from ``encode_state``.

    Raises
    ------
    ValueError
        The data are not a state.
    """
    try:
        parts = msgspec.msgpack.decode(data, type=dict[str, _StatePart])
        return pack_state({name: _array(part) for name, part in parts.items()})
    except (msgspec.DecodeError, zlib.error, TypeError) as error:
        raise ValueError(str(error)) from error


def _part(array: NDArray[Any]) -> _StatePart:
    stored = np.ascontiguousarray(array).astype(_least(array), copy=False)
    planes = stored.reshape(-1).view(np.uint8).reshape(-1, stored.itemsize).T if stored.size else np.empty(0, np.uint8)
    return _StatePart(array.dtype.str, array.shape, stored.dtype.str, zlib.compress(planes.tobytes(), _LEVEL))


def _array(part: _StatePart) -> NDArray[Any]:
    stored = np.dtype(part.stored_kind)
    planes = np.frombuffer(zlib.decompress(part.data), np.uint8)
    if not len(planes):
        return np.empty(part.shape, part.kind)
    values = np.ascontiguousarray(planes.reshape(stored.itemsize, -1).T).reshape(-1).view(stored)
    return values.astype(part.kind, copy=False).reshape(part.shape)


def _least(array: NDArray[Any]) -> np.dtype[Any]:
    """Return the smallest type for an array's integers; its own type if it has other values."""
    if array.dtype.kind not in "iu" or not array.size or array.min() < 0:
        return array.dtype
    most = int(array.max())
    fitting = [kind for kind in _SMALLER if kind.itemsize < array.itemsize and most <= np.iinfo(kind).max]
    return fitting[0] if fitting else array.dtype
