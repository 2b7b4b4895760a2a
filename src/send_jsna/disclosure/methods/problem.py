"""The cell suppression problem as arrays: what a reader knows of each count shown, and of each withheld."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from send_jsna.disclosure.methods.reach import Goals, out_of_reach, out_of_reach_in_one
from send_jsna.disclosure.methods.region import TOLERANCE, Bools, Floats, Integers, Region

#: Multiplier below which a row has no part in a cut.
_NOTHING = 1e-7
#: Counts up to which taking a region to pieces costs more than it saves.
_SMALL = 60


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

    def cut(self, multipliers: Floats, column: int, sign: int, target: float) -> tuple[Floats, float] | None:
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
            Coefficients of the items and the least sum, scaled to 1; None where the condition says nothing.
        """
        rest = -(self.shown.matrix.T @ multipliers)
        rest[column] += sign
        rest[np.abs(rest) < _NOTHING] = 0
        rows = np.where(np.abs(multipliers) < _NOTHING, 0, multipliers)
        sums = self.shown.matrix @ self.point
        fixed, gain = _slack(
            rest, self.shown.lower, self.shown.upper, self.hidden.lower, self.hidden.upper, self.point
        )
        fixed_rows, gain_rows = _slack(
            rows,
            self.shown.row_lower,
            self.shown.row_upper,
            self.hidden.row_lower,
            self.hidden.row_upper,
            sums,
        )
        wanted = sign * (target - self.point[column]) - fixed - fixed_rows
        if not np.isfinite(wanted) or wanted < TOLERANCE:
            return None
        coefficients = np.zeros(len(self.weights) + 1)
        np.add.at(coefficients, self.item_of_column, np.minimum(gain, wanted))
        np.add.at(coefficients, self.item_of_row, np.minimum(gain_rows, wanted))
        return np.minimum(coefficients[:-1] / wanted, 1.0), 1.0


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
    factor: Floats, low: Floats, high: Floats, hidden_low: Floats, hidden_high: Floats, point: Floats
) -> tuple[float, Floats]:
    """How far a sum can move from its true value by the limits of what is shown, and how much further."""
    near = np.where(factor > 0, high - point, point - low)
    with np.errstate(invalid="ignore"):
        far = np.where(factor > 0, hidden_high - high, low - hidden_low)
    size = np.abs(factor)
    used = size > 0
    fixed = float(np.sum(size[used] * np.maximum(near[used], 0)))
    gain = np.zeros(len(factor))
    gain[used] = size[used] * far[used]
    return fixed, np.where(np.isnan(gain), 0.0, gain)
