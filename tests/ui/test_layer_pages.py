"""Pages on a mini-batch in a network with layers of all kinds: what they say can be checked by hand."""

import re

import numpy as np
import pytest

from joml import (
    Activation,
    AveragePooling2D,
    BatchNormalisation,
    Convolution2D,
    Dataset,
    Dropout,
    Embedding,
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
from joml_tui.ui.lessons.layer_back import handed_back, part_by_rule
from joml_tui.ui.lessons.layer_pages import explained_layer, position_text, within_layers
from joml_tui.ui.lessons.layer_position import LayerPosition
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
    assert within_layers(Place(0, 99, 99, 99, 99), taken) == Place(0, 12, 3, 1, 0)
    assert within_layers(Place(1, 4, 99, 99, 99), taken) == Place(1, 4, 3, 1, 4)  # the cost is of the output layer
    assert within_layers(Place(2, 99, 99, 99, 99), taken) == Place(2, 12, 3, 1, 4)
    assert within_layers(Place(2, 0, 99, 99, 99), taken) == Place(2, 0, 3, 2, 11)
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


def test_a_layer_normalisation_of_images_is_worked_at_every_place_with_its_own_scale():
    taken = answer(NextStep(), training(Convolution2D(3, 2), LayerNormalisation(), Layer(4)))
    layer = taken.layers[1]
    _, rows, columns = layer.shape_after
    for place in range(rows * columns):
        row, column = divmod(place, columns)
        gamma, gradient = (each[2, row, column] for each in (layer.gamma.before, layer.gamma.gradient))
        assert f"a = γ·h + β = {value(float(gamma))}·" in by_hand(page_at(taken, 0, 1, 1, 2, place))[-1]
        assert any(f"d = γ·δ = {value(float(gamma))}·" in line for line in by_hand(page_at(taken, 2, 0, 1, 2, place)))
        page = page_at(taken, 3, 1, 0, 2, place)
        assert by_hand(page)[0].startswith(f"∇γ = {value(float(gradient))} ")
        where = f"row {row + 1}, column {column + 1}"
        assert where in page.table.caption
        assert where in position_text(taken, within_layers(Place(3, 1, 0, 2, place), taken))
    beyond = within_layers(Place(3, 1, 0, 2, 10_000), taken)
    assert beyond.input == rows * columns - 1


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
    page = page_at(taken, 2, 12, 2, 1)
    assert by_hand(page)[0].endswith(f" / 5 = {value(float(output.delta[1, 0, 0, 2]))}")
    assert "Here δ⁽¹²⁾ is 2×5" in "".join(text for _, text in page.lines)
    assert position_text(taken, Place(2, 12, 2, 1)) == (
        "layer 12 of 12: output 2 softmax   sample 3 of 5   unit 2 of 2"
    )


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


def worked_out(line):
    """Return both sides of a line by hand as numbers; None for a line with letters."""
    terms, _, result = line.partition(" = ")[2].rpartition(" = ")
    written = re.sub(r"\[[\d,]+ that are 0\]", "0", re.sub(r"\[[\d,]+ more: ([^\]]+)\]", r"(\1)", terms))
    numbers = []
    for side in (written, result):
        spelled = re.sub(r"×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda match: "e" + match[1].translate(POWERS), side)
        text = spelled.replace("−", "-").replace("·", "*").replace(",", "")
        if not re.fullmatch(r"[-+*/() \d.e]+", text):
            return None
        numbers.append(eval(text))  # of these characters alone
    return numbers


POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.fixture(scope="module")
def deep():
    block = Residual([Residual([Convolution2D(3, 3, padding=1)]), BatchNormalisation()])
    return answer(
        NextStep(),
        training(
            *(Convolution2D(3, 2, activation_function=Tanh()), block, MaxPooling2D(2, 1), Activation(Tanh())),
            *(LayerNormalisation(), AveragePooling2D(2, 1), Dropout(0.3), Residual([Convolution2D(3, 1)])),
            *(GlobalAveragePooling(), Layer(4, dropout=0.2), Residual([Layer(4, Tanh()), LayerNormalisation()])),
            *(Flatten(), Layer(4, residual=1)),
        ),
    )


@pytest.fixture(scope="module")
def of_categories():
    generator = np.random.default_rng(6)
    x = generator.normal(size=(7, 20)).astype(np.float32)
    y = np.eye(2, dtype=np.float32)[:, np.arange(20) % 2]
    layers = (
        Activation(Tanh()),
        Embedding(3, [(1, 2), (4, 2)]),
        Layer(4, Tanh()),
        Residual([Layer(4, Tanh())]),
        Layer(5),
    )
    return answer(NextStep(), training(*layers, data=Dataset(x, y, x, y, name="categories")))


@pytest.mark.parametrize("name", ["taken", "deep", "of_categories"])
def test_what_is_written_by_hand_on_back_propagation_adds_up(name, request):
    taken = request.getfixturevalue(name)
    lines = 0
    for number, layer in enumerate(taken.layers[:-1]):
        places = [(s, u, i) for s in range(2) for u in (0, 1, 2, 5) for i in range(layer.after[0, ..., 0].size)]
        for place in places:
            at = within_layers(Place(2, number, *place), taken)
            position = LayerPosition(taken, at, 99)
            handed = handed_back(position)
            if handed.factors:
                total = sum(one * other for one, other in handed.factors)
                assert total == pytest.approx(part_by_rule(position), abs=1e-6)
            page = explained_layer(taken, at, 2000)
            assert f" = {value(position.value(layer.delta))}" in by_hand(page)[-1]
            for line in by_hand(page):
                sides = worked_out(line)
                if sides is not None:
                    lines += 1
                    assert sides[0] == pytest.approx(sides[1], rel=5e-3, abs=2e-4), line
    assert lines > 60


def test_the_layers_of_a_block_are_explained_before_its_sum(deep):
    numbers = [layer.number for layer in deep.layers]
    assert numbers[:6] == ["1", "2.1.1", "2.1", "2.2", "2", "3"]
    assert deep.count == 14
    page = page_at(deep, 0, 4, 1, 1, 2)
    assert page.lines[2] == ("equation", "a⁽²⁾ = a⁽¹⁾ + a⁽².²⁾")
    block = deep.layers[4]
    x, a = float(block.before[1, 0, 2, 1]), float(block.after[1, 0, 2, 1])
    assert by_hand(page)[0].startswith(f"a = {value(x)} + ")
    assert by_hand(page)[0].endswith(f" = {value(a)}")
    assert position_text(deep, within_layers(Place(2, 1, 0, 1, 2), deep)) == (
        "layer 2.1.1 of 14: 3x5x4 c3k3b1   sample 1 of 5   channel 2 of 3   row 1, column 3"
    )


def test_what_enters_a_block_receives_delta_by_both_ways(deep):
    page = page_at(deep, 2, 0, 1, 1, 2)
    assert ("equation", "g⁽¹⁾ = r + δ⁽².¹⁾ + δ⁽²⁾") in page.lines
    received = deep.layers[0].received[1, 0, 2, 1]
    assert any(line.startswith("g = ") and line.endswith(f" = {value(float(received))}") for line in by_hand(page))
    text = "".join(text for _, text in page_at(deep, 2, 4).lines)
    assert "takes two ways" in text


@pytest.mark.parametrize(("iterations", "words"), [(3, "of the 2 that make an update: now"), (4, "No weight moves")])
def test_gathered_gradients_are_told_in_layers_of_other_kinds_too(iterations, words):
    subject = training(Convolution2D(2, 2), BatchNormalisation(), accumulate=2)
    for _ in range(iterations - 3):
        subject.trainer.advance(1)
    taken = answer(NextStep(), subject)
    layer = taken.layers[0]
    page = page_at(taken, 3, 0, 0, 1, 2)
    assert words in "".join(text for _, text in page.lines)
    assert f"mean ∇w over {10 if iterations == 3 else 5} samples = " in by_hand(page)[1]
    assert (layer.W.before == layer.W.after).all() == (iterations == 4)
    assert words in "".join(text for _, text in page_at(taken, 3, 1).lines)


def test_an_embedding_picks_the_numbers_of_the_samples_category():
    generator = np.random.default_rng(2)
    x = np.zeros((6, 20), np.float32)
    x[[0, 4, 5]] = generator.normal(size=(3, 20))
    x[1 + np.arange(20) % 3, np.arange(20)] = 1
    y = np.eye(2, dtype=np.float32)[:, np.arange(20) % 2]
    taken = answer(NextStep(), training(Embedding(2, [(1, 3)]), data=Dataset(x, y, x, y, name="categories")))
    layer = taken.layers[0]
    category = int(np.argmax(layer.before[1:4, 0, 0, 1]))
    page = page_at(taken, 0, 0, 1, 4)
    assert by_hand(page)[0].endswith(f" = {value(float(layer.W.before[1, category, 0, 0]))}")
    assert by_hand(page_at(taken, 0, 0, 1, 2)) == [f"a = {value(float(layer.before[5, 0, 0, 1]))}"]
    page = page_at(taken, 3, 0, 1, 1, category)
    assert by_hand(page)[0].endswith(f" = {value(float(layer.W.gradient[1, category, 0, 0]))}")
    assert sides_agree(by_hand(page)[0])
    assert position_text(taken, within_layers(Place(3, 0, 1, 9, 9), taken)).endswith("number 2 of 2   weight 3 of 3")


def sides_agree(line):
    terms, total = worked_out(line)
    return terms == pytest.approx(total, rel=5e-3, abs=2e-4)


def test_a_frozen_block_says_so_at_each_of_its_layers():
    taken = answer(NextStep(), training(Layer(4), Residual([Layer(4), BatchNormalisation()], frozen=True)))
    assert [layer.frozen for layer in taken.layers] == [False, True, True, True, False]
    for place in (1, 2):
        assert "This layer is frozen" in "".join(text for _, text in page_at(taken, 3, place).lines)
    assert "This layer is frozen" not in "".join(text for _, text in page_at(taken, 3, 0).lines)


def test_numbers_of_a_category_beyond_those_that_are_sent_are_explained_by_their_value():
    generator = np.random.default_rng(2)
    x = np.eye(4, dtype=np.float32)[:, np.arange(20) % 4]
    y = np.eye(2, dtype=np.float32)[:, generator.permutation(20) % 2]
    taken = answer(NextStep(), training(Embedding(40, [(0, 4)]), data=Dataset(x, y, x, y, name="many")))
    layer = taken.layers[0]
    assert f" = {value(float(layer.after[35, 0, 0, 0]))}" in by_hand(page_at(taken, 0, 0, 0, 35))[0]
    assert position_text(taken, within_layers(Place(3, 0, 0, 99), taken)).startswith(
        "layer 1 of 2: 40 e40(0:4)   number 32 of 40"
    )


@pytest.mark.parametrize(("share", "dropped"), [(0.0, False), (0.5, True)])
def test_dropout_says_where_nothing_is_dropped(share, dropped):
    page = page_at(answer(NextStep(), training(Flatten(), Dropout(share), Layer(4))), 0, 1, 0, 0, 0)
    says = any("Nothing is dropped in this step" in text for role, text in page.lines if role == "text")
    assert says is not dropped
