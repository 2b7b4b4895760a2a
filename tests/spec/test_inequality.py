"""Slope and relative index of inequality: exact lines, an independent regression, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method
from scipy.stats import linregress, norm

from send_jsna.statistics.inequality import inequality, relative_ranks

VALUES = [9.0, 7.2, 6.1, 4.4, 3.3]
POPULATIONS = [2_000, 2_000, 2_000, 2_000, 2_000]

METHODS = (
    Method(
        id="inequality",
        section="Inequality",
        title="Slope and relative index of inequality",
        what="The values of groups, in the order of deprivation, are regressed on the relative rank: the"
        " middle of each group’s range of the population, from nought to one. The slope index is the"
        " fitted value at the most deprived end less that at the least; the relative index divides them.",
        when="how wide the gap is across all groups, not between the two outermost alone.",
        sources=[
            "A. Low and A. Low, Journal of Public Health 26 (2004) 388–395.",
            "J. P. Mackenbach and A. E. Kunst, Social Science & Medicine 44 (1997) 757–771.",
        ],
        functions=[inequality],
        examples=[
            Example(
                "synthetic: percentages of five groups of one size, most deprived first",
                {"value": VALUES, "population": POPULATIONS},
                "inequality(value, population)",
                {
                    "slope": 7.10,
                    "slope_lower": 6.03,
                    "slope_upper": 8.17,
                    "ratio": 3.90,
                    "ratio_lower": 2.92,
                    "ratio_upper": 5.21,
                },
                2,
            )
        ],
    ),
)


def test_relative_ranks_are_the_middles_of_the_groups() -> None:
    assert relative_ranks([1, 1, 2]).tolist() == [0.125, 0.375, 0.75]
    with pytest.raises(ValueError, match=r"row 1: population is not above zero \(0\)"):
        relative_ranks([1, 0])


def test_with_equal_groups_the_slope_is_that_of_plain_regression() -> None:
    """SciPy's unweighted regression is the oracle, where all groups are of one size."""
    line = linregress([0.1, 0.3, 0.5, 0.7, 0.9], VALUES)
    found = inequality(VALUES, POPULATIONS)
    assert found.slope == pytest.approx(-line.slope)
    assert found.first == pytest.approx(line.intercept)
    assert found.last == pytest.approx(line.intercept + line.slope)
    assert found.ratio == pytest.approx(line.intercept / (line.intercept + line.slope))
    assert found.p == pytest.approx(line.pvalue)
    assert (found.slope_upper - found.slope_lower) / 2 == pytest.approx(3.182446 * line.stderr, rel=1e-6)


def test_a_group_twice_as_large_counts_as_two() -> None:
    """Weights of whole numbers are repetitions: the fit is found again by repeating rows."""
    ranks = relative_ranks([1, 2, 3, 1])
    values = [8.0, 6.5, 3.0, 2.5]
    repeated = linregress(np.repeat(ranks, [1, 2, 3, 1]), np.repeat(values, [1, 2, 3, 1]))
    found = inequality(values, [1, 2, 3, 1])
    assert found.slope == pytest.approx(-repeated.slope)
    assert found.first == pytest.approx(repeated.intercept)


def test_with_standard_errors_the_limits_are_those_of_sampling() -> None:
    """The spread of the estimates over 4,000 simulated tables is the oracle."""
    rng = np.random.default_rng(2024)
    errors = np.array([0.4, 0.5, 0.3, 0.6, 0.4])
    line = 9 - 6 * relative_ranks(POPULATIONS)
    found = [inequality(line + rng.normal(0, errors), POPULATIONS, errors) for _ in range(4_000)]
    slopes = np.array([each.slope for each in found])
    half = (found[0].slope_upper - found[0].slope_lower) / 2
    assert slopes.mean() == pytest.approx(6, abs=0.05)
    assert slopes.std() == pytest.approx(half / 1.959964, rel=0.04)
    covered = np.mean([each.slope_lower <= 6 <= each.slope_upper for each in found])
    # Monte-Carlo error 0.0034.
    assert covered == pytest.approx(0.95, abs=0.011)
    assert np.mean([each.ratio_lower <= 3 <= each.ratio_upper for each in found]) == pytest.approx(
        0.95, abs=0.015
    )
    first = found[0]
    assert first.p == pytest.approx(2 * norm.sf(first.slope / (half / 1.959964)), rel=1e-4)


def test_no_gap_a_line_and_what_cannot_be() -> None:
    level = inequality([5, 5, 5], [10, 20, 30])
    assert (level.slope, level.ratio, level.p) == (
        pytest.approx(0),
        pytest.approx(1),
        pytest.approx(1, abs=1),
    )
    # The fitted end is below nought: a ratio to it means nothing.
    below = inequality([9, 4, 0], [10, 10, 10])
    assert np.isnan([below.ratio, below.ratio_lower, below.ratio_upper]).all()
    assert below.slope > 0
    assert np.isnan(inequality([9, np.nan, 0], [10, 10, 10]).slope)
    assert np.isnan(inequality([9, 5, 0], [10, 10, 10], [1, np.nan, 1]).slope)
    for values, populations in (([1, 2], [1, 1]), ([1, 2, 3], [1, 1])):
        with pytest.raises(ValueError, match="not three or more groups"):
            inequality(values, populations)
    with pytest.raises(ValueError, match="row 2: standard error is not above zero"):
        inequality([1, 2, 3], [1, 1, 1], [1, 1, 0])


groups = st.lists(
    st.tuples(st.floats(1, 100), st.integers(1, 10_000), st.floats(0.1, 5)), min_size=3, max_size=10
)


@given(groups)
def test_turning_the_ranking_round_turns_the_gap_round(rows: list[tuple[float, int, float]]) -> None:
    values, populations, errors = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    there = inequality(values, populations, errors)
    back = inequality(values[::-1], populations[::-1], errors[::-1])
    assert there.slope == pytest.approx(-back.slope, rel=1e-6, abs=1e-6)
    assert there.slope_lower == pytest.approx(-back.slope_upper, rel=1e-6, abs=1e-6)
    wide = inequality(values, populations, errors, 0.998)
    assert wide.slope_lower <= there.slope_lower <= there.slope <= there.slope_upper <= wide.slope_upper
