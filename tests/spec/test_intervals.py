"""Confidence intervals: what each method gives, with reference values from the literature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method
from scipy.optimize import brentq
from scipy.stats import norm, poisson, ttest_1samp

from send_jsna.statistics.intervals import byar, mean_interval, wilson

METHODS = (
    Method(
        id="wilson",
        section="Intervals of one figure",
        title="Wilson score interval of a proportion",
        what="The interval holds every proportion that a score test would not reject, given what was"
        " counted. It stays between nought and one, and holds for small numbers and near either end.",
        when="percentages with a numerator and a denominator.",
        sources=[
            "E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209–212.",
            "R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872, method 3.",
        ],
        functions=[wilson],
        examples=[
            Example(
                "Newcombe 1998, table I",
                {"numerator": [81, 15, 0, 1], "denominator": [263, 148, 20, 29]},
                "wilson(numerator, denominator)",
                {"lower": [0.2553, 0.0624, 0.0, 0.0061], "upper": [0.3662, 0.1605, 0.1611, 0.1718]},
            )
        ],
    ),
    Method(
        id="byar",
        section="Intervals of one figure",
        title="Byar’s interval of a count",
        what="Limits of the number of events to be expected over many such years, taking the count to be"
        " Poisson; exact limits for fewer than ten. Divided by the population, they are those of a rate.",
        when="counts and rates of events.",
        sources=[
            "N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research II (IARC, 1987), page 69.",
            "F. Garwood, Biometrika 28 (1936) 437–442.",
        ],
        functions=[byar],
        examples=[
            Example(
                "a count of none, two small ones and a hundred",
                {"count": [0, 1, 5, 100]},
                "byar(count)",
                {"lower": [0.0, 0.03, 1.62, 81.36], "upper": [3.69, 5.57, 11.67, 121.63]},
                2,
            )
        ],
    ),
    Method(
        id="mean",
        section="Intervals of one figure",
        title="Student’s interval of a mean",
        what="The mean and, on either side, its standard error times the quantile of Student’s t for"
        " the number of values. It takes the values to be close to normal, or many.",
        when="means of measured values, from two values on.",
        sources=["Student, Biometrika 6 (1908) 1–25."],
        functions=[mean_interval],
        examples=[
            Example(
                "synthetic; the same as SciPy’s interval",
                {"mean": [10.0, 10.0], "deviation": [2.0, 2.0], "size": [2, 25]},
                "mean_interval(mean, deviation, size)",
                {"lower": [-7.97, 9.17], "upper": [27.97, 10.83]},
                2,
            )
        ],
    ),
)

# Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score, no continuity correction).
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("numerator", "denominator", "lower", "upper"), NEWCOMBE)
def test_wilson_gives_the_published_score_interval(
    numerator: int, denominator: int, lower: float, upper: float
) -> None:
    low, high = wilson(numerator, denominator)
    assert round(float(low), 4) == lower
    assert round(float(high), 4) == upper


def test_wilson_of_nobody_starts_at_zero_and_of_everybody_ends_at_one() -> None:
    assert float(wilson(0, 20)[0]) == 0.0
    assert float(wilson(20, 20)[1]) == 1.0


@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_rounding_carries_no_limit_past_nought_or_one(confidence: float) -> None:
    n = np.arange(1, 100_000)
    assert (wilson(0, n, confidence)[0] == 0).all()
    assert (wilson(n, n, confidence)[1] == 1).all()


def test_wilson_limits_solve_the_score_equation() -> None:
    for confidence in (0.95, 0.998):
        z = norm.ppf(1 - (1 - confidence) / 2)
        for limit in wilson(81, 263, confidence):
            assert abs(81 / 263 - limit) / math.sqrt(limit * (1 - limit) / 263) == pytest.approx(z)


# Garwood's exact limits, as in Pearson and Hartley, Biometrika Tables for Statisticians I, table 40.
GARWOOD = [(0, 0.0, 3.69), (1, 0.03, 5.57), (2, 0.24, 7.22), (5, 1.62, 11.67), (9, 4.12, 17.08)]


@pytest.mark.parametrize(("count", "lower", "upper"), GARWOOD)
def test_a_count_below_ten_has_exact_poisson_limits(count: int, lower: float, upper: float) -> None:
    low, high = byar(count)
    assert float(low) == pytest.approx(lower, abs=0.006)
    assert float(high) == pytest.approx(upper, abs=0.006)


def test_a_count_of_ten_or_more_has_byars_limits() -> None:
    low, high = byar(100)
    assert float(low) == pytest.approx(81.36, abs=0.005)
    assert float(high) == pytest.approx(121.63, abs=0.005)


@pytest.mark.parametrize("count", [10, 25, 100, 1000])
@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_byars_limits_are_close_to_the_exact_ones(count: int, confidence: float) -> None:
    tail = (1 - confidence) / 2
    low, high = byar(count, confidence)
    exact_low = brentq(lambda mean: poisson.sf(count - 1, mean) - tail, 1e-9, count)
    exact_high = brentq(lambda mean: poisson.cdf(count, mean) - tail, count, 4 * count + 20)
    # Byar's lower limit at 99.8 % and a count of 10 is the approximation's worst case: 1.5 % off.
    assert float(low) == pytest.approx(exact_low, rel=0.02)
    assert float(high) == pytest.approx(exact_high, rel=0.01)


def test_arrays_give_one_interval_a_row_and_a_missing_value_none() -> None:
    low, high = wilson([81, np.nan, 15], [263, 100, np.nan])
    assert np.isnan(low).tolist() == [False, True, True]
    assert np.isnan(high).tolist() == [False, True, True]
    low, high = byar([4, np.nan, 400])
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("numerator", "denominator", "message"),
    [
        ([1, 12], [10, 10], "row 1: numerator is greater than its denominator (12, 10)"),
        ([1, 2, -3], [10, 10, 10], "row 2: numerator is negative (-3)"),
        ([0], [0], "row 0: denominator is zero (0)"),
        ([1], [-5], "row 0: denominator is negative (-5)"),
    ],
)
def test_an_impossible_proportion_is_refused_by_row(
    numerator: list[int], denominator: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match="row") as caught:
        wilson(numerator, denominator)
    assert str(caught.value) == message


def test_an_impossible_count_is_refused_by_row() -> None:
    with pytest.raises(ValueError, match=r"row 1: count is negative \(-1\)"):
        byar([3, -1])


def test_only_the_two_levels_in_use_are_known() -> None:
    with pytest.raises(ValueError, match=r"0\.9 is not one of"):
        wilson(1, 10, 0.9)


proportions = st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(proportions)
def test_wilson_holds_the_proportion_and_stays_in_range(pair: tuple[int, int]) -> None:
    x, n = pair
    low, high = (float(limit) for limit in wilson(x, n))
    assert 0 <= low <= x / n <= high <= 1


@given(proportions)
def test_wilson_is_symmetric_in_having_and_not_having(pair: tuple[int, int]) -> None:
    x, n = pair
    low, high = wilson(x, n)
    other_low, other_high = wilson(n - x, n)
    assert float(low) == pytest.approx(1 - float(other_high), abs=1e-12)
    assert float(high) == pytest.approx(1 - float(other_low), abs=1e-12)


@given(proportions)
def test_more_confidence_is_a_wider_interval(pair: tuple[int, int]) -> None:
    x, n = pair
    low, high = wilson(x, n)
    wide_low, wide_high = wilson(x, n, 0.998)
    assert wide_low <= low
    assert high <= wide_high


@given(st.integers(0, 10**6))
def test_byar_holds_the_count_and_grows_with_confidence(count: int) -> None:
    low, high = byar(count)
    wide_low, wide_high = byar(count, 0.998)
    assert 0 <= wide_low <= low <= count <= high <= wide_high


@given(st.integers(0, 2000))
def test_byars_limits_grow_with_the_count(count: int) -> None:
    low, high = byar([count, count + 1])
    assert low[0] <= low[1]
    assert high[0] < high[1]


# -- means ------------------------------------------------------------------------------------------------


def test_the_interval_of_a_mean_is_scipys() -> None:
    """No published value: SciPy's own t interval is the oracle."""
    values = np.array([12.1, 9.8, 11.4, 10.0, 13.3, 9.1])
    for confidence in (0.95, 0.998):
        low, high = mean_interval(values.mean(), values.std(ddof=1), len(values), confidence)
        expected = ttest_1samp(values, 0).confidence_interval(confidence)
        assert float(low) == pytest.approx(expected.low)
        assert float(high) == pytest.approx(expected.high)


def test_the_mean_of_two_values_has_the_widest_interval_and_of_one_none() -> None:
    low, high = mean_interval([5, 5, np.nan], [1, 1, 1], [2, 10**9, 4])
    assert (high - low)[0] == pytest.approx(2 * 12.7062 / math.sqrt(2), rel=1e-5)
    assert (high - low)[1] == pytest.approx(2 * 1.959964 / math.sqrt(10**9), rel=1e-6)
    assert np.isnan(low[2])
    with pytest.raises(ValueError, match=r"row 1: a mean of fewer than two values has no interval \(1\)"):
        mean_interval([5, 5], 1, [2, 1])
    with pytest.raises(ValueError, match=r"row 0: standard deviation is negative"):
        mean_interval(5, -1, 3)


# -- all of them ------------------------------------------------------------------------------------------


def test_nothing_in_is_nothing_out() -> None:
    for limits in (wilson([], []), byar([]), mean_interval([], [], [])):
        assert [limit.shape for limit in limits] == [(0,), (0,)]


def test_a_table_keeps_its_shape_and_the_message_names_row_and_column() -> None:
    low, _ = wilson([[1, 2], [3, 4]], 10)
    assert low.shape == (2, 2)
    assert low[1, 0] == wilson(3, 10)[0]
    with pytest.raises(ValueError, match=r"^row 1, column 0: numerator is negative \(-3\)$"):
        wilson([[1, 2], [-3, 4]], 10)
    with pytest.raises(ValueError, match=r"row 1: numerator is greater than its denominator \(12, 10\)"):
        wilson([1, 12], 10)


def test_huge_numbers_stay_exact_enough() -> None:
    low, high = wilson(10**12, 3 * 10**12)
    half = 1.959964 * math.sqrt(2 / 9 / (3 * 10**12))
    assert float(high - low) == pytest.approx(2 * half, rel=1e-3)
    low, high = byar(1e12)
    assert float(high - low) == pytest.approx(2 * 1.959964 * 1e6, rel=1e-3)


@pytest.mark.parametrize(("size", "share"), [(50, 0.04), (200, 0.3), (30, 0.5), (2000, 0.01)])
def test_wilsons_coverage_is_close_to_nominal_on_average(size: int, share: float) -> None:
    """Averaged over neighbouring proportions, since that of one swings with its lattice."""
    rng = np.random.default_rng(2024)
    truth = share * rng.uniform(0.8, 1.2, 40_000)
    low, high = wilson(rng.binomial(size, truth), size)
    covered = ((low <= truth) & (truth <= high)).mean()
    # Monte-Carlo error 0.0011; the method itself is off by up to 0.015 near the edges.
    assert covered == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("mean", [1.5, 6, 30, 400])
def test_byars_coverage_is_at_least_nominal(mean: float) -> None:
    rng = np.random.default_rng(2024)
    truth = mean * rng.uniform(0.8, 1.2, 40_000)
    low, high = byar(rng.poisson(truth))
    covered = ((low <= truth) & (truth <= high)).mean()
    assert 0.95 - 3 * 0.0011 <= covered <= 0.99


def test_the_means_coverage_is_nominal() -> None:
    rng = np.random.default_rng(2024)
    samples = rng.normal(10, 3, (40_000, 5))
    low, high = mean_interval(samples.mean(axis=1), samples.std(axis=1, ddof=1), 5)
    covered = ((low <= 10) & (high >= 10)).mean()
    assert covered == pytest.approx(0.95, abs=4 * 0.0011)
