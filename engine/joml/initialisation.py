"""Initial weights of a layer, from its size, the size of the layer before it, and a random generator.

All functions return float64 arrays of shape (size, previous size). By default a layer uses the one for its activation
function. Settings are passed with ``functools.partial``, as in ``partial(normal, deviation=0.1)``; any function of the
same three arguments can be used. Biases start at 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np

from joml.array_types import Array
from joml.declaration import Setting, declare

#: A function from size, previous size and generator to weights of shape (size, previous size).
Initialisation = Callable[[int, int, np.random.Generator], Array]

Gain = Annotated[float, Setting("Length of each row of the weights", above=0, at_most=1_000)]
Deviation = Annotated[float, Setting("Standard deviation of the weights", above=0, at_most=1_000)]


@declare("initialisation", "he", "For ReLU and similar functions", "W ~ N(0, 2 / inputs)")
def he(size: int, previous_size: int, generator: np.random.Generator) -> Array:
    """Draw weights of variance 2 / previous_size, which preserves the scale of activations in ReLU layers.

    The default for ReLu, LeakyReLu, ELU, GELU, SiLU, softmax and custom functions.

    Parameters
    ----------
    size, previous_size : int
        Units of the layer, and of the one before it.
    generator : numpy.random.Generator

    Returns
    -------
    (size, previous_size) array of float64

    References
    ----------
    He, Zhang, Ren, Sun: Delving Deep into Rectifiers, 2015.
    """
    return normal(size, previous_size, generator, np.sqrt(2 / previous_size))


@declare("initialisation", "glorot", "For tanh, sigmoid and linear layers", "W ~ N(0, 2 / (inputs + units))")
def glorot(size: int, previous_size: int, generator: np.random.Generator) -> Array:
    """Draw weights of variance 2 / (previous_size + size), a compromise between the scales of activations and deltas.

    The default for Tanh, Sigmoid and Identity. Normally distributed; the paper draws uniformly with the same variance.

    Parameters
    ----------
    size, previous_size : int
        Units of the layer, and of the one before it.
    generator : numpy.random.Generator

    Returns
    -------
    (size, previous_size) array of float64

    References
    ----------
    Glorot, Bengio: Understanding the Difficulty of Training Deep Feedforward Neural Networks, 2010.
    """
    return normal(size, previous_size, generator, np.sqrt(2 / (previous_size + size)))


@declare("initialisation", "lecun", "Keeps the scale of z", "W ~ N(0, 1 / inputs)")
def lecun(size: int, previous_size: int, generator: np.random.Generator) -> Array:
    """Draw weights of variance 1 / previous_size, which gives z the scale of the layer's inputs.

    Parameters
    ----------
    size, previous_size : int
        Units of the layer, and of the one before it.
    generator : numpy.random.Generator

    Returns
    -------
    (size, previous_size) array of float64

    References
    ----------
    LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998.
    """
    return normal(size, previous_size, generator, np.sqrt(1 / previous_size))


@declare("initialisation", "orthogonal", "Orthogonal rows, for deep networks", "W W^T = gain^2 I")
def orthogonal(size: int, previous_size: int, generator: np.random.Generator, gain: Gain = 1.0) -> Array:
    """Draw a matrix whose rows (or columns, if there are fewer) are orthogonal and have the length gain.

    Every such matrix is equally likely. A square one preserves the length of its input, through any number of layers.

    Parameters
    ----------
    size, previous_size : int
        Units of the layer, and of the one before it.
    generator : numpy.random.Generator
    gain : float, default 1.0
        sqrt(2) compensates for the half that a ReLU sets to 0.

    Returns
    -------
    (size, previous_size) array of float64

    References
    ----------
    Saxe, McClelland, Ganguli: Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural Networks,
    2013; Mezzadri: How to Generate Random Matrices from the Classical Compact Groups, 2007, for the signs.
    """
    long, short = max(size, previous_size), min(size, previous_size)
    q, r = np.linalg.qr(generator.standard_normal((long, short)))
    # The factorisation prefers some signs; the signs of r's diagonal correct that.
    q *= np.copysign(gain, np.diagonal(r))
    weights: Array = q if size == long else np.ascontiguousarray(q.T)
    return weights


@declare("initialisation", "normal", "One standard deviation for all sizes", "W ~ N(0, deviation^2)")
def normal(size: int, previous_size: int, generator: np.random.Generator, deviation: Deviation = 0.01) -> Array:
    """Draw weights of one standard deviation for all sizes; signals in deep networks vanish or explode with it.

    Parameters
    ----------
    size, previous_size : int
        Units of the layer, and of the one before it.
    generator : numpy.random.Generator
    deviation : float, default 0.01

    Returns
    -------
    (size, previous_size) array of float64

    References
    ----------
    Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks, 2012, for 0.01.
    """
    weights: Array = generator.standard_normal((size, previous_size)) * deviation
    return weights


@declare("initialisation", "zeros", "All zeros, for networks without hidden layers", "W = 0")
def zeros(size: int, previous_size: int, generator: np.random.Generator) -> Array:
    """Return zeros: right for a network of one layer; the units of a hidden layer would remain identical.

    Parameters
    ----------
    size, previous_size : int
        Units of the layer, and of the one before it.
    generator : numpy.random.Generator
        Draws nothing.

    Returns
    -------
    (size, previous_size) array of float64

    References
    ----------
    Goodfellow, Bengio, Courville: Deep Learning, 2016, section 8.4, on why initial weights must differ.
    """
    return np.zeros((size, previous_size))


@declare("initialisation", "identity", "Passes its input on, for layers of one size", "W = I")
def identity(size: int, previous_size: int, generator: np.random.Generator) -> Array:
    """Return the identity matrix: the layer starts by passing its input on.

    For any number of ReLU layers of one size: positive numbers pass through all of them unchanged, and so do their
    gradients on the way back. If a layer is larger than the one before, its further units have weights of 0.

    Parameters
    ----------
    size, previous_size : int
        Units of the layer, and of the one before it.
    generator : numpy.random.Generator
        Draws nothing.

    Returns
    -------
    (size, previous_size) array of float64

    References
    ----------
    Le, Jaitly, Hinton: A Simple Way to Initialize Recurrent Networks of Rectified Linear Units, 2015.
    """
    return np.eye(size, previous_size)
