"""A network as a scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_class_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets

from joml import ActivationFunction, EarlyStopping, Optimizer, OutputLayer, SoftMaxCrossEntropyOutputLayer
from joml.array_types import Array
from joml.data.tables.column_kinds import ColumnSettings, MissingRule
from joml.initialisation import Initialisation
from joml.statistics.metric import Metric, MetricFunction
from joml.statistics.metrics import largest
from joml.validation import above_zero
from joml_tui.estimators.network_estimator import NetworkEstimator, Samples, goes_on, plain
from joml_tui.estimators.table_samples import TableTarget


class JomlClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """A network of the engine as a scikit-learn classifier: hidden layers, a softmax and cross-entropy.

    For an array or a data frame of numbers, ``fit`` trains exactly like ``joml.Trainer`` with the same seed, settings
    and samples. Features should have similar scales: put a ``StandardScaler`` before it in a ``Pipeline``.

    A data frame, or an array of objects, with categories, truth values, dates or missing cells is read by the rules of
    the readers of files, such as ``joml.data.readers.csv_file.read_csv``: its columns become features, and numbers are
    scaled by the samples that are trained on. In rows to predict, columns are then found by name, in any order, and
    others are ignored.

    Parameters
    ----------
    hidden_layers : str, int or sequence of int, default "100"
        Sizes in the engine's notation, such as "28x6" or "100-40", or as numbers; "" means no hidden layer. Layers of
        any kind too, as in "1@8x8-c8k3-p2-30" or "bn-30(tanh)-d0.2", which begin with the shape of images if a layer
        needs images; they have their settings in the text.
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
    columns : mapping, optional
        Kinds of the columns of a table, by name or position, as for these readers, such as ``{"zip": "category"}``.
        With any mapping, even ``{}``, every X is read as a table.
    ignore : sequence of str or int, optional
        Columns of a table that are not features, by name or position.
    missing : "fill" or "error", default "fill"
        Whether missing cells of a table are filled, or refused.
    features : sequence of str, optional
        The network's inputs as terms of the features, such as ``["x1", "x1^2", "x1*x2", "sin(x2)"]``, as an experiment
        has them. Features have the names of the columns, or x1, x2, ...; those of a table are named by
        ``preparation_.feature_names``, and are scaled. By default the features themselves.

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
    preparation_ : joml.data.preparation.Preparation or None
        How the columns of a table become the features, which ``preparation_.feature_names`` names; None for numbers.
    notes_ : tuple of str
        What was decided on the columns of a table, and warnings, one sentence each.

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
        columns: ColumnSettings | None = None,
        ignore: Sequence[str | int] | None = None,
        missing: MissingRule = "fill",
        features: Sequence[str] | None = None,
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
            columns,
            ignore,
            missing,
            features,
        )
        self.class_weight = class_weight

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : (samples, features) array or data frame
            Finite numbers, or a table.
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
        TypeError
            Cells are lists or other objects.
        """
        samples = self._checked(X, y, reset=True)
        self.classes_, places = np.unique(samples.y, return_inverse=True)
        return self._fit(samples, *self._targets(places), class_weights=self._weights())

    @available_if(goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Train one more epoch on these samples; n calls equal one fit of n epochs.

        Parameters
        ----------
        X : (samples, features) array or data frame
            A table has the columns of the first call.
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
        samples = self._checked(X, y, reset=first, fewest=1)
        all_classes = self._known_classes(classes)
        unknown = np.setdiff1d(samples.y, all_classes)
        if len(unknown):
            raise ValueError(
                f"y has the class {plain(unknown)[0]!r}, which is not among classes: give all in the first call"
            )
        self.classes_ = all_classes
        return self._partial_fit(
            samples, *self._targets(np.searchsorted(all_classes, samples.y)), class_weights=self._weights()
        )

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class of each sample, (samples,), for X of shape (samples, features)."""
        outputs = self._outputs(X)
        classes: NDArray[Any] = self.classes_[largest(outputs.T)]
        return classes

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class, (samples, classes), for X of shape (samples, features)."""
        outputs = self._outputs(X)
        function = self.network_.output_layer.activation_function.name
        if function != "softmax":
            raise ValueError(f"the outputs of {self.origin_} are no probabilities but those of {function}: use predict")
        return outputs

    def _keep_outputs(self, names: Sequence[str]) -> None:
        self.classes_ = np.array(names, np.str_)

    def _checked(self, X: Any, y: ArrayLike, reset: bool, fewest: int = 2) -> Samples:
        samples = self._check_samples(X, y, reset)
        check_classification_targets(samples.y)
        if len(np.unique(samples.y)) < fewest:
            raise ValueError(
                f"only one class, {plain(samples.y)[0]!r}, occurs in y: give samples of at least two, or there is "
                "nothing to tell apart"
            )
        return samples

    def _known_classes(self, classes: ArrayLike | None) -> NDArray[Any]:
        earlier: NDArray[Any] | None = getattr(self, "classes_", None)
        if classes is None:
            if earlier is None:
                raise ValueError("the first call of partial_fit needs classes: all labels that will come")
            return earlier
        given = np.unique(np.asarray(classes))
        if earlier is not None and not np.array_equal(given, earlier):
            raise ValueError(
                f"classes are {plain(given)} now and were {plain(earlier)} before: a network keeps its outputs"
            )
        if len(given) < 2:
            raise ValueError(f"classes are {plain(given)}: give two or more, or there is nothing to tell apart")
        return given

    def _targets(self, places: NDArray[Any]) -> tuple[TableTarget, OutputLayer]:
        """Return the targets of samples of the classes at these places, and the output layer for them."""
        count = len(self.classes_)
        names = tuple(str(label) for label in plain(self.classes_))
        return TableTarget(places, names, "classes"), SoftMaxCrossEntropyOutputLayer(count)

    def _weights(self) -> Literal["balanced"] | list[float] | None:
        if self.class_weight is None or self.class_weight == "balanced":
            return self.class_weight
        if not isinstance(self.class_weight, Mapping):
            raise ValueError(f"class_weight must be None, 'balanced' or a dict by class, got {self.class_weight!r}")
        for label, weight in self.class_weight.items():
            above_zero(weight, f"the class_weight of {label!r}")
        weights: list[float] = compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_).tolist()
        return weights
