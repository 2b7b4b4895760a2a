"""Ranks, quantile groups and robust scores: by hand, against plain Python, and with ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method

from send_jsna.statistics.quantiles import quantile_group, rank, robust_z

METHODS = (
    Method(
        id="rank",
        section="Comparison with other areas",
        title="Place, and fifth of all areas",
        what="Areas that tie share the better place, and stand in one fifth: the one in which the middle of"
        " their places lies. Areas without a value are not counted.",
        when="where an area stands among all authorities.",
        sources=[
            "M. G. Kendall, “The treatment of ties in ranking problems”, Biometrika 33 (1945) 239–251.",
        ],
        functions=[rank, quantile_group],
        examples=[
            Example(
                "synthetic: ten values, two that tie",
                {"value": [12, 15, 15, 9, 20, 4, 7, 18, 11, 10]},
                "rank(value)",
                {"place": [5, 3, 3, 8, 1, 10, 9, 2, 6, 7]},
                0,
            ),
            Example(
                "the same values; 1 is the fifth with the lowest",
                {"value": [12, 15, 15, 9, 20, 4, 7, 18, 11, 10]},
                "quantile_group(value)",
                {"fifth": [3, 4, 4, 2, 5, 1, 1, 5, 3, 2]},
                0,
            ),
        ],
    ),
    Method(
        id="robust-z",
        section="Comparison with other areas",
        title="Robust score",
        what="Distance from the median in units of the median absolute deviation, scaled so that it is the"
        " standard deviation where values are normal. An outlier does not hide itself by widening the scale.",
        when="how unusual an area is among all authorities.",
        sources=[
            "P. J. Rousseeuw and C. Croux, J. of the American Statistical Association 88 (1993) 1273–1283."
        ],
        functions=[robust_z],
        examples=[
            Example(
                "synthetic: the deviations from the median of 3 are 2, 1, 0, 1 and 97",
                {"value": [1, 2, 3, 4, 100]},
                "robust_z(value)",
                {"score": [-1.349, -0.674, 0.0, 0.674, 65.426]},
                3,
            )
        ],
    ),
)

values_ = st.lists(st.floats(-1e6, 1e6) | st.integers(0, 5).map(float), min_size=1, max_size=60)


def test_places_of_ties_and_missing_values() -> None:
    assert rank([3, 1, np.nan, 3, 2]).tolist()[:2] == [1, 4]
    assert np.isnan(rank([3, 1, np.nan, 3, 2])[2])
    assert rank([3, 1, 3, 2], highest_first=False).tolist() == [3, 1, 3, 2]
    assert rank([]).shape == (0,)


def test_fifths_of_a_hundred_are_of_one_size() -> None:
    groups = quantile_group(np.random.default_rng(2024).permutation(100))
    assert [int((groups == group).sum()) for group in range(1, 6)] == [20] * 5
    assert quantile_group([1, 1, 1, 1]).tolist() == [3, 3, 3, 3]
    assert quantile_group([7]).tolist() == [3]
    assert sorted(quantile_group(range(20), 10).tolist()) == [group for group in range(1, 11) for _ in "ab"]
    with pytest.raises(ValueError, match="1 groups part nothing"):
        quantile_group([1, 2], 1)


def test_where_most_values_are_equal_there_is_no_robust_score() -> None:
    assert np.isnan(robust_z([2, 2, 2, 2, 9])).all()
    assert np.isnan(robust_z([1, np.nan, 3, 8])).tolist() == [False, True, False, False]


def test_robust_scores_of_normal_values_are_their_scores() -> None:
    rng = np.random.default_rng(2024)
    assert robust_z(rng.normal(50, 7, 100_000)).std() == pytest.approx(1, abs=0.02)


@given(values_)
def test_a_place_counts_what_is_better(values: list[float]) -> None:
    assert rank(values).tolist() == [1 + sum(other > value for other in values) for value in values]


@given(values_, st.integers(2, 10))
def test_groups_rise_with_the_value_and_are_even(values: list[float], groups: int) -> None:
    found = quantile_group(values, groups)
    assert found.min() >= 1
    assert found.max() <= groups
    assert (np.diff(found[np.argsort(values, kind="stable")]) >= 0).all()
    if len(set(values)) == len(values):
        sizes = [int((found == group).sum()) for group in range(1, groups + 1)]
        assert max(sizes) - min(sizes) <= 1


@given(st.lists(st.integers(-1000, 1000), min_size=3, max_size=30), st.integers(1, 9), st.integers(-50, 50))
def test_robust_scores_do_not_depend_on_the_unit(values: list[int], scale: int, shift: int) -> None:
    x = np.array(values, dtype=float)
    np.testing.assert_allclose(robust_z(scale * x + shift), robust_z(x), atol=1e-9)
