import subprocess
import sys

import numpy as np
import pytest

from joml.data.dataset import DatasetError, split_indices
from joml.data.sklearn_sets import diabetes, digits, iris


class TestInstalled:
    @pytest.fixture(autouse=True)
    def sklearn(self):
        return pytest.importorskip("sklearn.datasets")

    def test_digits(self, sklearn):
        data = digits(seed=3, test_share=0.25)
        train, test = split_indices(1_797, 0.25, 3)
        bunch = sklearn.load_digits()
        assert data.x_train.T.tolist() == (bunch.data[train] / 16).tolist()
        assert data.y_test.argmax(axis=0).tolist() == bunch.target[test].tolist()
        assert (data.x_train.min(), data.x_train.max()) == (0, 1)
        assert (data.name, data.class_names) == ("digits", tuple("0123456789"))

    def test_iris(self, sklearn):
        data = iris(standardize=False, seed=3)
        train, test = split_indices(150, 0.2, 3)
        bunch = sklearn.load_iris()
        assert data.x_test.T.tolist() == bunch.data[test].astype(np.float32).tolist()
        assert data.y_train.argmax(axis=0).tolist() == bunch.target[train].tolist()
        assert (data.name, data.class_names) == ("iris", ("setosa", "versicolor", "virginica"))

    def test_iris_standardised_over_the_training_part(self):
        data = iris(seed=3)
        assert data.x_train.mean(axis=1) == pytest.approx(0, abs=1e-6)
        assert data.x_train.std(axis=1) == pytest.approx(1, abs=1e-6)
        assert abs(data.x_test.mean()) > 1e-4

    def test_diabetes(self, sklearn):
        data = diabetes(standardize=False, seed=3)
        train, test = split_indices(442, 0.2, 3)
        bunch = sklearn.load_diabetes(scaled=False)
        assert data.x_test.T.tolist() == bunch.data[test].astype(np.float32).tolist()
        assert data.y_train.tolist() == [bunch.target[train].tolist()]
        assert (data.name, data.task, data.class_names) == ("diabetes", "regression", ("progression",))
        assert data.feature_names[:4] == ("age", "sex", "bmi", "bp")
        assert (min(data.y_train.min(), data.y_test.min()), max(data.y_train.max(), data.y_test.max())) == (25, 346)

    def test_diabetes_standardised_over_the_training_part(self, sklearn):
        data = diabetes(seed=3)
        train, test = split_indices(442, 0.2, 3)
        target = sklearn.load_diabetes().target
        assert data.x_train.mean(axis=1) == pytest.approx(0, abs=1e-6)
        assert data.x_train.std(axis=1) == pytest.approx(1, abs=1e-6)
        assert data.y_test[0] == pytest.approx((target[test] - target[train].mean()) / target[train].std(), abs=1e-6)

    @pytest.mark.parametrize("make", [digits, iris, diabetes])
    def test_the_seed_decides_the_parts(self, make):
        first, again, other = (make(seed=seed) for seed in (1, 1, 2))
        assert first.y_train.tolist() == again.y_train.tolist() != other.y_train.tolist()


@pytest.mark.parametrize("make", [digits, iris, diabetes])
def test_without_scikit_learn_the_way_to_it_is_reported(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(DatasetError) as caught:
        make()
    expected = f"{make.__name__} needs scikit-learn: pip install 'joml-tui[sklearn]'"
    assert str(caught.value) == expected


@pytest.mark.slow
def test_importing_does_not_import_it():
    code = "import joml.data.sklearn_sets, sys; print('sklearn' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
