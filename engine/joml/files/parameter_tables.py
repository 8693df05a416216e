"""Weights, biases and gradients as tables of text, as courses hand them out and ask for them back.

A row of weights belongs to one input unit, so that layer l has N_(l-1) rows of N_l numbers; or to one unit, and layer l
has N_l rows of N_(l-1) numbers. The layers follow one another. A row of biases belongs to one layer, or has a single
one. Any row may begin with a name.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from joml.files.regular_file import open_regular
from joml.wording import counted

#: The meaning of a table's rows: an input unit's weights, a unit's weights, a layer's biases, or a unit's bias.
Rows = Literal["inputs", "units", "layers"]

_DELIMITERS = (",", ";", "\t")
#: Most characters of a table; a device may have no end.
_MOST_CHARACTERS = 2**28
#: Longest text of a cell in a message.
_LONGEST = 30


class TableError(ValueError):
    """A table of parameters cannot be read; the message names the file, the line, the layer and the shape it needs."""


class NoBiasesError(TableError):
    """A table has weights alone, and no table of biases is named."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a table, in which other arrays of the same shapes can be written.

    Attributes
    ----------
    rows : {"inputs", "units", "layers"}
    names : tuple of str
        The name that each row begins with; empty where none has one.
    delimiter : str
        The mark between cells; a blank stands for any number of blanks.
    ambiguous : bool
        Whether the shapes also fit a table of weights with rows of the other meaning, so that ``rows`` is a choice.
    """

    rows: Rows
    names: tuple[str, ...] = ()
    delimiter: str = ","
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    name: str
    numbers: list[float]


def read_parameters(
    weights: str | PathLike[str],
    biases: str | PathLike[str] | None,
    sizes: Sequence[int],
    rows: Literal["inputs", "units"] | None = None,
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]], tuple[Layout, Layout]]:
    """Read the weights and biases of all layers from tables.

    Parameters
    ----------
    weights : path
        A text file of numbers between commas, semicolons, tabs or blanks. Empty lines and lines that begin with # are
        skipped.
    biases : path or None
        Such a file with a row for each layer, or one for each unit; None if the rows of the layers' biases follow those
        of the weights in the same file.
    sizes : sequence of int
        The sizes of inputs and layers, in order, such as (14, 100, 40, 4).
    rows : {"inputs", "units"}, optional
        The meaning of a row of weights; by default the one that fits the sizes, and "inputs" if both do.

    Returns
    -------
    W : list of (size, previous size) arrays
    b : list of (size,) arrays
    layouts : tuple of two Layouts
        Those of the weights and of the biases.

    Raises
    ------
    NoBiasesError
        There are weights alone.
    TableError
        A table does not fit; the message names the layer and the shape that is needed.
    OSError
        A file cannot be read.
    """
    table, delimiter = _read_rows(Path(weights))
    if biases is None:
        layers = len(sizes) - 1
        if any(_weight_fault(table, sizes, meaning)[1] is None for meaning in ("inputs", "units")):
            raise NoBiasesError(f"{weights} has weights alone: name a table of the biases too")
        W, weight_layout = _take_weights(table[:-layers], str(weights), sizes, rows, delimiter)
        b, bias_layout = _take_biases(table[-layers:], str(weights), sizes, delimiter)
    else:
        W, weight_layout = _take_weights(table, str(weights), sizes, rows, delimiter)
        table, delimiter = _read_rows(Path(biases))
        b, bias_layout = _take_biases(table, str(biases), sizes, delimiter)
    return W, b, (weight_layout, bias_layout)


def read_samples(path: str | PathLike[str], units: int) -> NDArray[np.float64]:
    """Read samples, or their targets, from a table with one in each row.

    Parameters
    ----------
    path : path
        As for ``read_parameters``.
    units : int
        Numbers of a row: the network's inputs, or its outputs.

    Returns
    -------
    (units, samples) array

    Raises
    ------
    TableError
        There is no row, or a row has another number of units.
    OSError
        The file cannot be read.
    """
    table, _ = _read_rows(Path(path))
    for row in table:
        if len(row.numbers) != units:
            raise TableError(
                f"{path}, line {row.line}: a row of {counted(units, 'number')} is needed, one for each unit, and this "
                f"row has {len(row.numbers):,}"
            )
    return np.ascontiguousarray(np.array([row.numbers for row in table]).T)


def write_weights(weights: Sequence[NDArray[np.floating]], layout: Layout) -> str:
    """Return weights, or their gradients, of all layers as a table with all digits.

    Parameters
    ----------
    weights : sequence of (size, previous size) arrays
    layout : Layout

    Returns
    -------
    str
    """
    return _written((row for W in weights for row in (W.T if layout.rows == "inputs" else W)), layout)


def write_biases(biases: Sequence[NDArray[np.floating]], layout: Layout) -> str:
    """Return biases, or their gradients, of all layers as a table with all digits.

    Parameters
    ----------
    biases : sequence of (size,) arrays
    layout : Layout

    Returns
    -------
    str
    """
    return _written((row for b in biases for row in (b[:, np.newaxis] if layout.rows == "units" else (b,))), layout)


def relative_errors(arrays: Sequence[NDArray[np.floating]], expected: Sequence[NDArray[np.floating]]) -> list[float]:
    """Return each layer's largest difference from the expected numbers, divided by the largest of those.

    Parameters
    ----------
    arrays, expected : sequences of arrays
        One of each layer, of equal shapes.

    Returns
    -------
    list of float
        0 where both vanish, and infinite where only the expected numbers do.
    """
    errors = []
    for given, wanted in zip(arrays, expected, strict=True):
        difference, scale = float(np.abs(given - wanted).max()), float(np.abs(wanted).max())
        errors.append(difference / scale if scale else math.inf if difference else 0.0)
    return errors


# --- rows -----------------------------------------------------------------------------------------------------------


def _read_rows(path: Path) -> tuple[list[_Row], str]:
    """Return the rows of a table with their numbers, and the mark between cells."""
    try:
        with open_regular(path) as binary, io.TextIOWrapper(binary, encoding="utf-8-sig") as file:
            text = file.read(_MOST_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise TableError(f"{path} is no text of numbers: it is not UTF-8") from None
    if len(text) > _MOST_CHARACTERS:
        raise TableError(f"{path} is longer than {_MOST_CHARACTERS:,} characters, more than a table of parameters has")
    apart = any(len(line.split()) > 1 for line in text.splitlines() if not line.lstrip().startswith("#"))
    delimiter = next((mark for mark in _DELIMITERS if mark in text), " " if apart else ",")
    table = []
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.strip() or content.lstrip().startswith("#"):
            continue
        cells = content.split() if delimiter == " " else next(csv.reader([content], delimiter=delimiter))
        table.append(_read_row([cell.strip() for cell in cells], f"{path}, line {line}", line))
    if not table:
        raise TableError(f"{path} is empty")
    return table, delimiter


def _read_row(cells: list[str], where: str, line: int) -> _Row:
    while cells and not cells[-1]:  # a table of rows of different lengths may be filled up
        cells = cells[:-1]
    name = "" if not cells or _number(cells[0]) is not None else cells[0]
    numbers = []
    for column, cell in enumerate(cells[bool(name) :], start=1 + bool(name)):
        value = _number(cell)
        if value is None or not math.isfinite(value):
            shown = cell if len(cell) <= _LONGEST else cell[: _LONGEST - 1] + "…"
            raise TableError(f"{where}, column {column}: a number is needed, got {shown!r}")
        numbers.append(value)
    return _Row(line, name, numbers)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _take_weights(
    table: Sequence[_Row], path: str, sizes: Sequence[int], rows: Literal["inputs", "units"] | None, delimiter: str
) -> tuple[list[NDArray[np.float64]], Layout]:
    """Return W of each layer from the rows of a table, with their layout."""
    meanings: tuple[Literal["inputs", "units"], ...] = ("inputs", "units") if rows is None else (rows,)
    faults = {meaning: _weight_fault(table, sizes, meaning) for meaning in meanings}
    fitting = [meaning for meaning, (_, fault) in faults.items() if fault is None]
    if not fitting:
        _, fault = max(faults.values(), key=lambda item: item[0])
        raise TableError(f"{path}{fault}")
    meaning, weights, start = fitting[0], [], 0
    for previous, size in pairwise(sizes):
        count = previous if meaning == "inputs" else size
        block = np.array([row.numbers for row in table[start : start + count]])
        weights.append(np.ascontiguousarray(block.T) if meaning == "inputs" else block)
        start += count
    ambiguous = len(fitting) > 1 and not all(np.array_equal(W, W.T) for W in weights)
    return weights, Layout(meaning, _names(table), delimiter, ambiguous)


def _take_biases(
    table: Sequence[_Row], path: str, sizes: Sequence[int], delimiter: str
) -> tuple[list[NDArray[np.float64]], Layout]:
    """Return b of each layer from the rows of a table, with their layout."""
    ends = list(accumulate(sizes[1:], initial=0))
    if len(table) == ends[-1] and len(table) > len(sizes) - 1 and all(len(row.numbers) == 1 for row in table):
        values = np.array([row.numbers[0] for row in table])
        return [values[start:end] for start, end in pairwise(ends)], Layout("units", _names(table), delimiter)
    for place, size in enumerate(sizes[1:], start=1):
        needed = f"the biases of layer {place} are a row of {counted(size, 'number')}"
        if place > len(table):
            raise TableError(f"{path} ends before layer {place}: {needed}")
        row = table[place - 1]
        if len(row.numbers) != size:
            raise TableError(f"{path}, line {row.line}: {needed}, and this row has {len(row.numbers):,}")
    if len(table) >= len(sizes):
        raise TableError(f"{path}, line {table[len(sizes) - 1].line}: there is a row after that of the last layer")
    return [np.array(row.numbers) for row in table], Layout("layers", _names(table), delimiter)


def _names(table: Sequence[_Row]) -> tuple[str, ...]:
    return tuple(row.name for row in table) if any(row.name for row in table) else ()


def _weight_fault(
    table: Sequence[_Row], sizes: Sequence[int], meaning: Literal["inputs", "units"]
) -> tuple[int, str | None]:
    """Return how many rows fit, and the end of the message for the first that does not; None if all do."""
    place = 0
    for layer, (previous, size) in enumerate(pairwise(sizes), start=1):
        count, width = (previous, size) if meaning == "inputs" else (size, previous)
        each = "an input unit" if meaning == "inputs" else "a unit"
        needed = f"layer {layer} has {counted(count, 'row')} of {counted(width, 'number')}, one row for {each}"
        for row_of_layer in range(count):
            if place == len(table):
                return place, f" ends too early: {needed}, and {row_of_layer:,} of them are there"
            row = table[place]
            if len(row.numbers) != width:
                return place, f", line {row.line}: {needed}, and this row has {len(row.numbers):,}"
            place += 1
    if place < len(table):
        return place, f", line {table[place].line}: more rows follow those of the last layer: {len(table) - place:,}"
    return place, None


def _written(rows: Iterable[NDArray[np.floating]], layout: Layout) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=layout.delimiter, lineterminator="\n")
    for place, row in enumerate(rows):
        name = [layout.names[place]] if layout.names else []
        writer.writerow([*name, *(repr(value) for value in row.tolist())])
    return text.getvalue()
