"""The common part of the estimators: a network of the engine, trained on rows."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_random_state, column_or_1d
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from joml import (
    ActivationFunction,
    AdamW,
    EarlyStopping,
    Layer,
    Network,
    Optimizer,
    OutputLayer,
    Trainer,
    WithWeightDecay,
)
from joml.architecture import ArchitectureError, parse_architecture
from joml.array_types import Array
from joml.compiled.evaluation import Evaluation
from joml.data.dataset import one_hot, split_indices
from joml.data.input_terms import compute_terms, parse_terms
from joml.data.preparation_record import Preparation
from joml.data.prepared_rows import feature_columns
from joml.data.readers.columns import check_missing
from joml.data.row_names import name_features
from joml.data.tables.column_kinds import ColumnSettings, MissingRule
from joml.data.tables.frame_table import frame_names, is_frame, is_missing_value
from joml.declaration import parts_of
from joml.initialisation import Initialisation
from joml.layers.base_layer import BaseLayer, Shape, features_of
from joml.layers.layer_stack import has_other_layers, input_text, parse_hidden_layers, parse_layers
from joml.optimizers.base import State
from joml.statistics.metric import Metric, MetricFunction
from joml.statistics.metrics import mean_over_samples, missing_outputs
from joml.task import Task
from joml.validation import at_least_zero, integer, number
from joml.wording import counted, list_some
from joml_tui.estimators.stored_network import StoredNetwork, network_of_file, network_of_run
from joml_tui.estimators.table_samples import (
    TableRules,
    TableSamples,
    TableTarget,
    needs_encoding,
    table_inputs,
    table_samples,
    wanted_names,
    width_of,
)
from joml_tui.names import find_name

_PREDICTED = {"classes": "classes", "regression": "values", "multilabel": "several answers of yes or no"}
_OPTIMIZERS = {name: part.make for name, part in parts_of("optimizer").items()}
_HIDDEN_ACTIVATIONS = {name: part.make for name, part in parts_of("activation").items() if part.make.elementwise}
_INITIALISATIONS = {name: part.make for name, part in parts_of("initialisation").items()}


def goes_on(estimator: NetworkEstimator) -> bool:
    """Return whether there is a ``partial_fit``."""
    if getattr(estimator, "origin_", ""):
        raise AttributeError(
            f"partial_fit cannot continue with the network of {estimator.origin_}, whose training is not kept here: "
            "joml-tui resumes runs, and fit trains anew"
        )
    if estimator.early_stopping:
        raise AttributeError(
            "partial_fit cannot use early stopping, which needs a validation part: set early_stopping=False"
        )
    if isinstance(getattr(estimator, "class_weight", None), str):
        raise AttributeError("partial_fit cannot balance classes it has not all seen: give class_weight as a dict")
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Checked samples: X as given if they are a table of mixed columns, else numbers; y has one row for each.

    Attributes
    ----------
    X : array or data frame
    y : ndarray
    are_table : bool
    """

    X: Any
    y: NDArray[Any]
    are_table: bool


class NetworkEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
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
        columns: ColumnSettings | None,
        ignore: Sequence[str | int] | None,
        missing: MissingRule,
        features: Sequence[str] | None,
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
        self.columns = columns
        self.ignore = ignore
        self.missing = missing
        self.features = features

    # --- trained networks -------------------------------------------------------------------------------------------

    @classmethod
    def from_run(cls, run: str | int, store: str | PathLike[str] | None = None) -> Self:
        """Return a stored run as a trained estimator, which gives the answers of ``joml-tui predict``.

        It takes the columns of the run's data set, raw and in the units of that data set. ``hidden_layers``,
        ``epochs``, ``batch_size``, ``random_state`` and, where all layers have the same, ``activation`` are those of
        the run; the other settings are the defaults, so that ``fit`` trains another network.

        Parameters
        ----------
        run : str or int
            Its number, its name, or "last".
        store : path, optional
            The file with the runs; by default that of the lab.

        Returns
        -------
        JomlClassifier or JomlRegressor

        Raises
        ------
        joml_tui.store.StoreError
            There is no such run, or it cannot be read.
        ValueError
            The run has no weights, or another task.
        """
        return cls._of_stored(network_of_run(run, store))

    @classmethod
    def from_file(cls, path: str | PathLike[str], own_parts: bool = False) -> Self:
        """Return the run in a file of weights as a trained estimator; see ``from_run``.

        Parameters
        ----------
        path : path
            An NPZ or safetensors file that ``joml-tui runs export`` wrote. Nothing in it is unpickled.
        own_parts : bool, default False
            Whether activations and other parts that the file names, and that its author wrote, are imported. That runs
            their code.

        Returns
        -------
        JomlClassifier or JomlRegressor

        Raises
        ------
        ValueError
            The file is damaged, does not describe its network and data, names such parts, or has another task.
        OSError
            It cannot be read.
        """
        return cls._of_stored(network_of_file(path, own_parts))

    @classmethod
    def _of_stored(cls, stored: StoredNetwork) -> Self:
        preparation, network = stored.preparation, stored.network
        if preparation.task != cls._task:
            kinds = {"classes": "JomlClassifier", "regression": "JomlRegressor"}
            advice = f"use {kinds[preparation.task]}" if preparation.task in kinds else "use joml-tui predict"
            raise ValueError(
                f"{stored.origin} predicts {_PREDICTED[preparation.task]}, and {cls.__name__} "
                f"{_PREDICTED[cls._task]}: {advice}"
            )
        made = cls()  # type: ignore[call-arg]  # both estimators have defaults for all
        hidden = network.layers[:-1]
        dense = [layer for layer in hidden if isinstance(layer, Layer)]
        functions = {repr(layer.activation_function): layer.activation_function for layer in dense}
        is_dense = len(dense) == len(hidden)
        if len(functions) == 1 and is_dense:
            made.activation = next(iter(functions.values()))
        made.hidden_layers = network.sizes[1:-1] if is_dense else network.architecture.rpartition("-")[0]
        made.epochs, made.batch_size = stored.experiment.epochs, stored.experiment.batch_size
        made.random_state = stored.experiment.seed
        made.network_, made.preparation_, made.notes_ = network, preparation, preparation.notes
        made.origin_ = stored.origin
        made._grey_values = stored.grey_values
        made._places = tuple(range(len(feature_columns(preparation))))
        made._keep_names(wanted_names(preparation), len(made._places))
        made._keep_outputs(preparation.class_names)
        return made

    def _keep_outputs(self, names: Sequence[str]) -> None:
        """Keep the names of the outputs of a network that was trained before."""
        raise NotImplementedError

    # --- samples ----------------------------------------------------------------------------------------------------

    def _check_samples(self, X: Any, y: ArrayLike, reset: bool, **rules: Any) -> Samples:
        """Return X and y checked as scikit-learn does, and whether X is a table of mixed columns."""
        _require_targets(y)
        are_table = needs_encoding(X, self._rules()) if reset else self._reads_tables
        if not are_table:
            x, targets = validate_data(self, X, y, dtype=np.float64, reset=reset, **rules)
            if reset:
                self.preparation_: Preparation | None = None
                self.notes_: tuple[str, ...] = ()
            return Samples(x, targets, False)
        targets = _checked_targets(y, **rules)
        check_consistent_length(X, targets)
        if reset:
            self._keep_names(frame_names(X), width_of(X))
        return Samples(X, targets, True)

    def _rules(self) -> TableRules:
        missing = check_missing(getattr(self, "missing", "fill"))  # pickled by earlier versions
        return TableRules(getattr(self, "columns", None), getattr(self, "ignore", None), missing, self._wanted_terms())

    def _wanted_terms(self) -> tuple[str, ...]:
        """Return the network's inputs as terms of the features; empty for the features themselves."""
        features = getattr(self, "features", None)  # pickled by earlier versions
        if isinstance(features, str) or not all(isinstance(text, str) for text in features or ()):
            raise ValueError(f"features must be a list of texts such as ['x1', 'x1^2'], got {features!r}")
        return tuple(features or ())

    def _inputs_of_numbers(self, numbers: Array, reset: bool = False) -> Array:
        """Return the network's inputs, (inputs, samples), for X as numbers, (samples, features)."""
        if reset:
            names = tuple(map(str, getattr(self, "feature_names_in_", ())))
            self._terms = parse_terms(self._wanted_terms(), name_features(names, numbers.shape[1]))
        terms = getattr(self, "_terms", ())  # pickled by earlier versions
        if not terms:
            return numbers.T
        inputs = compute_terms(terms, numbers.T)
        if reset and not np.isfinite(inputs).all():
            raise ValueError(
                "features: a term is too large for single precision; scale X, with a StandardScaler in a Pipeline for "
                "instance"
            )
        return inputs

    @property
    def _reads_tables(self) -> bool:
        """True where rows are encoded as those of the table that the network was trained on."""
        return getattr(self, "preparation_", None) is not None

    def _keep_names(self, names: Sequence[str], width: int) -> None:
        """Keep the names and the number of the columns."""
        self.n_features_in_ = width
        if names:
            self.feature_names_in_ = np.array(names, object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _read_table(
        self, X: Any, target: TableTarget, train: NDArray[np.intp], aside: NDArray[np.intp], seed: int
    ) -> TableSamples:
        """Return the samples of a table, and keep how its columns become features."""
        samples = table_samples(X, target, self._rules(), (train, aside), seed)
        self.preparation_, self._places = samples.preparation, samples.positions
        self.notes_ = samples.preparation.notes
        if samples.left_out:
            some = list_some(map(repr, samples.left_out), 10)
            warnings.warn(
                f"columns of X that are not used as features: {some}; notes_ says why, and columns= or ignore= "
                "decide otherwise",
                UserWarning,
                stacklevel=4,
            )
        return samples

    def _inputs_of_table(self, X: Any) -> Array:
        """Return the network's inputs, (features, samples), for a table like the one that it was trained on."""
        assert self.preparation_ is not None
        by_name = hasattr(self, "feature_names_in_") and bool(frame_names(X))
        if not by_name and width_of(X) != self.n_features_in_:
            raise ValueError(
                f"X has {width_of(X)} features, but {type(self).__name__} is expecting {self.n_features_in_} features "
                "as input"
            )
        if not by_name and hasattr(self, "feature_names_in_"):
            warnings.warn(
                f"X does not have valid feature names, but {type(self).__name__} was fitted with feature names: its "
                "columns are taken in the order of training",
                UserWarning,
                stacklevel=4,
            )
        x, notes = table_inputs(X, self.preparation_, None if by_name else self._places)
        if notes:
            warnings.warn(f"X: {'; '.join(notes)}", UserWarning, stacklevel=4)
        return x

    # --- training ---------------------------------------------------------------------------------------------------

    def _fit(self, samples: Samples, target: TableTarget, output: OutputLayer, **settings: Any) -> Self:
        """Train a new network on samples, whose targets are the places of classes, or values."""
        seed, count = self._seed(), len(target.y)
        self.origin_ = ""
        train, aside = self._division(count, seed)
        if samples.are_table:
            read = self._read_table(samples.X, target, train, aside, seed)
            x, y, checked = read.x, read.y, (read.x_validation, read.y_validation)
        else:
            x, y = self._inputs_of_numbers(samples.X, reset=True), _columns_of(target)
            checked = x[:, aside], y[:, aside]
            if len(aside):
                x, y = x[:, train], y[:, train]
        if self.early_stopping:
            settings |= {"x_validation": checked[0], "y_validation": checked[1], "early_stopping": self._stopping()}
            if (classes := getattr(self, "classes_", None)) is not None:
                _warn_of_missing_classes(classes, y)
        network = self._network(x.shape[0], output, seed)
        return self._train(self._trainer(network, x, y, epochs=self.epochs, **settings), [])

    def _division(self, count: int, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the samples to train on, and those set aside for early stopping."""
        if not self.early_stopping:
            return np.arange(count), np.empty(0, np.intp)
        if count < 2:
            raise ValueError("early stopping sets samples aside as validation part, and there is only 1 sample")
        share = number(self.validation_fraction, "validation_fraction", 0, 1, above=True)
        train, aside = split_indices(count, share, seed)
        return train, aside

    def _partial_fit(self, samples: Samples, target: TableTarget, output: OutputLayer, **settings: Any) -> Self:
        """Train one more epoch, continuing the network, the optimizer and the random generators."""
        begun = hasattr(self, "network_")
        if begun:
            self._require_unchanged()
        seed = 0 if begun else self._seed()
        if not samples.are_table:
            x, y = self._inputs_of_numbers(samples.X, reset=not begun), _columns_of(target)
        elif begun:
            x, y = self._inputs_of_table(samples.X), _columns_of(target, self.preparation_)
        else:
            read = self._read_table(samples.X, target, np.arange(len(target.y)), np.empty(0, np.intp), seed)
            x, y = read.x, read.y
        network = self.network_ if begun else self._network(x.shape[0], output, seed)
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
        names = ["activation", "initialisation", "dropout", "normalised", "optimizer", "weight_decay", "cost"]
        names += ["columns", "ignore", "missing", "features"]
        given = {name: getattr(self, name) for name in names if hasattr(self, name)}
        return {"hidden_layers": _decisive_layers(self.hidden_layers), **given}

    def _require_unchanged(self) -> None:
        """Raise ValueError if a setting of the network or optimizer has changed since training began."""
        before = getattr(self, "_decided", {})  # missing in estimators pickled by earlier versions
        for name, value in self._decisive().items():
            if name in before and value is not before[name] and value != before[name]:
                raise ValueError(
                    f"the {name} was changed: call fit to begin anew, or set it to what it was to continue"
                )

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
        layers = self.hidden_layers
        if isinstance(layers, str) and has_other_layers(layers):
            return self._network_of_kinds(layers, features, seed).output(output)
        network = Network(features, seed=seed)
        function = made("activation", self.activation, _HIDDEN_ACTIVATIONS, "value")
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

    def _network_of_kinds(self, text: str, features: int, seed: int) -> Network:
        """Return a network of layers of any kind, without its output."""
        beside = {"activation": "relu", "initialisation": None, "dropout": 0.0, "normalised": False}
        for name, usual in beside.items():
            if getattr(self, name) != usual:
                raise ValueError(
                    f"{name} is for fully connected layers alone: with hidden_layers={text!r} leave it out; the text "
                    "has functions, such as 30(tanh), dropout, such as d0.2, and normalisations, bn and ln"
                )
        inputs, layers = _layers_of(text, features)
        if features_of(inputs) != features:
            raise ValueError(f"hidden_layers begins with {input_text(inputs)}, and X has {features:,} features")
        network = Network(inputs, seed=seed)
        for layer in layers:
            network.stack(layer)
        return network

    def _optimizer(self) -> Optimizer:
        optimizer: Optimizer = made("optimizer", self.optimizer, _OPTIMIZERS, "bind")
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
        x = self._inputs(X)
        with np.errstate(all="ignore"):
            y_hat = self.network_.copy(np.float64).predict(x)
        missing = missing_outputs(y_hat)
        if missing.any():
            raise ValueError(
                f"the network's outputs for sample {int(missing.argmax())} of X, counted from 0, are not finite: its "
                "features are too large for the network; scale them as those that it was trained on"
            )
        preparation = getattr(self, "preparation_", None)
        return y_hat.T if preparation is None else preparation.unscale_y(y_hat.T)

    def _inputs(self, X: Any) -> Array:
        """Return the network's inputs, (features, samples)."""
        preparation = getattr(self, "preparation_", None)
        if preparation is None:
            return self._inputs_of_numbers(self._numbers_of(X))
        if preparation.columns or is_frame(X):
            return self._inputs_of_table(X)
        numbers = self._numbers_of(X)
        if getattr(self, "_grey_values", 0) and ((numbers < 0) | (numbers > 1)).any():
            raise ValueError(
                f"X has pixels that are not from 0 to 1: divide grey values from 0 to {self._grey_values} by "
                f"{self._grey_values}"
            )
        scaled: Array = preparation.scale_x(numbers).T
        return scaled

    def _numbers_of(self, X: Any) -> Array:
        """Return X as numbers, (samples, features); say what to do if it has missing cells and training had none."""
        try:
            numbers: Array = validate_data(self, X, dtype=np.float64, reset=False)
        except ValueError as error:
            if "NaN" in str(error) and is_frame(X):
                raise ValueError(
                    f"X has missing cells, and the samples of fit had none: with columns={{}} {type(self).__name__} "
                    "reads every table by its columns, and fills such cells"
                ) from error
            raise
        return numbers


def _require_targets(y: ArrayLike) -> None:
    """Raise ValueError if objects of y are missing values: scikit-learn says of None that the labels are of no type."""
    try:
        targets = np.array(y, object) if isinstance(y, list | tuple) else np.asarray(y)
    except ValueError:  # of different lengths
        return
    if targets.dtype != object or targets.ndim != 1:
        return
    missing = np.array([is_missing_value(target) for target in targets], np.bool_)
    if missing.any():
        count = np.count_nonzero(missing)
        have = counted(int(count), "row of y has", "rows of y have")
        raise ValueError(
            f"Input y contains NaN or None: {have} no value, the first is row {int(missing.argmax()) + 1:,}; leave "
            "such rows out of X and y"
        )


def _checked_targets(y: ArrayLike, multi_output: bool = False, y_numeric: bool = False) -> NDArray[Any]:
    """Return y as an array, checked as scikit-learn does beside an X of numbers."""
    if not multi_output:
        y = column_or_1d(y, warn=True)
    dtype = "numeric" if y_numeric else None
    targets: NDArray[Any] = check_array(y, ensure_2d=False, dtype=dtype, input_name="y")
    return targets


def _columns_of(target: TableTarget, preparation: Preparation | None = None) -> Array:
    """Return targets as outputs of the network, (outputs, samples): one-hot columns, or values as in training."""
    if target.task == "classes":
        return one_hot(target.y, len(target.names))
    if preparation is None or preparation.y_mean is None or preparation.y_deviation is None:
        return target.y.T
    scaled: Array = ((target.y - preparation.y_mean) / preparation.y_deviation).T
    return scaled


def _layers_of(text: str, features: int) -> tuple[Shape, tuple[BaseLayer, ...]]:
    """Return the shape of the inputs, and the hidden layers that a text names."""
    try:
        if "@" not in text:
            return (features,), parse_hidden_layers(text)
        stack = parse_layers(f"{text}-1")
        return stack.input_shape, stack.layers
    except ArchitectureError as error:
        raise ValueError(
            "hidden_layers must be sizes such as '28x6', '100-40' or (100, 40), layers such as '1@8x8-c8k3-p2-30', or "
            f"'' for none, got {text!r}: {error}"
        ) from error


def _decisive_layers(hidden_layers: str | int | Sequence[int]) -> str | tuple[int, ...]:
    """Return the sizes of the hidden layers, or their notation in one form if some are of other kinds."""
    if isinstance(hidden_layers, str) and has_other_layers(hidden_layers):
        return hidden_layers.strip().lower()
    return _sizes(hidden_layers)


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
    missing = plain(classes[~y.any(axis=1)])
    if missing:
        names = list_some(map(repr, missing), 5)
        warnings.warn(
            f"all samples of the class {names} were kept for early stopping, so that it cannot be learnt: "
            "give more samples of each class, or another validation_fraction or random_state",
            UserWarning,
            stacklevel=4,
        )


def _warn_of_failed_metrics(faults: Mapping[str, str]) -> None:
    for name, fault in faults.items():
        warnings.warn(f"the metric {name} could not be measured: {fault}", UserWarning, stacklevel=4)


def plain(labels: NDArray[Any]) -> list[Any]:
    """Return labels as Python objects, for messages."""
    plain: list[Any] = labels.tolist()
    return plain


def _named(setting: str, name: str, parts: Mapping[str, Any]) -> Any:
    match = find_name(name, parts)
    if match is None:
        raise ValueError(f"{setting} must be one of {', '.join(parts)}, got {name!r}")
    return parts[match]


def made(setting: str, value: Any, parts: Mapping[str, Any], method: str) -> Any:
    """Return the engine's object with a name, or the given object if it has this method."""
    if isinstance(value, str):
        return _named(setting, value, parts)()
    if isinstance(value, type) or not callable(getattr(value, method, None)):
        raise ValueError(f"{setting} must be one of {', '.join(parts)}, or such an object of joml, got {value!r}")
    return value
