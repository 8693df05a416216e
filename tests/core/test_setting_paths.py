"""Settings by their paths: all of them can be asked for, in the lab, among earlier runs and on the command line."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from joml_tui.cli.main import main
from joml_tui.experiment import AdamSpec, CsvFile, EarlyStoppingSpec, Experiment, LayerSpec, MomentumSpec, Xor
from joml_tui.experiment.presets import find_experiment, list_presets
from joml_tui.experiment.specs import ColumnSpec
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.differences import flatten
from joml_tui.runs.run import start_run
from joml_tui.runs.run_fields import facts_of
from joml_tui.runs.run_filter import FilterError, parse_filter
from joml_tui.runs.setting_paths import find_setting, known_settings, setting_values
from joml_tui.store import open_store

SMALL = Experiment(dataset=Xor(samples=40), layers=(LayerSpec(3, dropout=0.1), LayerSpec(2, "tanh")), epochs=1)
EXPERIMENTS = (
    SMALL,
    Experiment(
        dataset=Xor(samples=60),
        optimizer=AdamSpec(0.01, l2=1e-4),
        epochs=1,
        seed=1,
        early_stopping=EarlyStoppingSpec(3),
        metrics=("macro-f1", "matthews"),
    ),
    Experiment(
        dataset=Xor(samples=40), layers=(LayerSpec(4),), optimizer=MomentumSpec(0.1), epochs=1, batch_size="all"
    ),
)
#: A filter, and which of the three experiments it accepts.
FILTERS = {
    "optimizer.l2>0": [2],
    "optimizer.momentum>0.5": [3],
    "optimizer.schedule=constant": [1, 2, 3],
    "layers[1].activation=tanh": [1],
    "layers[1].activation!=tanh": [],
    "layers[0].activation:re": [1, 3],
    "layers[0].dropout>=10%": [1],
    "layers[0].normalised=no": [1, 3],
    "!layers[0].dropout>0": [2, 3],
    "dataset.samples<50": [1, 3],
    "dataset.samples=60 seed=1": [2],
    "test_every=epoch layers>=2": [1],
    "early_stopping=none": [1, 3],
    "input_size=none": [1, 2, 3],
    "layers[7].size>0": [],
    "layers[].size=2": [1],
    "layers[].dropout>0": [1],
    "!layers[].size>0": [2],
    "optimizer.beta1=0.9 opt:adam": [1, 2],
    "optimizer.name=momentum": [3],
    "layers[1].activation.name:tanh": [1],
    "output.cost=logloss": [1, 2, 3],
    "output.cost!=logloss": [],
    "early_stopping!=none": [2],
    "early_stopping=yes early_stopping.patience=3": [2],
    "metrics=macro-f1": [2],
    "metrics=matthews metrics:macro": [2],
    "metrics[1]=matthews": [2],
    "metrics[2]=matthews": [],
    "metrics[]=matthews": [2],
    "metrics=none": [1, 3],
}


@pytest.fixture(scope="module")
def runs():
    """Return the three runs, ended."""
    trained = [start_run(experiment, engine="thread") for experiment in EXPERIMENTS]
    for run in trained:
        assert run.wait(300)
    return trained


@pytest.fixture(scope="module")
def stored(runs, tmp_path_factory):
    """Return the path of a store that has the three runs, numbered from 1."""
    path = tmp_path_factory.mktemp("store") / "runs.db"
    with open_store(path) as store:
        assert [store.keep(run) for run in runs] == [1, 2, 3]
    return path


def in_the_lab(run, number, wanted):
    """Return whether the lab's table shows a run for a filter."""
    listed = SimpleNamespace(
        number=number, name="", label="", note="", tags=(), status=("finished", ""), record=run.record
    )
    return parse_filter(wanted).accepts(facts_of(listed, lambda: run.experiment))


@pytest.mark.parametrize("wanted", FILTERS)
def test_a_filter_means_the_same_in_the_lab_among_earlier_runs_and_on_the_command_line(wanted, runs, stored):
    expected = FILTERS[wanted]
    assert [number for number, run in enumerate(runs, start=1) if in_the_lab(run, number, wanted)] == expected
    with open_store(stored) as store:
        earlier = [run.number for run in store.runs() if parse_filter(wanted).accepts(store.facts_of(run))]
    assert sorted(earlier) == expected
    shown = CliRunner().invoke(main, ["runs", "list", "--json", "--filter", wanted, "--store", str(stored)])
    assert sorted(json.loads(line)["run"] for line in shown.stdout.splitlines()) == expected


def test_a_setting_that_no_built_in_part_has_is_named_where_no_run_matches(stored):
    shown = CliRunner().invoke(main, ["runs", "list", "--filter", "optimizer.l3>0", "--store", str(stored)])
    assert "None of the 3 runs matches the filter. No built-in part has a setting optimizer.l3." in shown.stderr
    shown = CliRunner().invoke(main, ["runs", "list", "--filter", "optimizer.l2>3", "--store", str(stored)])
    assert shown.stderr.rstrip().endswith("matches the filter.")


def test_every_setting_of_every_preset_can_be_asked_for():
    asked = 0
    for preset in list_presets("experiments"):
        values = setting_values(find_experiment(preset.name))
        facts = SimpleNamespace(settings=lambda values=values: values)
        for path, value in values.items():
            assert find_setting(path) == path
            if "." in path and isinstance(value, int | float | str) and not isinstance(value, bool) and value != "":
                asked += 1
                assert parse_filter(f'{path}="{value}"').accepts(facts), path
                assert not parse_filter(f'{path}!="{value}"').accepts(facts), path
    assert asked > 100


def test_paths_of_all_parts_are_known():
    paths = known_settings()
    assert {"optimizer.l2", "layers[].dropout", "dataset.path", "early_stopping.patience", "split.test"} <= set(paths)
    assert len(paths) == len(set(paths)) > 100


def test_settings_of_a_part_of_ones_own_stand_beside_its_name(tmp_path):
    text = "version: 1\ndataset: {name: xor}\noptimizer: {own: my_module:Lion, beta3: 0.5, fast: true}\n"
    values = setting_values(parse_experiment(text, "x.yaml"))
    assert values["optimizer.own"].endswith("my_module:Lion")
    assert values["optimizer.beta3"] == 0.5
    facts = SimpleNamespace(settings=lambda: values)
    assert parse_filter("optimizer.settings.beta3>0.4 optimizer.fast=yes").accepts(facts)
    assert not parse_filter("optimizer.fast=1").accepts(facts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optimizer.lerning_rate>0", "did you mean optimizer.learning_rate?"),
        ("layers[0].dropuot>0", "did you mean layers[0].dropout?"),
        ("split.nonsense>0", "split has: validation, test, stratified, by, group, train_samples."),
        ("nowhere.at_all>0", "write such as optimizer.l2"),
        ("split=yes", "There is no setting 'split'; write one of split.validation, split.test, split.stratified, "),
        ("layers.size>3", "did you mean layers[].size?"),
        ("optimizer.l2>much", "needs a number after it, got 'much'"),
        ("optimizer.l2=", "needs a number after it"),
        ("layers[0].activation>0", "layers[0].activation is not a number"),
        ("optimizer.schedule=3", "optimizer.schedule is not a number"),
        ("optimizer.schedule:", "the text to look for is missing"),
    ],
)
def test_a_path_that_is_none_is_refused_with_the_way_out(text, message):
    with pytest.raises(FilterError) as raised:
        parse_filter(text)
    assert message in str(raised.value)


def test_a_damaged_experiment_has_no_settings(stored, tmp_path, monkeypatch):
    with open_store(stored) as store:
        monkeypatch.setattr(type(store), "experiment_yaml", lambda *_: "no: experiment")
        assert store.facts_of(store.run(1)).settings() == {}


def test_differences_have_the_same_paths():
    assert flatten(SMALL).keys() == setting_values(SMALL).keys()


def test_kinds_of_columns_have_paths_of_their_own():
    dataset = CsvFile("a.csv", columns={"age": ColumnSpec("number", "mean"), "sex": "category"})
    paths = flatten(Experiment(dataset=dataset))
    assert paths["dataset.columns.age.missing"] == "mean"
    assert paths["dataset.columns.sex"] == "category"
    assert flatten(Experiment(dataset=CsvFile("a.csv")))["dataset.columns"] == "–"
