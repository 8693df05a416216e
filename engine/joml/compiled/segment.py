"""The part of a pass that some of its layers make."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Calls


class Segment(Protocol):
    """A part of a pass.

    Attributes
    ----------
    outputs, output_delta : (..., features + 1, samples) arrays
        What the segment computes, with a last row of ones, and the gradient with respect to it, which is given.
    activations : list of (..., features, samples) arrays
        The outputs of each of its layers.
    gradient_views : list of dicts of arrays
        The gradients of each layer's parameters by name, after ``gradients``.
    forward, backward, gradients : tuples of calls
    """

    outputs: Array
    output_delta: Array
    activations: list[Array]
    gradient_views: list[dict[str, Array]]
    forward: Calls
    backward: Calls
    gradients: Calls

    def sides(self) -> list[NDArray[np.bool_]]:
        """Return flags that change where the segment's function has a kink, after ``forward``."""
        ...
