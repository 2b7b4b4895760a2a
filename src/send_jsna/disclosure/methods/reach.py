"""How far withheld counts can reach: certificates for many counts at once, by few linear programs.

Parts of a region that have no row in common are solved side by side in one program, and each solution is a
certificate for every count in it, not only for those it was made for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from send_jsna.disclosure.methods.region import (
    TOLERANCE,
    Bools,
    Floats,
    Integers,
    Region,
    blocks,
    minimum,
    relaxed,
)
from send_jsna.disclosure.methods.steps import Steps

#: What every small count must be able to be, whether or not a reader thinks of zero.
LOWEST = 1.0
#: Columns of the programs that are solved side by side.
_STACK = 3000
#: Columns from which a part is large.
_LARGE = 500


@dataclass(frozen=True)
class Goals:
    """How far counts must reach to be protected.

    Attributes:
        columns: Columns of the region.
        low: What each must be able to fall to.
        high: What each must be able to rise to.
        is_spread: Whether it is enough that a count is not known exactly; ``low`` and ``high`` are not read.
    """

    columns: Integers
    low: Floats
    high: Floats
    is_spread: Bools

    def some(self, which: Bools) -> Goals:
        """The goals at these places."""
        return Goals(self.columns[which], self.low[which], self.high[which], self.is_spread[which])


class _Search:
    """One stack of parts: what was reached, and what is still to be reached."""

    def __init__(self, region: Region, goals: Goals, part: Integers, point: Floats | None) -> None:
        self.region, self.goals, self.part = region, goals, part
        self.point = self._start() if point is None else point
        size = len(goals.columns)
        self.least, self.most = np.full(size, np.inf), np.full(size, -np.inf)
        self.least_whole, self.most_whole = self.least.copy(), self.most.copy()
        self.tried = np.zeros((2, size), dtype=bool)
        self._see(self.point)

    def _start(self) -> Floats:
        found = minimum(self.region, np.zeros(len(self.region.lower))).counts
        if found is None:
            self.region, found, _ = relaxed(self.region)
        return found

    def _see(self, counts: Floats) -> None:
        reached = counts[self.goals.columns]
        np.minimum(self.least, reached, out=self.least)
        np.maximum(self.most, reached, out=self.most)
        fraction = np.zeros(int(self.part.max(initial=0)) + 1)
        np.maximum.at(fraction, self.part, np.abs(counts - np.round(counts)))
        is_whole = fraction[self.part[self.goals.columns]] < TOLERANCE
        self.least_whole = np.where(is_whole, np.minimum(self.least_whole, reached), self.least_whole)
        self.most_whole = np.where(is_whole, np.maximum(self.most_whole, reached), self.most_whole)

    def wanting(self, *, whole: bool = False) -> tuple[Bools, Bools]:
        """Which counts must still fall, and which rise."""
        least, most = (self.least_whole, self.most_whole) if whole else (self.least, self.most)
        with np.errstate(invalid="ignore"):
            # Half a child is as good as none where shares bind: a spread of a whole one is asked for.
            is_known = ~(most - least > 1 - TOLERANCE)
        fall = np.where(self.goals.is_spread, is_known, least > self.goals.low + TOLERANCE)
        rise = np.where(self.goals.is_spread, is_known, most < self.goals.high - TOLERANCE)
        return fall, rise

    def run(self, *, whole: bool) -> Bools:
        """Which goals cannot be reached: two by goals, to fall and to rise."""
        self.together()
        self.one_by_one()
        if whole:
            self.in_whole_numbers()
        return np.array(self.wanting(whole=whole))

    def together(self) -> None:
        """Ask for all at once as long as that reaches a good part of those asked for."""
        for direction in (1, 0):
            for _ in range(12):
                wanted = self.wanting()[direction] & ~self.tried[direction]
                before = int(wanted.sum())
                if before < 2:
                    break
                self._ask(wanted, direction)
                if before - int((self.wanting()[direction] & wanted).sum()) < max(1, before // 8):
                    break

    def one_by_one(self) -> None:
        """Ask for one count in each part at a time, until each is reached or known to be out of reach."""
        if len(self.point) > _LARGE and not self.part.any():
            self._step_by_step()
            return
        for direction in (1, 0):
            while True:
                wanted = self.wanting()[direction] & ~self.tried[direction]
                places = np.flatnonzero(wanted)
                if not len(places):
                    break
                _, first = np.unique(self.part[self.goals.columns[places]], return_index=True)
                single = np.zeros(len(wanted), dtype=bool)
                single[places[first]] = True
                self._ask(single, direction)
                self.tried[direction] |= single

    def _step_by_step(self) -> None:
        """Ask for one count at a time by the shortest move, in a large part that is alone."""
        steps = Steps(self.region, self.point)
        for direction in (1, 0):
            while True:
                places = np.flatnonzero(self.wanting(whole=True)[direction] & ~self.tried[direction])
                if not len(places):
                    break
                place = int(places[0])
                self.tried[direction, place] = True
                here = float(self.point[self.goals.columns[place]])
                end = float(self.goals.high[place] if direction else self.goals.low[place])
                if self.goals.is_spread[place]:
                    end = here + 1 if direction else here - 1
                if (end > here) == bool(direction):
                    found = steps.to(int(self.goals.columns[place]), end - here)
                    if found is not None:
                        self._see(found)

    def _ask(self, which: Bools, direction: int) -> None:
        columns = self.goals.columns[which]
        cost = np.zeros(len(self.region.lower))
        lower, upper = self.region.lower.copy(), self.region.upper.copy()
        spread = self.goals.is_spread[which]
        here = self.point[columns]
        # Without an end no program would have an optimum. The point that is known stays inside.
        if direction:
            cost[columns] = -1
            upper[columns] = np.minimum(
                upper[columns], np.where(spread, here + 1, np.maximum(self.goals.high[which], here))
            )
        else:
            cost[columns] = 1
            lower[columns] = np.maximum(
                lower[columns], np.where(spread, here - 1, np.minimum(self.goals.low[which], here))
            )
        found = minimum(self.region.bounded(lower, upper), cost).counts
        if found is not None:
            self._see(found)

    def in_whole_numbers(self) -> None:
        """Where a count is only reached with fractions, look whether it is with whole numbers."""
        still = self.wanting()
        for direction in (1, 0):
            for place in np.flatnonzero(self.wanting(whole=True)[direction] & ~still[direction]):
                if self.wanting(whole=True)[direction][place]:
                    self._ask_whole(int(place), direction)

    def _ask_whole(self, place: int, direction: int) -> None:
        if np.isinf(self.least_whole[place]):
            # A first point in whole numbers; a count may jump over what it is asked for (2, 4, 6 but not 5).
            self._seek(place, -np.inf, np.inf)
        if self.goals.is_spread[place]:
            low, high = self.most_whole[place] - 1, self.least_whole[place] + 1
        else:
            low, high = self.goals.low[place], self.goals.high[place]
        is_known = np.isfinite(self.least_whole[place])
        if not is_known or not self._seek(place, *((high, np.inf) if direction else (-np.inf, low))):
            # Given up, or no solution is in whole numbers at all: what fractions reach has to do.
            self.least_whole[place] = min(self.least_whole[place], self.least[place])
            self.most_whole[place] = max(self.most_whole[place], self.most[place])

    def _seek(self, place: int, low: float, high: float) -> bool:
        """Look for whole counts with one of them in a range; False where the search was given up."""
        column = int(self.goals.columns[place])
        chosen = np.flatnonzero(self.part == self.part[column])
        rows = np.flatnonzero(np.diff(self.region.matrix[:, chosen].tocsr().indptr))
        region = self.region.part(chosen, rows)
        here = int(np.searchsorted(chosen, column))
        lower, upper = region.lower.copy(), region.upper.copy()
        lower[here], upper[here] = max(lower[here], low), min(upper[here], high)
        found = minimum(region.bounded(lower, upper), np.zeros(len(chosen)), whole=True)
        if found.counts is not None:
            counts = self.point.copy()
            counts[chosen] = np.round(found.counts)
            self._see(counts)
        return found.counts is not None or found.is_empty


def out_of_reach(region: Region, goals: Goals, *, whole: bool = True, point: Floats | None = None) -> Bools:
    """Which goals the region does not let a count reach.

    Args:
        region: What is known; no column needs to be free.
        goals: How far counts must reach.
        whole: Whether a reader knows that counts are whole numbers.
        point: Counts in the region, where some are known.

    Returns:
        Two by goals: which cannot fall as far as they must, and which cannot rise.
    """
    _, part, row_part = blocks(region)
    missed = np.zeros((2, len(goals.columns)), dtype=bool)
    number = np.bincount(part[goals.columns], minlength=int(part.max(initial=0)) + 1)
    size = np.bincount(part, minlength=len(number))
    order = [int(item) for item in np.argsort(-number, kind="stable") if number[item]]
    while order:
        chosen = [order.pop(0)]
        total = size[chosen[0]]
        while order and total + size[order[0]] <= _STACK:
            total += size[order[0]]
            chosen.append(order.pop(0))
        columns = np.flatnonzero(np.isin(part, chosen))
        stack = region.part(columns, np.flatnonzero(np.isin(row_part, chosen)))
        here = np.isin(goals.columns, columns)
        inner = goals.some(here)
        inner = Goals(np.searchsorted(columns, inner.columns), inner.low, inner.high, inner.is_spread)
        start = None if point is None else point[columns]
        search = _Search(stack, inner, np.unique(part[columns], return_inverse=True)[1], start)
        missed[:, here] = search.run(whole=whole)
    return missed


def out_of_reach_in_one(region: Region, goals: Goals, point: Floats, *, whole: bool) -> Bools:
    """As :func:`out_of_reach`, for a small region that is not worth being taken to pieces."""
    return _Search(region, goals, np.zeros(len(region.lower), dtype=np.int64), point).run(whole=whole)


def extent(region: Region, column: int, *, whole: bool = True) -> tuple[float, float]:
    """Lowest and highest value of one count in a region.

    Returns:
        The two, infinite where there is no end; of counts that contradict each other, those of the region
        :func:`send_jsna.disclosure.methods.region.relaxed` makes.
    """
    cost = np.zeros(len(region.lower))
    cost[column] = 1
    if minimum(region, np.zeros(len(cost))).counts is None:
        region = relaxed(region)[0]
    ends = []
    for sign in (1.0, -1.0):
        found = minimum(region, sign * cost)
        if found.counts is None:
            ends.append(-sign * np.inf)
            continue
        end = float(found.counts[column])
        tighter = (
            minimum(region, sign * cost, whole=True).counts if whole and not _is_whole(found.counts) else None
        )
        ends.append(end if tighter is None else float(tighter[column]))
    near = np.round(ends)
    low, high = np.where(np.isclose(ends, near, rtol=0, atol=TOLERANCE), near, ends)
    return float(low), float(high)


def _is_whole(counts: Floats) -> bool:
    return bool(np.all(np.abs(counts - np.round(counts)) < TOLERANCE))
