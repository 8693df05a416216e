"""Update rules against their published form in float64, step by step."""

import numpy as np
import pytest

from joml import (
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    GradientDescent,
    Lion,
    Momentum,
    Nesterov,
    Network,
    RMSProp,
    Trainer,
)
from joml.optimizers import base

TINY = np.finfo(np.float32).tiny


def gradients(steps=100, size=50):
    return np.random.default_rng(0).normal(size=(steps, size)) * np.logspace(-6, 2, size)


def published_gradient_descent(theta, gradients, eta):
    for g in gradients:
        theta = theta - eta * g
    return theta


def published_momentum(theta, gradients, eta, mu):
    v = np.zeros_like(theta)
    for g in gradients:
        v = mu * v + g
        theta = theta - eta * v
    return theta


def published_nesterov(theta, gradients, eta, mu):
    """Sutskever's form, on the point looked ahead to: v' = mu v - eta g(theta + mu v); theta + mu v is what is kept."""
    v = np.zeros_like(theta)
    ahead = theta
    for g in gradients:
        theta = ahead - mu * v
        v = mu * v - eta * g
        theta = theta + v
        ahead = theta + mu * v
    return ahead


def published_adagrad(theta, gradients, eta, epsilon):
    w = np.zeros_like(theta)
    for g in gradients:
        w = w + g**2
        theta = theta - eta * g / (np.sqrt(w) + epsilon)
    return theta


def published_rmsprop(theta, gradients, eta, beta, epsilon):
    v = np.zeros_like(theta)
    for g in gradients:
        v = beta * v + (1 - beta) * g**2
        theta = theta - eta * g / (np.sqrt(v) + epsilon)
    return theta


def published_adam(theta, gradients, eta, beta1, beta2, epsilon, weight_decay=0.0):
    m = v = np.zeros_like(theta)
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - eta * (m_hat / (np.sqrt(v_hat) + epsilon) + weight_decay * theta)
    return theta


def published_amsgrad(theta, gradients, eta, beta1, beta2, epsilon):
    m = v = largest = np.zeros_like(theta)
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        largest = np.maximum(largest, v)
        theta = theta - eta * m / (1 - beta1**t) / (np.sqrt(largest / (1 - beta2**t)) + epsilon)
    return theta


def published_lion(theta, gradients, eta, beta1, beta2, weight_decay):
    m = np.zeros_like(theta)
    for g in gradients:
        theta = theta - eta * (np.sign(beta1 * m + (1 - beta1) * g) + weight_decay * theta)
        m = beta2 * m + (1 - beta2) * g
    return theta


def run_rule(optimizer, gradient_list, dtype=np.float64, theta=None):
    theta = np.ones(gradient_list.shape[1], dtype) if theta is None else theta
    gradient = np.empty_like(theta)
    steps(optimizer.bind(theta, gradient), gradient, gradient_list)
    return theta


def steps(rule, gradient, gradient_list):
    for g in gradient_list:
        gradient[...] = g
        for call in rule.calls:
            call()


@pytest.mark.parametrize("epsilon", [1e-8, 1e-3, 0.1])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.0, 0.5), (0.99, 0.0)])
def test_adam_is_the_published_rule(beta1, beta2, epsilon):
    ours = run_rule(Adam(0.002, beta1, beta2, epsilon), gradients())
    theirs = published_adam(np.ones(50), gradients(), 0.002, beta1, beta2, epsilon)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_adam_in_float32_stays_close_to_float64():
    ours = run_rule(Adam(0.002), gradients(), np.float32)
    np.testing.assert_allclose(ours, run_rule(Adam(0.002), gradients()), rtol=1e-5)


def test_gradient_descent_is_its_rule():
    ours = run_rule(GradientDescent(0.01), gradients())
    np.testing.assert_allclose(ours, 1 - 0.01 * gradients().sum(axis=0), rtol=1e-12)


OPTIMIZERS = [
    GradientDescent(),
    Momentum(),
    Nesterov(),
    AdaGrad(),
    RMSProp(),
    Adam(),
    AMSGrad(),
    AdamW(weight_decay=0),
    Lion(),
]


@pytest.mark.parametrize(
    ("optimizer", "published", "settings"),
    [
        (Momentum(0.01, 0.9), published_momentum, (0.01, 0.9)),
        (Momentum(0.1, 0.0), published_gradient_descent, (0.1,)),
        (Nesterov(0.01, 0.9), published_nesterov, (0.01, 0.9)),
        (Nesterov(0.02, 0.5), published_nesterov, (0.02, 0.5)),
        (AdaGrad(0.01, 1e-10), published_adagrad, (0.01, 1e-10)),
        (AdaGrad(0.1, 0.1), published_adagrad, (0.1, 0.1)),
        (RMSProp(0.001, 0.99, 1e-8), published_rmsprop, (0.001, 0.99, 1e-8)),
        (RMSProp(0.01, 0.0, 0.1), published_rmsprop, (0.01, 0.0, 0.1)),
        (AdamW(0.002), published_adam, (0.002, 0.9, 0.999, 1e-8, 0.01)),
        (AdamW(0.01, 0.5, 0.9, 1e-3, 2.0), published_adam, (0.01, 0.5, 0.9, 1e-3, 2.0)),
        (AMSGrad(0.002), published_amsgrad, (0.002, 0.9, 0.999, 1e-8)),
        (AMSGrad(0.01, 0.5, 0.5, 1e-3), published_amsgrad, (0.01, 0.5, 0.5, 1e-3)),
        (Lion(0.001), published_lion, (0.001, 0.9, 0.99, 0.0)),
        (Lion(0.01, 0.5, 0.0, 0.3), published_lion, (0.01, 0.5, 0.0, 0.3)),
    ],
    ids=lambda part: getattr(part, "__name__", repr(part)),
)
def test_a_rule_is_the_published_one(optimizer, published, settings):
    ours = run_rule(optimizer, gradients())
    np.testing.assert_allclose(ours, published(np.ones(50), gradients(), *settings), rtol=1e-11)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_parameters_that_never_get_a_gradient_stay(optimizer):
    np.testing.assert_array_equal(run_rule(optimizer, np.zeros((10, 4))), np.ones(4))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_a_unit_that_has_died_leaves_no_subnormal_numbers_which_processors_are_slow_with(optimizer):
    theta, gradient = np.ones(4, np.float32), np.full(4, 1e-12, np.float32)
    rule = optimizer.bind(theta, gradient)
    steps(rule, gradient, [1e-15])
    slow = 0
    for _ in range(500):
        steps(rule, gradient, np.zeros(12))
        slow += sum(int(((vector != 0) & (np.abs(vector) < TINY)).sum()) for vector in rule.views().values())
    assert slow == 0


def test_clearing_the_tiniest_entries_of_the_state_changes_no_weight(monkeypatch):
    def trained():
        x = np.random.default_rng(0).normal(size=(2, 64)).astype(np.float32)
        y = np.eye(2, dtype=np.float32)[:, (x[0] * x[1] > 0).astype(int)]
        network = Network.from_architecture("2-12x4-2", seed=1)
        trainer = Trainer(network, x, y, optimizer=Adam(0.01), epochs=1_000)
        trainer.advance(2_000)
        return network.parameters.theta, trainer.state()["rule.u"]

    cleared, u = trained()
    monkeypatch.setattr(base, "_TINY", 0)
    kept, decaying = trained()
    assert (np.abs(decaying[u == 0]) > 0).any()  # some units die
    np.testing.assert_array_equal(cleared, kept)


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, AdamW()], ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_restored_rule_goes_on_bit_for_bit(optimizer, dtype):
    first, second = gradients(40)[:17], gradients(40)[17:]
    theta, gradient = np.ones(50, dtype), np.empty(50, dtype)
    rule = optimizer.bind(theta, gradient)
    steps(rule, gradient, first)
    rule.learning_rate *= 0.7
    saved, theta_saved = rule.state(), theta.copy()
    steps(rule, gradient, second)

    gradient = np.empty(50, dtype)
    again = optimizer.bind(theta_saved, gradient)
    steps(again, gradient, [])
    again.restore(saved)
    assert again.learning_rate == optimizer.learning_rate * 0.7
    steps(again, gradient, second)
    np.testing.assert_array_equal(theta_saved, theta)
    for name, array in rule.state().items():
        np.testing.assert_array_equal(again.state()[name], array)


def test_a_state_of_another_optimizer_or_size_is_refused_and_changes_nothing():
    theta, gradient = np.ones(3), np.ones(3)
    rule = Adam().bind(theta, gradient)
    steps(rule, gradient, np.ones((2, 3)))
    before = rule.state()
    for other, message in [
        (Momentum().bind(theta, gradient).state(), "another optimizer: it has learning_rate, t, v, and .* u, w"),
        (Adam().bind(np.ones(4), np.ones(4)).state(), r"u .* shape \(4,\).* shape \(3,\)"),
        ({**before, "w": before["w"].astype(np.float32)}, "w .* float32 .* float64"),
    ]:
        with pytest.raises(ValueError, match=message):
            rule.restore(other)
        for name, array in rule.state().items():
            np.testing.assert_array_equal(array, before[name])


def test_the_learning_rate_can_change_between_steps():
    theta, gradient = np.ones(1), np.ones(1)
    rule = GradientDescent(0.1).bind(theta, gradient)
    for rate in (0.1, 0.5):
        rule.learning_rate = rate
        for call in rule.calls:
            call()
    assert theta[0] == pytest.approx(0.4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_every_step_is_proportional_to_the_learning_rate_of_the_moment(optimizer):
    def last_step(rate):
        theta, gradient = np.zeros(5), np.empty(5)
        rule = optimizer.bind(theta, gradient)
        steps(rule, gradient, gradients(3, 5))
        before, rule.learning_rate = theta.copy(), rate
        steps(rule, gradient, gradients(1, 5))
        return theta - before

    np.testing.assert_allclose(last_step(0.3), 3 * last_step(0.1), rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(0), "learning_rate must be a number above 0, got 0"),
        (lambda: Adam(beta1=1.0), "beta1 must be a number of at least 0 and below 1, got 1.0"),
        (lambda: Adam(beta2=-0.1), "beta2"),
        (lambda: Adam(epsilon=0), "epsilon"),
        (lambda: AdamW(epsilon="small"), "epsilon must be a number above 0"),
        (lambda: AdamW(weight_decay=-1e-4), "weight_decay must be a number of at least 0"),
        (lambda: AdamW(beta2=1), "beta2"),
        (lambda: GradientDescent(-1), "learning_rate"),
        (lambda: GradientDescent(float("nan")), "learning_rate"),
        (lambda: GradientDescent(float("inf")), "learning_rate"),
        (lambda: Momentum(0), "learning_rate"),
        (lambda: Momentum(momentum=1), "momentum must be a number of at least 0 and below 1"),
        (lambda: Nesterov(0), "learning_rate"),
        (lambda: Nesterov(momentum=-0.5), "momentum"),
        (lambda: AdaGrad(None), "learning_rate"),
        (lambda: AdaGrad(epsilon=0), "epsilon"),
        (lambda: RMSProp(0), "learning_rate"),
        (lambda: RMSProp(beta=1), "beta"),
        (lambda: RMSProp(epsilon=-1), "epsilon"),
    ],
)
def test_settings_out_of_range_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
