import cProfile
import os
import pstats
import struct
import subprocess
import sys
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from msgspec import structs

from joml import parse_architecture
from joml.data.dataset import DatasetError
from joml.data.readers.csv_text import try_cells
from joml.task import task_of
from joml_tui.experiment import (
    AdamSpec,
    AugmentSpec,
    Blobs,
    Circles,
    CsvFile,
    CsvFolder,
    DatasetShape,
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
    Moons,
    MultiGaussian,
    NpzFile,
    OutputSpec,
    Parity,
    Plane,
    PlateauSpec,
    Problem,
    Sine,
    SpinGlass,
    Spirals,
    StepSpec,
    TableFile,
    Xor,
    architecture_of,
    load_data,
    loading,
    map_paths,
    part_sizes_of,
    problems,
    shape_of,
    with_architecture,
)

ARTICLE = Experiment(dataset=SpinGlass(), layers=(LayerSpec(100), LayerSpec(40)))


def load(dataset, seed):
    return load_data(Experiment(dataset=dataset, seed=seed))


@pytest.fixture
def csv_path(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a,b,kind\n" + "".join(f"{n},{n * n},{'xyz'[n % 3]}\n" for n in range(20)))
    return path


def write_npz(folder, own_test):
    """Write 18 samples of 2 features in 3 classes, and 4 more of a test part if asked for."""
    path = folder / "data.npz"
    arrays = {"x": np.arange(36).reshape(18, 2), "y": np.arange(18) % 3}
    if own_test:
        arrays |= {"x_test": np.ones((4, 2)), "y_test": np.array([0, 1, 2, 0])}
    np.savez(path, **arrays)
    return path


def write_idx(folder, own_test):
    """Write 18 images of 2 by 2 pixels in 3 classes, and 4 more of a test part if asked for."""
    for name, samples in (("train", 18), ("test", 4)):
        images = bytes([0, 0, 8, 3]) + struct.pack(">3I", samples, 2, 2) + bytes(range(4 * samples))
        labels = bytes([0, 0, 8, 1]) + struct.pack(">I", samples) + bytes(n % 3 for n in range(samples))
        (folder / f"{name}-images").write_bytes(images)
        (folder / f"{name}-labels").write_bytes(labels)
    train = (str(folder / "train-images"), str(folder / "train-labels"))
    return IdxFiles(*train, *((str(folder / "test-images"), str(folder / "test-labels")) if own_test else ()))


def write_csv_folder(folder, own_test):
    """Write 18 samples of 2 features in 3 classes, and 4 more of a test part if asked for."""
    for name, samples in (("train", 18), ("test", 4))[: 1 + own_test]:
        (folder / f"x_{name}.csv").write_text("".join(f"{n},{n * n}\n" for n in range(samples)))
        (folder / f"y_{name}.csv").write_text("".join(f"{n % 3}\n" for n in range(samples)))
    return CsvFolder(str(folder))


class TestShapes:
    @pytest.mark.parametrize(
        "dataset",
        [
            SpinGlass(),
            SpinGlass(test_share=0.5),
            Xor(samples=123),
            Parity(bits=5),
            Circles(samples=99),
            Moons(samples=101),
            Spirals(samples=100, arms=7),
            Blobs(samples=100, classes=100),
            Plane(samples=9),
            MultiGaussian(samples=10),
            Sine(samples=11),
            Digits(),
            Iris(test_share=0.5),
            Diabetes(),
        ],
    )
    def test_the_shape_is_that_of_the_data(self, dataset):
        loaded = load(dataset, seed=1)
        samples = loaded.train_size + loaded.test_size
        numbered = loaded.feature_names[0] == "x1"
        names = () if numbered else loaded.feature_names
        assert shape_of(dataset) == DatasetShape(
            loaded.input_size,
            loaded.output_size,
            samples,
            task=task_of(loaded.y_train),
            feature_names=names,
            image_shape=loaded.image_shape,
        )

    def test_a_csv_file_s_shape(self, csv_path):
        assert shape_of(CsvFile(str(csv_path)))._replace(notes=()) == DatasetShape(
            2, 3, 20, class_names=("x", "y", "z"), feature_names=("a", "b")
        )

    def test_a_file_of_values(self, csv_path, tmp_path):
        dataset = CsvFile(str(csv_path), label="b", task="regression")
        with pytest.raises(DatasetError, match="kind"):
            shape_of(structs.replace(dataset, label="kind"))  # it holds texts
        csv_path.write_text("a,b\n" + "".join(f"{n},{n * 0.5}\n" for n in range(20)))
        unnamed = {"notes": (), "class_names": (), "feature_names": ()}
        assert shape_of(dataset)._replace(**unnamed) == DatasetShape(1, 1, 20, task="regression")
        assert shape_of(structs.replace(dataset, task="classes"))._replace(**unnamed) == DatasetShape(1, 20, 20)
        np.savez(tmp_path / "b.npz", x=np.arange(20).reshape(10, 2), y=np.arange(30).reshape(10, 3) / 7)
        assert shape_of(NpzFile(str(tmp_path / "b.npz"), task="regression"))._replace(notes=()) == DatasetShape(
            2, 3, 10, task="regression", class_names=("y1", "y2", "y3")
        )

    def test_a_csv_file_is_read_again_only_after_a_change(self, csv_path, monkeypatch):
        reads = []
        monkeypatch.setattr(
            "joml.data.readers.csv_file.try_cells", lambda *arguments: reads.append(1) or try_cells(*arguments)
        )
        dataset = CsvFile(str(csv_path))
        shape_of(dataset)
        shape_of(structs.replace(dataset, test_share=0.5, standardize=False))
        assert len(reads) == 1
        shape_of(structs.replace(dataset, label="kind"))
        assert len(reads) == 2
        with csv_path.open("a") as file:
            file.write("1,2,w\n")
        assert shape_of(dataset) == DatasetShape(2, 4, 21, class_names=("w", "x", "y", "z"), feature_names=("a", "b"))
        state = csv_path.stat()
        os.utime(csv_path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
        shape_of(dataset)
        assert len(reads) == 4

    def test_a_bad_file_is_reported_each_time_until_it_is_mended(self, tmp_path):
        path = tmp_path / "late.csv"
        for _ in range(2):
            with pytest.raises(DatasetError, match="no such file"):
                shape_of(CsvFile(str(path)))
        path.write_text("1,x\n2,x\n")
        for _ in range(2):
            with pytest.raises(DatasetError, match="one class only"):
                shape_of(CsvFile(str(path)))
        path.write_text("1,x\n2,y\n3,z\n")
        assert shape_of(CsvFile(str(path))) == DatasetShape(1, 3, 3, class_names=("x", "y", "z"))

    def test_the_home_folder_may_be_short(self, csv_path, monkeypatch):
        monkeypatch.setenv("HOME", str(csv_path.parent))
        assert shape_of(CsvFile("~/data.csv")).samples == 20
        assert load(CsvFile("~/data.csv"), seed=0).train_size == 16
        with pytest.raises(DatasetError, match="no such file"):
            shape_of(CsvFile("~nobody-of-this-name/data.csv"))

    @pytest.mark.parametrize(("own_test", "sizes"), [(False, (12, 6)), (True, (18, 4))])
    def test_an_npz_file_s(self, tmp_path, own_test, sizes):
        path = write_npz(tmp_path, own_test)
        dataset = NpzFile(str(path), test_share=1 / 3)
        shape = shape_of(dataset)._replace(notes=())
        assert shape == DatasetShape(2, 3, sum(sizes), sizes[1] if own_test else None, class_names=("0", "1", "2"))
        loaded = load(dataset, seed=0)
        assert (loaded.train_size, loaded.test_size) == sizes
        assert part_sizes_of(Experiment(dataset=dataset)).train == loaded.train_size

    @pytest.mark.parametrize(("own_test", "sizes"), [(False, (12, 6)), (True, (18, 4))])
    def test_idx_files(self, tmp_path, own_test, sizes):
        dataset = structs.replace(write_idx(tmp_path, own_test), test_share=1 / 3)
        assert shape_of(dataset) == DatasetShape(
            4, 3, sum(sizes), sizes[1] if own_test else None, class_names=("0", "1", "2"), image_shape=(1, 2, 2)
        )
        loaded = load(dataset, seed=0)
        assert (loaded.train_size, loaded.test_size) == sizes
        assert part_sizes_of(Experiment(dataset=dataset)).train == loaded.train_size

    @pytest.mark.parametrize(("own_test", "sizes"), [(False, (12, 6)), (True, (18, 4))])
    def test_a_folder_of_csv_files(self, tmp_path, own_test, sizes):
        dataset = structs.replace(write_csv_folder(tmp_path, own_test), test_share=1 / 3)
        shape = shape_of(dataset)._replace(notes=())
        assert shape == DatasetShape(2, 3, sum(sizes), sizes[1] if own_test else None, class_names=("0", "1", "2"))
        loaded = load(dataset, seed=0)
        assert (loaded.train_size, loaded.test_size) == sizes
        assert part_sizes_of(Experiment(dataset=dataset)).train == loaded.train_size

    def test_any_file_of_a_folder_may_change_or_come(self, tmp_path):
        dataset = write_csv_folder(tmp_path, own_test=False)
        assert shape_of(dataset).test_samples is None
        write_csv_folder(tmp_path, own_test=True)
        assert shape_of(dataset).test_samples == 4
        (tmp_path / "y_test.csv").write_text("1\n")
        with pytest.raises(DatasetError, match=r"x_test.csv has 4 rows, y_test.csv 1"):
            shape_of(dataset)

    def test_a_table(self, tmp_path):
        pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        columns = {"a": np.arange(20), "b": np.arange(20) / 3, "kind": ["x", "y"] * 10}
        parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
        dataset = TableFile(str(tmp_path / "a.parquet"))
        assert shape_of(dataset)._replace(notes=()) == DatasetShape(
            2, 2, 20, class_names=("x", "y"), feature_names=("a", "b")
        )
        with pytest.raises(DatasetError, match="'kind'"):
            shape_of(structs.replace(dataset, label="kind", task="regression"))  # it holds texts
        parquet.write_table(pa.table(columns).drop_columns("kind"), tmp_path / "a.parquet")
        values = structs.replace(dataset, label=0, task="regression", standardize_y=True, test_share=0.5)
        assert shape_of(values)._replace(notes=(), class_names=()) == DatasetShape(
            1, 1, 20, task="regression", feature_names=("b",)
        )
        loaded = load(values, seed=3)
        assert (loaded.train_size, loaded.class_names) == (10, ("a",))
        assert loaded.y_train.mean() == pytest.approx(0, abs=1e-6)

    def test_any_of_several_files_may_change(self, tmp_path, monkeypatch):
        reads = []
        read = loading._read_samples
        monkeypatch.setattr(loading, "_read_samples", lambda wanted: reads.append(1) or read(wanted))
        dataset = write_idx(tmp_path, own_test=True)
        for path in (dataset.images, dataset.labels, dataset.test_images, dataset.test_labels):
            shape_of(dataset)
            before = len(reads)
            shape_of(structs.replace(dataset, test_share=0.5))
            assert len(reads) == before
            os.utime(path, ns=(0, 0))
            shape_of(dataset)
            assert len(reads) == before + 1

    def test_the_home_folder_may_be_short_for_every_file(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        dataset = map_paths(write_idx(tmp_path, own_test=True), lambda path: f"~/{Path(path).name}")
        assert shape_of(dataset).samples == 22
        assert load(dataset, seed=0).test_size == 4


class TestLoading:
    def test_every_setting_reaches_the_generators(self):
        assert load(Parity(bits=4, test_share=0.5), seed=3).x_test.shape == (4, 8)
        data = load(Circles(samples=40, noise=0, factor=0.25, test_share=0.25), seed=3)
        assert set((data.x_train**2).sum(axis=0).round(4).tolist()) == {1.0, 0.0625}
        assert data.test_size == 10
        data = load(Moons(samples=40, noise=0, test_share=0.25), seed=3)
        assert (data.x_train[:, data.y_train[0] == 1] ** 2).sum(axis=0) == pytest.approx(1)
        assert data.test_size == 10
        data = load(Spirals(samples=400, arms=4, noise=0, turns=0.001, test_share=0.25), seed=3)
        arm = data.y_train.argmax(axis=0)
        assert np.cos(np.arctan2(data.x_train[1], data.x_train[0]) - arm * np.pi / 2) == pytest.approx(1, abs=1e-4)
        assert data.test_size == 100
        data = load(Blobs(samples=400, classes=4, noise=0, test_share=0.25), seed=3)
        assert len(set(map(tuple, data.x_train.T.tolist()))) == 4
        assert data.test_size == 100

    def test_every_setting_reaches_the_regressions(self):
        data = load(Plane(samples=40, noise=0, test_share=0.25), seed=3)
        assert data.y_train[0] == pytest.approx(data.x_train.mean(axis=0), abs=1e-6)
        assert data.test_size == 10
        data = load(Sine(samples=40, noise=0, periods=1, test_share=0.25), seed=3)
        assert data.y_train == pytest.approx(np.sin(np.pi * data.x_train), abs=1e-6)
        assert data.test_size == 10
        data = load(MultiGaussian(samples=400, noise=0, test_share=0.25), seed=3)
        assert abs(data.y_train).max() <= 1.01
        assert data.test_size == 100

    def test_every_setting_reaches_the_sets_of_scikit_learn(self):
        assert load(Digits(test_share=0.5), seed=3).test_size in (898, 899)
        assert load(Iris(standardize=False, test_share=0.5), seed=3).x_train.min() > 0
        assert load(Diabetes(standardize=False, test_share=0.5), seed=3).y_train.max() > 100
        assert abs(load(Diabetes(), seed=3).y_train.mean()) < 1e-5

    def test_values_of_files_are_scaled_when_asked_for(self, tmp_path):
        path = tmp_path / "numbers.csv"
        path.write_text("".join(f"{n},{100 * n}\n" for n in range(20)))
        assert load(CsvFile(str(path), task="regression"), seed=3).y_train.max() > 1_000
        scaled = load(CsvFile(str(path), task="regression", standardize_y=True), seed=3)
        assert scaled.y_train.std() == pytest.approx(1)
        np.savez(tmp_path / "b.npz", x=np.arange(20).reshape(10, 2), y=np.arange(10) * 100.0)
        dataset = NpzFile(str(tmp_path / "b.npz"), task="regression", standardize_y=True)
        assert load(dataset, seed=3).y_train.std() == pytest.approx(1)

    def test_every_setting_reaches_the_npz_reader(self, tmp_path):
        path = write_npz(tmp_path, own_test=False)
        data = load(NpzFile(str(path), standardize=False, test_share=0.5), seed=3)
        assert sorted([*data.x_train[0], *data.x_test[0]]) == list(range(0, 36, 2))
        assert data.test_size == 9
        other = load(NpzFile(str(path), standardize=False, test_share=0.5), seed=4)
        assert (data.x_test != other.x_test).any()
        assert abs(load(NpzFile(str(path)), seed=3).x_train.mean()) < 1e-6

    def test_every_setting_reaches_the_csv_reader(self, tmp_path):
        path = tmp_path / "numbers.csv"
        path.write_text("1,2,3\n" + "".join(f"{n},{n % 5},{n}\n" for n in range(20)))
        dataset = load(CsvFile(str(path), label=1, header="yes", standardize=False, test_share=0.5), seed=3)
        assert (dataset.output_size, dataset.test_size, dataset.feature_names) == (5, 10, ("1", "3"))
        assert sorted([*dataset.x_train[0], *dataset.x_test[0]]) == list(range(20))

    def test_ignored_columns_reach_the_csv_reader(self, tmp_path, monkeypatch):
        path = tmp_path / "numbers.csv"
        path.write_text("id,u,name,kind\n" + "".join(f"{n},{n % 5},n{n},{n % 2}\n" for n in range(20)))
        dataset = CsvFile(str(path), ignore=("id", 2), standardize=False)
        assert shape_of(dataset) == DatasetShape(1, 2, 20, class_names=("0", "1"), feature_names=("u",))
        assert load(dataset, seed=3).feature_names == ("u",)
        counting = shape_of(CsvFile(str(path), ignore=("name",)))
        assert counting.notes == load(CsvFile(str(path), ignore=("name",)), seed=3).notes
        assert counting.notes[0].startswith("column 1 ('id') counts the rows")
        reached = Event()
        reached.set()
        monkeypatch.setattr(loading, "_HOLDING", reached)
        assert load(dataset, seed=4).feature_names == ("u",)
        assert load(CsvFile(str(path), ignore=("name", "u")), seed=4).feature_names == ("id",)

    def test_every_setting_reaches_the_clouds(self):
        dataset = load(Xor(samples=40, noise=0, test_share=0.25), seed=3)
        assert (dataset.train_size, dataset.test_size) == (30, 10)
        assert set(dataset.x_train.ravel().tolist()) == {-1.0, 1.0}

    def test_the_seed_decides_the_split(self):
        first, again, other = (load(SpinGlass(), seed=seed) for seed in (1, 1, 2))
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

    def test_layers_keep_their_options_by_place(self):
        layer = LayerSpec(5, EluSpec(0.5), "zeros", dropout=0.1, normalised=True, residual=1, optimizer=AdamSpec())
        changed = with_architecture(Experiment(dataset=Xor(), layers=(layer,)), parse_architecture("2-7-8-2"))
        assert changed.layers == (structs.replace(layer, size=7), LayerSpec(8))

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
                {"output": OutputSpec(activation="tanh")},
                "output.activation",
                "cross-entropy needs probabilities, which tanh does not give: choose softmax or sigmoid, or "
                "mean-squared-error as the cost",
            ),
            (
                {"output": OutputSpec(activation=LeakyReluSpec(0.2))},
                "output.activation",
                "cross-entropy needs probabilities, which leaky-relu does not give: choose softmax or sigmoid, or "
                "mean-squared-error as the cost",
            ),
            (
                {"batch_size": 13_108},
                "batch_size",
                "a mini-batch of 13,108 is larger than the training part of 13,107 samples: choose fewer, or all",
            ),
            (
                {"layers": (LayerSpec(20), LayerSpec(20, residual=1), LayerSpec(30, residual=2))},
                "layers[2].residual",
                "a residual block joins equal sizes: layer 3 has 30, layer 1 20",
            ),
            (
                {"layers": (LayerSpec(20, residual=1),)},
                "layers[0].residual",
                "a residual block joins equal sizes: layer 1 has 20, the input 14",
            ),
            (
                {"layers": (LayerSpec(14, residual=2),)},
                "layers[0].residual",
                "a residual block that ends in layer 1 spans at most 1 layers",
            ),
            ({"layers": (LayerSpec(5, dropout=1),)}, "layers[0].dropout", "expected a number < 1, got 1"),
            (
                {"class_weights": (1.0, 2.0, 3.0)},
                "class_weights",
                "the data set has 4 classes, and 3 weights are given",
            ),
            ({"class_weights": (1.0, 2.0, 3.0, 0.0)}, "class_weights[3]", "expected a number > 0, got 0.0"),
            (
                {"optimizer": AdamSpec(warm_up=10)},
                "optimizer.warm_up",
                "a warm-up of 10 epochs takes the whole run of 10: choose less",
            ),
            (
                {"optimizer": AdamSpec(warm_up=1, schedule="one-cycle")},
                "optimizer.warm_up",
                "one-cycle has its own warm-up: leave one of them out",
            ),
            (
                {"layers": (LayerSpec(5, optimizer=AdamSpec(schedule=StepSpec(every=10))),)},
                "layers[0].optimizer.schedule.every",
                "the learning rate would never fall: a step comes every 10 epochs, and the run has 10",
            ),
            (
                {"optimizer": AdamSpec(schedule="reduce-on-plateau"), "test_every": 1_500},
                "optimizer.schedule",
                "the learning rate would never fall: with a patience of 2 it takes 4 checks, and the run has 3",
            ),
            (
                {"output": OutputSpec(optimizer=AdamSpec(schedule=PlateauSpec(patience=9)))},
                "output.optimizer.schedule",
                "the learning rate would never fall: with a patience of 9 it takes 11 checks, and the run has 10",
            ),
            ({"early_stopping": EarlyStoppingSpec(0)}, "early_stopping.patience", "expected an integer >= 1, got 0"),
            ({"batch_size": "some"}, "batch_size", "expected all or an integer, got 'some'"),
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
                "expected elu, gelu, identity, leaky-relu, relu, sigmoid, silu, tanh or a mapping of keys to values, "
                "got 'rellu'; did you mean relu?",
            ),
            ({"layers": (LayerSpec(1),) * 1001}, "layers", "expected at most 1000 items, got 1001"),
            ({"epochs": 0}, "epochs", "expected an integer >= 1, got 0"),
            ({"seed": -1}, "seed", "expected an integer >= 0, got -1"),
            ({"seed": 2**63}, "seed", "expected an integer <= 9223372036854775807, got 9223372036854775808"),
            ({"seed": 10**5_000}, "seed", "expected an integer <= 9223372036854775807, got a very large integer"),
            (
                {"layers": (LayerSpec(4, frozen=True),), "output": OutputSpec(frozen=True)},
                "output.frozen",
                "every layer is frozen: leave frozen out of one, or nothing is trained",
            ),
            ({"accumulate": 0}, "accumulate", "expected an integer >= 1, got 0"),
            (
                {"accumulate": 411},
                "accumulate",
                "an update cannot take 411 mini-batches, as an epoch of 13,107 samples has 410 mini-batches: choose at "
                "most 410, or a smaller batch_size",
            ),
            (
                {"augment": AugmentSpec(rotate=5)},
                "augment.rotate",
                "shift and rotate move pixels, and the network gets no images: choose noise alone",
            ),
            ({"augment": AugmentSpec(shift=-1)}, "augment.shift", "expected an integer >= 0, got -1"),
            ({"label_noise": 1}, "label_noise", "expected a number < 1, got 1"),
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
            ({"dataset": Parity(bits=21)}, "dataset.bits", "expected an integer <= 20, got 21"),
            ({"dataset": Circles(factor=1)}, "dataset.factor", "expected a number < 1, got 1"),
            ({"dataset": Moons(noise=-1)}, "dataset.noise", "expected a number >= 0, got -1"),
            ({"dataset": Spirals(samples=99)}, "dataset.samples", "expected an integer >= 100, got 99"),
            ({"dataset": Blobs(classes=101)}, "dataset.classes", "expected an integer <= 100, got 101"),
            ({"dataset": NpzFile("none.npz")}, "dataset.path", "none.npz: no such file"),
            ({"dataset": NpzFile("")}, "dataset.path", "must not be empty"),
            ({"dataset": CsvFolder("")}, "dataset.path", "must not be empty"),
            (
                {"dataset": CsvFolder("none")},
                "dataset.path",
                "none: no such folder; a folder with x_train.csv and y_train.csv is needed",
            ),
            ({"dataset": TableFile("none.parquet")}, "dataset.path", "none.parquet: no such file"),
            ({"dataset": IdxFiles("none", "labels")}, "dataset", "none: no such file"),
            (
                {"dataset": IdxFiles("images", "labels", test_labels="test-labels")},
                "dataset",
                "test_labels without test_images: a test part needs both files",
            ),
            ({"dataset": CsvFile("")}, "dataset.path", "must not be empty"),
            ({"dataset": CsvFile("none.csv")}, "dataset.path", "none.csv: no such file"),
        ],
    )
    def test_each_is_named_with_its_field(self, change, field, message):
        assert problems(structs.replace(ARTICLE, **change)) == [Problem(field, message)]

    @pytest.mark.parametrize(
        ("output", "field", "message"),
        [
            (
                OutputSpec(),
                "output.activation",
                "softmax gives probabilities, and the data set has values to predict: choose identity, with "
                "mean-squared-error as the cost",
            ),
            (
                OutputSpec(activation="sigmoid"),
                "output.cost",
                "cross-entropy needs probabilities, but the data set has values: choose mean-squared-error",
            ),
            (
                OutputSpec(3, "identity", "huber"),
                "output.size",
                "the data set has 1 value, the network 3 outputs",
            ),
        ],
    )
    def test_a_regression_needs_an_output_of_values(self, output, field, message):
        assert problems(Experiment(dataset=Plane(), output=output)) == [Problem(field, message)]
        assert problems(Experiment(dataset=Plane(), output=OutputSpec(None, "identity", HuberSpec(0.1)))) == []

    def test_values_have_no_class_weights(self):
        experiment = Experiment(
            dataset=Sine(), output=OutputSpec(None, "identity", "mean-squared-error"), class_weights="balanced"
        )
        message = "only classes can be weighted, and the data set has values"
        assert problems(experiment) == [Problem("class_weights", message)]

    def test_answers_are_not_chosen_from_each_other(self, tmp_path):
        np.savez(tmp_path / "a.npz", x=np.arange(20).reshape(10, 2), y=np.arange(30).reshape(10, 3) % 2)
        experiment = Experiment(dataset=NpzFile(str(tmp_path / "a.npz"), task="multilabel"), batch_size="all")
        [problem] = problems(experiment)
        assert problem.field == "output.activation"
        assert problem.message.endswith("choose sigmoid")
        assert problems(structs.replace(experiment, output=OutputSpec(activation="sigmoid"))) == []

    @pytest.mark.parametrize("dataset", [Digits(), Iris(), Diabetes()])
    def test_without_scikit_learn_the_way_to_its_sets_is_reported(self, dataset, monkeypatch):
        monkeypatch.setitem(sys.modules, "sklearn", None)
        [problem] = problems(Experiment(dataset=dataset))
        assert problem.field == "dataset"
        assert problem.message.endswith("needs scikit-learn: pip install 'joml-tui[sklearn]'")

    @pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one-cycle", "reduce-on-plateau"])
    @pytest.mark.parametrize("epochs", [4, 10, 1_000])
    def test_any_schedule_fits_runs_of_any_length_and_batch(self, schedule, epochs):
        optimizer = AdamSpec(schedule=schedule)
        for batch_size in (1, 32, "all"):
            experiment = structs.replace(ARTICLE, optimizer=optimizer, epochs=epochs, batch_size=batch_size)
            assert problems(experiment) == []

    def test_a_label_that_is_not_there_is_the_label_s_problem(self, csv_path):
        [problem] = problems(Experiment(dataset=CsvFile(str(csv_path), label="kinds")))
        assert problem.field == "dataset.label"
        assert problem.message == f"{csv_path}: no column is named 'kinds'; did you mean 'kind'?"

    def test_all_are_reported_at_once(self):
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

    def test_a_test_part_of_the_files_own_leaves_the_rest_to_train_on(self, tmp_path):
        experiment = Experiment(dataset=write_idx(tmp_path, own_test=True), batch_size=18)
        assert problems(experiment) == []
        [problem] = problems(structs.replace(experiment, batch_size=19))
        assert problem.field == "batch_size"
        assert "the training part of 18 samples" in problem.message

    @pytest.mark.parametrize("learning_rate", [1e6, 1, 1e-30])
    def test_a_learning_rate_may_be_absurd(self, learning_rate):
        assert problems(structs.replace(ARTICLE, optimizer=AdamSpec(learning_rate))) == []

    def test_a_keystroke_s_worth_of_work(self):
        deep = structs.replace(ARTICLE, layers=(LayerSpec(14),) * 28)
        problems(deep)  # imports what it needs
        profile = cProfile.Profile()
        profile.runcall(problems, deep)
        # How long that takes says more of the machine than of the code: some milliseconds.
        assert pstats.Stats(profile).total_calls < 40_000


@pytest.mark.slow
def test_importing_brings_neither_textual_nor_yaml():
    code = "from joml_tui.experiment import *; import sys; print({'textual', 'yaml', 'plotext'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
