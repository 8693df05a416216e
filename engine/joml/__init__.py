"""JOML, One More Layer: small neural networks in NumPy, fast and readable.

The modules of these names are imported when first used.
"""

from functools import partial
from typing import TYPE_CHECKING

from joml import earlier_names
from joml.first_use import importing

if TYPE_CHECKING:
    from joml.activations import ELU, GELU, ActivationFunction, Identity, LeakyReLu, ReLu, Sigmoid, SiLU, SoftMax, Tanh
    from joml.architecture import Architecture, ArchitectureError, parse_architecture
    from joml.compiled.evaluation import Evaluation
    from joml.cost import CostFunction, CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
    from joml.data.dataset import Dataset, DatasetError
    from joml.data.preparation import Preparation, Split
    from joml.layer import Layer, OutputLayer, ReLuMSEOutputLayer, SoftMaxCrossEntropyOutputLayer
    from joml.layers.convolution import Convolution2D
    from joml.layers.elementwise import Activation, Dropout
    from joml.layers.embedding import Embedding
    from joml.layers.flatten import Flatten
    from joml.layers.normalisation import BatchNormalisation, LayerNormalisation
    from joml.layers.own_layer import OwnLayer
    from joml.layers.pooling import AveragePooling2D, GlobalAveragePooling, MaxPooling2D
    from joml.layers.residual import Residual
    from joml.logger import (
        BenchmarkLogger,
        CSVLogger,
        Logger,
        MatplotlibLogger,
        SilentLogger,
        StdOutLogger,
        StdoutLogger,
    )
    from joml.network import Network
    from joml.optimizers.adaptive import AdaGrad, Adam, AdamW, AMSGrad, Lion, RMSProp
    from joml.optimizers.base import BoundOptimizer, GradientDescent, Momentum, Nesterov, Optimizer
    from joml.optimizers.schedules import (
        ConstantRate,
        CosineDecay,
        OneCycle,
        ReduceOnPlateau,
        Schedule,
        StepDecay,
        WarmUp,
    )
    from joml.optimizers.transforms import Scheduled, WithGradientClipping, WithWeightDecay
    from joml.statistics.metric import Metric
    from joml.training.early_stopping import EarlyStopping
    from joml.training.records import ReplicaSteps, Step, Steps
    from joml.training.trainer import Trainer

earlier_names.install()

#: As the original library has it.
name = "joml"

__all__ = [
    "ELU",
    "GELU",
    "AMSGrad",
    "Activation",
    "ActivationFunction",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Architecture",
    "ArchitectureError",
    "AveragePooling2D",
    "BatchNormalisation",
    "BenchmarkLogger",
    "BoundOptimizer",
    "CSVLogger",
    "ConstantRate",
    "Convolution2D",
    "CosineDecay",
    "CostFunction",
    "CrossEntropy",
    "Dataset",
    "DatasetError",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Evaluation",
    "Flatten",
    "GlobalAveragePooling",
    "GradientDescent",
    "Huber",
    "Identity",
    "Layer",
    "LayerNormalisation",
    "LeakyReLu",
    "Lion",
    "Logger",
    "MatplotlibLogger",
    "MaxPooling2D",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "Momentum",
    "Nesterov",
    "Network",
    "OneCycle",
    "Optimizer",
    "OutputLayer",
    "OwnLayer",
    "Preparation",
    "RMSProp",
    "ReLu",
    "ReLuMSEOutputLayer",
    "ReduceOnPlateau",
    "ReplicaSteps",
    "Residual",
    "Schedule",
    "Scheduled",
    "SiLU",
    "Sigmoid",
    "SilentLogger",
    "SoftMax",
    "SoftMaxCrossEntropyOutputLayer",
    "Split",
    "StdOutLogger",
    "StdoutLogger",
    "Step",
    "StepDecay",
    "Steps",
    "Tanh",
    "Trainer",
    "WarmUp",
    "WithGradientClipping",
    "WithWeightDecay",
    "parse_architecture",
]

#: These names by the modules that have them.
_HOMES = {
    "joml.activations": "ELU GELU ActivationFunction Identity LeakyReLu ReLu Sigmoid SiLU SoftMax Tanh",
    "joml.architecture": "Architecture ArchitectureError parse_architecture",
    "joml.compiled.evaluation": "Evaluation",
    "joml.cost": "CostFunction CrossEntropy Huber MeanAbsoluteError MeanSquaredError",
    "joml.data.dataset": "Dataset DatasetError",
    "joml.data.preparation": "Preparation Split",
    "joml.layer": "Layer OutputLayer ReLuMSEOutputLayer SoftMaxCrossEntropyOutputLayer",
    "joml.layers.convolution": "Convolution2D",
    "joml.layers.elementwise": "Activation Dropout",
    "joml.layers.embedding": "Embedding",
    "joml.layers.flatten": "Flatten",
    "joml.layers.normalisation": "BatchNormalisation LayerNormalisation",
    "joml.layers.own_layer": "OwnLayer",
    "joml.layers.pooling": "AveragePooling2D GlobalAveragePooling MaxPooling2D",
    "joml.layers.residual": "Residual",
    "joml.logger": "BenchmarkLogger CSVLogger Logger MatplotlibLogger SilentLogger StdOutLogger StdoutLogger",
    "joml.network": "Network",
    "joml.optimizers.adaptive": "AdaGrad Adam AdamW AMSGrad Lion RMSProp",
    "joml.optimizers.base": "BoundOptimizer GradientDescent Momentum Nesterov Optimizer",
    "joml.optimizers.schedules": "ConstantRate CosineDecay OneCycle ReduceOnPlateau Schedule StepDecay WarmUp",
    "joml.optimizers.transforms": "Scheduled WithGradientClipping WithWeightDecay",
    "joml.statistics.metric": "Metric",
    "joml.training.early_stopping": "EarlyStopping",
    "joml.training.records": "ReplicaSteps Step Steps",
    "joml.training.trainer": "Trainer",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = importing(__name__, _HOMES, partial(earlier_names.find_class, __name__, depth=3))
