"""Reports on a table while it is read: its columns as far as the rows so far tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from joml.data.readers.csv_format import BLANKS
from joml.data.readers.rows_so_far import RowsSoFar
from joml.wording import list_some
from joml_tui.reports.table_report import ColumnReport, describe_sample

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", BLANKS: "blanks"}
#: Columns with missing cells, and suspicious columns, that a line names.
_MOST_NAMED = 2


@dataclass(frozen=True, slots=True)
class EarlyReport:
    """A table as far as it has been read.

    Attributes
    ----------
    rows : int
        Number of rows so far.
    columns : tuple of ColumnReport
        Kinds, different values, ranges and remarks are those of a sample of these rows.
    delimiter : str or None
        What separates the fields, in words; None if the file is no text.
    has_header : bool
        Whether the columns have names.
    """

    rows: int
    columns: tuple[ColumnReport, ...]
    delimiter: str | None = None
    has_header: bool = True

    def describe(self) -> str:
        """Return what the rows so far tell, in a few phrases."""
        kinds = Counter(column.kind for column in self.columns)
        listed = ", ".join(f"{count:,} {_kind_of(kind, count)}" for kind, count in kinds.most_common())
        parts = [f"{self.rows:,} rows so far", f"{len(self.columns):,} columns: {listed}"]
        if self.delimiter is not None:
            header = "with a header" if self.has_header else "without a header"
            parts.insert(1, f"separated by {self.delimiter}, {header}")
        missing = [each for each in self.columns if each.summary.missing]
        missing.sort(key=lambda each: -each.summary.missing)
        if missing:
            named = list_some((f"{_name_of(each)} {each.summary.missing:,}" for each in missing), _MOST_NAMED)
            parts.append(f"missing cells: {named}")
        suspicious = [f"{_name_of(each)} {each.remarks[0].partition(': ')[0]}" for each in self.columns if each.remarks]
        parts += suspicious[:_MOST_NAMED]
        return " · ".join(parts)


def report_so_far(rows: RowsSoFar, dataset: Mapping[str, Any] | None = None) -> EarlyReport:
    """Return a report on the rows of a table that have been read.

    Parameters
    ----------
    rows : RowsSoFar
    dataset : mapping, optional
        The data set as plain values; without it, no column is the target.

    Returns
    -------
    EarlyReport
    """
    described = describe_sample(rows.sample, dataset or {}, rows.delimiter)
    columns = tuple(
        replace(column, summary=replace(column.summary, rows=rows.rows, missing=missing))
        for column, missing in zip(described, rows.missing, strict=True)
    )
    delimiter = None if rows.delimiter is None else _DELIMITERS.get(rows.delimiter, rows.delimiter)
    return EarlyReport(rows.rows, columns, delimiter, rows.has_header)


def _kind_of(kind: str, count: int) -> str:
    if kind == "category":
        return "category" if count == 1 else "categories"
    return kind if count == 1 or kind in ("empty", "classes", "values", "answers") else f"{kind}s"


def _name_of(column: ColumnReport) -> str:
    return column.name or f"column {column.position + 1}"
