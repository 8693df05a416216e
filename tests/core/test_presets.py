import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from joml_tui.experiment import (
    AdaGradSpec,
    AdamSpec,
    AdamWSpec,
    AMSGradSpec,
    Blobs,
    Circles,
    CsvFile,
    CsvFolder,
    Diabetes,
    Digits,
    Experiment,
    GradientDescentSpec,
    IdxFiles,
    Iris,
    LayerSpec,
    LionSpec,
    MomentumSpec,
    Moons,
    MultiGaussian,
    NesterovSpec,
    NpzFile,
    OutputSpec,
    Parity,
    Plane,
    RmsPropSpec,
    Sine,
    SpinGlass,
    Spirals,
    TableFile,
    Xor,
    architecture_of,
    presets,
    problems,
    shape_of,
)
from joml_tui.experiment.presets import (
    DEFAULT_PRESET,
    Preset,
    find_experiment,
    find_preset,
    list_presets,
    load_dataset_spec,
    load_optimizer,
)
from joml_tui.experiment.yaml_text import ExperimentError, load_experiment
from joml_tui.runs.worker.builder import build_trainer

ROOT = Path(presets.__file__).parents[2]
OURS = {
    "experiments": {
        "article-14-100-40-4",
        "article-14-28x6-4",
        "article-14-14x28-4",
        "circles-squares",
        "digits",
        "digits-convolution",
        "moons",
        "multi-gaussian",
        "recipe-14-100-40-4",
        "recipe-14-14x28-4",
        "sine",
        "spirals",
        "xor",
    },
    "datasets": {
        "blobs",
        "circles",
        "diabetes",
        "digits",
        "iris",
        "moons",
        "multi-gaussian",
        "parity-8",
        "plane",
        "sine",
        "spin-glass-14",
        "spirals",
        "xor",
    },
    "optimizers": {
        "adagrad",
        "adam",
        "adam-article",
        "adamw",
        "adamw-cosine",
        "amsgrad",
        "gradient-descent",
        "lion",
        "momentum",
        "momentum-one-cycle",
        "nesterov",
        "rmsprop",
    },
}
#: What the experiments that learn reach on their test part with any seed: at least this accuracy, or R2.
REACHED = {
    "circles-squares": 0.99,
    "digits": 0.95,
    "digits-convolution": 0.985,
    "moons": 0.97,
    "multi-gaussian": 0.9,
    "recipe-14-100-40-4": 0.99,
    "recipe-14-14x28-4": 0.9,
    "sine": 0.93,
    "spirals": 0.95,
    "xor": 0.95,
}


@pytest.fixture(autouse=True)
def user(tmp_path, monkeypatch):
    """Return every test a user without presets, and return the folder where they would be."""
    folder = tmp_path / "config" / "presets"
    monkeypatch.setattr(presets, "user_folder", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def train_a_little(experiment):
    trainer = build_trainer(experiment)
    costs = np.concatenate([trainer.advance(1).costs for _ in range(5)])
    assert np.isfinite(costs).all()
    assert trainer.diverged_at is None


def add(folder, kind, name, text):
    path = folder / kind / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


class TestOurs:
    @pytest.mark.parametrize("kind", OURS)
    def test_all_are_listed_with_titles(self, kind):
        listed = list_presets(kind)
        assert {preset.name for preset in listed} == OURS[kind]
        assert all(preset.title != preset.name and preset.title.isprintable() for preset in listed)
        assert [preset.name for preset in listed] == sorted(OURS[kind])

    @pytest.mark.parametrize(
        ("name", "architecture", "parameters"),
        [
            ("article-14-100-40-4", "14-100-40-4", 5_704),
            ("article-14-28x6-4", "14-28x6-4", 4_596),
            ("article-14-14x28-4", "14-14x28-4", 5_940),
        ],
    )
    def test_the_articles_networks_have_its_settings(self, name, architecture, parameters):
        experiment = find_experiment(name)
        assert str(architecture_of(experiment)) == architecture
        assert architecture_of(experiment).parameter_count == parameters
        assert {layer.activation for layer in experiment.layers} == {"relu"}
        assert experiment.output == OutputSpec(None, "softmax", "cross-entropy")
        assert experiment.optimizer == AdamSpec(0.002, 0.9, 0.999, 1e-8)
        assert experiment.dataset == SpinGlass(test_share=0.2)
        assert (experiment.epochs, experiment.batch_size, experiment.seed) == (10, 32, 0)
        assert experiment.name == f"{architecture} net"
        assert problems(experiment) == []

    def test_the_default_is_one_of_them(self):
        assert DEFAULT_PRESET == "article-14-100-40-4"
        assert find_experiment(DEFAULT_PRESET).layers == (LayerSpec(100), LayerSpec(40))

    def test_xor_can_run(self):
        experiment = find_experiment("xor")
        assert isinstance(experiment.dataset, Xor)
        assert problems(experiment) == []

    def test_data_sets(self):
        assert load_dataset_spec(find_preset("spin-glass-14", "datasets")) == SpinGlass()
        assert load_dataset_spec(find_preset("xor", "datasets")) == Xor()
        assert load_dataset_spec(find_preset("parity-8", "datasets")) == Parity(bits=8)
        assert load_dataset_spec(find_preset("circles", "datasets")) == Circles()
        assert load_dataset_spec(find_preset("moons", "datasets")) == Moons()
        assert load_dataset_spec(find_preset("spirals", "datasets")) == Spirals()
        assert load_dataset_spec(find_preset("blobs", "datasets")) == Blobs()

        assert load_dataset_spec(find_preset("plane", "datasets")) == Plane()
        assert load_dataset_spec(find_preset("multi-gaussian", "datasets")) == MultiGaussian()
        assert load_dataset_spec(find_preset("sine", "datasets")) == Sine()
        assert load_dataset_spec(find_preset("digits", "datasets")) == Digits()
        assert load_dataset_spec(find_preset("iris", "datasets")) == Iris()
        assert load_dataset_spec(find_preset("diabetes", "datasets")) == Diabetes()

    @pytest.mark.parametrize("name", sorted(OURS["datasets"]))
    def test_every_data_set_can_be_learnt_from(self, name):
        dataset = load_dataset_spec(find_preset(name, "datasets"))
        values = shape_of(dataset).task == "regression"
        output = OutputSpec(None, "identity", "mean-squared-error") if values else OutputSpec()
        experiment = Experiment(dataset=dataset, output=output)
        assert problems(experiment) == []
        train_a_little(experiment)

    @pytest.mark.parametrize("name", sorted(OURS["optimizers"]))
    def test_every_optimizer_trains(self, name):
        experiment = Experiment(dataset=Xor(), optimizer=load_optimizer(find_preset(name, "optimizers")))
        assert problems(experiment) == []
        train_a_little(experiment)

    @pytest.mark.parametrize("name", sorted(OURS["experiments"]))
    def test_every_experiment_trains(self, name):
        experiment = find_experiment(name)
        assert problems(experiment) == []
        train_a_little(experiment)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", REACHED)
    def test_what_is_said_to_be_learnt_is_learnt(self, name):
        trainer = build_trainer(find_experiment(name))
        while not trainer.finished:
            trainer.advance(256)
        assert trainer.test().accuracy > REACHED[name]

    def test_optimizers(self):
        assert load_optimizer(find_preset("adam", "optimizers")) == AdamSpec()
        assert load_optimizer(find_preset("adam-article", "optimizers")) == AdamSpec(0.002)
        assert load_optimizer(find_preset("gradient-descent", "optimizers")) == GradientDescentSpec(0.1)
        for name, usual in (
            ("momentum", MomentumSpec()),
            ("nesterov", NesterovSpec()),
            ("adagrad", AdaGradSpec(0.05)),
            ("rmsprop", RmsPropSpec()),
            ("adamw", AdamWSpec()),
            ("amsgrad", AMSGradSpec()),
            ("lion", LionSpec()),
            ("adamw-cosine", AdamWSpec(0.004, schedule="cosine", warm_up=0.5)),
            ("momentum-one-cycle", MomentumSpec(0.2, schedule="one-cycle", clip_norm=1.0)),
        ):
            assert load_optimizer(find_preset(name, "optimizers")) == usual


class TestUsers:
    def test_they_join_ours_and_hide_those_of_the_same_name(self, user):
        mine = add(user, "experiments", "mine.yml", "version: 1\ndataset: {name: xor}\n")
        other = add(user, "experiments", "xor.yaml", "# My own clouds\nversion: 1\nseed: 5\ndataset: {name: xor}\n")
        listed = {preset.name: preset for preset in list_presets()}
        assert set(listed) == OURS["experiments"] | {"mine"}
        assert listed["mine"] == Preset("mine", mine, "mine")
        assert listed["xor"] == Preset("xor", other, "My own clouds")
        assert find_experiment("xor") == Experiment(dataset=Xor(), seed=5)

    def test_other_files_are_left_out(self, user):
        add(user, "experiments", "notes.txt", "no preset")
        (user / "experiments" / "folder.yaml").mkdir()
        assert {preset.name for preset in list_presets()} == OURS["experiments"]

    def test_a_broken_one_is_listed_and_told_when_it_is_read(self, user, tmp_path):
        path = user / "optimizers" / "bad.yaml"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"# T\xe4tle\nversion: 1\noptimizer:\n  name: adam\n  beta3: 1\n")
        preset = find_preset("bad", "optimizers")
        assert preset.title == "T\N{REPLACEMENT CHARACTER}tle"
        with pytest.raises(ExperimentError, match=r"bad\.yaml:1: not UTF-8 text"):
            load_optimizer(preset)
        path.write_text("version: 1\noptimizer:\n  name: adam\n  beta3: 1\n")
        with pytest.raises(ExperimentError, match=r"bad\.yaml:4: optimizer\.beta3: unknown key; did you mean beta"):
            load_optimizer(preset)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("version: 1\nseed: 3\ndataset: {name: xor}\n", ":2: seed: unknown key; known: version, dataset"),
            ("version: 1\n", ":1: dataset: this key is missing; expected a mapping of keys to values"),
            ("dataset: {name: xor}\n", ":1: version: this key is missing; write version: 1"),
        ],
    )
    def test_a_data_set_s_preset_chooses_a_data_set_alone(self, user, text, expected):
        path = add(user, "datasets", "mine.yaml", text)
        with pytest.raises(ExperimentError) as caught:
            load_dataset_spec(find_preset("mine", "datasets"))
        assert str(caught.value) == f"{path}{expected}"

    def test_a_csv_file_s_path_is_relative_to_the_preset(self, user):
        add(user, "datasets", "mine.yaml", "version: 1\ndataset: {name: csv, path: ../iris.csv, label: species}\n")
        dataset = load_dataset_spec(find_preset("mine", "datasets"))
        assert dataset == CsvFile(str(user / "datasets" / "../iris.csv"), label="species")

    def test_the_paths_of_other_files_are_too(self, user):
        add(user, "datasets", "npz.yaml", "version: 1\ndataset: {name: npz, path: digits.npz, standardize: false}\n")
        add(user, "datasets", "idx.yaml", "version: 1\ndataset: {name: idx, images: a, labels: /b, test_images: c}\n")
        add(user, "datasets", "mine.yaml", "version: 1\ndataset: {name: csv-folder, path: mine, header: no}\n")
        add(user, "datasets", "table.yaml", "version: 1\ndataset: {name: table, path: a.parquet, label: 3}\n")
        folder = user / "datasets"
        assert load_dataset_spec(find_preset("mine", "datasets")) == CsvFolder(str(folder / "mine"), "no")
        assert load_dataset_spec(find_preset("table", "datasets")) == TableFile(str(folder / "a.parquet"), 3)
        assert load_dataset_spec(find_preset("npz", "datasets")) == NpzFile(str(folder / "digits.npz"), False)
        assert load_dataset_spec(find_preset("idx", "datasets")) == IdxFiles(str(folder / "a"), "/b", str(folder / "c"))

    def test_without_permission_to_look_ours_are_there(self, user, monkeypatch):
        user.parent.mkdir(parents=True)
        user.write_text("a file where a folder would be")
        assert {preset.name for preset in list_presets()} == OURS["experiments"]


class TestFinding:
    @pytest.mark.parametrize("as_type", [str, Path])
    def test_a_path(self, tmp_path, as_type):
        (tmp_path / "a.yaml").write_text("version: 1\ndataset: {name: xor}\n")
        assert find_experiment(as_type("a.yaml")) == Experiment(dataset=Xor())
        assert find_experiment(as_type(tmp_path / "a.yaml")) == Experiment(dataset=Xor())

    def test_a_file_without_suffix(self, tmp_path):
        (tmp_path / "mine").write_text("version: 1\ndataset: {name: xor}\n")
        assert find_experiment("mine") == Experiment(dataset=Xor())

    def test_a_preset_s_name_comes_before_a_file_s(self, tmp_path):
        (tmp_path / "xor").write_text("version: 1\nseed: 9\ndataset: {name: xor}\n")
        assert find_experiment("xor").seed == 0
        assert find_experiment("./xor").seed == 9

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("article-14-100-40", "no preset or file is called 'article-14-100-40'; did you mean article-14-100-40-4?"),
            ("imagenet", f"no preset or file is called 'imagenet'; known: {', '.join(sorted(OURS['experiments']))}"),
            ("none.yaml", "none.yaml: no such file"),
            ("no/where", "no/where: no such file"),
            ("", f"no preset or file is called ''; known: {', '.join(sorted(OURS['experiments']))}"),
            (
                "n" * 5_000,
                f"no preset or file is called '{'n' * 37}...'; known: {', '.join(sorted(OURS['experiments']))}",
            ),
            ("a\0b.yaml", "'a\\x00b.yaml': cannot be read: embedded null byte"),
        ],
    )
    def test_what_is_not_there(self, name, expected):
        with pytest.raises(ExperimentError) as caught:
            find_experiment(name)
        assert str(caught.value) == expected


@pytest.mark.slow
def test_the_user_s_folder_follows_the_platform(monkeypatch, tmp_path):
    if sys.platform != "linux":
        pytest.skip("XDG locations are Linux's")
    code = "from joml_tui.experiment.presets import user_folder; print(user_folder())"
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}
    completed = subprocess.check_output([sys.executable, "-c", code], text=True, env=environment).strip()
    assert completed == str(tmp_path / "joml-tui" / "presets")


@pytest.mark.slow
def test_a_wheel_holds_the_presets_and_finds_them(tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", str(ROOT), "--no-deps", "-w", str(tmp_path)], check=True)
    [wheel] = tmp_path.glob("*.whl")
    presets = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".yaml")}
    ours = {f"joml_tui/presets/{kind}/{name}.yaml" for kind, names in OURS.items() for name in names}
    assert presets == ours | {"joml_tui/presets/sweeps/learning-rates.yaml"}

    target = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--no-compile", "--target", str(target), str(wheel)], check=True)
    code = (
        "import joml, joml_tui; from joml_tui.experiment.presets import *; from joml_tui.experiment import *;"
        "print(package_folder(), joml.__file__, architecture_of(find_experiment(DEFAULT_PRESET)),"
        " len(list_presets('optimizers')), sep='\\n')"
    )
    completed = subprocess.check_output(
        [sys.executable, "-c", code], text=True, env={**os.environ, "PYTHONPATH": str(target)}, cwd=tmp_path
    )
    assert completed.splitlines() == [
        str(target / "joml_tui" / "presets"),
        str(target / "joml" / "__init__.py"),
        "14-100-40-4",
        str(len(OURS["optimizers"])),
    ]


@pytest.mark.slow
def test_importing_brings_no_textual():
    code = (
        "import sys; from joml_tui.experiment.presets import *; list_presets(); find_experiment(DEFAULT_PRESET);"
        "print({'textual', 'plotext'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def test_the_files_of_a_checkout_are_the_package_s():
    assert presets.package_folder() == ROOT / "presets"
    assert load_experiment(ROOT / "presets/experiments/xor.yaml") == find_experiment("xor")
