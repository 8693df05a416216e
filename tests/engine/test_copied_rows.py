"""Rows of a test part that are also in the training part."""

import numpy as np
import pytest

from joml.data.readers.csv_file import read_csv
from joml.data.readers.csv_folder import read_csv_folder
from joml.data.readers.npz_file import read_npz
from joml.data.tables.copied_rows import describe_copied_samples, describe_repeated_rows

RANDOM = np.random.default_rng(2)
X = RANDOM.normal(size=(100, 3)).round(3)
Y = RANDOM.integers(0, 2, 100)


def note_on(x_test, y_test, x=X, y=Y):
    joined = np.concatenate([x, x_test]), np.concatenate([y, y_test])
    return "".join(describe_copied_samples(*joined, len(x), "test", "train"))


def test_copies_are_named_in_any_order():
    order = RANDOM.permutation(100)
    assert note_on(X, Y).startswith("test has the rows of train: the test score is one of samples trained on")
    assert note_on(X[order], Y[order]).startswith("test has the rows of train")
    assert note_on(X[order[:30]], Y[order[:30]]).startswith("test has only rows of train")
    new = RANDOM.normal(size=(20, 3))
    mixed = note_on(np.r_[X[order[:30]], new], np.r_[Y[order[:30]], np.zeros(20, int)])
    assert mixed.startswith("30 of the 50 rows of test are also in train: the test score is mostly one of samples")


def test_a_few_copies_other_targets_and_tables_of_few_categories_are_no_sign():
    new = RANDOM.normal(size=(100, 3))
    assert note_on(np.r_[X[:10], new], np.r_[Y[:10], np.zeros(100, int)]) == ""
    assert note_on(X, 1 - Y) == ""
    answers = RANDOM.integers(0, 2, (100, 3))
    assert note_on(answers[:50], np.zeros(50, int), answers, np.zeros(100, int)) == ""
    assert describe_copied_samples(X, Y, 100, "test", "train") == ()


def test_missing_numbers_and_zeros_of_both_signs_are_alike():
    x = X.copy()
    x[:, 0], x[:50, 1] = np.nan, 0.0
    other = x.copy()
    other[:50, 1] = -0.0
    assert note_on(other[::-1], Y[::-1], x).startswith("test has the rows of train")


def rows(x, y):
    return "a,b,c,k\n" + "".join(f"{a},{b},{c},{'xy'[k]}\n" for (a, b, c), k in zip(x, y, strict=True))


@pytest.mark.parametrize("reader", ["csv", "csv-folder", "npz"])
def test_readers_note_them(tmp_path, reader):
    order = RANDOM.permutation(100)
    if reader == "csv":
        (tmp_path / "train.csv").write_text(rows(X, Y))
        (tmp_path / "test.csv").write_text(rows(X[order], Y[order]))
        data = read_csv(tmp_path / "train.csv", test_path=tmp_path / "test.csv")
    elif reader == "npz":
        np.savez(tmp_path / "a.npz", x=X, y=Y, x_test=X[order], y_test=Y[order])
        data = read_npz(tmp_path / "a.npz")
    else:
        for part, chosen in (("train", slice(None)), ("test", order)):
            np.savetxt(tmp_path / f"x_{part}.csv", X[chosen], "%.3f", ",")
            np.savetxt(tmp_path / f"y_{part}.csv", Y[chosen], "%d")
        data = read_csv_folder(tmp_path)
    assert sum("has the rows of" in note for note in data.notes) == 1


def test_repeated_rows_of_a_file_are_counted(tmp_path):
    rows = [f"{a},{b},{c},{y}\n" for (a, b, c), y in zip(X, Y, strict=True)]
    for header, extra, reads in (("a,b,c,y\n", "", "numbers"), ("a,b,c,y,city\n", "Ulm", "texts")):
        lines = [line.replace("\n", f",{extra}{place % 3}\n" if extra else "\n") for place, line in enumerate(rows)]
        (tmp_path / f"{reads}.csv").write_text(header + "".join([*lines, *lines[:30]]))
        notes = " ".join(read_csv(tmp_path / f"{reads}.csv", label="y").notes)
        assert "30 of 130 rows repeat other rows in all columns" in notes, reads
        (tmp_path / f"{reads}.csv").write_text(header + "".join([*lines, *lines[:4]]))
        assert "repeat" not in " ".join(read_csv(tmp_path / f"{reads}.csv", label="y").notes)


def test_rows_of_few_values_are_often_alike():
    few = [RANDOM.integers(0, 3, 500) for _ in range(4)]
    assert describe_repeated_rows(few) == ()
    assert describe_repeated_rows([]) == describe_repeated_rows([np.zeros(0)]) == ()
    many = [np.tile(RANDOM.normal(size=10_000), 2) for _ in range(3)]
    assert describe_repeated_rows(many) == ()  # the first 10,000 are all different
    assert describe_repeated_rows([np.repeat(each, 2) for each in many])[0].startswith("5,000 of the first 10,000 rows")
