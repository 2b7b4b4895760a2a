"""The attacker: what it finds, held against the enumeration of every table in whole numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from send_jsna.disclosure.methods import Exposure, Fact, Hidden, Relation, Share, attack
from send_jsna.disclosure.methods.region import Region, minimum

INF = math.inf


def _pin(label: str, value: float, where: str = "") -> Fact:
    return Fact({label: 1.0}, value, value, where or f"{label} in table 1")


SUM = Relation("all", ("a", "b", "c")).fact("the sum of table 1")


def test_a_count_alone_in_its_row_is_known_exactly_and_the_message_names_no_number() -> None:
    facts = [SUM, _pin("all", 40), _pin("b", 17), _pin("c", 20)]
    (found,) = attack([Hidden("a", 3, 5)], facts)
    assert (found.lower, found.upper, found.is_exact) == (3, 3, True)
    assert set(found.facts) == {"the sum of table 1", "all in table 1", "b in table 1", "c in table 1"}
    assert found.message().startswith(
        "a is withheld, but can be worked out exactly from the sum of table 1; "
    )
    assert "3" not in found.message() + repr(found) + repr(Hidden("a", 3, 5))


def test_two_counts_that_are_less_than_five_together_are_told_to_be_small() -> None:
    facts = [SUM, _pin("all", 40), _pin("c", 36)]
    found = attack([Hidden("a", 3, 5), Hidden("b", 1, 5)], facts)
    assert [(item.label, item.lower, item.upper) for item in found] == [("a", 1, 3), ("b", 1, 3)]
    assert found[0].message() == (
        "a is withheld, but can be seen to be under 5 from the sum of table 1; all in table 1; c in table 1"
    )


def test_counts_that_can_be_anything_from_one_to_five_are_safe() -> None:
    facts = [SUM, _pin("all", 40), _pin("c", 34)]
    assert attack([Hidden("a", 3, 5), Hidden("b", 3, 5)], facts) == []


def test_a_mark_is_one_at_least_where_zero_is_shown() -> None:
    facts = [SUM, _pin("all", 40), _pin("c", 35)]
    found = attack([Hidden("a", 3, 5), Hidden("b", 2, 5)], facts)
    assert [(item.lower, item.upper) for item in found] == [(1, 4), (1, 4)]
    assert attack([Hidden("a", 3, 5, lowest=0), Hidden("b", 2, 5, lowest=0)], facts) == []


def test_a_count_that_cannot_be_one_is_exposed() -> None:
    facts = [SUM, _pin("all", 40), Fact({"b": 1.0}, 0, 10, "rounded"), Fact({"c": 1.0}, 0, 28, "capped")]
    (found,) = attack([Hidden("a", 3, 5)], facts)
    assert (found.lower, found.is_exact) == (2, False)
    assert "can be seen to be more than one" in found.message()


def test_of_a_count_withheld_for_anothers_sake_only_the_exact_number_is_exposed() -> None:
    facts = [Fact({"a": 1.0, "b": 1.0}, 50, 50, "sum"), Fact({"b": 1.0}, 20, 21, "interval")]
    assert attack([Hidden("a", 30, 5)], facts) == []
    assert [item.is_exact for item in attack([Hidden("a", 30, 5)], [*facts, _pin("b", 20)])] == [True]


def test_the_earlier_edition_is_a_fact_like_any_other() -> None:
    now = [SUM, _pin("all", 40)]
    hidden = [Hidden("a", 3, 5), Hidden("b", 12, 5)]
    assert attack(hidden, [*now, _pin("c", 25)]) == []
    (first, second) = attack(hidden, [*now, _pin("c", 25), _pin("b", 12, "b in the edition of 2023")])
    assert first.is_exact and second.is_exact
    assert "b in the edition of 2023" in first.facts
    assert second.facts == ("b in the edition of 2023",)


def test_a_share_at_its_printed_rounding_gives_a_count_away() -> None:
    shares = Share("share", ("a",), ("all",), 1.5, decimals=1).facts("a percentage")
    facts = [Relation("all", ("a", "b")).fact(), _pin("all", 200), *shares]
    found = attack([Hidden("a", 3, 5), Hidden("b", 197, 5)], facts)
    assert [(item.label, item.lower, item.upper) for item in found] == [("a", 3, 3), ("b", 197, 197)]
    wide = Share("share", ("a",), ("all",), 1, decimals=-1).facts("a rough percentage")
    assert attack([Hidden("a", 3, 5), Hidden("b", 197, 5)], [*facts[:2], *wide]) == []


def test_whole_numbers_tell_more_than_fractions() -> None:
    # Twice the count lies between 5 and 7: only 3 does as a whole number.
    facts = [Fact({"a": 2.0, "b": 2.0}, 5, 7, "twice"), Fact({"b": 1.0}, 0, 0, "none")]
    assert [(item.lower, item.upper) for item in attack([Hidden("a", 3, 5)], facts)] == [(3, 3)]
    loose = attack([Hidden("a", 3, 5)], facts, whole=False)
    assert [(item.lower, item.upper) for item in loose] == [(2.5, 3.5)]


def test_an_upper_limit_a_reader_knows_counts() -> None:
    facts = [Fact({"a": 1.0, "b": 1.0}, 30, 30, "sum")]
    hidden = [Hidden("a", 3, 5), Hidden("b", 27, 5)]
    assert attack(hidden, facts) == []
    assert [item.label for item in attack(hidden, facts, {"b": 28})] == ["a"]


def test_a_count_of_a_publisher_that_is_not_known_here_is_attacked_as_well() -> None:
    facts = [SUM, _pin("all", 40), _pin("b", 17), _pin("c", 20)]
    assert [item.label for item in attack([Hidden("a", math.nan, 5)], facts)] == ["a"]
    assert attack([Hidden("a", math.nan, 5)], facts[:-1]) == []


def test_a_sum_of_a_publisher_that_does_not_add_up_is_read_as_what_the_counts_add_up_to() -> None:
    facts = [SUM, _pin("all", 41), _pin("c", 30)]
    assert attack([Hidden("a", 3, 5), Hidden("b", 7, 5)], facts) == []
    (found,) = attack([Hidden("a", 3, 5)], [*facts, _pin("b", 7)])
    assert found.is_exact


def test_facts_that_contradict_each_other_do_not_stop_the_attack() -> None:
    facts = [SUM, _pin("all", 10), _pin("c", 12), _pin("x", 3), _pin("x", 4)]
    found = attack([Hidden("a", math.nan, 5), Hidden("b", math.nan, 5)], facts)
    assert [item.label for item in found] == ["a", "b"]


def test_of_two_figures_of_one_count_a_reader_cannot_tell_which_holds() -> None:
    facts = [SUM, _pin("all", 40), _pin("b", 17), _pin("c", 20), _pin("c", 18, "c in another table")]
    (found,) = attack([Hidden("a", 3, 5)], facts)
    assert (found.lower, found.upper) == (3, 5)


def test_limits_a_hair_off_a_whole_number_are_not_taken_for_an_empty_range() -> None:
    """HiGHS 1.12 calls this program infeasible as it stands, though 0 and 5 fulfil it."""
    region = Region(
        sparse.csr_array([[2.0, 1.0]]),
        np.array([4.0]),
        np.array([5.5]),
        np.array([0.0, 5 - 1e-6]),
        np.array([2.0, 5.0]),
    )
    np.testing.assert_array_equal(minimum(region, np.zeros(2), whole=True).counts, [0, 5])


def test_a_fact_that_is_none_is_refused_and_named() -> None:
    with pytest.raises(ValueError, match=r"page 3: a fact needs numbers"):
        attack([Hidden("a", 3, 5)], [Fact({"a": 1.0}, 4, 3, "page 3")])
    with pytest.raises(ValueError, match=r"page 4: a fact needs numbers"):
        attack([Hidden("a", 3, 5)], [Fact({"a": math.nan}, 3, 4, "page 4")])


def test_nothing_hidden_and_nothing_known() -> None:
    assert attack([], []) == []
    assert attack([Hidden("a", 3, 5)], []) == []


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.data())
def test_limits_are_those_of_every_table_there_is(data: st.DataObject) -> None:
    """2 x 2 and 2 x 3 tables with margins and a weighted sum: every table in whole numbers is listed."""
    columns = data.draw(st.integers(2, 3))
    size = 2 * columns
    truth = np.array(data.draw(st.lists(st.integers(0, 6), min_size=size, max_size=size)), dtype=float)
    known = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    lowest = data.draw(st.integers(0, 1))
    known |= truth < lowest
    names = [f"{i}{j}" for i in range(2) for j in range(columns)]
    place = np.arange(size).reshape(2, columns)
    lines = [np.isin(np.arange(size), line) * 1.0 for line in (*place, *place.T)]
    margins = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    sums = [
        (line, truth @ line, truth @ line) for line, is_shown in zip(lines, margins, strict=True) if is_shown
    ]
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)), dtype=float)
    if np.count_nonzero(weights) > 1:
        sums.append((weights, truth @ weights - 1, truth @ weights + 0.5))
    facts = [_pin(names[i], truth[i]) for i in np.flatnonzero(known)]
    facts += [
        Fact({name: c for name, c in zip(names, line, strict=True) if c}, low, high, "sum")
        for line, low, high in sums
    ]
    # Everything stays below 7, so that all tables can be listed.
    ranges = [[truth[i]] if known[i] else np.arange(lowest, 7.0) for i in range(size)]
    grid = np.stack(np.meshgrid(*ranges), axis=-1).reshape(-1, size)
    for line, low, high in sums:
        grid = grid[(grid @ line >= low) & (grid @ line <= high)]
    hidden = [Hidden(names[i], truth[i], 5, lowest) for i in np.flatnonzero(~known)]
    found = {item.label: item for item in attack(hidden, facts, dict.fromkeys(names, 6.0))}
    for i in np.flatnonzero(~known):
        low, high = grid[:, i].min(), grid[:, i].max()
        is_exposed = low > 1 or high < 5 if 0 < truth[i] < 5 else low == high
        assert (names[i] in found) == is_exposed, (names[i], low, high)
        if is_exposed:
            np.testing.assert_allclose((found[names[i]].lower, found[names[i]].upper), (low, high), atol=1e-6)


def test_hundreds_of_small_parts_are_attacked_at_once() -> None:
    facts, hidden = [], []
    for number in range(600):
        total, first, second = f"t{number}", f"a{number}", f"b{number}"
        facts += [Relation(total, (first, second)).fact(), _pin(total, 4.0 if number == 77 else 30.0)]
        hidden += [Hidden(first, 3, 5), Hidden(second, 1.0 if number == 77 else 27.0, 5)]
    found: list[Exposure] = attack(hidden, facts)
    assert [item.label for item in found] == ["a77", "b77"]
