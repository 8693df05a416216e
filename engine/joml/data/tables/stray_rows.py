"""Rows of a table that are no samples: one of totals, the names of the columns once more, and rows of features."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from joml.data.tables.raw_table import NUMBER, RawColumn
from joml.wording import counted, quoted

# In fewer rows a row may be the sum of the others by chance, and so it may in a single column.
_FEWEST_ROWS, _FEWEST_COLUMNS = 5, 2
# Sums of rounded numbers differ from the sum of the exact ones.
_ROUNDING = 1e-4
_WORDS = {
    *("total", "totals", "subtotal", "sum", "sums", "average", "averages", "mean", "overall"),
    *("summe", "summen", "gesamt", "gesamtsumme", "insgesamt", "durchschnitt", "mittelwert", "mittel"),
}


def describe_total_row(columns: Sequence[RawColumn]) -> tuple[str, ...]:
    """Return a note on the last row if it sums up the others: if it is called so, or holds the sums of all numbers.

    Parameters
    ----------
    columns : sequence of RawColumn
        Features, targets and columns that are left out.

    Returns
    -------
    tuple of str
        One sentence, or none.
    """
    if not columns or len(columns[0].codes) < _FEWEST_ROWS:
        return ()
    for column in columns:
        code = int(column.codes[-1])
        if code != NUMBER and _is_word(column.texts[code]) and np.count_nonzero(column.codes == code) == 1:
            return (
                f"the last row is called {quoted(column.texts[code])}: if it sums up the other rows, take it out of "
                "the file",
            )
    numbers = [column for column in columns if column.codes[-1] == NUMBER]
    if len(numbers) < _FEWEST_COLUMNS or not all(map(_is_sum, numbers)):
        return ()
    return ("the last row holds the sums of the other rows: take it out of the file, as it is no sample",)


def describe_repeated_names(columns: Sequence[RawColumn], locate: Callable[[int], str]) -> tuple[str, ...]:
    """Return a note on rows that hold the names of the columns, as tables that were joined from several files do.

    Parameters
    ----------
    columns : sequence of RawColumn
        All columns of the file.
    locate : callable
        From the number of a row, counted from 0, to its place in messages, such as "line 3".

    Returns
    -------
    tuple of str
        One sentence, or none.
    """
    if len(columns) < _FEWEST_COLUMNS or not all(column.name and column.name in column.texts for column in columns):
        return ()
    rows = np.logical_and.reduce([column.codes == column.texts.index(column.name) for column in columns])
    count = int(np.count_nonzero(rows))
    if not count:
        return ()
    lines, first = counted(count, "row holds", "rows hold"), locate(int(rows.argmax()))
    return (f"{lines} the names of the columns, the first in {first}: take such rows out of the file",)


def describe_turned_table(columns: Sequence[RawColumn]) -> tuple[str, ...]:
    """Return a note on a table whose rows are features and whose columns are samples.

    Such a table has many more columns than rows, names in its first column, and a row that has no number in any other.

    Parameters
    ----------
    columns : sequence of RawColumn
        All columns of the file.

    Returns
    -------
    tuple of str
        One sentence, or none.
    """
    first, *others = columns
    rows = len(first.codes)
    if len(others) < max(_FEWEST_ROWS, 2 * rows) or (first.codes == NUMBER).any() or len(set(first.codes)) < rows:
        return ()
    has_numbers = np.array([column.codes == NUMBER for column in others])
    has_numbers = has_numbers[has_numbers.any(axis=1)]  # the label column is read as text
    is_text = ~has_numbers.any(axis=0)
    if not len(has_numbers) or not is_text.any() or not has_numbers[:, ~is_text].all():
        return ()
    return (
        "the rows seem to be features and the columns samples: write a row for each sample, as a spreadsheet does by "
        "Paste special, Transpose",
    )


def _is_word(text: str) -> bool:
    return text.strip(" :*").casefold().removeprefix("grand ") in _WORDS


def _is_sum(column: RawColumn) -> bool:
    """Return whether the last number of a column is the sum of the others, and not 0."""
    last = float(column.numbers[-1])
    others = column.numbers[:-1][column.codes[:-1] == NUMBER]
    with np.errstate(over="ignore"):
        total = float(others.sum())
    return last != 0 and abs(total - last) <= _ROUNDING * abs(last)
