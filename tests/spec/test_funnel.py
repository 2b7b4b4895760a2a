"""Funnel-plot limits: against brute-force distributions, and how often chance crosses them."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method

from send_jsna.statistics.funnel import (
    overdispersion,
    proportion_limits,
    rate_limits,
    ratio_limits,
)

METHODS = (
    Method(
        id="funnel-proportion",
        section="Comparison with other areas",
        title="Funnel-plot limits of a proportion",
        what="How far chance alone would carry the proportion of an area of each size from a common target:"
        " quantiles of the binomial distribution, interpolated. Beyond the limits of 99.8% lie two areas in a"
        " thousand by chance.",
        when="charts of all authorities by their size.",
        sources=["D. J. Spiegelhalter, Statistics in Medicine 24 (2005) 1185–1202."],
        functions=[proportion_limits],
        examples=[
            Example(
                "synthetic; as the tests find them by adding up the distribution",
                {"target": [0.05, 0.05, 0.05], "denominator": [50, 500, 5_000]},
                "proportion_limits(target, denominator)",
                {"lower": [0.0, 0.0307, 0.0439], "upper": [0.1098, 0.0690, 0.0560]},
            )
        ],
    ),
    Method(
        id="funnel-ratio",
        section="Comparison with other areas",
        title="Funnel-plot limits of rates and standardised ratios",
        what="The same for events, by the Poisson distribution: around a common rate, or around a ratio of a"
        " hundred.",
        when="charts of rates of events, and of standardised ratios.",
        sources=["D. J. Spiegelhalter, Statistics in Medicine 24 (2005) 1185–1202."],
        functions=[ratio_limits, rate_limits],
        examples=[
            Example(
                "synthetic; as the tests find them by adding up the distribution",
                {"expected": [5, 50, 500]},
                "ratio_limits(expected, confidence=0.998)",
                {"lower": [0.0, 58.2, 86.4], "upper": [255.4, 145.5, 114.0]},
                1,
            )
        ],
    ),
    Method(
        id="overdispersion",
        section="Comparison with other areas",
        title="Overdispersed funnel",
        what="Where areas differ by more than chance for reasons nobody measured, a variance between areas is"
        " estimated from the middle of them and added to that of chance, so that the limits widen.",
        when="telling which areas stand out beyond the usual differences between authorities.",
        sources=[
            "D. Spiegelhalter and others, Journal of the Royal Statistical Society A 175 (2012) 1–47.",
            "R. DerSimonian and N. Laird, Controlled Clinical Trials 7 (1986) 177–188.",
        ],
        functions=[overdispersion],
        examples=[
            Example(
                "synthetic: six areas around one in ten; worked by hand in the tests",
                {
                    "numerator": [70, 85, 95, 105, 115, 130],
                    "denominator": [1_000, 1_000, 1_000, 1_000, 1_000, 1_000],
                },
                "overdispersion(numerator, denominator, 0.1, winsorised=0)",
                {"factor": 4.35, "between": 0.03},
                2,
            )
        ],
    ),
)


# -- limits -----------------------------------------------------------------------------------------------


def quantile_by_adding_up(masses: list[float], q: float) -> float:
    """Spiegelhalter's interpolated quantile of a distribution that is given by its masses."""
    cumulated = list(accumulate(masses))
    k = next(place for place, total in enumerate(cumulated) if total >= q)
    return k - (cumulated[k] - q) / masses[k]


@pytest.mark.parametrize(("target", "size"), [(0.05, 50), (0.05, 500), (0.4, 80), (0.97, 120)])
@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_the_limits_of_a_proportion_by_adding_up(target: float, size: int, confidence: float) -> None:
    masses = [math.comb(size, k) * target**k * (1 - target) ** (size - k) for k in range(size + 1)]
    low, high = proportion_limits(target, size, confidence)
    tail = (1 - confidence) / 2
    assert float(low) == pytest.approx(max(quantile_by_adding_up(masses, tail), 0) / size, abs=1e-9)
    assert float(high) == pytest.approx(min(quantile_by_adding_up(masses, 1 - tail) / size, 1), abs=1e-9)


@pytest.mark.parametrize("mean", [0.3, 5, 50])
@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_the_limits_of_a_rate_by_adding_up(mean: float, confidence: float) -> None:
    masses = [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(200)]
    low, high = rate_limits(mean / 10, 1_000, per=100, confidence=confidence)
    tail = (1 - confidence) / 2
    assert float(low) == pytest.approx(max(quantile_by_adding_up(masses, tail), 0) / 10, abs=1e-9)
    assert float(high) == pytest.approx(quantile_by_adding_up(masses, 1 - tail) / 10, abs=1e-9)
    assert ratio_limits(mean, confidence=confidence)[1] == pytest.approx(1_000 * high / mean)


def test_limits_at_the_edges() -> None:
    assert [float(limit) for limit in proportion_limits(0, 20)] == [0, 0]
    assert [float(limit) for limit in proportion_limits(1, 20)] == [1, 1]
    assert [float(limit) for limit in rate_limits(0, 20)] == [0, 0]
    low, high = proportion_limits(0.3, [10**9, np.nan])
    assert high[0] - low[0] == pytest.approx(2 * 1.959964 * math.sqrt(0.21 / 10**9), rel=1e-3)
    assert np.isnan(low[1])
    assert proportion_limits(0.3, [])[0].shape == ratio_limits([])[0].shape == (0,)


def test_limits_refuse_what_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"row 1: target is not between 0 and 1 \(1\.2\)"):
        proportion_limits([0.5, 1.2], 10)
    with pytest.raises(ValueError, match=r"row 0: denominator is not above zero \(0\)"):
        proportion_limits(0.5, 0)
    with pytest.raises(ValueError, match="denominator is not a whole number"):
        proportion_limits(0.5, 10.5)
    with pytest.raises(ValueError, match="row 1: expected count is not above zero"):
        ratio_limits([3, 0])
    with pytest.raises(ValueError, match="target is negative"):
        rate_limits(-1, 10)


def test_areas_alike_stay_within_as_often_as_the_limits_say() -> None:
    """200,000 areas; Monte-Carlo error 0.0005 (95 %) and 0.0001 (99.8 %)."""
    rng = np.random.default_rng(2024)
    sizes = rng.integers(200, 3_000, 200_000)
    counts = rng.binomial(sizes, 0.2)
    for confidence, slack in ((0.95, 0.006), (0.998, 0.0006)):
        low, high = proportion_limits(0.2, sizes, confidence)
        assert ((low <= counts / sizes) & (counts / sizes <= high)).mean() == pytest.approx(
            confidence, abs=slack
        )


@given(st.floats(0, 1), st.integers(1, 10**6))
def test_limits_hold_the_target_and_widen(target: float, size: int) -> None:
    low, high = proportion_limits(target, size)
    lowest, highest = proportion_limits(target, size, 0.998)
    assert lowest <= low <= high <= highest
    # A single step of a count is the most by which a discrete limit can miss the target.
    assert low - 1 / size <= target <= high + 1 / size


# -- classification ---------------------------------------------------------------------------------------


# -- overdispersion ---------------------------------------------------------------------------------------

SIX = ([70, 85, 95, 105, 115, 130], [1_000] * 6)


def test_overdispersion_by_hand() -> None:
    """Equal sizes make the formula short: the variance between is that of the scores, less that of chance."""
    error = 1 / (2 * math.sqrt(1_000))
    z = [(math.asin(math.sqrt(x / 1_000)) - math.asin(math.sqrt(0.1))) / error for x in SIX[0]]
    factor = sum(value**2 for value in z) / 6
    between = math.sqrt((6 * factor - 5) * error**2 / 5)
    found = overdispersion(*SIX, 0.1, winsorised=0)
    assert found.factor == pytest.approx(factor)
    assert found.between == pytest.approx(between)
    assert found.z == pytest.approx(z)
    assert found.z_adjusted == pytest.approx([value * error / math.hypot(error, between) for value in z])
    half = 1.959964 * math.hypot(error, between)
    assert found.upper_95[0] == pytest.approx(math.sin(math.asin(math.sqrt(0.1)) + half) ** 2)


def test_chance_alone_leaves_the_limits_about_as_they_were() -> None:
    rng = np.random.default_rng(2024)
    sizes = rng.integers(500, 5_000, 400)
    found = overdispersion(rng.binomial(sizes, 0.1), sizes, winsorised=0)
    assert found.factor == pytest.approx(1, abs=4 * math.sqrt(2 / 400))
    assert found.between < 0.005
    exact = proportion_limits(0.1, sizes)
    assert found.upper_95 == pytest.approx(exact[1], rel=0.06)


@pytest.mark.parametrize("scale", ["proportion", "ratio"])
def test_the_variance_between_areas_is_recovered(scale: str) -> None:
    rng = np.random.default_rng(2024)
    sizes = rng.integers(500, 5_000, 2_000).astype(float)
    if scale == "proportion":
        truth = np.sin(np.arcsin(np.sqrt(0.1)) + rng.normal(0, 0.03, 2_000)) ** 2
        counts = rng.binomial(sizes.astype(int), truth)
        found = overdispersion(counts, sizes, 0.1, winsorised=0)
    else:
        counts = rng.poisson(sizes * (1 + rng.normal(0, 0.03, 2_000)) ** 2)
        found = overdispersion(counts, sizes, 1, scale="ratio", winsorised=0)
    assert found.between == pytest.approx(0.03, rel=0.1)
    within = np.abs(found.z_adjusted) < 1.959964
    assert within.mean() == pytest.approx(0.95, abs=0.02)


def test_an_outlier_does_not_widen_the_limits_that_find_it() -> None:
    counts = [*range(90, 111), 300]
    drawn_in = overdispersion(counts, [1_000] * 22, 0.1)
    open_ = overdispersion(counts, [1_000] * 22, 0.1, winsorised=0)
    assert drawn_in.between == 0 < open_.between
    assert drawn_in.z_adjusted[-1] > 3.09


def test_overdispersion_keeps_missing_areas_and_refuses_too_few() -> None:
    found = overdispersion([10, np.nan, 14], [100, 100, 100])
    assert np.isnan(found.z).tolist() == [False, True, False]
    assert found.upper_998[0] > found.upper_95[0]
    with pytest.raises(ValueError, match="1 areas are known"):
        overdispersion([10, np.nan], [100, 100])
    with pytest.raises(ValueError, match=r"the target 1\.5 is no proportion"):
        overdispersion([10, 12], [100, 100], 1.5)
