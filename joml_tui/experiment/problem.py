"""One problem that keeps an experiment from running."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One problem that keeps an experiment from running."""

    field: str  # such as "layers[2].size"
    message: str
