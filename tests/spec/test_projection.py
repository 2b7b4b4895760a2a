"""Expected without the pandemic: against statsmodels' prediction intervals, and by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from methods import Example, Method

from send_jsna.statistics.projection import expected_without

YEARS = list(range(2015, 2024))
#: Synthetic.
PUPILS = [400, 415, 441, 452, 478, 490, 430, 455, 530]

METHODS = (
    Method(
        id="expected-without",
        section="Projections and forecasts",
        title="Expected without the pandemic",
        what="A straight line on the log scale (log-odds for percentages) through the years before March 2020"
        " is carried on, with its prediction interval. What was observed less what it leads to is the excess"
        " or shortfall. The interval cannot tell a trend that would have bent anyway.",
        when="how far figures since 2020 lie from where the earlier trend was leading.",
        sources=["N. R. Draper and H. Smith, Applied Regression Analysis, third edition (Wiley, 1998)."],
        functions=[expected_without],
        examples=[
            Example(
                "synthetic numbers of pupils, with the trend up to 2020 carried on from 2021",
                {"year": YEARS, "pupils": PUPILS},
                "expected_without(year, pupils, 2021)",
                {
                    "expected": [515.0, 536.9, 559.9],
                    "lower": [496.6, 515.6, 535.1],
                    "upper": [534.0, 559.2, 585.8],
                    "difference": [-85.0, -81.9, -29.9],
                },
                1,
            )
        ],
    ),
)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_limits_are_statsmodels_prediction_limits(confidence: float) -> None:
    found = expected_without(YEARS, PUPILS, 2021, confidence=confidence)
    line = sm.OLS(np.log(PUPILS[:6]), sm.add_constant(np.asarray(YEARS[:6], float))).fit()
    later = sm.add_constant(np.asarray(YEARS[6:], float))
    frame = line.get_prediction(later).summary_frame(alpha=1 - confidence)
    np.testing.assert_allclose(found.expected, np.exp(frame["mean"]), rtol=1e-8)
    np.testing.assert_allclose(found.lower, np.exp(frame["obs_ci_lower"]), rtol=1e-8)
    np.testing.assert_allclose(found.upper, np.exp(frame["obs_ci_upper"]), rtol=1e-8)
    np.testing.assert_allclose(found.difference, np.asarray(PUPILS[6:]) - found.expected)
    np.testing.assert_allclose(found.difference_lower, np.asarray(PUPILS[6:]) - found.upper)
    np.testing.assert_allclose(found.difference_upper, np.asarray(PUPILS[6:]) - found.lower)
    assert found.growth == pytest.approx(line.params[1])
    assert (found.degrees, found.confidence) == (4, confidence)


def test_one_later_year_has_the_same_limits_in_sum() -> None:
    """The sum over one year comes from draws, its limits from Student's t: they agree within the draws."""
    found = expected_without(YEARS, PUPILS, 2021, until=2021)
    assert list(found.times) == [2021]
    assert found.total == pytest.approx(found.difference[0])
    width = found.difference_upper[0] - found.difference_lower[0]
    assert found.total_lower == pytest.approx(found.difference_lower[0], abs=0.04 * width)
    assert found.total_upper == pytest.approx(found.difference_upper[0], abs=0.04 * width)


def test_limits_of_the_sum_hold_the_sum_as_often_as_they_say() -> None:
    """400 synthetic series of one straight trend: within four standard errors of 80 %."""
    draw = np.random.default_rng(7)
    years = np.arange(2012, 2023)
    inside = 0
    for _ in range(400):
        values = np.exp(6 + 0.05 * np.arange(11) + draw.normal(0, 0.05, 11))
        found = expected_without(years, values, 2020, confidence=0.8)
        inside += found.total_lower <= 0 <= found.total_upper
    assert inside / 400 == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 400))


def test_a_perfect_trend_is_carried_on_exactly() -> None:
    values = 100 * 1.1 ** np.arange(8)
    found = expected_without(np.arange(2016, 2024), values, 2021)
    np.testing.assert_allclose(found.expected, values[5:])
    assert found.total == pytest.approx(0.0, abs=1e-9)
    assert found.growth == pytest.approx(np.log(1.1))


@pytest.mark.parametrize(
    ("factor", "outcome"), [(2.0, "excess"), (0.5, "shortfall"), (1.0, "no clear difference")]
)
def test_outcome_in_words(factor: float, outcome: str) -> None:
    values = [400, 415, 441, 452, 478, 490, *(factor * np.array([510, 530, 552]))]
    assert expected_without(YEARS, values, 2021).outcome == outcome


def test_ten_times_the_counts_are_ten_times_the_result() -> None:
    one = expected_without(YEARS, PUPILS, 2021)
    ten = expected_without(YEARS, 10 * np.asarray(PUPILS), 2021)
    for name in ("expected", "lower", "upper", "difference", "total", "total_lower", "total_upper"):
        np.testing.assert_allclose(getattr(ten, name), 10 * np.asarray(getattr(one, name)), rtol=1e-9)


def test_percentages_are_carried_on_in_log_odds() -> None:
    values = np.array([90.0, 92.0, 93.5, 95.0, 96.0, 97.0, 97.5])
    found = expected_without(np.arange(2015, 2022), values, 2020, transform="logit")
    odds = np.log(values[:5] / (100 - values[:5]))
    slope, intercept = np.polyfit(np.arange(5), odds, 1)
    np.testing.assert_allclose(found.expected, 100 / (1 + np.exp(-(intercept + slope * np.array([5, 6])))))
    assert np.all(found.upper < 100)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cut": 2018}, "3 points before 2018 are too few: 4 are needed"),
        ({"cut": 2024}, "no point from 2024 on"),
        ({"until": 2020}, "no point from 2021 on"),
        ({"values": [*PUPILS[:3], np.nan, *PUPILS[4:]]}, "row 3: the value is missing"),
        ({"values": [*PUPILS[:3], 0, *PUPILS[4:]]}, "row 3: 0 is not above zero"),
        ({"times": [*YEARS[:-1], 2024]}, "row 8: the time 2024 does not follow 2022 evenly"),
        ({"times": [2015, 2015, *YEARS[2:]]}, "row 1: the time 2015"),
        ({"times": YEARS[:-1]}, "do not fit 9 values"),
        ({"confidence": 95}, "confidence 95"),
    ],
)
def test_what_cannot_be_projected_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expected_without(**{"times": YEARS, "values": PUPILS, "cut": 2021, **changes})
