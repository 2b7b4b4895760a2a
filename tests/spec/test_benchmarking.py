"""An area against others: both rules, places, many tests at once, and circumstances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method
from scipy.stats import false_discovery_control

from send_jsna.statistics.adjustment import adjusted_comparison
from send_jsna.statistics.benchmarking import (
    adjusted_p,
    compare_proportions,
    position,
)
from send_jsna.statistics.differences import proportion_difference, proportions_test
from send_jsna.statistics.intervals import wilson

#: Synthetic: percentages of ten authorities and the share of their pupils eligible for free school meals.
SHARES = [4.9, 5.4, 4.1, 3.6, 4.4, 3.9, 5.1, 4.6, 3.4, 4.8]
MEALS = [22, 30, 21, 15, 24, 18, 28, 25, 14, 20]

METHODS = (
    Method(
        id="comparison",
        section="Comparison with other areas",
        title="One area against another",
        what="Two values are judged in both ways in use: by whether their intervals overlap, and by a test."
        " Those that are not told apart are called statistically similar. Overlap is the more cautious: in"
        " the first row the intervals meet, though the test tells the values apart. Where an area is part of"
        " the other, as of England, the test is against the rest of it.",
        when="an area against its region, England and each statistical neighbour.",
        sources=["N. Schenker and J. F. Gentleman, The American Statistician 55 (2001) 182–186."],
        functions=[compare_proportions],
        examples=[
            Example(
                "synthetic, by overlap",
                {
                    "numerator": [120, 150, 100],
                    "denominator": [1_000, 1_000, 1_000],
                    "other_numerator": [150, 100, 103],
                    "other_denominator": [1_000, 1_000, 1_000],
                },
                "compare_proportions(numerator, denominator, other_numerator, other_denominator).by_overlap",
                {"by_overlap": ["statistically similar", "above", "statistically similar"]},
            ),
            Example(
                "the same, by the test",
                {
                    "numerator": [120, 150, 100],
                    "denominator": [1_000, 1_000, 1_000],
                    "other_numerator": [150, 100, 103],
                    "other_denominator": [1_000, 1_000, 1_000],
                },
                "compare_proportions(numerator, denominator, other_numerator, other_denominator).by_test",
                {"by_test": ["below", "above", "statistically similar"]},
            ),
        ],
    ),
    Method(
        id="many-comparisons",
        section="Comparison with other areas",
        title="Many comparisons at once",
        what="Of twenty areas that differ by nothing, one is expected to fail a test at 5%. Holm’s p-values"
        " keep the chance of a single false difference at that level; those of Benjamini and Hochberg keep"
        " the expected share of false ones among those found.",
        when="an area against ten neighbours, or all authorities against England.",
        sources=[
            "S. Holm, Scandinavian Journal of Statistics 6 (1979) 65–70.",
            "Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289–300.",
        ],
        functions=[adjusted_p],
        examples=[
            Example(
                "synthetic: Holm; worked by hand in the tests",
                {"p": [0.01, 0.04, 0.03, 0.005]},
                "adjusted_p(p, 'holm')",
                {"adjusted": [0.03, 0.06, 0.06, 0.02]},
                3,
            ),
            Example(
                "the same p-values: Benjamini and Hochberg, as SciPy gives them",
                {"p": [0.01, 0.04, 0.03, 0.005]},
                "adjusted_p(p, 'benjamini-hochberg')",
                {"adjusted": [0.02, 0.04, 0.04, 0.02]},
                3,
            ),
        ],
    ),
    Method(
        id="adjusted-comparison",
        section="Comparison with other areas",
        title="High or low for its circumstances",
        what="The values of all other authorities are regressed on their circumstances, such as deprivation."
        " The area’s value is held against the interval in which a further area like the others would fall."
        " It describes authorities and is no effect on children; it may have causes that are not measured.",
        when="whether a rate is high for an area’s deprivation.",
        sources=[
            "R. D. Cook and S. Weisberg, Residuals and Influence in Regression (Chapman and Hall, 1982)."
        ],
        functions=[adjusted_comparison],
        examples=[
            Example(
                "synthetic percentages, and pupils eligible for free school meals; the first is the area",
                {"value": SHARES, "meals": MEALS},
                "adjusted_comparison(0, value, meals)",
                {
                    "expected": 4.40,
                    "lower_95": 3.73,
                    "upper_95": 5.08,
                    "studentised": 1.73,
                    "place": "within",
                },
                2,
            )
        ],
    ),
)


# -- comparisons ------------------------------------------------------------------------------------------


def test_a_comparison_puts_interval_difference_and_test_together() -> None:
    found = compare_proportions(120, 1_000, [150, 100], [1_000, 2_000])
    own, others = wilson(120, 1_000), wilson([150, 100], [1_000, 2_000])
    assert found.overlap.tolist() == [
        bool(own[1] >= others[0][0] and own[0] <= others[1][0]),
        bool(own[1] >= others[0][1] and own[0] <= others[1][1]),
    ]
    expected = proportion_difference(120, 1_000, [150, 100], [1_000, 2_000])
    assert found.difference.lower == pytest.approx(100 * expected.lower)
    assert found.p == pytest.approx(proportions_test(120, 1_000, [150, 100], [1_000, 2_000]).p)


def test_a_part_is_compared_with_the_rest_of_its_whole() -> None:
    found = compare_proportions(300, 5_000, 5_300, 105_000, part=True)
    rest = compare_proportions(300, 5_000, 5_000, 100_000)
    assert float(found.p) == pytest.approx(float(rest.p))
    assert float(found.difference.value) == pytest.approx(1.0)
    with pytest.raises(
        ValueError, match=r"row 1: the part has a greater numerator than its whole \(300, 200\)"
    ):
        compare_proportions(300, 5_000, [900, 200], 9_000, part=True)
    with pytest.raises(ValueError, match="the part has no smaller denominator"):
        compare_proportions(10, 50, 10, 50, part=True)


def test_what_is_missing_has_no_words() -> None:
    found = compare_proportions([10, np.nan], 100, [30, 30], 100)
    assert found.by_test.tolist() == found.by_overlap.tolist() == ["below", "not known"]
    assert compare_proportions([], [], [], []).by_test.shape == (0,)


def test_holms_correction_keeps_a_chance_difference_out_of_the_words() -> None:
    """A test of one neighbour at p of 0.04 tells a difference; as one of ten it does not."""
    found = compare_proportions(50, 1_000, [50] * 9 + [72], 1_000)
    assert float(found.p[9]) == pytest.approx(0.04, abs=0.005)
    assert found.by_test[9] == "below"
    assert set(found.by_adjusted_test("holm")) == {"statistically similar"}
    assert set(found.by_adjusted_test("benjamini-hochberg")) == {"statistically similar"}


# -- place ------------------------------------------------------------------------------------------------


def test_the_place_of_an_area_among_all() -> None:
    found = position([12, 15, 15, 9, 20, np.nan, 4, 7, 18, 11, 10], 2)
    assert (found.rank, found.of, found.tied, found.quintile) == (3, 10, 2, 4)
    assert found.robust_z == pytest.approx((15 - 11.5) / (1.482602218505602 * 3.5))
    with pytest.raises(ValueError, match="row 1: the area has no value among 2"):
        position([1, np.nan], 1)
    with pytest.raises(ValueError, match="row 2"):
        position([1, 2], 2)


# -- many tests -------------------------------------------------------------------------------------------


def test_corrections_by_hand() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert adjusted_p(p, "bonferroni").tolist() == pytest.approx([0.04, 0.16, 0.12, 0.02])
    # 4 x 0.005, 3 x 0.01, 2 x 0.03, and never less than the one before.
    assert adjusted_p(p, "holm").tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjusted_p(p, "none").tolist() == p
    assert adjusted_p([0.6, np.nan, 0.7], "bonferroni")[[0, 2]].tolist() == [1, 1]
    assert np.isnan(adjusted_p([0.01, np.nan])[1])
    assert adjusted_p([0.01, np.nan])[0] == 0.01
    assert adjusted_p([]).shape == (0,)
    with pytest.raises(ValueError, match=r"row 1: p is not between 0 and 1 \(1\.5\)"):
        adjusted_p([0.5, 1.5])
    with pytest.raises(ValueError, match="no correction 'sidak'"):
        adjusted_p([0.5], "sidak")  # type: ignore[arg-type]


p_values = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(p_values)
def test_benjamini_and_hochberg_as_scipy_has_it(p: list[float]) -> None:
    np.testing.assert_allclose(adjusted_p(p, "benjamini-hochberg"), false_discovery_control(p), rtol=1e-12)


@given(p_values)
def test_holm_rejects_what_its_steps_reject(p: list[float]) -> None:
    """The step-down procedure as Holm wrote it, in plain Python."""
    order, rejected = sorted(range(len(p)), key=lambda row: p[row]), set()
    for place, row in enumerate(order):
        if p[row] * (len(p) - place) >= 0.05:
            break
        rejected.add(row)
    assert set(np.flatnonzero(adjusted_p(p, "holm") < 0.05)) == rejected
    assert (adjusted_p(p, "holm") <= adjusted_p(p, "bonferroni") + 1e-15).all()
    assert (adjusted_p(p, "benjamini-hochberg") <= adjusted_p(p, "holm") + 1e-15).all()


def test_the_corrections_keep_what_they_promise() -> None:
    """2,000 families of 10 true and 10 false hypotheses; Monte-Carlo error 0.005."""
    rng = np.random.default_rng(2024)
    from scipy.stats import norm

    z = rng.normal(0, 1, (2_000, 20))
    z[:, 10:] += 3
    families = 2 * norm.sf(np.abs(z))
    any_false = np.mean([(adjusted_p(p, "holm")[:10] < 0.05).any() for p in families])
    found = [adjusted_p(p, "benjamini-hochberg") < 0.05 for p in families]
    share = np.mean([row[:10].sum() / max(row.sum(), 1) for row in found])
    assert any_false <= 0.05 + 0.015
    # Exactly half of the level, since half of the hypotheses are true.
    assert share == pytest.approx(0.025, abs=0.006)


# -- circumstances ----------------------------------------------------------------------------------------


def test_the_residual_is_the_t_statistic_of_a_column_for_the_area_alone() -> None:
    """Another way to the same: a fit of all areas, in which a column for the area alone has its residual."""
    x = np.column_stack([np.ones(10), MEALS, np.arange(10) == 0])
    y = np.array(SHARES)
    coefficients, squares, *_ = np.linalg.lstsq(x, y, rcond=None)
    error = np.sqrt(squares[0] / (10 - 3) * np.linalg.inv(x.T @ x)[2, 2])
    found = adjusted_comparison(0, SHARES, MEALS)
    assert found.residual == pytest.approx(coefficients[2])
    assert found.studentised == pytest.approx(coefficients[2] / error)
    assert (found.upper_95 - found.lower_95) / 2 == pytest.approx(2.364624 * error, rel=1e-6)
    assert found.coefficients == pytest.approx(coefficients[:2])
    assert (found.areas, found.place) == (9, "within")


def test_weights_are_repetitions_of_precision() -> None:
    """Multiplying every weight changes nothing; a weight next to nothing takes an area out."""
    weights = np.array([5, 1, 2, 3, 4, 5, 1, 2, 3, 4.0])
    one, other = (adjusted_comparison(0, SHARES, MEALS, scale * weights) for scale in (1, 1_000))
    assert one.studentised == pytest.approx(other.studentised)
    weights[9] = 1e-12
    without = adjusted_comparison(0, SHARES[:9], MEALS[:9], weights[:9])
    assert adjusted_comparison(0, SHARES, MEALS, weights).expected == pytest.approx(without.expected)
    heavy = adjusted_comparison(0, SHARES, MEALS, [100, *[1] * 9])
    light = adjusted_comparison(0, SHARES, MEALS, [1] * 10)
    assert heavy.expected == pytest.approx(light.expected)
    assert heavy.upper_95 < light.upper_95


def test_a_further_area_falls_within_as_often_as_the_interval_says() -> None:
    rng = np.random.default_rng(2024)
    within = {"within": 0, "95": 0, "998": 0}
    for _ in range(4_000):
        x = rng.normal(0, 1, (30, 2))
        found = adjusted_comparison(0, 3 + x @ [1.0, -0.5] + rng.normal(0, 1, 30), x)
        within["95"] += found.lower_95 <= found.value <= found.upper_95
        within["998"] += found.lower_998 <= found.value <= found.upper_998
        within["within"] += found.place == "within"
    assert within["95"] / 4_000 == pytest.approx(0.95, abs=0.011)
    assert within["998"] / 4_000 == pytest.approx(0.998, abs=0.003)
    assert within["within"] == within["95"]


def test_places_beyond_the_limits() -> None:
    expected = adjusted_comparison(0, SHARES, MEALS)
    half, wide = expected.upper_95 - expected.expected, expected.upper_998 - expected.expected
    for distance, place in (
        (1.01 * half, "above 95%"),
        (-1.01 * half, "below 95%"),
        (1.01 * wide, "above 99.8%"),
        (-1.01 * wide, "below 99.8%"),
    ):
        moved = adjusted_comparison(0, [expected.expected + distance, *SHARES[1:]], MEALS)
        assert moved.place == place
        # The area has no part in what is expected of it.
        assert moved.expected == pytest.approx(expected.expected)
        assert (moved.p < 0.002) == ("99.8" in place)


def test_areas_with_gaps_are_left_out_and_what_cannot_be_fitted_is_refused() -> None:
    gaps = adjusted_comparison(0, [*SHARES, np.nan, 9], [*MEALS, 20, np.nan])
    assert gaps == adjusted_comparison(0, SHARES, MEALS)
    for match, arguments in (
        ("row 1: the area lacks a value", (1, [1, np.nan, 2], [1, 2, 3])),
        ("2 other areas are too few for 1 covariates", (0, [1, 2, 3], [1, 2, 4])),
        ("follows from the others", (0, SHARES, np.column_stack([MEALS, 2 * np.array(MEALS)]))),
        ("is the same everywhere", (0, SHARES, [7] * 10)),
        ("row 3: weight is not above zero", (0, SHARES, MEALS, [1, 1, 1, 0, 1, 1, 1, 1, 1, 1])),
        ("are not one set", (0, SHARES, MEALS[:9])),
    ):
        with pytest.raises(ValueError, match=match):
            adjusted_comparison(*arguments)


# -- properties -------------------------------------------------------------------------------------------

pairs = st.integers(2, 10**5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(pairs, pairs)
def test_intervals_apart_are_apart_by_the_test_too(one: tuple[int, int], other: tuple[int, int]) -> None:
    """Not a theorem for tiny groups, so it is asked of those with ten expected on either side."""
    pooled = (one[0] + other[0]) / (one[1] + other[1])
    found = compare_proportions(*one, *other)
    if (
        min(one[1], other[1]) * min(pooled, 1 - pooled) >= 10
        and str(found.by_overlap) != "statistically similar"
    ):
        assert str(found.by_test) == str(found.by_overlap)
    back = compare_proportions(*other, *one)
    opposite = {"above": "below", "below": "above"}
    assert str(back.by_test) == opposite.get(str(found.by_test), str(found.by_test))
