"""The figures of a run's kept weights beside cost and score: of rare classes, and of values in the data's units."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import inf, isnan
from typing import Any

from joml_tui.alignment import align_left
from joml_tui.runs.run_record import PARTS, ClassResult, Part, RunRecord

#: Most classes with a line each; of more, those of the lowest recall have one.
_MOST_CLASSES = 12
_LOWEST_CLASSES = 5
_LONGEST_NAME = 24
#: The figures of each part by their names in JSON, with their names in text.
_OF_CLASSES = {"balanced_accuracy": "balanced accuracy", "average_precision": "average precision"}
_OF_VALUES = {"root_mean_squared_error": "root mean squared error", "mean_absolute_error": "mean absolute error"}


def figure_lines(record: RunRecord, class_names: Sequence[str] = (), without: Collection[str] = ()) -> list[str]:
    """Return lines on the figures of each part, and a table of the classes on the test part.

    Parameters
    ----------
    record : RunRecord
    class_names : sequence of str
        The classes in their order; by default they are numbered.
    without : collection of str
        Figures that are written elsewhere, such as "mean_absolute_error".

    Returns
    -------
    list of str
        Empty before the end of a run, and for runs recorded by earlier versions.
    """
    return [*_lines_of_parts(record, without), *_class_table(record, class_names)]


def figure_document(record: RunRecord, class_names: Sequence[str] = ()) -> dict[str, Any]:
    """Return the same figures as plain values: those of each part by its name, and those of each class.

    Parameters
    ----------
    record : RunRecord
    class_names : sequence of str
        As in `figure_lines`.

    Returns
    -------
    dict
        Keys such as "test_balanced_accuracy", and "classes" with recall and precision of each on the test part.
    """
    names = _OF_VALUES if record.task == "regression" else _OF_CLASSES if record.task == "classes" else {}
    figures: dict[str, Any] = {f"{part}_{name}": _value(record, part, name) for name in names for part in PARTS}
    if record.task == "classes":
        result = record.result("test", "classes")
        figures["classes"] = [
            {"name": name, "recall": _or_none(recall), "precision": _or_none(precision)}
            for name, recall, precision in _each_class(result, class_names)
        ]
    return figures


def _lines_of_parts(record: RunRecord, without: Collection[str]) -> Iterator[str]:
    for name, title in (_OF_VALUES if record.task == "regression" else _OF_CLASSES).items():
        if name in without or f"test_{name}" in record.metrics:  # a metric of the experiment has a line
            continue
        values = {part: _value(record, part, name) for part in PARTS if record.result(part, "samples") is not None}
        if any(value is not None for value in values.values()):
            unit = ", in the data's units" if record.task == "regression" else ""
            write = _written_in_units if record.task == "regression" else _written
            measured = ", ".join(f"{part} {write(value)}" for part, value in values.items())
            yield f"{title}: {measured}{unit}"


def _class_table(record: RunRecord, class_names: Sequence[str]) -> Iterator[str]:
    rows = _each_class(record.result("test", "classes"), class_names)
    if not rows:
        return
    head = "test part"
    if len(rows) > _MOST_CLASSES:
        head = f"{_LOWEST_CLASSES} lowest of {len(rows)}"
        rows = sorted(rows, key=lambda row: inf if isnan(row[1]) else row[1])[:_LOWEST_CLASSES]
    names = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name, _, _ in rows]
    wide = max(len(head), *map(len, names))
    yield f"{head.ljust(wide)}  recall  precision"
    for name, (_, recall, precision) in zip(names, rows, strict=True):
        yield f"{align_left(name, wide)}  {_written(recall):>6}  {_written(precision):>9}"


def _each_class(result: ClassResult | None, class_names: Sequence[str]) -> list[tuple[str, float, float]]:
    """Return name, recall and precision of each class."""
    if result is None:
        return []
    names = class_names if len(class_names) == len(result.recalls) else list(map(str, range(len(result.recalls))))
    return list(zip(names, result.recalls, result.precisions, strict=True))


def _value(record: RunRecord, part: Part, name: str) -> float | None:
    """Return a figure of a part; None where there is none or it is not defined."""
    read = record.class_result if name in _OF_CLASSES else record.result
    return _or_none(read(part, name))


def _or_none(value: float | None) -> float | None:
    return None if value is None or isnan(value) else value


def _written(value: float | None) -> str:
    return "-" if value is None or isnan(value) else f"{value:.4f}"


def _written_in_units(value: float | None) -> str:
    return "-" if value is None or isnan(value) else f"{value:.6g}"
