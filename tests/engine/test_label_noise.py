"""Label noise: how many labels are wrong, and where."""

import numpy as np
import pytest

from joml.data.dataset import DatasetError
from joml.data.generators.planar import blobs
from joml.data.generators.regression import sine
from joml.data.label_noise import with_label_noise


def test_a_share_of_the_training_labels_has_another_class():
    data = blobs(samples=1000, classes=4)
    noisy = with_label_noise(data, 0.25, seed=3)
    before, after = data.y_train.argmax(axis=0), noisy.y_train.argmax(axis=0)
    assert (before != after).sum() == 200
    assert set(zip(before[before != after], after[before != after], strict=True)) == {
        (own, other) for own in range(4) for other in range(4) if own != other
    }
    np.testing.assert_array_equal(noisy.y_train.sum(axis=0), 1)
    assert noisy.y_test is data.y_test or (noisy.y_test == data.y_test).all()
    assert noisy.notes[0] == (
        "label noise: 200 of the 800 training samples (25.0 %) have a wrong class, drawn from the seed 3; "
        "figures of the training part count it as the right one"
    )


def test_it_depends_on_the_seed_alone():
    data = blobs(samples=200)
    one, same, other = (with_label_noise(data, 0.5, seed).y_train for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_none_leaves_the_data_and_what_cannot_be_is_refused():
    data = blobs(samples=200)
    assert with_label_noise(data, 0.0) is data
    with pytest.raises(ValueError, match="the share of label noise must be a number"):
        with_label_noise(data, 1.0)
    with pytest.raises(DatasetError, match="only labels of classes can be made wrong"):
        with_label_noise(sine(), 0.1)
