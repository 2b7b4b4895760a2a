"""Crude and standardised rates: worked by hand, against exact limits, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method

from send_jsna.statistics.intervals import byar
from send_jsna.statistics.rates import (
    crude_rate,
    directly_standardised_rate,
    expected_events,
    indirectly_standardised_ratio,
)
from send_jsna.statistics.standard_population import BANDS, EUROPEAN_2013, standard_weights

METHODS = (
    Method(
        id="crude-rate",
        section="Rates and ratios",
        title="Crude rate",
        what="Events divided by population, with Byar’s limits of the count divided likewise.",
        when="rates of events, such as suspensions per hundred pupils.",
        sources=["N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research II (IARC, 1987)."],
        functions=[crude_rate],
        examples=[
            Example(
                "synthetic; limits of the counts as above, divided by the population",
                {"count": [0, 5, 100], "population": [1_000, 1_000, 10_000]},
                "crude_rate(count, population, per=1_000)",
                {"rate": [0.0, 5.0, 10.0], "lower": [0.0, 1.62, 8.14], "upper": [3.69, 11.67, 12.16]},
                2,
            )
        ],
    ),
    Method(
        id="directly-standardised-rate",
        section="Rates and ratios",
        title="Directly standardised rate",
        what="The rate that the European Standard Population of 2013 would have with the area’s rates at each"
        " age; its limits are Byar’s of all events, carried over in proportion to the standard errors.",
        when="comparing events in areas whose ages differ.",
        sources=[
            "A. J. Dobson, K. Kuulasmaa, E. Eberle and J. Scherer, Statistics in Medicine 10 (1991) 457–462.",
            "Eurostat, Revision of the European Standard Population (2013).",
        ],
        functions=[directly_standardised_rate, standard_weights],
        examples=[
            Example(
                "synthetic, ages 0 to 24 in five bands; worked by hand in the tests",
                {"counts": [5, 12, 20, 30, 8], "populations": [2_000, 2_500, 2_400, 2_200, 1_900]},
                "directly_standardised_rate(counts, populations, standard_weights(0, 24), per=1_000)",
                {"rate": 6.73, "lower": 5.28, "upper": 8.44},
                2,
            )
        ],
    ),
    Method(
        id="indirectly-standardised-ratio",
        section="Rates and ratios",
        title="Indirectly standardised ratio",
        what="Events observed for every hundred that would be expected if the area’s people had the reference"
        " population’s rates at each age; limits by Byar’s method.",
        when="small areas, where the rate of each age cannot be told.",
        sources=["N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research II (IARC, 1987)."],
        functions=[indirectly_standardised_ratio],
        examples=[
            Example(
                "synthetic; Byar’s limits of the observed count over the expected one",
                {"observed": [100, 9], "expected": [80.0, 12.0]},
                "indirectly_standardised_ratio(observed, expected)",
                {"ratio": [125.0, 75.0], "lower": [101.7, 34.3], "upper": [152.0, 142.4]},
                1,
            )
        ],
    ),
)

COUNTS = np.array([5.0, 12, 20, 30, 8])
POPULATIONS = np.array([2_000.0, 2_500, 2_400, 2_200, 1_900])


# -- the standard population ------------------------------------------------------------------------------


def test_the_standard_population_is_eurostats() -> None:
    """Eurostat (2013), in thousands; its two bands below five, and its two from ninety on, are one."""
    thousands = [5, 5.5, 5.5, 5.5, 6, 6, 6.5, 7, 7, 7, 7, 6.5, 6, 5.5, 5, 4, 2.5, 1.5, 1]
    assert list(EUROPEAN_2013) == [1_000 * value for value in thousands]
    assert sum(EUROPEAN_2013) == 100_000
    assert list(BANDS) == list(range(0, 91, 5))


def test_a_part_of_the_standard_population_has_whole_bands() -> None:
    assert standard_weights(0, 24).tolist() == [5_000, 5_500, 5_500, 5_500, 6_000]
    assert standard_weights(85).tolist() == [1_500, 1_000]
    assert standard_weights().sum() == 100_000
    with pytest.raises(ValueError, match="age 25 is not the last of a band"):
        standard_weights(0, 25)
    with pytest.raises(ValueError, match="age 3 is not the first of a band"):
        standard_weights(3, 24)
    with pytest.raises(ValueError, match="age 94 is not the last of a band"):
        standard_weights(0, 94)
    with pytest.raises(ValueError, match="ages 20 to 9 contain no band"):
        standard_weights(20, 9)


# -- direct standardisation -------------------------------------------------------------------------------


def test_the_directly_standardised_rate_by_hand() -> None:
    """Worked in plain Python, by the formulas of the paper; no published example."""
    weights = [5_000, 5_500, 5_500, 5_500, 6_000]
    whole = sum(weights)
    rate = sum(w * x / n for w, x, n in zip(weights, COUNTS, POPULATIONS, strict=True)) / whole
    variance = (
        sum(w * w * x / (n * n) for w, x, n in zip(weights, COUNTS, POPULATIONS, strict=True)) / whole**2
    )
    low, high = (float(limit) for limit in byar(75))
    scale = (variance / 75) ** 0.5
    found = directly_standardised_rate(COUNTS, POPULATIONS, standard_weights(0, 24), per=1)
    assert float(found.value) == pytest.approx(rate)
    assert float(found.lower) == pytest.approx(rate + scale * (low - 75))
    assert float(found.upper) == pytest.approx(rate + scale * (high - 75))


def test_an_area_with_the_standards_ages_has_its_crude_rate() -> None:
    standard = standard_weights()
    counts = np.arange(1.0, 20)
    found = directly_standardised_rate(counts, standard, standard)
    crude = crude_rate(counts.sum(), standard.sum())
    assert float(found.value) == pytest.approx(float(crude.value))
    assert float(found.lower) == pytest.approx(float(crude.lower))
    assert float(found.upper) == pytest.approx(float(crude.upper))


def test_several_areas_at_once_a_missing_band_and_no_events() -> None:
    counts = np.array([COUNTS, COUNTS, np.zeros(5)])
    counts[1, 2] = np.nan
    found = directly_standardised_rate(counts, POPULATIONS, standard_weights(0, 24))
    assert np.isnan(found.value).tolist() == [False, True, False]
    assert np.isnan(found.upper).tolist() == [False, True, False]
    assert found.value[2] == found.lower[2] == 0
    weight = standard_weights(0, 24) / standard_weights(0, 24).sum() / POPULATIONS
    assert found.upper[2] == pytest.approx(100_000 * weight.max() * 3.6889, rel=1e-4)


def test_standardisation_refuses_what_cannot_be() -> None:
    with pytest.raises(ValueError, match=r"row 0, column 1: population is zero \(0\)"):
        directly_standardised_rate([[1, 2]], [[10, 0]], [1, 1])
    with pytest.raises(ValueError, match="do not fit"):
        directly_standardised_rate([1, 2], [10, 10], [1, 1, 1])
    with pytest.raises(ValueError, match="row 1: standard population is negative or missing"):
        directly_standardised_rate([1, 2], [10, 10], [1, -1])
    with pytest.raises(ValueError, match="adds up to nothing"):
        directly_standardised_rate([1, 2], [10, 10], [0, 0])


def test_the_standardised_rates_coverage_is_nominal_or_a_little_more() -> None:
    rng = np.random.default_rng(2024)
    truth = np.array([0.002, 0.004, 0.008, 0.012, 0.004])
    standard = standard_weights(0, 24)
    found = directly_standardised_rate(
        rng.poisson(truth * POPULATIONS, (20_000, 5)), POPULATIONS, standard, per=1
    )
    rate = (truth * standard).sum() / standard.sum()
    covered = ((found.lower <= rate) & (rate <= found.upper)).mean()
    # Monte-Carlo error 0.0015; limits of counts lie a little outside, as counts are whole numbers.
    assert 0.95 - 3 * 0.0015 <= covered <= 0.97


# -- indirect standardisation -----------------------------------------------------------------------------


def test_the_ratio_to_what_is_expected() -> None:
    expected = expected_events([[2_000, 3_000], [1_000, np.nan]], [0.01, 0.02])
    assert expected[0] == pytest.approx(80)
    assert np.isnan(expected[1])
    ratio = indirectly_standardised_ratio([100, 100], expected)
    assert ratio.value[0] == pytest.approx(125)
    assert ratio.upper[0] == pytest.approx(121.6257 / 0.8, rel=1e-4)
    assert np.isnan(ratio.lower[1])
    assert ratio.lower[0] == pytest.approx(101.706, rel=1e-4)


def test_the_reference_population_itself_has_a_ratio_of_a_hundred() -> None:
    assert float(indirectly_standardised_ratio(50, expected_events([1_000], [0.05])).value) == pytest.approx(
        100
    )


@pytest.mark.parametrize("expected", [0, -1])
def test_nothing_expected_has_no_ratio(expected: float) -> None:
    with pytest.raises(ValueError, match="row 1: expected count is not above zero"):
        indirectly_standardised_ratio([1, 2], [10, expected])


# -- crude rates and properties ---------------------------------------------------------------------------


def test_crude_rates_refuse_by_row_and_keep_missing_values() -> None:
    found = crude_rate([1, np.nan], [10, 10], per=100)
    assert found.value[0] == pytest.approx(10)
    assert np.isnan([part[1] for part in found]).all()
    assert crude_rate([], []).value.shape == (0,)
    with pytest.raises(ValueError, match=r"row 1: population is zero \(0\)"):
        crude_rate([1, 1], [5, 0])
    # A pupil may be suspended several times.
    assert float(crude_rate(30, 10, per=1).value) == 3


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 10**6)), min_size=2, max_size=19))
def test_limits_hold_the_rate_and_grow_with_confidence(bands: list[tuple[int, int]]) -> None:
    counts, populations = zip(*bands, strict=True)
    standard = EUROPEAN_2013[: len(bands)]
    near = directly_standardised_rate(counts, populations, standard)
    wide = directly_standardised_rate(counts, populations, standard, confidence=0.998)
    assert 0 <= wide.lower <= near.lower <= near.value <= near.upper <= wide.upper
