"""Series in blobs: consecutive values of one series, compressed and with a checksum."""

from __future__ import annotations

import re
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The stored series and their types. Series that only rise are stored as differences.
TYPES: dict[str, np.dtype[Any]] = {
    "train_cost": np.dtype("<f4"),
    "train_accuracy": np.dtype("<f4"),
    "seconds": np.dtype("<f4"),
    "train_cost_spread": np.dtype("<f4"),
    "train_accuracy_spread": np.dtype("<f4"),
}
#: A run has the series of its checked part.
for _part in ("test", "validation"):
    TYPES[f"{_part}_iteration"] = np.dtype("<i8")
    for _figure in ("cost", "accuracy", "cost_spread", "accuracy_spread"):
        TYPES[f"{_part}_{_figure}"] = np.dtype("<f4")
_METRIC = re.compile(r"(?:test|validation)_metric:.+", re.DOTALL)
_RISING = ("seconds", "test_iteration", "validation_iteration")
#: The fastest level; higher ones save only a few percent more.
_LEVEL = 1


def type_of(name: str) -> np.dtype[Any]:
    """Return the type of a series; metrics have the type of other checks.

    Raises
    ------
    KeyError
        There is no such series.
    """
    return TYPES["test_cost"] if _METRIC.fullmatch(name) else TYPES[name]


def encode(name: str, values: NDArray[Any]) -> bytes:
    """Return the values of a series, compressed without loss.

    Bytes of equal significance are stored side by side, because they are more similar than those of one value.
    """
    bits = np.ascontiguousarray(values, type_of(name)).view(_unsigned(name))
    if name in _RISING:
        bits = np.diff(bits, prepend=bits.dtype.type(0))
    return zlib.compress(bits.view(np.uint8).reshape(-1, bits.itemsize).T.tobytes(), _LEVEL)


def decode(name: str, count: int, data: bytes) -> NDArray[Any]:
    """Return the values from ``encode``.

    Raises
    ------
    ValueError
        The data are something else.
    """
    kind = _unsigned(name)
    try:
        raw = np.frombuffer(zlib.decompress(data), np.uint8)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    bits = np.ascontiguousarray(raw.reshape(kind.itemsize, count).T).view(kind)[:, 0]
    if name in _RISING:
        bits = np.cumsum(bits, dtype=kind)
    return bits.view(type_of(name))


def checksum(data: bytes) -> int:
    """Return the CRC-32 that is stored with a blob."""
    return zlib.crc32(data)


def _unsigned(name: str) -> np.dtype[Any]:
    return np.dtype(f"<u{type_of(name).itemsize}")
