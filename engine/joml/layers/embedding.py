"""Embedding: categories as learned numbers in place of their indicators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import numpy as np

from joml.architecture import MAX_SIZE
from joml.array_types import Array, Call, transposed
from joml.declaration import Setting, declare
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, Shape, ShapeError, shape_text
from joml.optimizers.base import Optimizer
from joml.validation import at_least_one, integer, require_kind

#: A column of categories among the features: its first indicator, from 0, and the number of its indicators.
IndicatorColumn = tuple[int, int]


@declare("layer", "embedding", "Columns of categories as learned numbers", label="embedding")
class Embedding(BaseLayer):
    """Columns of categories as points: the column's W times its indicators, so that a category is a column of W.

    A column of categories comes as indicators, features of which one is 1 and the others are 0. Each becomes ``size``
    learned numbers. The outputs are the other features in their order, and then the numbers of each column.

    Parameters
    ----------
    size : int
        Numbers for each category.
    columns : sequence of (first, count)
        The columns of categories: the place of the first indicator among the features, from 0, and the number of
        indicators.
    name, optimizer, frozen
        As for ``BaseLayer``.

    Raises
    ------
    ValueError
        A setting is out of its range, or two columns share a feature; the message names it.

    References
    ----------
    Bengio, Ducharme, Vincent, Jauvin: A Neural Probabilistic Language Model, 2003; Guo, Berkhahn: Entity Embeddings of
    Categorical Variables, 2016.
    """

    size: int
    columns: tuple[IndicatorColumn, ...]

    setting_names = ("size", "columns")

    def __init__(
        self,
        size: Annotated[int, Setting("Numbers for each category", at_least=1, at_most=MAX_SIZE)],
        columns: Annotated[
            Sequence[IndicatorColumn],
            Setting("Of each column of categories, its first indicator among the features, from 0, and their number"),
        ],
        *,
        name: str = "",
        optimizer: Optimizer | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(name=name, optimizer=optimizer, frozen=frozen)
        self.size = at_least_one(size, "an embedding's size")
        self.columns = tuple(_columns(columns))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the number of other features and of the columns' numbers, for samples of input_shape.

        Raises
        ------
        ShapeError
            A column ends beyond the last feature, or the samples are images.
        """
        last = max(first + count for first, count in self.columns)
        if len(input_shape) > 1 or last > input_shape[0]:
            raise ShapeError(
                f"{self!r} needs {last:,} features or more, of which its columns are some; before it are "
                f"{shape_text(input_shape)}"
            )
        return (input_shape[0] - self._indicators + len(self.columns) * self.size,)

    @property
    def _indicators(self) -> int:
        return sum(count for _, count in self.columns)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shape of W, whatever the input_shape: a row for each number, a column for each category."""
        return {"W": (self.size, self._indicators)}

    @property
    def weight_names(self) -> tuple[str, ...]:
        """The names of the weights that other programs read."""
        return ("W",)

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``e4(3:10,13:5)``, with the first indicator and their number."""
        return f"e{self.size}({','.join(f'{first}:{count}' for first, count in self.columns)})"

    @property
    def W(self) -> Array:
        """Weights, (size, categories of all columns): a view; assigning copies into it."""
        return self.parameter("W")

    @W.setter
    def W(self, values: Array) -> None:
        self._assign(self.W, values, "W")

    def points(self, column: int) -> Array:
        """Return the learned numbers of a column's categories.

        Parameters
        ----------
        column : int
            Its place among the columns, from 0.

        Returns
        -------
        (size, categories) array
            A view of W.
        """
        return self._of_column(self.W, column)

    def _of_column(self, W: Array, column: int) -> Array:
        start = sum(count for _, count in self.columns[:column])
        return W[:, start : start + self.columns[column][1]]

    def matrix(self, features: int) -> Array:
        """Return the layer as a matrix M of its outputs M x: ones for the other features, and W where columns are.

        Parameters
        ----------
        features : int
            Before the layer.

        Returns
        -------
        (outputs, features) array
        """
        matrix: Array = np.zeros((*self.output_shape((features,)), features), self.W.dtype)
        for of, to in self._other_features(features):
            matrix[to, of] = np.eye(of.stop - of.start)
        for column in range(len(self.columns)):
            of, to = self._rows(column, features)
            matrix[to, of] = self.points(column)
        return matrix

    def initialise(self, generator: np.random.Generator) -> None:
        """Draw W from the standard normal distribution with the generator."""
        self.W = generator.normal(size=self.W.shape)

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers: a copy of the other features, and a product for each column."""
        copies = list(self._other_features(len(buffers.inputs)))
        forward: list[Call] = [partial(np.copyto, buffers.outputs[to], buffers.inputs[of]) for of, to in copies]
        forward += self._products(buffers)
        delta, inputs = buffers.delta, buffers.input_delta
        if delta is None:
            return LayerCalls(tuple(forward))
        backward: list[Call] = []
        if inputs is not None:
            backward = [partial(np.copyto, inputs[of], delta[to]) for of, to in copies]
            backward += self._input_deltas(buffers, delta, inputs)
        return LayerCalls(tuple(forward), tuple(backward), tuple(self._gradients(buffers, delta)))

    def _other_features(self, features: int) -> Iterator[tuple[slice, slice]]:
        """Yield each run of features that are no indicators: its rows among the inputs, and among the outputs."""
        before = after = 0
        for first, count in sorted([*self.columns, (features, 0)]):
            if first > before:
                yield slice(before, first), slice(after, after + first - before)
            after += first - before
            before = first + count

    def _rows(self, column: int, features: int) -> tuple[slice, slice]:
        """Return the rows of a column among the inputs, which have so many features, and among the outputs."""
        first, count = self.columns[column]
        start = features - self._indicators + column * self.size
        return slice(first, first + count), slice(start, start + self.size)

    def _products(self, buffers: LayerBuffers) -> Iterator[Call]:
        for column in range(len(self.columns)):
            of, to = self._rows(column, len(buffers.inputs))
            points = self._of_column(buffers.parameters["W"], column)
            yield partial(np.matmul, points, buffers.inputs[of], buffers.outputs[to])

    def _gradients(self, buffers: LayerBuffers, delta: Array) -> Iterator[Call]:
        for column in range(len(self.columns)):
            of, to = self._rows(column, len(buffers.inputs))
            gradient = self._of_column(buffers.gradients["W"], column)
            yield partial(np.matmul, delta[to], transposed(buffers.inputs[of]), gradient)

    def _input_deltas(self, buffers: LayerBuffers, delta: Array, inputs: Array) -> Iterator[Call]:
        for column in range(len(self.columns)):
            of, to = self._rows(column, len(buffers.inputs))
            points = self._of_column(buffers.parameters["W"], column)
            yield partial(np.matmul, transposed(points), delta[to], inputs[of])


def _columns(columns: Any) -> Iterator[IndicatorColumn]:
    """Yield the checked columns.

    Raises
    ------
    ValueError
        They are no list of pairs, a number is out of its range, or two columns share a feature.
    """
    several = isinstance(columns, Sequence) and not isinstance(columns, str) and len(columns) > 0
    require_kind(several, columns, "an embedding's columns", "a list of (first, count) such as [(3, 10)]")
    end = 0
    for column in columns:
        pair = isinstance(column, Sequence) and not isinstance(column, str) and len(column) == 2
        require_kind(pair, column, "a column of an embedding", "(first, count), such as (3, 10)")
        first = integer(column[0], "the first indicator of an embedding's column", 0)
        count = at_least_one(column[1], "the number of indicators of an embedding's column")
        if first < end:
            raise ValueError(
                f"the column ({first}, {count}) of an embedding begins before the column before it ends, at feature "
                f"{end}: name the columns in their order, and each feature once"
            )
        end = first + count
        yield first, count
