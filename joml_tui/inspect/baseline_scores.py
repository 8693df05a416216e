"""Question: what is reached on the same split without a hidden layer, and without looking at x at all."""

from __future__ import annotations

from msgspec import Struct

from joml import CrossEntropy, MeanSquaredError, OutputLayer, SoftMax
from joml.statistics.baselines import JudgedPart, baselines
from joml_tui.inspect.training_context import TrainingContext


class Baselines(Struct, frozen=True, tag=True):
    """Ask for the constant and the linear baseline; they depend on the data and their split alone.

    Attributes
    ----------
    part : {"test", "validation"}
        On which they are judged.
    """

    part: JudgedPart = "test"


class BaselineScore(Struct, frozen=True):
    """What a baseline reaches on the part that was asked for.

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

    baselines: tuple[BaselineScore, ...]


def answer(question: Baselines, subject: TrainingContext) -> BaselinesReached:
    """Compute both; the network has no part in it but for its cost.

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
    """Whether the network's cost is what the baselines tell: the mean squared error of values, else cross-entropy."""
    if task == "values":
        return isinstance(output.cost_function, MeanSquaredError)
    # Sigmoid outputs sum the cross-entropy of an answer a class, which is another.
    softmax = isinstance(output.activation_function, SoftMax)
    return isinstance(output.cost_function, CrossEntropy) and (task == "answers" or softmax)
