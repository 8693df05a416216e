"""Activation functions: values, derivatives, and the prepared forms against the plain ones."""

import math
import tracemalloc

import numpy as np
import pytest

from joml import ELU, GELU, ActivationFunction, Identity, LeakyReLu, ReLu, Sigmoid, SiLU, Tanh

SMOOTH = [Sigmoid(), Tanh(), Identity(), GELU(), SiLU()]
RECTIFIERS = [ReLu(), LeakyReLu(), LeakyReLu(0.25), LeakyReLu(0), LeakyReLu(1), ELU(), ELU(0.3), ELU(2)]
ELEMENTWISE = [*SMOOTH, *RECTIFIERS]


def prepared(function, z):
    """Return value and derivative as training computes them: in one buffer where the function allows."""
    z = z.copy()
    a = np.empty_like(z) if function.reads_z else z
    slope, delta = np.empty_like(z), np.ones_like(z)
    calls = (*function.forward_calls(z, a), *function.slope_calls(z, a, slope))
    for call in (*calls, *function.backward_calls(a, slope, delta)):
        call()
    return a, delta


@pytest.mark.parametrize("function", ELEMENTWISE, ids=repr)
def test_derivative_is_the_slope_of_the_value(function):
    z = np.linspace(-4, 4, 82)
    slope = (function.value(z + 1e-6) - function.value(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(function.der(z), slope, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", ELEMENTWISE, ids=repr)
def test_prepared_calls_compute_value_and_derivative(function, dtype):
    z = np.random.default_rng(0).normal(size=(6, 8)).astype(dtype) * 3
    z[0, :2] = 0, -0.0
    a, slope = prepared(function, z)
    tolerance = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(a, function.value(z), rtol=tolerance, atol=4 * tolerance)
    np.testing.assert_allclose(slope, function.der(z), rtol=tolerance, atol=4 * tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", ELEMENTWISE, ids=repr)
def test_plain_forms_keep_type_and_shape(function, dtype):
    z = np.zeros((2, 3, 4), dtype)
    for result in (function.value(z), function.der(z)):
        assert (result.dtype, result.shape) == (z.dtype, z.shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", ELEMENTWISE, ids=repr)
def test_extreme_inputs_stay_finite_and_right(function, dtype):
    z = np.array([[-1e4, -500, -90, 90, 500, 1e4]], dtype)
    with np.errstate(over="raise", invalid="raise"):
        plain, (a, slope) = (function.value(z), function.der(z)), prepared(function, z)
    assert np.isfinite([*plain, a, slope]).all()
    np.testing.assert_allclose(a, plain[0], rtol=1e-6)
    np.testing.assert_allclose(slope, plain[1], atol=1e-6)
    if not isinstance(function, Sigmoid | Tanh):
        np.testing.assert_array_equal(a[:, 3:], z[:, 3:])
        np.testing.assert_array_equal(slope[:, 3:], 1)
    if isinstance(function, GELU | SiLU):
        np.testing.assert_allclose(a[:, :3], 0, atol=1e-6)
        np.testing.assert_allclose(slope[:, :3], 0, atol=1e-6)
    if isinstance(function, ELU):
        np.testing.assert_allclose(a[:, :3], -function.alpha)
        np.testing.assert_allclose(slope[:, :3], 0, atol=1e-6)


def test_rectifiers_against_their_definitions():
    z = [-2.0, -0.5, 0.0, 0.5, 2.0]
    np.testing.assert_allclose(LeakyReLu().value(np.array(z)), [-0.02, -0.005, 0, 0.5, 2])
    np.testing.assert_allclose(LeakyReLu(0.2).der(np.array(z)), [0.2, 0.2, 0.2, 1, 1])
    elu = [1.5 * (np.e**-2 - 1), 1.5 * (np.e**-0.5 - 1), 0, 0.5, 2]
    np.testing.assert_allclose(ELU(1.5).value(np.array(z)), elu, rtol=1e-14)
    np.testing.assert_allclose(ELU(1.5).der(np.array(z)), [1.5 * np.e**-2, 1.5 * np.e**-0.5, 1.5, 1, 1], rtol=1e-14)


def test_silu_against_its_definition():
    z = np.linspace(-20, 20, 401)
    np.testing.assert_allclose(SiLU().value(z), z / (1 + np.exp(-z)), rtol=1e-7, atol=1e-14)


def test_gelu_is_as_near_to_the_exact_one_as_it_says():
    # The normal distribution function, from its density by the trapezoidal rule.
    z = np.linspace(-8, 8, 16_001)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    distribution = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(z))])
    assert 4e-4 < np.abs(GELU().value(z) - z * distribution).max() < 5e-4
    assert GELU().value(np.array([1.0, -1.0])) == pytest.approx([0.8411920, -0.1588080], abs=1e-7)


def test_relu_is_flat_at_zero():
    assert ReLu().der(np.array([-1.0, 0.0, 1.0])).tolist() == [0, 0, 1]


def test_sigmoid_at_the_ends():
    assert Sigmoid().value(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]


@pytest.mark.parametrize("slope", [-0.1, 1.5, np.nan, "0.1", True, None])
def test_a_leak_is_from_0_to_1(slope):
    with pytest.raises(ValueError, match=r"slope of LeakyReLu must be a (finite )?number"):
        LeakyReLu(slope)


@pytest.mark.parametrize("alpha", [-1, np.inf, np.nan, "1", None])
def test_alpha_is_not_negative(alpha):
    with pytest.raises(ValueError, match=r"alpha of ELU must be a (finite )?number of at least 0"):
        ELU(alpha)


def test_settings_make_functions_differ_and_show():
    assert LeakyReLu(0.1) == LeakyReLu(0.1) != LeakyReLu(0.2)
    assert hash(ELU(2)) == hash(ELU(2.0))
    assert (repr(LeakyReLu()), repr(ELU(2)), repr(GELU())) == ("LeakyReLu(slope=0.01)", "ELU(alpha=2.0)", "GELU()")


def test_names_are_unique():
    names = [kind.name for kind in {type(function) for function in ELEMENTWISE}]
    assert len(set(names)) == len(names) == 8


def test_a_function_without_value_says_so():
    with pytest.raises(TypeError, match=r"defines no value"):
        ActivationFunction().value(np.zeros(1))


@pytest.mark.parametrize("function", ELEMENTWISE, ids=repr)
def test_prepared_calls_allocate_no_arrays(function):
    z = np.random.default_rng(0).normal(size=(64, 64))
    a, slope, delta = (np.ones_like(z) for _ in range(3))
    calls = (
        *function.forward_calls(z, a),
        *function.slope_calls(z, a, slope),
        *function.backward_calls(a, slope, delta),
    )
    tracemalloc.start()
    try:
        for call in calls:
            call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < z.nbytes / 8


def test_a_function_of_single_numbers_names_the_number_at_which_it_fails():
    steep = ActivationFunction(lambda z: math.exp(-400 * z), lambda z: -400 * math.exp(-400 * z))
    assert steep.value([0.0, 1.0])[0] == 1
    with pytest.raises(OverflowError, match=r"single numbers fails at z = -2: math range error"):
        steep.value(np.array([1.0, -2.0]))
