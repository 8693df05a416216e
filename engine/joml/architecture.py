"""The notation for stacks of layers: ``14-28x6-4`` is 14 inputs, six hidden layers of 28, 4 outputs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, pairwise

from joml.wording import quoted

#: The widest layer and the deepest stack that the notation accepts: larger ones are probably typing errors, and their
#: parameters would not fit into memory.
MAX_SIZE = 65_536
MAX_LAYERS = 1_000

_TERM = re.compile(r"\s*(?P<size>\d+)\s*(?:[x×*]\s*(?P<count>\d+)\s*)?", re.IGNORECASE)


class ArchitectureError(ValueError):
    """A text is not an architecture; the message names the wrong part and a correct form."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of a network, from its inputs to its outputs.

    Attributes
    ----------
    input_size : int
        Number of inputs, N_0 in the article.
    hidden_sizes : tuple of int
        Sizes of the hidden layers in order; empty for a network of one layer.
    output_size : int
        Size of the output layer, N_L.
    """

    input_size: int
    hidden_sizes: tuple[int, ...]
    output_size: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes of inputs, hidden layers and outputs, in order."""
        return (self.input_size, *self.hidden_sizes, self.output_size)

    @property
    def parameter_count(self) -> int:
        """Weights and biases of all layers together: the sum of N_l (N_(l-1) + 1)."""
        return sum(size * (previous + 1) for previous, size in pairwise(self.sizes))

    def __str__(self) -> str:
        hidden = format_sizes(self.hidden_sizes)
        return "-".join(part for part in (str(self.input_size), hidden, str(self.output_size)) if part)


def format_sizes(sizes: tuple[int, ...]) -> str:
    """Return sizes as text, repeated ones shortened: ``(28, 28, 28)`` is ``28x3``; empty for no sizes."""
    runs = [(size, len(list(run))) for size, run in groupby(sizes)]
    return "-".join(str(size) if count == 1 else f"{size}x{count}" for size, count in runs)


def parse_architecture(text: str) -> Architecture:
    """Read an architecture such as ``14-100-40-4`` or ``14-28x6-4``.

    Parameters
    ----------
    text : str
        Sizes separated by ``-``, from the inputs to the outputs; ``28x6`` (or ``28×6``) is six layers of 28.

    Returns
    -------
    Architecture
        Its ``str`` is the shortest text that reads back to it.

    Raises
    ------
    ArchitectureError
        It is not a text, a part is not a size, a size is 0 or too large, or there are fewer than two sizes.
    """
    if not isinstance(text, str):
        raise ArchitectureError(f"architecture: a text such as 14-28x6-4 was expected, got {text!r}")
    sizes: list[int] = []
    for place, term in enumerate(text.split("-"), start=1):
        size, count = _read_term(term, place, text)
        sizes.extend([size] * count)
        if len(sizes) > MAX_LAYERS + 1:
            raise ArchitectureError(f"architecture {quoted(text)}: more than {MAX_LAYERS:,} layers")
    if len(sizes) < 2:
        raise ArchitectureError(
            f"architecture {quoted(text)}: an input size and an output size are needed, such as 14-4 or 14-28x6-4"
        )
    return Architecture(sizes[0], tuple(sizes[1:-1]), sizes[-1])


def _read_term(term: str, place: int, text: str) -> tuple[int, int]:
    match = _TERM.fullmatch(term)
    where = f"architecture {quoted(text)}: part {place}"
    if match is None:
        fault = f"{quoted(term.strip())} is not a layer size" if term.strip() else "is empty"
        raise ArchitectureError(f"{where} {fault}: write a number such as 28, or 28x6 for six layers of 28")
    # Python refuses int() of thousands of digits; no valid size has nine.
    size = int(match["size"]) if len(match["size"]) < 10 else MAX_SIZE + 1
    count = 1 if match["count"] is None else int(match["count"]) if len(match["count"]) < 10 else MAX_LAYERS + 1
    if not 1 <= size <= MAX_SIZE:
        raise ArchitectureError(f"{where}: a size from 1 to {MAX_SIZE:,} was expected, got {match['size'][:12]}")
    if not 1 <= count <= MAX_LAYERS:
        raise ArchitectureError(f"{where}: from 1 to {MAX_LAYERS:,} layers were expected, got {match['count'][:12]}")
    return size, count
