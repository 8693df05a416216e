"""From the description of a run to the engine's objects."""

from __future__ import annotations

from joml import (
    ActivationFunction,
    Adam,
    CostFunction,
    CrossEntropy,
    GradientDescent,
    Identity,
    Layer,
    MeanSquaredError,
    Network,
    Optimizer,
    OutputLayer,
    ReLu,
    Sigmoid,
    SoftMax,
    Tanh,
    Trainer,
)
from joml_tui.experiment import AdamSpec, Experiment, GradientDescentSpec, OptimizerSpec, architecture_of, load_dataset

ACTIVATIONS: dict[str, type[ActivationFunction]] = {
    function.name: function for function in (ReLu, Sigmoid, Tanh, Identity, SoftMax)
}
COSTS: dict[str, type[CostFunction]] = {cost.name: cost for cost in (CrossEntropy, MeanSquaredError)}


def build_trainer(experiment: Experiment) -> Trainer:
    """Make the data set, the network and the trainer of an experiment.

    Raises
    ------
    joml.dataset.DatasetError
        The data set cannot be read.
    ValueError
        The parts do not fit together; says which.
    """
    data = load_dataset(experiment.dataset, experiment.seed)
    return Trainer(
        build_network(experiment),
        data.x_train,
        data.y_train,
        data.x_test,
        data.y_test,
        optimizer=build_optimizer(experiment.optimizer),
        epochs=experiment.epochs,
        batch_size=experiment.batch_size,
        seed=experiment.seed,
        test_every=experiment.test_every,
    )


def build_network(experiment: Experiment) -> Network:
    """Make the network of an experiment, initialised by its seed."""
    architecture = architecture_of(experiment)
    network = Network(architecture.input_size, experiment.name, experiment.seed)
    for layer in experiment.layers:
        network.stack(Layer(layer.size, ACTIVATIONS[layer.activation]()))
    output = experiment.output
    network.output(OutputLayer(architecture.output_size, ACTIVATIONS[output.activation](), COSTS[output.cost]()))
    return network


def build_optimizer(optimizer: OptimizerSpec) -> Optimizer:
    """Make the optimizer of an experiment."""
    match optimizer:
        case GradientDescentSpec(learning_rate):
            return GradientDescent(learning_rate)
        case AdamSpec(learning_rate, beta1, beta2, epsilon):
            return Adam(learning_rate, beta1, beta2, epsilon)
