"""Trainer: the loop against a plain one, its records, determinism, schedule and divergence."""

import numpy as np
import pytest

from joml import Adam, GradientDescent, Network, Trainer
from joml.data.generators.spin_glass import spin_glass_14
from joml.rng import stream
from joml.training.batches import MiniBatches, Samples


@pytest.fixture(scope="module")
def data():
    return spin_glass_14()


def small(data, count=200):
    return data.x_train[:, :count], data.y_train[:, :count], data.x_test, data.y_test


def run(trainer, most=64):
    records = []
    while not trainer.finished:
        records.append(trainer.advance_block(most))
    return records


def plain_training(network, x, y, epochs, batch_size, seed, eta):
    """Plain gradient descent in float64 with numpy's @ and softmax cross-entropy; costs and right answers a batch."""
    Ws, bs = network.get_Ws_bs()
    shuffle = stream(seed, "shuffle")
    costs, accuracies = [], []
    for _ in range(epochs):
        order = shuffle.permutation(x.shape[1])
        for start in range(0, x.shape[1], batch_size):
            chosen = order[start : start + batch_size]
            a, classes = [x[:, chosen]], y[:, chosen]
            for W, b in zip(Ws[:-1], bs[:-1], strict=True):
                a.append(np.maximum(W @ a[-1] + b[:, None], 0))
            z = Ws[-1] @ a[-1] + bs[-1][:, None]
            p = np.exp(z) / np.exp(z).sum(axis=0)
            costs.append(-np.mean(np.sum(classes * np.log(p), axis=0)))
            accuracies.append(np.mean(p.argmax(axis=0) == classes.argmax(axis=0)))
            delta = (p - classes) / len(chosen)
            for i in reversed(range(len(Ws))):
                dW, db = delta @ a[i].T, delta.sum(axis=1)
                delta = (Ws[i].T @ delta) * (a[i] > 0)
                Ws[i], bs[i] = Ws[i] - eta * dW, bs[i] - eta * db
    return Ws, bs, costs, accuracies


def test_training_equals_a_plain_implementation(data):
    x, y = data.x_train[:, :203].astype(float), data.y_train[:, :203].astype(float)
    network = Network.from_architecture("14-9x3-6-4", seed=5, dtype=np.float64)
    Ws, bs, costs, accuracies = plain_training(network, x, y, 3, 32, 5, 0.1)
    trainer = Trainer(network, x, y, optimizer=GradientDescent(0.1), epochs=3)
    records = run(trainer)
    np.testing.assert_allclose(np.concatenate([r.costs for r in records]), costs, rtol=1e-6)
    np.testing.assert_allclose(np.concatenate([r.accuracies for r in records]), accuracies, rtol=1e-6)
    for layer, W, b in zip(network.layers, Ws, bs, strict=True):
        np.testing.assert_allclose(layer.W, W, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(layer.b, b, rtol=1e-9, atol=1e-12)


def test_one_at_a_time_and_in_blocks_give_the_same_bits(data):
    x, y, x_test, y_test = small(data)
    networks = [Network.from_architecture("14-8x3-4") for _ in range(3)]
    steps = list(Trainer(networks[0], x, y, x_test, y_test, epochs=2, test_every=3))
    for network, most in zip(networks[1:], (1, 5), strict=True):
        records = run(Trainer(network, x, y, x_test, y_test, epochs=2, test_every=3), most)
        np.testing.assert_array_equal(np.concatenate([r.costs for r in records]), [s.cost for s in steps])
        assert [r.test for r in records if r.test] == [s.test for s in steps if s.test]
        np.testing.assert_array_equal(network.parameters.theta, networks[0].parameters.theta)


def test_same_seed_same_bits_and_testing_changes_nothing(data):
    x, y, x_test, y_test = small(data)

    def train(seed, **options):
        network = Network.from_architecture("14-8-4", seed=seed)
        trainer = Trainer(network, x, y, x_test, y_test, epochs=2, **options)
        for _ in trainer:
            if options.get("test_every") == 1:
                trainer.test()
                network.cost(x_test, y_test)
                network.gradients(x, y)
        return network.parameters.theta.copy()

    np.testing.assert_array_equal(train(1), train(1))
    np.testing.assert_array_equal(train(1), train(1, test_every=1))
    assert (train(1) != train(2)).any()


def test_initialisation_and_order_come_from_separate_streams(data):
    x, y, *_ = small(data)
    costs = []
    for architecture in ("14-8-4", "14-9-4"):
        network = Network.from_architecture(architecture, seed=3)
        network.parameters.theta[...] = 0  # so that only the order of the samples is left to tell them apart
        trainer = Trainer(network, x, y, optimizer=GradientDescent(learning_rate=1e-9), epochs=1)
        costs.append([step.accuracy for step in trainer])
    assert costs[0] == costs[1]


def test_every_epoch_sees_every_sample_once_in_a_new_order():
    x, y = np.arange(100.0)[None], np.arange(200.0).reshape(2, 100)
    batches = MiniBatches(Samples(x, y), 32, np.random.default_rng(0))
    orders = []
    for _ in range(3):
        seen = []
        for size in (64, 32, 4):  # as many full batches as asked for, then the rest, then the tail
            xs, ys = batches.next_block(2)
            assert xs.shape[1:] == (2, min(size, 32))
            assert (xs[:, 1] == 1).all()
            np.testing.assert_array_equal(ys[:, 0], xs[:, 0])
            np.testing.assert_array_equal(ys[:, 1], xs[:, 0] + 100)
            seen += xs[:, 0].ravel().tolist()
        assert sorted(seen) == list(range(100))
        orders.append(seen)
    assert orders[0] != orders[1] != orders[2]


def test_records_tell_iteration_and_epoch(data):
    x, y, *_ = small(data, 100)
    records = run(Trainer(Network.from_architecture("14-4"), x, y, epochs=2))
    assert [(r.first_iteration, len(r), r.epoch) for r in records] == [(1, 3, 1), (4, 1, 1), (5, 3, 2), (8, 1, 2)]
    steps = list(Trainer(Network.from_architecture("14-4"), x, y, epochs=2))
    assert [(s.iteration, s.epoch) for s in steps] == [(i, 1 + (i > 4)) for i in range(1, 9)]


def test_tests_come_on_schedule_and_at_the_end(data):
    x, y, x_test, y_test = small(data, 100)

    def tested(**options):
        network = Network.from_architecture("14-5-4")
        return [s.iteration for s in Trainer(network, x, y, x_test, y_test, epochs=3, **options) if s.test]

    assert tested() == [4, 8, 12]
    assert tested(test_every=5) == [5, 10, 12]
    assert tested(test_every=100) == [12]
    assert not [s for s in Trainer(Network.from_architecture("14-5-4"), x, y, epochs=1) if s.test]


def test_a_test_is_the_networks_own_evaluation(data):
    x, y, x_test, y_test = small(data)
    network = Network.from_architecture("14-5-4")
    *_, last = Trainer(network, x, y, x_test, y_test, epochs=1)
    y_pred, _, accuracy = network.test(x_test, y_test)
    assert last.test.cost == network.cost(x_test, y_test)
    assert last.test.accuracy == accuracy == (y_pred * y_test).sum() / y_test.shape[1]


def test_batch_gradient_descent_takes_all_samples_and_one_sample_descent_one(data):
    x, y, *_ = small(data, 50)
    for batch_size, iterations in (("all", 1), (50, 1), (1, 50)):
        trainer = Trainer(Network.from_architecture("14-5-4"), x, y, batch_size=batch_size, epochs=2)
        assert (trainer.iterations_per_epoch, trainer.total_iterations) == (iterations, 2 * iterations)
        assert sum(len(steps) for steps in run(trainer)) == 2 * iterations


def test_a_batch_larger_than_the_data_is_refused_with_the_way_out(data):
    x, y, *_ = small(data, 50)
    with pytest.raises(ValueError, match="larger than the 50 training samples: choose a batch_size of at most 50, or"):
        Trainer(Network.from_architecture("14-5-4"), x, y, batch_size=51)


def test_one_class_alone_is_refused(data):
    x, y, *_ = small(data, 50)
    one = np.zeros_like(y)
    one[2] = 1
    with pytest.raises(ValueError, match="only class 2 occurs"):
        Trainer(Network.from_architecture("14-5-4"), x, one)


def test_a_diverging_run_ends_at_the_iteration_that_diverged(data):
    x, y, x_test, y_test = small(data)
    trainer = Trainer(Network.from_architecture("14-100-40-4"), x, y, x_test, y_test, optimizer=Adam(1e6))
    records = run(trainer)
    costs = np.concatenate([r.costs for r in records])
    assert trainer.diverged_at == trainer.iteration == len(costs) == 2
    assert records[-1].test is not None
    with pytest.raises(RuntimeError, match="finished"):
        trainer.advance(1)


def test_nan_parameters_diverge_at_once_and_without_warnings(data):
    x, y, *_ = small(data)
    network = Network.from_architecture("14-5-4")
    network.layers[0].W[0, 0] = np.nan
    trainer = Trainer(network, x, y)
    run(trainer)
    assert trainer.diverged_at == 1


def test_a_dead_network_is_right_for_one_class_only(data):
    """All logits equal are no correct answer for every class."""
    x, y, *_ = small(data, 2_000)
    network = Network.from_architecture("14-5-4")
    network.parameters.theta[...] = 0
    assert network.evaluate(x, y).accuracy == pytest.approx(y[0].mean())


@pytest.mark.parametrize("options", [{"epochs": 0}, {"batch_size": 0}, {"test_every": 0}, {"epochs": 1.5}])
def test_settings_below_one_are_named(data, options):
    x, y, *_ = small(data)
    with pytest.raises(ValueError, match=next(iter(options))):
        Trainer(Network.from_architecture("14-5-4"), x, y, **options)


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "low", "high"), [("14-100-40-4", 0.931, 0.963), ("14-28x6-4", 0.840, 0.895)])
def test_the_articles_networks_reach_what_independent_engines_reach(architecture, low, high):
    """Means over five seeds of ten epochs; other NumPy programs gave 0.948 and 0.867."""
    accuracies = []
    for seed in range(5):
        data = spin_glass_14(seed)
        network = Network.from_architecture(architecture, seed=seed)
        network.train(data.x_train, data.y_train)
        accuracies.append(network.test(data.x_test, data.y_test)[2])
    assert low < np.mean(accuracies) < high


def test_the_loop_allocates_nothing_per_step(data):
    """The peak of traced memory grows with the block's records alone, not with the iterations times the network."""
    import tracemalloc

    x, y, *_ = small(data, 3_200)
    trainer = Trainer(Network.from_architecture("14-200x6-4"), x, y, epochs=3)
    trainer.advance(100)
    tracemalloc.start()
    trainer.advance(1)
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    trainer.advance(20)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    gathered_and_measured = 20 * 32 * (15 + 10 * 4) * 4
    assert peak < 2 * gathered_and_measured < trainer.network.parameters.theta.nbytes
