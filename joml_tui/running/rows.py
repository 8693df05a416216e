"""The rows of a history as a message: what a run that goes on from another begins its series with."""

from __future__ import annotations

from typing import Any

import numpy as np

from joml_tui.history import History
from joml_tui.packing import pack_state, unpack_state


def pack_rows(history: History, iterations: int) -> bytes:
    """Encode the first rows of a history, and the tests up to there."""
    tests = int(np.searchsorted(history.test_iteration, iterations, side="right"))
    rows: dict[str, Any] = {
        name: np.array(getattr(history, name)[:iterations]) for name in ("train_cost", "train_accuracy", "seconds")
    }
    rows |= {
        name: np.array(getattr(history, name)[:tests]) for name in ("test_iteration", "test_cost", "test_accuracy")
    }
    return pack_state(rows)


def unpack_rows(payload: bytes, history: History) -> None:
    """Append the rows that ``pack_rows`` encoded to an empty history."""
    rows = unpack_state(payload)
    history.append(rows["train_cost"], rows["train_accuracy"], rows["seconds"])
    for iteration, cost, accuracy in zip(rows["test_iteration"], rows["test_cost"], rows["test_accuracy"], strict=True):
        history.append_test(int(iteration), float(cost), float(accuracy))
