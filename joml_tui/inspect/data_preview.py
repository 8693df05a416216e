"""A preview of a data set: what a picture shows of its samples before any training."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml import Dataset, Split
from joml.task import Task
from joml_tui.experiment.dataset_specs import DatasetSpec, is_read, path_fields
from joml_tui.experiment.loading import expand_user, read_dataset
from joml_tui.inspect.training_context import all_x, all_y

#: Most samples in a picture, evenly taken from all.
MOST_POINTS = 1_500
_IMAGES = 24
#: Bytes of files that are read for a preview, at most.
_LARGEST_FILE = 4_000_000
#: Numbers of pixels of the square images that are drawn, and features that are taken for them without a shape.
_PIXELS = {side * side for side in range(8, 65)}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axis:
    """The quantity along a side of a picture, with its range in the units of the data.

    Attributes
    ----------
    name : str
    low, high : float
    """

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class DataPreview:
    """A preview of a data set.

    Attributes
    ----------
    task : {"classes", "multilabel", "regression"}
    samples, features : int
        Of all parts.
    names : tuple of str
        The classes, answers or values.
    counts : tuple of int
        Samples of each class, or with each answer; empty for values.
    points : (2, shown) array or None
        Some samples of two features; of one feature and one value, both. None for other data.
    labels : (shown,) array
        The class of each of these samples, or its value from 0 to 1.
    images : (shown, side, side) array or None
        Some samples as images with brightness from 0 to 1, if the features are pixels.
    values : (bins,) array
        The distribution of the first value of a regression.
    axes : tuple of Axis
        Of points across and upwards; of a distribution across.
    """

    task: Task
    samples: int
    features: int
    names: tuple[str, ...]
    counts: tuple[int, ...]
    points: Floats | None = None
    labels: Floats | None = None
    images: Floats | None = None
    values: Floats | None = None
    axes: tuple[Axis, ...] = ()


def preview_data(data: Dataset) -> DataPreview:
    """Return a preview of a data set, of the samples of all its parts."""
    x, y = all_x(data).astype(np.float64), all_y(data).astype(np.float64)
    names = data.class_names or tuple(map(str, range(len(y))))
    counts = () if data.task == "regression" else tuple(int(total) for total in np.rint(y.sum(axis=1)))
    some = np.linspace(0, x.shape[1] - 1, min(x.shape[1], MOST_POINTS)).astype(np.intp)
    labels = y[:, some].argmax(axis=0).astype(np.float64) if len(y) > 1 else y[0, some]
    points = images = values = None
    axes: tuple[Axis, ...] = ()
    if data.task == "regression":
        labels = _scaled(y[0, some])
        values = np.histogram(y[0], bins=24)[0].astype(np.float64)
        axes = (_value_axis(data, y[0]),)
        if len(x) == 1:
            points = np.stack([x[0, some], y[0, some]])
            axes = (_feature_axis(data, x, 0), *axes)
    if len(x) == 2:
        points = x[:, some]
        axes = (_feature_axis(data, x, 0), _feature_axis(data, x, 1))
    elif (side := _side_of(data, x)) and data.task == "classes":
        images = _images(x, y, side)
    return DataPreview(data.task, x.shape[1], len(x), names, counts, points, labels, images, values, axes)


def _feature_axis(data: Dataset, x: Floats, place: int) -> Axis:
    """Return the axis of a feature; ``x`` are all samples as the network has them."""
    name = data.feature_names[place] if data.feature_names else f"x{place + 1}"
    preparation = data.preparation
    if preparation is None or preparation.x_mean is None or preparation.x_deviation is None:
        return _axis(name, x[place], 0.0, 1.0)
    return _axis(name, x[place], float(preparation.x_mean[place]), float(preparation.x_deviation[place]))


def _value_axis(data: Dataset, y: Floats) -> Axis:
    """Return the axis of the first value to predict."""
    name = data.class_names[0] if data.class_names else "y"
    preparation = data.preparation
    if preparation is None or preparation.y_mean is None or preparation.y_deviation is None:
        return _axis(name, y, 0.0, 1.0)
    return _axis(name, y, float(preparation.y_mean[0]), float(preparation.y_deviation[0]))


def _axis(name: str, values: Floats, mean: float, deviation: float) -> Axis:
    low, high = (float(end) * deviation + mean for end in (values.min(), values.max()))
    return Axis(name, low, high)


def _scaled(values: Floats) -> Floats:
    low, high = values.min(), values.max()
    scaled: Floats = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return scaled


def _side_of(data: Dataset, x: Floats) -> int:
    """Return the side of square grey images; 0 for other samples. Pixels without a recorded shape are not negative."""
    if data.image_shape is None:
        return math.isqrt(len(x)) if len(x) in _PIXELS and x.min() >= 0 else 0
    channels, height, width = data.image_shape
    return height if channels == 1 and height == width and height * width in _PIXELS else 0


def _images(x: Floats, y: Floats, side: int) -> Floats:
    """Return images of the classes in turn."""
    classes = y.argmax(axis=0)
    chosen: list[int] = []
    of_class = [np.flatnonzero(classes == each) for each in range(len(y))]
    for turn in range(_IMAGES):
        chosen += [int(places[turn]) for places in of_class if turn < len(places)]
    return _scaled(x[:, chosen[:_IMAGES]].T.reshape(-1, side, side))


def read_preview(dataset: DatasetSpec, seed: int) -> DataPreview | None:
    """Return a preview of a data set; None for large files, which would be read once more.

    Raises
    ------
    joml.data.dataset.DatasetError
        The data cannot be read.
    """
    if is_read(dataset) and sum(_bytes_of(getattr(dataset, field)) for field in path_fields(dataset)) > _LARGEST_FILE:
        return None
    return preview_data(read_dataset(dataset, Split(), seed))


def _bytes_of(path: str | None) -> int:
    """Return the size of a file, or of the files in a folder; 0 if there is none."""
    if path is None:
        return 0
    place = expand_user(path)
    try:
        return sum(each.stat().st_size for each in place.iterdir()) if place.is_dir() else place.stat().st_size
    except OSError:
        return 0
