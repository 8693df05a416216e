"""The Walsh spectrum against its definition, Parseval's theorem and functions whose spectrum is known."""

import itertools

import numpy as np
import pytest
from msgspec import structs

from joml import Dataset
from joml.data.generators.hypercube import corners
from joml_tui import inspect
from joml_tui.experiment import Experiment, LayerSpec, Parity
from joml_tui.experiment.presets import find_experiment
from joml_tui.inspect.training_context import TrainingContext
from joml_tui.inspect.walsh import Walsh, by_degree, walsh_transform
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import pack, unpack

PARITY = Experiment(dataset=Parity(bits=6), layers=(LayerSpec(12),), epochs=3, batch_size=2)


def with_data(experiment, data):
    subject = build_subject(experiment)
    return TrainingContext(experiment, data, subject.trainer, subject.record)


class TestTransform:
    @pytest.mark.parametrize("bits", range(7))
    def test_every_coefficient_by_its_definition(self, bits):
        f = np.random.default_rng(bits).standard_normal((3, 2**bits))
        x = corners(bits).astype(np.float64)
        coefficients = walsh_transform(f)
        for chosen in itertools.product([False, True], repeat=bits):
            number = sum(bit << place for place, bit in enumerate(chosen))
            character = np.prod(x[np.array(chosen, np.bool_)], axis=0)
            np.testing.assert_allclose(coefficients[:, number], (f * character).mean(axis=1), atol=1e-12)

    def test_parseval(self):
        f = np.random.default_rng(1).standard_normal((4, 2**14))
        energy = by_degree(np.square(walsh_transform(f))).sum(axis=1)
        np.testing.assert_allclose(energy, np.square(f).mean(axis=1), rtol=1e-12)

    def test_what_is_given_is_not_changed(self):
        f = np.arange(8.0)
        walsh_transform(f)
        np.testing.assert_array_equal(f, np.arange(8.0))

    def test_degrees_have_as_many_sets_as_binomials_say(self):
        np.testing.assert_array_equal(by_degree(np.ones(32)), [1, 5, 10, 10, 5, 1])


class TestSpectra:
    @pytest.mark.parametrize("bits", [2, 5, 14])
    def test_parity_lies_at_its_highest_degree_alone(self, bits):
        now = inspect.answer(Walsh(), build_subject(structs.replace(PARITY, dataset=Parity(bits=bits))))
        target = now.target.sum(axis=0)
        np.testing.assert_allclose(target[:-1], 0, atol=1e-12)
        assert target[-1] == pytest.approx(0.5)

    def test_the_spin_glass_is_even_and_of_energy_three_quarters(self):
        now = inspect.answer(Walsh(), build_subject(find_experiment("article-14-100-40-4")))
        target = now.target.sum(axis=0)
        np.testing.assert_allclose(target[1::2], 0, atol=1e-12)
        assert (target[2:11:2] > 0.01).all()
        assert target.sum() == pytest.approx(3 / 4)

    def test_the_networks_energies_add_up_to_that_of_its_outputs(self):
        subject = build_subject(PARITY)
        now = inspect.answer(Walsh(), subject)
        y_hat = subject.network.predict(corners(6)).astype(np.float64)
        np.testing.assert_allclose(now.network.sum(axis=1), np.square(y_hat - 0.5).mean(axis=1), rtol=1e-6)

    def test_a_network_that_has_learnt_everything_has_the_targets_spectrum(self):
        subject = build_subject(structs.replace(PARITY, dataset=Parity(bits=2), layers=()))
        y_first = corners(2)[0]
        y = np.array([y_first < 0, y_first > 0], np.float32)
        subject = with_data(subject.experiment, Dataset.split(corners(2), y, test_share=0.25))
        network = subject.trainer.networks[0]
        network.layers[0].W = [[-50, 0], [50, 0]]
        now = inspect.answer(Walsh(), subject)
        np.testing.assert_allclose(now.network, now.target, atol=1e-9)
        np.testing.assert_allclose(now.common, now.target, atol=1e-9)
        np.testing.assert_allclose(now.target.sum(axis=0), [0, 0.5, 0], atol=1e-12)

    def test_values_other_than_signs_will_do(self):
        x = (corners(3) + 1) / 2
        y = x.sum(axis=0, keepdims=True)
        data = Dataset.split(x, y, task="regression")
        experiment = structs.replace(PARITY, dataset=Parity(bits=3))
        subject = build_subject(experiment)
        now = inspect.answer(Walsh(), TrainingContext(experiment, data, subject.trainer, subject.record))
        np.testing.assert_allclose(now.target[0], [2.25, 0.75, 0, 0], atol=1e-12)

    def test_the_answer_survives_its_way_between_processes(self):
        now = inspect.answer(Walsh(), build_subject(PARITY))
        np.testing.assert_array_equal(unpack(pack(now), inspect.Answer).network, now.network)


class TestRefusals:
    def test_features_of_many_values(self):
        with pytest.raises(ValueError, match="two values each, and those of spirals have others"):
            inspect.answer(Walsh(), build_subject(find_experiment("spirals")))

    def test_too_many_features(self):
        experiment = structs.replace(PARITY, dataset=Parity(bits=17), layers=())
        with pytest.raises(ValueError, match="up to 16 features, and parity-17 has 17"):
            inspect.answer(Walsh(), build_subject(experiment))

    def test_points_that_are_missing(self):
        x = corners(6)[:, 1:]
        y = np.array([x[0] > 0, x[0] <= 0], np.float32)
        with pytest.raises(ValueError, match="all 64 points of 6 features, and 1 of them are not"):
            inspect.answer(Walsh(), with_data(PARITY, Dataset.split(x, y)))

    def test_a_network_without_finite_numbers(self):
        subject = build_subject(PARITY)
        subject.network.layers[0].W = np.inf
        with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="diverged"):
            inspect.answer(Walsh(), subject)


def test_the_question_leaves_the_training_as_it_is():
    asked, left_alone = build_subject(PARITY), build_subject(PARITY)
    while not asked.trainer.finished:
        asked.trainer.advance(5)
        inspect.answer(Walsh(), asked)
    while not left_alone.trainer.finished:
        left_alone.trainer.advance(5)
    np.testing.assert_array_equal(asked.network.parameters.theta, left_alone.network.parameters.theta)


def test_terms_of_signs_have_the_spectrum_of_the_signs():
    experiment = Experiment(dataset=Parity(4), features=("x1", "x2", "x1*x2", "x3*x4"), layers=(LayerSpec(6, "tanh"),))
    subject = build_subject(experiment)
    now = inspect.answer(Walsh(), subject)
    assert now.network.shape[1] == 5  # degrees 0 to 4 of the four signs
    outputs = subject.network.predict(np.concatenate([subject.data.x_train, subject.data.x_test], axis=1)) - 0.5
    np.testing.assert_allclose(now.network.sum(axis=1), np.square(outputs.astype(np.float64)).mean(axis=1), rtol=1e-5)
