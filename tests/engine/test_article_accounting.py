"""The article's accounting against the true one, and the identities between the two."""

import numpy as np
import pytest
from sklearn import metrics as peer

from joml import CrossEntropy, MeanSquaredError, Network, OutputLayer, Sigmoid, SoftMax
from joml.analysis.article_accounting import article_accounting
from joml.data.generators.spin_glass import spin_glass_14


@pytest.fixture(scope="module")
def data():
    return spin_glass_14()


@pytest.fixture(scope="module")
def network(data):
    network = Network.from_architecture("14-100-40-4")
    network.train(data.x_train, data.y_train, num_epochs=2)
    return network


def test_both_accountings_are_of_the_same_predictions(network, data):
    accounting = article_accounting(network, data.x_test, data.y_test)
    y_hat = np.float64(network.predict(data.x_test)).T
    truth = data.y_test.argmax(axis=0)
    assert accounting.accuracy == peer.accuracy_score(truth, y_hat.argmax(axis=1))
    assert accounting.cost == pytest.approx(peer.log_loss(truth, y_hat / y_hat.sum(axis=1, keepdims=True)), rel=1e-4)
    predicted = np.eye(4)[y_hat.argmax(axis=1)]
    assert accounting.entrywise_accuracy == (predicted == data.y_test.T).mean()
    assert accounting.swapped_cost == pytest.approx(
        -(y_hat * np.log(data.y_test.T + 1e-8)).sum(axis=1).mean(), rel=1e-5
    )


def test_a_published_figure_tells_the_true_one(network, data):
    accounting = article_accounting(network, data.x_test, data.y_test)
    assert 2 * accounting.entrywise_accuracy - 1 == pytest.approx(accounting.accuracy)
    given = (network.predict(data.x_test) * data.y_test).sum(axis=0, dtype=np.float64).mean()
    assert accounting.swapped_cost == pytest.approx(-np.log(1e-8) * (1 - given), rel=1e-5)
    assert 0.7 < accounting.accuracy < accounting.entrywise_accuracy < 1


@pytest.mark.parametrize("output", [(Sigmoid, CrossEntropy), (SoftMax, MeanSquaredError)], ids=["sigmoid", "squares"])
def test_other_outputs_have_no_such_accounting(data, output):
    activation, cost = output
    network = Network(14)
    network.output(OutputLayer(4, activation(), cost()))
    with pytest.raises(ValueError, match="softmax outputs with cross-entropy"):
        article_accounting(network, data.x_test, data.y_test)
