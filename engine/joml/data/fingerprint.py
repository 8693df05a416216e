"""Fingerprints that recognise samples."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.data.tables.raw_table import NUMBER, RawTable

# Values hashed at a time, to keep the copy small.
_BLOCK_VALUES = 1 << 20


def fingerprint_of(array: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's numbers, independent of memory layout and byte order.

    Parameters
    ----------
    array : ndarray
        Its shape and its type count too.

    Returns
    -------
    str
    """
    digest = hashlib.sha256(f"{array.dtype.kind}{array.dtype.itemsize}{array.shape}".encode())
    block = max(1, _BLOCK_VALUES // max(1, int(np.prod(array.shape[1:]))))
    for first in range(0, len(array), block):
        rows = array[first : first + block]
        digest.update(np.ascontiguousarray(rows, rows.dtype.newbyteorder("<")).data)
    return digest.hexdigest()


def fingerprint_of_table(table: RawTable) -> str:
    """Return the SHA-256 of a table's cells, independent of the order in which its texts were found.

    Parameters
    ----------
    table : RawTable

    Returns
    -------
    str
    """
    digest = hashlib.sha256(f"table{table.rows}".encode())
    for column in table.columns:
        order = np.argsort(np.array(column.texts, np.str_), kind="stable")
        places = np.full(len(column.texts) + 1, NUMBER, np.int32)
        places[order] = np.arange(len(order))
        digest.update(json.dumps([column.texts[place] for place in order.tolist()]).encode())
        digest.update(fingerprint_of(column.numbers).encode())
        digest.update(fingerprint_of(places[column.codes]).encode())
    return digest.hexdigest()
