"""What the readers of files share: errors that name the file, the samples that it holds, and their scaling."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.dataset import Dataset, DatasetError, one_hot, split_indices
from joml.task import Task

#: More distinct labels than this are taken for a feature chosen by mistake.
MAX_CLASSES = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What a file holds, or several that belong together; here samples are rows, as files have them.

    Attributes
    ----------
    x : ndarray, shape (samples, features)
        The features as they stand in the file. The samples of a test part, if there is one, come last.
    y : ndarray
        Where the task is classes, the place of each sample's label in `class_names`: int, shape (samples,). Else
        the answers or values themselves: float64, shape (samples, outputs).
    class_names : tuple of str
        Names of the classes, or of the other tasks' outputs.
    test_samples : int or None
        Number of samples in the files' own test part; None where they have none.
    task : {"classes", "answers", "values"}
        As in `Dataset`.
    feature_names : tuple of str
        As in `Dataset`; empty where the files do not say.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    class_names: tuple[str, ...]
    test_samples: int | None = None
    task: Task = "classes"
    feature_names: tuple[str, ...] = ()

    def parts(self, test_share: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the indices of the samples to train on and to test on; test_share and seed as in `Dataset.split`."""
        if self.test_samples is None:
            return split_indices(len(self.x), test_share, seed)
        order = np.arange(len(self.x))
        return order[: -self.test_samples], order[-self.test_samples :]

    def dataset(self, name: str, test_share: float, seed: int) -> Dataset:
        """Return the samples as a data set: in the files' own parts, or split where they have none.

        Parameters
        ----------
        name, test_share, seed
            As in `Dataset.split`.

        Returns
        -------
        Dataset
        """
        y = one_hot(self.y, len(self.class_names)) if self.task == "classes" else self.y.T
        names, features, task = self.class_names, self.feature_names, self.task
        if self.test_samples is None:
            return Dataset.split(
                self.x.T,
                y,
                test_share=test_share,
                seed=seed,
                name=name,
                class_names=names,
                feature_names=features,
                task=task,
            )
        train = len(self.x) - self.test_samples
        x = self.x.astype(np.float32, copy=False).T
        return Dataset(x[:, :train], y[:, :train], x[:, train:], y[:, train:], name, names, features, task)


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turn what can go wrong with the file at path into a `DatasetError`; `kind` is such as "a CSV file".

    Raises
    ------
    DatasetError
        The file does not exist, is no regular file, cannot be read, or does not fit into memory.
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
    """Write a path for a message: in one line whatever it holds."""
    text = str(Path(path))
    return text if text.isprintable() else repr(text)


def standardize(x: NDArray[Any], train: NDArray[np.intp]) -> None:
    """Shift and scale the columns of x in place, by mean and standard deviation of its rows `train`."""
    part = x[train]
    # The mean of equal numbers is not always exactly theirs.
    constant = part.min(axis=0) == part.max(axis=0)
    # In double precision: sums of many single-precision numbers would lose their last digits.
    mean = np.where(constant, part[0], part.mean(axis=0, dtype=np.float64))
    part -= mean
    deviation = np.sqrt(np.square(part).mean(axis=0, dtype=np.float64))
    x -= mean
    x /= np.where(deviation > 0, deviation, 1)
