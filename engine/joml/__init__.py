"""JOML, One More Layer: small neural networks in NumPy, fast and readable."""

from joml.adaptive import AdaGrad, Adam, AdamW, RMSProp
from joml.architecture import Architecture, ArchitectureError, parse_architecture
from joml.composed import Clipped, Decayed, Scheduled
from joml.cost import CostFunction, CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from joml.dataset import Dataset, DatasetError
from joml.early_stopping import EarlyStopping
from joml.evaluation import Evaluation
from joml.functions import ELU, GELU, ActivationFunction, Identity, LeakyReLu, ReLu, Sigmoid, SiLU, SoftMax, Tanh
from joml.layer import Layer, OutputLayer, SoftMaxCrossEntropyOutputLayer
from joml.logger import BenchmarkLogger, CSVLogger, Logger, SilentLogger, StdoutLogger
from joml.network import Network
from joml.optimizer import GradientDescent, Momentum, Nesterov, Optimizer, Rule
from joml.records import ReplicaSteps, Step, Steps
from joml.schedules import ConstantRate, CosineDecay, OneCycle, ReduceOnPlateau, Schedule, StepDecay, WarmUp
from joml.training import Trainer

__all__ = [
    "ELU",
    "GELU",
    "ActivationFunction",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Architecture",
    "ArchitectureError",
    "BenchmarkLogger",
    "CSVLogger",
    "Clipped",
    "ConstantRate",
    "CosineDecay",
    "CostFunction",
    "CrossEntropy",
    "Dataset",
    "DatasetError",
    "Decayed",
    "EarlyStopping",
    "Evaluation",
    "GradientDescent",
    "Huber",
    "Identity",
    "Layer",
    "LeakyReLu",
    "Logger",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Momentum",
    "Nesterov",
    "Network",
    "OneCycle",
    "Optimizer",
    "OutputLayer",
    "RMSProp",
    "ReLu",
    "ReduceOnPlateau",
    "ReplicaSteps",
    "Rule",
    "Schedule",
    "Scheduled",
    "SiLU",
    "Sigmoid",
    "SilentLogger",
    "SoftMax",
    "SoftMaxCrossEntropyOutputLayer",
    "StdoutLogger",
    "Step",
    "StepDecay",
    "Steps",
    "Tanh",
    "Trainer",
    "WarmUp",
    "parse_architecture",
]
