"""Differences and ratios of proportions and rates: published values, exact tests and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binomtest, chi2_contingency

from send_jsna.statistics.differences import (
    log_proportion_ratio,
    proportion_difference,
    proportion_ratio,
    proportions_test,
)
from send_jsna.statistics.rate_differences import rate_difference, rate_ratio, rates_test

#: Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
NEWCOMBE = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0000)),
    ((10, 10, 0, 10), (0.6075, 1.0000)),
]

METHODS = (
    Method(
        id="proportion-difference",
        section="Differences",
        title="Difference of two proportions",
        what="Newcombe’s hybrid score interval puts the Wilson intervals of both proportions together. It"
        " never goes beyond the possible, and holds for small numbers.",
        when="the difference in percentage points between two areas or years.",
        sources=["R. G. Newcombe, Statistics in Medicine 17 (1998) 873–890, method 10."],
        functions=[proportion_difference],
        examples=[
            Example(
                "Newcombe 1998, table II",
                {
                    "numerator": [row[0][0] for row in NEWCOMBE[:4]],
                    "denominator": [row[0][1] for row in NEWCOMBE[:4]],
                    "other_numerator": [row[0][2] for row in NEWCOMBE[:4]],
                    "other_denominator": [row[0][3] for row in NEWCOMBE[:4]],
                },
                "proportion_difference(numerator, denominator, other_numerator, other_denominator)",
                {
                    "difference": [0.2, 0.6, 0.5714, 0.0893],
                    "lower": [row[1][0] for row in NEWCOMBE[:4]],
                    "upper": [row[1][1] for row in NEWCOMBE[:4]],
                },
            )
        ],
    ),
    Method(
        id="proportion-ratio",
        section="Differences",
        title="Ratio of two proportions",
        what="Koopman’s score interval holds every ratio that a score test would not reject; unlike the usual"
        " logarithmic interval it holds when nobody, or everybody, has the attribute.",
        when="how many times as common something is in one group as in another.",
        sources=[
            "P. A. R. Koopman, Biometrics 40 (1984) 513–517.",
            "D. Katz, J. Baptista, S. P. Azen and M. C. Pike, Biometrics 34 (1978) 469–474.",
        ],
        functions=[proportion_ratio],
        examples=[
            Example(
                "synthetic; the limits solve the score equation, which the tests solve in another way",
                {
                    "numerator": [36, 0],
                    "denominator": [40, 10],
                    "other_numerator": [16, 5],
                    "other_denominator": [80, 10],
                },
                "proportion_ratio(numerator, denominator, other_numerator, other_denominator)",
                {"ratio": [4.5, 0.0], "lower": [2.94, 0.0], "upper": [7.15, 0.61]},
                2,
            )
        ],
    ),
    Method(
        id="proportions-test",
        section="Differences",
        title="Test of two proportions",
        what="The difference divided by its standard error if there were none; its square is Pearson’s"
        " chi-squared without continuity correction. It wants about five expected in each cell.",
        when="whether two proportions differ, beside the rule of overlapping intervals.",
        sources=["K. Pearson, Philosophical Magazine 50 (1900) 157–175."],
        functions=[proportions_test],
        examples=[
            Example(
                "the first pair of Newcombe’s table; p as SciPy’s chi-squared test gives it",
                {
                    "numerator": [56],
                    "denominator": [70],
                    "other_numerator": [48],
                    "other_denominator": [80],
                },
                "proportions_test(numerator, denominator, other_numerator, other_denominator)",
                {"z": [2.65], "p": [0.0080]},
                {"z": 2, "p": 4},
            )
        ],
    ),
    Method(
        id="rate-difference",
        section="Differences",
        title="Difference of two rates",
        what="The Byar limits of both rates put together by the squares of their distances (MOVER).",
        when="the difference between two rates of events.",
        sources=["G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008) 1693–1702."],
        functions=[rate_difference],
        examples=[
            Example(
                "synthetic; worked by hand in the tests",
                {"count": [60], "population": [1_000], "other_count": [30], "other_population": [1_000]},
                "rate_difference(count, population, other_count, other_population, per=1_000)",
                {"difference": [30.0], "lower": [10.9], "upper": [49.8]},
                1,
            )
        ],
    ),
    Method(
        id="rate-ratio",
        section="Differences",
        title="Ratio and test of two rates",
        what="Given their sum, one of two Poisson counts is binomial: its exact limits give those of the"
        " ratio, and its tails a test that agrees with them.",
        when="whether two rates of events differ, and how many times one is the other.",
        sources=[
            "N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research II (IARC, 1987).",
            "J. Przyborowski and H. Wilenski, Biometrika 31 (1940) 313–323.",
        ],
        functions=[rate_ratio, rates_test],
        examples=[
            Example(
                "synthetic; limits as SciPy’s exact binomial interval gives them",
                {
                    "count": [60, 0],
                    "population": [1_000, 10],
                    "other_count": [30, 5],
                    "other_population": [1_000, 10],
                },
                "rate_ratio(count, population, other_count, other_population)",
                {"ratio": [2.0, 0.0], "lower": [1.27, 0.0], "upper": [3.21, 1.09]},
                2,
            ),
            Example(
                "the same counts; p as twice SciPy’s binomial tail",
                {
                    "count": [60, 0],
                    "population": [1_000, 10],
                    "other_count": [30, 5],
                    "other_population": [1_000, 10],
                },
                "rates_test(count, population, other_count, other_population).p",
                {"p": [0.0021, 0.0625]},
            ),
        ],
    ),
)


# -- proportions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("counts", "limits"), NEWCOMBE)
def test_the_difference_has_newcombes_published_limits(
    counts: tuple[int, ...], limits: tuple[float, float]
) -> None:
    found = proportion_difference(*counts)
    assert (round(float(found.lower), 4), round(float(found.upper), 4)) == limits


@pytest.mark.parametrize("counts", [(36, 40, 16, 80), (7, 30, 9, 25), (30, 30, 20, 30), (1, 500, 3, 400)])
@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959964), (0.998, 3.090232)])
def test_koopmans_limits_solve_the_score_equation(
    counts: tuple[int, ...], confidence: float, z: float
) -> None:
    """The restricted estimate is found by maximising the likelihood numerically, not by the formula."""
    x, n, y, m = counts

    def score(theta: float) -> float:
        def unlikely(p: float) -> float:
            q = theta * p
            terms = ((x, q), (n - x, 1 - q), (y, p), (m - y, 1 - p))
            return -sum(k * math.log(max(v, 1e-300)) for k, v in terms if k)

        top = min(1.0, 1 / theta)
        p = minimize_scalar(unlikely, bounds=(1e-12, top), method="bounded", options={"xatol": 1e-13}).x
        q = theta * p
        return (x / n - theta * y / m) / math.sqrt(q * (1 - q) / n + theta**2 * p * (1 - p) / m)

    found = proportion_ratio(*counts, confidence)
    value = float(found.value)
    assert float(found.lower) == pytest.approx(
        brentq(lambda t: score(t) - z, value / 300, value * 0.999), rel=1e-4
    )
    assert float(found.upper) == pytest.approx(
        brentq(lambda t: score(t) + z, value * 1.001, value * 300), rel=1e-4
    )


def test_the_ratio_at_its_edges() -> None:
    found = proportion_ratio([0, 5, 0, 10, np.nan], 10, [5, 0, 0, 10, 1], 10)
    assert found.value[:2].tolist() == [0, math.inf]
    assert np.isnan(found.value[2])
    assert found.lower[[0, 2]].tolist() == [0, 0]
    assert found.upper[[1, 2]].tolist() == [math.inf, math.inf]
    assert 0 < found.lower[3] < 1 < found.upper[3] < math.inf
    assert np.isnan([part[4] for part in found]).all()


def test_the_logarithmic_ratio_by_hand() -> None:
    found = log_proportion_ratio([36, 0], [40, 10], [16, 5], [80, 10])
    half = 1.959964 * math.sqrt(1 / 36 - 1 / 40 + 1 / 16 - 1 / 80)
    assert found.lower[0] == pytest.approx(4.5 * math.exp(-half))
    assert found.upper[0] == pytest.approx(4.5 * math.exp(half))
    assert (found.value[1], found.lower[1], found.upper[1]) == (0, 0, math.inf)


def test_the_test_of_proportions_is_pearsons_chi_squared() -> None:
    for x, n, y, m in ((56, 70, 48, 80), (9, 10, 3, 10), (100, 5_000, 130, 4_000)):
        expected = chi2_contingency([[x, n - x], [y, m - y]], correction=False)
        found = proportions_test(x, n, y, m)
        assert float(found.statistic) ** 2 == pytest.approx(expected.statistic)
        assert float(found.p) == pytest.approx(expected.pvalue)
    assert proportions_test([0, 10], 10, [0, 20], 20).p.tolist() == [1, 1]


def test_impossible_rows_are_named_with_their_side() -> None:
    with pytest.raises(ValueError, match=r"row 1: other numerator is greater than its denominator \(9, 5\)"):
        proportion_difference([1, 1], 10, [1, 9], 5)
    with pytest.raises(ValueError, match=r"row 0: numerator is negative"):
        proportion_ratio(-1, 10, 1, 5)
    with pytest.raises(ValueError, match=r"row 2: other population is zero"):
        rate_ratio([1, 1, 1], 10, 1, [5, 5, 0])
    with pytest.raises(ValueError, match=r"row 1: count is not a whole number \(1\.5\)"):
        rates_test([1, 1.5], 10, 1, 10)


def test_empty_and_missing_rows() -> None:
    for function in (proportion_difference, proportion_ratio, rate_difference, rate_ratio):
        assert function([], [], [], []).value.shape == (0,)
        assert all(np.isnan(part[1]) for part in function([1, np.nan], 10, 2, 10))
    for test in (proportions_test, rates_test):
        assert np.isnan(test([1, np.nan], 10, 2, 10).p).tolist() == [False, True]


# -- rates ------------------------------------------------------------------------------------------------


def test_the_difference_of_rates_by_hand() -> None:
    def limits(count: int) -> tuple[float, float]:
        low = count * (1 - 1 / (9 * count) - 1.959964 / (3 * math.sqrt(count))) ** 3
        up = count + 1
        return low, up * (1 - 1 / (9 * up) + 1.959964 / (3 * math.sqrt(up))) ** 3

    (low, high), (other_low, other_high) = limits(60), limits(30)
    found = rate_difference(60, 1_000, 30, 1_000, per=1_000)
    assert float(found.lower) == pytest.approx(30 - math.hypot(60 - low, other_high - 30), rel=1e-6)
    assert float(found.upper) == pytest.approx(30 + math.hypot(high - 60, 30 - other_low), rel=1e-6)


@pytest.mark.parametrize("counts", [(60, 51_477, 30, 54_308), (4, 10, 9, 30), (0, 10, 5, 10), (7, 10, 0, 10)])
def test_the_ratio_and_test_of_rates_are_scipys_exact_binomial(counts: tuple[int, ...]) -> None:
    x, n, y, m = counts
    exact = [binomtest(x, x + y, n / (n + m), alternative=side) for side in ("less", "greater")]
    p = min(1, 2 * min(result.pvalue for result in exact))
    assert float(rates_test(*counts).p) == pytest.approx(p)
    limits = binomtest(x, x + y).proportion_ci(0.95, method="exact")
    found = rate_ratio(*counts)
    assert float(found.lower) == pytest.approx(limits.low / (1 - limits.low) * m / n)
    expected = math.inf if y == 0 else limits.high / (1 - limits.high) * m / n
    assert float(found.upper) == pytest.approx(expected)


# -- properties -------------------------------------------------------------------------------------------

pairs = st.integers(1, 10**5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
counts_ = st.tuples(st.integers(0, 3_000), st.integers(1, 10**6))


@given(pairs, pairs)
def test_swapping_the_groups_turns_the_difference_round(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = proportion_difference(*one, *other), proportion_difference(*other, *one)
    assert float(there.lower) == pytest.approx(-float(back.upper), abs=1e-12)
    complement = proportion_difference(one[1] - one[0], one[1], other[1] - other[0], other[1])
    assert float(there.lower) == pytest.approx(-float(complement.upper), abs=1e-12)
    assert -1 - 1e-12 <= there.lower <= there.value <= there.upper <= 1 + 1e-12


@given(pairs, pairs)
def test_swapping_the_groups_inverts_the_ratio(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = proportion_ratio(*one, *other), proportion_ratio(*other, *one)
    if one[0]:
        assert float(there.lower) == pytest.approx(1 / float(back.upper), rel=1e-6)
    if one[0] and other[0]:
        slack = 1 + 1e-9
        assert there.lower <= there.value * slack
        assert there.value <= there.upper * slack


@given(counts_, counts_)
def test_the_test_rejects_where_the_exact_limits_leave_out_one(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    ratio, p = rate_ratio(*one, *other), float(rates_test(*one, *other).p)
    outside = bool(ratio.lower > 1 or ratio.upper < 1)
    assert outside == (p < 0.05) or abs(p - 0.05) < 1e-9


@given(pairs, pairs, counts_, counts_)
def test_more_confidence_is_wider(
    one: tuple[int, int], other: tuple[int, int], first: tuple[int, int], second: tuple[int, int]
) -> None:
    found = [
        (proportion_difference(*one, *other), proportion_difference(*one, *other, 0.998)),
        (proportion_ratio(*one, *other), proportion_ratio(*one, *other, 0.998)),
        (rate_difference(*first, *second), rate_difference(*first, *second, confidence=0.998)),
        (rate_ratio(*first, *second), rate_ratio(*first, *second, 0.998)),
    ]
    for near, wide in found:
        assert wide.lower <= near.lower + 1e-12
        assert near.upper <= wide.upper * (1 + 1e-12) + 1e-12


# -- coverage ---------------------------------------------------------------------------------------------


def test_the_intervals_cover_as_they_say() -> None:
    """20,000 pairs each; Monte-Carlo error 0.0015. The exact ratio of rates may cover more, never less."""
    rng = np.random.default_rng(2024)
    p, q = rng.uniform(0.1, 0.3, 20_000), rng.uniform(0.1, 0.3, 20_000)
    x, y = rng.binomial(80, p), rng.binomial(120, q)
    difference, ratio = proportion_difference(x, 80, y, 120), proportion_ratio(x, 80, y, 120)
    assert covered(difference, p - q) == pytest.approx(0.95, abs=0.008)
    assert covered(ratio, p / q) == pytest.approx(0.95, abs=0.008)
    a, b = rng.uniform(15, 40, 20_000), rng.uniform(15, 40, 20_000)
    x, y = rng.poisson(a), rng.poisson(b)
    assert covered(rate_difference(x, 1, y, 1, per=1), a - b) == pytest.approx(0.95, abs=0.01)
    assert 0.95 - 0.005 <= covered(rate_ratio(x, 1, y, 1), a / b) <= 0.98


def test_the_tests_reject_as_often_as_they_say() -> None:
    rng = np.random.default_rng(2024)
    x, y = rng.binomial(200, 0.2, 20_000), rng.binomial(300, 0.2, 20_000)
    assert (proportions_test(x, 200, y, 300).p < 0.05).mean() == pytest.approx(0.05, abs=0.006)
    x, y = rng.poisson(30, 20_000), rng.poisson(60, 20_000)
    assert 0.02 <= (rates_test(x, 1, y, 2).p < 0.05).mean() <= 0.055


def covered(found: tuple[np.ndarray, ...], truth: np.ndarray) -> float:
    _, lower, upper = found
    return float(((lower <= truth) & (truth <= upper)).mean())
