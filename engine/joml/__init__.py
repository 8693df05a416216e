"""JOML, One More Layer: small neural networks in NumPy, fast and readable."""

from joml.architecture import Architecture, ArchitectureError, parse_architecture
from joml.cost import CostFunction, CrossEntropy, MeanSquaredError
from joml.dataset import Dataset, DatasetError
from joml.evaluation import Evaluation
from joml.functions import ActivationFunction, Identity, ReLu, Sigmoid, SoftMax, Tanh
from joml.layer import Layer, OutputLayer, SoftMaxCrossEntropyOutputLayer
from joml.network import Network
from joml.optimizer import Adam, GradientDescent, Optimizer
from joml.training import Step, Steps, Trainer

__all__ = [
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
    "Identity",
    "Layer",
    "MeanSquaredError",
    "Network",
    "Optimizer",
    "OutputLayer",
    "ReLu",
    "Sigmoid",
    "SoftMax",
    "SoftMaxCrossEntropyOutputLayer",
    "Step",
    "Steps",
    "Tanh",
    "Trainer",
    "parse_architecture",
]
