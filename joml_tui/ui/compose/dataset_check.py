"""Checks of a composed experiment's data set: its description and its problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from joml_tui.experiment import (
    DatasetShape,
    DatasetSpec,
    Experiment,
    Problem,
    looks_at_validation,
    part_sizes_of,
    problems,
)
from joml_tui.ui.actions import key_of
from joml_tui.ui.columns.column_uses import has_columns
from joml_tui.ui.data_files.background_reading import BackgroundReading, ReadingStoppedError

P = ParamSpec("P")
R = TypeVar("R")


class FaultyReaderError(Exception):
    """A data set's reader raised an unexpected error."""


async def ask_reader(reading: BackgroundReading, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return a function's result on a data set from a thread; unexpected errors become FaultyReaderError.

    Raises
    ------
    FaultyReaderError
    ReadingStoppedError
        The reading was stopped.
    """
    try:
        return await reading.read(function, *args, **kwargs)
    except ReadingStoppedError:
        raise
    except Exception as error:
        raise FaultyReaderError(f"cannot be read: {type(error).__name__}: {error}") from error


def dataset_problems(spec: DatasetSpec) -> list[Problem]:
    """Return the problems of a data set alone."""
    return [problem for problem in problems(Experiment(dataset=spec)) if problem.field.startswith("dataset")]


def describe_dataset_shape(shape: DatasetShape, experiment: Experiment | None) -> str:
    """Return the sizes of a data set as text, with its parts if there is a validation part."""
    place = key_of("columns") if experiment is not None and has_columns(experiment.dataset) else "explain"
    notes = _shorten_notes(shape.notes, place)
    if experiment is not None and looks_at_validation(experiment):
        try:
            sizes = part_sizes_of(experiment, shape)
        except ValueError:  # shown at the entry where it can be fixed
            sizes = None
        if sizes is not None and sizes.validation:
            parts = f"{sizes.train:,} train, {sizes.validation:,} validation, {sizes.test:,} test"
            return " · ".join((parts, *notes))
    return " · ".join((f"{shape.samples:,} samples", shape.outputs, *notes))


def _shorten_notes(notes: tuple[str, ...], place: str) -> tuple[str, ...]:
    """Return the first note on a data set, and the place of the others, as the area is narrow."""
    more = len(notes) - 1
    return notes if more < 1 else (notes[0], f"{more:,} more note{'s' if more > 1 else ''}: {place} has all")
