"""Numbers of rows to predict that lie far from those trained on."""

import numpy as np
import pytest

from joml.data.readers.csv_file import read_csv
from joml_tui.reports.far_numbers import FarNumbers


@pytest.fixture
def preparation(tmp_path):
    rows = "".join(f"{1.5 + row % 7 / 10},{'ab'[row % 2]},{row % 40 == 0:d},{row % 3}\n" for row in range(600))
    (tmp_path / "people.csv").write_text("height,sex,rare,kind\n" + rows)
    return read_csv(tmp_path / "people.csv").preparation


def notes_on(preparation, *blocks):
    far = FarNumbers(preparation)
    for block in blocks:
        far.add(np.array(block, float))
    return far.notes()


def test_numbers_in_another_unit_are_counted(preparation):
    assert preparation.feature_names == ("height", "sex=a", "sex=b", "rare")
    assert notes_on(preparation, [[1.7, 1, 0, 0], [170, 1, 0, 1]], [[165, 0, 1, 0]]) == (
        "height: 2 of 3 numbers are more than 22 standard deviations from the mean of training, such as 170: is it in "
        "the same unit?",
    )


def test_values_that_training_had_and_data_that_are_not_scaled_have_no_note(preparation, tmp_path):
    assert notes_on(preparation, [[2.1, 1, 0, 1], [1.5, 0, 1, 0]]) == ()
    assert notes_on(read_csv(tmp_path / "people.csv", standardize=False).preparation, [[1e9, 1, 0, 1]]) == ()
