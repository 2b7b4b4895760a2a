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
from send_jsna.disclosure.methods.region import TOLERANCE, Bools, Floats, Integers, Region, duals, minimum

#: What an item that is withheld anyway costs, relative to its weight: short moves are sought.
_TAKEN = 1e-3
#: How far what is shown is let give, as a part of the distance a count has to move.
_GIVE = 1e-3


@dataclass(frozen=True)
class Targets:
    """How far counts must move, one entry for each count and direction, the furthest first.

    Attributes:
        columns: Column of each count.
        distances: How far it must move, negative to fall.
    """

    columns: Integers
    distances: Floats

    @classmethod
    def of(cls, problem: Problem) -> Targets:
        """What a problem asks for. Counts that need not move are left out."""
        goals = problem.goals
        columns = np.repeat(goals.columns, 2)
        distances = np.column_stack([goals.high, goals.low]).ravel() - problem.point[columns]
        asked = np.flatnonzero(np.abs(distances) > TOLERANCE)
        order = asked[np.argsort(-np.abs(distances[asked]), kind="stable")]
        return cls(columns[order], distances[order])

    def reached(self, by_column: Floats) -> Bools:
        """Which counts move as far as they must."""
        moved = by_column[self.columns] * np.sign(self.distances)
        return np.asarray(moved >= np.abs(self.distances) - TOLERANCE)


@dataclass(frozen=True)
class Move:
    """A move of counts, after which all sums are what they were, or what is shown of them.

    Attributes:
        items: The items that must be withheld for it.
        reached: Which of the targets it reaches.
        reached_whole: Which it reaches with all counts that have to move for it by whole numbers.
        far: The items whose counts move by one at least, in the same way.
    """

    items: Integers
    reached: Bools
    reached_whole: Bools
    far: Integers


class Moves:
    """All moves of a problem.

    A count or a sum moves in up to three parts: as far as it may where it is shown, which is free, and
    further up or down, which its item has to be withheld for.
    """

    def __init__(self, problem: Problem) -> None:
        """The moves of a problem."""
        shown, hidden, point = problem.shown, problem.hidden, problem.point
        self._problem = problem
        self.targets = Targets.of(problem)
        rooms = (
            np.where(shown.upper - shown.lower > 0, 1.0, 0.0),
            _room(hidden.upper, shown.upper),
            _room(shown.lower, hidden.lower),
            _room(hidden.row_upper, shown.row_upper),
            _room(shown.row_lower, hidden.row_lower),
        )
        used = [np.flatnonzero(room > 0) for room in rooms]
        rows = scipy.sparse.eye_array(len(shown.row_lower), format="csc")
        matrix = scipy.sparse.csc_array(shown.matrix)
        signed = (matrix, matrix, -matrix, -rows, rows)
        whole = scipy.sparse.hstack([part[:, places] for part, places in zip(signed, used, strict=True)])
        kept = np.flatnonzero(np.diff(scipy.sparse.csr_array(whole).indptr))
        sums = shown.matrix @ point
        self._kept, self._columns = kept, matrix
        self._matrix = scipy.sparse.csc_array(scipy.sparse.csr_array(whole)[kept])
        self._row_lower, self._row_upper = (shown.row_lower - sums)[kept], (shown.row_upper - sums)[kept]
        governs = (problem.item_of_column, problem.item_of_column, problem.item_of_row, problem.item_of_row)
        extra = [of[places] for of, places in zip(governs, used[1:], strict=True)]
        self._item = np.concatenate([np.full(len(used[0]), -1), *extra])
        self._column = np.concatenate([*used[:3], np.full(len(used[3]) + len(used[4]), -1)])
        self._sign = np.repeat([1.0, 1.0, -1.0, 0.0, 0.0], [len(places) for places in used])
        self._is_extra = self._item >= 0
        self._low = np.where(self._is_extra, 0.0, (shown.lower - point)[self._column])
        room = np.concatenate([room[places] for room, places in zip(rooms, used, strict=True)])
        self._high = np.where(self._is_extra, room, (shown.upper - point)[self._column])

    def apart(self, left: Bools, most: int) -> Integers:
        """The first of some targets, and more of them whose counts are in no sum with another's."""
        chosen: list[int] = []
        taken = np.zeros(self._columns.shape[0], dtype=bool)
        for number in np.flatnonzero(left).tolist():
            column = int(self.targets.columns[number])
            rows = self._columns.indices[self._columns.indptr[column] : self._columns.indptr[column + 1]]
            if not taken[rows].any():
                taken[rows] = True
                chosen.append(number)
            if len(chosen) == most:
                break
        return np.array(chosen, dtype=np.int64)

    def cheapest(self, targets: Integers, prices: Floats, allowed: Bools) -> Move | None:
        """The cheapest move that reaches some targets at once; None where there is none.

        Args:
            targets: Numbers of the targets.
            prices: Price of each item, for a move through it as far as the furthest target.
            allowed: Items that may be withheld.
        """
        posed = self._posed(targets, allowed, is_exact=True)
        if posed is None:
            return None
        use, region = posed
        distance = float(np.max(np.abs(self.targets.distances[targets])))
        cost = np.append(prices, 0.0)[self._item[use]] / np.clip(self._high[use], TOLERANCE, distance)
        found = minimum(region, np.where(self._is_extra[use], cost, 0.0)).counts
        return None if found is None else self._move(use, found)

    def multipliers(self, target: int, withheld: Bools, allowed: Bools) -> Floats | None:
        """What proves that a target is out of reach where some items are withheld.

        Many multipliers prove it. Where everything that is shown is let give a little, those come out that
        ask least of it, and their conditions are the sharper ones (T. L. Magnanti and R. T. Wong,
        "Accelerating Benders decomposition: algorithmic enhancement and model selection criteria", Operations
        Research 29 (1981) 464-484).

        Args:
            target: Number of the target.
            withheld: Items that are withheld.
            allowed: Items that may be withheld.

        Returns:
            One multiplier a row of the problem, for :meth:`send_jsna.disclosure.methods.problem.Problem.cut`;
            None where the target is in reach.
        """
        posed = self._posed(np.array([target]), allowed, is_exact=True)
        if posed is None:
            return None
        use, region = posed
        column, distance = int(self.targets.columns[target]), float(self.targets.distances[target])
        own = region.lower > 0
        gives = self._is_extra[use] & ~np.append(withheld, True)[self._item[use]]
        upper = np.where(gives, _GIVE * np.minimum(region.upper, abs(distance)), region.upper)
        solved = duals(region.bounded(np.where(own, 0.0, region.lower), upper), np.where(own, -1.0, 0.0))
        if solved is None or solved[0][own].sum() > abs(distance) - TOLERANCE:
            return None
        out = np.zeros(self._problem.shown.matrix.shape[0])
        out[self._kept] = solved[1]
        moved = float((self._columns[:, [column]].T @ out)[0])
        return np.sign(distance) * out / moved if abs(moved) > TOLERANCE else None

    def whole(self, target: int, allowed: Bools) -> tuple[Move | None, bool]:
        """A move by whole numbers that reaches a target, and whether there is certainly none.

        The search is given up after some nodes; then there may be one or not.
        """
        posed = self._posed(np.array([target]), allowed, is_exact=False)
        if posed is None:
            return None, True
        use, region = posed
        found = minimum(region, np.zeros(len(use)), whole=True)
        return None if found.counts is None else self._move(use, np.round(found.counts)), found.is_empty

    def _posed(self, targets: Integers, allowed: Bools, *, is_exact: bool) -> tuple[Integers, Region] | None:
        """The parts that may move, and the limits of their moves; None where a target is out of bounds."""
        use = np.flatnonzero(~self._is_extra | np.append(allowed, False)[self._item])
        low, high = self._low[use].copy(), self._high[use].copy()
        for number in targets.tolist():
            column, distance = int(self.targets.columns[number]), float(self.targets.distances[number])
            hidden, point = self._problem.hidden, self._problem.point[column]
            furthest = float(hidden.upper[column] - point if distance > 0 else point - hidden.lower[column])
            if furthest < abs(distance) - TOLERANCE:
                return None
            # The count itself moves in one part alone.
            own = np.flatnonzero(self._column[use] == column)
            is_way = self._is_extra[use[own]] & (self._sign[use[own]] == np.sign(distance))
            low[own] = np.where(is_way, abs(distance), 0.0)
            high[own] = np.where(is_way, abs(distance) if is_exact else furthest, 0.0)
        return use, Region(self._matrix[:, use], self._row_lower, self._row_upper, low, high)

    def _move(self, use: Integers, parts: Floats) -> Move:
        by_column = np.zeros(len(self._problem.point) + 1)
        np.add.at(by_column, self._column[use], self._sign[use] * parts)
        by_column = by_column[:-1]
        taken = self._is_extra[use] & (parts > TOLERANCE)
        reached, whole = self.targets.reached(by_column), self._in_whole(by_column)
        far = self._problem.item_of_column[whole & (np.abs(by_column) > 1 - TOLERANCE)]
        return Move(
            np.unique(self._item[use][taken]),
            reached,
            reached & whole[self.targets.columns],
            np.unique(far[far >= 0]),
        )

    def _in_whole(self, by_column: Floats) -> Bools:
        """Which counts move by whole numbers, as do all that hang together with them.

        Counts that move and have no sum in common, not by way of others either, move without each other too.
        """
        fraction = np.abs(by_column - np.round(by_column)) > TOLERANCE
        whole = np.abs(by_column) > TOLERANCE
        if fraction.any():
            moved = np.flatnonzero(whole)
            steps = self._columns[:, moved]
            joined = scipy.sparse.block_array([[None, steps.T], [steps, None]], format="csr")
            _, part = scipy.sparse.csgraph.connected_components(joined, directed=False)
            part = part[: len(moved)]
            whole[moved[np.isin(part, part[fraction[moved]])]] = False
        return whole


def taken(weights: Floats, withheld: Bools) -> Floats:
    """Prices where some items are withheld anyway."""
    return np.where(withheld, _TAKEN * weights + 1e-6, weights)


def _room(further: Floats, near: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(further - near, nan=0.0, posinf=np.inf)
