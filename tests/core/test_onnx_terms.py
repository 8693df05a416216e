"""ONNX models of networks on terms of features: they take the features, and answer as the network does."""

import numpy as np
import pytest
from mixed_table import expected_outputs as expected_of_mixed
from mixed_table import new_rows, trained_run
from term_table import NEW, expected_outputs, run_on_terms
from test_onnx_columns import raw_inputs

from joml_tui.export.onnx_file import write_onnx

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


@pytest.mark.parametrize(
    ("task", "settings"),
    [("classes", {}), ("classes", {"standardize": False}), ("regression", {"standardize_y": True})],
)
def test_the_model_takes_features_in_the_units_of_the_data(tmp_path, task, settings):
    run = run_on_terms(tmp_path, task, **settings)
    write_onnx(run, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    assert [(each.name, each.shape) for each in session.get_inputs()] == [("x", ["batch", 2])]
    (y_hat,) = session.run(["y_hat"], {"x": NEW})
    np.testing.assert_allclose(y_hat, expected_outputs(run, NEW), rtol=1e-5, atol=1e-5)


def test_terms_of_a_mixed_table_follow_its_columns(tmp_path):
    run = trained_run(tmp_path, features=["age", "age^2", "sex=male", "age*sex=male"])
    write_onnx(run, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    (y_hat,) = session.run(["y_hat"], raw_inputs(run, new_rows()))
    np.testing.assert_allclose(y_hat, expected_of_mixed(run, new_rows()), rtol=1e-5, atol=1e-5)
