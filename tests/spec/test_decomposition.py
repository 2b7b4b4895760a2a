"""Decompositions: exact, the same both ways round, and tables worked by hand."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import Example, Method

from send_jsna.statistics.decomposition import decompose, decompose_by_age, decompose_stock, log_mean

METHODS = (
    Method(
        id="decomposition-stock",
        section="Change over time",
        title="Why a caseload changed: children, entry, duration",
        what="The change of the plans in force is divided, without a rest, among more children, more new"
        " plans per child, and more plans in force per new plan. The last is how long plans last only"
        " where the caseload stands in balance; while entries rise it runs below.",
        when="whether a rise comes of more children, a higher rate or longer plans.",
        sources=["B. W. Ang, Energy Policy 32 (2004) 1131–1139."],
        functions=[decompose_stock],
        examples=[
            Example(
                "synthetic: twice the new plans for as many children, held as long: all of it is entry",
                {"population": [80_000, 80_000], "entries": [200, 400], "stock": [2_000, 4_000]},
                "tuple(decompose_stock(population, entries, stock).parts.values())",
                {"children": 0, "entry_rate": 2_000, "duration": 0},
                0,
            ),
        ],
    ),
    Method(
        id="decomposition-age",
        section="Change over time",
        title="Why a caseload changed: children, ages, rates",
        what="The change of the plans is divided, without a rest, among the number of children, their ages,"
        " and the share with a plan at each age. Each part is the mean over all orders in which the three"
        " might have changed.",
        when="whether a rise comes of more children, older children or higher rates.",
        sources=[
            "P. Das Gupta, Standardization and Decomposition of Rates, Bureau of the Census, P23-186 (1993)."
        ],
        functions=[decompose_by_age],
        examples=[
            Example(
                "synthetic: children of two ages, with rates of 2 % and 6 % before and 3 % and 7 % after",
                {
                    "population_before": [1000, 1000],
                    "population_after": [1000, 2000],
                    "plans_before": [20, 60],
                    "plans_after": [30, 140],
                },
                "tuple(decompose_by_age((population_before, population_after), (plans_before, plans_after))"
                ".parts.values())",
                {"children": 48.3, "age_mix": 16.7, "rate": 25.0},
                1,
            ),
        ],
    ),
)


# -- products ---------------------------------------------------------------------------------------------

factors = st.lists(st.floats(1e-3, 1e6), min_size=3, max_size=3)


@given(factors, factors)
def test_the_parts_add_up_and_turn_round(first: list[float], second: list[float]) -> None:
    names = ("a", "b", "c")
    before, after = dict(zip(names, first, strict=True)), dict(zip(names, second, strict=True))
    found, back = decompose(before, after), decompose(after, before)
    size = float(max(np.prod(first), np.prod(second)))
    assert found.change == pytest.approx(np.prod(second) - np.prod(first), abs=1e-9 * size)
    assert sum(found.parts.values()) == pytest.approx(found.change, abs=1e-9 * size)
    for name in names:
        assert back.parts[name] == pytest.approx(-found.parts[name], abs=1e-9 * size)
        # A part has the sign of its factor's change.
        assert found.parts[name] * (after[name] - before[name]) >= 0


def test_a_product_by_hand_over_two_groups() -> None:
    """2 × 3 → 4 × 3 is all of the first factor; 1 × 1 → 2 × 2 is half of either."""
    found = decompose({"a": [2.0, 1.0], "b": [3.0, 1.0]}, {"a": [4.0, 2.0], "b": [3.0, 2.0]})
    assert found.change == pytest.approx(9)
    assert found.parts == pytest.approx({"a": 6 + 1.5, "b": 1.5})
    assert found.shares == pytest.approx({"a": 7.5 / 9, "b": 1.5 / 9})


def test_shares_of_no_change_are_none() -> None:
    assert np.isnan(list(decompose({"a": 2.0}, {"a": 2.0}).shares.values())).all()


def test_logarithmic_mean() -> None:
    assert log_mean(1.0, np.e) == pytest.approx(np.e - 1)
    assert log_mean(5.0, 5.0) == 5.0
    # Near equality it goes over into the mean without a step.
    assert log_mean(1.0, 1 + 2e-6) == pytest.approx(1 + 1e-6, rel=1e-10)
    assert log_mean(1.0, 1 + 2e-8) == pytest.approx(1 + 1e-8, rel=1e-14)
    np.testing.assert_allclose(log_mean([1.0, 4.0], [4.0, 1.0]), 3 / np.log(4))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ({"a": 1.0}, {"b": 1.0}, "not the same"),
        ({}, {}, "not the same"),
        ({"a": [1.0, 0.0]}, {"a": [1.0, 1.0]}, "row 1: a of 0"),
        ({"a": [1.0, 1.0]}, {"a": [1.0, np.nan]}, "row 1: a of nan"),
        ({"a": [1.0, 1.0]}, {"a": [1.0, 1.0, 1.0]}, "groups of shape"),
    ],
)
def test_factors_that_do_not_fit_are_refused(before: Any, after: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decompose(before, after)


# -- stock ------------------------------------------------------------------------------------------------


def test_a_caseload_by_its_logarithms() -> None:
    found = decompose_stock((1000.0, 1100.0), (50.0, 88.0), (400.0, 616.0))
    weight = 216 / np.log(616 / 400)
    expected = {"children": np.log(1.1), "entry_rate": np.log(1.6), "duration": np.log(7 / 8)}
    assert found.parts == pytest.approx({name: weight * part for name, part in expected.items()})
    assert found.change == pytest.approx(216)
    assert sum(found.shares.values()) == pytest.approx(1)


def test_a_caseload_without_entries_is_refused() -> None:
    with pytest.raises(ValueError, match="row 1: entries of 0"):
        decompose_stock((1000.0, 1100.0), (50.0, 0.0), (400.0, 616.0))


# -- ages -------------------------------------------------------------------------------------------------

PEOPLE = (np.array([1000.0, 800.0, 500.0]), np.array([900.0, 1000.0, 700.0]))
PLANS = (np.array([10.0, 40.0, 0.0]), np.array([18.0, 60.0, 14.0]))


def test_ages_are_the_mean_over_all_orders_of_change() -> None:
    """Brute force: the three factors are exchanged one after the other, in each of six orders."""
    sides = [
        {"children": people.sum(), "age_mix": people / people.sum(), "rate": plans / people}
        for people, plans in zip(PEOPLE, PLANS, strict=True)
    ]
    expected = dict.fromkeys(sides[0], 0.0)
    for order in permutations(expected):
        now = dict(sides[0])
        for name in order:
            start = np.sum(now["children"] * now["age_mix"] * now["rate"])
            now[name] = sides[1][name]
            expected[name] += float(np.sum(now["children"] * now["age_mix"] * now["rate"]) - start) / 6
    found = decompose_by_age(PEOPLE, PLANS)
    assert found.parts == pytest.approx(expected)
    assert found.change == pytest.approx(42)
    assert sum(found.parts.values()) == pytest.approx(42)


def test_ages_turn_round() -> None:
    found, back = decompose_by_age(PEOPLE, PLANS), decompose_by_age(PEOPLE[::-1], PLANS[::-1])
    assert back.parts == pytest.approx({name: -part for name, part in found.parts.items()})


def test_one_cause_alone_is_named_alone() -> None:
    more = decompose_by_age((PEOPLE[0], 2 * PEOPLE[0]), (PLANS[0], 2 * PLANS[0]))
    assert more.parts == pytest.approx({"children": 50, "age_mix": 0, "rate": 0})
    higher = decompose_by_age((PEOPLE[0], PEOPLE[0]), (PLANS[0], 3 * PLANS[0]))
    assert higher.parts == pytest.approx({"children": 0, "age_mix": 0, "rate": 100})
    older = decompose_by_age(([100.0, 100.0], [50.0, 150.0]), ([0.0, 10.0], [0.0, 15.0]))
    assert older.parts == pytest.approx({"children": 0, "age_mix": 5, "rate": 0}, abs=1e-12)


@pytest.mark.parametrize(
    ("people", "plans", "message"),
    [
        (([10.0, 0.0], [10.0, 10.0]), ([1.0, 1.0], [1.0, 1.0]), "row 1: population of 0"),
        (([10.0, 10.0], [10.0, 10.0]), ([1.0, 1.0], [1.0, -1.0]), "row 1: plans of -1"),
        (([10.0, 10.0], [10.0, 10.0]), ([np.nan, 1.0], [1.0, 1.0]), "row 0: plans of nan"),
        (([10.0, 10.0], [10.0]), ([1.0, 1.0], [1.0, 1.0]), "same ages"),
    ],
)
def test_ages_that_cannot_be_divided_are_refused(people: Any, plans: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decompose_by_age(people, plans)
