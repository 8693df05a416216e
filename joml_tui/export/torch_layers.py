"""The layers of a network as source code for PyTorch: samples are rows, and images (batch, channels, height, width)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from joml import (
    ELU,
    GELU,
    Activation,
    ActivationFunction,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling,
    Identity,
    Layer,
    LayerNormalisation,
    LeakyReLu,
    MaxPooling2D,
    Network,
    ReLu,
    Residual,
    Sigmoid,
    SiLU,
    SoftMax,
    Tanh,
)
from joml.layer_normalisation import EPSILON
from joml.layers.base_layer import BaseLayer, Shape, shapes_of
from joml_tui.export.safe_files import ExportError

#: PyTorch expressions of the functions, of z and of their settings.
_FUNCTIONS: dict[type[ActivationFunction], str] = {
    ReLu: "torch.relu({z})",
    LeakyReLu: "F.leaky_relu({z}, {slope!r})",
    ELU: "F.elu({z}, {alpha!r})",
    GELU: 'F.gelu({z}, approximate="tanh")',
    SiLU: "F.silu({z})",
    Sigmoid: "torch.sigmoid({z})",
    Tanh: "torch.tanh({z})",
    Identity: "{z}",
    SoftMax: "torch.softmax({z}, dim=1)",
}


class TorchLayers:
    """The code of a network as a PyTorch module.

    Parameters
    ----------
    network : Network

    Attributes
    ----------
    parts : list of str
        The lines that make the module's layers. They are numbered from 1, those of a block within its number: layer3_1.
    forward : list of str
        The lines that compute the outputs from x, rows of features.

    Raises
    ------
    ExportError
        A layer is of one's own, or its activation function is; the message names it.
    """

    def __init__(self, network: Network) -> None:
        self.parts: list[str] = []
        self.forward: list[str] = []
        shape = network.shapes[0]
        if len(shape) > 1:
            self.forward.append(f"x = x.reshape(-1, {', '.join(map(str, shape))})")
        self.forward.append(f"return {self.chain(network.layers, shape, 'x', '')}")

    def chain(self, layers: Sequence[BaseLayer], shape: Shape, x: str, prefix: str) -> str:
        """Add layers that follow each other, after a value of this shape of a sample.

        Parameters
        ----------
        layers : sequence of BaseLayer
        shape : tuple of int
        x : str
            The name of the value.
        prefix : str
            The beginning of the layers' numbers.

        Returns
        -------
        str
            The expression of the last layer's outputs.
        """
        a, shapes, value = [x], shapes_of(layers, shape), x
        for place, layer in enumerate(layers, start=1):
            number = f"{prefix}{place}"
            if isinstance(layer, Layer):
                value = self._fully_connected(layer, number, a, shapes)
            elif type(layer) in _KINDS:
                value = _KINDS[type(layer)](self, layer, number, a[-1], shapes[place - 1])
            else:
                raise ExportError(f"{layer!r} is a layer of your own, which PyTorch does not have")
            if place < len(layers):
                self.forward.append(f"a{number} = {value}")
                a.append(f"a{number}")
        return value

    def part(self, name: str, code: str) -> str:
        """Add a part of the module, and return the expression of it."""
        self.parts.append(f"self.{name} = nn.{code}")
        return f"self.{name}"

    def _fully_connected(self, layer: Layer, number: str, a: list[str], shapes: list[Shape]) -> str:
        place = len(a)
        linear = self.part(f"layer{number}", f"Linear({prod(shapes[place - 1])}, {layer.size})")
        value = f"{linear}({_flat(a[-1], shapes[place - 1])})"
        if layer.normalised:
            value = f"{self.part(f'norm{number}', f'LayerNorm({layer.size}, eps={EPSILON})')}({value})"
        value = _function(layer.activation_function, value)
        if layer.dropout:
            value = f"{self.part(f'dropout{number}', f'Dropout({layer.dropout})')}({value})"
        if layer.residual:
            value = f"{_flat(a[-layer.residual], shapes[place - layer.residual])} + {value}"
        return value


def _function(function: ActivationFunction, z: str) -> str:
    if type(function) not in _FUNCTIONS:
        raise ExportError(f"{function!r} is a custom function, which PyTorch does not have")
    return _FUNCTIONS[type(function)].format(z=z, **vars(function))


def _flat(x: str, shape: Shape) -> str:
    """Return the expression of a value as rows of features, which it is unless its samples are images."""
    return f"{x}.flatten(1)" if len(shape) > 1 else x


def _convolution(source: TorchLayers, layer: Convolution2D, number: str, x: str, shape: Shape) -> str:
    settings = f"{layer.kernel}, stride={layer.stride}, padding={layer.padding}"
    convolution = source.part(f"layer{number}", f"Conv2d({shape[0]}, {layer.channels}, {settings})")
    return _function(layer.activation_function, f"{convolution}({x})")


def _pooling(function: str) -> Callable[[TorchLayers, Any, str, str, Shape], str]:
    return lambda _source, layer, _number, x, _shape: f"F.{function}({x}, {layer.kernel}, {layer.stride})"


def _batch_normalisation(source: TorchLayers, layer: BatchNormalisation, number: str, x: str, shape: Shape) -> str:
    kind = "BatchNorm2d" if len(shape) > 1 else "BatchNorm1d"
    settings = f"{shape[0]}, eps={layer.epsilon!r}, momentum={layer.momentum!r}"
    return f"{source.part(f'norm{number}', f'{kind}({settings})')}({x})"


def _layer_normalisation(source: TorchLayers, _layer: LayerNormalisation, number: str, x: str, shape: Shape) -> str:
    norm = source.part(f"norm{number}", f"LayerNorm({prod(shape)}, eps={EPSILON})")
    return f"{norm}({_flat(x, shape)})" + f".reshape({x}.shape)" * (len(shape) > 1)


def _dropout(source: TorchLayers, layer: Dropout, number: str, x: str, _shape: Shape) -> str:
    return f"{source.part(f'dropout{number}', f'Dropout({layer.share!r})')}({x})"


def _residual(source: TorchLayers, layer: Residual, number: str, x: str, shape: Shape) -> str:
    return f"{x} + {source.chain(layer.layers, shape, x, f'{number}_')}"


def _embedding(source: TorchLayers, layer: Embedding, number: str, x: str, shape: Shape) -> str:
    """Return the other features beside each column's indicators times its part of the weights."""
    categories = sum(count for _, count in layer.columns)
    weights = f"{source.part(f'layer{number}', f'Linear({categories}, {layer.size}, bias=False)')}.weight"
    others, points, before, start = [], [], 0, 0
    for first, count in layer.columns:
        others.append((before, first))
        points.append(f"F.linear({x}[:, {first}:{first + count}], {weights}[:, {start}:{start + count}])")
        before, start = first + count, start + count
    others.append((before, shape[0]))
    kept = [f"{x}[:, {first}:{end}]" for first, end in others if end > first]
    return f"torch.cat([{', '.join((*kept, *points))}], dim=1)"


#: Functions that add the layers beside fully connected ones after x, which has a shape of a sample, and return the
#: expression of their outputs. A class derived from one of these may compute something else, and is not among them.
_KINDS: dict[type[BaseLayer], Callable[[TorchLayers, Any, str, str, Shape], str]] = {
    Convolution2D: _convolution,
    MaxPooling2D: _pooling("max_pool2d"),
    AveragePooling2D: _pooling("avg_pool2d"),
    GlobalAveragePooling: lambda _source, _layer, _number, x, _shape: f"{x}.mean((2, 3))",
    Flatten: lambda _source, _layer, _number, x, shape: _flat(x, shape),
    BatchNormalisation: _batch_normalisation,
    LayerNormalisation: _layer_normalisation,
    Activation: lambda _source, layer, _number, x, _shape: _function(layer.activation_function, x),
    Dropout: _dropout,
    Residual: _residual,
    Embedding: _embedding,
}
