"""The states of random generators as arrays, for checkpoints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def generator_states(generators: Sequence[np.random.Generator]) -> NDArray[np.uint8]:
    """Return the states of generators, as the bytes of a JSON text: their numbers have 128 bits."""
    states = [generator.bit_generator.state for generator in generators]
    return np.frombuffer(json.dumps(states).encode(), np.uint8)


def restore_generators(generators: Sequence[np.random.Generator], states: NDArray[Any]) -> None:
    """Restore generators from the result of ``generator_states``.

    Raises
    ------
    ValueError
        The number or the kind of states does not fit the generators; nothing is changed then.
    """
    read = json.loads(states.tobytes())
    if not isinstance(read, list) or len(read) != len(generators):
        count = len(read) if isinstance(read, list) else "something else"
        raise ValueError(f"{len(generators)} states of random generators are needed, got {count}")
    before = [generator.bit_generator.state for generator in generators]
    try:
        for generator, state in zip(generators, read, strict=True):
            generator.bit_generator.state = state
    except (KeyError, TypeError, ValueError) as error:
        for generator, state in zip(generators, before, strict=True):
            generator.bit_generator.state = state
        raise ValueError(f"these are not states of random generators: {error}") from error
