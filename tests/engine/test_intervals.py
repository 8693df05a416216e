"""Intervals against scipy's, and how often they hold what they are to hold."""

import numpy as np
import pytest
from scipy import stats

from joml.statistics.intervals import Interval, accuracy_interval, normal_quantile, paired_interval, t_quantile, wilson


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 10, 19, 30, 99, 1000])
@pytest.mark.parametrize("probability", [0.001, 0.025, 0.4, 0.6, 0.9, 0.95, 0.975, 0.995, 0.9995])
def test_quantiles_of_student_are_those_of_scipy(probability, degrees):
    assert t_quantile(probability, degrees) == pytest.approx(stats.t.ppf(probability, degrees), rel=1e-8)
    assert normal_quantile(probability) == pytest.approx(stats.norm.ppf(probability), rel=1e-12)


def test_the_median_of_student_is_0_and_large_degrees_are_normal():
    assert t_quantile(0.5, 3) == pytest.approx(0, abs=1e-12)
    assert t_quantile(0.975, 100_000) == pytest.approx(normal_quantile(0.975), rel=1e-4)


@pytest.mark.parametrize(("right", "samples"), [(0, 1), (0, 20), (20, 20), (1, 20), (7, 20), (3_088, 3_277)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_wilson_is_that_of_scipy(right, samples, confidence):
    peer = stats.binomtest(right, samples).proportion_ci(confidence, "wilson")
    interval = wilson(right, samples, confidence)
    assert (interval.low, interval.high) == pytest.approx((peer.low, peer.high), abs=1e-12)
    assert 0 <= interval.low <= right / samples <= interval.high <= 1
    assert right / samples in interval


def test_wilson_keeps_its_confidence_near_the_end_where_the_simple_interval_does_not():
    samples, share = 30, 0.97
    probability = stats.binom.pmf(np.arange(samples + 1), samples, share)
    coverage = sum(p for right, p in enumerate(probability) if share in wilson(right, samples))
    assert coverage > 0.93
    reach = [1.96 * np.sqrt(k / samples * (1 - k / samples) / samples) for k in range(samples + 1)]
    simple = sum(p for k, p in enumerate(probability) if abs(k / samples - share) <= reach[k])
    assert simple < 0.7


def test_the_paired_interval_is_that_of_the_paired_t_test():
    generator = np.random.default_rng(0)
    shared = generator.normal(size=12)
    a, b = shared + 0.1 * generator.normal(size=12) + 0.2, shared + 0.1 * generator.normal(size=12)
    interval, peer = paired_interval(a, b, 0.9), stats.ttest_rel(a, b).confidence_interval(0.9)
    assert (interval.low, interval.high) == pytest.approx((peer.low, peer.high), rel=1e-9)
    assert paired_interval(b, a, 0.9) == Interval(-interval.high, -interval.low)


def test_what_pairs_share_makes_no_interval_wider():
    generator = np.random.default_rng(1)
    a, b, shared = generator.normal(size=(3, 20))
    alone, with_shared = paired_interval(a, b), paired_interval(a + 100 * shared, b + 100 * shared)
    assert (with_shared.low, with_shared.high) == pytest.approx((alone.low, alone.high), abs=1e-9)


def test_the_paired_interval_holds_the_true_mean_as_often_as_it_says():
    generator = np.random.default_rng(2)
    pairs = generator.normal(0.3, 1, size=(2_000, 6))
    coverage = np.mean([0.3 in paired_interval(pair, np.zeros(6), 0.9) for pair in pairs])
    assert coverage == pytest.approx(0.9, abs=0.03)


def test_answers_are_not_rounded_to_whole_samples():
    n, p, z = 20, 53 / 60, 1.959963984540054  # 53 of 60 answers to 20 samples are right
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    for share in (p, float(np.float32(p))):
        interval = accuracy_interval(share, n, answers=3)
        assert (interval.low, interval.high) == pytest.approx((centre - reach, centre + reach), rel=1e-12)
    assert accuracy_interval(0.88, 25) == wilson(22, 25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ((wilson, 3, 2), "right must be at most the number of samples, 2, got 3"),
        ((wilson, 0, 0), "samples must be an integer of at least 1"),
        ((wilson, 1, 2, 95), "confidence must be a number above 0 and below 1"),
        ((wilson, 0.5, 2), "right must be an integer"),
        ((paired_interval, [1], [2]), "at least two numbers each"),
        ((paired_interval, [1, 2], [1, 2, 3]), "equal length"),
        ((paired_interval, [1, 2, np.nan], [1, 2, 3]), "pair 2 is not finite"),
        ((t_quantile, 1, 3), "probability must be a number above 0 and below 1"),
        ((t_quantile, 0.9, 0), "degrees must be an integer of at least 1"),
    ],
    ids=["right", "samples", "percent", "half", "one pair", "lengths", "nan", "certain", "degrees"],
)
def test_what_has_no_interval_is_said(call, message):
    function, *arguments = call
    with pytest.raises(ValueError, match=message):
        function(*arguments)
