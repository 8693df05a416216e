"""The optimizer of frozen layers, which leaves their parameters as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from joml.array_types import Array, Calls
from joml.optimizers.base import BoundOptimizer, Optimizer, State, require_same_layout

if TYPE_CHECKING:
    from joml.layers.base_layer import BaseLayer


@dataclass(frozen=True, slots=True)
class Frozen:
    """A rule that moves nothing; the optimizer of layers with ``frozen=True``."""

    @property
    def learning_rate(self) -> float:
        """Return 0: there are no steps."""
        return 0.0

    def bind(self, theta: Array, gradient: Array) -> BoundOptimizer:
        """Return the rule, which uses neither theta nor gradient."""
        return _FrozenRule()


class _FrozenRule:
    """A rule without calls and without a state."""

    calls: Calls = ()

    def __init__(self) -> None:
        self.learning_rate = 0.0

    def observe(self, cost: float) -> None:
        """Do nothing."""

    def state(self) -> State:
        """Return the state, which is empty."""
        return {}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Require an empty state."""
        require_same_layout(state, {})


def optimizer_of(layer: BaseLayer) -> Optimizer | None:
    """Return the optimizer of a layer's parameters: `Frozen` of a frozen one, its own, or None for the trainer's."""
    return Frozen() if layer.frozen else layer.optimizer
