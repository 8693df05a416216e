"""Activation functions and costs far from 0, in both types: the limits that mathematics has, and no nan."""

import math
import warnings

import numpy as np
import pytest

from joml import (
    ELU,
    GELU,
    AdaGrad,
    Adam,
    AdamW,
    CrossEntropy,
    Huber,
    Identity,
    Layer,
    LeakyReLu,
    MeanAbsoluteError,
    MeanSquaredError,
    Network,
    OutputLayer,
    ReLu,
    RMSProp,
    Sigmoid,
    SiLU,
    SoftMax,
    SoftMaxCrossEntropyOutputLayer,
    Tanh,
    Trainer,
)

MAGNITUDES = (0.0, 1e-45, 1e-38, 1e-8, 0.3, 1.0, 4.0, 12.0, 19.9, 20.1, 88.0, 710.0, 1e4, 1e14, 2e19, 1e30, 3e38)
LARGER = (1e100, 1e154, 1e200, 1.7e308)


def points(dtype):
    return [sign * size for size in (MAGNITUDES + LARGER * (dtype is np.float64)) for sign in (1, -1)]


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def gelu_tanh(z):
    return math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)) if abs(z) < 1e3 else math.copysign(1, z)


def gelu_slope(z):
    if abs(z) >= 1e3:
        return float(z > 0)
    t = gelu_tanh(z)
    return (1 + t) / 2 + z * (1 - t * t) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z * z) / 2


#: Value and derivative in double precision, written so that nothing overflows.
EXPECTED = {
    ReLu(): (lambda z: max(z, 0), lambda z: float(z > 0)),
    LeakyReLu(0.1): (lambda z: max(z, 0.1 * z), lambda z: 1 if z > 0 else 0.1),
    ELU(): (lambda z: z if z > 0 else math.expm1(z), lambda z: 1 if z > 0 else math.exp(z)),
    ELU(0.5): (lambda z: z if z > 0 else 0.5 * math.expm1(z), lambda z: 1 if z > 0 else 0.5 * math.exp(z)),
    GELU(): (lambda z: z * ((1 + gelu_tanh(z)) / 2), gelu_slope),
    SiLU(): (lambda z: z * sigmoid(z), lambda z: sigmoid(z) + z * sigmoid(z) * sigmoid(-z) if abs(z) < 1e3 else z > 0),
    Sigmoid(): (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    Tanh(): (math.tanh, lambda z: 1 - math.tanh(z) ** 2),
    Identity(): (lambda z: z, lambda z: 1),
}


@pytest.mark.parametrize("function", EXPECTED, ids=lambda function: function.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_from_0_nothing_warns(function, dtype):
    z = np.array(points(dtype), dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function.value(z), function.der(z)


def compiled(function, z):
    """Value and derivative as a training's prepared calls compute them."""
    a, slope, delta = np.empty_like(z), np.empty_like(z), np.ones_like(z)
    before = z.copy()
    for call in (*function.forward_calls(before, a), *function.slope_calls(before, a, slope)):
        call()
    for call in function.backward_calls(a, slope, delta):
        call()
    return a, delta


@pytest.mark.parametrize("function", EXPECTED, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid", "ignore:underflow")
def test_activation_functions_have_their_limits(function, dtype):
    z = np.array([points(dtype)], dtype)
    value, slope = EXPECTED[function]
    wanted = [[f(float(each)) for each in z[0]] for f in (value, slope)]
    tolerance = 8 * np.finfo(dtype).eps
    for given in ((function.value(z), function.der(z)), compiled(function, z)):
        for computed, right in zip(given, wanted, strict=True):
            np.testing.assert_allclose(computed[0], right, rtol=20 * tolerance, atol=20 * tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("ignore:overflow")
def test_cross_entropy_is_right_for_any_logits(dtype):
    for size in points(dtype):
        z = np.array([[size], [0.0], [-size]], dtype)
        for place in range(3):
            y = np.eye(3, dtype=dtype)[:, [place]]
            cost = CrossEntropy.from_logits(z, y)[0]
            logits = z[:, 0].astype(np.longdouble)
            right = np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[place]
            if right < np.finfo(dtype).max:
                assert cost == pytest.approx(float(right), rel=1e-5 if dtype is np.float32 else 1e-13, abs=1e-6)
            else:
                assert cost >= np.finfo(dtype).max  # as large as the type can tell
            probability = SoftMax().value(z)[:, 0]
            assert np.isfinite(probability).all()
            assert probability.sum() == pytest.approx(1, rel=1e-6)
        for answer in (0.0, 1.0):
            cost = CrossEntropy.from_sigmoid_logits(z[:1], np.full((1, 1), answer, dtype))[0]
            against = -size if answer else size
            right = max(float(dtype(against)), 0) + math.log1p(math.exp(-abs(float(dtype(size)))))
            assert cost == pytest.approx(right, rel=1e-5)


@pytest.mark.parametrize("cost", [MeanSquaredError(), MeanAbsoluteError(), Huber(), Huber(0.1)], ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("ignore:overflow")
def test_costs_of_values_and_their_gradients_are_no_nan(cost, dtype):
    z = np.array([points(dtype)], dtype)
    gradient = np.empty_like(z)
    for call in cost.gradient_calls(z, np.ones_like(z), gradient):
        call()
    np.testing.assert_array_equal(gradient, cost.gradient(z, np.ones_like(z)))
    finite = np.abs(z) < np.finfo(dtype).max / 2
    assert np.isfinite(gradient[finite]).all()
    assert (np.sign(gradient) == np.sign(z - 1)).all()
    assert not np.isnan(cost.per_sample(z, np.ones_like(z))).any()


@pytest.mark.parametrize("function", [each for each in EXPECTED if not isinstance(each, Identity)], ids=repr)
def test_gradients_of_inputs_without_a_scale_are_finite(function):
    network = Network(1)
    network.stack(Layer(3, function))
    network.output(SoftMaxCrossEntropyOutputLayer(2))
    x = np.array([[1e14, -1e14, 1e16, -1e16]], np.float32)
    for each in network.gradients(x, np.eye(2)[:, [0, 1, 0, 1]]):
        assert all(np.isfinite(part).all() for part in each)


@pytest.mark.parametrize("optimizer", [Adam, AdamW, RMSProp, AdaGrad])
def test_an_epsilon_that_is_nothing_in_the_networks_type_is_refused(optimizer):
    x, y = np.arange(8.0)[np.newaxis], np.arange(8.0)[np.newaxis] / 8

    def training(dtype, epsilon):
        network = Network(1, dtype=dtype)
        network.output(OutputLayer(1, Identity(), MeanSquaredError()))
        return Trainer(network, x, y, optimizer=optimizer(epsilon=epsilon))

    with pytest.raises(ValueError, match=r"epsilon 1e-50 is 0 in float32.* at least 1\.2e-38 is needed"):
        training(np.float32, 1e-50)
    assert np.isfinite(training(np.float32, 1.2e-38).advance(3).costs).all()
    training(np.float64, 1e-50)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_training_that_is_certain_has_no_subnormal_numbers_which_processors_are_slow_with(dtype):
    z = np.linspace(-800, 0, 33, dtype=dtype).reshape(1, -1) * np.array([[1], [0]], dtype)
    a = np.empty_like(z)
    for call in SoftMax().forward_calls(z, a):
        call()
    assert a.min() / 64 > np.finfo(dtype).tiny
    np.testing.assert_allclose(a, SoftMax().value(z), rtol=1e-5, atol=1e-28)
