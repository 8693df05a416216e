"""The columns of a file that decide a split: the order of its samples, or the groups that stay together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.split import FILE_ORDER, Parts, Split, parts_of
from joml.data.tables.cell_meanings import is_missing
from joml.data.tables.dates import find_order, parse_date
from joml.wording import counted

if TYPE_CHECKING:
    from joml.data.readers.file_samples import FileSamples


class TextColumn(NamedTuple):
    """The cells of a column as texts.

    Attributes
    ----------
    codes : ndarray of int, shape (rows,)
        The place of each row's text in `texts`.
    texts : tuple of str
        The distinct texts, without blanks around them; "" is an empty cell.
    """

    codes: NDArray[np.intp]
    texts: tuple[str, ...]


def encode_texts(cells: Iterable[str]) -> TextColumn:
    """Return the cells of a column as their distinct texts and the place of each."""
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(cell.strip(), len(places)) for cell in cells], np.intp)
    return TextColumn(codes, tuple(places))


def with_split_column(
    samples: FileSamples, split: Split, read: Callable[[str | int], Iterable[TextColumn]]
) -> FileSamples:
    """Return the samples with the order or the groups that a split needs.

    Parameters
    ----------
    samples : FileSamples
    split : Split
    read : callable
        From the name or position of a column to its cells: of the file, and then of the file of the test part, if
        there is one. It is called only if the split names a column.

    Returns
    -------
    FileSamples

    Raises
    ------
    DatasetError
        There is no such column, or cells of it are missing or have another form; the message counts them.
    """
    if split.column is None:
        return samples
    setting = "split.group" if split.group is not None else "split.by"
    try:
        column = _joined(list(read(split.column)))
    except DatasetError as error:
        raise DatasetError(f"{setting}: {error}") from error
    rows = np.arange(len(column.codes)) if samples.rows is None else samples.rows
    used, codes = np.unique(column.codes[rows], return_inverse=True)
    texts = tuple(column.texts[code] for code in used.tolist())  # those of left-out rows do not count
    if len(codes) != len(samples.y):
        raise DatasetError(f"{setting}: column {split.column!r} has {len(codes):,} rows, the data {len(samples.y):,}")
    where = f"{setting}: column {split.column!r}"
    _require_filled(where, codes, texts, rows)
    if split.group is not None:
        return replace(samples, groups=codes)
    numbers, notes = _numbers_of(where, codes, texts, rows)
    return replace(samples, order=numbers[codes], notes=(*samples.notes, *notes))


def divide(samples: FileSamples, split: Split, seed: int, classes: NDArray[Any] | None) -> Parts:
    """Divide the samples of files into parts.

    Parameters
    ----------
    samples : FileSamples
    split : Split
    seed : int
    classes : ndarray of int, shape (samples,), or None
        As in ``joml.data.split.parts_of``.

    Returns
    -------
    Parts

    Raises
    ------
    DatasetError
        As in ``joml.data.split.parts_of``, or the split names a column and the data have none.
    """
    if split.by not in (None, FILE_ORDER) and samples.order is None:
        raise DatasetError(
            f"split.by: {split.by!r} names a column, which only csv and table files have: by: {FILE_ORDER} takes the "
            "samples in their order"
        )
    if split.group is not None and samples.groups is None:
        raise DatasetError(f"split.group: {split.group!r} names a column, which only csv and table files have")
    return parts_of(
        len(samples.y),
        split,
        seed,
        classes=classes,
        test_samples=samples.test_samples,
        order=samples.order,
        groups=samples.groups,
    )


def describe_split(samples: FileSamples, split: Split, parts: Parts) -> Iterator[str]:
    """Yield notes on a split by order or by groups, and on training samples that are not used.

    Parameters
    ----------
    samples : FileSamples
    split : Split
    parts : Parts

    Yields
    ------
    str
        One sentence each.
    """
    if split.by is not None and samples.test_samples is None:
        what = "the order of the file" if split.by == FILE_ORDER else repr(split.by)
        train, test = len(parts.train), len(parts.test)
        yield f"split by {what}: the {train:,} samples for training come before the {test:,} for the test"
    if samples.groups is not None and split.group is not None:
        counts = [len(np.unique(samples.groups[part])) for part in parts]
        shared = np.intersect1d(samples.groups[parts.train], samples.groups[parts.test])
        validation = f"{counts[1]:,} for the validation, " if counts[1] else ""
        first = counted(counts[0], "group")
        yield f"split by {split.group!r}: {first} for training, {validation}{counts[2]:,} for the test"
        if len(shared):
            groups = counted(len(shared), "group of", "groups of")
            are = "is" if len(shared) == 1 else "are"
            yield f"{groups} {split.group!r} {are} in the training part and in the files' own test part"
        if any(name.split("=")[0] == split.group for name in samples.feature_names):
            yield f"{split.group!r} decides the split and is a feature too: ignore: [{split.group}] leaves it out"
    if split.train_samples is not None:
        unused = len(samples.y) - sum(map(len, parts))
        yield f"{len(parts.train):,} training samples are used, {unused:,} are not: split.train_samples says so"


def _joined(columns: list[TextColumn]) -> TextColumn:
    """Return the rows of several columns as one."""
    if len(columns) == 1:
        return columns[0]
    places: dict[str, int] = {}
    codes = [
        np.array([places.setdefault(text, len(places)) for text in column.texts], np.intp)[column.codes]
        for column in columns
    ]
    return TextColumn(np.concatenate(codes), tuple(places))


def _require_filled(where: str, codes: NDArray[np.intp], texts: tuple[str, ...], rows: NDArray[np.intp]) -> None:
    missing = np.array([is_missing(text) for text in texts], np.bool_)[codes]
    if missing.any():
        count = int(missing.sum())
        cells = counted(count, "cell is", "cells are")
        raise DatasetError(
            f"{where}: {cells} missing, the first in row {rows[missing.argmax()] + 1:,} of data: fill them"
        )


def _numbers_of(
    where: str, codes: NDArray[np.intp], texts: tuple[str, ...], rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return a number for each text by which the samples are ordered, its value or seconds since 1970, and notes."""
    notes: tuple[str, ...] = ()
    numbers = np.array([_number(text) for text in texts])
    if np.isnan(numbers).any():
        order = find_order(texts)
        numbers = np.array([_seconds(text, order.day_first) for text in texts])
        if order.is_ambiguous:
            first = "day" if order.day_first else "month"
            notes = (f"{where}: dates such as {texts[0]!r} are ordered with the {first} first; 2021-03-04 is certain",)
    wrong = np.flatnonzero(np.isnan(numbers)[codes])
    if len(wrong):
        cell, row = texts[codes[wrong[0]]], rows[wrong[0]] + 1
        count = counted(len(wrong), "row")
        raise DatasetError(
            f"{where}: {cell!r} in row {row:,} of data does not order the samples, as in {count}: numbers, or dates "
            "such as 2021-03-04 or 2021-03-04 12:30, are needed"
        )
    return numbers, notes


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _seconds(text: str, day_first: bool) -> float:
    """Return the seconds since 1970 of a date or time; without a zone it is in UTC, and nan where it is none."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return parse_date(text, day_first)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
