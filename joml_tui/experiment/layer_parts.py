"""The engine's layers of an experiment, and the layers of an experiment from the engine's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

from msgspec import structs

from joml import ActivationFunction, Layer, Residual
from joml.architecture import Architecture, ArchitectureError
from joml.declaration import part_of, parts_of
from joml.layers.base_layer import BaseLayer, Shape, shapes_of
from joml.layers.layer_stack import LayerStack, parse_any, parse_hidden_layers
from joml.optimizers.base import Optimizer
from joml.wording import quoted
from joml_tui.experiment.category_layers import DataEmbedding, embeddings_of_data, is_of_data, with_places
from joml_tui.experiment.layer_specs import LAYER_SPECS, HiddenLayer, LayerSpec, OwnLayerSpec, ResidualSpec
from joml_tui.experiment.optimizer_specs import OptimizerSpec
from joml_tui.experiment.own_parts import OwnSpec, make_part
from joml_tui.experiment.specs import build_part, name_of

if TYPE_CHECKING:
    from joml.data.category_columns import CategoryColumn


@dataclass(frozen=True, slots=True)
class StackEnds:
    """The sizes that a network has from its data set and its ends, as far as they are known.

    Attributes
    ----------
    inputs : tuple of int or None
        The shape of a sample.
    outputs : int or None
    columns : tuple of CategoryColumn
        The columns of categories.
    """

    inputs: Shape | None = None
    outputs: int | None = None
    columns: tuple[CategoryColumn, ...] = ()


#: Makes the optimizer of a layer that has one of its own.
OptimizerMaker = Callable[[OptimizerSpec], Optimizer]
#: Settings of a layer that the notation lacks, and so keeps.
_BESIDE_NOTATION = frozenset(
    (
        *("initialisation", "optimizer", "frozen", "dropout", "normalised", "residual"),
        *("momentum", "epsilon", "settings"),
    )
)


def build_layer(layer: HiddenLayer, make_optimizer: OptimizerMaker | None = None) -> BaseLayer:
    """Return the engine's layer of a hidden layer of an experiment.

    Parameters
    ----------
    layer : HiddenLayer
    make_optimizer : callable, optional
        Makes the layer's own optimizer; without it the layer has none.

    Returns
    -------
    BaseLayer
        Of an embedding whose columns the data set decides, one that only has a notation.

    Raises
    ------
    ValueError
        A setting is out of its range, or a custom part cannot be used.
    """
    if is_of_data(layer):
        return DataEmbedding(layer)
    chosen: OptimizerSpec | None = getattr(layer, "optimizer", None)
    optimizer = None if chosen is None or make_optimizer is None else make_optimizer(chosen)
    if isinstance(layer, OwnLayerSpec):
        made: BaseLayer = make_part("layer", layer.own, dict(layer.settings))
        made.optimizer, made.frozen = optimizer, layer.frozen
        return made
    if isinstance(layer, ResidualSpec):
        return Residual(
            [build_layer(each, make_optimizer) for each in layer.layers], optimizer=optimizer, frozen=layer.frozen
        )
    settings: dict[str, Any] = {name: getattr(layer, name) for name in layer.__struct_fields__ if name != "optimizer"}
    if "activation" in settings:
        settings["activation_function"] = build_part("activation", settings.pop("activation"))
    if settings.get("initialisation") is not None:
        settings["initialisation"] = build_part("initialisation", settings["initialisation"])
    if optimizer is not None:
        settings["optimizer"] = optimizer
    make = Layer if isinstance(layer, LayerSpec) else parts_of("layer")[name_of(layer)].make
    return make(**settings)


def uses_dropout(layers: Iterable[HiddenLayer]) -> bool:
    """Return whether a hidden layer of an experiment drops numbers at random, or one inside a block does."""
    return any(
        uses_dropout(layer.layers)
        if isinstance(layer, ResidualSpec)
        else bool(getattr(layer, "dropout", 0)) or name_of(layer) == "dropout"
        for layer in layers
    )


def own_layers(layers: Iterable[HiddenLayer]) -> dict[str, tuple[OwnLayerSpec, BaseLayer]]:
    """Return the layers of one's own among hidden layers, by their notation; those that cannot be made are left out.

    Parameters
    ----------
    layers : iterable of HiddenLayer

    Returns
    -------
    dict
        From the notation to the layer of the experiment and the engine's.
    """
    by_notation: dict[str, tuple[OwnLayerSpec, BaseLayer]] = {}
    for layer in layers:
        if isinstance(layer, ResidualSpec):
            by_notation |= own_layers(layer.layers)
        elif isinstance(layer, OwnLayerSpec):
            with suppress(ValueError):
                made = build_layer(layer)
                by_notation.setdefault(made.notation, (layer, made))
    return by_notation


def read_architecture(text: str, layers: Iterable[HiddenLayer]) -> Architecture | LayerStack:
    """Read the text of an architecture, which may also name layers of one's own that are among ``layers``.

    Parameters
    ----------
    text : str
    layers : iterable of HiddenLayer

    Returns
    -------
    Architecture or LayerStack

    Raises
    ------
    ArchitectureError
        The text is no architecture, or names one of several parts of your own that have one name, and the layer at its
        place does not tell which.
    """
    layers = tuple(layers)
    architecture = parse_any(text, _by_notation(text, layers))
    if isinstance(architecture, LayerStack):
        _require_clear(architecture.layers, layers, f"architecture {quoted(text)}")
    return architecture


def read_hidden_layers(text: str, layers: Iterable[HiddenLayer]) -> tuple[BaseLayer, ...]:
    """Read the hidden part of an architecture, which may also name layers of one's own that are among ``layers``.

    Parameters
    ----------
    text : str
    layers : iterable of HiddenLayer

    Returns
    -------
    tuple of BaseLayer

    Raises
    ------
    ArchitectureError
        The text is no hidden part of an architecture, or names one of several parts of your own that have one name, and
        the layer at its place does not tell which.
    """
    layers = tuple(layers)
    hidden = parse_hidden_layers(text, _by_notation(text, layers))
    _require_clear(hidden, layers, f"layers {quoted(text)}")
    return hidden


def own_functions(layers: Iterable[HiddenLayer]) -> dict[str, tuple[OwnSpec, ActivationFunction]]:
    """Return the activation functions of one's own in hidden layers, by their notation in lower case.

    Those that cannot be made are left out. Of different ones with one name the first is returned.

    Parameters
    ----------
    layers : iterable of HiddenLayer

    Returns
    -------
    dict
        From the notation to the choice of the experiment and the engine's function.
    """
    by_notation: dict[str, tuple[OwnSpec, ActivationFunction]] = {}
    for chosen in dict.fromkeys(_own_choices(layers)):
        with suppress(ValueError):
            made: ActivationFunction = build_part("activation", chosen)
            by_notation.setdefault(_written_name(made), (chosen, made))
    return by_notation


def _own_choices(layers: Iterable[HiddenLayer]) -> Iterator[OwnSpec]:
    for layer in layers:
        if isinstance(layer, ResidualSpec):
            yield from _own_choices(layer.layers)
        elif isinstance(chosen := getattr(layer, "activation", None), OwnSpec):
            yield chosen


def _written_name(function: ActivationFunction) -> str:
    return function.name.replace("-", "").lower()


def own_choices(layers: Iterable[HiddenLayer]) -> dict[str, OwnLayerSpec | OwnSpec]:
    """Return the layers and the activation functions of one's own in hidden layers, by their notation in lower case.

    Parameters
    ----------
    layers : iterable of HiddenLayer

    Returns
    -------
    dict
    """
    layers = tuple(layers)
    functions: dict[str, OwnLayerSpec | OwnSpec] = {name: chosen for name, (chosen, _) in own_functions(layers).items()}
    return functions | {notation.lower(): layer for notation, (layer, _) in own_layers(layers).items()}


def _own_name(chosen: object) -> str:
    """Return the name in lower case by which the notation calls a part of one's own; empty for others."""
    with suppress(ValueError):
        if isinstance(chosen, OwnLayerSpec):
            return build_layer(chosen).notation.lower()
        if isinstance(chosen, OwnSpec):
            return _written_name(build_part("activation", chosen))
    return ""


def _shared_names(layers: Iterable[HiddenLayer]) -> set[str]:
    """Return the names that several different parts of one's own have."""
    layers = tuple(layers)
    choices: list[OwnSpec | OwnLayerSpec] = [*_own_choices(layers), *_own_layer_choices(layers)]
    # The same part with other settings of the layer, as one that is frozen, is not another part.
    names = [_own_name(each) for each in {(each.own, each.settings): each for each in choices}.values()]
    return {name for name in names if name and names.count(name) > 1}


def _own_layer_choices(layers: Iterable[HiddenLayer]) -> Iterator[OwnLayerSpec]:
    for layer in layers:
        if isinstance(layer, ResidualSpec):
            yield from _own_layer_choices(layer.layers)
        elif isinstance(layer, OwnLayerSpec):
            yield layer


def _require_clear(named: Sequence[BaseLayer], layers: Sequence[HiddenLayer], where: str) -> None:
    """Raise ArchitectureError if a text names one of several parts of one name and its place does not tell which."""
    shared = _shared_names(layers)
    if shared:
        _require_clear_names(named, layers, shared, where)


def _require_clear_names(
    named: Sequence[BaseLayer], layers: Sequence[HiddenLayer], shared: set[str], where: str
) -> None:
    for place, layer in enumerate(named):
        present = layers[place] if place < len(layers) else None
        if isinstance(layer, Residual):
            inside = present.layers if isinstance(present, ResidualSpec) else ()
            _require_clear_names(layer.layers, inside, shared, where)
            continue
        function = vars(layer).get("activation_function")
        name = layer.notation.lower() if function is None else _written_name(function)
        if name in shared and name not in (_own_name(present), _own_name(getattr(present, "activation", None))):
            raise ArchitectureError(
                f"{where}: hidden layer {place + 1}: several parts of your own are called {name} in this experiment, "
                "and the layer at this place has none of them, so that it is not clear which one is meant: choose it "
                "in the file of the experiment, as in own: my_parts:Swish"
            )


def _by_notation(text: str, layers: Iterable[HiddenLayer]) -> dict[str, BaseLayer | ActivationFunction]:
    layers = tuple(layers)
    further: dict[str, BaseLayer | ActivationFunction] = {
        name: made for name, (_, made) in own_functions(layers).items()
    }
    further |= {notation.lower(): made for notation, (_, made) in own_layers(layers).items()}
    return further | {each.notation.lower(): each for each in embeddings_of_data(text, layers)}


def layer_spec(
    layer: BaseLayer, present: HiddenLayer | None = None, own: Mapping[str, OwnLayerSpec | OwnSpec] = {}
) -> HiddenLayer:
    """Return a hidden layer for an experiment from the engine's layer that a notation names.

    Parameters
    ----------
    layer : BaseLayer
    present : HiddenLayer, optional
        The layer at its place. If it is of the same kind, its settings that the notation lacks stay.
    own : mapping, optional
        The layers and activation functions of one's own, as ``own_choices`` has them.

    Returns
    -------
    HiddenLayer
    """
    part = part_of(layer)
    chosen = own.get(layer.notation.lower()) if part is None else None
    if isinstance(chosen, OwnLayerSpec):
        stays = isinstance(present, OwnLayerSpec) and _own_name(present) == layer.notation.lower()
        return present if stays and present is not None else chosen
    kind: type[HiddenLayer] = LayerSpec if part is None else LAYER_SPECS[part.name]
    if isinstance(layer, DataEmbedding):
        kind = type(layer.spec)
    kept = present if type(present) is kind else None
    if isinstance(layer, DataEmbedding):
        made: HiddenLayer = layer.spec
    elif isinstance(layer, Residual):
        inside = kept.layers if isinstance(kept, ResidualSpec) else ()
        pairs = [(each, inside[place] if place < len(inside) else None) for place, each in enumerate(layer.layers)]
        made = ResidualSpec(tuple(layer_spec(each, before, own) for each, before in pairs))
    else:
        names = [name for name in kind.__struct_fields__ if name not in _BESIDE_NOTATION]
        made = kind(**{name: _plain_setting(layer, name, own, present) for name in names})
    if kept is None:
        return made
    stay = {name: getattr(kept, name) for name in kind.__struct_fields__ if name in _BESIDE_NOTATION}
    return structs.replace(made, **stay)


def notation_of(layer: HiddenLayer) -> str:
    """Return a hidden layer in the text of an architecture: ``c8k5``; of a custom part that fails, its name.

    Parameters
    ----------
    layer : HiddenLayer

    Returns
    -------
    str
    """
    try:
        return build_layer(layer).notation
    except ValueError:
        return name_of(layer)


def _plain_setting(
    layer: BaseLayer, name: str, own: Mapping[str, OwnLayerSpec | OwnSpec], present: HiddenLayer | None
) -> Any:
    value = getattr(layer, "activation_function" if name == "activation" else name)
    if isinstance(value, ActivationFunction):
        part = part_of(value)
        if part is not None:
            return part.name
        chosen, written = getattr(present, "activation", None), _written_name(value)
        # Another function of one's own may have the same name.
        return chosen if _own_name(chosen) == written else own.get(written, value.name)
    if name == "kernel":
        return value[0] if value[0] == value[1] else value
    if name == "stride" and _default_of(layer, name) is None:
        return None if value == layer.kernel[0] else value
    return value


def _default_of(layer: BaseLayer, name: str) -> Any:
    return signature(type(layer)).parameters[name].default


def stack_of(
    layers: tuple[HiddenLayer, ...],
    input_shape: tuple[int, ...],
    output_size: int,
    columns: Sequence[CategoryColumn] = (),
) -> LayerStack:
    """Return the stack of an experiment's hidden layers.

    Parameters
    ----------
    layers : tuple of HiddenLayer
    input_shape : tuple of int
    output_size : int
    columns : sequence of CategoryColumn, optional
        The columns of categories of the data set, for embeddings of them.

    Returns
    -------
    LayerStack

    Raises
    ------
    ValueError
        A layer has a wrong setting, or cannot follow the one before it; the message names it.
    """
    placed = with_places(layers, columns)
    stack = LayerStack(input_shape, tuple(build_layer(layer) for layer in placed), output_size)
    shapes_of(stack.layers, input_shape)
    return stack
