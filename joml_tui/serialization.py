"""Arrays in messages: what NumPy arrays and states of a training become on their way between processes."""

from __future__ import annotations

from types import UnionType
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from joml_tui import lone_surrogates

_T = TypeVar("_T")

#: What a training's state is: arrays by name.
State = dict[str, NDArray[Any]]

#: Begins a message whose texts are escaped; MessagePack itself never uses this byte.
_ESCAPED = b"\xc1"


def pack(message: object) -> bytes:
    """Encode a message whose fields may be NumPy arrays, and whose texts may be paths that are not UTF-8."""
    try:
        return msgspec.msgpack.encode(message, enc_hook=_from_array)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(message, builtin_types=(bytes,), enc_hook=_from_array)
        return _ESCAPED + msgspec.msgpack.encode(lone_surrogates.escape(plain))


def unpack(payload: bytes, kind: type[_T] | UnionType) -> _T:
    """Decode what ``pack`` made; its arrays are read-only.

    Raises
    ------
    msgspec.DecodeError
        It is none, or of another kind.
    """
    if payload.startswith(_ESCAPED):
        plain = lone_surrogates.restore(msgspec.msgpack.decode(payload[len(_ESCAPED) :]))
        return msgspec.convert(plain, kind, builtin_types=(bytes,), dec_hook=_to_array)
    return msgspec.msgpack.decode(payload, type=kind, dec_hook=_to_array)


def pack_state(state: State) -> bytes:
    """Encode a training's state."""
    return pack({name: _from_array(array) for name, array in state.items()})


def unpack_state(payload: bytes) -> State:
    """Decode what ``pack_state`` made."""
    found = msgspec.msgpack.decode(payload, type=dict[str, tuple[str, tuple[int, ...], bytes]])
    return {name: _to_array(np.ndarray, parts) for name, parts in found.items()}


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
