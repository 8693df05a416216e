"""The parameters of a network: one flat vector, and every layer's W and b as views into it.

A layer's block has the shape (size, previous + 1); its last column is the bias. Against activations with a last row of
ones, one product gives z = W a + b, and one gives dW and db together. The optimizer works on the flat vector, so a
deep network costs it as many calls as a shallow one. A normalised layer has gamma and beta behind its block.

Several networks of one shape form a stack: all arrays then have a leading axis with one entry per network.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from joml.array_types import Array
from joml.layer import Layer

#: Views into the two vectors.
_VIEWS = ("blocks", "norms", "gradient_blocks", "gradient_norms")
_VIEWED = ("theta", "gradient", *_VIEWS)


class Parameters:
    """The weights and biases of a network, or of a stack of networks, with their gradients.

    Parameters
    ----------
    layers : sequence of Layer
    input_size : int
    dtype : dtype
    networks : int, optional
        Number of networks in the stack; by default a single network without the leading axis.

    Attributes
    ----------
    theta, gradient : (..., parameters) arrays
        The flat vectors.
    slices : list of slices
        Where each layer's parameters lie in them.
    blocks, gradient_blocks : lists of (..., size, previous + 1) views
        [W | b] and [dW | db] of each layer.
    norms, gradient_norms : lists of (..., 2, size) views
        gamma and beta of each layer and their gradients; of no rows where the layer is not normalised.
    """

    def __init__(self, layers: Sequence[Layer], input_size: int, dtype: DTypeLike, networks: int | None = None) -> None:
        self._shapes = [
            (layer.size, previous + 1, 2 if layer.normalised else 0)
            for layer, previous in zip(layers, [input_size, *(layer.size for layer in layers)], strict=False)
        ]
        ends = np.cumsum([0, *(size * (columns + norms) for size, columns, norms in self._shapes)]).tolist()
        self.slices = [slice(start, end) for start, end in pairwise(ends)]
        stack = () if networks is None else (networks,)
        self._attach(np.zeros((*stack, ends[-1]), dtype), np.zeros((*stack, ends[-1]), dtype))

    def __setattr__(self, name: str, value: object) -> None:
        # `theta += step` sets theta to itself, which is allowed.
        if name in _VIEWED and name in vars(self) and vars(self)[name] is not value:
            entry = f"{name}[0]" if name in _VIEWS else name
            raise AttributeError(
                f"{name} of parameters cannot be replaced, as layers and optimizers work in it: write into it, "
                f"{entry}[...] = values"
            )
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the views: a copy makes views into its own vectors."""
        return {name: value for name, value in vars(self).items() if name not in _VIEWS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._shapes, self.slices = state["_shapes"], state["slices"]
        self._attach(state["theta"], state["gradient"])

    def one(self, place: int) -> Parameters:
        """Return the parameters of the network at this place of a stack, counted from 0, as views."""
        single = object.__new__(Parameters)
        single._shapes, single.slices = self._shapes, self.slices
        single._attach(self.theta[place], self.gradient[place])
        return single

    def _attach(self, theta: Array, gradient: Array) -> None:
        self.theta, self.gradient = theta, gradient
        self.blocks, self.norms = self._views(theta)
        self.gradient_blocks, self.gradient_norms = self._views(gradient)

    def _views(self, flat: Array) -> tuple[list[Array], list[Array]]:
        blocks, norms, stack = [], [], flat.shape[:-1]
        for (size, columns, rows), place in zip(self._shapes, self.slices, strict=True):
            chunk = flat[..., place]
            blocks.append(chunk[..., : size * columns].reshape(*stack, size, columns))
            norms.append(chunk[..., size * columns :].reshape(*stack, rows, size))
        return blocks, norms
