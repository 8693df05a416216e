"""How weights start: from the sizes of a layer and of the one before it, and a generator of random numbers.

All give float64 arrays of shape (size, previous size). A layer takes what is usual for its activation function unless
told otherwise; settings go with ``functools.partial``, as in ``partial(normal, deviation=0.1)``, and any function of
the same three arguments serves. Biases start at 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np

from joml.array_types import Array
from joml.declaration import Setting, declare

#: (size, previous size, generator) to weights of shape (size, previous size).
Initialisation = Callable[[int, int, np.random.Generator], Array]

Gain = Annotated[float, Setting("Length of each row of the weights", above=0, at_most=1_000)]
Deviation = Annotated[float, Setting("Standard deviation of the weights", above=0, at_most=1_000)]


@declare("initialisation", "he", "For ReLU and its relatives", "W ~ N(0, 2 / inputs)")
def he(size: int, previous_size: int, generator: np.random.Generator) -> Array:
    """Draw weights of variance 2 / previous_size, which keeps the scale of activations through ReLU layers.

    Usual for ReLu, LeakyReLu, ELU, GELU, SiLU and functions of one's own; the softmax takes it too.

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
    """Draw weights of variance 2 / (previous_size + size), a balance between activations forward and deltas backward.

    Usual for Tanh, Sigmoid and Identity. Normally distributed; the paper draws uniformly with the same variance.

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
    """Draw weights of variance 1 / previous_size, which gives z the scale of what the layer multiplies.

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


@declare("initialisation", "orthogonal", "Rows at right angles, for deep networks", "W W^T = gain^2 I")
def orthogonal(size: int, previous_size: int, generator: np.random.Generator, gain: Gain = 1.0) -> Array:
    """Draw a matrix whose rows (columns, where there are fewer of them) are orthogonal and have the length gain.

    Every such matrix is equally likely. A square one keeps the length of what it multiplies, however many layers follow
    each other.

    Parameters
    ----------
    size, previous_size : int
        Units of the layer, and of the one before it.
    generator : numpy.random.Generator
    gain : float, default 1.0
        sqrt(2) makes up for what a ReLU takes away.

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
    # The factorisation prefers some signs; those of r's diagonal undo that.
    q *= np.copysign(gain, np.diagonal(r))
    weights: Array = q if size == long else np.ascontiguousarray(q.T)
    return weights


@declare("initialisation", "normal", "One standard deviation for all sizes", "W ~ N(0, deviation^2)")
def normal(size: int, previous_size: int, generator: np.random.Generator, deviation: Deviation = 0.01) -> Array:
    """Draw weights of one standard deviation, whatever the sizes: deep networks fade or explode with it.

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
    """Return zeros, and draw nothing: right for a network of one layer, while the units of a hidden layer stay alike.

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


@declare("initialisation", "identity", "Passes on what comes in, for layers of one size", "W = I")
def identity(size: int, previous_size: int, generator: np.random.Generator) -> Array:
    """Return ones on the diagonal and zeros beside it, and draw nothing: the layer starts by passing on what it gets.

    For ReLU layers of one size, however many: what is positive passes through all of them unchanged, and so does its
    gradient on the way back. Where a layer is larger than the one before, the units beyond have weights of 0.

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
