"""Types that the engine's modules share, and the product that all of them prepare."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: A real array; float32 in training, float64 where gradients are checked.
Array = NDArray[np.floating[Any]]

#: A prepared call: its operands and its output are bound, so running it allocates nothing.
Call = Callable[[], object]
Calls = tuple[Call, ...]


def product(a: Array, b: Array, out: Array) -> Call:
    """Prepare out = a b, for matrices or for stacks of them: one stack is one call."""
    # Of two matrices, the bound `dot` is the cheapest call there is.
    return partial(a.dot, b, out) if a.ndim == b.ndim == 2 else partial(np.matmul, a, b, out)


def transposed(a: Array) -> Array:
    """Return a view with rows and columns exchanged, of a matrix or of each in a stack."""
    return a.swapaxes(-1, -2)
