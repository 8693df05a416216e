"""Names in another case, with other hyphens, or usual ones elsewhere are taken for what they mean here."""

import pytest

from joml.declaration import parts_of
from joml_tui.decoding import suggest
from joml_tui.experiment import name_of
from joml_tui.experiment.grid import GridSetting, combinations
from joml_tui.experiment.presets import find_experiment, find_preset
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, parse_experiment
from joml_tui.names import figure_name, find_name, metric_title, nearest_name
from joml_tui.runs.run_record import SCORE_METRICS
from joml_tui.sweep.sweep_file import parse_sweep

ACTIVATIONS = ("relu", "leaky-relu", "elu", "gelu", "silu", "sigmoid", "tanh", "identity")


def experiment(dataset="xor", activation="relu", optimizer="adam", cost="cross-entropy", more=""):
    return parse_experiment(
        f"version: 1\ndataset: {{name: {dataset}}}\nlayers:\n  - {{size: 4, activation: {activation}}}\n"
        f"output: {{activation: softmax, cost: {cost}}}\noptimizer: {{name: {optimizer}}}\n{more}"
    )


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("Relu", "relu"),
        ("ReLU", "relu"),
        ("LeakyReLU", "leaky-relu"),
        ("leaky_relu", "leaky-relu"),
        ("Leaky ReLU", "leaky-relu"),
        ("GELU", "gelu"),
        ("Swish", "silu"),
        ("elu", "elu"),
        ("rel", None),
        ("", None),
    ],
)
def test_a_name_is_found_however_it_is_written(name, names):
    assert find_name(name, ACTIVATIONS) == names


def test_names_that_differ_in_case_alone_have_to_be_written_right():
    assert find_name("Mine", ["mine", "Mine"]) == "Mine"
    assert find_name("MINE", ["mine", "Mine"]) is None


def test_what_is_near_is_named_and_nothing_else():
    assert nearest_name("Reluu", ACTIVATIONS) == "relu"
    assert nearest_name("RELU6", ACTIVATIONS) == "relu"
    assert nearest_name("foo", ACTIVATIONS) is None
    assert suggest("LR", ["learning_rate", "momentum"]) == "did you mean learning_rate?"
    assert suggest("Weight-Decay", ["l1", "l2"]) == "did you mean l2?"


def test_experiments_are_stored_with_the_names_known_here():
    meant = experiment()
    assert experiment("XOR", "ReLU", "Adam", "CrossEntropy") == meant
    assert dump_experiment(experiment("Xor", "Relu", "ADAM", "cross_entropy")) == dump_experiment(meant)
    others = experiment("Spin_Glass 14", "{name: LeakyReLU, slope: 0.25}", "SGD", "mse")
    assert name_of(others.dataset) == "spin-glass-14"
    assert (name_of(others.layers[0].activation), others.layers[0].activation.slope) == ("leaky-relu", 0.25)
    assert (name_of(others.optimizer), others.output.cost) == ("gradient-descent", "mean-squared-error")
    assert experiment(more="batch_size: All\nclass_weights: Balanced\n").batch_size == "all"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optimizer: {name: adam, lr: 0.1}", r":3: optimizer\.lr: unknown key; did you mean learning_rate\?"),
        ("Batch-Size: 3", r":3: Batch-Size: unknown key; did you mean batch_size\?"),
        ("layers: [{size: 3, activation: Relus}]", r"got 'Relus'; did you mean relu\?"),
        ("layers: [{size: 3, activation: {name: ReLU, slope: 1}}]", "relu has no settings; write relu alone"),
    ],
)
def test_what_is_not_known_gets_the_right_suggestion(text, message):
    with pytest.raises(ExperimentError, match=message):
        parse_experiment(f"version: 1\ndataset: {{name: Xor}}\n{text}")


def test_presets_are_found_however_they_are_written():
    assert find_preset("Article_14-100-40-4").name == "article-14-100-40-4"
    assert find_experiment("XOR") == find_experiment("xor")


def test_a_sweep_shows_the_names_known_here():
    settings = (GridSetting.of("optimizer", ["SGD", "Adam"]), GridSetting.of("layers[*].activation", ["ReLU"]))
    made = combinations(experiment(optimizer="sgd"), settings)
    assert [each.values for each in made] == [("gradient-descent", "relu"), ("adam", "relu")]
    assert [each.label for each in made] == [
        "optimizer gradient-descent, activation relu",
        "optimizer adam, activation relu",
    ]
    sweep = parse_sweep("base: XOR\ngrid: {optimizer: [RMSprop]}\nseeds: 1\n")
    assert "name: rmsprop" in sweep.jobs[0].yaml


def test_estimators_take_them_too():
    estimators = pytest.importorskip("joml_tui.estimators")
    made = estimators.JomlClassifier("4", activation="ReLU", optimizer="SGD", epochs=1, random_state=0)
    made.fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    assert type(made.network_.layers[0].activation_function).__name__ == "ReLu"


def test_every_built_in_metric_has_a_title_in_words():
    titles = {name: metric_title(name) for name in parts_of("metric") if name not in SCORE_METRICS}
    assert not any(set("-_") & set(title.replace("top-k", "")) for title in titles.values())
    assert len(set(titles.values())) == len(titles)
    assert titles == {name: metric_title(figure_name(name)) for name in titles}
    assert metric_title("my_score") == "my_score"
