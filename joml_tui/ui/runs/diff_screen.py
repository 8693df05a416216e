"""The screen of differences between runs, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import DataTable

from joml_tui.runs.differences import Difference, describe, readable, side_by_side
from joml_tui.runs.layer_text import describe_layers
from joml_tui.ui.actions import Scope, bindings, key_of
from joml_tui.ui.notices import say
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.widgets.dialog_box import CLOSES, DialogBox, DialogKey
from joml_tui.ui.widgets.row_table import RowTable

_MOST_ROWS = 1_000
_LONGEST_CELL = 200
#: Width of the dialog: a share of the screen, up to a number of cells; its frame, padding and scroll bar.
_SHARE, _WIDEST, _FRAME = 0.96, 150, 5
#: Widths of columns: the cells around each, the widest title, the least of a run.
_AROUND, _WIDEST_TITLE, _LEAST = 2, 30, 12


class DiffScreen(Dialog[None]):
    """A table of the settings, changes and results of some runs: only differing ones, or all."""

    CLOSES_BESIDE = True
    BINDINGS = [("escape,equals_sign,q", "close", "Close"), *bindings("differing")]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("differing",)

    def __init__(self, runs: Sequence[LabRun]) -> None:
        super().__init__()
        self._labels = [lab_run.label for lab_run in runs]
        self._layers = [describe_layers(lab_run.run.experiment.layers) for lab_run in runs]
        self._lines = side_by_side([describe(lab_run.run) for lab_run in runs])
        self._all = False

    def compose(self) -> ComposeResult:
        """Put the settings in rows and the runs in columns."""
        with DialogBox("", (), "differing"):
            yield RowTable(id="differing-table", classes="scrolls", cursor_type="row", fixed_columns=1)

    def on_mount(self) -> None:
        """Show what differs."""
        self.query_one(DataTable).focus()
        self._show()

    def on_resize(self) -> None:
        """Fit the columns into the new width."""
        self._show()

    def action_all(self) -> None:
        """Toggle between all settings and differing ones."""
        self._all = not self._all
        self._show()

    def action_copy(self) -> None:
        """Copy the shown table, separated by tabs."""
        rows = [("Setting", *self._labels), *((line.path, *line.values) for line in self._shown)]
        self.app.copy_to_clipboard("\n".join("\t".join(row) for row in rows))
        say(self, "Copied to the clipboard")

    @property
    def _shown(self) -> list[Difference]:
        return readable(self._lines, self._layers, everything=self._all)

    def _show(self) -> None:
        table = self.query_one(DataTable)
        cursor = table.cursor_row
        table.clear(columns=True)
        shown = self._shown
        rows = [[plain(cell, _LONGEST_CELL) for cell in (line.title, *line.values)] for line in shown[:_MOST_ROWS]]
        room = min(int(_SHARE * self.app.size.width), _WIDEST) - _FRAME
        widths = fitting_widths([["", *self._labels], *rows], room)
        heads = ["\n".join(_lines(label, width)) for label, width in zip(["", *self._labels], widths, strict=True)]
        table.header_height = max(head.count("\n") + 1 for head in heads)
        for head, width in zip(heads, widths, strict=True):
            table.add_column(Text(head), width=width)
        for line, cells in zip(shown, rows, strict=False):
            style = "bold" if self._all and line.differs else ""
            wrapped = [Text("\n".join(_lines(cell, width)), style) for cell, width in zip(cells, widths, strict=True)]
            table.add_row(*wrapped, height=max(cell.plain.count("\n") + 1 for cell in wrapped))
        table.move_cursor(row=min(cursor, max(0, len(rows) - 1)))
        count = sum(line.differs for line in readable(self._lines, self._layers))
        summary = f"{len(self._labels)} runs: {count:,} of {len(self._lines):,} settings and results differ"
        if len(shown) > _MOST_ROWS:
            summary += f"; the first {_MOST_ROWS:,} rows are shown"
        box = self.query_one(DialogBox)
        box.show_title(summary)
        shows = "shows only what differs" if self._all else "shows all settings"
        copies = DialogKey(key_of("differences-copy"), "copies", "copy")
        box.show_keys((DialogKey(key_of("differences-all"), shows, "all"), copies, CLOSES))


def fitting_widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return the widths of columns that fit into some cells together, as wide as their texts if there is room.

    Parameters
    ----------
    rows : sequence of sequence of str
        The texts of each row.
    room : int
        Cells for all columns with the space around them.

    Returns
    -------
    list of int
        At least `_LEAST` for each column but the first, whatever the room.
    """
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    first = min(first, _WIDEST_TITLE)
    left = room - first - _AROUND * (len(others) + 1)
    most = left
    # The narrowest columns first: what they leave is for the wider ones, which are equally wide.
    for place, wide in enumerate(sorted(others)):
        most = left // (len(others) - place)
        if wide > most:
            break
        left -= wide
    return [first, *(max(_LEAST, min(wide, max(most, _LEAST))) for wide in others)]


def _lines(cell: str, width: int) -> list[str]:
    """Return a text in lines of some cells."""
    return wrap(cell, width, break_long_words=True) or [""]
