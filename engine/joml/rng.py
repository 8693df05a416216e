"""Independent random streams from one seed, so that drawing from one never changes another."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from joml.validation import integer

Purpose = Literal["initialisation", "split", "shuffle", "noise", "dropout", "augmentation", "label noise"]

# A stream's place in this order decides its numbers: append new purposes, never reorder.
_PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


def stream(seed: int, purpose: Purpose) -> np.random.Generator:
    """Return a fresh generator for one purpose of one seed.

    Parameters
    ----------
    seed : int
        The run's seed, 0 or more.
    purpose : {"initialisation", "split", "shuffle", "noise", "dropout", "augmentation", "label noise"}
        The use of the numbers. The streams of different purposes are independent.

    Returns
    -------
    numpy.random.Generator
        A new generator for each call: the same seed and purpose produce the same numbers.

    Raises
    ------
    ValueError
        The purpose is unknown, or the seed is not an integer of at least 0.
    """
    if purpose not in _PURPOSES:
        raise ValueError(f"stream: unknown purpose {purpose!r}; one of {', '.join(_PURPOSES)} was expected")
    entropy = integer(seed, "seed", 0)
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(_PURPOSES.index(purpose),)))
