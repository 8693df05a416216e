"""Update rules against their published form in float64, step by step."""

import numpy as np
import pytest

from joml import Adam, GradientDescent


def gradients(steps=100, size=50):
    return np.random.default_rng(0).normal(size=(steps, size)) * np.logspace(-6, 2, size)


def published_adam(theta, gradient_list, eta, beta1, beta2, epsilon):
    m = v = np.zeros_like(theta)
    for t, g in enumerate(gradient_list, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - eta * m_hat / (np.sqrt(v_hat) + epsilon)
    return theta


def run_rule(optimizer, gradient_list, dtype=np.float64, theta=None):
    theta = np.ones(gradient_list.shape[1], dtype) if theta is None else theta
    gradient = np.empty_like(theta)
    rule = optimizer.bind(theta, gradient)
    for g in gradient_list:
        gradient[...] = g
        for call in rule.calls:
            call()
    return theta


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


def test_parameters_that_never_get_a_gradient_stay():
    ours = run_rule(Adam(), np.zeros((10, 4)))
    np.testing.assert_array_equal(ours, np.ones(4))


def test_the_learning_rate_can_change_between_steps():
    theta, gradient = np.ones(1), np.ones(1)
    rule = GradientDescent(0.1).bind(theta, gradient)
    for rate in (0.1, 0.5):
        rule.learning_rate = rate
        for call in rule.calls:
            call()
    assert theta[0] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Adam(0), "learning_rate"),
        (lambda: Adam(beta1=1.0), "beta1"),
        (lambda: Adam(beta2=-0.1), "beta2"),
        (lambda: Adam(epsilon=0), "epsilon"),
        (lambda: GradientDescent(-1), "learning_rate"),
        (lambda: GradientDescent(float("nan")), "learning_rate"),
    ],
)
def test_settings_out_of_range_are_named(make, name):
    with pytest.raises(ValueError, match=name):
        make()
