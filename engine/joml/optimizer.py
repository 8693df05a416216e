"""The optimizers under the module name of the article and the original library."""

from functools import partial
from typing import TYPE_CHECKING

from joml.earlier_names import find_class
from joml.optimizers.adaptive import AdaGrad, Adam, AdamW, AMSGrad, Lion, RMSProp
from joml.optimizers.base import (
    BoundOptimizer,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    PreparedOptimizer,
    State,
)

__all__ = [
    "AMSGrad",
    "AdaGrad",
    "Adam",
    "AdamW",
    "BoundOptimizer",
    "GradientDescent",
    "Lion",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "PreparedOptimizer",
    "RMSProp",
    "State",
]

if not TYPE_CHECKING:
    __getattr__ = partial(find_class, __name__)
