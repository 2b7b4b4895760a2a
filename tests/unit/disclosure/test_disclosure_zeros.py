"""What a reader makes of marks where zero is shown as 0: every table in whole numbers is listed.

The reader of these tests shares nothing with the attacker of the package. He lists all counts the inner cells
can have, adds the margins up, and keeps the tables that agree with what is shown and with the rules as they
are printed: zero is shown as 0, save under a total so small that none of its parts is shown. All counts are
synthetic.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from send_jsna.disclosure.methods import Relation, council, lowest_counts, profile, suppress

COUNCIL = council()
FEW = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4, 5, 9, 30])


def _lines(shape: tuple[int, int]) -> dict[str, list[int]]:
    """Label of each count, and the inner cells it is the sum of."""
    rows, columns = shape
    cells = np.arange(rows * columns).reshape(shape)
    lines = {f"{i}{j}": [int(cells[i, j])] for i in range(rows) for j in range(columns)}
    if rows > 1:
        lines |= {f"{i}.": cells[i].tolist() for i in range(rows)}
        lines |= {f".{j}": cells[:, j].tolist() for j in range(columns)}
    return lines | {"..": cells.ravel().tolist()}


def _relations(shape: tuple[int, int]) -> list[Relation]:
    rows, columns = shape
    if rows == 1:
        return [Relation("..", tuple(f"0{j}" for j in range(columns)))]
    found = [Relation(f"{i}.", tuple(f"{i}{j}" for j in range(columns))) for i in range(rows)]
    found += [Relation(f".{j}", tuple(f"{i}{j}" for i in range(rows))) for j in range(columns)]
    return [
        *found,
        Relation("..", tuple(f"{i}." for i in range(rows))),
        Relation("..", tuple(f".{j}" for j in range(columns))),
    ]


def _tables(shape: tuple[int, int], counts: list[int], withheld: set[str]) -> dict[str, np.ndarray]:
    """By label, all values a count has in the tables that agree with what is shown; none if too many do."""
    lines = _lines(shape)
    truth = {label: sum(counts[at] for at in line) for label, line in lines.items()}
    # Small counts up to seven, and of larger ones those near the truth, are enough to find what there is.
    ranges = [
        np.arange(max(0, count - 5) if count > 4 else 0, count + 6 if count > 4 else 8)
        if label in withheld
        else np.array([count])
        for label, count in zip(lines, counts, strict=False)
    ]
    if math.prod(map(len, ranges)) > 1e6:
        return {}
    grid = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, len(counts))
    found = {label: grid[:, line].sum(axis=1) for label, line in lines.items()}
    keep = np.ones(len(grid), dtype=bool)
    for label, values in found.items():
        if label not in withheld:
            keep &= values == truth[label]
    small = [set(lines[label]) for label in withheld if 0 < truth[label] < 5 and len(lines[label]) > 1]
    for label in withheld:
        if not any(set(lines[label]) < total for total in small):
            keep &= found[label] > 0
    return {label: np.unique(values[keep]) for label, values in found.items()}


@settings(max_examples=250, derandomize=True, deadline=None)
@given(st.data())
def test_a_small_count_can_be_anything_from_one_to_five_in_tables_that_are_all_listed(
    data: st.DataObject,
) -> None:
    shape = data.draw(st.sampled_from([(1, 3), (1, 5), (1, 6), (2, 2), (2, 3)]))
    size = shape[0] * shape[1]
    counts = data.draw(st.lists(FEW, min_size=size, max_size=size))
    values = {label: float(sum(counts[at] for at in line)) for label, line in _lines(shape).items()}
    pattern = suppress(values, _relations(shape), COUNCIL)
    assert pattern.unprotected == ()
    found = _tables(shape, counts, set(pattern.withheld))
    assume(found)
    for label in pattern.primary:
        assert {1, 2, 3, 4, 5} <= set(found[label].tolist()), (label, counts, pattern.withheld)


def test_the_reader_of_these_tests_finds_five_ones() -> None:
    found = _tables((1, 6), [1, 1, 1, 1, 1, 0], {"00", "01", "02", "03", "04"})
    assert [found[f"0{j}"].tolist() for j in range(5)] == [[1]] * 5


@pytest.mark.parametrize(
    ("name", "lowest"), [("council", 1), ("nhs_england", 1), ("opensafely", 0), ("none", 1)]
)
def test_a_mark_is_one_at_least_where_the_profile_shows_zero(name: str, lowest: int) -> None:
    assert lowest_counts({"a": 3.0}, [], profile(name)) == {"a": lowest}


def test_parts_of_a_small_total_and_what_a_publisher_withheld_may_be_zero() -> None:
    relations = [Relation("all", ("a", "b")), Relation("a", ("a1", "a2")), Relation("b", ("b1", "b2"))]
    values = {"all": 3.0, "a": 0.0, "a1": 0.0, "a2": 0.0, "b": 3.0, "b1": 1.0, "b2": 2.0, "c": 9.0}
    lowest = lowest_counts(values | {"d": float("nan")}, relations, COUNCIL, may_be_zero=["e"])
    assert {label for label, least in lowest.items() if least} == {"all", "c"}
    assert set(suppress(values, relations, COUNCIL).withheld) == set(values) - {"c"}
    assert lowest_counts(values, relations, COUNCIL, untouched=["all"])["a"] == 1
