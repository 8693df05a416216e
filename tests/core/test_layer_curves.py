"""Norms and histograms of the layers of networks with layers of many kinds, and their sentences."""

import numpy as np

from joml_tui.inspect import answer
from joml_tui.inspect.layer_curves import Layers
from joml_tui.reports.sentences.layer_sentences import describe_histograms, describe_layers, describe_layers_over_time
from tests.core.image_training import training

NAMES = ("3x5x4 c3k2", "3x5x4 bn", "3x2x2 p2", "3x2x2 r(c3k3b1-bn)", "4 relu", "4 d0.1", "2 softmax")


def test_layers_have_their_shapes_in_their_names():
    assert answer(Layers(), training()).names == NAMES


def test_weights_are_counted_where_there_are_any():
    subject = training()
    now = answer(Layers(bins=4), subject)
    block = subject.network.layers[3]
    # W of a convolution and of the units, gamma and beta of a normalisation; of a block those of its layers.
    counts = [3 * 2 * 2 * 2, 3 + 3, 0, block.layers[0].W.size + 6, 4 * 12, 0, 2 * 4]
    assert now.weight_counts.sum(axis=1).tolist() == counts
    assert now.activation_counts.sum(axis=1).tolist() == [20 * size for size in subject.network.sizes[1:-1]]


def test_layers_without_parameters_have_no_gradient():
    now = answer(Layers(), training())
    assert np.isnan(now.series.gradient).any(axis=0).tolist() == [not count for count in now.parameter_counts]
    assert "×" not in "".join(describe_layers_over_time(now))


def test_sentences_leave_out_what_a_layer_does_not_have():
    now = answer(Layers(), training())
    text = "\n".join([*describe_layers(now), *describe_histograms(now)])
    assert "nan" not in text
    assert "The gradient of layer 1 is" in text
    assert "3 3x2x2 p2" in text
