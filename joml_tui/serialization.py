"""Serialization of NumPy arrays and training states for messages between processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import UnionType
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from joml_tui import lone_surrogates

_T = TypeVar("_T")

#: A training's state: arrays by name.
State = dict[str, NDArray[Any]]

#: First byte of a message with escaped texts; MessagePack never uses it.
_ESCAPED = b"\xc1"


def pack(message: object) -> bytes:
    """Encode a message, which may contain NumPy arrays and paths that are not UTF-8."""
    try:
        return msgspec.msgpack.encode(message, enc_hook=_from_array)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(message, builtin_types=(bytes,), enc_hook=_from_array)
        return _ESCAPED + msgspec.msgpack.encode(lone_surrogates.escape(plain))


def unpack(payload: bytes, kind: type[_T] | UnionType) -> _T:
    """Decode a message from ``pack``; its arrays are read-only.

    Raises
    ------
    msgspec.DecodeError
        It is not a message of this kind.
    """
    with _decoding():
        if payload.startswith(_ESCAPED):
            plain = lone_surrogates.restore(msgspec.msgpack.decode(payload[len(_ESCAPED) :]))
            return msgspec.convert(plain, kind, builtin_types=(bytes,), dec_hook=_to_array)
        return msgspec.msgpack.decode(payload, type=kind, dec_hook=_to_array)


def pack_state(state: State) -> bytes:
    """Encode a training's state."""
    return pack({name: _from_array(array) for name, array in state.items()})


def unpack_state(payload: bytes) -> State:
    """Decode a state from ``pack_state``.

    Raises
    ------
    msgspec.DecodeError
        It is not a state.
    """
    with _decoding():
        arrays = msgspec.msgpack.decode(payload, type=dict[str, tuple[str, tuple[int, ...], bytes]])
        return {name: _to_array(np.ndarray, parts) for name, parts in arrays.items()}


@contextmanager
def _decoding() -> Iterator[None]:
    """Turn every error of a damaged message into a DecodeError: NumPy has many for types and shapes."""
    try:
        yield
    except (msgspec.DecodeError, MemoryError):
        raise
    except Exception as error:
        raise msgspec.DecodeError(str(error) or type(error).__name__) from error


def _from_array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, np.ascontiguousarray(value).tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be sent")


def _to_array(kind: type, parts: Any) -> NDArray[Any]:
    dtype, shape, data = parts
    if np.dtype(dtype).hasobject:
        raise ValueError(f"an array of {kind.__name__} with objects is not taken")
    return np.frombuffer(data, np.dtype(dtype)).reshape(shape)
