"""Replicas: many seeds of one network at once, each what the single run of its seed is."""

import pickle

import numpy as np
import pytest

from joml import (
    Adam,
    EarlyStopping,
    GradientDescent,
    Layer,
    Network,
    ReduceOnPlateau,
    Scheduled,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
    WithGradientClipping,
    WithWeightDecay,
)
from joml.data.generators.spin_glass import spin_glass_14
from joml.training import replicas as replicas_module
from joml.training.replicas import grouped, train_replicas

SEEDS = (3, 4, 5)


@pytest.fixture(scope="module")
def data():
    dataset = spin_glass_14()
    return dataset.x_train[:, :400], dataset.y_train[:, :400], dataset.x_test[:, :300], dataset.y_test[:, :300]


def plain(seed):
    return Network.from_architecture("14-20-9x3-4", seed=seed)


def with_options(seed):
    network = Network(14, seed=seed)
    network.stack(Layer(10, Tanh(), dropout=0.2))
    network.stack(Layer(10, normalised=True, residual=1, optimizer=GradientDescent(0.05)))
    network.stack(Layer(10, residual=2, dropout=0.1))
    network.output(SoftMaxCrossEntropyOutputLayer(4))
    return network


def trained(trainer, most=7):
    records = []
    while not trainer.finished:
        records.append(trainer.advance_block(most))
    return records


OPTIMIZERS = {
    "adam": Adam(0.002),
    "clipped": WithGradientClipping(WithWeightDecay(Adam(0.002), l1=1e-4, l2=1e-3), 0.5),
    "plateau": Scheduled(Adam(0.01), ReduceOnPlateau(ratio=0.5, patience=0, threshold=0.05)),
}


@pytest.mark.parametrize("make", [plain, with_options])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_replica_is_the_single_run_of_its_seed(data, make, name):
    settings = {"optimizer": OPTIMIZERS[name], "epochs": 8, "test_every": 13}  # 104 iterations, a smaller last batch
    stacked = Trainer(make(SEEDS[0]), *data, replicas=len(SEEDS), **settings)
    records = trained(stacked)
    costs = np.concatenate([steps.replicas.costs for steps in records], axis=1)
    accuracies = np.concatenate([steps.replicas.accuracies for steps in records], axis=1)
    tests = [steps.replicas.tests for steps in records if steps.test]
    assert stacked.seeds == SEEDS
    for place, seed in enumerate(SEEDS):
        single = Trainer(make(seed), *data, **settings)
        alone = trained(single)
        assert costs.shape[1] == single.total_iterations == 104
        np.testing.assert_allclose(costs[place], np.concatenate([s.costs for s in alone]), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(
            accuracies[place],
            np.concatenate([s.accuracies for s in alone]),
            atol=1.01 / 16,  # one sample on an edge
        )
        theta = stacked.networks[place].parameters.theta
        np.testing.assert_allclose(theta, single.network.parameters.theta, rtol=1e-3, atol=1e-5)
        for ours, theirs in zip(tests, [s.test for s in alone if s.test], strict=True):
            assert ours[place].cost == pytest.approx(theirs.cost, rel=1e-5)


def test_in_float64_it_is_so_to_the_twelfth_digit(data):
    network = Network.from_architecture("14-12x3-4", dtype=np.float64)
    stacked = Trainer(network, *data, replicas=SEEDS, epochs=5)
    trained(stacked)
    for seed, replica in zip(SEEDS, stacked.networks, strict=True):
        single = Trainer(Network.from_architecture("14-12x3-4", seed=seed, dtype=np.float64), *data, epochs=5)
        trained(single)
        np.testing.assert_allclose(replica.parameters.theta, single.network.parameters.theta, rtol=1e-9, atol=1e-12)


def test_the_given_network_stays_and_the_series_are_means(data):
    network = plain(0)
    before = network.parameters.theta.copy()
    for steps in trained(Trainer(network, *data, replicas=4, epochs=1)):
        np.testing.assert_allclose(steps.costs, steps.replicas.costs.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(steps.accuracies, steps.replicas.accuracies.mean(axis=0), rtol=1e-6)
        spread = steps.replicas.costs.std(axis=0, ddof=1)
        np.testing.assert_allclose(steps.replicas.cost_spread, spread, rtol=1e-4, atol=1e-7)
        if steps.test:
            assert steps.test.cost == pytest.approx(np.mean([test.cost for test in steps.replicas.tests]))
    np.testing.assert_array_equal(network.parameters.theta, before)


def test_one_at_a_time_and_in_blocks_give_the_same_bits(data):
    one, many = (Trainer(plain(0), *data, replicas=3, epochs=2) for _ in range(2))
    costs = [step.cost for step in one]
    np.testing.assert_array_equal(np.concatenate([steps.costs for steps in trained(many)]), np.float32(costs))
    for ours, theirs in zip(one.networks, many.networks, strict=True):
        np.testing.assert_array_equal(ours.parameters.theta, theirs.parameters.theta)


def test_a_replica_that_diverges_leaves_the_others_alone(data):
    x, y, *test = data

    def initialised(size, previous_size, generator):
        weights = generator.standard_normal((size, previous_size))
        return weights * (1e30 if generator.bit_generator.seed_seq.entropy == SEEDS[1] else 0.3)

    def make(seed):
        network = Network(14, seed=seed)
        network.stack(Layer(9, initialisation=initialised))
        network.stack(Layer(9, initialisation=initialised))
        network.output(SoftMaxCrossEntropyOutputLayer(4))
        return network

    stacked = Trainer(make(SEEDS[0]), x, y, *test, replicas=SEEDS, epochs=2)
    records = trained(stacked)
    costs = np.concatenate([steps.replicas.costs for steps in records], axis=1)
    assert stacked.diverged.tolist() == [False, True, False]
    assert stacked.diverged_at is None
    assert np.isnan(costs[1, stacked.ended_at[1] :]).all()
    mean = np.concatenate([steps.costs for steps in records])
    np.testing.assert_allclose(mean[5:], costs[::2, 5:].mean(axis=0), rtol=1e-6)
    tests = records[-1].replicas.tests
    assert not np.isclose(tests[1].cost, tests[0].cost)
    assert records[-1].test.cost == pytest.approx((tests[0].cost + tests[2].cost) / 2)
    assert stacked.test().accuracy == pytest.approx((tests[0].accuracy + tests[2].accuracy) / 2)
    single = Trainer(make(SEEDS[2]), x, y, *test, epochs=2)
    np.testing.assert_allclose(costs[2], np.concatenate([s.costs for s in trained(single)]), rtol=1e-4)


def test_replicas_that_stop_early_keep_their_best_while_others_go_on(data):
    settings = {"epochs": 30, "test_every": 5, "early_stopping": EarlyStopping(patience=2), "optimizer": Adam(0.02)}
    stacked = Trainer(plain(SEEDS[0]), *data, replicas=SEEDS, **settings)
    trained(stacked, 5)
    assert len(set(stacked.ended_at.tolist())) > 1
    for place, seed in enumerate(SEEDS):
        single = Trainer(plain(seed), *data, **settings)
        trained(single, 5)
        assert stacked.ended_at[place] == single.iteration == single.ended_at[0]
        assert stacked.best.iterations[place] == single.best.iterations[0]
        theta = stacked.networks[place].parameters.theta
        np.testing.assert_allclose(theta, single.network.parameters.theta, rtol=1e-3, atol=1e-4)


def test_seeds_must_differ_and_be_some():
    x, y = np.eye(4), np.eye(4)
    for wrong in ((), (1, 1), 0):
        with pytest.raises(ValueError, match="replicas"):
            Trainer(Network.from_architecture("4-4"), x, y, batch_size="all", replicas=wrong)


class TestManySeeds:
    def test_groups_are_equal_and_fill_the_processes(self):
        assert [len(group) for group in grouped(range(20), 2)] == [10, 10]
        assert [len(group) for group in grouped(range(40), 2)] == [10, 10, 10, 10]
        assert [len(group) for group in grouped(range(3), 4)] == [1, 1, 1]
        assert [seed for group in grouped(range(7, 40), 3) for seed in group] == list(range(7, 40))

    @pytest.mark.slow
    @pytest.mark.parametrize("processes", [1, 2])
    def test_each_seed_is_its_single_run_in_any_number_of_processes(self, data, processes):
        heard = []
        results = train_replicas(
            plain(0), *data, seeds=(5, 2, 9), processes=processes, done=heard.append, epochs=2, optimizer=Adam(0.002)
        )
        assert [replica.seed for replica in results] == [5, 2, 9]
        assert heard[-1] == 3
        for replica in results:
            single = Trainer(plain(replica.seed), *data, epochs=2, optimizer=Adam(0.002))
            alone = trained(single)
            np.testing.assert_allclose(replica.costs, np.concatenate([s.costs for s in alone]), rtol=1e-5)
            assert replica.test_iterations == (13, 26)
            assert replica.tests[-1].cost == pytest.approx(alone[-1].test.cost, rel=1e-5)
            assert replica.network.evaluate(*data[2:]).cost == pytest.approx(alone[-1].test.cost, rel=1e-5)
            assert replica.network.seed == replica.seed
            assert not replica.diverged

    def test_they_are_in_the_order_of_the_seeds_however_the_processes_finish(self, data, monkeypatch):
        def backwards(train, groups, _workers):
            return map(train, reversed(groups))

        monkeypatch.setattr(replicas_module, "_in_processes", backwards)
        results = train_replicas(plain(0), *data, seeds=(5, 2, 9), processes=3, epochs=1)
        assert [replica.seed for replica in results] == [5, 2, 9]

    def test_of_a_seed_that_stops_early_there_is_nothing_after_its_end(self, data):
        settings = {"epochs": 30, "test_every": 5, "early_stopping": EarlyStopping(patience=2), "optimizer": Adam(0.02)}
        results = train_replicas(plain(0), *data, seeds=SEEDS, processes=1, **settings)
        ends = []
        for replica in results:
            single = Trainer(plain(replica.seed), *data, **settings)
            alone = trained(single, 5)
            ends.append(single.iteration)
            assert len(replica.costs) == len(replica.accuracies) == single.iteration
            assert np.isfinite(replica.costs).all()
            assert replica.test_iterations == tuple(range(5, single.iteration + 1, 5))
            np.testing.assert_allclose(
                [test.cost for test in replica.tests], [steps.test.cost for steps in alone if steps.test], rtol=1e-4
            )
        assert len(set(ends)) > 1

    def test_a_network_goes_through_pickle_with_its_parameters(self):
        network = with_options(3)
        network.predict(np.ones((14, 5)))
        twin = pickle.loads(pickle.dumps(network))
        np.testing.assert_array_equal(twin.parameters.theta, network.parameters.theta)
        assert str(twin) == str(network)
        twin.layers[0].W = 0
        assert (twin.parameters.theta != network.parameters.theta).any()
        assert twin.predict(np.ones((14, 5))).shape == (4, 5)
