"""Names of outputs and features, and one-hot columns."""

import numpy as np
import pytest

from joml.data.dataset_error import DatasetError
from joml.data.row_names import name_features, name_outputs, one_hot


def test_outputs_without_names_are_numbered_as_their_task_has_it():
    assert name_outputs((), 3, "classes") == ("0", "1", "2")
    assert name_outputs((), 2, "multilabel") == ("y1", "y2")
    assert name_outputs([], 1, "regression") == ("y1",)
    assert name_features((), 2) == ("x1", "x2")


def test_names_that_are_given_are_kept_in_their_order():
    assert name_outputs(["late", "early"], 2, "classes") == ("late", "early")
    assert name_features(["width", "age"], 2) == ("width", "age")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (lambda: name_outputs(["a"], 2, "classes"), "class_names: 2 names were expected, got 1"),
        (lambda: name_features(["a", "b", "c"], 2), "feature_names: 2 names were expected, got 3"),
    ],
)
def test_a_name_too_few_or_too_many_is_refused(names, message):
    with pytest.raises(DatasetError, match=message):
        names()


def test_one_hot_columns_have_their_one_in_the_row_of_the_class():
    columns = one_hot([2, 0, 2], 4)
    assert columns.dtype == np.float32
    assert columns.tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 1], [0, 0, 0]]
    assert one_hot(np.array([], int), 3).shape == (3, 0)


@pytest.mark.parametrize("classes", [[0, 3], [-1, 0]])
def test_a_class_out_of_range_is_refused(classes):
    with pytest.raises(DatasetError, match="classes: numbers from 0 to 2 were expected"):
        one_hot(classes, 3)


@pytest.mark.parametrize("classes", [[0.0, 1.0], [[0, 1]], ["a"], [True, False]])
def test_what_is_no_list_of_whole_numbers_is_refused(classes):
    with pytest.raises(DatasetError, match="classes: whole numbers in one dimension were expected"):
        one_hot(classes, 3)
