"""The last row of a table that sums up the others, as spreadsheets have it, and is no sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from joml.architecture import quoted
from joml.data.tables.raw_table import NUMBER, RawColumn

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


def _is_word(text: str) -> bool:
    return text.strip(" :*").casefold().removeprefix("grand ") in _WORDS


def _is_sum(column: RawColumn) -> bool:
    """Return whether the last number of a column is the sum of the others, and not 0."""
    last = float(column.numbers[-1])
    others = column.numbers[:-1][column.codes[:-1] == NUMBER]
    with np.errstate(over="ignore"):
        total = float(others.sum())
    return last != 0 and abs(total - last) <= _ROUNDING * abs(last)
