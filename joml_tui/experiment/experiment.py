"""Experiments: complete descriptions of runs, typed and immutable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

from msgspec import Meta, Struct, structs

from joml.declaration import Kind
from joml_tui.experiment.category_layers import asks_for_columns, with_places
from joml_tui.experiment.dataset_specs import DatasetSpec, SplitSpec
from joml_tui.experiment.layer_parts import build_layer, layer_spec, own_choices, stack_of
from joml_tui.experiment.layer_specs import HiddenLayer, LayerSpec, OutputSpec, Size
from joml_tui.experiment.loading import DatasetShape, shape_of
from joml_tui.experiment.metric_specs import MetricSpec, with_awaited
from joml_tui.experiment.optimizer_specs import DEFAULT_OPTIMIZER, OptimizerSpec
from joml_tui.experiment.own_parts import reference_of

if TYPE_CHECKING:  # the engine imports numpy, which is not needed to read and write experiments
    from joml.architecture import Architecture
    from joml.data.category_columns import CategoryColumn
    from joml.layers.base_layer import BaseLayer
    from joml.layers.layer_stack import LayerStack


StructT = TypeVar("StructT", bound=Struct)

#: The network's inputs as terms of the features, such as "x1^2"; empty for the features themselves.
Terms = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=1_000)], ...], Meta(max_length=256)]

#: Default number of samples in a mini-batch.
DEFAULT_BATCH_SIZE = 32


class EarlyStoppingSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """Stop after ``patience`` checks without a cost lower by more than ``least_improvement``.

    The cost is on the validation part, or on the test part if there is no validation part. ``metric`` names a metric to
    use instead.
    """

    patience: Annotated[int, Meta(ge=1, le=1_000_000)] = 5
    least_improvement: Annotated[float, Meta(ge=0, le=1e30)] = 0.0
    restore_best: bool = True
    metric: Annotated[str, Meta(min_length=1)] = "cost"


class AugmentSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """Random changes of the training samples in every mini-batch.

    Images are shifted by up to ``shift`` pixels and rotated by up to ``rotate`` degrees; ``noise`` is the standard
    deviation of what is added to every feature.
    """

    shift: Annotated[int, Meta(ge=0, le=1_000)] = 0
    rotate: Annotated[float, Meta(ge=0, le=180)] = 0.0
    noise: Annotated[float, Meta(ge=0, le=1e30)] = 0.0


ClassWeights = (
    Literal["none", "balanced"]
    | Annotated[tuple[Annotated[float, Meta(gt=0, le=1e30)], ...], Meta(min_length=2, max_length=1_000)]
)


class Experiment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a run; two runs of equal experiments are equal bit for bit.

    ``split`` divides the samples into training, validation and test parts.
    ``features`` are the network's inputs, computed from those of the data set, such as ``x1^2``, ``x1*x2`` or
    ``sin(x1)``; by default the data set's features themselves.
    ``label_noise`` is the share of the training samples that get a wrong class. ``augment`` changes them at random.
    ``input_size`` and ``output.size`` are optional: by default the data set decides them.
    ``input_shape`` is the shape of images (channels, height, width), for layers of images, where the data set does not
    have one.
    ``batch_size`` is a number of samples or ``"all"``; the default is 32, or all samples if there are fewer.
    ``accumulate`` is the number of mini-batches whose mean gradient makes one update. ``average`` is the share that a
    moving average of the weights, which is judged and kept in their place, keeps of itself at an update; 0 is none.
    ``test_every`` is ``"epoch"`` or a number of iterations.
    ``metrics`` are measured beside cost and score at every check and at the end.
    ``class_weights`` are ``"none"``, ``"balanced"`` or one number per class. ``replicas`` is the number of networks
    trained side by side on the same split, from consecutive seeds starting with ``seed``; the run's figures are their
    mean and spread.
    """

    version: Literal[1] = 1
    name: str = ""
    dataset: DatasetSpec
    split: SplitSpec = SplitSpec()
    features: Terms = ()
    label_noise: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    augment: AugmentSpec | None = None
    input_size: Size | None = None
    input_shape: Annotated[tuple[Size, ...], Meta(min_length=3, max_length=3)] | None = None
    layers: Annotated[tuple[HiddenLayer, ...], Meta(max_length=1_000)] = ()
    output: OutputSpec = OutputSpec()
    optimizer: OptimizerSpec = DEFAULT_OPTIMIZER
    epochs: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    batch_size: Literal["all"] | Annotated[int, Meta(ge=1, le=1_000_000)] = DEFAULT_BATCH_SIZE
    accumulate: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    average: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    test_every: Literal["epoch"] | Annotated[int, Meta(ge=1)] = "epoch"
    class_weights: ClassWeights = "none"
    metrics: Annotated[tuple[MetricSpec, ...], Meta(max_length=16)] = ()
    early_stopping: EarlyStoppingSpec | None = None
    replicas: Annotated[int, Meta(ge=1, le=64)] = 1


def metrics_of(experiment: Experiment) -> tuple[MetricSpec, ...]:
    """Return the metrics to measure, including the one that early stopping uses."""
    stopping = experiment.early_stopping
    return with_awaited(experiment.metrics, "cost" if stopping is None else stopping.metric)


def map_own_parts(part: StructT, change: Callable[[str], str]) -> StructT:
    """Return an experiment, or a part of one, with ``change`` applied to references to custom parts."""
    return cast(StructT, _map_own(part, change))


def own_parts_of(part: Struct, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Struct]]:
    """Yield the custom parts of an experiment with their paths."""
    for field in part.__struct_fields__:
        value = getattr(part, field)
        children = enumerate(value) if isinstance(value, tuple) else [(None, value)]
        for place, child in children:
            here = (*path, field) if place is None else (*path, field, place)
            if isinstance(child, Struct):
                if reference_of(child) is not None:
                    yield here, child
                yield from own_parts_of(child, here)


def kind_at(path: tuple[str | int, ...]) -> Kind:
    """Return the kind of part that an experiment chooses at a path."""
    # The field has the name of the kind, or its plural if it takes several.
    named = path[-2] if isinstance(path[-1], int) else path[-1]
    return cast(Kind, str(named).removesuffix("s") if named in ("metrics", "layers") else named)


def _map_own(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, tuple):
        changed = tuple(_map_own(each, change) for each in value)
        return value if all(new is old for new, old in zip(changed, value, strict=True)) else changed
    if not isinstance(value, Struct):
        return value
    parts = {name: _map_own(getattr(value, name), change) for name in value.__struct_fields__}
    if (reference := reference_of(value)) is not None:
        parts["own"] = change(reference)
    different = {name: part for name, part in parts.items() if part is not getattr(value, name)}
    return structs.replace(value, **different) if different else value


def architecture_of(experiment: Experiment) -> Architecture | LayerStack:
    """Return the network's sizes, or its layers; sizes that the experiment does not set come from the data set.

    Raises
    ------
    joml.data.dataset.DatasetError
        A size is not set, and the file that decides it cannot be used.
    ValueError
        A layer has a wrong setting, or cannot follow the one before it.
    """
    from joml.architecture import Architecture  # noqa: PLC0415

    experiment = with_columns_of_data(experiment)
    input_size, output_size = experiment.input_size, experiment.output.size
    if input_size is None and experiment.features:
        input_size = len(experiment.features)
    if input_size is None or output_size is None:
        shape = shape_of(experiment.dataset)
        input_size = shape.input_size if input_size is None else input_size
        output_size = shape.output_size if output_size is None else output_size
    if has_layers_of_kinds(experiment):
        return stack_of(experiment.layers, input_shape_of(experiment, input_size), output_size)
    return Architecture(input_size, sizes_of(experiment.layers), output_size)


def with_columns_of_data(experiment: Experiment, columns: Sequence[CategoryColumn] | None = None) -> Experiment:
    """Return the experiment with the places of the columns of categories that embeddings of the data set have.

    Parameters
    ----------
    experiment : Experiment
    columns : sequence of CategoryColumn, optional
        Those of its data set; by default the data set is read if a layer asks for them.

    Returns
    -------
    Experiment

    Raises
    ------
    joml.data.dataset.DatasetError
        The file cannot be used.
    ValueError
        The data set has no such column, or the layer cannot follow its features.
    """
    if not asks_for_columns(experiment.layers):
        return experiment
    if columns is None:
        columns = shape_of(experiment.dataset).category_columns
    layers = with_places(experiment.layers, columns, of_terms=bool(experiment.features))
    return structs.replace(experiment, layers=layers)


def has_layers_of_kinds(experiment: Experiment) -> bool:
    """Return whether an experiment's network has other layers than fully connected ones, or images as its inputs."""
    return experiment.input_shape is not None or not all(isinstance(layer, LayerSpec) for layer in experiment.layers)


def sizes_of(layers: tuple[HiddenLayer, ...]) -> tuple[int, ...]:
    """Return the sizes of the layers that are fully connected."""
    return tuple(layer.size for layer in layers if isinstance(layer, LayerSpec))


def input_shape_of(experiment: Experiment, input_size: int) -> tuple[int, ...]:
    """Return the shape of a sample for an experiment's network: of an image if a layer asks for images.

    Parameters
    ----------
    experiment : Experiment
    input_size : int
        Its number of inputs.

    Returns
    -------
    tuple of int
        (channels, height, width) from the experiment or its data set, or (features,).
    """
    if experiment.input_shape is not None:
        return experiment.input_shape
    if not _asks_for_images(experiment):
        return (input_size,)
    return shape_of(experiment.dataset).image_shape or (input_size,)


def _asks_for_images(experiment: Experiment) -> bool:
    return not experiment.features and any(build_layer(layer).of_images for layer in experiment.layers)


def with_sizes_of_data(experiment: Experiment, inputs: tuple[int, ...], output_size: int) -> Experiment:
    """Return the experiment with the sizes of its data set, which is then not read for its network.

    Parameters
    ----------
    experiment : Experiment
    inputs : tuple of int
        The shape of a sample.
    output_size : int

    Returns
    -------
    Experiment
    """
    images = len(inputs) == 3 and _asks_for_images(experiment)
    return structs.replace(
        experiment,
        input_size=prod(inputs),
        input_shape=inputs if images and experiment.input_shape is None else experiment.input_shape,
        output=structs.replace(experiment.output, size=output_size),
    )


def input_size_of(experiment: Experiment, shape: DatasetShape) -> int:
    """Return the number of inputs that an experiment's network needs for its data: of terms, or of features.

    Parameters
    ----------
    experiment : Experiment
    shape : DatasetShape
        Of its data set.

    Returns
    -------
    int
    """
    return len(experiment.features) or shape.input_size


def one_line_name(experiment: Experiment) -> str:
    """Return an experiment's name as one line, without surrounding space, as its runs are named."""
    return " ".join(experiment.name.split())


def with_architecture(experiment: Experiment, architecture: Architecture | LayerStack) -> Experiment:
    """Return the experiment with another network.

    A hidden layer keeps the other settings of the layer at its place, if that is of the same kind; additional layers
    are plain ReLU layers.
    """
    from joml.architecture import Architecture  # noqa: PLC0415

    if isinstance(architecture, Architecture):
        layers = with_sizes(experiment.layers, architecture.hidden_sizes)
        size: int | None = architecture.input_size
        shape = None
    else:
        layers = with_layers(experiment.layers, architecture.layers)
        images = len(architecture.input_shape) == 3
        size = None if images else architecture.input_size
        shape = architecture.input_shape if images else None
    return structs.replace(
        experiment,
        input_size=size,
        input_shape=shape,
        layers=layers,
        output=structs.replace(experiment.output, size=architecture.output_size),
    )


def with_sizes(layers: tuple[HiddenLayer, ...], sizes: tuple[int, ...]) -> tuple[HiddenLayer, ...]:
    """Return fully connected layers of these sizes, which keep the settings of those at their places."""
    present = [each if isinstance(each, LayerSpec) else LayerSpec(1) for each in layers[: len(sizes)]]
    present += [LayerSpec(1)] * (len(sizes) - len(present))
    return tuple(structs.replace(layer, size=size) for layer, size in zip(present, sizes, strict=True))


def with_layers(layers: tuple[HiddenLayer, ...], others: tuple[BaseLayer, ...]) -> tuple[HiddenLayer, ...]:
    """Return the layers that a notation names; they keep settings that it lacks of those of their kind in place."""
    present = [*layers[: len(others)], *[None] * (len(others) - len(layers))]
    own = own_choices(layers)
    return tuple(layer_spec(other, layer, own) for other, layer in zip(others, present, strict=True))


def batch_size_of(experiment: Experiment, train_size: int) -> int:
    """Return the number of samples in a mini-batch; the default is at most the number of training samples."""
    if experiment.batch_size == "all":
        return train_size
    return min(DEFAULT_BATCH_SIZE, train_size) if experiment.batch_size == DEFAULT_BATCH_SIZE else experiment.batch_size


def iterations_per_epoch(batch_size: int | Literal["all"], train_size: int) -> int:
    """Return the number of mini-batches in an epoch of ``train_size`` samples."""
    return 1 if batch_size == "all" else -(-train_size // batch_size)
