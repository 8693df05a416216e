"""Label columns as a person types them: names or positions, separated by commas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

#: One label column by its name or position, or several of them.
Label = str | int | tuple[str | int, ...]

_POSITION = re.compile(r"-?[0-9]{1,9}")


def split_columns(text: str) -> list[str]:
    """Return the names and positions in a text, without blanks around them; a name that has a comma stands in quotes.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
    """
    try:
        rows = list(csv.reader(io.StringIO(text.strip(), newline=""), skipinitialspace=True))
    except csv.Error:  # a text that is longer than a field may be
        return [text.strip()]
    return [part.strip() for part in (rows[0] if len(rows) == 1 else [text]) if part.strip()]


def read_labels(text: str) -> Label:
    """Return the label columns of a text; a name that has a comma stands in quotes.

    Parameters
    ----------
    text : str
        Such as ``price``, ``a, b``, ``-2, -1`` or ``"width, cm", height``.

    Returns
    -------
    str, int, or tuple of them
        Whole numbers are positions.
    """
    keys = tuple(_key(part) for part in split_columns(text))
    return keys[0] if len(keys) == 1 else keys or text.strip()


def find_labels(label: str | int | Sequence[str | int], names: Sequence[str]) -> Label:
    """Return the label columns that a user names, where a text may name several of them.

    Parameters
    ----------
    label : str, int, or sequence of them
        As the user names them.
    names : sequence of str
        Of all columns: a text that is one of them names this column, whatever is in it.

    Returns
    -------
    str, int, or tuple of them
    """
    if not isinstance(label, str | int):
        keys = tuple(key for each in label for key in _several(find_labels(each, names)))
        return keys[0] if len(keys) == 1 else keys
    if isinstance(label, int):
        return label
    text = label.strip()
    keys = tuple(part if part in names else _key(part) for part in ([text] if text in names else split_columns(text)))
    return keys[0] if len(keys) == 1 else keys or label


def write_labels(label: str | int | Sequence[str | int]) -> str:
    """Return label columns as a text that `read_labels` reads.

    Parameters
    ----------
    label : str, int, or sequence of them

    Returns
    -------
    str
    """
    return ", ".join(_written(str(key)) for key in _several(label))


def _several(label: str | int | Sequence[str | int]) -> tuple[str | int, ...]:
    return (label,) if isinstance(label, str | int) else tuple(label)


def _key(text: str) -> str | int:
    return int(text) if _POSITION.fullmatch(text) else text


def _written(name: str) -> str:
    if "," in name or name.startswith('"'):
        return '"' + name.replace('"', '""') + '"'
    return name
