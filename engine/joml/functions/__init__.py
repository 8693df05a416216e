"""Activation functions: sigma in a = sigma(z).

A function of one's own needs two methods, ``value`` and ``der``; it then trains through the generic path, correct and
slower. The functions here also say how they are computed in place, as prepared calls on the buffers of a network.
"""

from joml.functions.base import ActivationFunction
from joml.functions.identity import Identity
from joml.functions.rectifiers import ELU, LeakyReLu, ReLu
from joml.functions.smooth import GELU, Sigmoid, SiLU, Tanh
from joml.functions.softmax import SoftMax

__all__ = ["ELU", "GELU", "ActivationFunction", "Identity", "LeakyReLu", "ReLu", "SiLU", "Sigmoid", "SoftMax", "Tanh"]
