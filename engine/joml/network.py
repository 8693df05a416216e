"""Network: an ordered collection of layers, N: R^N_0 -> R^N_L."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from joml.adaptive import Adam
from joml.architecture import Architecture, parse_architecture
from joml.arrays import Array
from joml.checks import at_least_one, integer, numbers, require_finite
from joml.evaluation import Evaluation, Evaluator, logits
from joml.layer import Layer, OutputLayer, SoftMaxCrossEntropyOutputLayer
from joml.logger import BenchmarkLogger, Logger, SilentLogger, benchmark, follow
from joml.optimizer import Optimizer
from joml.parameters import Parameters
from joml.passes import ForwardPass, TrainingPass, run
from joml.scoring import predictions
from joml.streams import stream
from joml.task import Task, task_of
from joml.training import Trainer

_Pass = TypeVar("_Pass", bound=ForwardPass)

#: Passes that a network keeps: the full and the last mini-batch, and two parts of what is evaluated.
_KEPT_PASSES = 4


class Network:
    """A stack of fully connected layers with an output layer on top.

    Stack the layers, then give the output; from then on the network has parameters: weights as each layer starts
    them (He's way for ReLU layers and the softmax), and biases of zero.

    Parameters
    ----------
    input_size : int
        Number of features, N_0.
    name : str
        What the network is called; its architecture unless said.
    seed : int, default 0
        Decides the initial weights, and the order of training unless the trainer is given another.
    dtype : dtype
        float32 unless said; float64 where gradients are to be checked.

    Raises
    ------
    ValueError
        The input size is no integer of at least 1, the seed none of at least 0, or the dtype neither of the two.

    Examples
    --------
    >>> network = Network(input_size=14, name="14-100-40-4 net")
    >>> network.stack(Layer(size=100))
    >>> network.stack(Layer(size=40))
    >>> network.output(SoftMaxCrossEntropyOutputLayer(size=4))
    >>> network.architecture, network.parameter_count
    ('14-100-40-4', 5704)
    """

    def __init__(self, input_size: int, name: str = "", seed: int = 0, dtype: DTypeLike = np.float32) -> None:
        self.input_size = at_least_one(input_size, "a network's input_size")
        self.seed = integer(seed, "a network's seed", 0)
        try:
            self.dtype = np.dtype(dtype)
        except TypeError:
            self.dtype = np.dtype(object)
        if self.dtype.type not in (np.float32, np.float64):
            raise ValueError(f"a network's dtype is float32 or float64, got {dtype!r}")
        self.layers: list[Layer] = []
        self._name = name
        self._parameters: Parameters | None = None
        self._passes: OrderedDict[tuple[type[ForwardPass], int], ForwardPass] = OrderedDict()
        self._logger: Logger = SilentLogger()
        self.has_gradients = False  # whether get_dWs_dbs has something to give

    # --- composing -------------------------------------------------------------------------------------------------

    def stack(self, layer: Layer) -> None:
        """Put a hidden layer on top of those already there.

        Raises
        ------
        TypeError
            It is an output layer, or no layer.
        ValueError
            It belongs to a network already, or ends a residual block that has nowhere to start from.
        RuntimeError
            The network has its output layer already.
        """
        self._require_open(layer)
        if isinstance(layer, OutputLayer):
            raise TypeError(f"{layer!r} is an output layer: give it to network.output(...)")
        self._require_block(layer)
        self.layers.append(layer)

    def output(self, layer: OutputLayer) -> None:
        """Complete the network with its output layer; its parameters are made now.

        Raises
        ------
        TypeError
            The layer is no output layer.
        ValueError
            It belongs to a network already.
        RuntimeError
            The network has its output layer already.
        """
        self._require_open(layer)
        if not isinstance(layer, OutputLayer):
            raise TypeError(f"{layer!r} is no output layer: use SoftMaxCrossEntropyOutputLayer or OutputLayer")
        self.layers.append(layer)
        self._bind(Parameters(self.layers, self.input_size, self.dtype))
        self._initialise()

    def _bind(self, parameters: Parameters) -> None:
        self._parameters = parameters
        for layer, block, norm in zip(self.layers, parameters.blocks, parameters.norms, strict=True):
            layer.bind(block, norm)

    def _initialise(self) -> None:
        generator = stream(self.seed, "initialisation")
        for layer in self.layers:
            layer.initialise(generator)

    def _require_open(self, layer: Layer) -> None:
        if not isinstance(layer, Layer):
            raise TypeError(f"a network is made of layers such as Layer(28), got {layer!r}")
        if self._parameters is not None:
            raise RuntimeError(f"{self.name} has its output layer already: no layer can follow it")
        if layer.bound or any(layer is other for other in self.layers):
            raise ValueError(f"{layer!r} belongs to a network already: make a new layer")

    def _require_block(self, layer: Layer) -> None:
        """Raise ValueError unless a residual block that ends in this layer has where to start from."""
        start = len(self.sizes) - layer.residual  # the place among the sizes of what the block adds
        if not layer.residual:
            return
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

    @classmethod
    def from_architecture(
        cls, architecture: str | Architecture, name: str = "", seed: int = 0, dtype: DTypeLike = np.float32
    ) -> Network:
        """Make a network of ReLU layers with a softmax output from a text such as ``14-28x6-4``.

        Parameters
        ----------
        architecture : str or Architecture
        name, seed, dtype
            As for ``Network``.

        Returns
        -------
        Network

        Raises
        ------
        ArchitectureError
            The text is no architecture; says which part and what would be right.
        """
        if not isinstance(architecture, Architecture):
            architecture = parse_architecture(architecture)
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
            Biases in layer order; (size, 1) is taken too.
        name, dtype
            As for ``Network``.

        Returns
        -------
        Network

        Raises
        ------
        ValueError
            The shapes make no chain of layers, or something is no number; says which layer does not fit.
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
        """Give a network of the same layers and parameters, of another dtype if wished."""
        twin = self._like(self.seed, self.dtype if dtype is None else np.dtype(dtype))
        twin._bind(Parameters(twin.layers, twin.input_size, twin.dtype))
        twin.parameters.theta[...] = self.parameters.theta
        return twin

    def replica(self, seed: int, parameters: Parameters | None = None) -> Network:
        """Give a network of the same layers as it would have started from another seed.

        Parameters
        ----------
        seed : int
        parameters : Parameters, optional
            Where its parameters lie; in vectors of its own unless said.

        Returns
        -------
        Network
        """
        twin = self._like(seed, self.dtype)
        twin._bind(parameters or Parameters(twin.layers, twin.input_size, twin.dtype))
        twin._initialise()
        return twin

    def _like(self, seed: int, dtype: np.dtype[Any]) -> Network:
        """Give a network of the same layers, without parameters."""
        twin = Network(self.input_size, self._name, seed, dtype)
        twin.layers = [layer.unbound() for layer in (*self.layers[:-1], self.output_layer)]
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is made anew, views and compiled passes, and what stays here, gradients and logger."""
        layers = [layer.unbound() for layer in self.layers]
        theta = None if self._parameters is None else self._parameters.theta
        left_out = {"_passes": OrderedDict(), "_logger": SilentLogger(), "has_gradients": False}
        return {**vars(self), "layers": layers, "_parameters": theta, **left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        theta, self._parameters = state["_parameters"], None
        if theta is not None:
            self._bind(Parameters(self.layers, self.input_size, self.dtype))
            self.parameters.theta[...] = theta

    # --- what it is ------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """What the network is called."""
        return self._name or (self.architecture if self.layers else "the network")

    @property
    def sizes(self) -> tuple[int, ...]:
        """N_0 .. N_L."""
        return (self.input_size, *(layer.size for layer in self.layers))

    @property
    def architecture(self) -> str:
        """The sizes as text, such as ``14-28x6-4``: the inverse of ``from_architecture``. Without layers the inputs."""
        sizes = self.sizes
        if not self.layers:
            return str(self.input_size)
        return str(Architecture(sizes[0], sizes[1:-1], sizes[-1]))

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return self.parameters.theta.size

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
        """Give copies of the weights, (size, previous size), and the biases, (size,), in layer order."""
        blocks = self.parameters.blocks
        return [block[:, :-1].copy() for block in blocks], [block[:, -1].copy() for block in blocks]

    def __str__(self) -> str:
        """Lay the network out as a table: a line a layer, from the inputs to the outputs."""
        rows = [("layer", "units", "activation", "parameters", ""), ("input", f"{self.input_size:,}", "", "", "")]
        total = 0
        for place, (layer, previous) in enumerate(zip(self.layers, self.sizes, strict=False), start=1):
            title = "output" if isinstance(layer, OutputLayer) else str(place)
            parameters = layer.size * (previous + 1 + 2 * layer.normalised)
            total += parameters
            options = ", ".join(layer.options)
            rows.append((title, f"{layer.size:,}", layer.activation_function.name, f"{parameters:,}", options))
        rows.append(("total", "", "", f"{total:,}", ""))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}  {e}".rstrip()
            for a, b, c, d, e in rows
        ]
        return "\n".join([self.name, *lines])

    def __repr__(self) -> str:
        return f"Network({self.architecture!r}, name={self.name!r})"

    # --- using it --------------------------------------------------------------------------------------------------

    def predict(self, x: ArrayLike) -> Array:
        """Give y_hat, (outputs, samples), for x of shape (features, samples).

        One sample, x of shape (features,), has a y_hat of shape (outputs,).

        Raises
        ------
        ValueError
            x has another shape, or numbers that are not finite; says where and what would be right.
        RuntimeError
            The network has no output layer yet.
        """
        self.parameters  # noqa: B018  # raises where there are none yet
        inputs = self._samples(x, self.input_size, "x")
        require_finite(inputs, "x", "feature")
        y_hat: Array = np.empty((self.output_layer.size, inputs.shape[1]), self.dtype)
        for z, part in logits(self.forward_pass, inputs):
            y_hat[:, part] = self.output_layer.predict(z)
        return y_hat[:, 0] if np.ndim(x) == 1 else y_hat

    def cost(self, x: ArrayLike, y: ArrayLike) -> float:
        """Give the mean cost of x, (features, samples), against y, (outputs, samples): what training minimises."""
        return self.evaluate(x, y).cost

    def evaluate(self, x: ArrayLike, y: ArrayLike) -> Evaluation:
        """Give the mean cost and the accuracy of x, (features, samples), against y, (outputs, samples)."""
        return self.evaluator(*self.checked(x, y)).evaluate()

    def evaluator(self, x: Array, y: Array, task: Task | None = None) -> Evaluator:
        """Give what evaluates this network on x and y, which ``checked`` has passed, as often as one likes.

        The task is what y looks like unless said, which a few of many may not tell.
        """
        return Evaluator(self.forward_pass, self.output_layer, x, y, task)

    def gradients(self, x: ArrayLike, y: ArrayLike) -> tuple[list[Array], list[Array]]:
        """Give the gradients of the cost, as means over the samples.

        Parameters
        ----------
        x : (features, samples) array
        y : (outputs, samples) array

        Returns
        -------
        dWs : list of (size, previous size) arrays
        dbs : list of (size,) arrays
            In layer order, copies.
        """
        x, y = self.checked(x, y)
        step = self.training_pass(x.shape[1])
        step.x[...] = x
        step.y[...] = y
        run(step.calls)
        return self.get_dWs_dbs()

    def get_dWs_dbs(self) -> tuple[list[Array], list[Array]]:
        """Give copies of the latest gradients: those of ``gradients``, or of the latest training step's mini-batch.

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
        if not self.has_gradients:
            raise RuntimeError(f"{self.name} has no gradients yet: train it, or call network.gradients(x, y)")
        return [block[:, :-1].copy() for block in blocks], [block[:, -1].copy() for block in blocks]

    def with_logger(self, logger: Logger) -> Self:
        """Let a logger hear what ``train`` and ``benchmark`` do from now on, and give the network back.

        Parameters
        ----------
        logger : Logger
            StdoutLogger(), CSVLogger("epochs.csv"), BenchmarkLogger(), SilentLogger() as it is at first, or one's own.

        Returns
        -------
        Network
            This one.

        Raises
        ------
        TypeError
            It is a logger's class, or no logger.
        """
        if isinstance(logger, type):
            raise TypeError(f"a logger is needed, not its class: write {logger.__name__}()")
        if not all(callable(getattr(logger, method, None)) for method in ("begin", "hear", "end")):
            raise TypeError(f"a logger such as StdoutLogger() is needed, with begin, hear and end, got {logger!r}")
        self._logger = logger
        return self

    def train(
        self,
        x_train: ArrayLike,
        y_train: ArrayLike,
        num_epochs: int = 10,
        batch_size: int | Literal["all"] = 32,
        optimizer: Optimizer | None = None,
        seed: int | None = None,
    ) -> None:
        """Train on all samples, by default as the article does: Adam at 0.002, batches of 32, 10 epochs.

        Parameters
        ----------
        x_train : (features, samples) array
        y_train : (outputs, samples) array
            One-hot classes, yes-or-no answers, or values: what the output layer learns.
        num_epochs : int, default 10
        batch_size : int or "all"
            Samples in a mini-batch; 32 unless said.
        optimizer : Optimizer
            Adam(learning_rate=0.002) unless said.
        seed : int
            Decides the order of the samples; the network's own unless said.
        """
        x, y = self.checked(x_train, y_train)
        trainer = Trainer(
            self,
            x,
            y,
            optimizer=optimizer or Adam(learning_rate=0.002),
            epochs=num_epochs,
            batch_size=batch_size,
            seed=seed,
        )
        follow(trainer, self._logger)

    def benchmark(
        self,
        x_train: ArrayLike,
        y_train: ArrayLike,
        x_test: ArrayLike,
        y_test: ArrayLike,
        csv_file_name: str | PathLike[str] | None = None,
        num_epochs: int = 10,
        batch_size: int | Literal["all"] = 32,
        optimizer: Optimizer | None = None,
        seed: int | None = None,
        test_every: Literal["epoch"] | int | None = None,
    ) -> BenchmarkLogger:
        """Train as ``train`` does, test on the way, and keep the series of cost and accuracy.

        Parameters
        ----------
        x_train, y_train, num_epochs, batch_size, optimizer, seed
            As for ``train``; the parameters end as they do there, bit for bit.
        x_test, y_test : (features, samples) and (outputs, samples) arrays
        csv_file_name : path, optional
            Where ``dump_results`` of the logger will write; refused before the training where it is a file's already.
        test_every : int or "epoch", optional
            After how many iterations to test; the end is always tested. None spreads about 200 tests over the
            training, every 20 iterations in the article's; 1 is what the article did, where a test of 3,277 samples
            takes longer than ten iterations.

        Returns
        -------
        BenchmarkLogger
            Whose ``dump_results()`` writes the CSV file, ``plot_benchmark()`` draws, and ``results()`` gives arrays.

        Raises
        ------
        FileExistsError
            There is a file of the name csv_file_name.
        """
        return benchmark(
            self,
            x_train,
            y_train,
            x_test,
            y_test,
            self._logger,
            csv_file_name=csv_file_name,
            num_epochs=num_epochs,
            batch_size=batch_size,
            optimizer=optimizer,
            seed=seed,
            test_every=test_every,
        )

    def test(self, x_test: ArrayLike, y_test: ArrayLike) -> tuple[Array, Array, float]:
        """Predict samples and compare with what they are.

        Parameters
        ----------
        x_test : (features, samples) array
            One sample may be a vector, (features,).
        y_test : (outputs, samples) array

        Returns
        -------
        y_pred : (outputs, samples) array
            The predicted classes, one-hot; of yes-or-no answers 0 or 1; y_hat itself where y are values.
        y_hat : (outputs, samples) array
            The outputs: probabilities on a softmax.
        accuracy : float
            The share of samples, or of answers, that are right; R2 where y are values.

        Notes
        -----
        One sample, x_test of shape (features,), has a y_pred and a y_hat of shape (outputs,).
        """
        x, y = self.checked(x_test, y_test)
        y_hat = self.predict(x)
        y_pred = predictions(task_of(y), y_hat)
        score = self.evaluate(x, y).accuracy
        return (y_pred[:, 0], y_hat[:, 0], score) if np.ndim(x_test) == 1 else (y_pred, y_hat, score)

    # --- compiled passes -------------------------------------------------------------------------------------------

    def forward_pass(self, samples: int) -> ForwardPass:
        """Give the forward pass for this many samples; the latest few are kept."""
        return self._pass(ForwardPass, samples)

    def training_pass(self, samples: int) -> TrainingPass:
        """Give the training pass for this many samples; the latest few are kept."""
        self.has_gradients = True  # whoever asks for it runs it
        return self._pass(TrainingPass, samples)

    def _pass(self, kind: type[_Pass], samples: int) -> _Pass:
        key = (kind, samples)
        found = self._passes.get(key)
        if not isinstance(found, kind):
            found = kind(self.layers, self.parameters, self.input_size, samples)
            self._passes[key] = found
        self._passes.move_to_end(key)
        while len(self._passes) > _KEPT_PASSES:
            self._passes.popitem(last=False)
        return found

    # --- checking what is given --------------------------------------------------------------------------------------

    def checked(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """Give x and y, finite, as arrays of this network's type, or say what is wrong with them.

        One sample may be given as vectors, x of shape (features,) and y of shape (outputs,).

        Raises
        ------
        ValueError
            A shape does not fit, there are no samples, a number is not finite, or the cost is not defined for y; says
            where and what would be right.
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
        """Give (rows, samples), where a vector of (rows,) is one sample."""
        array = numbers(values, what, self.dtype)
        if array.shape == (rows,):
            return array[:, np.newaxis]
        if array.ndim != 2 or len(array) != rows:
            hint = ""
            if array.ndim == 2 and array.shape[1] == rows:
                hint = "; samples are columns, so try its transpose"
            elif array.ndim == 1 and rows == 1:
                hint = f"; samples are columns, so try {what}.reshape(1, -1)"
            elif what == "y" and array.shape in ((array.size,), (1, array.size)):
                hint = f"; class numbers become columns by joml.dataset.one_hot(y, {rows})"
            raise ValueError(f"{what} for {self.architecture} has the shape ({rows}, samples), got {array.shape}{hint}")
        return array


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
