"""The protocol of a layer: shapes, parameters, and its computation as prepared calls on buffers that it is given."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.array_types import Array, Calls
from joml.compiled.segment import Segment
from joml.fixed_settings import require_attribute, require_unsettled
from joml.optimizers.base import Optimizer, require_optimizer
from joml.validation import numbers, require_kind

#: The shape of a sample: (features,), or (channels, height, width) of an image.
Shape = tuple[int, ...]


class ShapeError(ValueError):
    """A layer cannot follow what comes before it; the message names the layer and the shapes."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerBuffers:
    """The arrays that a layer's calls work on: one network's arrays for a number of samples.

    Attributes
    ----------
    input_shape, output_shape : tuples of int
        The shapes of a sample before and after the layer.
    inputs, outputs : (features, samples) arrays
        The calls read the inputs and write the outputs.
    parameters, gradients, state : dicts of arrays
        Views of the layer's parameters, of their gradients, and of what it keeps besides, by name.
    delta : (features, samples) array or None
        The gradient of the cost with respect to the outputs, which the calls may overwrite; None if only the outputs
        are needed.
    input_delta : (features, samples) array or None
        Where the gradient with respect to the inputs goes; None if nothing needs it.
    generator : numpy.random.Generator or None
        Draws random numbers in training; None in prediction.
    keeps_z : bool
        Whether the fully connected layers of a block keep their z in buffers of their own.
    """

    input_shape: Shape
    output_shape: Shape
    inputs: Array
    outputs: Array
    parameters: Mapping[str, Array]
    gradients: Mapping[str, Array]
    state: Mapping[str, Array]
    delta: Array | None = None
    input_delta: Array | None = None
    generator: np.random.Generator | None = None
    keeps_z: bool = False

    @property
    def samples(self) -> int:
        """Number of samples."""
        return int(self.inputs.shape[-1])

    def shaped(self, values: Array, shape: Shape) -> Array:
        """Return (features, samples) values as a view of (*shape, samples)."""
        return values.reshape(*shape, values.shape[-1])


@dataclass(frozen=True, slots=True, eq=False)
class LayerCalls:
    """A layer's prepared calls.

    Attributes
    ----------
    forward : tuple of calls
        From the inputs to the outputs.
    backward : tuple of calls
        From the delta of the outputs to that of the inputs.
    gradient : tuple of calls
        The gradients of the parameters, after ``backward``.
    sides : callable
        Returns flags that change where the layer's function has a kink; the gradient check compares them.
    inside : tuple of Segment
        Of a block the segments of its layers, whose calls are among these.
    """

    forward: Calls
    backward: Calls = ()
    gradient: Calls = ()
    sides: Callable[[], list[NDArray[np.bool_]]] = list
    inside: tuple[Segment, ...] = ()


def copied(buffers: LayerBuffers) -> LayerCalls:
    """Return the calls of a layer whose outputs are its inputs in these buffers."""
    forward: Calls = (partial(np.copyto, buffers.outputs, buffers.inputs),)
    if buffers.delta is None or buffers.input_delta is None:
        return LayerCalls(forward)
    return LayerCalls(forward, (partial(np.copyto, buffers.input_delta, buffers.delta),))


class BaseLayer:
    """The base of every layer: a name, an optimizer, shapes, parameters and prepared calls.

    Parameters
    ----------
    name : str, default ""
        Name of the layer.
    optimizer : Optimizer, optional
        The optimizer of this layer's parameters; default the trainer's.
    frozen : bool, default False
        Whether training leaves the layer's parameters as they are. What it keeps besides, such as running means, still
        follows the samples.

    Raises
    ------
    ValueError
        A setting has the wrong type; the message names it.
    """

    # Defaults, for classes of one's own whose constructor leaves this one out.
    name: str = ""
    optimizer: Optimizer | None = None
    frozen: bool = False
    _settled: bool = False
    _views: Mapping[str, Array] | None = None
    _state: Mapping[str, Array] = {}

    #: The settings, which are fixed once the layer is stacked.
    setting_names: tuple[str, ...] = ()
    #: The names of what the layer keeps besides its parameters, such as running means.
    state_names: tuple[str, ...] = ()

    def __init__(self, *, name: str = "", optimizer: Optimizer | None = None, frozen: bool = False) -> None:
        require_kind(isinstance(name, str), name, "a layer's name", "a text")
        require_kind(isinstance(frozen, bool), frozen, "a layer's frozen", "True or False")
        self.frozen = frozen
        self.name = name
        if optimizer is not None:
            require_optimizer(optimizer, "a layer's optimizer")
        self.optimizer = optimizer

    # --- what a kind of layer defines ------------------------------------------------------------------------------

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of a sample after the layer.

        Parameters
        ----------
        input_shape : tuple of int
            The shape before it.

        Returns
        -------
        tuple of int

        Raises
        ------
        ShapeError
            The layer cannot follow this shape.
        """
        return input_shape

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the arrays of parameters by name, for samples of input_shape."""
        return {}

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the arrays that the layer keeps besides, by name, for samples of input_shape."""
        return {}

    def initialise(self, generator: np.random.Generator) -> Any:
        """Set the first values of the parameters and of what is kept, drawn with the generator."""

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the layer's prepared calls on these buffers.

        Raises
        ------
        TypeError
            The class does not define it.
        """
        raise TypeError(f"{type(self).__name__} defines no prepare(buffers): derive a layer of your own from OwnLayer")

    def require_input(self, input_shape: Shape) -> None:
        """Raise ShapeError if the layer cannot follow input_shape."""
        self.output_shape(input_shape)

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture."""
        return type(self).__name__.lower()

    @property
    def of_images(self) -> bool:
        """Return whether the layer can follow images alone."""
        return False

    @property
    def joins_samples(self) -> bool:
        """Return whether a sample's outputs in training depend on the other samples of the mini-batch."""
        return False

    def least_samples(self, input_shape: Shape) -> int:
        """Return the least number of samples of a mini-batch, of samples of input_shape."""
        return 1

    # --- its place in a network ------------------------------------------------------------------------------------

    def bind(
        self,
        input_shape: Shape,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        state: Mapping[str, Array],
    ) -> None:
        """Use these views as the layer's parameters, after input_shape, their gradients, and its state."""
        self._views, self._state = parameters, state

    def unbind(self) -> None:
        """Remove the views that ``bind`` set."""
        self._views, self._state = None, {}

    def unbound(self) -> Self:
        """Return a layer of the same settings that belongs to no network yet."""
        return copy.copy(self)

    def anonymous(self) -> Self:
        """Return a layer of the same settings that can be trained, without name and optimizer and of no network yet."""
        layer = self.unbound()
        layer.name, layer.optimizer, layer.frozen = "", None, False
        return layer

    def settle(self) -> None:
        """Fix the settings, because the layer has been stacked in a network."""
        self._settled = True

    @property
    def settled(self) -> bool:
        """Return whether the layer has been stacked in a network; its settings are then fixed."""
        return self._settled

    @property
    def bound(self) -> bool:
        """Return whether the layer belongs to a complete network, and so has parameters."""
        return self._views is not None

    def __setattr__(self, name: str, value: object) -> None:
        if name in _OF_CLASS:
            raise AttributeError(f"{name} of a layer cannot be changed: its class decides it")
        fixed = (*self.setting_names, "optimizer", "frozen", "initialisation")
        if name in fixed and getattr(self, "_settled", False):
            instead = "it is stacked in a network; make a new layer, and a network of it"
            require_unsettled(self, name, fixed, instead)
        require_attribute(self, name)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        """Raise AttributeError for what other layers have and this one does not."""
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(
            f"{self!r} has no {name}: fully connected layers alone have what this asks for"
            if name in OF_FULLY_CONNECTED
            else f"{self!r} has no attribute {name}"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the network's part: a copy has the same settings and can be stacked anew."""
        return {**vars(self), "_views": None, "_state": {}, "_settled": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    # --- parameters ------------------------------------------------------------------------------------------------

    def parameter(self, name: str) -> Array:
        """Return the view of the parameters, or of what is kept besides, of a name.

        Raises
        ------
        RuntimeError
            The layer belongs to no complete network yet.
        """
        if self._views is None:
            raise RuntimeError(
                f"{self!r} has no parameters yet: they are made when its network gets an output layer, with "
                "network.output(...)"
            )
        return self._views[name] if name in self._views else self._state[name]

    @property
    def weight_names(self) -> tuple[str, ...]:
        """The names of the weights that other programs read; each is an attribute of the layer."""
        return ()

    def named_weights(self) -> Iterator[tuple[str, Array]]:
        """Return the arrays that files of weights have, by name: weights, and what the layer keeps besides."""
        for name in (*self.weight_names, *self.state_names):
            yield name, getattr(self, name)

    def get_num_parameters(self) -> int:
        """Return the number of the layer's parameters."""
        return sum(view.size for view in (self._views or {}).values())

    def _assign(self, view: Array, values: ArrayLike, name: str) -> None:
        given = numbers(values, f"{name} of {self!r}", view.dtype)
        if given.ndim and given.shape != view.shape:
            raise ValueError(f"{name} of {self!r} has the shape {view.shape}, got {given.shape}")
        view[...] = given

    @property
    def options(self) -> tuple[str, ...]:
        """The settings that differ from their defaults as text, such as ``kernel=5``."""
        defaults = {name: each.default for name, each in signature(type(self)).parameters.items()}
        chosen = [name for name in self.setting_names if getattr(self, name) != defaults.get(name)]
        own = [f"{name}={getattr(self, name)!r}" for name in chosen]
        own += [f"name={self.name!r}"] if self.name else []
        own += ["frozen=True"] if self.frozen else []
        return (*own, *((f"optimizer={self.optimizer!r}",) if self.optimizer is not None else ()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.options)})"


#: What a class of layers decides for all of them.
_OF_CLASS = ("setting_names", "state_names")

#: Attributes of fully connected layers that other layers lack, for the message about them.
OF_FULLY_CONNECTED = (
    *("size", "activation_function", "initialisation", "dropout", "normalised", "residual", "branches"),
    *("block", "norm", "dims", "W", "b", "a_lm1", "z_l", "a_l", "delta_l"),
)


def shapes_of(layers: Sequence[BaseLayer], input_shape: Shape) -> list[Shape]:
    """Return the shape of a sample before each of the layers, from input_shape on, and after the last one.

    Raises
    ------
    ShapeError
        A layer cannot follow what comes before it.
    """
    shapes = [input_shape]
    for layer in layers:
        shapes.append(layer.output_shape(shapes[-1]))
    return shapes


def features_of(shape: Shape) -> int:
    """Return the number of features of a sample of a shape."""
    return prod(shape)


def shape_text(shape: Shape) -> str:
    """Return a shape as text: ``8x24x24``."""
    return "x".join(map(str, shape))


def function_text(name: str) -> str:
    """Return an activation function in the notation of a layer: ``(tanh)``; nothing for ReLU, the default.

    Parameters
    ----------
    name : str
        The function's name.

    Returns
    -------
    str
    """
    return "" if name == "relu" else f"({name.replace('-', '')})"
