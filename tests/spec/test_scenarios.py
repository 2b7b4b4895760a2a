"""Scenarios of demand and the shortfall of places, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from methods import Example, Method

from send_jsna.statistics.capacity import scenarios, shortfall

#: Growth of 10 % in each of three years. Synthetic.
PUPILS = [900.0, 1000.0, 1100.0, 1210.0, 1331.0]

METHODS = (
    Method(
        id="scenarios",
        section="Projections and forecasts",
        title="Scenarios",
        what="Three assumptions, not forecasts: growth stops; growth slows, halved each year; the mean growth"
        " of the last three years continues.",
        when="what demand would be if growth stopped, slowed or continued.",
        sources=[
            "P. Schwartz, The Art of the Long View (Doubleday, 1991), for scenarios as assumptions stated."
        ],
        functions=[scenarios],
        examples=[
            Example(
                "synthetic pupils, growing by 10 % a year: the next three years if growth slows",
                {"pupils": PUPILS},
                "scenarios(pupils, 3)['slows']",
                {"slows": [1397.55, 1432.49, 1450.39]},
                2,
            ),
        ],
    ),
    Method(
        id="shortfall",
        section="Projections and forecasts",
        title="Shortfall of places",
        what="Demand less places in each year ahead, and the first year in which it is above zero.",
        when="the year in which special school places fall short under each scenario.",
        sources=["Definition; the chance of a shortfall is read from the fan of the forecast."],
        functions=[shortfall],
        examples=[
            Example(
                "synthetic places and demand: years ahead are counted from 0",
                {"places": [1400, 1400, 1450], "demand": [1380, 1400, 1490]},
                "shortfall(places, demand).short",
                {"short": [-20, 0, 40]},
                0,
            ),
            Example(
                "the same: the number of the first year that is short",
                {"places": [1400, 1400, 1450], "demand": [1380, 1400, 1490]},
                "shortfall(places, demand).index",
                {"year_ahead": 2},
                0,
            ),
        ],
    ),
)


def test_scenarios_by_hand() -> None:
    found = scenarios(PUPILS, 3)
    assert list(found) == ["stops", "slows", "continues"]
    np.testing.assert_allclose(found["stops"], [1331, 1331, 1331])
    np.testing.assert_allclose(found["slows"], 1331 * np.cumprod([1.05, 1.025, 1.0125]))
    np.testing.assert_allclose(found["continues"], [1331 * 1.1, 1331 * 1.21, 1331 * 1.331])


def test_growth_is_that_of_the_years_asked_for() -> None:
    found = scenarios([100.0, 100.0, 144.0], 1, years=2)
    np.testing.assert_allclose(found["continues"], [144 * 1.2])
    np.testing.assert_allclose(scenarios([100.0, 100.0, 144.0], 1, years=1)["continues"], [144 * 1.44])


def test_scenarios_keep_their_order_in_growth_and_in_decline() -> None:
    up, down = scenarios(PUPILS), scenarios(PUPILS[::-1])
    assert np.all((up["stops"] < up["slows"]) & (up["slows"] < up["continues"]))
    assert np.all((down["stops"] > down["slows"]) & (down["slows"] > down["continues"]))


def test_ten_times_the_counts_are_ten_times_the_scenarios() -> None:
    for name, path in scenarios(PUPILS).items():
        np.testing.assert_allclose(scenarios(10 * np.asarray(PUPILS))[name], 10 * path)


def test_shortfall_by_hand_under_each_scenario() -> None:
    found = {name: shortfall(1400, path) for name, path in scenarios(PUPILS, 3).items()}
    assert [found[name].index for name in ("stops", "slows", "continues")] == [None, 1, 0]
    np.testing.assert_allclose(found["continues"].short, [64.1, 210.51, 371.561])
    np.testing.assert_allclose(found["stops"].short, [-69] * 3)


def test_as_many_places_as_demand_are_enough() -> None:
    assert shortfall([100, 100], [100, 101]).index == 1


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (PUPILS[:3], {}, "growth over 3 years needs 4 points"),
        ([1.0, np.nan, 1.0, 1.0], {}, "row 1: nan is not above zero"),
        ([1.0, 1.0, 0.0, 1.0], {}, "row 2: 0 is not above zero"),
        (PUPILS, {"horizon": 0}, "at least 1"),
        (PUPILS, {"years": 0}, "at least 1"),
    ],
)
def test_scenarios_refuse_what_has_no_growth(values: Any, options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scenarios(values, **options)


@pytest.mark.parametrize(
    ("places", "demand", "message"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], "do not fit"),
        (-1.0, [1.0], "row 0: places of -1"),
        (1.0, [1.0, np.nan], "row 1: demand of nan"),
        (1.0, [1.0, np.inf], "row 1: demand of inf"),
    ],
)
def test_shortfall_refuses_what_are_no_numbers_of_people(places: Any, demand: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shortfall(places, demand)
