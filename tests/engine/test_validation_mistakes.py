"""What a newcomer gets wrong: every mistake is a sentence that names the thing, the place and the way out."""

import warnings

import numpy as np
import pytest

from joml import (
    ActivationFunction,
    Adam,
    CostFunction,
    CrossEntropy,
    EarlyStopping,
    Identity,
    Layer,
    MeanSquaredError,
    Network,
    OutputLayer,
    ReLu,
    Sigmoid,
    SoftMax,
    SoftMaxCrossEntropyOutputLayer,
    StdoutLogger,
    Tanh,
    Trainer,
)
from joml.analysis.article_accounting import article_accounting
from joml.analysis.equivalence import collapse
from joml.analysis.five_steps import FiveSteps
from joml.analysis.gradient_check import check_gradients
from joml.data.generators.planar import spirals, xor
from joml.statistics import metrics
from joml.statistics.intervals import accuracy_interval, paired_interval
from joml.training.replicas import train_replicas

DATA = xor(200)
X, Y = DATA.x_train, DATA.y_train
PARTS = X, Y, DATA.x_test, DATA.y_test
HOLED = np.where(np.arange(X.size).reshape(X.shape) == 163, np.nan, X)


def network(seed=0, dtype=np.float32):
    return Network.from_architecture("2-8-2", seed=seed, dtype=dtype)


def with_output(*output):
    made = Network(2)
    made.stack(Layer(4))
    made.output(OutputLayer(*output))
    return made


def unfinished():
    made = Network(2)
    made.stack(Layer(3))
    return made


def with_layer(layer):
    made = Network(2)
    made.stack(layer)
    made.output(SoftMaxCrossEntropyOutputLayer(2))
    return made


class NoDerivative(ActivationFunction):
    def value(self, z):
        return z


class SumOfUnits(ActivationFunction):
    """Not elementwise: what it gives would be broadcast without a word."""

    def value(self, z):
        return z.sum(axis=0)

    def der(self, z):
        return np.ones_like(z)


class FlatSlope(ActivationFunction):
    def value(self, z):
        return z

    def der(self, z):
        return np.ones(3)


class EveryOutput(CostFunction):
    """Has a cost an output instead of one a sample."""

    def per_sample(self, y_hat, y):
        return (y_hat - y) ** 2

    def gradient(self, y_hat, y):
        return 2 * (y_hat - y)


class OneNumber(CostFunction):
    def per_sample(self, y_hat, y):
        return np.abs(y_hat - y).mean(axis=-2)

    def gradient(self, y_hat, y):
        return 1.0


MISTAKES = {
    "a layer's function by name": (
        lambda: Layer(10, "relu"),
        r"a layer's activation_function must be an activation function such as Tanh\(\), got 'relu'",
    ),
    "a layer's function as a class": (lambda: Layer(10, ReLu), r"got the class ReLu: write ReLu\(\)"),
    "a layer's start by name": (lambda: Layer(10, Tanh(), "he"), r"initialisation must be a function such as .*'he'"),
    "a layer's optimizer by name": (
        lambda: Layer(10, optimizer="adam"),
        r"a layer's optimizer must be an optimizer such as Adam\(\), got 'adam'",
    ),
    "a cost by name": (
        lambda: OutputLayer(2, SoftMax(), "cross-entropy"),
        r"cost_function must be a cost such as MeanSquaredError\(\), got 'cross-entropy'",
    ),
    "a cost as a class": (lambda: OutputLayer(2, SoftMax(), CrossEntropy), r"write CrossEntropy\(\)"),
    "an output as a class": (lambda: OutputLayer(2, SoftMax, CrossEntropy()), r"write SoftMax\(\)"),
    "an optimizer by name": (
        lambda: network().train(X, Y, optimizer="adam"),
        r"optimizer must be an optimizer such as Adam\(\), got 'adam'",
    ),
    "a rate for an optimizer": (lambda: Trainer(network(), *PARTS, optimizer=0.01), r"optimizer must be .*, got 0\.01"),
    "an optimizer as a class": (lambda: FiveSteps(network(), X, Y, Adam), r"got the class Adam: write Adam\(\)"),
    "a fork's optimizer by name": (lambda: Trainer(network(), *PARTS).fork(optimizer="sgd"), "got 'sgd'"),
    "a patience for early stopping": (
        lambda: Trainer(network(), *PARTS, early_stopping=5),
        r"early_stopping must be settings such as EarlyStopping\(patience=5\), got 5",
    ),
    "early stopping as a class": (
        lambda: Trainer(network(), *PARTS, early_stopping=EarlyStopping),
        r"write EarlyStopping\(\)",
    ),
    "x_test alone": (lambda: Trainer(network(), X, Y, X), "there is x_test and no y_test: give both, or neither"),
    "y_test alone": (lambda: Trainer(network(), X, Y, None, Y), "there is y_test and no x_test"),
    "an unknown batch size": (
        lambda: Trainer(network(), *PARTS, batch_size="whole"),
        "batch_size must be an integer of at least 1 or 'all', got 'whole'",
    ),
    "fewer samples than a batch": (
        lambda: network().train(X, Y, batch_size=161),
        "a mini-batch of 161 is larger than the 160 training samples: choose a batch_size of at most 160, or 'all'",
    ),
    "an unknown test interval": (
        lambda: Trainer(network(), *PARTS, test_every="day"),
        "test_every must be an integer of at least 1 or 'epoch', got 'day'",
    ),
    "no epochs": (lambda: network().train(X, Y, num_epochs=0), "epochs must be an integer of at least 1, got 0"),
    "a negative rate": (lambda: Adam(-1), "learning_rate must be a number above 0, got -1"),
    "samples as rows": (lambda: network().train(X.T, Y), r"\(2, samples\), got \(160, 2\); .*try its transpose"),
    "class numbers": (
        lambda: network().train(X, Y.argmax(axis=0)),
        r"y for 2-8-2 has the shape \(2, samples\), got \(160,\); .* by joml\.utils\.one_hot\(y, 2\)",
    ),
    "x and y of two lengths": (lambda: network().train(X[:, :5], Y), "x has 5 samples and y has 160: samples are col"),
    "words": (lambda: network().train([["a", "b"], ["c", "d"]], Y), "x must be an array of real numbers: .*'a'"),
    "rows of two lengths": (lambda: network().train([[1, 2], [3]], Y), "x must be an array of real numbers: "),
    "complex numbers": (lambda: network().train(X * 1j, Y), "x must be an array of real numbers: .*complex"),
    "dates": (lambda: network().train(np.zeros((2, 160), "datetime64[s]"), Y), "x must be an array of real numbers"),
    "nothing": (lambda: network().train(None, None), "x must be an array of real numbers, got None"),
    "no samples": (lambda: network().train(X[:, :0], Y[:, :0]), "x has no samples: give at least one column"),
    "nan": (lambda: network().train(HOLED, Y), "x: feature 1 of sample 3 is nan, both counted from 0; .*fill in"),
    "nan to predict": (lambda: network().predict(HOLED), "x: feature 1 of sample 3 is nan"),
    "nan to test on": (lambda: network().benchmark(X, Y, HOLED, Y), "x: feature 1 of sample 3 is nan"),
    "one class": (
        lambda: network().train(X, np.eye(2)[np.zeros(160, int)].T),
        "only class 0 occurs in y_train: give samples of at least two classes",
    ),
    "one answer": (
        lambda: with_output(1, Sigmoid(), CrossEntropy()).train(X, np.ones((1, 160))),
        "all samples of y_train have the same answers",
    ),
    "several classes at once": (
        lambda: network().train(X, np.ones((2, 160))),
        r"y: sample 0, counted from 0, adds up to 2 .* learnt with OutputLayer\(2, Sigmoid\(\), CrossEntropy\(\)\)",
    ),
    "values for a softmax": (
        lambda: network().gradients(X, X),
        r"y: output \d of sample \d is .*cross-entropy compares probabilities.* MeanSquaredError\(\) on Identity\(\)",
    ),
    "values for a sigmoid": (
        lambda: with_output(1, Sigmoid(), CrossEntropy()).evaluate(X, X[:1] + 5),
        "y: output 0 of sample 0 is .*: cross-entropy compares probabilities, from 0 to 1",
    ),
    "a negative seed": (lambda: network(seed=-1), "a network's seed must be an integer of at least 0, got -1"),
    "a seed that is no number": (lambda: network(seed="a"), "seed must be an integer of at least 0, got 'a'"),
    "a broken seed for the order": (
        lambda: Trainer(network(), *PARTS, seed=1.5),
        "seed must be an integer .*, got 1.5",
    ),
    "an unknown type": (lambda: network(dtype="single precision"), "dtype is float32 or float64, got 'single prec"),
    "an architecture that is a number": (lambda: Network.from_architecture(14), "a text such as 14-28x6-4 .*, got 14"),
    "half a replica": (
        lambda: Trainer(network(), *PARTS, replicas=2.5),
        "replicas must be a number or different seeds",
    ),
    "replicas in words": (lambda: Trainer(network(), *PARTS, replicas="3"), "replicas must be .*, got '3'"),
    "half a seed": (
        lambda: Trainer(network(), *PARTS, replicas=(0.5, 1.5)),
        "a seed in replicas must be an integer of at least 0, got 0.5",
    ),
    "no seeds": (lambda: train_replicas(network(), *PARTS, seeds=()), r"seeds must be .* range\(20\), at least one"),
    "a number of seeds": (lambda: train_replicas(network(), *PARTS, seeds=3), r"seeds must be .* range\(20\).*got 3"),
    "a seed twice": (lambda: train_replicas(network(), *PARTS, seeds=(*range(20), 0)), "seeds must be different"),
    "no processes": (
        lambda: train_replicas(network(), *PARTS, seeds=(1, 2), processes=0),
        "processes must be an integer of at least 1, got 0",
    ),
    "class weights by name": (
        lambda: Trainer(network(), *PARTS, class_weights={0: 1, 1: 2}),
        "class_weights must be an array of real numbers",
    ),
    "weights of another shape": (
        lambda: setattr(network().layers[0], "W", np.zeros((3, 3))),
        r"W of Layer\(size=8, .*\) has the shape \(8, 2\), got \(3, 3\)",
    ),
    "weights that are words": (
        lambda: Network.create_from_Ws_and_bs([["a"]], ["b"]),
        "layer 1: W must be an array of real numbers",
    ),
    "a function that is not elementwise": (
        lambda: with_layer(Layer(3, SumOfUnits())).predict(X),
        r"SumOfUnits\(\)\.value\(z\) must give an array of shape \(3, 160\), got \(160,\)",
    ),
    "a derivative that is one number": (
        lambda: with_layer(Layer(3, FlatSlope())).train(X, Y),
        r"FlatSlope\(\)\.der\(z\) must give an array of shape .*, got \(3,\)",
    ),
    "a cost for every output": (
        lambda: with_output(1, Identity(), EveryOutput()).train(X, X[:1]),
        r"EveryOutput\(\)\.per_sample\(y_hat, y\) must give an array of shape \(\d+,\), got \(1, \d+\)",
    ),
    "a gradient that is one number": (
        lambda: with_output(1, Identity(), OneNumber()).train(X, X[:1]),
        r"OneNumber\(\)\.gradient\(y_hat, y\) must give an array of shape \(1, 32\), got \(\)",
    ),
    "a share above 1 for an accuracy": (
        lambda: accuracy_interval(95, 100),
        "accuracy must be .*most 1, got 95",
    ),
    "words to compare": (lambda: paired_interval(["a", "b"], [1, 2]), "a must be an array of real numbers"),
    "metrics of two shapes": (
        lambda: metrics.accuracy(np.zeros((2, 3)), np.zeros((2, 4))),
        r"y_hat and y have one shape, \(outputs, samples\), .* got \(2, 3\) and \(2, 4\)",
    ),
    "the article's accounting of shares": (
        lambda: article_accounting(network(), X, np.full((2, 160), 0.5)),
        "the article's accounting is of one-hot classes",
    ),
    "half a point": (lambda: spirals(100.5), "spirals: samples must be a whole number, got 100.5"),
    "noise in words": (lambda: xor(noise="some"), "xor: a noise of 0 or more was expected, got 'some'"),
    "a share in words": (
        lambda: xor(test_share="half"),
        "test_share: a share between 0 and 1 .*, got 'half'",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_in_a_sentence(mistake):
    make, message = MISTAKES[mistake]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=message):
            make()


UNFINISHED = {
    "train": lambda made: made.train(X, Y),
    "test": lambda made: made.test(X, Y),
    "benchmark": lambda made: made.benchmark(*PARTS),
    "predict": lambda made: made.predict(X),
    "predict what would not fit either": lambda made: made.predict(X.T),
    "gradients": lambda made: made.gradients(X, Y),
    "get_Ws_bs": lambda made: made.get_Ws_bs(),
    "get_dWs_dbs": lambda made: made.get_dWs_dbs(),
    "copy": lambda made: made.copy(),
    "Trainer": lambda made: Trainer(made, *PARTS),
    "FiveSteps": lambda made: FiveSteps(made, X, Y),
    "check_gradients": lambda made: check_gradients(made, X, Y),
    "collapse": collapse,
}


@pytest.mark.parametrize("use", UNFINISHED)
@pytest.mark.parametrize("make", [unfinished, lambda: Network(2)], ids=["one layer", "no layer"])
def test_a_network_without_an_output_layer_says_how_it_gets_one(use, make):
    with pytest.raises(RuntimeError, match=r"network\.output\(\.\.\.\)"):
        UNFINISHED[use](make())


@pytest.mark.parametrize("thing", [10, "relu", Layer, None])
def test_what_is_no_layer_cannot_be_stacked(thing):
    for put in (Network(2).stack, Network(2).output):
        with pytest.raises(TypeError, match=r"made of layers such as Layer\(28\), got"):
            put(thing)


@pytest.mark.parametrize("thing", ["series.csv", None, print])
def test_what_is_no_logger_is_refused(thing):
    with pytest.raises(TypeError, match=r"a logger such as StdoutLogger\(\) is needed"):
        network().with_logger(thing)
    assert network().with_logger(StdoutLogger()) is not None


def test_a_missing_derivative_is_reported_before_the_training():
    with pytest.raises(TypeError, match=r"NoDerivative defines no der\(z\)"):
        with_layer(Layer(3, NoDerivative())).train(X, Y)


def test_what_only_looks_like_a_mistake_is_none():
    shares = np.stack([np.full(160, 0.3), np.full(160, 0.7)])
    network().gradients(X, shares)
    with_output(3, Sigmoid(), CrossEntropy()).train(X, np.stack([X[0] > 0, X[1] > 0, X[0] > X[1]]))
    with_output(1, Identity(), MeanSquaredError()).train(X, np.ones((1, 160)))
    made = network()
    made.layers[0].W, made.layers[0].b = 0, [1] * 8
    assert made.layers[0].b.tolist() == [1] * 8
    assert Trainer(made, *PARTS, replicas=np.int64(3)).seeds == (0, 1, 2)
    assert Trainer(made, *PARTS, replicas=np.arange(2, 4)).seeds == (2, 3)
    assert repr(Network(3)) == "Network('3', name='the network')"
