"""Network: an ordered collection of layers, N: R^N_0 -> R^N_L."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from threading import RLock, local
from typing import Any, Literal, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from joml.architecture import Architecture
from joml.array_types import Array
from joml.benchmark_log import BenchmarkLogger, benchmark
from joml.compiled.blas import SMALL, ThreadLimit
from joml.compiled.evaluation import PART, Evaluation, Evaluator, logits
from joml.compiled.parameters import Parameters
from joml.compiled.passes import ForwardPass, TrainingPass, run
from joml.fixed_settings import require_attribute, require_unsettled
from joml.layer import Layer, OutputLayer, SoftMaxCrossEntropyOutputLayer
from joml.layers.base_layer import BaseLayer, Shape, features_of, shape_text, shapes_of
from joml.layers.fully_connected import require_fully_connected
from joml.layers.layer_stack import LayerStack, input_text, parse_any
from joml.listeners import EpochLogger, Logger, SilentLogger, follow_on, require_logger
from joml.logger import StdoutLogger
from joml.optimizers.adaptive import Adam
from joml.optimizers.base import Optimizer
from joml.rng import stream
from joml.statistics.metric import MetricSet
from joml.statistics.metrics import predictions, task_for
from joml.task import Task, find_task
from joml.training.callbacks import Callback
from joml.training.trainer import DEFAULT_BATCH, Trainer
from joml.validation import at_least_one, integer, numbers, require_finite, require_kind

_Pass = TypeVar("_Pass", bound=ForwardPass)

#: Attributes that are fixed when a network is made, and attributes that belong to training.
_SETTLED = ("input_size", "input_shape", "seed", "dtype")
_OF_TRAINING = (
    *("epochs", "num_epochs", "learning_rate", "optimizer", "momentum", "test_every", "class_weights"),
    *("early_stopping", "replicas", "verbose", "persists"),
)

#: Number of passes that a thread keeps of a network: for full and last mini-batches, and two for evaluation.
_KEPT_PASSES = 4


class Workspace(local):
    """The compiled passes of one thread, the latest last."""

    def __init__(self) -> None:
        self.passes: OrderedDict[tuple[type[ForwardPass], int], ForwardPass] = OrderedDict()


class Network:
    """A stack of layers with an output layer on top.

    Stack the layers, then add the output layer; from then on the network has parameters: weights drawn by each layer's
    initialisation (He's for ReLU layers and the softmax), and biases of zero.

    Parameters
    ----------
    input_size : int or tuple of int
        Number of features, N_0, or the shape of a sample, such as (1, 28, 28): channels, height and width of an image,
        whose features lie in this order.
    name : str
        Name of the network; default its architecture.
    seed : int, default 0
        Decides the initial weights, and by default the order of training.
    dtype : dtype
        Default float32; use float64 to check gradients.

    Attributes
    ----------
    input_shape : tuple of int
        The shape of a sample.
    task : {"classes", "multilabel", "regression"} or None
        The task that a ``Trainer`` has trained it for, which ``evaluate`` and ``test`` score; None before training.
    generators : array or None
        State of the shuffling in ``train`` and ``benchmark``: the next training continues from it.
    turn : RLock
        A lock held while gradients or a training step are computed; other threads wait for it.

    Notes
    -----
    Any number of threads may predict, evaluate and test with one network at the same time, also while another thread
    trains it. A result may then use some layers' weights from before a step and others' from after it; for consistent
    weights, take ``network.copy()`` between steps. ``copy.copy``, ``copy.deepcopy`` and ``pickle`` make an independent
    network with the same layers and weights, without gradients, and with a ``SilentLogger``.

    Raises
    ------
    ValueError
        The input size is not an integer of at least 1, the seed not one of at least 0, or the dtype neither of the two.

    Examples
    --------
    >>> network = Network(input_size=14, name="14-100-40-4 net")
    >>> network.stack(Layer(size=100)).stack(Layer(size=40)).output(SoftMaxCrossEntropyOutputLayer(size=4))
    Network('14-100-40-4', name='14-100-40-4 net')
    >>> network.architecture, network.parameter_count
    ('14-100-40-4', 5704)
    """

    dtype: np.dtype[Any]
    input_size: int
    input_shape: Shape
    seed: int
    task: Task | None
    generators: NDArray[np.uint8] | None
    has_gradients: bool
    times_trained: int
    turn: AbstractContextManager[Any]

    def __init__(self, input_size: int | Shape, name: str = "", seed: int = 0, dtype: DTypeLike = np.float32) -> None:
        try:
            self.dtype = np.dtype(dtype)
        except TypeError as error:
            raise ValueError(f"a network's dtype is float32 or float64, got {dtype!r}") from error
        shape = tuple(input_size) if isinstance(input_size, tuple | list) and input_size else (input_size,)
        self.input_shape = tuple(at_least_one(length, "a network's input_size") for length in shape)
        self.input_size = features_of(self.input_shape)
        self.seed = integer(seed, "a network's seed", 0)
        if self.dtype.type not in (np.float32, np.float64):
            raise ValueError(f"a network's dtype is float32 or float64, got {dtype!r}")
        self._layers: list[BaseLayer] = []
        self._name = _text(name)
        self._parameters: Parameters | None = None
        self._begin_working()
        self._batch_size: int | Literal["all"] = DEFAULT_BATCH
        self._logger: Logger | EpochLogger = SilentLogger()
        self.task = None
        self.times_trained = 0  # by train and benchmark
        self.generators = None
        self.has_gradients = False  # whether get_dWs_dbs has gradients to return

    def _begin_working(self) -> None:
        self.turn = RLock()
        self._workspace = Workspace()

    def __setattr__(self, name: str, value: object) -> None:
        if name in _OF_TRAINING:
            raise AttributeError(
                f"{name} is a setting of a training, not of a network: give it to network.train(...), or to Trainer"
            )
        if name in _SETTLED and name in vars(self):
            instead = "make a new network, or one like it with copy(dtype=...) or replica(seed)"
            require_unsettled(self, name, _SETTLED, instead)
        require_attribute(self, name)
        super().__setattr__(name, value)

    @property
    def layers(self) -> tuple[BaseLayer, ...]:
        """The layers in order, from the first hidden layer to the output layer."""
        return tuple(self._layers)

    # --- composing -------------------------------------------------------------------------------------------------

    def stack(self, layer: BaseLayer) -> Self:
        """Add a hidden layer after the existing ones, and return the network.

        Raises
        ------
        TypeError
            It is an output layer, or not a layer.
        ValueError
            It already belongs to a network, ends a residual block that has no layer of this size to start from, or
            cannot follow the shape of what comes before it.
        RuntimeError
            The network already has its output layer.
        """
        self._require_open(layer)
        if isinstance(layer, OutputLayer):
            raise TypeError(f"{layer!r} is an output layer: give it to network.output(...)")
        self._require_block(layer)
        layer.require_input(self.shapes[-1])
        self._layers.append(layer)
        layer.settle()
        return self

    def output(self, layer: OutputLayer) -> Self:
        """Complete the network with its output layer, make its parameters, and return it.

        Raises
        ------
        TypeError
            The layer is not an output layer.
        ValueError
            It already belongs to a network, or a layer's first weights do not fit; the network is then not changed.
        RuntimeError
            The network already has its output layer.
        """
        self._require_open(layer)
        if not isinstance(layer, OutputLayer):
            raise TypeError(f"{layer!r} is not an output layer: use SoftMaxCrossEntropyOutputLayer or OutputLayer")
        self._layers.append(layer)
        try:
            self._bind(Parameters(self.layers, self.input_shape, self.dtype))
            self._initialise()
        except BaseException:
            self._unbind()
            self._layers.pop()
            raise
        layer.settle()
        return self

    def _bind(self, parameters: Parameters) -> None:
        self._parameters = parameters
        parameters.bind(self.layers)

    def _unbind(self) -> None:
        self._parameters = None
        for layer in self.layers:
            layer.unbind()

    def _initialise(self) -> None:
        generator = stream(self.seed, "initialisation")
        for layer in self.layers:
            layer.initialise(generator)

    def _require_open(self, layer: BaseLayer) -> None:
        if not isinstance(layer, BaseLayer):
            raise TypeError(f"a network is made of layers such as Layer(28), got {layer!r}")
        if self._parameters is not None:
            raise RuntimeError(f"{self.name} has its output layer already: no layer can follow it")
        if layer.settled:
            raise ValueError(f"{layer!r} belongs to a network already: make a new layer")

    def _require_block(self, layer: BaseLayer) -> None:
        """Raise ValueError unless a residual block that ends in this layer has a layer of this size to start from."""
        if not isinstance(layer, Layer) or not layer.residual:
            return
        start = len(self.sizes) - layer.residual  # the place of the block's start among the sizes
        if start < 0:
            raise ValueError(
                f"{layer!r} would be layer {len(self.sizes)}: a residual block that ends there spans at most "
                f"{len(self.sizes)} layers"
            )
        if self.sizes[start] != layer.size:
            raise ValueError(
                f"a residual block adds what it starts from to its last layer, so both have one size: {layer!r} has "
                f"{layer.size} units, and what comes {layer.residual} before it has {self.sizes[start]}"
            )
        require_fully_connected(self._layers[start:], f"the residual block of {layer!r}")

    @classmethod
    def from_architecture(
        cls, architecture: str | Architecture | LayerStack, name: str = "", seed: int = 0, dtype: DTypeLike = np.float32
    ) -> Network:
        """Make a network with a softmax output from a text such as ``14-28x6-4`` or ``1@28x28-c8k5-p2-30-10``.

        Parameters
        ----------
        architecture : str, Architecture or LayerStack
            Layers are ReLU layers where the text names no other function.
        name, seed, dtype
            As for ``Network``.

        Returns
        -------
        Network

        Raises
        ------
        ArchitectureError
            The text is not an architecture; the message names the wrong part and a correct form.
        """
        if not isinstance(architecture, Architecture | LayerStack):
            architecture = parse_any(architecture)
        if isinstance(architecture, LayerStack):
            network = cls(architecture.input_shape, name, seed, dtype)
            for layer in architecture.layers:
                network.stack(layer.unbound())
            return network.output(SoftMaxCrossEntropyOutputLayer(architecture.output_size))
        network = cls(architecture.input_size, name, seed, dtype)
        for size in architecture.hidden_sizes:
            network.stack(Layer(size))
        network.output(SoftMaxCrossEntropyOutputLayer(architecture.output_size))
        return network

    @classmethod
    def create_from_Ws_and_bs(
        cls, Ws: Sequence[ArrayLike], bs: Sequence[ArrayLike], name: str = "", dtype: DTypeLike = np.float32
    ) -> Network:
        """Make a network of ReLU layers with a softmax output that has copies of these parameters.

        Parameters
        ----------
        Ws : sequence of (size, previous size) arrays
            Weights in layer order.
        bs : sequence of (size,) arrays
            Biases in layer order; the shape (size, 1) is accepted too.
        name, dtype
            As for ``Network``.

        Returns
        -------
        Network

        Raises
        ------
        ValueError
            The shapes do not form a chain of layers, or an entry is not a number; the message names the layer.
        """
        weights = [numbers(W, f"layer {place}: W", np.float64) for place, W in enumerate(Ws, start=1)]
        biases = [numbers(b, f"layer {place}: b", np.float64).reshape(-1) for place, b in enumerate(bs, start=1)]
        _require_chain(weights, biases)
        sizes = [weights[0].shape[1], *(len(W) for W in weights)]
        network = cls.from_architecture(Architecture(sizes[0], tuple(sizes[1:-1]), sizes[-1]), name, dtype=dtype)
        for layer, W, b in zip(network.layers, weights, biases, strict=True):
            layer.W, layer.b = W, b
        return network

    def copy(self, dtype: DTypeLike | None = None) -> Network:
        """Return a network of the same layers and parameters, optionally of another dtype."""
        twin = self._like(self.seed, self.dtype if dtype is None else np.dtype(dtype))
        twin.generators = self.generators
        twin._bind(Parameters(twin.layers, twin.input_shape, twin.dtype))
        twin.parameters.theta[...] = self.parameters.theta
        twin.parameters.state[...] = self.parameters.state
        return twin

    def replica(self, seed: int, parameters: Parameters | None = None) -> Network:
        """Return an untrained network of the same layers with the initial weights of another seed.

        Parameters
        ----------
        seed : int
        parameters : Parameters, optional
            The storage of its parameters; default new vectors.

        Returns
        -------
        Network
        """
        twin = self._like(seed, self.dtype)
        twin._bind(parameters or Parameters(twin.layers, twin.input_shape, twin.dtype))
        twin._initialise()
        return twin

    def _like(self, seed: int, dtype: np.dtype[Any]) -> Network:
        """Return a network of the same layers, without parameters."""
        twin = Network(self.input_shape, self._name, seed, dtype)
        twin._layers = [layer.unbound() for layer in (*self.layers[:-1], self.output_layer)]
        twin.task, twin.batch_size = self.task, self.batch_size
        for layer in twin._layers:
            layer.settle()
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without views, compiled passes, gradients and logger."""
        layers = [layer.unbound() for layer in self._layers]
        theta = None if self._parameters is None else self._parameters.theta
        state = None if self._parameters is None else self._parameters.state
        left_out = {"_logger": SilentLogger(), "has_gradients": False}
        kept = {name: value for name, value in vars(self).items() if name not in ("turn", "_workspace")}
        return {**kept, "_layers": layers, "_parameters": theta, "_state": state, **left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({"task": None, "generators": None, "_batch_size": DEFAULT_BATCH, **state})
        kept = vars(self).pop("_state", None)
        vars(self).setdefault("input_shape", (self.input_size,))  # earlier versions lack it
        if "layers" in state:  # names of earlier versions
            self._layers = vars(self).pop("layers")
        self.task = find_task(self.task)
        self._begin_working()
        for layer in self._layers:
            layer.settle()
        theta, self._parameters = state["_parameters"], None
        if theta is not None:
            self._bind(Parameters(self.layers, self.input_shape, self.dtype))
            self.parameters.theta[...] = theta
            if kept is not None:
                self.parameters.state[...] = kept

    # --- properties ------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The network's name; may be set."""
        return self._name or (self.architecture if self.layers else "the network")

    @name.setter
    def name(self, value: str) -> None:
        self._name = _text(value)

    @property
    def sizes(self) -> tuple[int, ...]:
        """N_0 .. N_L."""
        return tuple(features_of(shape) for shape in self.shapes)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of a sample: of the input, and after each layer."""
        return tuple(shapes_of(self._layers, self.input_shape))

    @property
    def architecture(self) -> str:
        """The sizes as text, such as ``14-28x6-4``, for ``from_architecture``; without layers only the inputs.

        Other layers stand there with a letter: ``1@28x28-c8k5-p2-30-10``.
        """
        if len(self.input_shape) > 1 or not all(isinstance(layer, Layer) for layer in self.layers):
            return "-".join([input_text(self.input_shape), *(layer.notation for layer in self.layers)])
        sizes = self.sizes
        if not self.layers:
            return str(self.input_size)
        return str(Architecture(sizes[0], sizes[1:-1], sizes[-1]))

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return self.parameters.theta.size

    def get_num_parameters(self) -> int:
        """Return the number of weights and biases, as ``parameter_count``."""
        return self.parameter_count

    @property
    def dims(self) -> list[tuple[int, int]]:
        """The shape of each layer's W, (size, previous size), in layer order."""
        return [layer.dims for layer in require_fully_connected(self.layers, "dims")]

    @property
    def batch_size(self) -> int | Literal["all"]:
        """The default number of samples in a mini-batch, or all if there are fewer; 32 at first.

        Raises
        ------
        ValueError
            It is set to neither an integer of at least 1 nor "all".
        """
        return self._batch_size

    @batch_size.setter
    def batch_size(self, value: int | Literal["all"]) -> None:
        self._batch_size = value if value == "all" else at_least_one(value, "batch_size", "all")

    @property
    def done_constructing(self) -> bool:
        """Return whether the network has its output layer, and so is complete."""
        return self._parameters is not None

    @property
    def logger(self) -> Logger | EpochLogger:
        """The logger of ``train`` and ``benchmark``; may be set, as by ``with_logger``."""
        return self._logger

    @logger.setter
    def logger(self, value: Logger | EpochLogger) -> None:
        self.with_logger(value)

    @property
    def parameters(self) -> Parameters:
        """The flat parameter and gradient vectors, and the layers' views into them.

        Raises
        ------
        RuntimeError
            The network has no output layer yet.
        """
        if self._parameters is None:
            raise RuntimeError(f"{self.name} has no output layer yet: complete it with network.output(...)")
        return self._parameters

    @property
    def output_layer(self) -> OutputLayer:
        """The last layer.

        Raises
        ------
        RuntimeError
            The network has no output layer yet.
        """
        layer = self.layers[-1] if self.layers else None
        if not isinstance(layer, OutputLayer):
            raise RuntimeError(f"{self.name} has no output layer yet: complete it with network.output(...)")
        return layer

    def get_Ws_bs(self) -> tuple[list[Array], list[Array]]:
        """Return copies of the weights, (size, previous size), and the biases, (size,), in layer order.

        Raises
        ------
        ValueError
            A layer is not fully connected.
        """
        blocks = self.parameters.blocks
        require_fully_connected(self.layers, "get_Ws_bs")
        return [block[:, :-1].copy() for block in blocks], [block[:, -1].copy() for block in blocks]

    def __str__(self) -> str:
        """Return the network as a table, one line per layer, from the inputs to the outputs."""
        shapes = self.shapes
        rows = [("layer", "units", "activation", "parameters", ""), ("input", _units(shapes[0]), "", "", "")]
        total = 0
        for place, (layer, before, after) in enumerate(zip(self.layers, shapes, shapes[1:], strict=False), start=1):
            title = "output" if isinstance(layer, OutputLayer) else str(place)
            parameters = sum(features_of(shape) for shape in layer.parameter_shapes(before).values())
            total += parameters
            function = layer.activation_function.name if isinstance(layer, Layer) else ""
            options = ", ".join(layer.options) if isinstance(layer, Layer) else repr(layer)
            rows.append((title, _units(after), function, f"{parameters:,}", options))
        rows.append(("total", "", "", f"{total:,}", ""))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            "  ".join((a.ljust(widths[0]), b.rjust(widths[1]), c.ljust(widths[2]), d.rjust(widths[3]), e)).rstrip()
            for a, b, c, d, e in rows
        ]
        return "\n".join([self.name, *lines])

    def __repr__(self) -> str:
        return f"Network({self.architecture!r}, name={self.name!r})"

    # --- use -------------------------------------------------------------------------------------------------------

    def predict(self, x: ArrayLike) -> Array:
        """Return y_hat, (outputs, samples), for x of shape (features, samples).

        For one sample, x of shape (features,), y_hat has the shape (outputs,).

        Raises
        ------
        ValueError
            x has another shape, or numbers that are not finite; the message says where.
        RuntimeError
            The network has no output layer yet.
        """
        self.parameters  # noqa: B018  # raises where there are none yet
        inputs = self._samples(x, self.input_size, "x")
        require_finite(inputs, "x", "feature")
        y_hat: Array = np.empty((self.output_layer.size, inputs.shape[1]), self.dtype)
        small = inputs.shape[1] * self.parameter_count < SMALL
        with nullcontext() if small else ThreadLimit():
            for z, part in logits(self.forward_pass, inputs):
                y_hat[:, part] = self.output_layer.predict(z)
        return y_hat[:, 0] if np.ndim(x) == 1 else y_hat

    def cost(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the mean cost, which training minimises, of x, (features, samples), against y, (outputs, samples)."""
        return self.evaluate(x, y).cost

    def evaluate(self, x: ArrayLike, y: ArrayLike, task: Task | None = None) -> Evaluation:
        """Return the mean cost and the score of x, (features, samples), against y, (outputs, samples).

        The score depends on the task: by default the one that the network was trained for, else the one that its output
        layer and y imply.
        """
        return self.evaluator(*self.checked(x, y), task).evaluate()

    def evaluator(self, x: Array, y: Array, task: Task | None = None, metrics: MetricSet | None = None) -> Evaluator:
        """Return an evaluator of this network on x and y, which ``checked`` has returned.

        The task is by default the one that the network was trained for; ``metrics`` are measured too.
        """
        return Evaluator(self.forward_pass, self.output_layer, x, y, task or self.task, metrics)

    def gradients(self, x: ArrayLike, y: ArrayLike, *, persist: bool = False) -> tuple[list[Array], list[Array]]:
        """Return the gradients of the cost, as means over the samples.

        Parameters
        ----------
        x : (features, samples) array
        y : (outputs, samples) array
        persist : bool, default False
            Store each layer's inputs, z, a and delta on the layer: ``a_lm1``, ``z_l``, ``a_l``, ``delta_l``.

        Returns
        -------
        dWs : list of (size, previous size) arrays
        dbs : list of (size,) arrays
            In layer order, copies.

        Raises
        ------
        ValueError
            A layer is not fully connected, for which ``compute_gradients`` is there, or x or y is not valid.
        """
        require_fully_connected(self.layers, "gradients(x, y), unlike compute_gradients(x, y),")
        x, y = self.checked(x, y)
        self.parameters  # noqa: B018  # raises where there are none yet
        with self.turn, ThreadLimit(), np.errstate(all="ignore"):
            if persist:
                self._persist_pass(x, y)
            else:
                self._compute_gradients(x, y)
            return self.get_dWs_dbs()

    def _persist_pass(self, x: Array, y: Array) -> None:
        self.has_gradients = True
        step = TrainingPass(self._layers, self.parameters, self.input_size, x.shape[1], keeps_z=True)
        step.x[...], step.y[...] = x, y
        run(step.calls)
        step.persist()

    def compute_gradients(self, x: ArrayLike, y: ArrayLike) -> None:
        """Compute the gradients of the cost of x, (features, samples), against y, (outputs, samples), in place.

        They are then in ``parameters.gradient``, and by layer and name in ``parameters.gradient_views``. Many samples
        are computed in parts. Layers behave as in prediction: nothing is dropped, and running means are used.

        Raises
        ------
        ValueError
            x or y is not valid; the message says where.
        """
        inputs, outputs = self.checked(x, y)
        with self.turn, ThreadLimit(), np.errstate(all="ignore"):
            self._compute_gradients(inputs, outputs)

    def _compute_gradients(self, x: Array, y: Array) -> None:
        """Compute the gradients into the parameters' vector; many samples are computed in parts."""
        samples, gradient = x.shape[1], self.parameters.gradient
        total = np.zeros_like(gradient) if samples > PART else gradient
        for start in range(0, samples, PART):
            part = slice(start, min(start + PART, samples))
            step = self.training_pass(part.stop - part.start)
            step.x[...], step.y[...] = x[:, part], y[:, part]
            run(step.calls)
            if total is not gradient:
                total += gradient * gradient.dtype.type((part.stop - part.start) / samples)
        if total is not gradient:
            gradient[...] = total

    def get_dWs_dbs(self) -> tuple[list[Array], list[Array]]:
        """Return copies of the latest gradients: of ``gradients``, or of the latest step's mini-batch.

        The step is one of training, or one by hand with each layer's ``back_propagate``.

        Returns
        -------
        dWs : list of (size, previous size) arrays
        dbs : list of (size,) arrays
            In layer order.

        Raises
        ------
        RuntimeError
            There was no training step, and ``gradients`` was not called.
        """
        blocks = self.parameters.gradient_blocks
        layers = require_fully_connected(self.layers, "get_dWs_dbs")
        if not self.has_gradients and any(layer.delta_l is None for layer in layers):
            raise RuntimeError(f"{self.name} has no gradients yet: train it, or call network.gradients(x, y)")
        return [block[:, :-1].copy() for block in blocks], [block[:, -1].copy() for block in blocks]

    def with_logger(self, logger: Logger | EpochLogger) -> Self:
        """Set the logger of ``train`` and ``benchmark``, and return the network.

        Parameters
        ----------
        logger : Logger
            StdoutLogger(), CSVLogger("epochs.csv"), BenchmarkLogger(), MatplotlibLogger(), SilentLogger() (the
            default), or a custom object with ``begin``, ``hear`` and ``end``, or with ``log_cost_accuracy`` alone.

        Returns
        -------
        Network
            This one.

        Raises
        ------
        TypeError
            It is a logger's class, or not a logger.
        """
        require_logger(logger)
        self._logger = logger
        return self

    def train(
        self,
        x_train: ArrayLike,
        y_train: ArrayLike,
        num_epochs: int = 10,
        verbose: bool | int | Literal["all"] | None = False,
        learning_rate: float | Optimizer | None = None,
        momentum: float | None = None,
        *,
        batch_size: int | Literal["all"] | None = None,
        optimizer: Optimizer | None = None,
        seed: int | None = None,
        persist: bool = False,
        callbacks: Sequence[Callback] = (),
    ) -> Self:
        """Train on all samples, by default as the article does: Adam at 0.002, batches of 32, 10 epochs.

        Parameters
        ----------
        x_train : (features, samples) array
        y_train : (outputs, samples) array
            One-hot classes, yes-or-no answers, or values, as the output layer requires.
        num_epochs : int, default 10
        verbose : bool, default False
            Print one line per epoch, beside the network's logger.
        learning_rate : float, optional
            For Adam, 0.002 by default; other optimizers have their own.
        momentum : float, optional
            Accepted, but not used, as in the original library: a warning names ``Momentum``.
        batch_size : int or "all"
            Samples in a mini-batch; by default the network's ``batch_size``, 32, or all if there are fewer.
        optimizer : Optimizer
            Default Adam(learning_rate=0.002).
        seed : int
            Decides the order of the samples; the network's own by default.
        persist : bool, default False
            Store a, z and delta of the last mini-batch on the layers, as ``Trainer.persist`` does.
        callbacks : sequence of callables, default ()
            Functions that are called at the end of every epoch, and may end the training, as for ``Trainer``.

        Returns
        -------
        Network
            This one, trained.

        Notes
        -----
        Another ``train`` continues from these weights, and continues the shuffling unless it is given a seed; its
        optimizer starts anew. To keep the optimizer's state, make a ``Trainer`` and increase its ``epochs``.

        For compatibility with earlier versions, a batch size in place of ``verbose`` is accepted with a warning, and an
        optimizer in place of ``learning_rate``.
        """
        batch_size, verbose = _batch_size_and_verbose(batch_size, verbose)
        x, y = self.checked(x_train, y_train)
        trainer = Trainer(
            self,
            x,
            y,
            optimizer=_chosen_optimizer(optimizer, learning_rate, momentum),
            epochs=num_epochs,
            batch_size=batch_size,
            seed=seed,
            persists=persist,
            callbacks=callbacks,
        )
        follow_on(trainer, seed, *self._listeners(verbose))
        self.times_trained += 1
        if persist:
            trainer.persist()
        return self

    def benchmark(
        self,
        x_train: ArrayLike,
        y_train: ArrayLike,
        x_test: ArrayLike,
        y_test: ArrayLike,
        num_epochs: int | str | PathLike[str] | None = 10,
        verbose: bool = False,
        csv_file_name: str | PathLike[str] | None = None,
        learning_rate: float | None = None,
        momentum: float | None = None,
        warn: bool = False,
        *,
        batch_size: int | Literal["all"] | None = None,
        optimizer: Optimizer | None = None,
        seed: int | None = None,
        test_every: Literal["epoch"] | int | None = None,
    ) -> BenchmarkLogger:
        """Train as ``train`` does, test during training, and keep the series of cost and accuracy.

        Parameters
        ----------
        x_train, y_train, num_epochs, verbose, learning_rate, momentum, batch_size, optimizer, seed
            As for ``train``; the final parameters are the same, bit for bit. A file name in place of ``num_epochs`` is
            taken as ``csv_file_name``, as in earlier versions.
        x_test, y_test : (features, samples) and (outputs, samples) arrays
        csv_file_name : path, optional
            The path for the logger's ``dump_results``; an existing file is refused before training starts.
        warn : bool, default False
            Warn if the network has been trained before: its curves then do not start at the beginning.
        test_every : int or "epoch", optional
            Number of iterations between tests; there is always a test at the end. None spreads about 200 tests over the
            training (every 20 iterations for the article's). The article used 1, where a test of 3,277 samples takes
            longer than ten iterations.

        Returns
        -------
        BenchmarkLogger
            ``dump_results()`` writes the CSV file, ``plot_benchmark()`` draws, and ``results()`` returns arrays.

        Raises
        ------
        FileExistsError
            The file csv_file_name exists.
        ValueError
            A setting is out of its range or has the wrong type; the message names it.
        """
        if num_epochs is None or isinstance(num_epochs, str | PathLike):
            csv_file_name, num_epochs = num_epochs or csv_file_name, 10
        require_kind(isinstance(verbose, bool), verbose, "verbose", "True or False")
        if warn and self.times_trained:
            warnings.warn(
                f"{self.name} has been trained before: this benchmark continues from there", UserWarning, stacklevel=2
            )
        logger = benchmark(
            self,
            x_train,
            y_train,
            x_test,
            y_test,
            *self._listeners(verbose),
            csv_file_name=csv_file_name,
            num_epochs=num_epochs,
            batch_size=batch_size,
            optimizer=_chosen_optimizer(optimizer, learning_rate, momentum),
            seed=seed,
            test_every=test_every,
        )
        self.times_trained += 1
        return logger

    def _listeners(self, verbose: bool) -> list[Logger | EpochLogger]:
        """Return the loggers of a training: the network's, and one that prints if ``verbose`` asks for it."""
        printed = isinstance(self._logger, StdoutLogger)
        return [self._logger, StdoutLogger()] if verbose and not printed else [self._logger]

    def test(
        self, x_test: ArrayLike, y_test: ArrayLike, warn: bool = False, *, task: Task | None = None
    ) -> tuple[Array, Array, float]:
        """Predict samples and compare with their targets.

        Parameters
        ----------
        x_test : (features, samples) array
            One sample may be a vector, (features,).
        y_test : (outputs, samples) array
        warn : bool, default False
            Warn if ``train`` and ``benchmark`` have not trained this network.
        task : {"classes", "multilabel", "regression"}, optional
            The task; by default the one that the network was trained for, else the one that its output layer and y
            imply.

        Returns
        -------
        y_pred : (outputs, samples) array
            The predicted classes, one-hot; 0 or 1 for yes-or-no answers; y_hat itself for values. nan where y_hat is
            not finite.
        y_hat : (outputs, samples) array
            The outputs: probabilities if the output is a softmax.
        accuracy : float
            The share of correct samples or answers; R2 for values; nan where it is not defined.

        Notes
        -----
        For one sample, x_test of shape (features,), y_pred and y_hat have the shape (outputs,).
        """
        x, y = self.checked(x_test, y_test)
        if warn and not self.times_trained:
            warnings.warn(f"{self.name} has not been trained: its weights are random", UserWarning, stacklevel=2)
        y_hat = self.predict(x)
        y_pred = predictions(task or self.task or task_for(self.output_layer, y), y_hat)
        score = self.evaluate(x, y, task).accuracy
        return (y_pred[:, 0], y_hat[:, 0], score) if np.ndim(x_test) == 1 else (y_pred, y_hat, score)

    # --- compiled passes -------------------------------------------------------------------------------------------

    def forward_pass(self, samples: int) -> ForwardPass:
        """Return the forward pass for this many samples; the latest few are kept."""
        return self._pass(ForwardPass, samples)

    def training_pass(self, samples: int) -> TrainingPass:
        """Return the training pass for this many samples; the latest few are kept."""
        self.has_gradients = True  # the caller runs it
        return self._pass(TrainingPass, samples)

    def _pass(self, kind: type[_Pass], samples: int) -> _Pass:
        """Return a pass that only this thread uses."""
        passes = self._workspace.passes
        key = (kind, samples)
        prepared = passes.get(key)
        if not isinstance(prepared, kind):
            prepared = kind(self._layers, self.parameters, self.input_size, samples)
            passes[key] = prepared
        passes.move_to_end(key)
        while len(passes) > _KEPT_PASSES:
            passes.popitem(last=False)
        return prepared

    # --- checks of arguments -----------------------------------------------------------------------------------------

    def checked(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """Return x and y as arrays of this network's type, or raise ValueError if they are not valid.

        One sample may be a pair of vectors, x of shape (features,) and y of shape (outputs,).

        Raises
        ------
        ValueError
            A shape does not fit, there are no samples, a number is not finite, or the cost is not defined for y; the
            message says where.
        """
        self.parameters  # noqa: B018  # raises where there are none yet
        inputs = self._samples(x, self.input_size, "x")
        outputs = self._samples(y, self.output_layer.size, "y")
        if inputs.shape[1] != outputs.shape[1]:
            raise ValueError(
                f"x has {inputs.shape[1]} samples and y has {outputs.shape[1]}: samples are columns of both"
            )
        if inputs.shape[1] == 0:
            raise ValueError("x has no samples: give at least one column")
        require_finite(inputs, "x", "feature")
        require_finite(outputs, "y", "output")
        self.output_layer.require_targets(outputs)
        return inputs, outputs

    def _samples(self, values: ArrayLike, rows: int, what: str) -> Array:
        """Return values as (rows, samples), where a vector of (rows,) is one sample."""
        array = numbers(values, what, self.dtype)
        if array.shape == (rows,):
            return array[:, np.newaxis]
        if array.ndim != 2 or len(array) != rows:
            hint = ""
            if array.ndim == 2 and array.shape[1] == rows:
                hint = "; samples are columns, so try its transpose"
            elif array.ndim > 2 and array[:1].size == rows:
                hint = f"; samples are columns, so try {what}.reshape(len({what}), -1).T"
            elif array.ndim > 2 and array.size == rows:
                hint = f"; one sample is a vector, so try {what}.reshape(-1)"
            elif array.ndim == 1 and rows == 1:
                hint = f"; samples are columns, so try {what}.reshape(1, -1)"
            elif what == "y" and array.shape in ((array.size,), (1, array.size)):
                hint = f"; class numbers become columns by joml.utils.one_hot(y, {rows})"
            raise ValueError(f"{what} for {self.architecture} has the shape ({rows}, samples), got {array.shape}{hint}")
        return array


def _units(shape: Shape) -> str:
    return f"{shape[0]:,}" if len(shape) == 1 else shape_text(shape)


def _text(name: str | None) -> str:
    require_kind(name is None or isinstance(name, str), name, "a network's name", "a text")
    return name or ""


def _batch_size_and_verbose(
    batch_size: int | Literal["all"] | None, verbose: bool | int | Literal["all"] | None
) -> tuple[int | Literal["all"] | None, bool]:
    """Return batch_size and verbose of ``train``; warn if a batch size was passed as verbose.

    Raises ValueError if verbose is ambiguous, or neither.
    """
    if verbose is None or isinstance(verbose, bool | np.bool_):
        return batch_size, bool(verbose)
    if verbose == 0:
        return batch_size, False
    size = isinstance(verbose, int | np.integer) and verbose > 1
    if batch_size is not None or not (size or verbose == "all"):
        one = "; batch_size=1 takes one sample at a time" if verbose == 1 else ""
        raise ValueError(f"verbose must be True or False, got {verbose!r}{one}")
    warnings.warn(
        f"{verbose!r} in the place of verbose is taken for the batch size: write batch_size={verbose!r}",
        UserWarning,
        stacklevel=3,
    )
    return verbose, False


def _chosen_optimizer(
    optimizer: Optimizer | None, learning_rate: float | Optimizer | None, momentum: float | None
) -> Optimizer:
    """Return the optimizer of ``train`` and ``benchmark``, by default the article's Adam."""
    if learning_rate is not None and not isinstance(learning_rate, int | float):
        optimizer, learning_rate = learning_rate, None
    if momentum is not None:
        warnings.warn(
            "momentum had no effect in the original library and has none here: "
            "optimizer=Momentum(learning_rate, momentum) trains with one",
            UserWarning,
            stacklevel=3,
        )
    if optimizer is None:
        return Adam(learning_rate=0.002 if learning_rate is None else learning_rate)
    if learning_rate is not None:
        raise ValueError(
            f"the learning rate belongs to the optimizer: {optimizer!r} has its own; leave one of them out"
        )
    return optimizer


def _require_chain(weights: Sequence[Array], biases: Sequence[Array]) -> None:
    if not weights or len(weights) != len(biases):
        raise ValueError(f"as many Ws as bs are needed, at least one of each: got {len(weights)} and {len(biases)}")
    for place, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        if W.ndim != 2 or 0 in W.shape:
            raise ValueError(f"layer {place}: W has the shape (size, previous size), got {W.shape}")
        if len(b) != len(W):
            raise ValueError(f"layer {place}: W {W.shape} goes with a b of {len(W)}, got {len(b)}")
        if place > 1 and W.shape[1] != len(weights[place - 2]):
            raise ValueError(
                f"layer {place}: W {W.shape} does not follow a layer of {len(weights[place - 2])}: "
                f"it needs {len(weights[place - 2])} columns"
            )
