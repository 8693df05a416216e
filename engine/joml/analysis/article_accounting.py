"""The article's accounting: the figures of its table for a network, beside the true accuracy and cost."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from joml.activations import SoftMax
from joml.cost import CrossEntropy
from joml.network import Network
from joml.statistics.metrics import entrywise_accuracy, swapped_cost
from joml.task import task_of


@dataclass(frozen=True, slots=True)
class ArticleAccounting:
    """One network's figures in both accountings.

    Attributes
    ----------
    accuracy : float
        The share of samples classified correctly.
    entrywise_accuracy : float
        The article's: the share of equal entries of the predicted and the true one-hot matrices.
    cost : float
        The mean cross-entropy in nats.
    swapped_cost : float
        The article's: with the logarithm of y in place of the logarithm of y_hat.
    """

    accuracy: float
    entrywise_accuracy: float
    cost: float
    swapped_cost: float


def article_accounting(network: Network, x: ArrayLike, y: ArrayLike) -> ArticleAccounting:
    """Compute the figures of the article's table for a network, and the true ones.

    Parameters
    ----------
    network : Network
        With a softmax output trained on cross-entropy, like the article's networks.
    x : (features, samples) array
    y : (classes, samples) array
        One-hot classes.

    Returns
    -------
    ArticleAccounting
        ``joml.statistics.metrics`` explains the article's two measures and how they follow from the true ones.

    Raises
    ------
    ValueError
        The network's sizes do not fit x and y, its output is not a softmax with cross-entropy, labels are smoothed, or
        y is not one-hot.
    """
    inputs, classes = network.checked(x, y)
    output = network.output_layer
    if not (isinstance(output.activation_function, SoftMax) and isinstance(output.cost_function, CrossEntropy)):
        raise ValueError(
            "the article's accounting is of softmax outputs with cross-entropy: "
            f"{network.name} has {output.activation_function!r} with {output.cost_function!r}"
        )
    if output.cost_function.smoothing:
        raise ValueError(
            f"the article's accounting is of cross-entropy without smoothed labels: {network.name} has "
            f"{output.cost_function!r}"
        )
    if task_of(classes) != "classes":
        raise ValueError("the article's accounting is of one-hot classes: y has columns that are not one-hot")
    y_hat, evaluation = network.predict(inputs), network.evaluate(inputs, classes, "classes")
    return ArticleAccounting(
        accuracy=evaluation.accuracy,
        entrywise_accuracy=entrywise_accuracy(y_hat, classes),
        cost=evaluation.cost,
        swapped_cost=swapped_cost(y_hat, classes),
    )
