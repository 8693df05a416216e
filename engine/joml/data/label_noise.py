"""Label noise: a share of the training labels is replaced by wrong ones, to see what a network does with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from joml.data.dataset import Dataset, DatasetError
from joml.rng import stream
from joml.validation import number


def with_label_noise(data: Dataset, share: float, seed: int = 0) -> Dataset:
    """Return data of classes in which a share of the training samples has another class than its own.

    Parameters
    ----------
    data : Dataset
        It is not changed, and its validation and test parts stay as they are.
    share : float
        From 0 to below 1; of n samples, the nearest whole number to share n. Every other class is equally probable.
    seed : int, default 0
        Decides which samples have which class.

    Returns
    -------
    Dataset
        With a note on the wrong labels; the same data if there are none.

    Raises
    ------
    DatasetError
        The data have no classes, or a single one is left.
    ValueError
        The share is out of its range.
    """
    number(share, "the share of label noise", 0, 1)
    if share and data.task != "classes":
        raise DatasetError(f"only labels of classes can be made wrong, and the data set is of the task {data.task}")
    count = round(share * data.train_size)
    if not count:
        return data
    generator = stream(seed, "label noise")
    wrong = np.sort(generator.permutation(data.train_size)[:count])
    labels = data.y_train.argmax(axis=0)
    labels[wrong] = (labels[wrong] + generator.integers(1, data.output_size, count)) % data.output_size
    y = np.zeros_like(data.y_train)
    y[labels, np.arange(len(labels))] = 1
    share = 100 * count / data.train_size
    note = (
        f"label noise: {count:,} of the {data.train_size:,} training samples ({share:.1f} %) have a wrong class, drawn "
        f"from the seed {seed}; figures of the training part count it as the right one"
    )
    return replace(data, y_train=y, notes=(note, *data.notes))
