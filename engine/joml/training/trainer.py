"""Trainer: the one training loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.analysis.layer_statistics import LayerMeasures, UnitMeasures, measure_layers, measure_units
from joml.array_types import Array, Calls
from joml.compiled.blas import ThreadLimit
from joml.compiled.evaluation import PARTS, Evaluation, Evaluator, Part
from joml.compiled.parameters import Parameters
from joml.compiled.passes import TrainingPass
from joml.copy_refusal import refuses_copies
from joml.layers.fully_connected import require_fully_connected
from joml.optimizers.adaptive import Adam
from joml.optimizers.base import BoundOptimizer, Optimizer, State, copied, require_same_layout, views_of
from joml.optimizers.per_layer import bind_layers, observe
from joml.rng import stream
from joml.rng_state import generator_states, restore_generators
from joml.statistics.metric import Metric, MetricFunction, MetricSet
from joml.statistics.metrics import Scoring, mean_over_samples
from joml.task import Task
from joml.training.accumulation import Accumulation, Gathered
from joml.training.augmentation import Augmentation
from joml.training.averaging import AVERAGED, TRAINED, Averaging
from joml.training.batches import MiniBatches, Samples, batch_sizes
from joml.training.callbacks import Callback, Progress, any_ends, checked_callbacks
from joml.training.checked_arguments import (
    checked_accumulation,
    checked_batch_size,
    checked_class_weights,
    checked_seeds,
    require_classes,
    require_samples,
    samples_of_part,
)
from joml.training.checks import Checks
from joml.training.early_stopping import BEST, RESTORED, BestSoFar, EarlyStopping
from joml.training.ends import Ends
from joml.training.measurement import Measuring, Unmeasured
from joml.training.programs import PassMaker, Programs
from joml.training.records import ReplicaSteps, Series, Step, Steps, joined, mean_evaluation, mean_of
from joml.validation import above_zero, at_least_one, integer, number, require_kind

if TYPE_CHECKING:
    from joml.network import Network

#: Larger mini-batches are computed in parts of at most this many samples, whose gradients are added, to limit memory
#: and stay in the processor's cache.
_WHOLE, _PART = 4096, 2048

#: Default number of samples in a mini-batch.
DEFAULT_BATCH = 32

#: Attributes of a trainer that may be set; all others are fixed.
_CHANGEABLE = ("epochs", "learning_rate", "generators")

#: Prefix of the names of the optimizer's state.
_RULE = "rule."

#: The name in a state of what the layers keep besides their parameters.
LAYER_STATE = "layer_state"

#: The checks of a part, one for each network; empty without a check.
_Checks = tuple[Evaluation, ...]

#: Entries in which states of one kind of training may differ: generators are checked separately, and earlier states
#: lack the other.
_NOT_COMPARED = ("generators", RESTORED)


@refuses_copies(
    "its network, optimizer and buffers work on one another. trainer.fork() makes one that trains on its own, and "
    "joml.files.checkpoint.save writes its state to a file"
)
class Trainer:
    """The training of a network on mini-batches; an iterator of ``Step`` records.

    ``for step in trainer`` does single iterations; ``advance(n)`` does many at once, somewhat faster. Both run the same
    loop with identical results.

    Parameters
    ----------
    network : Network
        Trained in place; with replicas it is not changed, and ``networks`` are trained.
    x_train, y_train : (features, samples) and (outputs, samples) arrays
    x_test, y_test : arrays of the same kind, optional
        Used only by ``test``, unless there are no validation samples.
    x_validation, y_validation : arrays of the same kind, optional
        Checked during training instead of the test samples: for the curves, for early stopping, and for the schedule
        ReduceOnPlateau. Without them the test samples are checked, and without either there are no checks.
    optimizer : Optimizer
        Default Adam(); a layer's own optimizer has priority.
    epochs : int, default 10
        At least 1.
    batch_size : int or "all"
        Samples in a mini-batch, at most all; by default the network's ``batch_size``, 32, or all if there are fewer.
        "all" is batch gradient descent, 1 takes one sample at a time.
    seed : int
        Decides the order of the samples and the dropped units; default the network's own.
    test_every : "epoch" or int, default "epoch"
        Number of iterations between checks of the validation or test samples; there is always a check at the end.
        Checks do not change the training, except with early stopping or the schedule ReduceOnPlateau.
    class_weights : "balanced" or (classes,) sequence, optional
        The weight of a sample of each class in the training cost and its gradient, above 0; "balanced" gives every
        class the same total weight. Checks and tests do not use weights.
    early_stopping : EarlyStopping, optional
    replicas : int or sequence of int, optional
        Train this network from several seeds at once: a number of seeds starting at ``seed``, or these seeds. Each
        replica equals a network trained alone from its seed.
    task : {"classes", "multilabel", "regression"}, optional
        The task for the scores, and of the network from now on; by default implied by its output layer and y_train, see
        ``joml.statistics.metrics.task_for``.
    metrics : sequence of str, Metric or callable, default ()
        Further metrics of every check and evaluation: built-in metrics by name, functions of ``y_hat`` and ``y``, or
        these with a name and a direction as ``joml.Metric``. They do not change the training, except if early stopping
        uses one.
    accumulate : int, default 1
        Number of mini-batches whose mean gradient makes one update, at most those of an epoch; the last update of an
        epoch takes the rest. It trains as larger mini-batches do, with the memory of small ones.
        Schedules count updates.
    average : float, default 0
        The network's weights are an exponential moving average of those after each update, which keeps this share of
        itself, such as 0.999: evaluations, early stopping and the trained network are of the average, and mini-batch
        costs of the weights behind it. 0 is no average. What layers keep besides is that of the training.
    augmentation : Augmentation, optional
        Random changes of the training samples, drawn anew in every mini-batch.
    callbacks : sequence of callables, default ()
        Functions of the trainer and its ``joml.training.callbacks.Progress``, called at the end of every epoch and at
        every check. The training ends if one returns True: with a last check, and with the best parameters under early
        stopping. Forks have none.
    persists : bool, default False
        Whether to keep the data for ``persist``; the results are the same.
    streamed : bool, default False
        Whether the samples are part of a stream, in which a single class or equal answers are allowed.

    Raises
    ------
    ValueError
        Data have the wrong shape, are not finite or have only one class, a part has x without y or y without x, or a
        setting is out of its range or has the wrong type; the message says which.
    RuntimeError
        The network has no output layer yet.
    """

    def __init__(
        self,
        network: Network,
        x_train: ArrayLike,
        y_train: ArrayLike,
        x_test: ArrayLike | None = None,
        y_test: ArrayLike | None = None,
        *,
        x_validation: ArrayLike | None = None,
        y_validation: ArrayLike | None = None,
        optimizer: Optimizer | None = None,
        epochs: int = 10,
        batch_size: int | Literal["all"] | None = None,
        seed: int | None = None,
        test_every: Literal["epoch"] | int = "epoch",
        class_weights: Literal["balanced"] | Sequence[float] | None = None,
        early_stopping: EarlyStopping | None = None,
        replicas: int | Sequence[int] | None = None,
        task: Task | None = None,
        metrics: Sequence[str | Metric | MetricFunction] = (),
        accumulate: int = 1,
        average: float = 0.0,
        augmentation: Augmentation | None = None,
        callbacks: Sequence[Callback] = (),
        persists: bool = False,
        streamed: bool = False,
    ) -> None:
        self._network = network
        self._persists = persists
        x, y = network.checked(x_train, y_train)
        self._scoring = Scoring(network.output_layer, y, task)
        network.task = self._scoring.task
        if not streamed:
            require_classes(self._scoring.task, y)
        self._samples = Samples(x, y)
        self._largest_y = float(max(y.max(), -y.min()))
        self._test_samples = samples_of_part(network, x_test, y_test, "test")
        self._validation_samples = samples_of_part(network, x_validation, y_validation, "validation")
        self._optimizer = Adam() if optimizer is None else optimizer
        self._epochs = at_least_one(epochs, "epochs")
        self._batch_size = checked_batch_size(batch_size, len(self._samples), network.batch_size)
        self._accumulate = checked_accumulation(accumulate, len(batch_sizes(len(self._samples), self._batch_size)))
        self._augmentation = augmentation
        if augmentation is not None:
            right = isinstance(augmentation, Augmentation)
            require_kind(right, augmentation, "augmentation", "settings such as Augmentation(noise=0.1)")
            augmentation.shape_of(network.input_shape)
        self._callbacks = checked_callbacks(callbacks)
        self._average = number(average, "average", 0, 1)
        self._class_weights = checked_class_weights(class_weights, y)
        self._early_stopping = early_stopping
        self._metrics = MetricSet.of(metrics)
        if early_stopping is not None:
            right = isinstance(early_stopping, EarlyStopping)
            require_kind(right, early_stopping, "early_stopping", "settings such as EarlyStopping(patience=5)")
            if self.checked_part is None:
                raise ValueError("early stopping waits for the validation cost: give x_validation and y_validation")
            if early_stopping.metric != "cost" and self._metrics.named(early_stopping.metric) is None:
                measured = ", ".join(["cost", *(metric.name for metric in self._metrics.metrics)])
                raise ValueError(f"early stopping waits for {early_stopping.metric!r}, and there are {measured}")
        if persists:
            require_fully_connected(network.layers, "Trainer(persists=True)")
        require_samples(network, batch_sizes(len(self._samples), self._batch_size))
        self._seeds = checked_seeds(network.seed if seed is None else integer(seed, "seed", 0), replicas)
        self._replicated = replicas is not None
        self._prepare()
        self._test_every = (
            self.iterations_per_epoch if test_every == "epoch" else at_least_one(test_every, "test_every", "epoch")
        )

    def _prepare(self) -> None:
        """Make the training's state before the first iteration."""
        network, count = self.network, len(self._seeds)
        self._in_turn = network.turn
        self._networks: tuple[Network, ...] = (network,)
        self._parameters = network.parameters
        if self._replicated:
            self._parameters = Parameters(network.layers, network.input_shape, network.dtype, count)
            self._networks = tuple(
                network.replica(seed, self._parameters.one(place)) for place, seed in enumerate(self._seeds)
            )
            self._in_turn = RLock()
            for replica in self.networks:
                replica.turn = self._in_turn
        self._weights = self._parameters  # of the trained networks; with an average not those that updates move
        self._averaging: Averaging | None = None
        self._moved = self.networks[0].parameters
        if self._average:
            self._parameters, self._averaging = self._behind_average()
            self._moved = self._parameters.one(0) if self._replicated else self._parameters
        self._rule = bind_layers(self._optimizer, network.layers, self._parameters)
        self._shuffles = [stream(seed, "shuffle") for seed in self._seeds]
        self._drops = [stream(seed, "dropout") for seed in self._seeds]
        self._changes = [stream(seed, "augmentation") for seed in self._seeds] if self._augmentation else []
        self._batches = MiniBatches(
            self._samples, self.batch_size, self._shuffles if self._replicated else self._shuffles[0]
        )
        update: Calls = self._rule.calls if self._averaging is None else (*self._rule.calls, *self._averaging.calls)
        self._update_calls: Callable[[int], Calls] = lambda samples: update
        self._accumulation: Accumulation | None = None
        if self._accumulate > 1:
            gradient = self._parameters.gradient
            self._accumulation = Accumulation(gradient, update, self._accumulate, self._batches.per_epoch)
            self._update_calls = self._accumulation.calls
        singly = self.batch_size == 1
        self._measuring = Measuring(network.output_layer, self._scoring, self._class_weights, count, singly)
        self._latest: TrainingPass | None = None
        self._watches_units = False
        self._latest_units: UnitMeasures | None = None  # of a mini-batch computed in parts
        self._unmeasured: Unmeasured | None = None
        self._epoch_costs: Series = np.full((count, self._batches.per_epoch), np.nan, network.dtype)
        self._iteration = 0
        self._prepare_programs()
        self._prepare_checks()

    def _prepare_programs(self) -> None:
        self._ends = Ends(self._weights, len(self._seeds), replicated=self._replicated)
        self._passes = PassMaker(
            self.network,
            self.networks,
            self._parameters,
            self._drops,
            self._class_weights,
            self._augmentation,
            self._changes,
        )
        self._programs = Programs(
            self._passes,
            self._measuring,
            self._update_calls,
            self._ends.cost_limit,
            self._largest_y,
            keeps_z=self._persists,
        )

    def _prepare_checks(self) -> None:
        self._best, awaited = None, None
        if self._early_stopping:
            self._best = BestSoFar(self._early_stopping, self._weights.theta, self._weights.state)
            awaited = self._metrics.named(self._early_stopping.metric)
        evaluators = self._evaluators_of(self.checked_part) if self.checked_part else []
        self._checks = Checks(evaluators, self._best, awaited, self._ends, self._averaging)

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and name not in _CHANGEABLE:
            raise AttributeError(
                f"{name} of a trainer cannot be changed: make another Trainer, or continue with fork(...); "
                f"{', '.join(_CHANGEABLE)} may be set"
            )
        super().__setattr__(name, value)

    # --- properties ------------------------------------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """The network, trained in place; with replicas it is not changed."""
        return self._network

    @property
    def networks(self) -> tuple[Network, ...]:
        """The trained networks: the network, or one replica per seed."""
        return self._networks

    @property
    def batch_size(self) -> int:
        """Samples in a mini-batch."""
        return self._batch_size

    @property
    def iteration(self) -> int:
        """Number of iterations done."""
        return self._iteration

    @property
    def ended_at(self) -> NDArray[np.int64]:
        """A copy of the iterations at which networks diverged or were stopped early; 0 for neither."""
        return self._ends.at.copy()

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """A copy of the flags of networks that have diverged: their cost was not a number or too large."""
        return self._ends.diverged.copy()

    @property
    def best(self) -> BestSoFar | None:
        """With early stopping, the best check of each network."""
        return self._best

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The names of the metrics."""
        return tuple(metric.name for metric in self._metrics.metrics)

    @property
    def metric_faults(self) -> dict[str, str]:
        """A copy of the first reasons why metrics could not be measured, by name."""
        return dict(self._metrics.faults)

    @property
    def train_size(self) -> int:
        """Number of training samples."""
        return len(self._samples)

    @property
    def task(self) -> Task:
        """The task of the scores: "classes", "multilabel" or "regression"."""
        return self._scoring.task

    @property
    def tests(self) -> bool:
        """Return whether there are test samples."""
        return self._test_samples is not None

    @property
    def checked_part(self) -> Literal["validation", "test"] | None:
        """The part that is checked during training: validation, else test, else None."""
        if self._validation_samples is not None:
            return "validation"
        return "test" if self._test_samples is not None else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that have samples."""
        parts = {"train": self._samples, "validation": self._validation_samples, "test": self._test_samples}
        return tuple(part for part in PARTS if parts[part] is not None)

    @property
    def kept_iterations(self) -> NDArray[np.int64]:
        """The iteration of each network's present parameters, (networks,).

        It is that of the best check if early stopping restored it, or else the network's last iteration.
        """
        latest: NDArray[np.int64] = np.where(self._ends.at > 0, self._ends.at, self.iteration)
        return latest if self.best is None else np.where(self.best.restored > 0, self.best.restored, latest)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each of the networks."""
        return self._seeds

    @property
    def iterations_per_epoch(self) -> int:
        """Number of mini-batches in an epoch."""
        return self._batches.per_epoch

    @property
    def updates_per_epoch(self) -> int:
        """Number of updates in an epoch: one for each mini-batch, or for each ``accumulate`` of them."""
        return -(-self.iterations_per_epoch // self._accumulate)

    @property
    def batch_sizes(self) -> NDArray[np.int64]:
        """Samples in each mini-batch of an epoch, (iterations_per_epoch,); the last has the rest."""
        return batch_sizes(self.train_size, self.batch_size)

    @property
    def total_iterations(self) -> int:
        """Number of mini-batches in all epochs."""
        return self._epochs * self.iterations_per_epoch

    @property
    def finished(self) -> bool:
        """Return whether training has ended: all epochs are done, or every network diverged or was stopped early."""
        return self.iteration >= self.total_iterations or all(self._ends.at.tolist())

    @property
    def diverged_at(self) -> int | None:
        """The iteration at which training ended because every network had diverged; None otherwise."""
        return int(self._ends.at.max()) if self._ends.diverged.all() else None

    @property
    def stopped_early(self) -> bool:
        """Return whether early stopping, or a callback, ended the training."""
        return bool(self._ends.at.all()) and not self._ends.diverged.all()

    @property
    def moved_parameters(self) -> Array:
        """The parameters that updates move, (parameters,): the first network's, or with ``average`` those behind it."""
        return self._moved.theta

    # --- changes between iterations --------------------------------------------------------------------------------

    @property
    def epochs(self) -> int:
        """The number of epochs to train; may be changed between iterations."""
        return self._epochs

    @epochs.setter
    def epochs(self, value: int) -> None:
        self._epochs = at_least_one(value, "epochs")

    @property
    def learning_rate(self) -> float:
        """The optimizer's eta, under a schedule the base rate; may be changed between iterations."""
        return self._rule.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._rule.learning_rate = above_zero(value, "learning_rate")

    # --- training --------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Step]:
        return self

    def __next__(self) -> Step:
        with self._in_turn:
            ended = self._ends.at.tolist()
            if self._iteration >= self.total_iterations or all(ended):
                raise StopIteration
            if any(ended) or self._batch_size > _WHOLE:
                with ThreadLimit():
                    return self._advanced_step()
            try:
                return self._step()
            except BaseException:
                self._measure_the_rest()
                raise

    def advance(self, iterations: int) -> Steps:
        """Do a number of iterations, fewer only at the end of training.

        Parameters
        ----------
        iterations : int
            At least 1.

        Returns
        -------
        Steps
            The records of all; ``checks`` has every check that was due, ``blocks`` the iterations between.

        Raises
        ------
        ValueError
            The number of iterations is not an integer of at least 1.
        RuntimeError
            Training has finished.
        """
        left = at_least_one(iterations, "iterations")
        blocks: list[Steps] = []
        pieces: list[Steps] = []
        with self._in_turn, ThreadLimit():
            self._require_unfinished()
            while left and not self.finished:
                pieces.append(self._advance(left))
                left -= len(pieces[-1])
                if self._at_a_boundary():
                    blocks.append(joined(pieces, keep_blocks=False))
                    pieces = []
        return joined([*blocks, joined(pieces, keep_blocks=False)] if pieces else blocks)

    def advance_block(self, most: int) -> Steps:
        """Do up to ``most`` iterations, fewer if an epoch or a gathered block ends or a check is due.

        For callers that do something between blocks, such as obeying a command or showing a check at once.

        Parameters
        ----------
        most : int
            At least 1.

        Returns
        -------
        Steps
            At least one iteration.

        Raises
        ------
        ValueError, RuntimeError
            As for ``advance``.
        """
        most = at_least_one(most, "most")
        with self._in_turn, ThreadLimit():
            self._require_unfinished()
            return self._advance(most)

    def _require_unfinished(self) -> None:
        if self.finished:
            raise RuntimeError("training has finished: set epochs to more, or make a new Trainer, to continue")

    def _at_a_boundary(self) -> bool:
        """Return whether an epoch has ended or a check was just done."""
        return self.iteration % self.iterations_per_epoch == 0 or self.iteration % self._test_every == 0

    def _advanced_step(self) -> Step:
        """Do one iteration as a block of one, where little is gained otherwise."""
        done = self._advance(1)
        cost, accuracy = float(done.costs[0]), float(done.accuracies[0])
        return Step(done.first_iteration, done.epoch, cost, accuracy, done.test, done.denoised_cost, done.validation)

    def _step(self) -> Step:
        """Do one iteration: what ``_advance(1)`` does, with less about it, while no network has ended."""
        if self.best:
            self.best.restored[:] = 0  # if epochs were added after the end
        if self._unmeasured is None:
            first = self._iteration % self._batches.per_epoch
            self._unmeasured = Unmeasured(self._measuring, *self._batches.ahead(), first)
        block = self._unmeasured
        place, iteration, epoch = block.count, self._iteration + 1, self._iteration // self._batches.per_epoch + 1
        program = self._programs[block.samples]
        step = self._latest = program.step
        self._batches.give_one()
        with program.limit, np.errstate(all="ignore"):
            step.x_and_one[...], step.y[...], z = next(block.rows)
            for call in program.calls:
                call()
            z[...] = step.z
            if not program.squares() < program.healthy:
                self._end_the_diverged(step, iteration)
            block.count_one(program.measure)
        self._iteration = iteration
        due = self._due
        if due or block.count == block.full:
            self._measure_the_rest()
        if not due and not (self._callbacks and iteration % self._batches.per_epoch == 0):
            return Step.measured_later(iteration, epoch, block, place)
        active = np.ones(len(self._seeds), np.bool_)
        with ThreadLimit():
            tests, validations = self._looks(active)
            if self._callbacks:
                tests, validations = self._call_back(active, tests, validations)
        if not tests and not validations:
            return Step.measured_later(iteration, epoch, block, place)
        test, validation = (mean_evaluation(each, ~self._ends.diverged) for each in (tests, validations))
        return Step.measured_later(iteration, epoch, block, place, test, self._denoised_cost(), validation)

    def _measure_the_rest(self) -> None:
        """Measure the iterations that were not read, for the record of the epoch's costs."""
        block, self._unmeasured = self._unmeasured, None
        if block is not None:
            costs = block.close()
            places = np.arange(block.first, block.first + costs.shape[1]) % self._batches.per_epoch
            self._epoch_costs[:, places] = costs

    def _advance(self, iterations: int) -> Steps:
        self._measure_the_rest()
        first, epoch = self.iteration + 1, self.iteration // self.iterations_per_epoch + 1
        active = self._ends.running
        if self.best:
            self.best.restored[active] = 0  # if epochs were added after the end
        until_test = self._test_every - self.iteration % self._test_every
        most = min(iterations, until_test, self.total_iterations - self.iteration)
        with np.errstate(all="ignore"):
            if self._in_parts:
                given, trained = 1, self._train_in_parts()
            else:
                xs, ys = self._batches.next_block(most)
                given, trained = len(ys), self._train(xs, ys)
            costs, accuracies = self._measuring.measure(*trained)
            if self._in_parts:
                self._judge_costs(costs[:, 0], first)
        done = costs.shape[1]
        costs, accuracies = self._ends.without_ended(costs, first), self._ends.without_ended(accuracies, first)
        place = self.iteration % self.iterations_per_epoch
        self._epoch_costs[:, place : place + done] = costs
        self._iteration += done
        if done < given:  # the rest of the block is not used
            self._batches.go_to(self._batches.order, self.iteration % self.iterations_per_epoch)
        tests, validations = self._looks(active)
        if self._callbacks and (tests or validations or self._iteration % self._batches.per_epoch == 0):
            tests, validations = self._call_back(active, tests, validations)
        denoised = self._denoised_cost() if tests or validations else None
        replicas = ReplicaSteps(costs, accuracies, tests, validations) if self._replicated else None
        test, validation = (mean_evaluation(each, ~self._ends.diverged) for each in (tests, validations))
        return Steps(first, epoch, mean_of(costs), mean_of(accuracies), test, denoised, replicas, validation)

    @property
    def _in_parts(self) -> bool:
        """Return whether mini-batches are computed in parts; not if they are to be persisted."""
        if self.batch_size <= _WHOLE or self._persists:
            return False
        return not any(layer.joins_samples for layer in self.network.layers)

    def _train_in_parts(self) -> tuple[Array, Array]:
        """Do one iteration with its mini-batch in parts; return z and y as ``_train`` does.

        The gradient is the mean of the parts' gradients, weighted by their samples.
        """
        gradient = self._parameters.gradient
        total = np.zeros_like(gradient)
        parts: list[tuple[Array, Array]] = []
        samples = 0
        units: UnitMeasures | None = None
        for x, y in self._batches.next_parts(_PART):
            program = self._programs[x.shape[-1]]
            self._latest = step = program.step
            step.x_and_one[...], step.y[...] = x, y
            for call in (*program.augmenting, *step.calls):
                call()
            total += gradient * gradient.dtype.type(x.shape[-1])
            samples += x.shape[-1]
            parts.append((step.z.copy(), y))
            if self._watches_units:  # a part overwrites the gradient of the one before
                measured = measure_units(step.unit_values, x.shape[-1])
                units = measured if units is None else units.joined(measured)
        self._latest_units = units
        np.divide(total, gradient.dtype.type(samples), gradient)
        for call in self.update_calls(samples):
            call()
        logits, ys = (np.concatenate(each, axis=-1)[np.newaxis] for each in zip(*parts, strict=True))
        return logits, ys

    def _train(self, xs: Array, ys: Array) -> tuple[Array, Array]:
        """Do one iteration for each mini-batch, and stop after the one at which the last network has diverged.

        Return each one's z, (batches, ..., outputs, batch), and y.
        """
        program = self._programs[xs.shape[-1]]
        self._latest = step = program.step
        logits: Array = np.empty_like(ys)  # in the same layout: all samples of an output are contiguous
        calls, squares = program.calls, program.squares
        x_in, y_in, z_out = step.x_and_one, step.y, step.z
        for done, (x, y, z) in enumerate(zip(xs, ys, logits, strict=True), 1):
            x_in[...] = x
            y_in[...] = y
            for call in calls:
                call()
            z[...] = z_out
            if not squares() < program.healthy and self._end_the_diverged(step, self._iteration + done):
                return logits[:done], ys[:done]
        return logits, ys

    def update_calls(self, samples: int) -> Calls:
        """Return the calls that follow the gradient of a mini-batch of this many samples: the update, or gathering."""
        return self._update_calls(samples)

    @property
    def gathered(self) -> Gathered | None:
        """The gradients that wait for an update; None where every mini-batch makes one."""
        return None if self._accumulation is None else self._accumulation.gathered()

    def _behind_average(self) -> tuple[Parameters, Averaging]:
        """Return parameters of their own to train, and the average of them, which the networks' parameters follow."""
        own, network = self._weights, self.network
        theta = own.theta.copy()
        moved = Parameters.within(network.layers, network.input_shape, theta, own.gradient, own.state)
        return moved, Averaging(own.theta, theta, self._average)

    def _end_the_diverged(self, step: TrainingPass, iteration: int) -> bool:
        """End the networks that have diverged at this iteration, and return whether all have ended.

        This happens at once, so that their parameters do not depend on the number of iterations done at a time.
        """
        if self._ends.any:  # ended networks are still computed, and may have any z
            z = step.z.reshape(len(self._seeds), -1)
            if (np.vecdot(z, z) < self._programs[step.samples].healthy)[self._ends.running].all():
                return False
        return self._judge_costs(self._measuring.costs(step.z, step.y), iteration)

    def _judge_costs(self, costs: Series, iteration: int) -> bool:
        """End the networks that have diverged by their costs at an iteration, and return whether all have ended."""
        if self._ends.end_diverged(costs, iteration):
            self._programs.bound_anew()
        return self._ends.all

    def _denoised_cost(self) -> float:
        """Return the mean cost over the samples of the latest ``iterations_per_epoch`` mini-batches, fewer at first."""
        costs = mean_of(self._epoch_costs)
        measured = ~np.isnan(costs)
        return mean_over_samples(costs[measured], self.batch_sizes[measured])

    # --- judging ---------------------------------------------------------------------------------------------------

    @property
    def _due(self) -> bool:
        """Return whether a check is due."""
        return bool(self._checks.evaluators) and (self._iteration % self._test_every == 0 or self.finished)

    def _looks(self, active: NDArray[np.bool_]) -> tuple[tuple[Evaluation, ...], tuple[Evaluation, ...]]:
        """Do a check if it is due; return each network's test and validation, one of them empty."""
        checks = self._check_if_due(active)
        return ((), checks) if self.checked_part == "validation" else (checks, ())

    def _call_back(self, active: NDArray[np.bool_], tests: _Checks, validations: _Checks) -> tuple[_Checks, _Checks]:
        """Call the callbacks, end the training if one asks for it, and return the tests and validations."""
        epoch = -(-self._iteration // self._batches.per_epoch)
        check = mean_evaluation(validations or tests, ~self._ends.diverged)
        if not any_ends(self._callbacks, self, Progress(self._iteration, epoch, self._denoised_cost(), check)):
            return tests, validations
        ending = active & self._ends.running
        self._ends.at[ending] = self._iteration
        if not tests and not validations:
            tests, validations = self._looks(active)
        places = np.flatnonzero(ending).tolist()
        for place in places:
            self._checks.restore_best(place)
        self._ends.keep_parameters(places)
        return tests, validations

    def _check_if_due(self, active: NDArray[np.bool_]) -> tuple[Evaluation, ...]:
        """Do a check if it is due, and pass it to schedule and early stopping; return () otherwise."""
        if not self._due:
            return ()
        checks = self._checks.evaluate(active)
        observe(self._rule, [check.cost for check in checks])
        self._checks.stop_early(active, self._iteration, last=self._iteration >= self.total_iterations)
        return tuple(checks)

    def measure_layers(self, theta_before: Array | None = None) -> LayerMeasures:
        """Return the layer statistics of the first network at the latest iteration.

        If mini-batches are computed in parts, dead and saturated units are measured only after ``watch_units``, and nan
        otherwise.

        Parameters
        ----------
        theta_before : (parameters,) array, optional
            A copy of ``moved_parameters`` before that iteration; without it the update is nan.

        Returns
        -------
        LayerMeasures

        Raises
        ------
        RuntimeError
            There was no iteration yet.
        """
        if self._latest is None:
            raise RuntimeError("there was no iteration yet: measure the layers after one")
        if self._accumulation is not None and self._accumulation.pending:
            theta_before = None  # this iteration made no update
        units = self._latest_units
        if not self._in_parts:
            units = measure_units(self._latest.unit_values, self._latest.y.shape[-1])
        return measure_layers(self._moved, units, len(self.network.layers) - 1, theta_before)

    def watch_units(self, watched: bool = True) -> None:
        """Also measure the units while a large mini-batch is computed in parts, which takes some more time.

        Parameters
        ----------
        watched : bool, default True
            Whether ``measure_layers`` includes the dead and saturated units of such mini-batches from now on.
        """
        self._watches_units = watched

    def evaluate(self, part: Part) -> tuple[Evaluation, ...]:
        """Evaluate each network on a part of the samples with the present parameters, without changing anything.

        It does not affect schedules or early stopping. Samples are processed in parts to limit memory.

        Parameters
        ----------
        part : {"train", "validation", "test"}

        Returns
        -------
        tuple of Evaluation
            One per network; ``mean_evaluation`` returns their mean.

        Raises
        ------
        ValueError
            There is no part of this name.
        RuntimeError
            There are no samples of this part.
        """
        with self._in_turn, ThreadLimit():
            return tuple(evaluator.evaluate() for evaluator in self._evaluators_of(part))

    def persist(self) -> None:
        """Store a, z and delta of the latest mini-batch, before its update, on the network's layers.

        Each layer then has ``a_lm1``, its inputs, ``z_l``, ``a_l`` and ``delta_l``, (units, samples), as in the
        article's five steps; with replicas they have a leading axis. They are copies, and remain until the next call.

        Raises
        ------
        RuntimeError
            The trainer was not made with ``persists=True``, or there was no iteration yet.
        """
        if not self._persists:
            raise RuntimeError("this trainer keeps no z: make it with Trainer(..., persists=True)")
        if self._latest is None:
            raise RuntimeError("there was no iteration yet: persist after one")
        self._latest.persist()

    def test(self) -> Evaluation:
        """Evaluate on the test samples now, without affecting schedules; with replicas, return the mean.

        Raises
        ------
        RuntimeError
            There are no test samples.
        """
        return self._mean(self.evaluate("test"))

    def check(self) -> Evaluation:
        """Evaluate on the checked part now, without affecting schedules.

        With replicas, return the mean.

        Raises
        ------
        RuntimeError
            There are neither validation nor test samples.
        """
        return self._mean(self.evaluate(self.checked_part or "test"))

    def _mean(self, evaluations: tuple[Evaluation, ...]) -> Evaluation:
        evaluation = mean_evaluation(evaluations, ~self._ends.diverged)
        assert evaluation is not None
        return evaluation

    def _evaluators_of(self, part: Part) -> list[Evaluator]:
        """Return the evaluators of all networks on a part."""
        if part not in PARTS:
            raise ValueError(f"a part of the samples is one of {', '.join(PARTS)}, got {part!r}")
        if part == "train":
            samples: tuple[Array, Array] | None = (self._samples.x_and_one[:, :-1].T, self._samples.y.T)
        else:
            samples = self._test_samples if part == "test" else self._validation_samples
        if samples is None:
            raise RuntimeError(f"this trainer has no {part} samples: give x_{part} and y_{part}")
        # A few samples with two answers may look like classes, and values like answers.
        return [trained.evaluator(*samples, self._scoring.task, self._metrics) for trained in self.networks]

    @property
    def generators(self) -> NDArray[np.uint8]:
        """The states of the generators of shuffling, dropout and augmentation; may be set to a similar training's."""
        return generator_states([*self._shuffles, *self._drops, *self._changes])

    @generators.setter
    def generators(self, states: NDArray[np.uint8]) -> None:
        restore_generators([*self._shuffles, *self._drops, *self._changes], states)

    # --- states and forks ------------------------------------------------------------------------------------------

    def state(self) -> State:
        """Return copies of the complete state: parameters, optimizer, generators, position."""
        with self._in_turn:
            return copied(self._views())

    def _views(self) -> State:
        """Return the state without copying it."""
        self._measure_the_rest()
        return {
            "theta": self._weights.theta,
            **({LAYER_STATE: self._parameters.state} if self._parameters.state.size else {}),
            "generators": self.generators,
            "order": self._batches.lasting_order,
            "iteration": np.array(self.iteration),
            "epoch_costs": self._epoch_costs,
            **self._ends.views(),
            **(self.best.views() if self.best else {}),
            **(self._accumulation.views() if self._accumulation else {}),
            **(self._averaging.views() if self._averaging else {}),
            **{_RULE + name: array for name, array in views_of(self._rule).items()},
        }

    def restore(self, state: Mapping[str, NDArray[Any]], *, fresh_optimizer: bool = False) -> None:
        """Continue from a result of ``state``, bit for bit.

        Parameters
        ----------
        state : dict
        fresh_optimizer : bool
            Keep the present optimizer state instead, for a state of another optimizer. Ended networks then continue.

        Raises
        ------
        ValueError
            It is the state of another kind of training; the message says what differs, and nothing is changed.
        """
        with self._in_turn:
            self._restore(state, with_rule=not fresh_optimizer)
            if fresh_optimizer:
                self.clear_stop()

    def _restore(self, state: Mapping[str, NDArray[Any]], *, with_rule: bool) -> None:
        own = {name: array for name, array in self._views().items() if with_rule or not name.startswith(_RULE)}
        given = {name: np.asarray(array) for name, array in state.items() if with_rule or not name.startswith(_RULE)}
        if "epoch_costs" in given:  # in earlier versions they were float32 even for float64 networks
            given["epoch_costs"] = given["epoch_costs"].astype(self.network.dtype)
        require_same_layout(
            {name: array for name, array in given.items() if name not in _NOT_COMPARED},
            {name: array for name, array in own.items() if name not in _NOT_COMPARED},
        )
        if int(given["iteration"]) < 0 or not ((given["order"] >= 0) & (given["order"] < self.train_size)).all():
            raise ValueError("its position in the training is not possible")
        restore_generators([*self._shuffles, *self._drops, *self._changes], given["generators"])
        if with_rule:
            self._rule.restore({name.removeprefix(_RULE): given[name] for name in given if name.startswith(_RULE)})
        self._weights.theta[...] = given["theta"]
        if LAYER_STATE in given:
            self._parameters.state[...] = given[LAYER_STATE]
        self._iteration = int(given["iteration"])
        self._batches.go_to(given["order"], self.iteration % self.iterations_per_epoch)
        self._epoch_costs[:] = given["epoch_costs"]
        self._ends.restore(given)
        if self.best:
            self.best.restore(given)
        if self._averaging:
            self._averaging.restore(given)
        if self._accumulation:
            self._accumulation.restore(given, self.iteration % self.iterations_per_epoch)
        self._programs.bound_anew()
        self._checks.latest.clear()

    def fork(
        self,
        state: Mapping[str, NDArray[Any]] | None = None,
        *,
        optimizer: Optimizer | None = None,
        learning_rate: float | None = None,
        epochs: int | None = None,
        tests: bool = True,
        averaged: bool = True,
    ) -> Trainer:
        """Return an independent training of a copy of the network, from the present or an earlier state.

        Without changes, it continues exactly as this one would.

        Parameters
        ----------
        state : dict, optional
            An earlier result of ``state``; default the present state.
        optimizer : Optimizer, optional
            Another optimizer, which starts with a new state.
        learning_rate : float, optional
        epochs : int, optional
        tests : bool
            Whether it checks validation or test samples, by default as this one does; early stopping needs it.
        averaged : bool
            Whether it averages weights, by default as this one does. Otherwise its network has those that are trained.

        Returns
        -------
        Trainer
            With changes, it continues even if this one was stopped early or diverged.
        """
        with self._in_turn:
            return self._fork(
                self._views() if state is None else state, optimizer, learning_rate, epochs, tests, averaged
            )

    def _fork(
        self,
        state: Mapping[str, NDArray[Any]],
        optimizer: Optimizer | None,
        learning_rate: float | None,
        epochs: int | None,
        tests: bool,
        averaged: bool,
    ) -> Trainer:
        twin = object.__new__(Trainer)
        vars(twin).update(vars(self))
        twin._network = self.network.copy()
        twin._callbacks = ()
        twin._optimizer = self._optimizer if optimizer is None else optimizer
        if not tests:
            twin._test_samples = twin._validation_samples = twin._early_stopping = None
            state = {name: array for name, array in state.items() if not name.startswith(BEST)}
        if self._average and not averaged:
            twin._average = 0.0
            state = {**state, "theta": state[TRAINED]}
            state = {name: array for name, array in state.items() if not name.startswith(AVERAGED)}
        twin._prepare()
        twin._restore(state, with_rule=optimizer is None)
        if learning_rate is not None:
            twin.learning_rate = learning_rate
        if epochs is not None:
            twin.epochs = epochs
        if optimizer is not None or learning_rate is not None or epochs is not None or not tests:
            twin.clear_stop()
        return twin

    def clear_stop(self) -> None:
        """Continue ended networks from their present parameters, and restart the count of early stopping."""
        self._ends.clear()
        self._programs.bound_anew()
        if self.best:
            self.best.be_patient()

    def prepare_step(self) -> tuple[TrainingPass, BoundOptimizer, NDArray[np.intp]]:
        """Take the next mini-batch, and return a pass over it that keeps its results, with optimizer and samples.

        The caller runs their calls, as ``FiveSteps`` does on a fork. Where gradients are accumulated, ``update_calls``
        are those of the update, in place of the optimizer's.

        Raises
        ------
        ValueError
            There are replicas, whose steps cannot be separated.
        """
        if self._replicated:
            raise ValueError("the steps of replicas cannot be done one by one: make a trainer of one network")
        self._measure_the_rest()
        position = self._batches.position
        xs, ys = self._batches.next_block(1)
        step = self._passes.make(xs.shape[-1], keeps_z=True)
        step.x_and_one[...], step.y[...] = xs[0], ys[0]
        for call in self._passes.augmenting(step):
            call()
        first = position * self._batches.batch_size
        return step, self._rule, self._batches.order[first : first + xs.shape[-1]]
