"""The default network, training and split of a data file, for experiments that leave all of it out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from typing import cast

from msgspec import structs

from joml.data.dataset_error import DatasetError
from joml.data.image_shape import ImageShape
from joml.wording import counted
from joml_tui.experiment.data_parts import part_sizes_of
from joml_tui.experiment.dataset_specs import path_fields
from joml_tui.experiment.experiment import DEFAULT_BATCH_SIZE, Experiment, architecture_of
from joml_tui.experiment.layer_specs import LAYER_SPECS, HiddenLayer, LayerSpec
from joml_tui.experiment.loading import shape_of
from joml_tui.experiment.optimizer_specs import OptimizerSpec
from joml_tui.experiment.specs import name_of, spec_named

#: The settings of an experiment that `usual_training` decides; naming one of them decides all of them by hand.
DECIDED = ("layers", "optimizer", "epochs", "batch_size")

_LEARNING_RATE = 0.003
#: Weight decay is this number times the features per sample, between a least and a greatest one; it is divided by the
#: outputs over a few, if there are more.
_DECAY, _LEAST_DECAY, _GREATEST_DECAY, _FEW_OUTPUTS = 60.0, 0.01, 3.0, 3
#: Epochs are as many as see this number of samples, rounded down to one of these.
_SAMPLES_SEEN = 50_000
_EPOCHS = (10, 20, 30, 50, 100, 200, 300)
#: From a number of samples on: the size of a mini-batch, and the least number of epochs.
_LARGE, _VERY_LARGE = 10_000, 100_000
_BATCH_OF_LARGE, _BATCH_OF_VERY_LARGE = 128, 512
_LEAST_EPOCHS = 20
#: From a number of features on, the first layer is twice as large, and from another one four times.
_MANY_FEATURES, _VERY_MANY_FEATURES = 100, 500
_SIZE, _LARGEST_OF_OUTPUTS = 64, 256
#: The least side of an image for convolutions, and the side down to which pooling halves it, so many times at most.
_LEAST_SIDE, _SMALLEST_SIDE, _MOST_POOLINGS = 8, 4, 4
#: Channels of the first convolution, and of a single one; each further one has twice as many.
_CHANNELS, _CHANNELS_OF_ONE = 8, 16
#: An epoch of convolutions takes about as long as three of a fully connected network.
_EPOCHS_A_CONVOLUTION, _LEAST_EPOCHS_OF_CONVOLUTIONS = 3, 5


@dataclass(frozen=True, slots=True)
class Training:
    """The network and training that `usual_training` chooses.

    Attributes
    ----------
    layers : tuple of HiddenLayer
        The hidden layers.
    optimizer : OptimizerSpec
    epochs : int
    batch_size : int
    """

    layers: tuple[HiddenLayer, ...]
    optimizer: OptimizerSpec
    epochs: int
    batch_size: int


def usual_training(features: int, outputs: int, samples: int, image_shape: ImageShape | None = None) -> Training:
    """Return a network and a training that suit the sizes of the data.

    Two hidden layers of ReLU units, the second half as large as the first; both grow with the number of features or
    samples, and the second with the number of outputs. AdamW with a rate that falls along a cosine to 0; the more
    features there are per sample and the fewer outputs, the larger its weight decay, which keeps a network from
    learning a small table by heart. Small tables take many epochs, large ones larger mini-batches.

    Images have convolutions and poolings before one layer that is fully connected, little weight decay, and a third of
    the epochs, which takes about as long.

    Parameters
    ----------
    features, outputs : int
        Numbers of features, and of classes, answers or values.
    samples : int
        Number of training samples.
    image_shape : tuple of int, optional
        Channels, height and width of samples that are images; those with a side below 8 are taken for tables.

    Returns
    -------
    Training
    """
    first = _SIZE
    if features >= _MANY_FEATURES or samples >= _LARGE:
        first = 2 * _SIZE
    if features >= _VERY_MANY_FEATURES:
        first = 4 * _SIZE
    second = max(first // 2, min(outputs, _LARGEST_OF_OUTPUTS))
    least = _EPOCHS[0] if samples >= _VERY_LARGE else _LEAST_EPOCHS
    epochs = max(number for number in _EPOCHS if number == least or least < number <= _SAMPLES_SEEN / samples)
    batch_size = DEFAULT_BATCH_SIZE
    if samples >= _LARGE:
        batch_size = _BATCH_OF_VERY_LARGE if samples >= _VERY_LARGE else _BATCH_OF_LARGE
    if image_shape is not None and min(image_shape[1:]) >= _LEAST_SIDE:
        epochs = max(epochs // _EPOCHS_A_CONVOLUTION, _LEAST_EPOCHS_OF_CONVOLUTIONS)
        layers = (*_convolutions(min(image_shape[1:])), LayerSpec(_SIZE))
        return Training(layers, _adamw(_LEAST_DECAY), epochs, batch_size)
    wanted = _DECAY * features / samples / max(1, outputs / _FEW_OUTPUTS)
    decay = float(f"{min(_GREATEST_DECAY, max(_LEAST_DECAY, wanted)):.1g}")
    return Training((LayerSpec(first), LayerSpec(second)), _adamw(decay), epochs, batch_size)


def _convolutions(side: int) -> tuple[HiddenLayer, ...]:
    """Return convolutions of 3 x 3 pixels, each with a pooling that halves the image, for this smaller side."""
    poolings = 1
    while poolings < _MOST_POOLINGS and side >> (poolings + 1) >= _SMALLEST_SIDE:
        poolings += 1
    channels = _CHANNELS_OF_ONE if poolings == 1 else _CHANNELS
    convolution, pooling = LAYER_SPECS["convolution"], LAYER_SPECS["max-pooling"]
    pairs = (
        (convolution(channels=channels << place, kernel=3, padding=1), pooling(kernel=2)) for place in range(poolings)
    )
    return tuple(chain.from_iterable(pairs))


def with_usual_training(
    experiment: Experiment, written: Collection[str], of_dataset: Collection[str] = ()
) -> tuple[Experiment, bool]:
    """Return the experiment with the default training and split of its data file, and whether these were chosen.

    Parts have the same shares of the classes, unless the experiment has a split of its own. The experiment is returned
    unchanged if it decides a part of its training by hand, if its data are not read from a file, or if the file or the
    split cannot be used, which `problems` reports.

    Parameters
    ----------
    experiment : Experiment
    written : collection of str
        The settings that its file has.
    of_dataset : collection of str, optional
        The settings of the data set that its file has; values to predict are scaled unless `standardize_y` is one.

    Returns
    -------
    experiment : Experiment
    is_chosen : bool
    """
    dataset = experiment.dataset
    if any(name in written for name in DECIDED) or not path_fields(dataset):
        return experiment, False
    try:
        shape = shape_of(dataset)
        samples = part_sizes_of(experiment, shape).train
    except DatasetError:
        return experiment, False
    # Values are not measured, and terms of features are no pixels.
    are_images = shape.task == "classes" and not experiment.features
    image_shape = shape.image_shape if are_images else None
    training = usual_training(shape.input_size, shape.output_size, samples, image_shape)
    scales_y = shape.task == "regression" and "standardize_y" in dataset.__struct_fields__
    if scales_y and "standardize_y" not in of_dataset:
        dataset = structs.replace(dataset, standardize_y=True)
    # Of a rare class, a random test part may have no sample at all.
    is_stratified = shape.task == "classes" and shape.test_samples is None and "split" not in written
    chosen = structs.replace(
        experiment,
        dataset=dataset,
        split=structs.replace(experiment.split, stratified=True) if is_stratified else experiment.split,
        layers=training.layers,
        optimizer=training.optimizer,
        epochs=training.epochs,
        batch_size=training.batch_size,
    )
    return chosen, True


def _adamw(decay: float) -> OptimizerSpec:
    spec = spec_named("AdamwSpec")
    assert spec is not None
    return cast(OptimizerSpec, spec(learning_rate=_LEARNING_RATE, weight_decay=decay, schedule="cosine"))


def describe_training(experiment: Experiment) -> str:
    """Return network, optimizer, epochs, mini-batches and a stratified split of an experiment as a phrase."""
    optimizer = experiment.optimizer
    decay = getattr(optimizer, "weight_decay", 0.0)
    schedule = name_of(optimizer.schedule)
    settings = [f"learning rate {optimizer.learning_rate:g}"]
    settings += [f"weight decay {decay:g}"] if decay else []
    settings += [f"a {schedule} schedule"] if schedule != "constant" else []
    batches = "all samples at once" if experiment.batch_size == "all" else f"mini-batches of {experiment.batch_size:,}"
    trained = f"{name_of(optimizer)} with {' and '.join(filter(None, (', '.join(settings[:-1]), settings[-1])))}"
    epochs = counted(experiment.epochs, "epoch")
    parts = "; each class has its share of every part" if experiment.split.stratified else ""
    return f"network {architecture_of(experiment)}, {trained}, {epochs} of {batches}{parts}"
