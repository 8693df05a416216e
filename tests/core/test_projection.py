"""Activations in the plane, against principal components by NumPy's singular values."""

import numpy as np
import pytest
from msgspec import structs

from joml_tui import inspect
from joml_tui.experiment import Diabetes, Experiment, LayerSpec, OutputSpec, SplitSpec, Xor
from joml_tui.inspect.layer_names import layer_names
from joml_tui.inspect.projection import Projection, principal_plane, turned_to
from joml_tui.runs.worker.builder import build_subject
from tests.core.image_training import training

XOR = Experiment(dataset=Xor(samples=200), layers=(LayerSpec(8, "tanh"), LayerSpec(1, "relu")), batch_size=16)


def plane(rows):
    centred = rows - rows.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return u[:, :2] * s[:2], (s[:2] ** 2).sum() / (s**2).sum()


@pytest.mark.parametrize("shape", [(30, 4), (10, 25), (6, 2)])
def test_the_plane_is_that_of_the_two_largest_singular_values(shape):
    rows = np.random.default_rng(1).normal(size=shape) * np.arange(1, shape[1] + 1)
    points, share = principal_plane(rows)
    expected, expected_share = plane(rows)
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-8)
    assert share == pytest.approx(expected_share)


def test_a_single_unit_lies_on_a_line_and_constants_on_a_point():
    points, share = principal_plane(np.arange(5.0)[:, None])
    np.testing.assert_allclose(np.abs(points), [[2, 0], [1, 0], [0, 0], [1, 0], [2, 0]], atol=1e-12)
    assert share == pytest.approx(1)
    points, share = principal_plane(np.ones((4, 3)))
    assert not points.any()
    assert np.isnan(share)


def test_a_turned_and_mirrored_picture_is_turned_back():
    points = np.random.default_rng(2).normal(size=(20, 2))
    angle = 0.7
    turn = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    np.testing.assert_allclose(turned_to(points @ turn, points), points, atol=1e-12)


@pytest.mark.parametrize("layer", [0, 1, 2, 3, 9])
def test_a_layers_activations_are_the_networks_own(layer):
    subject = build_subject(XOR)
    subject.trainer.advance(3)
    now = inspect.answer(Projection(layer, most=30), subject)
    x = subject.data.x_test[:, np.linspace(0, 39, 30).astype(int)].astype(np.float64)
    first, second, output = subject.network.layers
    one = np.tanh(first.W @ x + first.b[:, None])
    two = np.maximum(second.W @ one + second.b[:, None], 0)
    z = output.W @ two + output.b[:, None]
    all_of_them = [x, one, two, np.exp(z) / np.exp(z).sum(axis=0)]
    expected, _ = principal_plane(all_of_them[min(layer, 3)].T)
    np.testing.assert_allclose(turned_to(now.points, expected), expected, atol=1e-4)
    assert now.layer == min(layer, 3)
    assert now.titles == ("2 inputs", "8 tanh", "1 relu", "2 softmax")
    assert (now.iteration, now.samples, now.names) == (subject.trainer.iteration, 40, subject.data.class_names)


def test_samples_have_their_class_and_whether_they_are_wrong():
    subject = build_subject(XOR)
    now = inspect.answer(Projection(1, "train", most=1_000), subject)
    y_hat = subject.network.predict(subject.data.x_train)
    true = subject.data.y_train.argmax(axis=0)
    np.testing.assert_array_equal(now.labels, true)
    np.testing.assert_array_equal(now.wrong, y_hat.argmax(axis=0) != true)


def test_values_are_labels_in_the_units_of_the_data():
    output = OutputSpec(activation="identity", cost="mean-squared-error")
    pytest.importorskip("sklearn")
    experiment = Experiment(dataset=Diabetes(), layers=(LayerSpec(4),), output=output, batch_size=20)
    subject = build_subject(experiment)
    now = inspect.answer(Projection(1), subject)
    assert now.task == "regression"
    assert now.labels.max() > 100
    assert not now.wrong.any()


def test_parts_and_networks_without_an_answer_are_refused():
    with pytest.raises(ValueError, match="no validation part"):
        inspect.answer(Projection(1, "validation"), build_subject(XOR))
    assert (
        inspect.answer(
            Projection(1, "validation"), build_subject(structs.replace(XOR, split=SplitSpec(validation=0.1)))
        ).part
        == "validation"
    )
    subject = build_subject(XOR)
    subject.network.layers[0].W[...] = np.nan
    with pytest.raises(ValueError, match="diverged"):
        inspect.answer(Projection(1), subject)


def test_layers_of_all_kinds_are_projected():
    subject = training()
    now = inspect.answer(Projection(layer=3), subject)
    assert now.titles == ("60 inputs", *layer_names(subject.network))
    assert now.points.shape == (20, 2)
    assert np.isfinite(now.points).all()
