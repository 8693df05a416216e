"""Opening of presets, experiments and data files, with changes of their settings."""

import pytest
from hypothesis import given, strategies
from test_data_files import FLOWERS, HOUSES, write

from joml_tui.experiment import name_of
from joml_tui.experiment.opening import SettingChange, describe_replaced, open_experiment, read_change
from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, load_experiment


def opened(name, *texts):
    return open_experiment(str(name), [read_change(text) for text in texts])


def test_a_preset_is_opened_as_it_is():
    experiment = opened("xor")
    assert (experiment.experiment, experiment.is_chosen, experiment.target) == (find_experiment("xor"), False, "")


def test_a_preset_comes_before_a_data_file_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor").mkdir()
    assert opened("xor").experiment == find_experiment("xor")


def test_a_data_file_is_an_experiment_that_reads_back_equal(tmp_path):
    experiment = opened(write(tmp_path / "flowers.csv", FLOWERS))
    assert (experiment.is_chosen, experiment.target) == (True, "'species', the last column: 2 classes")
    written = tmp_path / "written.yaml"
    written.write_text(dump_experiment(experiment.experiment))
    assert load_experiment(written) == experiment.experiment


def test_a_relative_data_file_lies_in_this_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "flowers.csv", FLOWERS)
    assert opened("flowers.csv").experiment.dataset.path == str(tmp_path / "flowers.csv")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("epochs=3", lambda experiment: experiment.epochs == 3),
        ("optimizer.learning_rate=0.01", lambda experiment: experiment.optimizer.learning_rate == 0.01),
        ("optimizer=momentum", lambda experiment: experiment.optimizer.momentum == 0.9),
        ("layers[0].dropout=0.5", lambda experiment: experiment.layers[0].dropout == 0.5),
        ("layers[].activation=tanh", lambda experiment: {each.activation for each in experiment.layers} == {"tanh"}),
        ("layers=5-4-3", lambda experiment: [each.size for each in experiment.layers] == [5, 4, 3]),
        ("layers=[{size: 7}]", lambda experiment: [each.size for each in experiment.layers] == [7]),
        ("early_stopping.patience=9", lambda experiment: experiment.early_stopping.patience == 9),
        ("early_stopping=null", lambda experiment: experiment.early_stopping is None),
        ("split={validation: 0.2, stratified: true}", lambda experiment: experiment.split.stratified),
        ("layers[0].activation.slope=0.3", None),
        ("name='007'", lambda experiment: experiment.name == "007"),
        ("dataset.noise=0.4", lambda experiment: experiment.dataset.noise == 0.4),
        ("dataset=moons", lambda experiment: name_of(experiment.dataset) == "moons"),
    ],
)
def test_any_setting_can_be_changed(text, read):
    if read is None:
        with pytest.raises(ExperimentError):
            opened("xor", text)
    else:
        assert read(opened("xor", text).experiment)


def test_settings_of_a_part_chosen_by_name_follow_the_name():
    changed = opened("xor", "layers[].activation=leaky-relu", "layers[].activation.slope=0.3").experiment
    assert {layer.activation.slope for layer in changed.layers} == {0.3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optimizer.learnign_rate=1", "optimizer.learnign_rate: unknown key; did you mean learning_rate?"),
        ("optimzer.learning_rate=1", "optimzer: unknown key; did you mean optimizer?"),
        ("epocs=3", "epocs: unknown key; did you mean epochs?"),
        ("epochs=many", "epochs: expected an integer, got 'many'"),
        ("dataset.nois=0.4", "dataset.nois: unknown key; did you mean noise?"),
        ("layers[40].size=3", "layers[40].size: there is no such setting in this experiment"),
        ("epochs", "write PATH=VALUE, such as optimizer.learning_rate=0.01"),
        ("=3", "write PATH=VALUE, such as optimizer.learning_rate=0.01"),
        ("epochs=", "epochs: the value is missing; write null for no value, or '' for an empty text"),
        ("version=2", "version: is that of the format, and no setting"),
    ],
)
def test_a_change_that_does_not_fit_is_named(text, message):
    with pytest.raises(ExperimentError) as raised:
        opened("xor", text)
    assert str(raised.value) == message


def test_a_value_that_is_no_yaml_is_refused():
    with pytest.raises(ExperimentError, match="layers:1: not valid YAML"):
        read_change("layers=[1, 2")


def test_changes_of_the_data_decide_what_is_chosen(tmp_path):
    path = write(tmp_path / "houses.csv", HOUSES)
    values = opened(path, "dataset.label=worth").experiment
    assert (values.dataset.task, values.output.cost, values.dataset.standardize_y) == (
        "regression",
        "mean-squared-error",
        True,
    )
    classes = opened(path, "dataset.ignore=[worth]").experiment
    assert (classes.dataset.label, classes.dataset.ignore, classes.output.activation) == (
        "rooms",
        ("worth",),
        "softmax",
    )


def test_a_file_of_yaml_is_changed_before_it_is_completed(tmp_path):
    write(tmp_path / "houses.csv", HOUSES)
    path = write(tmp_path / "houses.yaml", "version: 1\ndataset: {name: csv, path: houses.csv, label: rooms}\n")
    changes = [SettingChange("dataset.label", "worth"), SettingChange("dataset.task", "regression")]
    changed = open_experiment(path, changes)
    assert changed.is_chosen
    assert (changed.experiment.output.activation, len(changed.experiment.layers)) == ("identity", 2)
    with pytest.raises(ExperimentError, match=r"^dataset.labell: unknown key; did you mean label"):
        open_experiment(path, [SettingChange("dataset.labell", "worth")])
    write(tmp_path / "houses.yaml", "version: 1\n\ndataset: {name: csv, path: houses.csv, lable: rooms}\n")
    with pytest.raises(ExperimentError, match=r"houses.yaml:3: dataset.lable: unknown key"):
        open_experiment(path, changes)


def test_the_path_of_a_change_starts_in_this_folder(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    write(tmp_path / "flowers.csv", FLOWERS)
    path = write(tmp_path / "data" / "flowers.yaml", "version: 1\ndataset: {name: csv, path: gone.csv}\n")
    monkeypatch.chdir(tmp_path)
    changed = open_experiment(path, [SettingChange("dataset.path", "flowers.csv")])
    assert changed.experiment.dataset.path == str(tmp_path / "flowers.csv")


PATHS = strategies.lists(
    strategies.sampled_from(
        ["layers", "[0]", "[]", "[9]", ".size", ".optimizer", "optimizer", ".own", "dataset", ".name"]
    ),
    max_size=4,
).map("".join)
VALUES = strategies.sampled_from(
    ["1", "-0.5", "null", "relu", "[1, 2]", "{size: 3}", "{a: {b: c}}", "''", "*x", "{", "own"]
)


@given(PATHS | strategies.text(), VALUES | strategies.text())
def test_any_change_is_made_or_refused_in_a_sentence(path, value):
    try:
        changed = opened("xor", f"{path}={value}")
    except ExperimentError as error:
        assert str(error)
        assert "\n" not in str(error)
    else:
        assert dump_experiment(changed.experiment)


@pytest.mark.parametrize("mark", list(",;:|-?!#"))
def test_a_mark_needs_no_quotes(mark):
    assert read_change(f"dataset.delimiter={mark}") == SettingChange("dataset.delimiter", mark)


@pytest.mark.parametrize(("setting", "option"), [("label", "--target"), ("ignore", "--ignore"), ("task", "--task")])
def test_columns_of_data_without_columns_are_refused_with_what_to_do(setting, option):
    with pytest.raises(ExperimentError, match=f"xor, have no columns to choose; {option} is for data files: name one"):
        opened("xor", f"dataset.{setting}=species")
    with pytest.raises(ExperimentError, match=r"dataset.shape: unknown key"):
        opened("xor", "dataset.shape=round")


@pytest.mark.parametrize(
    ("texts", "sentences"),
    [
        (["optimizer=sgd", "optimizer.learning_rate=0.5", "epochs=3", "epochs=4"], []),
        (["layers[0].dropout=0.2", "layers=8-8"], []),
        (
            ["optimizer.learning_rate=0.5", "optimizer=sgd"],
            ["optimizer is set after optimizer.learning_rate and replaces it: set optimizer first."],
        ),
    ],
)
def test_a_change_that_replaces_another_is_pointed_out(texts, sentences):
    assert describe_replaced([read_change(text) for text in texts]) == sentences


@pytest.mark.parametrize("in_this_folder", [True, False])
def test_a_part_of_your_own_that_a_change_names_is_in_this_folder_or_beside_the_data(
    tmp_path, monkeypatch, in_this_folder
):
    (tmp_path / "data").mkdir()
    path = write(tmp_path / "data" / "flowers.csv", FLOWERS)
    module = (tmp_path if in_this_folder else tmp_path / "data") / "my_shares.py"
    module.write_text("def half(y_hat, y):\n    return 0.5\n")
    monkeypatch.chdir(tmp_path)
    (metric,) = opened(path, 'metrics=[{own: "my_shares:half"}]').experiment.metrics
    assert metric.own == f"{module}:half"
