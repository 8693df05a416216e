"""Estimators: the engine's networks as scikit-learn's classifiers and regressors, for its pipelines and searches.

As in scikit-learn, and unlike in the engine, samples are rows here: X is (samples, features).
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml import (
    ActivationFunction,
    AdamW,
    CostFunction,
    EarlyStopping,
    Identity,
    Layer,
    Network,
    Optimizer,
    OutputLayer,
    SoftMaxCrossEntropyOutputLayer,
    Trainer,
    WithWeightDecay,
)
from joml.architecture import ArchitectureError, parse_architecture
from joml.array_types import Array
from joml.compiled.evaluation import Evaluation
from joml.data.dataset import one_hot, split_indices
from joml.declaration import parts_of
from joml.initialisation import Initialisation
from joml.optimizers.base import State
from joml.statistics.metric import Metric, MetricFunction
from joml.statistics.metrics import largest, mean_over_samples, missing_outputs
from joml.task import Task
from joml.validation import above_zero, at_least_zero, integer, number
from joml_tui.names import find_name

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state, compute_class_weight
    from sklearn.utils.metaestimators import available_if
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "joml_tui.estimators needs scikit-learn, 1.6 or newer; install it with: pip install 'joml-tui[sklearn]'"
    ) from error

__all__ = ["JomlClassifier", "JomlRegressor"]

_OPTIMIZERS = {name: part.make for name, part in parts_of("optimizer").items()}
_HIDDEN_ACTIVATIONS = {name: part.make for name, part in parts_of("activation").items() if part.make.elementwise}
_INITIALISATIONS = {name: part.make for name, part in parts_of("initialisation").items()}
_VALUE_COSTS = {name: part.make for name, part in parts_of("cost").items() if name != "cross-entropy"}


def _goes_on(estimator: _JomlEstimator) -> bool:
    """Return whether there is a ``partial_fit``."""
    if estimator.early_stopping:
        raise AttributeError(
            "partial_fit cannot use early stopping, which needs a validation part: set early_stopping=False"
        )
    if isinstance(getattr(estimator, "class_weight", None), str):
        raise AttributeError("partial_fit cannot balance classes it has not all seen: give class_weight as a dict")
    return True


class _JomlEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The common part of both estimators: a network trained on rows, in ``network_``."""

    _task: Task

    def __init__(
        self,
        hidden_layers: str | int | Sequence[int],
        activation: str | ActivationFunction,
        initialisation: str | Initialisation | None,
        dropout: float,
        normalised: bool,
        optimizer: str | Optimizer,
        learning_rate: float | None,
        weight_decay: float | None,
        epochs: int,
        batch_size: int | Literal["all"],
        early_stopping: bool | EarlyStopping,
        validation_fraction: float,
        metrics: Sequence[str | Metric | MetricFunction],
        random_state: int | np.random.RandomState | None,
    ) -> None:
        self.hidden_layers = hidden_layers
        self.activation = activation
        self.initialisation = initialisation
        self.dropout = dropout
        self.normalised = normalised
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.metrics = metrics
        self.random_state = random_state

    # --- training ---------------------------------------------------------------------------------------------------

    def _fit(self, x: Array, y: Array, output: OutputLayer, **settings: Any) -> Self:
        """Train a new network on x, (features, samples), and y, (outputs, samples)."""
        seed = self._seed()
        network = self._network(x.shape[0], output, seed)
        if self.early_stopping:
            if x.shape[1] < 2:
                raise ValueError("early stopping sets samples aside as validation part, and there is only 1 sample")
            share = number(self.validation_fraction, "validation_fraction", 0, 1, above=True)
            train, aside = split_indices(x.shape[1], share, seed)
            settings |= {"x_validation": x[:, aside], "y_validation": y[:, aside], "early_stopping": self._stopping()}
            x, y = x[:, train], y[:, train]
            if (classes := getattr(self, "classes_", None)) is not None:
                _warn_of_missing_classes(classes, y)
        return self._train(self._trainer(network, x, y, epochs=self.epochs, **settings), [])

    def _partial_fit(self, x: Array, y: Array, output: OutputLayer, **settings: Any) -> Self:
        """Train one more epoch, continuing the network, the optimizer and the random generators."""
        begun = hasattr(self, "network_")
        if begun:
            self._require_unchanged()
        network = self.network_ if begun else self._network(x.shape[0], output, self._seed())
        trainer = self._trainer(network, x, y, epochs=1, streamed=True, **settings)
        if begun:
            trainer.restore({**trainer.state(), **self._state})
        return self._train(trainer, self.loss_curve_ if begun else [])

    def _train(self, trainer: Trainer, losses: list[float]) -> Self:
        """Train to the end, and keep the network, the training's state and the mean cost of each epoch."""
        if self.learning_rate is not None:
            trainer.learning_rate = self.learning_rate
        costs: list[NDArray[Any]] = []
        checks: list[Evaluation] = []
        while not trainer.finished:
            steps = trainer.advance_block(trainer.total_iterations)
            costs.append(steps.costs)
            if steps.validation is not None:
                checks.append(steps.validation)
        if trainer.diverged_at is not None:
            raise ValueError(
                f"the training diverged at iteration {trainer.diverged_at}: choose a lower learning_rate, or scale "
                "the features and the values to predict, with a StandardScaler in a Pipeline for instance"
            )
        epochs = np.concatenate(costs).reshape(-1, trainer.iterations_per_epoch)
        self.network_ = trainer.network
        self._decided = self._decisive()
        self.loss_curve_ = [*losses, *(mean_over_samples(epoch, trainer.batch_sizes) for epoch in epochs)]
        self.validation_loss_curve_ = [check.cost for check in checks]
        self.validation_scores_ = [check.accuracy for check in checks]
        self.validation_metrics_ = {
            name: [check.metrics[name] for check in checks] for name in trainer.metric_names if checks
        }
        self.metrics_ = dict(trainer.evaluate("train")[0].metrics) if trainer.metric_names else {}
        _warn_of_failed_metrics(trainer.metric_faults)
        self.n_iter_ = len(self.loss_curve_)
        self.best_epoch_ = len(losses) + int(trainer.kept_iterations[0]) // trainer.iterations_per_epoch
        state = trainer.state()
        self._state: State = {
            name: array for name, array in state.items() if name == "generators" or name.startswith("rule.")
        }
        return self

    def _decisive(self) -> dict[str, Any]:
        """Return the settings that decide the network and its optimizer."""
        names = ("activation", "initialisation", "dropout", "normalised", "optimizer", "weight_decay", "cost")
        given = {name: getattr(self, name) for name in names if hasattr(self, name)}
        return {"hidden_layers": _sizes(self.hidden_layers), **given}

    def _require_unchanged(self) -> None:
        """Raise ValueError if a setting of the network or optimizer has changed since training began."""
        before = getattr(self, "_decided", {})  # missing in estimators pickled by earlier versions
        for name, value in self._decisive().items():
            if name in before and value is not before[name] and value != before[name]:
                raise ValueError(f"the {name} was changed: call fit to begin anew, or set it to what it was to go on")

    def _trainer(self, network: Network, x: Array, y: Array, **settings: Any) -> Trainer:
        batch_size = self.batch_size
        if isinstance(batch_size, int | np.integer) and not isinstance(batch_size, bool):
            batch_size = min(int(batch_size), x.shape[1])
        settings |= {"optimizer": self._optimizer(), "batch_size": batch_size, "metrics": self._metrics()}
        return Trainer(network, x, y, **settings)

    def _metrics(self) -> Sequence[str | Metric | MetricFunction]:
        metrics: Sequence[str | Metric | MetricFunction] = getattr(self, "metrics", ())  # pickled by earlier versions
        parts = parts_of("metric")
        for metric in metrics:
            if isinstance(metric, str) and metric in parts and self._task not in parts[metric].traits.tasks:
                of_task = [name for name, part in parts.items() if self._task in part.traits.tasks]
                raise ValueError(f"metrics of {type(self).__name__} may be {', '.join(of_task)}, got {metric!r}")
        return metrics

    # --- from settings to the engine's objects ----------------------------------------------------------------------

    def _seed(self) -> int:
        """Return the seed: random_state itself if it is a number, as in the engine's own training."""
        if isinstance(self.random_state, int | np.integer):
            return integer(self.random_state, "random_state", 0)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _network(self, features: int, output: OutputLayer, seed: int) -> Network:
        network = Network(features, seed=seed)
        function = _made("activation", self.activation, _HIDDEN_ACTIVATIONS, "value")
        initialisation: Any = self.initialisation
        if isinstance(initialisation, str):
            initialisation = _named("initialisation", initialisation, _INITIALISATIONS)
        elif initialisation is not None and not callable(initialisation):
            raise ValueError(f"initialisation must be a name, a function or None, got {initialisation!r}")
        dropout = number(self.dropout, "dropout", 0, 1)
        for size in _sizes(self.hidden_layers):
            network.stack(Layer(size, function, initialisation, dropout=dropout, normalised=self.normalised))
        network.output(output)
        return network

    def _optimizer(self) -> Optimizer:
        optimizer: Optimizer = _made("optimizer", self.optimizer, _OPTIMIZERS, "bind")
        if self.weight_decay is None:
            return optimizer
        weight_decay = at_least_zero(self.weight_decay, "weight_decay")
        if isinstance(optimizer, AdamW):
            return dataclasses.replace(optimizer, weight_decay=weight_decay)
        return WithWeightDecay(optimizer, l2=weight_decay)

    def _stopping(self) -> EarlyStopping:
        if isinstance(self.early_stopping, bool | np.bool_):
            return EarlyStopping()
        if not isinstance(self.early_stopping, EarlyStopping):
            raise ValueError(f"early_stopping must be True, False or joml.EarlyStopping(), got {self.early_stopping!r}")
        return self.early_stopping

    # --- prediction -------------------------------------------------------------------------------------------------

    def _outputs(self, X: ArrayLike) -> Array:
        """Return y_hat, (samples, outputs), in float64, in which a sample's result does not depend on the others."""
        check_is_fitted(self)
        samples = validate_data(self, X, dtype=np.float64, reset=False)
        with np.errstate(all="ignore"):
            y_hat = self.network_.copy(np.float64).predict(samples.T)
        missing = missing_outputs(y_hat)
        if missing.any():
            raise ValueError(
                f"the network's outputs for sample {int(missing.argmax())} of X, counted from 0, are not finite: its "
                "features are too large for the network; scale them as those that it was trained on"
            )
        return y_hat.T


class JomlClassifier(ClassifierMixin, _JomlEstimator):  # type: ignore[misc]
    """A network of the engine as a scikit-learn classifier: hidden layers, a softmax and cross-entropy.

    ``fit`` trains exactly like ``joml.Trainer`` with the same seed, settings and samples. Features should have similar
    scales: put a ``StandardScaler`` before it in a ``Pipeline``.

    Parameters
    ----------
    hidden_layers : str, int or sequence of int, default "100"
        Sizes in the engine's notation, such as "28x6" or "100-40", or as numbers; "" means no hidden layer.
    activation : str or ActivationFunction, default "relu"
        Of the hidden layers: "relu", "leaky-relu", "elu", "gelu", "silu", "sigmoid", "tanh", "identity".
    initialisation : str or function, optional
        Of the hidden layers: "he", "glorot", "lecun", "orthogonal", "normal", "zeros", "identity", or a function like
        those of ``joml.initialisation``; default the usual one for the activation.
    dropout : float, default 0.0
        Share of the hidden units dropped in training, from 0 to below 1.
    normalised : bool, default False
        Whether hidden layers are normalised (layer normalisation).
    optimizer : str or Optimizer, default "adam"
        "gradient-descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", with their usual settings; or
        one of ``joml``, with its own: ``Nesterov(0.02, momentum=0.95)``.
    learning_rate : float, optional
        eta, above 0; default the optimizer's own.
    weight_decay : float, optional
        For AdamW its decoupled weight decay; for other optimizers the ``l2`` of ``joml.WithWeightDecay``, the factor of
        theta that is added to the gradient. At least 0; default the optimizer's own, which only AdamW has.
    epochs : int, default 100
        Passes through the samples, at least 1; with early stopping the largest number.
    batch_size : int or "all", default 32
        Samples in a mini-batch; all if there are fewer.
    early_stopping : bool or EarlyStopping, default False
        Whether to set ``validation_fraction`` of the samples aside, check their cost after each epoch, stop when it has
        not improved for some epochs (default 5, or as the ``EarlyStopping`` says), and use the best parameters. Keep
        samples for testing out of ``fit``. The checked cost does not use class weights.
    validation_fraction : float, default 0.1
        Between 0 and 1; the samples are drawn as in ``joml.Dataset.split``.
    metrics : sequence of str, joml.Metric or callable, default ()
        Further metrics beside cost and accuracy: built-in metrics by name, such as "macro-f1", or functions of
        ``y_hat`` and ``y``, both (outputs, samples), with the classes in the order of ``classes_``.
        ``EarlyStopping(metric="macro-f1")`` uses one of them. A metric that fails is nan, with a warning.
    class_weight : "balanced" or dict, optional
        The weight of a sample of each class in the cost, above 0, by label; default 1. "balanced" gives every class the
        same total weight.
    random_state : int, RandomState or None, default None
        A number is the engine's seed: of initial weights, order, dropout and validation samples. None is a new seed
        each time.

    Attributes
    ----------
    classes_ : (classes,) array
        The labels, sorted; the network's outputs are in this order.
    network_ : joml.Network
        In float32, with samples in columns. Predictions are computed from its parameters in float64.
    loss_curve_ : list of float
        Mean cost of each epoch's mini-batches, each before its update.
    validation_loss_curve_ : list of float
        Mean cost of the samples set aside after each epoch; empty without early stopping.
    validation_scores_ : list of float
        Accuracy of these samples after each epoch.
    validation_metrics_ : dict of str to list of float
        Metrics of these samples after each epoch, by name; empty without early stopping.
    metrics_ : dict of str to float
        The metrics of ``network_`` on its latest training samples, by name.
    n_iter_ : int
        Epochs trained.
    best_epoch_ : int
        The epoch of the network's parameters: the last one, or the one with the lowest validation cost or best metric.
    n_features_in_ : int
    feature_names_in_ : (n_features_in_,) array of str
        Only if X had column names.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = JomlClassifier("16x2", learning_rate=0.01, epochs=50, random_state=1).fit(X, y)
    >>> classifier.network_.architecture, bool(classifier.score(X, y) > 0.9)
    ('4-16x2-3', True)
    """

    _task = "classes"

    def __init__(
        self,
        hidden_layers: str | int | Sequence[int] = "100",
        *,
        activation: str | ActivationFunction = "relu",
        initialisation: str | Initialisation | None = None,
        dropout: float = 0.0,
        normalised: bool = False,
        optimizer: str | Optimizer = "adam",
        learning_rate: float | None = None,
        weight_decay: float | None = None,
        epochs: int = 100,
        batch_size: int | Literal["all"] = 32,
        early_stopping: bool | EarlyStopping = False,
        validation_fraction: float = 0.1,
        metrics: Sequence[str | Metric | MetricFunction] = (),
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            hidden_layers,
            activation,
            initialisation,
            dropout,
            normalised,
            optimizer,
            learning_rate,
            weight_decay,
            epochs,
            batch_size,
            early_stopping,
            validation_fraction,
            metrics,
            random_state,
        )
        self.class_weight = class_weight

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : (samples, features) array
            Finite numbers.
        y : (samples,) array
            Labels of at least two classes.

        Returns
        -------
        JomlClassifier
            This one.

        Raises
        ------
        ValueError
            A setting is out of its range, the samples cannot be used, or the training diverged; the message says which.
        """
        samples, labels = self._checked(X, y, reset=True)
        self.classes_, places = np.unique(labels, return_inverse=True)
        return self._fit(samples.T, *self._targets(places), class_weights=self._weights())

    @available_if(_goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Train one more epoch on these samples; n calls equal one fit of n epochs.

        Parameters
        ----------
        X : (samples, features) array
        y : (samples,) array
            Labels; a single class is enough.
        classes : (classes,) array, optional
            All labels that will occur; needed in the first call.

        Returns
        -------
        JomlClassifier
            This one.

        Raises
        ------
        ValueError
            As ``fit`` does; or classes are missing or have changed.
        AttributeError
            With early stopping or balanced classes there is no partial_fit.
        """
        first = not hasattr(self, "network_")
        samples, labels = self._checked(X, y, reset=first, fewest=1)
        all_classes = self._known_classes(classes)
        unknown = np.setdiff1d(labels, all_classes)
        if len(unknown):
            raise ValueError(
                f"y has the class {_plain(unknown)[0]!r}, which is not among classes: give all in the first call"
            )
        self.classes_ = all_classes
        return self._partial_fit(
            samples.T, *self._targets(np.searchsorted(all_classes, labels)), class_weights=self._weights()
        )

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each sample, (samples,), for X of shape (samples, features)."""
        probabilities = self.predict_proba(X)
        classes: NDArray[Any] = self.classes_[largest(probabilities.T)]
        return classes

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class, (samples, classes), for X of shape (samples, features)."""
        return self._outputs(X)

    def _checked(self, X: ArrayLike, y: ArrayLike, reset: bool, fewest: int = 2) -> tuple[Array, NDArray[Any]]:
        samples, labels = validate_data(self, X, y, dtype=np.float64, reset=reset)
        check_classification_targets(labels)
        if len(np.unique(labels)) < fewest:
            raise ValueError(
                f"only one class, {_plain(labels)[0]!r}, occurs in y: give samples of at least two, or there is "
                "nothing to tell apart"
            )
        return samples, labels

    def _known_classes(self, classes: ArrayLike | None) -> NDArray[Any]:
        earlier: NDArray[Any] | None = getattr(self, "classes_", None)
        if classes is None:
            if earlier is None:
                raise ValueError("the first call of partial_fit needs classes: all labels that will come")
            return earlier
        given = np.unique(np.asarray(classes))
        if earlier is not None and not np.array_equal(given, earlier):
            raise ValueError(
                f"classes are {_plain(given)} now and were {_plain(earlier)} before: a network keeps its outputs"
            )
        if len(given) < 2:
            raise ValueError(f"classes are {_plain(given)}: give two or more, or there is nothing to tell apart")
        return given

    def _targets(self, places: NDArray[Any]) -> tuple[Array, OutputLayer]:
        """Return the one-hot columns of classes at these places, and the output layer for them."""
        count = len(self.classes_)
        return one_hot(places, count), SoftMaxCrossEntropyOutputLayer(count)

    def _weights(self) -> Literal["balanced"] | list[float] | None:
        if self.class_weight is None or self.class_weight == "balanced":
            return self.class_weight
        if not isinstance(self.class_weight, Mapping):
            raise ValueError(f"class_weight must be None, 'balanced' or a dict by class, got {self.class_weight!r}")
        for label, weight in self.class_weight.items():
            above_zero(weight, f"the class_weight of {label!r}")
        weights: list[float] = compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_).tolist()
        return weights


class JomlRegressor(RegressorMixin, _JomlEstimator):  # type: ignore[misc]
    """A network of the engine as a scikit-learn regressor: hidden layers and linear outputs.

    ``fit`` trains exactly like ``joml.Trainer`` with the same seed, settings and samples. Features and values should
    have similar scales: put a ``StandardScaler`` before it in a ``Pipeline``, and a ``TransformedTargetRegressor``
    around it if values are large or far from 0.

    Parameters
    ----------
    hidden_layers, activation, initialisation, dropout, normalised, optimizer, learning_rate, weight_decay
        As for ``JomlClassifier``.
    epochs, batch_size, early_stopping, validation_fraction, metrics, random_state
        As for ``JomlClassifier``.
    cost : str or CostFunction, default "mean-squared-error"
        What training minimises: "mean-squared-error", "mean-absolute-error", "huber", or one of ``joml``, such as
        ``Huber(delta=0.5)``.

    Attributes
    ----------
    network_, loss_curve_, validation_loss_curve_, validation_scores_, n_iter_, best_epoch_
    validation_metrics_, metrics_
    n_features_in_, feature_names_in_
        As for ``JomlClassifier``.

    Examples
    --------
    >>> X = np.linspace(-2, 2, 200).reshape(-1, 1)
    >>> regressor = JomlRegressor("32x2", activation="tanh", random_state=1).fit(X, np.sin(X[:, 0]))
    >>> bool(regressor.score(X, np.sin(X[:, 0])) > 0.9)
    True
    """

    _task = "regression"

    def __init__(
        self,
        hidden_layers: str | int | Sequence[int] = "100",
        *,
        activation: str | ActivationFunction = "relu",
        initialisation: str | Initialisation | None = None,
        dropout: float = 0.0,
        normalised: bool = False,
        cost: str | CostFunction = "mean-squared-error",
        optimizer: str | Optimizer = "adam",
        learning_rate: float | None = None,
        weight_decay: float | None = None,
        epochs: int = 100,
        batch_size: int | Literal["all"] = 32,
        early_stopping: bool | EarlyStopping = False,
        validation_fraction: float = 0.1,
        metrics: Sequence[str | Metric | MetricFunction] = (),
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            hidden_layers,
            activation,
            initialisation,
            dropout,
            normalised,
            optimizer,
            learning_rate,
            weight_decay,
            epochs,
            batch_size,
            early_stopping,
            validation_fraction,
            metrics,
            random_state,
        )
        self.cost = cost

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : (samples, features) array
            Finite numbers.
        y : (samples,) or (samples, outputs) array
            Finite numbers; predictions have the same dimensions.

        Returns
        -------
        JomlRegressor
            This one.

        Raises
        ------
        ValueError
            A setting is out of its range, the samples cannot be used, or the training diverged; the message says which.
        """
        samples, values = self._checked(X, y, reset=True)
        self._single = values.ndim == 1
        rows = values.reshape(len(values), -1)
        return self._fit(samples.T, rows.T, self._output(rows.shape[1]))

    @available_if(_goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train one more epoch on these samples; n calls equal one fit of n epochs.

        Parameters
        ----------
        X : (samples, features) array
        y : (samples,) or (samples, outputs) array

        Returns
        -------
        JomlRegressor
            This one.

        Raises
        ------
        ValueError
            As ``fit`` does; or the number of outputs has changed.
        AttributeError
            With early stopping there is no partial_fit.
        """
        first = not hasattr(self, "network_")
        samples, values = self._checked(X, y, reset=first)
        rows = values.reshape(len(values), -1)
        self._single = values.ndim == 1
        return self._partial_fit(samples.T, rows.T, self._output(rows.shape[1]))

    def predict(self, X: ArrayLike) -> Array:
        """Return the values, (samples,) or (samples, outputs) as y was, for X of shape (samples, features)."""
        values = self._outputs(X)
        return values[:, 0] if self._single else values

    def _checked(self, X: ArrayLike, y: ArrayLike, reset: bool) -> tuple[Array, Array]:
        samples, values = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, reset=reset)
        return samples, values

    def _output(self, outputs: int) -> OutputLayer:
        return OutputLayer(outputs, Identity(), _made("cost", self.cost, _VALUE_COSTS, "per_sample"))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _sizes(hidden_layers: str | int | Sequence[int]) -> tuple[int, ...]:
    """Read the sizes of the hidden layers.

    Raises
    ------
    ValueError
        They are not valid; the message shows a valid form.
    """
    given = hidden_layers if np.iterable(hidden_layers) and not isinstance(hidden_layers, str) else [hidden_layers]
    text = "-".join(str(part) for part in ("1", *given, "1") if part != "")
    try:
        return parse_architecture(text).hidden_sizes
    except ArchitectureError as error:
        raise ValueError(
            f"hidden_layers must be sizes such as '28x6', '100-40' or (100, 40), or '' for none, got {hidden_layers!r}"
        ) from error


def _warn_of_missing_classes(classes: NDArray[Any], y: Array) -> None:
    """Warn of classes whose samples were all set aside; y has the one-hot columns of the others."""
    missing = _plain(classes[~y.any(axis=1)])
    if missing:
        names = ", ".join(repr(label) for label in missing[:5])
        more = f" and {len(missing) - 5:,} more" if len(missing) > 5 else ""
        warnings.warn(
            f"all samples of the class {names}{more} were set aside for early stopping, so that it cannot be learnt: "
            "give more samples of each class, or another validation_fraction or random_state",
            UserWarning,
            stacklevel=4,
        )


def _warn_of_failed_metrics(faults: Mapping[str, str]) -> None:
    for name, fault in faults.items():
        warnings.warn(f"the metric {name} could not be measured: {fault}", UserWarning, stacklevel=4)


def _plain(labels: NDArray[Any]) -> list[Any]:
    """Return labels as Python objects, for messages."""
    plain: list[Any] = labels.tolist()
    return plain


def _named(setting: str, name: str, parts: Mapping[str, Any]) -> Any:
    match = find_name(name, parts)
    if match is None:
        raise ValueError(f"{setting} must be one of {', '.join(parts)}, got {name!r}")
    return parts[match]


def _made(setting: str, value: Any, parts: Mapping[str, Any], method: str) -> Any:
    """Return the engine's object with a name, or the given object if it has this method."""
    if isinstance(value, str):
        return _named(setting, value, parts)()
    if isinstance(value, type) or not callable(getattr(value, method, None)):
        raise ValueError(f"{setting} must be one of {', '.join(parts)}, or such an object of joml, got {value!r}")
    return value
