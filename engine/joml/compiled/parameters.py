"""The parameters of a network: one flat vector, and every layer's arrays as views into it.

A fully connected layer's block has the shape (size, previous + 1); its last column is the bias. Against activations
with a last row of ones, one product gives z = W a + b, and one gives dW and db together. The optimizer works on the
flat vector, so a deep network costs it as many calls as a shallow one. A normalised layer has gamma and beta behind its
block. Other layers have arrays of their own, one after the other.

What a layer keeps besides its parameters, such as the running means of a batch normalisation, lies in a second vector.

Several networks of one shape form a stack: all arrays then have a leading axis with one entry per network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from joml.array_types import Array
from joml.layers.base_layer import BaseLayer, Shape, shapes_of

#: Views into the vectors.
_VIEWS = ("blocks", "norms", "gradient_blocks", "gradient_norms", "views", "gradient_views", "state_views")
_VIEWED = ("theta", "gradient", "state", *_VIEWS)

#: A layer's arrays: their shapes by name, in their order in the vector.
Layout = Mapping[str, Shape]


class Parameters:
    """The weights and biases of a network, or of a stack of networks, with their gradients.

    Parameters
    ----------
    layers : sequence of BaseLayer
    input_size : int or tuple of int
        The number of features, or the shape of a sample.
    dtype : dtype
    networks : int, optional
        Number of networks in the stack; by default a single network without the leading axis.

    Attributes
    ----------
    theta, gradient : (..., parameters) arrays
        The flat vectors.
    state : (..., numbers) array
        What the layers keep besides their parameters; empty for most networks.
    shapes : list of tuples of int
        The shape of a sample before each layer, and after the last one.
    slices : list of slices
        Where each layer's parameters lie in theta and gradient.
    blocks, gradient_blocks : lists of (..., size, previous + 1) views
        [W | b] and [dW | db] of each layer; without rows where it has none.
    norms, gradient_norms : lists of (..., 2, size) views
        gamma and beta of each fully connected layer and their gradients; of no rows where it is not normalised.
    views, gradient_views, state_views : lists of dicts of views
        All arrays of each layer by name.
    """

    def __init__(
        self,
        layers: Sequence[BaseLayer],
        input_size: int | Shape,
        dtype: DTypeLike,
        networks: int | None = None,
    ) -> None:
        self._describe(layers, input_size)
        stack = () if networks is None else (networks,)
        parameters, state = lengths_of(layers, self.shapes[0])
        self._attach(*(np.zeros((*stack, size), dtype) for size in (parameters, parameters, state)))

    @classmethod
    def within(
        cls, layers: Sequence[BaseLayer], input_shape: Shape, theta: Array, gradient: Array, state: Array
    ) -> Parameters:
        """Return the parameters of layers after input_shape, whose theta, gradient and state are parts of others."""
        inner = object.__new__(cls)
        inner._describe(layers, input_shape)
        inner._attach(theta, gradient, state)
        return inner

    def _describe(self, layers: Sequence[BaseLayer], input_size: int | Shape) -> None:
        shape = input_size if isinstance(input_size, tuple) else (input_size,)
        self.shapes = shapes_of(layers, shape)
        befores = list(zip(layers, self.shapes, strict=False))
        self._layouts: list[Layout] = [layer.parameter_shapes(before) for layer, before in befores]
        self._state_layouts: list[Layout] = [layer.state_shapes(before) for layer, before in befores]
        self.slices = _places(self._layouts)

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
        self.shapes, self.slices = state["shapes"], state["slices"]
        self._layouts, self._state_layouts = state["_layouts"], state["_state_layouts"]
        self._attach(state["theta"], state["gradient"], state["state"])

    def bind(self, layers: Sequence[BaseLayer]) -> None:
        """Bind the layers, those that these parameters were made for, to their views."""
        views = zip(layers, self.shapes, self.views, self.gradient_views, self.state_views, strict=False)
        for layer, shape, own, gradients, state in views:
            layer.bind(shape, own, gradients, state)

    def one(self, place: int) -> Parameters:
        """Return the parameters of the network at this place of a stack, counted from 0, as views."""
        single = object.__new__(Parameters)
        single.__setstate__({**self.__getstate__(), **self._vectors_at(place)})
        return single

    def _vectors_at(self, place: int) -> dict[str, Array]:
        return {"theta": self.theta[place], "gradient": self.gradient[place], "state": self.state[place]}

    def _attach(self, theta: Array, gradient: Array, state: Array) -> None:
        self.theta, self.gradient, self.state = theta, gradient, state
        self.views, self.gradient_views = _views(theta, self._layouts), _views(gradient, self._layouts)
        self.state_views = _views(state, self._state_layouts)
        self.blocks, self.norms = self._fully_connected(self.views)
        self.gradient_blocks, self.gradient_norms = self._fully_connected(self.gradient_views)

    def _fully_connected(self, views: Sequence[Mapping[str, Array]]) -> tuple[list[Array], list[Array]]:
        nothing = self.theta[..., :0]
        blocks = [own["block"] if "block" in own else nothing[..., np.newaxis] for own in views]
        norms = [
            own["norm"] if "norm" in own else nothing.reshape(*nothing.shape[:-1], 0, block.shape[-2])
            for own, block in zip(views, blocks, strict=True)
        ]
        return blocks, norms


def lengths_of(layers: Sequence[BaseLayer], input_shape: Shape) -> tuple[int, int]:
    """Return the lengths of the vectors theta and state of layers after input_shape."""
    befores = list(zip(layers, shapes_of(layers, input_shape), strict=False))
    parameters = [layer.parameter_shapes(shape) for layer, shape in befores]
    state = [layer.state_shapes(shape) for layer, shape in befores]
    return _total(parameters), _total(state)


def _total(layouts: Sequence[Layout]) -> int:
    return sum(prod(shape) for layout in layouts for shape in layout.values())


def _places(layouts: Sequence[Layout]) -> list[slice]:
    """Return where each layer's arrays lie in a vector."""
    ends = np.cumsum([0, *(sum(map(prod, layout.values())) for layout in layouts)]).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]


def _views(flat: Array, layouts: Sequence[Layout]) -> list[dict[str, Array]]:
    """Return views of a vector as the arrays of each layer."""
    views: list[dict[str, Array]] = []
    start = 0
    for layout in layouts:
        own: dict[str, Array] = {}
        for name, shape in layout.items():
            end = start + prod(shape)
            own[name] = flat[..., start:end].reshape(*flat.shape[:-1], *shape)
            start = end
        views.append(own)
    return views
