"""What holds for every network and every training, on random ones.

The references are written here once more, plainly and in float64, from the formulas alone: so the engine's forward and
backward passes are not only consistent with each other.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from joml import (
    ELU,
    GELU,
    ActivationFunction,
    AdaGrad,
    Adam,
    AdamW,
    CosineDecay,
    CrossEntropy,
    EarlyStopping,
    GradientDescent,
    Huber,
    Identity,
    Layer,
    LeakyReLu,
    MeanAbsoluteError,
    MeanSquaredError,
    Momentum,
    Nesterov,
    Network,
    OneCycle,
    OutputLayer,
    ReduceOnPlateau,
    ReLu,
    RMSProp,
    Scheduled,
    Sigmoid,
    SiLU,
    SoftMax,
    StepDecay,
    Tanh,
    Trainer,
    WarmUp,
    WithGradientClipping,
    WithWeightDecay,
)
from joml.analysis.equivalence import collapse
from joml.analysis.five_steps import FiveSteps
from joml.analysis.gradient_check import check_gradients
from joml.files.checkpoint import load, save
from joml.initialisation import glorot, he, lecun, normal, orthogonal, zeros
from joml.rng import stream


class SoftPlus(ActivationFunction):
    """A function of a user's own: nothing but value and derivative."""

    def value(self, z):
        return np.logaddexp(0, z)

    def der(self, z):
        return 1 / (1 + np.exp(-z))


# --- the formulas, once more -------------------------------------------------------------------------------------

FORMULAS = {
    ReLu: lambda f, z: np.where(z > 0, z, 0),
    LeakyReLu: lambda f, z: np.where(z > 0, z, f.slope * z),
    ELU: lambda f, z: np.where(z > 0, z, f.alpha * np.expm1(np.minimum(z, 0))),
    GELU: lambda f, z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    SiLU: lambda f, z: z * np.exp(-np.logaddexp(0, -z)),
    Sigmoid: lambda f, z: np.exp(-np.logaddexp(0, -z)),
    Tanh: lambda f, z: np.tanh(z),
    Identity: lambda f, z: z,
    SoftMax: lambda f, z: np.exp(z - np.logaddexp.reduce(z, axis=0)),
    SoftPlus: lambda f, z: np.logaddexp(0, z),
}


@dataclass(frozen=True)
class Values:
    """What the plain forward pass computes: the hidden activations, y_hat, each sample's cost, and the kinks' sides."""

    a: list[np.ndarray]
    y_hat: np.ndarray
    costs: np.ndarray
    sides: bytes


def parameters_of(network: Network) -> list[dict[str, np.ndarray]]:
    return [
        {name: np.array(getattr(layer, name), np.float64) for name in ("W", "b", *("gamma", "beta") * layer.normalised)}
        for layer in network.layers
    ]


def gradients_of(network: Network) -> list[dict[str, np.ndarray]]:
    """Return the latest gradients as ``parameters_of`` gives the parameters."""
    gradients = []
    for layer, block, norm in zip(
        network.layers, network.parameters.gradient_blocks, network.parameters.gradient_norms, strict=True
    ):
        own = {"W": block[:, :-1].copy(), "b": block[:, -1].copy()}
        gradients.append({**own, "gamma": norm[0].copy(), "beta": norm[1].copy()} if layer.normalised else own)
    return gradients


def forward(
    network: Network,
    parameters: list[dict[str, np.ndarray]],
    x: np.ndarray,
    y: np.ndarray,
    masks: list[np.ndarray | float] | None = None,
) -> Values:
    """Compute a network plainly: a = a_before + mask sigma(gamma (z - mean z) / sqrt(var z + 1e-5) + beta)."""
    activations = [np.asarray(x, np.float64)]
    sides = []
    for place, (layer, own) in enumerate(zip(network.layers, parameters, strict=True)):
        z = own["W"] @ activations[-1] + own["b"][:, None]
        if layer.normalised:
            h = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
            z = own["gamma"][:, None] * h + own["beta"][:, None]
        sides.append(z > 0)
        a = FORMULAS[type(layer.activation_function)](layer.activation_function, z)
        if masks is not None and layer.dropout:
            a = a * masks[place]
        activations.append(a + activations[-layer.residual] if layer.residual else a)
    y_hat = activations[-1]
    costs, more_sides = cost_formula(network.output_layer, z, y_hat, np.asarray(y, np.float64))
    return Values(activations[1:], y_hat, costs, np.concatenate([s.ravel() for s in (*sides, *more_sides)]).tobytes())


def cost_formula(output: OutputLayer, z, y_hat, y):
    """Return each sample's cost, and on which side of the cost's kinks it lies."""
    error, cost = y_hat - y, output.cost_function
    if isinstance(cost, CrossEntropy):
        if isinstance(output.activation_function, SoftMax):
            return -(y * (z - np.logaddexp.reduce(z, axis=0))).sum(axis=0), []
        return (y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)).sum(axis=0), []
    if isinstance(cost, Huber):
        near, d = np.abs(error) <= cost.delta, cost.delta
        return np.where(near, error**2 / 2, d * (np.abs(error) - d / 2)).mean(axis=0), [near]
    if isinstance(cost, MeanAbsoluteError):
        return np.abs(error).mean(axis=0), [error > 0]
    return (error**2).mean(axis=0), []


# --- random networks ---------------------------------------------------------------------------------------------

ACTIVATIONS = st.sampled_from(
    [
        *(ReLu(), GELU(), SiLU(), Sigmoid(), Tanh(), Identity(), SoftMax(), SoftPlus()),
        *(LeakyReLu(slope) for slope in (0, 0.01, 0.3, 1)),
        *(ELU(alpha) for alpha in (0, 0.4, 1, 2)),
    ]
)
INITIALISATIONS = st.sampled_from(
    [None, None, he, glorot, lecun, orthogonal, partial(orthogonal, gain=1.4), partial(normal, deviation=0.3), zeros]
)
DISTANCES = st.one_of(
    st.sampled_from([MeanSquaredError(), MeanAbsoluteError()]), st.builds(Huber, st.sampled_from([0.1, 1, 3]))
)
PLAIN = [GradientDescent(0.1), Momentum(0.05), Nesterov(0.05, 0.5)]
ADAPTIVE = [AdaGrad(0.02), RMSProp(0.005), Adam(0.01), AdamW(0.01, weight_decay=0.1), Adam(0.01, 0, 0.5)]
SCHEDULES = [
    StepDecay(3, 0.5),
    CosineDecay(8, 0.1),
    OneCycle(9),
    WarmUp(3, 0.25, CosineDecay(5)),
    ReduceOnPlateau(0.5, 0, 0.05),
]


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(WithWeightDecay, inner, l1=st.sampled_from([0, 1e-3]), l2=st.sampled_from([0, 1e-2])),
        st.builds(WithGradientClipping, inner, st.sampled_from([0.01, 0.3, 10.0])),
        st.builds(Scheduled, inner, st.sampled_from(SCHEDULES)),
    )


def optimizers(*simplest: Any) -> st.SearchStrategy[Any]:
    return st.recursive(st.sampled_from(list(simplest)), around, max_leaves=3)


@dataclass(frozen=True)
class Case:
    """A network and its samples; ``seed`` decides the numbers of both."""

    inputs: int
    hidden: tuple[dict[str, Any], ...]
    output: dict[str, Any]
    task: str
    samples: int
    seed: int

    def network(self, dtype: Any = np.float64, *, seed: int | None = None, varied: bool = True) -> Network:
        """Make the network; varied, its biases, gammas and betas are random too, as after a training."""
        network = Network(self.inputs, seed=self.seed if seed is None else seed, dtype=dtype)
        for settings_ in self.hidden:
            network.stack(Layer(**settings_))
        network.output(OutputLayer(**self.output))
        if varied:
            generator = np.random.default_rng(self.seed)
            for layer in network.layers:
                layer.b = generator.normal(size=layer.size) * 0.5
                if layer.normalised:
                    layer.gamma, layer.beta = generator.normal(size=(2, layer.size)) * 0.3 + [[1], [0]]
        return network

    def data(self, samples: int | None = None, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        generator = np.random.default_rng((self.seed, seed, 7))
        samples, outputs = samples or self.samples, self.output["size"]
        x = generator.normal(size=(self.inputs, samples))
        if self.task == "classes":
            return x, np.eye(outputs)[np.r_[0, 1, generator.integers(0, outputs, samples)][:samples]].T
        if self.task == "multilabel":
            answers = generator.integers(0, 2, (outputs, samples)).astype(float)
            answers[:, 0], answers[:, 1] = 1, 0  # two answers that always differ would be classes
            return x, answers
        y = generator.normal(size=(outputs, samples)) * 2
        if isinstance(
            self.output["cost_function"], CrossEntropy
        ):  # what is compared with probabilities is between 0 and 1
            softmax = isinstance(self.output["activation_function"], SoftMax)
            y = np.exp(y - np.logaddexp.reduce(y, axis=0)) if softmax else 1 / (1 + np.exp(-y))
        return x, y


@st.composite
def hidden_layers(draw, inputs: int, activations=ACTIVATIONS, normalised=True, own=None) -> tuple[dict[str, Any], ...]:
    sizes, layers = [inputs], []
    for _ in range(draw(st.integers(1, 6))):
        if layers and draw(st.booleans()):
            layers.append(
                {**layers[-1], "residual": draw(st.integers(0, 1))}
            )  # runs of equal layers are computed at once
        else:
            size = draw(st.one_of(st.sampled_from(sizes), st.integers(1, 9)))
            spans = [0, *(span for span in range(1, len(sizes) + 1) if sizes[-span] == size)]
            layers.append(
                {
                    "size": size,
                    "activation_function": draw(activations),
                    "initialisation": draw(INITIALISATIONS),
                    "dropout": draw(st.sampled_from([0, 0, 0.2, 0.5])),
                    # Two units, normalised, are all but a step, whose slope no differences tell.
                    "normalised": draw(st.booleans()) if normalised and size != 2 else False,
                    "residual": draw(st.sampled_from(spans)),
                    "optimizer": draw(st.one_of(st.none(), st.none(), own)) if own is not None else None,
                }
            )
        sizes.append(layers[-1]["size"])
    return tuple(layers)


@st.composite
def outputs(draw, own=None) -> tuple[dict[str, Any], str]:
    """Draw an output layer's settings, with a task that it may learn."""
    task = draw(st.sampled_from(["classes", "multilabel", "regression"]))
    size = draw(st.integers(2 if task == "classes" else 1, 4))
    probabilities = [Sigmoid()] if task == "multilabel" else [SoftMax(), Sigmoid()]
    function, cost = draw(
        st.one_of(st.tuples(st.sampled_from(probabilities), st.just(CrossEntropy())), st.tuples(ACTIVATIONS, DISTANCES))
    )
    if isinstance(function, SoftMax) and task == "multilabel":
        function = Sigmoid()  # a softmax chooses among classes
    if isinstance(function, SoftMax):
        size = max(size, 2)  # a lone one is always 1, and there is nothing to learn
    optimizer = draw(st.one_of(st.none(), st.none(), own)) if own is not None else None
    layer = {"size": size, "activation_function": function, "cost_function": cost, "optimizer": optimizer}
    return {**layer, "initialisation": draw(INITIALISATIONS)}, task


@st.composite
def cases(draw, own=None, **layers) -> Case:
    inputs = draw(st.integers(1, 9))
    hidden = draw(hidden_layers(inputs, own=own, **layers))
    output, task = draw(outputs(own))
    return Case(inputs, hidden, output, task, draw(st.integers(3, 14)), draw(st.integers(0, 2**20)))


@st.composite
def trainings(draw, simplest=(*PLAIN, *ADAPTIVE)) -> tuple[Case, dict[str, Any]]:
    """Draw a network and what a trainer is told beside it and the samples."""
    own = optimizers(*simplest)
    case = draw(cases(own))
    settings: dict[str, Any] = {
        "batch_size": draw(st.one_of(st.sampled_from([1, "all"]), st.integers(1, case.samples))),
        "optimizer": draw(own),
        "epochs": draw(st.integers(1, 3)),
        "test_every": draw(st.one_of(st.just("epoch"), st.integers(1, 5))),
    }
    if case.task == "classes":
        settings["class_weights"] = draw(
            st.one_of(
                st.sampled_from([None, "balanced"]),
                st.lists(st.sampled_from([0.3, 1, 4]), min_size=case.output["size"], max_size=case.output["size"]),
            )
        )
    if draw(st.booleans()):
        settings["early_stopping"] = EarlyStopping(
            draw(st.integers(1, 3)), draw(st.sampled_from([0, 0.01])), draw(st.booleans())
        )
    return case, settings


def trainer_of(case: Case, settings: dict[str, Any], dtype: Any = np.float64, **changes: Any) -> Trainer:
    made = changes.pop("network", None) or case.network(dtype)
    return Trainer(made, *case.data(), *case.data(5, seed=1), **{**settings, **changes})


# --- the properties, each for many networks --------------------------------------------------------------------------

PROPERTIES: dict[str, Callable[[], None]] = {}


Property = Callable[[Any], None]


def for_any(
    strategy: st.SearchStrategy[Any], examples: int
) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a property under its name, to be run for so many examples."""

    def register(holds: Property) -> Property:
        def run() -> None:
            # Derandomized, a failure is the same everywhere; tests of one process share no database of examples.
            how = settings(
                max_examples=examples,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
            )
            how(given(strategy)(holds))()

        PROPERTIES[holds.__name__] = run
        return holds

    return register


def advance(trainer: Trainer, until: int | None = None, most: int = 3) -> list[np.ndarray]:
    costs = []
    while not trainer.finished and (until is None or trainer.iteration < until):
        steps = trainer.advance(most if until is None else min(most, until - trainer.iteration))
        costs.append(steps.replicas.costs if steps.replicas else steps.costs[None])
    return costs


def assert_same_state(one: Trainer, other: Trainer) -> None:
    ours, theirs = one.state(), other.state()
    assert ours.keys() == theirs.keys()
    # A replica that has ended is trained on with the others, for nothing: its optimizer is of no account.
    ended = len(one.networks) > 1 and one.ended_at.any()
    for name, values in ours.items():
        if not (ended and name.startswith("rule.")):
            np.testing.assert_array_equal(values, theirs[name], err_msg=name)


H = 1e-5


def directions(parameters: list[dict[str, np.ndarray]], seed: int) -> Iterator[list[dict[str, np.ndarray]]]:
    """Return a random direction of length 1 for each layer's W, b, gamma and beta, all else at rest."""
    generator = np.random.default_rng(seed)
    rest = [{name: np.zeros_like(values) for name, values in own.items()} for own in parameters]
    for place, own in enumerate(parameters):
        for name, values in own.items():
            drawn = generator.normal(size=values.shape)
            moved = {**rest[place], name: drawn / np.linalg.norm(drawn)}
            yield [*rest[:place], moved, *rest[place + 1 :]]


def assert_gradients_are_slopes(
    parameters: list[dict[str, np.ndarray]],
    gradients: list[dict[str, np.ndarray]],
    cost_of: Callable[[list[dict[str, np.ndarray]]], tuple[float, bytes]],
    seed: int,
) -> None:
    """Compare with five-point differences of the plain cost, wherever the cost has no kink within the steps."""
    cost, _ = cost_of(parameters)
    size = np.sqrt(sum(float((values**2).sum()) for own in gradients for values in own.values()))
    for direction in directions(parameters, seed):
        slope, sides = 0.0, set()
        for steps, weight in ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12)):
            moved = [
                {name: own[name] + steps * H * along[name] for name in own}
                for own, along in zip(parameters, direction, strict=True)
            ]
            value, side = cost_of(moved)
            slope += weight * value / H
            sides.add(side)
        difference = sum(
            float((own[name] * along[name]).sum())
            for own, along in zip(gradients, direction, strict=True)
            for name in own
        )
        if len(sides) == 1:
            # The cost's rounding, over the step, leaves some 1e-10 of the cost.
            assert abs(difference - slope) <= 1e-6 * size + 1e-9 * max(1.0, abs(cost))


@for_any(cases(), 60)
def predictions_costs_and_gradients_are_the_formulas(case):
    network, (x, y) = case.network(), case.data()
    parameters = parameters_of(network)
    plain = forward(network, parameters, x, y)
    scale = np.abs(plain.y_hat).max() + 1
    np.testing.assert_allclose(network.predict(x), plain.y_hat, rtol=1e-9, atol=1e-11 * scale)
    np.testing.assert_allclose(network.cost(x, y), plain.costs.mean(), rtol=1e-9, atol=1e-11)
    network.gradients(x, y)

    def cost_of(moved):
        values = forward(network, moved, x, y)
        return values.costs.mean(), values.sides

    assert_gradients_are_slopes(parameters, gradients_of(network), cost_of, case.seed)


@for_any(cases(), 24)
def the_gradient_check_passes(case):
    network = case.network()
    gradients = check_gradients(network, *case.data(6), most_per_layer=8)
    for layer in gradients.layers:
        assert layer.relative_error <= 1e-6 + layer.rounding


@for_any(trainings(), 42)
def a_training_step_is_its_five_steps_and_those_are_the_formulas(training):
    case, settings = training
    trainer = trainer_of(case, settings)
    before = parameters_of(trainer.network)
    steps = FiveSteps.of_next(trainer)
    propagated, evaluated, back, gradients = (
        steps.forward_propagation(),
        steps.cost(),
        steps.back_propagation(),
        steps.gradients(),
    )
    theirs = gradients_of(steps._network)
    updated = steps.update()
    # Another draw of the same units, layer after layer.
    draws = stream(case.seed, "dropout")
    x, y = propagated.a0, evaluated.y
    masks = [
        (draws.random((layer.size, x.shape[1])) >= layer.dropout) / (1 - layer.dropout) if layer.dropout else 1.0
        for layer in trainer.network.layers
    ]
    weights = class_weights_of(case, settings)

    def cost_of(moved):
        values = forward(trainer.network, moved, x, y, masks)
        return float((weights @ y * values.costs if weights is not None else values.costs).mean()), values.sides

    plain = forward(trainer.network, before, x, y, masks)
    for ours, a in zip(propagated.a, plain.a, strict=True):
        np.testing.assert_allclose(ours, a, rtol=1e-8, atol=1e-10 * (1 + np.abs(a).max()))
    np.testing.assert_allclose(evaluated.cost, cost_of(before)[0], rtol=1e-9, atol=1e-11)
    for own, dW, db, delta in zip(theirs, gradients.dW, gradients.db, back.delta, strict=True):
        np.testing.assert_array_equal(own["W"], dW)
        np.testing.assert_allclose(db, delta.sum(axis=1), rtol=1e-9, atol=1e-12)
    assert_gradients_are_slopes(before, theirs, cost_of, case.seed)
    with_best = settings.get("early_stopping")  # puts the best parameters back after the last iteration
    if with_best is None:
        done = trainer.advance(1)
        np.testing.assert_allclose(done.costs[0], evaluated.cost, rtol=1e-6)
        for layer, W, b in zip(trainer.network.layers, updated.W_after, updated.b_after, strict=True):
            np.testing.assert_array_equal(layer.W, W)
            np.testing.assert_array_equal(layer.b, b)


def class_weights_of(case: Case, settings: dict[str, Any]) -> np.ndarray | None:
    given_ = settings.get("class_weights")
    if given_ == "balanced":
        counts = case.data()[1].sum(axis=1)
        return np.array([case.samples / (n * (counts > 0).sum()) if n else 1.0 for n in counts])
    return None if given_ is None else np.array(given_, float)


EPS = float(np.finfo(np.float32).eps)


def nudged(values: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Move numbers by up to a few roundings of float32."""
    return values * (1 + 4 * EPS * generator.uniform(-1, 1, values.shape))


@for_any(cases(), 48)
def float32_predicts_what_float64_does(case):
    """Roundings act like nudges of the parameters: float32 is no further off than some of those are."""
    single = case.network(np.float32)
    double = single.copy(np.float64)
    x, y = (values.astype(np.float32) for values in case.data())
    expected, generator = double.predict(x), np.random.default_rng(case.seed)
    off = np.zeros_like(expected)
    for _ in range(5):
        twin = double.copy()
        twin.parameters.theta[...] = nudged(double.parameters.theta, generator)
        off = np.maximum(off, np.abs(twin.predict(nudged(x.astype(np.float64), generator)) - expected))
    bound = 30 * off.max() + 10 * EPS * (1 + np.abs(expected).max())
    assert np.abs(single.predict(x) - expected).max() <= bound
    assert abs(single.cost(x, y) - double.cost(x, y)) <= 30 * bound * (1 + np.abs(expected - y).max())


@for_any(trainings((*PLAIN, Adam(0.01, epsilon=0.01), RMSProp(0.01, epsilon=0.1))), 36)
def float32_trains_as_float64_does(training):
    """A few steps, without what is drawn in either's own type and without what a rounding may turn round.

    Dropped units are drawn in the network's own type; the sign of a weight near 0 decides the step of a decay by l1,
    and that of a gradient near 0 the step of Adam with a small epsilon.
    """
    case, settings = training
    case = replace(case, hidden=tuple({**layer, "dropout": 0} for layer in case.hidden))
    settings = {**settings, "early_stopping": None}
    assume("l1=0.001" not in repr((case, settings)))
    single = case.network(np.float32)
    start = single.parameters.theta.astype(np.float64)
    generator = np.random.default_rng(case.seed)
    ends = []
    for theta in (start, *(nudged(start, generator) for _ in range(4))):
        double = case.network(np.float64)
        double.parameters.theta[...] = theta
        x, y = case.data()
        trainer = Trainer(double, x.astype(np.float32), y.astype(np.float32), **settings)
        advance(trainer, until=4)
        ends.append(double.parameters.theta)
    trainer = Trainer(single, *case.data(), **settings)
    advance(trainer, until=4)
    off = max(np.abs(end - ends[0]).max() for end in ends[1:])
    assert np.abs(single.parameters.theta - ends[0]).max() <= 30 * off + 100 * EPS * (1 + np.abs(ends[0]).max())


@for_any(st.tuples(trainings(), st.integers(1, 3)), 36)
def replicas_are_the_single_runs_of_their_seeds(drawn):
    (case, settings), count = drawn
    seeds = tuple(range(case.seed, case.seed + count))
    stacked = trainer_of(case, settings, network=case.network(varied=False), replicas=seeds)
    costs = np.concatenate(advance(stacked), axis=1)
    for place, seed in enumerate(seeds):
        single = trainer_of(case, settings, network=case.network(seed=seed, varied=False))
        alone = np.concatenate(advance(single), axis=1)[0]
        assert stacked.ended_at[place] == single.ended_at[0]
        assert stacked.diverged[place] == single.diverged[0]
        np.testing.assert_allclose(costs[place, : len(alone)], alone, rtol=1e-5, atol=1e-7)  # told in float32
        np.testing.assert_allclose(
            stacked.networks[place].parameters.theta, single.network.parameters.theta, rtol=1e-7, atol=1e-9
        )


@for_any(st.tuples(trainings(), st.integers(0, 20), st.sampled_from([np.float32, np.float64]), st.integers(0, 2)), 36)
def a_saved_training_goes_on_bit_for_bit(drawn):
    (case, settings), at, dtype, replicas = drawn
    settings_ = {**settings, "replicas": replicas or None}
    whole, first, second = (trainer_of(case, settings_, dtype) for _ in range(3))
    expected = advance(whole)
    before = advance(first, until=at)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        save(first, path)
        load(second, path)
    assert_same_state(first, second)
    after = advance(second, most=2)
    np.testing.assert_array_equal(np.concatenate([*before, *after], axis=1), np.concatenate(expected, axis=1))
    assert_same_state(second, whole)


@for_any(st.tuples(trainings(), st.integers(0, 20), st.sampled_from([np.float32, np.float64]), st.integers(0, 2)), 30)
def a_fork_does_what_its_origin_does_and_leaves_it_alone(drawn):
    (case, settings), at, dtype, replicas = drawn
    origin = trainer_of(case, {**settings, "replicas": replicas or None}, dtype)
    advance(origin, until=at)
    state = origin.state()
    fork, of_state = origin.fork(), origin.fork(state)
    advance(fork, most=1)
    for name, values in origin.state().items():
        np.testing.assert_array_equal(values, state[name], err_msg=name)
    advance(origin)
    assert_same_state(fork, origin)
    advance(of_state, most=2)
    assert_same_state(of_state, origin)


@for_any(st.tuples(trainings(), st.sampled_from([np.float32, np.float64])), 30)
def a_pickled_network_predicts_and_trains_as_before(drawn):
    (case, settings), dtype = drawn
    network, (x, _) = case.network(dtype), case.data()
    network.predict(x)
    twin = pickle.loads(pickle.dumps(network))
    assert str(twin) == str(network)
    np.testing.assert_array_equal(twin.predict(x), network.predict(x))
    trainers = [trainer_of(case, settings, network=each) for each in (network, twin)]
    for trainer in trainers:
        advance(trainer)
    assert_same_state(*trainers)


@for_any(cases(activations=st.just(Identity()), normalised=False), 30)
def a_stack_of_identity_layers_collapses(case):
    network, (x, y) = case.network(), case.data()
    collapsed = collapse(network)
    plain = forward(network, parameters_of(network), x, y)
    assert collapsed.largest_difference < 1e-10
    assert collapsed.network.sizes == (case.inputs, case.output["size"])
    np.testing.assert_allclose(
        collapsed.network.predict(x), plain.y_hat, rtol=1e-9, atol=1e-10 * (1 + np.abs(plain.y_hat).max())
    )
    np.testing.assert_allclose(collapsed.network.cost(x, y), plain.costs.mean(), rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPERTIES)
def test_it_holds_for_many_networks(name):
    PROPERTIES[name]()
