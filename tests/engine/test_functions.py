"""Activation functions: values, derivatives, and the prepared forms against the plain ones."""

import numpy as np
import pytest

from joml import ActivationFunction, Identity, ReLu, Sigmoid, Tanh

ELEMENTWISE = [ReLu(), Sigmoid(), Tanh(), Identity()]


@pytest.mark.parametrize("function", ELEMENTWISE, ids=repr)
def test_derivative_is_the_slope_of_the_value(function):
    z = np.linspace(-4, 4, 82)
    slope = (function.value(z + 1e-6) - function.value(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(function.der(z), slope, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", ELEMENTWISE, ids=repr)
def test_prepared_calls_compute_value_and_derivative_in_place(function, dtype):
    z = np.random.default_rng(0).normal(size=(6, 8)).astype(dtype)
    expected, slope_expected = function.value(z), function.der(z)
    a, slope, delta = z.copy(), np.empty_like(z), np.ones_like(z)
    calls = (*function.forward_calls(a, a), *function.slope_calls(a, a, slope))
    for call in (*calls, *function.backward_calls(a, slope, delta)):
        call()
    np.testing.assert_allclose(a, expected, rtol=1e-6)
    np.testing.assert_allclose(delta, slope_expected, rtol=2e-5, atol=1e-7)


def test_relu_is_flat_at_zero():
    assert ReLu().der(np.array([-1.0, 0.0, 1.0])).tolist() == [0, 0, 1]


def test_sigmoid_at_the_ends():
    assert Sigmoid().value(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]


def test_a_function_without_value_says_so():
    with pytest.raises(TypeError, match=r"defines no value"):
        ActivationFunction().value(np.zeros(1))
