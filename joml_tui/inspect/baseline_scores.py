"""Question: the scores of baselines on the same split, without hidden layers and without using x."""

from __future__ import annotations

from msgspec import Struct

from joml import CrossEntropy, MeanSquaredError, OutputLayer, SoftMax
from joml.statistics.baselines import JudgedPart, baselines
from joml_tui.inspect.training_context import TrainingContext


class Baselines(Struct, frozen=True, tag=True):
    """A request for the constant and the linear baseline, which depend only on the data and their split.

    Attributes
    ----------
    part : {"test", "validation"}
        The part on which they are judged.
    """

    part: JudgedPart = "test"


class BaselineScore(Struct, frozen=True):
    """The figures of a baseline on the requested part.

    Attributes
    ----------
    name : str
        Such as "majority class".
    cost : float or None
        None if the network has another cost function than the baseline, or if it is infinite.
    accuracy : float
        R2 of values.
    """

    name: str
    cost: float | None
    accuracy: float


class BaselinesReached(Struct, frozen=True, tag=True):
    """The figures of both baselines."""

    baselines: tuple[BaselineScore, ...]


def answer(question: Baselines, subject: TrainingContext) -> BaselinesReached:
    """Return the figures of both baselines; only the network's cost function matters.

    Raises
    ------
    ValueError
        There is no such part.
    """
    data, part = subject.data, question.part
    if not (data.test_size if part == "test" else data.validation_size):
        raise ValueError(f"baselines are judged on the {part} part, and this data set has none")
    same_cost = _has_their_cost(subject.network.output_layer, data.task)
    return BaselinesReached(
        tuple(
            BaselineScore(each.name, each.cost if same_cost and each.cost < float("inf") else None, each.accuracy)
            for each in baselines(data, part)
        )
    )


def _has_their_cost(output: OutputLayer, task: str) -> bool:
    """Return whether the network has the baselines' cost: mean squared error for values, else cross-entropy."""
    if task == "regression":
        return isinstance(output.cost_function, MeanSquaredError)
    # Sigmoid outputs sum a binary cross-entropy over the classes, which is another cost.
    softmax = isinstance(output.activation_function, SoftMax)
    cost = output.cost_function
    return isinstance(cost, CrossEntropy) and not cost.smoothing and (task == "multilabel" or softmax)
