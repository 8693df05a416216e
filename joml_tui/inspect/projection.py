"""Question: a layer's activations by some samples, projected to the plane of their two principal directions."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml.compiled.evaluation import Part
from joml.statistics import metrics
from joml_tui.inspect.confusion import part_of
from joml_tui.inspect.layer_names import layer_names
from joml_tui.inspect.plane import require_finite_outputs
from joml_tui.inspect.sample_flow import propagated
from joml_tui.inspect.training_context import TrainingContext

_Array = NDArray[np.float64]


class Projection(Struct, frozen=True, tag=True):
    """A request for a layer's activations in the plane.

    Attributes
    ----------
    layer : int
        0 has the inputs; the last one, and any larger number, the outputs.
    part : {"test", "validation", "train"}
    most : int
        Largest number of samples, which are spread over the part.
    """

    layer: int
    part: Part = "test"
    most: int = 500


class ProjectionNow(Struct, frozen=True, tag=True):
    """A layer's activations in the plane of the two directions in which they vary most.

    Attributes
    ----------
    iteration : int
    part : {"test", "validation", "train"}
    parts : tuple of str
        The existing parts.
    layer : int
    titles : tuple of str
        Every layer's size and activation function, the inputs first.
    points : (samples, 2) array
        Around the samples' mean.
    share : float
        The share of the activations' variance that the plane shows; nan where they do not vary.
    samples : int
        Number of samples in the part.
    task : str
        "classes", "multilabel" or "regression".
    names : tuple of str
        Of the classes, or of the output that labels the samples: the first one.
    labels : (samples,) array
        Class of each sample, or its value in the data's units.
    wrong : (samples,) array
        Whether it is misclassified; never for values.
    """

    iteration: int
    part: Part
    parts: tuple[Part, ...]
    layer: int
    titles: tuple[str, ...]
    points: NDArray[np.float32]
    share: float
    samples: int
    task: str
    names: tuple[str, ...]
    labels: _Array
    wrong: NDArray[np.bool_]


def answer(question: Projection, subject: TrainingContext) -> ProjectionNow:
    """Propagate the samples, and project the layer's activations.

    Raises
    ------
    ValueError
        There is no such part of the data, it has no samples, or the network's outputs are not finite.
    """
    data, network = subject.data, subject.network
    x, y = part_of(subject, question.part)
    samples = x.shape[1]
    if not samples:
        raise ValueError(f"these data have no {question.part} samples")
    places = np.unique(np.linspace(0, samples - 1, min(samples, max(2, question.most))).astype(np.intp))
    forward = propagated(network, x[:, places])
    y_hat = network.output_layer.predict(forward.z)
    require_finite_outputs(y_hat)
    layer = min(max(question.layer, 0), len(network.layers))
    activations = (forward.x, *forward.activations, y_hat)[layer]
    points, share = principal_plane(activations.T)
    if data.task == "classes":
        labels, wrong = y[:, places].argmax(axis=0).astype(np.float64), ~metrics.right(y_hat, y[:, places])
    elif data.task == "multilabel":
        labels = (y[0, places] > 0.5).astype(np.float64)
        wrong = metrics.predictions("multilabel", y_hat)[0] != labels
    else:
        labels = subject.in_data_units(y[:, places])[0].astype(np.float64)
        wrong = np.zeros(len(places), np.bool_)
    named = {"classes": data.class_names, "multilabel": (f"not {data.class_names[0]}", data.class_names[0])}
    return ProjectionNow(
        subject.iteration,
        question.part,
        subject.trainer.parts,
        layer,
        (f"{network.input_size} inputs", *layer_names(network)),
        points.astype(np.float32),
        share,
        samples,
        data.task,
        named.get(data.task, data.class_names[:1]),
        labels,
        np.asarray(wrong, np.bool_),
    )


def principal_plane(rows: NDArray[np.floating]) -> tuple[_Array, float]:
    """Return points, (samples, units), in the plane of their two principal directions, and its share of the variance.

    Parameters
    ----------
    rows : ndarray, shape (samples, units)

    Returns
    -------
    points : ndarray of float64, shape (samples, 2)
        Around their mean. The largest entry of each direction is positive.
    share : float
        From 0 to 1; nan where the rows do not vary.
    """
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    # The smaller of the two symmetric matrices has the same eigenvalues.
    if centred.shape[1] <= centred.shape[0]:
        _, directions = np.linalg.eigh(centred.T @ centred)
        directions = directions[:, ::-1][:, :2]
    else:
        _, ends = np.linalg.eigh(centred @ centred.T)
        directions = centred.T @ ends[:, ::-1][:, :2]
        directions /= np.maximum(np.linalg.norm(directions, axis=0), np.finfo(np.float64).tiny)
    directions = np.pad(directions, ((0, 0), (0, 2 - directions.shape[1])))
    largest = np.abs(directions).argmax(axis=0)
    directions *= np.where(directions[largest, [0, 1]] < 0, -1.0, 1.0)
    points = centred @ directions
    total = float(np.square(centred).sum())
    return points, float(np.square(points).sum()) / total if total > 0 else float("nan")


def turned_to(points: NDArray[np.floating], last: NDArray[np.floating]) -> _Array:
    """Return points turned and mirrored in the plane, so that they are as near as possible to the last picture's.

    Parameters
    ----------
    points, last : ndarray, shape (samples, 2)
        The same samples in both.

    Returns
    -------
    ndarray of float64, shape (samples, 2)
    """
    u, _, v = np.linalg.svd(points.astype(np.float64).T @ last.astype(np.float64))
    turned: _Array = points @ (u @ v)
    return turned
