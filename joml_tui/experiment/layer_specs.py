"""Layers in experiments, with functions by name, or by name and settings.

A fully connected layer has a size, ``{size: 28}``; every other kind has its name, ``{layer: convolution, channels: 8,
kernel: 5}``, and the settings that the engine declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union

from msgspec import NODEFAULT, Meta, Struct

from joml.declaration import Part, parts_of
from joml_tui.experiment.optimizer_specs import OptimizerSpec
from joml_tui.experiment.own_parts import OwnSpec, OwnValue
from joml_tui.experiment.specs import choice_of, chosen_settings, make_spec, specs_of, type_of

Size = Annotated[int, Meta(ge=1, le=65_536)]

#: Names of the activation functions of hidden layers, and of outputs, with those for outputs only first.
HIDDEN_ACTIVATIONS = tuple(name for name, part in parts_of("activation").items() if part.make.elementwise)
OUTPUT_ACTIVATIONS = tuple(dict.fromkeys(("softmax", "sigmoid", "identity", *parts_of("activation"))))

if TYPE_CHECKING:
    Activation = str | Struct
    OutputActivation = str | Struct
    Cost = str | Struct
    Initialisation = str | Struct
else:
    _ACTIVATIONS = (*specs_of("activation").values(), OwnSpec)
    Activation = choice_of(HIDDEN_ACTIVATIONS, _ACTIVATIONS)
    OutputActivation = choice_of(OUTPUT_ACTIVATIONS, _ACTIVATIONS)
    Cost = choice_of(parts_of("cost"), (*specs_of("cost").values(), OwnSpec))
    Initialisation = choice_of(parts_of("initialisation"), (*specs_of("initialisation").values(), OwnSpec))


class LayerSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="layer", tag="fully-connected"):
    """One hidden layer that is fully connected.

    An initialisation of None is the activation's default; an optimizer of None is the experiment's. ``residual`` is the
    number of layers in a residual block that ends here: the activation of the layer that many places before is added.
    The parameters of a ``frozen`` layer stay as they are.
    """

    #: A layer without a name of its kind is of this one.
    without_name: ClassVar[bool] = True

    size: Size
    activation: Activation = "relu"
    initialisation: Initialisation | None = None
    dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    normalised: bool = False
    residual: Annotated[int, Meta(ge=0, le=1_000)] = 0
    optimizer: OptimizerSpec | None = None
    frozen: bool = False


class OtherLayer(Struct, frozen=True, forbid_unknown_fields=True):
    """One hidden layer of another kind: the base of its structs."""


class OwnLayerSpec(OtherLayer, frozen=True, forbid_unknown_fields=True, tag_field="layer", tag="own"):
    """A layer of your own: ``module:Name``, or the name of one that an installed package offers."""

    own: str
    settings: tuple[tuple[str, OwnValue], ...] = ()
    optimizer: OptimizerSpec | None = None
    frozen: bool = False


_Length = Annotated[int, Meta(ge=1, le=65_536)]
#: A column's first indicator, from 0, and their number, of which the engine refuses 0. Not tuple[int, int], as below.
_Place = tuple[Annotated[int, Meta(ge=0, le=65_536)], ...]
#: The types of settings that are more than a number.
_TYPES: dict[str, Any] = {
    # Not tuple[int, int], at which msgspec 0.23 crashes beside a number.
    "kernel": _Length | Annotated[tuple[_Length, ...], Meta(min_length=2, max_length=2)],
    "stride": _Length | None,
    "columns": Annotated[
        tuple[Annotated[str, Meta(min_length=1)] | Annotated[_Place, Meta(min_length=2, max_length=2)], ...],
        Meta(max_length=1_000),
    ],
}
#: Defaults of settings that the engine requires: of an embedding's columns, all those of categories of the data set.
_DEFAULTS: dict[str, Any] = {"columns": ()}
#: Parameters of the engine's layers that choose a part, with the field of an experiment, its type and its default.
_CHOICES: dict[str, tuple[str, Any, Any]] = {
    "activation_function": ("activation", Activation, "relu"),
    "initialisation": ("initialisation", Initialisation | None, None),
    "optimizer": ("optimizer", OptimizerSpec | None, None),
    "frozen": ("frozen", bool, False),
}


def _fields_of(part: Part) -> Iterator[tuple[str, Any, Any]]:
    for setting in chosen_settings(part):
        if setting.type is int or setting.type is float:
            yield (setting.name, *type_of(setting))
        else:
            usual = _DEFAULTS.get(setting.name, NODEFAULT) if setting.required else setting.default
            yield setting.name, _TYPES[setting.name], usual
    for name, parameter in signature(part.make).parameters.items():
        if name in _CHOICES:
            field, type_, default = _CHOICES[name]
            yield field, type_, NODEFAULT if parameter.default is Parameter.empty else default


_KINDS: dict[str, type[OtherLayer]] = {
    name: make_spec(part, OtherLayer, _fields_of(part), tag="layer")
    for name, part in parts_of("layer").items()
    if name != "residual"
}


class ResidualSpec(OtherLayer, frozen=True, forbid_unknown_fields=True, tag_field="layer", tag="residual"):
    """Layers whose inputs are added to their outputs; other blocks may be among them."""

    layers: Annotated[tuple[HiddenLayer, ...], Meta(min_length=1, max_length=1_000)]
    optimizer: OptimizerSpec | None = None
    frozen: bool = False


#: The structs of the engine's layers by name.
LAYER_SPECS: dict[str, type[OtherLayer]] = {**_KINDS, "residual": ResidualSpec}

if TYPE_CHECKING:
    HiddenLayer = LayerSpec | OtherLayer
else:
    HiddenLayer = Union[(LayerSpec, *_KINDS.values(), OwnLayerSpec, ResidualSpec)]


def with_kind(layers: Any) -> Any:
    """Return plain layers with the kind of those that are fully connected, which files leave out.

    Parameters
    ----------
    layers : object
        As in a file; what is no list of mappings stays.

    Returns
    -------
    object
    """
    kind = {"layer": str(LayerSpec.__struct_config__.tag)}
    if not isinstance(layers, list):
        return layers
    return [
        {**kind, **each} if isinstance(each, dict) and not each.keys() & {"layer", "own"} else each for each in layers
    ]


def without_kind(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return plain layers as files have them, where a layer that is fully connected has no kind.

    Parameters
    ----------
    layers : list of dict

    Returns
    -------
    list of dict
    """
    dense = LayerSpec.__struct_config__.tag
    return [
        {
            key: without_kind(value) if key == "layers" else value
            for key, value in layer.items()
            if (key, value) != ("layer", dense)
        }
        for layer in layers
    ]


class OutputSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The output layer; a size of None means the data set's number of classes, answers or values."""

    size: Size | None = None
    activation: OutputActivation = "softmax"
    cost: Cost = "cross-entropy"
    initialisation: Initialisation | None = None
    optimizer: OptimizerSpec | None = None
    frozen: bool = False
