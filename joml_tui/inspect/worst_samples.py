"""Question: the misclassified samples of the highest cost."""

from __future__ import annotations

from math import prod

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.compiled.evaluation import Part, logits
from joml.data.image_shape import ImageShape
from joml.network import Network
from joml.statistics import metrics
from joml_tui.inspect.confusion import features_of, part_of
from joml_tui.inspect.raw_samples import RawSamples, raw_samples
from joml_tui.inspect.training_context import TrainingContext

#: Most features of a sample to send, and most pixels of an image.
_FEATURES, _PIXELS = 1_024, 12_288


class Worst(Struct, frozen=True, tag=True):
    """A request for the misclassified samples of the highest cost.

    Attributes
    ----------
    most : int
        Largest number of samples.
    part : {"test", "validation", "train"}
    cell : tuple of two int, optional
        A true and a predicted class, from 0, to take the samples of this cell of the confusion matrix instead, also
        right ones.
    """

    most: int = 20
    part: Part = "test"
    cell: tuple[int, int] | None = None


class WorstNow(Struct, frozen=True, tag=True):
    """The misclassified samples by falling cost; for values the samples of the highest cost.

    Attributes
    ----------
    iteration : int
    task : str
        "classes", "multilabel" or "regression".
    wrong, samples : int
        Numbers of misclassified samples, or of those in the cell, and of all samples; for values all count as wrong.
    features, outputs : tuple of str
        Names; features beyond the first 1,024, and images of more than 12,288 numbers, are cut, and so are the values.
    indices : (found,) array
        Places of the samples in their part.
    x : (found, features) array
    y, y_hat : (found, outputs) arrays
        Values in the data's units.
    figures : (found,) array
        The cost of each sample; of one value the size of its error, in the data's units.
    low, high : float
        The smallest and the largest feature in the whole part, as limits for drawing images.
    parts : tuple of str
        Which parts there are.
    raw : RawSamples or None
        The samples as in their file; None for data that are not from a file.
    figure : str
        The name of the figures: "error" for one value, else "cost" or "standardised cost".
    image_shape : tuple of int, or None
        Channels, height and width of samples that are images, where they are recorded.
    cell : tuple of two int, or None
        The cell of the confusion matrix whose samples these are.
    """

    iteration: int
    task: str
    wrong: int
    samples: int
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    indices: NDArray[np.int64]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    y_hat: NDArray[np.float32]
    figures: NDArray[np.float64]
    low: float
    high: float
    parts: tuple[Part, ...] = ("train", "test")
    raw: RawSamples | None = None
    figure: str = "cost"
    image_shape: ImageShape | None = None
    cell: tuple[int, int] | None = None


def answer(question: Worst, subject: TrainingContext) -> WorstNow:
    """Return the wrong samples, or those of a cell of the confusion matrix, of the highest cost.

    Raises
    ------
    ValueError
        A cell is asked for, and the task has no classes.
    """
    data, network = subject.data, subject.network
    x, y = part_of(subject, question.part)
    y_hat, costs = _outcome(network, x, y)
    if question.cell is not None:
        if data.task != "classes":
            raise ValueError("only a task with classes has a confusion matrix with cells to look into")
        true, predicted = question.cell
        wrong = (y.argmax(axis=0) == true) & (y_hat.argmax(axis=0) == predicted) & np.isfinite(y_hat).all(axis=0)
    elif data.task == "classes":
        wrong = ~metrics.right(y_hat, y)
    elif data.task == "multilabel":
        wrong = (metrics.predictions("multilabel", y_hat) != (y > 0.5)).any(axis=0)
    else:
        wrong = np.ones(len(costs), bool)
    places = np.flatnonzero(wrong)
    ranked = np.where(np.isnan(costs), np.inf, costs)  # a cost that is not a number counts as the worst
    chosen = places[np.argsort(-ranked[places], kind="stable")[: question.most]]
    features = features_of(subject, question.part)
    shape = data.plain.image_shape
    most = _FEATURES if shape is None or prod(shape) > _PIXELS else _PIXELS
    shown, shown_as = slice(0, most), subject.in_data_units if data.task == "regression" else np.asarray
    targets, outputs = shown_as(y[:, chosen]), shown_as(y_hat[:, chosen])
    figure, figures = subject.cost_name, costs[chosen]
    if data.task == "regression" and len(y) == 1:
        figure, figures = "error", np.abs(outputs[0].astype(np.float64) - targets[0])
    return WorstNow(
        subject.iteration,
        data.task,
        len(places),
        y.shape[1],
        data.plain.feature_names[shown],
        data.class_names,
        chosen.astype(np.int64),
        features[shown, chosen].T.astype(np.float32),
        targets.T.astype(np.float32),
        outputs.T.astype(np.float32),
        figures,
        float(features.min()),
        float(features.max()),
        subject.trainer.parts,
        raw_samples(subject, question.part, chosen),
        figure,
        shape,
        question.cell,
    )


def _outcome(
    network: Network, x: NDArray[np.float32], y: NDArray[np.float32]
) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
    """Return y_hat, (outputs, samples), and each sample's cost."""
    output, samples = network.output_layer, x.shape[1]
    y_hat, costs = np.empty((output.size, samples), network.dtype), np.empty(samples)
    with np.errstate(all="ignore"):
        for z, part in logits(network.forward_pass, x):
            y_hat[:, part] = output.predict(z)
            costs[part] = output.costs(z, y[:, part])
    return y_hat, costs
