"""Painted points in files."""

import numpy as np

from joml_tui.experiment import CsvFile
from joml_tui.export.point_files import write_points
from joml_tui.inspect.data_preview import read_preview


def test_points_are_read_back_as_a_data_set(tmp_path):
    rng = np.random.default_rng(1)
    points, classes = rng.uniform(-1, 1, (40, 2)), np.arange(40) % 3 + 1
    path = write_points(tmp_path, points, classes)
    assert path == tmp_path / "points.csv"
    preview = read_preview(CsvFile(path=str(path), label="class", standardize=False), seed=0)
    assert preview.names == ("1", "2", "3") and preview.counts == (14, 13, 13)
    assert np.allclose(np.sort(preview.points[0]), np.sort(points[:, 0]), atol=1e-4)


def test_an_earlier_painting_stays(tmp_path):
    points, classes = np.zeros((2, 2)), np.array([1, 2])
    first = write_points(tmp_path, points, classes)
    assert write_points(tmp_path, points, classes).name == "points-2.csv"
    assert first.read_text() == "x1,x2,class\n0.0000,0.0000,1\n0.0000,0.0000,2\n"
