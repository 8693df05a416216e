import os
import subprocess
import sys
import time

import pytest
from msgspec import structs

from joml import parse_architecture
from joml.dataset import DatasetError
from joml.datasets.csv_file import read_table
from joml_tui.experiment import (
    AdamSpec,
    CsvFile,
    DatasetShape,
    Experiment,
    GradientDescentSpec,
    LayerSpec,
    OutputSpec,
    Problem,
    SpinGlass,
    Xor,
    architecture_of,
    load_dataset,
    problems,
    shape_of,
    with_architecture,
)

ARTICLE = Experiment(dataset=SpinGlass(), layers=(LayerSpec(100), LayerSpec(40)))


@pytest.fixture
def csv_path(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a,b,kind\n" + "".join(f"{n},{n * n},{'xyz'[n % 3]}\n" for n in range(20)))
    return path


class TestShapes:
    @pytest.mark.parametrize("dataset", [SpinGlass(), SpinGlass(test_share=0.5), Xor(samples=123)])
    def test_the_shape_is_that_of_the_data(self, dataset):
        loaded = load_dataset(dataset, seed=1)
        assert shape_of(dataset) == (loaded.input_size, loaded.output_size, loaded.train_size + loaded.test_size)

    def test_a_csv_file_s_shape(self, csv_path):
        assert shape_of(CsvFile(str(csv_path))) == DatasetShape(input_size=2, output_size=3, samples=20)

    def test_a_csv_file_is_read_again_only_after_a_change(self, csv_path, monkeypatch):
        reads = []
        monkeypatch.setattr(
            "joml.datasets.csv_file.read_table", lambda *arguments: reads.append(1) or read_table(*arguments)
        )
        dataset = CsvFile(str(csv_path))
        shape_of(dataset)
        shape_of(structs.replace(dataset, test_share=0.5, standardize=False))
        assert len(reads) == 1
        shape_of(structs.replace(dataset, label="kind"))
        assert len(reads) == 2
        with csv_path.open("a") as file:
            file.write("1,2,w\n")
        assert shape_of(dataset) == DatasetShape(2, 4, 21)
        state = csv_path.stat()
        os.utime(csv_path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
        shape_of(dataset)
        assert len(reads) == 4

    def test_a_bad_file_is_told_each_time_until_it_is_mended(self, tmp_path):
        path = tmp_path / "late.csv"
        for _ in range(2):
            with pytest.raises(DatasetError, match="no such file"):
                shape_of(CsvFile(str(path)))
        path.write_text("1,x\n2,x\n")
        for _ in range(2):
            with pytest.raises(DatasetError, match="one class only"):
                shape_of(CsvFile(str(path)))
        path.write_text("1,x\n2,y\n3,z\n")
        assert shape_of(CsvFile(str(path))) == DatasetShape(1, 3, 3)

    def test_the_home_folder_may_be_short(self, csv_path, monkeypatch):
        monkeypatch.setenv("HOME", str(csv_path.parent))
        assert shape_of(CsvFile("~/data.csv")).samples == 20
        assert load_dataset(CsvFile("~/data.csv"), seed=0).train_size == 16
        with pytest.raises(DatasetError, match="no such file"):
            shape_of(CsvFile("~nobody-of-this-name/data.csv"))


class TestLoading:
    def test_every_setting_reaches_the_csv_reader(self, tmp_path):
        path = tmp_path / "numbers.csv"
        path.write_text("1,2,3\n" + "".join(f"{n},{n % 5},{n}\n" for n in range(20)))
        dataset = load_dataset(CsvFile(str(path), label=1, header="yes", standardize=False, test_share=0.5), seed=3)
        assert (dataset.output_size, dataset.test_size, dataset.feature_names) == (5, 10, ("1", "3"))
        assert sorted([*dataset.x_train[0], *dataset.x_test[0]]) == list(range(20))

    def test_every_setting_reaches_the_clouds(self):
        dataset = load_dataset(Xor(samples=40, noise=0, test_share=0.25), seed=3)
        assert (dataset.train_size, dataset.test_size) == (30, 10)
        assert set(dataset.x_train.ravel().tolist()) == {-1.0, 1.0}

    def test_the_seed_decides_the_split(self):
        first, again, other = (load_dataset(SpinGlass(), seed) for seed in (1, 1, 2))
        assert (first.x_test == again.x_test).all()
        assert (first.x_test != other.x_test).any()


class TestArchitecture:
    def test_the_data_set_decides_what_is_left_open(self):
        assert str(architecture_of(ARTICLE)) == "14-100-40-4"
        assert architecture_of(ARTICLE).parameter_count == 5_704

    def test_sizes_that_are_given_stand(self):
        experiment = Experiment(
            dataset=CsvFile("none.csv"), input_size=3, layers=(LayerSpec(5),), output=OutputSpec(size=2)
        )
        assert str(architecture_of(experiment)) == "3-5-2"
        with pytest.raises(DatasetError, match="no such file"):
            architecture_of(structs.replace(experiment, input_size=None))

    @pytest.mark.parametrize("text", ["14-28x6-4", "14-4", "2-3-2", "14-1000-500x2-10"])
    def test_a_network_of_other_sizes(self, text):
        assert str(architecture_of(with_architecture(ARTICLE, parse_architecture(text)))) == text

    def test_layers_keep_their_activations_by_place(self):
        experiment = Experiment(
            dataset=SpinGlass(),
            layers=(LayerSpec(5, "tanh"), LayerSpec(6, "sigmoid")),
            output=OutputSpec(activation="tanh", cost="mean-squared-error"),
            epochs=3,
        )
        longer = with_architecture(experiment, parse_architecture("14-7-8-9-4"))
        assert longer.layers == (LayerSpec(7, "tanh"), LayerSpec(8, "sigmoid"), LayerSpec(9, "relu"))
        assert longer.output == OutputSpec(4, "tanh", "mean-squared-error")
        assert longer.epochs == 3
        shorter = with_architecture(experiment, parse_architecture("14-7-4"))
        assert shorter.layers == (LayerSpec(7, "tanh"),)


class TestProblems:
    def test_the_article_s_network_can_run(self):
        assert problems(ARTICLE) == []

    @pytest.mark.parametrize(
        ("change", "field", "message"),
        [
            ({"input_size": 13}, "input_size", "the data set has 14 features, the network 13 inputs"),
            ({"output": OutputSpec(size=5)}, "output.size", "the data set has 4 classes, the network 5 outputs"),
            (
                {"output": OutputSpec(activation="sigmoid")},
                "output.activation",
                "cross-entropy needs the softmax output: choose softmax, or mean-squared-error as the cost",
            ),
            (
                {"batch_size": 13_108},
                "batch_size",
                "a mini-batch of 13,108 is larger than the training part of 13,107 samples",
            ),
            (
                {"layers": (LayerSpec(65_536), LayerSpec(65_536))},
                "layers",
                "the network would have 4,296,278,020 parameters; at most 100,000,000 are allowed",
            ),
            ({"layers": (LayerSpec(5), LayerSpec(0))}, "layers[1].size", "expected an integer >= 1, got 0"),
            ({"layers": (LayerSpec(True),)}, "layers[0].size", "expected an integer, got true"),
            (
                {"layers": (LayerSpec(1, "rellu"),)},
                "layers[0].activation",
                "expected identity, relu, sigmoid or tanh, got 'rellu'; did you mean relu?",
            ),
            ({"layers": (LayerSpec(1),) * 1001}, "layers", "expected at most 1000 items, got 1001"),
            ({"epochs": 0}, "epochs", "expected an integer >= 1, got 0"),
            ({"seed": -1}, "seed", "expected an integer >= 0, got -1"),
            ({"seed": 2**63}, "seed", "expected an integer <= 9223372036854775807, got 9223372036854775808"),
            ({"seed": 10**5_000}, "seed", "expected an integer <= 9223372036854775807, got a very large integer"),
            ({"test_every": "never"}, "test_every", "expected epoch or an integer, got 'never'"),
            ({"optimizer": AdamSpec(float("nan"))}, "optimizer.learning_rate", "expected a number > 0, got nan"),
            (
                {"optimizer": GradientDescentSpec(float("inf"))},
                "optimizer.learning_rate",
                "expected a number <= 1e+30, got inf",
            ),
            ({"optimizer": AdamSpec(beta1=1.0)}, "optimizer.beta1", "expected a number < 1, got 1.0"),
            ({"dataset": SpinGlass(test_share=1)}, "dataset.test_share", "expected a number < 1, got 1"),
            ({"dataset": Xor(samples=7)}, "dataset.samples", "expected an integer >= 8, got 7"),
            ({"dataset": CsvFile("")}, "dataset.path", "must not be empty"),
            ({"dataset": CsvFile("none.csv")}, "dataset.path", "none.csv: no such file"),
        ],
    )
    def test_each_is_named_with_its_field(self, change, field, message):
        assert problems(structs.replace(ARTICLE, **change)) == [Problem(field, message)]

    def test_a_label_that_is_not_there_is_the_label_s_problem(self, csv_path):
        [problem] = problems(Experiment(dataset=CsvFile(str(csv_path), label="kinds")))
        assert problem.field == "dataset.label"
        assert problem.message == f"{csv_path}: no column is named 'kinds'; did you mean 'kind'?"

    def test_all_are_told_at_once(self):
        experiment = Experiment(
            dataset=Xor(),
            input_size=3,
            layers=(LayerSpec(0, "foo"), LayerSpec(5), LayerSpec("5")),
            output=OutputSpec(activation="relu"),
            optimizer=AdamSpec(learning_rate=0, beta2=2),
            batch_size=801,
        )
        assert {problem.field for problem in problems(experiment)} == {
            "layers[0].size",
            "layers[0].activation",
            "layers[2].size",
            "optimizer.learning_rate",
            "optimizer.beta2",
            "output.activation",
            "input_size",
            "batch_size",
        }

    @pytest.mark.parametrize("learning_rate", [1e6, 1, 1e-30])
    def test_a_learning_rate_may_be_absurd(self, learning_rate):
        assert problems(structs.replace(ARTICLE, optimizer=AdamSpec(learning_rate))) == []

    def test_a_keystroke_s_worth_of_time(self):
        deep = structs.replace(ARTICLE, layers=(LayerSpec(14),) * 28)
        problems(deep)
        start = time.perf_counter()
        for _ in range(10):
            problems(deep)
        assert (time.perf_counter() - start) / 10 < 0.02


def test_importing_brings_neither_numpy_nor_textual_nor_yaml():
    code = "import joml_tui.experiment, sys; print({'numpy', 'textual', 'yaml', 'joml'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
