"""Layers: what they are made of, before and after they belong to a network."""

from __future__ import annotations

import copy
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from joml.arrays import Array, Calls
from joml.checks import at_least_one, integer, number, numbers, require_kind, require_shape
from joml.cost import CostFunction, CrossEntropy
from joml.functions import ActivationFunction, ReLu, Sigmoid, SoftMax
from joml.initialisation import Initialisation
from joml.optimizer import Optimizer, require_optimizer

#: What shares of classes may add up to beside 1, as roundings do.
_MOST_OFF = 1e-3


class Layer:
    """A fully connected layer: a = sigma(W a_previous + b), and what may go around it.

    With every option, a = a_before + dropout(sigma(normalise(W a_previous + b))).

    Parameters
    ----------
    size : int
        Number of units, N_l.
    activation_function : ActivationFunction
        sigma; ReLu unless said.
    initialisation : function
        How the weights start, from ``joml.initialisation`` or one's own; what is usual for the activation function
        unless said. Biases start at 0.
    optimizer : Optimizer
        What trains this layer's parameters; the trainer's unless said.
    dropout : float
        Share of the units that are set to 0 in training, drawn anew for every sample and iteration, from 0 to below 1;
        the others are scaled by 1 / (1 - dropout), so that predictions need no change. 0 unless said.
    normalised : bool, default False
        Whether z is normalised over the units before sigma: ``joml.normalisation``.
    residual : int
        Layers that a residual block ending here spans: the activation of the layer so many places before is added to
        this layer's, so both have one size. 1 is a block of this layer alone; 0, the default, is none.

    Raises
    ------
    ValueError
        A setting is out of its range, or of another kind; names it.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout, 2014; Ba, Kiros, Hinton: Layer Normalization,
    2016; He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015.
    """

    def __init__(
        self,
        size: int,
        activation_function: ActivationFunction | None = None,
        initialisation: Initialisation | None = None,
        *,
        optimizer: Optimizer | None = None,
        dropout: float = 0.0,
        normalised: bool = False,
        residual: int = 0,
    ) -> None:
        self.size = at_least_one(size, "a layer's size")
        self.activation_function = ReLu() if activation_function is None else activation_function
        function = isinstance(self.activation_function, ActivationFunction)
        require_kind(
            function, self.activation_function, "a layer's activation_function", "an activation function such as Tanh()"
        )
        self.initialisation: Initialisation = initialisation or self.activation_function.initialisation
        if not callable(self.initialisation):
            raise ValueError(
                f"a layer's initialisation must be a function such as joml.initialisation.he, got {initialisation!r}"
            )
        if optimizer is not None:
            require_optimizer(optimizer, "a layer's optimizer")
        self.optimizer = optimizer
        self.dropout = number(dropout, "a layer's dropout", 0, 1)
        self.normalised = bool(normalised)
        self.residual = integer(int(residual) if isinstance(residual, bool) else residual, "a layer's residual", 0)
        self._block: Array | None = None
        self._norm: Array | None = None

    def bind(self, block: Array, norm: Array) -> None:
        """Take the views [W | b], and gamma and beta, into the network's parameters as this layer's."""
        self._block, self._norm = block, norm

    def unbound(self) -> Self:
        """Give a layer of the same settings that belongs to no network yet."""
        layer = copy.copy(self)
        layer._block = layer._norm = None
        return layer

    def initialise(self, generator: np.random.Generator) -> None:
        """Give the layer its first weights, drawn from the generator, biases of 0, gamma of 1 and beta of 0.

        Raises
        ------
        ValueError
            The layer's initialisation gives weights of another shape.
        """
        weights = np.asarray(self.initialisation(self.size, self.W.shape[1], generator))
        if weights.shape != self.W.shape:
            raise ValueError(
                f"the initialisation of {self!r} must give weights of shape (size, previous size), {self.W.shape}, "
                f"got {weights.shape}"
            )
        self.W, self.b = weights, np.zeros(self.size)
        if self.normalised:
            self.gamma, self.beta = np.ones(self.size), np.zeros(self.size)

    @property
    def bound(self) -> bool:
        """Whether the layer belongs to a complete network, and so has parameters."""
        return self._block is not None

    @property
    def block(self) -> Array:
        """[W | b], (size, previous size + 1): a view into the network's parameters.

        Raises
        ------
        RuntimeError
            The layer belongs to no complete network yet; W and b raise it too.
        """
        if self._block is None:
            raise RuntimeError(
                "this layer has no parameters yet: they are made when its network gets an output layer, "
                "with network.output(...)"
            )
        return self._block

    @property
    def W(self) -> Array:
        """Weights, (size, previous size): a view; assigning copies into it an array of its shape, or one number."""
        return self.block[:, :-1]

    @W.setter
    def W(self, values: Array) -> None:
        self._assign(self.block[:, :-1], values, "W")

    @property
    def b(self) -> Array:
        """Biases, (size,): a view; assigning copies into it as into W."""
        return self.block[:, -1]

    @b.setter
    def b(self, values: Array) -> None:
        self._assign(self.block[:, -1], values, "b")

    @property
    def norm(self) -> Array:
        """Gamma and beta, (2, size): a view into the network's parameters.

        Raises
        ------
        RuntimeError
            The layer is not normalised, or belongs to no complete network yet; gamma and beta raise it too.
        """
        if self._norm is None or not self.normalised:
            raise RuntimeError(
                f"{self!r} has no gamma and beta: they belong to the layers of a network with normalised=True"
            )
        return self._norm

    @property
    def gamma(self) -> Array:
        """Scales of the normalised z, (size,): a view; assigning copies into it as into W."""
        gamma: Array = self.norm[0]
        return gamma

    @gamma.setter
    def gamma(self, values: Array) -> None:
        self._assign(self.norm[0], values, "gamma")

    @property
    def beta(self) -> Array:
        """Means of the normalised z, (size,): a view; assigning copies into it as into W."""
        beta: Array = self.norm[1]
        return beta

    @beta.setter
    def beta(self, values: Array) -> None:
        self._assign(self.norm[1], values, "beta")

    def _assign(self, view: Array, values: ArrayLike, name: str) -> None:
        given = numbers(values, f"{name} of {self!r}", view.dtype)
        if given.ndim and given.shape != view.shape:
            raise ValueError(f"{name} of {self!r} has the shape {view.shape}, got {given.shape}")
        view[...] = given

    @property
    def branches(self) -> bool:
        """Whether a is more than sigma(z): something is dropped from it or added to it."""
        return bool(self.dropout or self.residual)

    @property
    def options(self) -> tuple[str, ...]:
        """What has been asked for beside the activation function, such as ``dropout=0.1``."""
        defaults = {"optimizer": None, "dropout": 0, "normalised": False, "residual": 0}
        said = {name: getattr(self, name) for name in defaults}
        return tuple(f"{name}={value!r}" for name, value in said.items() if value != defaults[name])

    def __repr__(self) -> str:
        settings = (f"size={self.size}", f"activation_function={self.activation_function!r}", *self.options)
        return f"{type(self).__name__}({', '.join(settings)})"


class OutputLayer(Layer):
    """The last layer, with the cost that the network is trained on.

    Parameters
    ----------
    size : int
        Number of outputs, N_L.
    activation_function : ActivationFunction
        What turns the layer's z into y_hat.
    cost_function : CostFunction
        What compares y_hat with y. CrossEntropy goes with SoftMax (one class among many) and with Sigmoid (any number
        of yes-or-no answers); both are computed from z, and stay finite and right for any.
    initialisation, optimizer
        As for ``Layer``.

    Raises
    ------
    ValueError
        The size is no integer of at least 1, one of the functions is none, or the cost is cross-entropy and the outputs
        are no probabilities.
    """

    def __init__(
        self,
        size: int,
        activation_function: ActivationFunction,
        cost_function: CostFunction,
        initialisation: Initialisation | None = None,
        *,
        optimizer: Optimizer | None = None,
    ) -> None:
        super().__init__(size, activation_function, initialisation, optimizer=optimizer)
        require_kind(
            isinstance(cost_function, CostFunction), cost_function, "cost_function", "a cost such as MeanSquaredError()"
        )
        if isinstance(cost_function, CrossEntropy) and not isinstance(activation_function, SoftMax | Sigmoid):
            raise ValueError(
                f"cross-entropy compares probabilities, and {activation_function!r} gives none: use SoftMax() with it "
                "(one class among many), Sigmoid() (yes or no for every output), or MeanSquaredError() as the cost"
            )
        self.cost_function = cost_function

    def __repr__(self) -> str:
        functions = f"activation_function={self.activation_function!r}, cost_function={self.cost_function!r}"
        return f"{type(self).__name__}({', '.join((f'size={self.size}', functions, *self.options))})"

    def predict(self, z: Array) -> Array:
        """Give y_hat = sigma(z) for z of shape (..., size, samples)."""
        return self.activation_function.value(z)

    def costs(self, z: Array, y: Array) -> Array:
        """Give the cost of every sample, (..., samples), from the layer's z and from y, both (..., size, samples).

        Raises
        ------
        ValueError
            A cost function of one's own gives another shape.
        """
        if isinstance(self.cost_function, CrossEntropy):
            binary = isinstance(self.activation_function, Sigmoid)
            return (self.cost_function.from_sigmoid_logits if binary else self.cost_function.from_logits)(z, y)
        costs = self.cost_function.per_sample(self.predict(z), y)
        require_shape(costs, (*z.shape[:-2], z.shape[-1]), f"{self.cost_function!r}.per_sample(y_hat, y)")
        return costs

    def require_targets(self, y: Array) -> None:
        """Raise ValueError where y, (size, samples), is finite and yet nothing that the cost is defined for."""
        if not isinstance(self.cost_function, CrossEntropy):
            return
        outside = (y < 0) | (y > 1)
        if outside.any():
            output, sample = np.argwhere(outside)[0]
            raise ValueError(
                f"y: output {output} of sample {sample} is {y[output, sample]:g}, both counted from 0: cross-entropy "
                "compares probabilities, from 0 to 1; values are learnt with MeanSquaredError() on Identity()"
            )
        totals = y.sum(axis=0, dtype=np.float64)
        wrong = np.abs(totals - 1) > _MOST_OFF
        if isinstance(self.activation_function, SoftMax) and wrong.any():
            sample = int(wrong.argmax())
            raise ValueError(
                f"y: sample {sample}, counted from 0, adds up to {totals[sample]:g} over its outputs: cross-entropy on "
                "a softmax takes one-hot classes, or shares of them that add up to 1; any number of yes-or-no answers "
                f"is learnt with OutputLayer({self.size}, Sigmoid(), CrossEntropy())"
            )

    def delta_calls(self, z: Array, a: Array, y: Array, delta: Array) -> Calls:
        """Prepare a = y_hat, and delta, the gradient of the mean cost against y with respect to z.

        All four are buffers of shape (..., size, samples).
        """
        mean = partial(np.multiply, delta, np.array(1 / z.shape[-1], z.dtype), delta)
        if isinstance(self.cost_function, CrossEntropy):
            # The cross-entropy's gradient and the softmax's Jacobian, or the sigmoid's slope, shrink to y_hat - y.
            return (*self.activation_function.forward_calls(z, a), partial(np.subtract, a, y, delta), mean)
        slope = np.empty_like(z)
        return (
            *self.activation_function.forward_calls(z, a),
            *self.cost_function.gradient_calls(a, y, delta),
            *self.activation_function.slope_calls(z, a, slope),
            *self.activation_function.backward_calls(a, slope, delta),
            mean,
        )


class SoftMaxCrossEntropyOutputLayer(OutputLayer):
    """The output layer for choosing one class among many: softmax, trained on cross-entropy.

    Parameters
    ----------
    size : int
        Number of classes.
    initialisation : function
        As for ``Layer``; ``he`` unless said.
    optimizer : Optimizer
        As for ``Layer``.
    """

    def __init__(
        self, size: int, initialisation: Initialisation | None = None, *, optimizer: Optimizer | None = None
    ) -> None:
        super().__init__(size, SoftMax(), CrossEntropy(), initialisation, optimizer=optimizer)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join((f'size={self.size}', *self.options))})"
