"""One rule for a whole network whose layers may have their own optimizers.

The decay and clipping of the trainer's optimizer act on the whole gradient first. Then the gradient is divided:
neighbouring layers with equal optimizers form a segment of the flat vectors and share one rule, unless their optimizer
clips to a norm, which applies to each layer alone. The gradients of frozen layers are in no norm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import count, groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.array_types import Array, Call, Calls
from joml.compiled.parameters import Parameters
from joml.copy_refusal import refuses_copies
from joml.layers.base_layer import BaseLayer
from joml.optimizers.base import (
    BOUND,
    BoundOptimizer,
    Optimizer,
    State,
    copied,
    require_optimizer,
    require_same_layout,
    views_of,
)
from joml.optimizers.frozen import optimizer_of
from joml.optimizers.schedules import ReduceOnPlateau
from joml.optimizers.transforms import Scheduled, WithGradientClipping, preceded, taken_apart


def bind_layers(optimizer: Optimizer, layers: Sequence[BaseLayer], parameters: Parameters) -> BoundOptimizer:
    """Return the rule for a network's parameters: each layer's own optimizer, or else ``optimizer``.

    ``layers`` are the network's layers, and ``parameters`` their parameters. A stack of networks shares one rule,
    except under a schedule that depends on costs: then each network has its own.

    Raises
    ------
    ValueError
        ``optimizer`` is not an optimizer, or every layer with parameters is frozen.
    """
    require_optimizer(optimizer)
    each = zip(layers, parameters.slices, count(), strict=False)
    places = [(layer, place, number) for layer, place, number in each if place.stop > place.start]
    if places and all(layer.frozen for layer, _, _ in places):
        raise ValueError("every layer is frozen: leave frozen out of one, or there is nothing to train")
    if parameters.theta.ndim > 1 and any(_listens(layer.optimizer or optimizer) for layer in layers):
        networks = [parameters.one(place) for place in range(len(parameters.theta))]
        return StackRules([bind_layers(optimizer, layers, single) for single in networks], "network")
    if not any(optimizer_of(layer) for layer in layers):
        return optimizer.bind(parameters.theta, parameters.gradient)
    transforms, rest = taken_apart(optimizer)
    calls: list[Call] = []
    gradient = parameters.gradient
    frozen = [place for layer, place, _ in places if layer.frozen] if transforms else []
    if frozen:
        gradient = np.empty_like(gradient)
        calls += [partial(np.copyto, gradient, parameters.gradient), *_cleared(gradient, frozen)]
    for transform in transforms:
        before, gradient = transform.transform(parameters.theta, gradient)
        calls += [*before, *_cleared(gradient, frozen)]
    rules: list[BoundOptimizer] = []
    followers: list[int] = []
    for (own, _), group in groupby(places, key=lambda item: _kind(item[0], item[2])):
        slices = [place for _, place, _ in group]
        chunk = slice(slices[0].start, slices[-1].stop)
        if own is None:
            followers.append(len(rules))
        rules.append((own or rest).bind(parameters.theta[..., chunk], gradient[..., chunk]))
    divided = rules[0] if len(rules) == 1 else _Rules(rules, "segment", followers)
    return preceded(tuple(calls), divided)


def _cleared(gradient: Array, places: Sequence[slice]) -> list[Call]:
    """Prepare zeros in the gradients of frozen layers, so that decay and clipping do not see them."""
    return [partial(gradient[..., place].fill, 0) for place in places]


def _kind(layer: BaseLayer, place: int) -> tuple[Optimizer | None, int | None]:
    """Return the key of a layer's segment; a layer that clips to a norm has a segment of its own."""
    own = optimizer_of(layer)
    alone = own is not None and any(isinstance(each, WithGradientClipping) for each in taken_apart(own)[0])
    return own, place if alone else None


def observe(rule: BoundOptimizer, costs: Sequence[float]) -> None:
    """Pass the costs of a check, one per network, to a rule; rules that several networks share do not use them."""
    if isinstance(rule, StackRules):
        rule.observe_each(costs)
    elif len(costs) == 1:
        rule.observe(costs[0])


def _listens(optimizer: object) -> bool:
    while optimizer is not None:
        if isinstance(optimizer, Scheduled) and isinstance(optimizer.schedule, ReduceOnPlateau):
            return True
        optimizer = getattr(optimizer, "optimizer", None)
    return False


@refuses_copies(BOUND)
class _Rules:
    """Several rules that act as one.

    The learning rate is that of the rules of the trainer's optimizer; the layers' own optimizers keep theirs, unless
    all layers have their own.
    """

    def __init__(self, rules: Sequence[BoundOptimizer], what: str, followers: Sequence[int] = ()) -> None:
        self._rules, self._what = rules, what
        self._followers = [rules[place] for place in followers] or [rule for rule in rules if rule.calls]
        self.calls: Calls = tuple(call for rule in rules for call in rule.calls)

    @property
    def learning_rate(self) -> float:
        return self._followers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        for rule in self._followers:
            rule.learning_rate = value

    def observe(self, cost: float) -> None:
        for rule in self._rules:
            rule.observe(cost)

    def state(self) -> State:
        return copied(self.views())

    def views(self) -> State:
        return {
            f"{self._what} {place}.{name}": array
            for place, rule in enumerate(self._rules)
            for name, array in views_of(rule).items()
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        require_same_layout(state, self.views())
        for place, rule in enumerate(self._rules):
            prefix = f"{self._what} {place}."
            rule.restore({name.removeprefix(prefix): state[name] for name in state if name.startswith(prefix)})


class StackRules(_Rules):
    """A rule for each network of a stack."""

    def observe_each(self, costs: Sequence[float]) -> None:
        """Pass each network's entry of ``costs`` to its rule."""
        for rule, cost in zip(self._rules, costs, strict=True):
            rule.observe(cost)
