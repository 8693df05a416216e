"""The names and meanings of the original library, where its programs are not enough to show them."""

import copy
import inspect
import math
import pickle
import warnings

import numpy as np
import pytest

import joml.optimizer
from joml import (
    ELU,
    GELU,
    ActivationFunction,
    Adam,
    AdamW,
    CrossEntropy,
    GradientDescent,
    Identity,
    Layer,
    LeakyReLu,
    Momentum,
    Network,
    OutputLayer,
    ReLu,
    ReLuMSEOutputLayer,
    Sigmoid,
    SiLU,
    SoftMax,
    SoftMaxCrossEntropyOutputLayer,
    StdoutLogger,
    Tanh,
    Trainer,
)
from joml.analysis.gradient_check import check_gradients
from joml.data.dataset import DatasetError
from joml.initialisation import orthogonal
from joml.utils import one_hot

GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(3, 64)).astype(np.float32)
Y = one_hot(np.digitize(X.sum(axis=0), [-1, 1]), 3)


class ScalarTanh(ActivationFunction):
    """As the article has it: the value and the derivative for one number."""

    def value(self, z):
        return math.tanh(z)

    def der(self, z):
        return 1 - math.tanh(z) ** 2


class ScalarLeak(ActivationFunction):
    def __init__(self, slope):
        self.slope = slope

    def value(self, z):
        return z if z > 0 else self.slope * z

    def der(self, z):
        return 1 if z > 0 else self.slope


def tanh_slope(z):
    return 1 - math.tanh(z) ** 2


def network_of(*functions, size=6, dtype=np.float64):
    network = Network(3, seed=2, dtype=dtype)
    for function in functions:
        network.stack(Layer(size, function))
    return network.output(SoftMaxCrossEntropyOutputLayer(3))


OWN = {
    "scalar subclass": (ScalarTanh(), Tanh()),
    "scalar with a setting": (ScalarLeak(0.25), LeakyReLu(0.25)),
    "two scalar functions": (ActivationFunction(math.tanh, tanh_slope), Tanh()),
    "two functions of arrays": (ActivationFunction(np.tanh, lambda z: 1 - np.tanh(z) ** 2), Tanh()),
}


@pytest.mark.parametrize("name", OWN)
def test_a_function_of_ones_own_trains_as_the_same_of_the_engine(name):
    own, built_in = OWN[name]
    mine, theirs = network_of(own, own), network_of(built_in, built_in)
    for layer, other in zip(mine.layers, theirs.layers, strict=True):
        layer.W = other.W
    assert check_gradients(mine, X[:, :16], Y[:, :16]).passed
    np.testing.assert_allclose(mine.train(X, Y, 3).predict(X), theirs.train(X, Y, 3).predict(X), atol=1e-9)
    assert copy.deepcopy(own) == own
    single = network_of(own, dtype=np.float32).train(X, Y, 1)
    assert np.isfinite(single.predict(X)).all()


@pytest.mark.parametrize("function", [ScalarTanh(), ScalarLeak(0.5), ActivationFunction(math.tanh, tanh_slope)])
def test_a_function_of_ones_own_is_pickled(function):
    network = network_of(function).train(X, Y, 1)
    again = pickle.loads(pickle.dumps(network))
    assert again.layers[0].activation_function == function
    assert np.array_equal(again.predict(X), network.predict(X))


def test_a_wrong_derivative_of_one_number_is_found():
    assert not check_gradients(network_of(ActivationFunction(math.tanh, lambda z: 1.0)), X[:, :8], Y[:, :8]).passed


def test_a_function_of_whole_columns_is_no_activation():
    with pytest.raises(ValueError, match=r"value must be elementwise: .*use SoftMax\(\)"):
        ActivationFunction(lambda z: np.exp(z) / np.exp(z).sum(), np.ones_like)
    with pytest.raises(TypeError, match=r"defines no der\(z\)"):
        ActivationFunction(np.tanh).der(1.0)


FUNCTIONS = (ReLu(), LeakyReLu(), ELU(), GELU(), SiLU(), Sigmoid(), Tanh(), Identity(), SoftMax(), ScalarTanh())


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: type(function).__name__)
@pytest.mark.parametrize("method", ["value", "der"])
def test_functions_take_numbers_lists_and_arrays(function, method):
    called = getattr(function, method)
    array = np.array([-2.0, 0.5, 3.0])
    assert np.array_equal(called([-2, 0.5, 3]), called(array))
    assert np.array_equal(called([[-2.0], [0.5], [3.0]]), called(array[:, np.newaxis]))
    assert type(called(2)) is float
    assert called(2) == called(2.0) == called([2.0])[0]
    assert called(array.astype(np.float32)).dtype == np.float32


def test_optimizers_have_the_original_modules_and_names():
    assert joml.optimizer.Adam is Adam
    assert not hasattr(joml.optimizer, "Adagrad")
    assert Adam(lr=0.01, eps=1e-7) == Adam(0.01, epsilon=1e-7)
    assert AdamW(lr=0.01) == AdamW(0.01) == pickle.loads(pickle.dumps(AdamW(lr=0.01)))
    assert GradientDescent(eps=1e-8, lr=0.5) == GradientDescent(0.5)
    with pytest.raises(TypeError, match="both lr and learning_rate"):
        Adam(0.1, lr=0.2)
    with pytest.raises(ValueError, match="learning_rate must be a number above 0"):
        Momentum(lr=-1)


def test_a_layers_third_argument_is_what_it_is():
    assert Layer(3, Tanh(), "first").name == Layer(3, Tanh(), name="first").name == "first"
    assert Layer(3, Tanh(), Adam(0.1)).optimizer == Adam(0.1)
    assert Layer(3, Tanh(), orthogonal).initialisation is orthogonal
    assert "name='first'" in repr(Layer(3, ReLu(), "first"))
    assert SoftMaxCrossEntropyOutputLayer(3, name="out").name == "out"
    assert OutputLayer(2, Sigmoid(), CrossEntropy(), "answers").name == "answers"
    assert "name='first'" in str(Network(2).stack(Layer(3, name="first")).output(SoftMaxCrossEntropyOutputLayer(2)))


def test_a_layer_keeps_the_weights_it_is_made_from():
    W, b = GENERATOR.normal(size=(5, 3)), GENERATOR.normal(size=5)
    layer = Layer.from_W_b(3, W, b)
    assert (layer.dims, layer.get_num_parameters(), layer.bound) == ((5, 3), 20, False)
    assert np.array_equal(layer.W, W)
    network = Network(3, dtype=np.float64).stack(layer)
    network.output(SoftMaxCrossEntropyOutputLayer.from_W_b(5, np.ones((2, 5)), np.zeros(2)))
    assert np.array_equal(network.layers[0].W, W)
    assert np.array_equal(network.layers[0].b, b)
    assert (network.layers[1].W == 1).all()
    assert np.array_equal(pickle.loads(pickle.dumps(network)).predict(X), network.predict(X))
    with pytest.raises(ValueError, match=r"here \(5, 4\) as b has 5 numbers"):
        Layer.from_W_b(4, W, b)
    with pytest.raises(ValueError, match="has the shape"):
        Network(2).stack(Layer.from_W_b(3, W, b)).output(SoftMaxCrossEntropyOutputLayer(2))
    normalised = Layer.from_W_b(3, W, b, normalised=True)
    assert (Network(3).stack(normalised).output(SoftMaxCrossEntropyOutputLayer(2)).layers[0].gamma == 1).all()


def test_costs_are_right_whichever_way_they_are_called():
    y_hat = np.array([[0.7, 0.2], [0.3, 0.8]])
    y = np.array([[1.0, 0.0], [0.0, 1.0]])
    right = -(math.log(0.7) + math.log(0.8)) / 2
    cost = SoftMaxCrossEntropyOutputLayer.cost
    assert cost(y, y_hat) == pytest.approx(right)
    assert cost(y_hat, y) == pytest.approx(right)
    assert cost(y[:, 0], y_hat[:, 0]) == pytest.approx(-math.log(0.7))
    assert ReLuMSEOutputLayer.cost(y, y_hat) == pytest.approx(np.mean((y - y_hat) ** 2))
    with pytest.raises(ValueError, match="y_hat must give an array of shape"):
        cost(y, y_hat[:, :1])


def test_costs_are_those_of_the_network():
    network = network_of(ReLu())
    assert network.output_layer.cost(Y, network.predict(X)) == pytest.approx(network.cost(X, Y))
    values = Network(3, dtype=np.float64).stack(Layer(4)).output(ReLuMSEOutputLayer(3))
    assert values.output_layer.cost(Y, values.predict(X)) == pytest.approx(values.cost(X, Y))


def test_the_orders_of_arguments_before_are_taken_too(tmp_path):
    with pytest.warns(UserWarning, match="16 in the place of verbose is taken for the batch size: write batch_size=16"):
        old = network_of(ReLu()).train(X, Y, 2, 16, GradientDescent(0.1))
    new = network_of(ReLu()).train(X, Y, 2, batch_size=16, optimizer=GradientDescent(0.1))
    assert np.array_equal(old.predict(X), new.predict(X))
    path = tmp_path / "series.csv"
    assert network_of(ReLu()).benchmark(X, Y, X, Y, path).csv_file_name == path
    assert network_of(ReLu()).benchmark(X, Y, X, Y, 3).results()["n_iter"][-1] == 6
    with pytest.raises(ValueError, match="verbose must be True or False, got 64"):
        network_of(ReLu()).benchmark(X, Y, X, Y, 3, 64)
    order = ["num_epochs", "verbose", "csv_file_name", "learning_rate", "momentum", "warn"]
    assert list(inspect.signature(Network.benchmark).parameters)[5:11] == order


def test_a_learning_rate_is_adams():
    by_rate = network_of(ReLu()).train(X, Y, 2, learning_rate=0.05)
    assert np.array_equal(by_rate.predict(X), network_of(ReLu()).train(X, Y, 2, optimizer=Adam(0.05)).predict(X))
    with pytest.raises(ValueError, match="the learning rate belongs to the optimizer"):
        network_of(ReLu()).train(X, Y, learning_rate=0.05, optimizer=Adam())
    with pytest.warns(UserWarning, match=r"optimizer=Momentum"):
        network_of(ReLu()).train(X, Y, 1, momentum=0.9)


def test_warnings_are_given_on_request_alone():
    network = network_of(ReLu())
    with pytest.warns(UserWarning, match="has not been trained"):
        network.test(X, Y, warn=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.test(X, Y)
        network.train(X, Y, 1)
        network.test(X, Y, warn=True)
        network.benchmark(X, Y, X, Y, 1)
    with pytest.warns(UserWarning, match="trained before"):
        network.benchmark(X, Y, X, Y, 1, warn=True)


def test_verbose_prints_once_an_epoch(capsys):
    network_of(ReLu()).train(X, Y, 2)
    assert capsys.readouterr().out == ""
    network_of(ReLu()).train(X, Y, 2, True)
    printed = capsys.readouterr().out
    assert printed.count("epoch ") == 2
    network_of(ReLu()).with_logger(StdoutLogger()).train(X, Y, 2, verbose=True)
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize("verbose", [0, None, np.False_])
def test_verbose_may_be_what_counts_as_false(verbose, capsys):
    trained = network_of(ReLu()).train(X, Y, 2, verbose)
    assert capsys.readouterr().out == ""
    assert np.array_equal(trained.predict(X), network_of(ReLu()).train(X, Y, 2).predict(X))
    network_of(ReLu()).train(X, Y, 2, np.True_)
    assert "epoch 2" in capsys.readouterr().out


@pytest.mark.parametrize(("verbose", "more"), [(1, "; batch_size=1"), ("yes", ""), (2.5, ""), (-3, "")])
def test_a_verbose_that_is_no_truth_value_is_refused(verbose, more):
    with pytest.raises(ValueError, match=f"verbose must be True or False, got {verbose!r}{more}"):
        network_of(ReLu()).train(X, Y, 2, verbose)
    with pytest.raises(ValueError, match="verbose must be True or False, got 16"):
        network_of(ReLu()).train(X, Y, 2, 16, batch_size=8)


def test_a_logger_may_be_set(capsys):
    network = network_of(ReLu())
    network.logger = StdoutLogger()
    network.train(X, Y, 2)
    assert "epoch 2" in capsys.readouterr().out
    with pytest.raises(TypeError, match=r"write StdoutLogger\(\)"):
        network.logger = StdoutLogger


class HandDescent(joml.optimizer.Optimizer):
    """As one writes for the original library."""

    def optimize(self, param, grad):
        return param - self._lr * grad


def test_an_optimizer_of_the_originals_kind_serves_loops_by_hand():
    assert HandDescent(1e-8, 0.5).optimize(1.0, 2.0) == HandDescent(lr=0.5).optimize(1.0, 2.0) == 0
    assert HandDescent().learning_rate == 0.01
    with pytest.raises(TypeError, match=r"HandDescent defines no bind\(theta, gradient\)"):
        network_of(ReLu()).train(X, Y, 1, optimizer=HandDescent())


def test_a_class_in_the_place_of_a_layers_initialisation_is_refused():
    with pytest.raises(ValueError, match=r"must be a function such as .* an optimizer such as Adam\(\) are taken too"):
        Layer(3, Tanh(), Adam)


def test_none_is_no_number():
    layer = network_of(ReLu()).layers[0]
    before = layer.W.copy()
    for call in (lambda: setattr(layer, "W", None), lambda: ReLu().value(None), lambda: Tanh().der(None)):
        with pytest.raises(ValueError, match="must be an array of real numbers, got None"):
            call()
    assert np.array_equal(layer.W, before)
    for wrong in ("a", [[1.0], [1.0, 2.0]]):
        with pytest.raises(ValueError, match="z must be an array of real numbers"):
            ReLu().value(wrong)


def test_what_a_step_computed_is_persisted_on_request():
    network = network_of(ReLu(), Tanh())
    assert network.layers[0].z_l is None
    before = network.copy()
    network.train(X, Y, 1, batch_size="all", persist=True)
    dWs, dbs = network.get_dWs_dbs()
    a = network.layers[0].a_lm1
    for layer, other, dW, db in zip(network.layers, before.layers, dWs, dbs, strict=True):
        np.testing.assert_allclose(layer.a_lm1, a, rtol=1e-12)
        np.testing.assert_allclose(layer.z_l, other.W @ a + other.b[:, np.newaxis], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(layer.a_l, layer.activation_function.value(layer.z_l), rtol=1e-9)
        np.testing.assert_allclose(layer.delta_l @ layer.a_lm1.T / a.shape[1], dW, rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(layer.delta_l.mean(axis=1), db, rtol=1e-9, atol=1e-15)
        a = layer.a_l
    assert sorted(map(tuple, network.layers[0].a_lm1.T)) == sorted(map(tuple, X.T.astype(np.float64)))
    plain = network_of(ReLu(), Tanh()).train(X, Y, 1, batch_size="all")
    assert np.array_equal(plain.predict(X), network.predict(X))
    assert plain.layers[0].z_l is None
    assert network.copy().layers[0].z_l is None


def test_a_trainers_iterations_are_persisted_one_by_one():
    network = network_of(ReLu())
    trainer = Trainer(network, X, Y, persists=True, epochs=1)
    with pytest.raises(RuntimeError, match="no iteration yet"):
        trainer.persist()
    trainer.advance(1)
    trainer.persist()
    first = network.layers[0].z_l
    trainer.advance(1)
    assert network.layers[0].z_l is first
    trainer.persist()
    assert not np.array_equal(network.layers[0].z_l, first)
    with pytest.raises(RuntimeError, match="persists=True"):
        Trainer(network, X, Y).persist()


def test_one_hot():
    assert one_hot([0, 2, 1]).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert one_hot(np.array([1.0, 0.0]), transpose=True).tolist() == [[0, 1], [1, 0]]
    assert one_hot([[1], [0]], 3).shape == (3, 2)
    for wrong in ([0.5], [-1], [], ["a"]):
        with pytest.raises(DatasetError):
            one_hot(wrong)
    with pytest.raises(DatasetError, match="from 0 to 1"):
        one_hot([2], num_classes=2)
