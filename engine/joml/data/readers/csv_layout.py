"""The layout of a delimited text file: the use of its columns, and their names in messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args

import numpy as np

from joml.data.dataset_error import DatasetError
from joml.data.labels import LabelError
from joml.data.readers.csv_format import FileFormat
from joml.data.readers.text_file import AUTO, DecimalMark, TextFile
from joml.wording import list_some, quoted

#: Content of the label columns: labels of one, yes or no in several (multilabel), or numbers to predict (regression).
ColumnTask = Literal["classes", "multilabel", "regression"]

#: The largest number in single precision, which the engine uses.
FLOAT32_MAX = float(np.finfo(np.float32).max)
#: The meaning of commas in a column of numbers: 1,200 is 1200, or 1,2 is 1.2; or 1.200,5 is 1200.5.
CommaStyle = Literal["thousands", "decimal", "points"]


def stated_commas(text: TextFile) -> Literal["decimal", "thousands"] | None:
    """Return what commas in the numbers of a text are by the user's setting; None if it is to be found.

    Parameters
    ----------
    text : TextFile

    Returns
    -------
    "decimal", "thousands" or None

    Raises
    ------
    DatasetError
        The setting is none.
    """
    mark = AUTO if text.dialect is None else str(text.dialect.decimal).lower()
    if mark not in get_args(DecimalMark):
        raise DatasetError(f"decimal: auto, comma or point was expected, got {quoted(mark)}")
    return {"comma": "decimal", "point": "thousands"}.get(mark)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a file's columns.

    Attributes
    ----------
    format : FileFormat
    label : int
        Position of the label column, 0 or more; -1 where there is none.
    task : {"classes", "multilabel", "regression"}
        Content of the label columns.
    left_out : tuple of int
        Positions of columns that are not read, in order.
    empty : tuple of int
        Positions of left-out columns with neither a name nor values.
    commas : mapping of int to str
        The meaning of commas, "thousands", "decimal", or "points" where points separate thousands, by the position of
        the column.
    can_ignore : bool
        Whether messages may advise to leave columns out with `ignore`.
    can_lack : bool
        Whether messages may advise to take columns out of the file: not where all of them are needed.
    more_labels : tuple of int
        Positions of further label columns.
    """

    format: FileFormat
    label: int = -1
    task: ColumnTask = "regression"
    left_out: tuple[int, ...] = ()
    empty: tuple[int, ...] = ()
    commas: Mapping[int, CommaStyle] = field(default_factory=dict)
    can_ignore: bool = False
    can_lack: bool = True
    more_labels: tuple[int, ...] = ()

    @property
    def targets(self) -> tuple[int, ...]:
        """Positions of all label columns, in the order in which they are named."""
        return (self.label, *self.more_labels) if self.label >= 0 else ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.format.width

    @property
    def features(self) -> tuple[int, ...]:
        """Positions of the feature columns."""
        others = (*self.targets, *self.left_out)
        return tuple(place for place in range(self.width) if place not in others)

    @property
    def labels(self) -> tuple[int, ...]:
        """The position of the label column if it holds classes."""
        return (self.label,) if self.label >= 0 and self.task == "classes" else ()

    @property
    def numeric(self) -> tuple[int, ...]:
        """Positions of the columns of numbers, with those of the labels if they hold values."""
        return tuple(sorted((*self.features, *self.targets))) if self.task == "regression" else self.features

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the feature columns; empty without a header."""
        names = self.format.names
        return tuple(names[place] for place in self.features) if names else ()

    def column(self, position: int) -> str:
        """Return the number of the column at a position, counted from 1, and its name, for a message."""
        return describe_column(position, self.format.names)

    def to_plain(self, features: Sequence[int]) -> dict[str, Any]:
        """Return the facts needed to read other files in the same way, as values that JSON can write.

        Parameters
        ----------
        features : sequence of int
            Positions of the columns that became features.

        Returns
        -------
        dict
        """
        plain = {"format": self.format.to_plain(), "feature_positions": list(features), "label_position": self.label}
        if self.more_labels:
            plain["label_positions"] = list(self.targets)
        commas = [self.commas.get(place, "") for place in features]
        return plain | ({"feature_commas": commas} if any(commas) else {})


def with_commas_of_rows(layout: Layout, whole: Collection[int]) -> Layout:
    """Return a layout for reading other rows: where commas are decimal points, also in columns of whole numbers.

    So 1.200 is refused there in rows to predict, and not taken for 1.2.

    Parameters
    ----------
    layout : Layout
    whole : collection of int
        Positions of columns in which all numbers are whole.

    Returns
    -------
    Layout
    """
    if not {"decimal", "points"}.intersection(layout.commas.values()):
        return layout
    others: dict[int, CommaStyle] = {place: "decimal" for place in layout.numeric if place in whole}
    return replace(layout, commas={**others, **layout.commas})


def describe_column(position: int, names: tuple[str, ...]) -> str:
    """Return the number of the column at a position, counted from 1, and its name out of all names, for a message."""
    name = f" ({quoted(names[position])})" if names and names[position] else ""
    return f"column {position + 1}{name}"


def describe_commas(layout: Layout) -> tuple[str, ...]:
    """Return notes on how the commas in numbers are read.

    Parameters
    ----------
    layout : Layout
        As the file was read.

    Returns
    -------
    tuple of str
        One sentence for each meaning, with its columns.
    """
    meanings = {
        "thousands": "thousands separators, as in 1,200 for 1200",
        "decimal": "decimal points, as in 1,5 for 1.5",
    }
    notes = []
    columns = ", ".join(layout.column(place) for place in sorted(layout.commas) if layout.commas[place] == "points")
    if columns:
        notes.append(f"{columns}: points are read as thousands separators, as in 1.200,5 for 1200.5")
    for style, meaning in meanings.items():
        columns = ", ".join(layout.column(place) for place in sorted(layout.commas) if layout.commas[place] == style)
        if columns:
            notes.append(f"{columns}: commas are read as {meaning}")
    return tuple(notes)


def describe_repeated_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return notes on names that several columns have.

    Parameters
    ----------
    names : tuple of str
        Of all columns.

    Returns
    -------
    tuple of str
        One sentence for each name, up to ten.
    """
    places: dict[str, list[str]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(str(place))
    repeated = [(name, each) for name, each in places.items() if name and len(each) > 1]
    notes = [
        f"{len(each):,} columns are named {quoted(name)}; settings name them by position, from 0: "
        f"{', '.join(each[:10])}{', ...' if len(each) > 10 else ''}"
        for name, each in repeated[:10]
    ]
    if len(repeated) > 10:
        notes.append(f"{len(repeated) - 10:,} more names stand above several columns")
    return tuple(notes)


def find_column(where: str, name: str, names: tuple[str, ...], what: str = "the label's position") -> int:
    """Return the position of the column with a name.

    Parameters
    ----------
    where : str
        The file, as messages name it.
    name : str
    names : tuple of str
        Of all columns.
    what : str, optional
        Advice where several columns have the name.

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


def require_columns(where: str, wanted: Iterable[object], names: Sequence[str]) -> None:
    """Raise an error that names all missing columns if there are several; one alone is left to `find_column`.

    Parameters
    ----------
    where : str
        The table or the setting, as messages name it.
    wanted : iterable
        Names of columns that are needed; positions among them are passed over.
    names : sequence of str
        The columns of the table; nothing is checked if they have no names.

    Raises
    ------
    DatasetError
        Several columns are missing.
    """
    keys = dict.fromkeys(key for key in wanted if isinstance(key, str))
    missing = tuple(key for key in keys if key not in names and key.strip() not in names)
    if not names or len(missing) < 2:
        return
    there = f"; the columns are {listed(names)}" if len(missing) == len(keys) else ""
    raise DatasetError(f"{where}: {len(missing):,} columns are missing: {listed(missing)}{there}")


def listed(names: Sequence[str]) -> str:
    """Return the first ten names as text for a message."""
    return list_some(map(quoted, names), 10)


def write_key(position: int, names: tuple[str, ...]) -> str:
    """Return a column as an entry of a YAML list: its name if that is unique among ``names``, else its position."""
    name = names[position] if names else ""
    if not name or names.count(name) > 1:
        return str(position)
    letters = name.replace("_", "").replace("-", "")
    is_plain = name.isascii() and letters.isalnum() and name[0].isalpha()
    is_reserved = name.lower() in ("yes", "no", "on", "off", "true", "false", "null", "y", "n")
    return name if is_plain and not is_reserved else "'" + name.replace("'", "''") + "'"
