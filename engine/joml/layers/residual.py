"""Residual blocks around layers of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Call
from joml.compiled.parameters import Parameters, lengths_of
from joml.compiled.segments import segments_of
from joml.declaration import declare
from joml.layer import OutputLayer
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, Shape, ShapeError, shape_text, shapes_of
from joml.optimizers.base import Optimizer
from joml.validation import require_kind


def is_hidden(layer: object) -> bool:
    """Return whether something is a layer that another one can follow."""
    return isinstance(layer, BaseLayer) and not isinstance(layer, OutputLayer)


@declare(
    "layer",
    "residual",
    "Layers whose inputs are added to their outputs",
    "a = a_before + layers(a_before)",
    label="residual block",
)
class Residual(BaseLayer):
    """A block of layers whose inputs are added to its outputs: a = a_previous + layers(a_previous).

    Parameters
    ----------
    layers : sequence of BaseLayer
        The layers of the block, at least one, which give the shape that they are given. Their own optimizers are not
        used: the block has one.
    name, optimizer, frozen
        As for ``BaseLayer``.

    Raises
    ------
    ValueError
        The layers are none, or not layers without an output layer, or belong to a network, or have an optimizer or a
        residual block of their own.

    References
    ----------
    He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015.
    """

    layers: tuple[BaseLayer, ...]

    setting_names = ("layers",)

    def __init__(
        self,
        layers: Sequence[BaseLayer],
        *,
        name: str = "",
        optimizer: Optimizer | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(name=name, optimizer=optimizer, frozen=frozen)
        given: Any = layers
        several = isinstance(given, Sequence) and len(given) > 0
        require_kind(several, given, "a residual block's layers", "a list of layers such as [Layer(28)]")
        for layer in layers:
            require_kind(
                is_hidden(layer), layer, "a layer of a residual block", "a layer such as Convolution2D(8, 3, padding=1)"
            )
            if layer.settled:
                raise ValueError(f"{layer!r} belongs to a network already: make a new layer")
            if layer.optimizer is not None:
                raise ValueError(f"{layer!r} has an optimizer: give it to the block, as Residual([...], optimizer=...)")
            if layer.frozen:
                raise ValueError(f"{layer!r} is frozen: freeze the whole block, as Residual([...], frozen=True)")
            if vars(layer).get("residual"):
                raise ValueError(f"{layer!r} ends a residual block inside another: write Residual([...]) in its place")
        self.layers = tuple(layers)

    @property
    def of_images(self) -> bool:
        """Return whether a layer of the block can follow images alone."""
        return any(layer.of_images for layer in self.layers)

    @property
    def joins_samples(self) -> bool:
        """Return whether a layer of the block joins the samples of a mini-batch."""
        return any(layer.joins_samples for layer in self.layers)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return input_shape, which the layers must give.

        Raises
        ------
        ShapeError
            They give another shape.
        """
        last = shapes_of(self.layers, input_shape)[-1]
        if last != input_shape:
            raise ShapeError(
                f"a residual block adds its inputs to its outputs, so both have one shape: {self!r} makes "
                f"{shape_text(last)} of {shape_text(input_shape)}"
            )
        return input_shape

    def require_input(self, input_shape: Shape) -> None:
        """Raise ShapeError if the block or one of its layers cannot follow input_shape."""
        self.output_shape(input_shape)
        for layer, shape in zip(self.layers, shapes_of(self.layers, input_shape), strict=False):
            layer.require_input(shape)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shape of one vector with the parameters of all layers of the block, after input_shape."""
        return {"theta": (lengths_of(self.layers, input_shape)[0],)}

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shape of one vector with what the layers of the block keep, after input_shape."""
        return {"state": (lengths_of(self.layers, input_shape)[1],)}

    def least_samples(self, input_shape: Shape) -> int:
        """Return the largest of the least numbers of samples of the block's layers, after input_shape."""
        shapes = shapes_of(self.layers, input_shape)
        return max(layer.least_samples(shape) for layer, shape in zip(self.layers, shapes, strict=False))

    @property
    def notation(self) -> str:
        """The block in the text of an architecture: ``r(c8k3b1-bn)``."""
        return f"r({'-'.join(layer.notation for layer in self.layers)})"

    def named_weights(self) -> Iterator[tuple[str, Array]]:
        """Return the arrays of the block's layers, by place and name, such as ``0.W``."""
        for place, layer in enumerate(self.layers):
            for name, view in layer.named_weights():
                yield f"{place}.{name}", view

    def anonymous(self) -> Self:
        """Return a block of the same settings without names and optimizer, which belongs to no network yet."""
        block = super().anonymous()
        block.layers = tuple(layer.anonymous() for layer in self.layers)
        return block

    def settle(self) -> None:
        """Fix the settings of the block and of its layers."""
        super().settle()
        for layer in self.layers:
            layer.settle()

    def bind(
        self,
        input_shape: Shape,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        state: Mapping[str, Array],
    ) -> None:
        """Bind the block's layers, after input_shape, to their parts of parameters, gradients and state."""
        super().bind(input_shape, parameters, gradients, state)
        self._within(input_shape, parameters, gradients, state).bind(self.layers)

    def unbind(self) -> None:
        """Remove the views that ``bind`` set, also from the block's layers."""
        super().unbind()
        for layer in self.layers:
            layer.unbind()

    def _within(
        self,
        shape: Shape,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        state: Mapping[str, Array],
    ) -> Parameters:
        return Parameters.within(self.layers, shape, parameters["theta"], gradients["theta"], state["state"])

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the network's part, with layers that can be stacked anew."""
        return {**super().__getstate__(), "layers": tuple(layer.unbound() for layer in self.layers)}

    def initialise(self, generator: np.random.Generator) -> None:
        """Draw the first values of the block's layers with the generator, in their order."""
        for layer in self.layers:
            layer.initialise(generator)

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers: those of the block's layers, and the sums."""
        parameters = self._within(buffers.input_shape, buffers.parameters, buffers.gradients, buffers.state)
        features, samples = buffers.inputs.shape
        inputs: Array = np.ones((features + 1, samples), buffers.inputs.dtype)
        back = np.zeros_like(inputs) if buffers.input_delta is not None else None
        segments = segments_of(
            self.layers,
            parameters,
            inputs,
            keeps_z=buffers.keeps_z,
            generators=() if buffers.generator is None else (buffers.generator,),
            differentiated=buffers.delta is not None,
            input_delta=back,
        )
        branch = segments[-1].outputs[:-1]
        forward: list[Call] = [partial(np.copyto, inputs[:-1], buffers.inputs)]
        forward += [call for segment in segments for call in segment.forward]
        forward.append(partial(np.add, branch, inputs[:-1], buffers.outputs))

        def sides() -> list[NDArray[np.bool_]]:
            return [flags for segment in segments for flags in segment.sides()]

        if buffers.delta is None:
            return LayerCalls(tuple(forward), sides=sides, inside=tuple(segments))
        backward: list[Call] = [partial(np.copyto, segments[-1].output_delta[:-1], buffers.delta)]
        backward += [call for segment in reversed(segments) for call in segment.backward]
        if back is not None and buffers.input_delta is not None:
            backward.append(partial(np.add, back[:-1], buffers.delta, buffers.input_delta))
        gradient = tuple(call for segment in segments for call in segment.gradients)
        return LayerCalls(tuple(forward), tuple(backward), gradient, sides, tuple(segments))
