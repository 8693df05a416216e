"""Painted samples: points of the plane from -1 to 1, each with its class."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MOST_CLASSES = 9
#: Most points of a painting.
MOST_POINTS = 20_000
_BRUSHES = (0.0, 0.03, 0.06, 0.12, 0.25)
_POINTS_A_TOUCH = 6
#: Least distance at which the smallest brush erases: about a cell.
_LEAST_REACH = 0.05


@dataclass(slots=True)
class Painting:
    """The points of a painting, and the brush.

    Attributes
    ----------
    points : (samples, 2) array
        From -1 to 1.
    classes : (samples,) array of int
        From 1.
    chosen : int
        The class that the brush paints.
    brush : int
        The place of the brush's spread among all spreads.
    """

    points: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    classes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    chosen: int = 1
    brush: int = 2
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    @property
    def spread(self) -> float:
        """The deviation of the points of one touch from the place that is touched."""
        return _BRUSHES[self.brush]

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of points of each class."""
        return tuple(np.bincount(self.classes, minlength=MOST_CLASSES + 1)[1:].tolist())

    @property
    def problem(self) -> str:
        """Return why the painting is no data set yet, or ""."""
        painted = [count for count in self.counts if count]
        if len(painted) < 2:
            return "Paint points of at least two classes: the keys 1 to 9 choose the class."
        return "" if len(self.points) >= 10 else "Paint at least 10 points."

    def touch(self, x: float, y: float) -> None:
        """Add points of the chosen class around a place; the smallest brush adds one there."""
        number = min(_POINTS_A_TOUCH if self.spread else 1, MOST_POINTS - len(self.points))
        around = self._random.normal((x, y), self.spread, (number, 2)) if self.spread else np.full((number, 2), (x, y))
        self.points = np.vstack([self.points, np.clip(around, -1.0, 1.0)])
        self.classes = np.concatenate([self.classes, np.full(number, self.chosen, np.int64)])

    def erase(self, x: float, y: float) -> None:
        """Remove the points around a place, as far as the brush reaches."""
        reach = max(_LEAST_REACH, 2 * self.spread)
        stays = np.hypot(*(self.points - (x, y)).T) > reach
        self.points, self.classes = self.points[stays], self.classes[stays]

    def clear(self) -> None:
        """Remove all points."""
        self.points, self.classes = self.points[:0], self.classes[:0]

    def widen(self, steps: int) -> None:
        """Take a wider brush, or a narrower one."""
        self.brush = min(max(self.brush + steps, 0), len(_BRUSHES) - 1)
