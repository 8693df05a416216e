"""The options of commands that change an experiment, and data files in place of experiments."""

import sys

import pytest
from click.shell_completion import ShellComplete
from command_line import document, given
from test_data_files import FLOWERS, HOUSES, write

from joml_tui.cli import main
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.store.store import Store


def printed(*arguments):
    result = given("run", *arguments, "--yaml")
    assert result.exit_code == 0, result.stderr
    return parse_experiment(result.stdout)


def completed(*words):
    *before, incomplete = words
    return [each.value for each in ShellComplete(main, {}, "joml-tui", "_X").get_completions(list(before), incomplete)]


def test_a_table_is_trained_by_one_command(tmp_path):
    path = write(tmp_path / "flowers.csv", FLOWERS)
    result = given("run", path, "--epochs", 2, store=tmp_path / "runs.db")
    assert result.exit_code == 0, result.stderr
    assert "Target: 'species', the last column: 2 classes; --target chooses another." in result.stderr
    assert "Chosen for these data: network 2-64-32-2, adamw" in result.stderr
    assert "2 epochs of mini-batches of 32; each class has its share of every part." in result.stderr
    assert "2-64-32-2" in result.stdout
    with Store(tmp_path / "runs.db") as store:
        stored = store.experiment(1)
    assert (stored.dataset.label, len(stored.layers), stored.epochs) == ("species", 2, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--target", "specie"], "no column is named 'specie'; did you mean 'species'?"),
        (["--target", "a,b"], "label: 2 columns are missing: 'a', 'b'; the columns are 'length', 'width', 'species'"),
        (["--ignore", "a,b,width"], "ignore: 2 columns are missing: 'a', 'b'"),
        (["--set", "split.by=day"], "no column is named 'day'; the columns are 'length', 'width', 'species'"),
    ],
)
def test_problems_of_a_data_file_begin_with_its_name_as_typed(tmp_path, monkeypatch, options, message):
    write(tmp_path / "flowers.csv", FLOWERS)
    monkeypatch.chdir(tmp_path)
    result = given("run", "./flowers.csv", *options)
    assert (result.exit_code, result.stderr) == (2, f"joml-tui: ./flowers.csv: {message}\n")


def test_yaml_prints_the_experiment_and_trains_nothing(tmp_path):
    path = write(tmp_path / "flowers.csv", FLOWERS)
    result = given("run", path, "--yaml", "--epochs", 7, "--network", "2-5-2", store=tmp_path / "runs.db")
    assert result.stdout.startswith("# Target: 'species'")
    assert "# Chosen for these data: network 2-5-2," in result.stdout
    experiment = parse_experiment(result.stdout)
    assert (experiment.epochs, [layer.size for layer in experiment.layers]) == (7, [5])
    assert result.stderr == ""
    assert not (tmp_path / "runs.db").exists()
    both = given("run", path, "--yaml", "--json")
    assert (both.exit_code, both.stderr) == (2, "joml-tui: --yaml prints YAML: leave out --json\n")


def test_options_choose_columns_task_and_parts(tmp_path):
    path = write(tmp_path / "houses.csv", HOUSES)
    experiment = printed(path, "--target", "worth", "--ignore", "rooms", "--validation", "0.25", "--set", "seed=5")
    assert (experiment.dataset.label, experiment.dataset.ignore) == ("worth", ("rooms",))
    assert (experiment.dataset.task, experiment.split.validation, experiment.seed) == ("regression", 0.25, 5)
    assert printed(path, "--target", "2", "--task", "values").dataset.task == "regression"
    assert printed(path, "--target", "2", "--task", "classes").dataset.label == 2
    assert printed(path, "--ignore", "").dataset.ignore == ()


def test_what_is_decided_about_a_named_target_is_said(tmp_path):
    path = write(tmp_path / "houses.csv", HOUSES)
    result = given("run", path, "--target", "worth", "--epochs", 1, "--no-store")
    assert "Target: 'worth': values to predict.\n" in result.stderr
    plain = write(tmp_path / "plain.data", "1.5,2.5,a\n2.5,3.5,b\n" * 5)
    assert "Target: the last column: 2 classes; --target chooses another.\n" in given("run", plain, "--no-store").stderr


def test_options_change_presets_and_files_too(tmp_path):
    write(tmp_path / "houses.csv", HOUSES)
    path = write(tmp_path / "houses.yaml", "version: 1\ndataset: {name: csv, path: houses.csv}\nepochs: 3\n")
    changed = printed(path, "--target", "worth", "--task", "regression")
    assert (changed.dataset.label, changed.output.activation, changed.layers) == ("worth", "identity", ())
    assert printed("xor", "--validation", "0.2", "--set", "optimizer.l2=0.1").optimizer.l2 == 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--set", "split.test_path=t.csv"],
            "joml-tui: split.test_path: unknown key; did you mean dataset.test_path?\n",
        ),
        (["--set", "epocs=3"], "joml-tui: epocs: unknown key; did you mean epochs?\n"),
        (["--set", "epochs"], "joml-tui: --set epochs: write PATH=VALUE, such as optimizer.learning_rate=0.01\n"),
        (["--target", "specis"], "did you mean 'species'?"),
        (["--ignore", "lenth"], "did you mean 'length'?"),
        (["--set", "batch_size=500"], "batch_size: a mini-batch of 500 is larger"),
    ],
)
def test_what_does_not_fit_is_refused_before_training(tmp_path, arguments, message):
    result = given("run", write(tmp_path / "flowers.csv", FLOWERS), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_resumed_run_is_not_changed():
    result = given("run", "--resume", "last", "--set", "epochs=3")
    assert result.exit_code == 2
    assert "leave out --target, --ignore, --task, --validation and --set" in result.stderr


@pytest.mark.slow
def test_check_and_compare_take_data_files(tmp_path):
    path = write(tmp_path / "flowers.csv", FLOWERS)
    assert document("check", path, "--samples", 2, "--set", "layers=3")["passed"]
    other = write(tmp_path / "other.yaml", given("run", path, "--yaml", "--network", "2-3-2").stdout)
    result = document("compare", path, other, "--seeds", 2, "--epochs", 1, "--processes", 1, "--quiet")
    assert result


def test_a_file_in_place_of_a_command_is_trained_without_a_terminal(tmp_path):
    path = write(tmp_path / "flowers.csv", FLOWERS)
    result = given(path, "--set", "epochs=1", store=tmp_path / "runs.db")
    assert result.exit_code == 0, result.stderr
    assert "No terminal is attached: training it." in result.stderr
    assert "2-64-32-2" in result.stdout
    missing = given(tmp_path / "missing.csv")
    assert missing.exit_code == 2
    assert "missing.csv: no such file" in missing.stderr
    (tmp_path / "folder").mkdir()
    assert "the folder has no data" in given(tmp_path / "folder").stderr


def test_a_file_in_place_of_a_command_opens_the_lab(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(sys.modules["joml_tui.cli.main"], "_has_terminal", lambda: True)
    monkeypatch.setattr("joml_tui.ui.app.run_lab", lambda experiment, warn: opened.append(experiment) or 0)
    result = given(write(tmp_path / "flowers.csv", FLOWERS), "--target", "species")
    assert result.exit_code == 0, result.stderr
    assert opened[0].dataset.label == "species"
    two = write(tmp_path / "two.csv", "survived,class,age\n" + "yes,first,3\nno,third,4\n" * 5)
    assert given(two).exit_code == 0
    assert opened[1].dataset.label == "class"
    assert given(tmp_path / "gone.csv").exit_code == 2


def test_columns_settings_and_files_are_completed(tmp_path):
    path = write(tmp_path / "flowers.csv", FLOWERS)
    assert completed("run", path, "--target", "") == ["length", "width", "species"]
    assert completed("run", path, "--ignore", "length,w") == ["length,width"]
    assert completed("run", path, "--set", "optimizer.learning") == ["optimizer.learning_rate="]
    assert completed("flow") == ["flow"]
    assert completed("ru") == ["run", "runs"]


@pytest.mark.parametrize("command", [["run"], ["check"], ["compare", "xor"]])
def test_problems_between_settings_name_the_experiment(tmp_path, command):
    path = tmp_path / "mine.yaml"
    path.write_text("version: 1\ndataset: {name: xor}\nbatch_size: 5000\nepochs: 1\n")
    result = given(*command, path)
    assert result.exit_code == 2
    assert f"{path}: batch_size: a mini-batch of 5,000 is larger than the training part" in result.stderr


def test_problems_of_a_file_name_it_once(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("version: 1\ndataset: {name: csv, path: gone.csv}\n")
    assert "mine.yaml" not in given("run", path).stderr


def test_inspect_names_the_fault_that_the_reader_has_found(tmp_path):
    rows = "".join(f"0.{row},1.{row},{'xy'[row % 2]}\n" for row in range(10, 30))
    path = write(tmp_path / "title.csv", f"Sales, by region\na,b,k\n{rows}")
    assert "if it is a title, take it out of the file" in given("inspect", path).stderr


def test_the_validation_part_holds_beside_a_whole_split(tmp_path):
    path = write(tmp_path / "flowers.csv", FLOWERS)
    split = printed(path, "--validation", 0.25, "--set", "split={stratified: true}").split
    assert (split.validation, split.stratified) == (0.25, True)
    assert printed(path, "--validation", 0.25, "--set", "split.validation=0.1").split.validation == 0.1


def test_a_long_setting_is_cut_off_in_a_refusal():
    result = given("run", "xor", "--set", f"epochs={'9' * 5_000}")
    assert result.exit_code == 2
    assert len(result.stderr) < 300
