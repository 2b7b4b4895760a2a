"""The recent trend: the rule, its refusals, its test against independent ones, and its words."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method
from scipy.stats import chi2

from send_jsna.statistics.trend import Trend, recent_trend

YEARS = list(range(2019, 2025))
STARTS = [date(year, 9, 1) for year in YEARS]
ENDS = [date(year + 1, 8, 31) for year in YEARS]
#: Synthetic.
RISING = {"numerators": [210, 215, 232, 241, 255, 262], "denominators": [5_000] * 6}


def trend(**changes: Any) -> Trend:
    given = {"starts": STARTS, "ends": ENDS, **RISING, **changes}
    return recent_trend(given.pop("starts"), given.pop("ends"), **given)


METHODS = (
    Method(
        id="recent-trend",
        section="Change over time",
        title="Recent trend of a percentage or rate",
        what="The latest five points, equally spaced, of periods that do not overlap, without a break; then"
        " the chi-squared test for trend, and a trend where p is below 0.05. What does not fulfil this has no"
        " trend, and the report says why. The test allows for chance alone: where denominators are very"
        " large, a small movement is a trend too.",
        when="whether an indicator is getting better, getting worse, or neither.",
        sources=[
            "P. Armitage, Biometrics 11 (1955) 375–386; W. G. Cochran, Biometrics 10 (1954) 417–451.",
            "Office for Health Improvement and Disparities, Fingertips technical guidance: recent trends.",
        ],
        functions=[recent_trend],
        examples=[
            Example(
                "synthetic school years, low values good; the first of six is left out",
                {"starts": STARTS, "ends": ENDS, **RISING},
                "recent_trend(starts, ends, numerators=numerators, denominators=denominators,"
                " polarity='low_is_good')",
                {"words": "getting worse", "gradient": 0.234, "p": 0.0146},
                {"gradient": 3, "p": 4},
            ),
            Example(
                "the same years as pooled three-year periods: refused",
                {
                    "starts": STARTS[:5],
                    "ends": [date(year + 3, 8, 31) for year in YEARS[:5]],
                    "numerators": RISING["numerators"][:5],
                    "denominators": RISING["denominators"][:5],
                },
                "recent_trend(starts, ends, numerators=numerators, denominators=denominators)",
                {
                    "words": "cannot be told",
                    "why": "the periods overlap, so that the points are not independent",
                },
            ),
        ],
    ),
    Method(
        id="recent-trend-values",
        section="Change over time",
        title="Recent trend of a value with published limits",
        what="Where no denominator is published, the five values are regressed on time, each weighted by the"
        " inverse square of its standard error, which is the width of its limits divided by twice 1.96.",
        when="indicators that are published with a confidence interval alone.",
        sources=[
            "Office for Health Improvement and Disparities, Fingertips technical guidance: recent trends."
        ],
        functions=[recent_trend],
        examples=[
            Example(
                "synthetic: limits of 1.96 on either side, so that every standard error is 1",
                {
                    "starts": [date(year, 1, 1) for year in YEARS[:5]],
                    "ends": [date(year, 12, 31) for year in YEARS[:5]],
                    "values": [10.0, 10.5, 12.0, 11.5, 13.0],
                    "lower": [8.04, 8.54, 10.04, 9.54, 11.04],
                    "upper": [11.96, 12.46, 13.96, 13.46, 14.96],
                },
                "recent_trend(starts, ends, values, lower=lower, upper=upper, polarity='high_is_good')",
                {
                    "words": "getting better",
                    "gradient": 0.70,
                    "gradient_lower": 0.08,
                    "gradient_upper": 1.32,
                    "p": 0.027,
                },
                {"gradient": 2, "gradient_lower": 2, "gradient_upper": 2, "p": 3},
            )
        ],
    ),
)


# -- the test ---------------------------------------------------------------------------------------------


def test_the_test_of_proportions_is_the_cochran_armitage_test() -> None:
    """Worked person by person: with N people, N times the squared correlation is the statistic."""
    x, n = RISING["numerators"][1:], RISING["denominators"][1:]
    times = np.repeat(np.arange(5), n)
    has = np.concatenate([np.repeat([1, 0], [k, m - k]) for k, m in zip(x, n, strict=True)])
    statistic = len(has) * np.corrcoef(times, has)[0, 1] ** 2
    found = trend()
    assert found.p == pytest.approx(chi2.sf(statistic, 1))
    assert found.gradient == pytest.approx(100 * np.polyfit(times, has, 1)[0])
    assert found.rows == (1, 2, 3, 4, 5)


def test_the_test_of_rates_holds_its_level_and_finds_a_trend() -> None:
    """By simulation: p of a level Poisson series is uniform."""
    rng = np.random.default_rng(2024)
    populations = [800, 900, 1_000, 1_100, 1_200]
    ends = [year + 1 for year in YEARS[:5]]
    found = [
        recent_trend(
            YEARS[:5],
            ends,
            numerators=rng.poisson(0.08 * np.array(populations)),
            denominators=populations,
            kind="rate",
        )
        for _ in range(4_000)
    ]
    p = np.array([each.p for each in found])
    # Monte-Carlo errors 0.0034 and 0.008.
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.011)
    assert (p < 0.5).mean() == pytest.approx(0.5, abs=0.025)
    assert np.mean([each.outcome == "no_clear_change" for each in found]) == (p >= 0.05).mean()
    rising = recent_trend(
        YEARS[:5], ends, numerators=[80, 100, 125, 160, 200], denominators=1_000, kind="rate", per=1
    )
    assert (rising.outcome, rising.words) == ("increasing", "increasing")
    assert rising.gradient == pytest.approx(0.030)
    # Two events a person are a rate, and no proportion.
    many = recent_trend(YEARS[:5], ends, numerators=[20] * 5, denominators=[10] * 5, kind="rate")
    assert many.p == pytest.approx(1)
    with pytest.raises(ValueError, match="row 0: numerator is greater than its denominator"):
        recent_trend(YEARS[:5], ends, numerators=[20] * 5, denominators=[10] * 5)


def test_the_regression_on_values_is_numpys() -> None:
    values, errors = np.array([10.0, 11.0, 10.5, 12.5, 12.0]), np.array([0.5, 0.3, 0.6, 0.4, 0.5])
    half = 1.959963984540054 * errors
    found = recent_trend(
        YEARS[:5], [y + 1 for y in YEARS[:5]], values, lower=values - half, upper=values + half
    )
    coefficients, covariance = np.polyfit(YEARS[:5], values, 1, w=1 / errors, cov="unscaled")
    assert found.gradient == pytest.approx(coefficients[0])
    error = float(np.sqrt(covariance[0, 0]))
    assert (found.gradient_upper - found.gradient_lower) / 2 == pytest.approx(1.959964 * error, rel=1e-6)
    assert found.p == pytest.approx(chi2.sf((coefficients[0] / error) ** 2, 1))


def test_nobody_and_everybody_throughout_do_not_change() -> None:
    for numerators in ([0] * 6, [5_000] * 6):
        found = trend(numerators=numerators)
        assert (found.outcome, found.p, found.gradient) == ("no_clear_change", 1.0, 0.0)


# -- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numerators", "polarity", "words"),
    [
        ([100, 110, 120, 130, 140, 150], "high_is_good", "getting better"),
        ([100, 110, 120, 130, 140, 150], "low_is_good", "getting worse"),
        ([100, 110, 120, 130, 140, 150], "neither", "increasing"),
        ([150, 140, 130, 120, 110, 100], "high_is_good", "getting worse"),
        ([150, 140, 130, 120, 110, 100], "low_is_good", "getting better"),
        ([150, 140, 130, 120, 110, 100], "neither", "decreasing"),
        ([100, 103, 99, 101, 102, 100], "low_is_good", "no clear change"),
    ],
)
def test_the_words_go_by_the_polarity(numerators: list[int], polarity: Any, words: str) -> None:
    found = trend(numerators=numerators, polarity=polarity)
    assert (found.words, found.why) == (words, "")


# -- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"breaks": [date(2021, 9, 1)]}, "break_in_series"),
        ({"breaks": [STARTS[-1]]}, "break_in_series"),
        ({"numerators": [210, 215, np.nan, 241, 255, np.nan]}, "too_few_points"),
        ({"numerators": [210, 215, np.nan, 241, 255, 262]}, "unequal_spacing"),
        ({"ends": [date(year + 3, 8, 31) for year in YEARS]}, "overlapping_periods"),
        ({"ends": [date(year + 1, 9, 1) for year in YEARS]}, "overlapping_periods"),
    ],
)
def test_points_that_do_not_fulfil_the_rule_have_no_trend(changes: dict[str, Any], reason: str) -> None:
    found = trend(**changes)
    assert (found.outcome, found.reason, found.words) == ("cannot_tell", reason, "cannot be told")
    assert np.isnan([found.gradient, found.gradient_lower, found.gradient_upper, found.p]).all()
    assert found.why


def test_a_break_before_or_with_the_first_of_the_five_does_no_harm() -> None:
    for when in (date(2018, 9, 1), STARTS[0], STARTS[1], date(2025, 9, 1)):
        assert trend(breaks=[when]).reason is None


def test_values_without_limits_have_no_trend() -> None:
    values = [4.0, 4.2, 4.4, 4.6, 4.8, 5.0]
    assert recent_trend(STARTS, ENDS, values).reason == "no_uncertainty"
    some = [3.9, 4.1, 4.3, np.nan, 4.7, 4.9]
    wide = [value + 0.1 for value in values]
    assert recent_trend(STARTS, ENDS, values, lower=some, upper=wide).reason == "no_uncertainty"
    assert recent_trend([], [], [], breaks=[]).reason == "too_few_points"


def test_a_gap_before_the_five_and_one_after_them_do_no_harm() -> None:
    longer = [date(2015, 9, 1), *STARTS]
    found = recent_trend(
        longer,
        [date(2016, 8, 31), *ENDS],
        numerators=[200, *RISING["numerators"]],
        denominators=[5_000] * 7,
    )
    assert found.rows == (2, 3, 4, 5, 6)
    assert found.gradient == trend().gradient
    assert trend(numerators=[*RISING["numerators"][:5], np.nan]).rows == (0, 1, 2, 3, 4)


def test_pooled_periods_that_do_not_overlap_are_equally_spaced() -> None:
    starts = [2001, 2004, 2007, 2010, 2013]
    found = recent_trend(
        starts, [year + 3 for year in starts], numerators=[5, 9, 13, 17, 21], denominators=100
    )
    assert found.gradient == pytest.approx(4 / 3)


def test_months_and_single_days_are_equally_spaced() -> None:
    days = [date(2024, month, 1) for month in (1, 2, 3, 4, 5)]
    found = recent_trend(days, days, numerators=[50, 60, 70, 80, 90], denominators=1_000)
    assert found.outcome == "increasing"
    assert found.gradient == pytest.approx(12)
    stamps = pd.to_datetime(days)
    assert recent_trend(stamps, stamps, numerators=[50, 60, 70, 80, 90], denominators=1_000) == found


def test_a_series_that_makes_no_sense_is_refused_by_row() -> None:
    with pytest.raises(ValueError, match="row 5: its period is there a second time"):
        trend(starts=[*STARTS[:5], STARTS[4]], ends=[*ENDS[:5], ENDS[4]])
    with pytest.raises(ValueError, match="row 1: period ends before it starts"):
        trend(ends=[ENDS[0], date(2019, 1, 1), *ENDS[2:]])
    with pytest.raises(ValueError, match="are not one series"):
        trend(ends=ENDS[:-1])
    with pytest.raises(ValueError, match="needs numerators and denominators, or values"):
        recent_trend(STARTS, ENDS, numerators=[1] * 6)
    with pytest.raises(ValueError, match=r"row 0: value is outside its limits \(4, 5, 6\)"):
        recent_trend([1], [2], [4], lower=[5], upper=[6])
    with pytest.raises(ValueError, match="row 2: its period has no start or no end"):
        recent_trend([1, 2, np.nan], [2, 3, 4], [1, 2, 3])


# -- properties -------------------------------------------------------------------------------------------

series = st.lists(st.integers(0, 500), min_size=6, max_size=6)


@given(series, st.permutations(range(6)))
def test_the_order_of_the_rows_makes_no_difference(counts: list[int], order: list[int]) -> None:
    there = trend(numerators=counts)
    mixed = trend(
        starts=[STARTS[row] for row in order],
        ends=[ENDS[row] for row in order],
        numerators=[counts[row] for row in order],
    )
    assert (mixed.outcome, mixed.p, mixed.gradient) == (there.outcome, there.p, there.gradient)
    assert [order[row] for row in mixed.rows] == list(there.rows)


@given(series)
def test_the_complement_goes_the_other_way_and_limits_agree_with_the_test(counts: list[int]) -> None:
    there, back = trend(numerators=counts), trend(numerators=[5_000 - count for count in counts])
    assert back.gradient == pytest.approx(-there.gradient, abs=1e-9)
    assert back.p == pytest.approx(there.p, abs=1e-9)
    outside = there.gradient_lower > 0 or there.gradient_upper < 0
    assert outside == (there.outcome != "no_clear_change") or abs(there.p - 0.05) < 1e-9
