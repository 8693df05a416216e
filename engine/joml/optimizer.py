"""The optimizers under the name that the article and the original library import them from."""

from joml.optimizers.adaptive import AdaGrad, Adam, AdamW, RMSProp
from joml.optimizers.base import GradientDescent, Momentum, Nesterov, Optimizer, Rule, State, VectorRule

__all__ = [
    "AdaGrad",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "Rule",
    "State",
    "VectorRule",
]
