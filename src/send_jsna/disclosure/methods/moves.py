"""The cheapest way to move a count: through which others, and so what is withheld for its sake.

From the true counts a reader may move to any others that add up alike. A move of one count with those it
takes along is proof that it can be what it moves to, whatever else is withheld. The cheapest move, with a
price on what is not withheld yet, says what must be withheld besides (as J. P. Kelly, B. L. Golden and A. A.
Assad, "Cell suppression: disclosure protection for sensitive tabular data", Networks 22 (1992) 397-417, do by
linear programs). The linear program starts where nothing moves, and few counts do in the end: so it is quick
in large tables too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from send_jsna.disclosure.methods.problem import Problem
from send_jsna.disclosure.methods.region import TOLERANCE, Bools, Floats, Integers, Region, minimum

#: What an item that is withheld anyway costs, relative to its weight: short moves are sought.
_TAKEN = 1e-3


@dataclass(frozen=True)
class Goal:
    """How far one count must move.

    Attributes:
        column: The count's column.
        distance: How far, negative to fall.
    """

    column: int
    distance: float


@dataclass(frozen=True)
class Move:
    """A move of counts, after which all sums are what they were, or what is shown of them.

    Attributes:
        by_column: How far each count moves.
        items: The items that must be withheld for it.
    """

    by_column: Floats
    items: Integers

    def reaches(self, goal: Goal) -> bool:
        """Whether a count moves as far as it must."""
        moved = self.by_column[goal.column]
        return bool(moved * np.sign(goal.distance) >= abs(goal.distance) - TOLERANCE)

    @property
    def is_whole(self) -> bool:
        """Whether every count moves by a whole number."""
        return bool(np.all(np.abs(self.by_column - np.round(self.by_column)) < TOLERANCE))


def goals_of(problem: Problem) -> list[Goal]:
    """What is asked of each count that has a goal, the furthest first."""
    goals = problem.goals
    found = [
        Goal(int(column), float(target - problem.point[column]))
        for column, low, high in zip(goals.columns, goals.low, goals.high, strict=True)
        for target in (high, low)
        if abs(target - problem.point[column]) > TOLERANCE
    ]
    return sorted(found, key=lambda goal: -abs(goal.distance))


class Moves:
    """All moves of a problem.

    A count or a sum moves in up to three parts: as far as it may where it is shown, which is free, and
    further up or down, which its item has to be withheld for.
    """

    def __init__(self, problem: Problem) -> None:
        """The moves of a problem."""
        shown, hidden, point = problem.shown, problem.hidden, problem.point
        self._problem = problem
        self.steps = 0
        rooms = (
            np.where(shown.upper - shown.lower > 0, 1.0, 0.0),
            _room(hidden.upper, shown.upper),
            _room(shown.lower, hidden.lower),
            _room(hidden.row_upper, shown.row_upper),
            _room(shown.row_lower, hidden.row_lower),
        )
        used = [np.flatnonzero(room > 0) for room in rooms]
        self._free, self._up, self._down = used[:3]
        rows = scipy.sparse.eye_array(len(shown.row_lower), format="csc")
        matrix = scipy.sparse.csc_array(shown.matrix)
        parts = [matrix[:, used[0]], matrix[:, used[1]], -matrix[:, used[2]], -rows[:, used[3]], rows[:, used[4]]]
        whole = scipy.sparse.csr_array(scipy.sparse.hstack(parts))
        kept = np.flatnonzero(np.diff(whole.indptr))
        sums = shown.matrix @ point
        self._matrix = scipy.sparse.csc_array(whole[kept])
        self._row_lower, self._row_upper = (shown.row_lower - sums)[kept], (shown.row_upper - sums)[kept]
        self._room = np.concatenate([room[places] for room, places in zip(rooms[1:], used[1:], strict=True)])
        governs = (problem.item_of_column, problem.item_of_column, problem.item_of_row, problem.item_of_row)
        self._item = np.concatenate([of[places] for of, places in zip(governs, used[1:], strict=True)])
        self._low = np.concatenate([(shown.lower - point)[self._free], np.zeros(len(self._item))])
        self._high = (shown.upper - point)[self._free]

    def cheapest(self, goal: Goal, prices: Floats, allowed: Bools) -> Move | None:
        """The cheapest move that takes a count as far as it must go; None where there is none.

        Args:
            goal: How far the count must go.
            prices: Price of each item, of a move of the goal's distance through it.
            allowed: Items that may be withheld.
        """
        problem, column = self._problem, goal.column
        self.steps += 1
        distance = abs(goal.distance)
        room = np.where(allowed[self._item], self._room, 0.0)
        cost = prices[self._item] / np.clip(self._room, TOLERANCE, distance)
        low, high = self._low.copy(), np.concatenate([self._high, room])
        # The count itself moves in one part alone.
        low[: len(self._free)][self._free == column] = 0.0
        high[: len(self._free)][self._free == column] = 0.0
        first = len(self._free)
        up = first + np.searchsorted(self._up, column)
        down = first + len(self._up) + np.searchsorted(self._down, column)
        own, other = (up, down) if goal.distance > 0 else (down, up)
        for place, ends in ((own, (distance, distance)), (other, (0.0, 0.0))):
            if place < len(low):
                low[place], high[place] = ends
        end = problem.hidden.upper[column] if goal.distance > 0 else problem.hidden.lower[column]
        if abs(end - problem.point[column]) < distance - TOLERANCE:
            return None
        region = Region(self._matrix, self._row_lower, self._row_upper, low, high)
        found = minimum(region, np.concatenate([np.zeros(first), cost])).counts
        return None if found is None else self._move(found)

    def _move(self, found: Floats) -> Move:
        by_column = np.zeros(len(self._problem.point))
        first, second = len(self._free), len(self._free) + len(self._up)
        third = second + len(self._down)
        by_column[self._free] += found[:first]
        by_column[self._up] += found[first:second]
        by_column[self._down] -= found[second:third]
        return Move(by_column, np.unique(self._item[found[first:] > TOLERANCE]))


def taken(weights: Floats, withheld: Bools) -> Floats:
    """Prices where some items are withheld anyway."""
    return np.where(withheld, _TAKEN * weights + 1e-6, weights)


def _room(further: Floats, near: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(further - near, nan=0.0, posinf=np.inf)
