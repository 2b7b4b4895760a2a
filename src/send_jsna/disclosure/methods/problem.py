"""The cell suppression problem as arrays: what a reader knows of each count shown, and of each withheld."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy

from send_jsna.disclosure.methods.reach import Goals, out_of_reach, out_of_reach_in_one
from send_jsna.disclosure.methods.region import TOLERANCE, Bools, Floats, Integers, Region

#: Multiplier below which a row has no part in a cut.
_NOTHING = 1e-7
#: Counts up to which taking a region to pieces costs more than it saves.
_SMALL = 60


@dataclass(frozen=True)
class Cut:
    """A condition on what is withheld: a sum over items that must come to a least number.

    Attributes:
        items: The items, in rising order.
        factors: Coefficient of each.
        least: The least sum.
    """

    items: Integers
    factors: Floats
    least: float

    @classmethod
    def of(cls, items: Integers, factors: Floats, least: float) -> Cut:
        """The condition, items in order."""
        order = np.argsort(items, kind="stable")
        return cls(np.asarray(items, dtype=np.int64)[order], np.asarray(factors)[order], least)


@dataclass(frozen=True)
class Problem:
    """Counts, what is known of them, and what must stay unknown.

    Items are what can be shown or withheld, a count or a share; each governs the limits of columns or rows of
    the region. A column or row that no item governs (-1) always has the limits of one that is shown.

    Attributes:
        shown: The region where everything is shown.
        hidden: The same rows and columns where everything that can be is withheld.
        point: The true counts, or counts that could be true where a publisher withheld them.
        item_of_column: The item of each column, or -1.
        item_of_row: The item of each row, or -1.
        weights: What it costs to withhold each item.
        forced: Items that are withheld whatever else is.
        barred: Items that are shown whatever else is.
        goals: How far counts must reach.
    """

    shown: Region
    hidden: Region
    point: Floats
    item_of_column: Integers
    item_of_row: Integers
    weights: Floats
    forced: Bools
    barred: Bools
    goals: Goals

    def region(self, withheld: Bools) -> Region:
        """What a reader knows where these items are withheld."""
        columns, rows = self._governed(withheld)
        return Region(
            self.shown.matrix,
            np.where(rows, self.hidden.row_lower, self.shown.row_lower),
            np.where(rows, self.hidden.row_upper, self.shown.row_upper),
            np.where(columns, self.hidden.lower, self.shown.lower),
            np.where(columns, self.hidden.upper, self.shown.upper),
        )

    def _governed(self, withheld: Bools) -> tuple[Bools, Bools]:
        padded = np.append(withheld, False)
        return padded[self.item_of_column], padded[self.item_of_row]

    @property
    def is_free(self) -> bool:
        """Whether, all withheld, every multiple of the counts is possible, and so every goal reached."""
        if np.any(self.hidden.lower > 0):
            return False
        rows = (self.shown.row_lower, self.shown.row_upper)
        is_cone = all(bool(np.all((limits == 0) | np.isinf(limits))) for limits in rows)
        return is_cone and not self.barred.any() and bool(np.all(self.item_of_column >= 0))

    def cost(self, withheld: Bools) -> float:
        """Weight of what is withheld beyond what is forced."""
        return float(self.weights[withheld & ~self.forced].sum())

    def missed(self, withheld: Bools, *, whole: bool = False) -> Bools:
        """Which goals are out of reach where these items are withheld: two by goals, to fall and to rise."""
        if len(self.point) <= _SMALL:
            return out_of_reach_in_one(self.region(withheld), self.goals, self.point, whole=whole)
        return missed_in(self.region(withheld), self.goals, self.point, whole=whole)

    def cut(self, multipliers: Floats, column: int, sign: int, target: float) -> Cut | None:
        """A condition on what is withheld that lets a count move as far as it must.

        Whatever the multipliers, the count is bounded by the sum of the limits of columns and rows, each
        times its own multiplier (weak duality). The limits depend on what is withheld, and so the bound is a
        linear function of it that has to reach the target (Fischetti and Salazar-González 2001). No
        coefficient need be greater than what is wanted in all.

        Args:
            multipliers: One number a row.
            column: The count's column.
            sign: 1 to rise, -1 to fall.
            target: How far.

        Returns:
            The condition, scaled to 1; None where it says nothing.
        """
        rest = -(self.shown.matrix.T @ multipliers)
        rest[column] += sign
        columns = np.flatnonzero(np.abs(rest) >= _NOTHING)
        rows = np.flatnonzero(np.abs(multipliers) >= _NOTHING)
        far = sign * (target - self.point[column])
        return self._cut(columns, rest[columns], rows, multipliers[rows], far)

    def cut_of_row(self, row: int, multiplier: float, column: int, sign: int, target: float) -> Cut | None:
        """As :meth:`cut`, where one row alone has a multiplier."""
        span = slice(self._by_row.indptr[row], self._by_row.indptr[row + 1])
        columns = self._by_row.indices[span].astype(np.int64)
        rest = -multiplier * self._by_row.data[span]
        rest[columns == column] += sign
        used = np.abs(rest) >= _NOTHING
        far = sign * (target - self.point[column])
        return self._cut(columns[used], rest[used], np.array([row]), np.array([multiplier]), far)

    @cached_property
    def _by_row(self) -> scipy.sparse.csr_array:
        return scipy.sparse.csr_array(self.shown.matrix)

    @cached_property
    def _sums(self) -> Floats:
        return np.asarray(self.shown.matrix @ self.point, dtype=np.float64)

    def _cut(
        self, columns: Integers, factors: Floats, rows: Integers, row_factors: Floats, far: float
    ) -> Cut | None:
        """The condition of some columns and rows, each with its multiplier."""
        shown, hidden = self.shown, self.hidden
        fixed, gain = _slack(
            factors,
            (shown.lower[columns], shown.upper[columns]),
            (hidden.lower[columns], hidden.upper[columns]),
            self.point[columns],
        )
        fixed_rows, gain_rows = _slack(
            row_factors,
            (shown.row_lower[rows], shown.row_upper[rows]),
            (hidden.row_lower[rows], hidden.row_upper[rows]),
            self._sums[rows],
        )
        wanted = far - fixed - fixed_rows
        if not np.isfinite(wanted) or wanted < TOLERANCE:
            return None
        governing = np.concatenate([self.item_of_column[columns], self.item_of_row[rows]])
        gains = np.minimum(np.concatenate([gain, gain_rows]), wanted)
        used = (governing >= 0) & (gains > 0)
        items, place = np.unique(governing[used], return_inverse=True)
        return Cut.of(items, np.minimum(np.bincount(place, gains[used], len(items)) / wanted, 1.0), 1.0)


def missed_in(region: Region, goals: Goals, point: Floats, *, whole: bool = False) -> Bools:
    """Which goals are out of reach, two by goals, in a region that has a point and may be mostly fixed."""
    fixed = region.upper - region.lower < TOLERANCE
    is_open = ~fixed[goals.columns]
    least = region.lower[goals.columns]
    missed = np.where(is_open, False, [least > goals.low + TOLERANCE, least < goals.high - TOLERANCE])
    missed |= ~is_open & goals.is_spread
    if is_open.any():
        inner = goals.some(is_open)
        place = np.cumsum(~fixed) - 1
        inner = replace(inner, columns=place[inner.columns])
        missed[:, is_open] = out_of_reach(region.reduced(fixed), inner, whole=whole, point=point[~fixed])
    return missed


def _slack(
    factor: Floats, shown: tuple[Floats, Floats], hidden: tuple[Floats, Floats], point: Floats
) -> tuple[float, Floats]:
    """How far a sum can move from its true value by the limits of what is shown, and how much further."""
    (low, high), (hidden_low, hidden_high) = shown, hidden
    near = np.where(factor > 0, high - point, point - low)
    with np.errstate(invalid="ignore"):
        far = np.where(factor > 0, hidden_high - high, low - hidden_low)
        gain = np.abs(factor) * far
    fixed = float(np.sum(np.abs(factor) * np.maximum(near, 0)))
    return fixed, np.where(np.isnan(gain), 0.0, gain)
