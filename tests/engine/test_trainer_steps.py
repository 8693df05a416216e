"""Iterating step by step: the bits of advancing, figures that stay right whenever they are read, and divergence."""

import copy
import pickle
import threading
from dataclasses import asdict

import numpy as np
import pytest

from joml import Adam, EarlyStopping, GradientDescent, Network, Trainer
from joml.activations import ELU, Identity, ReLu, Sigmoid, SoftMax, Tanh
from joml.compiled.blas import ThreadLimit, allow_threads
from joml.cost import CostFunction, CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from joml.layer import Layer, OutputLayer
from joml.optimizers.schedules import CosineDecay
from joml.optimizers.transforms import Scheduled
from joml.training.divergence import NEVER, diverged, healthy_squares


class Quartic(CostFunction):
    """A cost of one's own, of which no bound is known."""

    def per_sample(self, y_hat, y):
        return ((y_hat - y) ** 4).mean(axis=-2)

    def gradient(self, y_hat, y):
        return 4 * (y_hat - y) ** 3 / y_hat.shape[-2]


OUTPUTS = {
    "classes": (SoftMax(), CrossEntropy()),
    "multilabel": (Sigmoid(), CrossEntropy()),
    "regression": (Identity(), MeanSquaredError()),
    "own cost": (Identity(), Quartic()),
}


def problem(kind, outputs, samples=75, scale=1.0):
    generator = np.random.default_rng(4)
    x = generator.normal(size=(4, samples)).astype(np.float32)
    if kind == "classes":
        return x, np.eye(outputs, dtype=np.float32)[np.arange(samples) % outputs].T
    if kind == "multilabel":
        return x, (generator.random((outputs, samples)) < 0.4).astype(np.float32)
    return x, scale * generator.normal(size=(outputs, samples)).astype(np.float32)


def training(kind="classes", outputs=3, dropout=0.0, normalised=False, **settings):
    x, y = problem(kind, outputs)
    network = Network(4, seed=2).stack(Layer(6, Tanh(), dropout=dropout, normalised=normalised)).stack(Layer(5))
    network.output(OutputLayer(outputs, *OUTPUTS[kind]))
    given = {"epochs": 4, "batch_size": 8, "test_every": 3, "optimizer": Adam(0.02), **settings}
    return Trainer(network, x[:, :57], y[:, :57], x[:, 57:], y[:, 57:], **given)


CASES = {
    **{kind: {"kind": kind} for kind in OUTPUTS},
    "no looks on the way": {"test_every": 1_000},
    "schedule": {"optimizer": Scheduled(GradientDescent(0.1), CosineDecay(20))},
    "dropout, normalised": {"dropout": 0.3, "normalised": True},
    "class weights": {"class_weights": (1.0, 3.0, 0.5)},
    "early stopping": {"early_stopping": EarlyStopping(patience=1), "optimizer": Adam(0.3)},
    "replicas": {"replicas": 3},
    "replicas that stop": {"replicas": 3, "early_stopping": EarlyStopping(patience=1), "optimizer": Adam(0.3)},
    "all at once": {"batch_size": "all"},
    "one by one, many outputs": {"batch_size": 1, "outputs": 10},
    "one by one, replicas": {"batch_size": 1, "outputs": 10, "replicas": 2, "kind": "multilabel"},
    "diverging": {"optimizer": Adam(1e30)},
}


def figures(steps):
    return np.array([[step.cost, step.accuracy] for step in steps], np.float32)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_whenever_figures_are_read_they_are_those_of_advancing(case):
    trainer = training(**case)
    steps = trainer.advance(10_000)
    expected = np.stack([steps.costs, steps.accuracies], axis=1)
    state, looks = trainer.state(), [check for _, check in steps.checks]

    late = training(**case)
    kept = list(late)
    np.testing.assert_array_equal(figures(reversed(kept))[::-1], expected)

    at_once, read = training(**case), []
    for step in at_once:
        read.append((step.cost, step.accuracy))
        assert step.iteration == at_once.iteration == len(read)
    np.testing.assert_array_equal(np.float32(read), expected)

    mixed, parts = training(**case), []
    for turn in range(10_000):
        if mixed.finished:
            break
        parts.append(mixed.advance(turn % 4 + 1) if turn % 3 == 2 else next(mixed))
    costs = [[step.cost] if hasattr(step, "cost") else step.costs for step in parts]
    np.testing.assert_array_equal(np.float32(np.concatenate(costs)), expected[:, 0])

    for other in (late, at_once, mixed):
        for name, array in other.state().items():  # optimizers of replicas that have ended go on beside the others
            if not (case.get("replicas") and trainer.ended_at.any() and name.startswith("rule.")):
                np.testing.assert_array_equal(array, state[name], err_msg=name)
    assert repr([step.checked for step in kept if step.checked]) == repr(looks)


def test_a_kept_step_is_right_whatever_happens_to_its_trainer():
    plain = training().advance(10)
    trainer = training()
    steps = [next(trainer) for _ in range(4)]
    state = trainer.state()
    fork = trainer.fork()
    steps += [next(trainer) for _ in range(2)]
    trainer.restore(state)
    again = [next(trainer) for _ in range(2)]
    trainer.network.parameters.theta[...] = 0
    of_fork = [next(fork) for _ in range(2)]
    assert [step.cost for step in steps] == plain.costs[:6].tolist()
    assert [step.cost for step in again] == [step.cost for step in of_fork] == plain.costs[4:6].tolist()
    assert [step.accuracy for step in again] == plain.accuracies[4:6].tolist()


def test_steps_that_nobody_has_read_are_copied_compared_and_shown_as_others():
    first, second = (list(training(test_every=1_000)) for _ in range(2))
    assert first[0] == second[0] != first[1]
    assert hash(first[3]) == hash(second[3])
    assert pickle.loads(pickle.dumps(first[4])) == copy.copy(second[4]) == copy.deepcopy(first[4])
    assert f"cost={second[5].cost!r}, accuracy={second[5].accuracy!r}" in repr(first[5])
    assert asdict(first[6])["cost"] == second[6].cost
    with pytest.raises(AttributeError, match="a Step has no price"):
        first[0].price  # noqa: B018
    with pytest.raises(AttributeError):
        first[0].cost = 3


def test_other_threads_may_read_while_it_trains():
    trainer = training(epochs=40, test_every=1_000)
    expected = training(epochs=40, test_every=1_000).advance(10_000).costs.tolist()
    steps, wrong = [], []
    more = threading.Semaphore(0)

    def read(first):
        for place in range(len(expected)):
            more.acquire()
            step = steps[min(place + first, len(steps) - 1)]
            if step.cost != expected[step.iteration - 1]:
                wrong.append(step.iteration)

    readers = [threading.Thread(target=read, args=(first,)) for first in (0, 3)]
    for reader in readers:
        reader.start()
    for step in trainer:
        steps.append(step)
        more.release(2)
    for reader in readers:
        reader.join(60)
    assert not wrong
    assert [step.cost for step in steps] == expected


def test_a_step_that_fails_leaves_the_figures_of_the_others():
    class Breaking(Tanh):
        breaks = False

        def forward_calls(self, z, a):
            def may_break():
                if Breaking.breaks:
                    raise ZeroDivisionError

            return (*super().forward_calls(z, a), may_break)

    def trainer_of():
        network = Network(4, seed=1).stack(Layer(5, Breaking()))
        network.output(OutputLayer(3, SoftMax(), CrossEntropy()))
        return Trainer(network, *problem("classes", 3), batch_size=8)

    expected = trainer_of().advance(4)
    trainer = trainer_of()
    steps = [next(trainer) for _ in range(4)]
    Breaking.breaks = True
    try:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                next(trainer)
    finally:
        Breaking.breaks = False
    assert trainer.iteration == 4
    after = next(trainer)
    assert [step.cost for step in steps] == expected.costs.tolist()
    recorded = trainer.state()["epoch_costs"][0]
    assert recorded[:5].tolist() == [*expected.costs.tolist(), after.cost]


def test_overlapping_limits_of_different_numbers_come_and_go(monkeypatch):
    from joml.compiled import blas

    now = [4]
    library = blas._Library(lambda: now[0], lambda number: now.__setitem__(0, number))
    monkeypatch.setattr(blas, "_libraries", lambda: ([library], []))
    few, many = ThreadLimit(), ThreadLimit()
    with allow_threads(4):
        many.__enter__()
    few.__enter__()
    assert now == [1]
    many.__exit__()
    assert now == [1]
    with allow_threads(3):
        many.__enter__()
    few.__exit__()
    assert now == [3]
    many.__exit__()
    assert now == [4]


# --- divergence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hidden", [pytest.param(8, id="small"), pytest.param(12_000, id="more than 256 KiB", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("replicas", [None, 2])
@pytest.mark.parametrize("kind", ["regression", "own cost"])
def test_what_diverged_is_the_same_for_every_size_and_every_block(hidden, replicas, kind):
    """They diverge late, in the midst of a block, by a rate that is made too large on the way."""
    x, y = problem("regression", 2, scale=1.0)

    def trained(most):
        network = Network(4, seed=2).stack(Layer(hidden, Tanh()))
        network.output(OutputLayer(2, *OUTPUTS[kind]))
        trainer = Trainer(network, x, y, epochs=40, batch_size=8, optimizer=Adam(0.01), replicas=replicas)
        trainer.advance(70)
        trainer.learning_rate = 1e4
        while not trainer.finished:
            if most:
                trainer.advance_block(most)
            else:
                next(trainer)
        return trainer

    first = trained(0)
    assert first.diverged.all()
    assert (first.ended_at > 70).all()
    for most in (1, 7, 256):
        other = trained(most)
        assert other.iteration == first.iteration
        for name, array in other.state().items():
            if not (replicas and name.startswith("rule.")):
                np.testing.assert_array_equal(array, first.state()[name], err_msg=name)


COSTS = [
    (SoftMax(), CrossEntropy()),
    (Sigmoid(), CrossEntropy()),
    *(
        (function, cost)
        for function in (Identity(), ReLu(), Sigmoid(), Tanh(), SoftMax())
        for cost in (MeanSquaredError(), MeanAbsoluteError(), Huber(0.5), Huber(1e3))
    ),
]


@pytest.mark.parametrize(("function", "cost"), COSTS, ids=repr)
@pytest.mark.parametrize("largest_y", [1.0, 20.0])
def test_below_the_bound_no_cost_reaches_the_limit(function, cost, largest_y):
    generator = np.random.default_rng(3)
    for outputs, samples, limit, weight in ((1, 1, 1e4, 1.0), (3, 7, 1e4, 5.0), (10, 64, 3e7, 1.0)):
        output = OutputLayer(outputs, function, cost)
        probable = isinstance(cost, CrossEntropy)
        bound = healthy_squares(output, samples, 1.0 if probable else largest_y, weight, limit)
        assert bound > 100 * samples
        for spread in ("even", "one sample", "one output"):
            z = generator.normal(size=(outputs, samples))
            z[:, slice(1 if spread == "one sample" else samples, None)] = 0
            z[slice(1 if spread == "one output" else outputs, None)] = 0
            z *= np.sqrt(bound / np.square(z).sum())
            if isinstance(function, SoftMax) and probable:
                y = np.eye(outputs)[z.argmin(axis=0)].T
            else:
                y = np.where(z > 0, 0.0 if probable else -largest_y, 1.0 if probable else largest_y)
            assert weight * output.costs(z, y).mean() < limit


def test_nothing_is_healthy_where_nothing_is_known():
    class Louder(CrossEntropy):
        @staticmethod
        def from_logits(z, y):
            return 1e9 * CrossEntropy.from_logits(z, y)

    for function, cost in ((Identity(), Quartic()), (ELU(3.0), MeanSquaredError()), (SoftMax(), Louder())):
        assert healthy_squares(OutputLayer(3, function, cost), 8, 1.0, 1.0, 1e4) == NEVER
    assert healthy_squares(OutputLayer(3, Identity(), MeanSquaredError()), 8, 1e6, 1.0, 1e4) == NEVER
    assert diverged(np.array([1.0, np.nan, np.inf, 2e4]), np.array([1.0, 1.0, 1.0, 3.0])).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("kind", OUTPUTS)
def test_weights_that_are_spoilt_between_steps_end_the_training_at_the_next(kind, value):
    for advancing in (False, True):
        trainer = training(kind, test_every=1_000)
        for _ in range(3):
            next(trainer)
        trainer.networks[0].layers[-1].W[0] = value
        step = trainer.advance(20) if advancing else next(trainer)
        assert trainer.diverged_at == trainer.iteration == 4
        assert not (step.costs[-1] if advancing else step.cost) < 1e4


@pytest.mark.parametrize("kind", ["classes", "multilabel", "regression"])
@pytest.mark.parametrize("samples", [2, 7, 600])
def test_what_is_measured_on_the_way_has_the_bits_of_blocks(kind, samples):
    generator = np.random.default_rng(6)
    x, y = problem(kind, 9, 3 * samples)
    trainer = Trainer(Network(4).output(OutputLayer(9, *OUTPUTS[kind])), x, y, batch_size=samples)
    zs = generator.normal(size=(3, 9, samples)).astype(np.float32) * 5
    zs[0, 2] = zs[0, 5]  # equals
    ys = np.stack(np.split(y, 3, axis=1))
    costs, scores = trainer._measuring.measure(zs, ys)
    z, y_in = np.empty_like(zs[0]), np.empty_like(ys[0])
    measure = trainer._measuring.prepared(z, y_in)
    for place in range(3):
        z[...], y_in[...] = zs[place], ys[place]
        assert [float(np.ravel(each)[0]) for each in measure()] == [costs[0, place], scores[0, place]]
    z[...] = np.nan
    assert np.isnan(np.ravel(measure())).all()
