"""Samples as they stand in their file: the number of the row, and the cells."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.compiled.evaluation import Part
from joml.data.preparation_record import Preparation
from joml.data.split import Parts
from joml.data.tables.cell_decoding import decode_cells, round_to, write_value
from joml_tui.experiment.dataset_specs import is_read
from joml_tui.inspect.confusion import features_of
from joml_tui.inspect.training_context import TrainingContext

#: Most features to look at: an image of 28 x 28 has 784.
_FEATURES = 1_024
_EPSILON = float(np.finfo(np.float32).eps)


class RawSamples(Struct, frozen=True):
    """Some samples of a part as in their file.

    Attributes
    ----------
    rows : tuple of int
        The number of each sample's row, from 1, without a header.
    columns : tuple of str
        The names of the columns; those beyond the first 1,024 features are left out.
    cells : tuple of tuples of str
        The cells of each sample.
    names : tuple of str
        The name of each sample, as the file of an image; empty if they have none.
    """

    rows: tuple[int, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    names: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of its samples' marks, "file" or "row"."""
        return "file" if self.names else "row"

    def identify(self, place: int) -> str:
        """Return the name of a sample, or the number of its row."""
        return self.names[place] if self.names else f"{self.rows[place]:,}"


def raw_samples(subject: TrainingContext, part: Part, places: NDArray[np.intp]) -> RawSamples | None:
    """Return samples of a part as in their file.

    Parameters
    ----------
    subject : TrainingContext
    part : {"test", "validation", "train"}
    places : ndarray of int
        The places of the samples in the part.

    Returns
    -------
    RawSamples or None
        None if the data are not from a file.
    """
    data = subject.data
    preparation, rows = data.preparation, data.rows
    if preparation is None or rows is None or not is_read(subject.experiment.dataset):
        return None
    features = features_of(subject, part)
    values = values_of(preparation, features[:, places].T)[:, :_FEATURES]
    if preparation.columns:
        cells = decode_cells(preparation.columns, values)
        names = tuple(encoder.name for encoder in preparation.columns)[: len(cells[0]) if cells else 0]
    else:
        cells = [[write_value(value) for value in row] for row in values.tolist()]
        names = data.plain.feature_names[:_FEATURES]
    numbers = tuple(int(row) + 1 for row in _rows_of(rows, part)[places])
    chosen = tuple(name_of_sample(subject, part, place) for place in places.tolist())
    return RawSamples(numbers, names, tuple(map(tuple, cells)), chosen if any(chosen) else ())


def values_of(preparation: Preparation, scaled: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return features in the units of the data, (samples, features), from scaled features, which are rounded."""
    values = preparation.unscale_x(scaled)
    if preparation.x_deviation is not None:  # scaled features near 1 are rounded, also where the value is near 0
        values = round_to(values, np.abs(scaled) * preparation.x_deviation * _EPSILON)
    return values


def number_of_row(subject: TrainingContext, part: Part, place: int) -> int | None:
    """Return the number of a sample's row in its file, from 1; None for data that are not from a file."""
    rows = subject.data.rows
    if rows is None or not is_read(subject.experiment.dataset):
        return None
    return int(_rows_of(rows, part)[place]) + 1


def name_of_sample(subject: TrainingContext, part: Part, place: int) -> str:
    """Return the name of a sample, as the file of an image; empty for samples without one."""
    names = subject.data.sample_names
    of_parts = None if names is None else {"train": names.train, "validation": names.validation, "test": names.test}
    return "" if of_parts is None else of_parts[part][place]


def _rows_of(rows: Parts, part: Part) -> NDArray[np.intp]:
    return {"train": rows.train, "validation": rows.validation, "test": rows.test}[part]
