"""Decimal commas that are certain from the first rows are read as those that all cells decide."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml.data.dataset_error import DatasetError
from joml.data.readers import csv_file, csv_text
from joml.data.readers.csv_file import read_csv, read_table
from joml.data.tables import text_reader

CELLS = ["1,5", "2", "0,25", "1,200", "1.200", "1.5", "1,200,000", "-3,5e2", "7,", "x", "12.500", "3.0"]


def outcome(path):
    try:
        table = read_table(path)
    except DatasetError as error:
        return str(error)
    return table.x.tolist(), table.y.tolist(), table.notes, table.layout.commas


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(
    columns=st.lists(st.sets(st.sampled_from(CELLS), min_size=1, max_size=3), min_size=2, max_size=3),
    chosen=st.randoms(use_true_random=False),
    sample=st.sampled_from([1, 3, 100]),
)
def test_the_outcome_is_that_of_looking_at_every_cell(tmp_path_factory, columns, chosen, sample):
    path = tmp_path_factory.getbasetemp() / "commas.csv"
    rows = [[*(chosen.choice(sorted(cells)) for cells in columns), "ab"[n % 2]] for n in range(8)]
    path.write_text("".join(";".join(row) + "\n" for row in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("joml.data.readers.decimal_commas._SAMPLE_ROWS", sample)
        patch.setattr(csv_text, "_PLAIN_BYTES", 2**60)
        expected = outcome(path)
        patch.setattr(csv_text, "_PLAIN_BYTES", 0)
        assert outcome(path) == expected


def test_large_files_with_decimal_commas_are_read_at_once(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("every cell was looked at")

    monkeypatch.setattr(csv_text, "Faults", refuse)
    monkeypatch.setattr(csv_text, "_read_any", refuse)
    path = tmp_path / "data.csv"
    # A column with decimal points decides on its own points, and keeps no file from being read at once.
    path.write_text("a;b;n;p;kind\n" + "1,5;-0,25;3;0.75;x\n2,5;7,125;4;1.5;y\n" * 5_000)
    table = read_table(path)
    assert table.x[1].tolist() == [2.5, 7.125, 4, 1.5]
    assert table.layout.commas == {0: "decimal", 1: "decimal"}
    assert "commas are read as decimal points" in " ".join(table.notes)


MIXED = [*CELLS, "", "NA", "?", ".", "red", "7%", "1,5 %", "04.03.2021"]


def outcome_of_mixed(path, task):
    try:
        data = read_csv(path, standardize=False, task=task)
    except DatasetError as error:
        return str(error)
    return data.x_train.tolist(), data.y_train.tolist(), data.feature_names, data.notes, data.preparation.columns


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(
    columns=st.lists(st.sets(st.sampled_from(MIXED), min_size=1, max_size=3), min_size=2, max_size=3),
    chosen=st.randoms(use_true_random=False),
    sample=st.sampled_from([1, 3, 100]),
    task=st.sampled_from(["classes", "regression"]),
)
def test_the_outcome_of_mixed_columns_is_that_of_looking_at_every_cell(tmp_path_factory, columns, chosen, sample, task):
    path = tmp_path_factory.getbasetemp() / "commas.csv"
    labels = ["a", "b"] if task == "classes" else ["1,5", "2", ""]
    rows = [[*(chosen.choice(sorted(cells)) for cells in columns), labels[n % len(labels)]] for n in range(9)]
    path.write_text("".join(";".join(row) + "\n" for row in [[*"xyz"[: len(columns)], "label"], *rows]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("joml.data.readers.decimal_commas._SAMPLE_ROWS", sample)
        expected = outcome_of_mixed(path, task)
        patch.setattr(text_reader, "_LARGE_BYTES", 0)
        assert repr(outcome_of_mixed(path, task)) == repr(expected)


def test_large_mixed_files_with_decimal_commas_are_read_at_once(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("every cell was looked at")

    monkeypatch.setattr(csv_file, "Faults", refuse)
    monkeypatch.setattr(text_reader, "_LARGE_BYTES", 0)
    path = tmp_path / "data.csv"
    path.write_text("a;b;c;kind\n" + "1,5;-0,25;red;x\n;7,125;blue, dark;y\n" * 500)
    data = read_csv(path, standardize=False)
    assert data.feature_names == ("a", "a missing", "b", "c=blue, dark", "c=red")
    assert set(data.x_train[2].tolist()) == {-0.25, 7.125}
    assert "commas are read as decimal points" in " ".join(data.notes)
