import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml_tui.experiment import (
    AdamSpec,
    CosineSpec,
    Experiment,
    GradientDescentSpec,
    LayerSpec,
    MomentumSpec,
    Moons,
    Parity,
    Xor,
    architecture_of,
    problems,
)
from joml_tui.experiment.grid import GridError, GridSetting, combinations, paths_of, run_count, set_value

BASE = Experiment(
    dataset=Xor(samples=200), layers=(LayerSpec(4, "tanh", dropout=0.1), LayerSpec(3)), epochs=5, batch_size=16
)


def grid(**settings):
    return [GridSetting.parse(path.replace("__", "."), text) for path, text in settings.items()]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.001, 0.01", (0.001, 0.01)),
        ("1e-3,.5", (0.001, 0.5)),
        ("0..4", (0, 1, 2, 3, 4)),
        ("-2..2..2", (-2, 0, 2)),
        ("3", (3,)),
        ("0..2, 7, all,", (0, 1, 2, 7, "all")),
        ("true, false, null", (True, False, None)),
        ("1, true", (1, True)),
    ],
)
def test_values_are_lists_and_ranges(text, values):
    assert GridSetting.parse("seed", text).values == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "write the values to try"),
        (" , ,", "write the values to try"),
        ("0..1000000000000", "more than 1,000 values"),
        ("4..0", "the smaller number first"),
        ("0..4..0", "never ends"),
        ("1, 2, 1", "1 occurs twice"),
        ("[1", "is not a value"),
        ("{a: b}", "is not a value"),
        ("*a", "is not a value"),
    ],
)
def test_values_that_are_none_are_said(text, message):
    with pytest.raises(GridError, match="seed: ") as raised:
        GridSetting.parse("seed", text)
    assert message in str(raised.value)


@pytest.mark.slow
@given(st.text(), st.sampled_from(["seed", "layers", "optimizer", "optimizer.learning_rate", "layers[*].activation"]))
def test_any_text_is_values_or_a_sentence(text, path):
    try:
        combined = combinations(BASE, [GridSetting.parse(path, text)])
    except GridError as error:
        assert str(error).endswith(".")
    else:
        assert all(isinstance(each.experiment, Experiment) for each in combined)


def test_every_combination_once_and_the_last_setting_fastest():
    settings = grid(optimizer__learning_rate="0.001, 0.01", seed="0..2")
    combined = combinations(BASE, settings)
    assert run_count(settings) == len(combined) == 6
    assert [(each.experiment.optimizer.learning_rate, each.experiment.seed) for each in combined] == [
        (rate, seed) for rate in (0.001, 0.01) for seed in (0, 1, 2)
    ]
    assert combined[4].label == "learning rate 0.01, seed 1"
    assert combined[0].experiment == set_value(BASE, "seed", 0)
    assert all(problems(each.experiment) == [] for each in combined)


def test_more_than_a_thousand_runs_are_refused():
    settings = grid(seed="0..100", epochs="1..10")
    with pytest.raises(GridError, match="would make 1,010 runs; at most 1,000"):
        combinations(BASE, settings)
    assert run_count(grid(seed="0..99", epochs="1..10")) == 1_000


def test_a_setting_stands_once():
    with pytest.raises(GridError, match="chosen twice"):
        run_count([*grid(seed="1"), *grid(seed="2")])
    with pytest.raises(GridError, match="Choose a setting"):
        run_count([])


def test_hidden_layers_are_written_as_in_architectures():
    combined = [each.experiment.layers for each in combinations(BASE, grid(layers="8, 5-6, 7x3, none"))]
    assert [tuple(layer.size for layer in layers) for layers in combined] == [(8,), (5, 6), (7, 7, 7), ()]
    assert combined[2][0].activation == "tanh"
    assert combined[2][0].dropout == 0.1
    assert combined[2][2] == LayerSpec(7)


def test_an_optimizer_by_name_has_its_usual_settings_and_the_present_surroundings():
    base = set_value(BASE, "optimizer.l2", 0.5)
    combined = [each.experiment.optimizer for each in combinations(base, grid(optimizer="adam, momentum"))]
    assert combined == [AdamSpec(l2=0.5), MomentumSpec(l2=0.5)]
    both = combinations(BASE, grid(optimizer__learning_rate="0.3", optimizer="momentum"))
    assert [each.experiment.optimizer for each in both] == [MomentumSpec(0.3)]


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        ("optimizer.name", "momentum", MomentumSpec()),
        ("layers[*].optimizer", "sgd", GradientDescentSpec()),
        ("layers[1].activation.name", "tanh", "tanh"),
        ("dataset", "moons", Moons()),
    ],
)
def test_a_part_is_chosen_by_its_name(path, value, part):
    changed = set_value(BASE, path, value)
    place = changed.layers[1] if path.startswith("layers") else changed
    assert getattr(place, path.removesuffix(".name").rpartition(".")[2]) == part


def test_every_layer_at_once():
    layers = set_value(BASE, "layers[*].activation", "gelu").layers
    assert [layer.activation for layer in layers] == ["gelu", "gelu"]
    assert set_value(BASE, "layers[1].size", 9).layers[1].size == 9


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("optimizer.learning_rate", -1, "optimizer.learning_rate: expected a number > 0"),
        ("optimizer.learning_rate", "fast", "optimizer.learning_rate: expected a number"),
        ("optimizer", "adm", "did you mean adam?"),
        ("layers[*].activation", "rleu", "layers[0].activation"),
        ("layers[7].size", 3, "layers[7].size: there is no such setting"),
        ("optimizer.beta3", 3, "unknown key"),
        ("optimizer.name", "adm", "did you mean adam?"),
        ("dataset", "moon", "did you mean moons?"),
        ("dataset", "csv", "dataset.path: this key is missing"),
        ("output.cost", "abc", "output.cost: expected cross-entropy"),
        ("no.such", 3, "no: unknown key"),
        ("optimzer.learning_rate", 0.1, "optimzer: unknown key; did you mean optimizer?"),
        ("epochs.more", 3, "epochs.more: there is no such setting"),
        ("sede", 3, "did you mean seed?"),
        ("layers", "0x", "are not hidden layers"),
        ("a b", 1, "is not a setting"),
        ("", 1, "is not a setting"),
    ],
)
def test_what_does_not_fit_is_named(path, value, message):
    with pytest.raises(GridError) as raised:
        set_value(BASE, path, value)
    assert message in str(raised.value)


def test_every_offered_path_takes_its_own_value():
    for base in (BASE, set_value(BASE, "dataset", {"name": "parity", "bits": 3}), Experiment(dataset=Parity())):
        for path in paths_of(base):
            if path in ("optimizer", "layers"):
                continue
            data = msgspec.to_builtins(base)
            for step in path.replace("[*]", ".0").split("."):
                data = data[int(step)] if step.isdigit() else data[step]
            assert set_value(base, path, data) == base or "[*]" in path
    assert "optimizer.schedule.final" in paths_of(Experiment(dataset=Xor(), optimizer=AdamSpec(schedule=CosineSpec())))


def test_a_grid_changes_layers_of_all_kinds_by_their_notation_and_their_settings():
    images = set_value(BASE, "network", "1@8x8-c8k3-p2-30-10")
    changed = set_value(set_value(images, "layers", "c4k3-bn-20"), "layers[0].channels", 6)
    assert str(architecture_of(changed)) == "1@8x8-c6k3-bn-20-10"
    assert {"layers[0].channels", "layers[1].kernel", "layers[2].size"} <= set(paths_of(images))
    assert set_value(images, "layers", "28x2").layers == (LayerSpec(28), LayerSpec(28))
    with pytest.raises(GridError, match="layers: 'c8' are not hidden layers"):
        set_value(images, "layers", "c8")
