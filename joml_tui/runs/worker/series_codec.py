"""Encoding of a history's rows as a message, with which a continued run starts its series."""

from __future__ import annotations

import numpy as np

from joml_tui.runs.history import History, is_of_checks
from joml_tui.runs.history_blocks import METRIC
from joml_tui.serialization import pack_state, unpack_state


def pack_rows(history: History, iterations: int) -> bytes:
    """Return the first rows of a history, with the checks so far, encoded."""
    checks = int(np.searchsorted(history.check_iteration, iterations, side="right"))
    return pack_state(
        {
            name: np.array(values[: checks if is_of_checks(name) else iterations])
            for name, values in history.stored_series().items()
        }
    )


def unpack_rows(payload: bytes, history: History) -> None:
    """Fill an empty history with rows from ``pack_rows``; missing spreads and metrics are nan.

    Checks of another part are left out, because a curve belongs to one part.
    """
    rows = unpack_state(payload)
    for name, values in history.stored_series().items():
        if name.endswith("_spread") and name not in rows:
            of = rows.get(name.removesuffix("_spread"), values)
            rows[name] = np.full(len(of), np.nan, np.float32)
        elif METRIC in name and name not in rows:
            checks = rows.get(f"{history.checked_part}_iteration", values)
            rows[name] = np.full(len(checks), np.nan, np.float32)
    history.fill(rows)
