"""Faults in the columns of a delimited text file, all reported at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from joml.data.labels import (
    CERTAIN_POINTS,
    DECIMAL_COMMA,
    POINT_GROUP,
    POINTS_IN_THOUSANDS,
    THOUSANDS,
    describe_label,
    without_points,
)
from joml.data.readers.csv_format import NumberedRow, data_rows, finite_number, is_number
from joml.data.readers.csv_layout import FLOAT32_MAX, CommaStyle, Layout, stated_commas, write_key
from joml.data.readers.row_widths import describe_width
from joml.data.readers.text_file import TextFile
from joml.data.tables.cell_meanings import is_missing
from joml.wording import quoted

# Further columns are only counted.
_MOST_COLUMNS = 40


def without_commas(cell: str, style: CommaStyle) -> str:
    """Return a number's text without commas, for programs to read.

    Parameters
    ----------
    cell : str
    style : {"thousands", "decimal", "points"}

    Returns
    -------
    str
        The cell unchanged if it has no such commas; empty where it may be either, as 1.200 beside decimal commas, or
        where a point separates no thousands beside others that do.
    """
    if style == "points":
        return without_points(cell)
    if style == "thousands":
        return cell.replace(",", "") if THOUSANDS.fullmatch(cell) else cell
    if POINT_GROUP.fullmatch(cell):
        return ""
    return cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell) else cell


@dataclass(slots=True)
class _Kind:
    """The count and the first row of one kind of field in a column."""

    count: int = 0
    first: NumberedRow | None = None

    def add(self, row: NumberedRow) -> None:
        self.count += 1
        self.first = self.first or row


class _Column:
    """The cells of a column that cannot be read, by kind."""

    def __init__(self) -> None:
        self.missing, self.bad = _Kind(), _Kind()
        self.points, self.point_groups = 0, _Kind()  # numbers with a point; some may mean thousands
        self.pointed = _Kind()  # numbers whose points certainly separate thousands
        self.groups, self.decimals, self.ambiguous = _Kind(), _Kind(), _Kind()  # numbers with commas

    @property
    def commas(self) -> int:
        """Number of numbers with commas."""
        return self.groups.count + self.decimals.count + self.ambiguous.count

    @property
    def first_comma(self) -> NumberedRow | None:
        """The first row with a number with commas."""
        return min((kind.first for kind in (self.groups, self.decimals, self.ambiguous) if kind.first), default=None)

    @property
    def style(self) -> CommaStyle | None:
        """The meaning of the column's commas if this column alone decides it, else None."""
        if self.pointed.count:
            return "points" if self.points == self.point_groups.count and not self.groups.count else None
        separates_thousands = bool(self.groups.count or self.points)
        if separates_thousands == bool(self.decimals.count):
            return None
        return "thousands" if separates_thousands else "decimal"

    @property
    def may_be_pointed(self) -> bool:
        """Return whether the points of all numbers that have one may separate thousands, and there are no commas."""
        return not self.commas and 0 < self.points == self.point_groups.count

    def count(self, row: NumberedRow, cell: str) -> None:
        """Count a field that should be a number."""
        if "," not in cell and is_number(cell) and math.isfinite(float(cell)) and abs(float(cell)) <= FLOAT32_MAX:
            self.points += "." in cell
            if POINT_GROUP.fullmatch(cell):
                self.point_groups.add(row)
        elif THOUSANDS.fullmatch(cell):
            (self.groups if cell.count(",") > 1 or "." in cell else self.ambiguous).add(row)
        elif DECIMAL_COMMA.fullmatch(cell):
            self.decimals.add(row)
        elif CERTAIN_POINTS.fullmatch(cell):
            self.pointed.add(row)
        else:
            (self.missing if is_missing(cell.strip()) else self.bad).add(row)

    def count_pointed(self, row: NumberedRow, cell: str) -> None:
        """Count a field of a column whose points are known to separate thousands."""
        if math.isnan(finite_number(without_points(cell))):
            (self.missing if is_missing(cell.strip()) else self.bad).add(row)

    def refuse_points(self) -> None:
        """Count numbers with points between thousands among those that cannot be read."""
        if self.pointed.first is not None:
            self.bad.count += self.pointed.count
            self.bad.first = min(each for each in (self.bad.first, self.pointed.first) if each is not None)

    def count_label(self, row: NumberedRow, cell: str) -> None:
        """Count a field that should be a label."""
        if describe_label(cell):
            (self.bad if cell.strip() else self.missing).add(row)


class Faults:
    """The cells of a text that cannot be read with a layout.

    Parameters
    ----------
    text : TextFile
    layout : Layout
    with_missing : bool, default True
        Whether missing cells are among them.

    Attributes
    ----------
    commas : dict of int to str
        The meaning of commas, for columns of numbers where it is certain.
    """

    def __init__(self, text: TextFile, layout: Layout, with_missing: bool = True) -> None:
        self._text = text
        self._layout = layout
        self._with_missing = with_missing
        self._columns = {place: _Column() for place in sorted({*layout.numeric, *layout.labels})}
        self._row = ""  # the first fault of a whole row
        self._pointed: frozenset[int] = frozenset()  # columns whose points may separate thousands
        self.commas: dict[int, CommaStyle] = {}
        self._read()

    @property
    def is_empty(self) -> bool:
        """Return whether every cell can be read once the commas are interpreted."""
        return not self._row and not self._bad_columns()

    def describe(self) -> str:
        """Return one sentence about the first bad row, or about every column that cannot be read."""
        if self._row:
            return self._row
        bad = self._bad_columns()
        if not bad:
            return f"{self._text.name}: the file changed while it was read"
        if len(bad) == 1 or all(self._may_be_header(self._first(place)) for place in bad):
            return self._describe_one(bad[0])
        columns = [self._describe_column(place) for place in bad[:_MOST_COLUMNS]]
        if len(bad) > _MOST_COLUMNS:
            columns.append(f"and {len(bad) - _MOST_COLUMNS:,} more columns")
        return f"{self._text.name}: {len(bad):,} columns cannot be read: {'; '.join(columns)}; {self._advise(bad)}"

    def _read(self) -> None:
        for row in data_rows(self._text, self._layout.format):
            is_empty = not self._with_missing and not any(map(str.strip, row.cells))
            if not is_empty and (fault := _describe_row(self._text, row, self._layout)):
                self._row = f"{self._text.name}:{row.line}: {fault}"
                return
            for place, column in self._columns.items():
                cell = row.cells[place]
                if not self._with_missing and is_missing(cell.strip()):
                    continue
                if place in self._layout.labels:
                    column.count_label(row, cell)
                elif self._layout.commas.get(place) == "points":
                    column.count_pointed(row, cell)
                else:
                    column.count(row, cell)
        self.commas = self._find_commas()
        for place, column in self._columns.items():
            if self.commas.get(place) != "points":
                column.refuse_points()
        if {"decimal", "points"}.intersection((*self.commas.values(), *self._layout.commas.values())):
            self._pointed = frozenset(
                place for place, column in self._columns.items() if self._may_have_thousands(place, column)
            )

    def _may_have_thousands(self, place: int, column: _Column) -> bool:
        """Return whether points in a column may separate thousands, where other numbers have decimal commas."""
        if self._layout.commas.get(place) == "decimal":
            return column.point_groups.count > 0
        return place not in self.commas and 0 < column.points == column.point_groups.count

    def _find_commas(self) -> dict[int, CommaStyle]:
        stated = stated_commas(self._text)
        columns = {place: column for place, column in self._columns.items() if column.commas or column.pointed.count}
        commas = {place: column.style for place, column in columns.items() if column.style is not None}
        if stated is not None:
            fitting = ("decimal", "points") if stated == "decimal" else ("thousands",)
            commas = {place: style for place, style in commas.items() if style in fitting}
        elif not self._layout.can_ignore:  # a part of a data set, of which another part may have 1.200 for 1.2
            commas = {place: style for place, style in commas.items() if style != "points"}
        # A column of numbers such as 1,200 is read like the training data or like the other columns. Where commas also
        # separate fields, they are not decimal points.
        styles = set(commas.values()) or ({"thousands"} if self._layout.format.delimiter == "," else set())
        style = stated or (styles.pop() if len(styles) == 1 else None)
        for place, column in columns.items():
            if column.pointed.count:
                continue
            own = self._layout.commas.get(place, style)
            if own is not None and column.commas == column.ambiguous.count and not column.points:
                commas[place] = "thousands" if own == "thousands" else "decimal"
            elif self._layout.commas.get(place) == "decimal" and not column.groups.count:
                commas[place] = "decimal"
        if stated == "decimal":  # 1.200 is a thousand there, unless other numbers of the column have another form
            commas |= dict.fromkeys((place for place, each in self._columns.items() if each.may_be_pointed), "points")
        return commas

    def _bad_columns(self) -> list[int]:
        return [place for place in self._columns if self._count(place)]

    def _count(self, place: int) -> int:
        column = self._columns[place]
        commas = 0 if place in self.commas else column.commas
        pointed = column.point_groups.count if place in self._pointed else 0
        return column.missing.count + column.bad.count + commas + pointed

    def _describe_one(self, place: int) -> str:
        layout, row = self._layout, self._first(place)
        is_label = place in layout.labels
        fault = describe_label(row.cells[place]) if is_label else self._describe_cell(place, row.cells[place])
        header = "; if this line holds names, read the file with header yes" if self._may_be_header(row) else ""
        more = self._count(place) - 1
        if not more:
            return f"{self._text.name}:{row.line}: {layout.column(place)}: {fault}{header}"
        parts = self._count_kinds(place)
        others = f"; {more:,} more {'row is' if more == 1 else 'rows are'} like it"
        if len(parts) > 1:
            others = f"; {more + 1:,} fields of the column cannot be read: {' and '.join(parts)}"
        advice = "" if is_label or header else f": {self._advise([place])}"
        return f"{self._text.name}:{row.line}: {layout.column(place)}: {fault}{header}{others}{advice}"

    def _first(self, place: int) -> NumberedRow:
        """Return the first row whose field in a bad column cannot be read."""
        column = self._columns[place]
        comma = None if place in self.commas else column.first_comma
        pointed = column.point_groups.first if place in self._pointed else None
        return min(row for row in (column.missing.first, column.bad.first, comma, pointed) if row is not None)

    def _describe_cell(self, place: int, cell: str) -> str:
        if place in self._pointed and POINT_GROUP.fullmatch(cell):
            number = cell.strip()
            meant = f"{number.replace('.', '')} or {number.replace('.', ',')}"
            return f"{quoted(cell)} may be either where commas are decimal points; write {meant}, whichever is meant"
        return _describe_cell(cell)

    def _may_be_header(self, row: NumberedRow) -> bool:
        return row.line == self._layout.format.first_line and not self._layout.format.has_header

    def _describe_column(self, place: int) -> str:
        return f"{self._layout.column(place)}: {' and '.join(self._count_kinds(place))}"

    def _count_kinds(self, place: int) -> list[str]:
        """Return for each kind of fields that cannot be read in a column how many there are."""
        column, parts = self._columns[place], []
        what = "no label" if place in self._layout.labels else "no number"
        if column.bad.first is not None:
            parts.append(f"{column.bad.count:,} with {what}, {_example(column.bad.first, place)}")
        if column.missing.count:
            parts.append(f"{column.missing.count:,} missing")
        first_comma = column.first_comma
        if place not in self.commas and first_comma is not None:
            parts.append(f"{column.commas:,} with a comma, {_example(first_comma, place)}")
        if place in self._pointed and column.point_groups.first is not None:
            example = _example(column.point_groups.first, place)
            parts.append(f"{column.point_groups.count:,} whose point may separate thousands, {example}")
        return parts

    def _advise(self, places: list[int]) -> str:
        """Return advice for columns that cannot be read."""
        names = self._layout.format.names
        needs_numbers = any(
            self._columns[place].bad.count
            or (self._columns[place].commas and place not in self.commas)
            or place in self._pointed
            for place in places
        )
        wanted = "write numbers" if needs_numbers else "fill the empty fields"
        if self._may_state_commas(places):
            wanted += ", or state what commas are by decimal: comma (1,200 is 1.2) or decimal: point (1200)"
        columns = [place for place in places if place not in self._layout.targets]
        if not columns:
            is_alone = not self._layout.more_labels
            may_be_labels = needs_numbers and is_alone and not self._pointed.intersection(places)
            return f"{wanted}, or take them for labels by task: classes" if may_be_labels else wanted
        if not (self._layout.can_ignore or self._layout.can_lack):
            return wanted
        if not self._layout.can_ignore:
            return f"{wanted}, or take {'the column' if len(columns) == 1 else 'the columns'} out of the file"
        keys = ", ".join(write_key(place, names) for place in columns)
        return f"{wanted}, or leave {'the column' if len(columns) == 1 else 'columns'} out by ignore: [{keys}]"

    def _may_state_commas(self, places: list[int]) -> bool:
        """Return whether a setting of the data set may decide what the commas of some columns are."""
        layout = self._layout
        if self._text.dialect is None or stated_commas(self._text) or not (layout.can_ignore or layout.can_lack):
            return False
        columns = [self._columns[place] for place in places if place not in self.commas]
        return any(each.ambiguous.count and each.commas == each.ambiguous.count and not each.points for each in columns)


def _example(row: NumberedRow, place: int) -> str:
    return f"such as {quoted(row.cells[place])} in line {row.line:,}"


def _describe_row(text: TextFile, row: NumberedRow, layout: Layout) -> str:
    """Return what is wrong with a row as a whole; empty where its columns are correct."""
    cells = row.cells
    if len(cells) > 1 and not any(map(str.strip, cells)):
        return "every field of the row is empty: take the line out of the file"
    if len(cells) != layout.width:
        return describe_width(text, row, layout.format)
    for place in layout.empty:
        if cells[place].strip():
            ignore = f", or leave it out by ignore: [{place}]" if layout.can_ignore else ""
            return f"column {place + 1} has no name and is empty in the first rows, but not here: name it{ignore}"
    return ""


def _describe_cell(cell: str) -> str:
    """Return why a cell is not a number."""
    if not cell.strip():
        return "a number was expected, the field is empty"
    if is_number(cell):
        if math.isfinite(float(cell)):
            return f"a number of at most {FLOAT32_MAX:.1e} was expected, got {quoted(cell)}"
        return f"a finite number was expected, got {quoted(cell)}"
    hint = ""
    if THOUSANDS.fullmatch(cell):
        hint = f"; write {cell.strip().replace(',', '')}"
        if DECIMAL_COMMA.fullmatch(cell):
            hint += f" or {cell.strip().replace(',', '.')}, whichever is meant"
    elif POINTS_IN_THOUSANDS.fullmatch(cell):
        hint = f"; write {cell.strip().replace('.', '').replace(',', '.')}"
    elif is_number(cell.replace(",", ".", 1)):
        hint = "; write a decimal point, not a comma"
    return f"a number was expected, got {quoted(cell)}{hint}"
