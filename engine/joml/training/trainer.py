"""Trainer: the one training loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.analysis.layer_statistics import LayerMeasures, UnitMeasures, measure_layers, measure_units
from joml.array_types import Array, Calls
from joml.compiled.blas import ThreadLimit, limit_for_step
from joml.compiled.evaluation import PARTS, Evaluation, Evaluator, Part
from joml.compiled.parameters import Parameters
from joml.compiled.passes import TrainingPass
from joml.copy_refusal import refuses_copies
from joml.optimizers.adaptive import Adam
from joml.optimizers.base import BoundOptimizer, Optimizer, State, copied, require_same_layout, views_of
from joml.optimizers.per_layer import bind_layers, observe
from joml.rng import stream
from joml.rng_state import generator_states, restore_generators
from joml.statistics.metric import Metric, MetricFunction, MetricSet
from joml.statistics.metrics import Scoring, mean_over_samples
from joml.task import Task
from joml.training.batches import MiniBatches, Samples, batch_sizes
from joml.training.divergence import NEVER, diverged, healthy_squares, limits
from joml.training.early_stopping import BEST, RESTORED, BestSoFar, EarlyStopping
from joml.training.measurement import Measuring, Unmeasured
from joml.training.records import ReplicaSteps, Series, Step, Steps, joined, mean_evaluation, mean_of
from joml.validation import above_zero, at_least_one, integer, numbers, require_kind

if TYPE_CHECKING:
    from joml.network import Network

#: Mini-batches of more samples than this are computed in parts of up to so many, their gradients added up: memory is
#: then that of a part, and stays in the processor's reach.
_WHOLE, _PART = 4096, 2048

#: Samples in a mini-batch by default.
DEFAULT_BATCH = 32

#: What may be set on a trainer; all else is as it was made.
_CHANGEABLE = ("epochs", "learning_rate", "generators")

#: Stands before the names of the optimizer's state.
_RULE = "rule."

#: What the states of one kind of training may differ in: the generators check for themselves, and earlier states lack
#: the other.
_NOT_COMPARED = ("generators", RESTORED)


@dataclass(slots=True)
class _Program:
    """One iteration on so many samples.

    ``squares`` returns the sum of the squares of z after it; below ``healthy`` no network has diverged. ``measure``
    returns each network's cost and score. ``limit`` keeps BLAS at its threads meanwhile.
    """

    step: TrainingPass
    calls: Calls
    squares: Callable[[], Any]
    measure: Callable[[], tuple[Any, Any]]
    healthy: float
    limit: AbstractContextManager[None]


@refuses_copies(
    "its network, optimizer and buffers work on one another. trainer.fork() gives one that goes on for itself, and "
    "joml.files.checkpoint.save writes its state to a file"
)
class Trainer:
    """Trains a network on mini-batches; an iterator of ``Step`` records.

    ``for step in trainer`` looks at every iteration; ``advance(n)`` does many at once, for somewhat less. Both run the
    same loop and give the same bits.

    Parameters
    ----------
    network : Network
        Trained in place; with replicas it stays as it is, and ``networks`` are trained.
    x_train, y_train : (features, samples) and (outputs, samples) arrays
    x_test, y_test : arrays of the same kind, optional
        Read by ``test`` alone, unless there are no validation samples.
    x_validation, y_validation : arrays of the same kind, optional
        Looked at on the way, in the test samples' place: for the curves, for early stopping, and for the schedule
        ReduceOnPlateau. Without them the test samples are looked at, and without either nothing is.
    optimizer : Optimizer
        Default Adam(); a layer with an optimizer of its own takes that.
    epochs : int, default 10
        At least 1.
    batch_size : int or "all"
        Samples in a mini-batch, at most as many as there are; by default the network's ``batch_size``, 32, or all where
        there are fewer. "all" is batch gradient descent, 1 takes one sample at a time.
    seed : int
        Decides the order of the samples and what is dropped; default the network's own.
    test_every : "epoch" or int, default "epoch"
        After how many iterations to look at the validation or test samples; the end of training always is. A look never
        changes the training, except with early stopping or the schedule ReduceOnPlateau, which hear the cost of each.
    class_weights : "balanced" or (classes,) sequence, optional
        What a sample of each class counts in the training cost and its gradient, above 0; "balanced" gives every class
        the same sum. Validation and tests count every sample 1.
    early_stopping : EarlyStopping, optional
    replicas : int or sequence of int, optional
        Train this network from several seeds at once: so many, from ``seed`` on, or these. Each replica is what a
        network and a trainer of its seed alone would become.
    task : {"classes", "multilabel", "regression"}, optional
        What the samples are scored as, and what the network is from now on; by default what its output layer and
        y_train show, see ``joml.statistics.metrics.task_for``.
    metrics : sequence of str, Metric or callable, default ()
        What to measure beside cost and score at every look and evaluation: built-in metrics by name, functions of
        ``y_hat`` and ``y``, or these with a name and a direction as ``joml.Metric``. They change no training, except
        with early stopping that waits for one of them.
    persists : bool, default False
        Keep what ``persist`` needs; the numbers are the same.
    streamed : bool, default False
        Whether the samples are one part of a stream, in which a single class, or answers that are all alike, will do.

    Raises
    ------
    ValueError
        Data of another shape, not finite or of one class only, x or y of a part without the other, or a setting out of
        its range or of another kind; says which.
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
        persists: bool = False,
        streamed: bool = False,
    ) -> None:
        self._network = network
        self._persists = persists
        x, y = network.checked(x_train, y_train)
        self._scoring = Scoring(network.output_layer, y, task)
        network.task = self._scoring.task
        if not streamed:
            _require_classes(self._scoring.task, y)
        self._samples = Samples(x, y)
        self._largest_y = float(max(y.max(), -y.min()))
        self._test_samples = _pair(network, x_test, y_test, "test")
        self._validation_samples = _pair(network, x_validation, y_validation, "validation")
        self._optimizer = Adam() if optimizer is None else optimizer
        self._epochs = at_least_one(epochs, "epochs")
        self._batch_size = _batch_size(batch_size, len(self._samples), network.batch_size)
        self._class_weights = _weights(class_weights, y)
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
        self._seeds = _seeds(network.seed if seed is None else integer(seed, "seed", 0), replicas)
        self._replicated = replicas is not None
        self._prepare()
        self._test_every = (
            self.iterations_per_epoch if test_every == "epoch" else at_least_one(test_every, "test_every", "epoch")
        )

    def _prepare(self) -> None:
        """Make what training changes, as it is before the first iteration."""
        network, count = self.network, len(self._seeds)
        self._in_turn = network.turn
        self._networks: tuple[Network, ...] = (network,)
        self._parameters = network.parameters
        if self._replicated:
            self._parameters = Parameters(network.layers, network.input_size, network.dtype, count)
            self._networks = tuple(
                network.replica(seed, self._parameters.one(place)) for place, seed in enumerate(self._seeds)
            )
            self._in_turn = RLock()
            for replica in self.networks:
                replica.turn = self._in_turn
        self._rule = bind_layers(self._optimizer, network.layers, self._parameters)
        self._shuffles = [stream(seed, "shuffle") for seed in self._seeds]
        self._drops = [stream(seed, "dropout") for seed in self._seeds]
        self._batches = MiniBatches(
            self._samples, self.batch_size, self._shuffles if self._replicated else self._shuffles[0]
        )
        singly = self.batch_size == 1
        self._measuring = Measuring(network.output_layer, self._scoring, self._class_weights, count, singly)
        self._programs: dict[int, _Program] = {}
        self._latest: TrainingPass | None = None
        self._watches_units = False
        self._latest_units: UnitMeasures | None = None  # of a mini-batch that was computed in parts
        self._unmeasured: Unmeasured | None = None
        self._evaluators = self._evaluators_of(self.checked_part) if self.checked_part else []
        self._checks: list[Evaluation] = []
        self._best = BestSoFar(self._early_stopping, self._parameters.theta) if self._early_stopping else None
        self._first_costs: NDArray[np.float64] = np.full(count, np.nan)
        self._epoch_costs: Series = np.full((count, self._batches.per_epoch), np.nan, network.dtype)
        self._iteration = 0
        self._ended_at: NDArray[np.int64] = np.zeros(count, np.int64)
        self._diverged: NDArray[np.bool_] = np.zeros(count, np.bool_)
        self._final: dict[int, Array] = {}

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and name not in _CHANGEABLE:
            raise AttributeError(
                f"{name} of a trainer cannot be changed: make another Trainer, or go on with another one by fork(...); "
                f"{', '.join(_CHANGEABLE)} may be set"
            )
        super().__setattr__(name, value)

    # --- how far it is ---------------------------------------------------------------------------------------------

    @property
    def network(self) -> Network:
        """What is trained, in place; with replicas it stays as it is."""
        return self._network

    @property
    def networks(self) -> tuple[Network, ...]:
        """What is trained: the network, or a replica for each seed."""
        return self._networks

    @property
    def batch_size(self) -> int:
        """Samples in a mini-batch."""
        return self._batch_size

    @property
    def iteration(self) -> int:
        """Iterations done."""
        return self._iteration

    @property
    def ended_at(self) -> NDArray[np.int64]:
        """The iteration at which each network diverged or was stopped early; 0 where neither happened; a copy."""
        return self._ended_at.copy()

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Whose cost was no number any more, or had grown beyond all measure; a copy."""
        return self._diverged.copy()

    @property
    def best(self) -> BestSoFar | None:
        """With early stopping, the best look of each network."""
        return self._best

    @property
    def metric_names(self) -> tuple[str, ...]:
        """What is measured beside cost and score."""
        return tuple(metric.name for metric in self._metrics.metrics)

    @property
    def metric_faults(self) -> dict[str, str]:
        """Why a metric could not be measured, the first time that it could not, by its name; a copy."""
        return dict(self._metrics.faults)

    @property
    def train_size(self) -> int:
        """Training samples."""
        return len(self._samples)

    @property
    def task(self) -> Task:
        """What the samples are scored as: "classes", "multilabel" or "regression"."""
        return self._scoring.task

    @property
    def tests(self) -> bool:
        """Whether there are test samples."""
        return self._test_samples is not None

    @property
    def checked_part(self) -> Literal["validation", "test"] | None:
        """Which samples are looked at on the way: the validation's, the test's where there are none, or no samples."""
        if self._validation_samples is not None:
            return "validation"
        return "test" if self._test_samples is not None else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Which parts there are samples of."""
        held = {"train": self._samples, "validation": self._validation_samples, "test": self._test_samples}
        return tuple(part for part in PARTS if held[part] is not None)

    @property
    def kept_iterations(self) -> NDArray[np.int64]:
        """After which iteration the parameters of each network were that it has now, (networks,).

        That of its lowest cost where early stopping has put these back, or else the latest that it took part in.
        """
        latest: NDArray[np.int64] = np.where(self._ended_at > 0, self._ended_at, self.iteration)
        return latest if self.best is None else np.where(self.best.restored > 0, self.best.restored, latest)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each of the networks."""
        return self._seeds

    @property
    def iterations_per_epoch(self) -> int:
        """Mini-batches in an epoch."""
        return self._batches.per_epoch

    @property
    def batch_sizes(self) -> NDArray[np.int64]:
        """Samples in each mini-batch of an epoch, (iterations_per_epoch,): the last has what is left."""
        return batch_sizes(self.train_size, self.batch_size)

    @property
    def total_iterations(self) -> int:
        """Mini-batches in all epochs."""
        return self._epochs * self.iterations_per_epoch

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do: all epochs are done, or every network diverged or was stopped early."""
        return self.iteration >= self.total_iterations or all(self._ended_at.tolist())

    @property
    def diverged_at(self) -> int | None:
        """The iteration at which training ended because every network had diverged; None if it did not."""
        return int(self._ended_at.max()) if self._diverged.all() else None

    @property
    def stopped_early(self) -> bool:
        """Whether early stopping ended the training."""
        return bool(self._ended_at.all()) and not self._diverged.all()

    # --- what may be changed under way -----------------------------------------------------------------------------

    @property
    def epochs(self) -> int:
        """How many epochs to train; may be changed between iterations."""
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
            ended = self._ended_at.tolist()
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
        """Do that many iterations; fewer only where the training ends.

        Parameters
        ----------
        iterations : int
            At least 1.

        Returns
        -------
        Steps
            Of all of them: ``checks`` has every look on the way that was due, ``blocks`` the iterations between.

        Raises
        ------
        ValueError
            The number of iterations is no integer of at least 1.
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
        """Do up to that many iterations: fewer where an epoch or a gathered block ends, or a test is due.

        For whoever has something to do between blocks, such as to obey a command or to show a test at once.

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
            raise RuntimeError("training has finished: set epochs to more, or make a new Trainer, to go on")

    def _at_a_boundary(self) -> bool:
        """Whether an epoch has ended, or the test that was due is done."""
        return self.iteration % self.iterations_per_epoch == 0 or self.iteration % self._test_every == 0

    def _advanced_step(self) -> Step:
        """Do one iteration as a block of one, where little is gained otherwise."""
        done = self._advance(1)
        cost, accuracy = float(done.costs[0]), float(done.accuracies[0])
        return Step(done.first_iteration, done.epoch, cost, accuracy, done.test, done.denoised_cost, done.validation)

    def _step(self) -> Step:
        """Do one iteration: what ``_advance(1)`` does, with less about it, while no network has ended."""
        if self.best:
            self.best.restored[:] = 0  # where epochs were added after the end
        if self._unmeasured is None:
            first = self._iteration % self._batches.per_epoch
            self._unmeasured = Unmeasured(self._measuring, *self._batches.ahead(), first)
        block = self._unmeasured
        place, iteration, epoch = block.count, self._iteration + 1, self._iteration // self._batches.per_epoch + 1
        program = self._programs.get(block.samples) or self._program(block.samples)
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
        if not due:
            return Step.measured_later(iteration, epoch, block, place)
        with ThreadLimit():
            tests, validations = self._looks(np.ones(len(self._seeds), np.bool_))
        test, validation = mean_evaluation(tests, ~self._diverged), mean_evaluation(validations, ~self._diverged)
        return Step.measured_later(iteration, epoch, block, place, test, self._denoised_cost(), validation)

    def _measure_the_rest(self) -> None:
        """Measure what has been iterated to and not been read, for the record of the epoch's costs."""
        block, self._unmeasured = self._unmeasured, None
        if block is not None:
            costs = block.close()
            places = np.arange(block.first, block.first + costs.shape[1]) % self._batches.per_epoch
            self._epoch_costs[:, places] = costs

    def _advance(self, iterations: int) -> Steps:
        self._measure_the_rest()
        first, epoch = self.iteration + 1, self.iteration // self.iterations_per_epoch + 1
        active = self._ended_at == 0
        if self.best:
            self.best.restored[active] = 0  # where epochs were added after the end
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
                self._hear(costs[:, 0], first)
        done = costs.shape[1]
        costs, accuracies = self._while_under_way(costs), self._while_under_way(accuracies)
        place = self.iteration % self.iterations_per_epoch
        self._epoch_costs[:, place : place + done] = costs
        self._iteration += done
        if done < given:  # the rest of the block is in vain
            self._batches.go_to(self._batches.order, self.iteration % self.iterations_per_epoch)
        tests, validations = self._looks(active)
        denoised = self._denoised_cost() if tests or validations else None
        replicas = ReplicaSteps(costs, accuracies, tests, validations) if self._replicated else None
        test, validation = mean_evaluation(tests, ~self._diverged), mean_evaluation(validations, ~self._diverged)
        return Steps(first, epoch, mean_of(costs), mean_of(accuracies), test, denoised, replicas, validation)

    @property
    def _in_parts(self) -> bool:
        """Whether mini-batches are too large to be computed as a whole; what is to be persisted is whole."""
        return self.batch_size > _WHOLE and not self._persists

    def _train_in_parts(self) -> tuple[Array, Array]:
        """Do one iteration, its mini-batch part by part; return z and y as ``_train`` does.

        The gradient is the mean of the parts' gradients, weighted by their samples.
        """
        gradient = self._parameters.gradient
        total = np.zeros_like(gradient)
        parts: list[tuple[Array, Array]] = []
        samples = 0
        units: UnitMeasures | None = None
        for x, y in self._batches.next_parts(_PART):
            self._latest = step = self._program(x.shape[-1]).step
            step.x_and_one[...], step.y[...] = x, y
            for call in step.calls:
                call()
            total += gradient * gradient.dtype.type(x.shape[-1])
            samples += x.shape[-1]
            parts.append((step.z.copy(), y))
            if self._watches_units:  # a part overwrites what the one before has left
                found = measure_units(step.hidden, x.shape[-1])
                units = found if units is None else units.joined(found)
        self._latest_units = units
        np.divide(total, gradient.dtype.type(samples), gradient)
        for call in self._rule.calls:
            call()
        logits, ys = (np.concatenate(each, axis=-1)[np.newaxis] for each in zip(*parts, strict=True))
        return logits, ys

    def _train(self, xs: Array, ys: Array) -> tuple[Array, Array]:
        """Do one iteration for each mini-batch, and none after the one at which the last network has diverged.

        Return each one's z, (batches, ..., outputs, batch), and y.
        """
        program = self._program(xs.shape[-1])
        self._latest = step = program.step
        logits: Array = np.empty_like(ys)  # in the same layout: all samples of an output lie together
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

    def _program(self, samples: int) -> _Program:
        if samples not in self._programs:
            step = self._pass(samples, keeps_z=self._persists)
            z = step.z.reshape(-1)
            squares = partial(z.dot, z)
            calls, measure = (*step.calls, *self._rule.calls), self._measuring.prepared(step.z, step.y)
            sizes = (self.network.input_size, *(layer.size for layer in self.network.layers))
            limit = limit_for_step(sizes, samples)
            self._programs[samples] = _Program(step, calls, squares, measure, self._healthy(samples), limit)
        return self._programs[samples]

    def _pass(self, samples: int, *, keeps_z: bool = False) -> TrainingPass:
        for trained in self.networks:
            trained.has_gradients = True  # whoever asks for a pass runs it
        return TrainingPass(
            self.network.layers,
            self._parameters,
            self.network.input_size,
            samples,
            keeps_z=keeps_z,
            generators=self._drops,
            class_weights=self._class_weights,
        )

    def _end_the_diverged(self, step: TrainingPass, iteration: int) -> bool:
        """Let the networks end whose cost at this iteration has left all measure; return whether all have ended.

        This is at once, so that what they keep is the same however many iterations are done at a time.
        """
        if self._ended_at.any():  # those that have ended are trained on in vain, and have any z
            z = step.z.reshape(len(self._seeds), -1)
            if (np.vecdot(z, z) < self._programs[step.samples].healthy)[self._ended_at == 0].all():
                return False
        return self._hear(self._measuring.costs(step.z, step.y), iteration)

    def _hear(self, costs: Series, iteration: int) -> bool:
        """Hear each network's cost at an iteration; let those that have diverged end, and return whether all have."""
        new = np.isnan(self._first_costs)
        self._first_costs[new] = costs[new]
        ending = (self._ended_at == 0) & diverged(costs, self._first_costs)
        self._diverged |= ending
        self._ended_at[ending] = iteration
        self._keep_parameters(np.flatnonzero(ending).tolist())
        if new.any() or ending.any():
            self._bound_anew()
        return bool(self._ended_at.all())

    def _healthy(self, samples: int) -> float:
        """Return a sum of the squares of z below which the networks under way have surely not diverged."""
        first_costs = self._first_costs[self._ended_at == 0]
        if not len(first_costs) or np.isnan(first_costs).any():
            return NEVER
        largest_weight = 1.0 if self._class_weights is None else float(self._class_weights.max())
        limit = float(limits(first_costs).min())
        return healthy_squares(self.network.output_layer, samples, self._largest_y, largest_weight, limit)

    def _bound_anew(self) -> None:
        """Bound the squares anew, after first costs or ends have changed."""
        for samples, program in self._programs.items():
            program.healthy = self._healthy(samples)

    def _while_under_way(self, values: Series) -> Series:
        """Put nan in place of what lies behind each network's end; nobody measures it alone."""
        if self._replicated and self._ended_at.any():
            iterations = self.iteration + 1 + np.arange(values.shape[1])
            values[(self._ended_at > 0)[:, np.newaxis] & (iterations > self._ended_at[:, np.newaxis])] = np.nan
            for place, final in self._final.items():
                self._parameters.theta[place] = final
        return values

    def _denoised_cost(self) -> float:
        """Return the mean cost over the samples of the latest ``iterations_per_epoch`` mini-batches, fewer at first."""
        costs = mean_of(self._epoch_costs)
        known = ~np.isnan(costs)
        return mean_over_samples(costs[known], self.batch_sizes[known])

    # --- judging ---------------------------------------------------------------------------------------------------

    @property
    def _due(self) -> bool:
        """Whether it is time to look at the checked samples."""
        return bool(self._evaluators) and (self._iteration % self._test_every == 0 or self.finished)

    def _looks(self, active: NDArray[np.bool_]) -> tuple[tuple[Evaluation, ...], tuple[Evaluation, ...]]:
        """Look at the checked samples where it is due; return each network's test and validation, one of them empty."""
        checks = self._check_if_due(active)
        return ((), checks) if self.checked_part == "validation" else (checks, ())

    def _check_if_due(self, active: NDArray[np.bool_]) -> tuple[Evaluation, ...]:
        """Look at the checked samples, let schedule and early stopping hear of it; nothing where it is not due."""
        if not self._due:
            return ()
        for place, evaluator in enumerate(self._evaluators):
            if active[place] or len(self._checks) <= place:
                self._checks[place : place + 1] = [evaluator.evaluate()]
        observe(self._rule, [check.cost for check in self._checks])
        if self.best:
            self._stop_or_go_on(self.best, active)
        return tuple(self._checks)

    def _stop_or_go_on(self, best: BestSoFar, active: NDArray[np.bool_]) -> None:
        last = self.iteration >= self.total_iterations
        for place in np.flatnonzero(active).tolist():
            awaited = self._awaited(self._checks[place])
            patient = awaited is None or not best.observe(place, self.iteration, awaited)
            if patient and not last and not self._diverged[place]:
                continue
            best.restore_parameters(place)
            if not patient and not self._ended_at[place]:
                self._ended_at[place] = self.iteration
            if not patient:
                self._keep_parameters([place])

    def _awaited(self, check: Evaluation) -> float | None:
        """Return what early stopping waits for to fall; None where a metric could not be measured."""
        assert self._early_stopping is not None
        metric = self._metrics.named(self._early_stopping.metric)
        if metric is None:
            return check.cost
        value = check.metrics[metric.name]
        if np.isnan(value):
            return None
        return -value if metric.better == "higher" else value

    def _keep_parameters(self, places: Sequence[int]) -> None:
        """Keep the parameters of replicas that have ended, while the others are trained on."""
        if self._replicated:
            self._final.update({place: self._parameters.theta[place].copy() for place in places})

    def measure_layers(self, theta_before: Array | None = None) -> LayerMeasures:
        """Measure how the layers of the first network fare, as of the latest iteration; see ``layer_measures``.

        Where mini-batches are so large that they are computed in parts, dead and saturated units are known of
        iterations that ``watch_units`` has asked to look at, and nan of others.

        Parameters
        ----------
        theta_before : (parameters,) array, optional
            The network's parameters before that iteration; without them the update is nan.

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
        hidden = self._latest.hidden
        units = self._latest_units if self._in_parts else measure_units(hidden, self._latest.y.shape[-1])
        return measure_layers(self.networks[0].parameters, units, len(hidden), theta_before)

    def watch_units(self, watched: bool = True) -> None:
        """Look at the units also while a large mini-batch is computed in parts, which takes some more time.

        Parameters
        ----------
        watched : bool, default True
            Whether ``measure_layers`` knows the dead and saturated units of such mini-batches from now on; others are
            looked at afterwards.
        """
        self._watches_units = watched

    def evaluate(self, part: Part) -> tuple[Evaluation, ...]:
        """Evaluate each network on a part of the samples, with the parameters that it has now; changes nothing.

        No schedule and no early stopping hears of it. Samples are taken a part at a time, so that memory stays small.

        Parameters
        ----------
        part : {"train", "validation", "test"}

        Returns
        -------
        tuple of Evaluation
            One a network; their mean is ``mean_evaluation``'s.

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
        """Leave a, z and delta of the latest mini-batch, before its update, on the network's layers.

        Each layer then has ``a_lm1``, its inputs, ``z_l``, ``a_l`` and ``delta_l``, (units, samples), as the article's
        five steps persist them; of replicas with a leading axis. They are copies, and stay until the next call.

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
        """Evaluate on the test samples now; no schedule hears of it. The mean where there are replicas.

        Raises
        ------
        RuntimeError
            There are no test samples.
        """
        return self._mean(self.evaluate("test"))

    def check(self) -> Evaluation:
        """Evaluate now on the samples that are looked at on the way; no schedule hears of it.

        The mean where there are replicas.

        Raises
        ------
        RuntimeError
            There are neither validation nor test samples.
        """
        return self._mean(self.evaluate(self.checked_part or "test"))

    def _mean(self, evaluations: tuple[Evaluation, ...]) -> Evaluation:
        evaluation = mean_evaluation(evaluations, ~self._diverged)
        assert evaluation is not None
        return evaluation

    def _evaluators_of(self, part: Part) -> list[Evaluator]:
        """Return what evaluates each network on a part."""
        if part not in PARTS:
            raise ValueError(f"a part of the samples is one of {', '.join(PARTS)}, got {part!r}")
        if part == "train":
            samples: tuple[Array, Array] | None = (self._samples.x_and_one[:, :-1].T, self._samples.y.T)
        else:
            samples = self._test_samples if part == "test" else self._validation_samples
        if samples is None:
            raise RuntimeError(f"this trainer has no {part} samples: give x_{part} and y_{part}")
        # A few samples of two answers may look like classes, and of values like answers.
        return [trained.evaluator(*samples, self._scoring.task, self._metrics) for trained in self.networks]

    @property
    def generators(self) -> NDArray[np.uint8]:
        """The states of the random generators that shuffle and drop; may be set to another training's of its kind."""
        return generator_states([*self._shuffles, *self._drops])

    @generators.setter
    def generators(self, states: NDArray[np.uint8]) -> None:
        restore_generators([*self._shuffles, *self._drops], states)

    # --- going back, and elsewhere ---------------------------------------------------------------------------------

    def state(self) -> State:
        """Return copies of all that the next iterations depend on: parameters, optimizer, generators, position."""
        with self._in_turn:
            return copied(self._views())

    def _views(self) -> State:
        """Return what ``state`` does without copying it."""
        self._measure_the_rest()
        return {
            "theta": self._parameters.theta,
            "generators": self.generators,
            "order": self._batches.lasting_order,
            "iteration": np.array(self.iteration),
            "first_costs": self._first_costs,
            "epoch_costs": self._epoch_costs,
            "ended_at": self._ended_at,
            "diverged": self._diverged,
            **(self.best.views() if self.best else {}),
            **{_RULE + name: array for name, array in views_of(self._rule).items()},
        }

    def restore(self, state: Mapping[str, NDArray[Any]], *, fresh_optimizer: bool = False) -> None:
        """Go on from what ``state`` gave, bit for bit.

        Parameters
        ----------
        state : dict
        fresh_optimizer : bool
            Leave the optimizer as it is instead: for a state that was another one's. What had ended goes on then.

        Raises
        ------
        ValueError
            It is the state of another kind of training; says what differs, and nothing has changed then.
        """
        with self._in_turn:
            self._restore(state, with_rule=not fresh_optimizer)
            if fresh_optimizer:
                self.clear_stop()

    def _restore(self, state: Mapping[str, NDArray[Any]], *, with_rule: bool) -> None:
        own = {name: array for name, array in self._views().items() if with_rule or not name.startswith(_RULE)}
        given = {name: np.asarray(array) for name, array in state.items() if with_rule or not name.startswith(_RULE)}
        if "epoch_costs" in given:  # of a float64 network they were float32 in earlier versions
            given["epoch_costs"] = given["epoch_costs"].astype(self.network.dtype)
        require_same_layout(
            {name: array for name, array in given.items() if name not in _NOT_COMPARED},
            {name: array for name, array in own.items() if name not in _NOT_COMPARED},
        )
        if int(given["iteration"]) < 0 or not ((given["order"] >= 0) & (given["order"] < self.train_size)).all():
            raise ValueError("its position in the training is none that there can be")
        restore_generators([*self._shuffles, *self._drops], given["generators"])
        if with_rule:
            self._rule.restore({name.removeprefix(_RULE): given[name] for name in given if name.startswith(_RULE)})
        self._parameters.theta[...] = given["theta"]
        self._iteration = int(given["iteration"])
        self._batches.go_to(given["order"], self.iteration % self.iterations_per_epoch)
        self._first_costs[:], self._epoch_costs[:] = given["first_costs"], given["epoch_costs"]
        self._ended_at[:], self._diverged[:] = given["ended_at"], given["diverged"]
        if self.best:
            self.best.restore(given)
        self._bound_anew()
        self._checks.clear()
        self._final.clear()
        self._keep_parameters(np.flatnonzero(self._ended_at).tolist())

    def fork(
        self,
        state: Mapping[str, NDArray[Any]] | None = None,
        *,
        optimizer: Optimizer | None = None,
        learning_rate: float | None = None,
        epochs: int | None = None,
        tests: bool = True,
    ) -> Trainer:
        """Return a training of a copy of the network that goes on from here, or from an earlier state, for itself.

        Unless something is changed, it goes on exactly as this one would.

        Parameters
        ----------
        state : dict, optional
            What ``state`` gave earlier; as it is now unless given.
        optimizer : Optimizer, optional
            Another one, which begins afresh.
        learning_rate : float, optional
        epochs : int, optional
        tests : bool
            Whether it looks at validation or test samples, by default as this one does; early stopping needs that.

        Returns
        -------
        Trainer
            Where something is changed, it goes on even if this one was stopped early or diverged.
        """
        with self._in_turn:
            return self._fork(self._views() if state is None else state, optimizer, learning_rate, epochs, tests)

    def _fork(
        self,
        state: Mapping[str, NDArray[Any]],
        optimizer: Optimizer | None,
        learning_rate: float | None,
        epochs: int | None,
        tests: bool,
    ) -> Trainer:
        twin = object.__new__(Trainer)
        vars(twin).update(vars(self))
        twin._network = self.network.copy()
        twin._optimizer = self._optimizer if optimizer is None else optimizer
        if not tests:
            twin._test_samples = twin._validation_samples = twin._early_stopping = None
            state = {name: array for name, array in state.items() if not name.startswith(BEST)}
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
        """Forget that networks had ended: they go on from where they are, and early stopping is patient anew."""
        self._ended_at[:], self._diverged[:] = 0, False
        self._bound_anew()
        self._final.clear()
        if self.best:
            self.best.be_patient()

    def prepare_step(self) -> tuple[TrainingPass, BoundOptimizer]:
        """Take the next mini-batch; return a pass over it that keeps what it computes, and the optimizer of the update.

        Whoever runs their calls makes the iteration; ``FiveSteps`` does so on a fork.

        Raises
        ------
        ValueError
            There are replicas: they take their steps together.
        """
        if self._replicated:
            raise ValueError("the steps of replicas cannot be done one by one: make a trainer of one network")
        self._measure_the_rest()
        xs, ys = self._batches.next_block(1)
        step = self._pass(xs.shape[-1], keeps_z=True)
        step.x_and_one[...], step.y[...] = xs[0], ys[0]
        return step, self._rule


def _pair(network: Network, x: ArrayLike | None, y: ArrayLike | None, part: str) -> tuple[Array, Array] | None:
    """Return a part's samples as the network takes them, or None where there are none."""
    if (x is None) != (y is None):
        there, missing = ("y", "x") if x is None else ("x", "y")
        raise ValueError(
            f"there is {there}_{part} and no {missing}_{part}: give both, or neither to train without a {part} part"
        )
    return network.checked(x, y) if x is not None and y is not None and np.size(x) else None


def _require_classes(task: str, y: Array) -> None:
    occurring = np.flatnonzero(y.any(axis=1)) if task == "classes" else [0, 1]
    if len(occurring) < 2:
        raise ValueError(
            f"only class {occurring[0]} occurs in y_train: give samples of at least two classes, or there is nothing "
            "to tell apart"
        )
    if task == "multilabel" and (y == y[:, :1]).all():
        raise ValueError(
            "all samples of y_train have the same answers: give some that differ, or there is nothing to learn"
        )


def _batch_size(batch_size: int | Literal["all"] | None, samples: int, usual: int | Literal["all"]) -> int:
    """Return the samples in a mini-batch: what is asked for, or else what is usual, or all where there are fewer."""
    if batch_size is None:
        return samples if usual == "all" else min(usual, samples)
    if batch_size == "all":
        return samples
    if at_least_one(batch_size, "batch_size", "all") > samples:
        raise ValueError(
            f"a mini-batch of {batch_size} is larger than the {samples} training samples: choose a batch_size of at "
            f"most {samples}, or 'all'"
        )
    return batch_size


def _weights(class_weights: Literal["balanced"] | Sequence[float] | None, y: Array) -> Array | None:
    if class_weights is None:
        return None
    counts = y.sum(axis=1, dtype=np.float64)
    if isinstance(class_weights, str):
        if class_weights != "balanced":
            raise ValueError(f"class_weights are 'balanced' or a number a class, got {class_weights!r}")
        weights = y.shape[1] / np.maximum(counts, 1) / np.count_nonzero(counts)
    else:
        weights = numbers(class_weights, "class_weights", np.float64)
    if weights.shape != (len(y),) or not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ValueError(f"class_weights must be {len(y)} finite numbers above 0, one a class, got {class_weights!r}")
    if not (y.sum(axis=0) == 1).all():
        raise ValueError("class_weights need one-hot classes: y has columns that are not one-hot")
    as_y: Array = weights.astype(y.dtype)
    return as_y


def _seeds(first: int, replicas: int | Sequence[int] | None) -> tuple[int, ...]:
    if replicas is None:
        return (first,)
    if isinstance(replicas, int | np.integer):
        return tuple(range(first, first + at_least_one(replicas, "replicas")))
    return different_seeds(replicas, "replicas", "a number or different seeds")


def different_seeds(given: object, name: str, kind: str) -> tuple[int, ...]:
    """Return seeds as a tuple, or raise ValueError where they are not different integers of at least 0, one or more.

    Parameters
    ----------
    given : iterable of int
    name, kind : str
        For the error: what has this name must be of this kind.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        As above; names what was given.
    """
    fault = f"{name} must be {kind}, at least one, got {given!r}"
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(fault)
    seeds = tuple(integer(seed, f"a seed in {name}", 0) for seed in given)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(fault)
    return seeds
