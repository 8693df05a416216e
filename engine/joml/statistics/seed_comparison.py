"""Comparison: which of two configurations is better, as far as their runs from the same seeds can tell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from joml.statistics.intervals import Interval, paired_interval
from joml.validation import numbers


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two configurations' results from the same seeds tell about their difference.

    Attributes
    ----------
    names : (str, str)
        What A and B are called.
    means : (float, float)
        Their mean results.
    difference : float
        The mean of A - B.
    interval : Interval or None
        Student's interval of that mean; None from one seed, which has no spread to tell it from.
    sign_p : float
        How often seeds of which either is as likely to win would be won as one-sidedly as these, or more so.
    wins : (int, int)
        Seeds that A won, seeds that B won.
    seeds : int
        How many, ties included.
    confidence : float
        Of the interval.
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
        """Whether no difference of the means is told: the interval holds 0, or there is none."""
        return self.interval is None or 0 in self.interval

    @property
    def verdict(self) -> str:
        """What is known and no more: a sentence about the mean, and one about the seeds, each a line.

        The interval of the mean decides. The sign test, which supposes nothing about the distribution, is told with it,
        and where the two disagree that is said: a few seeds that never leave chance move the mean and leave the signs.
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
        told = f"{low:.4f} to {high:.4f} at {100 * self.confidence:g} %, {self.seeds} paired seeds"
        if self.within_noise:
            return f"within noise: {better} - {worse} is {size} ({told})"
        return f"{better} is better by {size} ({told})"

    def _about_the_seeds(self) -> str:
        a, b = self.names
        ties = self.seeds - sum(self.wins)
        tied = f", {ties} tied" if ties else ""
        told = f"{a} won {self.wins[0]}, {b} {self.wins[1]}{tied}: sign test p = {_shown(self.sign_p)}"
        if self.interval is None or not any(self.wins):
            return told
        level = 1 - self.confidence
        signs_tell = self.sign_p <= level
        if self.within_noise and signs_tell:
            winner = a if self.wins[0] > self.wins[1] else b
            return f"{told}; so {winner} wins more seeds than chance gives, though the means do not tell them apart"
        if not self.within_noise and not signs_tell:
            least = sign_test(sum(self.wins), 0)
            never = f", nor could those of {sum(self.wins)} seeds ever" if least > level else ""
            return f"{told}; the signs alone do not tell them apart{never}"
        return told


def compare(a: ArrayLike, b: ArrayLike, names: tuple[str, str] = ("A", "B"), confidence: float = 0.95) -> Comparison:
    """Compare two configurations by their results from the same seeds; larger is better.

    The spread is that over seeds: over the split, the order and the initial weights. All seeds share one collection of
    data, so what is told holds for these data; new data of the same kind may differ by more.

    Parameters
    ----------
    a, b : (seeds,) arrays
        Results such as test accuracies, at least one each; entries of one place come from one seed.
    names : (str, str), default ("A", "B")
        What the two are called in the verdict.
    confidence : float
        Between 0 and 1; default 0.95.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        The two are not of equal length, are empty, or hold what is no finite number.

    References
    ----------
    Student: The Probable Error of a Mean, 1908, for the paired interval; Nadeau, Bengio: Inference for the
    Generalization Error, 2003, on why splits of the same data tell too little about other data.
    """
    first, second = numbers(a, "a", np.float64), numbers(b, "b", np.float64)
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise ValueError(
            "a comparison needs two sequences of equal length with a result a seed, "
            f"got the shapes {first.shape} and {second.shape}"
        )
    differences = first - second
    if not np.isfinite(differences).all():
        raise ValueError(f"pair {int(np.isfinite(differences).argmin())} holds no finite number: leave it out of both")
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
    """Return the exact two-sided p of the sign test: how one-sided so many wins are, ties left out.

    It is the probability that fair coins fall at least as one-sidedly; 1 where there are no wins. It supposes nothing
    about the size or the distribution of the differences, and six seeds are the fewest that can come below 0.05.

    Parameters
    ----------
    wins_a, wins_b : int
        Seeds that each won, 0 or more.

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
