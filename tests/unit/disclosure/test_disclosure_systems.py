"""Systems of linked counts from tables and hierarchies. All counts are synthetic."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from send_jsna.disclosure.methods import (
    PROFILES,
    Relation,
    Share,
    System,
    council,
    from_hierarchy,
    from_table,
)

COUNCIL = council()


def _by_sex_and_need(rows: list[tuple[str, str, float]]) -> System:
    return from_table(pd.DataFrame(rows, columns=["sex", "need", "count"]), ["sex", "need"])


BOTH = [("f", "asd", 3.0), ("f", "slcn", 10.0), ("m", "asd", 20.0), ("m", "slcn", 8.0)]


def test_margins_that_are_not_given_are_added_up_and_every_total_is_a_sum() -> None:
    system = _by_sex_and_need(BOTH)
    assert system.values["sex=f"] == 13
    assert system.values["need=asd"] == 23
    assert system.values["all"] == 41
    assert set(system.relations) == {
        Relation("sex=f", ("sex=f,need=asd", "sex=f,need=slcn")),
        Relation("sex=m", ("sex=m,need=asd", "sex=m,need=slcn")),
        Relation("need=asd", ("sex=f,need=asd", "sex=m,need=asd")),
        Relation("need=slcn", ("sex=f,need=slcn", "sex=m,need=slcn")),
        Relation("all", ("sex=f", "sex=m")),
        Relation("all", ("need=asd", "need=slcn")),
    }


def test_a_margin_that_is_given_stands_and_a_cell_that_is_not_there_is_not_known() -> None:
    system = _by_sex_and_need([*BOTH[:3], ("total", "total", 44.0)])
    assert system.values["all"] == 44
    assert math.isnan(system.values["sex=m,need=slcn"])
    assert math.isnan(system.values["sex=m"])


def test_a_row_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="sex=f,need=asd: is in the table twice"):
        _by_sex_and_need([*BOTH, BOTH[0]])


def test_tables_that_share_a_margin_share_its_cells() -> None:
    ages = pd.DataFrame(
        [("f", "5", 6), ("f", "10", 7), ("m", "5", 9), ("m", "10", 19)], columns=["sex", "age", "n"]
    )
    linked = _by_sex_and_need(BOTH).union(from_table(ages, ["sex", "age"], count="n"))
    totals = [relation for relation in linked.relations if relation.total == "sex=f"]
    assert len(totals) == 2
    assert linked.relations.count(Relation("all", ("sex=f", "sex=m"))) == 1
    pattern = linked.suppress(COUNCIL)
    assert linked.attack(pattern, COUNCIL) == []
    assert "sex=f,need=asd" in pattern.primary


def test_two_tables_cannot_give_one_cell_different_counts_but_one_may_fill_the_others_gap() -> None:
    one, other = System({"a": 3.0, "b": math.nan}), System({"a": 4.0})
    with pytest.raises(ValueError, match="a: two tables give different counts"):
        one.union(other)
    assert one.union(System({"b": 9.0})).values == {"a": 3.0, "b": 9.0}
    assert System({"b": 9.0}).union(one).values["b"] == 9.0


def test_levels_are_added_up_and_a_gap_has_no_sum() -> None:
    frame = pd.DataFrame(
        [("primary", "s1", 3.0), ("primary", "s2", 9.0), ("secondary", "s3", math.nan)],
        columns=["phase", "school", "count"],
    )
    system = from_hierarchy(frame, ["phase", "school"], prefix="plans")
    assert system.values["plans:phase=primary"] == 12
    assert math.isnan(system.values["plans:phase=secondary"])
    assert math.isnan(system.values["plans:all"])
    assert Relation("plans:all", ("plans:phase=primary", "plans:phase=secondary")) in system.relations


@pytest.mark.parametrize("name", PROFILES)
def test_what_each_profile_shows_stands_up_to_the_attack(name: str) -> None:
    profile = PROFILES[name]
    system = _by_sex_and_need(BOTH)
    share = Share("share", ("sex=f,need=asd",), ("sex=f",), 23.1)
    pattern = System(system.values, system.relations, (share,)).suppress(profile)
    assert system.attack(pattern, profile) == []


def test_a_share_that_is_shown_is_a_fact() -> None:
    share = Share("share", ("a",), ("all",), 5.0, decimals=1)
    system = System({"a": 40.0, "b": 760.0, "all": 800.0}, (Relation("all", ("a", "b")),), (share,))
    shown = [fact.where for fact in system.shown(system.suppress(COUNCIL), COUNCIL)]
    assert shown.count("share") == 2
    small = System({"a": 4.0, "b": 76.0, "all": 80.0}, system.relations, (share,))
    assert "share" not in [fact.where for fact in small.shown(small.suppress(COUNCIL), COUNCIL)]
