"""Conditions every safe pattern of least loss fulfils: those learnt, and those known before.

Two kinds are known before the attacker has been asked anything. Every total by itself asks for a part of it
that can give way; and a count that is withheld for others' sake has company in every sum it is part of, since
it would be known otherwise, and could as well be shown (the bridgeless inequalities of M. Fischetti and J. J.
Salazar-González, Management Science 47 (2001) 1008-1027). The second kind is what makes the bound a good one.
"""

from __future__ import annotations

import numpy as np
import scipy

from send_jsna.disclosure.methods.clock import Clock
from send_jsna.disclosure.methods.problem import Cut, Problem
from send_jsna.disclosure.methods.region import TOLERANCE, Floats


class Conditions:
    """Conditions on what is withheld: sums over items that must come to a least number."""

    def __init__(self, items: int) -> None:
        """No conditions on so many items."""
        self._items = items
        self._rows: list[Cut] = []
        self._known: set[bytes] = set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._rows)

    def add(self, cut: Cut | None) -> bool:
        """Add a condition; False where it says nothing, or is known."""
        if cut is None:
            return False
        key = cut.items.tobytes() + np.round(cut.factors, 6).tobytes()
        if key in self._known:
            return False
        self._known.add(key)
        self._rows.append(cut)
        return True

    @property
    def matrix(self) -> scipy.sparse.csr_array:
        """Coefficients, conditions by items."""
        sizes = [len(row.items) for row in self._rows]
        columns = np.concatenate([row.items for row in self._rows]) if sizes else np.array([], dtype=np.int64)
        factors = np.concatenate([row.factors for row in self._rows]) if sizes else np.array([])
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return scipy.sparse.csr_array((factors, columns, starts), shape=(len(sizes), self._items))

    @property
    def least(self) -> Floats:
        """What each must come to."""
        return np.array([row.least for row in self._rows], dtype=np.float64)


def of_single_sums(problem: Problem, conditions: Conditions, clock: Clock) -> None:
    """Add what every total asks for by itself.

    Raises:
        OutOfTime: It took too long.
    """
    rows = scipy.sparse.csc_array(problem.shown.matrix)
    goals = problem.goals
    for column, low, high in zip(goals.columns, goals.low, goals.high, strict=True):
        clock.check()
        for place in range(rows.indptr[column], rows.indptr[column + 1]):
            for sign, target in ((1, high), (-1, low)):
                multiplier = sign / float(rows.data[place])
                row = int(rows.indices[place])
                conditions.add(problem.cut_of_row(row, multiplier, int(column), sign, float(target)))


def of_company(problem: Problem, conditions: Conditions, clock: Clock) -> None:
    """Add that no count is withheld alone in a sum all other parts of which would be known exactly.

    Raises:
        OutOfTime: It took too long.
    """
    shown, hidden = problem.shown, problem.hidden
    matrix = scipy.sparse.csr_array(shown.matrix)
    is_exact = shown.upper - shown.lower < TOLERANCE
    is_open = hidden.upper - hidden.lower > TOLERANCE
    is_sum = (shown.row_upper - shown.row_lower < TOLERANCE) & (problem.item_of_row < 0)
    for row in np.flatnonzero(is_sum):
        clock.check()
        columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        if not is_exact[columns].all():
            continue
        items = problem.item_of_column[columns[is_open[columns]]]
        if np.any(items < 0) or np.count_nonzero(problem.forced[items]) > 1:
            continue
        for item in items:
            others = items[items != item]
            if problem.forced[item] or problem.forced[others].any():
                continue
            factors = np.concatenate([[-1.0], np.ones(len(others))])
            conditions.add(Cut.of(np.concatenate([[item], others]), factors, 0.0))
