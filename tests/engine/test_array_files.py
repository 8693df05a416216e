"""Files of arrays: what each kind gives, and what is refused."""

import io

import numpy as np
import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.array_files import open_arrays
from joml.data.readers.npz_file import read_npz, read_npz_samples

X = np.arange(12.0).reshape(6, 2) / 4
Y = np.array([0, 1, 0, 1, 1, 0])


def refused(path):
    with pytest.raises(DatasetError) as caught, open_arrays(path):
        pass
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_single_array_has_y_in_its_last_column(tmp_path):
    np.save(tmp_path / "table.npy", np.column_stack((X, Y)))
    samples = read_npz_samples(tmp_path / "table.npy")
    assert np.array_equal(samples.x, X) and np.array_equal(samples.y, Y)
    assert samples.class_names == ("0", "1")


@pytest.mark.parametrize("array", [Y, X[:, :1], np.ones((2, 2, 2))])
def test_a_single_array_of_another_shape_is_refused(tmp_path, array):
    np.save(tmp_path / "table.npy", array)
    assert f"has the shape {array.shape}; a single array has samples as rows" in refused(tmp_path / "table.npy")


def test_objects_are_never_unpickled(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([[{}, {}]]), allow_pickle=True)
    assert "holds Python objects, which are never unpickled" in refused(tmp_path / "objects.npy")


def test_a_matlab_file(tmp_path):
    io_of = pytest.importorskip("scipy.io")
    io_of.savemat(tmp_path / "course.mat", {"X": X, "y": Y[:, np.newaxis], "name": "text", "cell": np.array([{}])})
    with open_arrays(tmp_path / "course.mat") as arrays:
        assert sorted(arrays) == ["X", "y"]
    data = read_npz(tmp_path / "course.mat", standardize=False)
    assert (data.input_size, data.output_size, data.train_size + data.test_size) == (2, 2, 6)


def test_a_libsvm_file(tmp_path):
    datasets = pytest.importorskip("sklearn.datasets")
    datasets.dump_svmlight_file(X, Y, str(tmp_path / "data.svm"), zero_based=False, comment="made by a test")
    samples = read_npz_samples(tmp_path / "data.svm")
    assert np.array_equal(samples.x, X) and np.array_equal(samples.y, Y)


def test_a_sparse_file_of_too_many_features_is_refused(tmp_path):
    pytest.importorskip("sklearn")
    (tmp_path / "wide.svm").write_text("1 1:1\n0 100000000:1\n" * 10)
    assert "samples of 100,000,000 features need" in refused(tmp_path / "wide.svm")


def test_every_truncated_file_is_refused_or_read(tmp_path):
    pytest.importorskip("scipy")
    import scipy.io

    array, matlab = io.BytesIO(), io.BytesIO()
    np.save(array, X)
    scipy.io.savemat(matlab, {"x": X, "y": Y}, do_compression=True)
    parts = [array.getvalue()[:size] for size in range(0, array.tell(), 7)]
    # In the header, at its end, in the tag of an array, in the array and in its last byte: each starts a process.
    parts += [matlab.getvalue()[:size] for size in (0, 60, 128, 133, 170, matlab.tell() - 1)]
    for part in parts:
        (tmp_path / "part").write_bytes(part)
        with pytest.raises(DatasetError):
            read_npz(tmp_path / "part")


def test_damage_that_ends_a_reader_of_matlab_files_is_a_sentence(tmp_path):
    io_of = pytest.importorskip("scipy.io")
    io_of.savemat(tmp_path / "a.mat", {"x": X})
    content = bytearray((tmp_path / "a.mat").read_bytes())
    assert content[176] == 9  # the type of the numbers of x; for 137, SciPy reads beyond its memory
    content[176] = 137
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(DatasetError, match="is not a MATLAB file, or is damaged"), open_arrays(tmp_path / "a.mat"):
        pass
