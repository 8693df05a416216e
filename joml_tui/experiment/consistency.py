"""Problems that keep an experiment from running: invalid entries, and settings that do not fit together."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from joml.declaration import Kind, parts_of
from joml.layers.layer_stack import input_text
from joml.task import TARGETS, Task
from joml_tui.decoding import find_faults, format_path, suggest
from joml_tui.experiment.data_parts import describe_test_share_conflict, part_sizes_of
from joml_tui.experiment.dataset_specs import DatasetSpec, path_fields
from joml_tui.experiment.experiment import (
    Experiment,
    architecture_of,
    batch_size_of,
    has_layers_of_kinds,
    input_size_of,
    iterations_per_epoch,
    kind_at,
    metrics_of,
    own_parts_of,
)
from joml_tui.experiment.layer_problems import layer_problems, mini_batch_problems
from joml_tui.experiment.layer_specs import LayerSpec
from joml_tui.experiment.loading import DatasetShape, shape_of
from joml_tui.experiment.metric_specs import MEASURED_ANYWAY, NAME, is_built_in, metric_name, traits_of
from joml_tui.experiment.optimizer_specs import OptimizerSpec, schedule_settings
from joml_tui.experiment.own_parts import OwnPartError
from joml_tui.experiment.problem import Problem
from joml_tui.experiment.specs import build_part, name_of
from joml_tui.names import figure_name

if TYPE_CHECKING:  # the engine imports numpy, which is not needed to read and write experiments
    from joml.data.dataset import DatasetError
    from joml.data.split import PartSizes

#: With gradients, moments and what a run records of them, this many parameters take up to 8.5 GB of memory.
MAX_PARAMETERS = 100_000_000
#: Fields with an invalid entry: settings that depend on them are not checked.
_Faulty = set[str | int]


def problems(experiment: Experiment) -> list[Problem]:
    """Return all problems that keep an experiment from running; an empty list if it can.

    Reads the files of a data set, as `shape_of` does.
    """
    faults = list(find_faults(experiment))
    all_problems = [Problem(format_path(fault.path), fault.fault) for fault in faults]
    faulty = {fault.path[0] for fault in faults}
    if not faults:
        all_problems += _own_part_problems(experiment)
    if "output" not in faulty:
        all_problems += _cost_problems(experiment)
    if not faulty & {"output", "layers"}:
        all_problems += _frozen_problems(experiment)
    if "dataset" not in faulty:
        all_problems += _dataset_problems(experiment, faulty)
    return all_problems


def _own_part_problems(experiment: Experiment) -> list[Problem]:
    """Return the problems of custom parts that cannot be imported or made."""
    problems = []
    for path, chosen in own_parts_of(experiment):
        if path == ("dataset",):  # checked with its sizes
            continue
        message = own_part_problem(kind_at(path), chosen)
        if message:
            problems.append(Problem(format_path(path), message))
    return problems


def own_part_problem(kind: Kind, chosen: Struct) -> str:
    """Return why a custom part cannot be made with its settings, or ""; the function of a data set is called."""
    from joml.data.dataset import DatasetError  # noqa: PLC0415

    try:
        if kind == "dataset":
            shape_of(cast(DatasetSpec, chosen))
        else:
            build_part(kind, chosen)
    except (OwnPartError, DatasetError) as error:
        return str(error)
    return ""


def _frozen_problems(experiment: Experiment) -> list[Problem]:
    # Layers without the setting have no parameters.
    if experiment.output.frozen and all(getattr(layer, "frozen", True) for layer in experiment.layers):
        return [Problem("output.frozen", "every layer is frozen: leave frozen out of one, or nothing is trained")]
    return []


def _cost_problems(experiment: Experiment) -> list[Problem]:
    activation, cost = name_of(experiment.output.activation), name_of(experiment.output.cost)
    if cost != "cross-entropy" or activation in ("softmax", "sigmoid"):
        return []
    message = (
        f"cross-entropy needs probabilities, which {activation} does not give: choose softmax or sigmoid, or "
        "mean-squared-error as the cost"
    )
    return [Problem("output.activation", message)]


def _dataset_problems(experiment: Experiment, faulty: _Faulty) -> list[Problem]:
    from joml.data.dataset import DatasetError  # noqa: PLC0415

    try:
        shape = shape_of(experiment.dataset)
    except DatasetError as error:
        return [Problem(_faulty_field(experiment.dataset, error), str(error).removeprefix("test_path: "))]
    problems = [] if "features" in faulty else _term_problems(experiment, shape)
    problems += _size_problems(experiment, shape, faulty)
    if not problems and not faulty & {"layers", "input_size", "input_shape", "features"}:
        problems += layer_problems(experiment, shape)
    if not problems and not faulty & {"input_size", "features", "layers", "output", "replicas"}:
        problems += _parameter_problems(experiment)
    if "output" not in faulty:
        problems += _task_problems(experiment, shape.task)
    if not faulty & {"layers", "input_size", "features"} and not has_layers_of_kinds(experiment):
        problems += _residual_problems(experiment, shape)
    if not faulty & {"metrics", "early_stopping"}:
        problems += _metric_problems(experiment, shape.task)
    if "class_weights" not in faulty:
        problems += _weight_problems(experiment, shape)
    if "label_noise" not in faulty and experiment.label_noise and shape.task != "classes":
        message = f"only labels of classes can be made wrong, and the data set has {TARGETS[shape.task]}"
        problems.append(Problem("label_noise", message))
    if not faulty & {"augment", "features"}:
        problems += _augmentation_problems(experiment, shape)
    if "split" in faulty:
        return problems
    split_problems = _split_problems(experiment, shape)
    return problems + (split_problems or _length_problems(experiment, part_sizes_of(experiment, shape), faulty))


#: The field of the split that an error begins with.
_SPLIT_FIELD = re.compile(r"(split(?:\.\w+)?): ")


def _split_problems(experiment: Experiment, shape: DatasetShape) -> list[Problem]:
    """Return the problems of the split."""
    from joml.data.dataset import DatasetError  # noqa: PLC0415

    if fault := describe_test_share_conflict(experiment):
        return [Problem("split.test", fault)]
    if experiment.split.stratified and shape.task != "classes":
        return [
            Problem("split.stratified", f"only classes can be stratified, and the data set has {TARGETS[shape.task]}")
        ]
    try:
        part_sizes_of(experiment, shape)
    except DatasetError as error:
        place = _SPLIT_FIELD.match(str(error))
        return [Problem(place[1], str(error)[place.end() :]) if place else Problem("split", str(error))]
    return []


def _length_problems(experiment: Experiment, sizes: PartSizes, faulty: _Faulty) -> list[Problem]:
    """Return the problems of mini-batches and schedules, given the number of training samples."""
    if "batch_size" in faulty:
        return []
    problems = _batch_problems(experiment, sizes)
    if not problems and not faulty & {"layers", "input_size", "input_shape", "features"}:
        problems += mini_batch_problems(experiment, sizes.train)
    if not problems and "accumulate" not in faulty:
        problems += _accumulation_problems(experiment, sizes)
    if not faulty & {"epochs", "test_every", "optimizer", "layers", "output"}:
        problems += _optimizer_problems(experiment, sizes.train)
    return problems


def _term_problems(experiment: Experiment, shape: DatasetShape) -> list[Problem]:
    """Return the problem of terms that the data set's features do not have."""
    from joml.data.input_terms import TermError, parse_terms  # noqa: PLC0415
    from joml.data.row_names import name_features  # noqa: PLC0415

    try:
        parse_terms(experiment.features, name_features(shape.feature_names, shape.input_size))
    except TermError as error:
        return [Problem("features", str(error))]
    return []


def _size_problems(experiment: Experiment, shape: DatasetShape, faulty: _Faulty) -> list[Problem]:
    problems = []
    inputs = input_size_of(experiment, shape)
    if not faulty & {"input_size", "features"} and experiment.input_size not in (None, inputs):
        whose = "the experiment has" if experiment.features else "the data set has"
        features = "1 feature" if inputs == 1 and experiment.features else f"{inputs:,} features"
        message = f"{whose} {features}, the network {experiment.input_size:,} inputs"
        problems.append(Problem("input_size", message))
    if not faulty & {"input_shape", "features"}:
        problems += _image_problems(experiment, shape)
    if "output" not in faulty and experiment.output.size not in (None, shape.output_size):
        message = f"the data set has {shape.outputs}, the network {experiment.output.size:,} outputs"
        problems.append(Problem("output.size", message))
    return problems


def _image_problems(experiment: Experiment, shape: DatasetShape) -> list[Problem]:
    """Return the problem of a shape of images that the data set's samples do not have."""
    wanted = experiment.input_shape
    if wanted is None:
        return []
    text = input_text(wanted)
    if experiment.features:
        return [Problem("input_shape", f"terms of the features are no images of {text}: leave one of them out")]
    if prod(wanted) != shape.input_size:
        message = f"images of {text} have {prod(wanted):,} numbers, the data set has {shape.input_size:,} features"
        return [Problem("input_shape", message)]
    if shape.image_shape not in (None, wanted):
        return [Problem("input_shape", f"the data set has images of {input_text(shape.image_shape)}, not of {text}")]
    if experiment.input_size is not None:
        return [Problem("input_size", "the shape of images says the number of inputs: leave one of them out")]
    return []


def _parameter_problems(experiment: Experiment) -> list[Problem]:
    try:
        count = architecture_of(experiment).parameter_count
    except OwnPartError:  # a problem of its layer
        return []
    if count <= MAX_PARAMETERS:
        if count * experiment.replicas <= MAX_PARAMETERS:
            return []
        message = (
            f"{experiment.replicas} networks would have {count * experiment.replicas:,} parameters together; at most "
            f"{MAX_PARAMETERS:,} are allowed"
        )
        return [Problem("replicas", message)]
    return [Problem("layers", f"the network would have {count:,} parameters; at most {MAX_PARAMETERS:,} are allowed")]


def _task_problems(experiment: Experiment, task: Task) -> list[Problem]:
    activation, cost = name_of(experiment.output.activation), name_of(experiment.output.cost)
    if task == "regression" and activation == "softmax":
        message = (
            "softmax gives probabilities, and the data set has values to predict: choose identity, with "
            "mean-squared-error as the cost"
        )
        return [Problem("output.activation", message)]
    if task == "regression" and cost == "cross-entropy" and activation == "sigmoid":
        message = "cross-entropy needs probabilities, but the data set has values: choose mean-squared-error"
        return [Problem("output.cost", message)]
    if task == "multilabel" and activation == "softmax":
        message = "softmax chooses one output, but the data set has a separate answer for each: choose sigmoid"
        return [Problem("output.activation", message)]
    return []


def _metric_problems(experiment: Experiment, task: Task) -> list[Problem]:
    """Return the problems of metrics: names in use, other tasks, or a missing metric for early stopping."""
    metrics = metrics_of(experiment)
    names = [metric_name(metric) for metric in metrics]
    problems = []
    for place, (metric, name) in enumerate(zip(metrics, names, strict=True)):
        field = f"metrics[{place}]" if place < len(experiment.metrics) else "early_stopping.metric"
        if figure_name(name) in map(figure_name, names[:place]):
            problems.append(Problem(field, f"two metrics are called {name}: leave one out, or give it another label"))
        elif is_built_in(metric):
            tasks = traits_of(metric).tasks
            if task not in tasks:
                measured = " or ".join(TARGETS[each] for each in tasks)
                message = f"{name} measures {measured}, and the data set has {TARGETS[task]}: {_metrics_for(task)}"
                problems.append(Problem(field, message))
        elif not NAME.fullmatch(name):
            message = f"{name!r} cannot be a column's name: use a letter, then letters, digits, - and _"
            problems.append(Problem(f"{field}.label", message))
        elif name in MEASURED_ANYWAY or name in parts_of("metric"):
            problems.append(Problem(field, f"{name} is the name of a built-in figure: give this metric another label"))
    awaited = "cost" if experiment.early_stopping is None else experiment.early_stopping.metric
    if awaited not in ("cost", *names):
        usable = ["cost", *names, *(name for name, part in parts_of("metric").items() if task in part.traits.tasks)]
        problems.append(Problem("early_stopping.metric", f"there is no metric {awaited!r}; {suggest(awaited, usable)}"))
    return problems


def _metrics_for(task: Task) -> str:
    return f"choose {', '.join(name for name, part in parts_of('metric').items() if task in part.traits.tasks)}"


def _residual_problems(experiment: Experiment, shape: DatasetShape) -> list[Problem]:
    input_size = input_size_of(experiment, shape) if experiment.input_size is None else experiment.input_size
    layers = [layer for layer in experiment.layers if isinstance(layer, LayerSpec)]
    sizes = [input_size, *(layer.size for layer in layers)]
    problems = []
    for index, layer in enumerate(layers):
        start = index + 1 - layer.residual
        if layer.residual and start < 0:
            message = f"a residual block that ends in layer {index + 1} spans at most {index + 1} layers"
            problems.append(Problem(f"layers[{index}].residual", message))
        elif sizes[start] != layer.size:
            what = f"layer {start}" if start else "the input"
            message = (
                f"a residual block joins equal sizes: layer {index + 1} has {layer.size:,}, {what} {sizes[start]:,}"
            )
            problems.append(Problem(f"layers[{index}].residual", message))
    return problems


def _weight_problems(experiment: Experiment, shape: DatasetShape) -> list[Problem]:
    weights = experiment.class_weights
    if weights == "none":
        return []
    if shape.task != "classes":
        return [Problem("class_weights", f"only classes can be weighted, and the data set has {TARGETS[shape.task]}")]
    if weights != "balanced" and len(weights) != shape.output_size:
        message = f"the data set has {shape.output_size:,} classes, and {len(weights):,} weights are given"
        return [Problem("class_weights", message)]
    return []


def _augmentation_problems(experiment: Experiment, shape: DatasetShape) -> list[Problem]:
    augment = experiment.augment
    if augment is None or not (augment.shift or augment.rotate):
        return []
    field = "augment.shift" if augment.shift else "augment.rotate"
    if shape.image_shape is None or experiment.features:
        what = "features in their place" if experiment.features else "no images"
        return [Problem(field, f"shift and rotate move pixels, and the network gets {what}: choose noise alone")]
    if getattr(experiment.dataset, "standardize", False):
        message = "pixels that move need one scale, and standardize gives each its own: set standardize: false"
        return [Problem(field, message)]
    return []


def _batch_problems(experiment: Experiment, sizes: PartSizes) -> list[Problem]:
    if batch_size_of(experiment, sizes.train) <= sizes.train:
        return []
    beside = f" beside a validation part of {sizes.validation:,}" if sizes.validation else ""
    message = (
        f"a mini-batch of {experiment.batch_size:,} is larger than the training part of {sizes.train:,} samples"
        f"{beside}: choose fewer, or all"
    )
    return [Problem("batch_size", message)]


def _accumulation_problems(experiment: Experiment, sizes: PartSizes) -> list[Problem]:
    per_epoch = iterations_per_epoch(experiment.batch_size, sizes.train)
    if experiment.accumulate <= per_epoch:
        return []
    batches = f"{per_epoch:,} mini-batches" if per_epoch > 1 else "one mini-batch"
    message = (
        f"an update cannot take {experiment.accumulate:,} mini-batches, as an epoch of {sizes.train:,} samples has "
        f"{batches}: choose at most {per_epoch:,}, or a smaller batch_size"
    )
    return [Problem("accumulate", message)]


def _optimizer_problems(experiment: Experiment, train_size: int) -> list[Problem]:
    per_epoch = iterations_per_epoch(experiment.batch_size, train_size)
    tests = experiment.epochs
    if experiment.test_every != "epoch":
        tests = -(-experiment.epochs * per_epoch // experiment.test_every)
    owners = {"optimizer": experiment.optimizer, "output.optimizer": experiment.output.optimizer}
    owners |= {
        f"layers[{index}].optimizer": getattr(layer, "optimizer", None) for index, layer in enumerate(experiment.layers)
    }
    return [
        Problem(f"{owner}.{field}", message)
        for owner, optimizer in owners.items()
        if optimizer is not None
        for field, message in _schedule_problems(optimizer, experiment.epochs, tests)
    ]


def _schedule_problems(optimizer: OptimizerSpec, epochs: int, tests: int) -> list[tuple[str, str]]:
    """Return the faults of a schedule in a run with these numbers of epochs and tests, each with its field."""
    problems = []
    name, schedule = name_of(optimizer.schedule), schedule_settings(optimizer.schedule)
    if optimizer.warm_up and name == "one-cycle":
        problems.append(("warm_up", "one-cycle has its own warm-up: leave one of them out"))
    elif optimizer.warm_up >= epochs:
        problems.append(
            ("warm_up", f"a warm-up of {optimizer.warm_up:g} epochs takes the whole run of {epochs:,}: choose less")
        )
    every, patience = getattr(schedule, "every", None), getattr(schedule, "patience", None)
    if every is not None and every >= epochs - optimizer.warm_up:
        rhythm = f"a step comes every {every:g} epochs, and the run has {epochs:,}"
        problems.append(("schedule.every", f"the learning rate would never fall: {rhythm}"))
    if patience is not None and tests < patience + 2:
        message = (
            f"the learning rate would never fall: with a patience of {patience:,} it takes "
            f"{patience + 2:,} checks, and the run has {tests:,}"
        )
        problems.append(("schedule", message))
    return problems


def _faulty_field(dataset: DatasetSpec, error: DatasetError) -> str:
    """Return the field that a reading error belongs to; of several files, the one that the message names."""
    from joml.data.readers.csv_file import LabelError  # noqa: PLC0415

    fields = path_fields(dataset)
    test_path = getattr(dataset, "test_path", None)
    if test_path and (str(error).startswith("test_path: ") or str(error).startswith(f"{test_path}:")):
        return "dataset.test_path"
    if isinstance(error, LabelError):
        return "dataset.label"
    return "dataset.path" if fields[:1] == ("path",) else "dataset"
