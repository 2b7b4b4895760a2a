"""The published instances of disclosure control: what is proven of a pattern, and that nothing is exposed.

They are read from the maintainers' folder and are no part of the project. The last tests are of made-up
tables.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from disclosure_instances import INSTANCES

from send_jsna.disclosure.methods import (
    Fact,
    Hidden,
    State,
    System,
    attack,
    council,
    from_table,
    lowest_counts,
)

COUNCIL = council()


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    """The folder of the instances."""
    found = shared / "disclosure"
    if not found.is_dir():
        pytest.skip("the published instances of disclosure control are not beside the checkout")
    return found


@pytest.mark.shared
@pytest.mark.parametrize(("name", "cells", "primary"), [("z1", 45, 4), ("z2", 95, 10)])
def test_small_instances_are_solved_to_the_optimum(folder: Path, name: str, cells: int, primary: int) -> None:
    system = INSTANCES[name](folder)
    pattern = system.suppress(COUNCIL)
    assert (len(system.values), len(pattern.primary)) == (cells, primary)
    assert pattern.is_optimal
    assert system.attack(pattern, COUNCIL) == []


@pytest.mark.shared
def test_the_instance_of_two_hierarchies_and_months_is_proven_within_15_percent(folder: Path) -> None:
    system = INSTANCES["z3"](folder)
    pattern = system.suppress(COUNCIL)
    assert len(system.values) == 1125
    assert pattern.cost <= 1.15 * pattern.bound
    assert pattern.unprotected == pattern.notes == ()
    assert system.attack(pattern, COUNCIL) == []


@pytest.mark.shared
def test_the_three_singletons_reveal_nothing_not_even_to_each_other(folder: Path) -> None:
    system = INSTANCES["singletons"](folder)
    pattern = system.suppress(COUNCIL)
    assert system.attack(pattern, COUNCIL) == []
    lowest = lowest_counts(system.values, system.relations, COUNCIL)
    ones = [f"var1=1,var2={code}" for code in "ABM"]
    assert [system.values[label] for label in ones] == [1, 1, 1]
    for own in ones:
        facts = [*system.shown(pattern, COUNCIL), Fact({own: 1.0}, 1, 1, "the family")]
        others = [Hidden(label, 1, 5, lowest[label]) for label in ones if label != own]
        assert [item for item in attack(others, facts) if item.is_exact] == []


@pytest.mark.shared
def test_sub_totals_of_the_linked_tables_are_those_of_their_cells(folder: Path) -> None:
    system = INSTANCES["d53"](folder)
    assert system.values["all"] == 10_000
    assert len(system.values) == 9669
    for item in system.relations:
        assert system.values[item.total] == sum(system.values[part] for part in item.parts)


def _table(rows: int, columns: int, seed: int) -> System:
    """A made-up table with more items than are solved without a heuristic."""
    counts = np.random.default_rng(seed).poisson(4, (rows, columns))
    cells = [(str(i), str(j), int(counts[i, j])) for i in range(rows) for j in range(columns)]
    return from_table(pd.DataFrame(cells, columns=["row", "column", "count"]), ["row", "column"])


def test_a_time_limit_that_is_met_withholds_all_that_may_be_and_says_so() -> None:
    system = _table(12, 10, 3)
    stopped = [system.suppress(COUNCIL, seconds=0.0) for _ in range(2)]
    assert stopped[0] == stopped[1]
    assert set(stopped[0].withheld) == {label for label, value in system.values.items() if value}
    assert "took longer than 0 seconds: everything is withheld that may be" in stopped[0].notes[-1]
    assert set(stopped[0].unprotected) == set(stopped[0].primary)
    assert stopped[0].bound == 0


def test_the_time_limit_does_not_change_which_pattern_comes_out() -> None:
    system = _table(12, 10, 3)
    found = [system.suppress(COUNCIL, seconds=seconds) for seconds in (60.0, 6000.0, 60.0)]
    assert found[0] == found[1] == found[2]
    assert system.attack(found[0], COUNCIL) == []


def test_what_another_report_pins_is_protected_as_far_as_it_can_be_in_a_large_table() -> None:
    system = _table(12, 10, 3)
    small = next(label for label, value in system.values.items() if value == 3)
    pinned = dataclasses.replace(system, facts=(Fact({small: 1.0}, 0, 4, "a report that says so"),))
    pattern = pinned.suppress(COUNCIL)
    assert pattern.unprotected == (small,)
    assert pattern.states[small] is State.WITHHELD_PRIMARY
    assert [item.label for item in pinned.attack(pattern, COUNCIL)] == [small]
