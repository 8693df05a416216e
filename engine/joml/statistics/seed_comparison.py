"""Comparisons of two configurations by their runs from the same seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from joml.statistics.intervals import Interval, paired_interval
from joml.validation import numbers


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference between two configurations in results from the same seeds.

    Attributes
    ----------
    names : (str, str)
        Names of A and B.
    means : (float, float)
        Their mean results.
    difference : float
        The mean of A - B.
    interval : Interval or None
        Student's interval of that mean; None for one seed, which has no spread.
    sign_p : float
        The probability of an outcome at least as one-sided if both are equally likely to win a seed.
    wins : (int, int)
        Numbers of seeds that A won and that B won.
    seeds : int
        Number of seeds, ties included.
    confidence : float
        Confidence of the interval.
    """

    names: tuple[str, str]
    means: tuple[float, float]
    difference: float
    interval: Interval | None
    sign_p: float
    wins: tuple[int, int]
    seeds: int
    confidence: float

    @property
    def within_noise(self) -> bool:
        """Return whether no difference of the means is shown: the interval contains 0, or there is none."""
        return self.interval is None or 0 in self.interval

    @property
    def verdict(self) -> str:
        """The conclusion in two lines: a sentence about the mean, and one about the seeds.

        The interval of the mean decides. The sign test, which assumes nothing about the distribution, is reported too,
        and a note says if the two disagree: a few seeds that never learn change the mean, but not the signs.
        """
        return f"{self._about_the_mean()}.\n{self._about_the_seeds()}."

    def _about_the_mean(self) -> str:
        a, b = self.names
        better, worse, sign = (a, b, 1) if self.difference > 0 else (b, a, -1)
        size = f"{abs(self.difference):.4f}"
        if self.interval is None:
            ahead = f"{better} is ahead by {size}" if self.difference else "the two are equal"
            return f"one seed says nothing about noise: on it {ahead}; compare at least two"
        if not any(self.wins):
            return f"no difference: each of {self.seeds} paired seeds gave both the same"
        low, high = sorted((sign * self.interval.low, sign * self.interval.high))
        range_ = f"{low:.4f} to {high:.4f} at {100 * self.confidence:g} %, {self.seeds} paired seeds"
        if self.within_noise:
            return f"within noise: {better} - {worse} is {size} ({range_})"
        return f"{better} is better by {size} ({range_})"

    def _about_the_seeds(self) -> str:
        a, b = self.names
        ties = self.seeds - sum(self.wins)
        tied = f", {ties} tied" if ties else ""
        wins = f"{a} won {self.wins[0]}, {b} {self.wins[1]}{tied}: sign test p = {_shown(self.sign_p)}"
        if self.interval is None or not any(self.wins):
            return wins
        level = 1 - self.confidence
        signs_tell = self.sign_p <= level
        if self.within_noise and signs_tell:
            winner = a if self.wins[0] > self.wins[1] else b
            return (
                f"{wins}; so {winner} wins more seeds than chance explains, though the means differ only within noise"
            )
        if not self.within_noise and not signs_tell:
            least = sign_test(sum(self.wins), 0)
            never = f", and cannot with only {sum(self.wins)} seeds" if least > level else ""
            return f"{wins}; the signs alone show no difference{never}"
        return wins


def compare(a: ArrayLike, b: ArrayLike, names: tuple[str, str] = ("A", "B"), confidence: float = 0.95) -> Comparison:
    """Compare two configurations by their results from the same seeds; larger is better.

    The spread is over seeds, which decide the split, the order and the initial weights. All seeds share the same data,
    so the result holds for these data; new data of the same kind may differ by more.

    Parameters
    ----------
    a, b : (seeds,) arrays
        Results such as test accuracies, at least one each; entries at the same place come from the same seed.
    names : (str, str), default ("A", "B")
        Their names in the verdict.
    confidence : float
        Between 0 and 1; default 0.95.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        The arrays differ in length, are empty, or have entries that are not finite.

    References
    ----------
    Student: The Probable Error of a Mean, 1908, for the paired interval; Nadeau, Bengio: Inference for the
    Generalization Error, 2003, on why splits of the same data say too little about other data.
    """
    first, second = numbers(a, "a", np.float64), numbers(b, "b", np.float64)
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise ValueError(
            "a comparison needs two sequences of equal length with one result per seed, "
            f"got the shapes {first.shape} and {second.shape}"
        )
    differences = first - second
    if not np.isfinite(differences).all():
        raise ValueError(f"pair {int(np.isfinite(differences).argmin())} is not finite: leave it out of both")
    seeds = len(differences)
    wins = int(np.count_nonzero(differences > 0)), int(np.count_nonzero(differences < 0))
    return Comparison(
        names=names,
        means=(float(first.mean()), float(second.mean())),
        difference=float(differences.mean()),
        interval=paired_interval(first, second, confidence) if seeds > 1 else None,
        sign_p=sign_test(*wins),
        wins=wins,
        seeds=seeds,
        confidence=confidence,
    )


def sign_test(wins_a: int, wins_b: int) -> float:
    """Return the exact two-sided p-value of the sign test for these wins, without ties.

    It is the probability that fair coins fall at least as one-sidedly; 1 if there are no wins. It assumes nothing about
    the size or distribution of the differences. At least six seeds are needed for a p-value below 0.05.

    Parameters
    ----------
    wins_a, wins_b : int
        Numbers of seeds that each won, 0 or more.

    Returns
    -------
    float
        Above 0 and at most 1.

    References
    ----------
    Dixon, Mood: The Statistical Sign Test, 1946.
    """
    n, fewer = wins_a + wins_b, min(wins_a, wins_b)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / (1 << n))


def _shown(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1g}"
