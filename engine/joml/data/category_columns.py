"""The columns of categories of a table: where their indicators stand among the features."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from joml.data.tables.encoding import CategoryEncoder, ColumnEncoder


class CategoryColumn(NamedTuple):
    """A column of categories among the features of a data set.

    Attributes
    ----------
    name : str
        The column's name in the table.
    first : int
        The place of its first indicator among the features, from 0.
    indicators : int
        The number of its indicators; those for other and for missing categories are among them.
    """

    name: str
    first: int
    indicators: int


def category_columns(encoders: Iterable[ColumnEncoder]) -> tuple[CategoryColumn, ...]:
    """Return the columns of categories of a table whose columns are encoded so, in their order.

    Parameters
    ----------
    encoders : iterable of ColumnEncoder
        As in ``Preparation.columns``.

    Returns
    -------
    tuple of CategoryColumn
        Columns without any indicator are left out.
    """
    columns: list[CategoryColumn] = []
    first = 0
    for encoder in encoders:
        count = len(encoder.feature_names)
        if isinstance(encoder, CategoryEncoder) and count:
            columns.append(CategoryColumn(encoder.name, first, count))
        first += count
    return tuple(columns)
