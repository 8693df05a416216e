"""Layers of all kinds in ONNX files: onnxruntime predicts what the network does; a layer of one's own is refused."""

from __future__ import annotations

import numpy as np
import pytest

from joml_tui.export import ExportError
from joml_tui.export.onnx_file import onnx_model
from tests.core.layer_stacks import OWN, STACKS, network_of, random_stack


def largest_difference(network):
    """Return how far onnxruntime is from the network on some samples."""
    pytest.importorskip("onnx", reason="ONNX files need onnx")
    onnxruntime = pytest.importorskip("onnxruntime", reason="another program that predicts with ONNX files")
    x = np.random.default_rng(6).normal(size=(network.input_size, 5)).astype(np.float32)
    session = onnxruntime.InferenceSession(onnx_model(network).SerializeToString())
    (y_hat,) = session.run(None, {"x": x.T})
    return np.abs(y_hat.T - network.predict(x)).max()


@pytest.mark.parametrize("kind", STACKS)
def test_a_layer_predicts_the_same_in_onnx(kind):
    assert largest_difference(network_of(STACKS[kind]())) < 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_random_stacks_predict_the_same_in_onnx(seed):
    assert largest_difference(network_of(random_stack(seed), (1, 9, 9))) < 1e-5


@pytest.mark.parametrize("layer", OWN)
def test_a_layer_of_ones_own_is_refused_by_name(layer):
    pytest.importorskip("onnx", reason="ONNX files need onnx")
    with pytest.raises(ExportError, match=r"(Doubled|Narrow)\(.*\) is a layer of your own, which ONNX"):
        onnx_model(network_of([layer()]))
