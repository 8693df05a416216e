"""Samples as they stand in their file, from the rows and cells of the parts."""

import csv

import numpy as np
import pytest
from term_table import run_on_terms

from joml import Trainer
from joml.analysis.five_steps import FiveSteps
from joml_tui.experiment import (
    AdamSpec,
    CsvFile,
    CsvFolder,
    Experiment,
    ImageFolder,
    LayerSpec,
    SplitSpec,
    Xor,
    load_data,
)
from joml_tui.inspect import TrainingContext
from joml_tui.inspect.confusion import part_of
from joml_tui.inspect.raw_samples import raw_samples
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.inspect.step_by_step import answer as next_step
from joml_tui.inspect.worst_samples import Worst
from joml_tui.inspect.worst_samples import answer as worst
from joml_tui.runs.worker.builder import build_network


@pytest.fixture
def people(tmp_path):
    """A table of people, of whom some have no label."""
    path = tmp_path / "people.csv"
    rows = [
        [20 + i, ("ann", "bob", "cyd")[i % 3], "" if i % 9 == 4 else f"{i * 1.5:g}", "" if i % 7 == 3 else "xy"[i % 2]]
        for i in range(60)
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["age", "name", "size", "kind"], *rows])
    return path, rows


def context(experiment):
    data = load_data(experiment)
    network = build_network(experiment, data)
    trainer = Trainer(network, data.x_train, data.y_train, data.x_test, data.y_test, batch_size=8, epochs=1)
    return TrainingContext(experiment, data, trainer, None)


def experiment_on(dataset, **settings):
    return Experiment(
        dataset=dataset, layers=(LayerSpec(4, "tanh"),), optimizer=AdamSpec(0.01), epochs=1, batch_size=8, **settings
    )


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_every_sample_is_a_row_of_the_file(people, part):
    path, rows = people
    subject = context(experiment_on(CsvFile(str(path)), split=SplitSpec(validation=0.2)))
    size = getattr(subject.data, f"{part}_size")
    raw = raw_samples(subject, part, np.arange(size))
    assert raw.columns == ("age", "name", "size")
    assert len(set(raw.rows)) == size
    for number, cells in zip(raw.rows, raw.cells, strict=True):
        assert list(cells) == [str(cell) or "missing" for cell in rows[number - 1][:-1]]


def test_the_parts_have_all_rows_with_a_label(people):
    path, rows = people
    subject = context(experiment_on(CsvFile(str(path))))
    data = subject.data
    numbers = [
        *raw_samples(subject, "train", np.arange(data.train_size)).rows,
        *raw_samples(subject, "test", np.arange(data.test_size)).rows,
    ]
    assert sorted(numbers) == [place + 1 for place, row in enumerate(rows) if row[-1]]


def test_columns_of_numbers_are_in_the_units_of_the_file(tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i * 1000},{i / 8},{'xy'[i % 2]}\n" for i in range(40)))
    raw = raw_samples(subject := context(experiment_on(CsvFile(str(path)))), "test", np.arange(3))
    assert [[float(cell) for cell in cells] for cells in raw.cells] == [
        [(number - 1) * 1000, (number - 1) / 8] for number in raw.rows
    ]
    assert raw.columns == subject.data.feature_names


def test_a_test_part_with_a_file_of_its_own_counts_its_own_rows(tmp_path):
    for part, rows in (("train", 30), ("test", 6)):
        (tmp_path / f"x_{part}.csv").write_text("".join(f"{i},{i % 3}\n" for i in range(rows)))
        (tmp_path / f"y_{part}.csv").write_text("".join(f"{i % 2}\n" for i in range(rows)))
    raw = raw_samples(context(experiment_on(CsvFolder(str(tmp_path)))), "test", np.arange(6))
    assert raw.rows == (1, 2, 3, 4, 5, 6)
    assert [cells[0] for cells in raw.cells] == ["0", "1", "2", "3", "4", "5"]


def test_rows_of_a_test_file_without_a_label_are_counted_too(tmp_path):
    for part, size in (("train", 30), ("test", 9)):
        rows = (f"{i},{'uv'[i % 2]},{'' if i % 5 == 1 else 'xy'[i % 2]}\n" for i in range(size))
        (tmp_path / f"{part}.csv").write_text("place,letter,kind\n" + "".join(rows))
    dataset = CsvFile(str(tmp_path / "train.csv"), "kind", test_path=str(tmp_path / "test.csv"))
    subject = context(experiment_on(dataset))
    for part in ("train", "test"):
        raw = raw_samples(subject, part, np.arange(getattr(subject.data, f"{part}_size")))
        assert [str(number - 1) for number in raw.rows] == [cells[0] for cells in raw.cells]
    assert len(raw.rows) == 7


def test_generated_data_have_no_rows():
    assert raw_samples(context(experiment_on(Xor(100))), "test", np.arange(3)) is None


def test_the_answers_have_them(people):
    path, _ = people
    subject = context(experiment_on(CsvFile(str(path))))
    reply = worst(Worst(part="train"), subject)
    assert len(reply.raw.rows) == len(reply.indices)
    taken = next_step(NextStep(samples=5), subject)
    samples = FiveSteps.of_next(subject.trainer).samples
    assert taken.raw == raw_samples(subject, "train", samples[:5])
    np.testing.assert_array_equal(taken.x, subject.data.x_train[:, samples[:5]])
    for _ in range(9):  # into the next epoch
        next(subject.trainer, None)
    steps = FiveSteps.of_next(subject.trainer)
    np.testing.assert_array_equal(steps.forward_propagation().a0, subject.data.x_train[:, steps.samples])


def test_terms_of_features_leave_the_cells_as_they_are(tmp_path):
    subject = context(run_on_terms(tmp_path).experiment)
    cells = [line.split(",") for line in (tmp_path / "table.csv").read_text().splitlines()[1:]]
    raw = raw_samples(subject, "test", np.arange(5))
    assert raw.columns == ("length", "mass")
    for number, (length, mass) in zip(raw.rows, raw.cells, strict=True):
        assert [float(length), float(mass)] == pytest.approx([float(cell) for cell in cells[number - 1][:2]], rel=1e-6)
    reply = worst(Worst(part="train"), subject)
    assert reply.features == ("length", "mass") and reply.x.shape[1] == 2


def test_images_of_a_folder_are_named_by_their_files(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for place in range(12):
        file = tmp_path / "ab"[place % 2] / f"{place:02}.png"
        file.parent.mkdir(exist_ok=True)
        image.fromarray(np.full((2, 2), 20 * place, np.uint8)).save(file)
    subject = context(experiment_on(ImageFolder(str(tmp_path)), split=SplitSpec(validation=0.2)))
    names = []
    for part in ("train", "validation", "test"):
        x, y = part_of(subject, part)
        raw = raw_samples(subject, part, np.arange(x.shape[1]))
        assert raw.kind == "file" and raw.identify(0) == raw.names[0]
        for name, pixel, is_of in zip(raw.names, x[0], y.T, strict=True):
            assert pixel == pytest.approx(20 * int(name[2:4]) / 255)
            assert "ab"[is_of.argmax()] == name[0]
        names += raw.names
    assert sorted(names) == sorted(f"{'ab'[place % 2]}/{place:02}.png" for place in range(12))
    answered = worst(Worst(most=3, part="train"), subject)
    assert answered.raw.names == tuple(answered.raw.identify(place) for place in range(len(answered.indices)))
