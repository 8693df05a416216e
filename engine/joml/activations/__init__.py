"""Activation functions: sigma in a = sigma(z).

A custom function needs two methods, ``value`` and ``der``; it then trains through the generic path, which is correct
but slower. The functions here are also computed in place, by prepared calls on the buffers of a network.
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
