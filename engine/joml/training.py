"""Trainer: the one training loop."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from joml.adaptive import Adam
from joml.arrays import Array, Calls
from joml.batches import MiniBatches, Samples
from joml.blas import threads_for
from joml.checks import above_zero, at_least_one, integer, numbers, require_kind
from joml.early_stopping import BEST, BestSoFar, EarlyStopping
from joml.evaluation import Evaluation
from joml.functions import Identity
from joml.generators import generator_states, restore_generators
from joml.layer_measures import LayerMeasures, measure_layers
from joml.optimizer import Optimizer, Rule, State, require_same_layout
from joml.parameters import Parameters
from joml.passes import TrainingPass
from joml.records import ReplicaSteps, Series, Step, Steps, mean_evaluation, mean_of
from joml.scoring import Scoring
from joml.segments import bind_layers, observe
from joml.streams import stream

if TYPE_CHECKING:
    from joml.network import Network

#: A run has diverged when its cost is no number, or this many times what it was at the first iteration (or 1).
DIVERGED_FACTOR = 1e4

#: Stands before the names of the optimizer's state.
_RULE = "rule."


class Trainer:
    """Trains a network on mini-batches; an iterator of ``Step`` records.

    ``for step in trainer`` looks at every iteration; ``advance(n)`` does many at once and is what to use where speed
    counts. Both run the same loop and give the same bits.

    Parameters
    ----------
    network : Network
        Trained in place; with replicas it stays as it is, and ``networks`` are trained.
    x_train, y_train : (features, samples) and (outputs, samples) arrays
    x_test, y_test : arrays of the same kind, optional
        Without them nothing is tested.
    optimizer : Optimizer
        Adam() unless said; a layer with an optimizer of its own takes that.
    epochs : int, default 10
        At least 1.
    batch_size : int or "all"
        Samples in a mini-batch, at most as many as there are; 32 unless said. "all" is batch gradient descent, 1 takes
        one sample at a time.
    seed : int
        Decides the order of the samples and what is dropped; the network's own unless said.
    test_every : "epoch" or int
        After how many iterations to test; the end of training is always tested. Testing never changes the training,
        unless the optimizer's schedule is ReduceOnPlateau, which hears the cost of each of these tests, or with early
        stopping.
    class_weights : "balanced" or (classes,) sequence, optional
        What a sample of each class counts in the training cost and its gradient, above 0; "balanced" gives every class
        the same sum. Tests count every sample 1.
    early_stopping : EarlyStopping, optional
    replicas : int or sequence of int, optional
        Train this network from several seeds at once: so many, from ``seed`` on, or these. Each replica is what a
        network and a trainer of its seed alone would become.

    Attributes
    ----------
    network : Network
    networks : tuple of Network
        What is trained: the network, or a replica for each seed.
    iteration : int
        Iterations done.
    ended_at : (networks,) array of int
        The iteration at which each diverged or was stopped early; 0 where neither happened.
    diverged : (networks,) array of bool
        Whose cost was no number any more, or had grown beyond all measure.
    best : BestSoFar or None
        With early stopping, the best test of each.

    Raises
    ------
    ValueError
        Data of another shape, not finite or of one class only, half of the test samples, or a setting out of its range
        or of another kind; says which.
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
        optimizer: Optimizer | None = None,
        epochs: int = 10,
        batch_size: int | Literal["all"] = 32,
        seed: int | None = None,
        test_every: Literal["epoch"] | int = "epoch",
        class_weights: Literal["balanced"] | Sequence[float] | None = None,
        early_stopping: EarlyStopping | None = None,
        replicas: int | Sequence[int] | None = None,
    ) -> None:
        self.network = network
        x, y = network.checked(x_train, y_train)
        self._scoring = Scoring(network.output_layer, y)
        if not isinstance(network.output_layer.activation_function, Identity):  # else values that may be 0 and 1 alone
            _require_classes(self._scoring.task, y)
        self._samples = Samples(x, y)
        self._test_samples: tuple[Array, Array] | None = None
        if (x_test is None) != (y_test is None):
            there, missing = ("y_test", "x_test") if x_test is None else ("x_test", "y_test")
            raise ValueError(f"there is {there} and no {missing}: give both, or neither to train without tests")
        if x_test is not None and y_test is not None and np.size(x_test):
            self._test_samples = network.checked(x_test, y_test)
        self._optimizer = Adam() if optimizer is None else optimizer
        self._epochs = at_least_one(epochs, "epochs")
        self.batch_size = _batch_size(batch_size, len(self._samples))
        self._class_weights = _weights(class_weights, y)
        self._early_stopping = early_stopping
        if early_stopping is not None:
            right = isinstance(early_stopping, EarlyStopping)
            require_kind(right, early_stopping, "early_stopping", "settings such as EarlyStopping(patience=5)")
            if not self._test_samples:
                raise ValueError("early stopping waits for the test cost: give x_test and y_test")
        self._seeds = _seeds(network.seed if seed is None else integer(seed, "seed", 0), replicas)
        self._replicated = replicas is not None
        self._prepare()
        self._test_every = (
            self.iterations_per_epoch if test_every == "epoch" else at_least_one(test_every, "test_every", "epoch")
        )

    def _prepare(self) -> None:
        """Make what training changes, as it is before the first iteration."""
        network, count = self.network, len(self._seeds)
        self.networks: tuple[Network, ...] = (network,)
        self._parameters = network.parameters
        if self._replicated:
            self._parameters = Parameters(network.layers, network.input_size, network.dtype, count)
            self.networks = tuple(
                network.replica(seed, self._parameters.one(place)) for place, seed in enumerate(self._seeds)
            )
        self._rule = bind_layers(self._optimizer, network.layers, self._parameters)
        self._shuffles = [stream(seed, "shuffle") for seed in self._seeds]
        self._drops = [stream(seed, "dropout") for seed in self._seeds]
        self._batches = MiniBatches(
            self._samples, self.batch_size, self._shuffles if self._replicated else self._shuffles[0]
        )
        self._programs: dict[int, tuple[TrainingPass, Calls]] = {}
        self._latest: TrainingPass | None = None
        # A few test samples of two answers may look like classes, and of values like answers.
        task = self._scoring.task
        tested = self._test_samples
        self._evaluators = [trained.evaluator(*tested, task) for trained in self.networks] if tested else []
        self._tests: list[Evaluation] = []
        self.best = BestSoFar(self._early_stopping, self._parameters.theta) if self._early_stopping else None
        self._first_costs: NDArray[np.float64] = np.full(count, np.nan)
        self._epoch_costs: Series = np.full((count, self._batches.per_epoch), np.nan, np.float32)
        self.iteration = 0
        self.ended_at: NDArray[np.int64] = np.zeros(count, np.int64)
        self.diverged: NDArray[np.bool_] = np.zeros(count, np.bool_)
        self._final: dict[int, Array] = {}

    # --- how far it is ---------------------------------------------------------------------------------------------

    @property
    def train_size(self) -> int:
        """Training samples."""
        return len(self._samples)

    @property
    def tests(self) -> bool:
        """Whether there are samples to test on."""
        return self._test_samples is not None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each of the networks."""
        return self._seeds

    @property
    def iterations_per_epoch(self) -> int:
        """Mini-batches in an epoch."""
        return self._batches.per_epoch

    @property
    def total_iterations(self) -> int:
        """Mini-batches in all epochs."""
        return self._epochs * self.iterations_per_epoch

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do: all epochs are done, or every network diverged or was stopped early."""
        return self.iteration >= self.total_iterations or bool(self.ended_at.all())

    @property
    def diverged_at(self) -> int | None:
        """The iteration at which training ended because every network had diverged; None if it did not."""
        return int(self.ended_at.max()) if self.diverged.all() else None

    @property
    def stopped_early(self) -> bool:
        """Whether early stopping ended the training."""
        return bool(self.ended_at.all()) and not self.diverged.all()

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
        with threads_for(self.batch_size):
            while not self.finished:
                done = self._advance(1)
                cost, accuracy = float(done.costs[0]), float(done.accuracies[0])
                yield Step(done.first_iteration, done.epoch, cost, accuracy, done.test, done.denoised_cost)

    def advance(self, iterations: int) -> Steps:
        """Do up to that many iterations; fewer where an epoch or a gathered block ends, or a test is due.

        Returns
        -------
        Steps
            At least one iteration.

        Raises
        ------
        ValueError
            The number of iterations is no integer of at least 1.
        RuntimeError
            Training has finished.
        """
        if self.finished:
            raise RuntimeError("training has finished: set epochs to more, or make a new Trainer, to go on")
        with threads_for(self.batch_size):
            return self._advance(at_least_one(iterations, "iterations"))

    def _advance(self, iterations: int) -> Steps:
        first, epoch = self.iteration + 1, self.iteration // self.iterations_per_epoch + 1
        until_test = self._test_every - self.iteration % self._test_every
        xs, ys = self._batches.next_block(min(iterations, until_test, self.total_iterations - self.iteration))
        with np.errstate(all="ignore"):
            logits = self._train(xs, ys)
            costs, accuracies = self._measure(logits, ys)
        active = self.ended_at == 0
        done = self._until_divergence(costs, active)
        costs, accuracies = self._while_under_way(costs[:, :done]), self._while_under_way(accuracies[:, :done])
        place = self.iteration % self.iterations_per_epoch
        self._epoch_costs[:, place : place + done] = costs
        self.iteration += done
        tests = self._test_if_due(active)
        denoised = self._denoised_cost() if tests else None
        replicas = ReplicaSteps(costs, accuracies, tests) if self._replicated else None
        test = mean_evaluation(tests, ~self.diverged)
        return Steps(first, epoch, mean_of(costs), mean_of(accuracies), test, denoised, replicas)

    def _train(self, xs: Array, ys: Array) -> Array:
        """Do one iteration for each mini-batch; give the output layer's z of each, (batches, ..., outputs, batch)."""
        step, program = self._program(xs.shape[-1])
        self._latest = step
        logits: Array = np.empty_like(ys)  # in the same layout: all samples of an output lie together
        x_in, y_in, z_out = step.x_and_one, step.y, step.z
        for x, y, z in zip(xs, ys, logits, strict=True):
            x_in[...] = x
            y_in[...] = y
            for call in program:
                call()
            z[...] = z_out
        return logits

    def _program(self, samples: int) -> tuple[TrainingPass, Calls]:
        if samples not in self._programs:
            step = self._pass(samples)
            self._programs[samples] = (step, (*step.calls, *self._rule.calls))
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

    def _measure(self, logits: Array, ys: Array) -> tuple[Series, Series]:
        """Give cost and score of each mini-batch, (networks, batches); all at once costs a tenth of one by one."""
        shape = (len(self._seeds), len(ys), ys.shape[-1])
        z, y = (np.moveaxis(values, 0, -2).reshape(*values.shape[1:-1], -1) for values in (logits, ys))
        costs = self.network.output_layer.costs(z, y)
        if self._class_weights is not None:
            costs = costs * (self._class_weights @ y)
        scores = self._scoring.per_sample(z, y)
        return _means(costs.reshape(shape)), _means(scores.reshape(shape))

    def _until_divergence(self, costs: Series, active: NDArray[np.bool_]) -> int:
        """Give how many of these iterations count: all, or up to and with the one at which the last network ended."""
        new = np.isnan(self._first_costs)
        if new.any():
            self._first_costs[new] = costs[new, 0]
        wrong = ~(costs < DIVERGED_FACTOR * np.fmax(self._first_costs, 1.0)[:, np.newaxis])  # nan compares false
        if not wrong.any():
            return int(costs.shape[1])
        ending = active & wrong.any(axis=1)
        self.diverged |= ending
        self.ended_at[ending] = self.iteration + wrong[ending].argmax(axis=1) + 1
        self._keep_parameters(np.flatnonzero(ending).tolist())
        over = ending.any() and self.ended_at.all()
        return int(self.ended_at.max()) - self.iteration if over else int(costs.shape[1])

    def _while_under_way(self, values: Series) -> Series:
        """Put nan in place of what lies behind each network's end; nobody measures it alone."""
        if self._replicated and self.ended_at.any():
            iterations = self.iteration + 1 + np.arange(values.shape[1])
            values[(self.ended_at > 0)[:, np.newaxis] & (iterations > self.ended_at[:, np.newaxis])] = np.nan
            for place, final in self._final.items():
                self._parameters.theta[place] = final
        return values

    def _denoised_cost(self) -> float:
        """Give the mean cost over the samples of the latest ``iterations_per_epoch`` mini-batches, fewer at first."""
        costs = mean_of(self._epoch_costs)
        sizes = np.full(len(costs), self.batch_size)
        sizes[-1] = self.train_size - self.batch_size * (len(costs) - 1)
        known = ~np.isnan(costs)
        return float(np.average(costs[known], weights=sizes[known])) if known.any() else np.nan

    # --- testing ---------------------------------------------------------------------------------------------------

    def _test_if_due(self, active: NDArray[np.bool_]) -> tuple[Evaluation, ...]:
        """Test, let schedule and early stopping hear of it; nothing where no test is due."""
        if not self._evaluators or not (self.iteration % self._test_every == 0 or self.finished):
            return ()
        for place, evaluator in enumerate(self._evaluators):
            if active[place] or len(self._tests) <= place:
                self._tests[place : place + 1] = [evaluator.evaluate()]
        observe(self._rule, [test.cost for test in self._tests])
        if self.best:
            self._stop_or_go_on(self.best, active)
        return tuple(self._tests)

    def _stop_or_go_on(self, best: BestSoFar, active: NDArray[np.bool_]) -> None:
        last = self.iteration >= self.total_iterations
        for place in np.flatnonzero(active).tolist():
            patient = not best.observe(place, self.iteration, self._tests[place].cost)
            if patient and not last and not self.diverged[place]:
                continue
            best.restore_parameters(place)
            if not patient and not self.ended_at[place]:
                self.ended_at[place] = self.iteration
            if not patient:
                self._keep_parameters([place])

    def _keep_parameters(self, places: Sequence[int]) -> None:
        """Keep the parameters of replicas that have ended, while the others are trained on."""
        if self._replicated:
            self._final.update({place: self._parameters.theta[place].copy() for place in places})

    def measure_layers(self, theta_before: Array | None = None) -> LayerMeasures:
        """Measure how the layers of the first network fare, as of the latest iteration; see ``layer_measures``.

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
        return measure_layers(self.networks[0].parameters, self._latest.hidden, theta_before)

    def test(self) -> Evaluation:
        """Evaluate on the test samples now; no schedule hears of it. The mean where there are replicas.

        Raises
        ------
        RuntimeError
            There are no test samples.
        """
        if not self._evaluators:
            raise RuntimeError("this trainer has no test samples: give x_test and y_test")
        with threads_for(self.batch_size):
            tests = tuple(evaluator.evaluate() for evaluator in self._evaluators)
        evaluation = mean_evaluation(tests, ~self.diverged)
        assert evaluation is not None
        return evaluation

    # --- going back, and elsewhere ---------------------------------------------------------------------------------

    def state(self) -> State:
        """Give copies of all that the next iterations depend on: parameters, optimizer, generators, position."""
        return {
            "theta": self._parameters.theta.copy(),
            "generators": generator_states([*self._shuffles, *self._drops]),
            "order": self._batches.lasting_order,
            "iteration": np.array(self.iteration),
            "first_costs": self._first_costs.copy(),
            "epoch_costs": self._epoch_costs.copy(),
            "ended_at": self.ended_at.copy(),
            "diverged": self.diverged.copy(),
            **(self.best.state() if self.best else {}),
            **{_RULE + name: array for name, array in self._rule.state().items()},
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
        self._restore(state, with_rule=not fresh_optimizer)
        if fresh_optimizer:
            self.go_on()

    def _restore(self, state: Mapping[str, NDArray[Any]], *, with_rule: bool) -> None:
        own = {name: array for name, array in self.state().items() if with_rule or not name.startswith(_RULE)}
        given = {name: np.asarray(array) for name, array in state.items() if with_rule or not name.startswith(_RULE)}
        require_same_layout(
            {name: array for name, array in given.items() if name != "generators"},
            {name: array for name, array in own.items() if name != "generators"},
        )
        if int(given["iteration"]) < 0 or not ((given["order"] >= 0) & (given["order"] < self.train_size)).all():
            raise ValueError("its position in the training is none that there can be")
        restore_generators([*self._shuffles, *self._drops], given["generators"])
        if with_rule:
            self._rule.restore({name.removeprefix(_RULE): given[name] for name in given if name.startswith(_RULE)})
        self._parameters.theta[...] = given["theta"]
        self.iteration = int(given["iteration"])
        self._batches.order = given["order"]
        self._batches.position = self.iteration % self.iterations_per_epoch
        self._first_costs[:], self._epoch_costs[:] = given["first_costs"], given["epoch_costs"]
        self.ended_at[:], self.diverged[:] = given["ended_at"], given["diverged"]
        if self.best:
            self.best.restore(given)
        self._tests.clear()
        self._final.clear()
        self._keep_parameters(np.flatnonzero(self.ended_at).tolist())

    def fork(
        self,
        state: Mapping[str, NDArray[Any]] | None = None,
        *,
        optimizer: Optimizer | None = None,
        learning_rate: float | None = None,
        epochs: int | None = None,
        tests: bool = True,
    ) -> Trainer:
        """Give a training of a copy of the network that goes on from here, or from an earlier state, for itself.

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
            Whether it tests, as this one does unless said; early stopping needs tests.

        Returns
        -------
        Trainer
            Where something is changed, it goes on even if this one was stopped early or diverged.
        """
        state = self.state() if state is None else state
        twin = copy.copy(self)
        twin.network = self.network.copy()
        twin._optimizer = self._optimizer if optimizer is None else optimizer
        if not tests:
            twin._test_samples = twin._early_stopping = None
            state = {name: array for name, array in state.items() if not name.startswith(BEST)}
        twin._prepare()
        twin._restore(state, with_rule=optimizer is None)
        if learning_rate is not None:
            twin.learning_rate = learning_rate
        if epochs is not None:
            twin.epochs = epochs
        if optimizer is not None or learning_rate is not None or epochs is not None or not tests:
            twin.go_on()
        return twin

    def go_on(self) -> None:
        """Forget that networks had ended: they go on from where they are, and early stopping is patient anew."""
        self.ended_at[:], self.diverged[:] = 0, False
        self._final.clear()
        if self.best:
            self.best.be_patient()

    def take_apart(self) -> tuple[TrainingPass, Rule]:
        """Take the next mini-batch, and give it in a pass that keeps what it computes, with the rule of the update.

        Whoever runs them makes the iteration; ``FiveSteps`` does so on a fork.

        Raises
        ------
        ValueError
            There are replicas: they take their steps together.
        """
        if self._replicated:
            raise ValueError("the steps of replicas cannot be taken apart: make a trainer of one network")
        xs, ys = self._batches.next_block(1)
        step = self._pass(xs.shape[-1], keeps_z=True)
        step.x_and_one[...], step.y[...] = xs[0], ys[0]
        return step, self._rule


def _means(values: NDArray[Any]) -> Series:
    """Give the means over the last axis; products with ones are faster than sums of rows so short."""
    samples = values.shape[-1]
    sums = np.vecdot(values.astype(np.float32, copy=False), np.ones(samples, np.float32))
    means: Series = sums / np.float32(samples)
    return means


def _require_classes(task: str, y: Array) -> None:
    occurring = np.flatnonzero(y.any(axis=1)) if task == "classes" else [0, 1]
    if len(occurring) < 2:
        raise ValueError(
            f"only class {occurring[0]} occurs in y_train: give samples of at least two classes, or there is nothing "
            "to tell apart"
        )
    if task == "answers" and (y == y[:, :1]).all():
        raise ValueError(
            "all samples of y_train have the same answers: give some that differ, or there is nothing to learn"
        )


def _batch_size(batch_size: int | Literal["all"], samples: int) -> int:
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
        raise ValueError("class_weights need one-hot classes: y has columns that are no single class")
    as_y: Array = weights.astype(y.dtype)
    return as_y


def _seeds(first: int, replicas: int | Sequence[int] | None) -> tuple[int, ...]:
    if replicas is None:
        return (first,)
    if isinstance(replicas, int | np.integer):
        return tuple(range(first, first + at_least_one(replicas, "replicas")))
    return different_seeds(replicas, "replicas", "a number or different seeds")


def different_seeds(given: object, name: str, kind: str) -> tuple[int, ...]:
    """Give seeds as a tuple, or raise ValueError where they are not different integers of at least 0, one or more.

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
