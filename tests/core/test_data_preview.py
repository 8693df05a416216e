"""Previews of data: what is drawn of them, and that the figures are those of the data."""

import numpy as np
import pytest

from joml import Dataset
from joml_tui.experiment import CsvFile, SpinGlass, Spirals
from joml_tui.inspect.data_preview import preview_data, read_preview


def dataset(x, y, **settings):
    half = x.shape[1] // 2
    return Dataset(x[:, :half], y[:, :half], x[:, half:], y[:, half:], **settings)


def test_classes_are_counted_over_all_parts():
    preview = read_preview(SpinGlass(), seed=0)
    assert sum(preview.counts) == preview.samples == 16_384
    assert preview.counts == (3_258, 4_674, 3_926, 4_526)
    assert preview.points is None and preview.images is None and preview.values is None


def test_two_features_are_points_of_their_classes():
    preview = read_preview(Spirals(samples=400), seed=3)
    assert preview.points.shape == (2, 400)
    assert np.bincount(preview.labels.astype(int)).tolist() == list(preview.counts)


def test_square_pixels_are_images_of_all_classes():
    rng = np.random.default_rng(0)
    x, y = rng.random((64, 40)), np.eye(4)[:, np.arange(40) % 4]
    preview = preview_data(dataset(x, y))
    assert preview.images.shape == (24, 8, 8)
    assert preview.images.min() == 0 and preview.images.max() == 1
    assert np.allclose(preview.images[1] * (x[:, :24].max() - x[:, :24].min()) + x[:, :24].min(), x[:, 1].reshape(8, 8))


def test_values_have_a_distribution_and_one_feature_is_a_curve():
    x = np.linspace(-1, 1, 50)[None]
    preview = preview_data(dataset(x, x**2, task="regression"))
    assert preview.values.sum() == 50 and preview.counts == ()
    assert np.allclose(preview.points[1], preview.points[0] ** 2, atol=1e-6)
    assert preview.labels.min() >= 0 and preview.labels.max() == 1


def test_answers_are_counted():
    y = np.array([[1, 1, 0, 0, 1, 1], [1, 0, 0, 0, 0, 0]], float)
    preview = preview_data(dataset(np.ones((3, 6)) * np.arange(6), y, task="multilabel"))
    assert preview.counts == (4, 1)


def test_a_large_file_is_not_read_for_a_preview(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a,b,label\n" + "1,2,x\n2,1,y\n" * 20)
    assert read_preview(CsvFile(path=str(path)), seed=0).samples == 40
    monkeypatch.setattr("joml_tui.inspect.data_preview._LARGEST_FILE", 100)
    assert read_preview(CsvFile(path=str(path)), seed=0) is None


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        read_preview(CsvFile(path=str(tmp_path / "none.csv")), seed=0)


def test_axes_have_names_and_ranges_in_the_units_of_the_data(tmp_path):
    path = tmp_path / "houses.csv"
    rows = [f"{size},{size % 7},{1000 * size}" for size in range(50, 90)]
    path.write_text("\n".join(["size,age,price", *rows]) + "\n")
    preview = read_preview(CsvFile(path=str(path), task="regression", standardize_y=True), seed=0)
    named = [(axis.name, round(axis.low, 3), round(axis.high, 3)) for axis in preview.axes]
    assert named == [("size", 50, 89), ("age", 0, 6)]
    path.write_text("\n".join(["size,age,rooms,price", *(row.replace(",", ",1,", 1) for row in rows)]) + "\n")
    (axis,) = read_preview(CsvFile(path=str(path), task="regression", standardize_y=True), seed=0).axes
    assert (axis.name, round(axis.low, 1), round(axis.high, 1)) == ("price", 50_000, 89_000)
