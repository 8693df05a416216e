"""Units as images: filters, weights from several channels side by side, and the maps of a sample."""

import numpy as np
import pytest

from joml import Convolution2D, Layer
from joml_tui.experiment import Digits, Experiment, LayerSpec
from joml_tui.inspect import answer
from joml_tui.inspect.unit_images import weight_images
from joml_tui.inspect.units import Units
from joml_tui.reports.sentences.answer_sentences import describe_answer
from joml_tui.runs.worker.builder import build_subject
from tests.core.image_training import image_data, training


def asked(subject, layer, **settings):
    return answer(Units(layer, 0, 99, 8, 8, **settings), subject)


def test_filters_of_several_channels_stand_side_by_side():
    subject = training()
    now, W = asked(subject, 0), subject.network.layers[0].W
    assert (now.images, now.maps, now.both) == (True, False, True)
    assert now.activations.shape == (3, 2, 5)
    np.testing.assert_array_equal(now.activations[:, :, :2], W[:, 0])
    np.testing.assert_array_equal(now.activations[:, :, 2], 0)
    np.testing.assert_array_equal(now.activations[:, :, 3:], W[:, 1])
    assert now.inputs[:2] == ("1r1c1", "1r1c2")
    np.testing.assert_array_equal(now.weights, W.reshape(3, -1))


def test_more_channels_stand_in_a_square():
    layer = training(Convolution2D(2, 2), data=image_data((5, 4, 4))).network.layers[0]
    images = weight_images(layer, (5, 4, 4), slice(0, 2))
    assert images.shape == (2, 2 * 3 - 1, 3 * 3 - 1)
    np.testing.assert_array_equal(images[:, 3:, 3:5], layer.W[:, 4])


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_maps_are_the_outputs_by_the_sample(layer):
    subject = training()
    now = asked(subject, layer, maps=True, sample=23)  # of 20 samples
    x = subject.data.x_test[:, 3:4]
    outputs = subject.network.forward_pass(1).activations_of(x)[layer]
    np.testing.assert_allclose(now.activations.ravel(), outputs.ravel(), rtol=1e-5, atol=1e-6)
    assert now.activations.shape == subject.network.shapes[layer + 1]
    assert (now.maps, now.sample, now.samples, now.label) == (True, 3, 20, "1")


def test_layers_without_images_have_a_dot_for_each_unit():
    subject = training()
    now = asked(subject, 99, sample=1)
    assert (now.layer, now.maps, now.both) == (6, True, False)
    x = subject.data.x_test[:, 1:2]
    np.testing.assert_allclose(now.activations[:, 0, 0], subject.network.predict(x)[:, 0], rtol=1e-5)


def test_units_after_maps_see_them_as_images():
    now = asked(training(Convolution2D(4, 3), Layer(6)), 1)
    assert now.activations.shape == (6, 2 * 5 - 1, 2 * 4 - 1)  # four maps of 4 x 3


def test_a_network_of_units_sees_the_pixels():
    pytest.importorskip("sklearn", reason="the digits are of scikit-learn")
    subject = build_subject(Experiment(dataset=Digits(), layers=(LayerSpec(3),)))
    now = asked(subject, 0)
    np.testing.assert_array_equal(now.activations.reshape(3, 64), subject.network.layers[0].W)
    assert now.inputs == subject.data.feature_names


def test_sentences_name_what_is_shown():
    subject = training()
    first, pooled = describe_answer(asked(subject, 0)), describe_answer(asked(subject, 2))
    assert first[0] == "Layer 1 (3x5x4 c3k2), units 1 to 3 of 3, after iteration 3."
    assert "weights from the pixels" in first[1]
    assert "largest weight" not in pooled[1]
    assert "output by test sample 1" in pooled[1]


def test_before_the_first_layer_is_the_sample():
    subject = training()
    now = asked(subject, -1, sample=2)
    np.testing.assert_array_equal(now.activations, subject.data.x_test[:, 2].reshape(2, 6, 5))
    assert (now.layer, now.first_layer, now.size_of(-1), now.maps) == (-1, -1, 2, True)
    assert describe_answer(now)[0] == "The sample, units 1 to 2 of 2, after iteration 3."
