"""Decay, clipping and schedules around optimizers: step by step, and through the Trainer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml import (
    Adam,
    AdamW,
    CosineDecay,
    GradientDescent,
    Momentum,
    Network,
    ReduceOnPlateau,
    Scheduled,
    StepDecay,
    Trainer,
    WarmUp,
    WithGradientClipping,
    WithWeightDecay,
)
from joml.rng import stream
from joml.training.batches import MiniBatches, Samples

EPOCHS, BATCH = 3, 16
ETA = 0.05


@pytest.fixture(scope="module")
def data():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(5, 90))
    return x, np.eye(3)[:, (x[:3] * x[1:4]).argmax(axis=0)]


def network():
    return Network.from_architecture("5-8-3", seed=2, dtype=np.float64)


def trained(optimizer, data, **options):
    net = network()
    trainer = Trainer(net, *data, optimizer=optimizer, epochs=EPOCHS, batch_size=BATCH, **options)
    records = []
    while not trainer.finished:
        records.append(trainer.advance(4))
    return net.parameters.theta, records


def by_formula(data, update):
    """Train with theta <- update(theta, gradient, iterations done), the gradient taken from ``Network.gradients``."""
    net = network()
    theta = net.parameters.theta
    batches = MiniBatches(Samples(*data), BATCH, stream(net.seed, "shuffle"))
    for done in range(EPOCHS * batches.per_epoch):
        xs, ys = batches.next_block(1)
        net.gradients(xs[0, :-1], ys[0])
        theta[...] = update(theta.copy(), net.parameters.gradient.copy(), done)
    return theta


def clip(g, norm):
    return g * min(1.0, norm / np.linalg.norm(g))


SCHEDULE = WarmUp(5, 0.2, CosineDecay(13))

FORMULAS = {
    "decayed": (
        WithWeightDecay(GradientDescent(ETA), l1=0.01, l2=0.1),
        lambda theta, g, _: theta - ETA * (g + 0.01 * np.sign(theta) + 0.1 * theta),
    ),
    "clipped": (WithGradientClipping(GradientDescent(ETA), 0.3), lambda theta, g, _: theta - ETA * clip(g, 0.3)),
    "scheduled": (
        Scheduled(GradientDescent(ETA), SCHEDULE),
        lambda theta, g, done: theta - ETA * SCHEDULE.factor(done) * g,
    ),
    "clipped, then decayed": (
        WithGradientClipping(WithWeightDecay(GradientDescent(ETA), l2=0.5), 0.3),
        lambda theta, g, _: theta - ETA * (clip(g, 0.3) + 0.5 * theta),
    ),
    "decayed, then clipped": (
        WithWeightDecay(WithGradientClipping(GradientDescent(ETA), 0.3), l2=0.5),
        lambda theta, g, _: theta - ETA * clip(g + 0.5 * theta, 0.3),
    ),
    "a schedule around a schedule": (
        Scheduled(Scheduled(GradientDescent(ETA), StepDecay(4, 0.5)), SCHEDULE),
        lambda theta, g, done: theta - ETA * SCHEDULE.factor(done) * 0.5 ** (done // 4) * g,
    ),
    "all": (
        Scheduled(WithGradientClipping(WithWeightDecay(GradientDescent(ETA), l1=0.1), 0.3), SCHEDULE),
        lambda theta, g, done: theta - ETA * SCHEDULE.factor(done) * (clip(g, 0.3) + 0.1 * np.sign(theta)),
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_training_follows_the_formula(name, data):
    optimizer, update = FORMULAS[name]
    theta, _ = trained(optimizer, data)
    np.testing.assert_allclose(theta, by_formula(data, update), rtol=1e-10, atol=1e-12)
    assert np.abs(theta - trained(GradientDescent(ETA), data)[0]).max() > 1e-3


@pytest.mark.parametrize(
    "optimizer",
    [
        WithWeightDecay(Adam()),
        WithGradientClipping(Adam(), 1e300),
        Scheduled(Adam(), StepDecay(10**6)),
        WithGradientClipping(WithWeightDecay(Adam())),
    ],
)
def test_what_does_nothing_changes_no_bit(optimizer):
    plain, around = np.ones(4, np.float32), np.ones(4, np.float32)
    gradient = np.array([0.1, -0.2, 0.0, 1e-9], np.float32)
    step(Adam().bind(plain, gradient), 5)
    step(optimizer.bind(around, gradient), 5)
    np.testing.assert_array_equal(around, plain)


def test_reduce_on_plateau_hears_the_costs_of_the_trainers_tests(data):
    """With a threshold no cost passes, every test after the first is a plateau."""
    plateau = ReduceOnPlateau(0.5, patience=0, threshold=0.999)
    x, y = data
    theta, records = trained(Scheduled(GradientDescent(ETA), plateau), data, x_test=x, y_test=y, test_every=4)
    tests = [record.first_iteration + len(record) - 1 for record in records if record.test]
    assert tests == [4, 8, 12, 16, 18]

    def update(theta, g, done):
        return theta - ETA * 0.5 ** max(sum(test <= done for test in tests) - 1, 0) * g

    np.testing.assert_allclose(theta, by_formula(data, update), rtol=1e-10, atol=1e-12)


def test_without_tests_the_rate_of_reduce_on_plateau_stays(data):
    theta, _ = trained(Scheduled(GradientDescent(ETA), ReduceOnPlateau(patience=0)), data)
    np.testing.assert_array_equal(theta, trained(GradientDescent(ETA), data)[0])


def test_a_test_by_hand_is_not_heard(data):
    x, y = data
    optimizer = Scheduled(GradientDescent(ETA), ReduceOnPlateau(0.5, patience=0, threshold=0.999))
    thetas = []
    for by_hand in (False, True):
        net = network()
        trainer = Trainer(net, x, y, x, y, optimizer=optimizer, epochs=EPOCHS, batch_size=BATCH)
        while not trainer.finished:
            trainer.advance(4)
            if by_hand:
                trainer.test()
        thetas.append(net.parameters.theta)
    np.testing.assert_array_equal(*thetas)


def step(rule, times=1):
    for _ in range(times):
        for call in rule.calls:
            call()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(1e-3, 1e3))
def test_a_clipped_gradient_is_no_longer_than_the_norm_and_points_the_same_way(values, norm):
    gradient = np.array(values)
    theta = np.zeros_like(gradient)
    step(WithGradientClipping(GradientDescent(1.0), norm).bind(theta, gradient))
    np.testing.assert_array_equal(gradient, values)
    length = np.linalg.norm(gradient)
    assert np.linalg.norm(theta) <= norm * (1 + 1e-12)
    if length <= norm * (1 - 1e-9):
        np.testing.assert_array_equal(-theta, gradient)
    else:
        np.testing.assert_allclose(-theta, gradient * (norm / length), rtol=1e-8, atol=1e-12)


def test_a_gradient_of_zero_or_nan_passes_the_clip():
    for value in (0.0, np.nan):
        theta, gradient = np.zeros(3), np.full(3, value)
        step(WithGradientClipping(GradientDescent()).bind(theta, gradient))
        np.testing.assert_array_equal(theta, gradient)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda o: WithWeightDecay(o, l2=0.1),
        WithGradientClipping,
        lambda o: Scheduled(o, CosineDecay(10)),
        lambda o: WithGradientClipping(WithWeightDecay(o)),
    ],
)
def test_the_learning_rate_is_read_and_set_through_what_is_around(wrap):
    optimizer = wrap(GradientDescent(0.5))
    theta, gradient = np.zeros(1), np.ones(1)
    rule = optimizer.bind(theta, gradient)
    assert optimizer.learning_rate == rule.learning_rate == 0.5
    rule.learning_rate = 0.25
    step(rule)
    assert theta[0] == -0.25
    assert rule.learning_rate == 0.25


def test_a_base_rate_set_on_the_way_keeps_the_schedule():
    theta, gradient = np.zeros(1), np.ones(1)
    rule = Scheduled(GradientDescent(1.0), StepDecay(1, 0.5)).bind(theta, gradient)
    step(rule, 2)
    rule.learning_rate = 8.0
    step(rule)
    assert theta[0] == -(1 + 0.5 + 8 * 0.25)


COMPOSED = [
    Scheduled(WithGradientClipping(WithWeightDecay(AdamW(), l1=1e-3, l2=1e-2), 0.5), WarmUp(9, 0.1, CosineDecay(40))),
    Scheduled(Scheduled(Momentum(), ReduceOnPlateau(0.5, patience=1, cooldown=1)), StepDecay(7)),
]


@pytest.mark.slow
@given(st.sampled_from(COMPOSED), st.integers(0, 30), st.integers(0, 30))
def test_a_restored_rule_goes_on_bit_for_bit(optimizer, before, after):
    noise = np.random.default_rng(before).normal(size=(60, 6)).astype(np.float32)
    costs = noise[:, 0] ** 2

    def go(rule, gradient, first, last):
        for g, cost in zip(noise[first:last], costs[first:last], strict=True):
            gradient[...] = g
            step(rule)
            rule.observe(float(cost))

    theta, gradient = np.ones(6, np.float32), np.empty(6, np.float32)
    rule = optimizer.bind(theta, gradient)
    go(rule, gradient, 0, before)
    rule.learning_rate = 0.123
    state, theta_then = rule.state(), theta.copy()
    go(rule, gradient, before, before + after)

    gradient = np.empty(6, np.float32)
    again = optimizer.bind(theta_then, gradient)
    again.restore(state)
    assert again.learning_rate == 0.123
    go(again, gradient, before, before + after)
    np.testing.assert_array_equal(theta_then, theta)
    assert {name: array.tobytes() for name, array in again.state().items()} == {
        name: array.tobytes() for name, array in rule.state().items()
    }


def test_a_state_of_an_unscheduled_optimizer_is_refused():
    theta, gradient = np.ones(3), np.ones(3)
    rule = Scheduled(Adam(), CosineDecay(10)).bind(theta, gradient)
    with pytest.raises(ValueError, match="another optimizer"):
        rule.restore(Adam().bind(theta, gradient).state())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WithWeightDecay(Adam(), l1=-1), "l1 must be a number of at least 0, got -1"),
        (lambda: WithWeightDecay(Adam(), l2=float("inf")), "l2"),
        (lambda: WithWeightDecay(0.1), "optimizer must be an optimizer such as Adam"),
        (lambda: WithGradientClipping(Adam(), 0), "norm must be a number above 0, got 0"),
        (lambda: WithGradientClipping(Adam(), float("nan")), "norm"),
        (lambda: Scheduled(Adam(), 0.5), "schedule must be a schedule"),
        (lambda: Scheduled(CosineDecay(5), Adam()), "optimizer must be an optimizer"),
    ],
)
def test_settings_out_of_range_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
