"""The original library's ``utils``: one-hot columns of class numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from joml.data import dataset
from joml.data.dataset import DatasetError, FloatArray


def one_hot(y_vect: ArrayLike, num_classes: int | None = None, transpose: bool = False) -> FloatArray:
    """Return the one-hot columns of class numbers.

    Parameters
    ----------
    y_vect : array_like of int
        Classes, counted from 0; an array of any shape is read in order.
    num_classes : int, optional
        Number of rows; by default one more than the largest class. Set it where a training and a test part must agree,
        as a part may lack the last class.
    transpose : bool, default False
        Return (samples, classes) instead.

    Returns
    -------
    ndarray of float32, shape (num_classes, samples)

    Raises
    ------
    DatasetError
        There are no classes, or one is not a whole number from 0 to ``num_classes - 1``.
    """
    classes = np.asarray(y_vect).reshape(-1)
    if not classes.size:
        raise DatasetError("one_hot: there are no classes, got an empty array")
    if classes.dtype.kind == "f" and np.isfinite(classes).all() and (classes == np.trunc(classes)).all():
        classes = classes.astype(np.int64)  # as numpy.loadtxt reads them
    count = int(classes.max()) + 1 if num_classes is None and classes.dtype.kind in "iu" else num_classes
    columns = dataset.one_hot(classes, 0 if count is None else count)
    return columns.T if transpose else columns
