"""Question: the layers' norms over time, and histograms of their present weights and activations."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Residual
from joml.layers.base_layer import BaseLayer
from joml_tui.inspect.layer_names import layer_names
from joml_tui.inspect.layer_record import LayerSeries
from joml_tui.inspect.training_context import TrainingContext

#: Number of training samples whose activations are counted.
_SAMPLES = 512


class Layers(Struct, frozen=True, tag=True):
    """A request for the layers' record after an iteration, and for histograms of present weights and activations.

    Attributes
    ----------
    after : int
        Only measurements of later iterations are returned.
    bins : int
        Number of bins in each histogram.
    """

    after: int = 0
    bins: int = 24


class LayersNow(Struct, frozen=True, tag=True):
    """The layers' record and histograms.

    Attributes
    ----------
    iteration : int
    series : LayerSeries
    names : tuple of str
        Each layer's name as of `layer_names`, such as "28 relu"; the output layer last.
    parameter_counts : tuple of int
    weight_edges, weight_counts : (layers, bins + 1) and (layers, bins) arrays
        Histogram of each layer's W; of a normalisation and of a layer of your own, of all its parameters. Without
        counts where a layer has none.
    activation_edges, activation_counts : (hidden layers, bins + 1) and (hidden layers, bins) arrays
        Histogram of each hidden layer's a on the first training samples.
    """

    iteration: int
    series: LayerSeries
    names: tuple[str, ...]
    parameter_counts: tuple[int, ...]
    weight_edges: NDArray[np.float32]
    weight_counts: NDArray[np.int64]
    activation_edges: NDArray[np.float32]
    activation_counts: NDArray[np.int64]


def relative_update(now: LayersNow) -> NDArray[np.floating]:
    """Return the norms of the updates as shares of the weights' norms, (measurements, layers)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        relative: NDArray[np.floating] = now.series.update / now.series.weights
    return relative


def idle(now: LayersNow) -> NDArray[np.floating]:
    """Return the shares of dead ReLU units, or of saturated ones, (measurements, hidden layers)."""
    return np.where(np.isnan(now.series.dead), now.series.saturated, now.series.dead)


def answer(question: Layers, subject: TrainingContext) -> LayersNow:
    """Return the record, and histograms of weights and activations."""
    network = subject.network
    x = subject.data.x_train[:, :_SAMPLES]
    forward = network.forward_pass(x.shape[1])
    activations = forward.activations_of(x)
    weights = [_weights(layer) for layer in network.layers]
    weight_counts, weight_edges = _histograms(weights, question.bins)
    activation_counts, activation_edges = _histograms(activations, question.bins)
    return LayersNow(
        subject.trainer.iteration,
        subject.record.series(question.after),
        layer_names(network),
        tuple(place.stop - place.start for place in network.parameters.slices),
        weight_edges,
        weight_counts,
        activation_edges,
        activation_counts,
    )


def _weights(layer: BaseLayer) -> NDArray[np.floating]:
    """Return the weights of a layer as a vector: its W, of a block those of its layers, and all parameters else.

    Biases are left out where there is a W; layers without parameters have none.
    """
    if isinstance(layer, Residual):
        return _joined([_weights(each) for each in layer.layers])
    arrays = {name: values for name, values in layer.named_weights() if name not in layer.state_names}
    return arrays["W"] if "W" in arrays else _joined(list(arrays.values()))


def _joined(arrays: list[NDArray[np.floating]]) -> NDArray[np.floating]:
    return np.concatenate([values.ravel() for values in arrays]) if arrays else np.zeros(0, np.float32)


def _histograms(arrays: list[NDArray[np.floating]], bins: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    counts = np.zeros((len(arrays), bins), np.int64)
    edges = np.zeros((len(arrays), bins + 1), np.float32)
    for place, array in enumerate(arrays):
        finite = array[np.isfinite(array)]
        counts[place], edges[place] = np.histogram(finite, bins)
    return counts, edges
