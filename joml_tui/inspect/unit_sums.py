"""The sum that one unit of a network computes for a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Convolution2D, Embedding, Layer
from joml.declaration import part_of
from joml.layers.base_layer import BaseLayer, Shape
from joml_tui.inspect.open_layers import OpenLayer

_Array = NDArray[np.float32]

#: Most terms of a unit's sum in one answer.
_MOST_TERMS = 64
_NONE = float("nan")


class UnitSum(Struct, frozen=True):
    """The sum that one unit computes for the sample, z = w a + b, and its activation.

    Attributes
    ----------
    layer, unit : int
    sources : tuple of str
        Names of the terms with the largest products, such as "x1" or "a7", the largest first. A number of an image has
        its channel, row and column: "a2(3,4)".
    weights, inputs : (terms,) arrays
        The two factors of these terms.
    terms : int
        Number of all terms.
    bias, z, a : float
    normalised : float
        z after layer normalisation; nan where there is none.
    added : float
        What a residual block adds to the activation; nan where there is none.
    formula : str
        The activation function's formula, such as "a = tanh(z)".
    where : str
        Of a channel the place of the window, such as "row 3, column 4"; empty for other units.
    """

    layer: int
    unit: int
    sources: tuple[str, ...]
    weights: _Array
    inputs: _Array
    terms: int
    bias: float
    z: float
    a: float
    normalised: float
    added: float
    formula: str
    where: str = ""


def has_sum(layer: BaseLayer) -> bool:
    """Return whether the units of a layer compute sums.

    Parameters
    ----------
    layer : BaseLayer

    Returns
    -------
    bool
    """
    return isinstance(layer, Layer | Convolution2D | Embedding)


def unit_sum(layers: Sequence[OpenLayer], features: Sequence[str], chosen: tuple[int, int]) -> UnitSum | None:
    """Return the sum of one unit, of a channel that of the window where its output is largest.

    Parameters
    ----------
    layers : sequence of OpenLayer
        All of the network's.
    features : sequence of str
        The inputs' names.
    chosen : (int, int)
        The layer, from 1, and the unit.

    Returns
    -------
    UnitSum or None
        None for a unit that computes no sum.
    """
    place, unit = chosen
    numbers = layers[place - 1]
    layer, inputs = numbers.layer, numbers.inputs
    if isinstance(layer, Convolution2D):
        return _of_window(layer, numbers.shapes, inputs, numbers.outputs, chosen)
    if isinstance(layer, Embedding):
        return _of_category(layer, inputs, numbers.outputs, features if place == 1 else (), chosen)
    if not isinstance(layer, Layer):
        return None
    weights = layer.W[unit]
    largest = _largest_products(weights, inputs)
    names = features if place == 1 else list(_names(numbers.shapes[0]))
    return UnitSum(
        place,
        unit,
        tuple(names[each] for each in largest),
        weights[largest].astype(np.float32),
        inputs[largest].astype(np.float32),
        len(weights),
        float(layer.b[unit]),
        float(numbers.z[unit]),
        float(numbers.outputs[unit]),
        float(numbers.n[unit]) if numbers.n.size else _NONE,
        _added(layers, numbers.added, unit),
        _formula(layer),
    )


def _added(layers: Sequence[OpenLayer], added: int, unit: int) -> float:
    """Return what a residual block adds to a unit; nan where there is none."""
    if added < 0:
        return _NONE
    return float(layers[added - 1].outputs[unit] if added else layers[0].inputs[unit])


def _formula(layer: Layer | Convolution2D) -> str:
    part = part_of(layer.activation_function)
    return part.formula if part is not None else f"a = {layer.activation_function.name}(z)"


def _largest_products(weights: NDArray[np.floating], inputs: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the places of the largest products, the largest first."""
    with np.errstate(all="ignore"):
        products = np.abs(np.nan_to_num(weights.astype(np.float64) * inputs))
    return np.argsort(-products, kind="stable")[:_MOST_TERMS]


def _names(shape: Shape, symbol: str = "a") -> Iterator[str]:
    """Yield the names of the numbers of a sample of a shape: a7, or of an image a2(3,4)."""
    if len(shape) == 1:
        yield from (f"{symbol}{unit + 1}" for unit in range(shape[0]))
        return
    for channel, row, column in np.ndindex(*shape):
        yield f"{symbol}{channel + 1}({row + 1},{column + 1})"


def _of_window(
    layer: Convolution2D,
    shapes: Sequence[Shape],
    inputs: NDArray[np.floating],
    outputs: NDArray[np.floating],
    chosen: tuple[int, int],
) -> UnitSum:
    """Return the sum of the window in which a channel's output is largest; the border of zeros has no terms."""
    place, unit = chosen
    before, after = shapes
    images = outputs.reshape(after)
    row, column = np.unravel_index(int(np.argmax(np.nan_to_num(images[unit]))), after[1:])
    border = layer.padding
    padding = ((0, 0), (border, border), (border, border))
    (height, width), top, left = layer.kernel, int(row) * layer.stride, int(column) * layer.stride

    def window(values: NDArray[np.floating] | NDArray[np.int64], outside: float) -> NDArray[np.floating]:
        padded = np.pad(values.reshape(before), padding, constant_values=outside)
        return padded[:, top : top + height, left : left + width].ravel()

    numbers = window(np.arange(inputs.size), -1)
    inside = np.flatnonzero(numbers >= 0)
    weights, seen = layer.W[unit].ravel()[inside], window(inputs, 0)[inside]
    names, numbers = list(_names(before, "x" if place == 1 else "a")), numbers[inside].astype(int)
    largest = _largest_products(weights, seen)
    bias = float(layer.b[unit])
    with np.errstate(all="ignore"):  # a diverged network may be inspected too
        z = float(weights.astype(np.float64) @ seen.astype(np.float64)) + bias
    return UnitSum(
        place,
        unit,
        tuple(names[numbers[each]] for each in largest),
        weights[largest].astype(np.float32),
        seen[largest].astype(np.float32),
        len(weights),
        bias,
        z,
        float(images[unit, row, column]),
        _NONE,
        _NONE,
        _formula(layer),
        f"row {int(row) + 1}, column {int(column) + 1}",
    )


def _of_category(
    layer: Embedding,
    inputs: NDArray[np.floating],
    outputs: NDArray[np.floating],
    features: Sequence[str],
    chosen: tuple[int, int],
) -> UnitSum | None:
    """Return the sum of one number of a category over its column's indicators; None for a feature that is copied."""
    place, unit = chosen
    number = unit - (len(outputs) - len(layer.columns) * layer.size)
    if number < 0:
        return None
    column, row = divmod(number, layer.size)
    first, count = layer.columns[column]
    weights, seen = layer.points(column)[row], inputs[first : first + count]
    largest = _largest_products(weights, seen)
    names = features[first : first + count] if features else [f"a{each + 1}" for each in range(first, first + count)]
    a = float(outputs[unit])
    return UnitSum(
        place,
        unit,
        tuple(names[each] for each in largest),
        weights[largest].astype(np.float32),
        seen[largest].astype(np.float32),
        count,
        0.0,
        a,
        a,
        _NONE,
        _NONE,
        "a = z",
    )
