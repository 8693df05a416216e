"""Layers of a network, and their use before they belong to one."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike

from joml import by_hand
from joml import initialisation as initialisations
from joml.activations import ActivationFunction, ReLu, Sigmoid, SoftMax
from joml.array_types import Array, Calls
from joml.cost import CostFunction, CrossEntropy, MeanSquaredError
from joml.initialisation import Initialisation
from joml.layers.base_layer import BaseLayer, Shape, features_of, function_text
from joml.optimizers.base import BoundOptimizer, Optimizer
from joml.validation import above_zero, at_least_one, integer, number, numbers, require_kind, require_shape

#: Tolerance for sums of class shares, which rounding moves away from 1.
_MOST_OFF = 1e-3


#: Methods of loops by hand, and names of those of ``OwnLayer``: where a subclass defines them, it means a computation.
_BY_HAND = ("forward_propagate", "back_propagate", "get_d_W", "get_d_b", "forward", "backward")


class Layer(BaseLayer):
    """A fully connected layer: a = sigma(W a_previous + b), with options.

    With all options, a = a_before + dropout(sigma(normalise(W a_previous + b))).

    Parameters
    ----------
    size : int
        Number of units, N_l.
    activation_function : ActivationFunction
        sigma; default ReLu.
    initialisation : function
        The initial weights: a function of ``joml.initialisation`` or a custom one; by default the one for the
        activation function. Biases start at 0. As the third argument, a text is the layer's name and an optimizer its
        optimizer, as in the original library.
    name : str, default ""
        Name of the layer.
    optimizer : Optimizer
        The optimizer of this layer's parameters; default the trainer's. It receives this layer's part of the gradient
        after the decay and clipping of the trainer's optimizer; its own decay and clipping act on that part alone.
    dropout : float
        Share of the units that are set to 0 in training, drawn anew for every sample and iteration; from 0 to below 1,
        default 0. The other units are scaled by 1 / (1 - dropout), so that prediction needs no change.
    normalised : bool, default False
        Whether z is normalised over the units before sigma: ``joml.layer_normalisation``.
    residual : int
        Number of layers in a residual block that ends here: the activation of the layer that many places before is
        added to this layer's, so both have the same size. 1 is a block of this layer alone; 0, the default, is no
        block.
    frozen : bool, default False
        Whether training leaves the layer's parameters as they are.

    Attributes
    ----------
    a_lm1, z_l, a_l, delta_l : arrays or None
        The layer's inputs, z, activations and the gradient of each sample's cost with respect to z, each (units,
        samples), from the latest step with ``persist=True`` or by hand.

    Raises
    ------
    ValueError
        A setting is out of its range or has the wrong type; the message names it.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: Dropout, 2014; Ba, Kiros, Hinton: Layer Normalization,
    2016; He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015.
    """

    size: int
    activation_function: ActivationFunction
    initialisation: Initialisation
    optimizer: Optimizer | None
    dropout: float
    normalised: bool
    residual: int
    name: str
    a_lm1: Array | None
    z_l: Array | None
    a_l: Array | None
    delta_l: Array | None

    setting_names = ("size", "activation_function", "dropout", "normalised", "residual", "cost_function")

    def __init__(
        self,
        size: int,
        activation_function: ActivationFunction | None = None,
        initialisation: Initialisation | Optimizer | str | None = None,
        *,
        name: str = "",
        optimizer: Optimizer | None = None,
        dropout: float = 0.0,
        normalised: bool = False,
        residual: int = 0,
        frozen: bool = False,
    ) -> None:
        start, name, optimizer = _third(initialisation, name, optimizer)
        super().__init__(name=name, optimizer=optimizer, frozen=frozen)
        self.size = at_least_one(size, "a layer's size")
        self.activation_function = ReLu() if activation_function is None else activation_function
        function = isinstance(self.activation_function, ActivationFunction)
        require_kind(
            function, self.activation_function, "a layer's activation_function", "an activation function such as Tanh()"
        )
        self.initialisation = start or self.activation_function.initialisation
        if isinstance(self.initialisation, type) or not callable(self.initialisation):
            raise ValueError(
                f"a layer's initialisation must be a function such as joml.initialisation.he, got {initialisation!r}; "
                "in its place, the third, a name such as 'first' and an optimizer such as Adam() are taken too"
            )
        self.dropout = number(dropout, "a layer's dropout", 0, 1)
        self.normalised = bool(normalised)
        self.residual = integer(int(residual) if isinstance(residual, bool) else residual, "a layer's residual", 0)
        self._block: Array | None = None
        self._norm: Array | None = None
        self._start: Array | None = None
        self._gradient: Array | None = None
        self._rule: BoundOptimizer | None = None
        self.forget()

    @classmethod
    def from_W_b(cls, previous_layer_size: int, W: ArrayLike, b: ArrayLike, **settings: Any) -> Self:
        """Make a layer that starts with these weights and biases instead of random ones, also in a network.

        Parameters
        ----------
        previous_layer_size : int
            Number of units before it.
        W : (size, previous size) array
        b : (size,) array
        **settings
            Further arguments of the layer's class, without the size.

        Returns
        -------
        Layer

        Raises
        ------
        ValueError
            The shapes do not fit each other.
        """
        weights, biases = numbers(W, "W", np.float64), numbers(b, "b", np.float64).reshape(-1)
        if weights.shape != (biases.size, previous_layer_size):
            raise ValueError(
                f"W has the shape (size, previous size), here ({biases.size}, {previous_layer_size}) as b has "
                f"{biases.size} numbers and previous_layer_size is {previous_layer_size}; got {weights.shape}"
            )
        layer = cls(biases.size, **settings)
        layer._start = np.column_stack([weights, biases])
        return layer

    def forget(self) -> None:
        """Set ``a_lm1``, ``z_l``, ``a_l`` and ``delta_l`` back to None."""
        self.a_lm1 = None
        self.z_l = None
        self.a_l = None
        self.delta_l = None

    def require_input(self, input_shape: Shape) -> None:
        """Warn, whatever the input_shape, if a subclass defines methods that a training would not call.

        Warns
        -----
        UserWarning
            It does; the message names them.
        """
        methods = [name for name in _BY_HAND if getattr(type(self), name, None) is not _of_library(type(self), name)]
        if methods:
            warnings.warn(
                f"{', '.join(methods)} of {type(self).__name__} will not be called by trainings and predictions, which "
                "compute fully connected layers themselves: derive a layer of your own from OwnLayer",
                UserWarning,
                stacklevel=3,
            )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (size,), whatever the input_shape: the layer takes all features of a sample, also of an image."""
        return (self.size,)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return, for an input_shape, the shapes of [W | b] and, if normalised, of gamma and beta in one array."""
        block: dict[str, Shape] = {"block": (self.size, features_of(input_shape) + 1)}
        return {**block, "norm": (2, self.size)} if self.normalised else block

    @property
    def weight_names(self) -> tuple[str, ...]:
        """The names of the weights that other programs read."""
        return ("W", "b", "gamma", "beta") if self.normalised else ("W", "b")

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: its size, with its function if that is no ReLU: ``28(tanh)``."""
        return f"{self.size}{function_text(self.activation_function.name)}"

    def bind(
        self,
        input_shape: Shape,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        state: Mapping[str, Array],
    ) -> None:
        """Use these views as the layer's parameters, after input_shape, and their gradients; it has no state."""
        super().bind(input_shape, parameters, gradients, state)
        self._block, self._norm = parameters["block"], parameters.get("norm")
        self._gradient, self._rule = gradients["block"], None
        self.forget()

    def unbind(self) -> None:
        """Remove the views that ``bind`` set."""
        super().unbind()
        self._block, self._norm, self._gradient, self._rule = None, None, None, None

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the network's part: a copy has the same settings and can be stacked anew."""
        nothing = dict.fromkeys(("_block", "_norm", "_gradient", "_rule", "a_lm1", "z_l", "a_l", "delta_l"))
        start = None if self._start is None else self._start.copy()
        return {**super().__getstate__(), **nothing, "_start": start}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Earlier versions lack some entries.
        super().__setstate__({"_gradient": None, "_rule": None, "_views": None, "_state": {}, **state})

    def initialise(self, previous_layer_size: int | np.random.Generator) -> tuple[int, int]:
        """Draw the layer's first weights, set b to 0, gamma to 1 and beta to 0, and return the shape of W.

        Parameters
        ----------
        previous_layer_size : int or numpy.random.Generator
            Number of units before it, for a layer without a network: its weights are drawn anew, and kept when it is
            stacked. A network passes its generator instead.

        Returns
        -------
        tuple of int
            (size, previous size).

        Raises
        ------
        ValueError
            The initialisation returns weights of another shape, or the layer belongs to a network with another number
            of units before it.
        """
        given = previous_layer_size
        if isinstance(given, np.random.Generator):
            self._draw(given)
        else:
            self._draw_alone(at_least_one(given, "previous_layer_size"))
        return self.dims

    def _draw(self, generator: np.random.Generator) -> None:
        if self._start is None:
            self.W, self.b = self._first_weights(generator), np.zeros(self.size)
        else:
            self._assign(self.block, self._start, "[W | b]")
        if self.normalised:
            self.gamma, self.beta = np.ones(self.size), np.zeros(self.size)

    def _draw_alone(self, previous_layer_size: int) -> None:
        if not self.bound:
            self._start = np.zeros((self.size, previous_layer_size + 1))
            self._gradient = None
        elif previous_layer_size != self.dims[1]:
            raise ValueError(
                f"{self!r} belongs to a network where {self.dims[1]} units come before it, got {previous_layer_size}"
            )
        self.W, self.b = self._first_weights(np.random.default_rng()), np.zeros(self.size)
        self._rule = None

    def forward_propagate(self, inputs: ArrayLike, persist: bool = True) -> Array:
        """Return this layer's outputs, sigma(W inputs + b).

        Parameters
        ----------
        inputs : (previous size, samples) array
            One sample may be a vector, (previous size,).
        persist : bool, default True
            Keep the inputs, z and the outputs for ``back_propagate``, as ``a_lm1``, ``z_l`` and ``a_l``.

        Returns
        -------
        (size, samples) array

        Raises
        ------
        ValueError
            The inputs have another shape.
        RuntimeError
            The layer has no parameters yet, or is normalised, drops units or ends a residual block.
        """
        return by_hand.forward(self, inputs, persist=persist)

    def back_propagate(self, W_T_lp1: ArrayLike, delta_lp1: ArrayLike | None = None) -> tuple[Array, Array]:
        """Compute and keep this layer's delta from the next layer's result, and return the result for the layer before.

        Parameters
        ----------
        W_T_lp1 : (size, samples) array
            W^T delta of the next layer: the gradient of each sample's cost with respect to this layer's outputs.
        delta_lp1 : array, optional
            The next layer's delta; not needed, as in the original library.

        Returns
        -------
        W_T_delta_l : (previous size, samples) array
            For the layer before.
        delta_l : (size, samples) array
            The gradient of each sample's cost with respect to z, which ``delta_l`` keeps.

        Raises
        ------
        ValueError
            W_T_lp1 has another shape than the layer's z.
        RuntimeError
            ``forward_propagate`` with ``persist`` did not come before.
        """
        return self._kept(by_hand.back(self, W_T_lp1))

    def _kept(self, result: tuple[Array, Array]) -> tuple[Array, Array]:
        """Store the gradients in the network's vector, for ``Network.get_dWs_dbs``, and return the result."""
        if self._gradient is not None:
            self._gradient[:, :-1], self._gradient[:, -1] = by_hand.mean_gradients(self)
        return result

    def get_d_W(self) -> Array:
        """Return the gradient of W as the mean over the samples in ``a_lm1`` and ``delta_l``.

        Raises
        ------
        RuntimeError
            The layer keeps none: call ``back_propagate``, or train with ``persist=True``, first.
        """
        return by_hand.mean_gradients(self)[0]

    def get_d_b(self) -> Array:
        """Return the gradient of b; means and errors as for ``get_d_W``."""
        return by_hand.mean_gradients(self)[1]

    def optimize(self, learning_rate: float | None = None, momentum: float | None = None) -> None:
        """Move W and b by ``get_d_W()`` and ``get_d_b()``, with the layer's own optimizer or Adam.

        The layer keeps the optimizer's state from call to call; a trainer uses another optimizer.

        Parameters
        ----------
        learning_rate : float, optional
            Stays set from now on; by default the optimizer's own, and 0.002 for Adam.
        momentum : float, optional
            Accepted, but not used, as in the original library: a warning names ``Momentum``.

        Raises
        ------
        ValueError
            The learning rate is not a number above 0.
        RuntimeError
            ``back_propagate`` did not come before.
        """
        rate = None if learning_rate is None else above_zero(learning_rate, "learning_rate")
        if momentum is not None:
            warnings.warn(
                "momentum had no effect in the original library and has none here: "
                "Layer(size, optimizer=Momentum(learning_rate, momentum)) trains with one",
                UserWarning,
                stacklevel=2,
            )
        by_hand.mean_gradients(self)  # raises if there are none yet
        if self._gradient is None:
            self._gradient = np.zeros_like(self.block)
        if self._rule is None:
            self._rule = by_hand.rule_of(self, self._gradient)
        by_hand.update(self, self._rule, self._gradient, rate)

    def _first_weights(self, generator: np.random.Generator) -> Array:
        weights: Array = np.asarray(self.initialisation(self.size, self.W.shape[1], generator))
        if weights.shape != self.W.shape:
            raise ValueError(
                f"the initialisation of {self!r} must give weights of shape (size, previous size), {self.W.shape}, "
                f"got {weights.shape}"
            )
        return weights

    @property
    def block(self) -> Array:
        """[W | b], (size, previous size + 1): a view into the network's parameters.

        Raises
        ------
        RuntimeError
            The layer belongs to no complete network yet; W and b raise it too.
        """
        if self._block is None and self._start is not None:
            return self._start
        if self._block is None:
            raise RuntimeError(
                "this layer has no parameters yet: they are made when its network gets an output layer, "
                "with network.output(...), or for a layer alone by initialise(previous_layer_size)"
            )
        return self._block

    @property
    def dims(self) -> tuple[int, int]:
        """The shape of W: (size, previous size)."""
        size, previous = self.W.shape
        return size, previous

    def get_num_parameters(self) -> int:
        """Return the number of the layer's parameters: weights, biases, gamma and beta."""
        return self.block.size + 2 * self.size * self.normalised

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

    @property
    def branches(self) -> bool:
        """Return whether a differs from sigma(z) through dropout or a residual block."""
        return bool(self.dropout or self.residual)

    @property
    def options(self) -> tuple[str, ...]:
        """The options beside the activation function as text, such as ``dropout=0.1``."""
        defaults = {"name": "", "optimizer": None, "dropout": 0, "normalised": False, "residual": 0, "frozen": False}
        options = {name: getattr(self, name) for name in defaults}
        return tuple(f"{name}={value!r}" for name, value in options.items() if value != defaults[name])

    def __repr__(self) -> str:
        settings = (f"size={self.size}", f"activation_function={self.activation_function!r}", *self.options)
        return f"{type(self).__name__}({', '.join(settings)})"


class OutputLayer(Layer):
    """The last layer, with the cost that training minimises.

    Parameters
    ----------
    size : int
        Number of outputs, N_L.
    activation_function : ActivationFunction
        Computes y_hat from the layer's z.
    cost_function : CostFunction
        Compares y_hat with y. CrossEntropy is used with SoftMax (one class among many) or Sigmoid (any number of
        yes-or-no answers); both are computed from z, and are finite and exact for any z.
    initialisation, name, optimizer, frozen
        As for ``Layer``.

    Raises
    ------
    ValueError
        The size is not an integer of at least 1, an argument is not a function of its type, or the cost is
        cross-entropy and the outputs are not probabilities.
    """

    cost_function: CostFunction

    def __init__(
        self,
        size: int,
        activation_function: ActivationFunction,
        cost_function: CostFunction,
        initialisation: Initialisation | Optimizer | str | None = None,
        *,
        name: str = "",
        optimizer: Optimizer | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(size, activation_function, initialisation, name=name, optimizer=optimizer, frozen=frozen)
        require_kind(
            isinstance(cost_function, CostFunction), cost_function, "cost_function", "a cost such as MeanSquaredError()"
        )
        if isinstance(cost_function, CrossEntropy) and not isinstance(activation_function, SoftMax | Sigmoid):
            raise ValueError(
                f"cross-entropy needs probabilities, which {activation_function!r} does not give: use SoftMax() with "
                "it (one class among many), Sigmoid() (yes or no for every output), or MeanSquaredError() as the cost"
            )
        self.cost_function = cost_function

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: its size."""
        return str(self.size)

    def __repr__(self) -> str:
        functions = f"activation_function={self.activation_function!r}, cost_function={self.cost_function!r}"
        return f"{type(self).__name__}({', '.join((f'size={self.size}', functions, *self.options))})"

    def back_propagate(self, y: ArrayLike, delta_lp1: ArrayLike | None = None) -> tuple[Array, Array]:
        """Compute and keep this layer's delta from the cost against y, and return the result for the layer before.

        Parameters
        ----------
        y : (size, samples) array
            The targets.
        delta_lp1 : array, optional
            Not needed: no layer follows.

        Returns
        -------
        W_T_delta_l : (previous size, samples) array
        delta_l : (size, samples) array
            As for ``Layer``.

        Raises
        ------
        ValueError
            y has another shape than the layer's z, or the cost is not defined for it.
        RuntimeError
            ``forward_propagate`` with ``persist`` did not come before.
        """
        return self._kept(by_hand.back_from(self, y))

    def predict(self, z: Array) -> Array:
        """Return y_hat = sigma(z) for z of shape (..., size, samples)."""
        y_hat: Array = self.activation_function.value(z)
        return y_hat

    def costs(self, z: Array, y: Array) -> Array:
        """Return the cost of every sample, (..., samples), from the layer's z and from y, both (..., size, samples).

        Raises
        ------
        ValueError
            A custom cost function returns another shape.
        """
        if isinstance(self.cost_function, CrossEntropy):
            binary = isinstance(self.activation_function, Sigmoid)
            cost = self.cost_function.from_sigmoid_logits if binary else self.cost_function.from_logits
            return cost(z, self.targets(y))
        costs = self.cost_function.per_sample(self.predict(z), y)
        require_shape(costs, (*z.shape[:-2], z.shape[-1]), f"{self.cost_function!r}.per_sample(y_hat, y)")
        return costs

    def targets(self, y: Array) -> Array:
        """Return what the cost compares y_hat with: y itself, or with label smoothing y spread over the classes."""
        cost = self.cost_function
        return cost.smoothed(y, self._shares) if isinstance(cost, CrossEntropy) else y

    @property
    def _shares(self) -> int:
        """Number of classes that label smoothing spreads over; two, yes and no, for each sigmoid."""
        return 2 if isinstance(self.activation_function, Sigmoid) else self.size

    def require_targets(self, y: Array) -> None:
        """Raise ValueError if the cost is not defined for a finite y of shape (size, samples)."""
        if not isinstance(self.cost_function, CrossEntropy):
            return
        outside = (y < 0) | (y > 1)
        if outside.any():
            output, sample = np.argwhere(outside)[0]
            raise ValueError(
                f"y: output {output} of sample {sample} is {y[output, sample]:g}, both counted from 0: cross-entropy "
                "compares probabilities, from 0 to 1; use MeanSquaredError() on Identity() for values"
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
            # The cross-entropy's gradient times the softmax's Jacobian, or the sigmoid's slope, is y_hat - y.
            smooth: Calls = ()
            if self.cost_function.smoothing:
                smooth, y = self.cost_function.smoothed_calls(y, self._shares, delta), delta
            return (*self.activation_function.forward_calls(z, a), *smooth, partial(np.subtract, a, y, delta), mean)
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
        As for ``Layer``; default ``he``.
    name, optimizer, frozen
        As for ``Layer``.
    """

    def __init__(
        self,
        size: int,
        initialisation: Initialisation | Optimizer | str | None = None,
        *,
        name: str = "",
        optimizer: Optimizer | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(size, SoftMax(), CrossEntropy(), initialisation, name=name, optimizer=optimizer, frozen=frozen)

    @staticmethod
    def cost(y: ArrayLike, y_hat: ArrayLike) -> float:
        """Return the mean cross-entropy of predictions, in nats.

        Parameters
        ----------
        y : (size, samples) array
            One-hot classes, or shares of them.
        y_hat : (size, samples) array
            Probabilities. If only one of the two arrays is one-hot, it is taken as y: the original library passed them
            in the other order, so its published costs are not cross-entropies.

        Returns
        -------
        float
            At least 0; infinite where a true class has a probability of 0.
        """
        true, predicted = _columns(y, y_hat)
        if _one_hot(predicted) and not _one_hot(true):
            true, predicted = predicted, true
        return CrossEntropy().value(predicted, true)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join((f'size={self.size}', *self.options))})"


class ReLuMSEOutputLayer(OutputLayer):
    """The output layer for values of at least 0: a ReLU, trained on the mean squared error.

    Values below 0 are learnt with ``OutputLayer(size, Identity(), MeanSquaredError())``.

    Parameters
    ----------
    size : int
        Number of values.
    initialisation : function
        As for ``Layer``; default ``he``.
    name, optimizer, frozen
        As for ``Layer``.
    """

    def __init__(
        self,
        size: int,
        initialisation: Initialisation | Optimizer | str | None = None,
        *,
        name: str = "",
        optimizer: Optimizer | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(
            size, ReLu(), MeanSquaredError(), initialisation, name=name, optimizer=optimizer, frozen=frozen
        )

    @staticmethod
    def cost(y: ArrayLike, y_hat: ArrayLike) -> float:
        """Return the mean squared error of y_hat against y, both (size, samples); at least 0."""
        true, predicted = _columns(y, y_hat)
        return MeanSquaredError().value(predicted, true)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join((f'size={self.size}', *self.options))})"


def _of_library(kind: type, name: str) -> object:
    """Return the attribute of this name of the nearest class of the library; None if it has none."""
    library = next(each for each in kind.__mro__ if each.__module__.startswith("joml."))
    return getattr(library, name, None)


def _third(
    value: Initialisation | Optimizer | str | None, name: str, optimizer: Optimizer | None
) -> tuple[Initialisation | None, str, Optimizer | None]:
    """Return initialisation, name and optimizer of a layer; its third argument may be any of them.

    Raises ValueError if the name is that of an initialisation, which was probably meant.
    """
    if isinstance(value, str):
        if callable(getattr(initialisations, value, None)):
            raise ValueError(
                f"a layer's initialisation must be a function such as joml.initialisation.{value}, got {value!r}; "
                f"a layer of this name is made by name={value!r}"
            )
        return None, value, optimizer
    if callable(getattr(value, "bind", None)) and not isinstance(value, type):
        return None, name, cast(Optimizer, value)
    return cast("Initialisation | None", value), name, optimizer


def _columns(y: ArrayLike, y_hat: ArrayLike) -> tuple[Array, Array]:
    """Return both as (size, samples) in float64, a vector as one sample; raise ValueError if the shapes differ."""
    true, predicted = numbers(y, "y", np.float64), numbers(y_hat, "y_hat", np.float64)
    require_shape(predicted, true.shape, "y_hat")
    return (true[:, np.newaxis], predicted[:, np.newaxis]) if true.ndim == 1 else (true, predicted)


def _one_hot(y: Array) -> bool:
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=-2) == 1).all())
