"""Runs as estimators: the answers of ``joml-tui predict`` for the raw columns of their data."""

import json
import pickle

import mixed_table
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from term_table import NEW, expected_outputs, run_on_terms

import joml.files.weights
from joml_tui.estimators import JomlClassifier, JomlRegressor
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.export.weight_files import write_npz, write_safetensors
from joml_tui.reports.prediction import build_predictor, reading_rows
from joml_tui.runs.run import start_run
from joml_tui.store import StoreError, open_store


def predicted(run, path):
    """Return the outputs of the run's network for a file, as ``joml-tui predict`` computes them."""
    predictor = build_predictor(run.experiment, run.snapshots.latest, run.preparation)
    with reading_rows(path, "rows.csv", run.preparation) as rows:
        return np.concatenate([predictor.predict(x) for x in rows.blocks()])


def trained(written):
    run = start_run(parse_experiment(json.dumps(written)), engine="thread")
    assert run.wait(300)
    assert run.preparation is not None, run.message
    return run


@pytest.fixture(scope="module", params=["classes", "regression"])
def run(request, tmp_path_factory):
    """A run on a table of mixed columns, and its task."""
    settings = {"standardize_y": True} if request.param == "regression" else {}
    return mixed_table.trained_run(tmp_path_factory.mktemp("mixed"), request.param, **settings), request.param


def stored(run, tmp_path):
    """Return the path of a store with the run."""
    path = tmp_path / "runs.db"
    with open_store(path) as store:
        store.keep(run, name="mixed")
    return path


@pytest.mark.parametrize("by", ["run", "npz", "safetensors"])
def test_a_run_gives_the_answers_of_predict_for_raw_columns(run, by, tmp_path):
    """Categories, truth values, dates and missing cells, in another order of the columns."""
    run, task = run
    kind = JomlClassifier if task == "classes" else JomlRegressor
    if by == "run":
        estimator = kind.from_run("mixed", stored(run, tmp_path))
    else:
        path = tmp_path / f"net.{by}"
        (write_npz if by == "npz" else write_safetensors)(run, path)
        estimator = kind.from_file(path)
    rows = mixed_table.new_rows()
    path = mixed_table.write_rows(tmp_path / "rows.csv", mixed_table.NAMES[:-1], rows)
    expected = predicted(run, path)
    names = list(reversed(mixed_table.NAMES[:-1]))
    pa = pytest.importorskip("pyarrow")
    frame = pa.table(
        {name: [row[mixed_table.NAMES.index(name)] for row in rows] for name in names} | {"more": [1] * len(rows)}
    )
    with pytest.warns(UserWarning, match="without a feature"):
        answers = estimator.predict(frame) if task == "regression" else estimator.predict_proba(frame)
    np.testing.assert_allclose(answers.reshape(expected.shape), expected, rtol=1e-5, atol=1e-5)
    with pytest.warns(UserWarning):
        classes = estimator.predict(frame)
    if task == "classes":
        assert estimator.classes_.tolist() == ["cheap", "dear"]
        assert classes.tolist() == [["cheap", "dear"][place] for place in expected.argmax(axis=1)]
    assert tuple(estimator.feature_names_in_) == mixed_table.NAMES[:-1]
    assert estimator.network_.architecture == run.architecture
    assert estimator.hidden_layers == (6,)
    assert repr(estimator.activation) == "Tanh()"
    again = pickle.loads(pickle.dumps(estimator))
    with pytest.warns(UserWarning):
        np.testing.assert_array_equal(again.predict(frame), classes)


def test_numbers_are_arrays_or_frames_by_name(tmp_path):
    """The rows of a data set of numbers are scaled as in training."""
    random = np.random.default_rng(0)
    x = random.normal(5, 2, (80, 3))
    path = tmp_path / "numbers.csv"
    label = np.where(x[:, 0] > 5, "high", "low")
    mixed_table.write_rows(
        path, ("a", "b", "c", "label"), [[*map(repr, row), text] for row, text in zip(x.tolist(), label, strict=True)]
    )
    run = trained({"version": 1, "dataset": {"name": "csv", "path": str(path)}, "layers": [{"size": 4}], "epochs": 20})
    estimator = JomlClassifier.from_run(1, stored(run, tmp_path))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        of_array = estimator.predict_proba(x)
    np.testing.assert_allclose(of_array, predicted(run, path), atol=1e-5)
    pa = pytest.importorskip("pyarrow")
    frame = pa.table({"c": x[:, 2], "note": ["-"] * 80, "a": x[:, 0], "b": x[:, 1]})
    np.testing.assert_allclose(estimator.predict_proba(frame), of_array, atol=1e-12)
    assert estimator.score(frame, label) == np.mean(estimator.predict(frame) == label)
    with pytest.raises(ValueError, match="X: 2 columns are missing: 'a', 'b'"):
        estimator.predict(frame.drop(["a", "b"]))


def test_fit_trains_anew(tmp_path):
    run = trained({"version": 1, "dataset": {"name": "xor", "samples": 100}, "layers": [{"size": 4}], "epochs": 2})
    estimator = JomlClassifier.from_run("last", stored(run, tmp_path))
    assert not hasattr(estimator, "partial_fit")
    assert not hasattr(estimator, "feature_names_in_")
    x = np.random.default_rng(0).normal(size=(50, 2))
    assert estimator.predict(x).shape == (50,)
    estimator.fit(x, x[:, 0] > 0)
    assert estimator.classes_.tolist() == [False, True]
    estimator.partial_fit(x, x[:, 0] > 0)


def test_other_tasks_and_files_are_refused_in_a_sentence(run, tmp_path):
    run, task = run
    other = JomlRegressor if task == "classes" else JomlClassifier
    path = stored(run, tmp_path)
    with pytest.raises(ValueError, match=r"mixed #1 predicts \w+, and Joml\w+ \w+: use Joml"):
        other.from_run(1, path)
    with pytest.raises(StoreError, match=r"there is no run called mixt in .*did you mean mixed"):
        other.from_run("mixt", path)
    with pytest.raises(FileNotFoundError, match=r"there is no file .*none.db, so it holds no runs"):
        other.from_run(1, tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()
    weights = tmp_path / "old.npz"
    joml.files.weights.save(joml.Network.from_architecture("2-3-2"), weights)
    with pytest.raises(ValueError, match=r"weights without their experiment.*export the run again"):
        other.from_file(weights)
    with pytest.raises(FileNotFoundError):
        other.from_file(tmp_path / "none.npz")
    with pytest.raises(NotFittedError):
        other().predict([[1.0]])


def test_outputs_that_are_no_probabilities_are_not_called_so(tmp_path):
    written = {"version": 1, "dataset": {"name": "xor", "samples": 100}, "layers": [{"size": 4}], "epochs": 2}
    written["output"] = {"activation": "relu", "cost": "mean-squared-error"}
    estimator = JomlClassifier.from_run(1, stored(trained(written), tmp_path))
    assert estimator.predict([[0.5, 0.5]]).shape == (1,)
    with pytest.raises(ValueError, match="are no probabilities but those of relu: use predict"):
        estimator.predict_proba([[0.5, 0.5]])


def test_custom_parts_run_only_when_allowed(tmp_path):
    (tmp_path / "mine.py").write_text("from joml import Tanh\n\n\nclass Mine(Tanh):\n    pass\n")
    written = {"version": 1, "dataset": {"name": "xor", "samples": 100}, "epochs": 1}
    written["layers"] = [{"size": 4, "activation": {"own": f"{tmp_path / 'mine.py'}:Mine"}}]
    run = trained(written)
    path = tmp_path / "net.npz"
    write_npz(run, path)
    with pytest.raises(ValueError, match=r"names parts of its author's own.*own_parts=True"):
        JomlClassifier.from_file(path)
    assert JomlClassifier.from_file(path, own_parts=True).predict([[0.5, 0.5]]).shape == (1,)


@pytest.mark.parametrize("by", ["run", "npz"])
def test_terms_of_features_are_computed_of_the_columns(tmp_path, by):
    run = run_on_terms(tmp_path, "regression", standardize_y=True)
    if by == "run":
        estimator = JomlRegressor.from_run("mixed", stored(run, tmp_path))
    else:
        write_npz(run, tmp_path / "net.npz")
        estimator = JomlRegressor.from_file(tmp_path / "net.npz")
    assert (estimator.n_features_in_, tuple(estimator.feature_names_in_)) == (2, ("length", "mass"))
    pa = pytest.importorskip("pyarrow")
    answers = estimator.predict(pa.table({"mass": NEW[:, 1], "length": NEW[:, 0]}))
    np.testing.assert_allclose(answers, expected_outputs(run, NEW)[:, 0], rtol=1e-5, atol=1e-5)
