"""The record of how samples were read, split and scaled, which is stored with the network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.data.column_scaling import FloatVector, scale, unscale
from joml.data.image_shape import ImageShape
from joml.data.input_terms import compute_terms, parse_terms
from joml.data.split import Split
from joml.data.tables.encoding import ColumnEncoder, encode_table, encoder_from_plain, encoder_to_plain
from joml.data.tables.raw_table import RawTable
from joml.task import Task, find_task


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
    terms : tuple of str
        The network's inputs, such as "x1^2", as terms of the scaled features; empty where these are the inputs.
    image_shape : tuple of int, or None
        Channels, height and width of samples that are images, of which the features are the pixels; None for others,
        and where an earlier version recorded it.
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
    terms: tuple[str, ...] = ()
    image_shape: ImageShape | None = None

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the network's inputs: the terms, or else the features."""
        return self.terms or self.feature_names

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
        """Return the network's inputs from features in the units of the data: scaled, and terms of them.

        Parameters
        ----------
        x : array_like, shape (samples, features)
            Samples are rows, as in files.

        Returns
        -------
        ndarray of float64, shape (samples, inputs)
        """
        scaled = scale(np.asarray(x, np.float64), self.x_mean, self.x_deviation)
        return self.inputs_from(scaled.T).T.astype(np.float64) if self.terms else scaled

    def inputs_from(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the network's inputs from features that are scaled already.

        Parameters
        ----------
        x : ndarray, shape (features, samples)
            Samples are columns, as in the engine.

        Returns
        -------
        ndarray, shape (inputs, samples)
            Terms in single precision; without terms, x itself.
        """
        return compute_terms(parse_terms(self.terms, self.feature_names), x) if self.terms else x

    def unscale_x(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return features in the units of the data from scaled features, which are the network's inputs without terms.

        Parameters
        ----------
        x : array_like, shape (samples, features)

        Returns
        -------
        ndarray of float64, shape (samples, features)
        """
        return unscale(np.asarray(x, np.float64), self.x_mean, self.x_deviation)

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
        return unscale(np.asarray(y, np.float64), self.y_mean, self.y_deviation)

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
        for name in ("class_names", "feature_names", "notes", "terms"):
            plain[name] = list(plain[name])
        plain["image_shape"] = None if self.image_shape is None else list(self.image_shape)
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
            for name in ("class_names", "feature_names", "notes", "terms"):
                values[name] = tuple(str(each) for each in values.get(name, ()))
            if values.get("image_shape") is not None:
                channels, height, width = map(int, values["image_shape"])
                values["image_shape"] = channels, height, width
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
