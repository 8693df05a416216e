"""Question: what is reached on the same split without a hidden layer, and without looking at x at all."""

from __future__ import annotations

from msgspec import Struct

from joml import CrossEntropy, MeanSquaredError, OutputLayer, SoftMax
from joml.baselines import baselines
from joml_tui.inside.subject import Subject


class Baselines(Struct, frozen=True, tag=True):
    """Ask for the constant and the linear baseline; they depend on data set and seed alone."""


class Reached(Struct, frozen=True):
    """What a baseline reaches on the test part.

    Attributes
    ----------
    name : str
        Such as "majority class".
    cost : float or None
        None where the network's cost is another than the baseline's, or where it is infinite.
    accuracy : float
        R2 of values.
    """

    name: str
    cost: float | None
    accuracy: float


class BaselinesReached(Struct, frozen=True, tag=True):
    """What both baselines reach."""

    baselines: tuple[Reached, ...]


def answer(question: Baselines, subject: Subject) -> BaselinesReached:
    """Compute both; the network has no part in it but for its cost.

    Raises
    ------
    ValueError
        There is no test part.
    """
    data = subject.data
    if not data.x_test.shape[1]:
        raise ValueError("baselines are told on the test part, and this data set has none")
    same_cost = _has_their_cost(subject.network.output_layer, data.task)
    return BaselinesReached(
        tuple(
            Reached(each.name, each.cost if same_cost and each.cost < float("inf") else None, each.accuracy)
            for each in baselines(data)
        )
    )


def _has_their_cost(output: OutputLayer, task: str) -> bool:
    """Whether the network's cost is what the baselines tell: the mean squared error of values, else cross-entropy."""
    if task == "values":
        return isinstance(output.cost_function, MeanSquaredError)
    # Sigmoid outputs sum the cross-entropy of an answer a class, which is another.
    softmax = isinstance(output.activation_function, SoftMax)
    return isinstance(output.cost_function, CrossEntropy) and (task == "answers" or softmax)
