"""Embeddings of the data set's own columns of categories, which are named, or are all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import structs

from joml.architecture import MAX_SIZE
from joml.layers.base_layer import BaseLayer
from joml.wording import list_some
from joml_tui.experiment.layer_specs import LAYER_SPECS, HiddenLayer, ResidualSpec

if TYPE_CHECKING:
    from joml.data.category_columns import CategoryColumn

_EMBEDDING = LAYER_SPECS["embedding"]
#: An embedding of all columns in the text of an architecture, and one of some, by their names or places.
_OF_ALL = re.compile(r"\be(\d{1,5})\b(?!\()", re.IGNORECASE)
_OF_SOME = re.compile(r"\be(\d{1,5})\(([^()]+)\)", re.IGNORECASE)
_PLACE = re.compile(r"(\d{1,5}):(\d{1,5})")


class DataEmbedding(BaseLayer):
    """An embedding whose columns are those of a data set that is not read here: it has a notation, and no shape.

    It stands for the layer of an experiment while a text is read or written; networks have the engine's layer.

    Parameters
    ----------
    spec : HiddenLayer
        The embedding of the experiment.
    """

    def __init__(self, spec: HiddenLayer) -> None:
        super().__init__()
        self.spec = spec

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``e4`` for all columns, ``e4(city)`` for those that are named."""
        spec: Any = self.spec
        columns = [each if isinstance(each, str) else ":".join(map(str, each)) for each in spec.columns]
        return f"e{spec.size}({','.join(columns)})" if columns else f"e{spec.size}"


def is_of_data(layer: HiddenLayer) -> bool:
    """Return whether a hidden layer is an embedding of columns whose places the data set decides.

    Parameters
    ----------
    layer : HiddenLayer

    Returns
    -------
    bool
    """
    if not isinstance(layer, _EMBEDDING):
        return False
    columns: tuple[Any, ...] = getattr(layer, "columns", ())
    return not columns or any(isinstance(each, str) for each in columns)


def asks_for_columns(layers: Iterable[HiddenLayer]) -> bool:
    """Return whether a layer, or one in a block, is an embedding of columns whose places the data set decides.

    Parameters
    ----------
    layers : iterable of HiddenLayer

    Returns
    -------
    bool
    """
    return any(
        asks_for_columns(layer.layers) if isinstance(layer, ResidualSpec) else is_of_data(layer) for layer in layers
    )


def embeddings_of_data(text: str, layers: Iterable[HiddenLayer]) -> Iterator[DataEmbedding]:
    """Yield the embeddings of a data set that the text of an architecture names, and those among ``layers``.

    Parameters
    ----------
    text : str
    layers : iterable of HiddenLayer

    Yields
    ------
    DataEmbedding
    """
    yield from (DataEmbedding(layer) for layer in layers if is_of_data(layer))
    written = [(size, "") for size in _OF_ALL.findall(text)] + _OF_SOME.findall(text)
    for size, columns in dict.fromkeys(written):
        spec = _EMBEDDING(size=int(size), columns=tuple(map(_column, columns.split(","))) if columns else ())
        if is_of_data(spec) and 1 <= int(size) <= MAX_SIZE:
            yield DataEmbedding(spec)


def _column(text: str) -> str | tuple[int, ...]:
    place = _PLACE.fullmatch(text.strip())
    return text.strip() if place is None else tuple(map(int, place.groups()))


def with_places(
    layers: tuple[HiddenLayer, ...], columns: Sequence[CategoryColumn], *, of_terms: bool = False
) -> tuple[HiddenLayer, ...]:
    """Return hidden layers whose embeddings have the places of their columns among the features.

    Parameters
    ----------
    layers : tuple of HiddenLayer
    columns : sequence of CategoryColumn
        The columns of categories of the data set.
    of_terms : bool, default False
        Whether the network's inputs are terms of the features, among which columns have no place.

    Returns
    -------
    tuple of HiddenLayer

    Raises
    ------
    ValueError
        The data set has no such column, or the layer cannot follow its features; the message says which.
    """
    if not asks_for_columns(layers):
        return layers
    if asks_for_columns(layers[1:]) or not is_of_data(layers[0]):
        raise ValueError(
            "an embedding of the data set's columns is the first layer; anywhere else, it needs their places among its "
            "inputs, such as columns: [[3, 10]]"
        )
    if of_terms:
        raise ValueError(
            "an embedding needs the data set's columns, and terms of the features have none: leave the features out"
        )
    return (_with_places(layers[0], columns), *layers[1:])


def _with_places(layer: Any, columns: Sequence[CategoryColumn]) -> HiddenLayer:
    places = {column.name: (column.first, column.indicators) for column in columns}
    if not places:
        raise ValueError(
            "an embedding needs columns of categories, and the data set has none; in a table, such as one from a CSV "
            "file, dataset.columns makes a column one, as in columns: {zip: category}"
        )
    for each in layer.columns:
        if isinstance(each, str) and each not in places:
            raise ValueError(f"{each!r} is no column of categories of the data set, which has {list_some(places, 12)}")
    chosen = [places[each] if isinstance(each, str) else each for each in layer.columns] or list(places.values())
    chosen.sort()
    if any(first + count > after for (first, count), (after, _) in pairwise(chosen)):
        raise ValueError("an embedding's columns share a feature: name each column once")
    placed: HiddenLayer = structs.replace(layer, columns=tuple(chosen))
    return placed
