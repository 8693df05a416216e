"""The figures of a run's kept weights beside cost and score: of rare classes, of answers, and of values in their units.

Several answers or values have a line each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from math import inf, isnan
from typing import Any

from joml.task import Task
from joml_tui.alignment import align_left
from joml_tui.names import metric_title
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.run_record import PARTS, Part, RunRecord

#: Most classes with a line each; of more, those of the lowest recall have one.
_MOST_CLASSES = 12
_LOWEST_CLASSES = 5
_LONGEST_NAME = 24
#: Most values with a phrase each.
_MOST_PHRASES = 6
#: The figures of a value in phrases, in the order of its columns.
_SHORT_NAMES = ("R2", "RMSE", "MAE")
#: The figures of each part by their names in JSON, with their names in text.
_OF_CLASSES = {name: metric_title(name) for name in ("balanced_accuracy", "average_precision")}
_OF_ANSWERS = {name: metric_title(name) for name in ("average_precision",)}
_OF_VALUES = {name: metric_title(name) for name in ("root_mean_squared_error", "mean_absolute_error")}


def figure_lines(record: RunRecord, class_names: Sequence[str] = (), without: Collection[str] = ()) -> list[str]:
    """Return lines on the figures of each part, and a table of the classes, answers or values on the test part.

    Parameters
    ----------
    record : RunRecord
    class_names : sequence of str
        The classes, answers or values in their order; by default they are numbered.
    without : collection of str
        Figures that are written elsewhere, such as "mean_absolute_error".

    Returns
    -------
    list of str
        Empty before the end of a run, and for runs recorded by earlier versions.
    """
    return [*_lines_of_parts(record, without), *_table_of_outputs(record, class_names)]


def figure_document(record: RunRecord, class_names: Sequence[str] = ()) -> dict[str, Any]:
    """Return the same figures as plain values: those of each part by its name, and those of each output.

    Parameters
    ----------
    record : RunRecord
    class_names : sequence of str
        As in `figure_lines`.

    Returns
    -------
    dict
        Keys such as "test_balanced_accuracy", and "classes", "answers" or "values" with the figures of each on the
        test part; several values have them, and a single one has none.
    """
    figures: dict[str, Any] = {
        f"{part}_{name}": _value(record, part, name) for name in _OF[record.task] for part in PARTS
    }
    key, names = _EACH[record.task]
    figures[key] = [
        {"name": title, **{name: _or_none(row.get(name)) for name in names}}
        for title, row in _each_output(record, class_names)
    ]
    return figures


def value_phrases(record: RunRecord, names: Sequence[str] = ()) -> list[str]:
    """Return a phrase on the errors of each of several values on the test part, in the data's units.

    Parameters
    ----------
    record : RunRecord
    names : sequence of str
        As in `figure_lines`.

    Returns
    -------
    list of str
        Such as "price: R2 0.9134, RMSE 142.46, MAE 116.5", and of many values how many more there are. Empty for a
        single value, for other tasks, and before the end of a run.
    """
    if record.task != "regression":
        return []
    rows = _each_output(record, names)
    columns = zip(_SHORT_NAMES, _COLUMNS[record.task].items(), strict=True)
    writers = [(short, name, write) for short, (name, (_, write)) in columns]
    phrases = [
        f"{name}: {', '.join(f'{short} {write(figures.get(figure))}' for short, figure, write in writers)}"
        for name, figures in rows[:_MOST_PHRASES]
    ]
    more = len(rows) - len(phrases)
    return [*phrases, f"{more} more"] if more else phrases


def _lines_of_parts(record: RunRecord, without: Collection[str]) -> Iterator[str]:
    for name, title in _OF[record.task].items():
        # A metric of the experiment has a line.
        if name in without or not {f"test_{name}", f"test_answers_{name}"}.isdisjoint(record.metrics):
            continue
        values = {part: _value(record, part, name) for part in PARTS if record.result(part, "samples") is not None}
        if any(value is not None for value in values.values()):
            unit = ", in the data's units" if record.task == "regression" else ""
            write = written_in_units if record.task == "regression" else format_figure
            measured = ", ".join(f"{part} {write(value)}" for part, value in values.items())
            yield f"{title}: {measured}{unit}"


def _table_of_outputs(record: RunRecord, class_names: Sequence[str]) -> Iterator[str]:
    rows = _each_output(record, class_names)
    if not rows:
        return
    head, columns = "test part", _COLUMNS[record.task]
    if len(rows) > _MOST_CLASSES:
        first = next(iter(columns))
        head = f"{_LOWEST_CLASSES} lowest of {len(rows)}"
        rows = sorted(rows, key=lambda row: _or_infinite(row[1].get(first)))[:_LOWEST_CLASSES]
    names = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name, _ in rows]
    wide = max(len(head), *map(len, names))
    cells = {
        title: [write(figures.get(name)) for _, figures in rows]
        for name, (title, write) in columns.items()
        if any(name in figures for _, figures in rows)
    }
    widths = {title: max(len(title), *map(len, column)) for title, column in cells.items()}
    yield "  ".join([head.ljust(wide), *(title.rjust(widths[title]) for title in cells)])
    for place, name in enumerate(names):
        yield "  ".join([align_left(name, wide), *(cells[title][place].rjust(widths[title]) for title in cells)])


def _each_output(record: RunRecord, class_names: Sequence[str]) -> list[tuple[str, dict[str, float]]]:
    """Return the name of each class, answer or value with its figures on the test part."""
    attribute, figures = _EACH[record.task]
    result = record.result("test", attribute)
    columns = {name: getattr(result, plural) for name, plural in figures.items()} if result is not None else {}
    count = max(map(len, columns.values()), default=0)
    names = class_names if len(class_names) == count else [_numbered(record.task, place) for place in range(count)]
    measured = {name: values for name, values in columns.items() if len(values) == count}
    return [
        (title, {name: values[place] for name, values in measured.items()})
        for place, title in enumerate(names if count else ())
    ]


def _numbered(task: Task, place: int) -> str:
    return str(place) if task == "classes" else f"y{place + 1}"


def _value(record: RunRecord, part: Part, name: str) -> float | None:
    """Return a figure of a part; None where there is none or it is not defined."""
    if name == "average_precision":
        return _or_none(record.average_precision(part))
    read = record.class_result if name in _OF_CLASSES else record.result
    return _or_none(read(part, name))


def _or_none(value: float | None) -> float | None:
    return None if value is None or isnan(value) else value


def _or_infinite(value: float | None) -> float:
    return inf if value is None or isnan(value) else value


def written_in_units(value: float | None) -> str:
    """Return an error in the units of the data with six digits; a hyphen if there is none."""
    return "-" if value is None or isnan(value) else f"{value:.6g}"


def four_digits(value: float) -> str:
    """Return a finite or infinite number with four significant digits, without an exponent where it is usual.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
        Such as "13710" for 13711.9, and "0.01235".
    """
    return f"{float(f'{value:.4g}'):.15g}" if 1e-5 <= abs(value) < 1e15 else f"{value:.4g}"


#: The figures of each part by task.
_OF: dict[Task, dict[str, str]] = {"classes": _OF_CLASSES, "multilabel": _OF_ANSWERS, "regression": _OF_VALUES}
#: The results of each output by task: their attribute, and their figures with the attributes that hold them.
_EACH: dict[Task, tuple[str, dict[str, str]]] = {
    "classes": ("classes", {"recall": "recalls", "precision": "precisions"}),
    "multilabel": (
        "answers",
        {
            "right": "rights",
            "recall": "recalls",
            "precision": "precisions",
            "average_precision": "average_precisions",
        },
    ),
    "regression": (
        "values",
        {
            "r2": "r2s",
            "root_mean_squared_error": "root_mean_squared_errors",
            "mean_absolute_error": "mean_absolute_errors",
        },
    ),
}
#: The columns of the table of outputs by task: their titles, and the writing of their figures.
_COLUMNS: dict[Task, dict[str, tuple[str, Callable[[float | None], str]]]] = {
    "classes": {"recall": ("recall", format_figure), "precision": ("precision", format_figure)},
    "multilabel": {
        "right": ("right", format_figure),
        "recall": ("recall", format_figure),
        "precision": ("precision", format_figure),
        "average_precision": ("average precision", format_figure),
    },
    "regression": {
        "r2": ("R2", format_figure),
        "root_mean_squared_error": ("root mean squared error", written_in_units),
        "mean_absolute_error": ("mean absolute error", written_in_units),
    },
}
