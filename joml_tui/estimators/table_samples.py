"""Tables as people have them, with categories, dates and gaps, as the samples of an estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array
from joml.data.dataset_error import DatasetError
from joml.data.preparation_record import Preparation
from joml.data.prepared_parts import scale_parts
from joml.data.prepared_rows import feature_columns, frame_features, named_places
from joml.data.readers.columns import find_ignored, find_settings
from joml.data.readers.file_samples import FileSamples
from joml.data.split import Parts, Split
from joml.data.tables.column_kinds import ColumnSettings, MissingRule
from joml.data.tables.encoding import names_of_features
from joml.data.tables.frame_table import frame_names, is_frame, raw_table_of
from joml.data.tables.leaks import describe_leaks
from joml.data.tables.mixed_samples import MixedTable, mixed_features
from joml.task import Task

#: The table and the target, as messages name them.
_TABLE, _TARGET = "X", "y"


@dataclass(frozen=True, slots=True)
class TableRules:
    """A user's settings of the columns of a table.

    Attributes
    ----------
    columns : mapping, optional
        Kinds of columns, by name or position.
    ignore : sequence of str or int, optional
        Columns that are not features.
    missing : {"fill", "error"}
        Whether missing cells are filled, or refused.
    terms : tuple of str, optional
        The network's inputs as terms of the scaled features; empty for the features themselves.
    """

    columns: ColumnSettings | None = None
    ignore: Sequence[str | int] | None = None
    missing: MissingRule = "fill"
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TableTarget:
    """The targets of a table's rows.

    Attributes
    ----------
    y : ndarray
        The place of each row's class in `names`, int, shape (rows,); or the values, float64, shape (rows, outputs).
    names : tuple of str
        The classes' or values' names.
    task : {"classes", "regression"}
    """

    y: NDArray[Any]
    names: tuple[str, ...]
    task: Task


@dataclass(frozen=True, slots=True, eq=False)
class TableSamples:
    """The samples of a table, encoded and scaled by those that are trained on, with samples as columns.

    Attributes
    ----------
    x, y, x_validation, y_validation : ndarray of float32
        As in `joml.Dataset`.
    preparation : Preparation
        How the columns become features, and the values outputs.
    positions : tuple of int
        The positions of the columns that became features.
    left_out : tuple of str
        Names of the columns that did not, except those that the user left out.
    """

    x: Array
    y: Array
    x_validation: Array
    y_validation: Array
    preparation: Preparation
    positions: tuple[int, ...]
    left_out: tuple[str, ...]


def needs_encoding(X: Any, rules: TableRules) -> bool:
    """Return whether samples are read as a table of mixed columns, as they are not plain numbers.

    They are if the user has settings for their columns, or if a data frame, an array of objects or rows of cells hold
    something else than numbers.

    Parameters
    ----------
    X : data frame, array or nested sequence
    rules : TableRules

    Returns
    -------
    bool

    Raises
    ------
    DatasetError
        A data frame has no columns.
    """
    if is_frame(X) and not width_of(X):
        raise DatasetError(f"{_TABLE} has no columns, and at least one is needed")
    if rules.columns is not None or rules.ignore is not None:
        return True
    if hasattr(X, "tocsr"):
        return False
    if is_frame(X):
        return _has_times(X) or not _are_numbers(X)
    try:
        cells = X if isinstance(X, np.ndarray) else np.array(X, object)
    except (ValueError, TypeError):  # rows of different lengths
        return False
    return cells.ndim == 2 and cells.dtype.kind in "OUST" and not _are_numbers(cells)


def table_samples(
    X: Any, target: TableTarget, rules: TableRules, parts: tuple[NDArray[np.intp], NDArray[np.intp]], seed: int
) -> TableSamples:
    """Return the samples of a table, by the same rules as those of a file.

    Parameters
    ----------
    X : data frame, array or nested sequence
    target : TableTarget
    rules : TableRules
    parts : two arrays of int
        The rows to train on, and those set aside.
    seed : int
        The seed that drew them, for the record.

    Returns
    -------
    TableSamples

    Raises
    ------
    DatasetError
        A setting names no column, cells cannot be read, or no feature remains.
    """
    names, width = frame_names(X), width_of(X)
    left_out = find_ignored(_TABLE, rules.ignore, names, width, ())
    settings = find_settings(_TABLE, rules.columns, names, width, ())
    as_text = {place for place, setting in settings.items() if setting.kind == "category"}
    raw = raw_table_of(_TABLE, X, as_text, set(range(width)) - set(left_out))
    mixed = MixedTable(
        _TABLE,
        raw,
        (),
        "classes",
        left_out,
        settings,
        rules.missing,
        leaves_index_out=rules.ignore is None,
        unclear_commas="thousands",  # as in files of typed columns
    )
    features = mixed_features(mixed)
    columns = dict(zip(features.positions, features.table.columns, strict=True))
    all_names = (*(names or ("",) * width), _TARGET)
    targets = [target.y] if target.y.ndim == 1 else list(target.y.T)
    leaks = dict.fromkeys(note for y in targets for note in describe_leaks(columns, all_names, width, y))
    samples = FileSamples(
        np.empty((raw.rows, 0)),
        target.y,
        target.names,
        None,
        target.task,
        names_of_features(features.encoders),
        name=_TABLE,
        notes=(*features.notes, *leaks),
        table=features.table,
        encoders=features.encoders,
    )
    fields = scale_parts(samples, Split(), Parts(*parts, np.empty(0, np.intp)), seed, True, True)
    preparation = replace(
        fields["preparation"], file_format={"feature_positions": list(features.positions)}, terms=rules.terms
    )
    kept = {*features.positions, *left_out, *(place for place, each in settings.items() if each.kind == "ignore")}
    return TableSamples(
        preparation.inputs_from(fields["x_train"]),
        fields["y_train"],
        preparation.inputs_from(fields["x_validation"]),
        fields["y_validation"],
        preparation,
        features.positions,
        tuple(mixed.short_name(place) for place in range(width) if place not in kept),
    )


def table_inputs(X: Any, preparation: Preparation, places: Sequence[int] | None) -> tuple[Array, tuple[str, ...]]:
    """Return the network's inputs for rows of a table, encoded and scaled as in training.

    Parameters
    ----------
    X : data frame, array or nested sequence
    preparation : Preparation
    places : sequence of int, optional
        The positions of the columns that the features come from; by default they are found by their names.

    Returns
    -------
    x : ndarray of float64, shape (features, samples)
    notes : tuple of str
        Remarks on cells that training did not have, one sentence each.

    Raises
    ------
    DatasetError
        Columns are missing, or cells cannot be read.
    """
    if places is None:
        places = named_places(_TABLE, frame_names(X), preparation)
    features, rows = frame_features(_TABLE, X, preparation, places)
    return preparation.scale_x(features).T, rows.notes


def width_of(X: Any) -> int:
    """Return the number of columns of a table.

    Parameters
    ----------
    X : data frame, array or nested sequence

    Returns
    -------
    int

    Raises
    ------
    DatasetError
        It is no table.
    """
    shape = X.shape if hasattr(X, "shape") else np.array(X, object).shape
    if len(shape) != 2:
        raise DatasetError(f"{_TABLE}: rows of cells were expected, a data frame or an array of shape (rows, columns)")
    return int(shape[1])


def wanted_names(preparation: Preparation) -> tuple[str, ...]:
    """Return the names of the columns that a network's features come from; empty where they are only numbered."""
    names = feature_columns(preparation)
    return () if names == tuple(f"x{number}" for number in range(1, len(names) + 1)) else names


def _are_numbers(X: Any) -> bool:
    """Return whether all cells are numbers, or texts of numbers, and none is missing."""
    try:
        numbers = np.asarray(X, np.float64)
    except (TypeError, ValueError):
        return False
    return not np.isnan(numbers).any()


def _has_times(X: Any) -> bool:
    """Return whether a data frame has columns of dates or times, which NumPy would convert to numbers."""
    types = getattr(X, "dtypes", ())
    return any(str(each).lower().startswith(("date", "time", "duration")) for each in types)
