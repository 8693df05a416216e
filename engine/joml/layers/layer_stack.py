"""The notation for stacks of layers of all kinds: ``1@28x28-c8k5-p2-30-10``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import prod

from joml.activations import ActivationFunction
from joml.architecture import MAX_LAYERS, MAX_SIZE, Architecture, ArchitectureError, parse_architecture
from joml.declaration import parts_of
from joml.layer import Layer, SoftMaxCrossEntropyOutputLayer
from joml.layers.base_layer import BaseLayer, Shape, ShapeError, features_of, shape_text, shapes_of
from joml.layers.convolution import Convolution2D
from joml.layers.elementwise import Activation, Dropout
from joml.layers.embedding import Embedding
from joml.layers.flatten import Flatten
from joml.layers.normalisation import BatchNormalisation, LayerNormalisation
from joml.layers.pooling import AveragePooling2D, GlobalAveragePooling, MaxPooling2D
from joml.layers.residual import Residual
from joml.wording import quoted

#: Layers and activation functions beside those of the engine, by their notation in lower case.
Further = Mapping[str, BaseLayer | ActivationFunction]

#: Residual blocks inside others, which no network needs more of.
_MOST_DEPTH = 8
_INPUT = re.compile(r"(?:(?P<channels>\d+)@(?P<height>\d+)x)?(?P<width>\d+)")
_DENSE = re.compile(r"(?P<size>\d+)(?:[x×*](?P<count>\d+))?(?:\((?P<function>[a-z_]\w*)\))?")
_CONVOLUTION = re.compile(
    r"c(?P<channels>\d+)k(?P<kernel>\d+(?:x\d+)?)(?:s(?P<stride>\d+))?(?:b(?P<border>\d+))?(?:\((?P<function>[a-z_]\w*)\))?"
)
_POOLING = re.compile(r"(?P<kind>[pa])(?P<kernel>\d+(?:x\d+)?)(?:s(?P<stride>\d+))?")
_DROPOUT = re.compile(r"d(?P<share>0?\.\d+|0)")
_EMBEDDING = re.compile(r"e(?P<size>\d+)\((?P<columns>\d+:\d+(?:,\d+:\d+)*)\)")
_BLOCK = re.compile(r"r\((?P<inside>.*)\)")
_ALONE: dict[str, Callable[[], BaseLayer]] = {
    "bn": BatchNormalisation,
    "ln": LayerNormalisation,
    "g": GlobalAveragePooling,
    "f": Flatten,
}
_EXPECTED = (
    "a size such as 28, 28x6 or 28(tanh), a convolution such as c8k5, c8k3s2b1 or c8k3(tanh), a pooling such as p2 or "
    "a2, g, f, bn, ln, dropout such as d0.2, an activation such as relu, an embedding such as e4(3:10), or a block "
    "such as r(c8k3b1-bn)"
)


@dataclass(frozen=True, slots=True)
class LayerStack:
    """The layers of a network as its notation names them, with a softmax output.

    Attributes
    ----------
    input_shape : tuple of int
        The shape of a sample: (features,), or (channels, height, width).
    layers : tuple of BaseLayer
        The hidden layers, which belong to no network.
    output_size : int
    """

    input_shape: Shape
    layers: tuple[BaseLayer, ...]
    output_size: int

    @property
    def input_size(self) -> int:
        """The number of features of a sample."""
        return features_of(self.input_shape)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of a sample: of the input, after each hidden layer, and of the output."""
        return (*shapes_of(self.layers, self.input_shape), (self.output_size,))

    @property
    def parameter_count(self) -> int:
        """The number of parameters of all layers, the output layer included; no array is made."""
        layers = (*self.layers, SoftMaxCrossEntropyOutputLayer(self.output_size))
        pairs = zip(layers, self.shapes, strict=False)
        return sum(prod(of_one) for layer, before in pairs for of_one in layer.parameter_shapes(before).values())

    def __str__(self) -> str:
        return "-".join([input_text(self.input_shape), *(each.notation for each in self.layers), str(self.output_size)])


def input_text(shape: Shape) -> str:
    """Return the inputs in the text of an architecture: ``14``, or ``1@28x28`` of images.

    Parameters
    ----------
    shape : tuple of int

    Returns
    -------
    str
    """
    return str(shape[0]) if len(shape) == 1 else f"{shape[0]}@{shape_text(shape[1:])}"


def has_other_layers(text: str) -> bool:
    """Return whether a text of an architecture names more than sizes, as ``14-28x6-4`` does not."""
    return bool(re.search(r"[@(]|[a-wyz]", text, re.IGNORECASE))


def parse_any(text: str, further: Mapping[str, BaseLayer | ActivationFunction] = {}) -> Architecture | LayerStack:
    """Read an architecture of sizes alone, such as ``14-28x6-4``, or with layers of any kind.

    Parameters
    ----------
    text : str
    further : mapping, optional
        Further layers and activation functions by their notation in lower case, such as those of your own.

    Returns
    -------
    Architecture or LayerStack

    Raises
    ------
    ArchitectureError
        The text is no architecture; the message names the wrong part and a correct form.
    """
    # What is no text is refused there.
    return parse_layers(text, further) if has_other_layers(str(text)) else parse_architecture(text)


def parse_layers(text: str, further: Mapping[str, BaseLayer | ActivationFunction] = {}) -> LayerStack:
    """Read an architecture with layers of any kind.

    Parameters
    ----------
    text : str
        The inputs, the hidden layers and the output size, separated by ``-``, as ``Network.architecture`` writes them.
        Settings that the notation lacks have their defaults.
    further : mapping, optional
        Further layers and activation functions by their notation in lower case, such as those of your own.

    Returns
    -------
    LayerStack
        Its ``str`` reads back to it.

    Raises
    ------
    ArchitectureError
        A part is no layer or cannot follow the one before it; the message names the part and a correct form.
    """
    terms = [term.strip() for term in _split(text.strip().lower(), text)]
    if len(terms) < 2:
        raise ArchitectureError(
            f"architecture {quoted(text)}: inputs and an output size are needed, such as 1@28x28-c8k5-p2-10"
        )
    inputs = shape = _read_input(terms[0], text)
    layers: list[BaseLayer] = []
    for place, term in enumerate(terms[1:-1], start=2):
        for layer in _read_term(term, f"architecture {quoted(text)}: part {place}", further):
            try:
                layer.require_input(shape)
                shape = layer.output_shape(shape)
            except ShapeError as error:
                fault = str(error).replace(repr(layer), layer.notation)
                raise ArchitectureError(f"architecture {quoted(text)}: part {place}: {fault}") from None
            layers.append(layer)
        if len(layers) > MAX_LAYERS:
            raise ArchitectureError(f"architecture {quoted(text)}: more than {MAX_LAYERS:,} layers")
    if not terms[-1].isdecimal():
        raise ArchitectureError(
            f"architecture {quoted(text)}: it ends with {quoted(terms[-1])}, and with the number of outputs it should, "
            "such as 10"
        )
    stack = LayerStack(inputs, tuple(layers), _number(terms[-1], f"architecture {quoted(text)}"))
    if features_of(shape) > MAX_SIZE**2:
        raise ArchitectureError(f"architecture {quoted(text)}: {shape_text(shape)} before the outputs is too large")
    return stack


def parse_ends(text: str) -> tuple[Shape, int]:
    """Read the shape of a sample and the number of outputs in the text of any network's architecture.

    Parameters
    ----------
    text : str
        As ``Network.architecture`` is, also with layers that the notation cannot read.

    Returns
    -------
    tuple
        Such as ((1, 28, 28), 10).

    Raises
    ------
    ArchitectureError
        It begins with no inputs, or ends with no number.
    """
    first, last = text.split("-", 1)[0], text.rpartition("-")[2]
    if not last.isdecimal():
        raise ArchitectureError(f"architecture {quoted(text)}: it ends with no number of outputs, such as 10")
    return _read_input(first, text), _number(last, f"architecture {quoted(text)}")


def parse_hidden_layers(text: str, further: Mapping[str, BaseLayer | ActivationFunction] = {}) -> tuple[BaseLayer, ...]:
    """Read hidden layers alone, such as ``c8k5-p2-30``, which may follow any inputs.

    Parameters
    ----------
    text : str
    further : mapping, optional
        As for ``parse_layers``.

    Returns
    -------
    tuple of BaseLayer

    Raises
    ------
    ArchitectureError
        A part is no layer; the message names it and a correct form.
    """
    terms = enumerate(_split(text.strip().lower(), text), start=1)
    layers = [
        layer
        for place, term in terms
        for layer in _read_term(term.strip(), f"layers {quoted(text)}: part {place}", further)
    ]
    if len(layers) > MAX_LAYERS:
        raise ArchitectureError(f"layers {quoted(text)}: more than {MAX_LAYERS:,} layers")
    return tuple(layers)


def _split(text: str, whole: str) -> Iterator[str]:
    """Yield the parts between hyphens that stand outside parentheses."""
    depth = start = 0
    for place, mark in enumerate(text):
        depth += (mark == "(") - (mark == ")")
        if depth < 0 or depth > _MOST_DEPTH:
            raise ArchitectureError(
                f"architecture {quoted(whole)}: "
                + (f"more than {_MOST_DEPTH} blocks inside each other" if depth > 0 else "a ) without its (")
            )
        if mark == "-" and not depth:
            yield text[start:place]
            start = place + 1
    if depth:
        raise ArchitectureError(f"architecture {quoted(whole)}: a ( without its )")
    yield text[start:]


def _read_input(term: str, whole: str) -> Shape:
    where = f"architecture {quoted(whole)}: part 1"
    match = _INPUT.fullmatch(term)
    if match is None:
        raise ArchitectureError(
            f"{where} {quoted(term)} is no input: write a number of features such as 14, or channels, height and width "
            "of images such as 1@28x28"
        )
    return tuple(_number(size, where) for size in match.groups() if size is not None)


def _read_term(term: str, where: str, further: Further) -> Iterator[BaseLayer]:
    """Yield the layers of a part; ``28x6`` is six of them."""
    try:
        if dense := _DENSE.fullmatch(term):
            for _ in range(_number(dense["count"] or "1", where, MAX_LAYERS)):
                yield Layer(_number(dense["size"], where), _function(dense["function"], where, further))
        elif match := _CONVOLUTION.fullmatch(term):
            stride, border = _number(match["stride"] or "1", where), _number(match["border"] or "0", where, least=0)
            function = _function(match["function"], where, further)
            yield Convolution2D(_number(match["channels"], where), _kernel(match, where), stride, border, function)
        elif match := _POOLING.fullmatch(term):
            stride_or_none = None if match["stride"] is None else _number(match["stride"], where)
            kind = MaxPooling2D if match["kind"] == "p" else AveragePooling2D
            yield kind(_kernel(match, where), stride_or_none)
        elif match := _DROPOUT.fullmatch(term):
            yield Dropout(float(match["share"]))
        elif match := _EMBEDDING.fullmatch(term):
            yield Embedding(_number(match["size"], where), list(_columns(match["columns"], where)))
        elif match := _BLOCK.fullmatch(term):
            inside = [layer for part in _split(match["inside"], term) for layer in _read_term(part, where, further)]
            yield Residual(inside)
        else:
            yield _named(term, where, further)
    except ArchitectureError:
        raise
    except ValueError as error:
        raise ArchitectureError(f"{where} {quoted(term)}: {error}") from None


def _named(term: str, where: str, further: Further) -> BaseLayer:
    """Return the layer that a name alone stands for."""
    if term in _ALONE:
        return _ALONE[term]()
    if term in further:
        added = further[term]
        return Activation(added) if isinstance(added, ActivationFunction) else added.unbound()
    if term in _functions():
        return Activation(_functions()[term]())
    fault = f"{quoted(term)} is no layer" if term else "is empty"
    raise ArchitectureError(f"{where} {fault}: write {_EXPECTED}")


def _number(digits: str, where: str, most: int = MAX_SIZE, least: int = 1) -> int:
    # Python refuses int() of thousands of digits; no valid number has nine.
    if len(digits) > 9 or not least <= int(digits) <= most:
        raise ArchitectureError(f"{where}: a number from {least} to {most:,} was expected, got {digits[:12]}")
    return int(digits)


def _kernel(match: re.Match[str], where: str) -> int | tuple[int, int]:
    height, _, width = match["kernel"].partition("x")
    return (_number(height, where), _number(width, where)) if width else _number(height, where)


def _columns(text: str, where: str) -> Iterator[tuple[int, int]]:
    for column in text.split(","):
        first, _, count = column.partition(":")
        yield _number(first, where, least=0), _number(count, where)


def _function(name: str | None, where: str, further: Further) -> ActivationFunction | None:
    if name is None:
        return None
    added = further.get(name)
    if isinstance(added, ActivationFunction):
        return added
    if name not in _functions():
        names = ", ".join(_functions())
        raise ArchitectureError(
            f"{where}: {quoted(name)} is no activation function; there are {names}. One of your own is named in an "
            'experiment\'s file, as activation: {own: "my_parts:Swish"}'
        )
    return _functions()[name]()


@cache
def _functions() -> dict[str, Callable[[], ActivationFunction]]:
    """Return the elementwise activation functions that need no settings, by their names in the notation."""
    return {
        name.replace("-", ""): part.make
        for name, part in parts_of("activation").items()
        if part.make.elementwise and not any(setting.required for setting in part.settings)
    }
