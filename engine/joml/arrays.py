"""Types that the engine's modules share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: A real array; float32 in training, float64 where gradients are checked.
Array = NDArray[np.floating[Any]]

#: A prepared call: its operands and its output are bound, so running it allocates nothing.
Call = Callable[[], object]
Calls = tuple[Call, ...]
