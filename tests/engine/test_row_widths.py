"""Rows of another length are named all at once."""

import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_file import read_csv_samples


def message(path, content):
    path.write_text(content)
    with pytest.raises(DatasetError) as caught:
        read_csv_samples(path)
    return str(caught.value).partition("t.csv")[2]


@pytest.mark.parametrize("size", ["1", "s"])
def test_all_rows_of_another_length_are_counted(tmp_path, size):
    path, good, bad = tmp_path / "t.csv", f"{size},2,x\n", "1,y\n"
    assert message(path, "a,b,k\n" + good + bad + good) == ":3: 2 columns instead of 3 as in line 1"
    several = message(path, "a,b,k\n" + good + bad + good + "1,2,3,x\n" + bad)
    assert several.startswith(
        ":3: 2 columns instead of 3 as in line 1; 2 more rows do not have 3 either, in lines 5, 6: write as many fields"
    )
    assert "12, 13 and 9 more: write" in message(path, "a,b,k\n" + good + bad * 20)
