"""Advancing a training: by a number of iterations, by blocks, one by one; the same bits, and what each tells."""

import threading

import numpy as np
import pytest

from joml import Adam, EarlyStopping, Network, Trainer
from joml.compiled.blas import ThreadLimit, allow_threads
from joml.training import trainer as training_module


def problem(features=3, samples=70, classes=2, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(features, samples)).astype(np.float32)
    return x, np.eye(classes, dtype=np.float32)[np.arange(samples) % classes].T


def training(architecture="3-5-2", tests=True, **settings):
    x, y = problem(int(architecture.split("-")[0]))
    parts = (x[:, :50], y[:, :50], x[:, 50:], y[:, 50:]) if tests else (x, y)
    given = {"epochs": 4, "batch_size": 8, "optimizer": Adam(0.01), **settings}
    return Trainer(Network.from_architecture(architecture, seed=3), *parts, **given)


SETTINGS = {
    "plain": {},
    "no tests": {"tests": False},
    "tests within": {"test_every": 3},
    "replicas": {"replicas": 3, "test_every": 5},
    "early stopping": {"early_stopping": EarlyStopping(patience=1, least_improvement=1.0)},
    "diverging": {"optimizer": Adam(1e30), "test_every": 3},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_all_ways_give_the_same_bits_and_the_same_looks(settings):
    many, blocks, single, odd = (training(**settings) for _ in range(4))
    of_many = many.advance(1_000)
    of_blocks = []
    while not blocks.finished:
        of_blocks.append(blocks.advance_block(7))
    of_single = list(single)
    of_odd = []
    while not odd.finished:
        of_odd += [next(odd), odd.advance(2)] if odd.iteration < odd.total_iterations - 3 else [odd.advance(1)]
    costs = of_many.costs
    assert np.array_equal(costs, np.concatenate([steps.costs for steps in of_blocks]), equal_nan=True)
    assert np.array_equal(costs, np.float32([step.cost for step in of_single]), equal_nan=True)
    assert np.array_equal(of_many.accuracies, np.float32([step.accuracy for step in of_single]), equal_nan=True)
    for other in (blocks, single, odd):
        for one, same in zip(many.networks, other.networks, strict=True):
            assert np.array_equal(one.parameters.theta, same.parameters.theta, equal_nan=True)
    looks = [(step.iteration, step.test) for step in of_single if step.test]
    assert repr(list(of_many.checks)) == repr(looks)  # nan is not equal to itself
    assert repr([look for steps in of_blocks for look in steps.checks]) == repr(looks)
    assert bool(looks) == settings.get("tests", True)


@pytest.mark.parametrize("features", [3, 784])
@pytest.mark.parametrize("replicas", [None, 2])
def test_advance_does_as_many_as_it_is_asked_to(features, replicas):
    trainer = training(f"{features}-5-2", replicas=replicas, test_every=5)
    steps = trainer.advance(10)
    assert (len(steps), trainer.iteration, steps.first_iteration, steps.epoch) == (10, 10, 1, 1)
    assert [iteration for iteration, _ in steps.checks] == [5, 10]
    assert [len(block) for block in steps.blocks] == [5, 2, 3]  # epochs have seven
    assert [block.epoch for block in steps.blocks] == [1, 1, 2]
    assert steps.test == steps.checks[-1][1]
    rest = trainer.advance(1_000)
    assert (len(rest), rest.first_iteration, trainer.finished) == (18, 11, True)
    if replicas:
        assert rest.replicas.costs.shape == (replicas, 18)
    with pytest.raises(RuntimeError, match="training has finished"):
        trainer.advance(1)


def test_the_end_of_an_advance_is_tested_only_where_that_is_due():
    trainer = training(test_every=5)
    steps = trainer.advance(8)
    assert steps.test is None
    assert [iteration for iteration, _ in steps.checks] == [5]


def test_a_trainer_is_an_iterator():
    trainer = training()
    assert next(trainer).iteration == 1
    assert iter(trainer) is trainer
    assert [step.iteration for step in trainer] == list(range(2, 29))
    with pytest.raises(StopIteration):
        next(trainer)
    trainer.epochs = 5
    assert next(trainer).iteration == 29


def test_weights_and_rate_are_those_of_the_iteration_while_one_iterates():
    looked, alone = training(tests=False), training(tests=False)
    for step in looked:
        alone.advance(1)
        assert np.array_equal(looked.network.parameters.theta, alone.network.parameters.theta)
        if step.iteration == 3:
            looked.learning_rate = alone.learning_rate = 0.1


# --- threads of BLAS ------------------------------------------------------------------------------------------------


@pytest.fixture
def threads(monkeypatch):
    """A BLAS of four threads that is only counted."""
    from joml.compiled import blas

    now = [4]
    library = blas._Library(lambda: now[0], lambda number: now.__setitem__(0, number))
    monkeypatch.setattr(blas, "_libraries", lambda: ([library], []))
    return now


def test_the_last_of_blocks_that_overlap_puts_the_number_back(threads):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with ThreadLimit():
            inside.set()
            leave.wait(300)

    thread = threading.Thread(target=other)
    with ThreadLimit():
        assert threads == [1]
        thread.start()
        assert inside.wait(300)
    assert threads == [1]
    leave.set()
    thread.join(300)
    assert threads == [4]


def test_the_limit_holds_while_something_is_computed_and_no_longer(threads):
    trainer = training(test_every=1)
    seen = []
    evaluate = trainer._checks.evaluators[0].evaluate
    trainer._checks.evaluators[0].evaluate = lambda: (seen.append(threads[0]), evaluate())[1]
    for _ in zip(range(3), trainer, strict=False):
        assert threads == [4]
    trainer.advance(2)
    trainer.advance_block(2)
    assert threads == [4]
    assert set(seen) == {1}


def test_large_batches_take_one_thread_too_unless_more_are_allowed(threads):
    trainer = training(batch_size="all", test_every=1)
    seen = []
    evaluate = trainer._checks.evaluators[0].evaluate
    trainer._checks.evaluators[0].evaluate = lambda: (seen.append(threads[0]), evaluate())[1]
    trainer.advance(1)
    with allow_threads(3):
        trainer.advance(1)
        with ThreadLimit():
            assert threads == [3]
    trainer.advance(1)
    assert seen == [1, 3, 1]
    with pytest.raises(ValueError, match="number must be an integer of at least 1"), allow_threads(0):
        pass


def test_a_failure_puts_the_number_back(threads):
    with pytest.raises(ZeroDivisionError), ThreadLimit():
        raise ZeroDivisionError
    assert threads == [4]


def test_trainings_that_overlap_leave_blas_as_it_was():
    from joml.compiled import blas

    shared, own = blas._libraries()
    before = [library.get() for library in (*shared, *own)]
    trainers = [training() for _ in range(3)]
    together = threading.Barrier(3)

    def train(trainer):
        together.wait(300)
        for _ in trainer:
            pass

    workers = [threading.Thread(target=train, args=(trainer,)) for trainer in trainers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [library.get() for library in (*shared, *own)] == before


# --- large mini-batches, and forks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"replicas": 2}, {"class_weights": [1.0, 3.0]}], ids=repr)
@pytest.mark.parametrize("batch_size", [31, "all"])
def test_large_mini_batches_are_computed_part_by_part(monkeypatch, settings, batch_size):
    """With the bounds made small, in float64: what the whole mini-batch gives, but for the order of the sums."""

    def trained():
        x, y = problem()
        network = Network.from_architecture("3-5-2", seed=3, dtype=np.float64)
        trainer = Trainer(network, x, y, x, y, optimizer=Adam(0.01), epochs=5, batch_size=batch_size, **settings)
        return trainer, trainer.advance(1_000)

    whole, expected = trained()
    monkeypatch.setattr(training_module, "_WHOLE", 10)
    monkeypatch.setattr(training_module, "_PART", 9)
    parts, steps = trained()
    assert {program.step.x.shape[-1] for program in parts._programs.values()} <= set(range(1, 10))
    np.testing.assert_allclose(steps.costs, expected.costs, rtol=1e-10)
    np.testing.assert_allclose(steps.accuracies, expected.accuracies)
    np.testing.assert_allclose(parts._parameters.theta, whole._parameters.theta, rtol=1e-8)
    np.testing.assert_allclose(parts._parameters.gradient, whole._parameters.gradient, rtol=1e-6, atol=1e-12)
    again, other = trained()[0].fork(epochs=7), trained()[0].fork(epochs=7)
    assert np.array_equal(again.advance(100).costs, [step.cost for step in other])


def test_all_samples_in_one_batch_take_memory_for_a_part():
    import tracemalloc

    x, y = problem(30, 20_000)
    trainer = Trainer(Network.from_architecture("30-100x3-2"), x, y, batch_size="all", epochs=3)
    tracemalloc.start()
    trainer.advance(2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * training_module._PART * (30 + 300 * 8) + 20_000 * 8 * 16


def test_a_fork_takes_no_more_than_what_it_is():
    import tracemalloc

    x, y = problem(500, 40)
    trainer = Trainer(Network.from_architecture("500-1000-2"), x, y, optimizer=Adam(0.01))
    trainer.advance(1)
    parameters = trainer.network.parameters.theta.nbytes
    tracemalloc.start()
    fork = trainer.fork()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5.5 * parameters  # weights, gradients, Adam's two vectors and its step
    assert np.array_equal(fork.advance(5).costs, trainer.advance(5).costs)
