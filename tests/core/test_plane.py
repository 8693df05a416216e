"""Decision regions and units over the plane, against the network itself; they leave the training as it is."""

from types import SimpleNamespace

import numpy as np
import pytest
from msgspec import structs

from joml_tui import inspect
from joml_tui.experiment import AdamSpec, CsvFile, Experiment, LayerSpec, Xor
from joml_tui.experiment.presets import find_experiment
from joml_tui.inspect.plane import bounds_of, grid
from joml_tui.inspect.regions import Regions, RegionsNow
from joml_tui.inspect.units import Units
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import pack, unpack

XOR = Experiment(
    dataset=Xor(samples=400),
    layers=(LayerSpec(8, "tanh"), LayerSpec(5, "relu")),
    optimizer=AdamSpec(0.01),
    epochs=5,
    batch_size=16,
)


def subject_of(experiment, iterations=0):
    subject = build_subject(experiment)
    while subject.trainer.iteration < iterations:
        subject.trainer.advance(iterations - subject.trainer.iteration)
    return subject


def data(x_train, x_test):
    x_train, x_test = np.array(x_train, np.float32), np.array(x_test, np.float32)
    return SimpleNamespace(x_train=x_train, x_validation=x_train[:, :0], x_test=x_test)


class TestPlane:
    def test_all_samples_are_seen_and_dots_are_square(self):
        bounds = bounds_of(data([[-1, 1], [0, 1]], [[3, 0], [0, 2]]), 60, 30)
        assert bounds.left < -1 < 3 < bounds.right
        assert bounds.bottom < 0 < 2 < bounds.top
        assert (bounds.right - bounds.left) / 60 == pytest.approx((bounds.top - bounds.bottom) / 30)

    def test_features_of_different_units_fill_the_picture_each(self):
        bounds = bounds_of(data([[0, 1000], [0, 1]], [[0, 1], [0, 1]]), 40, 40)
        assert bounds.top - bounds.bottom < 2
        assert bounds.right - bounds.left > 1000

    def test_a_feature_that_never_changes_has_bounds_too(self):
        bounds = bounds_of(data([[2, 2], [0, 1]], [[2], [0]]), 10, 10)
        assert bounds.left < 2 < bounds.right

    def test_dots_go_row_by_row_from_the_top(self):
        bounds = bounds_of(data([[0, 3], [0, 2]], [[0], [0]]), 3, 2)
        points = grid(bounds, 3, 2)
        assert points.shape == (2, 6)
        assert points[1, 0] == points[1, 2] > points[1, 3]
        assert points[0, 0] == points[0, 3] < points[0, 1]

    @pytest.mark.parametrize("columns", [0, -1, 10_000])
    def test_impossible_pictures_are_refused(self, columns):
        with pytest.raises(ValueError, match="1 to 600 dots"):
            inspect.answer(Regions(columns, 10), subject_of(XOR))


class TestRegions:
    def test_every_dot_is_what_the_network_predicts_there(self):
        subject = subject_of(XOR, 60)
        now = inspect.answer(Regions(30, 20), subject)
        y_hat = subject.network.predict(grid(now.bounds, 30, 20))
        np.testing.assert_array_equal(now.classes.ravel(), y_hat.argmax(axis=0))
        np.testing.assert_allclose(now.strengths.ravel(), 2 * y_hat.max(axis=0) - 1, atol=1e-6)
        assert now.iteration == 60
        assert now.names == ("same signs", "opposite signs")

    def test_the_samples_come_with_their_class_and_whether_they_are_wrong(self):
        subject = subject_of(XOR, 30)
        now = inspect.answer(Regions(30, 20, points=1_000), subject)
        for points, x, y in (
            (now.training, subject.data.x_train, subject.data.y_train),
            (now.test, subject.data.x_test, subject.data.y_test),
        ):
            np.testing.assert_array_equal(points.x, x)
            np.testing.assert_array_equal(points.y, y.argmax(axis=0))
            wrong = subject.network.predict(x).argmax(axis=0) != y.argmax(axis=0)
            np.testing.assert_array_equal(points.wrong, wrong)
            assert points.counted_wrong == wrong.sum()

    def test_of_many_samples_the_first_come_and_wrong_ones_of_the_others(self):
        now = inspect.answer(Regions(30, 20, points=20), subject_of(XOR))
        assert 20 <= len(now.training.y) <= 30
        assert now.training.wrong[20:].all()
        assert now.training.counted == 320

    def test_a_regression_gives_its_values(self):
        subject = subject_of(find_experiment("multi-gaussian"))
        now = inspect.answer(Regions(10, 8), subject)
        np.testing.assert_allclose(now.strengths.ravel(), subject.network.predict(grid(now.bounds, 10, 8))[0])
        assert now.task == "regression"
        assert now.low < -0.5 < 0.5 < now.high
        assert not now.training.wrong.any()

    def test_the_answer_survives_its_way_between_processes(self):
        now = inspect.answer(Regions(12, 10), subject_of(XOR))
        again = unpack(pack(now), inspect.Answer)
        assert isinstance(again, RegionsNow)
        np.testing.assert_array_equal(again.strengths, now.strengths)
        np.testing.assert_array_equal(again.training.x, now.training.x)

    def test_other_than_two_features_are_refused_with_a_way_out(self):
        subject = subject_of(find_experiment("article-14-100-40-4"))
        with pytest.raises(ValueError, match=r"need two features, and spin-glass-14 has 14 features: choose xor"):
            inspect.answer(Regions(10, 10), subject)

    def test_a_network_without_finite_numbers_is_said_to_have_diverged(self):
        subject = subject_of(XOR)
        subject.network.layers[0].W = np.nan
        with pytest.raises(ValueError, match="diverged"):
            inspect.answer(Regions(10, 10), subject)

    def test_columns_of_ones_own_file(self, tmp_path):
        path = tmp_path / "own.csv"
        path.write_text("a,b,kind\n" + "".join(f"{i},{i * i},{'xy'[i % 2]}\n" for i in range(20)))
        experiment = structs.replace(XOR, dataset=CsvFile(str(path)), batch_size=4)
        now = inspect.answer(Regions(9, 9), subject_of(experiment))
        assert now.features == ("a", "b")
        assert now.names == ("x", "y")


class TestTermsOfFeatures:
    TERMS = ("x1^2", "x1*x2", "x2")

    def test_the_plane_is_that_of_the_features(self):
        subject = subject_of(structs.replace(XOR, features=self.TERMS), 60)
        now = inspect.answer(Regions(30, 20), subject)
        plain = inspect.answer(Regions(30, 20), subject_of(XOR))
        assert (now.bounds, now.features) == (plain.bounds, ("x1", "x2"))
        np.testing.assert_array_equal(now.training.x[:, :200], plain.training.x[:, :200])
        first, second = grid(now.bounds, 30, 20).astype(np.float64)
        inputs = np.array([first**2, first * second, second], np.float32)
        predicted = subject.network.predict(inputs)
        np.testing.assert_array_equal(now.classes.ravel(), predicted.argmax(axis=0))
        accuracy = np.mean(subject.network.predict(subject.data.x_test).argmax(0) == subject.data.y_test.argmax(0))
        assert now.test.counted_wrong == round((1 - accuracy) * now.test.counted)

    def test_units_are_pictures_of_this_plane_and_their_weights_of_the_terms(self):
        subject = subject_of(structs.replace(XOR, features=self.TERMS), 20)
        now = inspect.answer(Units(0, 0, 8, 12, 10), subject)
        first, second = grid(now.bounds, 12, 10).astype(np.float64)
        layer = subject.network.layers[0]
        expected = np.tanh(layer.W @ np.array([first**2, first * second, second]) + layer.b[:, np.newaxis])
        np.testing.assert_allclose(now.activations.reshape(8, -1), expected, atol=1e-5)
        assert now.inputs == ("x1²", "x1·x2", "x2") and now.weights.shape == (8, 3)

    def test_inputs_that_are_terms_are_pictures_too(self):
        subject = subject_of(structs.replace(XOR, features=self.TERMS))
        now = inspect.answer(Units(-1, 1, 8, 12, 10), subject)
        first, second = grid(now.bounds, 12, 10).astype(np.float64)
        np.testing.assert_allclose(now.activations.reshape(2, -1), [first * second, second], rtol=1e-6)
        assert (now.layer, now.first, now.first_layer, now.size_of(-1), now.size_of(0)) == (-1, 1, -1, 3, 8)
        assert now.terms == ("x1²", "x1·x2", "x2") and now.weights.shape == (2, 0)
        assert unpack(pack(now), inspect.Answer).terms == now.terms
        plain = inspect.answer(Units(-1, 0, 8, 12, 10), subject_of(XOR))
        assert (plain.layer, plain.first_layer, plain.terms) == (0, 0, ())

    def test_two_terms_of_other_features_are_no_plane(self):
        data = find_experiment("recipe-14-100-40-4").dataset
        experiment = Experiment(dataset=data, features=("x1", "x1*x2"))
        with pytest.raises(ValueError, match="has 14 features"):
            inspect.answer(Regions(10, 10), subject_of(experiment))


class TestUnits:
    def test_units_of_each_layer_against_plain_numpy(self):
        subject = subject_of(XOR, 40)
        first, second, output = subject.network.layers
        points = grid(bounds_of(subject.data, 20, 14), 20, 14).astype(np.float64)
        a1 = np.tanh(first.W @ points + first.b[:, None])
        a2 = np.maximum(second.W @ a1 + second.b[:, None], 0)
        z = output.W @ a2 + output.b[:, None]
        y_hat = np.exp(z) / np.exp(z).sum(axis=0)
        for place, expected in enumerate((a1, a2, y_hat)):
            now = inspect.answer(Units(place, 0, 100, 20, 14), subject)
            np.testing.assert_allclose(now.activations.reshape(len(expected), -1), expected, atol=1e-5)
            assert now.sizes == (8, 5, 2)

    def test_one_unit_with_the_weights_into_it(self):
        subject = subject_of(XOR, 5)
        now = inspect.answer(Units(1, 3, 1, 10, 10), subject)
        np.testing.assert_array_equal(now.weights, subject.network.layers[1].W[3:4])
        np.testing.assert_array_equal(now.biases, subject.network.layers[1].b[3:4])
        assert now.inputs == ()
        assert inspect.answer(Units(0, 3, 1, 10, 10), subject).inputs == ("x1", "x2")

    def test_what_does_not_exist_is_the_nearest(self):
        now = inspect.answer(Units(99, 99, 1, 10, 10), subject_of(XOR))
        assert (now.layer, now.first) == (2, 1)

    def test_too_many_dots_are_refused(self):
        experiment = structs.replace(XOR, layers=(LayerSpec(100),))
        with pytest.raises(ValueError, match="fewer or smaller"):
            inspect.answer(Units(0, 0, 100, 100, 100), subject_of(experiment))


def test_questions_between_two_blocks_leave_the_training_as_it_is():
    asked, left_alone = build_subject(XOR), build_subject(XOR)
    while not asked.trainer.finished:
        asked.trainer.advance(10)
        inspect.answer(Regions(40, 30), asked)
        inspect.answer(Units(1, 0, 5, 12, 12), asked)
    while not left_alone.trainer.finished:
        left_alone.trainer.advance(10)
    np.testing.assert_array_equal(asked.network.parameters.theta, left_alone.network.parameters.theta)


class TestWeightsAsImages:
    def test_each_unit_of_the_first_layer_is_the_image_of_its_weights(self):
        pytest.importorskip("sklearn")
        subject = build_subject(find_experiment("digits"))
        now = inspect.answer(Units(0, 3, 4, 9, 9), subject)
        first = subject.network.layers[0]
        assert now.images
        assert now.sizes == subject.network.sizes[1:]
        np.testing.assert_array_equal(now.activations, first.W[3:7].reshape(4, 8, 8))
        np.testing.assert_array_equal(now.biases, first.b[3:7])
