"""A short table as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from joml_tui.alignment import align_left, align_right
from joml_tui.plots.label_text import plain

_LONGEST_CELL = 40


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as aligned lines: the first column to the left, the others to the right.

    Parameters
    ----------
    head : sequence of str
    rows : sequence of sequences of str
        Each as long as the head.

    Returns
    -------
    list of str
    """
    cells = [[plain(cell, _LONGEST_CELL) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            (align_right if place else align_left)(cell, width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
