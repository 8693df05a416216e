"""Comparisons of paired seeds: numbers against scipy's, and verdicts that claim no more than they may."""

import numpy as np
import pytest
from scipy import stats

from joml.statistics.seed_comparison import compare, sign_test

SHARED = np.random.default_rng(0).normal(0.9, 0.05, size=20)
SMALL = np.random.default_rng(1).normal(0, 0.002, size=20)


def test_the_numbers_are_those_of_the_paired_t_test_and_the_binomial_test():
    a, b = SHARED + 0.01 + SMALL, SHARED
    comparison, peer = compare(a, b), stats.ttest_rel(a, b).confidence_interval(0.95)
    assert comparison.difference == pytest.approx((a - b).mean())
    assert comparison.means == pytest.approx((a.mean(), b.mean()))
    assert (comparison.interval.low, comparison.interval.high) == pytest.approx((peer.low, peer.high))
    assert comparison.wins == (20, 0)
    assert comparison.sign_p == pytest.approx(stats.binomtest(20, 20).pvalue)


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 0), (3, 3), (5, 0), (2, 9), (300, 200), (1_200, 1_000)])
def test_the_sign_test_is_the_binomial_test(a, b):
    expected = stats.binomtest(a, a + b).pvalue if a + b else 1
    assert sign_test(a, b) == pytest.approx(expected, rel=1e-9)


def test_a_clear_difference_names_the_better_one_with_its_interval():
    comparison = compare(SHARED, SHARED + 0.021 + SMALL, ("deep", "wide"))
    assert not comparison.within_noise
    assert comparison.verdict.startswith("wide is better by 0.02")
    assert " at 95 %, 20 paired seeds)" in comparison.verdict
    low, high = (float(word.strip("(")) for word in comparison.verdict.split(" by ")[1].split()[1:4:2])
    assert (low, high) == pytest.approx((-comparison.interval.high, -comparison.interval.low), abs=6e-5)
    assert "deep won 0, wide 20: sign test p = 2e-06" in comparison.verdict


def test_pairing_tells_what_two_separate_means_could_not():
    a, b = SHARED + 0.01 + SMALL, SHARED
    assert stats.ttest_ind(a, b).pvalue > 0.05
    assert not compare(a, b).within_noise


def test_what_is_noise_is_called_noise():
    comparison = compare(SHARED + SMALL - SMALL.mean(), SHARED, ("one", "two"))
    assert comparison.within_noise
    assert comparison.verdict.startswith("within noise: ")
    assert "better" not in comparison.verdict


@pytest.mark.slow
def test_noise_alone_is_called_a_difference_no_more_often_than_said():
    generator = np.random.default_rng(3)
    claimed = [not compare(*generator.normal(size=(2, 8))).within_noise for _ in range(2_000)]
    assert np.mean(claimed) == pytest.approx(0.05, abs=0.015)


def test_seeds_that_are_stuck_move_the_mean_and_not_the_signs():
    a = SHARED + 0.01 + SMALL
    a[[3, 11]] = 0.28  # never left chance
    comparison = compare(a, SHARED, ("risky", "safe"))
    assert comparison.within_noise
    assert comparison.wins == (18, 2)
    assert comparison.sign_p < 0.001
    assert (
        "so risky wins more seeds than chance explains, though the means differ only within noise" in comparison.verdict
    )


def test_few_seeds_say_that_their_signs_cannot_tell():
    comparison = compare([0.91, 0.92, 0.93], [0.80, 0.81, 0.82])
    assert comparison.verdict.startswith("A is better by 0.1100")
    assert "the signs alone show no difference, and cannot with only 3 seeds" in comparison.verdict


def test_one_seed_has_no_interval_and_says_so():
    comparison = compare([0.9], [0.8], ("x", "y"))
    assert comparison.interval is None
    assert comparison.within_noise
    assert "one seed says nothing about noise: on it x is ahead by 0.1000; compare at least two" in comparison.verdict
    assert "better" not in comparison.verdict


def test_equal_results_are_no_difference():
    comparison = compare(SHARED, SHARED)
    assert comparison.wins == (0, 0)
    assert comparison.verdict.startswith("no difference: each of 20 paired seeds gave both the same")
    assert "the two are equal" in compare([0.5], [0.5]).verdict


def test_ties_are_reported():
    assert "A won 1, B 1, 2 tied" in compare([0.5, 0.6, 0.7, 0.9], [0.5, 0.6, 0.8, 0.7]).verdict


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1, 2], [1], "equal length"),
        ([], [], "one result per seed"),
        ([1, np.nan], [1, 2], "pair 1 is not finite"),
    ],
    ids=["lengths", "empty", "nan"],
)
def test_what_cannot_be_compared_is_said(a, b, message):
    with pytest.raises(ValueError, match=message):
        compare(a, b)
