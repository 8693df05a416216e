"""Early stopping, class weights, and the denoised training cost."""

import numpy as np
import pytest

from joml import Adam, EarlyStopping, GradientDescent, Network, Trainer
from joml.data.generators.spin_glass import spin_glass_14


@pytest.fixture(scope="module")
def data():
    dataset = spin_glass_14()
    return dataset.x_train[:, :300], dataset.y_train[:, :300], dataset.x_test, dataset.y_test


def trained(trainer, most=7):
    records = []
    while not trainer.finished:
        records.append(trainer.advance_block(most))
    return records


class TestEarlyStopping:
    def test_it_stops_after_its_patience_and_restores_the_best(self, data):
        settings = {"optimizer": Adam(0.01), "epochs": 60}
        free = Trainer(Network.from_architecture("14-40-4"), *data, **settings)
        thetas, costs = [], []
        while not free.finished:
            steps = free.advance_block(1000)
            if steps.test:
                costs.append(steps.test.cost)
                thetas.append(free.network.parameters.theta.copy())
        worse = next(i for i in range(len(costs)) if i >= 3 and min(costs[i - 2 : i + 1]) >= min(costs[: i - 2]))
        stopping = Trainer(
            Network.from_architecture("14-40-4"), *data, **settings, early_stopping=EarlyStopping(patience=3)
        )
        tests = [steps.test.cost for steps in trained(stopping) if steps.test]
        assert tests == costs[: worse + 1]
        assert stopping.finished
        assert stopping.stopped_early
        assert stopping.diverged_at is None
        best = int(np.argmin(costs[: worse + 1]))
        np.testing.assert_array_equal(stopping.network.parameters.theta, thetas[best])
        assert stopping.best.costs[0] == costs[best]
        assert stopping.best.iterations[0] == (best + 1) * stopping.iterations_per_epoch
        assert stopping.test().cost == costs[best]

    def test_without_stopping_the_best_is_restored_at_the_end_unless_told_otherwise(self, data):
        ends = []
        for restore in (True, False):
            early = EarlyStopping(patience=100, restore_best=restore)
            trainer = Trainer(
                Network.from_architecture("14-40-4"), *data, optimizer=Adam(0.02), epochs=20, early_stopping=early
            )
            tests = [steps.test.cost for steps in trained(trainer) if steps.test]
            assert not trainer.stopped_early
            ends.append((trainer.test().cost, min(tests), tests[-1]))
        assert ends[0][0] == ends[0][1] < ends[0][2]
        assert ends[1][0] == ends[1][2]

    def test_an_improvement_smaller_than_the_least_does_not_count(self, data):
        trainer = Trainer(
            Network.from_architecture("14-6-4"),
            *data,
            optimizer=GradientDescent(1e-4),  # every epoch improves the cost, but by less than 0.01
            epochs=9,
            early_stopping=EarlyStopping(patience=3, least_improvement=0.01),
        )
        tests = [steps.test.cost for steps in trained(trainer) if steps.test]
        assert np.all(np.diff(tests) < 0)
        assert np.all(np.diff(tests) > -0.003)
        assert trainer.stopped_early
        assert len(tests) == 4
        assert trainer.best.costs[0] == tests[0]

    def test_a_restored_training_has_the_patience_it_had_and_a_changed_one_all_of_it(self, data):
        def make():
            network = Network.from_architecture("14-6-4")
            # Nothing is improvement enough: the first test is the best.
            early = EarlyStopping(patience=4, least_improvement=10.0)
            return Trainer(network, *data, epochs=20, early_stopping=early)

        first, second = make(), make()
        while first.iteration < 3 * first.iterations_per_epoch:
            first.advance_block(1000)
        second.restore(first.state())
        trained(second)
        assert second.stopped_early
        assert second.iteration == 5 * second.iterations_per_epoch
        fork = second.fork(learning_rate=0.01)  # changed, it goes on, and is patient anew
        trained(fork)
        assert fork.iteration == 9 * fork.iterations_per_epoch

    def test_it_needs_tests_and_patience(self, data):
        with pytest.raises(ValueError, match="give x_validation and y_validation"):
            Trainer(Network.from_architecture("14-4"), *data[:2], early_stopping=EarlyStopping())
        with pytest.raises(ValueError, match="patience"):
            EarlyStopping(patience=0)
        with pytest.raises(ValueError, match="least_improvement"):
            EarlyStopping(least_improvement=-1)


class TestClassWeights:
    def test_steps_with_weights_are_those_of_the_repeated_samples(self, data):
        x, y = data[0][:, :40].astype(float), data[1][:, :40].astype(float)
        copies = np.array([1, 2, 3, 1])
        repeated = np.repeat(np.arange(40), (copies @ y).astype(int))
        weighted, plain = (Network.from_architecture("14-6-4", dtype=np.float64) for _ in range(2))
        for network, inputs, outputs, rate, weights in (
            (weighted, x, y, 0.4, copies),
            (plain, x[:, repeated], y[:, repeated], 0.4 * len(repeated) / 40, None),
        ):
            list(
                Trainer(
                    network,
                    inputs,
                    outputs,
                    class_weights=weights,
                    batch_size="all",
                    optimizer=GradientDescent(rate),
                    epochs=10,
                )
            )
        np.testing.assert_allclose(weighted.parameters.theta, plain.parameters.theta, rtol=1e-9, atol=1e-12)

    def test_balanced_gives_every_class_the_same_sum(self, data):
        x, y, *_ = data
        trainer = Trainer(Network.from_architecture("14-4"), x, y, class_weights="balanced")
        sums = trainer._class_weights * y.sum(axis=1)
        np.testing.assert_allclose(sums, x.shape[1] / 4, rtol=1e-6)

    def test_wrong_ones_are_refused(self, data):
        x, y, *_ = data
        for wrong in ([1, 2, 3], [1, 1, 1, 0], [1, 1, 1, np.nan], "even"):
            with pytest.raises(ValueError, match="class_weights"):
                Trainer(Network.from_architecture("14-4"), x, y, class_weights=wrong)


def test_the_denoised_cost_is_the_mean_over_the_samples_of_the_last_epoch(data):
    trainer = Trainer(Network.from_architecture("14-9-4"), *data, epochs=3, test_every=4)  # 10 iterations an epoch
    sizes, costs = [], []
    for steps in trained(trainer):
        for cost in steps.costs:
            sizes.append(300 - 9 * 32 if len(costs) % 10 == 9 else 32)
            costs.append(cost)
        assert (steps.denoised_cost is None) == (steps.test is None) == (steps.gap is None)
        if steps.test:
            expected = np.average(costs[-10:], weights=sizes[-10:])
            assert steps.denoised_cost == pytest.approx(expected, rel=1e-6)
            assert steps.gap == steps.test.cost - steps.denoised_cost
