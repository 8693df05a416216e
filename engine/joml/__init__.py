"""JOML, One More Layer: small neural networks in NumPy, fast and readable."""

from joml.architecture import Architecture, ArchitectureError, parse_architecture
from joml.cost import CostFunction, CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from joml.dataset import Dataset, DatasetError
from joml.evaluation import Evaluation
from joml.functions import ELU, GELU, ActivationFunction, Identity, LeakyReLu, ReLu, Sigmoid, SiLU, SoftMax, Tanh
from joml.layer import Layer, OutputLayer, SoftMaxCrossEntropyOutputLayer
from joml.network import Network
from joml.optimizer import Adam, GradientDescent, Optimizer
from joml.training import Step, Steps, Trainer

__all__ = [
    "ELU",
    "GELU",
    "ActivationFunction",
    "Adam",
    "Architecture",
    "ArchitectureError",
    "CostFunction",
    "CrossEntropy",
    "Dataset",
    "DatasetError",
    "Evaluation",
    "GradientDescent",
    "Huber",
    "Identity",
    "Layer",
    "LeakyReLu",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Network",
    "Optimizer",
    "OutputLayer",
    "ReLu",
    "SiLU",
    "Sigmoid",
    "SoftMax",
    "SoftMaxCrossEntropyOutputLayer",
    "Step",
    "Steps",
    "Tanh",
    "Trainer",
    "parse_architecture",
]
