"""Question: the next mini-batch in the article's five steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from joml import Network
from joml.analysis.five_steps import BackPropagation, FiveSteps, ForwardPropagation, Gradients, Update
from joml.layer import Layer
from joml.layer_normalisation import EPSILON
from joml.layers.fully_connected import require_fully_connected
from joml.optimizers.frozen import optimizer_of
from joml_tui.experiment import OptimizerSpec, name_of, part_behind, reference_of
from joml_tui.inspect.layer_steps import LayersTaken, take_layers
from joml_tui.inspect.raw_samples import raw_samples
from joml_tui.inspect.step_numbers import NOTHING, LayerStep, RuleTaken, StepTaken, cost_gradient, gathered_taken, sent
from joml_tui.inspect.training_context import TrainingContext

_Array = NDArray[np.float32]

#: Most weights of all layers to send; of larger networks each layer is cut to fewer units and inputs.
_MOST_WEIGHTS = 160_000


class NextStep(Struct, frozen=True, tag=True):
    """A request for the five steps of the next mini-batch.

    Attributes
    ----------
    units, samples : int
        Largest numbers to send of each layer and of the mini-batch; fewer units for very deep networks.
    """

    units: int = 128
    samples: int = 32


def answer(question: NextStep, subject: TrainingContext) -> StepTaken | LayersTaken:
    """Do the five steps of the next mini-batch on a copy of the training.

    A network with layers of other kinds goes through it layer by layer.
    """
    if not all(isinstance(layer, Layer) for layer in subject.network.layers):
        return take_layers(subject)
    experiment = subject.experiment
    steps = FiveSteps.of_next(subject.trainer)
    own = (*(getattr(layer, "optimizer", None) for layer in experiment.layers), experiment.output.optimizer)
    optimizers = [optimizer or experiment.optimizer for optimizer in own]
    weighted = experiment.class_weights != "none"
    taken = take_step(question, steps, optimizers, iteration=subject.trainer.iteration + 1, weighted=weighted)
    hidden = steps.samples is None or experiment.augment is not None
    raw = None if hidden or steps.samples is None else raw_samples(subject, "train", steps.samples[: question.samples])
    return replace(taken, raw=raw, standardised=subject.standardised)


def take_step(
    question: NextStep,
    steps: FiveSteps,
    optimizers: Sequence[OptimizerSpec],
    *,
    iteration: int = 1,
    weighted: bool = False,
) -> StepTaken:
    """Do the five steps of a mini-batch, and return their numbers.

    ``optimizers`` has each layer's; ``weighted`` tells whether classes have weights in the cost.
    """
    network = steps.network
    all_layers = require_fully_connected(network.layers, "the five steps")
    with np.errstate(all="ignore"):  # a diverged network may be inspected too
        forward, cost = steps.forward_propagation(), steps.cost()
        back, gradients = steps.back_propagation(), steps.gradients()
        before, norms = steps.optimizer_state(), [_norm(layer) for layer in all_layers]
        update = steps.update()
        after = steps.optimizer_state()
        rules = _rules(optimizers, network, before, after)
        units, samples = _cut(question, len(network.layers)), question.samples
        builder = _Cutter(network, forward, back, gradients, update, units, samples)
        layers = tuple(
            builder.layer(place, norm, *rule) for place, (norm, rule) in enumerate(zip(norms, rules, strict=True))
        )
        output = network.output_layer
        plain = output.costs(forward.z[-1], cost.y)
    return StepTaken(
        iteration,
        forward.a0.shape[1],
        sent(forward.a0[:units, :samples]),
        sent(cost.y[:units, :samples]),
        output.cost_function.name,
        sent(cost.per_sample[:samples]),
        sent((cost.per_sample / plain)[:samples]) if weighted else NOTHING,
        cost.cost,
        sent(cost_gradient(output, forward.y_hat, cost.y)[:units, :samples]),
        layers,
        gathered=gathered_taken(update.gathered),
    )


def _cut(question: NextStep, layers: int) -> int:
    units = question.units
    while units > 8 and layers * units**2 > _MOST_WEIGHTS:
        units //= 2
    return units


def _norm(layer: Layer) -> tuple[_Array, _Array]:
    return (layer.gamma.copy(), layer.beta.copy()) if layer.normalised else (NOTHING, NOTHING)


class _Cutter:
    """The conversion of the layers' numbers into a `StepTaken`, cut to the size to send."""

    def __init__(
        self,
        network: Network,
        forward: ForwardPropagation,
        back: BackPropagation,
        gradients: Gradients,
        update: Update,
        units: int,
        samples: int,
    ) -> None:
        self._layers = network.layers
        self._forward, self._back, self._gradients, self._update = forward, back, gradients, update
        self._units, self._samples = units, samples
        self._carried, self._received = self._gradients_of_a()

    def _gradients_of_a(self) -> tuple[list[NDArray[np.floating] | None], list[NDArray[np.floating] | None]]:
        """Return for each hidden layer the residual blocks' part of the gradient of a, and that gradient."""
        carried: list[NDArray[np.floating] | None] = [None] * len(self._layers)
        received: list[NDArray[np.floating] | None] = [None] * len(self._layers)
        for place in reversed(range(len(self._layers) - 1)):
            gradient = self._update.W_before[place + 1].T @ self._back.delta[place + 1]
            more = carried[place]
            received[place] = gradient if more is None else gradient + more
            start = place - self._layers[place].residual
            if self._layers[place].residual and start >= 0:
                earlier = carried[start]
                own = received[place]
                carried[start] = own if earlier is None or own is None else earlier + own
        return carried, received

    def layer(
        self,
        place: int,
        norm: tuple[_Array, _Array],
        rule: RuleTaken,
        memory: dict[str, _Array],
        memory_after: dict[str, _Array],
    ) -> LayerStep:
        layer, forward, update = self._layers[place], self._forward, self._update
        z, n = forward.z[place], forward.n[place]
        hidden = place < len(self._layers) - 1
        inputs = update.W_before[place].shape[1]
        u, i = slice(self._units), slice(self._units)

        def both(array: NDArray[np.floating] | None) -> _Array:
            return sent(None if array is None else array[u, : self._samples])

        skipped = None
        if layer.residual:
            start = place - layer.residual
            skipped = forward.a0 if start < 0 else forward.a[start]
        slope = layer.activation_function.der(n) if hidden or layer.activation_function.name != "softmax" else None
        return LayerStep(
            layer.size,
            inputs,
            layer.activation_function.name,
            layer.dropout,
            layer.normalised,
            layer.residual,
            both(z),
            both(forward.a[place]),
            both(self._back.delta[place]),
            both(n if layer.normalised else None),
            sent(z.mean(axis=0)[: self._samples] if layer.normalised else None),
            sent(np.sqrt(z.var(axis=0) + EPSILON)[: self._samples] if layer.normalised else None),
            norm[0][u],
            norm[1][u],
            both(forward.mask[place]),
            both(skipped),
            both(self._received[place]),
            both(self._carried[place]),
            both(slope),
            sent(update.W_before[place][u, i]),
            sent(self._gradients.dW[place][u, i]),
            sent(update.W_after[place][u, i]),
            sent(update.b_before[place][u]),
            sent(self._gradients.db[place][u]),
            sent(update.b_after[place][u]),
            rule,
            _cut_memory(memory, self._units, inputs),
            _cut_memory(memory_after, self._units, inputs),
            *self._gathered(place, inputs),
        )

    def _gathered(self, place: int, inputs: int) -> tuple[_Array, _Array]:
        """Return a layer's gathered and mean gradient; empty where each mini-batch makes an update."""
        update = self._update
        if update.gathered is None:
            return NOTHING, NOTHING
        sums = np.column_stack([update.gathered_dW[place], update.gathered_db[place]])
        means = np.column_stack([update.mean_dW[place], update.mean_db[place]])
        cut = _cut_memory({"gathered": sums, "mean": means}, self._units, inputs)
        return cut["gathered"], cut["mean"]


def _cut_memory(memory: Mapping[str, _Array], units: int, inputs: int) -> dict[str, _Array]:
    """Return the state cut to some units and inputs; the last column, of b, stays last."""
    kept = [*range(min(units, inputs)), inputs]
    return {name: sent(values[:units, kept]) for name, values in memory.items()}


_State = Mapping[str, NDArray[np.generic]]


def _rules(
    optimizers: Sequence[OptimizerSpec], network: Network, before: _State, after: _State
) -> Iterator[tuple[RuleTaken, dict[str, _Array], dict[str, _Array]]]:
    """Yield each layer's rule, with its state before and after; neighbours with equal optimizers share a state."""
    parameters = network.parameters
    places_and_layers = groupby(enumerate(network.layers), key=lambda item: optimizer_of(item[1]))
    segments = [[place for place, _ in group] for _, group in places_and_layers]
    for number, places in enumerate(segments):
        prefix = f"segment {number}." if len(segments) > 1 else ""
        optimizer = optimizers[places[0]]
        innermost_before, innermost = _innermost(before, prefix), _innermost(after, prefix)
        first, last = parameters.slices[places[0]].start, parameters.slices[places[-1]].stop
        length = float(np.linalg.norm(parameters.gradient[first:last].astype(np.float64)))
        shrunk = 1.0
        if optimizer.clip_norm is not None and length > optimizer.clip_norm:
            shrunk = optimizer.clip_norm / length
        formula = _formula_of(optimizer)
        frozen = network.layers[places[0]].frozen
        rule = RuleTaken(optimizer, _rate(innermost, optimizer), int(innermost.get("t", 0)), shrunk, formula, frozen)
        for place in places:
            block, start = parameters.blocks[place], parameters.slices[place].start - first

            def memory_of(
                state: _State,
                optimizer: OptimizerSpec = optimizer,
                shape: tuple[int, ...] = block.shape,
                start: int = start,
            ) -> dict[str, _Array]:
                size = math.prod(shape)
                return {
                    name: sent(factor * state[kept][start : start + size].reshape(shape))  # type: ignore[operator]
                    for name, (kept, factor) in _remembered(optimizer).items()
                    if kept in state
                }

            yield rule, memory_of(innermost_before), memory_of(innermost)


def _formula_of(optimizer: OptimizerSpec) -> str:
    """Return an optimizer's declared formula, or the first line of a custom optimizer's docstring."""
    part = part_behind("optimizer", optimizer)
    return part.formula or ("" if part.title == part.name else part.title)


def _rate(state: _State, optimizer: OptimizerSpec) -> float:
    """Return the learning rate of this iteration; a custom rule's state may lack one."""
    return float(state.get("learning_rate", optimizer.learning_rate))


def _innermost(state: _State, prefix: str) -> _State:
    """Return the state of the rule itself, without decay, clipping and schedule."""
    own = {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
    depth = max((name.count("optimizer.") for name in own), default=0)
    return {name.replace("optimizer.", ""): array for name, array in own.items() if name.count("optimizer.") == depth}


def _remembered(optimizer: OptimizerSpec) -> dict[str, tuple[str, float]]:
    """Return the papers' names of a rule's state, with the engine's names and the factors between them."""
    settings: Any = optimizer
    match "" if reference_of(optimizer) else name_of(optimizer):
        case "adam" | "adamw":
            return {"m": ("u", 1 - settings.beta1), "v": ("w", 1 - settings.beta2)}
        case "amsgrad":
            v = 1 - settings.beta2
            return {"m": ("u", 1 - settings.beta1), "v": ("w", v), "v_max": ("largest", v)}
        case "lion":
            return {"m": ("u", 1 - settings.beta2)}
        case "rmsprop":
            return {"v": ("w", 1 - settings.beta)}
        case _:
            return {"v": ("v", 1.0), "w": ("w", 1.0)}
