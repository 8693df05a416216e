"""The rows of a history as a message: what a run that goes on from another begins its series with."""

from __future__ import annotations

from typing import Any

import numpy as np

from joml_tui.history import History, SpreadName
from joml_tui.packing import pack_state, unpack_state

_TRAIN_SPREADS: tuple[SpreadName, SpreadName] = ("train_cost_spread", "train_accuracy_spread")
_TEST_SPREADS: tuple[SpreadName, SpreadName] = ("test_cost_spread", "test_accuracy_spread")


def pack_rows(history: History, iterations: int) -> bytes:
    """Encode the first rows of a history, and the tests up to there."""
    tests = int(np.searchsorted(history.test_iteration, iterations, side="right"))
    rows: dict[str, Any] = {
        name: np.array(getattr(history, name)[:iterations]) for name in ("train_cost", "train_accuracy", "seconds")
    }
    rows |= {
        name: np.array(getattr(history, name)[:tests]) for name in ("test_iteration", "test_cost", "test_accuracy")
    }
    if history.has_spread:
        rows |= {name: np.array(history.series(name)[:iterations]) for name in _TRAIN_SPREADS}
        rows |= {name: np.array(history.series(name)[:tests]) for name in _TEST_SPREADS}
    return pack_state(rows)


def unpack_rows(payload: bytes, history: History) -> None:
    """Append the rows that ``pack_rows`` encoded to an empty history."""
    rows = unpack_state(payload)
    none = np.full(len(rows["seconds"]), np.nan), np.full(len(rows["test_cost"]), np.nan)
    of_costs, of_accuracies = (rows.get(name, none[0]) for name in _TRAIN_SPREADS)
    history.append(rows["train_cost"], rows["train_accuracy"], rows["seconds"], spreads=(of_costs, of_accuracies))
    tests = [rows[name] for name in ("test_iteration", "test_cost", "test_accuracy")]
    tests += [rows.get(name, none[1]) for name in _TEST_SPREADS]
    for iteration, cost, accuracy, of_cost, of_accuracy in zip(*tests, strict=True):
        history.append_test(int(iteration), float(cost), float(accuracy), spreads=(float(of_cost), float(of_accuracy)))
