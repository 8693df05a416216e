"""Preparation: how samples were read, split and scaled, in a form that is stored with the network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.data.row_names import name_features, name_outputs, one_hot
from joml.data.split import Parts, Split
from joml.data.split_columns import describe_split, divide
from joml.data.tables.encoding import (
    ColumnEncoder,
    describe_missing,
    encode_table,
    encoder_from_plain,
    encoder_to_plain,
)
from joml.data.tables.raw_table import NUMBER, RawTable
from joml.task import Task, find_task

if TYPE_CHECKING:
    from joml.data.readers.file_samples import FileSamples

FloatVector = NDArray[np.float64]

# Rows scaled at a time, to keep the copy in double precision small.
_BLOCK_VALUES = 1 << 20
_SMALL = 1e-140
# A hundredth of a column's range: numbers that are rounded more coarsely have lost their information.
_COARSE = 0.01
# Columns whose deviation is computed at a time where the data are not in double precision.
_COLUMNS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """The facts about a data set that are needed to use a network trained on it, and to recognise the data.

    It scales a network's inputs, and names and scales back its outputs, without the data.

    Attributes
    ----------
    name : str
        What the data are called.
    task : {"classes", "multilabel", "regression"}
    class_names, feature_names : tuple of str
        As in `Dataset`.
    split : Split
    seed : int
        The seed of the split.
    train_size, validation_size, test_size : int
        Number of samples of each part.
    x_mean, x_deviation : ndarray of float64, shape (features,), or None
        The number subtracted from each feature, and its divisor: mean and standard deviation over the training part; a
        constant feature has a deviation of 1. None where nothing was scaled.
    y_mean, y_deviation : ndarray of float64, shape (outputs,), or None
        The same for values to predict.
    x_fingerprint, y_fingerprint : str
        SHA-256 of the features and of the targets as read, for all samples in the order of the file.
    file_format : mapping of str to plain values, or None
        How the file was read, such as its delimiter; None where the data are not from a file.
    notes : tuple of str
        As in `Dataset`.
    unused_size : int
        Number of samples in no part, if the split uses only some training samples.
    columns : tuple of ColumnEncoder
        How the columns of a table of mixed columns become features, in order; empty where the columns are the features.
    """

    name: str
    task: Task
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    split: Split
    seed: int
    train_size: int
    validation_size: int
    test_size: int
    x_mean: FloatVector | None = None
    x_deviation: FloatVector | None = None
    y_mean: FloatVector | None = None
    y_deviation: FloatVector | None = None
    x_fingerprint: str = ""
    y_fingerprint: str = ""
    file_format: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    unused_size: int = 0
    columns: tuple[ColumnEncoder, ...] = ()

    @property
    def samples(self) -> int:
        """Number of all samples."""
        return self.train_size + self.validation_size + self.test_size + self.unused_size

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the samples as read, and of the names of their features and classes."""
        parts = [self.x_fingerprint, self.y_fingerprint, self.class_names, self.feature_names]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def encode(self, table: RawTable) -> NDArray[np.float64]:
        """Return the features of rows of a table of mixed columns, in the units of the data.

        Parameters
        ----------
        table : RawTable
            With the columns of `columns`, in their order.

        Returns
        -------
        ndarray of float64, shape (samples, features)
        """
        return encode_table(self.columns, table)

    def scale_x(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the network's inputs from features in the units of the data.

        Parameters
        ----------
        x : array_like, shape (samples, features)
            Samples are rows, as in files.

        Returns
        -------
        ndarray of float64, shape (samples, features)
        """
        return _scaled(np.asarray(x, np.float64), self.x_mean, self.x_deviation)

    def unscale_x(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return features in the units of the data from the network's inputs.

        Parameters
        ----------
        x : array_like, shape (samples, features)

        Returns
        -------
        ndarray of float64, shape (samples, features)
        """
        return _unscaled(np.asarray(x, np.float64), self.x_mean, self.x_deviation)

    def unscale_y(self, y: ArrayLike) -> NDArray[np.float64]:
        """Return outputs in the units of the data.

        Parameters
        ----------
        y : array_like, shape (samples, outputs)
            The network's outputs, or the data set's; samples are rows.

        Returns
        -------
        ndarray of float64, shape (samples, outputs)
        """
        return _unscaled(np.asarray(y, np.float64), self.y_mean, self.y_deviation)

    def changes_to(self, other: Preparation) -> tuple[str, ...]:
        """Return the differences between these data and those of another preparation; empty where they are the same.

        Parameters
        ----------
        other : Preparation

        Returns
        -------
        tuple of str
            Parts of a sentence, such as "20 rows more", "no class 'b' any more" and "other values of 'length'".
        """
        if self.fingerprint == other.fingerprint:
            return ()
        rows = other.samples - self.samples
        changes = [_describe_rows(rows)] if rows else []
        changes += _renamed("feature", self.feature_names, other.feature_names)
        changes += _renamed("class" if self.task == "classes" else "output", self.class_names, other.class_names)
        if rows or len(self.feature_names) != len(other.feature_names):
            return tuple(changes)
        if self.x_fingerprint != other.x_fingerprint:
            changes.append(f"other values{_of_which_features(self, other)}")
        # If a class has another name, the numbers of the classes may differ too.
        named_alike = self.task != "classes" or self.class_names == other.class_names
        if named_alike and self.y_fingerprint != other.y_fingerprint:
            changes.append(
                {"classes": "other labels", "multilabel": "other answers"}.get(self.task, "other values of y")
            )
        return tuple(changes)

    def to_json(self) -> dict[str, Any]:
        """Return it as values that JSON can write; numbers are exact."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        for name in ("x_mean", "x_deviation", "y_mean", "y_deviation"):
            plain[name] = None if plain[name] is None else plain[name].tolist()
        for name in ("class_names", "feature_names", "notes"):
            plain[name] = list(plain[name])
        plain["split"] = asdict(self.split)
        plain["columns"] = [encoder_to_plain(encoder) for encoder in self.columns]
        plain["file_format"] = None if self.file_format is None else dict(self.file_format)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Preparation:
        """Return the preparation that `to_json` returned as plain values; unknown keys are ignored.

        Parameters
        ----------
        plain : mapping of str to plain values

        Returns
        -------
        Preparation

        Raises
        ------
        ValueError
            The values are not a preparation.
        """
        try:
            values = {name: plain[name] for name in cls.__slots__ if name in plain}
            for name in ("x_mean", "x_deviation", "y_mean", "y_deviation"):
                if values.get(name) is not None:
                    values[name] = np.array(values[name], np.float64)
            for name in ("class_names", "feature_names", "notes"):
                values[name] = tuple(str(each) for each in values.get(name, ()))
            values["columns"] = tuple(encoder_from_plain(each) for each in values.get("columns", ()))
            task = find_task(values["task"]) or values["task"]
            return cls(**values | {"split": Split(**values["split"]), "task": task})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"this is not a preparation of data: {type(error).__name__}: {error}") from error


def _renamed(what: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return phrases for the names that are gone and that are new, the first few of each."""
    gone, new = [name for name in before if name not in after], [name for name in after if name not in before]
    changes = [f"no {what} {_some(gone)} any more"] if gone else []
    changes += [f"a new {what} {_some(new)}"] if new else []
    return changes or ([f"another order of the names of each {what}"] if tuple(before) != tuple(after) else [])


def _describe_rows(rows: int) -> str:
    return f"{abs(rows):,} {'row' if abs(rows) == 1 else 'rows'} {'more' if rows > 0 else 'fewer'}"


def _some(names: Sequence[str]) -> str:
    most = 3 if len(names) != 4 else 4
    more = f" and {len(names) - most:,} others" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def _of_which_features(before: Preparation, after: Preparation) -> str:
    """Return the features whose scale differs, as the end of a sentence; empty where that is not recorded."""
    if before.x_mean is None or after.x_mean is None or before.x_deviation is None or after.x_deviation is None:
        return ""
    moved = (before.x_mean != after.x_mean) | (before.x_deviation != after.x_deviation)
    names = [name for name, other in zip(after.feature_names, moved, strict=True) if other]
    if not names:
        return ""
    first = int(moved.argmax())
    means = f"the mean of {names[0]!r} was {before.x_mean[first]:.6g} and is {after.x_mean[first]:.6g}"
    return f" of {_some(names)} ({means})"


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
    y_mean, y_deviation = _mean_and_deviation(samples.y, parts.train) if scales_y else (None, None)
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
        y_fingerprint=_fingerprint(samples.y),
        file_format=samples.file_format,
        notes=notes,
        unused_size=len(samples.y) - sum(map(len, parts)),
        columns=x.encoders,
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
    }


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
    x_mean, x_deviation = _mean_and_deviation(samples.x, parts.train) if standardize else (None, None)
    names = name_features(samples.feature_names, samples.x.shape[1])
    return _Features(
        [_rows_of(samples.x, part, x_mean, x_deviation) for part in parts],
        names,
        _fingerprint(samples.x),
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
                mean[place : place + 1], deviation[place : place + 1] = _statistics(vectors[0][:, np.newaxis])
            bounds = np.concatenate([[vector.min(), vector.max()] for vector in vectors if vector.size])
            span[:, place] = bounds.min(), bounds.max()
            with np.errstate(over="ignore"):
                for part, vector in zip(x, vectors, strict=True):
                    part[:, place] = (vector - mean[place]) / deviation[place]
            place += 1
    return _Features(
        x,
        names,
        _fingerprint_of_table(table),
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
    return _rows_of(samples.y, part, mean, deviation).T


def _notes(
    class_names: Sequence[str], classes: NDArray[Any] | None, parts: Parts, has_own_test_part: bool
) -> list[str]:
    """Return a note about classes that cannot be learnt because they have no training sample."""
    if classes is None:
        return []
    missing = np.setdiff1d(classes, classes[parts.train])
    names = [class_names[number] for number in missing]
    if not names:
        return []
    some = ", ".join(repr(name) for name in names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
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
    some = ", ".join(lost[:5]) + (f" and {len(lost) - 5:,} more" if len(lost) > 5 else "")
    has = f"{what} {some} has" if len(lost) == 1 else f"{what}s {some} have"
    if scaled:
        return (f"{has} numbers of so many digits that double precision does not tell them apart: subtract a constant",)
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


# --- scaling --------------------------------------------------------------------------------------------------------


def _mean_and_deviation(rows: NDArray[Any], train: NDArray[np.intp]) -> tuple[FloatVector, FloatVector]:
    """Return mean and standard deviation of each column over the rows `train`, in double precision."""
    if rows.dtype == np.float64:
        return _statistics(rows[train])
    columns = [
        _statistics(rows[train, first : first + _COLUMNS].astype(np.float64))
        for first in range(0, rows.shape[1], _COLUMNS)
    ]
    return np.concatenate([mean for mean, _ in columns]), np.concatenate([deviation for _, deviation in columns])


def _statistics(part: NDArray[np.float64]) -> tuple[FloatVector, FloatVector]:
    """Return mean and standard deviation of each column; its value and 1 for a constant column."""
    # Rounding can make the mean of equal numbers differ from them.
    constant = part.min(axis=0) == part.max(axis=0)
    mean = np.where(constant, part[0], part.mean(axis=0))
    part = part - mean
    deviation = np.sqrt(np.square(part).mean(axis=0))
    # Squares of numbers near 1e-154 and below lose digits, or are 0.
    small = np.flatnonzero((deviation < _SMALL) & ~constant)
    if small.size:
        largest = np.abs(part[:, small]).max(axis=0)
        deviation[small] = largest * np.sqrt(np.square(part[:, small] / largest).mean(axis=0))
    return mean, np.where(deviation > 0, deviation, 1.0)


def _rows_of(
    rows: NDArray[Any], part: NDArray[np.intp], mean: FloatVector | None, deviation: FloatVector | None
) -> NDArray[np.float32]:
    """Return rows in single precision, scaled in double precision; numbers that are too large become infinite."""
    if mean is None and rows.dtype == np.float32 and _is_a_range(part):
        return rows[part[0] : part[-1] + 1]
    taken = np.empty((len(part), rows.shape[1]), np.float32)
    block = max(1, _BLOCK_VALUES // max(1, rows.shape[1]))
    with np.errstate(over="ignore"):
        for first in range(0, len(part), block):
            chosen = rows[part[first : first + block]]
            if mean is not None:
                chosen = _scaled(chosen.astype(np.float64, copy=False), mean, deviation)
            taken[first : first + block] = chosen
    return taken


def _is_a_range(part: NDArray[np.intp]) -> bool:
    """Return whether these are consecutive rows, as in files with their own test part; they need no copy."""
    return len(part) > 0 and bool(np.array_equal(part, np.arange(part[0], part[0] + len(part))))


def _scaled(x: NDArray[np.float64], mean: FloatVector | None, deviation: FloatVector | None) -> NDArray[np.float64]:
    return x if mean is None or deviation is None else (x - mean) / deviation


def _unscaled(x: NDArray[np.float64], mean: FloatVector | None, deviation: FloatVector | None) -> NDArray[np.float64]:
    return x if mean is None or deviation is None else x * deviation + mean


def _fingerprint(array: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's numbers, independent of memory layout and byte order."""
    digest = hashlib.sha256(f"{array.dtype.kind}{array.dtype.itemsize}{array.shape}".encode())
    block = max(1, _BLOCK_VALUES // max(1, int(np.prod(array.shape[1:]))))
    for first in range(0, len(array), block):
        rows = array[first : first + block]
        digest.update(np.ascontiguousarray(rows, rows.dtype.newbyteorder("<")).data)
    return digest.hexdigest()


def _fingerprint_of_table(table: RawTable) -> str:
    """Return the SHA-256 of a table's cells, independent of the order in which its texts were found."""
    digest = hashlib.sha256(f"table{table.rows}".encode())
    for column in table.columns:
        order = np.argsort(np.array(column.texts, np.str_), kind="stable")
        places = np.full(len(column.texts) + 1, NUMBER, np.int32)
        places[order] = np.arange(len(order))
        digest.update(json.dumps([column.texts[place] for place in order.tolist()]).encode())
        digest.update(_fingerprint(column.numbers).encode())
        digest.update(_fingerprint(places[column.codes]).encode())
    return digest.hexdigest()
