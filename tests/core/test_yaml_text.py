import math
import struct
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from joml.declaration import parts_of
from joml_tui import experiment as types
from joml_tui.decoding import find_faults
from joml_tui.experiment import (
    AdaGradSpec,
    AdamSpec,
    AdamWSpec,
    Blobs,
    Circles,
    CosineSpec,
    CsvFile,
    CsvFolder,
    Diabetes,
    Digits,
    EarlyStoppingSpec,
    EluSpec,
    Experiment,
    GradientDescentSpec,
    HuberSpec,
    IdxFiles,
    Iris,
    LayerSpec,
    LeakyReluSpec,
    MomentumSpec,
    Moons,
    MultiGaussian,
    NesterovSpec,
    NormalSpec,
    NpzFile,
    OneCycleSpec,
    OrthogonalSpec,
    OutputSpec,
    Parity,
    Plane,
    PlateauSpec,
    RmsPropSpec,
    Sine,
    SpinGlass,
    Spirals,
    StepSpec,
    Xor,
    problems,
)
from joml_tui.experiment.yaml_text import (
    ExperimentError,
    dump_experiment,
    load_experiment,
    parse_experiment,
    parse_kept_experiment,
)

OPTIMIZERS = "gradient-descent, momentum, nesterov, adagrad, rmsprop, adam, adamw, amsgrad, lion or own"
ACTIVATIONS = "expected elu, gelu, identity, leaky-relu, relu, sigmoid, silu, tanh or a mapping of keys to values"
DATASETS = (
    "spin-glass-14, parity, xor, circles, moons, spirals, blobs, plane, multi-gaussian, sine, digits, iris, diabetes, "
    "csv, npz, idx, csv-folder, images, table or own"
)
BASE = "version: 1\ndataset: {name: xor}\n"
FULL = """\
# The article's two hidden layers
version: 1
name: 14-100-40-4 net
dataset:
  name: spin-glass-14
  test_share: 0.25
input_size: 14
layers:
  - {size: 100, activation: tanh}
  - size: 40
output:
  size: 4
  activation: softmax
  cost: cross-entropy
optimizer:
  name: adam
  learning_rate: 2e-3
  epsilon: 1e-8
epochs: 3
batch_size: 16
seed: 7
test_every: 100
"""


def message(text, source="presets/a.yaml"):
    with pytest.raises(ExperimentError) as caught:
        parse_experiment(text, source)
    assert str(caught.value).isprintable()
    return str(caught.value)


class TestReading:
    def test_every_key(self):
        assert parse_experiment(FULL) == Experiment(
            name="14-100-40-4 net",
            dataset=SpinGlass(test_share=0.25),
            input_size=14,
            layers=(LayerSpec(100, "tanh"), LayerSpec(40, "relu")),
            output=OutputSpec(4, "softmax", "cross-entropy"),
            optimizer=AdamSpec(0.002, 0.9, 0.999, 1e-8),
            epochs=3,
            batch_size=16,
            seed=7,
            test_every=100,
        )

    def test_what_is_left_out_has_its_default(self):
        assert parse_experiment(BASE) == Experiment(dataset=Xor())

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1e-3", 1e-3), ("1E-3", 1e-3), ("2.e+2", 200.0), (".5", 0.5), ("1", 1.0), ("+1.5", 1.5), ("1_000", 1000.0),
            ("1.0e-08", 1e-8), ("5e-324", 5e-324),
        ],
    )  # fmt: skip
    def test_numbers_in_every_notation(self, text, value):
        experiment = parse_experiment(f"{BASE}optimizer: {{name: adam, learning_rate: {text}}}")
        assert experiment.optimizer.learning_rate == value
        assert isinstance(experiment.optimizer.learning_rate, float)

    @pytest.mark.parametrize("word", ["yes", "no", "auto", "'yes'"])
    def test_yes_and_no_are_words(self, word):
        text = f"version: 1\ndataset: {{name: csv, path: a.csv, header: {word}}}"
        assert parse_experiment(text).dataset.header == word.strip("'")

    @pytest.mark.parametrize(("text", "label"), [("-2", -2), ("3", 3), ("'3'", "3"), ("kind", "kind"), ("yes", "yes")])
    def test_a_label_is_a_position_or_a_name(self, text, label):
        assert parse_experiment(f"version: 1\ndataset: {{name: csv, path: a, label: {text}}}").dataset.label == label

    @pytest.mark.parametrize("name", ["2024-01-01", "1:30", "on", "14-28x6-4", "010", "=", "a: b".replace(": ", ":")])
    def test_names_that_older_yaml_takes_for_something_else(self, name):
        assert parse_experiment(f"{BASE}name: {name}").name == name

    def test_an_alias_may_repeat_a_layer(self):
        experiment = parse_experiment(f"{BASE}layers: [&hidden {{size: 5, activation: tanh}}, *hidden, *hidden]")
        assert experiment.layers == (LayerSpec(5, "tanh"),) * 3

    def test_merely_reading_does_not_judge_the_meaning(self):
        experiment = parse_experiment(BASE + "input_size: 5")
        assert [problem.field for problem in problems(experiment)] == ["input_size"]

    @pytest.mark.parametrize(
        ("text", "dataset"),
        [
            ("{name: parity, bits: 5}", Parity(5)),
            ("{name: circles, samples: 200, noise: 0.1, factor: 0.6}", Circles(200, 0.1, 0.6)),
            ("{name: moons, samples: 200, noise: 0}", Moons(200, 0)),
            ("{name: spirals, samples: 300, arms: 3, noise: 0.05, turns: 2}", Spirals(300, 3, 0.05, 2)),
            ("{name: blobs, samples: 300, classes: 5, noise: 0.1, test_share: 0.5}", Blobs(300, 5, 0.1, 0.5)),
        ],
    )
    def test_data_sets_that_are_generated(self, text, dataset):
        experiment = parse_experiment(f"version: 1\nbatch_size: 8\ndataset: {text}")
        assert experiment.dataset == dataset
        assert problems(experiment) == []


OPTIONS = """
layers:
  - {size: 8, activation: leaky-relu, dropout: 0.2, normalised: true}
  - {size: 8, activation: {name: elu, alpha: 0.5}, residual: 1, initialisation: orthogonal}
  - {size: 8, initialisation: {name: normal, deviation: 0.1}, optimizer: {name: nesterov, learning_rate: 0.1}}
output: {activation: sigmoid, cost: {name: huber, delta: 0.5}, initialisation: zeros}
optimizer:
  name: adamw
  weight_decay: 0.1
  l1: 1e-5
  l2: 1e-4
  clip_norm: 1
  warm_up: 0.5
  schedule: {name: step, every: 3, ratio: 0.5}
batch_size: all
class_weights: [1, 3]
early_stopping: {patience: 3}
"""


def test_every_option():
    experiment = parse_experiment(BASE + OPTIONS)
    assert experiment == Experiment(
        dataset=Xor(),
        layers=(
            LayerSpec(8, "leaky-relu", dropout=0.2, normalised=True),
            LayerSpec(8, EluSpec(0.5), "orthogonal", residual=1),
            LayerSpec(8, initialisation=NormalSpec(0.1), optimizer=NesterovSpec(0.1)),
        ),
        output=OutputSpec(None, "sigmoid", HuberSpec(0.5), "zeros"),
        optimizer=AdamWSpec(weight_decay=0.1, l1=1e-5, l2=1e-4, clip_norm=1, warm_up=0.5, schedule=StepSpec(3, 0.5)),
        batch_size="all",
        class_weights=(1.0, 3.0),
        early_stopping=EarlyStoppingSpec(3),
    )
    assert problems(experiment) == []


class TestFiles:
    def write(self, folder, text, name="a.yaml"):
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    @pytest.mark.parametrize("ignore", ["[]", "[id, 'home port', 3, -1]", "['3', 'on']"])
    @pytest.mark.parametrize("name", ["csv", "table"])
    def test_ignored_columns_are_written_as_they_were_read(self, name, ignore):
        experiment = parse_experiment(f"version: 1\ndataset: {{name: {name}, path: a, ignore: {ignore}}}")
        assert list(experiment.dataset.ignore) == yaml.safe_load(ignore)
        assert parse_experiment(dump_experiment(experiment)) == experiment

    @pytest.mark.parametrize("name", ["csv", "table"])
    def test_kinds_of_columns_are_written_as_they_were_read(self, name):
        columns = "{age: {kind: number, missing: mean}, sex: category, day: {day_first: true}, '3': ignore}"
        text = f"version: 1\ndataset: {{name: {name}, path: a, missing: error, columns: {columns}}}"
        experiment = parse_experiment(text)
        assert dump_experiment(experiment).count("age: {kind: number, missing: mean}") == 1
        assert parse_experiment(dump_experiment(experiment)) == experiment
        assert list(find_faults(experiment)) == []

    def test_experiments_without_kinds_are_written_as_before(self):
        text = dump_experiment(parse_experiment("version: 1\ndataset: {name: csv, path: a}"))
        assert "columns" not in text
        assert "missing" not in text

    def test_other_spellings_of_kinds_are_read(self):
        experiment = parse_experiment("version: 1\ndataset: {name: csv, path: a, columns: {age: Number}}")
        assert experiment.dataset.columns == {"age": "number"}

    @pytest.mark.parametrize(
        ("columns", "fault"),
        [
            (
                "{sex: category, age: numbr}",
                "columns.age: expected boolean, category, date, ignore, number or a mapping of keys to values, "
                "got 'numbr'; did you mean number?",
            ),
            ("{age: {knd: number}}", "columns.age.knd: unknown key; did you mean kind?"),
            (
                "{age: {missing: meen}}",
                "columns.age.missing: expected error, mean, median or a number, got 'meen'; did you mean mean?",
            ),
            ("[age]", "columns: expected a mapping of keys to values, got a list"),
            (
                "{age: }",
                "columns.age: expected boolean, category, date, ignore, number or a mapping of keys to values, "
                "got nothing",
            ),
            ("{age: {day_first: 3}}", "columns.age.day_first: expected true or false, got 3"),
        ],
    )
    def test_kinds_that_are_none_are_reported_with_their_column(self, columns, fault):
        with pytest.raises(ExperimentError) as caught:
            parse_experiment(f"version: 1\ndataset: {{name: csv, path: a, columns: {columns}}}")
        assert str(caught.value) == f"experiment:2: dataset.{fault}"

    def test_a_csv_path_is_relative_to_the_file_s_folder(self, tmp_path, monkeypatch):
        folder = tmp_path / "experiments"
        folder.mkdir()
        self.write(folder, "1,x\n2,y\n3,x\n", "data.csv")
        self.write(folder, "version: 1\nbatch_size: 2\ndataset: {name: csv, path: data.csv}\n")
        monkeypatch.chdir(tmp_path)
        experiment = load_experiment("experiments/a.yaml")
        assert experiment.dataset.path == str(folder / "data.csv")
        monkeypatch.chdir("/")
        assert problems(experiment) == []

    def test_an_npz_file_beside_the_experiment(self, tmp_path):
        np.savez(tmp_path / "data.npz", x=np.arange(20).reshape(10, 2), y=np.arange(10) % 2)
        path = self.write(tmp_path, "version: 1\nbatch_size: 8\ndataset: {name: npz, path: data.npz}\n")
        experiment = load_experiment(path)
        assert experiment.dataset == NpzFile(str(tmp_path / "data.npz"))
        assert problems(experiment) == []

    def test_idx_files_beside_the_experiment(self, tmp_path):
        self.write(tmp_path, b"\0\0\x08\x02" + struct.pack(">2I", 5, 2) + bytes(range(10)), "images")
        self.write(tmp_path, b"\0\0\x08\x01" + struct.pack(">I", 5) + bytes([3, 4, 3, 4, 4]), "labels")
        text = "version: 1\nbatch_size: 4\ndataset: {name: idx, images: images, labels: labels}\n"
        experiment = load_experiment(self.write(tmp_path, text))
        assert experiment.dataset == IdxFiles(str(tmp_path / "images"), str(tmp_path / "labels"))
        assert problems(experiment) == []
        text += "seed: 1\n"
        both = text.replace("labels: labels", "labels: labels, test_images: images, test_labels: labels")
        assert problems(load_experiment(self.write(tmp_path, both.replace("batch_size: 4", "batch_size: 5")))) == []

    def test_a_folder_of_csv_files_beside_the_experiment(self, tmp_path):
        (tmp_path / "data").mkdir()
        for name, rows in (("train", 10), ("test", 4)):
            self.write(tmp_path / "data", "".join(f"{n},{n * n}\n" for n in range(rows)), f"x_{name}.csv")
            self.write(tmp_path / "data", "".join(f"{n % 2}\n" for n in range(rows)), f"y_{name}.csv")
        text = "version: 1\nbatch_size: 10\ndataset: {name: csv-folder, path: data}\n"
        experiment = load_experiment(self.write(tmp_path, text))
        assert experiment.dataset == CsvFolder(str(tmp_path / "data"))
        assert problems(experiment) == []
        self.write(tmp_path / "data", "1\n", "y_test.csv")
        (problem,) = problems(experiment)
        assert problem.field == "dataset.path"
        assert problem.message.endswith("x_test.csv has 4 rows, y_test.csv 1: samples are rows, as many in both")

    def test_an_absolute_or_a_home_path_stays(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", "/home/somebody")
        for written, expected in (("/data/a.csv", "/data/a.csv"), ("~/a.csv", "/home/somebody/a.csv")):
            path = self.write(tmp_path, f"version: 1\ndataset: {{name: csv, path: {written}}}\n")
            assert load_experiment(path).dataset.path == expected

    def test_text_without_a_file_keeps_the_path_as_it_is(self):
        assert parse_experiment("version: 1\ndataset: {name: csv, path: a.csv}").dataset.path == "a.csv"

    def test_a_byte_order_mark_and_foreign_line_ends(self, tmp_path):
        path = self.write(tmp_path, b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
        assert load_experiment(path) == parse_experiment(FULL)

    def test_the_message_names_the_file_as_it_was_given(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        self.write(tmp_path, BASE + "epochs: 0\n")
        with pytest.raises(ExperimentError, match=r"^a\.yaml:3: epochs: expected an integer >= 1, got 0$"):
            load_experiment("a.yaml")

    def test_files_that_cannot_be_read(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("folder").mkdir()
        self.write(tmp_path, BASE.encode() + b"name: K\xe4se\n", "latin.yaml")
        for path, expected in (
            ("none.yaml", "none.yaml: no such file"),
            ("folder", "folder: is a directory"),
            ("latin.yaml", "latin.yaml:3: not UTF-8 text; save the file as UTF-8"),
            ("a\x1bb", "'a\\x1bb': no such file"),
            ("n" * 5000, f"{'n' * 5000}: cannot be read: File name too long"),
            ("/dev/zero", "/dev/zero: is not a regular file"),
        ):
            with pytest.raises(ExperimentError) as caught:
                load_experiment(path)
            assert str(caught.value) == expected


class TestMessages:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("layers:\n- {size: 3}\n- {size: 3}\n- size: 0\n", "6: layers[2].size: expected an integer >= 1, got 0"),
            ("layers: [{size: 70000}]", "3: layers[0].size: expected an integer <= 65536, got 70000"),
            ("layers: [{size: 3.5}]", "3: layers[0].size: expected an integer, got 3.5"),
            ("layers: [{size: '3'}]", "3: layers[0].size: expected an integer, got '3'"),
            ("layers: [{size: true}]", "3: layers[0].size: expected an integer, got true"),
            ("layers: [{size: }]", "3: layers[0].size: expected an integer, got nothing"),
            ("layers: [{}]", "3: layers[0].size: this key is missing; expected an integer"),
            ("layers: [{size: [1]}]", "3: layers[0].size: expected an integer, got a list"),
            ("layers: [5]", "3: layers[0]: expected a mapping of keys to values, got 5"),
            ("layers: 5", "3: layers: expected a list, got 5"),
            ("layers:\n", "3: layers: expected a list, got nothing"),
            ("layers: {size: 5}", "3: layers: expected a list, got a mapping"),
            (f"layers: [{'{size: 1}, ' * 1001}]", "3: layers: expected at most 1000 items, got 1001"),
            (
                "layers: [{size: 3, activation: rellu}]",
                f"3: layers[0].activation: {ACTIVATIONS}, got 'rellu'; did you mean relu?",
            ),
            (
                "layers: [{size: 3, activation: 3}]",
                f"3: layers[0].activation: {ACTIVATIONS}, got 3",
            ),
            (
                "output:\n  activation: soft-maxi\n",
                "4: output.activation: expected elu, gelu, identity, leaky-relu, relu, sigmoid, silu, softmax, tanh "
                "or a mapping of keys to values, got 'soft-maxi'; did you mean softmax?",
            ),
            ("output: {size: a}", "3: output.size: expected an integer, got 'a'"),
            (
                "output: {cost: rmsle}",
                "3: output.cost: expected cross-entropy, huber, mean-absolute-error, mean-squared-error or a mapping "
                "of keys to values, got 'rmsle'",
            ),
            (
                "\noptimizer:\n  name: adam\n\n  learning_rat: 0.1\n",
                "7: optimizer.learning_rat: unknown key; did you mean learning_rate?",
            ),
            (
                "optimizer: {name: gradient-descent, beta1: 0.9}",
                "3: optimizer.beta1: unknown key; known: name, learning_rate, l1, l2, clip_norm, schedule, warm_up",
            ),
            (
                "optimizer: {name: adamm}",
                f"3: optimizer.name: expected {OPTIMIZERS}, got 'adamm'; did you mean adam?",
            ),
            ("optimizer: {name: lbfgs}", f"3: optimizer.name: expected {OPTIMIZERS}, got 'lbfgs'"),
            ("optimizer: {name: 3}", f"3: optimizer.name: expected {OPTIMIZERS}, got 3"),
            (
                "optimizer:\n  learning_rate: 1\n",
                f"3: optimizer.name: this key is missing; expected {OPTIMIZERS}",
            ),
            (
                "layers: [{size: 3, activation: {name: relu}}]",
                "3: layers[0].activation.name: relu has no settings; write relu alone, without a mapping",
            ),
            (
                "layers: [{size: 3, activation: {name: leaky-relu, slop: 1}}]",
                "3: layers[0].activation.slop: unknown key; did you mean slope?",
            ),
            (
                "layers: [{size: 3, activation: {slope: 1}}]",
                "3: layers[0].activation.name: this key is missing; expected leaky-relu, elu or own",
            ),
            ("layers: [{size: 3, dropout: 1}]", "3: layers[0].dropout: expected a number < 1, got 1"),
            ("layers: [{size: 3, residual: -1}]", "3: layers[0].residual: expected an integer >= 0, got -1"),
            (
                "layers: [{size: 3, optimizer: {name: adam, schedule: {name: cosine, final: 2}}}]",
                "3: layers[0].optimizer.schedule.final: expected a number <= 1, got 2",
            ),
            (
                "optimizer:\n  name: adam\n  schedule: cosin\n",
                "5: optimizer.schedule: expected constant, cosine, one-cycle, reduce-on-plateau, step or a mapping of "
                "keys to values, got 'cosin'; did you mean cosine?",
            ),
            ("optimizer: {name: adam, clip_norm: 0}", "3: optimizer.clip_norm: expected a number > 0, got 0"),
            ("batch_size: everything", "3: batch_size: expected all or an integer, got 'everything'"),
            ("class_weights: [1, 0]", "3: class_weights[1]: expected a number > 0, got 0"),
            (
                "class_weights: balance",
                "3: class_weights: expected balanced, none or a list, got 'balance'; did you mean balanced?",
            ),
            ("early_stopping: {patience: 0}", "3: early_stopping.patience: expected an integer >= 1, got 0"),
            ("early_stopping: true", "3: early_stopping: expected a mapping of keys to values, got true"),
            ("optimizer: adam", "3: optimizer: expected a mapping of keys to values, got 'adam'; write {name: adam}"),
            ("optimizer: {name: adam, learning_rate: 0}", "3: optimizer.learning_rate: expected a number > 0, got 0"),
            (
                "optimizer: {name: adam, learning_rate: .nan}",
                "3: optimizer.learning_rate: expected a number > 0, got nan",
            ),
            (
                "optimizer: {name: adam, learning_rate: .inf}",
                "3: optimizer.learning_rate: expected a number <= 1e+30, got inf",
            ),
            (
                "optimizer: {name: adam, learning_rate: fast}",
                "3: optimizer.learning_rate: expected a number, got 'fast'",
            ),
            ("optimizer: {name: adam, beta1: 1}", "3: optimizer.beta1: expected a number < 1, got 1"),
            ("epoch: 3", "3: epoch: unknown key; did you mean epochs?"),
            (
                "epochs: 3\nseed: 1\nepochs: 4\n",
                "3: epochs: this key occurs twice, here and in line 5; leave one of them out",
            ),
            (
                "optimizer: {name: adam,\n  name: adam}",
                "3: optimizer.name: this key occurs twice, here and in line 4; leave one of them out",
            ),
            ("epochs: yes", "3: epochs: expected an integer, got 'yes'"),
            ("batch_size: 010", "3: batch_size: expected all or an integer, got '010'"),
            ("seed: -1", "3: seed: expected an integer >= 0, got -1"),
            (f"seed: {'9' * 30}", "3: seed: expected an integer <= 9223372036854775807, got a very large integer"),
            (f"seed: {'9' * 5000}", f"3: seed: '{'9' * 37}...' does not fit its tag"),
            ("test_every: epochs", "3: test_every: expected epoch or an integer, got 'epochs'; did you mean epoch?"),
            ("test_every: 0", "3: test_every: expected an integer >= 1, got 0"),
            ("test_every: 1.5", "3: test_every: expected epoch or an integer, got 1.5"),
            ("name: 12", "3: name: expected text, got 12; put text that looks like something else in quotes"),
            ("name: !!int foo", "3: name: 'foo' does not fit its tag"),
            ("name: !custom foo", "3: name: the tag '!custom' is not understood here"),
            ("layers: !!set {a, b}", "3: layers: the tag 'tag:yaml.org,2002:set' is not understood here"),
            ("layers: {<<: {size: 1}}", "3: layers: expected a list, got a mapping"),
            ("? [1, 2]\n: 3", "3: a key was expected, such as version"),
            ('"a\\nb": 1', None),
            ("k" * 1000 + ": 1", None),
        ],
    )  # fmt: skip
    def test_file_line_path_and_what_would_be_right(self, text, expected):
        error = message(BASE + text)
        if expected is None:  # whatever the key holds, the message stays one short line
            assert error.startswith("presets/a.yaml:3: '")
            assert len(error) < 400
        else:
            assert error == f"presets/a.yaml:{expected}"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "a: the file is empty; write version: 1 and a dataset"),
            ("# nothing\n", "a: the file is empty; write version: 1 and a dataset"),
            ("- 1\n", "a:1: expected a mapping of keys to values, got a list"),
            ("\nxor\n", "a:2: expected a mapping of keys to values, got 'xor'"),
            ("dataset: {name: xor}\n", "a:1: version: this key is missing; write version: 1"),
            (
                "version: 2\nnew_key: 1\n",
                "a:1: version: version 2 is newer than this program, which reads 1; update joml-tui",
            ),
            ("version: 0\ndataset: {name: xor}", "a:1: version: expected 1, got 0"),
            ("version: '1'\ndataset: {name: xor}", "a:1: version: expected 1, got '1'"),
            ("version: true\ndataset: {name: xor}", "a:1: version: expected 1, got true"),
            ("\n\nversion: 1\n", "a:3: dataset: this key is missing; expected a mapping of keys to values"),
            (
                "version: 1\ndataset: xor",
                "a:2: dataset: expected a mapping of keys to values, got 'xor'; write {name: xor}",
            ),
            (
                "version: 1\ndataset: {name: spin-glas}",
                f"a:2: dataset.name: expected {DATASETS}, got 'spin-glas'; did you mean spin-glass-14?",
            ),
            (
                "version: 1\ndataset: {name: flowers}",
                f"a:2: dataset.name: expected {DATASETS}, got 'flowers'",
            ),
            ("version: 1\ndataset: {name: csv}", "a:2: dataset.path: this key is missing; expected text"),
            ("version: 1\ndataset: {name: csv, path: ''}", "a:2: dataset.path: must not be empty"),
            (
                "version: 1\ndataset:\n  name: csv\n  path: a\n  header: true\n",
                "a:5: dataset.header: expected auto, no or yes, got true",
            ),
            (
                "version: 1\ndataset: {name: xor, test_share: 20}",
                "a:2: dataset.test_share: expected a number < 1, got 20",
            ),
        ],
    )
    def test_the_outermost_mapping(self, text, expected):
        assert message(text, "a") == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                "layers: [1\nepochs: 3\n",
                "4: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got ':'",
            ),
            ("epochs: 3\n\tseed: 1\n", "4: not valid YAML: "),
            (
                "name: 'never closed\n",
                "3: not valid YAML: while scanning a quoted scalar, found unexpected end of stream",
            ),
            ("name: a: b\n", "3: not valid YAML: mapping values are not allowed here"),
            ("---\na: 1\n", "3: not valid YAML: expected a single document in the stream, but found another document"),
            ("epochs: 3\nname: a\0b\n", "4: not valid YAML: a control character"),
            ("name: *nothing\n", "3: not valid YAML: found undefined alias 'nothing'"),
            ("name: @x\n", "3: not valid YAML: "),
        ],
    )
    def test_what_is_no_yaml(self, text, expected):
        assert message(BASE + text).startswith(f"presets/a.yaml:{expected}")

    @pytest.mark.slow
    @given(st.text(max_size=200))
    def test_any_text_is_an_experiment_or_one_line(self, text):
        for whole in (text, BASE + text, f"{BASE}name: {text}", f"{BASE}optimizer: {{name: adam, {text}: 1}}"):
            try:
                assert isinstance(parse_experiment(whole, "a"), Experiment)
            except ExperimentError as error:
                assert str(error).startswith("a:")
                assert "\n" not in str(error)

    @pytest.mark.slow
    @given(
        st.text().filter(lambda key: key not in ("name", *AdamSpec.__struct_fields__)),
        st.text().filter(lambda key: key not in Experiment.__struct_fields__),
    )
    def test_any_key_is_reported_harmlessly(self, key, other):
        text = yaml.safe_dump(
            {"version": 1, "dataset": {"name": "xor"}, "optimizer": {"name": "adam", key: 1}, other: 2}
        )
        assert "unknown key" in message(text)


class TestHarmless:
    def test_aliases_that_multiply(self):
        text = "version: 1\na: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for this, before in zip("bcdefghijk", "abcdefghij", strict=True):
            text += f"{this}: &{this} [{', '.join([f'*{before}'] * 10)}]\n"
        assert message(text, "a") == "a: more than 20,000 values; this is not an experiment"

    @pytest.mark.parametrize("text", ["layers: &x [*x]", "layers: &x [{size: *x}]", "optimizer: &x {name: *x}"])
    def test_an_alias_of_itself(self, text):
        assert message(BASE + text, "a").endswith("nested too deeply")

    @pytest.mark.slow
    @pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 100_000], ids=["[", "{", "-"])
    def test_nesting_without_end(self, text):
        assert message(text, "a").startswith("a: nested too deeply")

    def test_length_without_end(self):
        assert message("a" * 300_000, "a") == "a: longer than 250,000 characters; this is not an experiment"

    def test_tags_build_no_objects(self):
        assert "is not understood here" in message(f"{BASE}name: !!python/object/apply:os.getcwd []")


def literals(annotation):
    return st.sampled_from(get_args(annotation))


shares = st.floats(0, 1, exclude_min=True, exclude_max=True)
sizes = st.integers(1, 65_536)
noises = st.floats(0, 1000)
paths = st.text(min_size=1)
datasets = st.one_of(
    st.builds(SpinGlass, test_share=shares),
    st.builds(Xor, samples=st.integers(8, 10**6), noise=noises, test_share=shares),
    st.builds(
        CsvFile,
        path=st.text(min_size=1),
        label=st.text() | st.integers(-(2**63), 2**63 - 1),
        header=st.sampled_from(["auto", "yes", "no"]),
        standardize=st.booleans(),
        test_share=shares,
        task=st.sampled_from(["classes", "regression"]),
        standardize_y=st.booleans(),
    ),
    st.builds(Parity, st.integers(2, 20), shares),
    st.builds(Circles, st.integers(8, 10**6), noises, st.floats(0, 1, exclude_min=True, exclude_max=True), shares),
    st.builds(Moons, st.integers(8, 10**6), noises, shares),
    st.builds(
        Spirals, st.integers(100, 10**6), st.integers(2, 100), noises, st.floats(0, 100, exclude_min=True), shares
    ),
    st.builds(Blobs, st.integers(100, 10**6), st.integers(2, 100), noises, shares),
    st.builds(NpzFile, paths, st.booleans(), shares, literals(types.Task), st.booleans()),
    st.builds(Plane, st.integers(8, 10**6), noises, shares),
    st.builds(MultiGaussian, st.integers(8, 10**6), noises, shares),
    st.builds(Sine, st.integers(8, 10**6), noises, st.floats(0, 1_000, exclude_min=True), shares),
    st.builds(Digits, shares),
    st.builds(Iris, st.booleans(), shares),
    st.builds(Diabetes, st.booleans(), shares),
    st.builds(IdxFiles, paths, paths, st.none() | paths, st.none() | paths, shares),
)
rates = st.floats(0, 1e30, exclude_min=True)
decays = st.floats(0, 1, exclude_max=True)
factors = st.floats(0, 1)
above_zero = st.floats(0, 1, exclude_min=True)
epochs = st.floats(0, 1e6)
schedules = st.one_of(
    st.sampled_from(list(parts_of("schedule"))),
    st.builds(StepSpec, st.none() | st.floats(0, 1e6, exclude_min=True), above_zero),
    st.builds(CosineSpec, factors),
    st.builds(OneCycleSpec, factors, factors, factors),
    st.builds(PlateauSpec, shares, st.integers(0, 100), decays, st.integers(0, 100), factors),
)
around = {"l1": epochs, "l2": epochs, "clip_norm": st.none() | rates, "schedule": schedules, "warm_up": epochs}
optimizers = st.one_of(
    st.builds(GradientDescentSpec, learning_rate=rates, **around),
    st.builds(MomentumSpec, rates, decays, **around),
    st.builds(NesterovSpec, rates, decays, **around),
    st.builds(AdaGradSpec, rates, above_zero, **around),
    st.builds(RmsPropSpec, rates, decays, above_zero, **around),
    st.builds(AdamSpec, rates, decays, decays, above_zero, **around),
    st.builds(AdamWSpec, rates, decays, decays, above_zero, epochs, **around),
)
with_settings = st.builds(LeakyReluSpec, factors) | st.builds(EluSpec, noises)
initialisations = st.one_of(
    st.none(),
    st.sampled_from(list(parts_of("initialisation"))),
    st.builds(OrthogonalSpec, above_zero),
    st.builds(NormalSpec, above_zero),
)
layers = st.builds(
    LayerSpec,
    sizes,
    st.sampled_from(types.HIDDEN_ACTIVATIONS) | with_settings,
    initialisations,
    decays,
    st.booleans(),
    st.integers(0, 1_000),
    st.none() | optimizers,
)
experiments = st.builds(
    Experiment,
    name=st.text(),
    dataset=datasets,
    input_size=st.none() | sizes,
    layers=st.lists(layers, max_size=5).map(tuple),
    output=st.builds(
        OutputSpec,
        st.none() | sizes,
        st.sampled_from(types.OUTPUT_ACTIVATIONS) | with_settings,
        st.sampled_from(list(parts_of("cost"))) | st.builds(HuberSpec, rates),
        initialisations,
        st.none() | optimizers,
    ),
    optimizer=optimizers,
    epochs=st.integers(1, 10**6),
    batch_size=st.just("all") | st.integers(1, 10**6),
    seed=st.integers(0, 2**63 - 1),
    test_every=st.just("epoch") | st.integers(1, 2**63 - 1),
    class_weights=st.sampled_from(["none", "balanced"]) | st.lists(rates, min_size=2, max_size=5).map(tuple),
    early_stopping=st.none() | st.builds(EarlyStoppingSpec, st.integers(1, 10**6), epochs, st.booleans()),
)


class TestWriting:
    @pytest.mark.slow
    @given(experiments)
    def test_what_is_written_reads_back_equal(self, experiment):
        text = dump_experiment(experiment)
        again = parse_experiment(text)
        assert again == experiment
        assert dump_experiment(again) == text
        assert parse_kept_experiment(text, "it") == experiment

    @pytest.mark.slow
    @given(experiments)
    def test_other_readers_of_yaml_understand_it_alike(self, experiment):
        data = yaml.safe_load(dump_experiment(experiment))
        assert data["name"] == experiment.name
        assert math.isclose(data["optimizer"]["learning_rate"], experiment.optimizer.learning_rate, rel_tol=0)
        assert data["dataset"].get("header", "auto") in ("auto", "yes", "no")

    @pytest.mark.parametrize(
        "name",
        ["1e-3", "1", "yes", "null", "", "[/]", "a[b", "\x1b[31m", "x" * 10_000, "a\r\nb", "#", "\ud800", "\x85", "é"],
    )
    def test_names_that_look_like_something_else(self, name):
        assert parse_experiment(dump_experiment(Experiment(name=name, dataset=Xor()))).name == name

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "text", ["a: [", "version: 1\ndataset: {name: xor}\nlayers: \t-", "[" * 5_000, "\x00", "a: 1"], ids=range(5)
    )
    def test_what_is_kept_and_none_is_refused_in_the_same_words(self, text):
        with pytest.raises(ExperimentError) as slow:
            parse_experiment(text, "it")
        with pytest.raises(ExperimentError) as quick:
            parse_kept_experiment(text, "it")
        assert str(quick.value) == str(slow.value)

    def test_it_is_pleasant_to_read(self):
        experiment = Experiment(
            name="14-28-28-4 net",
            dataset=SpinGlass(),
            layers=(LayerSpec(28), LayerSpec(28, "tanh")),
            optimizer=AdamSpec(0.002),
        )
        assert dump_experiment(experiment) == (
            "version: 1\n"
            "name: 14-28-28-4 net\n"
            "dataset:\n"
            "  name: spin-glass-14\n"
            "  test_share: 0.2\n"
            "layers:\n"
            "- {size: 28, activation: relu}\n"
            "- {size: 28, activation: tanh}\n"
            "output:\n"
            "  activation: softmax\n"
            "  cost: cross-entropy\n"
            "optimizer:\n"
            "  name: adam\n"
            "  learning_rate: 0.002\n"
            "  beta1: 0.9\n"
            "  beta2: 0.999\n"
            "  epsilon: 1.0e-08\n"
            "epochs: 10\n"
            "batch_size: 32\n"
            "seed: 0\n"
            "test_every: epoch\n"
        )

    def test_a_thousand_layers(self):
        experiment = Experiment(dataset=Xor(), layers=(LayerSpec(65_536, "identity"),) * 1000)
        assert parse_experiment(dump_experiment(experiment)) == experiment
