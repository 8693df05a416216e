"""Pages on a mini-batch in a network with layers of all kinds: what they say can be checked by hand."""

import re

import numpy as np
import pytest

from joml import (
    Activation,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    Dropout,
    Flatten,
    GlobalAveragePooling,
    Layer,
    LayerNormalisation,
    MaxPooling2D,
    Residual,
    Tanh,
)
from joml_tui.inspect import answer
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.ui.lessons.ascii_math import in_ascii
from joml_tui.ui.lessons.layer_pages import explained_layer, position_text, within_layers
from joml_tui.ui.lessons.notation import value
from joml_tui.ui.lessons.step_text import Place
from tests.core.image_training import image_data, training


@pytest.fixture(scope="module")
def taken():
    return answer(
        NextStep(),
        training(
            Convolution2D(3, (2, 3), stride=2, padding=1),
            BatchNormalisation(),
            Activation(Tanh()),
            MaxPooling2D(2, 1),
            Residual([Convolution2D(3, 1)]),
            AveragePooling2D(2, 1),
            LayerNormalisation(),
            GlobalAveragePooling(),
            Dropout(0.3),
            Layer(5, normalised=True),
            Flatten(),
        ),
    )


def page_at(taken, *place):
    return explained_layer(taken, within_layers(Place(*place), taken), 200)


def by_hand(page):
    return [text for role, text in page.lines if role == "hand"]


def test_every_page_can_be_shown_also_in_ascii(taken):
    for step in range(4):
        for layer in range(len(taken.layers)):
            page = page_at(taken, step, layer, 1, 1, 2)
            assert all(in_ascii(text).isascii() for _, text in page.lines)
            assert "nan" not in "".join(text for _, text in page.lines)
            assert in_ascii(position_text(taken, within_layers(Place(step, layer), taken))).isascii()
            rows = len(page.table.rows)
            assert page.table.matrix is None or len(page.table.matrix) == rows
            assert all(len(values) == rows for _, values in page.table.beside)


def test_positions_beyond_the_last_are_the_nearest(taken):
    assert within_layers(Place(0, 99, 99, 99, 99), taken) == Place(0, 11, 3, 1, 0)
    for step in (1, 2):  # of the output layer, wherever one comes from
        assert within_layers(Place(step, 4, 99, 99, 99), taken) == Place(step, 4, 3, 1, 4)
    assert within_layers(Place(4, 0, 99, 99, 99), taken) == Place(3, 0, 3, 2, 11)


def test_a_convolution_writes_out_the_sum_of_a_window(taken):
    layer = taken.layers[0]
    page = page_at(taken, 0, 0, 3, 2, 5)  # the second row of windows, the last one
    window = np.pad(layer.before, ((0, 0), (1, 1), (1, 1), (0, 0)))[:, 2:4, 4:7, 3]
    z = float((layer.W.before[2] * window).sum() + layer.b.before[2])
    assert by_hand(page)[0].startswith("z₃ = w₃·window + b₃ = ")
    assert by_hand(page)[0].endswith(f" = {value(float(layer.z[2, 1, 2, 3]))}")
    assert float(layer.z[2, 1, 2, 3]) == pytest.approx(z, abs=1e-5)
    np.testing.assert_array_equal(page.table.beside[0][1], window.ravel())
    assert page.table.rows[:4] == ["1: 1,1", "1: 1,2", "1: 1,3", "1: 2,1"]
    assert position_text(taken, within_layers(Place(0, 0, 3, 2, 5), taken)) == (
        "layer 1 of 12: 3x4x3 c3k2x3s2b1   sample 4 of 5   channel 3 of 3   row 2, column 3"
    )


def test_a_batch_normalisation_names_mean_deviation_gamma_and_beta(taken):
    layer = taken.layers[1]
    hand = by_hand(page_at(taken, 0, 1, 2, 1, 4))
    x, a = float(layer.before[1, 1, 1, 2]), float(layer.after[1, 1, 1, 2])
    assert hand[0].endswith(f") / 60 = {value(float(layer.mean[1]))}")
    assert hand[1].endswith(value(float(layer.deviation[1])))
    assert f"({value(x)} − " in hand[2]
    assert hand[3].endswith(f" = {value(a)}")
    assert hand[4].startswith("running mean = 0.9·")


def test_the_cost_and_the_outputs_delta_are_worked_by_hand(taken):
    output = taken.layers[-1]
    page = page_at(taken, 1, 3, 2)
    assert f" = {value(taken.output.cost)}" in by_hand(page)[-1]
    y, y_hat = taken.output.y[:, 2], output.after[:, 0, 0, 2]
    assert float(taken.output.per_sample[2]) == pytest.approx(-float((y * np.log(y_hat)).sum()), rel=1e-4)
    page = page_at(taken, 2, 3, 2, 1)
    assert by_hand(page)[0].endswith(f" / 5 = {value(float(output.delta[1, 0, 0, 2]))}")
    assert "Here δ⁽¹²⁾ is 2×5" in "".join(text for _, text in page.lines)
    assert position_text(taken, Place(2, 3, 2, 1)) == ("layer 12 of 12: output 2 softmax   sample 3 of 5   unit 2 of 2")


def test_the_gradient_of_a_shared_weight_is_the_sum_over_its_windows(taken):
    layer = taken.layers[0]
    page = page_at(taken, 3, 0, 0, 1, 9)
    assert "12 windows of each of the 5 samples" in "".join(text for _, text in page.lines)
    assert by_hand(page)[0].endswith(f" = {value(float(layer.W.gradient[1, 1, 1, 0]))}")
    assert re.fullmatch(r"w: \S+ → \S+", by_hand(page)[1])
    assert page.table.beside[0][1][page.table.row] == layer.W.before[1, 1, 1, 0]


def test_a_layer_without_parameters_says_what_it_does_to_delta(taken):
    text = "".join(text for _, text in page_at(taken, 3, 3).lines)
    assert "no parameters" in text
    assert "the place of its largest number" in text


def test_large_images_are_explained_by_the_channels_that_are_sent():
    large = answer(NextStep(), training(Convolution2D(8, 3), data=image_data((4, 150, 150), samples=10)))
    assert "[25 more: " in by_hand(page_at(large, 0, 0, 0, 1, 5))[0]  # of 36 products, 18 of which are sent
    assert position_text(large, within_layers(Place(3, 0, 0, 9, 99), large)).endswith("weight 18 of 18")
