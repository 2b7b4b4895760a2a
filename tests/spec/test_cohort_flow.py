"""Plans carried forward by age, or as a stock with entries and exits: tables worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from methods import Example, Method

from send_jsna.statistics.cohort_flow import PULL, cohort_flow, exit_rates, stock_flow

#: Plans at three ages in three years. Synthetic. Into the second age go (15 + 24) of (10 + 20), a ratio of
#: 1.3; into the third (10 + 9) of (20 + 15), a ratio of 19/35.
STOCK = [[10.0, 20.0, 30.0], [20.0, 15.0, 10.0], [40.0, 24.0, 9.0]]


METHODS = (
    Method(
        id="cohort-flow",
        section="Projections and forecasts",
        title="Plans carried forward by age",
        what="The plans at one age divided by those a year younger the year before take in entries, exits and"
        " moves at once. With these ratios the children who hold a plan today are carried forward; an age"
        " with few plans leans on a larger area.",
        when="the ages at which plans will be held, beside the forecast.",
        sources=["C. H. Hamilton and J. Perry, Social Forces 41 (1962) 163–170."],
        functions=[cohort_flow],
        examples=[
            Example(
                "synthetic plans at ages 5, 6 and 7 in three years; the next two years in total",
                {"first": [10, 20, 30], "second": [20, 15, 10], "third": [40, 24, 9]},
                "cohort_flow([first, second, third], 2)",
                {"total": [105.0286, 120.2286], "entry": [40, 40]},
            )
        ],
    ),
    Method(
        id="stock-and-flow",
        section="Projections and forecasts",
        title="Caseload with entries and exits",
        what="Next January's plans are this January's, less those that cease, and the year's new plans. The"
        " share that ceases is the mean of the last three years.",
        when="one of the forecasts that are combined for EHC plans in force.",
        sources=[
            "N. Keyfitz and H. Caswell, Applied Mathematical Demography, third edition (Springer, 2005)."
        ],
        functions=[stock_flow],
        examples=[
            Example(
                "synthetic: a tenth of the plans ceased each year; 200 new plans a year are to come",
                {"plans": [1000, 1100, 1190, 1271]},
                "stock_flow([plans], [[200, 200, 200]], [[200, 200]])",
                {"plans_ahead": [1343.9, 1409.5]},
                1,
            )
        ],
    ),
)


# -- by age -----------------------------------------------------------------------------------------------


def test_the_table_worked_by_hand() -> None:
    found = cohort_flow(STOCK, 2)
    into_third = 19 / 35
    np.testing.assert_allclose(found.ratios, [np.nan, 1.3, into_third])
    np.testing.assert_allclose(found.by_age, [[40, 52, 24 * into_third], [40, 52, 52 * into_third]])
    np.testing.assert_allclose(found.total, found.by_age.sum(axis=1))


def test_entries_go_with_the_children_at_the_youngest_age() -> None:
    found = cohort_flow(STOCK, 2, population_youngest=[100.0, 90.0, 110.0])
    np.testing.assert_allclose(found.entry, [36, 44])
    np.testing.assert_allclose(found.by_age[1], [44, 36 * 1.3, 52 * 19 / 35])


def test_a_comparators_ratio_counts_as_twenty_plans() -> None:
    england = 1000 * np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 0.5]])
    found = cohort_flow(STOCK, 1, comparator=england)
    np.testing.assert_allclose(
        found.ratios[1:], [(39 + PULL * 2) / (30 + PULL), (19 + PULL / 2) / (35 + PULL)]
    )


def test_an_age_without_plans_takes_the_comparators_ratio() -> None:
    england = [[100.0, 100.0], [100.0, 120.0]]
    assert cohort_flow([[0.0, 0.0], [5.0, 0.0]], 1, comparator=england).total[0] == pytest.approx(5 + 6)


def test_a_comparator_without_plans_at_an_age_says_nothing_of_it() -> None:
    england = [[0.0, 100.0, 100.0], [0.0, 100.0, 100.0]]
    assert cohort_flow(STOCK, 1, comparator=england).ratios[1] == pytest.approx(1.3)


def test_a_caseload_that_stands_still_goes_on() -> None:
    found = cohort_flow([[30.0, 20.0, 10.0]] * 4, 5)
    np.testing.assert_allclose(found.by_age, [[30, 20, 10]] * 5)


def test_ten_times_the_plans_are_ten_times_the_forecast() -> None:
    np.testing.assert_allclose(
        cohort_flow(10 * np.asarray(STOCK), 3).by_age, 10 * cohort_flow(STOCK, 3).by_age
    )


@pytest.mark.parametrize(
    ("stock", "options", "message"),
    [
        ([[1.0, 2.0]], {}, "two years and two ages"),
        ([[1.0], [2.0]], {}, "two years and two ages"),
        ([[1.0, 2.0], [np.nan, 2.0]], {}, "year 1, age 0: plans of nan"),
        ([[1.0, -2.0], [1.0, 2.0]], {}, "year 0, age 1: plans of -2"),
        ([[0.0, 2.0], [1.0, 2.0]], {}, "age 1: no plans were held a year younger"),
        (STOCK, {"horizon": 0}, "horizon of 0 years"),
        (STOCK, {"population_youngest": [1.0, 2.0]}, "not 6 numbers above zero"),
        (STOCK, {"comparator": [[1.0, 2.0], [1.0, 2.0]]}, "comparator has 2 ages and the area 3"),
        (STOCK, {"comparator": [[1.0, 2.0, 3.0], [1.0, 2.0, -3.0]]}, "comparator's plans of -3"),
    ],
)
def test_what_cannot_be_carried_forward_is_refused(stock: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cohort_flow(stock, **options)


# -- stock and flow ---------------------------------------------------------------------------------------


def test_exit_rates_by_hand() -> None:
    """From 100 with 20 new to 110: 10 ceased, a tenth. From 110 with 33 new to 143: none."""
    np.testing.assert_allclose(exit_rates([100.0, 110.0, 143.0], [20.0, 33.0]), [[0.1, 0.0]])


def test_stock_and_flow_by_hand_takes_the_last_three_years() -> None:
    """Exits of 50 %, then 10, 10 and 40 %: a mean of 20 % over the last three."""
    stock = [1000.0]
    for rate in (0.5, 0.1, 0.1, 0.4):
        stock.append(stock[-1] * (1 - rate) + 100)
    found = stock_flow(stock, [100.0] * 4, [50.0, 0.0])
    first = stock[-1] * 0.8 + 50
    np.testing.assert_allclose(found, [[first, first * 0.8]])


def test_a_rate_is_drawn_half_way_to_the_typical_one() -> None:
    stock, entries = [[100.0, 100.0]] * 3, [[10.0], [20.0], [60.0]]
    np.testing.assert_allclose(stock_flow(stock, entries, [[0.0]] * 3)[:, 0], [85, 80, 60])
    np.testing.assert_allclose(stock_flow(stock[:1], entries[:1], [[0.0]], typical=0.3), [[80]])


def test_exit_rates_are_held_between_none_and_half() -> None:
    """Plans that rise by more than the entries, and plans that all but vanish."""
    assert stock_flow([100.0, 200.0], [10.0], [5.0])[0, 0] == pytest.approx(205)
    assert stock_flow([1000.0, 100.0], [0.0], [0.0])[0, 0] == pytest.approx(50)


def test_a_missing_number_makes_that_series_missing_alone() -> None:
    found = stock_flow([[100.0, 100.0], [100.0, np.nan]], [[10.0], [10.0]], [[10.0], [10.0]])
    np.testing.assert_allclose(found, [[100.0], [np.nan]])


def test_more_entries_give_more_plans() -> None:
    few, many = (stock_flow([100.0, 100.0], [10.0], [n, n, n]) for n in (10.0, 11.0))
    assert np.all(many > few)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"entries of shape \(1, 2\)"):
        stock_flow([100.0, 100.0], [10.0, 10.0], [10.0])
    with pytest.raises(ValueError, match="do not fit 1 series"):
        stock_flow([100.0, 100.0], [10.0], [[10.0], [10.0]])
