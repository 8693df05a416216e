"""Target columns: the keys that name them, what they hold, and yes and no as 1 and 0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.labels import DECIMAL_COMMA, THOUSANDS, LabelError
from joml.data.number_marks import common_mark
from joml.data.readers.csv_layout import ColumnTask, describe_column, require_columns
from joml.data.tables.cell_meanings import BOOLEANS, missing_cells, present_texts, write_number
from joml.data.tables.raw_table import NUMBER, RawColumn
from joml.task import find_task
from joml.wording import quoted

#: The label column by its name or position, or several of them.
Labels = str | int | tuple[str | int, ...]

# Target columns that a message describes; the others are counted.
_MOST_COLUMNS = 12
# The share of a column's texts above which the others are faults.
_NEARLY_ALL = 0.9
_NEEDED = {"multilabel": "yes or no, or 0 and 1,", "regression": "numbers"}
_TRUE, _FALSE = (frozenset(texts) for texts in zip(*BOOLEANS, strict=True))


@dataclass(frozen=True, slots=True)
class TargetContent:
    """The content of a target column.

    Attributes
    ----------
    kind : {"answers", "numbers", "texts"}
        Of most of its cells: yes and no, also as 0 and 1; numbers; or other texts.
    are_numbers : bool
        Whether most of its cells are numbers, also if these are 0 and 1.
    phrase : str
        Words for a message, such as "numbers such as 3.5".
    """

    kind: Literal["answers", "numbers", "texts"]
    are_numbers: bool
    phrase: str


def label_keys(label: Labels | Sequence[str | int]) -> tuple[str | int, ...]:
    """Return the keys of the label columns, also of a single one.

    Parameters
    ----------
    label : str, int, or sequence of them

    Returns
    -------
    tuple of str or int

    Raises
    ------
    LabelError
        There is none.
    """
    keys = (label,) if isinstance(label, str | int) else tuple(label)
    if not keys:
        raise LabelError("the list of label columns is empty: name at least one, as in label: [a, b]")
    return keys


def label_of_header(label: Labels | Sequence[str | int]) -> str | int:
    """Return the label column that helps to find a header: the first one with a name, or else the first one.

    Parameters
    ----------
    label : str, int, or sequence of them

    Returns
    -------
    str or int
    """
    keys = label_keys(label)
    return next((key for key in keys if isinstance(key, str)), keys[0])


def read_task(task: str, label: Labels | Sequence[str | int]) -> ColumnTask:
    """Return the task under its name here, which fits the number of label columns.

    Parameters
    ----------
    task : str
    label : str, int, or sequence of them

    Returns
    -------
    {"classes", "multilabel", "regression"}

    Raises
    ------
    DatasetError
        There is no such task.
    LabelError
        It needs another number of label columns; the message says what to write.
    """
    named, count = find_task(task), len(label_keys(label))
    if named is None:
        raise DatasetError(f"task: classes, multilabel or regression was expected, got {quoted(task)}")
    if named == "classes" and count > 1:
        raise LabelError(
            f"the task classes takes one label column, and {count} are named: write task: multilabel if each of them "
            "holds yes or no (0 or 1), or task: regression if they hold numbers to predict"
        )
    if named == "multilabel" and count == 1:
        raise LabelError(
            "the task multilabel answers several yes-or-no questions, each from a column of its own, and one label "
            "column is named: name several, as in label: [a, b], or write task: classes for this one"
        )
    return named


def find_labels(
    where: str, label: Labels | Sequence[str | int], find: Callable[[str | int], int], names: tuple[str, ...]
) -> tuple[int, ...]:
    """Return the positions of the label columns, in the order in which they are named.

    Parameters
    ----------
    where : str
        The file, as messages name it.
    label : str, int, or sequence of them
    find : callable
        From the name or position of a column to its position from 0.
    names : tuple of str
        Names of all columns; empty where they have none.

    Returns
    -------
    tuple of int

    Raises
    ------
    LabelError
        There is no such column, or one is named twice.
    """
    try:
        require_columns(f"{where}: label", label_keys(label), names)
    except DatasetError as error:
        raise LabelError(str(error)) from error
    places: list[int] = []
    for key in label_keys(label):
        place = find(key)
        if place in places:
            raise LabelError(f"{where}: label: {describe_column(place, names)} is named twice; leave one of them out")
        places.append(place)
    return tuple(places)


def content_of(column: RawColumn) -> TargetContent:
    """Return the content of a target column, as far as most of its cells show it.

    Parameters
    ----------
    column : RawColumn

    Returns
    -------
    TargetContent
    """
    texts = present_texts(column)
    is_number = column.codes == NUMBER
    numbers = column.numbers[is_number]
    others = int(np.count_nonzero(~is_number & ~missing_cells(column)))
    if others > len(numbers):
        pair = _usual_pair(column, others)
        if pair is not None:
            return TargetContent("answers", False, f"{pair[0]} and {pair[1]}")
        if common_mark(texts) or all(DECIMAL_COMMA.fullmatch(text) or THOUSANDS.fullmatch(text) for text in texts):
            return TargetContent("numbers", True, f"numbers such as {texts[0]}")
        return TargetContent("texts", False, f"texts such as {quoted(texts[0])}")
    if not len(numbers):
        return TargetContent("numbers", True, "no values")
    is_other = (numbers != 0) & (numbers != 1)
    if is_other.any():
        return TargetContent("numbers", True, f"numbers such as {write_number(float(numbers[is_other.argmax()]))}")
    return TargetContent("answers", True, "0 and 1")


def _usual_pair(column: RawColumn, others: int) -> tuple[str, str] | None:
    """Return the texts for yes and no that nearly all of a column's texts are among; None if there are none."""
    counts = np.bincount(column.codes[column.codes != NUMBER], minlength=len(column.texts)).tolist()
    for pair in BOOLEANS:
        among = sum(count for text, count in zip(column.texts, counts, strict=True) if text.lower() in pair)
        if among > _NEARLY_ALL * others:
            return pair
    return None


def require_task(where: str, task: ColumnTask, columns: Mapping[int, RawColumn], names: tuple[str, ...]) -> None:
    """Raise LabelError unless several target columns hold what a task predicts, apart from single cells.

    Parameters
    ----------
    where : str
        The file, as messages name it.
    task : {"multilabel", "regression"}
    columns : mapping of int to RawColumn
        The target columns by their positions.
    names : tuple of str
        Names of all columns; empty where they have none.

    Raises
    ------
    LabelError
        The message describes every column, and says what to write.
    """
    contents = {place: content_of(column) for place, column in columns.items()}
    if _fits(task, contents.values()):
        return
    shown = [f"{describe_column(place, names)} holds {content.phrase}" for place, content in contents.items()]
    more = len(shown) - _MOST_COLUMNS
    described = "; ".join(shown[:_MOST_COLUMNS]) + (f"; and {more:,} more" if more > 0 else "")
    other: ColumnTask = "regression" if task == "multilabel" else "multilabel"
    if _fits(other, contents.values()):
        needed, advice = _NEEDED[task], f"write task: {other} for these"
        raise LabelError(f"{where}: task: {task} needs {needed} in each label column: {described}: {advice}")
    raise LabelError(
        f"{where}: the {len(contents)} label columns do not go together: {described}: name columns that all hold yes "
        "or no (task: multilabel) or that all hold numbers (task: regression), or one column of classes"
    )


def _fits(task: ColumnTask, contents: Iterable[TargetContent]) -> bool:
    """Return whether target columns hold what a task of several targets predicts."""
    return all(content.kind == "answers" if task == "multilabel" else content.are_numbers for content in contents)


def answers_of(column: RawColumn) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return 1 for yes and 0 for no in the cells of a column, and the cells that are neither nor missing.

    Parameters
    ----------
    column : RawColumn

    Returns
    -------
    answers : ndarray of float64, shape (rows,)
        nan where a cell is neither.
    faulty : ndarray of bool, shape (rows,)
    """
    of_texts = np.array([*map(_answer_of, column.texts), np.nan])
    answers = np.where(column.codes == NUMBER, column.numbers, of_texts[column.codes])
    answers[(answers != 0) & (answers != 1)] = np.nan
    return answers, np.isnan(answers) & ~missing_cells(column)


def _answer_of(text: str) -> float:
    lower = text.lower()
    return 1.0 if lower in _TRUE else 0.0 if lower in _FALSE else np.nan
