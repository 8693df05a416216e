"""How the columns of a delimited text file are read, and what messages call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from joml.data.labels import LabelError
from joml.data.readers.csv_format import FileFormat, quoted

#: What a column holds: labels, or numbers to be predicted (regression).
ColumnTask = Literal["classes", "values"]

#: The largest number that an engine of single precision takes.
FLOAT32_MAX = float(np.finfo(np.float32).max)
#: What the commas in a column of numbers are: 1,200 is 1200, or 1,2 is 1.2.
CommaStyle = Literal["thousands", "decimal"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the columns of a file are read.

    Attributes
    ----------
    format : FileFormat
    label : int
        Position of the label column, 0 or more; -1 where there is none.
    task : {"classes", "values"}
        What the label column holds.
    left_out : tuple of int
        Positions of columns that are not read, in order.
    empty : tuple of int
        Those of them that have neither a name nor values.
    commas : mapping of int to str
        By the positions of columns whose numbers have commas: "thousands" or "decimal".
    can_ignore : bool
        Whether `ignore` can name columns to be left out, as far as messages know.
    """

    format: FileFormat
    label: int = -1
    task: ColumnTask = "values"
    left_out: tuple[int, ...] = ()
    empty: tuple[int, ...] = ()
    commas: Mapping[int, CommaStyle] = field(default_factory=dict)
    can_ignore: bool = False

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.format.width

    @property
    def features(self) -> tuple[int, ...]:
        """Positions of the feature columns."""
        return tuple(place for place in range(self.width) if place != self.label and place not in self.left_out)

    @property
    def labels(self) -> tuple[int, ...]:
        """The position of the label column where it holds classes."""
        return (self.label,) if self.label >= 0 and self.task == "classes" else ()

    @property
    def numeric(self) -> tuple[int, ...]:
        """Positions of the columns of numbers, the label's among them where it holds values."""
        has_values = self.label >= 0 and self.task == "values"
        return tuple(sorted((*self.features, self.label))) if has_values else self.features

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the feature columns; empty without a header."""
        names = self.format.names
        return tuple(names[place] for place in self.features) if names else ()

    def column(self, position: int) -> str:
        """Say which column is at a position, counted from 1, with its name."""
        return describe_column(position, self.format.names)

    def to_plain(self, features: Sequence[int]) -> dict[str, Any]:
        """Return what is needed to read other files alike, as values that JSON can write.

        Parameters
        ----------
        features : sequence of int
            Positions of the columns that became features.

        Returns
        -------
        dict
        """
        plain = {"format": self.format.to_plain(), "feature_positions": list(features), "label_position": self.label}
        commas = [self.commas.get(place, "") for place in features]
        return plain | ({"feature_commas": commas} if any(commas) else {})


def describe_column(position: int, names: tuple[str, ...]) -> str:
    """Say which column is at a position, counted from 1, with its name of the names of all columns."""
    name = f" ({quoted(names[position])})" if names and names[position] else ""
    return f"column {position + 1}{name}"


def describe_commas(layout: Layout) -> tuple[str, ...]:
    """Say what the commas in numbers are taken for.

    Parameters
    ----------
    layout : Layout
        As the file was read.

    Returns
    -------
    tuple of str
        A sentence for each meaning, with its columns.
    """
    meanings = {"thousands": "marks of thousands, as in 1,200 for 1200", "decimal": "decimal points, as in 1,5 for 1.5"}
    notes = []
    for style, meaning in meanings.items():
        columns = ", ".join(layout.column(place) for place in sorted(layout.commas) if layout.commas[place] == style)
        if columns:
            notes.append(f"{columns}: commas are taken for {meaning}")
    return tuple(notes)


def find_column(where: str, name: str, names: tuple[str, ...], what: str = "the label's position") -> int:
    """Return the position of the column of a name.

    Parameters
    ----------
    where : str
        The file, as messages name it.
    name : str
    names : tuple of str
        Of all columns.
    what : str, optional
        What to write instead of a name that several columns have.

    Returns
    -------
    int

    Raises
    ------
    LabelError
        There is no such column, or several.
    """
    wanted = name.strip()
    count = names.count(wanted)
    if count == 1:
        return names.index(wanted)
    if count > 1:
        raise LabelError(f"{where}: {count} columns are named {quoted(name)}; give {what}")
    by_lower_case = {each.lower(): each for each in reversed(names)}
    nearest = get_close_matches(wanted.lower(), by_lower_case, n=1)
    hint = f"did you mean {quoted(by_lower_case[nearest[0]])}?" if nearest else f"the columns are {listed(names)}"
    raise LabelError(f"{where}: no column is named {quoted(name)}; {hint}")


def listed(names: tuple[str, ...]) -> str:
    """Write the first ten names for a message."""
    text = ", ".join(quoted(name) for name in names[:10])
    return text if len(names) <= 10 else f"{text} and {len(names) - 10} more"


def write_key(position: int, names: tuple[str, ...]) -> str:
    """Write the column at a position as an entry of a list in YAML: by its own of all names, else by the position."""
    name = names[position] if names else ""
    if not name or names.count(name) > 1:
        return str(position)
    letters = name.replace("_", "").replace("-", "")
    is_plain = name.isascii() and letters.isalnum() and name[0].isalpha()
    is_reserved = name.lower() in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
    return name if is_plain and not is_reserved else "'" + name.replace("'", "''") + "'"
