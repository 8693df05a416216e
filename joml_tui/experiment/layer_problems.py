"""Problems of layers of other kinds than fully connected: wrong settings, and layers that do not follow each other."""

from __future__ import annotations

from collections.abc import Iterator

from joml import Network
from joml.architecture import MAX_SIZE
from joml.layers.base_layer import features_of, shape_text
from joml.layers.layer_stack import LayerStack
from joml_tui.experiment.category_layers import asks_for_columns
from joml_tui.experiment.experiment import (
    Experiment,
    architecture_of,
    batch_size_of,
    has_layers_of_kinds,
    input_shape_of,
    input_size_of,
    with_columns_of_data,
)
from joml_tui.experiment.layer_parts import build_layer
from joml_tui.experiment.layer_specs import HiddenLayer, ResidualSpec
from joml_tui.experiment.loading import DatasetShape
from joml_tui.experiment.own_parts import OwnPartError
from joml_tui.experiment.problem import Problem

#: With a mini-batch of 32, the outputs of a layer of this many numbers take 134 MB of memory.
_MOST_NUMBERS = 1_048_576
#: Outputs of all layers and their gradients, for the samples that are computed at once: 8.6 GB in single precision.
_MOST_IN_BATCH = 2**31
#: Samples of a mini-batch that are computed at once, at most, unless a layer joins them.
_AT_ONCE = 4_096


def layer_problems(experiment: Experiment, shape: DatasetShape) -> list[Problem]:
    """Return the problems of an experiment's hidden layers and of their order.

    Parameters
    ----------
    experiment : Experiment
    shape : DatasetShape
        Of its data set.

    Returns
    -------
    list of Problem
        Empty for fully connected layers alone.
    """
    return list(_problems(experiment, shape)) if has_layers_of_kinds(experiment) else []


def mini_batch_problems(experiment: Experiment, train_size: int) -> list[Problem]:
    """Return the problem of a mini-batch that is too small for a layer, or too large for its layers' outputs.

    Parameters
    ----------
    experiment : Experiment
        Its layers follow each other.
    train_size : int
        Number of training samples.

    Returns
    -------
    list of Problem
        Empty for fully connected layers alone.
    """
    if not has_layers_of_kinds(experiment):
        return []
    try:
        stack = architecture_of(experiment)
    except ValueError:  # a problem of its layer
        return []
    assert isinstance(stack, LayerStack)
    size = batch_size_of(experiment, train_size)
    last = train_size % size or size
    for place, (layer, before) in enumerate(zip(stack.layers, stack.shapes, strict=False), start=1):
        needed = layer.least_samples(before)
        if last < needed:
            message = (
                f"layer {place}, {layer.notation}, needs at least {needed} samples in a mini-batch to train, and the "
                f"last one of an epoch of {train_size:,} has {last}: choose another size than {size:,}"
            )
            return [Problem("batch_size", message)]
    together = any(layer.joins_samples for layer in stack.layers)
    numbers = 2 * sum(map(features_of, stack.shapes)) * (size if together else min(size, _AT_ONCE))
    if numbers > _MOST_IN_BATCH:
        message = (
            f"the outputs of the layers and their gradients would take {4 * numbers / 1e9:.1f} GB for {size:,} "
            f"samples: at most {4 * _MOST_IN_BATCH / 1e9:.1f} GB are allowed; choose fewer samples, or smaller layers"
        )
        return [Problem("batch_size", message)]
    return []


def _problems(experiment: Experiment, shape: DatasetShape) -> Iterator[Problem]:
    nested = [
        problem
        for place, layer in enumerate(experiment.layers)
        for problem in _inner_optimizers(layer, f"layers[{place}]")
    ]
    yield from nested
    are_made = True
    for place, layer in enumerate(experiment.layers):
        try:
            build_layer(layer)
        except ValueError as error:
            are_made = False
            if not isinstance(error, OwnPartError):  # those are looked for in all parts
                yield Problem(f"layers[{place}]", str(error))
    if not are_made or nested:
        return
    try:
        placed = with_columns_of_data(experiment, shape.category_columns)
    except ValueError as error:
        place = next(place for place, layer in enumerate(experiment.layers) if asks_for_columns([layer]))
        yield Problem(f"layers[{place}]", str(error))
        return
    yield from _order_problems(placed, shape)


def _inner_optimizers(layer: HiddenLayer, where: str) -> Iterator[Problem]:
    """Yield the optimizers of layers inside a block, and inside blocks in it."""
    for place, each in enumerate(layer.layers if isinstance(layer, ResidualSpec) else ()):
        inside = f"{where}.layers[{place}]"
        if getattr(each, "optimizer", None) is not None:
            yield Problem(f"{inside}.optimizer", "a residual block has one optimizer: give it to the block")
        yield from _inner_optimizers(each, inside)


def _order_problems(experiment: Experiment, shape: DatasetShape) -> Iterator[Problem]:
    """Yield the first layer that cannot follow what comes before it."""
    inputs = input_shape_of(experiment, input_size_of(experiment, shape))
    network = Network(inputs)
    for place, chosen in enumerate(experiment.layers):
        layer, field = build_layer(chosen), f"layers[{place}]"
        if layer.of_images and len(inputs) == 1 and len(network.shapes[-1]) == 1 and not _was_image(network):
            yield Problem(field, _no_images(experiment, layer.notation, inputs))
            return
        try:
            network.stack(layer)
        except ValueError as error:
            yield Problem(field, str(error).replace(repr(layer), layer.notation))
            return
        after = network.shapes[-1]
        if features_of(after) > _MOST_NUMBERS or any(size > MAX_SIZE for size in after):
            message = f"{shape_text(after)} numbers of a sample after it are more than the {_MOST_NUMBERS:,} allowed"
            yield Problem(field, message)
            return


def _was_image(network: Network) -> bool:
    """Return whether a sample has been an image somewhere in the network."""
    return any(len(shape) == 3 for shape in network.shapes)


def _no_images(experiment: Experiment, notation: str, inputs: tuple[int, ...]) -> str:
    if experiment.features:
        return f"{notation} needs images, and terms of the features are none: leave the features out"
    return (
        f"{notation} needs images, and the data set does not say that its {inputs[0]:,} features are some: write their "
        "channels, height and width, such as input_shape: [1, 28, 28], or --network 1@28x28-c8k5-10"
    )
