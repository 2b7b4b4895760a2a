"""What the council's extracts and surveys withhold by their own rules stands up to the attacker too.

All counts are synthetic.
"""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from send_jsna.council.protection import parts, shown_measures, withheld_rows, withheld_within
from send_jsna.disclosure import Exposure, Fact, Hidden, Relation, attack
from send_jsna.voice.survey import withheld_cells

COUNTS = st.one_of(st.integers(0, 9), st.integers(0, 60))
REPRODUCIBLE = {"derandomize": True, "deadline": None}


def _small_ones_found(
    values: dict[str, float], withheld: set[str], relations: list[Relation]
) -> list[Exposure]:
    """Attack the small counts; larger ones withheld with them may be known."""
    facts = [relation.fact() for relation in relations]
    facts += [Fact({k: 1.0}, v, v, k) for k, v in values.items() if k not in withheld]
    return attack([Hidden(k, values[k], 5) for k in sorted(withheld) if 0 < values[k] < 5], facts)


@settings(max_examples=150, **REPRODUCIBLE)
@given(st.lists(COUNTS, min_size=2, max_size=8))
def test_rows_of_a_survey_stand_up(counts: list[int]) -> None:
    cells = {str(place): count for place, count in enumerate(counts)}
    withheld = withheld_cells(cells)
    values = {**{k: float(v) for k, v in cells.items()}, "all": float(sum(counts))}
    if 0 < values["all"] < 5:
        withheld |= {"all"}
    assert _small_ones_found(values, withheld, [Relation("all", tuple(cells))]) == []


@settings(max_examples=150, **REPRODUCIBLE)
@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=2, max_size=7))
def test_rows_of_an_extract_stand_up(pairs: list[tuple[int, int]]) -> None:
    """Children due and of those done, by row and in all: two columns and what is left of each row."""
    due = np.array([done + left for done, left in pairs])
    chain = (int(due.sum()), sum(done for done, _ in pairs))
    shown = shown_measures(chain)
    assume(shown[0])
    rows = {str(i): parts((done + left, done), shown) for i, (done, left) in enumerate(pairs)}
    hidden = withheld_rows(rows)
    pieces = range(len(next(iter(rows.values()))))
    values = {f"{row}/{piece}": float(rows[row][piece]) for row in rows for piece in pieces}
    relations = [Relation(f"all/{piece}", tuple(f"{row}/{piece}" for row in rows)) for piece in pieces]
    values |= {item.total: sum(values[part] for part in item.parts) for item in relations}
    withheld = {f"{row}/{piece}" for row in hidden for piece in pieces}
    assume(not any(0 < values[item.total] < 5 for item in relations))
    assert _small_ones_found(values, withheld, relations) == []


@settings(max_examples=150, **REPRODUCIBLE)
@given(st.lists(st.tuples(COUNTS, st.integers(0, 2)), min_size=3, max_size=9))
def test_rows_in_groups_stand_up(rows: list[tuple[int, int]]) -> None:
    counts = {f"r{i}": count for i, (count, _) in enumerate(rows)}
    group_of = {f"r{i}": f"g{group}" for i, (_, group) in enumerate(rows)}
    assume(not 0 < sum(counts.values()) < 5)
    hidden_rows, hidden_groups = withheld_within(counts, group_of)
    groups = sorted(set(group_of.values()))
    relations = [Relation(g, tuple(r for r in counts if group_of[r] == g)) for g in groups]
    relations.append(Relation("all", tuple(groups)))
    values = {name: float(count) for name, count in counts.items()}
    for relation in relations:
        values[relation.total] = sum(values[part] for part in relation.parts)
    assert _small_ones_found(values, hidden_rows | hidden_groups, relations) == []
