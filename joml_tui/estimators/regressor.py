"""A network as a scikit-learn regressor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if

from joml import ActivationFunction, CostFunction, EarlyStopping, Identity, Optimizer, OutputLayer
from joml.array_types import Array
from joml.data.tables.column_kinds import ColumnSettings, MissingRule
from joml.declaration import parts_of
from joml.initialisation import Initialisation
from joml.statistics.metric import Metric, MetricFunction
from joml_tui.estimators.network_estimator import NetworkEstimator, Samples, goes_on, made
from joml_tui.estimators.table_samples import TableTarget

_VALUE_COSTS = {name: part.make for name, part in parts_of("cost").items() if name != "cross-entropy"}


class JomlRegressor(RegressorMixin, NetworkEstimator):  # type: ignore[misc]
    """A network of the engine as a scikit-learn regressor: hidden layers and linear outputs.

    For an array or a data frame of numbers, ``fit`` trains exactly like ``joml.Trainer`` with the same seed, settings
    and samples. Features and values should have similar scales: put a ``StandardScaler`` before it in a ``Pipeline``,
    and a ``TransformedTargetRegressor`` around it if values are large or far from 0.

    Tables are read as by ``JomlClassifier``. For them the values are scaled too, and predictions are scaled back; costs
    are those of the scaled values.

    Parameters
    ----------
    hidden_layers, activation, initialisation, dropout, normalised, optimizer, learning_rate, weight_decay
        As for ``JomlClassifier``.
    epochs, batch_size, early_stopping, validation_fraction, metrics, random_state, columns, ignore, missing, features
        As for ``JomlClassifier``.
    cost : str or CostFunction, default "mean-squared-error"
        What training minimises: "mean-squared-error", "mean-absolute-error", "huber", or one of ``joml``, such as
        ``Huber(delta=0.5)``.

    Attributes
    ----------
    network_, loss_curve_, validation_loss_curve_, validation_scores_, n_iter_, best_epoch_
    validation_metrics_, metrics_
    n_features_in_, feature_names_in_, preparation_, notes_
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
        self.cost = cost

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : (samples, features) array or data frame
            Finite numbers, or a table.
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
        TypeError
            Cells are lists or other objects.
        """
        samples = self._checked(X, y, reset=True)
        return self._fit(samples, *self._targets(samples))

    @available_if(goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train one more epoch on these samples; n calls equal one fit of n epochs.

        Parameters
        ----------
        X : (samples, features) array or data frame
            A table has the columns of the first call.
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
        samples = self._checked(X, y, reset=first)
        return self._partial_fit(samples, *self._targets(samples))

    def predict(self, X: ArrayLike) -> Array:
        """Return the values, (samples,) or (samples, outputs) as y was, for X of shape (samples, features)."""
        values = self._outputs(X)
        return values[:, 0] if self._single else values

    def _keep_outputs(self, names: Sequence[str]) -> None:
        self._single = len(names) == 1

    def _checked(self, X: Any, y: ArrayLike, reset: bool) -> Samples:
        return self._check_samples(X, y, reset, multi_output=True, y_numeric=True)

    def _targets(self, samples: Samples) -> tuple[TableTarget, OutputLayer]:
        """Return the values to predict as rows, and the output layer for them."""
        self._single = samples.y.ndim == 1
        rows = samples.y.reshape(len(samples.y), -1)
        outputs = rows.shape[1]
        names = tuple(f"y{place}" for place in range(1, outputs + 1))
        output = OutputLayer(outputs, Identity(), made("cost", self.cost, _VALUE_COSTS, "per_sample"))
        return TableTarget(rows, names, "regression"), output

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
