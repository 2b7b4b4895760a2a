"""The break test: against statsmodels' regressions and F test, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from methods import Example, Method
from statsmodels.stats.stattools import durbin_watson

from send_jsna.statistics.breaks import break_test

YEARS = list(range(2015, 2026))
#: Synthetic: about 4 % a year up to 2019, a step and about 10 % a year from 2020 on.
REQUESTS = [400, 425, 428, 460, 470, 512, 590, 620, 705, 750, 850]

METHODS = (
    Method(
        id="break-test",
        section="Change over time",
        title="Test for a break",
        what="A line on the log scale with its own level and slope on either side of a stated year is"
        " compared with one line throughout (Chow's F test); the step and the change of slope have their"
        " intervals. The year is stated beforehand: looking for the best one would make the p-value too"
        " small. Fewer than three points on a side are refused.",
        when="whether the rise since 2020 is a new level, a steeper path, or the old path carried on.",
        sources=[
            "G. C. Chow, Econometrica 28 (1960) 591–605.",
            "A. K. Wagner and others, Journal of Clinical Pharmacy and Therapeutics 27 (2002) 299–309.",
        ],
        functions=[break_test],
        examples=[
            Example(
                "synthetic requests; growth a year on the log scale before and from 2020",
                {"year": YEARS, "requests": REQUESTS},
                "break_test(year, requests, 2020)",
                {"before": 0.040, "after": 0.097, "statistic": 24.4, "p_value": 0.0007},
                {"before": 3, "after": 3, "statistic": 1, "p_value": 4},
            ),
            Example(
                "the same with two points from the break on: refused",
                {"year": YEARS, "requests": REQUESTS},
                "break_test(year, requests, 2024)",
                {"reason": "2 points from 2024 are too few: 3 are needed"},
            ),
        ],
    ),
)


@pytest.mark.parametrize("at", [2018, 2020, 2023])
def test_all_parts_are_those_of_statsmodels(at: int) -> None:
    found = break_test(YEARS, REQUESTS, at, confidence=0.9)
    since = np.asarray(YEARS, float) - at
    later = (since >= 0).astype(float)
    y = np.log(REQUESTS)
    whole = sm.OLS(y, np.column_stack([np.ones(11), since, later, since * later])).fit()
    plain = sm.OLS(y, np.column_stack([np.ones(11), since])).fit()
    statistic, p_value, _ = whole.compare_f_test(plain)
    assert found.statistic == pytest.approx(statistic, rel=1e-6)
    assert found.p_value == pytest.approx(p_value, rel=1e-6)
    assert found.degrees == (2, 7)
    assert found.before == pytest.approx(whole.params[1])
    assert found.after == pytest.approx(whole.params[1] + whole.params[3])
    for change, number in ((found.level, 2), (found.slope, 3)):
        assert change is not None
        limits = whole.conf_int(alpha=0.1)[number]
        np.testing.assert_allclose(
            [change.estimate, change.lower, change.upper, change.p_value],
            [whole.params[number], *limits, whole.pvalues[number]],
            rtol=1e-6,
        )
    assert found.durbin_watson == pytest.approx(durbin_watson(whole.resid))


def test_chows_test_is_two_regressions_against_one() -> None:
    """By its definition: residuals of either side by itself, and of both together."""

    def left(x: Any, y: Any) -> float:
        return float(np.polyfit(x, y, 1, full=True)[1][0])

    x, y = np.arange(11.0), np.log(REQUESTS)
    apart, together = left(x[:5], y[:5]) + left(x[5:], y[5:]), left(x, y)
    expected = ((together - apart) / 2) / (apart / 7)
    assert break_test(YEARS, REQUESTS, 2020).statistic == pytest.approx(expected)


def test_without_a_break_five_percent_are_called_one() -> None:
    """1,000 synthetic series of one straight trend: within four standard errors of 5 %."""
    draw = np.random.default_rng(3)
    values = np.exp(6 + 0.05 * np.arange(11) + draw.normal(0, 0.05, (1000, 11)))
    small = np.mean([float(break_test(YEARS, row, 2020).p_value or 0) < 0.05 for row in values])
    assert small == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 1000))


def test_the_size_of_the_counts_does_not_matter() -> None:
    one, ten = (break_test(YEARS, factor * np.asarray(REQUESTS), 2020) for factor in (1, 10))
    assert one.statistic == pytest.approx(ten.statistic)
    assert one.level is not None
    assert ten.level is not None
    assert one.level.estimate == pytest.approx(ten.level.estimate)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (2017, "2 points before 2017 are too few: 3 are needed"),
        (2024, "2 points from 2024 are too few: 3 are needed"),
        (2010, "0 points before 2010 are too few: 3 are needed"),
    ],
)
def test_too_few_points_on_a_side_give_a_reason_and_no_figure(at: int, reason: str) -> None:
    found = break_test(YEARS, REQUESTS, at)
    assert found.reason == reason
    assert (found.statistic, found.p_value, found.level, found.before) == (None,) * 4


def test_points_on_their_lines_give_a_reason() -> None:
    values = np.concatenate([100 * 1.05 ** np.arange(5), 140 * 1.1 ** np.arange(6)])
    assert "no scatter" in break_test(YEARS, values, 2020).reason


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": [np.nan, *REQUESTS[1:]]}, "row 0: the value is missing"),
        ({"values": [*REQUESTS[:-1], -5]}, "row 10: -5 is not above zero"),
        ({"times": [*YEARS[:-1], 2026]}, "row 10: the time 2026 does not follow 2024 evenly"),
        ({"confidence": 0}, "confidence 0"),
    ],
)
def test_what_is_no_series_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        break_test(**{"times": YEARS, "values": REQUESTS, "at": 2020, **changes})
