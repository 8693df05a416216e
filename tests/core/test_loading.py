"""Files that are read once for sizes, training and comparison."""

from __future__ import annotations

import threading
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from joml.data.readers import csv_file
from joml.data.split import Split
from joml_tui.decoding import decode
from joml_tui.experiment import loading
from joml_tui.experiment.dataset_specs import DatasetSpec
from joml_tui.experiment.loading import read_dataset, read_file_samples, read_part_sizes, reading_once, shape_of


@pytest.fixture
def path(tmp_path):
    """Return a small file that no other test reads."""
    path = tmp_path / "a.csv"
    path.write_text("x,y,label\n" + "".join(f"{row},{row * row % 7},{'ab'[row % 2]}\n" for row in range(30)))
    return path


@pytest.fixture
def readings(monkeypatch):
    """Return the list of files that are read as a whole."""
    # A sweep that another test has run in this process has files kept.
    monkeypatch.setattr(loading, "_HOLDING", Event())
    done: list[Path] = []
    find_format = csv_file.find_format

    def counted(text, *rest):
        done.append(text.source)
        return find_format(text, *rest)

    monkeypatch.setattr(csv_file, "find_format", counted)
    monkeypatch.setattr(loading, "_HOLDING", threading.Event())  # a sweep in this process holds its files
    return done


def spec(path, **settings):
    return decode({"name": "csv", "path": str(path), **settings}, DatasetSpec)


def test_a_file_is_read_once_for_its_sizes_and_for_all_who_use_it(path, readings):
    with reading_once():
        assert shape_of(spec(path)).samples == 30
        first = read_dataset(spec(path), Split(0.2), 0)
        assert read_dataset(spec(path), Split(0.2), 0) is first
        assert len(readings) == 1
    alone = read_dataset(spec(path), Split(0.2), 0)
    assert len(readings) == 2
    for ours, theirs in zip(first.__slots__, alone.__slots__, strict=True):
        assert ours == theirs
    np.testing.assert_array_equal(first.x_train, alone.x_train)
    np.testing.assert_array_equal(first.y_test, alone.y_test)
    assert first.notes == alone.notes


def test_another_seed_split_setting_or_content_is_read_anew(path, readings):
    with reading_once():
        first = read_dataset(spec(path), Split(0.2), 0)
        assert read_dataset(spec(path), Split(0.2), 1) is not first
        assert read_dataset(spec(path), Split(0.4), 0).test_size == 12
        assert read_dataset(spec(path, standardize=False), Split(0.2), 0).x_train.max() == 29
        assert read_dataset(spec(path, columns={"y": "category"}), Split(0.2), 0).input_size > 2
        path.write_text(path.read_text() + "30,1,a\n")
        assert read_dataset(spec(path), Split(0.2), 0).train_size == 25
    assert len(readings) == 6


def test_samples_are_let_go_once_they_are_a_data_set(path, readings):
    with reading_once():
        samples = read_file_samples(spec(path))
        assert read_file_samples(spec(path)) is samples
        read_dataset(spec(path), Split(0.2), 0)
        assert len(readings) == 1
        assert read_file_samples(spec(path)) is not samples


def test_what_was_read_ends_with_the_context(path, readings):
    with reading_once():
        first = read_dataset(spec(path), Split(0.2), 0)
    with reading_once():
        assert read_dataset(spec(path), Split(0.2), 0) is not first
    assert len(readings) == 2


def test_parts_of_a_file_split_by_a_column_have_sizes_whatever_its_settings(path):
    chosen = spec(path, columns={"y": {"kind": "number", "missing": "mean"}}, ignore=["x"])
    assert read_part_sizes(chosen, Split(0.2, by="y"), 0) == (24, 0, 6)
    assert read_part_sizes(chosen, Split(0.5, by="y"), 0) == (15, 0, 15)
