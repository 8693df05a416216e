"""Activation functions: sigma in a = sigma(z).

A function of one's own needs two methods, ``value`` and ``der``; it then trains through the generic path, correct and
slower. The functions here also say how they are computed in place, as prepared calls on the buffers of a network.
"""

from joml.activations.activation import ActivationFunction

# Lists show activation functions in this order.
# isort: off
from joml.activations.rectifiers import ELU, LeakyReLu, ReLu
from joml.activations.smooth import GELU, Sigmoid, SiLU, Tanh
from joml.activations.identity import Identity
from joml.activations.softmax import SoftMax
# isort: on

__all__ = ["ELU", "GELU", "ActivationFunction", "Identity", "LeakyReLu", "ReLu", "SiLU", "Sigmoid", "SoftMax", "Tanh"]
