"""What is told about predictions, against plain NumPy and scikit-learn, and that telling it changes no training."""

import time

import numpy as np
import pytest
from msgspec import structs
from sklearn import metrics

from joml import Dataset
from joml.compiled.blas import ThreadLimit
from joml_tui import inspect
from joml_tui.experiment import (
    AdamSpec,
    Blobs,
    EarlyStoppingSpec,
    Experiment,
    LayerSpec,
    NpzFile,
    OutputSpec,
    Plane,
)
from joml_tui.experiment.presets import find_experiment
from joml_tui.inspect.confusion import Confusion
from joml_tui.inspect.layer_curves import Layers
from joml_tui.inspect.regions import Regions
from joml_tui.inspect.worst_samples import Worst
from joml_tui.runs.run import start_run
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import pack, unpack

CLASSES = Experiment(
    dataset=Blobs(samples=600), layers=(LayerSpec(5, "tanh"),), optimizer=AdamSpec(0.01), epochs=2, batch_size=16
)
VALUES = Experiment(
    dataset=Plane(samples=400),
    layers=(LayerSpec(6),),
    output=OutputSpec(activation="identity", cost="mean-squared-error"),
    optimizer=AdamSpec(0.01),
    epochs=2,
)


def trained(experiment, iterations=15):
    subject = build_subject(experiment)
    for _ in range(iterations):
        subject.trainer.advance(1)
    return subject


def predicted(network, x):
    """Compute y_hat layer by layer in float64, of tanh and ReLU layers."""
    a = x.astype(np.float64)
    for layer in network.layers:
        z = layer.W.astype(np.float64) @ a + layer.b.astype(np.float64)[:, np.newaxis]
        name = layer.activation_function.name
        a = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0), "identity": lambda z: z, "softmax": _softmax}[name](z)
    return a


def _softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def asked(question, subject):
    """Answer, through the packing that an answer passes on its way."""
    return unpack(pack(inspect.answer(question, subject)), inspect.Answer)


@pytest.mark.parametrize("part", ["test", "train"])
def test_the_confusion_matrix_is_that_of_the_predicted_classes(part):
    subject = trained(CLASSES)
    x, y = getattr(subject.data, f"x_{part}"), getattr(subject.data, f"y_{part}")
    reply = asked(Confusion(part), subject)
    y_hat = predicted(subject.network, x)
    np.testing.assert_array_equal(reply.counts, [metrics.confusion_matrix(y.argmax(axis=0), y_hat.argmax(axis=0))])
    assert (reply.iteration, reply.part, reply.samples) == (15, part, y.shape[1])
    assert reply.classes == subject.data.class_names


def test_a_class_that_nobody_predicts_has_its_column():
    subject = trained(CLASSES, 1)
    subject.network.parameters.theta[...] = 0
    subject.network.layers[-1].b[1] = 1
    counts = asked(Confusion(), subject).counts[0]
    np.testing.assert_array_equal(counts[:, 1], subject.data.y_test.sum(axis=1))
    assert counts[:, [0, *range(2, len(counts))]].sum() == 0


def test_answers_have_a_table_for_each_question():
    experiment = structs.replace(CLASSES, output=OutputSpec(activation="sigmoid"))
    subject = trained(experiment)
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(2, 50)), generator.integers(0, 2, (subject.data.output_size, 50))
    subject.data = Dataset(x, y, x, y, task="multilabel")
    reply = asked(Confusion(), subject)
    y_hat = subject.network.predict(x)
    expected = metrics.multilabel_confusion_matrix(y.T, (y_hat > 0.5).T)
    np.testing.assert_array_equal(reply.counts, expected)
    worst = asked(Worst(most=50), subject)
    wrong = np.flatnonzero(((y_hat > 0.5) != y).any(axis=0))
    assert sorted(worst.indices) == wrong.tolist()


def test_values_have_their_r2_their_error_and_their_density():
    subject = trained(VALUES)
    data = subject.data
    reply = asked(Confusion(bins=7), subject)
    y_hat = predicted(subject.network, data.x_test)
    assert reply.r2 == pytest.approx(metrics.r2_score(data.y_test.T, y_hat.T), abs=1e-5)
    errors = metrics.mean_absolute_error(data.y_test.T, y_hat.T, multioutput="raw_values")
    np.testing.assert_allclose(reply.mean_absolute_errors, errors, rtol=1e-4)
    assert not reply.standardised
    assert reply.density.sum() == reply.samples == data.test_size
    np.testing.assert_array_equal(reply.density[0].sum(axis=0), np.histogram(data.y_test[0], reply.edges[0])[0])


def test_a_network_that_gives_no_numbers_is_reported():
    subject = trained(VALUES)
    subject.network.parameters.theta[...] = np.nan
    reply = asked(Confusion(), subject)
    assert np.isnan(reply.r2)
    assert reply.density.sum() == 0
    assert len(asked(Worst(most=3), subject).indices) == 3


def test_the_worst_are_the_wrong_ones_of_the_highest_cost():
    subject = trained(CLASSES, 5)
    x, y = subject.data.x_test, subject.data.y_test
    y_hat = predicted(subject.network, x)
    costs = -np.log((y_hat * y).sum(axis=0))
    wrong = np.flatnonzero(y_hat.argmax(axis=0) != y.argmax(axis=0))
    assert len(wrong) > 5
    reply = asked(Worst(most=5), subject)
    assert (reply.wrong, reply.samples) == (len(wrong), y.shape[1])
    np.testing.assert_allclose(reply.figures, np.sort(costs[wrong])[::-1][:5], rtol=1e-4)
    np.testing.assert_allclose(reply.figures, costs[reply.indices], rtol=1e-4)
    np.testing.assert_array_equal(reply.x, x[:, reply.indices].T)
    np.testing.assert_array_equal(reply.y, y[:, reply.indices].T)
    np.testing.assert_allclose(reply.y_hat, y_hat[:, reply.indices].T, rtol=1e-4, atol=1e-6)
    assert (reply.low, reply.high) == (x.min(), x.max())


def test_of_values_the_worst_are_those_of_the_highest_cost():
    subject = trained(VALUES)
    y_hat, y = predicted(subject.network, subject.data.x_test), subject.data.y_test
    reply = asked(Worst(most=4), subject)
    expected = np.argsort(-np.square(y_hat - y).sum(axis=0))[:4]
    assert reply.indices.tolist() == expected.tolist()


@pytest.mark.parametrize("question", [Confusion(), Confusion("train"), Worst()], ids=["test", "train", "worst"])
def test_asking_changes_no_bit_of_the_training(question):
    left_alone, looked_into = trained(CLASSES, 30), build_subject(CLASSES)
    for _ in range(30):
        looked_into.trainer.advance(1)
        inspect.answer(question, looked_into)
    np.testing.assert_array_equal(looked_into.network.parameters.theta, left_alone.network.parameters.theta)


@pytest.mark.parametrize(
    "question", [Confusion(), Confusion("train"), Worst(), Layers()], ids=["test", "train", "worst", "layers"]
)
def test_asked_twice_a_second_an_answer_takes_a_tenth_of_the_time_at_most(question):
    subject = trained(find_experiment("article-14-100-40-4"), 50)
    seconds = []
    for _ in range(7):
        began = time.thread_time()
        with ThreadLimit():
            pack(inspect.answer(question, subject))
        seconds.append(time.thread_time() - began)
    assert min(seconds) < 0.1 * 0.5


@pytest.mark.slow
def test_a_run_that_is_asked_all_the_time_is_the_run_that_is_left_alone():
    left_alone, asked_run = (start_run(CLASSES) for _ in range(2))
    answers, asked_for = [], 0
    while not asked_run.wait(0.001):
        if len(answers) == asked_for:
            asked_for += 1
            asked_run.ask(Confusion("train"), answers.append)
    left_alone.wait()
    np.testing.assert_array_equal(asked_run.history.train_cost, left_alone.history.train_cost)


def test_standardised_values_are_shown_in_the_units_of_the_data(tmp_path):
    generator = np.random.default_rng(3)
    x = generator.normal(size=(120, 2))
    np.savez(tmp_path / "prices.npz", x=x, y=30_000 + 4_000 * x[:, :1] * x[:, 1:])
    data = NpzFile(str(tmp_path / "prices.npz"), task="regression", standardize_y=True)
    subject = trained(structs.replace(VALUES, dataset=data), 5)
    preparation = subject.data.preparation
    true, predicted = (
        values.astype(float) * preparation.y_deviation + preparation.y_mean
        for values in (subject.data.y_test, subject.network.predict(subject.data.x_test))
    )
    reply = asked(Confusion(), subject)
    assert reply.standardised
    assert reply.mean_absolute_errors[0] == pytest.approx(np.abs(true - predicted).mean())
    assert reply.edges[0, 0] == pytest.approx(min(true.min(), predicted.min()))
    assert reply.edges[0, -1] == pytest.approx(max(true.max(), predicted.max()))
    worst = asked(Worst(most=3), subject)
    np.testing.assert_allclose(worst.y[:, 0], true[0, worst.indices], rtol=1e-6)
    np.testing.assert_allclose(worst.y_hat[:, 0], predicted[0, worst.indices], rtol=1e-6)
    assert worst.figure == "error"
    np.testing.assert_allclose(worst.figures, np.sort(np.abs(true - predicted)[0])[::-1][:3], rtol=1e-6)
    regions = asked(Regions(4, 3), subject)
    whole = np.concatenate([subject.data.y_train, subject.data.y_test], axis=1) * preparation.y_deviation
    ends = whole.min() + preparation.y_mean[0], whole.max() + preparation.y_mean[0]
    assert (regions.low, regions.high) == pytest.approx(ends)
    assert 20_000 < regions.strengths.mean() < 40_000
    np.testing.assert_allclose(regions.test.y, true[0, : len(regions.test.y)], rtol=1e-6)


def test_the_samples_of_a_cell_are_those_that_it_counts():
    subject = trained(CLASSES)
    counts = asked(Confusion(), subject).counts[0]
    for true in range(len(counts)):
        for predicted in range(len(counts)):
            cell = asked(Worst(most=99, cell=(true, predicted)), subject)
            assert (cell.wrong, cell.cell) == (counts[true, predicted], (true, predicted))
            assert (cell.y.argmax(axis=1) == true).all()
            assert (cell.y_hat.argmax(axis=1) == predicted).all()


def test_restored_weights_have_their_own_iteration():
    stopping = EarlyStoppingSpec(patience=1, least_improvement=1e3)
    subject = build_subject(structs.replace(CLASSES, epochs=5, early_stopping=stopping))
    while not subject.trainer.finished:
        subject.trainer.advance(1)
    best = subject.trainer.kept_iterations[0]
    assert best < subject.trainer.iteration
    assert inspect.answer(Confusion(), subject).iteration == inspect.answer(Worst(), subject).iteration == best
