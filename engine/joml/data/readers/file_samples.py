"""Samples read from files, and errors that name the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.image_shape import ImageShape
from joml.task import Task

if TYPE_CHECKING:
    from joml.data.tables.encoding import ColumnEncoder
    from joml.data.tables.raw_table import RawTable


@dataclass(frozen=True, slots=True, eq=False)
class FileSamples:
    """The samples of a file, or of several files that belong together, as rows.

    Attributes
    ----------
    x : ndarray, shape (samples, features)
        The features as in the file. The samples of a test part, if there is one, come last. Without columns where
        `table` has the features.
    y : ndarray
        If the task is classes, the place of each sample's label in `class_names`: int, shape (samples,); or one-hot
        rows. Else the answers or values: float64, shape (samples, outputs).
    class_names : tuple of str
        Names of the classes or outputs.
    test_samples : int or None
        Number of samples in the files' own test part; None if they have none.
    task : {"classes", "multilabel", "regression"}
        As in `Dataset`.
    feature_names : tuple of str
        As in `Dataset`; empty if the files have no names.
    name : str
        Name of the data.
    file_format : mapping of str to plain values, or None
        How the file was read, such as its delimiter; None for formats without such choices.
    notes : tuple of str
        Decisions and warnings, one sentence each.
    rows : ndarray of int, shape (samples,), or None
        The place of each sample among the rows of the files, from 0; None if every row is a sample.
    order : ndarray, shape (samples,), or None
        Numbers by which a split orders the samples; None for the order of the file.
    groups : ndarray of int, shape (samples,), or None
        The group of each sample, for a split by groups.
    table : RawTable or None
        The columns of features of a table of mixed columns, which become features when the samples are split.
    encoders : tuple of ColumnEncoder
        How each column of `table` is encoded, before they are fitted; `feature_names` has the features' names.
    rows_before_test : int or None
        Number of rows in the files before those of the test part's own file; None if every row is a sample.
    image_shape : tuple of int, or None
        Channels, height and width of samples that are images.
    sample_names : sequence of str
        The name of each sample, such as its file; empty if they have none.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    class_names: tuple[str, ...]
    test_samples: int | None = None
    task: Task = "classes"
    feature_names: tuple[str, ...] = ()
    name: str = ""
    file_format: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    rows: NDArray[np.intp] | None = None
    order: NDArray[Any] | None = None
    groups: NDArray[np.intp] | None = None
    table: RawTable | None = None
    encoders: tuple[ColumnEncoder, ...] = ()
    rows_before_test: int | None = None
    image_shape: ImageShape | None = None
    sample_names: Sequence[str] = ()

    @property
    def input_size(self) -> int:
        """Number of features."""
        return self.x.shape[1] if self.table is None else len(self.feature_names)


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turn errors of reading the file at path into a `DatasetError`; `kind` is, for example, "a CSV file".

    Raises
    ------
    DatasetError
        The file does not exist, is not a regular file, cannot be read, or does not fit into memory.
    """
    shown = shown_path(path)
    try:
        # Reading a device or a pipe might never end.
        if path.exists() and not path.is_file():
            what = "a directory" if path.is_dir() else "not a regular file"
            raise DatasetError(f"{shown}: is {what}; {kind} is needed")
        yield
    except DatasetError:
        raise
    except FileNotFoundError as error:
        raise DatasetError(f"{shown}: no such file") from error
    except MemoryError as error:
        raise DatasetError(f"{shown}: the data do not fit into memory") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatasetError(f"{shown}: cannot be read: {reason}") from error


def shown_path(path: str | PathLike[str]) -> str:
    """Return a path as one line of text for a message."""
    text = str(Path(path))
    return text if text.isprintable() else repr(text)
