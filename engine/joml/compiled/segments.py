"""Segments of a network in a pass: runs of fully connected layers, and every other layer for itself.

A segment reads its inputs in a buffer with a last row of ones, and writes its outputs into such a buffer of its own, so
that a fully connected layer can follow any other. Their deltas have that row too, and it is not used there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from joml.activations import ActivationFunction
from joml.array_types import Array, Call, Calls
from joml.compiled.dense_run import DenseRun
from joml.compiled.parameters import Parameters
from joml.compiled.segment import Segment
from joml.layer import Layer
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, features_of


@dataclass(frozen=True, slots=True, eq=False)
class UnitValues:
    """The values of a layer's activation function in a pass; of a stack, those of the first network.

    Attributes
    ----------
    function : ActivationFunction or None
        None for a layer without one.
    values : (units, samples) array
        The units of images are their channels, whose samples are those of all places.
    """

    function: ActivationFunction | None
    values: Array


def unit_values(segment: Segment) -> list[UnitValues]:
    """Return the values of the activation function of each layer of a segment, after ``forward``."""
    if isinstance(segment, DenseRun):
        return [UnitValues(hidden.layer.activation_function, _first(hidden.value)) for hidden in segment.hidden]
    assert isinstance(segment, LayerSegment)
    function = vars(segment.layer).get("activation_function")
    values = _first(segment.activations[0])
    units = segment.output_shape[0]
    return [UnitValues(function if isinstance(function, ActivationFunction) else None, values.reshape(units, -1))]


def _first(values: Array) -> Array:
    """Return the values of the first network of a stack."""
    return values if values.ndim == 2 else values[0]


class LayerSegment:
    """A layer that is not fully connected, in a pass; the networks of a stack are computed one after another.

    Parameters
    ----------
    layer : BaseLayer
    parameters : Parameters
        The network's.
    place : int
        Of the layer among the network's layers, from 0.
    inputs, keeps_z, generators, differentiated, input_delta
        As for ``DenseRun``.

    Attributes
    ----------
    layer : BaseLayer
    output_shape : tuple of int
        The shape of a sample after it.
    outputs, output_delta, activations, gradient_views, forward, backward, gradients
        As for ``Segment``.
    """

    output_delta: Array

    def __init__(
        self,
        layer: BaseLayer,
        parameters: Parameters,
        place: int,
        *,
        inputs: Array,
        keeps_z: bool = False,
        generators: Sequence[np.random.Generator] = (),
        differentiated: bool = False,
        input_delta: Array | None = None,
    ) -> None:
        before, after = parameters.shapes[place : place + 2]
        self.layer, self.output_shape = layer, after
        self.outputs: Array = np.ones((*inputs.shape[:-2], features_of(after) + 1, inputs.shape[-1]), inputs.dtype)
        self.activations = [self.outputs[..., :-1, :]]
        self.gradient_views: list[dict[str, Array]] = [parameters.gradient_views[place]]
        if differentiated:
            self.output_delta = np.zeros_like(self.outputs)
        self._prepared: list[LayerCalls] = []
        for one in [()] if inputs.ndim == 2 else [(network,) for network in range(len(inputs))]:
            buffers = LayerBuffers(
                before,
                after,
                inputs=inputs[one][:-1],
                outputs=self.outputs[one][:-1],
                parameters=_of_one(parameters.views[place], one),
                gradients=_of_one(parameters.gradient_views[place], one),
                state=_of_one(parameters.state_views[place], one),
                delta=self.output_delta[one][:-1] if differentiated else None,
                input_delta=None if input_delta is None else input_delta[one][:-1],
                generator=generators[one[0] if one else 0] if generators else None,
                keeps_z=keeps_z,
            )
            self._prepared.append(layer.prepare(buffers))
        self.forward: Calls = tuple(self._calls("forward"))
        self.backward: Calls = tuple(self._calls("backward"))
        self.gradients: Calls = tuple(self._calls("gradient"))

    def _calls(self, kind: str) -> Iterator[Call]:
        for prepared in self._prepared:
            yield from getattr(prepared, kind)

    @property
    def inside(self) -> tuple[Segment, ...]:
        """The segments of a block's layers, of a stack those of the first network; empty for other layers."""
        return self._prepared[0].inside

    def sides(self) -> list[NDArray[np.bool_]]:
        """Return the flags that the layer gives for its kinks, after ``forward``."""
        return [flags.ravel() for prepared in self._prepared for flags in prepared.sides()]


def _of_one(views: Mapping[str, Array], one: tuple[int, ...]) -> dict[str, Array]:
    """Return the views of one network of a stack, or the views themselves."""
    return {name: view[one] if one else view for name, view in views.items()}


def segments_of(
    layers: Sequence[BaseLayer],
    parameters: Parameters,
    inputs: Array,
    *,
    keeps_z: bool = False,
    generators: Sequence[np.random.Generator] = (),
    differentiated: bool = False,
    input_delta: Array | None = None,
) -> list[Segment]:
    """Return the segments of layers without an output layer, in order.

    Parameters
    ----------
    layers : sequence of BaseLayer
        The first layers of ``parameters``.
    parameters : Parameters
    inputs : (..., features + 1, samples) array
        What comes before them, with a last row of ones.
    keeps_z, generators, differentiated, input_delta
        As for ``DenseRun``.

    Returns
    -------
    list of Segment
    """
    segments: list[Segment] = []
    for dense, group in groupby(range(len(layers)), key=lambda place: isinstance(layers[place], Layer)):
        places = list(group)
        runs = [places] if dense else [[place] for place in places]
        for run in runs:
            before = segments[-1].outputs if segments else inputs
            delta = input_delta if not segments else segments[-1].output_delta if differentiated else None
            if dense:
                own = [layer for layer in (layers[place] for place in run) if isinstance(layer, Layer)]
                segments.append(
                    DenseRun(
                        own,
                        parameters,
                        run[0],
                        inputs=before,
                        keeps_z=keeps_z,
                        generators=generators,
                        differentiated=differentiated,
                        input_delta=delta,
                    )
                )
            else:
                segments.append(
                    LayerSegment(
                        layers[run[0]],
                        parameters,
                        run[0],
                        inputs=before,
                        keeps_z=keeps_z,
                        generators=generators,
                        differentiated=differentiated,
                        input_delta=delta,
                    )
                )
    return segments
