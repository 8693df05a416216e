"""The default network and training of a data file."""

import numpy as np
import pytest
from msgspec import structs

from joml.layers.layer_stack import LayerStack
from joml.statistics.baselines import baselines
from joml_tui.experiment import load_data, problems
from joml_tui.experiment.layer_parts import build_layer
from joml_tui.experiment.opening import open_experiment, read_change
from joml_tui.experiment.usual_training import usual_training
from joml_tui.experiment.yaml_text import dump_experiment, load_experiment, parse_experiment
from joml_tui.runs.run import start_run


def write_rings(folder, values=False):
    """Write a table in which no line parts the classes, beside the smallest experiment that names it."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(240, 3))
    radius = np.square(x[:, :2]).sum(axis=1)
    y = [f"{50_000 * each:.2f}" for each in radius] if values else np.where(radius > 1.4, "outside", "inside")
    rows = [",".join([*(f"{each:.4f}" for each in sample), target]) for sample, target in zip(x, y, strict=True)]
    (folder / "rings.csv").write_text("\n".join(["a,b,c,where", *rows]) + "\n")
    more = ", task: regression" if values else ""
    path = folder / "rings.yaml"
    path.write_text(f"version: 1\ndataset: {{name: csv, path: rings.csv{more}}}\n")
    return path


def score_and_baselines(experiment):
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    return run.test_accuracy, [each.accuracy for each in baselines(load_data(experiment))]


@pytest.mark.parametrize("values", [False, True])
def test_the_smallest_file_learns(tmp_path, values):
    reached, compared = score_and_baselines(load_experiment(write_rings(tmp_path, values)))
    assert reached > max(compared) + 0.1


def test_all_that_is_chosen_is_written(tmp_path):
    experiment = load_experiment(write_rings(tmp_path))
    assert [layer.size for layer in experiment.layers] == [64, 32]
    text = dump_experiment(experiment)
    assert parse_experiment(text) == experiment
    (tmp_path / "again.yaml").write_text(text)
    assert load_experiment(tmp_path / "again.yaml") == experiment


def write_frauds(folder):
    """Write a table with a rare class: five samples in five hundred."""
    rows = [f"{place % 7},{place % 11},{'no' if place % 100 else 'yes'}" for place in range(500)]
    path = folder / "frauds.csv"
    path.write_text("\n".join(["a,b,fraud", *rows]) + "\n")
    return path


def test_every_part_has_its_share_of_a_rare_class(tmp_path):
    experiment = open_experiment(str(write_frauds(tmp_path))).experiment
    for seed in range(5):
        data = load_data(structs.replace(experiment, seed=seed))
        assert (data.y_train.sum(axis=1).tolist(), data.y_test.sum(axis=1).tolist()) == ([396, 4], [99, 1])


@pytest.mark.parametrize(
    ("change", "is_stratified"),
    [("split.validation=0.2", True), ("split.by=a", False), ("split.group=b", False), ("split={test: 0.3}", False)],
)
def test_another_split_takes_the_place_of_the_chosen_one(tmp_path, change, is_stratified):
    experiment = open_experiment(str(write_frauds(tmp_path)), [read_change(change)]).experiment
    assert experiment.split.stratified == is_stratified
    assert problems(experiment) == []


def test_values_and_a_test_file_of_its_own_have_no_classes_to_share_out(tmp_path):
    assert not load_experiment(write_rings(tmp_path, values=True)).split.stratified
    path = write_rings(tmp_path)
    (tmp_path / "test.csv").write_text((tmp_path / "rings.csv").read_text())
    path.write_text(path.read_text().replace("}", ", test_path: test.csv}"))
    assert not load_experiment(path).split.stratified
    path = write_rings(tmp_path)
    path.write_text(path.read_text() + "split: {validation: 0.1}\n")
    assert not load_experiment(path).split.stratified


@pytest.mark.parametrize("named", ["layers: []", "epochs: 10", "batch_size: 32", "optimizer: {name: adam}"])
def test_a_file_that_names_a_part_of_it_keeps_its_meaning(tmp_path, named):
    path = write_rings(tmp_path)
    path.write_text(path.read_text() + named)
    experiment = load_experiment(path)
    assert experiment == parse_experiment(path.read_text(), folder=tmp_path)
    assert (experiment.layers, experiment.epochs) == ((), 10)


def test_values_are_scaled_unless_the_file_says_no(tmp_path):
    path = write_rings(tmp_path, values=True)
    assert load_experiment(path).dataset.standardize_y
    path.write_text(path.read_text().replace("}", ", standardize_y: false}"))
    assert not load_experiment(path).dataset.standardize_y


def test_generated_data_and_files_that_cannot_be_read_are_left_as_they_are(tmp_path):
    generated = tmp_path / "xor.yaml"
    generated.write_text("version: 1\ndataset: {name: xor}\n")
    assert load_experiment(generated) == parse_experiment(generated.read_text())
    path = write_rings(tmp_path)
    (tmp_path / "rings.csv").unlink()
    (problem,) = problems(load_experiment(path))
    assert "no such file" in problem.message


@pytest.mark.parametrize("samples", [1, 30, 900, 9_999, 10_000, 99_999, 5_000_000])
def test_every_size_has_a_training(samples):
    training = usual_training(4, 3, samples)
    assert 10 <= training.epochs <= 300
    assert training.batch_size == 32 or training.batch_size <= samples // 10
    assert 0 < training.optimizer.weight_decay <= 3


def test_wide_data_and_many_classes_have_wide_layers():
    assert [layer.size for layer in usual_training(784, 10, 60_000).layers] == [256, 128]
    assert [layer.size for layer in usual_training(8, 100, 2_000).layers] == [64, 100]


@pytest.mark.parametrize(
    ("image_shape", "network"),
    [
        ((1, 7, 30), "1@7x30-64-32-10"),
        ((1, 8, 8), "1@8x8-c16k3b1-p2-64-10"),
        ((1, 28, 28), "1@28x28-c8k3b1-p2-c16k3b1-p2-64-10"),
        ((3, 64, 48), "3@64x48-c8k3b1-p2-c16k3b1-p2-c32k3b1-p2-64-10"),
        ((3, 300, 300), "3@300x300-c8k3b1-p2-c16k3b1-p2-c32k3b1-p2-c64k3b1-p2-64-10"),
    ],
)
def test_images_have_convolutions(image_shape, network):
    training = usual_training(64, 10, 1_437, image_shape)
    layers = [build_layer(layer) for layer in training.layers]
    assert str(LayerStack(image_shape, layers, 10)) == network
    assert training.epochs == (30 if image_shape[1] == 7 else 10)
