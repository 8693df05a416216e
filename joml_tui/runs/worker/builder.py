"""Construction of the engine's objects from an experiment."""

from __future__ import annotations

from functools import partial
from typing import Any

from joml import (
    ActivationFunction,
    Architecture,
    CostFunction,
    Dataset,
    EarlyStopping,
    Metric,
    Network,
    Optimizer,
    OutputLayer,
    Preparation,
    Trainer,
)
from joml.array_types import Array
from joml.initialisation import Initialisation
from joml.statistics.metric import MetricFunction
from joml.training.augmentation import Augmentation
from joml_tui.experiment import (
    Cost,
    EarlyStoppingSpec,
    Experiment,
    OptimizerSpec,
    OutputActivation,
    OutputSpec,
    architecture_of,
    batch_size_of,
    better_of,
    build_layer,
    build_part,
    iterations_per_epoch,
    load_data,
    metric_name,
    metrics_of,
    with_columns_of_data,
)
from joml_tui.experiment import Initialisation as InitialisationSpec
from joml_tui.inspect import TrainingContext
from joml_tui.inspect.layer_record import LayerRecord
from joml_tui.runs.worker.free_memory import check_memory
from joml_tui.runs.worker.optimizer_builder import Length, build_optimizer


def build_subject(experiment: Experiment) -> TrainingContext:
    """Return the context for questions: data, network and trainer.

    Raises
    ------
    joml.data.dataset.DatasetError
        The data set cannot be read.
    ValueError
        The parts do not fit together; the message says which.
    """
    data = load_data(experiment)
    trainer = build_trainer(experiment, data)
    return TrainingContext(experiment, data, trainer, LayerRecord(trainer))


def build_trainer(experiment: Experiment, data: Dataset | None = None) -> Trainer:
    """Return the trainer of an experiment with its network, and read the data set unless it is given.

    Raises
    ------
    joml.data.dataset.DatasetError
        The data set cannot be read.
    ValueError
        The parts do not fit together, or the memory does not suffice; the message says which.
    """
    data = load_data(experiment) if data is None else data
    check_memory(experiment)
    mini_batches = iterations_per_epoch(experiment.batch_size, data.train_size)
    length = Length(experiment.epochs, -(-mini_batches // experiment.accumulate))
    return Trainer(
        build_network(experiment, length),
        data.x_train,
        data.y_train,
        data.x_test,
        data.y_test,
        x_validation=data.x_validation,
        y_validation=data.y_validation,
        optimizer=build_optimizer(experiment.optimizer, length),
        epochs=experiment.epochs,
        batch_size=batch_size_of(experiment, data.train_size),
        seed=experiment.seed,
        test_every=experiment.test_every,
        class_weights=None if experiment.class_weights == "none" else experiment.class_weights,
        early_stopping=_build_early_stopping(experiment.early_stopping),
        replicas=experiment.replicas if experiment.replicas > 1 else None,
        task=data.task,
        metrics=_build_metrics(experiment, data),
        accumulate=experiment.accumulate,
        average=experiment.average,
        augmentation=_build_augmentation(experiment, data),
    )


def build_network(experiment: Experiment, length: Length | None = None) -> Network:
    """Return the network of an experiment, initialised by its seed.

    Parameters
    ----------
    experiment : Experiment
    length : Length, optional
        The length of the run, for layers with their own optimizers; without it they have none.
    """
    experiment = with_columns_of_data(experiment)
    architecture = architecture_of(experiment)
    inputs = architecture.input_size if isinstance(architecture, Architecture) else architecture.input_shape
    network = Network(inputs, experiment.name, experiment.seed)
    make_optimizer = None if length is None else partial(build_optimizer, length=length)
    for layer in experiment.layers:
        network.stack(build_layer(layer, make_optimizer))
    network.output(_build_output(experiment.output, architecture.output_size, length))
    return network


def _build_output(output: OutputSpec, size: int, length: Length | None) -> OutputLayer:
    return OutputLayer(
        size,
        build_activation(output.activation),
        build_cost(output.cost),
        _build_initialisation(output.initialisation),
        optimizer=_build_own_optimizer(output.optimizer, length),
        frozen=output.frozen,
    )


def _build_own_optimizer(optimizer: OptimizerSpec | None, length: Length | None) -> Optimizer | None:
    return None if optimizer is None or length is None else build_optimizer(optimizer, length)


def _build_early_stopping(stopping: EarlyStoppingSpec | None) -> EarlyStopping | None:
    if stopping is None:
        return None
    return EarlyStopping(stopping.patience, stopping.least_improvement, stopping.restore_best, stopping.metric)


def _build_augmentation(experiment: Experiment, data: Dataset) -> Augmentation | None:
    augment = experiment.augment
    if augment is None:
        return None
    return Augmentation(augment.shift, augment.rotate, augment.noise, data.image_shape)


def _build_metrics(experiment: Experiment, data: Dataset) -> list[Metric]:
    """Return the metrics; those of values are measured in the data's units."""
    preparation = data.preparation
    scaled = preparation is not None and preparation.y_mean is not None
    metrics = []
    for chosen in metrics_of(experiment):
        function: MetricFunction = build_part("metric", chosen)
        if preparation is not None and scaled:
            function = partial(_measure_unscaled, function, preparation)
        metrics.append(Metric(metric_name(chosen), function, better_of(chosen)))
    return metrics


def _measure_unscaled(function: MetricFunction, preparation: Preparation, *, y_hat: Array, y: Array) -> Any:
    return function(y_hat=preparation.unscale_y(y_hat.T).T, y=preparation.unscale_y(y.T).T)


def build_activation(activation: OutputActivation) -> ActivationFunction:
    """Return the activation function for a choice; the output layer's choices include all."""
    function: ActivationFunction = build_part("activation", activation)
    return function


def build_cost(cost: Cost) -> CostFunction:
    """Return the cost function for a choice."""
    function: CostFunction = build_part("cost", cost)
    return function


def _build_initialisation(initialisation: InitialisationSpec | None) -> Initialisation | None:
    return None if initialisation is None else build_part("initialisation", initialisation)
