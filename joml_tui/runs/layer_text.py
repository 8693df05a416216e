"""A network's hidden layers as one short text, such as "28×14 relu, init identity"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from joml_tui.decoding import fields_of
from joml_tui.experiment import HiddenLayer, LayerSpec, OtherLayer, ResidualSpec, name_of
from joml_tui.runs.setting_paths import NOTHING, show_value


def describe_layers(layers: Sequence[HiddenLayer]) -> str:
    """Return the layers as text: equal neighbours once, with their number, and settings that are not the usual ones.

    Parameters
    ----------
    layers : sequence of HiddenLayer
        The hidden layers.

    Returns
    -------
    str
        Such as ``28×14 relu, init identity; 4 tanh, dropout 0.5``; a dash for no layers.
    """
    groups = [(layer, len(list(equal))) for layer, equal in groupby(layers)]
    return "; ".join(", ".join(_describe(layer, times)) for layer, times in groups) or NOTHING


def _describe(layer: HiddenLayer, times: int) -> Iterator[str]:
    number = f"{times}×" if times > 1 else ""
    if not isinstance(layer, LayerSpec):
        yield number + _describe_other(layer)
        return
    yield f"{number}{layer.size} {_named(layer.activation)}"
    if layer.initialisation is not None:
        yield f"init {_named(layer.initialisation)}"
    if layer.dropout:
        yield f"dropout {layer.dropout:g}"
    if layer.normalised:
        yield "normalised"
    if layer.residual:
        yield f"residual {layer.residual}"
    if layer.frozen:
        yield "frozen"
    if layer.optimizer is not None:
        yield f"{name_of(layer.optimizer)} {layer.optimizer.learning_rate:g}"


def _describe_other(layer: OtherLayer) -> str:
    """Return the kind of a layer and its settings: ``convolution 8 3``, ``residual (72 relu; batch-normalisation)``."""
    if isinstance(layer, ResidualSpec):
        return f"residual ({describe_layers(layer.layers)})"
    fields = {field.name: field.default for field in fields_of(type(layer))}
    shown = [
        f"{name} {_named(value) if isinstance(value, Struct) else show_value(value)}"
        for name, default in fields.items()
        if name != "own" and (value := getattr(layer, name)) != default
    ]
    return ", ".join((name_of(layer), *shown))


def _named(part: str | Struct) -> str:
    """Return the name of a part, and its settings' values."""
    if isinstance(part, str):
        return part
    values = (show_value(getattr(part, name)) for name in part.__struct_fields__ if name != "own")
    return " ".join((name_of(part), *values))
