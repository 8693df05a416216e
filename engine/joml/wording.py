"""Parts of sentences in messages and notes: texts in quotes, numbers with their noun, and the first of many names."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 40


def quoted(text: str) -> str:
    """Return a text in quotes for a message, a long one cut off.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...")


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun, ``1 check`` or ``1,204 checks``.

    Parameters
    ----------
    count : int
    singular : str
    plural : str, optional
        Default: the singular with an s.

    Returns
    -------
    str
    """
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def list_some(texts: Iterable[str], most: int) -> str:
    """Return the first few texts, separated by commas, with the number of the others: ``a, b and 3 more``.

    Parameters
    ----------
    texts : iterable of str
    most : int
        How many are named.

    Returns
    -------
    str
    """
    every = list(texts)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
