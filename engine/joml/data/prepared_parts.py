"""The division of samples into parts, scaled by the training part, with a record of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from joml.data.column_scaling import FloatVector, mean_and_deviation, scale_rows, statistics_of
from joml.data.fingerprint import fingerprint_of, fingerprint_of_table
from joml.data.preparation_record import Preparation
from joml.data.row_names import name_features, name_outputs, one_hot
from joml.data.split import PartNames, Parts, Split
from joml.data.split_columns import describe_split, divide
from joml.data.tables.encoding import ColumnEncoder, describe_missing
from joml.wording import list_some

if TYPE_CHECKING:
    from joml.data.readers.file_samples import FileSamples

# A hundredth of a column's range: numbers that are rounded more coarsely have lost their information.
_COARSE = 0.01


def prepare_parts(
    samples: FileSamples, split: Split, seed: int = 0, standardize: bool = False, standardize_y: bool = False
) -> dict[str, Any]:
    """Split samples, and scale them by the training part; return the fields of a `Dataset`.

    Parameters
    ----------
    samples, split, seed, standardize, standardize_y
        As in ``joml.data.preparation.prepare``.

    Returns
    -------
    dict
        The fields by their names.

    Raises
    ------
    DatasetError
        As in `parts_of`.
    """
    classes = _classes(samples) if samples.task == "classes" else None
    return scale_parts(samples, split, divide(samples, split, seed, classes), seed, standardize, standardize_y)


def scale_parts(
    samples: FileSamples,
    split: Split,
    parts: Parts,
    seed: int = 0,
    standardize: bool = False,
    standardize_y: bool = False,
) -> dict[str, Any]:
    """Scale samples by the training part of a division; return the fields of a `Dataset`.

    Parameters
    ----------
    samples, split, seed, standardize, standardize_y
        As in ``joml.data.preparation.prepare``.
    parts : Parts
        The places of the samples of each part; those for validation and test may be empty.

    Returns
    -------
    dict
        The fields by their names.
    """
    classes = _classes(samples) if samples.task == "classes" else None
    features = _plain_features if samples.table is None else _mixed_features
    x = features(samples, parts, standardize)
    scales_y = standardize_y and samples.task == "regression"
    y_mean, y_deviation = mean_and_deviation(samples.y, parts.train) if scales_y else (None, None)
    outputs = len(samples.class_names) if samples.y.ndim == 1 else samples.y.shape[1]
    class_names = name_outputs(samples.class_names, outputs, samples.task)
    notes = (*samples.notes, *describe_missing(x.encoders, len(samples.y)), *describe_split(samples, split, parts))
    notes += (*_notes(class_names, classes, parts, samples.test_samples is not None), *x.notes)
    if samples.task == "regression":
        notes += _describe_lost_digits(samples.y, class_names, "value", "standardize_y", scaled=standardize_y)
    notes += _describe_constants(samples, parts.train, x.is_constant)
    preparation = Preparation(
        name=samples.name,
        task=samples.task,
        class_names=class_names,
        feature_names=x.names,
        split=split,
        seed=seed,
        train_size=len(parts.train),
        validation_size=len(parts.validation),
        test_size=len(parts.test),
        x_mean=x.mean,
        x_deviation=x.deviation,
        y_mean=y_mean,
        y_deviation=y_deviation,
        x_fingerprint=x.fingerprint,
        y_fingerprint=fingerprint_of(samples.y),
        file_format=samples.file_format,
        notes=notes,
        unused_size=len(samples.y) - sum(map(len, parts)),
        columns=x.encoders,
        image_shape=samples.image_shape,
    )
    x_train, x_validation, x_test = (part.T for part in x.parts)
    y_train, y_validation, y_test = (_targets_of(samples, part, y_mean, y_deviation) for part in parts)
    return {
        "x_train": x_train,
        "y_train": y_train,
        "x_test": x_test,
        "y_test": y_test,
        "name": preparation.name,
        "class_names": preparation.class_names,
        "feature_names": preparation.feature_names,
        "task": preparation.task,
        "x_validation": x_validation,
        "y_validation": y_validation,
        "notes": notes,
        "preparation": preparation,
        "rows": _rows_in_files(samples, parts),
        "image_shape": preparation.image_shape,
        "sample_names": _names_of_parts(samples.sample_names, parts),
    }


def _names_of_parts(names: Sequence[str], parts: Parts) -> PartNames | None:
    """Return the names of each part's samples; None where samples have none."""
    return PartNames(*(tuple(names[place] for place in part.tolist()) for part in parts)) if names else None


def _rows_in_files(samples: FileSamples, parts: Parts) -> Parts:
    """Return the place of each part's samples among the rows of their file; the test part may have its own."""
    train, validation, test = parts if samples.rows is None else (samples.rows[part] for part in parts)
    first = samples.rows_before_test
    if first is None:
        first = 0 if samples.test_samples is None else len(samples.y) - samples.test_samples
    return Parts(train, validation, test - first if first else test)


@dataclass(frozen=True, slots=True, eq=False)
class _Features:
    """The features of all parts, and what is known of them."""

    parts: list[NDArray[np.float32]]
    names: tuple[str, ...]
    fingerprint: str
    mean: FloatVector | None
    deviation: FloatVector | None
    notes: tuple[str, ...]
    is_constant: bool
    encoders: tuple[ColumnEncoder, ...] = ()


def _plain_features(samples: FileSamples, parts: Parts, standardize: bool) -> _Features:
    """Return features that are columns of numbers."""
    x_mean, x_deviation = mean_and_deviation(samples.x, parts.train) if standardize else (None, None)
    names = name_features(samples.feature_names, samples.x.shape[1])
    return _Features(
        [scale_rows(samples.x, part, x_mean, x_deviation) for part in parts],
        names,
        fingerprint_of(samples.x),
        x_mean,
        x_deviation,
        _describe_lost_digits(samples.x, names, "feature", "standardize", scaled=standardize),
        _is_constant(samples.x, parts.train),
    )


def _mixed_features(samples: FileSamples, parts: Parts, standardize: bool) -> _Features:
    """Return the features of a table of mixed columns, fitted on the training part, one column after the other."""
    table, names = samples.table, samples.feature_names
    assert table is not None
    x = [np.empty((len(part), len(names)), np.float32) for part in parts]
    mean, deviation, span = np.zeros(len(names)), np.ones(len(names)), np.zeros((2, len(names)))
    encoders: list[ColumnEncoder] = []
    place = 0
    for encoder, column in zip(samples.encoders, table.columns, strict=True):
        of_parts = [column.take(part) for part in parts]
        encoder = encoder.fit(of_parts[0])  # noqa: PLW2901
        encoders.append(encoder)
        for is_scaled, *vectors in zip(encoder.scales, *map(encoder.features, of_parts), strict=True):
            if not is_scaled:  # from -1 to 1
                for part, vector in zip(x, vectors, strict=True):
                    part[:, place] = vector
                place += 1
                continue
            if standardize:
                mean[place : place + 1], deviation[place : place + 1] = statistics_of(vectors[0][:, np.newaxis])
            bounds = np.concatenate([[vector.min(), vector.max()] for vector in vectors if vector.size])
            span[:, place] = bounds.min(), bounds.max()
            with np.errstate(over="ignore"):
                for part, vector in zip(x, vectors, strict=True):
                    part[:, place] = (vector - mean[place]) / deviation[place]
            place += 1
    return _Features(
        x,
        names,
        fingerprint_of_table(table),
        mean if standardize else None,
        deviation if standardize else None,
        _describe_lost_digits(span, names, "feature", "standardize", scaled=standardize),
        _is_constant(x[0], np.arange(len(x[0]))),
        tuple(encoders),
    )


def _classes(samples: FileSamples) -> NDArray[Any]:
    """Return the class of each sample; y holds the places of the classes, or one-hot rows."""
    if samples.y.ndim == 1 or not samples.y.size:
        return samples.y.ravel()
    places: NDArray[np.intp] = samples.y.argmax(axis=1)
    return places


def _targets_of(
    samples: FileSamples, part: NDArray[np.intp], mean: FloatVector | None, deviation: FloatVector | None
) -> NDArray[np.float32]:
    """Return the columns of y of one part."""
    if samples.y.ndim == 1:
        return one_hot(samples.y[part], len(samples.class_names))
    return scale_rows(samples.y, part, mean, deviation).T


def _notes(
    class_names: Sequence[str], classes: NDArray[Any] | None, parts: Parts, has_own_test_part: bool
) -> list[str]:
    """Return a note about classes that cannot be learnt because they have no training sample."""
    if classes is None:
        return []
    # Counts rather than sets, whose functions import numpy.ma, which takes longer than all of this.
    places = classes.astype(np.intp)
    everywhere, trained = (np.bincount(each, minlength=len(class_names)) for each in (places, places[parts.train]))
    names = [class_names[number] for number in np.flatnonzero((everywhere > 0) & (trained == 0)).tolist()]
    if not names:
        return []
    some = list_some(map(repr, names), 5)
    has = f"class {some} has" if len(names) == 1 else f"classes {some} have"
    # No split moves samples of the files' own test part.
    advice = "" if has_own_test_part else "; a stratified split gives each class its share"
    return [f"{has} no training sample, so a network cannot learn it{advice}"]


def _describe_lost_digits(
    array: NDArray[Any], names: Sequence[str], what: str, setting: str, *, scaled: bool
) -> tuple[str, ...]:
    """Return a note about columns whose different numbers become equal in the precision used.

    That is single precision, or double where they are scaled, as numbers are read in double precision.
    """
    if array.dtype != np.float64 or not array.size:
        return ()
    lowest, highest = array.min(axis=0), array.max(axis=0)
    span = highest - lowest
    largest = np.maximum(np.abs(lowest), np.abs(highest))
    precision = np.finfo(np.float64 if scaled else np.float32)
    step = np.maximum(largest * float(precision.eps), float(precision.smallest_subnormal))
    lost = [repr(names[place]) for place in np.flatnonzero((span > 0) & (step > span * _COARSE)).tolist()]
    if not lost:
        return ()
    some = list_some(lost, 5)
    has = f"{what} {some} has" if len(lost) == 1 else f"{what}s {some} have"
    if scaled:
        return (f"{has} numbers with more digits than double precision tells apart: subtract a constant",)
    return (f"{has} numbers that single precision does not tell apart as they stand: {setting}: true scales them",)


def _is_constant(x: NDArray[Any], train: NDArray[np.intp]) -> bool:
    """Return whether every feature is the same in all training samples."""
    first = x[train[0]]
    # One different row is enough, and often the second row differs.
    return len(train) > 1 and not any((x[row] != first).any() for row in train[1:])


def _describe_constants(samples: FileSamples, train: NDArray[np.intp], is_constant: bool) -> tuple[str, ...]:
    """Return notes about features and outputs that are constant."""
    notes = []
    if is_constant:
        notes.append("every feature has the same value in all training samples: there is nothing to learn from")
    if samples.task == "regression" and len(train) > 1 and (samples.y[train] == samples.y[train[0]]).all():
        notes.append("the values to predict are the same in all training samples")
    return tuple(notes)
