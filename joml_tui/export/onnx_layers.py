"""The layers of a network as ONNX nodes: samples are rows, and images are (batch, channels, height, width) inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from joml import Layer, Network
from joml.layer_normalisation import EPSILON
from joml.layers.base_layer import BaseLayer, Shape, shapes_of
from joml.layers.convolution import Convolution2D
from joml.layers.elementwise import Activation, Dropout
from joml.layers.embedding import Embedding
from joml.layers.flatten import Flatten
from joml.layers.normalisation import BatchNormalisation, LayerNormalisation
from joml.layers.pooling import AveragePooling2D, GlobalAveragePooling, MaxPooling2D
from joml.layers.residual import Residual
from joml_tui.export.onnx_graph import Graph
from joml_tui.export.safe_files import ExportError


def add_network(graph: Graph, network: Network, x: str) -> str:
    """Add all layers of a network, and return the name of the outputs.

    Parameters
    ----------
    graph : Graph
    network : Network
    x : str
        The name of the inputs, rows of features; an image is its features channel by channel and row by row.

    Returns
    -------
    str

    Raises
    ------
    ExportError
        A layer is of one's own, or its activation function is; the message names it.
    """
    shape = network.shapes[0]
    if len(shape) > 1:
        x = _reshaped(graph, x, (-1, *shape), "images")
    return _add_layers(graph, network.layers, shape, x, "layers")


def _add_layers(graph: Graph, layers: Sequence[BaseLayer], shape: Shape, x: str, prefix: str) -> str:
    """Add layers that follow each other, after a value of this shape of a sample, and return the name of the last."""
    a = [x]
    shapes = shapes_of(layers, shape)
    for place, layer in enumerate(layers):
        name = f"{prefix}.{place}"
        if isinstance(layer, Layer):
            a.append(_fully_connected(graph, layer, name, a, shapes))
        else:
            if type(layer) not in _KINDS:
                raise ExportError(f"{layer!r} is a layer of your own, which ONNX files cannot contain")
            a.append(_KINDS[type(layer)](graph, layer, name, a[-1], shapes[place]))
    return a[-1]


def _fully_connected(graph: Graph, layer: Layer, name: str, a: list[str], shapes: list[Shape]) -> str:
    """Add a = a_before + sigma(normalise(W a_previous + b)); ``a`` has the names of the earlier values."""
    # Samples are rows, so the product is a W^T.
    W, b = graph.constant(f"{name}.W", layer.W), graph.constant(f"{name}.b", layer.b)
    x = _flat(graph, a[-1], shapes[len(a) - 1], f"{name}.x")
    z = graph.add("Gemm", [x, W, b], f"{name}.z", transB=1)
    if layer.normalised:
        norm = [graph.constant(f"{name}.gamma", layer.gamma), graph.constant(f"{name}.beta", layer.beta)]
        z = graph.add("LayerNormalization", [z, *norm], f"{name}.n", axis=-1, epsilon=EPSILON)
    value = graph.activation(layer.activation_function, z, f"{name}.a")
    if not layer.residual:
        return value
    before = _flat(graph, a[-layer.residual], shapes[len(a) - layer.residual], f"{name}.before")
    return graph.add("Add", [value, before], f"{name}.sum")


def _convolution(graph: Graph, layer: Any, name: str, x: str, _shape: Shape) -> str:
    weights = [graph.constant(f"{name}.W", layer.W), graph.constant(f"{name}.b", layer.b)]
    strides, pads = [layer.stride] * 2, [layer.padding] * 4
    z = graph.add("Conv", [x, *weights], f"{name}.z", kernel_shape=layer.kernel, strides=strides, pads=pads)
    return graph.activation(layer.activation_function, z, f"{name}.a")


def _pooling(graph: Graph, layer: Any, name: str, x: str, _shape: Shape) -> str:
    operator = "MaxPool" if isinstance(layer, MaxPooling2D) else "AveragePool"
    return graph.add(operator, [x], f"{name}.a", kernel_shape=layer.kernel, strides=[layer.stride] * 2)


def _global_pooling(graph: Graph, _layer: Any, name: str, x: str, shape: Shape) -> str:
    return _flat(graph, graph.add("GlobalAveragePool", [x], f"{name}.mean"), shape, f"{name}.a")


def _batch_normalisation(graph: Graph, layer: Any, name: str, x: str, _shape: Shape) -> str:
    arrays = {each: getattr(layer, each) for each in ("gamma", "beta", "running_mean", "running_variance")}
    constants = [graph.constant(f"{name}.{each}", values) for each, values in arrays.items()]
    return graph.add("BatchNormalization", [x, *constants], f"{name}.a", epsilon=layer.epsilon)


def _layer_normalisation(graph: Graph, layer: Any, name: str, x: str, shape: Shape) -> str:
    norm = {"gamma": layer.gamma, "beta": layer.beta}
    constants = [graph.constant(f"{name}.{each}", values.reshape(shape)) for each, values in norm.items()]
    return graph.add("LayerNormalization", [x, *constants], f"{name}.a", axis=1, epsilon=EPSILON)


def _residual(graph: Graph, layer: Any, name: str, x: str, shape: Shape) -> str:
    return graph.add("Add", [_add_layers(graph, layer.layers, shape, x, name), x], f"{name}.sum")


def _embedding(graph: Graph, layer: Any, name: str, x: str, shape: Shape) -> str:
    return graph.add("MatMul", [x, graph.constant(f"{name}.W", layer.matrix(prod(shape)).T)], f"{name}.a")


def _flat(graph: Graph, x: str, shape: Shape, name: str) -> str:
    """Return the name of a value as rows of features, which it is unless its samples are images."""
    return graph.add("Flatten", [x], name, axis=1) if len(shape) > 1 else x


def _reshaped(graph: Graph, x: str, shape: tuple[int, ...], name: str) -> str:
    return graph.add("Reshape", [x, graph.constant(f"{name}.shape", shape, np.int64)], name)


#: Functions that add the layers beside fully connected ones after x, which has a shape of a sample, and return the name
#: of their outputs. A class derived from one of these may compute something else, and is not among them.
_KINDS: dict[type[BaseLayer], Callable[[Graph, Any, str, str, Shape], str]] = {
    Convolution2D: _convolution,
    MaxPooling2D: _pooling,
    AveragePooling2D: _pooling,
    GlobalAveragePooling: _global_pooling,
    Flatten: lambda graph, _layer, name, x, shape: _flat(graph, x, shape, f"{name}.a"),
    BatchNormalisation: _batch_normalisation,
    LayerNormalisation: _layer_normalisation,
    Activation: lambda graph, layer, name, x, _shape: graph.activation(layer.activation_function, x, f"{name}.a"),
    Dropout: lambda _graph, _layer, _name, x, _shape: x,
    Residual: _residual,
    Embedding: _embedding,
}
